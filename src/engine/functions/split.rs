//! Sprig's functions between strings and lists of strings.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::bytes;
use crate::engine::text::{NOWHERE, OriginId, Text, TextBuilder};
use crate::engine::value::{IntType, Kind, ListType, MapType, Value};

use super::arguments::{any, fits, gathered, int, spread, str, text};
use super::format::string_of;
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("join", join),
    ("sortAlpha", sort_alpha),
    ("split", split),
    ("splitList", split_list),
    ("splitn", splitn),
    ("toStrings", to_strings),
];

type Outcome = Result<Value, Failure>;

/// Sprig's `strslice`: the elements that are not nil as strings; a value that is no list is the only element.
fn strings_of(value: &Value, origin: OriginId) -> Result<Vec<Text>, Failure> {
    match &value.kind {
        Kind::Nil => Ok(Vec::new()),
        Kind::List(list) => list
            .items
            .iter()
            .filter(|item| !item.is_nil())
            .map(|item| string_of(item, origin))
            .collect(),
        Kind::Bytes(bytes) => bytes
            .iter()
            .map(|byte| Value::new(Kind::Int(i64::from(*byte), IntType::Uint8)))
            .map(|byte| string_of(&byte, origin))
            .collect(),
        _ => Ok(vec![string_of(value, origin)?]),
    }
}

fn join(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (separator, list) = (text(args, 0)?, any(args, 1)?);
    let origin = call.origin(args);
    let mut out = TextBuilder::default();
    for (at, item) in strings_of(list, origin)?.iter().enumerate() {
        if at > 0 {
            if separator.runs(0..separator.len()).any(|run| run.origin == OriginId::NONE) {
                out.push(separator.as_str(), origin, NOWHERE);
            } else {
                out.push_text(separator);
            }
        }
        out.push_text(item);
        fits(out.len())?;
    }
    Ok(Value::text(out.finish()))
}

fn to_strings(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let origin = call.origin(args);
    strings_of(any(args, 0)?, origin).map(Value::strings)
}

fn sort_alpha(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let origin = call.origin(args);
    let list = any(args, 0)?;
    if !matches!(list.kind, Kind::List(_) | Kind::Bytes(_)) {
        return Ok(Value::strings([string_of(list, origin)?]));
    }
    let mut strings = strings_of(list, origin)?;
    strings.sort_by(|a, b| bytes::compare(a.as_str(), b.as_str()));
    Ok(Value::strings(strings))
}

fn split(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(numbered(parts(text(args, 1)?, str(args, 0)?, -1)))
}

fn splitn(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(numbered(parts(text(args, 2)?, str(args, 0)?, int(args, 1)?)))
}

fn split_list(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::list_of(
        parts(text(args, 1)?, str(args, 0)?, -1).into_iter().map(Value::text).collect(),
        ListType::Strings,
    ))
}

/// Go `strings.SplitN`: all parts where `limit` is negative; single characters where the separator is empty.
pub(super) fn parts(text: &Text, separator: &str, limit: i64) -> Vec<Text> {
    let characters = text.as_str();
    let Ok(limit) = usize::try_from(limit) else {
        return parts_up_to(text, separator, usize::MAX);
    };
    if limit == 0 || separator.is_empty() && characters.is_empty() {
        return Vec::new();
    }
    parts_up_to(text, separator, limit)
}

fn parts_up_to(text: &Text, separator: &str, limit: usize) -> Vec<Text> {
    let characters = text.as_str();
    if bytes::has_escapes(separator) {
        let origin = text.runs(0..text.len()).next().map(|run| run.origin).unwrap_or_default();
        return spread(characters)
            .splitn(limit, &spread(separator))
            .map(|part| Text::with_origin(gathered(part), origin, NOWHERE))
            .collect();
    }
    if !separator.is_empty() {
        return characters.splitn(limit, separator).map(|part| text.slice_of(part)).collect();
    }
    let mut parts = Vec::new();
    let ranges: Vec<Range<usize>> = if bytes::has_escapes(characters) {
        bytes::pieces(characters).into_iter().map(|piece| piece.range).collect()
    } else {
        characters.char_indices().map(|(at, c)| at..at + c.len_utf8()).collect()
    };
    for range in ranges {
        if parts.len() + 1 >= limit {
            parts.push(text.slice(range.start..text.len()));
            break;
        }
        parts.push(text.slice(range));
    }
    parts
}

/// `_0`, `_1` and so on.
fn numbered(parts: Vec<Text>) -> Value {
    let entries: BTreeMap<Arc<str>, Value> = parts
        .into_iter()
        .enumerate()
        .map(|(at, part)| (Arc::from(format!("_{at}")), Value::text(part)))
        .collect();
    Value::map_of(entries, MapType::Strings)
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::super::traced::{origins, remembered};
    use crate::engine::value::Value;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("split.jsonl");
    }

    #[track_caller]
    fn check(name: &str, args: &[Value], expected: &str) {
        assert_eq!(origins(name, args), expected);
    }

    #[test]
    fn elements_keep_their_origins() {
        let list = Value::list(vec![remembered("a", 1, 10), Value::NIL, remembered("b", 2, 20)]);
        check("join", &[Value::plain("-"), list], "a@1:10 -@call b@2:20");
        let parts = recorded::call("splitList", &[Value::plain(","), remembered("a,b", 1, 10)]);
        let parts = parts.unwrap();
        check("toString", &[parts.as_list().unwrap().items[1].clone()], "b@1:12");
    }
}
