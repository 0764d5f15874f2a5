//! `non-string-value`: a number, a boolean or a collection where the API server wants a string.

use std::sync::OnceLock;

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::objects::Object;
use crate::manifest::pod_path::PodPath;
use crate::manifest::pointer::{Place, Pointer, Step};
use crate::rules::context::{Context, Rule};
use crate::view::{Shown, object_ref};
use crate::yaml::{NodeKind, Use};

use super::places::{SECRETGEN, is_made_up, own_objects, spot};

/// The most values of one object that are looked at; aliases could make more out of little text.
const MAX_VALUES: usize = 100_000;

/// The most characters that a message shows of a value.
const MAX_SHOWN: usize = 40;

pub(in crate::rules::builtin) struct NonStringValue;

/// A line of the table.
struct Line {
    group: &'static str,
    kind: &'static str,
    path: PodPath,
}

impl Rule for NonStringValue {
    fn name(&self) -> &'static str {
        "non-string-value"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for shown in own_objects(context) {
            let object = shown.object;
            for (holder, below) in holders(context, object) {
                let mut left = MAX_VALUES;
                for line in table() {
                    let is_meant = match (line.kind, below.is_some()) {
                        ("pod", is_pod) => is_pod,
                        ("*", false) => is_of_group(line, object),
                        (kind, false) => kind == &*object.kind && is_of_group(line, object),
                        (_, true) => false,
                    };
                    if !is_meant {
                        continue;
                    }
                    line.path.follow(holder.clone(), &mut |place, pointer| {
                        let mut whole = below.clone().unwrap_or_default();
                        whole.steps.extend(pointer.steps.iter().cloned());
                        out.extend(self.judge(context, shown, &place, &whole));
                        left -= 1;
                        left > 0
                    });
                }
            }
        }
    }
}

impl NonStringValue {
    fn judge(
        &self,
        context: &Context<'_>,
        shown: Shown<'_>,
        place: &Place,
        pointer: &Pointer,
    ) -> Option<Diagnostic> {
        let value = &place.value;
        let (article, what) = match &value.node.kind {
            // The API server takes null for an empty string.
            NodeKind::Str(_) | NodeKind::Null => return None,
            NodeKind::Number(_) => ("the", "number"),
            NodeKind::Bool(_) => ("the", "boolean"),
            NodeKind::Map(_) => ("a", "mapping"),
            NodeKind::Seq(_) => ("a", "list"),
        };
        if is_made_up(shown, value.range) || is_of_placeholder(shown.object, pointer) {
            return None;
        }
        let is_scalar = article == "the";
        let printed = printed(shown, value);
        let shown_value = if is_scalar { format!(" `{printed}`") } else { String::new() };
        let path = dotted(pointer);
        let message =
            format!("{article} {what}{shown_value} stands where Kubernetes wants a string");
        let spot = spot(context, shown, place.key, value)?;
        let is_literal = context.sources.slice(spot.span) == printed;
        let help = match (is_scalar, is_literal) {
            (true, true) => format!("write it in quotes: `\"{printed}\"`"),
            (true, false) => "print it in quotes, with `| quote`".to_owned(),
            (false, _) => {
                "write it as text: a block after `|`, or through `toJson | quote`".to_owned()
            }
        };
        Some(
            spot.finding(self.name(), Severity::Error, message, shown.object)
                .label(format!("this is `{path}`"))
                .note("the API server refuses the object: it can't read this into a string")
                .help(help)
                .object(object_ref(shown.object, &pointer))
                .subject(format!("{} {path}", shown.object.kind)),
        )
    }
}

/// Whether it is part of what makes a Secret a placeholder for pull credentials, which rules of their own look at.
fn is_of_placeholder(object: &Object, pointer: &Pointer) -> bool {
    let has = |text: &str| {
        pointer.steps.iter().any(|step| matches!(step, Step::Key(key) if key.starts_with(text)))
    };
    &*object.kind == "Secret"
        && (has(SECRETGEN)
            || has("data") && object.annotations().any(|entry| entry.key.starts_with(SECRETGEN)))
}

/// The object itself, and what holds the metadata and spec of its pods, with the way there.
fn holders(context: &Context<'_>, object: &Object) -> Vec<(Place, Option<Pointer>)> {
    let mut found = vec![(Place { key: None, value: object.root.clone() }, None)];
    for pod in context.pod_kinds.pod_specs(object) {
        // Custom resources may want something else.
        if pod.kind.is_custom
            || !matches!(pod.pointer.steps.last(), Some(Step::Key(key)) if &**key == "spec")
        {
            continue;
        }
        let mut pointer = pod.pointer.clone();
        pointer.steps.pop();
        if let Some(holder) = pointer.find(&object.root) {
            found.push((holder, Some(pointer)));
        }
    }
    found
}

fn is_of_group(line: &Line, object: &Object) -> bool {
    match line.group {
        "*" => true,
        "core" => object.group().is_empty(),
        group => group == object.group(),
    }
}

fn table() -> &'static [Line] {
    static TABLE: OnceLock<Vec<Line>> = OnceLock::new();
    TABLE.get_or_init(|| lines().filter_map(Line::parse).collect())
}

fn lines() -> impl Iterator<Item = &'static str> {
    include_str!("string_places.tsv").lines().filter(|line| !line.starts_with('#'))
}

impl Line {
    fn parse(line: &'static str) -> Option<Self> {
        let mut columns = line.split('\t');
        let (group, kind) = (columns.next()?, columns.next()?);
        let path = PodPath::parse(columns.next()?).ok()?;
        Some(Self { group, kind, path })
    }
}

/// A scalar as it stands in the output.
fn printed<'v>(shown: Shown<'v>, value: &Use) -> std::borrow::Cow<'v, str> {
    let output = shown.template.output.as_ref().ok();
    let text = output.and_then(|output| output.text.get(value.range.usize())).unwrap_or_default();
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

/// `spec.containers[0].args[1]`
fn dotted(pointer: &Pointer) -> String {
    let mut path = String::new();
    for step in &pointer.steps {
        let step = match step {
            Step::Key(key) if path.is_empty() => key.to_string(),
            Step::Key(key) if key.contains(['.', '/']) => format!("[{key}]"),
            Step::Key(key) => format!(".{key}"),
            Step::Index(index) => format!("[{index}]"),
        };
        path.push_str(&step);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_the_table_is_read() {
        for line in lines() {
            assert!(Line::parse(line).is_some_and(|line| !line.kind.is_empty()), "{line}");
        }
    }
}
