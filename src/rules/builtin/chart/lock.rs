//! Chart.lock, and the digest by which Helm knows whether it fits (`resolver.HashReq` of Helm's `internal/resolver`).

use sha2::{Digest as _, Sha256};

use crate::chart::{Chart, Dependency, field, scalar_text};
use crate::source::{FileId, Span};
use crate::yaml::{self, Node, NodeKind};

/// What Chart.lock says.
pub(super) struct Lock {
    /// `Chart.lock`, or `requirements.lock` of a chart of Helm 2.
    pub(super) name: String,
    pub(super) entries: Vec<Locked>,
    /// `digest`, and where it stands.
    pub(super) digest: Option<(String, Span)>,
}

/// A dependency in it.
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) version: String,
    repository: String,
    /// Where its version stands, else the entry.
    pub(super) place: Span,
    /// It says more than Helm writes.
    has_more: bool,
}

impl Lock {
    /// That of a chart, if it is one that Helm can read.
    pub(super) fn of(chart: &Chart) -> Option<Self> {
        let lock = chart.lock.as_ref()?;
        let file = lock.file?;
        let stream = yaml::parse(std::str::from_utf8(&lock.data).ok()?);
        if !stream.errors.is_empty() {
            return None;
        }
        let root = &stream.documents.first()?.root.as_ref()?.node;
        let items = field(root, "dependencies").map_or(&[][..], |entry| entry.value.node.items());
        let entries = items.iter().map(|item| locked(&item.node, item.range.in_file(file), file));
        let digest = field(root, "digest").and_then(|entry| {
            Some((scalar_text(&entry.value.node)?, entry.value.range.in_file(file)))
        });
        Some(Self { name: lock.name.to_string(), entries: entries.collect(), digest })
    }

    /// Whether its digest is that of the chart's dependencies; nothing if that can't be told.
    pub(super) fn fits(&self, chart: &Chart) -> Option<bool> {
        let (digest, _) = self.digest.as_ref()?;
        if self.entries.iter().any(|locked| locked.has_more) {
            return None;
        }
        let metadata = &chart.metadata;
        let is_odd = |entry: &Node| field(entry, "enabled").is_some();
        let listed = metadata.field("dependencies");
        if listed
            .is_some_and(|listed| listed.value.node.items().iter().any(|item| is_odd(&item.node)))
        {
            return None;
        }
        let wanted: Option<Vec<String>> = metadata.dependencies.iter().map(declared_json).collect();
        let wanted = wanted?.join(",");
        let locked: Vec<String> = self.entries.iter().map(locked_json).collect();
        let sum = |text: String| {
            let bytes = Sha256::digest(text.as_bytes());
            let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("sha256:{}", hex.concat())
        };
        let mut sums = vec![sum(format!("[[{wanted}],[{}]]", locked.join(",")))];
        if metadata.is_v1() {
            // A lock of Helm 2.
            sums.push(sum(format!("{{\"dependencies\":[{wanted}]}}")));
        }
        Some(sums.contains(digest))
    }
}

fn locked(node: &Node, entry: Span, file: FileId) -> Locked {
    let text = |name: &str| {
        field(node, name).and_then(|entry| scalar_text(&entry.value.node)).unwrap_or_default()
    };
    let place = field(node, "version").map_or(entry, |entry| entry.value.range.in_file(file));
    let known = ["name", "version", "repository"];
    Locked {
        name: text("name"),
        version: text("version"),
        repository: text("repository"),
        place,
        has_more: node.entries().any(|entry| !known.contains(&&*entry.key)),
    }
}

/// As Go's encoding/json writes `chart.Dependency`.
fn locked_json(locked: &Locked) -> String {
    let mut parts = vec![format!("\"name\":{}", quoted(&locked.name))];
    if !locked.version.is_empty() {
        parts.push(format!("\"version\":{}", quoted(&locked.version)));
    }
    parts.push(format!("\"repository\":{}", quoted(&locked.repository)));
    format!("{{{}}}", parts.join(","))
}

/// The same for one of Chart.yaml; nothing for what Go would write in a way that is not known here.
fn declared_json(dependency: &Dependency) -> Option<String> {
    let value = |field: &Option<crate::chart::Spanned<String>>| {
        field.as_ref().map(|field| field.value.clone()).filter(|value| !value.is_empty())
    };
    let mut parts = vec![format!("\"name\":{}", quoted(&dependency.name.value))];
    let mut push = |name: &str, value: Option<String>| {
        parts.extend(value.map(|value| format!("\"{name}\":{value}")));
    };
    push("version", value(&dependency.version).map(|text| quoted(&text)));
    push("repository", Some(quoted(&value(&dependency.repository).unwrap_or_default())));
    push("condition", value(&dependency.condition).map(|text| quoted(&text)));
    if !dependency.tags.is_empty() {
        let tags: Vec<String> = dependency.tags.iter().map(|tag| quoted(&tag.value)).collect();
        push("tags", Some(format!("[{}]", tags.join(","))));
    }
    if let Some(node) = &dependency.import_values
        && !node.items().is_empty()
    {
        let items: Option<Vec<String>> =
            node.items().iter().map(|item| import_json(&item.node)).collect();
        push("import-values", Some(format!("[{}]", items?.join(","))));
    }
    push("alias", value(&dependency.alias).map(|text| quoted(&text)));
    Some(format!("{{{}}}", parts.join(",")))
}

fn import_json(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Str(text) => Some(quoted(text)),
        NodeKind::Map(_) => {
            let mut entries: Vec<(&str, &str)> = node
                .entries()
                .map(|entry| Some((&*entry.key, entry.value.node.as_str()?)))
                .collect::<Option<_>>()?;
            entries.sort_unstable();
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}:{}", quoted(key), quoted(value)))
                .collect();
            Some(format!("{{{}}}", entries.join(",")))
        }
        _ => None,
    }
}

/// A string of JSON in which Go escapes what HTML would read.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}
