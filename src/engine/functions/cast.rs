//! Numbers out of any value, as Sprig takes them (spf13/cast 1.7 over Go's `strconv`).

use std::borrow::Cow;

use crate::engine::value::{IntType, Kind, Value};

/// An `int64` (`cast.ToInt64`); 0 where there is none.
pub(super) fn to_int64(value: &Value) -> i64 {
    match &value.kind {
        Kind::Bool(value) => i64::from(*value),
        Kind::Int(_, IntType::Duration) => 0,
        Kind::Int(value, _) => *value,
        Kind::Float(value) => float_to_int64(*value),
        Kind::Str(text) => parse_int(trim_zero_decimal(text.as_str())).unwrap_or(0),
        _ => 0,
    }
}

/// An `int` (`cast.ToInt`), which has 64 bits where Helm runs.
pub(super) fn to_int(value: &Value) -> i64 {
    to_int64(value)
}

/// A `float64` (`cast.ToFloat64`); 0 where there is none.
pub(super) fn to_float64(value: &Value) -> f64 {
    match &value.kind {
        Kind::Bool(value) => f64::from(u8::from(*value)),
        Kind::Int(_, IntType::Duration) => 0.0,
        Kind::Int(value, IntType::Uint64) => *value as u64 as f64,
        Kind::Int(value, _) => *value as f64,
        Kind::Float(value) => *value,
        Kind::Str(text) => parse_float(text.as_str()).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Go's conversion on amd64: what doesn't fit is the least integer.
pub(super) fn float_to_int64(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) { value as i64 } else { i64::MIN }
}

/// `10.00` is 10; other decimals stay.
fn trim_zero_decimal(text: &str) -> &str {
    let whole = text.trim_end_matches('0');
    match whole.strip_suffix('.') {
        Some(whole) if text.ends_with('0') => whole,
        _ => text,
    }
}

/// An integer with the base that its prefix says, `_` between digits allowed (Go `strconv.ParseInt(text, 0, 64)`).
pub(super) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let bytes = digits.as_bytes();
    let (base, rest, prefixed) = match bytes {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..], true),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..], true),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..], true),
        [b'0', _, ..] => (8, &digits[1..], true),
        _ => (10, digits, false),
    };
    let clean = without_underscores(rest, prefixed)?;
    if clean.is_empty() || clean.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = u64::from_str_radix(&clean, base).ok()?;
    if negative {
        (magnitude <= 1 << 63).then(|| (magnitude as i64).wrapping_neg())
    } else {
        i64::try_from(magnitude).ok()
    }
}

/// `digits` without `_`; `None` if one doesn't stand behind a digit, or the prefix, and before a digit.
fn without_underscores(digits: &str, prefixed: bool) -> Option<Cow<'_, str>> {
    if !digits.contains('_') {
        return Some(Cow::Borrowed(digits));
    }
    let mut before = prefixed;
    for c in digits.bytes() {
        let digit = c.is_ascii_hexdigit();
        if (c == b'_' && !before) || (c != b'_' && !digit && digits.contains("_.")) {
            return None;
        }
        before = c != b'_' && digit;
    }
    (!digits.ends_with('_')).then(|| Cow::Owned(digits.replace('_', "")))
}

/// A float (Go `strconv.ParseFloat(text, 64)`): also `inf`, `nan`, hexadecimal; `None` where Go gives an error.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.starts_with("0x") || unsigned.starts_with("0X") {
        let magnitude = parse_hex_float(&without_underscores(&unsigned[2..], true)?)?;
        return Some(if text.starts_with('-') { -magnitude } else { magnitude });
    }
    let word = unsigned.to_ascii_lowercase();
    if matches!(word.as_str(), "inf" | "infinity") {
        return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if word == "nan" {
        return (unsigned.len() == text.len()).then_some(f64::NAN);
    }
    let clean = without_underscores(text, false)?;
    let plain = clean.bytes().all(|c| matches!(c, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if !plain {
        return None;
    }
    clean.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// The part of a hexadecimal float behind `0x`; the exponent with `p` is required, as in Go.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let mut value = 0.0_f64;
    for digit in whole.chars().chain(part.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let value = value * 2.0_f64.powi(exponent.saturating_sub(4 * part.len() as i32));
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, int: i64, float: f64) {
        let value = Value::plain(text);
        assert_eq!(to_int64(&value), int, "{text}");
        assert_eq!(to_float64(&value).to_bits(), float.to_bits(), "{text}");
    }

    #[test]
    fn strings_are_read_with_prefixes_and_underscores() {
        check("0x1F", 31, 0.0);
        check("010", 8, 10.0);
        check("1_000", 1000, 1000.0);
        check("_1", 0, 0.0);
        check("08", 0, 8.0);
        check("10.00", 10, 10.0);
        check("1.5", 0, 1.5);
        check("-9223372036854775808", i64::MIN, -9_223_372_036_854_775_808.0);
        check("0x1p4", 0, 16.0);
        check("inf", 0, f64::INFINITY);
    }
}
