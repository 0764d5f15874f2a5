//! What a document of Kubernetes is to us: a release, or something that a release refers to.

use std::fmt;
use std::sync::Arc;

use super::nodes::{items, text};
use crate::yaml::{Node, NodeKind};

/// How deep a document is searched for templating; the reader stops no later.
const MAX_DEPTH: usize = 1_000;

/// Whose object a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReleaseKind {
    /// `helm.toolkit.fluxcd.io`, Flux.
    HelmRelease,
    /// `argoproj.io`, Argo CD.
    Application,
}

impl ReleaseKind {
    /// As `kind:` has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HelmRelease => "HelmRelease",
            Self::Application => "Application",
        }
    }
}

impl fmt::Display for ReleaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which chart a release asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A folder of the repository that holds it.
    Path(String),
    /// A chart of some chart repository, by its name.
    Name(String),
    /// Nothing that a file says.
    Nothing,
}

/// A release in a [`super::Tree`], as far as linking needs to know it.
#[derive(Clone, Debug)]
pub struct Located {
    /// The file's number in the tree.
    pub file: usize,
    /// The document's number in the file.
    pub document: usize,
    /// For an Application with `spec.sources`: the number of the source that has the chart.
    pub part: Option<usize>,
    /// Whose object it is.
    pub kind: ReleaseKind,
    /// `metadata.name`
    pub name: String,
    /// `metadata.namespace`
    pub namespace: Option<String>,
    /// The chart that it asks for.
    pub wanted: Wanted,
    /// It says which chart it installs. A HelmRelease that does not is a patch for another one, and an Application may be
    /// about something else than a chart.
    pub is_whole: bool,
    /// The document.
    pub(super) root: Arc<Node>,
}

impl Located {
    /// `HelmRelease apps/web`
    pub fn title(&self) -> String {
        title(self.kind, self.namespace.as_deref(), &self.name)
    }
}

/// `HelmRelease apps/web`, or without the namespace if there is none.
pub(super) fn title(kind: ReleaseKind, namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

/// A document that releases refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Other {
    ConfigMap,
    Secret,
    HelmChart,
    OciRepository,
    Kustomization,
}

/// The kind of another document of interest.
pub(super) fn other(root: &Node) -> Option<Other> {
    let group = text(root, &["apiVersion"])?.split('/').next()?;
    match (group, text(root, &["kind"])?) {
        ("v1", "ConfigMap") => Some(Other::ConfigMap),
        ("v1", "Secret") => Some(Other::Secret),
        ("kustomize.toolkit.fluxcd.io", "Kustomization") => Some(Other::Kustomization),
        ("source.toolkit.fluxcd.io", "HelmChart") => Some(Other::HelmChart),
        ("source.toolkit.fluxcd.io", "OCIRepository") => Some(Other::OciRepository),
        _ => None,
    }
}

/// The releases that a document describes: none, one, or for an Application one for each source with a chart.
pub(super) fn releases(root: &Arc<Node>, file: usize, document: usize) -> Vec<Located> {
    let Some(version) = text(root, &["apiVersion"]) else { return Vec::new() };
    let Some((kind, root)) = (match (version, text(root, &["kind"])) {
        (
            "helm.toolkit.fluxcd.io/v2"
            | "helm.toolkit.fluxcd.io/v2beta2"
            | "helm.toolkit.fluxcd.io/v2beta1",
            Some("HelmRelease"),
        ) => Some((ReleaseKind::HelmRelease, Arc::clone(root))),
        ("argoproj.io/v1alpha1", Some("Application")) => {
            Some((ReleaseKind::Application, Arc::clone(root)))
        }
        ("argoproj.io/v1alpha1", Some("ApplicationSet")) => {
            entry_node(root, &["spec", "template"]).map(|root| (ReleaseKind::Application, root))
        }
        _ => None,
    }) else {
        return Vec::new();
    };
    if is_templated(kind, &root) {
        return Vec::new();
    }
    let name = text(&root, &["metadata", "name"]).unwrap_or_default().to_owned();
    let namespace = text(&root, &["metadata", "namespace"]).map(str::to_owned);
    let located = |wanted: Wanted, part: Option<usize>, is_whole: bool| Located {
        file,
        document,
        part,
        kind,
        name: name.clone(),
        namespace: namespace.clone(),
        wanted,
        is_whole,
        root: Arc::clone(&root),
    };
    if kind == ReleaseKind::HelmRelease {
        // A patch may change the version of a chart that it does not name.
        let is_whole = text(&root, &["spec", "chart", "spec", "chart"]).is_some()
            || text(&root, &["spec", "chartRef", "name"]).is_some();
        return vec![located(flux_chart(&root), None, is_whole)];
    }
    let sources = items(&root, &["spec", "sources"]);
    let single = root.at(&["spec", "source"]);
    let all = single.map(|node| (None, node)).into_iter();
    let all = all.chain(sources.iter().enumerate().map(|(at, item)| (Some(at), &*item.node)));
    let found: Vec<Located> = all
        .filter_map(|(part, source)| {
            let is_chart = source.at(&["helm"]).is_some() || text(source, &["chart"]).is_some();
            let wanted = match (text(source, &["chart"]), text(source, &["path"])) {
                (Some(name), _) => Wanted::Name(last_part(name).to_owned()),
                (None, Some(path)) => Wanted::Path(path.to_owned()),
                (None, None) => return None,
            };
            Some(located(wanted, part, is_chart))
        })
        .collect();
    if found.is_empty() { vec![located(Wanted::Nothing, None, false)] } else { found }
}

/// The chart of a HelmRelease, as far as it is named there; `chartRef` leads to another document.
fn flux_chart(root: &Node) -> Wanted {
    match root.at(&["spec", "chart"]) {
        Some(chart) => source_chart(chart, &["spec", "chart"], &["spec", "sourceRef", "kind"]),
        None => Wanted::Nothing,
    }
}

/// The chart that `chart` (a path of keys) of a kind of source is.
pub(super) fn source_chart(node: &Node, chart: &[&str], kind: &[&str]) -> Wanted {
    let Some(name) = text(node, chart) else { return Wanted::Nothing };
    match text(node, kind) {
        Some("GitRepository" | "Bucket") => Wanted::Path(name.to_owned()),
        Some("HelmRepository" | "OCIRepository") => Wanted::Name(last_part(name).to_owned()),
        _ if name.starts_with('.') || name.starts_with('/') => Wanted::Path(name.to_owned()),
        _ => Wanted::Nothing,
    }
}

/// `web` of `oci://registry.example/charts/web`.
pub(super) fn last_part(name: &str) -> &str {
    name.trim_end_matches('/').rsplit('/').next().unwrap_or(name)
}

fn entry_node(node: &Node, path: &[&str]) -> Option<Arc<Node>> {
    super::nodes::entry(node, path).map(|entry| Arc::clone(&entry.value.node))
}

/// Whether the document is a template of something that is no document yet: what it says is not what will be there.
/// Values are free to hold `{{`, for charts that take templates from them.
fn is_templated(kind: ReleaseKind, root: &Node) -> bool {
    let is_values = |path: &[&str]| match kind {
        ReleaseKind::HelmRelease => path == ["spec", "values"],
        ReleaseKind::Application => {
            path.first() == Some(&"spec")
                && path.iter().rev().nth(1) == Some(&"helm")
                && matches!(path.last(), Some(&("values" | "valuesObject" | "parameters")))
        }
    };
    has_actions(root, &mut Vec::new(), &is_values)
}

fn has_actions<'n>(
    node: &'n Node,
    path: &mut Vec<&'n str>,
    skip: &dyn Fn(&[&str]) -> bool,
) -> bool {
    if path.len() > MAX_DEPTH || skip(path) {
        return false;
    }
    match &node.kind {
        NodeKind::Str(text) => is_action(text),
        NodeKind::Seq(items) => items.iter().any(|item| {
            path.push("");
            let found = has_actions(&item.node, path, skip);
            path.pop();
            found
        }),
        NodeKind::Map(entries) => entries.iter().any(|entry| {
            path.push(&entry.key);
            let found = is_action(&entry.key) || has_actions(&entry.value.node, path, skip);
            path.pop();
            found
        }),
        _ => false,
    }
}

fn is_action(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}
