//! Lists: `list`, `first`, `append`, `without`, `until` and their kin (Sprig `list.go`, `numeric.go`).

#![expect(
    clippy::unnecessary_wraps,
    reason = "every function of a template is an `Implementation`"
)]

use std::borrow::Cow;

use crate::engine::value::{IntType, Kind, ListType, Value};

use super::arguments::{any, int};
use super::types::{deep_equal, to_int64};
use super::{Call, Failure, Implementation};

/// Most elements of a list that a function counts up.
pub(super) const MAX_ELEMENTS: usize = 1 << 20;

/// What Go says where a function asks nil for its type.
pub(super) const NIL_POINTER: &str =
    "runtime error: invalid memory address or nil pointer dereference";

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("all", |_, args| Ok(Value::bool(args.iter().all(Value::truth)))),
    ("any", |_, args| Ok(Value::bool(args.iter().any(Value::truth)))),
    ("append", push),
    ("chunk", chunk),
    ("compact", compact),
    ("concat", concat),
    ("first", first),
    ("has", has),
    ("initial", initial),
    ("last", last),
    ("list", list),
    ("mustAppend", push),
    ("mustChunk", chunk),
    ("mustCompact", compact),
    ("mustFirst", first),
    ("mustHas", has),
    ("mustInitial", initial),
    ("mustLast", last),
    ("mustPrepend", prepend),
    ("mustPush", push),
    ("mustRest", rest),
    ("mustReverse", reverse),
    ("mustSlice", slice),
    ("mustUniq", uniq),
    ("mustWithout", without),
    ("prepend", prepend),
    ("push", push),
    ("rest", rest),
    ("reverse", reverse),
    ("seq", seq),
    ("slice", slice),
    ("tuple", list),
    ("uniq", uniq),
    ("until", until),
    ("untilStep", until_step),
    ("without", without),
];

/// The elements of a slice; `complaint` stands before the kind of what isn't one.
fn items<'a>(value: &'a Value, complaint: &str) -> Result<Cow<'a, [Value]>, Failure> {
    match &value.kind {
        Kind::List(list) => Ok(Cow::Borrowed(&list.items)),
        Kind::Bytes(bytes) => Ok(bytes
            .iter()
            .map(|byte| Value::new(Kind::Int(i64::from(*byte), IntType::Uint8)))
            .collect()),
        Kind::Nil => Err(Failure::error(NIL_POINTER)),
        _ => Err(Failure::Error(format!("{complaint} {}", value.kind_name()))),
    }
}

fn list(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::list(args.to_vec()))
}

/// `[]interface {}(nil)`, which JSON writes as null.
pub(super) fn nil_list() -> Value {
    Value::list_of(Vec::new(), ListType::NilAny)
}

fn push(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let mut items = items(any(args, 0)?, "Cannot push on type")?.into_owned();
    items.push(any(args, 1)?.clone());
    Ok(Value::list(items))
}

fn prepend(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let items = items(any(args, 0)?, "Cannot prepend on type")?;
    let mut out = Vec::with_capacity(items.len() + 1);
    out.push(any(args, 1)?.clone());
    out.extend_from_slice(&items);
    Ok(Value::list(out))
}

fn first(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let items = items(any(args, 0)?, "Cannot find first on type")?;
    Ok(items.first().cloned().unwrap_or(Value::NIL))
}

fn last(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let items = items(any(args, 0)?, "Cannot find last on type")?;
    Ok(items.last().cloned().unwrap_or(Value::NIL))
}

fn rest(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let items = items(any(args, 0)?, "Cannot find rest on type")?;
    Ok(items.split_first().map_or_else(nil_list, |(_, rest)| Value::list(rest.to_vec())))
}

fn initial(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let items = items(any(args, 0)?, "Cannot find initial on type")?;
    Ok(items.split_last().map_or_else(nil_list, |(_, initial)| Value::list(initial.to_vec())))
}

fn reverse(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let mut items = items(any(args, 0)?, "Cannot find reverse on type")?.into_owned();
    items.reverse();
    Ok(Value::list(items))
}

fn compact(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let items = items(any(args, 0)?, "Cannot compact on type")?;
    Ok(Value::list(items.iter().filter(|item| item.truth()).cloned().collect()))
}

fn uniq(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let items = items(any(args, 0)?, "Cannot find uniq on type")?;
    let mut out: Vec<Value> = Vec::new();
    let mut seen_strings = rustc_hash::FxHashSet::default();
    for item in items.iter() {
        let is_new = match item.as_str() {
            Some(text) => seen_strings.insert(text.to_owned()),
            None => !out.iter().any(|known| deep_equal(item, known)),
        };
        if is_new {
            out.push(item.clone());
        }
    }
    Ok(Value::list(out))
}

fn without(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let items = items(any(args, 0)?, "Cannot find without on type")?;
    let omitted = args.get(1..).unwrap_or_default();
    let kept = items.iter().filter(|item| !omitted.iter().any(|omit| deep_equal(item, omit)));
    Ok(Value::list(kept.cloned().collect()))
}

fn has(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let haystack = any(args, 1)?;
    if haystack.is_nil() {
        return Ok(Value::bool(false));
    }
    let items = items(haystack, "Cannot find has on type")?;
    let needle = any(args, 0)?;
    Ok(Value::bool(items.iter().any(|item| deep_equal(needle, item))))
}

fn slice(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let list = any(args, 0)?;
    let items = items(list, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::NIL);
    }
    let start = args.get(1).map_or(0, to_int64);
    let end = args.get(2).map_or(items.len() as i64, to_int64);
    let bounds = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let Some(part) = bounds.and_then(|(start, end)| items.get(start..end)) else {
        return Err(Failure::error("reflect.Value.Slice: slice index out of bounds"));
    };
    if let (Kind::Bytes(bytes), Some((start, end))) = (&list.kind, bounds) {
        return Ok(Value::new(Kind::Bytes(bytes.get(start..end).unwrap_or_default().into())));
    }
    let ty = list.as_list().map_or(ListType::Any, |list| list.ty);
    Ok(Value::list_of(part.to_vec(), ty))
}

fn concat(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let mut out = Vec::new();
    for list in args {
        match &list.kind {
            Kind::List(_) | Kind::Bytes(_) | Kind::Nil => {
                out.extend_from_slice(&items(list, "")?);
            }
            _ => {
                let kind = list.kind_name();
                return Err(Failure::Error(format!("Cannot concat type {kind} as list")));
            }
        }
    }
    Ok(if out.is_empty() { nil_list() } else { Value::list(out) })
}

/// Sprig counts chunks with floats, which decides what happens to sizes below 1.
fn chunk(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let size = int(args, 0)?;
    let items = items(any(args, 1)?, "Cannot chunk type")?;
    let too_long = || Failure::error("runtime error: makeslice: len out of range");
    let count = ((items.len() as f64 - 1.0) / size as f64).floor() + 1.0;
    if !count.is_finite() || count < 0.0 {
        return Err(too_long());
    }
    let count = count as usize;
    let mut chunks = Vec::with_capacity(count);
    for at in 0..count {
        let rest = (items.len() as i64).checked_rem(size).unwrap_or(0);
        let len = if at + 1 == count && rest != 0 { rest } else { size };
        let len = usize::try_from(len).map_err(|_| too_long())?;
        let start = at.saturating_mul(usize::try_from(size).unwrap_or(0));
        let part = items.get(start..start + len).unwrap_or_default();
        chunks.push(Value::list(part.to_vec()));
    }
    Ok(Value::list_of(chunks, ListType::Lists))
}

/// The numbers from `start` to before `stop`, as Sprig's `untilStep` counts.
fn count_up(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Failure> {
    let mut out = Vec::new();
    if (stop < start && step >= 0) || (stop >= start && step <= 0) {
        return Ok(out);
    }
    let mut next = start;
    while if stop < start { next > stop } else { next < stop } {
        if out.len() == MAX_ELEMENTS {
            return Err(Failure::Limit(format!("a list of more than {MAX_ELEMENTS} elements")));
        }
        out.push(next);
        next = next.wrapping_add(step);
    }
    Ok(out)
}

fn numbers(values: Vec<i64>) -> Value {
    Value::list_of(values.into_iter().map(Value::int).collect(), ListType::Ints)
}

fn until(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let count = int(args, 0)?;
    count_up(0, count, if count < 0 { -1 } else { 1 }).map(numbers)
}

fn until_step(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    count_up(int(args, 0)?, int(args, 1)?, int(args, 2)?).map(numbers)
}

fn seq(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let (start, step, end) = match args.len() {
        1 => (1, None, int(args, 0)?),
        2 => (int(args, 0)?, None, int(args, 1)?),
        3 => (int(args, 0)?, Some(int(args, 1)?), int(args, 2)?),
        _ => return Ok(call.string("", args)),
    };
    let towards = if end < start { -1 } else { 1 };
    if towards < 0 && step.is_some_and(|step| step > 0) {
        return Ok(call.string("", args));
    }
    let numbers = count_up(start, end.wrapping_add(towards), step.unwrap_or(towards))?;
    let words: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(call.string(words.join(" "), args))
}

#[cfg(test)]
mod tests {
    use super::super::recorded;

    #[test]
    fn lists_are_as_recorded() {
        recorded::check("lists.jsonl");
    }
}
