//! What kustomize, by itself or for Flux, does to releases: patches, and namespaces.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::documents::{self, Located, Other};
use super::link::{inside, roots};
use super::nodes::{items, spanned, text};
use super::search::{Tree, TreeFile};
use super::values::Reading;
use crate::chart::Spanned;
use crate::yaml::Node;

/// The lists of patches that kustomize has, or had.
const PATCHES: [&str; 3] = ["patches", "patchesStrategicMerge", "patchesJson6902"];

/// The lists of what a kustomization takes in, or took in.
const TAKEN: [&str; 3] = ["resources", "components", "bases"];

/// Characters that make a name a pattern for several.
const WILD: [char; 6] = ['*', '|', '(', '[', '?', '+'];

impl Tree {
    /// The kustomizations.
    pub(super) fn kustomizations(&self) -> impl Iterator<Item = (usize, &Arc<Node>)> {
        self.documents().filter(|(at, _)| self.file(*at).is_some_and(|file| file.is_kustomization))
    }

    /// The `Kustomization` objects of Flux.
    fn flux_kustomizations(&self) -> impl Iterator<Item = (usize, &Arc<Node>)> {
        self.documents().filter(|(_, root)| documents::other(root) == Some(Other::Kustomization))
    }

    /// The folders whose kustomization takes in the file, itself or through others.
    fn taken_by(&self, path: &str) -> BTreeSet<&str> {
        let mut folders: BTreeSet<&str> = BTreeSet::new();
        loop {
            let before = folders.len();
            for (at, root) in self.kustomizations() {
                let folder = self.file(at).map_or("", TreeFile::folder);
                let listed = TAKEN.iter().flat_map(|list| items(root, &[*list]));
                let takes = listed.filter_map(|item| item.node.as_str()).any(|name| {
                    let taken = inside(folder, name);
                    taken == path || folders.contains(if taken == "." { "" } else { &taken })
                });
                if takes {
                    folders.insert(folder);
                }
            }
            if folders.len() == before {
                return folders;
            }
        }
    }
}

impl Reading<'_> {
    /// Whether a patch for the release stands in the tree: a document of its kind and name that is not whole, or one of a
    /// kustomization.
    pub(super) fn is_patched(&self, located: &Located) -> bool {
        let of_documents = self.tree.releases().iter().any(|other| {
            let is_itself = (other.file, other.document) == (located.file, located.document);
            !other.is_whole
                && !is_itself
                && other.kind == located.kind
                && other.name == located.name
        });
        let of_kustomize = self.tree.kustomizations().any(|(_, root)| {
            PATCHES
                .iter()
                .any(|list| items(root, &[*list]).iter().any(|patch| patches(&patch.node, located)))
        });
        let of_flux = self.tree.flux_kustomizations().any(|(_, root)| {
            items(root, &["spec", "patches"]).iter().any(|patch| patches(&patch.node, located))
        });
        located.is_whole && (of_documents || of_kustomize || of_flux)
    }

    /// The namespace that a kustomization gives to all that it takes in, the release among it.
    pub(super) fn later_namespace(&mut self, located: &Located) -> Option<Spanned<String>> {
        let own = self.tree.file(located.file)?;
        let tree = self.tree;
        let folders = tree.taken_by(&own.path);
        let of_kustomize = tree
            .kustomizations()
            .filter(|(at, _)| tree.file(*at).is_some_and(|file| folders.contains(file.folder())))
            .map(|(at, root)| (at, root, &["namespace"][..]));
        let of_flux = tree.flux_kustomizations().filter(|(_, root)| {
            let path = text(root, &["spec", "path"]).unwrap_or(".");
            roots(self.fs, &own.path, &own.given).iter().any(|root| {
                let folder = inside(root, path);
                folder == "." || own.path.starts_with(&format!("{folder}/"))
            })
        });
        let of_flux = of_flux.map(|(at, root)| (at, root, &["spec", "targetNamespace"][..]));
        let (at, root, path) =
            of_kustomize.chain(of_flux).find(|(_, root, path)| text(root, path).is_some())?;
        let file = tree.file(at)?;
        let id = self.file(&file.path, &file.text);
        spanned(root, path, id)
    }
}

/// Whether an entry of a list of patches may be for a release.
fn patches(patch: &Node, located: &Located) -> bool {
    let kind = located.kind.as_str();
    if let Some(target) = patch.at(&["target"]) {
        let may_be = |key: &str, own: &str| {
            text(target, &[key]).is_none_or(|wanted| wanted.contains(own) || wanted.contains(WILD))
        };
        return may_be("kind", kind) && may_be("name", &located.name);
    }
    let inline = text(patch, &["patch"]).or_else(|| patch.as_str());
    inline.is_some_and(|patch| patch.contains(kind) && patch.contains(&*located.name))
}

#[cfg(test)]
mod tests {
    use super::super::values::tests::{check, files};

    const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec: {chart: {spec: {chart: x}}}\n";

    /// Whether the release is patched, and the namespace that it will have, with these files beside it.
    #[track_caller]
    fn check_around(more: &[(&str, &str)], is_patched: bool, namespace: Option<&str>) {
        let mut all = vec![("base/web.yaml", RELEASE)];
        all.extend(more);
        let (release, _) = check(&files("", &all), "{}", &[]);
        let later = release.later_namespace.map(|namespace| namespace.value);
        assert_eq!((release.is_patched, later.as_deref()), (is_patched, namespace));
    }

    #[test]
    fn patches_are_known_by_their_target() {
        check_around(&[], false, None);
        let overlay = |target: &str| {
            format!("resources: [../base]\npatches: [{{path: p.yaml, target: {target}}}]\n")
        };
        for (target, is_patched) in [
            ("{kind: HelmRelease}", true),
            ("{kind: HelmRelease, name: web}", true),
            ("{kind: HelmRelease, name: w.*}", true),
            ("{kind: HelmRelease, name: other}", false),
            ("{kind: Deployment}", false),
        ] {
            check_around(&[("prod/kustomization.yaml", &overlay(target))], is_patched, None);
        }
        let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\nspec:\n  path: ./base\n  \
                    patches: [{patch: \"kind: HelmRelease, name: web\"}]\n";
        check_around(&[("flux.yaml", flux)], true, None);
    }

    #[test]
    fn namespaces_come_from_what_takes_the_release_in() {
        let base = ("base/kustomization.yaml", "resources: [web.yaml]\n");
        let with = "namespace: shop\nresources: [../base]\n";
        check_around(&[base, ("prod/kustomization.yaml", with)], false, Some("shop"));
        check_around(&[base, ("prod/kustomization.yaml", "namespace: shop\n")], false, None);
        check_around(
            &[("base/kustomization.yaml", "namespace: a\nresources: [./web.yaml]\n")],
            false,
            Some("a"),
        );
        let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\n\
                    spec: {path: ./base, targetNamespace: b}\n";
        check_around(&[("flux.yaml", flux)], false, Some("b"));
        check_around(&[("flux.yaml", &flux.replace("base", "other"))], false, None);
    }
}
