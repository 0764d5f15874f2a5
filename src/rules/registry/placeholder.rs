//! Placeholder Secrets, and what is right and wrong with each.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::diagnostic::ObjectRef;
use crate::manifest::objects::Object;
use crate::source::TextRange;
use crate::view::{Place, Shown, View, object_ref};
use crate::yaml::{Entry, Node, NodeKind};

use super::{ANNOTATION, PLACEHOLDER_VALUES};

/// The type that secretgen-controller fills.
pub const SECRET_TYPE: &str = "kubernetes.io/dockerconfigjson";

/// The former type for registry credentials.
const LEGACY_TYPE: &str = "kubernetes.io/dockercfg";

/// The key that Kubernetes wants in the data of such a Secret.
pub const DATA_KEY: &str = ".dockerconfigjson";

/// How far a misspelt annotation may be from the right one.
const MAX_DISTANCE: usize = 2;

/// A Secret that is meant for secretgen-controller to fill.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The object.
    pub object: ObjectRef,
    /// `kind: Secret`
    pub kind: Place,
    /// `metadata:`
    pub metadata: Option<Place>,
    /// `annotations:`
    pub annotations: Option<Place>,
    /// What is said of the annotation.
    pub annotation: Annotation,
    /// The type as rendered, and its key or value.
    pub secret_type: Option<(String, Place)>,
    /// What is said of the data.
    pub data: DataState,
}

/// The annotation of a candidate.
#[derive(Clone, Debug)]
pub enum Annotation {
    /// It is there, as a string.
    Right(Place),
    /// It is there with a value that is no string; what it is.
    NotString(&'static str, Place),
    /// It is there with the value null.
    Null(Place),
    /// One that is spelt nearly so; as written.
    Misspelt(String, Place),
    /// It stands under `labels`.
    Label(Place),
    /// There is none.
    Missing,
}

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
    /// Right, but with keys that secretgen-controller drops; the first of them.
    Extra(String, Place),
}

impl Candidate {
    /// Whether it is annotated, be it wrongly.
    pub const fn is_annotated(&self) -> bool {
        !matches!(self.annotation, Annotation::Missing)
    }
}

/// The placeholders among the objects of `view`.
pub fn candidates(view: &View<'_>) -> Vec<Candidate> {
    view.objects().filter_map(|shown| candidate(shown.view, shown.object)).collect()
}

/// Names of Secrets with registry credentials that are no placeholders.
pub fn own_registry_secrets(view: &View<'_>) -> Vec<Arc<str>> {
    own_secrets(view).map(|shown| Arc::clone(&shown.object.name)).collect()
}

/// The same, with the lines of their names.
pub fn own_registry_secret_places(view: &View<'_>) -> Vec<(Arc<str>, Place)> {
    let place = |shown: Shown<'_>| {
        let name = shown.object.root.node.at(&["metadata"])?.get("name")?;
        let place = shown.view.place_of(shown.object.template, &name.value)?;
        Some((Arc::clone(&shown.object.name), place))
    };
    own_secrets(view).filter_map(place).collect()
}

fn own_secrets<'v>(view: &'v View<'v>) -> impl Iterator<Item = Shown<'v>> {
    view.objects()
        .filter(|shown| is_secret(shown.object))
        .filter(|shown| {
            matches!(secret_type(&shown.object.root.node), Some(SECRET_TYPE | LEGACY_TYPE))
        })
        .filter(|shown| candidate(shown.view, shown.object).is_none())
}

fn is_secret(object: &Object) -> bool {
    &*object.kind == "Secret" && &*object.api_version == "v1"
}

fn secret_type(root: &Node) -> Option<&str> {
    root.get("type").and_then(|entry| entry.value.node.as_str())
}

fn candidate(view: &View<'_>, object: &Object) -> Option<Candidate> {
    if !is_secret(object) {
        return None;
    }
    let root = &*object.root.node;
    let place = |range: TextRange| view.place(object.template, range);
    let annotation = annotation(view, object)?;
    let is_annotated = !matches!(annotation, Annotation::Missing);
    let data = root.get("data").or_else(|| root.get("stringData"));
    if !is_annotated {
        // Without the annotation, data that comes from values is somebody's credentials, not a placeholder.
        let reads_values = data
            .is_some_and(|entry| !view.memories_in(object.template, entry.value.range).is_empty());
        if reads_values {
            return None;
        }
        let named = root.at(&["metadata"]).and_then(|metadata| metadata.get("name"));
        let from_placeholder = named.is_some_and(|entry| {
            let values = view.values_in(object.template, entry.value.range);
            values.iter().any(|value| value.path.starts_with(PLACEHOLDER_VALUES))
        });
        let is_empty_config = secret_type(root) == Some(SECRET_TYPE)
            && matches!(data_state(view, object), DataState::Right)
            && !has_credentials(root);
        if !from_placeholder && !is_empty_config {
            return None;
        }
    }
    // Annotations that the linter has made up say nothing.
    let annotations = root.at(&["metadata"]).and_then(|metadata| metadata.get("annotations"));
    if !is_annotated
        && annotations.is_some_and(|entry| view.shows_made_up(object.template, entry.value.range))
    {
        return None;
    }
    let key = |path: &[&str]| {
        let (last, parents) = path.split_last()?;
        place(root.at(parents)?.get(last)?.key_range)
    };
    let kind = place(root.get("kind")?.key_range.to(root.get("kind")?.value.range))?;
    let type_entry = root.get("type");
    let secret_type = type_entry.and_then(|entry| {
        let written = if view.shows_made_up(object.template, entry.value.range) {
            SECRET_TYPE.to_owned()
        } else {
            entry.value.node.as_str().unwrap_or_default().to_owned()
        };
        let range = if entry.value.range.is_empty() { entry.key_range } else { entry.value.range };
        Some((written, place(range)?))
    });
    Some(Candidate {
        object: object_ref(object, &""),
        kind,
        metadata: key(&["metadata"]),
        annotations: key(&["metadata", "annotations"]),
        annotation,
        secret_type,
        data: data_state(view, object),
    })
}

/// `None` where a place can't be told.
fn annotation(view: &View<'_>, object: &Object) -> Option<Annotation> {
    let place = |range: TextRange| view.place(object.template, range);
    if let Some(entry) = object.annotation(ANNOTATION) {
        let value = if entry.value.range.is_empty() { entry.key_range } else { entry.value.range };
        return Some(match &entry.value.node.kind {
            NodeKind::Str(_) => Annotation::Right(place(entry.key_range)?),
            NodeKind::Null => Annotation::Null(place(value)?),
            NodeKind::Bool(_) => Annotation::NotString("a boolean", place(value)?),
            NodeKind::Number(_) => Annotation::NotString("a number", place(value)?),
            NodeKind::Seq(_) => Annotation::NotString("a list", place(value)?),
            NodeKind::Map(_) => Annotation::NotString("a mapping", place(value)?),
        });
    }
    if let Some(entry) = object.annotations().find(|entry| is_near(&entry.key)) {
        return Some(Annotation::Misspelt(entry.key.to_string(), place(entry.key_range)?));
    }
    if let Some(entry) =
        object.labels().find(|entry| &*entry.key == ANNOTATION || is_near(&entry.key))
    {
        return Some(Annotation::Label(place(entry.key_range)?));
    }
    Some(Annotation::Missing)
}

fn is_near(key: &str) -> bool {
    (key.starts_with("secretgen.") && key.contains("/image-pull-secret"))
        || strsim::levenshtein(key, ANNOTATION) <= MAX_DISTANCE
}

fn data_state(view: &View<'_>, object: &Object) -> DataState {
    let root = &*object.root.node;
    let place = |range: TextRange| view.place(object.template, range);
    // The API server puts stringData over data.
    let plain = root.get("stringData").filter(|entry| entry.value.node.get(DATA_KEY).is_some());
    let Some(data) = plain.or_else(|| root.get("data")) else { return DataState::Missing };
    let Some(entry) = data.value.node.get(DATA_KEY) else {
        let near = data.value.node.entries().find(|entry| {
            strsim::levenshtein(entry.key.trim_start_matches('.'), DATA_KEY.trim_start_matches('.'))
                <= MAX_DISTANCE
        });
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
    if let Err(why) = docker_config(entry, plain.is_some()) {
        return place(range).map_or(DataState::Right, |place| DataState::Wrong(why, place));
    }
    let extra = data.value.node.entries().find(|entry| &*entry.key != DATA_KEY);
    extra
        .and_then(|extra| Some(DataState::Extra(extra.key.to_string(), place(extra.key_range)?)))
        .unwrap_or(DataState::Right)
}

/// Why the API server would reject the value, in a sentence (`pkg/apis/core/validation`, `ValidateSecret`).
fn docker_config(entry: &Entry, is_plain: bool) -> Result<serde_json::Value, String> {
    let written = match &entry.value.node.kind {
        NodeKind::Str(text) => &**text,
        NodeKind::Null => "",
        NodeKind::Map(_) => {
            return Err("a mapping stands where Kubernetes wants text in base64".to_owned());
        }
        NodeKind::Seq(_) => {
            return Err("a list stands where Kubernetes wants text in base64".to_owned());
        }
        NodeKind::Bool(_) | NodeKind::Number(_) => {
            return Err("the value is no string, but Kubernetes wants text in base64".to_owned());
        }
    };
    let json = if is_plain {
        written.as_bytes().to_vec()
    } else {
        // Go's decoder passes over line ends.
        let compact: String = written.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        STANDARD.decode(&compact).map_err(|_| format!("`{written}` is not valid base64"))?
    };
    if json.is_empty() {
        return Err("the value is empty, but Kubernetes wants a JSON object".to_owned());
    }
    match serde_json::from_slice(&json) {
        Ok(value @ serde_json::Value::Object(_)) => Ok(value),
        Ok(serde_json::Value::Null) => {
            Err("the value is the JSON `null`, not an object".to_owned())
        }
        Ok(_) => Err("the value is JSON, but not an object".to_owned()),
        Err(_) => Err("the value is not JSON".to_owned()),
    }
}

fn has_credentials(root: &Node) -> bool {
    let entry = |field: &str| root.get(field).and_then(|data| data.value.node.get(DATA_KEY));
    let config = match (entry("stringData"), entry("data")) {
        (Some(plain), _) => docker_config(plain, true),
        (None, Some(data)) => docker_config(data, false),
        (None, None) => return false,
    };
    config.is_ok_and(|config| {
        config
            .get("auths")
            .and_then(|auths| auths.as_object())
            .is_some_and(|auths| !auths.is_empty())
    })
}
