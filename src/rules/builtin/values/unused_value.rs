//! `unused-value`: values.yaml has a key that no template reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::Chart;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, Rule};
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::source::{FileId, SourceMap};
use crate::values::Note;
use crate::yaml::{Entry, NodeKind};

/// How deep mappings are searched.
const MAX_DEPTH: usize = 100;

pub(in crate::rules::builtin) struct UnusedValue;

impl Rule for UnusedValue {
    fn name(&self) -> &'static str {
        "unused-value"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let chart = context.chart;
        let Some(file) = &chart.values else { return };
        // Helpers that are not at hand may read anything.
        let notes = &context.view.active.notes;
        let is_incomplete = notes.iter().any(|note| {
            matches!(
                note,
                Note::MissingDependency { linked: None, .. } | Note::VersionMismatch { .. }
            )
        });
        let has_templates = !chart.templates.is_empty();
        if chart.is_library() || is_incomplete || !has_templates || is_broken(chart) {
            return;
        }
        let mut search = Search {
            context,
            file: file.file,
            read: read(context),
            texts: texts(context.sources, chart),
            out,
        };
        for root in file.stream.documents.iter().filter_map(|document| document.root.as_ref()) {
            // What an anchor names is used by its aliases.
            if root.node.anchor.is_none() {
                search.entries(root.node.entries(), &mut Vec::new());
            }
        }
    }
}

/// Whether a template of the tree can't be parsed: what it reads is not known.
fn is_broken(chart: &Chart) -> bool {
    chart.templates.iter().any(|template| !template.ast.errors.is_empty())
        || chart.subcharts.iter().any(is_broken)
}

/// The paths that were asked for while rendering.
fn read(context: &Context<'_>) -> BTreeSet<Vec<Arc<str>>> {
    let mut found = BTreeSet::new();
    for (view, read) in context.view.reads().filter(|(_, read)| read.hit) {
        if view.rendered.memories.is_value(read.parent) {
            let mut path = view.value_path(read.parent);
            path.push(Arc::clone(&read.key));
            found.insert(path);
        }
    }
    found
}

/// Texts that `tpl` may evaluate: values.yaml, and the files of the chart, where they have an action.
fn texts(sources: &SourceMap, chart: &Chart) -> Vec<String> {
    let values = chart.values.iter().map(|file| sources.file(file.file).text().to_string());
    let files = chart.files.iter().map(|file| String::from_utf8_lossy(&file.data).into_owned());
    values.chain(files).filter(|text| text.contains("{{")).collect()
}

struct Search<'c, 'o> {
    context: &'c Context<'c>,
    file: FileId,
    read: BTreeSet<Vec<Arc<str>>>,
    texts: Vec<String>,
    out: &'o mut Vec<Diagnostic>,
}

impl Search<'_, '_> {
    /// Reports the topmost keys of which nothing is read.
    fn entries<'e>(&mut self, entries: impl Iterator<Item = &'e Entry>, path: &mut Vec<Arc<str>>) {
        for entry in entries {
            path.push(Arc::clone(&entry.key));
            if !self.is_excused(entry, path) {
                if self.is_unread(entry, path) {
                    self.report(entry, path);
                } else if path.len() < MAX_DEPTH {
                    self.entries(entry.value.node.entries(), path);
                }
            }
            path.pop();
        }
    }

    /// Keys that templates need not read.
    fn is_excused(&self, entry: &Entry, path: &[Arc<str>]) -> bool {
        let chart = self.context.chart;
        let is_alias = entry.value.range != entry.value.node.range;
        if entry.merged || is_alias || has_anchor(entry, 0) {
            return true;
        }
        let [only, ..] = path else { return false };
        let is_named = |name: &str| name == &**only;
        // What the platform fills has rules of its own, and a parent's condition may ask for `enabled`.
        matches!(&**only, "global" | "tags" | "exports" | PLACEHOLDER_VALUES)
            || path.len() == 1 && &**only == "enabled"
            // Extensions, as Compose has them: a place for anchors.
            || only.starts_with("x-")
            || chart.subcharts.iter().any(|sub| is_named(&sub.metadata.name.value))
            || chart.metadata.dependencies.iter().any(|dependency| {
                is_named(&dependency.name.value)
                    || dependency.alias.as_ref().is_some_and(|alias| is_named(&alias.value))
            })
    }

    /// Whether nothing reads the key, or anything below it.
    fn is_unread(&self, entry: &Entry, path: &[Arc<str>]) -> bool {
        let usage = self.context.usage();
        let is_below = |found: &Vec<Arc<str>>| found.starts_with(path);
        let is_read = self.read.range(path.to_vec()..).next().is_some_and(is_below);
        let dotted = path.join(".");
        // A key of a mapping stands in a condition only if the path is written out.
        let is_condition = self.context.chart.metadata.dependencies.iter().any(|dependency| {
            let condition = dependency.condition.as_ref().map_or("", |found| &found.value);
            condition.split(',').any(|found| {
                let found = found.trim();
                found == dotted || found.starts_with(&format!("{dotted}."))
            })
        });
        let needle = format!("Values.{dotted}");
        let is_in_text = || {
            let mut above = (1..path.len()).filter_map(|length| path.get(..length));
            self.texts.iter().any(|text| text.contains(&needle))
                || above.any(|part| self.is_whole_in_texts(&format!("Values.{}", part.join("."))))
        };
        let is_handed_on = || match &entry.value.node.kind {
            NodeKind::Map(_) => false,
            _ => self.is_mentioned_in_texts(path),
        };
        !is_read && !is_condition && !usage.may_read(path) && !is_in_text() && !is_handed_on()
    }

    /// Whether a text for `tpl` names a mapping without a key behind it: it may print all of it.
    fn is_whole_in_texts(&self, needle: &str) -> bool {
        self.texts.iter().any(|text| {
            text.match_indices(needle).any(|(at, _)| {
                let next = text.get(at + needle.len()..).and_then(|rest| rest.chars().next());
                !next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
            })
        })
    }

    /// Whether a text for `tpl` goes through the parent and names the key by itself.
    fn is_mentioned_in_texts(&self, path: &[Arc<str>]) -> bool {
        let Some((last, parent)) = path.split_last().filter(|(_, parent)| !parent.is_empty())
        else {
            return false;
        };
        let (own, above) = (format!(".{last}"), format!("Values.{}", parent.join(".")));
        self.texts.iter().any(|text| text.contains(&own) && text.contains(&above))
    }

    fn report(&mut self, entry: &Entry, path: &[Arc<str>]) {
        let dotted = path.join(".");
        let count = leaves(entry, 0);
        let label = match count {
            0 | 1 => "setting it has no effect".to_owned(),
            count => format!("setting any of its {count} values has no effect"),
        };
        let span = entry.key_range.in_file(self.file);
        let message = format!("no template reads `{dotted}`");
        self.out.push(
            Diagnostic::new("unused-value", Severity::Warning, span, message)
                .label(label)
                .help("take it out, or read it where it is meant to count")
                .subject(dotted),
        );
    }
}

/// Whether an anchor stands at or below an entry.
fn has_anchor(entry: &Entry, depth: usize) -> bool {
    let node = &entry.value.node;
    let below = |entry: &Entry| has_anchor(entry, depth + 1);
    node.anchor.is_some() || depth < MAX_DEPTH && node.entries().any(below)
}

/// How many values stand at or below an entry that are no mappings.
fn leaves(entry: &Entry, depth: usize) -> usize {
    match &entry.value.node.kind {
        NodeKind::Map(entries) if !entries.is_empty() && depth < MAX_DEPTH => {
            entry.value.node.entries().map(|entry| leaves(entry, depth + 1)).sum()
        }
        _ => 1,
    }
}
