//! The values that a user gives: files and settings, merged in Helm's order (`pkg/cli/values/options.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::data::{Data, Source, Value};
use super::from_yaml::{no_segments, values_file};
use super::merge::merge_maps;
use super::notes::ValuesError;
use super::set;
use crate::chart::ValuesFile;
use crate::source::{FileId, SourceMap, Span};

pub(super) type Map = BTreeMap<Arc<str>, Value>;

/// Which flag a text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetKind {
    /// `--set-json`
    Json,
    /// `--set`
    Typed,
    /// `--set-string`
    String,
    /// `--set-file`
    File,
    /// `--set-literal`
    Literal,
}

/// The text of one such flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetText {
    /// Which flag.
    pub kind: SetKind,
    /// What follows it.
    pub text: String,
}

/// Reads the file of a `--set-file`, or says why not.
pub type ReadFile<'r> = dyn Fn(&str) -> Result<String, String> + 'r;

impl SetKind {
    /// In the order in which Helm applies them.
    pub const ALL: [Self; 5] = [Self::Json, Self::Typed, Self::String, Self::File, Self::Literal];

    /// The flag, which is also the path under which its text is reported.
    pub const fn flag(self) -> &'static str {
        match self {
            Self::Json => "--set-json",
            Self::Typed => "--set",
            Self::String => "--set-string",
            Self::File => "--set-file",
            Self::Literal => "--set-literal",
        }
    }
}

/// The values that a user gives: those of `files` in order, then `texts` flag by flag, whatever their order.
/// Each text becomes a file of `sources`, under the name of its flag.
///
/// # Errors
///
/// Those of Helm, in its words.
pub fn user_values(
    files: &[ValuesFile],
    texts: &[SetText],
    sources: &mut SourceMap,
    read_file: &ReadFile<'_>,
) -> Result<Value, ValuesError> {
    let mut map = Map::new();
    for file in files {
        let read = values_file(file);
        if let Some(error) = read.error {
            let path = sources.file(file.file).path();
            let message = format!("failed to parse {path}: {}", error.message);
            return Err(ValuesError { message, span: error.span });
        }
        if let Data::Map(more) = read.value.data {
            merge_maps(&mut map, more);
        }
    }
    for kind in SetKind::ALL {
        for set in texts.iter().filter(|set| set.kind == kind) {
            let file = sources.add(kind.flag(), set.text.as_str());
            apply(kind, &set.text, file, &mut map, read_file)?;
        }
    }
    Ok(Value::made_up(Data::Map(map)))
}

fn apply(
    kind: SetKind,
    text: &str,
    file: FileId,
    map: &mut Map,
    read_file: &ReadFile<'_>,
) -> Result<(), ValuesError> {
    let whole = Span::new(file, 0, text.len());
    if kind == SetKind::Json && text.trim().starts_with('{') {
        let parsed: Result<serde_json::Map<String, Json>, _> = serde_json::from_str(text.trim());
        let Ok(json) = parsed else {
            let message = format!("failed parsing --set-json data JSON: {text}");
            return Err(ValuesError { message, span: Some(whole) });
        };
        let source = Source { key: None, value: whole, segments: no_segments() };
        merge_maps(map, json_map(json, &source));
        return Ok(());
    }
    set::parse_into(kind, text, file, map, read_file).map_err(|(range, reason)| {
        let message = if kind == SetKind::Json {
            format!("failed parsing --set-json data {text}")
        } else {
            format!("failed parsing {} data: {reason}", kind.flag())
        };
        ValuesError { message, span: Some(range.in_file(file)) }
    })
}

/// Puts what `text` of the flag `kind` says into `value`, a mapping; all that it sets has the place `source`.
///
/// # Errors
///
/// Those of Helm, in its words.
pub fn set_value(
    value: &mut Value,
    kind: SetKind,
    text: &str,
    source: &Source,
) -> Result<(), String> {
    /// No file has this name, so that what was set now can be told from what was there.
    const NEW: FileId = FileId(u32::MAX);
    let Data::Map(map) = &mut value.data else { return Err("not a mapping".to_owned()) };
    let read_file = |path: &str| Err(format!("open {path}: not read here"));
    set::parse_into(kind, text, NEW, map, &read_file).map_err(|(_, reason)| reason)?;
    settle(value, NEW, source);
    Ok(())
}

/// Gives all that stands in `new` the place `source`.
fn settle(value: &mut Value, new: FileId, source: &Source) {
    if value.source.as_ref().is_some_and(|old| old.value.file == new) {
        value.source = Some(source.clone());
    }
    match &mut value.data {
        Data::List(items) => items.iter_mut().for_each(|item| settle(item, new, source)),
        Data::Map(map) => map.values_mut().for_each(|item| settle(item, new, source)),
        _ => {}
    }
}

pub(super) fn json_value(json: Json, source: &Source) -> Value {
    let data = match json {
        Json::Null => Data::Null,
        Json::Bool(value) => Data::Bool(value),
        Json::Number(number) => Data::Float(number.as_f64().unwrap_or_default()),
        Json::String(text) => Data::Str(Arc::from(text)),
        Json::Array(items) => {
            let inner = Source { key: None, ..source.clone() };
            Data::List(items.into_iter().map(|item| json_value(item, &inner)).collect())
        }
        Json::Object(map) => Data::Map(json_map(map, &Source { key: None, ..source.clone() })),
    };
    Value { data, source: Some(source.clone()) }
}

fn json_map(map: serde_json::Map<String, Json>, source: &Source) -> Map {
    map.into_iter().map(|(key, value)| (Arc::from(key), json_value(value, source))).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::yaml;

    pub(in super::super) fn set_texts(pairs: &Json) -> Vec<SetText> {
        let pairs: Vec<(String, String)> = serde_json::from_value(pairs.clone()).unwrap();
        pairs.into_iter().map(|(flag, text)| SetText { kind: kind(&flag), text }).collect()
    }

    fn kind(flag: &str) -> SetKind {
        SetKind::ALL.into_iter().find(|kind| kind.flag() == flag).unwrap()
    }

    /// Compares with what Helm's own parser made of `case` over the values `base`.
    #[track_caller]
    fn check(base: &Json, case: &Json) {
        let mut sources = SourceMap::default();
        let text = base.to_string();
        let stream = Arc::new(yaml::parse_values(&text));
        let files = [ValuesFile { file: sources.add("base", text), stream }];
        let sets = set_texts(&json!([[case["kind"], case["text"]]]));
        let read_file = |path: &str| Ok(format!("<{path}>"));
        match user_values(&files, &sets, &mut sources, &read_file) {
            Ok(value) => assert_eq!(case["helm"], value.to_json(), "{case}"),
            Err(error) => assert_eq!(case["error"], error.to_string(), "{case}"),
        }
    }

    #[test]
    fn settings_are_read_as_helm_reads_them() {
        let recorded: Json =
            serde_json::from_str(include_str!("../../testdata/values-set/set.json")).unwrap();
        let cases = recorded["cases"].as_array().unwrap();
        assert!(cases.len() > 100, "recorded cases are missing");
        for case in cases {
            check(&recorded["base"], case);
        }
    }

    #[test]
    fn settings_nest_no_deeper_than_the_stack_allows() {
        let text = format!("a{}=1", "[0]".repeat(100_000));
        let error = format!("failed parsing --set data: nesting deeper than {}", 200);
        check(&json!({}), &json!({ "kind": "--set", "text": text, "error": error }));
    }
}
