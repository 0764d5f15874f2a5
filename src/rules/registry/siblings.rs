//! How other pods of a chart come by their pull secrets: what a pod that gets none can do as well.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::{Chart, Template};
use crate::manifest::pods::PULL_SECRETS;
use crate::rules::context::Context;
use crate::source::{FileId, Span};
use crate::template::ast::{Block, Command, Expr, Node, Pipeline};

use super::keys::{Candidate, KeyPath, Shape};
use super::named::template_of;
use super::probe::{Probing, Sink, Wiring};
use super::workload::Workload;

/// The most keys whose shape is found out for one help.
const MAX_TRIED: usize = 4;

/// What other pods of the chart do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// They call a helper with their dot, which prints key and entries.
    Helper(Arc<str>),
    /// They read a key whose entries have this shape.
    Key(String, Shape),
}

/// What the wired pods of the chart itself do; nothing if there is none.
pub fn way(context: &Context<'_>) -> Option<Way> {
    let registry = context.registry();
    let here = registry.wired().filter(|(pod, wiring)| wiring.is_wired && pod.scope.is_empty());
    let calls = here.filter_map(|(pod, wiring)| helper_call(pod, wiring));
    let earlier = context.judged.values().filter(|pod| pod.is_wired && pod.scope.is_empty());
    let mut calls = calls.chain(earlier.clone().filter_map(|pod| pod.helper));
    if let Some(name) = calls.find_map(|call| helper_at(context.chart, call)) {
        return Some(Way::Helper(name));
    }
    let sinks: Vec<Sink> = registry
        .wired()
        .filter(|(pod, wiring)| wiring.is_wired && !wiring.has_own && pod.scope.is_empty())
        .map(|(pod, _)| Sink::of_pod(pod.identity.clone(), pod.title(), pod.wants_strings()))
        .chain(earlier.map(|pod| Sink::of_pod(pod.identity.clone(), pod.title.clone(), false)))
        .filter(|sink| !sink.wants_strings)
        .collect();
    if sinks.is_empty() {
        return None;
    }
    ranked(context).into_iter().take(MAX_TRIED).find_map(|key| {
        let shape = Probing::shape_of(context, &key.path, &sinks)?;
        Some(Way::Key(key.written(), shape))
    })
}

/// Where a pod gets its pull secrets, for a label: the call of a helper, or the key itself.
pub fn shown_at(pod: &Workload, wiring: &Wiring) -> Option<Span> {
    helper_call(pod, wiring).or_else(|| Some(wiring.key.as_ref()?.span))
}

/// The call of a helper that prints the pull secrets of a pod, but not the pod.
pub fn helper_call(pod: &Workload, wiring: &Wiring) -> Option<Span> {
    let key = &wiring.key.as_ref()?.trace;
    let mut both = key.iter().zip(&pod.containers.trace);
    let shared = both.position(|(one, other)| one != other);
    let shared = shared.unwrap_or_else(|| key.len().min(pod.containers.trace.len()));
    key.get(shared).map(|frame| frame.call)
}

/// The helper that an action calls with nothing but the root, and puts on lines of its own.
fn helper_at(chart: &Chart, call: Span) -> Option<Arc<str>> {
    let template = template_of(chart, call.file)?;
    let bodies = template.ast.defines.iter().map(|define| &define.body);
    let pipeline = bodies.chain([&template.ast.body]).find_map(|body| action_at(body, call))?;
    let [Command { args, .. }, indent] = pipeline.commands.as_slice() else { return None };
    let is_indented = matches!(
        indent.args.first(),
        Some(Expr::Function(function)) if &*function.name == "nindent"
    );
    match args.as_slice() {
        [Expr::Function(include), Expr::Str(name), argument] if &*include.name == "include" => {
            let is_root = match argument {
                Expr::Dot(_) => true,
                Expr::Variable(variable, _, names) => &*variable.name == "$" && names.is_empty(),
                _ => false,
            };
            (is_indented && is_root).then(|| Arc::clone(&name.value))
        }
        _ => None,
    }
}

/// The pipeline of the action that `call` is, or is in.
fn action_at(block: &Block, call: Span) -> Option<&Pipeline> {
    let holds = |start: u32, end: u32| start <= call.range.start && call.range.end <= end;
    block.nodes.iter().find_map(|node| match node {
        Node::Action(action) => holds(action.range.start, action.range.end).then_some(&action.pipe),
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
            action_at(&branch.body, call).or_else(|| action_at(branch.otherwise.as_ref()?, call))
        }
        Node::Text(_) | Node::Template(_) | Node::Break(_) | Node::Continue(_) => None,
    })
}

/// The keys that the chart's own templates read for pull secrets: the usual one first, then those that most files read.
fn ranked<'c>(context: &'c Context<'_>) -> Vec<&'c Candidate> {
    let own = own_files(context.chart);
    let is_foreign = |path: &KeyPath| {
        let subcharts = &context.view.active.root.subcharts;
        path.first().is_some_and(|first| subcharts.iter().any(|sub| sub.name == *first))
    };
    let files = |path: &KeyPath| {
        let Some((last, parent)) = path.split_last() else { return 0 };
        let reads = context.view.reads().filter(|(view, read)| {
            read.feeds_pull_secrets
                && read.key == *last
                && own.contains(&read.node.file)
                && view.rendered.memories.is_value(read.parent)
                && view.value_path(read.parent) == parent
        });
        reads.map(|(_, read)| read.node.file).collect::<BTreeSet<FileId>>().len()
    };
    let canonical = context.config.pull_secret_keys(context.profile);
    let is_usual = |key: &Candidate| {
        let written = key.written();
        canonical.contains(&written.as_str()) || written == PULL_SECRETS
    };
    let keys = context.registry().probing.keys.iter();
    let mut found: Vec<(usize, &Candidate)> = keys
        .filter(|key| key.is_read && !is_foreign(&key.path))
        .map(|key| (files(&key.path), key))
        .filter(|(files, _)| *files > 0)
        .collect();
    found.sort_by_key(|(files, key)| (!is_usual(key), std::cmp::Reverse(*files)));
    found.into_iter().map(|(_, key)| key).collect()
}

/// The templates of a chart and of the libraries that it uses.
fn own_files(chart: &Chart) -> BTreeSet<FileId> {
    fn libraries<'c>(chart: &'c Chart, found: &mut Vec<&'c Template>) {
        for sub in chart.subcharts.iter().filter(|sub| sub.is_library()) {
            found.extend(&sub.templates);
            libraries(sub, found);
        }
    }
    let mut found: Vec<&Template> = chart.templates.iter().collect();
    libraries(chart, &mut found);
    found.into_iter().map(|template| template.file).collect()
}
