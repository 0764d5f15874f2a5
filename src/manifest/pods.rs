//! Where objects hold pod specs, and what of a pod spec decides about pulling images.

use std::borrow::Cow;
use std::sync::Arc;

use crate::source::TextRange;
use crate::yaml::{Entry, Node, NodeKind, Use};

use super::objects::Object;
use super::pointer::{Place, Pointer, Step};

/// Kinds of Kubernetes' own that run pods.
pub const WORKLOAD_KINDS: &[&str] = &[
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

/// The field of a pod spec that names its pull secrets.
pub const PULL_SECRETS: &str = "imagePullSecrets";

/// The most pod specs of one object; aliases could make more out of little text.
const MAX_POD_SPECS: usize = 10_000;

/// The most steps of a path.
const MAX_PATH_STEPS: usize = 64;

/// A kind of object that holds pod specs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodKind {
    /// `apps`; empty for the core group.
    pub group: Cow<'static, str>,
    /// `v1`; none for any version.
    pub version: Option<Cow<'static, str>>,
    /// `Deployment`
    pub kind: Cow<'static, str>,
    /// Where its pod specs are.
    pub path: PodPath,
    /// The field there that names the pull secrets: [`PULL_SECRETS`] in pod specs.
    pub field: Cow<'static, str>,
}

/// The way from an object to its pod specs, written `.spec.template.spec`: keys with a dot before each; `[]` behind a
/// key stands for all items of its list, `*` as a key for all values of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodPath {
    steps: Vec<PathStep>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PathStep {
    Key(Cow<'static, str>),
    Items,
    Values,
}

/// Why a text is no [`PodPath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PodPathError {
    /// It does not begin with a dot.
    #[error("a path begins with `.`, as in `.spec.template.spec`")]
    NoDot,
    /// There is nothing between two dots.
    #[error("the path has an empty key")]
    EmptyKey,
    /// There is a bracket that is not `[]` behind a key.
    #[error("only `[]` can stand in brackets, for all items of a list")]
    Bracket,
    /// It is longer than the linter follows.
    #[error("the path has more than {MAX_PATH_STEPS} steps")]
    TooLong,
}

impl PodPath {
    /// Reads a path. A single dot is the object itself.
    pub fn parse(text: &str) -> Result<Self, PodPathError> {
        let rest = text.strip_prefix('.').ok_or(PodPathError::NoDot)?;
        let mut steps = Vec::new();
        for part in rest.split('.').filter(|_| !rest.is_empty()) {
            let key = part.trim_end_matches("[]");
            match key {
                "" => return Err(PodPathError::EmptyKey),
                "*" => steps.push(PathStep::Values),
                _ if key.contains(['[', ']']) => return Err(PodPathError::Bracket),
                _ => steps.push(PathStep::Key(Cow::Owned(key.to_owned()))),
            }
            let lists = (part.len() - key.len()) / 2;
            steps.extend(std::iter::repeat_n(PathStep::Items, lists.min(MAX_PATH_STEPS)));
            if steps.len() > MAX_PATH_STEPS {
                return Err(PodPathError::TooLong);
            }
        }
        Ok(Self { steps })
    }

    fn of_keys(keys: &'static [&'static str]) -> Self {
        Self { steps: keys.iter().map(|key| PathStep::Key(Cow::Borrowed(*key))).collect() }
    }
}

const TEMPLATE: &[&str] = &["spec", "template", "spec"];

/// The kinds of Kubernetes and `OpenShift` that hold pod specs, of any version: group, kind, path.
///
/// From the API reference of Kubernetes 1.35 and the groups that former versions had them in.
const BUILT_IN: &[(&str, &str, &[&str])] = &[
    ("", "Pod", &["spec"]),
    ("", "PodTemplate", &["template", "spec"]),
    ("", "ReplicationController", TEMPLATE),
    ("apps", "Deployment", TEMPLATE),
    ("apps", "ReplicaSet", TEMPLATE),
    ("apps", "StatefulSet", TEMPLATE),
    ("apps", "DaemonSet", TEMPLATE),
    ("extensions", "Deployment", TEMPLATE),
    ("extensions", "ReplicaSet", TEMPLATE),
    ("extensions", "DaemonSet", TEMPLATE),
    ("batch", "Job", TEMPLATE),
    ("batch", "CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
    ("apps.openshift.io", "DeploymentConfig", TEMPLATE),
];

/// All kinds that hold pod specs.
#[derive(Clone, Debug)]
pub struct PodKinds {
    kinds: Vec<PodKind>,
}

impl Default for PodKinds {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl PodKinds {
    /// The built-in kinds and `more`.
    pub fn new(more: Vec<PodKind>) -> Self {
        let built_in = BUILT_IN.iter().map(|(group, kind, path)| PodKind {
            group: Cow::Borrowed(group),
            version: None,
            kind: Cow::Borrowed(kind),
            path: PodPath::of_keys(path),
            field: Cow::Borrowed(PULL_SECRETS),
        });
        Self { kinds: built_in.chain(more).collect() }
    }

    /// The kinds that `object` is, in the order of the table.
    pub fn of<'a>(&'a self, object: &'a Object) -> impl Iterator<Item = &'a PodKind> {
        let version = object.api_version.rsplit('/').next().unwrap_or_default();
        self.kinds.iter().filter(move |row| {
            *row.kind == *object.kind
                && row.group == object.group()
                && row.version.as_ref().is_none_or(|wanted| wanted == version)
        })
    }

    /// The pod specs of `object`. What has another shape than a pod spec has is left out.
    pub fn pod_specs(&self, object: &Object) -> Vec<PodSpec> {
        let mut found = Vec::new();
        for row in self.of(object) {
            let start = Place { key: None, value: object.root.clone() };
            let mut add = |place: Place, pointer: &Pointer| {
                found.extend(PodSpec::read(place, pointer.clone(), row));
                found.len() < MAX_POD_SPECS
            };
            follow(start, &row.path.steps, &mut Pointer::default(), &mut add);
        }
        found
    }
}

/// Calls `add` for all that stands at the end of `path`, until it says false.
fn follow(
    place: Place,
    path: &[PathStep],
    pointer: &mut Pointer,
    add: &mut impl FnMut(Place, &Pointer) -> bool,
) -> bool {
    let Some((step, rest)) = path.split_first() else { return add(place, pointer) };
    let node = &place.value.node;
    let mut go = |step: Step, key: Option<TextRange>, value: &Use| {
        pointer.steps.push(step);
        let more = follow(Place { key, value: value.clone() }, rest, pointer, add);
        pointer.steps.pop();
        more
    };
    let mut enter =
        |entry: &Entry| go(Step::Key(Arc::clone(&entry.key)), Some(entry.key_range), &entry.value);
    match step {
        PathStep::Key(key) => node.get(key).is_none_or(&mut enter),
        PathStep::Values => node.entries().all(&mut enter),
        PathStep::Items => {
            node.items().iter().enumerate().all(|(index, item)| go(Step::Index(index), None, item))
        }
    }
}

/// A pod spec. All ranges are offsets in the rendered text.
#[derive(Clone, Debug)]
pub struct PodSpec {
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
    /// The field that names the pull secrets.
    pub pull_secrets_field: Cow<'static, str>,
    /// That field, whatever its value is.
    pub pull_secrets: Option<Entry>,
    /// `serviceAccountName`, or else its former name `serviceAccount`, if it is a string that is not empty.
    pub service_account_name: Option<Entry>,
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
    fn read(place: Place, pointer: Pointer, row: &PodKind) -> Option<Self> {
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
            pull_secrets: node.get(&row.field).cloned(),
            pull_secrets_field: row.field.clone(),
            service_account_name: named("serviceAccountName").or_else(|| named("serviceAccount")),
            containers_key: node.get("containers").map(|entry| entry.key_range),
            value: place.value,
        })
    }

    /// Whether its field for pull secrets is a list of names instead of `{name: …}`.
    pub const fn wants_strings(&self) -> bool {
        false
    }

    /// The names of its pull secrets, as Kubernetes reads them.
    pub fn pull_secret_names(&self) -> Vec<&str> {
        let items = self.pull_secrets.as_ref().map_or(&[][..], |entry| entry.value.node.items());
        items.iter().filter_map(|item| item.node.get("name")?.value.node.as_str()).collect()
    }

    /// Whether its list of pull secrets has entries: an empty one counts as none.
    pub fn has_pull_secrets(&self) -> bool {
        self.pull_secrets.as_ref().is_some_and(|entry| !entry.value.node.items().is_empty())
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
            group: "x.io".into(),
            version: Some("v2".into()),
            kind: kind.into(),
            path: PodPath::parse(path).expect(path),
            field: field.into(),
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
    fn paths_that_are_none() {
        let error = |path: &str| PodPath::parse(path).map(|_| ()).expect_err(path);
        assert_eq!(error("spec.template"), PodPathError::NoDot);
        assert_eq!(error(""), PodPathError::NoDot);
        assert_eq!(error(".spec..x"), PodPathError::EmptyKey);
        assert_eq!(error(".[]"), PodPathError::EmptyKey);
        assert_eq!(error(".spec[0]"), PodPathError::Bracket);
        assert_eq!(error(&".a".repeat(65)), PodPathError::TooLong);
        assert_eq!(error(&format!(".a{}", "[]".repeat(65))), PodPathError::TooLong);
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
        let kinds = PodKinds::new(vec![PodKind {
            group: "x.io".into(),
            version: None,
            kind: "A".into(),
            path: PodPath::parse(".l3[][][][]").expect("a path"),
            field: PULL_SECRETS.into(),
        }]);
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
