//! What `valuesFrom` refers to: config maps and Secrets of the repository, and those that kustomize generates.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::documents::{Located, Other};
use super::link::inside;
use super::nodes::{items, text};
use super::search::{Tree, TreeFile, folder};
use super::values::Reading;
use crate::source::Span;
use crate::yaml::{self, Node, NodeKind, Stream, Use};

/// A text that a release takes values from.
#[derive(Clone, Debug)]
pub(super) struct Referred {
    /// Its place: the scalar, or the whole file.
    pub(super) span: Span,
    /// The text.
    pub(super) text: Arc<str>,
    /// The same as values, with places in the file.
    pub(super) stream: Arc<Stream>,
}

/// Where such a text is.
enum Place {
    /// A scalar of a document, and its text if that is not what stands there.
    Scalar { file: usize, scalar: Use, text: Arc<str>, is_literal: bool },
    /// A file for kustomize.
    File { path: String },
}

impl Reading<'_> {
    /// The text under `key` of the `ConfigMap` or Secret `name`; nothing if it is not in the tree, if several could be
    /// meant, or if it is encrypted.
    pub(super) fn referred(
        &mut self,
        located: &Located,
        kind: &str,
        name: &str,
        key: &str,
    ) -> Option<Referred> {
        let wanted = match kind {
            "ConfigMap" => Other::ConfigMap,
            "Secret" => Other::Secret,
            _ => return None,
        };
        let own = self.tree.file(located.file)?;
        let mut found: Vec<(usize, Option<Place>)> = Vec::new();
        let asked = (wanted, name.to_owned());
        let index = &self.tree.index;
        for (file, root) in index.objects.get(&asked).into_iter().flatten() {
            let namespace = text(root, &["metadata", "namespace"]);
            let is_it = namespace.is_none()
                || located.namespace.is_none()
                || namespace == located.namespace.as_deref();
            if is_it {
                found.push((*file, of_object(root, wanted, key, *file)));
            }
        }
        for (file, generator) in index.generators.get(&asked).into_iter().flatten() {
            let folder = self.tree.file(*file).map_or("", TreeFile::folder);
            let place = self.of_generator(generator, folder, key, *file);
            match text(generator, &["behavior"]) {
                // What an overlay puts in its place is one of several that could be meant.
                Some("merge" | "replace") if place.is_some() => return None,
                Some("merge") => {}
                _ => found.push((*file, place)),
            }
        }
        let place = nearest(self.tree, found, own)?;
        self.read(place)
    }

    fn read(&mut self, place: Place) -> Option<Referred> {
        match place {
            Place::Scalar { file, scalar, text, is_literal } => {
                let tree_file = self.tree.file(file)?;
                let id = self.file(&tree_file.path, &tree_file.text);
                let nowhere;
                let outer = if is_literal {
                    &*scalar.node
                } else {
                    nowhere = without_segments(&scalar);
                    &nowhere
                };
                let stream = Arc::new(yaml::parse_embedded(outer, &text));
                Some(Referred { span: scalar.range.in_file(id), text, stream })
            }
            Place::File { path } => {
                let text = self.text(&path)?;
                let file = self.file(&path, &text);
                let stream = self.cache.values(&text);
                let is_encrypted = stream
                    .documents
                    .iter()
                    .filter_map(|document| document.root.as_ref())
                    .any(|root| root.node.get("sops").is_some());
                (!is_encrypted).then(|| Referred { span: Span::new(file, 0, 0), text, stream })
            }
        }
    }

    /// What `files`, `literals` and `envs` of a generator have under a key.
    fn of_generator(&self, node: &Node, folder: &str, key: &str, file: usize) -> Option<Place> {
        for listed in items(node, &["files"]).iter().filter_map(|item| item.node.as_str()) {
            let (name, path) = match listed.split_once('=') {
                Some((name, path)) => (name, path),
                None => (listed.rsplit('/').next().unwrap_or(listed), listed),
            };
            if name == key {
                return Some(Place::File { path: inside(folder, path) });
            }
        }
        for item in items(node, &["literals"]) {
            if let Some((name, value)) = item.node.as_str().and_then(|text| text.split_once('='))
                && name == key
            {
                let text = Arc::from(unquoted(value));
                return Some(Place::Scalar { file, scalar: item.clone(), text, is_literal: false });
            }
        }
        let env = text(node, &["env"]).into_iter();
        let envs = items(node, &["envs"]).iter().filter_map(|item| item.node.as_str());
        let item = node.get("envs").or_else(|| node.get("env"))?;
        for path in env.chain(envs) {
            let content = self.text(&inside(folder, path))?;
            let lines = content.lines().map(str::trim_start).filter(|line| !line.starts_with('#'));
            let found =
                lines.filter_map(|line| line.split_once('=')).find(|(name, _)| *name == key);
            if let Some((_, value)) = found {
                let text = Arc::from(value);
                let scalar = item.value.clone();
                return Some(Place::Scalar { file, scalar, text, is_literal: false });
            }
        }
        None
    }
}

/// Of several objects of one name those in the same file, else those in the same folder, else all; if that is one.
fn nearest(tree: &Tree, found: Vec<(usize, Option<Place>)>, own: &TreeFile) -> Option<Place> {
    let file = |at: &usize| tree.file(*at);
    let is_same = |at: &usize| file(at).is_some_and(|file| file.path == own.path);
    let is_beside =
        |at: &usize| file(at).is_some_and(|file| folder(&file.path) == folder(&own.path));
    let rank = |at: &usize| if is_same(at) { 0 } else { 1 + usize::from(!is_beside(at)) };
    let best = found.iter().map(|(at, _)| rank(at)).min()?;
    let mut near: Vec<Option<Place>> =
        found.into_iter().filter(|(at, _)| rank(at) == best).map(|(_, place)| place).collect();
    if near.len() == 1 { near.pop()? } else { None }
}

fn of_object(root: &Arc<Node>, kind: Other, key: &str, file: usize) -> Option<Place> {
    // What sops has encrypted is only readable in the cluster.
    if root.get("sops").is_some() {
        return None;
    }
    let scalar = |field: &str| {
        let entry = root.at(&[field])?.get(key)?;
        let text = match &entry.value.node.kind {
            NodeKind::Str(text) => Arc::clone(text),
            _ => return None,
        };
        Some((entry.value.clone(), text))
    };
    let plain = |field: &str| {
        let (scalar, text) = scalar(field)?;
        Some(Place::Scalar { file, scalar, text, is_literal: true })
    };
    let encoded = |field: &str| {
        let (scalar, text) = scalar(field)?;
        let text: String = text.split_whitespace().collect();
        let bytes = STANDARD.decode(text).ok()?;
        let text = Arc::from(std::str::from_utf8(&bytes).ok()?);
        Some(Place::Scalar { file, scalar, text, is_literal: false })
    };
    match kind {
        Other::Secret => plain("stringData").or_else(|| encoded("data")),
        _ => plain("data").or_else(|| encoded("binaryData")),
    }
}

fn without_segments(scalar: &Use) -> Node {
    Node {
        range: scalar.range,
        style: scalar.node.style,
        kind: NodeKind::Null,
        anchor: None,
        tag: None,
        segments: Vec::new(),
    }
}

/// A literal of kustomize loses the quotes around it.
fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}
