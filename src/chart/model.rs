//! A loaded chart: everything read, nothing evaluated.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::source::{FileId, Span};
use crate::template::Ast;
use crate::yaml::Stream;

/// Something read from a file and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What.
    pub value: T,
    /// Where; an empty span at the start of the file for a default.
    pub span: Span,
}

/// A chart with its subcharts. All its [`FileId`]s belong to one [`crate::source::SourceMap`].
#[derive(Debug)]
pub struct Chart {
    /// Chart.yaml.
    pub metadata: Metadata,
    /// The directory or archive as reported, without a slash at the end.
    pub path: String,
    /// values.yaml, if there is one.
    pub values: Option<ValuesFile>,
    /// Files below `templates/`, in Helm's order of loading (by name).
    pub templates: Vec<Template>,
    /// `.Files`, by name: everything but Chart.yaml, Chart.lock, values.yaml, values.schema.json, templates and
    /// subcharts. README.md, LICENSE, `.helmignore`, crds/ and signatures in charts/ are in it.
    pub files: Vec<ChartFile>,
    /// Manifests below `crds/`, by name; they are in `files` too.
    pub crds: Vec<ChartFile>,
    /// Chart.lock, or requirements.lock of a v1 chart.
    pub lock: Option<ChartFile>,
    /// values.schema.json.
    pub schema: Option<ChartFile>,
    /// Charts below `charts/`, unpacked ones and archives, in Helm's order of loading; behind them those that are linked.
    pub subcharts: Vec<Chart>,
    /// The folders directly in it, as far as `.helmignore` lets Helm see them, empty ones too; none for an archive.
    pub folders: Vec<String>,
    /// The `repository` of its parent's dependency, `file://…`, if it does not stand in charts/ but was found there. Helm
    /// does not render its parent before `helm dependency build`.
    pub linked: Option<Arc<str>>,
}

/// A values file and its tree.
#[derive(Clone, Debug)]
pub struct ValuesFile {
    /// The file.
    pub file: FileId,
    /// Its documents; Helm merges them in order.
    pub stream: Arc<Stream>,
}

/// A template file.
#[derive(Clone, Debug)]
pub struct Template {
    /// Path inside the chart, `templates/deployment.yaml`.
    pub name: Arc<str>,
    /// The file.
    pub file: FileId,
    /// Its tree; the same text in several charts has the same tree.
    pub ast: Arc<Ast>,
}

/// A file of which only the bytes matter.
#[derive(Clone, Debug)]
pub struct ChartFile {
    /// Path inside the chart, `config/app.toml`.
    pub name: Arc<str>,
    /// Its bytes.
    pub data: Arc<[u8]>,
    /// As text for diagnostics, if it is UTF-8.
    pub file: Option<FileId>,
}

/// Chart.yaml (with the dependencies of requirements.yaml for a v1 chart), numbers as text as Go decodes them.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// Chart.yaml.
    pub file: FileId,
    /// Its tree.
    pub stream: Arc<Stream>,
    /// `name`; empty if absent.
    pub name: Spanned<String>,
    /// `version`
    pub version: Option<Spanned<String>>,
    /// `apiVersion`; empty if absent.
    pub api_version: Spanned<String>,
    /// `appVersion`
    pub app_version: Option<Spanned<String>>,
    /// `type`: `application` if absent.
    pub kind: Spanned<String>,
    /// `kubeVersion`
    pub kube_version: Option<Spanned<String>>,
    /// `dependencies`
    pub dependencies: Vec<Dependency>,
    /// `annotations`
    pub annotations: BTreeMap<String, Spanned<String>>,
    /// What no rule of evaluation depends on, but `.Chart` shows.
    pub about: About,
    /// What Helm can't decode, and null entries of lists.
    pub refused: Vec<Refused>,
}

/// A value of Chart.yaml or requirements.yaml that Helm's struct can't take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The field, `dependencies` or `version`.
    pub field: String,
    /// The value.
    pub span: Span,
    /// What it is, as encoding/json calls it.
    pub found: &'static str,
    /// The type that Go wanted; empty for a null among the entries of a list.
    pub wanted: String,
}

/// The fields of Chart.yaml that only describe the chart.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// `description`
    pub description: Option<Spanned<String>>,
    /// `home`
    pub home: Option<Spanned<String>>,
    /// `icon`
    pub icon: Option<Spanned<String>>,
    /// `sources`
    pub sources: Vec<Spanned<String>>,
    /// `keywords`
    pub keywords: Vec<Spanned<String>>,
    /// `maintainers`
    pub maintainers: Vec<Maintainer>,
    /// `condition`, of Helm 2.
    pub condition: Option<Spanned<String>>,
    /// `tags`, of Helm 2.
    pub tags: Option<Spanned<String>>,
    /// `deprecated`
    pub deprecated: bool,
}

/// An entry of `maintainers:`.
#[derive(Clone, Debug)]
pub struct Maintainer {
    /// The whole entry.
    pub span: Span,
    /// `name`
    pub name: Option<Spanned<String>>,
    /// `email`
    pub email: Option<Spanned<String>>,
    /// `url`
    pub url: Option<Spanned<String>>,
}

/// An entry of `dependencies:`.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The whole entry.
    pub span: Span,
    /// `name`
    pub name: Spanned<String>,
    /// `version`
    pub version: Option<Spanned<String>>,
    /// `repository`
    pub repository: Option<Spanned<String>>,
    /// `alias`
    pub alias: Option<Spanned<String>>,
    /// `condition`: paths, joined by commas
    pub condition: Option<Spanned<String>>,
    /// `tags`
    pub tags: Vec<Spanned<String>>,
    /// `import-values`, still as a tree.
    pub import_values: Option<Arc<crate::yaml::Node>>,
}

impl Chart {
    /// Whether it was read out of an archive.
    pub fn is_packed(&self) -> bool {
        let path = self.path.to_ascii_lowercase();
        [".tgz", ".tar.gz"].iter().any(|ending| path.ends_with(ending))
    }

    /// Whether it is `type: library`, which renders nothing.
    pub fn is_library(&self) -> bool {
        self.metadata.kind.value == "library"
    }

    /// The folders of all linked charts below it.
    pub fn linked_paths(&self) -> Vec<String> {
        let below = self.subcharts.iter().flat_map(|sub| {
            let own = sub.linked.is_some().then(|| sub.path.clone());
            own.into_iter().chain(sub.linked_paths())
        });
        below.collect()
    }
}
