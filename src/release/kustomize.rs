//! What kustomize, by itself or for Flux, does to releases: patches, and namespaces.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::documents::Located;
use super::link::{inside, roots};
use super::nodes::{spanned, text};
use super::search::{Tree, TreeFile};
use super::values::Reading;
use crate::chart::Spanned;
use crate::yaml::Node;

/// The lists of patches that kustomize has, or had.
pub(super) const PATCHES: [&str; 3] = ["patches", "patchesStrategicMerge", "patchesJson6902"];

/// The lists of what a kustomization takes in, or took in.
pub(super) const TAKEN: [&str; 3] = ["resources", "components", "bases"];

/// Characters that make a name a pattern for several.
pub(super) const WILD: [char; 6] = ['*', '|', '(', '[', '?', '+'];

impl Tree {
    /// The kustomizations that take in the file, themselves or through others.
    fn taken_by(&self, path: &str) -> Vec<(usize, &Arc<Node>)> {
        let mut found: Vec<(usize, &Arc<Node>)> = Vec::new();
        let mut asked = BTreeSet::from([path.to_owned()]);
        let mut next = vec![path.to_owned()];
        while let Some(taken) = next.pop() {
            for (at, root) in self.index.takers.get(&taken).into_iter().flatten() {
                found.push((*at, root));
                let folder = self.file(*at).map_or("", TreeFile::folder);
                let folder = if folder.is_empty() { "." } else { folder }.to_owned();
                if asked.insert(folder.clone()) {
                    next.push(folder);
                }
            }
        }
        found.sort_by_key(|(at, _)| *at);
        found
    }
}

impl Reading<'_> {
    /// Whether a patch for the release stands in the tree: a document of its kind and name that is not whole, or one of a
    /// kustomization.
    pub(super) fn is_patched(&self, located: &Located) -> bool {
        let index = &self.tree.index;
        let partial = index.partial.get(&(located.kind, located.name.clone()));
        let itself = (located.file, located.document);
        let of_documents = partial.into_iter().flatten().any(|other| *other != itself);
        let of_kustomize = || {
            let named = ["", located.name.as_str()].into_iter();
            let mut lists = named.filter_map(|name| index.patches.get(name)).flatten();
            lists.any(|patch| patches(patch, located))
        };
        located.is_whole && (of_documents || of_kustomize())
    }

    /// The namespace that a kustomization gives to all that it takes in, the release among it.
    pub(super) fn later_namespace(&mut self, located: &Located) -> Option<Spanned<String>> {
        let own = self.tree.file(located.file)?;
        let tree = self.tree;
        let of_kustomize = tree.taken_by(&own.path).into_iter();
        let of_kustomize = of_kustomize.map(|(at, root)| (at, root, &["namespace"][..]));
        let roots = if tree.index.flux.is_empty() {
            Vec::new()
        } else {
            roots(self.fs, &own.path, &own.given)
        };
        let of_flux = tree.index.flux.iter().filter(|(_, root)| {
            let path = text(root, &["spec", "path"]).unwrap_or(".");
            roots.iter().any(|root| {
                let folder = inside(root, path);
                folder == "." || own.path.starts_with(&format!("{folder}/"))
            })
        });
        let of_flux = of_flux.map(|(at, root)| (*at, root, &["spec", "targetNamespace"][..]));
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
