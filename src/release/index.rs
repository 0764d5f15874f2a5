//! What releases ask a tree for, by what they ask with: a tree may have thousands of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::documents::{self, Other, ReleaseKind};
use super::kustomize::{PATCHES, TAKEN, WILD};
use super::link::inside;
use super::nodes::{items, text};
use super::search::{Tree, TreeFile};
use crate::yaml::{Node, Use};

/// Documents, or parts of them, with the numbers of their files.
pub(super) type Nodes = Vec<(usize, Arc<Node>)>;

/// The documents of a tree that are no releases.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// `ConfigMap` objects, Secrets and sources of charts, by name.
    pub(super) objects: BTreeMap<(Other, String), Nodes>,
    /// Entries of `configMapGenerator` and `secretGenerator`, by name.
    pub(super) generators: BTreeMap<(Other, String), Nodes>,
    /// Kustomizations by what they take in: a file, or a folder with another one.
    pub(super) takers: BTreeMap<String, Nodes>,
    /// `Kustomization` objects of Flux.
    pub(super) flux: Nodes,
    /// Entries of lists of patches, by the name of their target; those for no or several names under the empty one.
    pub(super) patches: BTreeMap<String, Vec<Arc<Node>>>,
    /// Releases that do not say what they install: file and document, by kind and name.
    pub(super) partial: BTreeMap<(ReleaseKind, String), Vec<(usize, usize)>>,
}

impl Index {
    pub(super) fn of(tree: &Tree) -> Self {
        let mut index = Self::default();
        for release in tree.releases().iter().filter(|release| !release.is_whole) {
            let key = (release.kind, release.name.clone());
            index.partial.entry(key).or_default().push((release.file, release.document));
        }
        for (at, root) in tree.documents() {
            match documents::other(root) {
                Some(Other::Kustomization) => {
                    index.flux.push((at, Arc::clone(root)));
                    index.add_patches(items(root, &["spec", "patches"]));
                }
                Some(kind) => {
                    if let Some(name) = text(root, &["metadata", "name"]) {
                        let key = (kind, name.to_owned());
                        index.objects.entry(key).or_default().push((at, Arc::clone(root)));
                    }
                }
                None => {}
            }
            if tree.file(at).is_some_and(|file| file.is_kustomization) {
                index.kustomization(tree, at, root);
            }
        }
        index
    }

    fn add_patches(&mut self, patches: &[Use]) {
        for patch in patches {
            let name = text(&patch.node, &["target", "name"]);
            let name = name.filter(|name| !name.contains(WILD)).unwrap_or_default().to_owned();
            self.patches.entry(name).or_default().push(Arc::clone(&patch.node));
        }
    }

    fn kustomization(&mut self, tree: &Tree, at: usize, root: &Arc<Node>) {
        let folder = tree.file(at).map_or("", TreeFile::folder);
        for (list, kind) in
            [("configMapGenerator", Other::ConfigMap), ("secretGenerator", Other::Secret)]
        {
            for item in items(root, &[list]) {
                if let Some(name) = text(&item.node, &["name"]) {
                    let key = (kind, name.to_owned());
                    self.generators.entry(key).or_default().push((at, Arc::clone(&item.node)));
                }
            }
        }
        for list in PATCHES {
            self.add_patches(items(root, &[list]));
        }
        for item in TAKEN.iter().flat_map(|list| items(root, &[*list])) {
            if let Some(taken) = item.node.as_str() {
                let taken = inside(folder, taken);
                self.takers.entry(taken).or_default().push((at, Arc::clone(root)));
            }
        }
    }
}
