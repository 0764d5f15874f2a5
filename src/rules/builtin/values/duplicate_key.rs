//! `duplicate-key`: a mapping has the same key twice, and all but the last are lost.

use crate::chart::Chart;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, ReleaseContext, Rule};
use crate::source::FileId;
use crate::yaml::{Node, NodeKind, Stream, Use};

/// How deep mappings are searched; the reader stops no later.
const MAX_DEPTH: usize = 1_000;

pub(in crate::rules::builtin) struct DuplicateKey;

impl Rule for DuplicateKey {
    fn name(&self) -> &'static str {
        "duplicate-key"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        check_chart(context.chart, out);
        for file in context.values_files {
            check_stream(&file.stream, file.file, out);
        }
    }

    fn check_release(&self, context: &ReleaseContext<'_>, out: &mut Vec<Diagnostic>) {
        let release = context.release;
        check_node(&release.document, release.file, &mut Vec::new(), out);
        for text in &release.values_texts {
            check_stream(&text.stream, text.file, out);
        }
    }
}

fn check_chart(chart: &Chart, out: &mut Vec<Diagnostic>) {
    check_stream(&chart.metadata.stream, chart.metadata.file, out);
    if let Some(values) = &chart.values {
        check_stream(&values.stream, values.file, out);
    }
    // Those of an archive are its maker's to mend.
    for sub in chart.subcharts.iter().filter(|sub| !sub.is_packed()) {
        check_chart(sub, out);
    }
}

fn check_stream(stream: &Stream, file: FileId, out: &mut Vec<Diagnostic>) {
    for root in stream.documents.iter().filter_map(|document| document.root.as_ref()) {
        check_node(root, file, &mut Vec::new(), out);
    }
}

fn check_node(place: &Use, file: FileId, path: &mut Vec<String>, out: &mut Vec<Diagnostic>) {
    // What an alias stands for is checked at its anchor.
    if path.len() > MAX_DEPTH || place.range != place.node.range {
        return;
    }
    match &place.node.kind {
        NodeKind::Seq(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(at.to_string());
                check_node(item, file, path, out);
                path.pop();
            }
        }
        NodeKind::Map(entries) => {
            for entry in entries.iter().filter(|entry| !entry.merged) {
                path.push(entry.key.to_string());
                if let Some(first) = entry.repeats.and_then(|first| entries.get(first)) {
                    let message = format!("the key `{}` stands here a second time", entry.key);
                    let mut diagnostic = Diagnostic::new(
                        "duplicate-key",
                        Severity::Error,
                        entry.key_range.in_file(file),
                        message,
                    )
                    .label("this one counts")
                    .related(first.key_range.in_file(file), "the value of this one is lost")
                    .subject(path.join("."));
                    // The key's own name stands last on the path.
                    let is_item = path.iter().rev().nth(1).is_some_and(|part| is_index(part));
                    if is_item && is_entry_of_names(&place.node, &entry.key) {
                        let shown = |use_: &Use| use_.node.as_str().unwrap_or_default().to_owned();
                        let (lost, kept) = (shown(&first.value), shown(&entry.value));
                        diagnostic = diagnostic
                            .note(format!(
                                "kubectl keeps only `{kept}`; kustomize and Flux reject the file"
                            ))
                            .help(format!(
                                "write two list items: `[{{ name: {lost} }}, {{ name: {kept} }}]`"
                            ));
                    } else {
                        diagnostic = diagnostic.help(
                            "remove one of the two, or give it the name it was meant to have",
                        );
                    }
                    out.push(diagnostic);
                }
                check_node(&entry.value, file, path, out);
                path.pop();
            }
        }
        _ => {}
    }
}

fn is_index(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_digit())
}

/// `{ name: a, name: b }`: two pull secrets written as one.
fn is_entry_of_names(node: &Node, key: &str) -> bool {
    key == "name"
        && match &node.kind {
            NodeKind::Map(entries) => entries
                .iter()
                .all(|entry| &*entry.key == "name" && entry.value.node.as_str().is_some()),
            _ => false,
        }
}
