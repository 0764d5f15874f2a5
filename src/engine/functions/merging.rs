//! `merge` and `mergeOverwrite` as dario.cat/mergo 1.0.1 merges maps (`merge.go`, `deepMerge`).

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::value::{Kind, Map, MapType, Value};

use super::arguments::any;
use super::dicts::MAX_DEPTH;
use super::{Call, Failure};

/// mergo's own error; others are panics, which end the template.
const DIFFERENT_TYPES: &str = "src and dst must be of same type";

/// Whether entries that are there give way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    KeepFirst,
    Overwrite,
}

pub(super) fn merge(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    forgive(call, args, merge_all(args, Mode::KeepFirst))
}

pub(super) fn merge_overwrite(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    forgive(call, args, merge_all(args, Mode::Overwrite))
}

pub(super) fn must_merge(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    merge_all(args, Mode::KeepFirst)
}

pub(super) fn must_merge_overwrite(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    merge_all(args, Mode::Overwrite)
}

/// Sprig gives the empty string where mergo has an error.
fn forgive(
    call: &mut Call<'_>,
    args: &[Value],
    result: Result<Value, Failure>,
) -> Result<Value, Failure> {
    match result {
        Err(Failure::Error(error)) if error == DIFFERENT_TYPES => Ok(call.string("", args)),
        other => other,
    }
}

fn merge_all(args: &[Value], mode: Mode) -> Result<Value, Failure> {
    let target = match any(args, 0)? {
        value if value.is_nil() => Value::map(BTreeMap::new()),
        value => value.clone(),
    };
    let Some(map) = target.as_map() else { return Ok(target) };
    for source in args.iter().skip(1).filter_map(Value::as_map) {
        merge_maps(map, source, mode, MAX_DEPTH)?;
    }
    Ok(target)
}

/// Puts `source` into `target`. Nested maps that `target` lacks are shared afterwards, not copied.
fn merge_maps(target: &Rc<Map>, source: &Rc<Map>, mode: Mode, depth: usize) -> Result<(), Failure> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Failure::Limit(format!("a value nests deeper than {MAX_DEPTH}")));
    };
    if Rc::ptr_eq(&target.entries, &source.entries) {
        return Ok(());
    }
    let entries: Vec<(Arc<str>, Value)> = source
        .entries
        .borrow()
        .iter()
        .map(|(key, value)| (Arc::clone(key), value.clone()))
        .collect();
    for (key, value) in entries {
        let before = target.entries.borrow().get(&key).cloned();
        if value.is_nil() {
            // A nil in the source replaces, but never adds where nothing is overwritten.
            if mode == Mode::Overwrite {
                insert(target, key, value)?;
            }
            continue;
        }
        if let Some(before) = &before {
            match (&before.kind, &value.kind) {
                (Kind::Map(before), Kind::Map(value)) => {
                    merge_maps(before, value, mode, depth)?;
                    if !before.entries.borrow().is_empty() {
                        continue;
                    }
                }
                (Kind::Struct(_), Kind::Map(_))
                    if mode == Mode::KeepFirst && before.kind_name() == "ptr" =>
                {
                    return Err(Failure::error(DIFFERENT_TYPES));
                }
                _ => {}
            }
        }
        if mode == Mode::Overwrite || before.is_none_or(|before| !before.truth()) {
            insert(target, key, value)?;
        }
    }
    Ok(())
}

fn insert(target: &Map, key: Arc<str>, value: Value) -> Result<(), Failure> {
    if target.ty == MapType::Strings && value.as_str().is_none() {
        return Err(Failure::error(
            "reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string",
        ));
    }
    // The replaced value is dropped after the borrow ends.
    let _replaced = target.entries.borrow_mut().insert(key, value);
    Ok(())
}
