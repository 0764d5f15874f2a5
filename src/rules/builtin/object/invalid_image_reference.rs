//! `invalid-image-reference`: what stands as the image of a container is no reference to an image.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, ObjectRef, Severity};
use crate::manifest::faults::{Fault, FaultKind, fault};
use crate::rules::context::{Concern, Context, Rule};
use crate::source::{Span, TextRange};
use crate::values::Data;
use crate::view::{Place, Shown};
use crate::yaml::{Entry, NodeKind};

use super::images::{dependency, images, inside, is_custom, is_filled_later, place, shorten};

pub(in crate::rules::builtin) struct InvalidImageReference;

impl Rule for InvalidImageReference {
    fn name(&self) -> &'static str {
        "invalid-image-reference"
    }

    fn concern(&self) -> Concern {
        Concern::WrittenValues
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for shown in context.view.objects() {
            // Of a document that is no YAML, nothing is certain.
            let manifest = shown.view.manifests().get(shown.object.template);
            let document =
                manifest.and_then(|manifest| manifest.documents.get(shown.object.document));
            if document.is_some_and(|document| !document.errors.is_empty()) {
                continue;
            }
            for (entry, object) in images(context, shown.object) {
                out.extend(self.judge(context, shown, &entry, object));
            }
        }
    }
}

impl InvalidImageReference {
    fn judge(
        &self,
        context: &Context<'_>,
        shown: Shown<'_>,
        entry: &Entry,
        object: ObjectRef,
    ) -> Option<Diagnostic> {
        let Shown { view, template, .. } = shown;
        let at = shown.object.template;
        let (text, fault) = match &entry.value.node.kind {
            NodeKind::Str(text) => (text.to_string(), fault(text)?),
            NodeKind::Null => (String::new(), fault("")?),
            // What a custom resource means by it is its own matter.
            _ if is_custom(shown.object) => return None,
            other => (String::new(), no_text(other)),
        };
        // Of what the linter has made up nothing is known, nor of what an operator fills in.
        if view.shows_made_up(at, entry.value.range)
            || is_custom(shown.object) && is_filled_later(&text)
        {
            return None;
        }
        let primary = place(view, at, entry)?;
        let values = values_at_fault(context, shown, entry, &fault, &primary);
        // Whoever reads an empty name for the repository wants the user to set it, and says so elsewhere.
        let is_asked_for = !values.is_empty() || !primary.trace.is_empty();
        if fault.kind == FaultKind::NoRepository && is_asked_for {
            return None;
        }
        let message = if text.is_empty() {
            format!("the image of a container is no image reference: {}", fault.what)
        } else {
            format!("`{}` is no image reference: {}", shorten(&text), fault.what)
        };
        let packed = dependency(context, shown);
        let span = packed.unwrap_or(primary.span);
        let mut diagnostic = Diagnostic::new(self.name(), Severity::Warning, span, message)
            .label(label(&fault))
            .object(object)
            .trace(primary.trace)
            .subject(format!("{} {}", template.name, text));
        if packed.is_some() {
            diagnostic = diagnostic.related(primary.span, "the image is printed here");
        }
        for (span, what) in values {
            diagnostic = diagnostic.related(span, what);
        }
        Some(match help(&fault) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        })
    }
}

/// A value that is no text, which the API server refuses.
fn no_text(kind: &NodeKind) -> Fault {
    let what = match kind {
        NodeKind::Map(_) => "it is a mapping",
        NodeKind::Seq(_) => "it is a list",
        NodeKind::Number(_) => "it is a number",
        _ => "it is a boolean",
    };
    Fault { kind: FaultKind::NoText, what: what.to_owned(), at: 0..0 }
}

/// The values that spoil the image: what shows at the fault, or what is empty and read where the image is printed. Each
/// with what to say of it.
fn values_at_fault(
    context: &Context<'_>,
    shown: Shown<'_>,
    entry: &Entry,
    fault: &Fault,
    primary: &Place,
) -> Vec<(Span, String)> {
    let Shown { view, object, .. } = shown;
    if !fault.at.is_empty()
        && let Some(inside) = inside(entry)
    {
        let start = inside.start as usize;
        let range = TextRange::new(start + fault.at.start, start + fault.at.end);
        let values = view.values_in(object.template, range).into_iter();
        let values = values.filter_map(|value| Some((value.span?, value.path)));
        return values.map(|(span, path)| (span, format!("it comes from `{path}`"))).collect();
    }
    let source = context.sources.file(primary.span.file);
    let line = source.line_of(primary.span.range.start);
    let mut found: Vec<(Span, String)> = Vec::new();
    for (view, read) in context.view.reads() {
        if read.node.file != primary.span.file
            || source.line_of(read.node.range.start) != line
            || !view.rendered.memories.is_value(read.parent)
        {
            continue;
        }
        let mut path = view.value_path(read.parent);
        path.push(Arc::clone(&read.key));
        let keys: Vec<&str> = path.iter().map(|key| &**key).collect();
        let value = view.active.values.at(&keys);
        let (span, what) = match value.map(|value| (&value.data, &value.source)) {
            Some((Data::Str(text), Some(source))) if text.is_empty() => (source.value, "is empty"),
            Some((Data::Null, Some(source))) => (source.key.unwrap_or(source.value), "is null"),
            None | Some((Data::Null, None)) => (read.node, "is not set"),
            Some(_) => continue,
        };
        let label = (span, format!("`{}` {what}", path.join(".")));
        if span != primary.span && !found.contains(&label) {
            found.push(label);
        }
    }
    found
}

/// What the kubelet or the API server makes of it.
const fn label(fault: &Fault) -> &'static str {
    match fault.kind {
        FaultKind::NoRepository => "there is no image to pull",
        FaultKind::NoText => "the API server refuses the object",
        _ => "the pod ends in `InvalidImageName`",
    }
}

/// What to write.
const fn help(fault: &Fault) -> Option<&'static str> {
    Some(match fault.kind {
        FaultKind::NoRepository => "give the repository a default, or ask for it with `required`",
        FaultKind::EmptyRegistry => {
            "print the slash with the registry: `{{ with .Values.registry }}{{ . }}/{{ end }}`"
        }
        FaultKind::EmptyTag => {
            "give the tag a default, `{{ .Values.image.tag | default .Chart.AppVersion }}`, or print what stands before it only with it"
        }
        FaultKind::Printed => {
            "give the value that is missing a default, or name the field of the mapping that holds the text"
        }
        FaultKind::NoText => "print host, path and tag as one text, in quotes",
        FaultKind::Scheme => "begin with the host",
        FaultKind::EmptyPart => {
            "print each slash only with the part before it, or cut it off with `trimSuffix \"/\"`"
        }
        FaultKind::Blank => {
            "take the blanks out: those at an end with `trim`, where they come from a value"
        }
        FaultKind::Capital => "write the path in lower case, or print it through `lower`",
        FaultKind::Plus => "print the tag through `replace \"+\" \"_\"`",
        FaultKind::Host => "a host has letters, digits, `-` and `.`",
        FaultKind::Identifier => "write the name of the image, and its digest as `name@sha256:…`",
        FaultKind::Tag | FaultKind::Digest | FaultKind::Other => return None,
    })
}
