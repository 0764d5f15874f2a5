//! Runs functions on recorded calls and expressions; `testdata/functions/README.md` describes the format.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use serde_json::Value as Json;

use crate::engine::STACK_BYTES;
use crate::engine::origin::{FrameId, Memories, Origins};
use crate::engine::value::{IntType, Kind, ListType, MapType, StructType, Value};
use crate::source::{FileId, Span};
use crate::template::functions::{lookup, signature};

use super::{Call, Failure, expressions, implementation};

/// Calls a function outside of any template.
pub(super) fn call(name: &str, args: &[Value]) -> Result<Value, Failure> {
    let id = lookup(name).unwrap_or_else(|| panic!("no function {name}"));
    let function = implementation(id).unwrap_or_else(|| panic!("{name} is not implemented"));
    let mut origins = Origins::default();
    let memories = Memories::default();
    let node = Span::new(FileId(0), 0, 0);
    let mut call = Call { origins: &mut origins, memories: &memories, node, frame: FrameId::ROOT };
    function(&mut call, args)
}

/// Calls a method outside of any template; the text is what `print` makes of its result.
pub(super) fn method(
    method: crate::engine::methods::ByName,
    name: &str,
    receiver: &Value,
    args: &[Value],
) -> String {
    let mut origins = Origins::default();
    let memories = Memories::default();
    let node = Span::new(FileId(0), 0, 0);
    let mut call = Call { origins: &mut origins, memories: &memories, node, frame: FrameId::ROOT };
    let value = method(&mut call, name, receiver, args).unwrap().unwrap();
    super::format::print_value(&value).unwrap().as_str().to_owned()
}

/// The recordings in `testdata/functions/`.
#[rustfmt::skip]
pub(super) const RECORDINGS: &[(&str, &str)] = &[
    ("cases.jsonl", include_str!("../../../testdata/functions/cases.jsonl")),
    ("compare.jsonl", include_str!("../../../testdata/functions/compare.jsonl")),
    ("crypto.jsonl", include_str!("../../../testdata/functions/crypto.jsonl")),
    ("dates.jsonl", include_str!("../../../testdata/functions/dates.jsonl")),
    ("dicts.jsonl", include_str!("../../../testdata/functions/dicts.jsonl")),
    ("durations.jsonl", include_str!("../../../testdata/functions/durations.jsonl")),
    ("encode.jsonl", include_str!("../../../testdata/functions/encode.jsonl")),
    ("escape.jsonl", include_str!("../../../testdata/functions/escape.jsonl")),
    ("expressions.jsonl", include_str!("../../../testdata/functions/expressions.jsonl")),
    ("flow.jsonl", include_str!("../../../testdata/functions/flow.jsonl")),
    ("format.jsonl", include_str!("../../../testdata/functions/format.jsonl")),
    ("json.jsonl", include_str!("../../../testdata/functions/json.jsonl")),
    ("lists.jsonl", include_str!("../../../testdata/functions/lists.jsonl")),
    ("math.jsonl", include_str!("../../../testdata/functions/math.jsonl")),
    ("paths.jsonl", include_str!("../../../testdata/functions/paths.jsonl")),
    ("regex.jsonl", include_str!("../../../testdata/functions/regex.jsonl")),
    ("split.jsonl", include_str!("../../../testdata/functions/split.jsonl")),
    ("strings.jsonl", include_str!("../../../testdata/functions/strings.jsonl")),
    ("toml.jsonl", include_str!("../../../testdata/functions/toml.jsonl")),
    ("types.jsonl", include_str!("../../../testdata/functions/types.jsonl")),
    ("urls.jsonl", include_str!("../../../testdata/functions/urls.jsonl")),
    ("versions.jsonl", include_str!("../../../testdata/functions/versions.jsonl")),
    ("yaml.jsonl", include_str!("../../../testdata/functions/yaml.jsonl")),
];

/// What became of a recording.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// All cases, and those that agree.
    pub(super) total: Count,
    /// The same for the cases that call a function, by its name.
    pub(super) by_function: BTreeMap<&'static str, Count>,
    differences: String,
}

/// Cases, and how many of them agree.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    pub(super) cases: usize,
    pub(super) agreeing: usize,
}

impl Count {
    pub(super) fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.agreeing += other.agreeing;
    }
}

/// Runs a recording, once however often it is asked for.
pub(super) fn outcome(file: &str) -> &'static Outcome {
    static OUTCOMES: [OnceLock<Outcome>; RECORDINGS.len()] =
        [const { OnceLock::new() }; RECORDINGS.len()];
    let at = RECORDINGS.iter().position(|(name, _)| *name == file);
    let at = at.unwrap_or_else(|| panic!("no recording {file}"));
    OUTCOMES[at].get_or_init(|| {
        // An endless `include` goes as deep as Helm lets it.
        let run = || run(RECORDINGS[at].1);
        std::thread::scope(|scope| {
            let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, run).unwrap().join().unwrap()
        })
    })
}

/// Runs a recording and panics with the cases that differ.
#[track_caller]
pub(super) fn check(file: &str) {
    let outcome = outcome(file);
    assert!(outcome.total.cases > 0, "an empty recording");
    assert!(outcome.differences.is_empty(), "{}", outcome.differences);
}

fn run(recording: &str) -> Outcome {
    let mut outcome = Outcome::default();
    let lines: Vec<(&str, Json)> =
        recording.lines().map(|line| (line, serde_json::from_str(line).unwrap())).collect();
    let (calls, others): (Vec<_>, Vec<_>) =
        lines.iter().partition(|(_, json)| json.get("call").is_some());
    for (line, json) in calls {
        let name = json["call"].as_str().unwrap();
        let args: Vec<Value> = json["args"].as_array().unwrap().iter().map(decode).collect();
        let got = call(name, &args);
        let agrees = match (&got, json.get("err").and_then(Json::as_str)) {
            (Ok(value), None) => agrees(value, &json["out"]),
            (
                Err(Failure::Error(text) | Failure::Fail(text) | Failure::Required(text)),
                Some(expected),
            ) => text == expected,
            _ => false,
        };
        let id = lookup(name).unwrap_or_else(|| panic!("no function {name}"));
        outcome.add(agrees, [signature(id).name], line, || match &got {
            Ok(value) => encode(value).to_string(),
            Err(failure) => format!("{failure:?}"),
        });
    }
    if let Some(((_, head), cases)) = others.split_first() {
        let mut cases = cases.iter();
        let templates = cases.clone().map(|(_, json)| json["template"].as_str().unwrap());
        expressions::evaluate(&head["values"], templates, |evaluated| {
            let (line, json) = cases.next().unwrap();
            let result = evaluated.result.as_deref().map_err(String::as_str);
            let agrees = match (result, json["err"].as_str()) {
                (Ok(text), None) => json["out"] == text,
                (Err(text), Some(expected)) => text == without_marks(expected),
                _ => false,
            };
            outcome.add(agrees, evaluated.calls, line, || format!("{result:?}"));
        });
    }
    outcome
}

/// Helm marks the message of `fail` and `required` to find it again; the evaluator knows it without marks.
fn without_marks(error: &str) -> Cow<'_, str> {
    let marked = error.split_once("HELM_ERR_START").and_then(|(before, behind)| {
        let (message, rest) = behind.split_once("HELM_ERR_END")?;
        let place = before.rsplit_once("error calling ")?.0;
        Some(format!("{place}{message}{rest}"))
    });
    marked.map_or(Cow::Borrowed(error), Cow::Owned)
}

impl Outcome {
    fn add(
        &mut self,
        agrees: bool,
        names: impl IntoIterator<Item = &'static str>,
        line: &str,
        got: impl Fn() -> String,
    ) {
        let count = Count { cases: 1, agreeing: usize::from(agrees) };
        self.total.add(count);
        for name in names {
            self.by_function.entry(name).or_default().add(count);
        }
        if !agrees {
            writeln!(self.differences, "{line}\n    got {}", got()).unwrap();
        }
    }
}

fn agrees(value: &Value, expected: &Json) -> bool {
    match (&value.kind, expected.get("float").and_then(Json::as_str)) {
        (Kind::Float(float), Some(text)) => {
            let expected: f64 = text.parse().unwrap();
            float.to_bits() == expected.to_bits() || (float.is_nan() && expected.is_nan())
        }
        (Kind::Map(map), _) if map.ty == MapType::Any => {
            let entries = map.entries.borrow();
            expected["dict"].as_object().is_some_and(|object| {
                object.len() == entries.len()
                    && entries
                        .iter()
                        .all(|(key, value)| object.get(&**key).is_some_and(|e| agrees(value, e)))
            })
        }
        (Kind::List(list), _)
            if matches!(list.ty, ListType::Any | ListType::NilAny | ListType::Lists) =>
        {
            let key = if list.ty == ListType::Lists { "lists" } else { "list" };
            expected[key].as_array().is_some_and(|array| {
                array.len() == list.items.len()
                    && list.items.iter().zip(array).all(|(value, e)| agrees(value, e))
            })
        }
        _ => encode(value) == *expected,
    }
}

/// The value that a recording means.
pub(super) fn decode(json: &Json) -> Value {
    match json {
        Json::Null => Value::NIL,
        Json::Bool(value) => Value::bool(*value),
        Json::Number(number) => Value::int(number.as_i64().unwrap()),
        Json::String(text) => Value::plain(text.as_str()),
        Json::Array(_) => panic!("a list is written {{\"list\": […]}}"),
        Json::Object(object) => {
            let (kind, json) = object.iter().next().unwrap();
            let int = |ty| Value::new(Kind::Int(json.as_i64().unwrap(), ty));
            let items = || json.as_array().unwrap().iter().map(decode).collect();
            let entries = || {
                let object = json.as_object().unwrap();
                object.iter().map(|(key, json)| (Arc::from(key.as_str()), decode(json))).collect()
            };
            match kind.as_str() {
                "str" | "int" => decode(json),
                "int64" => int(IntType::Int64),
                "int32" => int(IntType::Int32),
                "uint8" => int(IntType::Uint8),
                "uint64" => Value::new(Kind::Int(json.as_u64().unwrap() as i64, IntType::Uint64)),
                "duration" => int(IntType::Duration),
                "float" => Value::float(json.as_str().unwrap().parse().unwrap()),
                "time" => {
                    let layout = Value::plain("2006-01-02T15:04:05Z07:00");
                    call("toDate", &[layout, decode(json)]).unwrap()
                }
                "bytes" => Value::new(Kind::Bytes(json.as_str().unwrap().as_bytes().into())),
                "list" => Value::list(items()),
                "strings" => Value::list_of(items(), ListType::Strings),
                "ints" => Value::list_of(items(), ListType::Ints),
                "dict" => Value::map(entries()),
                "stringmap" => Value::map_of(entries(), MapType::Strings),
                _ => panic!("unknown kind {kind}"),
            }
        }
    }
}

/// How a recording writes a value.
pub(super) fn encode(value: &Value) -> Json {
    match &value.kind {
        Kind::Nil => Json::Null,
        Kind::Bool(value) => Json::Bool(*value),
        Kind::Int(value, IntType::Int) => Json::from(*value),
        Kind::Int(value, IntType::Uint64) => serde_json::json!({"uint64": *value as u64}),
        Kind::Int(value, IntType::Duration) => serde_json::json!({"duration": value}),
        Kind::Int(value, ty) => serde_json::json!({ty.name(): value}),
        Kind::Float(value) => serde_json::json!({"float": value.to_string()}),
        Kind::Str(text) => Json::from(&*crate::bytes::shown(text.as_str())),
        Kind::Bytes(bytes) => serde_json::json!({"bytes": String::from_utf8_lossy(bytes)}),
        Kind::List(list) if matches!(list.ty, ListType::VersionSet | ListType::Structs(_)) => {
            let shown = super::format::print_value(value).unwrap();
            serde_json::json!({"other": format!("{} {}", value.type_name(), shown.as_str())})
        }
        Kind::List(list) => {
            let key = match list.ty {
                ListType::Any | ListType::NilAny => "list",
                ListType::Strings | ListType::NilStrings => "strings",
                ListType::Ints => "ints",
                ListType::Lists => "lists",
                ListType::VersionSet | ListType::Structs(_) => "other",
            };
            serde_json::json!({key: list.items.iter().map(encode).collect::<Vec<_>>()})
        }
        Kind::Map(map) => {
            let key = if map.ty == MapType::Strings { "stringmap" } else { "dict" };
            let entries = map.entries.borrow();
            let entries: serde_json::Map<String, Json> =
                entries.iter().map(|(key, value)| (key.to_string(), encode(value))).collect();
            serde_json::json!({key: entries})
        }
        Kind::Struct(structure) if structure.ty == StructType::Time => {
            serde_json::json!({"time": super::dates::rfc3339(value)})
        }
        Kind::Struct(_) => {
            let shown = super::format::print_value(value).unwrap();
            serde_json::json!({"other": format!("{} {}", value.type_name(), shown.as_str())})
        }
    }
}
