//! Placeholder Secrets, and what is right and wrong with each.

mod data;
pub mod duplicates;
mod expression;
pub mod users;

use std::sync::Arc;

use crate::diagnostic::ObjectRef;
use crate::manifest::hooks::{HOOK_DELETE_POLICY, Hook};
use crate::manifest::objects::Object;
use crate::source::TextRange;
use crate::view::{Place, Shown, View, object_ref};
use crate::yaml::{Node, NodeKind};

use super::ANNOTATION;

pub use data::{Credentials, DataState};
pub use expression::{Content, Expression, Source, reads_in};

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
    /// Credentials that it is given.
    pub credentials: Option<Credentials>,
    /// `metadata.name`
    pub name: Option<Expression>,
    /// `metadata.namespace`
    pub namespace: Option<Expression>,
    /// `immutable: true`
    pub immutable: Option<Place>,
    /// When Helm installs it, if not with the release.
    pub hook: Option<HookOf>,
    /// The template, and the number of the document in it: the order in which Helm reads them.
    pub order: (Arc<str>, usize),
}

/// The annotations that make an object a hook.
#[derive(Clone, Debug)]
pub struct HookOf {
    /// What they say.
    pub hook: Arc<Hook>,
    /// `helm.sh/hook`
    pub place: Place,
    /// `helm.sh/hook-delete-policy`
    pub policy: Option<Place>,
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

impl Annotation {
    /// Where it stands, if it does.
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::Right(place)
            | Self::NotString(_, place)
            | Self::Null(place)
            | Self::Misspelt(_, place)
            | Self::Label(place) => Some(place),
            Self::Missing => None,
        }
    }
}

impl Candidate {
    /// Whether it is annotated, be it wrongly.
    pub const fn is_annotated(&self) -> bool {
        !matches!(self.annotation, Annotation::Missing)
    }

    /// Whether it stands in values as a whole: whoever gives those decides all about it.
    pub const fn is_given(&self) -> bool {
        self.kind.value.is_some()
    }

    /// What it is called in messages.
    pub fn title(&self) -> String {
        match self.name.as_ref().and_then(Expression::written) {
            Some(name) => format!("the placeholder Secret `{name}`"),
            None => "the placeholder Secret".to_owned(),
        }
    }

    /// Whether it is the same Secret of the same template, whatever values it is rendered with.
    pub fn is_same(&self, other: &Self) -> bool {
        self.order == other.order && self.kind.span == other.kind.span
    }
}

/// The placeholders among the objects of `view`.
pub fn candidates(view: &View<'_>) -> Vec<Candidate> {
    view.objects().filter_map(candidate).collect()
}

/// Names of Secrets with registry credentials that are no placeholders.
pub fn own_registry_secrets(view: &View<'_>) -> Vec<Arc<str>> {
    view.objects()
        .filter(is_own_registry_secret)
        .map(|shown| Arc::clone(&shown.object.name))
        .collect()
}

/// The same, with the lines of their names.
pub fn own_registry_secret_places(view: &View<'_>) -> Vec<(Arc<str>, Place)> {
    let place = |shown: Shown<'_>| {
        let name = shown.object.root.node.at(&["metadata"])?.get("name")?;
        let place = shown.view.place_of(shown.object.template, &name.value)?;
        Some((Arc::clone(&shown.object.name), place))
    };
    view.objects().filter(is_own_registry_secret).filter_map(place).collect()
}

/// Whether it holds registry credentials and is no placeholder.
fn is_own_registry_secret(shown: &Shown<'_>) -> bool {
    is_secret(shown.object)
        && matches!(secret_type(&shown.object.root.node), Some(SECRET_TYPE | LEGACY_TYPE))
        && candidate(*shown).is_none()
}

fn is_secret(object: &Object) -> bool {
    &*object.kind == "Secret" && &*object.api_version == "v1"
}

fn secret_type(root: &Node) -> Option<&str> {
    root.get("type").and_then(|entry| entry.value.node.as_str())
}

fn candidate(shown: Shown<'_>) -> Option<Candidate> {
    let Shown { view, template, object } = shown;
    if !is_secret(object) {
        return None;
    }
    let root = &*object.root.node;
    let place = |range: TextRange| view.place(object.template, range);
    let annotation = annotation(view, object)?;
    let is_annotated = !matches!(annotation, Annotation::Missing);
    let field = |name: &str| {
        let entry = root.at(&["metadata"])?.get(name)?;
        Expression::of(view, object, entry)
    };
    let name = field("name");
    if !is_annotated {
        // Without the annotation, credentials, and what values make to such, are somebody's own, not a placeholder.
        if data::is_made_from_values(view, object) || !data::registries(root).is_empty() {
            return None;
        }
        let is_from_placeholder = name.as_ref().is_some_and(Expression::is_from_placeholder);
        if !is_from_placeholder && !data::is_empty_config(view, object) {
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
    // A null is the same as no type.
    let type_entry = type_entry.filter(|entry| !matches!(entry.value.node.kind, NodeKind::Null));
    let secret_type = type_entry.and_then(|entry| {
        let written = if view.shows_made_up(object.template, entry.value.range) {
            SECRET_TYPE.to_owned()
        } else {
            entry.value.node.as_str().unwrap_or_default().to_owned()
        };
        let range = if entry.value.range.is_empty() { entry.key_range } else { entry.value.range };
        Some((written, place(range)?))
    });
    let mut credentials = match &annotation {
        Annotation::Right(at) => data::credentials(view, object, Some(at)),
        _ => data::credentials(view, object, None),
    };
    // Where all of it stands in values, that its data does too means nothing.
    if kind.value.is_some() {
        credentials = credentials.filter(|credentials| !credentials.registries.is_empty());
    }
    Some(Candidate {
        object: object_ref(object, &""),
        kind,
        metadata: key(&["metadata"]),
        annotations: key(&["metadata", "annotations"]),
        annotation,
        secret_type,
        data: data::data_state(view, object),
        credentials,
        name,
        namespace: field("namespace"),
        immutable: immutable(view, object),
        hook: hook(view, object),
        order: (Arc::clone(&template.name), object.document),
    })
}

/// Where the object says that it never changes; what the linter has made up says nothing.
fn immutable(view: &View<'_>, object: &Object) -> Option<Place> {
    let entry = object.root.node.get("immutable")?;
    let is_so = matches!(entry.value.node.kind, NodeKind::Bool(true))
        && !view.shows_made_up(object.template, entry.value.range);
    view.place(object.template, entry.key_range).filter(|_| is_so)
}

/// The hook that an object is, with its places.
pub fn hook(view: &View<'_>, object: &Object) -> Option<HookOf> {
    let hook = object.hook.as_ref()?;
    let place = view.place(object.template, hook.key)?;
    // An annotation that is worked out is printed by helpers that serve all templates: the call says more.
    let is_literal = place.span.range.len() == hook.key.len();
    let place = match object.root.node.get("kind") {
        Some(kind) if !is_literal => {
            let (at, beside) = (hook.key.start, kind.key_range.start);
            expression::outside(view, object.template, at, beside, place)?
        }
        _ => place,
    };
    let policy = object.annotation(HOOK_DELETE_POLICY);
    let policy = policy.and_then(|entry| view.place(object.template, entry.key_range));
    Some(HookOf { hook: Arc::clone(hook), place, policy })
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
