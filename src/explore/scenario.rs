//! A chart's values and cluster, and what a scenario changes about those of the base.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::config::names;
use crate::diagnostic::in_words;
use crate::engine::explore::{EnvironmentKey, Key, Side};
use crate::engine::{Environment, KubeVersion};
use crate::release::{Release, is_substituted};
use crate::source::Span;
use crate::values::{Data, Value};

/// Where a scenario is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScenarioKind {
    /// The chart's defaults, or with `-f` and `--set` what they give over them.
    Base,
    /// `ci/*-values.yaml`, `value-sets` of the configuration, or a release of the chart.
    User,
    /// Made up to open a branch.
    Opened,
}

/// Values and a cluster under which a chart is rendered.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// `base`, `ci/x-values.yaml`, the name of a value set, `HelmRelease apps/web`, or `opened-1`.
    pub name: String,
    /// Where it is from.
    pub kind: ScenarioKind,
    /// What stands over the chart's defaults.
    pub user: Value,
    /// The release and the cluster.
    pub environment: Environment,
    /// The release whose values these are, if it is one.
    pub release: Option<Arc<Release>>,
    /// Helm prints nothing of it: it is shown for what is wrong with it, and not kept.
    pub is_broken: bool,
    /// For an opened one: what it changes about the base.
    pub changes: Changes,
    /// For an opened one: the conditions that it makes come out otherwise, with the keys that do it.
    pub opens: Vec<Opening>,
}

/// A condition that a scenario opens.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The opening action of the branch, or the entry of Chart.yaml.
    pub condition: Span,
    /// The side that it opens.
    pub side: Side,
    /// What decides the condition.
    pub keys: Vec<Key>,
    /// All that had to be changed for it: those keys, and what opens the branches around it.
    pub changes: Changes,
}

/// Changes by key. What stands deeper comes later, and changes what stands around it.
pub type Changes = BTreeMap<Key, Setting>;

/// What a key is changed to.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The value; null takes a key away.
    pub data: Data,
    /// Its shape follows from the defaults, a literal or the schema; otherwise it is a guess.
    pub is_sure: bool,
    /// It keeps the chart from failing, or switches a subchart on: what builds on the scenario needs it too.
    pub is_needed: bool,
}

impl Scenario {
    /// The given values as they are.
    pub fn new(
        name: impl Into<String>,
        kind: ScenarioKind,
        user: Value,
        environment: Environment,
    ) -> Self {
        let (changes, opens) = (Changes::new(), Vec::new());
        Self {
            name: name.into(),
            kind,
            user,
            environment,
            release: None,
            is_broken: false,
            changes,
            opens,
        }
    }

    /// The values of a release, in a cluster as `environment` has it.
    pub fn of_release(name: String, release: Arc<Release>, mut environment: Environment) -> Self {
        let helm_name = release.helm_name();
        if !helm_name.is_empty() && !is_substituted(&helm_name) {
            environment.release.name = helm_name;
        }
        if let Some(namespace) = release.known_namespace() {
            namespace.clone_into(&mut environment.release.namespace);
        }
        let mut scenario = Self::new(name, ScenarioKind::User, release.values.clone(), environment);
        scenario.release = Some(release);
        scenario
    }

    /// For people: `ci/x-values.yaml`, "the value set `x`", or "the HelmRelease `apps/web`".
    pub fn shown_name(&self) -> String {
        if let Some(release) = &self.release {
            let name = self.name.split_once(' ').map_or(&*self.name, |(_, name)| name);
            return format!("the {} `{name}`", release.kind);
        }
        if self.kind == ScenarioKind::User && !names::is_in_ci(&self.name) {
            return format!("the value set `{}`", self.name);
        }
        self.name.clone()
    }

    /// The scenario with `changes` in place of its own. `effective` are the merged values of the base.
    pub fn with_changes(&self, effective: &Value, changes: Changes) -> Self {
        let mut scenario = Self { kind: ScenarioKind::Opened, release: None, ..self.clone() };
        for (key, setting) in &changes {
            match key {
                Key::Value(path) => {
                    put(&mut scenario.user, effective, path, setting.data.clone());
                }
                Key::Environment(key) => change(&mut scenario.environment, key, &setting.data),
            }
        }
        scenario.changes = changes;
        scenario
    }
}

/// Puts a value at a path; a list on the way is copied as a whole, because Helm replaces lists.
fn put(user: &mut Value, effective: &Value, path: &[Arc<str>], data: Data) {
    let Some((first, rest)) = path.split_first() else {
        user.data = data;
        user.source = None;
        return;
    };
    match &mut user.data {
        Data::Map(map) => {
            let below = effective.as_map().and_then(|map| map.get(first));
            let entry = map.entry(Arc::clone(first)).or_insert_with(|| {
                match below.map(|value| &value.data) {
                    Some(Data::List(items)) if !rest.is_empty() => {
                        Value { data: Data::List(items.clone()), source: None }
                    }
                    _ if rest.is_empty() => Value::default(),
                    _ => Value::made_up(Data::Map(BTreeMap::new())),
                }
            });
            let nothing = Value::default();
            put(entry, below.unwrap_or(&nothing), rest, data);
        }
        Data::List(items) => {
            let Ok(index) = first.parse::<usize>() else { return };
            if let Some(item) = items.get_mut(index) {
                // An item of a list is all that there is of it.
                put(item, &Value::default(), rest, data);
            }
        }
        _ => {
            user.data = Data::Map(BTreeMap::new());
            user.source = None;
            put(user, effective, path, data);
        }
    }
}

/// The values among changes, as a file of values for Helm. `effective` are those of the base: of a list that is
/// changed in parts, Helm needs the whole.
pub fn overlay(changes: &Changes, effective: &Value) -> Value {
    let mut values = Value::made_up(Data::Map(BTreeMap::new()));
    for (key, setting) in changes {
        if let Key::Value(path) = key {
            put(&mut values, effective, path, setting.data.clone());
        }
    }
    values
}

/// Changes in words: "`worker.enabled: true` and Kubernetes v1.18.0".
pub fn shown(changes: &Changes, effective: &Value) -> String {
    let values = overlay(changes, effective);
    let parts: Vec<String> = changes
        .iter()
        .filter_map(|(key, setting)| match key {
            Key::Value(path) => {
                // What is changed about a value that is made up is part of it.
                let is_part = changes.keys().any(|other| other != key && other.covers(key));
                let value = path.iter().try_fold(&values, |value, part| value.child(part));
                let data = value.map_or(&setting.data, |value| &value.data);
                (!is_part)
                    .then(|| format!("`{}: {}`", path_shown(path, effective), data_shown(data)))
            }
            Key::Environment(key) => Some(environment_shown(key, &setting.data)),
        })
        .collect();
    if parts.is_empty() { "the given values".to_owned() } else { in_words(&parts) }
}

/// `jobs[0].enabled`, as `--set` has it.
fn path_shown(path: &[Arc<str>], effective: &Value) -> String {
    let mut shown = String::new();
    let mut value = Some(effective);
    for part in path {
        let is_index = matches!(value.map(|value| &value.data), Some(Data::List(_)));
        if is_index {
            let _ = write!(shown, "[{part}]");
        } else {
            let dot = if shown.is_empty() { "" } else { "." };
            let _ = write!(shown, "{dot}{part}");
        }
        value = value.and_then(|value| value.child(part));
    }
    shown
}

fn data_shown(data: &Data) -> String {
    match data {
        Data::Str(text) if is_plain(text) => text.to_string(),
        other => Value::made_up(other.clone()).to_json().to_string(),
    }
}

fn environment_shown(key: &EnvironmentKey, data: &Data) -> String {
    let text = || data_shown(data);
    match key {
        EnvironmentKey::KubeVersion => format!("Kubernetes {}", text()),
        EnvironmentKey::Api(version) => format!("the API `{version}`"),
        EnvironmentKey::IsUpgrade if *data == Data::Bool(true) => "an upgrade".to_owned(),
        EnvironmentKey::IsUpgrade => "an installation".to_owned(),
        EnvironmentKey::Namespace => format!("the namespace `{}`", text()),
        EnvironmentKey::ReleaseName => format!("the release name `{}`", text()),
        EnvironmentKey::KubeMajor | EnvironmentKey::KubeMinor | EnvironmentKey::IsInstall => text(),
    }
}

/// Whether a text needs no quotes in YAML.
fn is_plain(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.' | '_');
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(is_word)
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        )
}

fn change(environment: &mut Environment, key: &EnvironmentKey, data: &Data) {
    match (key, data) {
        (EnvironmentKey::KubeVersion, Data::Str(version)) => {
            if let Ok(version) = KubeVersion::parse(version) {
                environment.capabilities.kube_version = version;
            }
        }
        (EnvironmentKey::Api(version), _) => {
            let known = &mut environment.capabilities.api_versions;
            if !known.iter().any(|known| **known == **version) {
                known.push(version.to_string());
            }
        }
        (EnvironmentKey::IsUpgrade, Data::Bool(truth)) => environment.release.is_upgrade = *truth,
        (EnvironmentKey::Namespace, Data::Str(name)) => {
            name.as_ref().clone_into(&mut environment.release.namespace);
        }
        (EnvironmentKey::ReleaseName, Data::Str(name)) => {
            name.as_ref().clone_into(&mut environment.release.name);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::SourceMap;
    use crate::values::from_stream;
    use crate::yaml;

    fn change(path: &str, data: Data) -> (Key, Setting) {
        let path = path.split('.').map(Arc::from).collect();
        (Key::Value(path), Setting { data, is_sure: true, is_needed: false })
    }

    /// What the changes come to over these defaults: the file for Helm, and how it is told.
    #[track_caller]
    fn check(defaults: &str, changes: &[(&str, Data)], values: &serde_json::Value, told: &str) {
        let mut sources = SourceMap::default();
        let file = sources.add("values.yaml", defaults);
        let effective = from_stream(&yaml::parse_values(defaults), file).value;
        let changes: Changes =
            changes.iter().map(|(path, data)| change(path, data.clone())).collect();
        assert_eq!(&overlay(&changes, &effective).to_json(), values);
        assert_eq!(shown(&changes, &effective), told);
    }

    #[test]
    fn changes_as_values() {
        let on = Data::Bool(true);
        check("a: {b: false}\n", &[("a.b", on.clone())], &json!({"a": {"b": true}}), "`a.b: true`");
        check(
            "jobs: [{name: x, run: false}, {name: z}]\n",
            &[("jobs.0.run", on.clone())],
            &json!({"jobs": [{"name": "x", "run": true}, {"name": "z"}]}),
            "`jobs[0].run: true`",
        );
        let list = Data::List(vec![Value::made_up(Data::Str(Arc::from("x")))]);
        let map =
            Data::Map(BTreeMap::from([(Arc::from("name"), Value::made_up(Data::Bool(true)))]));
        check(
            "jobs: []\n",
            &[("jobs", list), ("jobs.0", map)],
            &json!({"jobs": [{"name": true}]}),
            "`jobs: [{\"name\":true}]`",
        );
        check(
            "a: 1\n",
            &[("a", Data::Null), ("b.c", on)],
            &json!({"a": null, "b": {"c": true}}),
            "`a: null` and `b.c: true`",
        );
    }
}
