//! Decisions: `default`, `coalesce`, `ternary`, `required`, `fail` and their kin (Sprig `defaults.go`, Helm `engine.go`).

#![expect(
    clippy::unnecessary_wraps,
    reason = "every function of a template is an `Implementation`"
)]

use std::collections::BTreeMap;

use crate::engine::value::Value;

use super::arguments::{any, str};
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("coalesce", coalesce),
    ("default", default),
    ("empty", empty),
    ("fail", fail),
    ("lookup", lookup),
    ("required", required),
    ("ternary", ternary),
];

fn default(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    match args.get(1) {
        Some(given) if given.truth() => Ok(given.clone()),
        _ => any(args, 0).cloned(),
    }
}

fn coalesce(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(args.iter().find(|value| value.truth()).cloned().unwrap_or(Value::NIL))
}

fn empty(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::bool(!any(args, 0)?.truth()))
}

fn ternary(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    any(args, usize::from(!any(args, 2)?.truth())).cloned()
}

fn fail(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Err(Failure::Fail(str(args, 0)?.to_owned()))
}

fn required(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let value = any(args, 1)?;
    if value.is_nil() || value.as_str() == Some("") {
        return Err(Failure::Required(str(args, 0)?.to_owned()));
    }
    Ok(value.clone())
}

/// Without a cluster, Helm finds nothing.
fn lookup(_: &mut Call<'_>, _: &[Value]) -> Result<Value, Failure> {
    Ok(Value::map(BTreeMap::new()))
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::*;

    #[test]
    fn decisions_are_as_recorded() {
        recorded::check("flow.jsonl");
    }

    #[track_caller]
    fn check(args: &[Value], expected: &Result<Value, Failure>) {
        let got = recorded::call("required", args);
        assert_eq!(format!("{got:?}"), format!("{expected:?}"));
    }

    #[test]
    fn required_wants_more_than_nothing() {
        let missing = || Err(Failure::Required("give x".to_owned()));
        check(&[Value::plain("give x"), Value::NIL], &missing());
        check(&[Value::plain("give x"), Value::plain("")], &missing());
        check(&[Value::plain("give x"), Value::int(0)], &Ok(Value::int(0)));
    }
}
