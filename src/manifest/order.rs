//! The order in which Helm installs what templates print (`SortManifests` in
//! `pkg/release/v1/util/manifest_sorter.go`).

use std::cmp::Ordering;

use super::head::Head;
use super::hooks::HOOK;
use super::objects::{parse, split};
use crate::source::TextRange;
use crate::yaml::SyntaxError;

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

/// What a template printed.
#[derive(Clone, Copy, Debug)]
pub struct Printed<'a> {
    /// As in Helm's `# Source:` lines.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

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

/// Cuts and sorts what the templates printed; partials and notes must not be among them.
///
/// # Errors
///
/// The first document that Helm can't read; it installs nothing then.
pub fn arrange(printed: &[Printed<'_>]) -> Result<Arranged, ArrangeError> {
    let mut by_name: Vec<(usize, &Printed<'_>)> = printed.iter().enumerate().collect();
    by_name.sort_by_key(|(_, printed)| printed.name);
    let mut arranged = Arranged::default();
    for (template, printed) in by_name {
        for range in split(printed.text) {
            let head = head(printed.text, range).map_err(|(message, range)| ArrangeError {
                name: printed.name.to_owned(),
                template,
                message,
                range,
            })?;
            let events = head.annotations.get(HOOK).cloned();
            let part = Part { template, range, head };
            match events {
                None => arranged.manifests.push(part),
                Some(events) if super::hooks::are_known(&events) => arranged.hooks.push(part),
                Some(_) => {}
            }
        }
    }
    arranged.manifests.sort_by(|a, b| by_kind(&a.head.kind, &b.head.kind));
    arranged.hooks.sort_by(|a, b| by_kind(&a.head.kind, &b.head.kind));
    Ok(arranged)
}

fn head(text: &str, range: TextRange) -> Result<Head, (String, TextRange)> {
    let stream = parse(text, range);
    if let Some(error) = stream.errors.first() {
        return Err((SyntaxError::helm_text(error), error.range));
    }
    let root = stream.documents.first().and_then(|document| document.root.as_ref());
    Head::read(root).map_err(|error| (error.to_string(), error.range))
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
        let printed: Vec<Printed<'_>> =
            templates.iter().map(|(name, text)| Printed { name, text }).collect();
        let shown = match arrange(&printed) {
            Ok(arranged) => {
                let show = |part: &Part, what: &str| {
                    let printed = &printed[part.template];
                    let text = printed.text[part.range.usize()].trim();
                    format!("{what}{} {}", printed.name, text.replace('\n', " / "))
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
