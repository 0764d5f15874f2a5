//! `invalid-crd`: what stands in crds/ and is no `CustomResourceDefinition`, or is meant to be rendered, which it never is
//! (`pkg/chart/v2/lint/rules/crds.go`).

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, Rule};
use crate::source::{FileId, Span};
use crate::yaml::{self, Entry, NodeKind, Use};

use super::fields::first_line;

/// How deep definitions are searched for actions.
const MAX_DEPTH: usize = 200;

/// What an action begins with, behind the braces and blanks.
const ACTIONS: [&str; 9] =
    [".Values", ".Release", ".Chart", "include ", "template ", "if ", "range ", "with ", "end"];

pub(in crate::rules::builtin) struct InvalidCrd;

impl Rule for InvalidCrd {
    fn name(&self) -> &'static str {
        "invalid-crd"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let chart = context.chart;
        if let Some(file) = chart.files.iter().find(|file| &*file.name == "crds")
            && let Some(id) = file.file
        {
            out.push(
                invalid(Severity::Error, first_line(context, id), "`crds` is a file and has to be a folder")
                    .label("Helm installs nothing of it")
                    .help("make a folder `crds`, and put the file into it under a name that ends in `.yaml`"),
            );
        }
        for (file, data) in chart.crds.iter().filter_map(|crd| Some((crd.file?, &crd.data))) {
            let Ok(text) = std::str::from_utf8(data) else { continue };
            let first = out.len();
            check_file(file, text, out);
            for diagnostic in out.iter_mut().skip(first) {
                context.sources.file(file).path().clone_into(&mut diagnostic.subject);
            }
        }
    }
}

fn check_file(file: FileId, text: &str, out: &mut Vec<Diagnostic>) {
    let stream = yaml::parse(text);
    if let Some(error) = stream.errors.first() {
        let message = format!("this is no YAML: {}", error.message);
        let mut diagnostic = invalid(Severity::Error, error.range.in_file(file), &message)
            .label("Helm does not install the chart with it");
        if let Some(at) = first_action(text) {
            diagnostic = diagnostic
                .related(Span::new(file, at, at + "{{".len()), "an action, which Helm does not run here")
                .help("files in crds/ are no templates: write what it is to be, or move the file to templates/");
        }
        out.push(diagnostic);
        return;
    }
    for root in stream.documents.iter().filter_map(|document| document.root.as_ref()) {
        match &root.node.kind {
            NodeKind::Null => {}
            NodeKind::Map(_) => {
                check_definition(root, file, out);
                check_actions(root, file, 0, out);
            }
            _ => out.push(
                invalid(Severity::Error, root.range.in_file(file), "this document is no mapping")
                    .label("Helm does not install the chart with it")
                    .help("write a CustomResourceDefinition"),
            ),
        }
    }
}

fn check_definition(root: &Use, file: FileId, out: &mut Vec<Diagnostic>) {
    let text = |entry: Option<&Entry>| {
        entry.and_then(|entry| crate::chart::scalar_text(&entry.value.node))
    };
    let (of_version, of_kind) = (root.node.get("apiVersion"), root.node.get("kind"));
    let (version, kind) = (text(of_version).unwrap_or_default(), text(of_kind).unwrap_or_default());
    let is_version = version.starts_with("apiextensions.k8s.io");
    let is_kind = kind == "CustomResourceDefinition";
    if is_version && is_kind {
        return;
    }
    let place = |entry: Option<&Entry>| entry.map(|entry| entry.value.range.in_file(file));
    let wrong = if is_version { place(of_kind) } else { place(of_version) };
    let start = root.range.start as usize;
    let primary = wrong.or_else(|| place(of_kind)).unwrap_or_else(|| Span::new(file, start, start));
    let what = if version.is_empty() {
        "this document has no `apiVersion`".to_owned()
    } else if kind.is_empty() {
        "this document has no `kind`".to_owned()
    } else if is_kind {
        format!("`{version}` is no version of CustomResourceDefinition")
    } else {
        format!("`{kind}` is no CustomResourceDefinition")
    };
    let mut diagnostic = invalid(Severity::Error, primary, &what)
        .label("crds/ is for CustomResourceDefinition of `apiextensions.k8s.io` only");
    if !is_version && let Some(kind) = place(of_kind) {
        diagnostic = diagnostic.related(kind, "its kind");
    }
    out.push(diagnostic.help(if is_kind {
        "write `apiVersion: apiextensions.k8s.io/v1`"
    } else {
        "move it to templates/"
    }));
}

/// Actions in what Helm takes as it is; in descriptions they are examples.
fn check_actions(place: &Use, file: FileId, depth: usize, out: &mut Vec<Diagnostic>) {
    if depth > MAX_DEPTH {
        return;
    }
    match &place.node.kind {
        NodeKind::Map(entries) => {
            for entry in entries.iter().filter(|entry| &*entry.key != "description") {
                check_actions(&entry.value, file, depth + 1, out);
            }
        }
        NodeKind::Seq(items) => {
            for item in items {
                check_actions(item, file, depth + 1, out);
            }
        }
        NodeKind::Str(text) if first_action(text).is_some() => {
            out.push(
                invalid(
                    Severity::Warning,
                    place.range.in_file(file),
                    "templates in crds/ are not rendered",
                )
                .label("this reaches the cluster as it stands here")
                .help("write what it is to be, or move the file to templates/"),
            );
        }
        _ => {}
    }
}

/// Where the first action of a template begins.
fn first_action(text: &str) -> Option<usize> {
    text.match_indices("{{").map(|(at, _)| at).find(|at| {
        let rest = text.get(at + 2..).unwrap_or_default();
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
        ACTIONS.iter().any(|action| rest.starts_with(action))
    })
}

fn invalid(severity: Severity, span: Span, message: &str) -> Diagnostic {
    Diagnostic::new("invalid-crd", severity, span, message)
}
