//! Which value fulfils what a condition, a function or a field wants.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::explore::{Comparison, EnvironmentKey, Key, Want};
use crate::engine::satisfies;
use crate::values::{Data, Value};

use super::hints::Hint;

/// The text of a value of which only its presence matters.
pub(super) const MADE_UP: &str = "chartlint";

/// The newest minor version of Kubernetes 1 that is tried, and the one with which the search begins.
const MINORS: (u32, u32) = (60, 37);

/// The longest list that is made up.
const MAX_LENGTH: usize = 16;

/// A value, and whether its shape is more than a guess.
pub(super) type Candidate = (Data, bool);

/// What is known of a value before it is changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known<'k> {
    /// The value.
    pub(super) current: Option<&'k Value>,
    /// Its key.
    pub(super) name: &'k str,
    /// What the schema says.
    pub(super) hint: Option<&'k Hint>,
}

/// The values to try, the likeliest first.
pub(super) fn candidates(want: &Want, known: &Known<'_>) -> Vec<Candidate> {
    let current = known.current.map(|value| &value.data);
    match want {
        Want::Truthy => truthy(known),
        Want::Falsy => match current {
            Some(Data::Bool(_)) => vec![(Data::Bool(false), true)],
            Some(Data::Int(_) | Data::Float(_)) => {
                vec![(Data::Float(0.0), true), (Data::Null, false)]
            }
            // What the defaults have is rarely taken away: a chart need not be ready for it.
            Some(Data::Str(_)) => vec![(text(""), false), (Data::Null, false)],
            Some(Data::List(_)) => vec![(Data::List(Vec::new()), false)],
            Some(Data::Map(map)) => vec![(emptied(map), false), (Data::Null, false)],
            Some(Data::Null) | None => vec![(Data::Bool(false), false)],
        },
        Want::Equal(data) => equal(data, current),
        Want::Contains(part) => {
            equal(part, current).into_iter().map(|(data, _)| (data, false)).collect()
        }
        Want::Differs(not) => differing(not, known),
        Want::Compare(comparison, than) => {
            let number = match comparison {
                Comparison::Less => than - 1.0,
                Comparison::More => than + 1.0,
                Comparison::AtMost | Comparison::AtLeast => *than,
            };
            let is_number = matches!(current, Some(Data::Float(_) | Data::Int(_)));
            vec![(Data::Float(number), is_number)]
        }
        Want::Length(length) => {
            let length = (*length).clamp(1, MAX_LENGTH);
            match current {
                Some(Data::Str(_)) => vec![(text(&"x".repeat(length)), false)],
                Some(Data::Map(_)) => {
                    let entries = (0..length).map(|at| (format!("{MADE_UP}-{at}"), MADE_UP));
                    vec![(mapping(entries), false)]
                }
                _ => vec![
                    (Data::List(vec![Value::made_up(text(MADE_UP)); length]), false),
                    (text(&"x".repeat(length)), false),
                ],
            }
        }
        Want::Kind(kind) => match &**kind {
            "string" => words(known.name),
            "bool" => vec![(Data::Bool(true), true)],
            "map" => vec![(Data::Map(BTreeMap::new()), false), (sample_map(), false)],
            "slice" => lists(known.name),
            "float64" => vec![(Data::Float(1.0), true)],
            "int64" => vec![(Data::Int(1), true)],
            "invalid" => vec![(Data::Null, true)],
            _ => Vec::new(),
        },
        Want::NotKind(kind) => {
            let all =
                [text(MADE_UP), sample_map(), Data::List(vec![Value::made_up(text(MADE_UP))])];
            let others = all.into_iter().filter(|data| kind_of(data) != &**kind);
            others.map(|data| (data, false)).collect()
        }
        Want::Present => vec![(named(known.name), false)],
        Want::Text => texts(known.name),
        Want::Absent => vec![(Data::Null, true)],
        Want::Holds(item) => match current {
            Some(Data::Map(_)) => Vec::new(),
            Some(Data::List(items)) => {
                let mut items = items.clone();
                items.push(Value::made_up(item.clone()));
                vec![(Data::List(items), true)]
            }
            _ => vec![(Data::List(vec![Value::made_up(item.clone())]), true)],
        },
        Want::Lacks(item) => match current {
            Some(Data::List(items)) => {
                let kept = items.iter().filter(|known| known.data != *item).cloned().collect();
                vec![(Data::List(kept), true)]
            }
            _ => vec![(text(MADE_UP), false)],
        },
        Want::InRange(_) | Want::OutOfRange(_) => {
            let fitting = versions().map(|version| text(&version)).find(|data| meets(data, want));
            fitting.into_iter().map(|data| (data, true)).collect()
        }
        Want::Member(name) => {
            let entry = (Arc::clone(name), Value::made_up(named(name)));
            vec![(Data::Map(BTreeMap::from([entry])), false)]
        }
        Want::Elements => {
            vec![(Data::List(vec![Value::made_up(text(MADE_UP))]), false), (sample_map(), false)]
        }
        Want::Number => vec![(Data::Float(1.0), true)],
        Want::Boolean => vec![(Data::Bool(true), true)],
        Want::Mapping => vec![(sample_map(), false)],
    }
}

/// Whether a value is what is wanted.
pub(super) fn meets(data: &Data, want: &Want) -> bool {
    match want {
        Want::Truthy => is_truthy(data),
        Want::Falsy => !is_truthy(data),
        Want::Equal(other) => {
            data == other || equal(other, Some(data)).iter().any(|(candidate, _)| candidate == data)
        }
        Want::Differs(not) => !not.contains(data),
        Want::Compare(comparison, than) => match data {
            Data::Float(number) => match comparison {
                Comparison::Less => number < than,
                Comparison::AtMost => number <= than,
                Comparison::More => number > than,
                Comparison::AtLeast => number >= than,
            },
            _ => false,
        },
        Want::Kind(kind) => kind_of(data) == &**kind,
        Want::NotKind(kind) => kind_of(data) != &**kind,
        Want::Absent => *data == Data::Null,
        Want::InRange(range) => matches!(data, Data::Str(version) if satisfies(range, version)),
        Want::OutOfRange(range) => {
            matches!(data, Data::Str(version) if !satisfies(range, version))
        }
        Want::Text => matches!(data, Data::Str(text) if !text.is_empty()),
        Want::Number => matches!(data, Data::Float(_) | Data::Int(_)),
        Want::Boolean => matches!(data, Data::Bool(_)),
        Want::Member(name) => matches!(data, Data::Map(map) if map.contains_key(name)),
        Want::Mapping => matches!(data, Data::Map(_)),
        Want::Elements => matches!(data, Data::List(_) | Data::Map(_)) && is_truthy(data),
        _ => true,
    }
}

/// What `if` thinks of it.
pub(super) fn is_truthy(data: &Data) -> bool {
    match data {
        Data::Null => false,
        Data::Bool(truth) => *truth,
        Data::Int(number) => *number != 0,
        Data::Float(number) => *number != 0.0,
        Data::Str(text) => !text.is_empty(),
        Data::List(items) => !items.is_empty(),
        // Keys that are null are taken away.
        Data::Map(map) => map.values().any(|value| value.data != Data::Null),
    }
}

fn truthy(known: &Known<'_>) -> Vec<Candidate> {
    let current = known.current.map(|value| &value.data);
    let Some(hint) = known.hint else { return truthy_like(current, known.name) };
    let mut fitting: Vec<Candidate> =
        hint.candidates().into_iter().filter(|(data, _)| is_truthy(data)).collect();
    if fitting.iter().any(|(_, is_sure)| *is_sure) {
        return fitting;
    }
    // Where the schema knows no more than the kind, other contents of that kind are worth a try.
    let kinds: Vec<&str> = fitting.iter().map(|(data, _)| kind_of(data)).collect();
    let more =
        [texts(known.name), lists(known.name), maps(), truthy_like(current, known.name)].concat();
    let others =
        more.into_iter().filter(|(data, _)| kinds.is_empty() || kinds.contains(&kind_of(data)));
    for other in others {
        if !fitting.iter().any(|known| known.0 == other.0) {
            fitting.push(other);
        }
    }
    fitting
}

fn truthy_like(current: Option<&Data>, name: &str) -> Vec<Candidate> {
    match current {
        Some(Data::Bool(_)) => vec![(Data::Bool(true), true)],
        Some(Data::Int(_) | Data::Float(_)) => vec![(Data::Float(1.0), true)],
        Some(Data::Str(_)) => texts(name),
        Some(Data::List(_)) => lists(name),
        Some(Data::Map(_)) => maps(),
        Some(Data::Null) | None if is_switch(name) => vec![(Data::Bool(true), true)],
        Some(Data::Null) | None => {
            let mut all = vec![(named(name), false), (sample_map(), false)];
            all.push((Data::List(vec![Value::made_up(named_object())]), false));
            all.extend(words(name).into_iter().skip(1));
            all.push((Data::Bool(true), false));
            all
        }
    }
}

/// Texts: a word, and what is still YAML where the text is printed in the place of entries, items or documents.
fn words(name: &str) -> Vec<Candidate> {
    let word = match named(name) {
        Data::Str(word) => Data::Str(word),
        other => text(&Value::made_up(other).to_json().to_string()),
    };
    let entry = format!("{MADE_UP}: {MADE_UP}");
    let item = format!("- name: {MADE_UP}");
    let manifest = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {MADE_UP}\n");
    [word, text(&entry), text(&item), text(&manifest)].map(|data| (data, false)).into()
}

/// What may stand in the place of `""`, which may stand for anything.
fn texts(name: &str) -> Vec<Candidate> {
    let mut all = words(name);
    let list = Data::List(vec![Value::made_up(named_object())]);
    all.extend([(sample_map(), false), (list, false)]);
    all
}

/// Ends of keys whose lists hold objects with a name in Kubernetes.
const OF_OBJECTS: &[&str] = &[
    "secrets",
    "volumes",
    "mounts",
    "env",
    "envs",
    "envvars",
    "containers",
    "sidecars",
    "tolerations",
    "constraints",
    "ports",
    "hosts",
    "tls",
    "rules",
    "jobs",
    "sources",
];

/// Lists with one item of the usual kinds.
fn lists(name: &str) -> Vec<Candidate> {
    let named = named_object();
    let entry = text(&format!("{MADE_UP}: {MADE_UP}"));
    let list = |item| (Data::List(vec![Value::made_up(item)]), false);
    let mut items = [text(MADE_UP), named, manifest(), entry];
    let name = name.to_ascii_lowercase();
    if OF_OBJECTS.iter().any(|end| name.ends_with(end)) {
        items.swap(0, 1);
    }
    let mut all: Vec<Candidate> = items.map(list).into();
    // `[]` may stand for a mapping, as `{}` may stand for a list.
    all.push((sample_map(), false));
    all
}

/// Mappings, and lists where only the name `{}` stands for them.
fn maps() -> Vec<Candidate> {
    let named = named_object();
    let list = Data::List(vec![Value::made_up(named)]);
    let documents = Data::Map(BTreeMap::from([(Arc::from(MADE_UP), Value::made_up(manifest()))]));
    [sample_map(), nested_map(), list, documents].map(|data| (data, false)).into()
}

/// What items of lists in Kubernetes have.
fn named_object() -> Data {
    mapping([("name".to_owned(), MADE_UP)])
}

/// A whole object, for values that hold such.
fn manifest() -> Data {
    let metadata = mapping([("name".to_owned(), MADE_UP)]);
    let entries = [("apiVersion", text("v1")), ("kind", text("ConfigMap")), ("metadata", metadata)];
    Data::Map(entries.map(|(key, data)| (Arc::from(key), Value::made_up(data))).into())
}

/// What empties a mapping: Helm takes away the keys that are null, and leaves a mapping.
fn emptied(map: &BTreeMap<Arc<str>, Value>) -> Data {
    Data::Map(map.keys().map(|key| (Arc::clone(key), Value::made_up(Data::Null))).collect())
}

/// A mapping of mappings.
fn nested_map() -> Data {
    Data::Map(BTreeMap::from([(Arc::from(MADE_UP), Value::made_up(sample_map()))]))
}

/// The value itself, in the form that the key has: `eq (toString .Values.x) "true"` wants a boolean of a boolean.
fn equal(data: &Data, current: Option<&Data>) -> Vec<Candidate> {
    let literal = (data.clone(), true);
    let Data::Str(written) = data else { return vec![literal] };
    match current {
        Some(Data::Bool(_)) if matches!(&**written, "true" | "false") => {
            vec![(Data::Bool(&**written == "true"), true), literal]
        }
        Some(Data::Float(_) | Data::Int(_)) => match written.parse() {
            Ok(number) => vec![(Data::Float(number), true), literal],
            Err(_) => vec![literal],
        },
        // A part that is looked for in a list as a whole, as text.
        Some(Data::List(_)) => {
            let item = mapping([("name".to_owned(), &**written)]);
            let list = |item| (Data::List(vec![Value::made_up(item)]), false);
            vec![list(item), list(data.clone()), (data.clone(), false)]
        }
        Some(Data::Map(_)) => vec![(data.clone(), false)],
        _ => vec![literal],
    }
}

fn differing(not: &[Data], known: &Known<'_>) -> Vec<Candidate> {
    let fits = |data: &Data| !not.contains(data);
    if let Some(hint) = known.hint {
        let samples: Vec<Candidate> =
            hint.candidates().into_iter().filter(|(data, _)| fits(data)).collect();
        if !samples.is_empty() {
            return samples;
        }
    }
    let first = not.first();
    match first {
        Some(Data::Bool(truth)) => vec![(Data::Bool(!truth), true)],
        Some(Data::Float(number)) => vec![(Data::Float(number + 1.0), true)],
        Some(Data::Int(number)) => vec![(Data::Float(*number as f64 + 1.0), true)],
        Some(Data::Null) => truthy(known),
        _ => {
            let word =
                Some(named(known.name)).filter(|data| matches!(data, Data::Str(_)) && fits(data));
            vec![(word.unwrap_or_else(|| text(MADE_UP)), false), (text(""), false)]
        }
    }
}

/// What a key of this name usually holds.
fn named(name: &str) -> Data {
    let name = name.to_ascii_lowercase();
    let ends = |parts: &[&str]| parts.iter().any(|part| name.ends_with(part));
    if ends(&["port"]) {
        return Data::Float(8080.0);
    }
    if ends(&[
        "replicas",
        "replicacount",
        "count",
        "limit",
        "seconds",
        "threshold",
        "percentage",
        "number",
    ]) {
        return Data::Float(1.0);
    }
    text(if ends(&["schedule", "cron"]) {
        "0 0 * * *"
    } else if ends(&["host", "hostname", "domain", "fqdn"]) {
        "chartlint.example"
    } else if ends(&["url", "endpoint", "uri"]) {
        "https://chartlint.example"
    } else if ends(&["size", "memory", "storage"]) {
        "1Gi"
    } else if ends(&["path", "dir"]) {
        "/chartlint"
    } else if ends(&["version", "tag"]) {
        "1.0.0"
    } else if ends(&["enabled"]) {
        return Data::Bool(true);
    } else {
        MADE_UP
    })
}

/// Keys that are called like switches.
fn is_switch(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["enabled", "enable", "create", "disabled", "install"]
        .iter()
        .any(|word| name == *word || name.ends_with(word))
}

fn text(text: &str) -> Data {
    Data::Str(Arc::from(text))
}

fn mapping<'m>(entries: impl IntoIterator<Item = (String, &'m str)>) -> Data {
    let entries =
        entries.into_iter().map(|(key, value)| (Arc::from(key), Value::made_up(text(value))));
    Data::Map(entries.collect())
}

fn sample_map() -> Data {
    mapping([(MADE_UP.to_owned(), MADE_UP)])
}

fn kind_of(data: &Data) -> &'static str {
    match data {
        Data::Null => "invalid",
        Data::Bool(_) => "bool",
        Data::Int(_) => "int64",
        Data::Float(_) => "float64",
        Data::Str(_) => "string",
        Data::List(_) => "slice",
        Data::Map(_) => "map",
    }
}

/// Minor versions of Kubernetes 1: the usual ones first, downward, then those to come.
fn minors() -> impl Iterator<Item = u32> {
    let (newest, start) = MINORS;
    (1..=start).rev().chain(start + 1..=newest)
}

fn of_minor(minor: u32) -> String {
    format!("v1.{minor}.0")
}

/// Versions to try for a range, those of Kubernetes first.
fn versions() -> impl Iterator<Item = String> {
    let others = [
        "0.1.0", "0.0.1", "2.0.0", "3.0.0", "5.0.0", "7.0.0", "8.0.0", "10.0.0", "20.0.0", "99.0.0",
    ];
    minors().map(of_minor).chain(others.into_iter().map(str::to_owned))
}

/// A key of the cluster or the release as it is set, with the values to try; `allowed` are versions of Kubernetes.
pub(super) fn environment(
    key: &EnvironmentKey,
    want: &Want,
    allowed: &dyn Fn(&str) -> bool,
) -> Vec<(Key, Data)> {
    let flag = |truth: bool| vec![(Key::Environment(EnvironmentKey::IsUpgrade), Data::Bool(truth))];
    let wanted_truth = match want {
        Want::Truthy => Some(true),
        Want::Falsy => Some(false),
        Want::Equal(Data::Bool(truth)) => Some(*truth),
        Want::Equal(Data::Str(text)) => text.parse().ok(),
        _ => None,
    };
    match key {
        EnvironmentKey::Api(_) => vec![(Key::Environment(key.clone()), Data::Bool(true))],
        EnvironmentKey::IsUpgrade => wanted_truth.map(flag).unwrap_or_default(),
        EnvironmentKey::IsInstall => wanted_truth.map(|truth| flag(!truth)).unwrap_or_default(),
        EnvironmentKey::KubeVersion => {
            let found: Vec<Data> = match want {
                Want::Equal(data) => vec![data.clone()],
                Want::InRange(_) | Want::OutOfRange(_) | Want::Differs(_) => {
                    let all = versions().filter(|version| allowed(version));
                    all.map(|version| text(&version))
                        .find(|data| meets(data, want))
                        .into_iter()
                        .collect()
                }
                _ => Vec::new(),
            };
            let is_of_kubernetes = |data: &Data| matches!(data, Data::Str(text) if text.trim_start_matches('v').starts_with("1."));
            let found = found.into_iter().filter(is_of_kubernetes);
            found.map(|data| (Key::Environment(key.clone()), data)).collect()
        }
        EnvironmentKey::KubeMinor => {
            let fits = |minor: &u32| {
                let number = Data::Float(f64::from(*minor));
                match want {
                    Want::Equal(Data::Str(text)) => **text == minor.to_string(),
                    Want::Compare(..) | Want::Equal(_) => meets(&number, want),
                    Want::Differs(not) => !not
                        .iter()
                        .any(|other| *other == number || *other == text(&minor.to_string())),
                    _ => false,
                }
            };
            let found = minors().filter(fits).map(of_minor).find(|version| allowed(version));
            let found = found.map(|version| text(&version));
            found
                .map(|data| (Key::Environment(EnvironmentKey::KubeVersion), data))
                .into_iter()
                .collect()
        }
        EnvironmentKey::KubeMajor => Vec::new(),
        EnvironmentKey::Namespace | EnvironmentKey::ReleaseName => {
            let found = match want {
                Want::Equal(Data::Str(name)) if !name.is_empty() => Some(text(name)),
                Want::Differs(_) | Want::Lacks(_) => Some(text(MADE_UP)),
                _ => None,
            };
            found.map(|data| (Key::Environment(key.clone()), data)).into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first value to try for a key of this name whose value is `current`, as JSON.
    #[track_caller]
    fn check(want: &Want, name: &str, current: Option<Data>, expected: &str) {
        let current = current.map(Value::made_up);
        let known = Known { current: current.as_ref(), name, hint: None };
        let found = candidates(want, &known).into_iter().next();
        let shown = found.map(|(data, _)| Value::made_up(data).to_json().to_string());
        assert_eq!(shown.as_deref().unwrap_or("none"), expected, "{want:?}");
    }

    #[test]
    fn values_keep_their_kind() {
        check(&Want::Truthy, "x", Some(Data::Bool(false)), "true");
        check(&Want::Truthy, "x", Some(text("")), r#""chartlint""#);
        check(&Want::Truthy, "schedule", Some(text("")), r#""0 0 * * *""#);
        check(&Want::Truthy, "x", Some(Data::List(Vec::new())), r#"["chartlint"]"#);
        check(&Want::Present, "replicas", None, "1");
        check(&Want::Truthy, "volumes", Some(Data::List(Vec::new())), r#"[{"name":"chartlint"}]"#);
        check(&Want::Text, "replicas", None, r#""1""#);
        check(&Want::Truthy, "replicas", Some(text("")), r#""1""#);
        check(&Want::Truthy, "enabled", None, "true");
        check(&Want::Falsy, "x", Some(text("a")), r#""""#);
        check(&Want::Falsy, "x", Some(sample_map()), r#"{"chartlint":null}"#);
        check(&Want::Equal(text("true")), "x", Some(Data::Bool(false)), "true");
        check(&Want::Equal(text("7")), "x", Some(Data::Float(1.0)), "7");
        check(&Want::Differs(vec![Data::Float(3.0)]), "x", None, "4");
        check(&Want::Compare(Comparison::More, 1.0), "x", Some(Data::Float(1.0)), "2");
    }

    #[test]
    fn versions_are_in_range_or_out_of_it() {
        check(&Want::InRange(Arc::from("<1.19-0")), "x", None, r#""v1.18.0""#);
        check(&Want::OutOfRange(Arc::from(">=1.25-0")), "x", None, r#""v1.24.0""#);
        check(&Want::InRange(Arc::from(">=99")), "x", None, r#""99.0.0""#);
    }
}
