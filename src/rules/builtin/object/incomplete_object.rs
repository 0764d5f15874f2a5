//! `incomplete-object`: a document that is YAML, but no object that the API server takes.

use crate::diagnostic::{Diagnostic, Severity, in_words};
use crate::explore::ScenarioKind;
use crate::manifest::objects::{Document, Object};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::named::{self, Name};
use crate::source::TextRange;
use crate::view::Shown;
use crate::yaml::{Entry, Node, NodeKind};

use super::places::{
    Printed, SECRETGEN, entry_at, is_made_up, is_own, key_spot, own_part, printed, readable_objects,
};

pub(in crate::rules::builtin) struct IncompleteObject;

/// What an object must have.
const FIELDS: [&[&str]; 3] = [&["apiVersion"], &["kind"], &["metadata", "name"]];

impl Rule for IncompleteObject {
    fn name(&self) -> &'static str {
        "incomplete-object"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for part in printed(context) {
            for document in part.documents {
                out.extend(self.no_object(context, part, document));
            }
        }
        for shown in readable_objects(context).filter(|shown| is_own(*shown)) {
            out.extend(self.lacking(context, shown));
        }
    }
}

impl IncompleteObject {
    /// A document in which Helm finds no object.
    fn no_object(
        &self,
        context: &Context<'_>,
        part: Printed<'_>,
        document: &Document,
    ) -> Option<Diagnostic> {
        let error = document.head.as_ref().err().filter(|_| document.errors.is_empty())?;
        if part.view.shows_made_up(part.at, error.range) {
            return None;
        }
        let range = error.range;
        let place = part.view.place(part.at, range)?;
        let message = format!("this is no object: {}", error.reason());
        Some(
            own_part(context, &place.trace.clone(), place)?
                .plain_finding(self.name(), Severity::Error, message)
                .label("Helm refuses it")
                .note("nothing of the chart is installed")
                .help("a document is a mapping with `apiVersion`, `kind` and `metadata`; several are divided by `---`")
                .subject(part.template.name.to_string()),
        )
    }

    /// What an object does not have.
    fn lacking(&self, context: &Context<'_>, shown: Shown<'_>) -> Option<Diagnostic> {
        let object = shown.object;
        let root = &object.root.node;
        let first = root.entries().next();
        let start = first.map_or(object.root.range, |entry| entry.key_range);
        if is_made_up(shown, start) {
            return None;
        }
        // How a placeholder for pull credentials is named is the matter of rules of its own.
        if is_placeholder(context, shown) {
            return None;
        }
        let is_opened = context.scenario.kind == ScenarioKind::Opened;
        let missing = FIELDS.iter().filter(|path| {
            if is_inherited(object, path) {
                return false;
            }
            match entry_at(root, path) {
                None => true,
                // Whoever opens a branch has to fill in what it asks for.
                Some(entry) => is_empty(&entry.value.node) && !is_opened,
            }
        });
        let missing: Vec<String> = missing.map(|path| format!("`{}`", path.join("."))).collect();
        if missing.is_empty() {
            return None;
        }
        let kind = root.get("kind").filter(|entry| !is_empty(&entry.value.node));
        let range = kind.map_or(start, |entry| entry.key_range);
        let what = match (&*object.kind, &*object.name) {
            ("", _) => "the object".to_owned(),
            (kind, "") => format!("the {kind}"),
            (kind, name) => format!("the {kind} `{name}`"),
        };
        let message = format!("{what} has no {}", in_words(&missing));
        let mut diagnostic = key_spot(context, shown, range)?
            .finding(self.name(), Severity::Error, message, object)
            .label("the API server refuses it")
            .help(format!("write {}, each with a value", in_words(&missing)))
            .subject(format!("{} {}", shown.template.name, missing.concat()));
        let empty = FIELDS.iter().filter_map(|path| entry_at(root, path));
        for entry in empty.filter(|entry| is_empty(&entry.value.node)) {
            if let Some(place) = place_of_empty(shown, entry) {
                diagnostic = diagnostic.related(place, "there is no value here");
            }
        }
        Some(diagnostic)
    }
}

/// Whether the object has it by other means: a name that the API server makes up, or the type of the list around it.
fn is_inherited(object: &Object, path: &[&str]) -> bool {
    let metadata = object.root.node.at(&["metadata"]);
    match path {
        ["apiVersion"] => !object.api_version.is_empty(),
        ["kind"] => !object.kind.is_empty(),
        _ => metadata.is_some_and(|metadata| metadata.get("generateName").is_some()),
    }
}

fn is_placeholder(context: &Context<'_>, shown: Shown<'_>) -> bool {
    let object = shown.object;
    let name = entry_at(&object.root.node, &["metadata", "name"]);
    let place = name.and_then(|entry| place_of_empty(shown, entry));
    &*object.kind == "Secret"
        && (object.annotations().any(|entry| entry.key.starts_with(SECRETGEN))
            || place.is_some_and(|place| {
                named::on_lines(context.chart, context.sources.file(place.file).text(), place, &[])
                    .has(Name::Placeholder)
            }))
}

fn is_empty(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Null => true,
        NodeKind::Str(text) => text.is_empty(),
        _ => false,
    }
}

fn place_of_empty(shown: Shown<'_>, entry: &Entry) -> Option<crate::source::Span> {
    let range: TextRange =
        if entry.value.range.is_empty() { entry.key_range } else { entry.value.range };
    shown.view.place(shown.object.template, range).map(|place| place.span)
}
