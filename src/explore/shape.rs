//! Which value fulfils what a condition, a function or a field wants.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::explore::{Comparison, EnvironmentKey, Key, Want};
use crate::engine::satisfies;
use crate::values::{Data, Value};

use super::hints::Hint;

/// The text of a value of which only its presence matters.
pub const MADE_UP: &str = "chartlint";

/// The newest minor version of Kubernetes 1 that is tried, and the one with which the search begins.
const MINORS: (u32, u32) = (60, 37);

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
            Some(Data::Str(_)) => vec![(text(""), true), (Data::Null, false)],
            Some(Data::List(_)) => vec![(Data::List(Vec::new()), true)],
            Some(Data::Map(_)) => vec![(Data::Null, false)],
            Some(Data::Null) | None => vec![(Data::Bool(false), false)],
        },
        Want::Equal(data) => equal(data, current),
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
            "string" => vec![(text(MADE_UP), true)],
            "bool" => vec![(Data::Bool(true), true)],
            "map" => vec![(sample_map(), true), (Data::Map(BTreeMap::new()), true)],
            "slice" => vec![(Data::List(vec![Value::made_up(text(MADE_UP))]), true)],
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
        Want::Present | Want::Text => vec![(text(named(known.name)), current.is_none_or(is_text))],
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
            _ => vec![(text(MADE_UP), current.is_some_and(is_text))],
        },
        Want::InRange(range) => versions()
            .filter(|version| satisfies(range, version))
            .take(1)
            .map(|version| (text(&version), true))
            .collect(),
        Want::OutOfRange(range) => versions()
            .filter(|version| !satisfies(range, version))
            .take(1)
            .map(|version| (text(&version), true))
            .collect(),
        Want::Member(name) => {
            let entry = [(name.to_string(), named(name))];
            vec![(mapping(entry), false)]
        }
        Want::Elements => {
            vec![(Data::List(vec![Value::made_up(text(MADE_UP))]), false), (sample_map(), false)]
        }
        Want::Number => vec![(Data::Float(1.0), true)],
        Want::Boolean => vec![(Data::Bool(true), true)],
        Want::Mapping => match current {
            Some(Data::List(items)) => {
                let items = items.iter().map(|item| match &item.data {
                    Data::Str(_) => Value::made_up(mapping([("name".to_owned(), MADE_UP)])),
                    other => Value::made_up(other.clone()),
                });
                vec![(Data::List(items.collect()), true)]
            }
            _ => vec![(sample_map(), false)],
        },
    }
}

/// The longest list that is made up.
const MAX_LENGTH: usize = 16;

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
        Want::Present => true,
        Want::Absent => *data == Data::Null,
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
        Data::Map(map) => !map.is_empty(),
    }
}

fn truthy(known: &Known<'_>) -> Vec<Candidate> {
    let current = known.current.map(|value| &value.data);
    if let Some(hint) = known.hint {
        let fitting: Vec<Candidate> =
            hint.samples().into_iter().filter(is_truthy).map(|data| (data, true)).collect();
        if !fitting.is_empty() {
            return fitting;
        }
    }
    match current {
        Some(Data::Bool(_)) => vec![(Data::Bool(true), true)],
        Some(Data::Int(_) | Data::Float(_)) => vec![(Data::Float(1.0), true)],
        Some(Data::Str(_)) => vec![(text(named(known.name)), true)],
        Some(Data::List(_)) => vec![
            (Data::List(vec![Value::made_up(text(MADE_UP))]), true),
            (Data::List(vec![Value::made_up(mapping([("name".to_owned(), MADE_UP)]))]), true),
        ],
        Some(Data::Map(_)) => vec![(sample_map(), true)],
        Some(Data::Null) | None if is_switch(known.name) => vec![(Data::Bool(true), true)],
        Some(Data::Null) | None => vec![
            (text(named(known.name)), false),
            (sample_map(), false),
            (Data::List(vec![Value::made_up(mapping([("name".to_owned(), MADE_UP)]))]), false),
            (Data::Bool(true), false),
        ],
    }
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
        _ => vec![literal],
    }
}

fn differing(not: &[Data], known: &Known<'_>) -> Vec<Candidate> {
    let fits = |data: &Data| !not.contains(data);
    if let Some(hint) = known.hint {
        let samples: Vec<Candidate> =
            hint.samples().into_iter().filter(fits).map(|data| (data, true)).collect();
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
        _ => vec![(text(MADE_UP), true), (text(""), true)],
    }
}

/// A text that looks like what a key of this name holds.
fn named(name: &str) -> &'static str {
    let name = name.to_ascii_lowercase();
    let ends = |part: &str| name.ends_with(part);
    if ends("schedule") || ends("cron") {
        "0 0 * * *"
    } else if ends("port") {
        "8080"
    } else if ends("host") || ends("hostname") || ends("domain") || ends("fqdn") {
        "chartlint.example"
    } else if ends("url") || ends("endpoint") || ends("uri") {
        "https://chartlint.example"
    } else if ends("size") || ends("memory") || ends("storage") {
        "1Gi"
    } else if ends("path") || ends("dir") {
        "/chartlint"
    } else if ends("version") || ends("tag") {
        "1.0.0"
    } else {
        MADE_UP
    }
}

/// Keys that are called like switches.
fn is_switch(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["enabled", "enable", "create", "disabled", "install"]
        .iter()
        .any(|word| name == *word || name.ends_with(word))
}

fn is_text(data: &Data) -> bool {
    matches!(data, Data::Str(_))
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

/// Versions to try for a range, those of Kubernetes first.
fn versions() -> impl Iterator<Item = String> {
    let (newest, start) = MINORS;
    let minors = (1..=start).rev().chain(start + 1..=newest);
    let of_kubernetes = minors.map(|minor| format!("v1.{minor}.0"));
    let others = [
        "0.1.0", "0.0.1", "2.0.0", "3.0.0", "5.0.0", "7.0.0", "8.0.0", "10.0.0", "20.0.0", "99.0.0",
    ];
    of_kubernetes.chain(others.into_iter().map(str::to_owned))
}

/// A key of the cluster or the release as it is set, with the values to try.
pub(super) fn environment(key: &EnvironmentKey, want: &Want) -> Vec<(Key, Data)> {
    let version = |fits: &dyn Fn(u32) -> bool| {
        let (newest, start) = MINORS;
        let minor = (1..=start).rev().chain(start + 1..=newest).find(|minor| fits(*minor));
        let found = minor.map(|minor| {
            (Key::Environment(EnvironmentKey::KubeVersion), text(&format!("v1.{minor}.0")))
        });
        found.into_iter().collect::<Vec<_>>()
    };
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
            let found =
                candidates(want, &Known::default()).into_iter().filter_map(
                    |(data, _)| match data {
                        Data::Str(version)
                            if version.starts_with("v1.") || version.starts_with("1.") =>
                        {
                            Some((
                                Key::Environment(EnvironmentKey::KubeVersion),
                                Data::Str(version),
                            ))
                        }
                        _ => None,
                    },
                );
            found.collect()
        }
        EnvironmentKey::KubeMinor => version(&|minor| {
            let number = Data::Float(f64::from(minor));
            match want {
                Want::Equal(Data::Str(text)) => **text == minor.to_string(),
                Want::Compare(..) | Want::Equal(_) => meets(&number, want),
                Want::Differs(not) => {
                    !not.iter().any(|other| *other == number || *other == text(&minor.to_string()))
                }
                _ => false,
            }
        }),
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
        check(&Want::Truthy, "enabled", None, "true");
        check(&Want::Falsy, "x", Some(text("a")), r#""""#);
        check(&Want::Falsy, "x", Some(sample_map()), "null");
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
