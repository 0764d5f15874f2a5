//! What a pod lacks that gets no pull secret, and what to write there.

use crate::manifest::pod_kinds::SecretsShape;
use crate::rules::context::Context;

use super::workload::Workload;

/// What does not stand at the line of the containers, or in what stands for a pod spec.
pub fn absence(workload: &Workload) -> String {
    let field = &workload.kind.field;
    if stands_beside(workload) {
        format!("no `{field}` ever stand beside this")
    } else {
        format!("no `{field}` ever stands in this")
    }
}

/// Where custom resources name their pull secrets, for a message: `` at `spec.imagePullSecrets` ``; nothing for
/// Kubernetes' own kinds, where everybody knows.
pub fn at_field(workload: &Workload) -> String {
    let kind = &workload.kind;
    if kind.is_custom { format!(" at `{}`", kind.secrets_path()) } else { String::new() }
}

/// What to write, in the shape that the kind takes.
pub fn advice(context: &Context<'_>, workload: &Workload) -> String {
    let span = workload.containers.span;
    let source = context.sources.file(span.file);
    let line = source.slice(source.line_range(source.line_of(span.range.start)));
    let indent = line.len() - line.trim_start_matches([' ', '\t', '-']).len();
    let kind = &workload.kind;
    let (spot, parents) = if stands_beside(workload) {
        ("before `containers:`, with its indent".to_owned(), 0)
    } else {
        // The keys of an entry stand at its own column, those of a mapping one step further.
        let is_entry = context.sources.slice(span).starts_with('-');
        let parents = kind.field.split('.').count() - usize::from(is_entry);
        (format!("at `{}`", kind.secrets_path()), parents)
    };
    let key = kind.field.rsplit('.').next().unwrap_or(&kind.field);
    match kind.shape {
        SecretsShape::Objects => format!(
            "write {spot}: `{{{{- with .Values.imagePullSecrets }}}}`, `{key}:`, `{{{{- toYaml . | nindent {} }}}}`, \
             `{{{{- end }}}}`",
            indent + 2 * parents + 2
        ),
        SecretsShape::Strings => format!(
            "write {spot}, as {} takes names and no `{{name: …}}`: `{key}:`, \
             `{{{{- range .Values.imagePullSecrets }}}}`, `- {{{{ .name }}}}`, `{{{{- end }}}}`",
            kind.kind
        ),
        SecretsShape::String => format!(
            "write {spot}, as {} takes one name: `{{{{- with .Values.imagePullSecrets }}}}`, \
             `{key}: {{{{ (first .).name }}}}`, `{{{{- end }}}}`",
            kind.kind
        ),
    }
}

/// Whether the field of the pull secrets belongs beside the line that is reported.
fn stands_beside(workload: &Workload) -> bool {
    workload.has_containers && !workload.kind.field.contains('.')
}
