//! Builtins of Go's `text/template` that compare and look into values.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::bytes;
use crate::engine::text::{OriginId, Text};
use crate::engine::value::{IntType, Kind, List, Map, MapType, StructType, Value};

use super::arguments::any;
use super::format::sprintf;
use super::types::deep_equal;
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("call", call_value),
    ("eq", eq),
    ("ge", ge),
    ("gt", gt),
    ("index", index),
    ("le", le),
    ("len", len),
    ("lt", lt),
    ("ne", ne),
    ("not", not),
];

type Outcome = Result<Value, Failure>;

/// What Go says of a list, map, struct or nil where an order is asked for.
const BAD_TYPE: &str = "invalid type for comparison";

/// Go's `basicKind`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basic {
    Invalid,
    Bool,
    Int,
    Uint,
    Float,
    String,
}

fn basic(value: &Value) -> Basic {
    match &value.kind {
        Kind::Bool(_) => Basic::Bool,
        Kind::Int(_, IntType::Uint8 | IntType::Uint64) => Basic::Uint,
        Kind::Int(..) => Basic::Int,
        Kind::Float(_) => Basic::Float,
        Kind::Str(_) => Basic::String,
        _ => Basic::Invalid,
    }
}

fn incompatible(a: &Value, b: &Value) -> Failure {
    let (a, b) = (a.type_name(), b.type_name());
    Failure::error(format!("incompatible types for comparison: {a} and {b}"))
}

/// The order of two values of one kind, or of two integers; `None` if one is not a number.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (&a.kind, &b.kind) {
        (Kind::Float(a), Kind::Float(b)) => a.partial_cmp(b),
        (Kind::Str(a), Kind::Str(b)) => Some(bytes::compare(a.as_str(), b.as_str())),
        (Kind::Bool(a), Kind::Bool(b)) => Some(a.cmp(b)),
        (Kind::Int(..), Kind::Int(..)) => Some(wide(a).cmp(&wide(b))),
        _ => None,
    }
}

/// An integer with its sign.
fn wide(value: &Value) -> i128 {
    match value.kind {
        Kind::Int(int, IntType::Uint64) => i128::from(int as u64),
        Kind::Int(int, _) => i128::from(int),
        _ => 0,
    }
}

fn equal(a: &Value, b: &Value) -> Result<bool, Failure> {
    let (kind, other) = (basic(a), basic(b));
    let integers = |kind| matches!(kind, Basic::Int | Basic::Uint);
    if kind != other && !(integers(kind) && integers(other)) {
        return if a.is_nil() || b.is_nil() { Ok(false) } else { Err(incompatible(a, b)) };
    }
    if kind != Basic::Invalid {
        return Ok(order(a, b) == Some(Ordering::Equal));
    }
    if a.is_nil() || b.is_nil() {
        return Ok(a.is_nil() && b.is_nil());
    }
    if a.kind_name() != b.kind_name() {
        let values = [a.clone(), type_of(a), type_of(b), b.clone()];
        return Err(message("non-comparable types %s: %v, %s: %v", &values));
    }
    if !is_comparable(b) {
        return Err(message("non-comparable type %s: %v", &[b.clone(), type_of(b)]));
    }
    Ok(match (&a.kind, &b.kind) {
        (Kind::Struct(one), Kind::Struct(other)) if a.kind_name() == "ptr" => {
            Rc::ptr_eq(one, other)
        }
        _ => deep_equal(a, b),
    })
}

fn type_of(value: &Value) -> Value {
    Value::plain(value.type_name())
}

fn message(format: &str, values: &[Value]) -> Failure {
    match sprintf(&Text::plain(format), values, OriginId::NONE) {
        Ok(text) => Failure::error(text.as_str()),
        Err(failure) => failure,
    }
}

/// Go `reflect.Type.Comparable`, for types that are not basic.
fn is_comparable(value: &Value) -> bool {
    match &value.kind {
        Kind::Struct(structure) => match structure.ty {
            StructType::Chart => false,
            StructType::Data(_) => {
                structure.fields.iter().all(|field| is_comparable_field(&field.value))
            }
            _ => true,
        },
        _ => false,
    }
}

const fn is_comparable_field(value: &Value) -> bool {
    !matches!(value.kind, Kind::List(_) | Kind::Map(_) | Kind::Bytes(_))
}

fn less(a: &Value, b: &Value) -> Result<bool, Failure> {
    let (kind, other) = (basic(a), basic(b));
    if kind == Basic::Invalid || other == Basic::Invalid {
        return Err(Failure::error(BAD_TYPE));
    }
    let integers = |kind| matches!(kind, Basic::Int | Basic::Uint);
    if kind != other && !(integers(kind) && integers(other)) {
        return Err(incompatible(a, b));
    }
    if kind == Basic::Bool {
        return Err(Failure::error(BAD_TYPE));
    }
    Ok(order(a, b) == Some(Ordering::Less))
}

fn less_or_equal(a: &Value, b: &Value) -> Result<bool, Failure> {
    Ok(less(a, b)? || equal(a, b)?)
}

fn eq(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let first = any(args, 0)?;
    let others = args.get(1..).unwrap_or_default();
    if others.is_empty() {
        return Err(Failure::error("missing argument for comparison"));
    }
    for other in others {
        if equal(first, other)? {
            return Ok(Value::bool(true));
        }
    }
    Ok(Value::bool(false))
}

fn ne(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    equal(any(args, 0)?, any(args, 1)?).map(|equal| Value::bool(!equal))
}

fn lt(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    less(any(args, 0)?, any(args, 1)?).map(Value::bool)
}

fn le(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    less_or_equal(any(args, 0)?, any(args, 1)?).map(Value::bool)
}

fn gt(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    less_or_equal(any(args, 0)?, any(args, 1)?).map(|other| Value::bool(!other))
}

fn ge(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    less(any(args, 0)?, any(args, 1)?).map(|other| Value::bool(!other))
}

fn not(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::bool(!any(args, 0)?.truth()))
}

fn len(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let Some(value) = args.first() else {
        return Err(Failure::error("reflect: call of reflect.Value.Type on zero Value"));
    };
    let len = match &value.kind {
        Kind::Nil => return Err(Failure::error("len of nil pointer")),
        Kind::Str(text) => bytes::len(text.as_str()),
        Kind::List(list) => list.items.len(),
        Kind::Map(map) => map.entries.borrow().len(),
        Kind::Bytes(bytes) => bytes.len(),
        _ => return Err(Failure::error(format!("len of type {}", pointed_type(value)))),
    };
    Ok(Value::int(len as i64))
}

/// The type's name; of a pointer, that of what it points to.
fn pointed_type(value: &Value) -> &'static str {
    value.type_name().trim_start_matches('*')
}

fn index(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let mut item = any(args, 0)?.clone();
    if item.is_nil() {
        return Err(Failure::error("index of untyped nil"));
    }
    for key in args.get(1..).unwrap_or_default() {
        item = match &item.kind {
            Kind::Nil => return Err(Failure::error("index of nil pointer")),
            Kind::List(list) => element(list, key)?,
            Kind::Str(text) => byte_at(&bytes::unescape(text.as_str()), key, "string")?,
            Kind::Bytes(bytes) => byte_at(bytes, key, "slice")?,
            Kind::Map(map) => entry(map, key)?,
            _ => {
                let ty = pointed_type(&item);
                return Err(Failure::error(format!("can't index item of type {ty}")));
            }
        };
    }
    Ok(item)
}

/// Go `indexArg`: it lets the length itself pass, which `reflect` then refuses in other words.
fn position(key: &Value, len: usize, of: &str) -> Result<usize, Failure> {
    let at = match &key.kind {
        Kind::Int(at, _) => *at,
        Kind::Nil => return Err(Failure::error("cannot index slice/array with nil")),
        _ => {
            let ty = key.type_name();
            return Err(Failure::error(format!("cannot index slice/array with type {ty}")));
        }
    };
    match usize::try_from(at) {
        Ok(at) if at < len => Ok(at),
        Ok(at) if at == len => Err(Failure::error(format!("reflect: {of} index out of range"))),
        _ => Err(Failure::error(format!("index out of range: {at}"))),
    }
}

fn element(list: &List, key: &Value) -> Outcome {
    let at = position(key, list.items.len(), "slice")?;
    Ok(list.items.get(at).cloned().unwrap_or_default())
}

fn byte_at(bytes: &[u8], key: &Value, of: &str) -> Outcome {
    let at = position(key, bytes.len(), of)?;
    let byte = bytes.get(at).copied().unwrap_or_default();
    Ok(Value::new(Kind::Int(i64::from(byte), IntType::Uint8)))
}

fn entry(map: &Map, key: &Value) -> Outcome {
    let Some(name) = key.as_str() else {
        return Err(Failure::error(match key.kind {
            Kind::Nil => "value is nil; should be of type string".to_owned(),
            _ => format!("value has type {}; should be string", key.type_name()),
        }));
    };
    let entries = map.entries.borrow();
    Ok(match (entries.get(name), map.ty) {
        (Some(value), _) => value.clone(),
        (None, MapType::Strings | MapType::NilStrings) => Value::plain(""),
        (None, MapType::Files) => Value::new(Kind::Bytes(Vec::new().into())),
        (None, MapType::Any | MapType::Values) => Value::NIL,
    })
}

/// Nothing in a Helm template is a function, so this is always an error; the evaluator adds how the template names it.
fn call_value(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let value = any(args, 0)?;
    if value.is_nil() {
        return Err(Failure::error("call of nil"));
    }
    let name = any(args, 1)?.as_str().unwrap_or_default();
    Err(Failure::error(format!("non-function {name} of type {}", value.type_name())))
}

#[cfg(test)]
mod tests {
    use super::super::recorded;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("compare.jsonl");
    }
}
