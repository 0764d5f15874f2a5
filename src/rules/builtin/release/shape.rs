//! `release-pull-secret-shape`: a release gives pull secrets in a shape that its chart does not take.

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::RenderError;
use crate::manifest::pods::service_account_pull_secrets;
use crate::rules::context::{Context, Rule};
use crate::rules::registry::given::{GivenList, lists, place};
use crate::rules::registry::keys::Shape;
use crate::rules::registry::probe::{SENTINELS, given};
use crate::source::Span;
use crate::values::{Data, Value};
use crate::view::{Place, Shown, View};
use crate::yaml::{Entry, Node, NodeKind};

pub(in crate::rules::builtin) struct ReleasePullSecretShape;

impl Rule for ReleasePullSecretShape {
    fn name(&self) -> &'static str {
        "release-pull-secret-shape"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(release) = context.release() else { return };
        if !context.registry().engaged {
            return;
        }
        for list in lists(context, release) {
            let Some(wrong) = wrong_shape(context, &list) else { continue };
            let written = list.candidate.written();
            let mut diagnostic = Diagnostic::new(
                self.name(),
                Severity::Error,
                wrong.at,
                format!(
                    "`{written}` is given {}, but the chart takes {}",
                    wrong.given, wrong.wanted
                ),
            )
            .label(wrong.result)
            .help(format!("write `{written}: {}`", wrong.example))
            .subject(format!("{} {written}", release.title()));
            if let Some(node) = wrong.node {
                diagnostic =
                    diagnostic.related(node.span, "the chart prints it here").trace(node.trace);
            }
            out.push(diagnostic);
        }
    }
}

/// A value in a shape that a chart does not take.
pub(super) struct WrongShape {
    /// The first wrong entry, else the key.
    at: Span,
    given: &'static str,
    wanted: &'static str,
    example: &'static str,
    /// What comes of it.
    result: String,
    /// Where the template prints it.
    node: Option<Place>,
}

/// What is wrong with the shape of a list, as the rendering of the release shows; none if it is taken.
pub(super) fn wrong_shape(context: &Context<'_>, list: &GivenList<'_>) -> Option<WrongShape> {
    let accepted = list.candidate.arrives.or_else(|| accepted(context, list))?;
    let (given, first) = shape_of(list.value);
    let (wanted, example) = match accepted {
        Shape::Objects => ("`{name: …}`", "[{name: a}]"),
        Shape::Strings => ("names", "[a]"),
        Shape::Scalar => ("one name", "a"),
    };
    let given = match given {
        Given::Objects if accepted == Shape::Objects => return None,
        Given::Strings if accepted == Shape::Strings => return None,
        Given::Scalar if accepted == Shape::Scalar => return None,
        Given::Objects => "`{name: …}`",
        Given::Strings => "names",
        Given::Scalar => "a text",
        Given::Mapping => "a mapping",
    };
    let (result, node) = garbled(context, list.value).or_else(|| failed(context))?;
    let key = place(list.value)?;
    let entry = first.and_then(|entry| Some(entry.source.as_ref()?.value));
    let at = entry.map_or(key, |entry| super::dash(context.sources, entry));
    Some(WrongShape { at, given, wanted, example, result, node })
}

/// The shape in which the names show, where a template fails with what is given.
fn accepted(context: &Context<'_>, list: &GivenList<'_>) -> Option<Shape> {
    let fails = |view: &View<'_>| {
        view.rendered.templates.iter().filter(|template| template.output.is_err()).count()
    };
    let before = fails(context.view);
    if before == 0 {
        return None;
    }
    Shape::ALL.into_iter().find(|shape| {
        let changes = [(list.candidate.path.clone(), given(*shape, SENTINELS.len()))];
        let is_better = context.with_values(&changes, &|_| true, |view| {
            let mut outputs =
                view.rendered.templates.iter().filter_map(|template| template.output.as_ref().ok());
            fails(view) < before && outputs.any(|output| output.text.contains(SENTINELS[0]))
        });
        is_better.unwrap_or_default()
    })
}

enum Given {
    Objects,
    Strings,
    Scalar,
    Mapping,
}

/// The shape of a value, and the first entry that is of it.
fn shape_of(value: &Value) -> (Given, Option<&Value>) {
    match &value.data {
        Data::List(items) => {
            let first = items.first();
            match first.map(|item| &item.data) {
                Some(Data::Str(_)) => (Given::Strings, first),
                _ => (Given::Objects, first),
            }
        }
        Data::Map(_) => (Given::Mapping, None),
        _ => (Given::Scalar, None),
    }
}

/// A rendered list that shows the value and is no list of names.
fn garbled(context: &Context<'_>, value: &Value) -> Option<(String, Option<Place>)> {
    let source = value.source.as_ref()?;
    context.view.objects().find_map(|Shown { view, object, .. }| {
        let pods = context.pod_kinds.pod_specs(object);
        let lists = pods.iter().filter(|pod| !pod.wants_strings());
        let lists = lists.filter_map(|pod| pod.pull_secrets.as_ref());
        let account = service_account_pull_secrets(object);
        lists.chain(account).find_map(|entry| {
            let shows = shows(view, object.template, entry, source.value);
            let what = shows.then(|| fault(&entry.value.node)).flatten()?;
            Some((what, view.place(object.template, entry.value.range)))
        })
    })
}

/// Whether the list shows something of the value at `span`.
fn shows(view: &View<'_>, template: usize, entry: &Entry, span: Span) -> bool {
    view.values_in(template, entry.value.range).iter().any(|shown| {
        shown.span.is_some_and(|shown| {
            shown.file == span.file
                && span.range.start <= shown.range.start
                && shown.range.end <= span.range.end
        })
    })
}

/// What is wrong with a rendered list.
fn fault(list: &Node) -> Option<String> {
    if !matches!(list.kind, NodeKind::Seq(_)) {
        return Some("what is rendered is no list".to_owned());
    }
    list.items().iter().find_map(|item| {
        let name = item.node.get("name").and_then(|entry| entry.value.node.as_str());
        match name {
            None => Some("an entry is rendered without a name".to_owned()),
            Some(name) if name.contains("map[") || name.contains('[') => {
                Some(format!("it becomes `name: {name}`"))
            }
            Some(_) => None,
        }
    })
}

/// A template that fails at what it makes of an entry.
fn failed(context: &Context<'_>) -> Option<(String, Option<Place>)> {
    let templates = context.view.rendered.templates.iter();
    let error: &RenderError =
        templates.filter_map(|template| template.output.as_ref().err()).find(|error| {
            let text = context.sources.file(error.node.file).slice(error.node.range);
            text.contains("name")
                || error.message.contains("can't evaluate field name")
                || error.message.contains("range can't iterate over")
        })?;
    let node = Place { span: error.node, value: None, trace: Vec::new() };
    Some((format!("the template fails: {}", error.message), Some(node)))
}
