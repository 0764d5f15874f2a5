//! Durations: Go's `time.ParseDuration` and Helm's helpers around it (Helm `funcs.go`).

use crate::engine::value::{IntType, Kind, Value};

use super::arguments::any;
use super::format::format_float;
use super::numbers::parse_float;
use super::stringers::stringer;
use super::verbs::quote_with;
use super::{Call, Failure, Implementation};

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("durationDays", |_, args| Ok(Value::float(fraction(or_zero(args)?, HOUR) / 24.0))),
    ("durationHours", |_, args| Ok(Value::float(fraction(or_zero(args)?, HOUR)))),
    ("durationMicroseconds", |_, args| Ok(Value::int64(or_zero(args)? / 1_000))),
    ("durationMilliseconds", |_, args| Ok(Value::int64(or_zero(args)? / 1_000_000))),
    ("durationMinutes", |_, args| Ok(Value::float(fraction(or_zero(args)?, MINUTE)))),
    ("durationNanoseconds", |_, args| Ok(Value::int64(or_zero(args)?))),
    ("durationRoundTo", |_, args| to_multiple(args, round_to)),
    ("durationSeconds", |_, args| Ok(Value::float(fraction(or_zero(args)?, SECOND)))),
    ("durationTruncateTo", |_, args| to_multiple(args, truncate_to)),
    ("durationWeeks", |_, args| Ok(Value::float(fraction(or_zero(args)?, HOUR) / 24.0 / 7.0))),
    ("mustToDuration", |_, args| {
        as_duration(any(args, 0)?).map(duration_value).map_err(Failure::Error)
    }),
];

fn duration_value(nanoseconds: i64) -> Value {
    Value::new(Kind::Int(nanoseconds, IntType::Duration))
}

fn or_zero(args: &[Value]) -> Result<i64, Failure> {
    Ok(as_duration(any(args, 0)?).unwrap_or(0))
}

/// A duration in `unit`s, as Go's `Hours` and its kin divide.
fn fraction(duration: i64, unit: i64) -> f64 {
    (duration / unit) as f64 + (duration % unit) as f64 / unit as f64
}

fn to_multiple(args: &[Value], change: fn(i64, i64) -> i64) -> Result<Value, Failure> {
    let Ok(duration) = as_duration(any(args, 0)?) else { return Ok(duration_value(0)) };
    let changed = as_duration(any(args, 1)?).map_or(duration, |unit| change(duration, unit));
    Ok(duration_value(changed))
}

/// Go `Duration.Round`: halves away from zero; what leaves the range is its end.
pub(super) fn round_to(duration: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return duration;
    }
    let rest = duration % unit;
    let up = rest.unsigned_abs() >= unit.unsigned_abs() - rest.unsigned_abs();
    match (duration < 0, up) {
        (_, false) => duration - rest,
        (true, true) => (duration - rest).checked_sub(unit).unwrap_or(i64::MIN),
        (false, true) => (duration - rest).checked_add(unit).unwrap_or(i64::MAX),
    }
}

/// Go `Duration.Truncate`.
pub(super) fn truncate_to(duration: i64, unit: i64) -> i64 {
    if unit <= 0 { duration } else { duration - duration % unit }
}

/// What Helm takes for a duration: durations, Go's notation, and numbers of seconds. The error is Helm's.
fn as_duration(value: &Value) -> Result<i64, String> {
    let overflow = |seconds: &str| format!("duration seconds overflow: {seconds}");
    match &value.kind {
        Kind::Int(nanoseconds, IntType::Duration) => Ok(*nanoseconds),
        Kind::Str(text) => {
            let trimmed = text.as_str().trim();
            if trimmed.is_empty() {
                return Err("empty duration".to_owned());
            }
            if let Ok(duration) = parse_duration(trimmed) {
                return Ok(duration);
            }
            if let Some(seconds) = parse_float(trimmed) {
                return from_seconds(seconds);
            }
            let shown = quote_with(text.as_str(), '"', false);
            Err(format!("could not parse duration {shown}"))
        }
        Kind::Nil => Err("invalid duration".to_owned()),
        Kind::Int(seconds, IntType::Uint64) => {
            let seconds = *seconds as u64;
            let nanoseconds = i64::try_from(seconds).ok().and_then(|s| s.checked_mul(SECOND));
            nanoseconds.ok_or_else(|| overflow(&seconds.to_string()))
        }
        Kind::Int(seconds, _) => {
            seconds.checked_mul(SECOND).ok_or_else(|| overflow(&seconds.to_string()))
        }
        Kind::Float(seconds) => from_seconds(*seconds),
        _ => Err(format!("unsupported duration type {}", value.type_name())),
    }
}

fn from_seconds(seconds: f64) -> Result<i64, String> {
    const MAX: f64 = i64::MAX as f64 / SECOND as f64;
    let shown = |value| format_float(value, b'g', None, 64);
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", shown(seconds)));
    }
    if seconds.abs() > MAX {
        return Err(format!("duration seconds overflow: {}", shown(seconds)));
    }
    let nanoseconds = seconds * SECOND as f64;
    // The greatest float is one more than fits; Go on amd64 wraps it.
    Ok(if nanoseconds >= i64::MAX as f64 { i64::MIN } else { nanoseconds as i64 })
}

/// As the package `time` quotes: everything that is no printable ASCII byte by byte.
fn quote(text: &str) -> String {
    let shown = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=0x7f => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    });
    format!("\"{}\"", shown.collect::<String>())
}

/// Reads `1h30m`, `-1.5s`, `300ms` (Go `time.ParseDuration`), in nanoseconds. The error is Go's.
pub(super) fn parse_duration(text: &str) -> Result<i64, String> {
    const LIMIT: u64 = 1 << 63;
    let quoted = || quote(text);
    let invalid = || format!("time: invalid duration {}", quoted());
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole = digits(rest);
        let behind = rest.get(whole.len()..).unwrap_or_default();
        let part = behind.strip_prefix('.').map(digits);
        let behind = match part {
            Some(part) => behind.get(1 + part.len()..).unwrap_or_default(),
            None => behind,
        };
        if whole.is_empty() && part.is_none_or(str::is_empty) {
            return Err(invalid());
        }
        let value: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        if value > LIMIT {
            return Err(invalid());
        }
        let len = behind.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(behind.len());
        let (name, next) = behind.split_at(len);
        if name.is_empty() {
            return Err(format!("time: missing unit in duration {}", quoted()));
        }
        let unit: u64 = match name {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND as u64,
            "m" => MINUTE as u64,
            "h" => HOUR as u64,
            _ => {
                let name = quote(name);
                return Err(format!("time: unknown unit {name} in duration {}", quoted()));
            }
        };
        let value = value.checked_mul(unit).filter(|v| *v <= LIMIT).ok_or_else(invalid)?;
        let value = value + fraction_of(part.unwrap_or_default(), unit);
        total = total.checked_add(value).filter(|total| *total <= LIMIT).ok_or_else(invalid)?;
        rest = next;
    }
    match (negative, total) {
        (true, _) => Ok((total as i64).wrapping_neg()),
        (false, LIMIT) => Err(invalid()),
        (false, _) => Ok(total as i64),
    }
}

fn digits(text: &str) -> &str {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..len).unwrap_or_default()
}

/// The digits behind a point, in nanoseconds; Go too computes them with floats and ignores those beyond 63 bits.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut value, mut scale) = (0_u64, 1.0_f64);
    for digit in digits.bytes() {
        if value > (1 << 63) / 10 {
            break;
        }
        value = value * 10 + u64::from(digit - b'0');
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

/// A method of `time.Duration`, or `String` of a month or weekday; `None` if there is none of that name.
pub(super) fn duration_method(
    call: &mut Call<'_>,
    name: &str,
    value: i64,
    ty: IntType,
    args: &[Value],
) -> Option<Result<Value, Failure>> {
    let receiver = Value::new(Kind::Int(value, ty));
    if name == "String" {
        let text = stringer(&receiver)?;
        return Some(Ok(call.string(text.as_str(), &[receiver])));
    }
    if ty != IntType::Duration {
        return None;
    }
    let unit = || match args.first().map(|value| &value.kind) {
        Some(Kind::Int(unit, _)) => *unit,
        _ => 0,
    };
    Some(Ok(match name {
        "Hours" => Value::float(fraction(value, HOUR)),
        "Minutes" => Value::float(fraction(value, MINUTE)),
        "Seconds" => Value::float(fraction(value, SECOND)),
        "Milliseconds" => Value::int64(value / 1_000_000),
        "Microseconds" => Value::int64(value / 1_000),
        "Nanoseconds" => Value::int64(value),
        "Abs" => duration_value(value.checked_abs().unwrap_or(i64::MAX)),
        "Round" => duration_value(round_to(value, unit())),
        "Truncate" => duration_value(truncate_to(value, unit())),
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::recorded;

    #[test]
    fn durations_are_as_recorded() {
        recorded::check("durations.jsonl");
    }
}
