//! Sprig's functions that ask for a value's type or change it, with the rules of spf13/cast.

use std::rc::Rc;

use crate::engine::text::OriginId;
use crate::engine::value::{IntType, Kind, Value};

use super::arguments::{any, str};
use super::format::sprint;
use super::numbers::{Fault, parse_float, parse_int};
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("atoi", atoi),
    ("deepEqual", deep_equal_of),
    ("float64", float64),
    ("int", int),
    ("int64", int64),
    ("kindIs", kind_is),
    ("kindOf", kind_of),
    ("toDecimal", to_decimal),
    ("typeIs", type_is),
    ("typeIsLike", type_is_like),
    ("typeOf", type_of),
];

type Outcome = Result<Value, Failure>;

/// Values inside values that are compared; a map that holds itself ends here.
const MAX_DEPTH: usize = 200;

/// Sprig's `toInt64` (cast `ToInt64`): 0 for what is no number.
pub(super) fn to_int64(value: &Value) -> i64 {
    match &value.kind {
        // A duration is another type than `int64` to cast.
        Kind::Int(_, IntType::Duration) => 0,
        Kind::Int(int, _) => *int,
        Kind::Bool(truth) => i64::from(*truth),
        Kind::Float(float) => truncated(*float),
        Kind::Str(text) => parse_int(without_zero_decimal(text.as_str()), 0).unwrap_or(0),
        _ => 0,
    }
}

/// Sprig's `toFloat64` (cast `ToFloat64`): 0 for what is no number.
pub(super) fn to_float64(value: &Value) -> f64 {
    match &value.kind {
        Kind::Int(_, IntType::Duration) => 0.0,
        Kind::Int(int, IntType::Uint64) => *int as u64 as f64,
        Kind::Int(int, _) => *int as f64,
        Kind::Bool(truth) => f64::from(u8::from(*truth)),
        Kind::Float(float) => *float,
        Kind::Str(text) => parse_float(text.as_str()).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// A float as integer; what does not fit becomes the smallest one, as on amd64.
fn truncated(float: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&float) { float as i64 } else { i64::MIN }
}

/// `12` for `12.00` (cast `trimZeroDecimal`).
fn without_zero_decimal(text: &str) -> &str {
    let cut = text.trim_end_matches('0');
    if cut.len() == text.len() { text } else { cut.strip_suffix('.').unwrap_or(text) }
}

/// Go `reflect.DeepEqual`. Values nested deeper than 200 are taken for different.
pub(super) fn deep_equal(a: &Value, b: &Value) -> bool {
    equal(a, b, 0)
}

#[expect(clippy::float_cmp, reason = "Go compares floats with `==` here")]
fn equal(a: &Value, b: &Value, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (&a.kind, &b.kind) {
        (Kind::Nil, Kind::Nil) => true,
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::Int(a, of), Kind::Int(b, to)) => of == to && a == b,
        (Kind::Float(a), Kind::Float(b)) => a == b,
        (Kind::Str(a), Kind::Str(b)) => a.as_str() == b.as_str(),
        (Kind::Bytes(a), Kind::Bytes(b)) => a == b,
        (Kind::List(a), Kind::List(b)) => {
            Rc::ptr_eq(a, b)
                || a.ty == b.ty
                    && a.items.len() == b.items.len()
                    && a.items.iter().zip(&b.items).all(|(a, b)| equal(a, b, depth + 1))
        }
        (Kind::Map(a), Kind::Map(b)) => {
            if Rc::ptr_eq(a, b) {
                return true;
            }
            let (one, other) = (a.entries.borrow(), b.entries.borrow());
            a.ty == b.ty
                && one.len() == other.len()
                && one.iter().zip(other.iter()).all(|((key, value), (other_key, other))| {
                    key == other_key && equal(value, other, depth + 1)
                })
        }
        (Kind::Struct(a), Kind::Struct(b)) => {
            Rc::ptr_eq(a, b)
                || a.ty == b.ty
                    && equal(&a.hidden, &b.hidden, depth + 1)
                    && a.fields.len() == b.fields.len()
                    && a.fields
                        .iter()
                        .zip(&b.fields)
                        .all(|(a, b)| a.name == b.name && equal(&a.value, &b.value, depth + 1))
        }
        _ => false,
    }
}

fn int(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::int(to_int64(any(args, 0)?)))
}

fn int64(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::int64(to_int64(any(args, 0)?)))
}

fn float64(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::float(to_float64(any(args, 0)?)))
}

/// Go `strconv.Atoi` without its error: a number that is too large becomes the largest.
fn atoi(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::int(match parse_int(str(args, 0)?, 10) {
        Ok(int) | Err(Fault::Range(int)) => int,
        Err(Fault::Syntax) => 0,
    }))
}

fn to_decimal(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let text = sprint(args, OriginId::NONE)?;
    Ok(Value::int64(parse_int(text.as_str(), 8).unwrap_or(0)))
}

fn kind_of(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let name = any(args, 0)?.kind_name();
    Ok(call.string(name, args))
}

fn kind_is(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::bool(str(args, 0)? == any(args, 1)?.kind_name()))
}

fn type_of(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let name = any(args, 0)?.type_name();
    Ok(call.string(name, args))
}

fn type_is(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::bool(str(args, 0)? == any(args, 1)?.type_name()))
}

fn type_is_like(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (target, name) = (str(args, 0)?, any(args, 1)?.type_name());
    Ok(Value::bool(target == name || Some(target) == name.strip_prefix('*')))
}

fn deep_equal_of(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::bool(deep_equal(any(args, 0)?, any(args, 1)?)))
}

#[cfg(test)]
mod tests {
    use super::super::recorded;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("types.jsonl");
    }
}
