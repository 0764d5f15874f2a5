//! How a template names the chart's values at a place, where the dot may be something else.

use std::fmt::Write as _;

use crate::chart::Chart;
use crate::source::Span;
use crate::template::ast::{Block, Command, Expr, Ident, Node, Pipeline};

use super::named::{block_at, template_of};

/// The field that holds the values.
const VALUES: &str = "Values";

/// What to write before `.Values` at a place: nothing, `$`, or in a helper what its other lines write.
pub fn root_at(chart: &Chart, place: Span) -> String {
    let offset = place.range.start;
    let Some(template) = template_of(chart, place.file) else { return String::new() };
    let body = block_at(&template.ast, offset);
    let is_rebound = rebinds(body, offset);
    let plain = || if is_rebound { "$".to_owned() } else { String::new() };
    if body.range == template.ast.body.range {
        return plain();
    }
    // What a helper's dot is, its caller decides; but `$` is what its dot is at the beginning.
    let mut roots = Vec::new();
    in_block(body, &mut roots);
    match roots.into_iter().next() {
        None => plain(),
        Some(root) if is_rebound && !root.starts_with('$') => format!("${root}"),
        Some(root) => root,
    }
}

/// The same root as an argument of a helper: a dot where nothing stands before `.Values`.
pub fn argument_at(chart: &Chart, place: Span) -> String {
    let root = root_at(chart, place);
    if root.is_empty() { ".".to_owned() } else { root }
}

/// How a template reads the value at `path`, whose keys need not be Go's identifiers.
pub fn read(root: &str, path: &str) -> String {
    let is_letter = |c: char| c == '_' || c.is_ascii_alphabetic();
    let mut text = format!("{root}.{VALUES}");
    for key in path.split('.') {
        let is_identifier =
            key.starts_with(is_letter) && key.chars().all(|c| is_letter(c) || c.is_ascii_digit());
        if is_identifier {
            let _ = write!(text, ".{key}");
        } else {
            text = format!("(index {text} \"{key}\")");
        }
    }
    text
}

/// Whether a `with` or `range` around `offset` gives the dot another meaning.
fn rebinds(block: &Block, offset: u32) -> bool {
    let holds = |block: &Block| block.range.start <= offset && offset < block.range.end;
    block.nodes.iter().any(|node| match node {
        Node::With(branch) | Node::Range(branch) => {
            holds(&branch.body)
                || branch.otherwise.as_ref().is_some_and(|other| rebinds(other, offset))
        }
        Node::If(branch) => {
            rebinds(&branch.body, offset)
                || branch.otherwise.as_ref().is_some_and(|other| rebinds(other, offset))
        }
        _ => false,
    })
}

/// What stands before `.Values` in the parts of a block that keep its dot; behind `$`, in all parts.
fn in_block(block: &Block, roots: &mut Vec<String>) {
    for node in &block.nodes {
        match node {
            Node::Action(action) => in_pipeline(&action.pipe, roots),
            Node::Template(call) => {
                call.pipe.iter().for_each(|pipe| in_pipeline(pipe, roots));
            }
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                in_pipeline(&branch.pipe, roots);
                let mut inside = Vec::new();
                in_block(&branch.body, &mut inside);
                if !matches!(node, Node::If(_)) {
                    inside.retain(|root| root.starts_with('$'));
                }
                roots.append(&mut inside);
                if let Some(otherwise) = &branch.otherwise {
                    in_block(otherwise, roots);
                }
            }
            Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
        }
    }
}

fn in_pipeline(pipeline: &Pipeline, roots: &mut Vec<String>) {
    for operand in pipeline.commands.iter().flat_map(|Command { args, .. }| args) {
        match operand {
            Expr::Field(_, names) => roots.extend(before_values("", names)),
            // Other variables may be set further down only.
            Expr::Variable(variable, _, names) if &*variable.name == "$" => {
                roots.extend(before_values("$", names));
            }
            Expr::Chain(_, inner, _) => {
                if let Expr::Pipe(_, pipeline) = &**inner {
                    in_pipeline(pipeline, roots);
                }
            }
            Expr::Pipe(_, pipeline) => in_pipeline(pipeline, roots),
            _ => {}
        }
    }
}

fn before_values(start: &str, names: &[Ident]) -> Option<String> {
    let at = names.iter().position(|name| &*name.name == VALUES)?;
    let mut root = start.to_owned();
    for name in names.iter().take(at) {
        let _ = write!(root, ".{}", name.name);
    }
    Some(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{FileSystem, ParseCache, load};
    use crate::source::SourceMap;

    /// What stands before `.Values` at `HERE`.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let files = [
            ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n"),
            ("c/templates/x", text),
        ];
        let fs = FileSystem::memory(files.map(|(path, text)| (path, text.as_bytes())));
        let mut sources = SourceMap::default();
        let chart = load(&fs, "c", &mut sources, &ParseCache::default()).expect("it loads").chart;
        let file = sources.by_path("c/templates/x").expect("it is there");
        let at = text.find("HERE").expect("a place");
        assert_eq!(root_at(&chart, Span::new(file, at, at + 4)), expected, "{text}");
    }

    #[test]
    fn keys_that_are_no_identifiers() {
        assert_eq!(read("", "global.imagePullSecrets"), ".Values.global.imagePullSecrets");
        assert_eq!(read("$", "my-cache.secrets"), "(index $.Values \"my-cache\").secrets");
        assert_eq!(read(".root", "a.2"), "(index .root.Values.a \"2\")");
    }

    #[test]
    fn the_dot_of_a_template() {
        check("HERE", "");
        check("{{ if .Values.a }}HERE{{ end }}", "");
        check("{{ with .Values.a }}HERE{{ end }}", "$");
        check("{{ with .Values.a }}{{ else }}HERE{{ end }}", "");
        check("{{ range .Values.a }}{{ if .b }}HERE{{ end }}{{ end }}", "$");
    }

    #[test]
    fn the_dot_of_a_helper() {
        check("{{ define \"a\" }}HERE{{ .Values.b }}{{ end }}", "");
        check("{{ define \"a\" }}HERE{{ include \"b\" .context.Values.b }}{{ end }}", ".context");
        check(
            "{{ define \"a\" }}{{ range .l }}HERE{{ $.root.Values.b }}{{ end }}{{ end }}",
            "$.root",
        );
        check(
            "{{ define \"a\" }}{{ .root.Values.b }}{{ range .l }}HERE{{ .Values }}{{ end }}{{ end }}",
            "$.root",
        );
        check("{{ define \"a\" }}{{ range .l }}HERE{{ end }}{{ end }}", "$");
        check("{{ define \"a\" }}HERE{{ end }}", "");
    }
}
