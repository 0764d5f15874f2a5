//! A release as it is written, with a place for everything, and the values that its chart gets.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::documents::{self, ReleaseKind};
use super::drift::{Drift, Selector};
use super::nodes;
use super::values::is_substituted;
use crate::chart::{Spanned, ValuesFile};
use crate::manifest::pods::PULL_SECRETS;
use crate::source::{FileId, Span};
use crate::values::{Data, Value};
use crate::yaml::{Entry, Use};

/// The longest name of a release; Helm takes no longer one (`maxReleaseNameLen`).
const MAX_NAME: usize = 53;

/// What Flux appends to a name that is too long, in characters.
const SHORT_HASH: usize = 12;

/// What is shown in place of a secret.
const HIDDEN: &str = "***";

/// A release, with the files that it points into in the source map for which it was read.
///
/// A rule gets at it in two ways. `Context::release` is the release of the scenario under which the rule runs: then its
/// values are those of the view. `Rule::check_release` is called once for each release, whether its chart is at hand or
/// not, for what can be told from the release alone.
#[derive(Clone, Debug)]
pub struct Release {
    /// Whose object it is.
    pub kind: ReleaseKind,
    /// Its file.
    pub file: FileId,
    /// The document; of an `ApplicationSet` its `spec.template`. [`Self::entry`] and [`Self::key`] look things up in it that
    /// have no field here, such as `spec.install`.
    pub root: Use,
    /// The whole document.
    pub document: Use,
    /// `apiVersion`
    pub api_version: Spanned<String>,
    /// The value of `kind`.
    pub kind_span: Span,
    /// `metadata.name`; empty if there is none.
    pub name: Spanned<String>,
    /// `metadata.namespace`
    pub namespace: Option<Spanned<String>>,
    /// The key `spec`.
    pub spec: Span,
    /// The chart that it installs.
    pub chart: ChartReference,
    /// The folder of that chart, if it is at hand.
    pub linked: Option<String>,
    /// `spec.releaseName`, or `helm.releaseName`.
    pub release_name: Option<Spanned<String>>,
    /// `spec.targetNamespace`, or `spec.destination.namespace`.
    pub target_namespace: Option<Spanned<String>>,
    /// The key `values` (of an Application the key that counts: `valuesObject`, else `values`).
    pub values_key: Option<Span>,
    /// What stands there, and nothing else.
    pub inline: Value,
    /// `spec.valuesFrom`
    pub values_from: Vec<ValuesFrom>,
    /// `spec.chart.spec.valuesFiles`, or `helm.valueFiles`.
    pub values_files: Vec<Spanned<String>>,
    /// What stands over the defaults of the chart: values files, `valuesFrom`, `values`, and what goes over them. Each
    /// value has the place where it was written: in this file, in the text of a `ConfigMap`, in a values file. What is
    /// set through a `targetPath` has the `-` of its entry of `valuesFrom` as its key.
    pub values: Value,
    /// The texts and files that values were read from, as trees: what `valuesFrom` refers to, the text of an Application,
    /// values files.
    pub values_texts: Vec<ValuesFile>,
    /// Values that something will still be put into before the chart gets them.
    pub unknown: Vec<Unknown>,
    /// What may hold further values, but can't be read here: entries of `valuesFrom`, values files.
    pub unresolved: Vec<Span>,
    /// `spec.driftDetection`
    pub drift: Option<Drift>,
    /// `images` of the post-renderers.
    pub images: Vec<ImageReplacement>,
    /// `patches` of the post-renderers.
    pub patches: Vec<Patch>,
    /// `spec.commonMetadata.labels`
    pub common_labels: BTreeMap<String, Spanned<String>>,
    /// `spec.commonMetadata.annotations`
    pub common_annotations: BTreeMap<String, Spanned<String>>,
    /// It says which chart it installs; otherwise it is a patch for another release, or an Application without a chart.
    pub is_whole: bool,
    /// Something of kustomize in the repository patches it, so that values may be added or taken away.
    pub is_patched: bool,
    /// The namespace that a kustomization gives to all that it takes in, the release among it.
    pub later_namespace: Option<Spanned<String>>,
    /// What its controller, or the API server, refuses.
    pub problems: Vec<Problem>,
}

/// `spec.chart`, `spec.chartRef`, or a source of an Application.
#[derive(Clone, Debug)]
pub struct ChartReference {
    /// The key that says it: `chart`, `chartRef`, `source`; `spec` if nothing does.
    pub key: Span,
    /// The path or the name.
    pub name: Option<Spanned<String>>,
    /// `sourceRef.kind`, or `chartRef.kind`
    pub source_kind: Option<Spanned<String>>,
    /// `version`, or `targetRevision`
    pub version: Option<Spanned<String>>,
}

/// An entry of `spec.valuesFrom`.
#[derive(Clone, Debug)]
pub struct ValuesFrom {
    /// The `-` of the entry.
    pub dash: Span,
    /// The whole entry.
    pub span: Span,
    /// `ConfigMap` or `Secret`
    pub kind: String,
    /// Its name.
    pub name: Spanned<String>,
    /// `valuesKey`; `values.yaml` if absent.
    pub key: String,
    /// `targetPath`
    pub target_path: Option<Spanned<String>>,
    /// `optional: true`
    pub is_optional: bool,
    /// `literal: true`: the text at the `targetPath` is taken as it is.
    pub is_literal: bool,
    /// Where the values are.
    pub source: ValuesSource,
}

/// Where the values of a `valuesFrom` are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValuesSource {
    /// Their text stands here.
    Found(Span),
    /// Not in the repository, or in several places, or encrypted.
    Missing,
}

/// A value that is not known yet.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// Its path, indices of lists as numbers.
    pub path: Vec<Arc<str>>,
    /// Its place.
    pub span: Span,
}

/// An entry of `postRenderers[].kustomize.images`.
#[derive(Clone, Debug)]
pub struct ImageReplacement {
    /// `name`: the image before, without tag.
    pub name: Spanned<String>,
    /// `newName`
    pub new_name: Option<Spanned<String>>,
    /// `newTag`
    pub new_tag: Option<Spanned<String>>,
}

/// An entry of `postRenderers[].kustomize.patches`.
#[derive(Clone, Debug)]
pub struct Patch {
    /// The text of the patch.
    pub text: Spanned<String>,
    /// Which objects it patches.
    pub target: Option<Selector>,
}

/// Something that is refused before a chart is rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What: lower case, no full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Release {
    /// `HelmRelease apps/web`, the name of its scenario.
    pub fn title(&self) -> String {
        let namespace = self.namespace.as_ref().map(|namespace| namespace.value.as_str());
        documents::title(self.kind, namespace, &self.name.value)
    }

    /// For messages: "HelmRelease `apps/web`".
    pub fn shown(&self) -> String {
        let title = self.title();
        let name = title.split_once(' ').map_or(title.as_str(), |(_, name)| name);
        format!("{} `{name}`", self.kind)
    }

    /// The namespace into which the chart is installed, if the release says one. It may be one with `${…}` in it, see
    /// [`super::is_substituted`], and [`Self::later_namespace`] may go over it.
    pub fn release_namespace(&self) -> Option<&Spanned<String>> {
        match self.kind {
            ReleaseKind::HelmRelease => self.target_namespace.as_ref().or(self.namespace.as_ref()),
            // That of the Application is where Argo CD runs.
            ReleaseKind::Application => self.target_namespace.as_ref(),
        }
    }

    /// The namespace that templates see, as far as it is known.
    pub fn known_namespace(&self) -> Option<&str> {
        let own = match (self.kind, &self.target_namespace, &self.later_namespace) {
            (ReleaseKind::HelmRelease, None, Some(later)) => Some(later),
            _ => self.release_namespace(),
        };
        own.map(|namespace| namespace.value.as_str()).filter(|name| !is_substituted(name))
    }

    /// The name of the release in Helm (`GetReleaseName` and `release.ShortenName` of helm-controller).
    pub fn helm_name(&self) -> String {
        if let Some(name) = &self.release_name {
            return name.value.clone();
        }
        let name = match (self.kind, &self.target_namespace) {
            (ReleaseKind::HelmRelease, Some(namespace)) => {
                format!("{}-{}", namespace.value, self.name.value)
            }
            _ => return self.name.value.clone(),
        };
        if name.len() <= MAX_NAME {
            return name;
        }
        let mut hash = String::new();
        for byte in Sha256::digest(name.as_bytes()) {
            let _ = write!(hash, "{byte:02x}");
        }
        let end = name.floor_char_boundary(MAX_NAME - SHORT_HASH - 1);
        let (start, hash) = (name.get(..end), hash.get(..SHORT_HASH));
        format!("{}-{}", start.unwrap_or_default(), hash.unwrap_or_default())
    }

    /// Its values for a report: what is from a Secret is not shown.
    pub fn values_shown(&self) -> Json {
        let secrets = self.values_from.iter().filter(|from| from.kind == "Secret");
        let places: Vec<Span> = secrets
            .filter_map(|from| match from.source {
                ValuesSource::Found(span) => Some(span),
                ValuesSource::Missing => None,
            })
            .collect();
        hidden(self.values.clone(), &places).to_json()
    }

    /// The release of helm-controller that no longer knows its `apiVersion`, if that has come already.
    pub fn gone_since(&self) -> Option<&'static str> {
        match self.api_version.value.as_str() {
            "helm.toolkit.fluxcd.io/v2beta1" => Some("1.4.0"),
            "helm.toolkit.fluxcd.io/v2beta2" => Some("1.5.0"),
            _ => None,
        }
    }

    /// Whether its values are known as a whole: then what they don't have is not there.
    pub fn is_complete(&self) -> bool {
        self.unresolved.is_empty() && self.unknown.is_empty() && !self.is_patched
    }

    /// The entry at a path of the document.
    pub fn entry(&self, path: &[&str]) -> Option<&Entry> {
        nodes::entry(&self.root.node, path)
    }

    /// The key at a path of the document.
    pub fn key(&self, path: &[&str]) -> Option<Span> {
        nodes::key(&self.root.node, path, self.file)
    }

    /// Whether the value at a path, or something around or inside of it, is not known yet.
    pub fn unknown_at(&self, path: &[&str]) -> Option<&Unknown> {
        self.unknown
            .iter()
            .find(|unknown| unknown.path.iter().zip(path).all(|(own, other)| **own == **other))
    }

    /// Whether a patch of the post-renderers may give pods pull secrets.
    pub fn may_add_pull_secrets(&self) -> bool {
        self.entry(&["spec", "postRenderers"])
            .is_some_and(|entry| nodes::mentions(&entry.value.node, PULL_SECRETS, 0))
    }

    /// Where a value that is missing belongs: at `values:`, else at `spec:`.
    pub fn place_for_values(&self) -> Span {
        self.values_key.unwrap_or(self.spec)
    }

    /// The entry of the post-renderers that gives an image, by its name without tag, another name.
    pub fn renamed(&self, image: &str) -> Option<(&ImageReplacement, &Spanned<String>)> {
        let found = self.images.iter().rev().find(|replacement| replacement.name.value == image)?;
        found.new_name.as_ref().map(|name| (found, name))
    }
}

/// The values, without what was written in one of these places; of a place without length, the whole file is meant.
fn hidden(mut value: Value, places: &[Span]) -> Value {
    match &mut value.data {
        Data::List(items) => {
            *items = std::mem::take(items).into_iter().map(|item| hidden(item, places)).collect();
        }
        Data::Map(map) => {
            let entries = std::mem::take(map).into_iter();
            *map = entries.map(|(key, item)| (key, hidden(item, places))).collect();
        }
        Data::Null => {}
        _ => {
            let is_secret = value.source.as_ref().is_some_and(|source| {
                let own = source.value;
                places.iter().any(|place| {
                    place.file == own.file
                        && (place.range.is_empty()
                            || (place.range.start <= own.range.start
                                && own.range.end <= place.range.end))
                })
            });
            if is_secret {
                value.data = Data::Str(Arc::from(HIDDEN));
            }
        }
    }
    value
}
