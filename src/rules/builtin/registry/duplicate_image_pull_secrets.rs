//! `duplicate-image-pull-secrets`: one mapping has the key `imagePullSecrets` twice, and the first list is lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chart::Chart;
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::pods::PULL_SECRETS;
use crate::rules::context::{Context, Rule};
use crate::rules::registry::keys::{KeyPath, Shape};
use crate::rules::registry::probe::SENTINELS;
use crate::source::SourceMap;
use crate::values::{Data, Value};
use crate::view::{Shown, View, object_ref};
use crate::yaml::{Entry, Node, NodeKind};

/// How deep objects are searched.
const MAX_DEPTH: usize = 100;

pub(in crate::rules::builtin) struct DuplicateImagePullSecrets;

impl Rule for DuplicateImagePullSecrets {
    fn name(&self) -> &'static str {
        "duplicate-image-pull-secrets"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        // A rendering more is spent only where two places could print the key.
        if printed(context.sources, context.chart) < 2 {
            return;
        }
        self.look(context.view, None, out);
        // Most blocks are there only if a secret is set. One name each: a loop that prints the key for every name is
        // another defect.
        let keys = &context.registry().probing.keys;
        let changes: Vec<(KeyPath, Value)> =
            keys.iter().map(|key| (key.path.clone(), given(key.arrives))).collect();
        if changes.is_empty() {
            return;
        }
        let wanted = |name: &str| context.view.has_rendered(name);
        let read = keys.iter().filter(|key| key.is_read);
        let set: Vec<String> = read.map(|key| key.path.join(".")).collect();
        let found = context.where_values_matter(&changes, &wanted, |view| {
            let mut found = Vec::new();
            self.look(view, Some(&set), &mut found);
            found
        });
        for diagnostic in found.unwrap_or_default() {
            if !out.iter().any(|known| known.primary.span == diagnostic.primary.span) {
                out.push(diagnostic);
            }
        }
    }
}

impl DuplicateImagePullSecrets {
    fn look(&self, view: &View<'_>, set: Option<&[String]>, out: &mut Vec<Diagnostic>) {
        for shown in view.objects() {
            repeated(&shown.object.root.node, 0, &mut |first, second| {
                out.extend(self.report(shown, first, second, set));
            });
        }
    }

    fn report(
        &self,
        shown: Shown<'_>,
        first: &Entry,
        second: &Entry,
        set: Option<&[String]>,
    ) -> Option<Diagnostic> {
        let Shown { view, template, object } = shown;
        let place = |entry: &Entry| view.place(object.template, entry.key_range);
        let (lost, kept) = (place(first)?, place(second)?);
        // Of one helper that is called twice, the calls; an action that repeats itself is another defect.
        let (first_span, second_span) = if lost.span == kept.span {
            let mut calls = lost.trace.iter().zip(&kept.trace).map(|(a, b)| (a.call, b.call));
            calls.find(|(first, second)| first != second)?
        } else {
            (lost.span, kept.span)
        };
        let title = format!("{} `{}`", object.kind, object.name);
        let message = format!("`{PULL_SECRETS}` stands twice in one mapping of {title}");
        let mut diagnostic = Diagnostic::new(self.name(), Severity::Error, second_span, message)
            .label("only this list counts")
            .related(first_span, "this one is replaced by it")
            .help("print the key once, and the entries of both lists below it")
            .object(object_ref(object, &""))
            .trace(kept.trace)
            .subject(template.name.to_string());
        let is_shown = |entry: &Entry| mentions_probe(&entry.value.node);
        if let Some(set) = set.filter(|_| is_shown(first) || is_shown(second)) {
            let keys: Vec<String> = set.iter().map(|key| format!("`{key}`")).collect();
            diagnostic = diagnostic.note(format!("found by setting {}", shorten(&keys)));
        }
        Some(diagnostic)
    }
}

/// How many places in the templates of a chart and its subcharts print the key.
fn printed(sources: &SourceMap, chart: &Chart) -> usize {
    let is_key = |line: &str| {
        let line = line.trim_start_matches([' ', '-', '"', '\'']);
        line.strip_prefix(PULL_SECRETS)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'))
    };
    let own = chart.templates.iter().map(|template| {
        let text = sources.file(template.file).text();
        // Most templates do not have the word at all.
        if !text.contains(PULL_SECRETS) {
            return 0;
        }
        let keys = text.lines().filter(|line| is_key(line)).count();
        // A helper can be called from several places.
        if text.contains("define ") { keys * 2 } else { keys }
    });
    own.sum::<usize>() + chart.subcharts.iter().map(|sub| printed(sources, sub)).sum::<usize>()
}

/// Calls `add` for every repetition of the key, with the occurrence before it.
fn repeated(node: &Node, depth: usize, add: &mut impl FnMut(&Entry, &Entry)) {
    if depth > MAX_DEPTH {
        return;
    }
    match &node.kind {
        NodeKind::Seq(items) => items.iter().for_each(|item| repeated(&item.node, depth + 1, add)),
        NodeKind::Map(entries) => {
            for entry in entries {
                if &*entry.key == PULL_SECRETS
                    && let Some(first) = entry.repeats.and_then(|first| entries.get(first))
                {
                    add(first, entry);
                }
                repeated(&entry.value.node, depth + 1, add);
            }
        }
        _ => {}
    }
}

fn mentions_probe(list: &Node) -> bool {
    let is_probe = |node: &Node| node.as_str() == Some(SENTINELS[0]);
    list.items().iter().any(|item| {
        is_probe(&item.node) || item.node.get("name").is_some_and(|name| is_probe(&name.value.node))
    })
}

/// One name, in the shape that arrives.
fn given(shape: Option<Shape>) -> Value {
    let name = Value::made_up(Data::Str(Arc::from(SENTINELS[0])));
    let list = |item: Value| Value::made_up(Data::List(vec![item]));
    match shape {
        None | Some(Shape::Objects) => {
            list(Value::made_up(Data::Map(BTreeMap::from([(Arc::from("name"), name)]))))
        }
        Some(Shape::Strings) => list(name),
        Some(Shape::Scalar) => name,
    }
}

fn shorten(keys: &[String]) -> String {
    /// Keys that are named; more help nobody.
    const SHOWN: usize = 3;
    match keys.get(..SHOWN) {
        Some(first) if keys.len() > SHOWN => {
            format!("{} and {} more", first.join(", "), keys.len() - SHOWN)
        }
        _ => crate::diagnostic::in_words(keys),
    }
}
