//! The data that templates see: `.Values`, `.Chart`, `.Release`, `.Capabilities`, `.Files`, `.Subcharts`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::bytes::escape;
use crate::chart::{Chart, Dependency, Spanned};
use crate::source::{FileId, SourceMap, Span};
use crate::values::{Active, ActiveChart, Data, Value as SourceValue};

use super::capabilities::{
    Capabilities, GO_VERSION, HELM_VERSION, KUBE_CLIENT_VERSION, KubeVersion,
};
use super::origin::{Memories, Memory, MemoryKind};
use super::text::{MemoryId, NOWHERE, OriginId, Text, TextBuilder};
use super::value::{Field, Kind, ListType, MapType, StructType, Value};

/// `.Release`.
#[derive(Clone, Debug)]
pub struct Release {
    /// `.Release.Name`
    pub name: String,
    /// `.Release.Namespace`
    pub namespace: String,
    /// `.Release.IsUpgrade`; `IsInstall` is its opposite.
    pub is_upgrade: bool,
    /// `.Release.Revision`
    pub revision: i64,
}

impl Default for Release {
    /// As `helm template` has it.
    fn default() -> Self {
        Self {
            name: "release-name".to_owned(),
            namespace: "default".to_owned(),
            is_upgrade: false,
            revision: 1,
        }
    }
}

/// A template with its data.
pub(super) struct Renderable<'a> {
    /// `mychart/charts/sub/templates/x.yaml`
    pub(super) name: Arc<str>,
    pub(super) template: &'a crate::chart::Template,
    pub(super) chart: &'a ActiveChart<'a>,
    /// `.`; the chart's other templates share it.
    pub(super) data: Value,
    /// `.Template.BasePath`
    pub(super) base_path: Arc<str>,
}

/// Deep paths first, then by name from the end (`engine.go`, `sortTemplates`).
fn by_depth(a: &str, b: &str) -> std::cmp::Ordering {
    let depth = |name: &str| name.matches('/').count();
    (depth(b), b).cmp(&(depth(a), a))
}

/// All templates that Helm parses, partials too, under its names and in its order.
pub fn templates_in_order<'a>(active: &Active<'a>) -> Vec<(Arc<str>, &'a crate::chart::Template)> {
    fn collect<'a>(
        active: &ActiveChart<'a>,
        parent: &str,
        found: &mut Vec<(Arc<str>, &'a crate::chart::Template)>,
    ) {
        let full = full_name(active, parent);
        for sub in &active.subcharts {
            collect(sub, &full, found);
        }
        for template in valid_templates(active.chart) {
            found.push((Arc::from(format!("{full}/{}", template.name)), template));
        }
    }
    let mut found = Vec::new();
    collect(&active.root, "", &mut found);
    found.sort_by(|(a, _), (b, _)| by_depth(a, b));
    found
}

/// `mychart/charts/sub`
fn full_name(active: &ActiveChart<'_>, parent: &str) -> String {
    if parent.is_empty() {
        active.name.to_string()
    } else {
        format!("{parent}/charts/{}", active.name)
    }
}

/// Of a library only partials count (`isTemplateValid` in `engine.go`).
fn valid_templates(chart: &Chart) -> impl Iterator<Item = &crate::chart::Template> {
    chart.templates.iter().filter(|template| {
        let base = template.name.rsplit('/').next().unwrap_or_default();
        !chart.is_library() || base.starts_with('_')
    })
}

/// Builds the data of all charts; and, while at it, the memories of all values.
pub(super) struct ScopeBuilder<'s> {
    sources: &'s SourceMap,
    memories: Memories,
    release: Value,
    capabilities: Value,
}

impl<'s> ScopeBuilder<'s> {
    pub(super) fn new(
        sources: &'s SourceMap,
        release: &Release,
        capabilities: &Capabilities,
    ) -> Self {
        let mut memories = Memories::default();
        let release = release_value(release, &mut memories);
        let capabilities = capabilities_value(capabilities, &mut memories);
        Self { sources, memories, release, capabilities }
    }

    /// The templates of the chart and its subcharts in the order in which Helm renders them.
    pub(super) fn build<'a>(mut self, active: &'a Active<'a>) -> (Vec<Renderable<'a>>, Memories) {
        let values = self.value(&active.values, MemoryId::NONE, Arc::from(""), false);
        let values = match values.kind {
            Kind::Map(_) => values.as_map_type(MapType::Values),
            _ => Value::map_of(BTreeMap::new(), MapType::Values),
        };
        let mut renderables = Vec::new();
        self.chart(&active.root, "", &values, &mut renderables);
        renderables.sort_by(|a, b| by_depth(&a.name, &b.name));
        (renderables, self.memories)
    }

    fn chart<'a>(
        &mut self,
        active: &'a ActiveChart<'a>,
        parent: &str,
        values: &Value,
        renderables: &mut Vec<Renderable<'a>>,
    ) -> Value {
        let full = full_name(active, parent);
        let files = self.files(active.chart);
        let metadata = self.metadata(active, parent.is_empty());
        let subcharts = Value::map(BTreeMap::new());
        let entries = BTreeMap::from([
            (Arc::from("Chart"), metadata),
            (Arc::from("Files"), files),
            (Arc::from("Release"), self.release.clone()),
            (Arc::from("Capabilities"), self.capabilities.clone()),
            (Arc::from("Values"), values.clone()),
            (Arc::from("Subcharts"), subcharts.clone()),
        ]);
        let data = Value::map_of(entries, MapType::Values);
        for sub in &active.subcharts {
            let own = table(values, &sub.name);
            let child = self.chart(sub, &full, &own, renderables);
            if let Some(map) = subcharts.as_map() {
                map.entries.borrow_mut().insert(Arc::clone(&sub.name), child);
            }
        }
        let base_path: Arc<str> = Arc::from(format!("{full}/templates"));
        for template in valid_templates(active.chart) {
            renderables.push(Renderable {
                name: Arc::from(format!("{full}/{}", template.name)),
                template,
                chart: active,
                data: data.clone(),
                base_path: Arc::clone(&base_path),
            });
        }
        // To a template its data are `common.Values`; to the parent chart a plain map with the same entries.
        data.as_map_type(MapType::Any)
    }

    /// A value of the merged tree, with the memory of the file that set it.
    fn value(
        &mut self,
        value: &SourceValue,
        parent: MemoryId,
        segment: Arc<str>,
        is_index: bool,
    ) -> Value {
        let source = value.source.as_ref();
        let memory = self.memories.add(Memory {
            kind: MemoryKind::Values,
            parent,
            segment,
            is_index,
            key: source.and_then(|source| source.key),
            value: source.map(|source| source.value),
        });
        let kind = match &value.data {
            Data::Null => Kind::Nil,
            Data::Bool(value) => Kind::Bool(*value),
            Data::Int(value) => Kind::Int(*value, super::value::IntType::Int64),
            Data::Float(value) => Kind::Float(*value),
            Data::Str(text) => Kind::Str(remembered(text, memory, source)),
            Data::List(items) => {
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| self.value(item, memory, Arc::from(at.to_string()), true))
                    .collect();
                return Value::list(items).with_memory(memory);
            }
            Data::Map(map) => {
                let entries = map
                    .iter()
                    .map(|(key, value)| {
                        (Arc::clone(key), self.value(value, memory, Arc::clone(key), false))
                    })
                    .collect();
                return Value::map(entries).with_memory(memory);
            }
        };
        Value { kind, memory }
    }

    fn files(&mut self, chart: &Chart) -> Value {
        let entries = chart.files.iter().map(|file| {
            let span = file.file.map(|id| Span::new(id, 0, file.data.len()));
            let value = Value::new(Kind::Bytes(Arc::clone(&file.data)));
            let value = match span {
                Some(span) => value.with_memory(self.memories.add(Memory {
                    kind: MemoryKind::File,
                    parent: MemoryId::NONE,
                    segment: Arc::clone(&file.name),
                    is_index: false,
                    key: None,
                    value: Some(span),
                })),
                None => value,
            };
            (Arc::clone(&file.name), value)
        });
        Value::map_of(entries.collect(), MapType::Files)
    }

    /// `.Chart`: Go's field names, for Helm 4 turns the struct into a map (`pkg/chart/common.go`).
    fn metadata(&mut self, active: &ActiveChart<'_>, is_root: bool) -> Value {
        let metadata = &active.chart.metadata;
        let text = |builder: &mut Self, value: Option<&Spanned<String>>| match value {
            Some(value) => builder.metadata_text(metadata.file, value),
            None => Value::plain(""),
        };
        let strings = |builder: &mut Self, values: &[Spanned<String>]| {
            Value::list(
                values.iter().map(|value| builder.metadata_text(metadata.file, value)).collect(),
            )
        };
        let name = if active.dependency.is_some_and(|dependency| dependency.alias.is_some()) {
            Value::plain(Arc::clone(&active.name))
        } else {
            self.metadata_text(metadata.file, &metadata.name)
        };
        let maintainers = metadata.about.maintainers.iter().map(|maintainer| {
            let fields = [
                ("Name", &maintainer.name),
                ("Email", &maintainer.email),
                ("URL", &maintainer.url),
            ];
            Value::map(
                fields
                    .into_iter()
                    .map(|(key, value)| (Arc::from(key), text(self, value.as_ref())))
                    .collect(),
            )
        });
        let maintainers = Value::list(maintainers.collect());
        let annotations: BTreeMap<_, _> = metadata
            .annotations
            .iter()
            .map(|(key, value)| (Arc::from(key.as_str()), self.metadata_text(metadata.file, value)))
            .collect();
        let annotations_type =
            if annotations.is_empty() { MapType::NilStrings } else { MapType::Strings };
        let dependencies =
            active.dependencies.iter().map(|dependency| self.dependency(metadata.file, dependency));
        let dependencies = Value::list(dependencies.collect());
        let kind = if metadata.kind.span.range.is_empty() {
            Value::plain("")
        } else {
            self.metadata_text(metadata.file, &metadata.kind)
        };
        let entries = [
            ("Name", name),
            ("Home", text(self, metadata.about.home.as_ref())),
            ("Sources", strings(self, &metadata.about.sources)),
            ("Version", text(self, metadata.version.as_ref())),
            ("Description", text(self, metadata.about.description.as_ref())),
            ("Keywords", strings(self, &metadata.about.keywords)),
            ("Maintainers", maintainers),
            ("Icon", text(self, metadata.about.icon.as_ref())),
            ("APIVersion", self.metadata_text(metadata.file, &metadata.api_version)),
            ("Condition", text(self, metadata.about.condition.as_ref())),
            ("Tags", text(self, metadata.about.tags.as_ref())),
            ("AppVersion", text(self, metadata.app_version.as_ref())),
            ("Deprecated", Value::bool(metadata.about.deprecated)),
            ("Annotations", Value::map_of(annotations, annotations_type)),
            ("KubeVersion", text(self, metadata.kube_version.as_ref())),
            ("Dependencies", dependencies),
            ("Type", kind),
            ("IsRoot", Value::bool(is_root)),
        ];
        Value::map(entries.into_iter().map(|(key, value)| (Arc::from(key), value)).collect())
    }

    fn dependency(&mut self, file: FileId, dependency: &Dependency) -> Value {
        let mut text = |value: Option<&Spanned<String>>| match value {
            Some(value) => self.metadata_text(file, value),
            None => Value::plain(""),
        };
        let mut entries = vec![
            ("Name", text(Some(&dependency.name))),
            ("Version", text(dependency.version.as_ref())),
            ("Repository", text(dependency.repository.as_ref())),
            ("Condition", text(dependency.condition.as_ref())),
            ("Alias", text(dependency.alias.as_ref())),
            ("Enabled", Value::bool(true)),
            ("ImportValues", Value::list(Vec::new())),
        ];
        let tags = dependency.tags.iter().map(|tag| text(Some(tag))).collect();
        entries.push(("Tags", Value::list(tags)));
        Value::map(entries.into_iter().map(|(key, value)| (Arc::from(key), value)).collect())
    }

    /// A field of Chart.yaml; literal where the file has exactly this text.
    fn metadata_text(&mut self, _file: FileId, value: &Spanned<String>) -> Value {
        if value.span.range.is_empty() {
            return Value::plain(value.value.as_str());
        }
        let memory = self.memories.add(Memory {
            kind: MemoryKind::Metadata,
            parent: MemoryId::NONE,
            segment: Arc::from(""),
            is_index: false,
            key: None,
            value: Some(value.span),
        });
        let written = self.sources.slice(value.span);
        let at = written
            .find(value.value.as_str())
            .map_or(NOWHERE, |at| value.span.range.start + at as u32);
        let text = &*escape(value.value.as_bytes());
        let at = if text.len() == value.value.len() { at } else { NOWHERE };
        let text = Text::with_origin(text, OriginId::of_memory(memory), at);
        Value { kind: Kind::Str(text), memory }
    }
}

/// A string of a file, each byte with its place where it stands literally.
fn remembered(text: &Arc<str>, memory: MemoryId, source: Option<&crate::values::Source>) -> Text {
    let origin = OriginId::of_memory(memory);
    let segments = source.map_or(&[][..], |source| &source.segments);
    if let Cow::Owned(escaped) = escape(text.as_bytes()) {
        return Text::with_origin(escaped, origin, NOWHERE);
    }
    match segments {
        [] => Text::with_origin(Arc::clone(text), origin, NOWHERE),
        [only] if only.text_start == 0 && only.len as usize == text.len() => {
            Text::with_origin(Arc::clone(text), origin, only.source_start)
        }
        _ => {
            let mut out = TextBuilder::default();
            let mut done = 0;
            for segment in segments {
                let (start, end) =
                    (segment.text_start as usize, (segment.text_start + segment.len) as usize);
                out.push(text.get(done..start).unwrap_or_default(), origin, NOWHERE);
                out.push(text.get(start..end).unwrap_or_default(), origin, segment.source_start);
                done = end;
            }
            out.push(text.get(done..).unwrap_or_default(), origin, NOWHERE);
            out.finish()
        }
    }
}

/// A subchart's values: the table under its name, shared with the parent as in Helm.
fn table(values: &Value, name: &str) -> Value {
    let mut value = values.clone();
    // Helm splits a chart's name at dots to find its values, and finds none then.
    for part in name.split('.') {
        let next = value.as_map().and_then(|map| map.entries.borrow().get(part).cloned());
        match next {
            Some(next) if next.as_map().is_some() => value = next,
            _ => return Value::map_of(BTreeMap::new(), MapType::Values),
        }
    }
    value.as_map_type(MapType::Values)
}

/// A field of the release or the cluster, which knows its name.
fn environment(memories: &mut Memories, name: &str, value: Value) -> Value {
    let memory = memories.add(Memory {
        kind: MemoryKind::Environment,
        parent: MemoryId::NONE,
        segment: Arc::from(name),
        is_index: false,
        key: None,
        value: None,
    });
    match value.kind {
        Kind::Str(text) => Value::text(Text::with_origin(
            Arc::clone(text.shared()),
            OriginId::of_memory(memory),
            NOWHERE,
        )),
        kind => Value { kind, memory },
    }
}

fn release_value(release: &Release, memories: &mut Memories) -> Value {
    let mut field = |name: &str, value| (Arc::from(name), environment(memories, name, value));
    Value::map(BTreeMap::from([
        field("Name", Value::plain(release.name.as_str())),
        field("Namespace", Value::plain(release.namespace.as_str())),
        field("IsUpgrade", Value::bool(release.is_upgrade)),
        field("IsInstall", Value::bool(!release.is_upgrade)),
        (Arc::from("Revision"), Value::int(release.revision)),
        (Arc::from("Service"), Value::plain("Helm")),
    ]))
}

fn capabilities_value(capabilities: &Capabilities, memories: &mut Memories) -> Value {
    let field = |name, json, value| Field { name, json: Some(json), omit_empty: false, value };
    let KubeVersion { version, normalized, major, minor } = &capabilities.kube_version;
    let mut text = |name: &str, text: &str| environment(memories, name, Value::plain(text));
    let kube = Value::structure(
        StructType::KubeVersion,
        vec![
            field("Version", "Version", text("KubeVersion", version)),
            field("Major", "Major", text("Major", major)),
            field("Minor", "Minor", text("Minor", minor)),
        ],
        text("KubeVersion", normalized),
    );
    let versions =
        capabilities.api_versions.iter().map(|version| Value::plain(version.as_str())).collect();
    let helm = Value::structure(
        StructType::Data("version.BuildInfo"),
        vec![
            Field {
                name: "Version",
                json: Some("version"),
                omit_empty: true,
                value: Value::plain(HELM_VERSION),
            },
            Field {
                name: "GitCommit",
                json: Some("git_commit"),
                omit_empty: true,
                value: Value::plain(""),
            },
            Field {
                name: "GitTreeState",
                json: Some("git_tree_state"),
                omit_empty: true,
                value: Value::plain(""),
            },
            Field {
                name: "GoVersion",
                json: Some("go_version"),
                omit_empty: true,
                value: Value::plain(GO_VERSION),
            },
            field("KubeClientVersion", "kube_client_version", Value::plain(KUBE_CLIENT_VERSION)),
        ],
        Value::NIL,
    );
    Value::structure(
        StructType::Capabilities,
        vec![
            field("KubeVersion", "KubeVersion", kube),
            field("APIVersions", "APIVersions", Value::list_of(versions, ListType::VersionSet)),
            field("HelmVersion", "HelmVersion", helm),
        ],
        Value::NIL,
    )
}

/// Sets `.Template` for the template that is rendered next.
pub(super) fn set_template(data: &Value, name: &Arc<str>, base_path: &Arc<str>) {
    let Some(map) = data.as_map() else { return };
    let template = Value::map_of(
        BTreeMap::from([
            (Arc::from("Name"), Value::plain(Arc::clone(name))),
            (Arc::from("BasePath"), Value::plain(Arc::clone(base_path))),
        ]),
        MapType::Values,
    );
    Rc::clone(map).entries.borrow_mut().insert(Arc::from("Template"), template);
}
