//! `undefined-pull-secrets-value`: templates read a key for pull secrets that values.yaml does not declare as a list.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::dead;
use crate::rules::registry::keys::{Candidate, Shape};
use crate::source::Span;
use crate::values::Data;

pub(in crate::rules::builtin) struct UndefinedPullSecretsValue;

impl Rule for UndefinedPullSecretsValue {
    fn name(&self) -> &'static str {
        "undefined-pull-secrets-value"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        let canonical = context.config.pull_secret_keys(context.profile);
        let probing = &registry.probing;
        let mut keys: Vec<(usize, &Candidate)> = probing.keys.iter().enumerate().collect();
        let is_canonical = |key: &Candidate| canonical.contains(&key.written().as_str());
        // A key of the chart's own is the better one to declare than one that all charts share.
        keys.sort_by_key(|(_, key)| {
            let is_global = key.path.first().is_some_and(|first| &**first == "global");
            (!is_canonical(key), is_global)
        });
        let mut reached: BTreeSet<usize> = BTreeSet::new();
        for (at, key) in keys {
            let written = key.written();
            // A key that is declared under nearly the same name, and never read, is the same mistake.
            let is_typo = registry.probing.keys.iter().any(|other| {
                other.is_dead
                    && dead::near_miss(context, &other.path)
                        .is_some_and(|(near, _)| near == written)
            });
            if is_typo {
                continue;
            }
            // Beside a key that is declared and works, others are optional extras of a helper: no defect.
            let only_way = key.arrives.is_some()
                && !registry.probing.keys.iter().any(|other| {
                    let path: Vec<&str> = other.path.iter().map(|part| &**part).collect();
                    other.is_read && other.path != key.path && context.declares(&path)
                });
            if !key.is_read || !(is_canonical(key) || only_way) {
                continue;
            }
            // Of several keys for one pod, one will do.
            let sinks = (0..probing.sinks.len()).filter(|sink| probing.arrives(at, *sink));
            let sinks: BTreeSet<usize> = sinks.collect();
            if !sinks.is_empty() && sinks.is_subset(&reached) {
                continue;
            }
            if let Some(diagnostic) = self.judge(context, key, &written) {
                reached.extend(sinks);
                out.push(diagnostic);
            }
        }
    }
}

impl UndefinedPullSecretsValue {
    fn judge(&self, context: &Context<'_>, key: &Candidate, written: &str) -> Option<Diagnostic> {
        let path: Vec<&str> = key.path.iter().map(|part| &**part).collect();
        let read = read_of(context, &key.path)?;
        let value = context.value(&path);
        let written_key = context.written_key(&path);
        let is_list = matches!(key.arrives, Some(Shape::Objects | Shape::Strings));
        let (message, label) = match value.map(|value| &value.data) {
            None if written_key.is_some() && !is_list => return None,
            None if written_key.is_some() => {
                (format!("`{written}` is null, but templates need a list"), "no list".to_owned())
            }
            None => (
                format!("templates read `.Values.{written}`, but values.yaml does not declare it"),
                format!("`{written}` is missing here"),
            ),
            Some(Data::List(_)) => return None,
            Some(_) if !is_list => return None,
            Some(Data::Map(map)) if map.is_empty() => (
                format!("`{written}` is a mapping, but templates need a list"),
                "Helm ignores a list given here".to_owned(),
            ),
            Some(Data::Str(text)) if text.is_empty() => (
                format!("`{written}` is a string, but templates need a list"),
                "no list".to_owned(),
            ),
            Some(_) => return None,
        };
        let (_, parent) = path.split_last()?;
        let place = written_key.or_else(|| context.place_for_key(parent));
        let primary = place.unwrap_or(read);
        let mut diagnostic = Diagnostic::new(self.name(), Severity::Warning, primary, message)
            .label(label)
            .help(help(context, &path, key.arrives))
            .subject(written);
        if let Some(comment) = commented_out(context, &path).filter(|_| written_key.is_none()) {
            diagnostic = diagnostic
                .related(comment, "it is commented out here")
                .help(format!("write `{written}: []` in values.yaml, where it is commented out"));
        }
        if primary != read {
            diagnostic = diagnostic.related(read, "it is read here");
        }
        Some(diagnostic)
    }
}

/// The key in a comment of values.yaml, below its parent.
fn commented_out(context: &Context<'_>, path: &[&str]) -> Option<Span> {
    let (last, parent) = path.split_last()?;
    let file = context.chart.values.as_ref()?.file;
    let source = context.sources.file(file);
    let indent_of = |line: &str| line.len() - line.trim_start().len();
    let (first, indent) = if parent.is_empty() {
        (0, None)
    } else {
        let key = context.written_key(parent)?;
        let line = source.line_of(key.range.start);
        (line + 1, Some(indent_of(source.slice(source.line_range(line)))))
    };
    for line in first..source.line_count() {
        let range = source.line_range(line);
        let text = source.slice(range);
        let Some(comment) = text.trim_start().strip_prefix('#') else {
            // What stands no deeper than the parent ends it.
            let is_behind = indent.is_some_and(|parent| indent_of(text) <= parent);
            if is_behind && !text.trim().is_empty() {
                return None;
            }
            continue;
        };
        // Deeper in a comment, or in one of another mapping, it is the key of something else.
        let content = comment.trim_start_matches('#');
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_key = content.strip_prefix(last).is_some_and(|behind| behind.starts_with(':'))
            && (indent.is_some() || text.starts_with('#'));
        if is_key {
            let start = range.start as usize + text.len() - content.len();
            return Some(Span::new(file, start, start + last.len()));
        }
    }
    None
}

/// What to write, and where: a path of several keys is no key that could be pasted.
fn help(context: &Context<'_>, path: &[&str], shape: Option<Shape>) -> String {
    let empty = if shape == Some(Shape::Scalar) { "\"\"" } else { "[]" };
    let Some((last, parents)) = path.split_last() else { return String::new() };
    let entry = format!("{last}: {empty}");
    if parents.is_empty() {
        format!("write `{entry}` in values.yaml")
    } else if context.written_key(parents).is_some() {
        format!("write `{entry}` below `{}:` in values.yaml", parents.join("."))
    } else {
        let nested = parents.iter().rev().fold(entry, |inner, key| format!("{key}: {{{inner}}}"));
        format!("write `{nested}` in values.yaml")
    }
}

/// The first place in the chart's own templates that reads the key. What a subchart reads is declared, or not, by its
/// maker: no chart repeats all values of its subcharts.
fn read_of(context: &Context<'_>, path: &[Arc<str>]) -> Option<Span> {
    let (last, parent) = path.split_last()?;
    context
        .view
        .reads()
        .find(|(view, read)| {
            let is_own = || {
                let path = view.rendered.memories.path(read.parent);
                let is_of_subchart = |name: &Arc<str>| {
                    view.active.root.subcharts.iter().any(|chart| chart.name == *name)
                };
                let templates = &context.chart.templates;
                !path.first().is_some_and(is_of_subchart)
                    || templates.iter().any(|template| template.file == read.node.file)
            };
            read.key == *last
                && view.rendered.memories.is_value(read.parent)
                && view.value_path(read.parent) == parent
                && is_own()
        })
        .map(|(_, read)| read.node)
}
