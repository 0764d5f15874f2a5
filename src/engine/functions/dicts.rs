//! Dictionaries: `dict`, `get`, `set`, `dig`, `deepCopy` and their kin (Sprig `dict.go`). Maps are shared, as in Go.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every function of a template is an `Implementation`"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::value::{Kind, ListType, MapType, Value};

use super::arguments::{any, str, text};
use super::format::print_value;
use super::merging::{merge, merge_overwrite, must_merge, must_merge_overwrite};
use super::{Call, Failure, Implementation};

/// Deepest nesting that is copied or merged; Go's own stack ends at some million.
pub(super) const MAX_DEPTH: usize = 256;

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("deepCopy", deep_copy),
    ("dict", dict),
    ("dig", dig),
    ("get", get),
    ("hasKey", has_key),
    ("keys", keys),
    ("merge", merge),
    ("mergeOverwrite", merge_overwrite),
    ("mustDeepCopy", deep_copy),
    ("mustMerge", must_merge),
    ("mustMergeOverwrite", must_merge_overwrite),
    ("omit", omit),
    ("pick", pick),
    ("pluck", pluck),
    ("set", set),
    ("unset", unset),
    ("values", values),
];

/// Reads an entry of a map: the one place where these functions look into one.
pub(super) fn read(_call: &mut Call<'_>, map: &Value, key: &str) -> Option<Value> {
    map.as_map().and_then(|map| map.entries.borrow().get(key).cloned())
}

/// The keys of the map at `at`, in order; none for nil, which is a nil map.
fn keys_of(value: &Value) -> Vec<Arc<str>> {
    value.as_map().map(|map| map.entries.borrow().keys().cloned().collect()).unwrap_or_default()
}

/// The characters of a value as Sprig's `strval` gives them.
fn key_text(value: &Value) -> Result<Arc<str>, Failure> {
    match &value.kind {
        Kind::Str(text) => Ok(Arc::clone(text.shared())),
        Kind::Bytes(bytes) => Ok(Arc::from(&*crate::bytes::escape(bytes))),
        Kind::Nil => Ok("<nil>".into()),
        _ => print_value(value).map(|text| Arc::clone(text.shared())),
    }
}

fn dict(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let mut entries = BTreeMap::new();
    for pair in args.chunks(2) {
        let [key, rest @ ..] = pair else { continue };
        let value = rest.first().cloned().unwrap_or_else(|| call.string("", &[]));
        entries.insert(key_text(key)?, value);
    }
    Ok(Value::map(entries))
}

fn get(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let map = any(args, 0)?;
    Ok(read(call, map, str(args, 1)?).unwrap_or_else(|| call.string("", &[])))
}

fn set(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let target = any(args, 0)?;
    let Some(map) = target.as_map() else {
        return Err(Failure::error("assignment to entry in nil map"));
    };
    let key = Arc::clone(text(args, 1)?.shared());
    map.entries.borrow_mut().insert(key, any(args, 2)?.clone());
    Ok(target.clone())
}

fn unset(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let target = any(args, 0)?;
    let key = str(args, 1)?;
    if let Some(map) = target.as_map() {
        // The removed value may hold this map again: it is dropped after the borrow ends.
        let _removed = map.entries.borrow_mut().remove(key);
    }
    Ok(or_empty_map(target))
}

/// A nil map that comes back is shown as an empty one.
fn or_empty_map(map: &Value) -> Value {
    if map.is_nil() { Value::map(BTreeMap::new()) } else { map.clone() }
}

fn has_key(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let key = str(args, 1)?;
    Ok(Value::bool(read(call, any(args, 0)?, key).is_some()))
}

fn keys(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let keys = args.iter().flat_map(keys_of).map(|key| call.text(key, &[]));
    Ok(Value::strings(keys.collect::<Vec<_>>()))
}

fn values(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let map = any(args, 0)?;
    Ok(Value::list(keys_of(map).iter().filter_map(|key| read(call, map, key)).collect()))
}

fn pick(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let map = any(args, 0)?;
    let mut entries = BTreeMap::new();
    for key in args.iter().skip(1).filter_map(Value::as_text) {
        if let Some(value) = read(call, map, key.as_str()) {
            entries.insert(Arc::clone(key.shared()), value);
        }
    }
    Ok(Value::map(entries))
}

fn omit(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let map = any(args, 0)?;
    let omitted: Vec<&str> = args.iter().skip(1).filter_map(Value::as_str).collect();
    let mut entries = BTreeMap::new();
    for key in keys_of(map) {
        if !omitted.contains(&&*key)
            && let Some(value) = read(call, map, &key)
        {
            entries.insert(key, value);
        }
    }
    Ok(Value::map(entries))
}

fn pluck(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let key = str(args, 0)?;
    let maps = args.get(1..).unwrap_or_default();
    Ok(Value::list(maps.iter().filter_map(|map| read(call, map, key)).collect()))
}

fn dig(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let [keys @ .., default, map] = args else {
        return Err(Failure::error("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(Failure::error("dig needs at least three arguments"));
    }
    check_is_map(map)?;
    for key in keys {
        if key.as_str().is_none() {
            return Err(wrong_type(key, "string"));
        }
    }
    let mut step = map.clone();
    for key in keys.iter().filter_map(Value::as_str) {
        check_is_map(&step)?;
        match read(call, &step, key) {
            Some(next) => step = next,
            None => return Ok(default.clone()),
        }
    }
    Ok(step)
}

fn check_is_map(value: &Value) -> Result<(), Failure> {
    match value.as_map() {
        Some(map) if map.ty == MapType::Any => Ok(()),
        _ => Err(wrong_type(value, "map[string]interface {}")),
    }
}

/// Go's complaint about a failed type assertion.
fn wrong_type(value: &Value, expected: &str) -> Failure {
    let got = if value.is_nil() { "nil" } else { value.type_name() };
    Failure::Error(format!("interface conversion: interface {{}} is {got}, not {expected}"))
}

fn deep_copy(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let value = any(args, 0)?;
    if value.is_nil() {
        return Err(Failure::error("reflect: call of reflect.Value.Type on zero Value"));
    }
    copy(value, MAX_DEPTH)
}

/// A copy that shares no map; `depth` is how deep it may still nest.
pub(super) fn copy(value: &Value, depth: usize) -> Result<Value, Failure> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Failure::Limit(format!("a value nests deeper than {MAX_DEPTH}")));
    };
    let kind = match &value.kind {
        Kind::Map(map) => {
            let entries = map.entries.borrow();
            let copied =
                entries.iter().map(|(key, value)| Ok((Arc::clone(key), copy(value, depth)?)));
            let entries = copied.collect::<Result<BTreeMap<_, _>, Failure>>()?;
            Value::map_of(entries, map.ty).kind
        }
        Kind::List(list) if matches!(list.ty, ListType::Any | ListType::Lists) => {
            let items = list.items.iter().map(|item| copy(item, depth));
            return Ok(
                Value::list_of(items.collect::<Result<_, _>>()?, list.ty).with_memory(value.memory)
            );
        }
        other => other.clone(),
    };
    Ok(Value { kind, memory: value.memory })
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::*;

    #[test]
    fn dicts_are_as_recorded() {
        recorded::check("dicts.jsonl");
    }

    #[track_caller]
    fn check(name: &str, args: &[Value], expected: &str) {
        let shown = match recorded::call(name, args) {
            Ok(value) => recorded::encode(&value).to_string(),
            Err(failure) => format!("{failure:?}"),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_map_that_holds_itself_does_not_hang() {
        let map = Value::map(BTreeMap::new());
        recorded::call("set", &[map.clone(), Value::plain("self"), map.clone()]).unwrap();
        check("deepCopy", std::slice::from_ref(&map), "Limit(\"a value nests deeper than 256\")");
        recorded::call("unset", &[map, Value::plain("self")]).unwrap();
    }

    #[test]
    fn set_is_seen_by_all_who_hold_the_map() {
        let map = Value::map(BTreeMap::new());
        let other = map.clone();
        recorded::call("set", &[map, Value::plain("a"), Value::int(1)]).unwrap();
        check("get", &[other, Value::plain("a")], "1");
    }
}
