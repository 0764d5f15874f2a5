//! What a pod lacks that gets no pull secret, and what to write there.

use std::sync::Arc;

use crate::manifest::pod_kinds::SecretsShape;
use crate::manifest::pods::PULL_SECRETS;
use crate::rules::context::Context;
use crate::source::Span;
use crate::template::ast::{Block, Node};

use super::workload::Workload;
use super::{keys, named};

/// How templates call the values, behind whatever the root is called there.
const VALUES: &str = ".Values";

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

/// What to write, in the shape that the kind takes; `sibling` is another pod of the chart that gets pull secrets.
pub fn advice(context: &Context<'_>, workload: &Workload, sibling: Option<&str>) -> String {
    let span = workload.containers.span;
    let canonical = context.config.pull_secret_keys(context.profile);
    let expected = canonical.first().copied().filter(|_| context.registry().engaged);
    // Where no platform sets a key, the pods of a chart are to take theirs from the same one.
    if let Some(sibling) = sibling.filter(|_| expected.is_none() && stands_beside(workload))
        && workload.kind.shape == SecretsShape::Objects
        && !keys::is_read(context, &[Arc::from(PULL_SECRETS)])
    {
        return format!(
            "write before `containers:`, with its indent, the block that gives {sibling} its pull secrets"
        );
    }
    let key_of_values = expected.unwrap_or(PULL_SECRETS);
    let values = format!("{}.{key_of_values}", values_at(context, span));
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
    match kind.shape {
        SecretsShape::Objects => format!(
            "write {spot}: `{{{{- with {values} }}}}`, `{key}:`, `{{{{- toYaml . | nindent {} }}}}`, \
             `{{{{- end }}}}`",
            indent + 2 * parents + 2
        ),
        SecretsShape::Strings => format!(
            "write {spot}, as {} takes names and no `{{name: …}}`: `{key}:`, \
             `{{{{- range {values} }}}}`, `- {{{{ .name }}}}`, `{{{{- end }}}}`",
            kind.kind
        ),
        SecretsShape::String => format!(
            "write {spot}, as {} takes one name: `{{{{- with {values} }}}}`, \
             `{key}: {{{{ (first .).name }}}}`, `{{{{- end }}}}`",
            kind.kind
        ),
    }
}

/// The column of the key on a line, from 0.
pub fn indent_of(context: &Context<'_>, span: Span) -> usize {
    let source = context.sources.file(span.file);
    let line = source.slice(source.line_range(source.line_of(span.range.start)));
    line.len() - line.trim_start_matches([' ', '\t', '-']).len()
}

/// How the values are called at a place of a template: `.Values`, `$.Values` where `with` or `range` has given the dot
/// another meaning, or as a helper calls them that is handed more than the root.
fn values_at(context: &Context<'_>, span: Span) -> String {
    let plain = |is_rebound: bool| if is_rebound { "$.Values" } else { ".Values" }.to_owned();
    let Some(template) = named::template_of(context.chart, span.file) else { return plain(false) };
    let block = named::block_at(&template.ast, span.range.start);
    let is_rebound = rebinds_dot(block, span.range.start);
    if block.range == template.ast.body.range {
        return plain(is_rebound);
    }
    let text = context.sources.file(span.file).slice(block.range);
    let mut ways = text.match_indices(VALUES).map(|(at, _)| {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$');
        let before = text.get(..at).unwrap_or_default();
        let start = before.trim_end_matches(is_part).len();
        let way = format!("{}{VALUES}", before.get(start..).unwrap_or_default());
        let offset = block.range.start + u32::try_from(at).unwrap_or_default();
        (way, rebinds_dot(block, offset))
    });
    let is_root = |way: &str| way.starts_with('$');
    if is_rebound {
        let found = ways.find(|(way, is_rebound)| is_root(way) || !is_rebound);
        return found.map_or_else(
            || plain(true),
            |(way, _)| if is_root(&way) { way } else { format!("${way}") },
        );
    }
    let found = ways.find(|(way, is_rebound)| is_root(way) || !is_rebound);
    found.map_or_else(|| plain(false), |(way, _)| way)
}

/// Whether the dot at `offset` is what a `with` or `range` of the block has made it.
fn rebinds_dot(block: &Block, offset: u32) -> bool {
    let has = |side: &Block| side.range.start <= offset && offset < side.range.end;
    block.nodes.iter().any(|node| match node {
        Node::With(branch) | Node::Range(branch) if has(&branch.body) => true,
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
            let mut sides = std::iter::once(&branch.body).chain(&branch.otherwise);
            sides.any(|side| has(side) && rebinds_dot(side, offset))
        }
        _ => false,
    })
}

/// Whether the field of the pull secrets belongs beside the line that is reported.
fn stands_beside(workload: &Workload) -> bool {
    workload.has_containers && !workload.kind.field.contains('.')
}
