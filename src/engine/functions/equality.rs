//! `reflect.DeepEqual` on template values.

use std::rc::Rc;

use crate::engine::value::{Kind, Value};

/// Deepest nesting that is compared; values that nest deeper differ.
const MAX_DEPTH: usize = 256;

/// Whether two values are the same in type and content (Go `reflect.DeepEqual`).
pub(super) fn deep_equal(left: &Value, right: &Value) -> bool {
    equal(left, right, MAX_DEPTH)
}

fn equal(left: &Value, right: &Value, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (&left.kind, &right.kind) {
        (Kind::Nil, Kind::Nil) => true,
        (Kind::Bool(left), Kind::Bool(right)) => left == right,
        (Kind::Int(left, left_type), Kind::Int(right, right_type)) => {
            left == right && left_type == right_type
        }
        #[expect(clippy::float_cmp, reason = "Go compares exactly")]
        (Kind::Float(left), Kind::Float(right)) => left == right,
        (Kind::Str(left), Kind::Str(right)) => left.as_str() == right.as_str(),
        (Kind::Bytes(left), Kind::Bytes(right)) => left == right,
        (Kind::List(left), Kind::List(right)) => {
            left.ty == right.ty
                && left.items.len() == right.items.len()
                && left.items.iter().zip(&right.items).all(|(l, r)| equal(l, r, depth))
        }
        (Kind::Map(left), Kind::Map(right)) => {
            if Rc::ptr_eq(left, right) {
                return true;
            }
            let (left_entries, right_entries) = (left.entries.borrow(), right.entries.borrow());
            left.ty == right.ty
                && left_entries.len() == right_entries.len()
                && left_entries
                    .iter()
                    .zip(right_entries.iter())
                    .all(|((lk, l), (rk, r))| lk == rk && equal(l, r, depth))
        }
        (Kind::Struct(left), Kind::Struct(right)) => {
            left.ty == right.ty
                && equal(&left.hidden, &right.hidden, depth)
                && left.fields.len() == right.fields.len()
                && left
                    .fields
                    .iter()
                    .zip(&right.fields)
                    .all(|(l, r)| equal(&l.value, &r.value, depth))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::value::{ListType, MapType};

    #[track_caller]
    fn check(left: &Value, right: &Value, expected: bool) {
        assert_eq!(deep_equal(left, right), expected, "{left:?} {right:?}");
    }

    #[test]
    fn types_count() {
        check(&Value::int(1), &Value::int(1), true);
        check(&Value::int(1), &Value::int64(1), false);
        check(&Value::list(vec![]), &Value::list_of(vec![], ListType::Strings), false);
        check(&Value::list(vec![Value::NIL]), &Value::list(vec![Value::NIL]), true);
        check(&Value::float(f64::NAN), &Value::float(f64::NAN), false);
        let empty = || Value::map_of(std::collections::BTreeMap::new(), MapType::Any);
        check(&empty(), &empty(), true);
    }
}
