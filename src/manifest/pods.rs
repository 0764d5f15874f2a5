//! What of a pod spec decides about pulling images.

use std::sync::Arc;

use crate::source::TextRange;
use crate::yaml::{Entry, Node, NodeKind, Use};

use super::objects::Object;
use super::pod_kinds::{OwnImage, PodKind, SecretsShape};
use super::pointer::{Place, Pointer};

/// The field of a pod spec that names its pull secrets.
pub const PULL_SECRETS: &str = "imagePullSecrets";

/// A pod spec, or the mapping of a custom resource that stands for one. All ranges are offsets in the rendered text.
#[derive(Clone, Debug)]
pub struct PodSpec {
    /// What is known of its kind.
    pub kind: Arc<PodKind>,
    /// Where it is in the object.
    pub pointer: Pointer,
    /// The key whose value it is; none in a list.
    pub key: Option<TextRange>,
    /// The mapping.
    pub value: Use,
    /// All its containers that are mappings, init containers first, as they start.
    pub containers: Vec<Container>,
    /// Volumes that are images.
    pub image_volumes: Vec<ImageVolume>,
    /// Images that a custom resource names outside of containers.
    pub own_images: Vec<OwnImage>,
    /// The field that names the pull secrets, whatever its value is.
    pub pull_secrets: Option<Entry>,
    /// `serviceAccountName`, or else its former name `serviceAccount`, if it is a string that is not empty; or what a
    /// custom resource has for it.
    pub service_account_name: Option<Entry>,
    /// It is open which images these pods run, or which pull secrets they get.
    pub is_silent: bool,
    /// The key `containers`.
    pub containers_key: Option<TextRange>,
}

/// A list of containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerList {
    /// They run before the others, one by one; also sidecars.
    Init,
    /// They are the pod.
    Main,
    /// They are added to a running pod.
    Ephemeral,
}

impl ContainerList {
    /// All lists.
    pub const ALL: [Self; 3] = [Self::Init, Self::Main, Self::Ephemeral];

    /// The field.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Main => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

/// A container.
#[derive(Clone, Debug)]
pub struct Container {
    /// The list that it is in.
    pub list: ContainerList,
    /// Its index there.
    pub index: usize,
    /// The mapping.
    pub value: Use,
    /// `name`; empty if it is absent or no string.
    pub name: Arc<str>,
    /// `image`, whatever its value is.
    pub image: Option<Entry>,
    /// `imagePullPolicy`, if it is a string.
    pub image_pull_policy: Option<Arc<str>>,
}

impl Container {
    /// The image, if it is a string.
    pub fn image_text(&self) -> Option<&str> {
        self.image.as_ref()?.value.node.as_str()
    }

    /// Whether the image is never pulled: then it has to be on the node, and needs no secret.
    pub fn is_never_pulled(&self) -> bool {
        self.image_pull_policy.as_deref() == Some("Never")
    }
}

/// A volume that is an image.
#[derive(Clone, Debug)]
pub struct ImageVolume {
    /// Its index in `volumes`.
    pub index: usize,
    /// `image.reference`, whatever its value is.
    pub reference: Entry,
    /// `image.pullPolicy`, if it is a string.
    pub pull_policy: Option<Arc<str>>,
}

impl ImageVolume {
    /// The image, if it is a string.
    pub fn image_text(&self) -> Option<&str> {
        self.reference.value.node.as_str()
    }
}

impl PodSpec {
    /// `None` where no mapping stands.
    pub(super) fn read(
        object: &Object,
        place: Place,
        pointer: Pointer,
        kind: &Arc<PodKind>,
    ) -> Option<Self> {
        let node = Arc::clone(&place.value.node);
        if !node.is_map() {
            return None;
        }
        let mut containers = Vec::new();
        for list in ContainerList::ALL {
            let Some(entry) = node.get(list.as_str()) else { continue };
            let items = entry.value.node.items().iter().enumerate();
            let maps = items.filter(|(_, item)| item.node.is_map());
            containers.extend(maps.map(|(index, item)| Container {
                list,
                index,
                value: item.clone(),
                name: string(&item.node, "name").unwrap_or_default(),
                image: item.node.get("image").cloned(),
                image_pull_policy: string(&item.node, "imagePullPolicy"),
            }));
        }
        let volumes = node.get("volumes").map_or(&[][..], |volumes| volumes.value.node.items());
        let image_volumes = volumes.iter().enumerate().filter_map(|(index, volume)| {
            let image = &volume.node.get("image")?.value.node;
            let reference = image.get("reference")?.clone();
            Some(ImageVolume { index, reference, pull_policy: string(image, "pullPolicy") })
        });
        let named = |field: &str| {
            let is_named =
                |entry: &&Entry| entry.value.node.as_str().is_some_and(|n| !n.is_empty());
            node.get(field).filter(is_named).cloned()
        };
        Some(Self {
            pointer,
            key: place.key,
            containers,
            image_volumes: image_volumes.collect(),
            own_images: kind.own_images(object, &place.value),
            pull_secrets: kind.pull_secrets(object, &place.value),
            service_account_name: named("serviceAccountName")
                .or_else(|| named("serviceAccount"))
                .or_else(|| kind.service_account(object, &place.value)),
            is_silent: kind.is_silent(&place.value),
            kind: Arc::clone(kind),
            containers_key: node.get("containers").map(|entry| entry.key_range),
            value: place.value,
        })
    }

    /// Whether its field for pull secrets takes names instead of `{name: …}`.
    pub fn wants_strings(&self) -> bool {
        self.kind.shape != SecretsShape::Objects
    }

    /// Whether its field of pull secrets has entries: an empty list counts as none.
    pub fn has_pull_secrets(&self) -> bool {
        let shape = self.kind.shape;
        self.pull_secrets.as_ref().is_some_and(|entry| shape.is_given(&entry.value.node))
    }

    /// The names of its pull secrets, as its kind reads them: what has another shape is none.
    pub fn pull_secret_names(&self) -> Vec<&str> {
        let entry = self.pull_secrets.as_ref();
        entry.map(|entry| self.kind.shape.names(&entry.value.node)).unwrap_or_default()
    }

    /// Whether Kubernetes, or the operator of a custom resource, surely ignores pull secrets that stand at `pointer` of
    /// the object. Of the fields of a custom resource not all are known, but no container has one for pull secrets.
    pub fn ignores(&self, pointer: &str) -> bool {
        let Some(rest) = pointer.strip_prefix(&self.pointer.to_string()) else {
            return !self.kind.is_custom;
        };
        let in_container =
            ContainerList::ALL.iter().any(|list| rest.starts_with(&format!("/{}/", list.as_str())));
        !self.kind.is_custom || (self.kind.has_containers() && in_container)
    }
}

/// The `imagePullSecrets` of a `ServiceAccount`, which stand at its top, whatever their value is.
///
/// `None` for other kinds too.
pub fn service_account_pull_secrets(object: &Object) -> Option<&Entry> {
    if &*object.kind != "ServiceAccount" || !object.group().is_empty() {
        return None;
    }
    object.root.node.get(PULL_SECRETS)
}

fn string(node: &Node, key: &str) -> Option<Arc<str>> {
    match &node.get(key)?.value.node.kind {
        NodeKind::Str(text) => Some(Arc::clone(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::objects::Manifest;
    use super::super::pod_kinds::{MAX_POD_SPECS, PodKinds};
    use super::super::pod_path::PodPath;
    use super::*;

    fn show(text: &str, spec: &PodSpec) -> String {
        let part = |range: TextRange| &text[range.usize()];
        let mut shown = vec![spec.pointer.to_string()];
        for container in &spec.containers {
            let range = container.image.as_ref().map(|image| image.value.range);
            let image = container
                .image_text()
                .map_or_else(|| range.map_or("-", part).to_owned(), |image| format!("{image:?}"));
            let never = if container.is_never_pulled() { "!" } else { "" };
            let (list, index) = (container.list.as_str(), container.index);
            shown.push(format!("{list}{never}[{index}]{}={image}", container.name));
        }
        for volume in &spec.image_volumes {
            shown.push(format!("volumes[{}]={:?}", volume.index, volume.image_text()));
        }
        if let Some(entry) = &spec.pull_secrets {
            let some = if spec.has_pull_secrets() { "" } else { " (none)" };
            shown.push(format!("{}: {}{some}", part(entry.key_range), part(entry.value.range)));
        }
        if let Some(entry) = &spec.service_account_name {
            shown.push(format!("as {}", part(entry.value.range)));
        }
        shown.join(" ")
    }

    /// One line for each pod spec.
    #[track_caller]
    fn check_with(kinds: &PodKinds, text: &str, expected: &[&str]) {
        let objects = Manifest::read(text, 0).objects;
        let specs: Vec<String> = objects
            .iter()
            .flat_map(|object| kinds.pod_specs(object))
            .map(|spec| show(text, &spec))
            .collect();
        assert_eq!(specs, expected, "{text}");
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        check_with(&PodKinds::default(), text, expected);
    }

    /// An object whose pod spec stands at `path`.
    #[track_caller]
    fn check_kind(api_version: &str, kind: &str, path: &str) {
        let keys: Vec<&str> = path.split('/').skip(1).collect();
        let text = format!(
            "apiVersion: {api_version}\nkind: {kind}\nx: &x {{containers: [{{image: a}}]}}\n{}: *x{}",
            keys.join(": {"),
            "}".repeat(keys.len() - 1),
        );
        check(&text, &[&format!("{path} containers[0]=\"a\"")]);
    }

    #[test]
    fn built_in_kinds() {
        check_kind("v1", "Pod", "/spec");
        check_kind("v1", "PodTemplate", "/template/spec");
        check_kind("v1", "ReplicationController", "/spec/template/spec");
        for kind in ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"] {
            check_kind("apps/v1", kind, "/spec/template/spec");
            check_kind("apps/v1beta2", kind, "/spec/template/spec");
        }
        check_kind("extensions/v1beta1", "Deployment", "/spec/template/spec");
        check_kind("batch/v1", "Job", "/spec/template/spec");
        check_kind("batch/v1", "CronJob", "/spec/jobTemplate/spec/template/spec");
        check_kind("batch/v1beta1", "CronJob", "/spec/jobTemplate/spec/template/spec");
        check_kind("apps.openshift.io/v1", "DeploymentConfig", "/spec/template/spec");
    }

    #[test]
    fn other_groups_are_other_kinds() {
        check("apiVersion: apps/v1\nkind: Pod\nspec: {containers: []}", &[]);
        check(
            "apiVersion: serving.knative.dev/v1\nkind: Deployment\nspec: {template: {spec: {}}}",
            &[],
        );
        check("kind: Deployment\nspec: {template: {spec: {}}}", &[]);
    }

    #[test]
    fn what_a_pod_spec_holds() {
        check(
            "apiVersion: v1
kind: Pod
spec:
  serviceAccountName: robot
  imagePullSecrets:
  - name: a
  containers:
  - {name: web, image: 'nginx:1'}
  - {name: side, image: r.io/x, imagePullPolicy: Never}
  initContainers:
  - {name: first, image: busybox}
  ephemeralContainers:
  - {name: debug, image: tools}
  volumes:
  - {name: data, emptyDir: {}}
  - {name: model, image: {reference: r.io/model, pullPolicy: Always}}
",
            &["/spec initContainers[0]first=\"busybox\" containers[0]web=\"nginx:1\" \
               containers![1]side=\"r.io/x\" ephemeralContainers[0]debug=\"tools\" \
               volumes[1]=Some(\"r.io/model\") imagePullSecrets: - name: a as robot"],
        );
        check(
            "apiVersion: v1\nkind: Pod\nspec: {imagePullSecrets: [], serviceAccountName: '', serviceAccount: old}",
            &["/spec imagePullSecrets: [] (none) as old"],
        );
    }

    #[test]
    fn items_of_lists() {
        check(
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, spec: {containers: [{image: a}]}}\n",
            &["/spec containers[0]=\"a\""],
        );
    }

    #[test]
    fn odd_shapes() {
        let pod = |spec: &str| format!("apiVersion: v1\nkind: Pod\nspec: {spec}\n");
        check(&pod("[]"), &[]);
        check(&pod("~"), &[]);
        check("apiVersion: v1\nkind: Pod\n", &[]);
        check("apiVersion: apps/v1\nkind: Deployment\nspec: [{template: {spec: {}}}]\n", &[]);
        check(&pod("{containers: {a: {image: b}}}"), &["/spec"]);
        check(&pod("{containers: 1, volumes: 2, serviceAccountName: 3}"), &["/spec"]);
        check(
            &pod("{containers: [1, [], {image: 5}, {}]}"),
            &["/spec containers[2]=5 containers[3]=-"],
        );
        check(&pod("{imagePullSecrets: a}"), &["/spec imagePullSecrets: a (none)"]);
        check(
            &pod("{volumes: [{image: a}, {image: {}}, {image: {reference: 1}}]}"),
            &["/spec volumes[2]=None"],
        );
        check(
            &pod("{containers: [{image: a}], containers: [{image: b}]}"),
            &["/spec containers[0]=\"b\""],
        );
    }

    #[test]
    fn further_kinds() {
        let kind = |kind: &'static str, path: &str, field: &'static str| PodKind {
            field: field.into(),
            ..PodKind::new("x.io", Some("v2".into()), kind, PodPath::parse(path).expect(path))
        };
        let kinds = PodKinds::new(vec![
            kind("Cluster", ".spec.groups[].template.spec", PULL_SECRETS),
            kind("Cluster", ".spec.roles.*.pod", "pullSecrets"),
            kind("Self", ".", PULL_SECRETS),
        ]);
        let cluster = "kind: Cluster
spec:
  groups: [{template: {spec: {containers: [{image: a}]}}}, 5, {template: {spec: {containers: [{image: b}]}}}]
  roles: {head: {pod: {pullSecrets: [p], imagePullSecrets: []}}, tail: {}}
";
        check_with(
            &kinds,
            &format!("apiVersion: x.io/v2\n{cluster}"),
            &[
                "/spec/groups/0/template/spec containers[0]=\"a\"",
                "/spec/groups/2/template/spec containers[0]=\"b\"",
                "/spec/roles/head/pod pullSecrets: [p]",
            ],
        );
        check_with(&kinds, &format!("apiVersion: x.io/v1\n{cluster}"), &[]);
        check_with(
            &kinds,
            "apiVersion: x.io/v2\nkind: Self\ncontainers: [{image: a}]",
            &[" containers[0]=\"a\""],
        );
    }

    #[test]
    fn aliases_do_not_multiply_pod_specs_without_end() {
        // Without enough text of its own, go-yaml would not take so many aliases.
        let padding = "1, ".repeat(3000);
        let mut text =
            format!("apiVersion: x.io/v1\nkind: A\npadding: [{padding}]\nl0: &l0 [{{}}, {{}}]\n");
        for level in 1..4 {
            let below = vec![format!("*l{}", level - 1); 30].join(", ");
            text = format!("{text}l{level}: &l{level} [{below}]\n");
        }
        let path = PodPath::parse(".l3[][][][]").expect("a path");
        let kinds = PodKinds::new(vec![PodKind::new("x.io", None, "A", path)]);
        let object = Manifest::read(&text, 0).objects.remove(0);
        assert_eq!(kinds.pod_specs(&object).len(), MAX_POD_SPECS);
    }

    #[test]
    fn service_accounts() {
        let secrets = |text: &str| {
            let objects = Manifest::read(text, 0).objects;
            service_account_pull_secrets(&objects[0]).map(|entry| entry.value.node.items().len())
        };
        assert_eq!(
            secrets("apiVersion: v1\nkind: ServiceAccount\nimagePullSecrets: [{name: a}]"),
            Some(1)
        );
        assert_eq!(
            secrets("apiVersion: v1\nkind: ServiceAccount\nspec: {imagePullSecrets: []}"),
            None
        );
        assert_eq!(secrets("apiVersion: v1\nkind: Pod\nimagePullSecrets: [{name: a}]"), None);
        assert_eq!(
            secrets("apiVersion: x.io/v1\nkind: ServiceAccount\nimagePullSecrets: []"),
            None
        );
    }
}
