//! Go's layouts for points in time: `2006-01-02T15:04:05Z07:00` and their elements (`time/format.go`).

use std::fmt::Write as _;

use super::dates::{Civil, MONTHS, WEEKDAYS};

/// What an element of a layout stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    LongMonth,
    Month,
    NumericMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    PaddedDay,
    ZeroDay,
    PaddedYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperNoon,
    LowerNoon,
    ZoneName,
    /// `Z` for zero, colons, seconds, minutes.
    Offset(bool, bool, bool, bool),
    /// Digits; whether zeros at the end are left out.
    Fraction(usize, bool),
}

/// Elements that are told by their first characters alone; longer ones first.
const PLAIN: [(&str, Element); 31] = [
    ("January", Element::LongMonth),
    ("Monday", Element::LongWeekday),
    ("MST", Element::ZoneName),
    ("002", Element::ZeroYearDay),
    ("01", Element::ZeroMonth),
    ("02", Element::ZeroDay),
    ("03", Element::ZeroHour12),
    ("04", Element::ZeroMinute),
    ("05", Element::ZeroSecond),
    ("06", Element::Year),
    ("15", Element::Hour),
    ("1", Element::NumericMonth),
    ("2006", Element::LongYear),
    ("2", Element::Day),
    ("__2", Element::PaddedYearDay),
    ("_2", Element::PaddedDay),
    ("3", Element::Hour12),
    ("4", Element::Minute),
    ("5", Element::Second),
    ("PM", Element::UpperNoon),
    ("pm", Element::LowerNoon),
    ("-070000", Element::Offset(false, false, true, true)),
    ("-07:00:00", Element::Offset(false, true, true, true)),
    ("-0700", Element::Offset(false, false, false, true)),
    ("-07:00", Element::Offset(false, true, false, true)),
    ("-07", Element::Offset(false, false, false, false)),
    ("Z070000", Element::Offset(true, false, true, true)),
    ("Z07:00:00", Element::Offset(true, true, true, true)),
    ("Z0700", Element::Offset(true, false, false, true)),
    ("Z07:00", Element::Offset(true, true, false, true)),
    ("Z07", Element::Offset(true, false, false, false)),
];

/// The element at the start of `layout` and its length.
fn element_at(layout: &str) -> Option<(Element, usize)> {
    let short = |word: &str| {
        let rest = layout.strip_prefix(word)?;
        (!rest.starts_with(|c: char| c.is_ascii_lowercase())).then_some(word.len())
    };
    if layout.starts_with("_2006") {
        return None;
    }
    if let Some((word, element)) = PLAIN.iter().find(|(word, _)| layout.starts_with(word)) {
        return Some((*element, word.len()));
    }
    if let Some(len) = short("Jan") {
        return Some((Element::Month, len));
    }
    if let Some(len) = short("Mon") {
        return Some((Element::Weekday, len));
    }
    let rest = layout.strip_prefix(['.', ','])?;
    let digit = rest.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let behind = rest.trim_start_matches(digit);
    if behind.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = rest.len() - behind.len();
    Some((Element::Fraction(digits, digit == '9'), digits + 1))
}

/// The text before the next element, the element with its own text, and what follows.
fn next(layout: &str) -> (&str, Option<(Element, &str)>, &str) {
    for (at, _) in layout.char_indices() {
        let (before, here) = layout.split_at(at);
        if let Some((element, len)) = element_at(here) {
            let (own, rest) = here.split_at(len);
            return (before, Some((element, own)), rest);
        }
    }
    (layout, None, "")
}

/// Writes a point in time (Go `Time.Format`).
pub(super) fn format(civil: &Civil, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 10);
    let mut rest = layout;
    loop {
        let (before, element, behind) = next(rest);
        out.push_str(before);
        let Some((element, own)) = element else { return out };
        out.push_str(&shown(civil, element, own));
        rest = behind;
    }
}

fn shown(civil: &Civil, element: Element, own: &str) -> String {
    let month = usize::try_from(civil.month - 1).ok().and_then(|at| MONTHS.get(at)).unwrap_or(&"");
    let weekday =
        usize::try_from(civil.weekday()).ok().and_then(|at| WEEKDAYS.get(at)).unwrap_or(&"");
    let hour12 = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    match element {
        Element::LongMonth => (*month).to_owned(),
        Element::Month => month.get(..3).unwrap_or_default().to_owned(),
        Element::NumericMonth => civil.month.to_string(),
        Element::ZeroMonth => format!("{:02}", civil.month),
        Element::LongWeekday => (*weekday).to_owned(),
        Element::Weekday => weekday.get(..3).unwrap_or_default().to_owned(),
        Element::Day => civil.day.to_string(),
        Element::PaddedDay => format!("{:2}", civil.day),
        Element::ZeroDay => format!("{:02}", civil.day),
        Element::PaddedYearDay => format!("{:3}", civil.year_day()),
        Element::ZeroYearDay => format!("{:03}", civil.year_day()),
        Element::Hour => format!("{:02}", civil.hour),
        Element::Hour12 => hour12.to_string(),
        Element::ZeroHour12 => format!("{hour12:02}"),
        Element::Minute => civil.minute.to_string(),
        Element::ZeroMinute => format!("{:02}", civil.minute),
        Element::Second => civil.second.to_string(),
        Element::ZeroSecond => format!("{:02}", civil.second),
        Element::LongYear if civil.year < 0 => format!("-{:04}", civil.year.unsigned_abs()),
        Element::LongYear => format!("{:04}", civil.year),
        Element::Year => format!("{:02}", civil.year.rem_euclid(100)),
        Element::UpperNoon => if civil.hour >= 12 { "PM" } else { "AM" }.to_owned(),
        Element::LowerNoon => if civil.hour >= 12 { "pm" } else { "am" }.to_owned(),
        Element::ZoneName if !civil.zone.is_empty() => civil.zone.clone(),
        Element::ZoneName => {
            let minutes = civil.offset / 60;
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.abs();
            match minutes % 60 {
                0 => format!("{sign}{:02}", minutes / 60),
                rest => format!("{sign}{:02}{rest:02}", minutes / 60),
            }
        }
        Element::Offset(true, ..) if civil.offset == 0 => "Z".to_owned(),
        Element::Offset(_, colons, seconds, minutes) => {
            let sign = if civil.offset < 0 { '-' } else { '+' };
            let offset = civil.offset.abs();
            let colon = if colons { ":" } else { "" };
            let mut out = format!("{sign}{:02}", offset / 3600);
            if minutes {
                let _ = write!(out, "{colon}{:02}", offset / 60 % 60);
            }
            if seconds {
                let _ = write!(out, "{colon}{:02}", offset % 60);
            }
            out
        }
        Element::Fraction(digits, trimmed) => {
            let all = format!("{:09}", civil.nanosecond);
            let mut fraction = all.get(..digits.min(9)).unwrap_or(&all);
            if trimmed {
                fraction = fraction.trim_end_matches('0');
                if fraction.is_empty() {
                    return String::new();
                }
            }
            format!("{}{fraction}", own.get(..1).unwrap_or("."))
        }
    }
}

/// What a text says about a point in time.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanosecond: i64,
    /// Seconds east of Greenwich, if it says so.
    pub(super) offset: Option<i64>,
    /// Abbreviation of a zone, if it says one.
    pub(super) zone: Option<String>,
    /// It says `Z`.
    pub(super) is_utc: bool,
}

/// Reads a point in time (Go `time.Parse`); the error is Go's.
pub(super) fn parse(layout: &str, text: &str) -> Result<Parsed, String> {
    let mut parsed = Parsed { year: 0, month: -1, day: -1, ..Parsed::default() };
    let cannot = |rest: &str, element: &str| {
        format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quoted(text),
            quoted(layout),
            quoted(rest),
            quoted(element)
        )
    };
    let out_of_range = |what: &str| format!("parsing time {}: {what} out of range", quoted(text));
    let mut year_day = -1;
    let mut noon = None;
    let (mut template, mut rest) = (layout, text);
    loop {
        let (before, element, behind) = next(template);
        rest = skip(rest, before).map_err(|from| cannot(from, before))?;
        let Some((element, own)) = element else {
            if !rest.is_empty() {
                return Err(format!("parsing time {}: extra text: {}", quoted(text), quoted(rest)));
            }
            break;
        };
        let start = rest;
        let complaint = || cannot(start, own);
        match element {
            Element::Year => {
                let year = number(&mut rest, true, 2).ok_or_else(complaint)?;
                parsed.year = if year >= 69 { year + 1900 } else { year + 2000 };
            }
            Element::LongYear => parsed.year = number(&mut rest, true, 4).ok_or_else(complaint)?,
            Element::Month | Element::LongMonth => {
                let (at, behind) =
                    name(rest, &MONTHS, element == Element::Month).ok_or_else(complaint)?;
                (parsed.month, rest) = (at as i64 + 1, behind);
            }
            Element::NumericMonth | Element::ZeroMonth => {
                let fixed = element == Element::ZeroMonth;
                parsed.month = number(&mut rest, fixed, 2).ok_or_else(complaint)?;
                if !(1..=12).contains(&parsed.month) {
                    return Err(out_of_range("month"));
                }
            }
            Element::Weekday | Element::LongWeekday => {
                let short = element == Element::Weekday;
                rest = name(rest, &WEEKDAYS, short).ok_or_else(complaint)?.1;
            }
            Element::Day | Element::PaddedDay | Element::ZeroDay => {
                if element == Element::PaddedDay && rest.starts_with(' ') {
                    rest = rest.get(1..).unwrap_or_default();
                    let len = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
                    parsed.day =
                        rest.get(..len).and_then(|d| d.parse().ok()).ok_or_else(complaint)?;
                    rest = rest.get(len..).unwrap_or_default();
                } else {
                    parsed.day =
                        number(&mut rest, element == Element::ZeroDay, 2).ok_or_else(complaint)?;
                }
            }
            Element::PaddedYearDay | Element::ZeroYearDay => {
                let trimmed = rest.trim_start_matches(' ');
                let blanks = rest.len() - trimmed.len();
                rest = trimmed;
                let width = 3_usize.saturating_sub(blanks);
                let len = rest.bytes().take(width).take_while(u8::is_ascii_digit).count();
                let value = rest.get(..len).filter(|_| len == width).and_then(|d| d.parse().ok());
                year_day = value.ok_or_else(complaint)?;
                rest = rest.get(len..).unwrap_or_default();
            }
            Element::Hour => {
                parsed.hour = number(&mut rest, false, 2).ok_or_else(complaint)?;
                if parsed.hour > 23 {
                    return Err(out_of_range("hour"));
                }
            }
            Element::Hour12 | Element::ZeroHour12 => {
                parsed.hour =
                    number(&mut rest, element == Element::ZeroHour12, 2).ok_or_else(complaint)?;
                if parsed.hour > 12 {
                    return Err(out_of_range("hour"));
                }
            }
            Element::Minute | Element::ZeroMinute => {
                parsed.minute =
                    number(&mut rest, element == Element::ZeroMinute, 2).ok_or_else(complaint)?;
                if parsed.minute > 59 {
                    return Err(out_of_range("minute"));
                }
            }
            Element::Second | Element::ZeroSecond => {
                parsed.second =
                    number(&mut rest, element == Element::ZeroSecond, 2).ok_or_else(complaint)?;
                if parsed.second > 59 {
                    return Err(out_of_range("second"));
                }
                // A fraction may follow although the layout has none.
                let has_own = matches!(next(behind), ("", Some((Element::Fraction(..), _)), _));
                if !has_own && let Some((value, behind)) = fraction(rest) {
                    (parsed.nanosecond, rest) = (value, behind);
                }
            }
            Element::Fraction(digits, false) => {
                let part =
                    rest.get(..=digits).and_then(fraction).filter(|(_, rest)| rest.is_empty());
                parsed.nanosecond = part.ok_or_else(complaint)?.0;
                rest = rest.get(digits + 1..).unwrap_or_default();
            }
            Element::Fraction(_, true) => {
                if let Some((value, behind)) = fraction(rest) {
                    (parsed.nanosecond, rest) = (value, behind);
                }
            }
            Element::UpperNoon | Element::LowerNoon => {
                let upper = element == Element::UpperNoon;
                let (am, pm) = if upper { ("AM", "PM") } else { ("am", "pm") };
                noon = Some(rest.starts_with(pm));
                if !rest.starts_with(pm) && !rest.starts_with(am) {
                    return Err(complaint());
                }
                rest = rest.get(2..).unwrap_or_default();
            }
            Element::ZoneName => {
                if let Some(behind) = rest.strip_prefix("UTC") {
                    (parsed.is_utc, rest) = (true, behind);
                } else {
                    let len = rest.bytes().take(5).take_while(u8::is_ascii_uppercase).count();
                    if len < 3 {
                        return Err(complaint());
                    }
                    parsed.zone = rest.get(..len).map(str::to_owned);
                    rest = rest.get(len..).unwrap_or_default();
                }
            }
            Element::Offset(z, ..) if z && rest.starts_with('Z') => {
                parsed.is_utc = true;
                rest = rest.get(1..).unwrap_or_default();
            }
            Element::Offset(_, colons, seconds, minutes) => {
                let (value, behind) = offset(rest, colons, seconds, minutes)
                    .map_err(|fault| fault.map_or_else(complaint, out_of_range))?;
                (parsed.offset, rest) = (Some(value), behind);
            }
        }
        template = behind;
    }
    match noon {
        Some(true) if parsed.hour < 12 => parsed.hour += 12,
        Some(false) if parsed.hour == 12 => parsed.hour = 0,
        _ => {}
    }
    if year_day >= 0 {
        let leap = super::dates::is_leap(parsed.year);
        if !(1..=365 + i64::from(leap)).contains(&year_day) {
            return Err(out_of_range("day-of-year"));
        }
        let days = super::dates::days_from_civil(parsed.year, 1, 1) + year_day - 1;
        let (_, month, day) = super::dates::civil_from_days(days);
        (parsed.month, parsed.day) = (month, day);
    }
    if parsed.month < 0 {
        parsed.month = 1;
    }
    if parsed.day < 0 {
        parsed.day = 1;
    }
    if !(1..=super::dates::days_in(parsed.year, parsed.month)).contains(&parsed.day) {
        return Err(out_of_range("day"));
    }
    Ok(parsed)
}

/// Takes a number of at most `width` digits, or just so many, off the front of `rest`.
fn number(rest: &mut &str, fixed: bool, width: usize) -> Option<i64> {
    let len = rest.bytes().take(width).take_while(u8::is_ascii_digit).count();
    if len == 0 || (fixed && len < width) {
        return None;
    }
    let value = rest.get(..len)?.parse().ok()?;
    *rest = rest.get(len..)?;
    Some(value)
}

/// `text` behind `prefix`, or from where it differs; a run of spaces matches any number of them.
fn skip<'a>(text: &'a str, prefix: &str) -> Result<&'a str, &'a str> {
    let (mut text, mut prefix) = (text, prefix);
    while let Some(c) = prefix.chars().next() {
        if c == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return Err(text);
            }
            (text, prefix) = (text.trim_start_matches(' '), prefix.trim_start_matches(' '));
            continue;
        }
        text = text.strip_prefix(c).ok_or(text)?;
        prefix = prefix.get(c.len_utf8()..).unwrap_or_default();
    }
    Ok(text)
}

/// A string in quotes as Go's `time` shows it: only ASCII stands as it is.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' | 0x7f => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push('"');
    out
}

fn name<'a>(text: &'a str, names: &[&str], short: bool) -> Option<(usize, &'a str)> {
    names.iter().enumerate().find_map(|(at, name)| {
        let name = if short { name.get(..3)? } else { name };
        let start = text.get(..name.len())?;
        start.eq_ignore_ascii_case(name).then(|| Some((at, text.get(name.len()..)?)))?
    })
}

/// Nanoseconds out of `.123` or `,123`, and what follows.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let digits = text.strip_prefix(['.', ','])?;
    let len = digits.bytes().take_while(u8::is_ascii_digit).count();
    let shown = digits.get(..len.min(9)).filter(|_| len > 0)?;
    let value: i64 = shown.parse().ok()?;
    Some((value * 10_i64.pow(9 - shown.len() as u32), digits.get(len..)?))
}

/// Why an offset can't be read: its text, or a part that is out of range.
type OffsetFault = Option<&'static str>;

/// Seconds out of an offset such as `+01:00`, and what follows.
fn offset(
    text: &str,
    colons: bool,
    seconds: bool,
    minutes: bool,
) -> Result<(i64, &str), OffsetFault> {
    let mut rest = text.get(1..).ok_or(None)?;
    let mut value = 0;
    let mut is_number = true;
    let mut out_of_range = None;
    let parts = [
        (3600, 24, "time zone offset hour", true),
        (60, 60, "time zone offset minute", minutes),
        (1, 60, "time zone offset second", seconds),
    ];
    for (unit, most, what, wanted) in parts {
        if !wanted {
            continue;
        }
        if colons && unit != 3600 {
            rest = rest.strip_prefix(':').ok_or(None)?;
        }
        let digits = rest.get(..2).ok_or(None)?;
        match digits.parse::<i64>() {
            Ok(number) if digits.bytes().all(|c| c.is_ascii_digit()) => {
                if is_number && number > most {
                    out_of_range = Some(what);
                }
                value += number * unit;
            }
            _ => is_number = false,
        }
        rest = rest.get(2..).ok_or(None)?;
    }
    if out_of_range.is_some() {
        return Err(out_of_range);
    }
    match text.bytes().next() {
        Some(b'+') if is_number => Ok((value, rest)),
        Some(b'-') if is_number => Ok((-value, rest)),
        _ => Err(None),
    }
}
