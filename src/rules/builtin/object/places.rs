//! Objects that Helm takes as they are, and where what they say is written.

use std::sync::Arc;

use crate::chart::{Chart, Template};
use crate::diagnostic::{Diagnostic, Frame, Label, Severity};
use crate::engine::explore::Key;
use crate::engine::{ReadContext, RenderedTemplate};
use crate::manifest::objects::{Document, Object};
use crate::rules::context::Context;
use crate::rules::registry::named;
use crate::source::{FileId, Span, TextRange};
use crate::template::ast::{Block, Node as Ast};
use crate::view::{Place, Shown, View, object_ref};
use crate::yaml::{Entry, Node, NodeKind, Use, float_text};

/// What annotations of secretgen-controller begin with.
pub(super) const SECRETGEN: &str = "secretgen.carvel.dev/";

/// Where something of an object is written, for a primary label.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// The literal, the expression that prints it, or the include that leads to a helper which does.
    pub(super) span: Span,
    trace: Vec<Frame>,
    related: Vec<Label>,
}

impl Spot {
    /// A finding here, on an object.
    pub(super) fn finding(
        self,
        rule: &'static str,
        severity: Severity,
        message: String,
        object: &Object,
    ) -> Diagnostic {
        self.plain_finding(rule, severity, message).object(object_ref(object, &object.pointer))
    }

    /// A finding here, on what is no object.
    pub(super) fn plain_finding(
        self,
        rule: &'static str,
        severity: Severity,
        message: String,
    ) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(rule, severity, self.span, message).trace(self.trace);
        diagnostic.related = self.related;
        diagnostic
    }
}

/// What a template has printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Printed<'v> {
    /// The view that has rendered it.
    pub(super) view: &'v View<'v>,
    /// The number of the template there.
    pub(super) at: usize,
    pub(super) template: &'v RenderedTemplate<'v>,
    pub(super) documents: &'v [Document],
}

/// What the chart's own templates have printed.
pub(super) fn printed<'c>(context: &'c Context<'_>) -> impl Iterator<Item = Printed<'c>> {
    let whole = context.view;
    whole.parts().enumerate().flat_map(move |(part, view)| {
        let templates = view.rendered.templates.iter().zip(view.manifests()).enumerate();
        templates.filter_map(move |(at, (template, manifest))| {
            let is_current = part == 0 || !whole.has_rendered(&template.name);
            let is_own = template.chart.scope.is_empty();
            let documents = &manifest.documents;
            (is_current && is_own).then_some(Printed { view, at, template, documents })
        })
    })
}

/// The chart's own templates, each as it was rendered for the scenario.
pub(super) fn own_templates<'c>(
    context: &'c Context<'_>,
) -> impl Iterator<Item = &'c RenderedTemplate<'c>> {
    printed(context).map(|printed| printed.template)
}

/// The objects of documents that are YAML and have what Helm wants to see of an object.
pub(super) fn readable_objects<'c>(context: &'c Context<'_>) -> impl Iterator<Item = Shown<'c>> {
    context.view.objects().filter(|shown| {
        document_of(*shown)
            .is_some_and(|document| document.errors.is_empty() && document.head.is_ok())
    })
}

/// The document that an object stands in.
pub(super) fn document_of(shown: Shown<'_>) -> Option<&Document> {
    let manifest = shown.view.manifests().get(shown.object.template)?;
    manifest.documents.get(shown.object.document)
}

/// Those that Helm installs: it leaves out hooks of events that it does not know.
pub(super) fn whole_objects<'c>(context: &'c Context<'_>) -> impl Iterator<Item = Shown<'c>> {
    readable_objects(context)
        .filter(|shown| shown.object.hook.as_ref().is_none_or(|hook| hook.unknown_event.is_none()))
}

/// Those of them that the chart's own templates print: what is in charts/ is another chart's matter.
pub(super) fn own_objects<'c>(context: &'c Context<'_>) -> impl Iterator<Item = Shown<'c>> {
    whole_objects(context).filter(|shown| is_own(*shown))
}

/// Whether a template of the outermost chart prints the object.
pub(super) fn is_own(shown: Shown<'_>) -> bool {
    shown.template.chart.scope.is_empty()
}

/// Where an entry of an own object is written: its value, or its key if that has none.
pub(super) fn entry_spot(context: &Context<'_>, shown: Shown<'_>, entry: &Entry) -> Option<Spot> {
    spot(context, shown, Some(entry.key_range), &entry.value)
}

/// Where a value of an own object is written. Where an include prints it, but not the key that it belongs to, the include
/// is the place and the line of the helper is related.
pub(super) fn spot(
    context: &Context<'_>,
    shown: Shown<'_>,
    key: Option<TextRange>,
    value: &Use,
) -> Option<Spot> {
    let before = key.or_else(|| before(shown, value));
    let key_place = before.and_then(|range| shown.view.place(shown.object.template, range));
    let place = shown.view.place_of(shown.object.template, value);
    match place.filter(|_| !value.range.is_empty()) {
        Some(place) => {
            own_part(context, key_place.as_ref().map_or(&[][..], |place| &place.trace), place)
        }
        None => key_spot(context, shown, key?),
    }
}

/// What stands before the item of a list: its `-`, or a bracket or comma.
fn before(shown: Shown<'_>, value: &Use) -> Option<TextRange> {
    let output = shown.template.output.as_ref().ok()?;
    let text = output.text.get(..value.range.start as usize)?.trim_end();
    let last = text.chars().next_back()?;
    Some(TextRange::new(text.len() - last.len_utf8(), text.len()))
}

/// Where the key of an entry is written.
pub(super) fn key_spot(context: &Context<'_>, shown: Shown<'_>, key: TextRange) -> Option<Spot> {
    let place = shown.view.place(shown.object.template, key)?;
    let trace = place.trace.clone();
    own_part(context, &trace, place)
}

/// The step of the way to a place that belongs to the label: not deeper than `around`, and in a file of the chart.
pub(super) fn own_part(context: &Context<'_>, around: &[Frame], place: Place) -> Option<Spot> {
    let Place { span, value, trace } = place;
    let shared = trace.iter().zip(around).take_while(|(a, b)| a.call == b.call).count();
    let spans: Vec<Span> = trace.iter().map(|frame| frame.call).chain([span]).collect();
    let is_own =
        |at: &usize| spans.get(*at).is_some_and(|span| !is_below(context.chart, span.file));
    let at = (0..=shared).rev().find(is_own)?;
    if is_influenced(context, &trace, &spans, shared) {
        return None;
    }
    let mut related = Vec::new();
    if at < trace.len() {
        related.push(Label::new(span, "the helper prints it here"));
    }
    if let Some((path, span)) = value.and_then(|value| Some((value.path, value.span?))) {
        related.push(Label::new(span, format!("the value comes from `{path}`")));
    }
    let span = *spans.get(at)?;
    Some(Spot { span, trace: trace.into_iter().take(at).collect(), related })
}

/// Whether what stands at a place comes of a value that the linter has made up, though that value does not show: it is
/// empty, say, or the item of a list that should be a mapping. `spans` are the calls that lead there and the place itself;
/// those from `shared` on print nothing else.
fn is_influenced(context: &Context<'_>, trace: &[Frame], spans: &[Span], shared: usize) -> bool {
    let changed: Vec<&Key> = context.scenario.changes.keys().collect();
    let Some(printing) = spans.get(shared).filter(|_| !changed.is_empty()) else { return false };
    let action = named::action_around(context.chart, *printing);
    let mut asking = vec![action];
    let mut templates = Vec::new();
    all_templates(context.chart, &mut templates);
    for template in &templates {
        let defines = template.ast.defines.iter();
        let called = defines
            .filter(|define| trace.iter().skip(shared).any(|frame| frame.template == *define.name));
        asking.extend(called.map(|define| define.range.in_file(template.file)));
        // A literal is what it is, whatever it is repeated for.
        let is_literal = !context.sources.slice(action).starts_with("{{");
        if template.file == action.file && !is_literal {
            let bodies = template.ast.defines.iter().map(|define| &define.body);
            for body in std::iter::once(&template.ast.body).chain(bodies) {
                openings(body, action.range, &mut |range| {
                    asking.push(range.in_file(template.file));
                });
            }
        }
    }
    let is_asked = |node: Span| {
        asking.iter().any(|span| {
            span.file == node.file
                && span.range.start <= node.range.start
                && node.range.end <= span.range.end
        })
    };
    context.view.reads().any(|(view, read)| {
        // What only opens a branch is what the scenario is for.
        let opens = read.context == ReadContext::Condition && !is_range(&templates, read.node);
        if opens || !is_asked(read.node) || !view.rendered.memories.is_value(read.parent) {
            return false;
        }
        let mut path = view.value_path(read.parent);
        path.push(Arc::clone(&read.key));
        let path = Key::Value(path);
        changed.iter().any(|key| key.covers(&path) || path.covers(key))
    })
}

/// Calls `add` for the opening actions of all `range` and `with` around a place.
fn openings(block: &Block, range: TextRange, add: &mut impl FnMut(TextRange)) {
    for node in &block.nodes {
        let (Ast::If(branch) | Ast::With(branch) | Ast::Range(branch)) = node else { continue };
        if branch.range.start <= range.start && range.end <= branch.range.end {
            if !matches!(node, Ast::If(_)) {
                add(branch.open);
            }
            for side in std::iter::once(&branch.body).chain(&branch.otherwise) {
                openings(side, range, add);
            }
        }
    }
}

/// Whether a place is in the opening action of a `range` or `with`.
fn is_range(templates: &[&Template], place: Span) -> bool {
    let mut found = false;
    for template in templates.iter().filter(|template| template.file == place.file) {
        let bodies = template.ast.defines.iter().map(|define| &define.body);
        for body in std::iter::once(&template.ast.body).chain(bodies) {
            openings(body, place.range, &mut |open| {
                found |= open.start <= place.range.start && place.range.end <= open.end;
            });
        }
    }
    found
}

/// The templates of a chart and of all below it.
pub(super) fn all_templates<'c>(chart: &'c Chart, found: &mut Vec<&'c Template>) {
    found.extend(&chart.templates);
    chart.subcharts.iter().for_each(|sub| all_templates(sub, found));
}

/// Whether a file is a template of a chart below this one.
fn is_below(chart: &Chart, file: FileId) -> bool {
    chart.subcharts.iter().any(|sub| {
        sub.templates.iter().any(|template| template.file == file) || is_below(sub, file)
    })
}

/// The entry of Chart.yaml that brings the chart of a template below charts/.
pub(super) fn dependency_spot(context: &Context<'_>, shown: Shown<'_>) -> Option<Spot> {
    let outermost = shown.template.chart.scope.first()?;
    let mut entries = context.chart.metadata.dependencies.iter();
    let entry =
        entries.find(|entry| entry.alias.as_ref().unwrap_or(&entry.name).value == **outermost);
    let span = entry.map_or(context.chart.metadata.name.span, |entry| entry.name.span);
    Some(Spot { span, trace: Vec::new(), related: Vec::new() })
}

/// Whether a part of an object shows something that the linter has made up.
pub(super) fn is_made_up(shown: Shown<'_>, range: TextRange) -> bool {
    shown.view.shows_made_up(shown.object.template, range)
}

/// Kind and name, for messages: "the Service `web`".
pub(super) fn title(object: &Object) -> String {
    format!("the {} `{}`", object.kind, object.name)
}

/// The entry at the end of a path.
pub(super) fn entry_at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Entry> {
    let (last, parents) = path.split_last()?;
    node.at(parents)?.get(last)
}

/// A scalar as the text that it would be in quotes; `None` for collections.
pub(super) fn scalar_text(node: &Node) -> Option<Arc<str>> {
    use crate::yaml::Number;
    Some(match &node.kind {
        NodeKind::Str(text) => Arc::clone(text),
        NodeKind::Null => Arc::default(),
        NodeKind::Bool(value) => value.to_string().into(),
        NodeKind::Number(Number::Int(number)) => number.to_string().into(),
        NodeKind::Number(Number::Uint(number)) => number.to_string().into(),
        NodeKind::Number(Number::Float(number)) => float_text(*number).into(),
        NodeKind::Seq(_) | NodeKind::Map(_) => return None,
    })
}
