//! Which kinds of objects hold pods: Kubernetes' own, custom resources that are known, and those of the config.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::yaml::{Entry, Node, NodeKind, Use};

use super::objects::Object;
use super::pod_path::PodPath;
use super::pods::{PULL_SECRETS, PodSpec};
use super::pointer::Place;

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

/// The most pod specs of one object; aliases could make more out of little text.
pub(super) const MAX_POD_SPECS: usize = 10_000;

/// The most images that an object names outside of containers, for each of its pod specs.
const MAX_OWN_IMAGES: usize = 1_000;

/// How a field names pull secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretsShape {
    /// A list of `{name: …}`, as in Kubernetes' pod specs.
    #[default]
    Objects,
    /// A list of names.
    Strings,
    /// One name.
    String,
}

impl SecretsShape {
    /// All shapes.
    pub const ALL: [Self; 3] = [Self::Objects, Self::Strings, Self::String];

    /// The word in the config and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Strings => "strings",
            Self::String => "string",
        }
    }

    /// The names in `value`; what has another shape is left out.
    pub fn names(self, value: &Node) -> Vec<&str> {
        match self {
            Self::Objects => {
                let names = value.items().iter().filter_map(|item| item.node.get("name"));
                names.filter_map(|entry| entry.value.node.as_str()).collect()
            }
            Self::Strings => value.items().iter().filter_map(|item| item.node.as_str()).collect(),
            Self::String => value.as_str().into_iter().collect(),
        }
    }

    /// Whether `value` gives the pod anything: an empty list counts as none.
    pub fn is_given(self, value: &Node) -> bool {
        match self {
            Self::Objects | Self::Strings => !value.items().is_empty(),
            Self::String => value.as_str().is_some_and(|name| !name.is_empty()),
        }
    }
}

/// A kind of object that holds pod specs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodKind {
    /// `apps`; empty for the core group.
    pub group: Cow<'static, str>,
    /// `v1`; none for any version.
    pub version: Option<Cow<'static, str>>,
    /// `Deployment`
    pub kind: Cow<'static, str>,
    /// Where its pod specs are, or the mappings that stand for them.
    pub path: PodPath,
    /// The field there that names the pull secrets: [`PULL_SECRETS`] in pod specs. Dots lead further down.
    pub field: Cow<'static, str>,
    /// How it names them.
    pub shape: SecretsShape,
    /// It is none of Kubernetes' own: an operator makes the pods, by a schema that is not known in full.
    pub is_custom: bool,
    /// What is known of it beyond that.
    pub(super) details: Arc<Details>,
}

/// What is known of a custom resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Details {
    /// It has a pod spec with containers; else their absence says nothing.
    has_containers: bool,
    /// Images that its pods run, beside those of containers.
    images: Vec<ImagePath>,
    /// Fields that name pull secrets of the same pods.
    also: Vec<KeyPath>,
    /// Fields that name the `ServiceAccount`, beside those of a pod spec.
    accounts: Vec<KeyPath>,
    /// Keys whose presence, or absence, leaves open which images the pods run or which pull secrets they get.
    unless: Vec<Condition>,
    /// Its operator can be set up to add pull secrets.
    operator_adds: bool,
    /// Whether the pods ever run as they stand there is open.
    is_silent: bool,
}

/// Keys without lists, from the pod spec or, with a dot before them, from the object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KeyPath {
    from_object: bool,
    keys: Vec<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    keys: Vec<Box<str>>,
    /// It holds if nothing is there.
    is_absence: bool,
}

/// Where images are; of several places the first that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ImagePath {
    alternatives: Vec<ImageField>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ImageField {
    from_object: bool,
    /// The mapping with the fields.
    holder: PodPath,
    /// The fields whose texts, with a slash between them, are the image.
    fields: Vec<Box<str>>,
}

/// An image that an object names outside of containers.
#[derive(Clone, Debug)]
pub struct OwnImage {
    /// The value that holds it, or its first part.
    pub value: Use,
    /// The image.
    pub text: String,
}

impl PodKind {
    /// A kind of which nothing is known but where its pod specs and their pull secrets are.
    pub fn new(
        group: impl Into<Cow<'static, str>>,
        version: Option<Cow<'static, str>>,
        kind: impl Into<Cow<'static, str>>,
        path: PodPath,
    ) -> Self {
        let details = Details { has_containers: true, ..Details::default() };
        Self {
            group: group.into(),
            version,
            kind: kind.into(),
            path,
            field: Cow::Borrowed(PULL_SECRETS),
            shape: SecretsShape::Objects,
            is_custom: true,
            details: Arc::new(details),
        }
    }

    /// Where the pull secrets are in the object: `spec.template.spec.imagePullSecrets`.
    pub fn secrets_path(&self) -> String {
        let path = self.path.to_string();
        let dot = if path.is_empty() { "" } else { "." };
        format!("{path}{dot}{}", self.field)
    }

    /// Whether the operator that makes the pods can be set up to add pull secrets.
    pub fn operator_adds(&self) -> bool {
        self.details.operator_adds
    }

    /// Whether its pod specs have containers by all means.
    pub fn has_containers(&self) -> bool {
        self.details.has_containers
    }

    /// A line of the table; `None` if it is none.
    fn of_line(line: &str) -> Option<Self> {
        let columns: Vec<&str> = line.split('\t').collect();
        let [group, version, kind, path, shape, field, images, more] = columns[..] else {
            return None;
        };
        let mut details =
            Details { has_containers: shape == "pod", is_silent: false, ..Details::default() };
        let shape = SecretsShape::ALL.into_iter().find(|known| known.as_str() == shape);
        for image in images.split(' ').filter(|image| *image != "-") {
            let alternatives = image.split('|').map(ImageField::parse);
            details.images.push(ImagePath { alternatives: alternatives.collect::<Option<_>>()? });
        }
        for word in more.split(' ').filter(|word| *word != "-") {
            match word.split_once('=') {
                Some(("also", path)) => details.also.push(KeyPath::parse(path)?),
                Some(("account", path)) => details.accounts.push(KeyPath::parse(path)?),
                Some(("unless", path)) => details.unless.push(Condition::parse(path)?),
                None if word == "operator" => details.operator_adds = true,
                None if word == "silent" => details.is_silent = true,
                _ => return None,
            }
        }
        if [group, kind, field].iter().any(|text| text.is_empty())
            || !(details.has_containers || shape.is_some())
        {
            return None;
        }
        Some(Self {
            group: Cow::Owned(group.to_owned()),
            version: (version != "*").then(|| Cow::Owned(version.to_owned())),
            kind: Cow::Owned(kind.to_owned()),
            path: PodPath::parse(path).ok()?,
            field: Cow::Owned(field.to_owned()),
            shape: shape.unwrap_or_default(),
            is_custom: true,
            details: Arc::new(details),
        })
    }

    /// Whether it is so named; kinds are told apart by more than case, so the table need not know how each is spelt.
    fn is_named(&self, kind: &str) -> bool {
        if self.is_custom { self.kind.eq_ignore_ascii_case(kind) } else { self.kind == kind }
    }

    /// The field that names the pull secrets, of all that serve the pod the first that gives any.
    pub(super) fn pull_secrets(&self, object: &Object, pod: &Use) -> Option<Entry> {
        let own = entry_at(pod, self.field.split('.'));
        let also = || self.details.also.iter().filter_map(|path| path.find(object, pod));
        let is_given = |entry: &Entry| self.shape.is_given(&entry.value.node);
        if own.as_ref().is_some_and(is_given) {
            return own;
        }
        also().find(is_given).or(own).or_else(|| also().next())
    }

    /// The field that names the `ServiceAccount`, beside those of a pod spec.
    pub(super) fn service_account(&self, object: &Object, pod: &Use) -> Option<Entry> {
        let named = |entry: &Entry| entry.value.node.as_str().is_some_and(|name| !name.is_empty());
        self.details.accounts.iter().filter_map(|path| path.find(object, pod)).find(named)
    }

    /// Whether it is open which images the pods run, or which pull secrets they get.
    pub(super) fn is_silent(&self, pod: &Use) -> bool {
        self.details.is_silent || self.details.unless.iter().any(|condition| condition.holds(pod))
    }

    /// The images that the object names outside of containers, but for those that are never pulled.
    pub(super) fn own_images(&self, object: &Object, pod: &Use) -> Vec<OwnImage> {
        let mut found = Vec::new();
        for path in &self.details.images {
            for field in &path.alternatives {
                if field.collect(object, pod, &mut found) {
                    break;
                }
            }
        }
        found
    }
}

/// The entry at the end of `keys`.
fn entry_at<'k>(from: &Use, keys: impl Iterator<Item = &'k str>) -> Option<Entry> {
    let mut found: Option<&Entry> = None;
    for key in keys {
        let node = found.map_or(&from.node, |entry| &entry.value.node);
        found = Some(node.get(key)?);
    }
    found.cloned()
}

fn keys(text: &str, separator: char) -> Option<Vec<Box<str>>> {
    let keys: Vec<Box<str>> = text.split(separator).map(Box::from).collect();
    keys.iter().all(|key| !key.is_empty()).then_some(keys)
}

impl KeyPath {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('.');
        Some(Self { from_object: rest.is_some(), keys: keys(rest.unwrap_or(text), '.')? })
    }

    fn find(&self, object: &Object, pod: &Use) -> Option<Entry> {
        let from = if self.from_object { &object.root } else { pod };
        entry_at(from, self.keys.iter().map(|key| &**key))
    }
}

impl Condition {
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('!');
        Some(Self { keys: keys(rest.unwrap_or(text), '/')?, is_absence: rest.is_some() })
    }

    fn holds(&self, pod: &Use) -> bool {
        let entry = entry_at(pod, self.keys.iter().map(|key| &**key));
        let is_there = entry.is_some_and(|entry| match &entry.value.node.kind {
            NodeKind::Null | NodeKind::Bool(false) => false,
            NodeKind::Str(text) => !text.is_empty(),
            NodeKind::Seq(items) => !items.is_empty(),
            NodeKind::Map(entries) => !entries.is_empty(),
            NodeKind::Bool(true) | NodeKind::Number(_) => true,
        });
        is_there != self.is_absence
    }
}

impl ImageField {
    fn parse(text: &str) -> Option<Self> {
        let from_object = text.starts_with('.');
        let text = text.trim_start_matches('.');
        let (holder, fields) = text.rsplit_once('.').unwrap_or(("", text));
        let holder = PodPath::parse(&format!(".{holder}")).ok()?;
        Some(Self { from_object, holder, fields: keys(fields, '/')? })
    }

    /// Adds the images that are there; whether there are any.
    fn collect(&self, object: &Object, pod: &Use, found: &mut Vec<OwnImage>) -> bool {
        let start = if self.from_object { &object.root } else { pod };
        let mut any = false;
        self.holder.follow(Place { key: None, value: start.clone() }, &mut |place, _| {
            if let Some(image) = self.image(&place.value.node) {
                any = true;
                // Two roles may run the one image that is named for both.
                if found.iter().all(|own| own.value.range != image.value.range) {
                    found.push(image);
                }
            }
            found.len() < MAX_OWN_IMAGES
        });
        any
    }

    /// `None` too if it is never pulled, for then it has to be on the node.
    fn image(&self, holder: &Node) -> Option<OwnImage> {
        let policy = holder.get("imagePullPolicy").or_else(|| holder.get("pullPolicy"));
        if policy.is_some_and(|entry| entry.value.node.as_str() == Some("Never")) {
            return None;
        }
        let texts = self.fields.iter().map(|field| holder.get(field)?.value.node.as_str());
        let texts: Vec<&str> = texts.collect::<Option<_>>()?;
        if texts.iter().any(|text| text.is_empty()) {
            return None;
        }
        let first = holder.get(self.fields.first()?)?;
        Some(OwnImage { value: first.value.clone(), text: texts.join("/") })
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

/// Custom resources; its head says from where they are known.
const TABLE: &str = include_str!("pod_kinds.tsv");

/// The lines of the table that say something.
fn lines() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

type Groups = BTreeMap<Cow<'static, str>, Vec<Arc<PodKind>>>;

/// All kinds that are known without a config, by group.
fn known() -> &'static Groups {
    static KNOWN: OnceLock<Groups> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let built_in = BUILT_IN.iter().map(|(group, kind, path)| PodKind {
            is_custom: false,
            ..PodKind::new(*group, None, *kind, PodPath::of_keys(path))
        });
        let mut groups = Groups::new();
        for kind in built_in.chain(lines().filter_map(PodKind::of_line)) {
            groups.entry(kind.group.clone()).or_default().push(Arc::new(kind));
        }
        groups
    })
}

/// All kinds that hold pod specs.
#[derive(Clone, Debug, Default)]
pub struct PodKinds {
    /// Those of the config; they go before what is known of the same place.
    more: Vec<Arc<PodKind>>,
}

impl PodKinds {
    /// The kinds that are known, and `more`.
    pub fn new(more: Vec<PodKind>) -> Self {
        let known = |kind: &PodKind| {
            let group = known().get(&kind.group)?;
            group.iter().find(|row| row.kind == kind.kind && row.path == kind.path)
        };
        let more = more.into_iter().map(|kind| match known(&kind) {
            Some(row) => PodKind { details: Arc::clone(&row.details), ..kind },
            None => kind,
        });
        Self { more: more.map(Arc::new).collect() }
    }

    /// The kinds that `object` is: those of the config first, then in the order of the tables.
    pub fn of<'a>(&'a self, object: &'a Object) -> impl Iterator<Item = &'a Arc<PodKind>> {
        let version = object.api_version.rsplit('/').next().unwrap_or_default();
        let known = known().get(object.group()).into_iter().flatten();
        let is_overridden = |row: &PodKind| self.configured(object).any(|own| own.path == row.path);
        self.configured(object).chain(known.filter(move |row| {
            row.is_named(&object.kind)
                && row.version.as_ref().is_none_or(|wanted| wanted == version)
                && !is_overridden(row)
        }))
    }

    fn configured<'a>(&'a self, object: &'a Object) -> impl Iterator<Item = &'a Arc<PodKind>> {
        let version = object.api_version.rsplit('/').next().unwrap_or_default();
        self.more.iter().filter(move |row| {
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
            row.path.follow(start, &mut |place, pointer| {
                found.extend(PodSpec::read(object, place, pointer.clone(), row));
                found.len() < MAX_POD_SPECS
            });
        }
        found
    }

    /// Whether `pointer`, below `object`, is a field that names pull secrets of pods.
    pub fn is_pull_secrets(&self, object: &Object, pointer: &str) -> bool {
        self.of(object).any(|row| {
            let mut is_field = false;
            let start = Place { key: None, value: object.root.clone() };
            row.path.follow(start, &mut |_, pod| {
                let field = pointer.strip_prefix(&pod.to_string());
                let field = field.and_then(|rest| rest.strip_prefix('/'));
                is_field |= field.is_some_and(|rest| rest.split('/').eq(row.field.split('.')));
                !is_field
            });
            let also = row.details.also.iter().filter(|path| path.from_object);
            is_field || also.into_iter().any(|path| format!("/{}", path.keys.join("/")) == pointer)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::objects::Manifest;
    use super::*;

    /// Each line: place, images in brackets, names of the pull secrets, the account.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let kinds = PodKinds::default();
        let objects = Manifest::read(text, 0).objects;
        let specs = objects.iter().flat_map(|object| kinds.pod_specs(object));
        let shown: Vec<String> = specs
            .map(|pod| {
                let mut images: Vec<&str> =
                    pod.containers.iter().filter_map(|container| container.image_text()).collect();
                images.extend(pod.own_images.iter().map(|image| &*image.text));
                let account = pod.service_account_name.as_ref();
                let account = account.and_then(|entry| entry.value.node.as_str());
                let silent = if pod.is_silent { " silent" } else { "" };
                format!(
                    "{} {images:?} {:?} {}{silent}",
                    pod.pointer,
                    pod.pull_secret_names(),
                    account.unwrap_or("-")
                )
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn each_line_of_the_table_is_read() {
        for line in lines() {
            assert!(PodKind::of_line(line).is_some(), "{line}");
        }
        let all = known().values().flatten().count();
        assert_eq!(all, lines().count() + BUILT_IN.len());
    }

    #[test]
    fn the_table_has_each_place_once_and_in_order() {
        let places: Vec<Vec<&str>> =
            lines().map(|line| line.split('\t').take(4).collect()).collect();
        for pair in places.windows(2) {
            let [first, second] = pair else { continue };
            assert!(first[..1] <= second[..1], "{first:?} {second:?}");
        }
        let distinct: std::collections::BTreeSet<&Vec<&str>> = places.iter().collect();
        assert_eq!(distinct.len(), places.len());
    }

    #[test]
    fn pod_specs_of_custom_resources() {
        check(
            "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: {template: {spec: {containers: [{image: a}], imagePullSecrets: [{name: s}]}}}",
            &["/spec/template/spec [\"a\"] [\"s\"] -"],
        );
        check(
            "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec: {image: a, thanos: {image: b}, containers: [{image: c}], serviceAccountName: x}",
            &["/spec [\"c\", \"a\", \"b\"] [] x"],
        );
        check(
            "apiVersion: ray.io/v1\nkind: RayCluster\nspec:\n  headGroupSpec: {template: {spec: {containers: [{image: a}]}}}\n  workerGroupSpecs: [{template: {spec: {containers: [{image: b}]}}}]\n",
            &[
                "/spec/headGroupSpec/template/spec [\"a\"] [] -",
                "/spec/workerGroupSpecs/0/template/spec [\"b\"] [] -",
            ],
        );
        // Kinds are found however they are spelt.
        check(
            "apiVersion: postgresql.cnpg.io/v1\nkind: cluster\nspec: {imageName: a, imagePullPolicy: Always}",
            &["/spec [\"a\"] [] -"],
        );
    }

    #[test]
    fn names_in_the_shape_of_the_field() {
        let spark = |secrets: &str| {
            format!(
                "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nspec: {{image: a, imagePullSecrets: {secrets}}}"
            )
        };
        check(&spark("[s, t]"), &["/spec [\"a\"] [\"s\", \"t\"] -"]);
        check(&spark("[{name: x}]"), &["/spec [\"a\"] [] -"]);
        check(
            "apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nspec: {volumes: [{name: x}, {containerDisk: {image: a, imagePullSecret: s}}, {containerDisk: {image: b, imagePullPolicy: Never}}]}",
            &[
                "/spec/volumes/1/containerDisk [\"a\"] [\"s\"] -",
                "/spec/volumes/2/containerDisk [] [] -",
            ],
        );
        check(
            "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nspec: {kafka: {image: a, template: {pod: {imagePullSecrets: [{name: s}]}}}}",
            &["/spec/kafka [\"a\"] [\"s\"] -"],
        );
    }

    #[test]
    fn images_that_are_put_together_or_override_each_other() {
        check(
            "apiVersion: nvidia.com/v1\nkind: ClusterPolicy\nspec: {driver: {enabled: true, repository: r.io/x, image: driver, imagePullSecrets: [s]}, gds: {repository: r.io/x, image: gds}}",
            &[
                "/spec/driver [\"r.io/x/driver\"] [\"s\"] -",
                "/spec/gds [\"r.io/x/gds\"] [] - silent",
            ],
        );
        check(
            "apiVersion: druid.apache.org/v1alpha1\nkind: Druid\nspec: {image: a, serviceAccount: d, imagePullSecrets: [{name: s}], nodes: {hot: {image: b}, cold: {}}}",
            &[
                "/spec [] [\"s\"] d",
                "/spec/nodes/hot [\"b\"] [\"s\"] d",
                "/spec/nodes/cold [\"a\"] [\"s\"] d",
            ],
        );
    }

    #[test]
    fn what_makes_a_kind_unknown() {
        let workflow = |spec: &str| {
            format!("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {{{spec}}}")
        };
        let templates = "templates: [{container: {image: a}}, {steps: []}, {script: {image: b}}]";
        check(&workflow(&format!("entrypoint: main, {templates}")), &["/spec [\"a\", \"b\"] [] -"]);
        check(&workflow(templates), &["/spec [\"a\", \"b\"] [] - silent"]);
        check(
            &workflow("entrypoint: main, workflowTemplateRef: {name: x}"),
            &["/spec [] [] - silent"],
        );
        check(
            "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nspec: {sparkConf: {spark.kubernetes.container.image.pullSecrets: s}}",
            &["/spec [] [] - silent"],
        );
    }

    #[test]
    fn schemas_and_texts_are_no_pods() {
        check(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {versions: [{schema: {openAPIV3Schema: {properties: {spec: {properties: {containers: {type: array}}}}}}}]}",
            &[],
        );
        check("apiVersion: v1\nkind: ConfigMap\ndata: {x: 'kind: Pod'}", &[]);
        check(
            "apiVersion: x.io/v1\nkind: Rollout\nspec: {template: {spec: {containers: []}}}",
            &[],
        );
        check("apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: []", &[]);
    }

    #[test]
    fn fields_of_pull_secrets_are_known_by_their_place() {
        let text = "apiVersion: ray.io/v1\nkind: RayCluster\nspec: {headGroupSpec: {template: {spec: {}}}}";
        let object = Manifest::read(text, 0).objects.remove(0);
        let kinds = PodKinds::default();
        let is = |pointer: &str| kinds.is_pull_secrets(&object, pointer);
        assert!(is("/spec/headGroupSpec/template/spec/imagePullSecrets"));
        assert!(!is("/spec/headGroupSpec/template/imagePullSecrets"));
        assert!(!is("/spec/imagePullSecrets"));
    }

    #[test]
    fn the_config_goes_before_the_table() {
        let mut kind = PodKind::new(
            "postgresql.cnpg.io",
            None,
            "Cluster",
            PodPath::parse(".spec").expect("a path"),
        );
        kind.field = "pullSecrets".into();
        kind.shape = SecretsShape::Strings;
        let kinds = PodKinds::new(vec![kind]);
        let text = "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nspec: {imageName: a, pullSecrets: [s]}";
        let object = Manifest::read(text, 0).objects.remove(0);
        let specs = kinds.pod_specs(&object);
        assert_eq!(specs.len(), 1);
        assert_eq!(specs[0].pull_secret_names(), ["s"]);
        assert_eq!(specs[0].own_images.len(), 1);
    }
}
