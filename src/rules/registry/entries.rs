//! Entries of lists of pull secrets that Kubernetes refuses, passes over, or reads otherwise than meant; each once, where
//! its author has written it.
//!
//! What counts is what ends up in a pod or a `ServiceAccount`: a template may drop, change or read more of an entry than
//! Kubernetes does. From `pkg/apis/core/validation` and `pkg/kubelet/kubelet_pods.go` (`getPullSecretsForPod`).

use crate::diagnostic::{Frame, ObjectRef};
use crate::engine::text::MemoryId;
use crate::manifest::pods::service_account_pull_secrets;
use crate::rules::context::Context;
use crate::source::{Span, TextRange};
use crate::values::Data;
use crate::view::{Shown, View, object_ref};
use crate::yaml::{Node, NodeKind, Use};

use super::keys::KeyPath;

/// The longest name of a Secret (`DNS1123SubdomainMaxLength`).
const MAX_NAME: usize = 253;

/// An entry with a mistake.
#[derive(Clone, Debug)]
pub struct EntryFault {
    /// Its `-`, or the field that is too much.
    pub primary: Span,
    /// All of it, the `-` included.
    pub entry: Span,
    /// What is wrong.
    pub message: String,
    /// What comes of it.
    pub label: String,
    /// What to write.
    pub help: String,
    /// Other places, and what to say of them.
    pub related: Vec<(Span, String)>,
    /// The object whose template has the entry; none for a value.
    pub object: Option<ObjectRef>,
    /// Includes that lead there.
    pub trace: Vec<Frame>,
    /// What it is about, independent of lines.
    pub subject: String,
}

/// All entries with mistakes, under the values of the scenario.
pub fn faults(context: &Context<'_>) -> Vec<EntryFault> {
    let lists = lists(context);
    let mut found = Vec::new();
    let mut keys: Vec<KeyPath> = lists.iter().flat_map(List::keys).collect();
    let probed = context.registry().probing.keys.iter();
    keys.extend(probed.filter(|key| key.arrives.is_some()).map(|key| key.path.clone()));
    keys.sort();
    keys.dedup();
    for key in &keys {
        of_value(context, key, &lists, &mut found);
    }
    for list in &lists {
        of_rendered(context, list, &mut found);
    }
    found
}

/// Whether what stands at `span` is part of an entry with a mistake of its own: other rules need not speak of it.
pub fn is_at_fault(context: &Context<'_>, span: Span) -> bool {
    faults(context).iter().any(|fault| {
        fault.entry.file == span.file
            && fault.entry.range.start <= span.range.start
            && span.range.start <= fault.entry.range.end
    })
}

/// A list of pull secrets as rendered.
struct List<'v> {
    shown: Shown<'v>,
    items: Vec<Use>,
}

impl List<'_> {
    /// The lists of values that its entries come from.
    fn keys(&self) -> Vec<KeyPath> {
        let memories = self.items.iter().flat_map(|item| self.memories(item.range));
        let mut keys: Vec<KeyPath> = memories.filter_map(|memory| self.list_of(memory)).collect();
        keys.dedup();
        keys
    }

    fn memories(&self, range: TextRange) -> Vec<MemoryId> {
        self.shown.view.memories_in(self.shown.object.template, range)
    }

    /// The path of the outermost list that holds a value.
    fn list_of(&self, memory: MemoryId) -> Option<KeyPath> {
        let memories = &self.shown.view.rendered.memories;
        let (mut next, mut list) = (memory, None);
        while let Some(memory) = memories.get(next) {
            if memory.is_index {
                list = Some(memory.parent);
            }
            next = memory.parent;
        }
        list.map(|list| self.shown.view.value_path(list))
    }

    /// The names in it: that of each entry, or the entry itself if it is a text.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter_map(|item| name(&item.node).and_then(|name| name.node.as_str()))
    }

    fn has_name(&self, wanted: &str) -> bool {
        self.names().any(|name| name == wanted)
    }

    /// Whether an entry of it has no name, or an empty one.
    fn has_nameless(&self) -> bool {
        self.items.iter().any(|item| is_nameless(&item.node))
    }
}

/// The lists of all pods and `ServiceAccount`s.
fn lists<'v>(context: &'v Context<'_>) -> Vec<List<'v>> {
    let of_object = |shown: Shown<'v>| {
        let pods = context.pod_kinds.pod_specs(shown.object);
        // Another field may take names as plain texts.
        let pods = pods
            .into_iter()
            .filter(|pod| pod.kind.field == "imagePullSecrets" && !pod.wants_strings());
        let account = service_account_pull_secrets(shown.object).cloned();
        let entries = pods.filter_map(|pod| pod.pull_secrets).chain(account);
        entries
            .map(|entry| List { shown, items: entry.value.node.items().to_vec() })
            .collect::<Vec<_>>()
    };
    context.view.objects().flat_map(of_object).filter(|list| !list.items.is_empty()).collect()
}

fn name(item: &Node) -> Option<&Use> {
    item.get("name").map(|entry| &entry.value)
}

fn is_nameless(item: &Node) -> bool {
    match &item.kind {
        NodeKind::Null => true,
        NodeKind::Map(_) => name(item).is_none_or(|name| match &name.node.kind {
            NodeKind::Null => true,
            NodeKind::Str(text) => text.is_empty(),
            _ => false,
        }),
        _ => false,
    }
}

/// The entries of a list of values.
fn of_value(context: &Context<'_>, key: &KeyPath, lists: &[List<'_>], found: &mut Vec<EntryFault>) {
    let keys: Vec<&str> = key.iter().map(|part| &**part).collect();
    let Some(Data::List(items)) = context.view.active.values.at(&keys).map(|value| &value.data)
    else {
        return;
    };
    let written = key.join(".");
    let mut names: Vec<(&str, Span)> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let Some(source) = &item.source else { continue };
        let dash = dash(context, source.value);
        let entry = Span { range: dash.range.to(source.value.range), ..dash };
        let mut add = |primary: Span, what: Mistake| {
            let subject = format!("{written}.{at}");
            found.push(what.at(primary, entry, subject));
        };
        let own = match &item.data {
            Data::Map(map) => map.get("name").map_or(&Data::Null, |name| &name.data),
            data => data,
        };
        let is_entry = matches!(item.data, Data::Map(_));
        match own {
            Data::Str(text) if is_computed(text) => {}
            Data::Str(text) => {
                let is_bare = |list: &List<'_>| {
                    list.items.iter().any(|item| item.node.as_str() == Some(&**text))
                };
                if text.is_empty() && lists.iter().any(List::has_nameless) {
                    add(dash, Mistake::empty());
                } else if !is_name(text) && lists.iter().any(|list| list.has_name(text)) {
                    add(dash, Mistake::no_name(text));
                } else if !is_entry && lists.iter().any(is_bare) {
                    add(dash, Mistake::bare(text));
                } else if let Some((_, first)) = names.iter().find(|(name, _)| *name == &**text) {
                    let is_twice =
                        |list: &List<'_>| list.names().filter(|name| *name == &**text).count() > 1;
                    if lists.iter().any(is_twice) {
                        add(dash, Mistake::twice(text, *first));
                    }
                } else {
                    names.push((text, dash));
                }
            }
            Data::Null if lists.iter().any(List::has_nameless) => add(dash, Mistake::empty()),
            Data::Bool(_) | Data::Int(_) | Data::Float(_) => {
                let is_no_text = |item: &Use| {
                    let own = name(&item.node).map_or(&item.node, |name| &name.node);
                    matches!(own.kind, NodeKind::Bool(_) | NodeKind::Number(_))
                };
                if lists.iter().any(|list| list.items.iter().any(is_no_text)) {
                    add(dash, Mistake::no_text());
                }
            }
            _ => {}
        }
        if let Data::Map(map) = &item.data {
            for (field, value) in map.iter().filter(|(field, _)| &***field != "name") {
                if let Some(span) = value.source.as_ref().and_then(|source| source.key)
                    && !is_read(context, key, at, field)
                {
                    add(span, Mistake::extra(field));
                }
            }
        }
    }
}

/// Whether a template asks for a field of an entry: then it does something with it.
fn is_read(context: &Context<'_>, key: &KeyPath, at: usize, field: &str) -> bool {
    context.view.reads().any(|(view, read)| {
        let memories = &view.rendered.memories;
        &*read.key == field
            && memories.get(read.parent).is_some_and(|memory| memory.is_index)
            && view
                .value_path(read.parent)
                .split_last()
                .is_some_and(|(index, list)| **index == *at.to_string() && list == key.as_slice())
    })
}

/// The entries that no list of values holds, and names that come together from several.
fn of_rendered(context: &Context<'_>, list: &List<'_>, found: &mut Vec<EntryFault>) {
    let List { shown, items } = list;
    let Shown { view, object, template } = *shown;
    let at = object.template;
    let mut names: Vec<(&str, &Use, Vec<KeyPath>)> = Vec::new();
    for item in items {
        if view.shows_made_up(at, item.range) {
            continue;
        }
        let memories = list.memories(item.range);
        let own: Vec<KeyPath> =
            memories.iter().filter_map(|memory| list.list_of(*memory)).collect();
        let named = name(&item.node);
        let text = named.and_then(|name| name.node.as_str());
        if let (Some(text), Some(named)) = (text, named) {
            let first = names.iter().find(|(name, _, _)| *name == text);
            let is_one_list = |keys: &[KeyPath]| !own.is_empty() && *keys == own;
            if let Some((_, first, keys)) = first {
                if !is_one_list(keys) || is_same_value(list, first, named) {
                    found.extend(merged(view, at, text, first, named, object));
                }
            } else if !text.is_empty() {
                names.push((text, named, own.clone()));
            }
        }
        if !own.is_empty() {
            continue;
        }
        let mistake = match &item.node.kind {
            NodeKind::Str(text) => Mistake::bare(text),
            _ if is_nameless(&item.node) => Mistake::empty(),
            NodeKind::Map(_) => match (text, named) {
                (Some(text), _) if !is_name(text) => Mistake::no_name(text),
                (None, Some(_)) => Mistake::no_text(),
                _ => {
                    extra_fields(view, list, item, found);
                    continue;
                }
            },
            _ => Mistake::no_text(),
        };
        // A name that is nothing but a value is the value's fault; one that is empty by default is for the user to set.
        let value = named.and_then(|name| view.values_in(at, name.range).into_iter().next());
        let is_whole =
            |span: &Span| text == Some(context.sources.slice(*span).trim_matches(['"', '\'']));
        if let Some(span) = value.and_then(|value| value.span).filter(is_whole) {
            found.push(mistake.at(span, span, template.name.to_string()));
            continue;
        }
        let Some((dash, entry, trace)) = literal(view, at, item) else { continue };
        if text.is_none_or(str::is_empty) && !is_written(context, dash, named.is_none()) {
            continue;
        }
        let mut fault = mistake.at(dash, entry, template.name.to_string());
        fault.object = Some(object_ref(object, &""));
        fault.trace = trace;
        found.push(fault);
    }
}

/// Whether the line of an entry holds no action: an action that prints nothing is ready for a value.
fn is_written(context: &Context<'_>, dash: Span, is_bare: bool) -> bool {
    let source = context.sources.file(dash.file);
    let line = source.line_range(source.line_of(dash.range.start));
    !source.slice(line).contains("{{") || is_bare
}

/// Fields of an entry in a template besides its name.
fn extra_fields(view: &View<'_>, list: &List<'_>, item: &Use, found: &mut Vec<EntryFault>) {
    let at = list.shown.object.template;
    for entry in item.node.entries().filter(|entry| &*entry.key != "name") {
        let Some(place) = view.place(at, entry.key_range) else { continue };
        let Some((_, whole, _)) = literal(view, at, item) else { continue };
        let subject = list.shown.template.name.to_string();
        let mut fault = Mistake::extra(&entry.key).at(place.span, whole, subject);
        fault.object = Some(object_ref(list.shown.object, &""));
        fault.trace = place.trace;
        found.push(fault);
    }
}

/// Whether two names are one value, printed twice.
fn is_same_value(list: &List<'_>, first: &Use, second: &Use) -> bool {
    let (first, second) = (list.memories(first.range), list.memories(second.range));
    !first.is_empty() && first == second
}

/// A name that stands twice in a list because two lists, or one twice, were put together.
fn merged(
    view: &View<'_>,
    at: usize,
    name: &str,
    first: &Use,
    second: &Use,
    object: &crate::manifest::objects::Object,
) -> Option<EntryFault> {
    let place = view.place_of(at, second)?;
    let other = view.place_of(at, first)?;
    let mut mistake = Mistake::twice(name, other.span);
    let values = |used: &Use| view.values_in(at, used.range).into_iter();
    let values = values(first).chain(values(second));
    let values: Vec<(Span, String)> = values
        .filter_map(|value| Some((value.span?, format!("it comes from `{}`", value.path))))
        .collect();
    if !values.is_empty() {
        mistake.related = values;
        mistake.related.dedup();
        "pass the list through `uniq` before it is printed".clone_into(&mut mistake.help);
    }
    let mut fault = mistake.at(place.span, place.span, name.to_owned());
    fault.object = Some(object_ref(object, &""));
    fault.trace = place.trace;
    Some(fault)
}

/// The `-` of a rendered entry, all of the entry, and the includes that lead there.
fn literal(view: &View<'_>, at: usize, item: &Use) -> Option<(Span, Span, Vec<Frame>)> {
    let output = view.rendered.templates.get(at)?.output.as_ref().ok()?;
    let before = output.text.get(..item.range.start as usize)?.trim_end();
    let range = match before.strip_suffix('-') {
        Some(rest) => TextRange::new(rest.len(), rest.len() + 1),
        None => item.range,
    };
    let place = view.place(at, range)?;
    let last = TextRange::empty((item.range.end as usize).saturating_sub(1));
    let end = view.place(at, last).filter(|end| end.span.file == place.span.file);
    let end = end.map_or(place.span.range.end, |end| end.span.range.end.max(place.span.range.end));
    let entry = Span { range: TextRange { end, ..place.span.range }, ..place.span };
    Some((place.span, entry, place.trace))
}

/// The `-` before an item of a values file; the item itself where it has none.
fn dash(context: &Context<'_>, item: Span) -> Span {
    let text = context.sources.file(item.file).text();
    let before = text.get(..item.range.start as usize).unwrap_or_default();
    match before.trim_end().strip_suffix('-') {
        Some(rest) => Span::new(item.file, rest.len(), rest.len() + 1),
        None => item,
    }
}

/// Whether something else makes a name of it: `tpl`, or the substitution of a later tool.
fn is_computed(text: &str) -> bool {
    ["{{", "${", "$("].iter().any(|start| text.contains(start))
}

/// `IsDNS1123Subdomain` in `k8s.io/apimachinery/pkg/util/validation`.
pub fn is_name(text: &str) -> bool {
    let is_end = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_label = |label: &str| {
        label.bytes().all(|b| is_end(b) || b == b'-')
            && label.bytes().next().is_some_and(is_end)
            && label.bytes().last().is_some_and(is_end)
    };
    text.len() <= MAX_NAME && text.split('.').all(is_label)
}

/// What is wrong with an entry, wherever it stands.
struct Mistake {
    message: String,
    label: &'static str,
    help: String,
    related: Vec<(Span, String)>,
}

impl Mistake {
    fn new(message: String, label: &'static str, help: String) -> Self {
        Self { message, label, help, related: Vec::new() }
    }

    fn empty() -> Self {
        Self::new(
            "a pull secret has no name".to_owned(),
            "the kubelet passes over it",
            "remove the entry, or name a Secret".to_owned(),
        )
    }

    fn no_name(name: &str) -> Self {
        Self::new(
            format!("`{}` is no name of a Secret", name.escape_debug()),
            "no Secret can be called so",
            "a name has lower case letters, digits, `-` and `.`, and a letter or a digit at both ends"
                .to_owned(),
        )
    }

    fn bare(text: &str) -> Self {
        Self::new(
            format!("the pull secret `{text}` is a text, but Kubernetes wants a mapping"),
            "the API server refuses the object",
            format!("write `- name: {text}`"),
        )
    }

    fn no_text() -> Self {
        Self::new(
            "the name of a pull secret is no text".to_owned(),
            "the API server refuses the object",
            "put the name in quotes".to_owned(),
        )
    }

    fn extra(field: &str) -> Self {
        let message = if field == "namespace" {
            "`namespace` is not a field here: pull secrets are always taken from the pod's namespace"
                .to_owned()
        } else {
            format!("`{field}` is not a field here: an entry has a `name` and nothing else")
        };
        Self::new(message, "Kubernetes does not look at it", format!("remove `{field}`"))
    }

    fn twice(name: &str, first: Span) -> Self {
        let mut mistake = Self::new(
            format!("the pull secret `{name}` stands twice in one list"),
            "server-side apply refuses it, and a later patch can drop both",
            "remove one of the two".to_owned(),
        );
        mistake.related.push((first, "it stands here already".to_owned()));
        mistake
    }

    fn at(self, primary: Span, entry: Span, subject: String) -> EntryFault {
        let Self { message, label, help, related } = self;
        let label = label.to_owned();
        let (object, trace) = (None, Vec::new());
        EntryFault { primary, entry, message, label, help, related, object, trace, subject }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: bool) {
        assert_eq!(is_name(name), expected, "{name}");
    }

    #[test]
    fn names_of_secrets() {
        for name in ["a", "0", "regcred", "my-registry.corp", &"a".repeat(253)] {
            check(name, true);
        }
        for name in ["", "A", "a_b", "-a", "a-", "a..b", ".a", "a b", "ä", &"a".repeat(254)] {
            check(name, false);
        }
    }
}
