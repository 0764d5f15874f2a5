//! What a pod lacks that gets no pull secret, and what to write there.

use crate::manifest::pod_kinds::SecretsShape;
use crate::manifest::pods::PULL_SECRETS;
use crate::rules::context::Context;
use crate::source::Span;

use super::keys::Shape;
use super::scope;
use super::siblings::{self, Way};
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

/// What to write, in the shape that the kind takes, with the key or the helper that other pods of the chart use.
pub fn advice(context: &Context<'_>, workload: &Workload) -> String {
    let span = workload.containers.span;
    let indent = indent_of(context, span);
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
    let column = indent + 2 * parents;
    let root = scope::root_at(context.chart, span);
    let way = siblings::way(context);
    let usual = || scope::read(&root, PULL_SECRETS);
    match (&kind.shape, way) {
        // What helpers print is the field of Kubernetes' own kinds.
        (SecretsShape::Objects, Some(Way::Helper(name))) if key == PULL_SECRETS => {
            let argument = scope::argument_at(context.chart, span);
            format!(
                "write {spot}, as other pods do: `{{{{- include \"{name}\" {argument} | nindent {column} }}}}`"
            )
        }
        (SecretsShape::Objects, Some(Way::Key(path, Shape::Strings))) => format!(
            "write {spot}: `{{{{- with {} }}}}`, `{key}:`, `{{{{- range . }}}}`, `- name: {{{{ . }}}}`, `{{{{- end }}}}`, \
             `{{{{- end }}}}`",
            scope::read(&root, &path)
        ),
        (SecretsShape::Objects, way) => {
            let path = match way {
                Some(Way::Key(path, _)) => scope::read(&root, &path),
                _ => usual(),
            };
            format!(
                "write {spot}: `{{{{- with {path} }}}}`, `{key}:`, `{{{{- toYaml . | nindent {} }}}}`, `{{{{- end }}}}`",
                column + 2
            )
        }
        (SecretsShape::Strings, _) => format!(
            "write {spot}, as {} takes names and no `{{name: …}}`: `{key}:`, `{{{{- range {} }}}}`, `- {{{{ .name }}}}`, \
             `{{{{- end }}}}`",
            kind.kind,
            usual()
        ),
        (SecretsShape::String, _) => format!(
            "write {spot}, as {} takes one name: `{{{{- with {} }}}}`, `{key}: {{{{ (first .).name }}}}`, `{{{{- end }}}}`",
            kind.kind,
            usual()
        ),
    }
}

/// The column of the key on a line, from 0.
pub fn indent_of(context: &Context<'_>, span: Span) -> usize {
    let source = context.sources.file(span.file);
    let line = source.slice(source.line_range(source.line_of(span.range.start)));
    line.len() - line.trim_start_matches([' ', '\t', '-']).len()
}

/// Whether the field of the pull secrets belongs beside the line that is reported.
fn stands_beside(workload: &Workload) -> bool {
    workload.has_containers && !workload.kind.field.contains('.')
}
