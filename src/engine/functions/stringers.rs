//! The values whose type has a method `String` in Go, which `fmt` and `toString` call.

use crate::engine::text::Text;
use crate::engine::value::{IntType, Kind, StructType, Value};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The result of the value's method `String`, if it has one that `fmt` finds.
pub(super) fn stringer(value: &Value) -> Option<Text> {
    match &value.kind {
        Kind::Int(nanoseconds, IntType::Duration) => Some(Text::plain(duration_text(*nanoseconds))),
        Kind::Int(month, IntType::Month) => Some(named(&MONTHS, month - 1, "Month", *month)),
        Kind::Int(day, IntType::Weekday) => Some(named(&WEEKDAYS, *day, "Weekday", *day)),
        Kind::Struct(structure) => match structure.ty {
            StructType::Semver => super::versions::version_of(structure)
                .map(|version| Text::plain(version.to_string())),
            StructType::Time => super::dates::shown(value).map(Text::plain),
            _ => None,
        },
        _ => None,
    }
}

fn named(names: &[&str], index: i64, ty: &str, value: i64) -> Text {
    match usize::try_from(index).ok().and_then(|index| names.get(index)) {
        Some(name) => Text::plain(*name),
        None => Text::plain(format!("%!{ty}({value})")),
    }
}

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;

/// A duration such as `1h0m1.5s` (Go `time.Duration.String`).
pub(super) fn duration_text(nanoseconds: i64) -> String {
    let magnitude = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    match magnitude {
        0 => "0s".to_owned(),
        1..MICROSECOND => format!("{sign}{magnitude}ns"),
        MICROSECOND..MILLISECOND => format!("{sign}{}µs", with_fraction(magnitude, MICROSECOND)),
        MILLISECOND..SECOND => format!("{sign}{}ms", with_fraction(magnitude, MILLISECOND)),
        _ => {
            let minutes = magnitude / SECOND / 60;
            let seconds = with_fraction(magnitude - minutes * 60 * SECOND, SECOND);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

fn with_fraction(amount: u64, unit: u64) -> String {
    let (whole, rest) = (amount / unit, amount % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let fraction = format!("{:0width$}", rest, width = unit.ilog10() as usize);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: i64, ty: IntType, expected: &str) {
        let text = stringer(&Value::new(Kind::Int(value, ty))).map(|text| text.as_str().to_owned());
        assert_eq!(text.as_deref(), Some(expected));
    }

    #[test]
    fn durations_use_the_largest_unit_that_fits() {
        check(0, IntType::Duration, "0s");
        check(999, IntType::Duration, "999ns");
        check(1_500, IntType::Duration, "1.5µs");
        check(-2_000_000, IntType::Duration, "-2ms");
        check(3_600_000_000_000, IntType::Duration, "1h0m0s");
        check(61_500_000_000, IntType::Duration, "1m1.5s");
        check(i64::MIN, IntType::Duration, "-2562047h47m16.854775808s");
    }

    #[test]
    fn months_and_weekdays_have_names() {
        check(1, IntType::Month, "January");
        check(13, IntType::Month, "%!Month(13)");
        check(0, IntType::Weekday, "Sunday");
    }
}
