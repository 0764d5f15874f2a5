//! Arithmetic (Sprig `numeric.go`): integers wrap as Go's, `addf` and its kin count in decimals.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every function of a template is an `Implementation`"
)]

use crate::engine::value::{Kind, Value};

use super::arguments::{any, int};
use super::decimal::Decimal;
use super::types::{to_float64, to_int64};
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("add", add),
    ("add1", add1),
    ("add1f", add1f),
    ("addf", addf),
    ("biggest", max),
    ("ceil", |_, args| Ok(Value::float(to_float64(any(args, 0)?).ceil()))),
    ("div", div),
    ("divf", |_, args| decimal(args, Decimal::divide)),
    ("floor", |_, args| Ok(Value::float(to_float64(any(args, 0)?).floor()))),
    ("max", max),
    ("maxf", |_, args| fold_floats(args, go_max)),
    ("min", min),
    ("minf", |_, args| fold_floats(args, go_min)),
    ("mod", modulo),
    ("mul", mul),
    ("mulf", |_, args| decimal(args, |left, right| Ok(left.multiply(right)))),
    ("randInt", rand_int),
    ("round", round),
    ("sub", sub),
    ("subf", |_, args| decimal(args, Decimal::subtract)),
];

fn add(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::int64(args.iter().map(to_int64).fold(0, i64::wrapping_add)))
}

fn add1(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::int64(to_int64(any(args, 0)?).wrapping_add(1)))
}

fn sub(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::int64(to_int64(any(args, 0)?).wrapping_sub(to_int64(any(args, 1)?))))
}

fn mul(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::int64(args.iter().map(to_int64).fold(1, i64::wrapping_mul)))
}

fn divisor(args: &[Value]) -> Result<i64, Failure> {
    match to_int64(any(args, 1)?) {
        0 => Err(Failure::error("runtime error: integer divide by zero")),
        divisor => Ok(divisor),
    }
}

fn div(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::int64(to_int64(any(args, 0)?).wrapping_div(divisor(args)?)))
}

fn modulo(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::int64(to_int64(any(args, 0)?).wrapping_rem(divisor(args)?)))
}

fn max(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::int64(args.iter().map(to_int64).max().unwrap_or(0)))
}

fn min(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::int64(args.iter().map(to_int64).min().unwrap_or(0)))
}

fn fold_floats(args: &[Value], choose: fn(f64, f64) -> f64) -> Result<Value, Failure> {
    Ok(Value::float(args.iter().map(to_float64).reduce(choose).unwrap_or(0.0)))
}

/// Go `math.Max`: NaN wins over all but the infinity that is asked for.
fn go_max(left: f64, right: f64) -> f64 {
    if left == f64::INFINITY || right == f64::INFINITY {
        f64::INFINITY
    } else if left.is_nan() || right.is_nan() {
        f64::NAN
    } else if left == 0.0 && right == 0.0 {
        if left.is_sign_negative() { right } else { left }
    } else {
        left.max(right)
    }
}

/// Go `math.Min`.
fn go_min(left: f64, right: f64) -> f64 {
    -go_max(-left, -right)
}

fn addf(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let mut sum = Decimal::zero();
    for value in args {
        sum = sum.add(&Decimal::from_float(to_float64(value))?)?;
    }
    Ok(Value::float(sum.to_float()))
}

fn add1f(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    addf(call, &[any(args, 0)?.clone(), Value::int(1)])
}

fn decimal(
    args: &[Value],
    operation: fn(&Decimal, &Decimal) -> Result<Decimal, Failure>,
) -> Result<Value, Failure> {
    let mut result = Decimal::from_float(to_float64(any(args, 0)?))?;
    for value in args.iter().skip(1) {
        result = operation(&result, &Decimal::from_float(to_float64(value))?)?;
    }
    Ok(Value::float(result.to_float()))
}

fn round(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let value = to_float64(any(args, 0)?);
    let round_on = match args.get(2).map(|value| &value.kind) {
        Some(Kind::Float(value)) => *value,
        _ => 0.5,
    };
    let power = power_of_ten(int(args, 1)?);
    let digit = power * value;
    let fraction = if digit.is_infinite() { f64::NAN } else { digit % 1.0 };
    let rounded = if fraction >= round_on { digit.ceil() } else { digit.floor() };
    Ok(Value::float(rounded / power))
}

/// Go `math.Pow(10, exponent)`: squares of the fraction, the binary exponent kept aside.
fn power_of_ten(exponent: i64) -> f64 {
    /// Beyond, the result has long left the range of a float.
    const MAX_EXPONENT: u64 = 1 << 20;
    let mut rest = exponent.unsigned_abs().min(MAX_EXPONENT);
    let (mut base, mut base_exponent) = (0.625_f64, 4_i64);
    let (mut result, mut result_exponent) = (1.0_f64, 0_i64);
    while rest != 0 && base_exponent.abs() < 1 << 12 {
        if rest & 1 == 1 {
            result *= base;
            result_exponent += base_exponent;
        }
        base *= base;
        base_exponent <<= 1;
        if base < 0.5 {
            base += base;
            base_exponent -= 1;
        }
        rest >>= 1;
    }
    if rest != 0 {
        result_exponent += base_exponent;
    }
    if exponent < 0 {
        result = 1.0 / result;
        result_exponent = -result_exponent;
    }
    // In two steps, as 2^exponent alone may leave the range of a float.
    let half = result_exponent / 2;
    let scale = |exponent: i64| 2.0_f64.powi(exponent.clamp(-1100, 1100) as i32);
    result * scale(half) * scale(result_exponent - half)
}

/// Always the least of the numbers it may give.
fn rand_int(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let (least, end) = (int(args, 0)?, int(args, 1)?);
    if end.wrapping_sub(least) <= 0 {
        return Err(Failure::error("invalid argument to Intn"));
    }
    Ok(Value::int(least))
}

#[cfg(test)]
mod tests {
    use super::super::recorded;

    #[test]
    fn arithmetic_is_as_recorded() {
        recorded::check("math.jsonl");
    }
}
