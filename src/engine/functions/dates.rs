//! Points in time: `now`, `date`, `toDate` and their kin (Sprig `date.go`), and the methods of `time.Time`.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every function of a template is an `Implementation`"
)]

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::value::{IntType, Kind, StructType, Value};

use super::arguments::{any, str, text};
use super::durations::{parse_duration, round_to};
use super::layout;
use super::stringers::duration_text;
use super::types::to_int64;
use super::{Call, Failure, Implementation};

/// What `now` gives: 2025-10-27T13:46:58Z, in seconds since 1970. A fixed point makes reports the same every day, and
/// one with a different number in each place shows which part a template prints.
pub const NOW: i64 = 1_761_572_818;

pub(super) const MONTHS: [&str; 12] = [
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

pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const DAY: i64 = 86_400;
const NANOS: i128 = 1_000_000_000;

/// Go's zero time, 0001-01-01T00:00:00Z, in seconds since 1970.
const ZERO_TIME: i64 = -62_135_596_800;

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("ago", ago),
    ("date", |call, args| in_zone(call, args, any(args, 1)?, str(args, 0)?, "Local")),
    ("dateInZone", date_in_zone),
    ("dateModify", date_modify),
    ("date_in_zone", date_in_zone),
    ("date_modify", date_modify),
    ("duration", duration),
    ("durationRound", duration_round),
    ("htmlDate", |call, args| in_zone(call, args, any(args, 0)?, "2006-01-02", "Local")),
    ("htmlDateInZone", |call, args| {
        in_zone(call, args, any(args, 0)?, "2006-01-02", str(args, 1)?)
    }),
    ("mustDateModify", must_date_modify),
    ("mustToDate", must_to_date),
    ("must_date_modify", must_date_modify),
    ("now", |_, _| Ok(Moment { seconds: NOW, nanosecond: 0, zone: "Local".to_owned() }.value())),
    ("toDate", to_date),
    ("unixEpoch", unix_epoch),
];

/// A point in time and the zone in which it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Seconds since 1970.
    seconds: i64,
    nanosecond: i64,
    /// `UTC`, `Local` (which is UTC too), the name of a zone, or `=SECONDS NAME` for a fixed offset.
    zone: String,
}

/// A point in time as a calendar and a clock show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanosecond: i64,
    /// Seconds east of Greenwich.
    pub(super) offset: i64,
    /// Abbreviation of the zone; may be empty.
    pub(super) zone: String,
}

impl Civil {
    pub(super) fn weekday(&self) -> i64 {
        (days_from_civil(self.year, self.month, self.day) + 4).rem_euclid(7)
    }

    pub(super) fn year_day(&self) -> i64 {
        days_from_civil(self.year, self.month, self.day) - days_from_civil(self.year, 1, 1) + 1
    }
}

pub(super) const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar.
pub(super) const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day.
pub(super) const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// Seconds east of Greenwich and the abbreviation.
fn offset_of(zone: &str, seconds: i64) -> (i64, String) {
    if let Some((offset, name)) = zone.strip_prefix('=').and_then(|fixed| fixed.split_once(' ')) {
        return (offset.parse().unwrap_or(0), name.to_owned());
    }
    if let Some(found) = find_zone(zone) {
        let seconds = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        if let Ok(at) = Timestamp::from_second(seconds) {
            let info = found.to_offset_info(at);
            return (i64::from(info.offset().seconds()), info.abbreviation().to_owned());
        }
    }
    (0, "UTC".to_owned())
}

/// A zone of the database; Go minds capitals.
fn find_zone(name: &str) -> Option<TimeZone> {
    if matches!(name, "" | "UTC" | "Local") {
        return None;
    }
    TimeZone::get(name).ok().filter(|zone| zone.iana_name() == Some(name))
}

impl Moment {
    fn value(&self) -> Value {
        let hidden = format!("{} {} {}", self.seconds, self.nanosecond, self.zone);
        Value::structure(StructType::Time, Vec::new(), Value::plain(hidden))
    }

    /// The point in time that a `time.Time` is.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let Kind::Struct(structure) = &value.kind else { return None };
        if structure.ty != StructType::Time {
            return None;
        }
        let mut parts = structure.hidden.as_str()?.splitn(3, ' ');
        let seconds = parts.next()?.parse().ok()?;
        let nanosecond = parts.next()?.parse().ok()?;
        Some(Self { seconds, nanosecond, zone: parts.next()?.to_owned() })
    }

    fn civil(&self) -> Civil {
        let (offset, zone) = offset_of(&self.zone, self.seconds);
        let local = self.seconds.saturating_add(offset);
        let (year, month, day) = civil_from_days(local.div_euclid(DAY));
        let rest = local.rem_euclid(DAY);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        Civil { year, month, day, hour, minute, second, nanosecond: self.nanosecond, offset, zone }
    }

    fn nanoseconds(&self) -> i128 {
        i128::from(self.seconds) * NANOS + i128::from(self.nanosecond)
    }

    fn at(&self, nanoseconds: i128) -> Self {
        let seconds = nanoseconds.div_euclid(NANOS) as i64;
        Self { seconds, nanosecond: nanoseconds.rem_euclid(NANOS) as i64, zone: self.zone.clone() }
    }

    fn plus(&self, duration: i64) -> Self {
        self.at(self.nanoseconds() + i128::from(duration))
    }

    /// The time from `other` to here, cut to what a duration holds.
    fn since(&self, other: &Self) -> i64 {
        let nanoseconds = self.nanoseconds() - other.nanoseconds();
        nanoseconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    fn format(&self, layout: &str) -> String {
        layout::format(&self.civil(), layout)
    }

    /// Reads a point in time; without a zone it is UTC.
    fn parse(layout: &str, text: &str) -> Result<Self, String> {
        let parsed = layout::parse(layout, text)?;
        let days = days_from_civil(parsed.year, parsed.month, parsed.day);
        let clock = parsed.hour * 3600 + parsed.minute * 60 + parsed.second;
        let offset = parsed.offset.unwrap_or(0);
        let zone = match (parsed.is_utc, parsed.offset, &parsed.zone) {
            (true, ..) => "UTC".to_owned(),
            (_, Some(0), _) => "Local".to_owned(),
            (_, Some(offset), zone) => format!("={offset} {}", zone.as_deref().unwrap_or("")),
            (_, None, Some(zone)) => format!("=0 {zone}"),
            _ => "Local".to_owned(),
        };
        let seconds = days * DAY + clock - offset;
        Ok(Self { seconds, nanosecond: parsed.nanosecond, zone })
    }
}

/// A point in time as TOML writes it: with or without an offset, a date, or a time of day.
pub(super) fn from_toml(text: &str) -> Value {
    const LAYOUTS: [&str; 4] =
        ["2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02", "15:04:05"];
    let text = text.replacen(' ', "T", 1);
    let moment = LAYOUTS.iter().find_map(|layout| Moment::parse(layout, &text).ok());
    moment.map_or(Value::NIL, |moment| moment.value())
}

/// What `fmt` prints for a `time.Time`.
pub(super) fn shown(value: &Value) -> Option<String> {
    Moment::of(value).map(|moment| moment.format("2006-01-02 15:04:05.999999999 -0700 MST"))
}

/// What JSON and YAML print for a `time.Time`.
pub(super) fn rfc3339(value: &Value) -> Option<String> {
    Moment::of(value).map(|moment| moment.format("2006-01-02T15:04:05.999999999Z07:00"))
}

/// The point in time that Sprig sees: everything but times and signed integers is now.
fn moment_of(value: &Value) -> Moment {
    let at = |seconds| Moment { seconds, nanosecond: 0, zone: "Local".to_owned() };
    match value.kind {
        Kind::Int(seconds, IntType::Int | IntType::Int64 | IntType::Int32) => at(seconds),
        _ => Moment::of(value).unwrap_or_else(|| at(NOW)),
    }
}

fn in_zone(
    call: &mut Call<'_>,
    args: &[Value],
    date: &Value,
    layout: &str,
    zone: &str,
) -> Result<Value, Failure> {
    let zone = if zone == "Local" || find_zone(zone).is_some() { zone } else { "UTC" };
    let moment = Moment { zone: zone.to_owned(), ..moment_of(date) };
    Ok(call.string(moment.format(layout), args))
}

fn date_in_zone(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    in_zone(call, args, any(args, 1)?, str(args, 0)?, str(args, 2)?)
}

fn time(args: &[Value], at: usize) -> Result<Moment, Failure> {
    let value = any(args, at)?;
    Moment::of(value).ok_or_else(|| {
        let got = value.type_name();
        Failure::Error(format!("wrong type for value; expected time.Time; got {got}"))
    })
}

fn date_modify(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let moment = time(args, 1)?;
    Ok(match parse_duration(str(args, 0)?) {
        Ok(duration) => moment.plus(duration).value(),
        Err(_) => moment.value(),
    })
}

fn must_date_modify(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let duration = parse_duration(str(args, 0)?).map_err(Failure::Error)?;
    Ok(time(args, 1)?.plus(duration).value())
}

fn ago(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let date = any(args, 0)?;
    // Unlike `date`, this one doesn't know `int32`.
    let moment = match date.kind {
        Kind::Int(_, IntType::Int32) => moment_of(&Value::NIL),
        _ => moment_of(date),
    };
    let duration = round_to(moment_of(&Value::NIL).since(&moment), 1_000_000_000);
    Ok(call.string(duration_text(duration), args))
}

fn duration(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let seconds = match &any(args, 0)?.kind {
        Kind::Str(text) => decimal_seconds(text.as_str()),
        Kind::Int(seconds, IntType::Int64) => *seconds,
        _ => 0,
    };
    Ok(call.string(duration_text(seconds.wrapping_mul(1_000_000_000)), args))
}

/// Go `strconv.ParseInt`, whose value beside the error of a number too large is the largest.
fn decimal_seconds(text: &str) -> i64 {
    use std::num::IntErrorKind;
    match text.parse() {
        Ok(seconds) => seconds,
        Err(error) => match std::num::ParseIntError::kind(&error) {
            IntErrorKind::PosOverflow => i64::MAX,
            IntErrorKind::NegOverflow => i64::MIN,
            _ => 0,
        },
    }
}

/// Units of `durationRound`, in seconds.
const UNITS: [(u64, &str); 6] =
    [(365 * 86_400, "y"), (30 * 86_400, "mo"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];

fn duration_round(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let value = any(args, 0)?;
    let duration = match &value.kind {
        Kind::Str(text) => parse_duration(text.as_str()).unwrap_or(0),
        Kind::Int(nanoseconds, IntType::Int64) => *nanoseconds,
        _ => Moment::of(value).map_or(0, |moment| moment_of(&Value::NIL).since(&moment)),
    };
    let magnitude = duration.unsigned_abs();
    let unit = UNITS.iter().find(|(seconds, _)| magnitude > seconds * 1_000_000_000);
    let shown = unit.map_or_else(
        || "0s".to_owned(),
        |(seconds, unit)| format!("{}{unit}", magnitude / (seconds * 1_000_000_000)),
    );
    Ok(call.string(shown, args))
}

fn must_to_date(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Moment::parse(str(args, 0)?, str(args, 1)?).map(|moment| moment.value()).map_err(Failure::Error)
}

fn to_date(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let zero = || Moment { seconds: ZERO_TIME, nanosecond: 0, zone: "UTC".to_owned() };
    let moment = Moment::parse(str(args, 0)?, str(args, 1)?).unwrap_or_else(|_| zero());
    Ok(moment.value())
}

fn unix_epoch(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let moment = time(args, 0)?;
    Ok(call.string(moment.seconds.to_string(), args))
}

/// A method of `time.Time`, `time.Duration`, `time.Month` or `time.Weekday`; `None` if there is none of that name.
pub fn time_method(
    call: &mut Call<'_>,
    name: &str,
    receiver: &Value,
    args: &[Value],
) -> Option<Result<Value, Failure>> {
    let from = std::slice::from_ref(receiver);
    if let Kind::Int(value, ty) = receiver.kind {
        return super::durations::duration_method(call, name, value, ty, args);
    }
    let moment = Moment::of(receiver)?;
    let civil = moment.civil();
    let typed = |value, ty| Value::new(Kind::Int(value, ty));
    let in_utc = |zone: &str| Moment { zone: zone.to_owned(), ..moment.clone() }.value();
    let whole = |divisor: i128| Value::int64((moment.nanoseconds() / divisor) as i64);
    Some(match name {
        "Format" => text(args, 0).map(|layout| call.string(moment.format(layout.as_str()), from)),
        "String" => Ok(call.string(shown(receiver)?, from)),
        "Year" => Ok(Value::int(civil.year)),
        "Month" => Ok(typed(civil.month, IntType::Month)),
        "Day" => Ok(Value::int(civil.day)),
        "Hour" => Ok(Value::int(civil.hour)),
        "Minute" => Ok(Value::int(civil.minute)),
        "Second" => Ok(Value::int(civil.second)),
        "Nanosecond" => Ok(Value::int(civil.nanosecond)),
        "Weekday" => Ok(typed(civil.weekday(), IntType::Weekday)),
        "YearDay" => Ok(Value::int(civil.year_day())),
        "Unix" => Ok(Value::int64(moment.seconds)),
        "UnixMilli" => Ok(whole(1_000_000)),
        "UnixMicro" => Ok(whole(1_000)),
        "UnixNano" => Ok(whole(1)),
        "UTC" => Ok(in_utc("UTC")),
        "Local" => Ok(in_utc("Local")),
        "IsZero" => Ok(Value::bool(moment.seconds == ZERO_TIME && moment.nanosecond == 0)),
        "IsDST" => Ok(Value::bool(is_summer(&moment))),
        "After" | "Before" | "Equal" | "Compare" | "Sub" => time(args, 0).map(|other| {
            let order = moment.nanoseconds().cmp(&other.nanoseconds());
            match name {
                "After" => Value::bool(order.is_gt()),
                "Before" => Value::bool(order.is_lt()),
                "Equal" => Value::bool(order.is_eq()),
                "Compare" => Value::int(order as i64),
                _ => typed(moment.since(&other), IntType::Duration),
            }
        }),
        "Add" => any(args, 0).map(|by| moment.plus(nanoseconds(by)).value()),
        "AddDate" => add_date(&moment, args),
        "Round" | "Truncate" => any(args, 0).map(|unit| {
            // Go counts from its zero time.
            let unit = i128::from(nanoseconds(unit));
            if unit <= 0 {
                return moment.value();
            }
            let rest = (moment.nanoseconds() - i128::from(ZERO_TIME) * NANOS).rem_euclid(unit);
            let up = name == "Round" && rest * 2 >= unit;
            moment.at(moment.nanoseconds() - rest + if up { unit } else { 0 }).value()
        }),
        _ => return None,
    })
}

fn nanoseconds(value: &Value) -> i64 {
    match value.kind {
        Kind::Int(nanoseconds, _) => nanoseconds,
        _ => to_int64(value),
    }
}

fn is_summer(moment: &Moment) -> bool {
    let at = Timestamp::from_second(moment.seconds).ok();
    find_zone(&moment.zone).zip(at).is_some_and(|(zone, at)| zone.to_offset_info(at).dst().is_dst())
}

/// Go's `AddDate`: months and days beyond their ends run over.
fn add_date(moment: &Moment, args: &[Value]) -> Result<Value, Failure> {
    let part = |at| any(args, at).map(nanoseconds);
    let (years, months, days) = (part(0)?, part(1)?, part(2)?);
    let civil = moment.civil();
    let too_far = || Failure::Limit("a date is too far away".to_owned());
    let month = (civil.month - 1).checked_add(months).ok_or_else(too_far)?;
    let year = civil.year.checked_add(years).and_then(|y| y.checked_add(month.div_euclid(12)));
    let year = year.filter(|year| year.abs() < 1 << 32).ok_or_else(too_far)?;
    let first = days_from_civil(year, month.rem_euclid(12) + 1, 1);
    let day = first.checked_add(civil.day - 1).and_then(|day| day.checked_add(days));
    let day = day.filter(|day| day.abs() < 1 << 42).ok_or_else(too_far)?;
    let clock = civil.hour * 3600 + civil.minute * 60 + civil.second;
    let local = day * DAY + clock;
    let (offset, _) = offset_of(&moment.zone, local - civil.offset);
    Ok(Moment { seconds: local - offset, ..moment.clone() }.value())
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::*;

    #[track_caller]
    fn check(layout: &str, zone: &str, expected: &str) {
        let args = [Value::plain(layout), Value::int(NOW), Value::plain(zone)];
        let shown = recorded::call("dateInZone", &args).unwrap();
        assert_eq!(shown.as_str(), Some(expected));
    }

    #[test]
    fn zones_are_known() {
        check("2006-01-02T15:04:05Z07:00", "UTC", "2025-10-27T13:46:58Z");
        check("Mon Jan _2 15:04:05 MST 2006", "America/New_York", "Mon Oct 27 09:46:58 EDT 2025");
        check("3:04PM -0700", "Asia/Kolkata", "7:16PM +0530");
        check("MST", "nowhere", "UTC");
    }

    #[test]
    fn dates_are_as_recorded() {
        recorded::check("dates.jsonl");
    }

    #[track_caller]
    fn check_method(name: &str, args: &[Value], expected: &str) {
        let args_of_date =
            [Value::plain("2006-01-02 15:04:05"), Value::plain("2024-01-31 13:14:15")];
        let time = recorded::call("toDate", &args_of_date).unwrap();
        assert_eq!(recorded::method(time_method, name, &time, args), expected);
    }

    #[test]
    fn times_have_methods() {
        let hours =
            |hours: i64| [Value::new(Kind::Int(hours * 3_600_000_000_000, IntType::Duration))];
        check_method(
            "AddDate",
            &[Value::int(0), Value::int(1), Value::int(0)],
            "2024-03-02 13:14:15 +0000 UTC",
        );
        check_method("Weekday", &[], "Wednesday");
        check_method("YearDay", &[], "31");
        check_method("Unix", &[], "1706706855");
        check_method("Month", &[], "January");
        check_method("Truncate", &hours(1), "2024-01-31 13:00:00 +0000 UTC");
        check_method("Round", &hours(24), "2024-02-01 00:00:00 +0000 UTC");
        check_method("Format", &[Value::plain("15:04")], "13:14");
    }
}
