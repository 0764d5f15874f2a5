//! What is right and wrong with the data of a placeholder.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::engine::ReadContext;
use crate::manifest::objects::Object;
use crate::source::{Span, TextRange};
use crate::view::{Place, View};
use crate::yaml::{Entry, Node, NodeKind};

use super::expression::reads_in;
use super::{DATA_KEY, SECRET_TYPE};
use crate::rules::registry::named::{self, Name};

/// How far a misspelt key may be from the right one.
const MAX_DISTANCE: usize = 2;

/// Go's `base64.StdEncoding`: it wants padding, and does not mind bits that are left over.
const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The data of a candidate.
#[derive(Clone, Debug)]
pub enum DataState {
    /// An empty docker config, or one with credentials, which another rule speaks of.
    Right,
    /// No `data` and no `stringData`.
    Missing,
    /// Data without the key; the key `data`.
    NoKey(Place),
    /// A key that nearly is the right one; as written.
    Misspelt(String, Place),
    /// A value that the API server rejects: why, and the value.
    Wrong(String, Place),
    /// The JSON `null`, which the API server takes.
    JsonNull(Place),
    /// Right, but with keys that secretgen-controller drops; the first of them.
    Extra(String, Place),
}

/// Credentials in a placeholder.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The value of the data.
    pub place: Place,
    /// Registries that it has credentials for.
    pub registries: Vec<String>,
    /// The value of the chart that the data is made from, and where that is set.
    pub value: Option<(String, Option<Span>)>,
}

/// The data that the API server sees: it puts `stringData` over `data`. The last says whether the value is plain text.
fn entries(root: &Node) -> impl Iterator<Item = (&Entry, bool)> {
    let field = |name: &str| root.get(name).map(|entry| &*entry.value.node);
    let (plain, encoded) = (field("stringData"), field("data"));
    let hidden = move |key: &str| plain.is_some_and(|plain| plain.get(key).is_some());
    let encoded = encoded.into_iter().flat_map(Node::entries);
    let encoded = encoded.filter(move |entry| !hidden(&entry.key)).map(|entry| (entry, false));
    plain.into_iter().flat_map(Node::entries).map(|entry| (entry, true)).chain(encoded)
}

fn value(root: &Node) -> Option<(&Entry, bool)> {
    entries(root).find(|(entry, _)| &*entry.key == DATA_KEY)
}

/// What is to be said of the data of a placeholder.
pub(super) fn data_state(view: &View<'_>, object: &Object) -> DataState {
    let root = &*object.root.node;
    let place = |range: TextRange| view.place(object.template, range);
    let Some((entry, is_plain)) = value(root) else {
        let Some(data) = root.get("data").or_else(|| root.get("stringData")) else {
            return DataState::Missing;
        };
        let near = entries(root).map(|(entry, _)| entry).find(|entry| is_near(&entry.key));
        let found = match near {
            Some(near) => {
                place(near.key_range).map(|place| DataState::Misspelt(near.key.to_string(), place))
            }
            None => place(data.key_range).map(DataState::NoKey),
        };
        return found.unwrap_or(DataState::Right);
    };
    if view.shows_made_up(object.template, entry.value.range) {
        return DataState::Right;
    }
    let range = if entry.value.range.is_empty() { entry.key_range } else { entry.value.range };
    match docker_config(entry, is_plain) {
        Err(why) => {
            return place(range).map_or(DataState::Right, |place| DataState::Wrong(why, place));
        }
        Ok(serde_json::Value::Null) => {
            return place(range).map_or(DataState::Right, DataState::JsonNull);
        }
        Ok(_) => {}
    }
    let extra = entries(root).map(|(entry, _)| entry).find(|entry| &*entry.key != DATA_KEY);
    extra
        .and_then(|extra| Some(DataState::Extra(extra.key.to_string(), place(extra.key_range)?)))
        .unwrap_or(DataState::Right)
}

fn is_near(key: &str) -> bool {
    let plain = |key: &str| key.trim_start_matches('.').to_lowercase();
    strsim::levenshtein(&plain(key), &plain(DATA_KEY)) <= MAX_DISTANCE
}

/// What the value is as JSON, or why the API server would reject it, in a sentence (`pkg/apis/core/validation`,
/// `ValidateSecret`).
fn docker_config(entry: &Entry, is_plain: bool) -> Result<serde_json::Value, String> {
    let wanted = if is_plain { "text" } else { "text in base64" };
    let written = match &entry.value.node.kind {
        NodeKind::Str(text) => &**text,
        NodeKind::Null => "",
        NodeKind::Map(_) => {
            return Err(format!("a mapping stands where Kubernetes wants {wanted}"));
        }
        NodeKind::Seq(_) => {
            return Err(format!("a list stands where Kubernetes wants {wanted}"));
        }
        NodeKind::Bool(_) | NodeKind::Number(_) => {
            return Err(format!("the value is no string, but Kubernetes wants {wanted}"));
        }
    };
    let json = if is_plain {
        written.as_bytes().to_vec()
    } else {
        // Go's decoder passes over line ends.
        let compact: String = written.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        STANDARD
            .decode(&compact)
            .map_err(|_| format!("`{}` is not valid base64", shown(written)))?
    };
    if json.is_empty() {
        return Err("the value is empty, but Kubernetes wants a JSON object".to_owned());
    }
    match serde_json::from_slice(&json) {
        Ok(value @ (serde_json::Value::Object(_) | serde_json::Value::Null)) => Ok(value),
        Ok(_) => Err("the value is JSON, but not an object".to_owned()),
        Err(_) => Err("the value is not JSON".to_owned()),
    }
}

/// The most characters of a value that a message shows.
const MAX_SHOWN: usize = 40;

fn shown(text: &str) -> String {
    let mut short: String = text.trim().chars().take(MAX_SHOWN).collect();
    if short.len() < text.trim().len() {
        short.push('…');
    }
    short
}

/// The registries that the data of a Secret has credentials for.
pub(super) fn registries(root: &Node) -> Vec<String> {
    let config = value(root).and_then(|(entry, is_plain)| docker_config(entry, is_plain).ok());
    let auths = config.as_ref().and_then(|config| config.get("auths")?.as_object());
    auths.into_iter().flat_map(serde_json::Map::keys).cloned().collect()
}

/// The credentials that are given to a placeholder: they show in its data, or are made from values there.
pub(super) fn credentials(
    view: &View<'_>,
    object: &Object,
    annotation: Option<&Place>,
) -> Option<Credentials> {
    let root = &*object.root.node;
    let (entry, _) = value(root)?;
    let range = if entry.value.range.is_empty() { entry.key_range } else { entry.value.range };
    let place = if entry.value.range.is_empty() {
        view.place(object.template, range)?
    } else {
        view.place_of(object.template, &entry.value)?
    };
    let registries = registries(root);
    let value = read_value(view, object, range, &place, annotation);
    (!registries.is_empty() || value.is_some()).then_some(Credentials { place, registries, value })
}

/// The value that the data is made from: one that shows, one that is encoded there, or one that would be.
fn read_value(
    view: &View<'_>,
    object: &Object,
    range: TextRange,
    place: &Place,
    annotation: Option<&Place>,
) -> Option<(String, Option<Span>)> {
    let is_credential = |path: &str| !path.is_empty();
    let shown = view.values_in(object.template, range).into_iter();
    if let Some(value) = shown.map(|value| (value.path, value.span)).find(|(p, _)| is_credential(p))
    {
        return Some(value);
    }
    // A value that `default` has passed over would be lost all the same, if the annotation stands there anyway.
    let is_always_annotated = annotation.is_some_and(|annotation| {
        named::share_branches(view.active.root.chart, annotation.span, place.span)
    });
    let read = reads_in(view, object.template, range)
        .filter(|read| match read.context {
            ReadContext::Plain => read.hit,
            ReadContext::Defaulted => is_always_annotated,
            ReadContext::Condition | ReadContext::NilSafe => false,
        })
        .last()?;
    let mut path = view.value_path(read.parent);
    path.push(std::sync::Arc::clone(&read.key));
    let keys: Vec<&str> = path.iter().map(|key| &**key).collect();
    let value = view.active.values.at(&keys);
    let span = value.and_then(|value| value.source.as_ref()).map(|source| source.value);
    Some((path.join("."), span))
}

/// Whether data is made from values: then it is somebody's credentials.
pub(super) fn is_made_from_values(view: &View<'_>, object: &Object) -> bool {
    let root = &*object.root.node;
    [root.get("data"), root.get("stringData")].into_iter().flatten().any(|entry| {
        let range = entry.value.range;
        !view.memories_in(object.template, range).is_empty()
            || reads_in(view, object.template, range).next().is_some()
            || entry.value.node.entries().any(|entry| {
                let place = view.place_of(object.template, &entry.value);
                place.is_some_and(|place| {
                    named::at(view.active.root.chart, place.span).has(Name::Values)
                })
            })
    })
}

/// Whether the data of a Secret is an empty docker config.
pub(super) fn is_empty_config(view: &View<'_>, object: &Object) -> bool {
    let root = &*object.root.node;
    root.get("type").and_then(|entry| entry.value.node.as_str()) == Some(SECRET_TYPE)
        && matches!(data_state(view, object), DataState::Right)
        && value(root).is_some()
        && registries(root).is_empty()
}
