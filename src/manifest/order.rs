//! The order in which Helm installs what templates print (`SortManifests` in
//! `pkg/release/v1/util/manifest_sorter.go`).

use std::cmp::Ordering;

use super::head::Head;
use super::hooks::{HOOK, are_known};
use super::objects::Manifest;
use crate::source::TextRange;

/// Kinds in the order in which Helm installs them (`InstallOrder` in `pkg/release/v1/util/kind_sorter.go`); all others
/// follow by name.
const INSTALL_ORDER: &[&str] = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// One document of what is installed.
#[derive(Clone, Debug)]
pub struct Part {
    /// Index of its template among those given.
    pub template: usize,
    /// Its bytes in the template's output.
    pub range: TextRange,
    /// What Helm knows of it.
    pub head: Head,
}

/// All documents, sorted.
#[derive(Clone, Debug, Default)]
pub struct Arranged {
    /// What is installed as part of the release.
    pub manifests: Vec<Part>,
    /// What is installed as a hook. Hooks of an event that Helm does not know are left out.
    pub hooks: Vec<Part>,
}

/// Something printed that Helm can't take for an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("YAML parse error on {name}: {message}")]
pub struct ArrangeError {
    /// The template.
    pub name: String,
    /// Its index among those given.
    pub template: usize,
    /// Helm's wording.
    pub message: String,
    /// What is wrong, in the template's output.
    pub range: TextRange,
}

/// Sorts the documents of templates, which are given with their names, as in Helm's `# Source:` lines; nothing but
/// objects may be among them.
///
/// # Errors
///
/// The first document that Helm can't read; it installs nothing then.
pub fn arrange(printed: &[(&str, &Manifest)]) -> Result<Arranged, ArrangeError> {
    let mut by_name: Vec<(usize, &(&str, &Manifest))> = printed.iter().enumerate().collect();
    by_name.sort_by_key(|(_, (name, _))| *name);
    let mut arranged = Arranged::default();
    for (template, (name, manifest)) in by_name {
        for document in &manifest.documents {
            let refused = |message, range| {
                Err(ArrangeError { name: (*name).to_owned(), template, message, range })
            };
            if let Some(error) = document.errors.first() {
                return refused(error.helm_text(), error.range);
            }
            let head = match &document.head {
                Ok(head) => head.clone(),
                Err(error) => return refused(error.to_string(), error.range),
            };
            let is_known = head.annotations.get(HOOK).map(|events| are_known(events));
            let part = Part { template, range: document.range, head };
            match is_known {
                None => arranged.manifests.push(part),
                Some(true) => arranged.hooks.push(part),
                Some(false) => {}
            }
        }
    }
    arranged.manifests.sort_by(|a, b| by_kind(&a.head.kind, &b.head.kind));
    arranged.hooks.sort_by(|a, b| by_kind(&a.head.kind, &b.head.kind));
    Ok(arranged)
}

fn by_kind(a: &str, b: &str) -> Ordering {
    let rank = |kind: &str| INSTALL_ORDER.iter().position(|known| *known == kind);
    match (rank(a), rank(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `templates` have a name and a text; `expected` has a line for each document: hooks last.
    #[track_caller]
    fn check(templates: &[(&str, &str)], expected: &[&str]) {
        let manifests: Vec<Manifest> = templates
            .iter()
            .enumerate()
            .map(|(template, (_, text))| Manifest::read(text, template))
            .collect();
        let printed: Vec<(&str, &Manifest)> =
            templates.iter().map(|(name, _)| *name).zip(&manifests).collect();
        let shown = match arrange(&printed) {
            Ok(arranged) => {
                let show = |part: &Part, what: &str| {
                    let (name, text) = templates[part.template];
                    let text = text[part.range.usize()].trim();
                    format!("{what}{name} {}", text.replace('\n', " / "))
                };
                let manifests = arranged.manifests.iter().map(|part| show(part, ""));
                manifests.chain(arranged.hooks.iter().map(|part| show(part, "hook "))).collect()
            }
            Err(error) => vec![error.to_string()],
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn documents_stand_in_the_order_of_installation() {
        check(
            &[
                ("c/templates/b.yaml", "kind: Zebra\n---\nkind: Service\n---\nkind: Ape\n"),
                ("c/templates/a.yaml", "kind: Deployment\n---\nkind: Service\nx: 1\n"),
                ("c/charts/d/templates/z.yaml", "kind: Service\n---\n---\n# nothing\n"),
            ],
            &[
                "c/charts/d/templates/z.yaml kind: Service",
                "c/templates/a.yaml kind: Service / x: 1",
                "c/templates/b.yaml kind: Service",
                "c/templates/a.yaml kind: Deployment",
                "c/charts/d/templates/z.yaml # nothing",
                "c/templates/b.yaml kind: Ape",
                "c/templates/b.yaml kind: Zebra",
            ],
        );
    }

    #[test]
    fn hooks_are_apart_and_unknown_ones_left_out() {
        let hook = |kind: &str, events: &str| {
            format!("kind: {kind}\nmetadata: {{annotations: {{helm.sh/hook: '{events}'}}}}\n")
        };
        let text = format!(
            "{}---\n{}---\n{}---\nkind: Pod\nmetadata: {{annotations: {{a: b}}}}\n",
            hook("Job", "pre-install,TEST"),
            hook("Secret", "crd-install"),
            hook("ConfigMap", "post-delete"),
        );
        check(
            &[("c/templates/a.yaml", &text)],
            &[
                "c/templates/a.yaml kind: Pod / metadata: {annotations: {a: b}}",
                "hook c/templates/a.yaml kind: ConfigMap / metadata: {annotations: {helm.sh/hook: 'post-delete'}}",
                "hook c/templates/a.yaml kind: Job / metadata: {annotations: {helm.sh/hook: 'pre-install,TEST'}}",
            ],
        );
    }

    #[test]
    fn what_is_no_object_stops_helm() {
        check(
            &[("c/templates/a.yaml", "a: 1\n---\na: b: c\n")],
            &[
                "YAML parse error on c/templates/a.yaml: error converting YAML to JSON: yaml: mapping values are not allowed in this context",
            ],
        );
        check(
            &[("c/templates/a.yaml", "[]")],
            &[
                "YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type util.SimpleHead",
            ],
        );
    }
}
