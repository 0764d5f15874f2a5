//! What a scalar's text means: go-yaml v2's resolve.go.

const STR: &str = "tag:yaml.org,2002:str";
const BOOL: &str = "tag:yaml.org,2002:bool";
const INT: &str = "tag:yaml.org,2002:int";
const FLOAT: &str = "tag:yaml.org,2002:float";
const NULL: &str = "tag:yaml.org,2002:null";
const TIMESTAMP: &str = "tag:yaml.org,2002:timestamp";
const BINARY: &str = "tag:yaml.org,2002:binary";
/// Names the value of a `<<` key.
pub(super) const MERGE: &str = "tag:yaml.org,2002:merge";

/// What a scalar is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    /// May be infinite or no number.
    Float(f64),
    /// Its own text.
    Str,
    /// The text of a `!!binary`.
    Bytes(String),
}

/// What the plain text `text` looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Look {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Timestamp,
    Str,
}

impl Look {
    const fn tag(self) -> &'static str {
        match self {
            Self::Null => NULL,
            Self::Bool(_) => BOOL,
            Self::Int(_) | Self::Uint(_) => INT,
            Self::Float(_) => FLOAT,
            Self::Timestamp => TIMESTAMP,
            Self::Str => STR,
        }
    }
}

/// Resolves a scalar with the resolved tag `tag`; `Err` holds go-yaml's message.
pub(super) fn resolve(tag: Option<&str>, text: &str) -> Result<Resolved, String> {
    let tag = tag.unwrap_or("");
    match tag {
        "" | BOOL | INT | FLOAT | NULL | TIMESTAMP => {}
        BINARY => return decode_binary(text).map(Resolved::Bytes),
        _ => return Ok(Resolved::Str),
    }
    let look = look(text, tag.is_empty() || tag == TIMESTAMP);
    if tag.is_empty() || tag == look.tag() {
        return Ok(match look {
            Look::Null => Resolved::Null,
            Look::Bool(value) => Resolved::Bool(value),
            Look::Int(value) => Resolved::Int(value),
            Look::Uint(value) => Resolved::Uint(value),
            Look::Float(value) => Resolved::Float(value),
            Look::Timestamp | Look::Str => Resolved::Str,
        });
    }
    if let (FLOAT, Look::Int(value)) = (tag, look) {
        return Ok(Resolved::Float(value as f64));
    }
    Err(format!("cannot decode {} `{text}` as a {}", short_tag(look.tag()), short_tag(tag)))
}

fn short_tag(tag: &str) -> String {
    tag.strip_prefix("tag:yaml.org,2002:")
        .map_or_else(|| tag.to_owned(), |name| format!("!!{name}"))
}

/// What `text` looks like without quotes; a date is only looked for if `dates`.
pub(super) fn look(text: &str, dates: bool) -> Look {
    let Some(first) = text.bytes().next() else {
        return Look::Null;
    };
    // The whole length decides cheaply: no word of the table is longer than five bytes.
    if text.len() <= 5
        && let Some(found) = word(text)
    {
        return found;
    }
    match first {
        b'.' => dotted_float(text).map_or(Look::Str, Look::Float),
        b'0'..=b'9' | b'+' | b'-' => {
            if dates && is_timestamp(text) {
                return Look::Timestamp;
            }
            number(text).unwrap_or(Look::Str)
        }
        _ => Look::Str,
    }
}

fn word(text: &str) -> Option<Look> {
    Some(match text {
        "~" | "null" | "Null" | "NULL" => Look::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Look::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Look::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Look::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Look::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Look::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(text: &str) -> Option<Look> {
    let without;
    let plain = if text.contains('_') {
        without = text.replace('_', "");
        without.as_str()
    } else {
        text
    };
    if let Some(value) = parse_int(plain) {
        return Some(Look::Int(value));
    }
    if let Some(value) = parse_uint(plain) {
        return Some(Look::Uint(value));
    }
    if is_yaml_float(plain) {
        return plain.parse().ok().filter(|value: &f64| value.is_finite()).map(Look::Float);
    }
    // `0b-101` is a number only here.
    if let Some(digits) = plain.strip_prefix("0b") {
        return parse_signed(digits, 2).map(Look::Int);
    }
    None
}

/// Go's `strconv.ParseInt(text, 0, 64)` for texts without `_`.
fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let magnitude = parse_uint(digits)?;
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// Go's `strconv.ParseUint(text, 0, 64)` for texts without `_`.
fn parse_uint(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let (digits, radix) = match (bytes.first(), bytes.get(1)) {
        (Some(b'0'), Some(b'x' | b'X')) => (text.get(2..)?, 16),
        (Some(b'0'), Some(b'o' | b'O')) => (text.get(2..)?, 8),
        (Some(b'0'), Some(b'b' | b'B')) => (text.get(2..)?, 2),
        (Some(b'0'), Some(_)) => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    // Rust takes a sign here, Go does not.
    if !digits.as_bytes().first()?.is_ascii_alphanumeric() {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

fn parse_signed(digits: &str, radix: u32) -> Option<i64> {
    i64::from_str_radix(digits, radix).ok()
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_yaml_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at), unsigned.get(at + 1..)),
        None => (Some(unsigned), None),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let mantissa = mantissa.unwrap_or("");
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_fits && exponent_fits
}

/// Go's `strconv.ParseFloat` for texts that begin with a dot: `_` may stand between digits.
fn dotted_float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let lone_underscore = bytes.iter().enumerate().any(|(at, byte)| {
        let digit =
            |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        *byte == b'_' && !(digit(at.checked_sub(1)) && digit(Some(at + 1)))
    });
    if lone_underscore {
        return None;
    }
    let plain = text.replace('_', "");
    if !is_yaml_float(&plain) {
        return None;
    }
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Whether go-yaml's `parseTimestamp` takes it: Go's `time.Parse` with four layouts.
pub(super) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes.get(4) != Some(&b'-') {
        return false;
    }
    let Some(year) = text.get(..4).filter(|y| y.bytes().all(|b| b.is_ascii_digit())) else {
        return false;
    };
    let (Ok(year), Some(rest)) = (year.parse::<u32>(), text.get(5..)) else {
        return false;
    };
    let Some((month, rest)) = one_or_two_digits(rest, 12).filter(|(month, _)| *month > 0) else {
        return false;
    };
    let Some((day, rest)) = rest.strip_prefix('-').and_then(|rest| one_or_two_digits(rest, 31))
    else {
        return false;
    };
    if day == 0 || day > days_in(month, year) {
        return false;
    }
    if rest.is_empty() {
        return true;
    }
    if let Some(time) = rest.strip_prefix(['T', 't']) {
        return clock(time).is_some_and(is_zone);
    }
    let time = rest.trim_start_matches(' ');
    time.len() < rest.len() && clock(time) == Some("")
}

/// What stands behind `15:4:5.999999999`.
fn clock(text: &str) -> Option<&str> {
    let (_, rest) = one_or_two_digits(text, 23)?;
    let (_, rest) = one_or_two_digits(rest.strip_prefix(':')?, 59)?;
    let (_, rest) = one_or_two_digits(rest.strip_prefix(':')?, 59)?;
    let Some(fraction) = rest.strip_prefix(['.', ',']) else {
        return Some(rest);
    };
    let behind = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    Some(if behind.len() == fraction.len() { rest } else { behind })
}

fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some(rest) = text.strip_prefix(['+', '-']) else {
        return false;
    };
    let two = |part: &str, most: u32| {
        part.len() == 2
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse().is_ok_and(|value: u32| value <= most)
    };
    rest.split_once(':').is_some_and(|(hours, minutes)| two(hours, 24) && two(minutes, 60))
}

fn one_or_two_digits(text: &str, most: u32) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let value = text.get(..digits)?.parse().ok()?;
    (value <= most).then_some((value, text.get(digits..)?))
}

const fn days_in(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Go's base64 passes over line ends; bytes that are no UTF-8 become U+FFFD on the way through JSON.
fn decode_binary(text: &str) -> Result<String, String> {
    use base64::Engine as _;
    let compact: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    match base64::engine::general_purpose::STANDARD.decode(compact) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) => Err("!!binary value contains invalid base64 data".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Look) {
        let found = look(text, true);
        match (found, expected) {
            (Look::Float(found), Look::Float(expected)) if expected.is_nan() => {
                assert!(found.is_nan(), "{text}");
            }
            _ => assert_eq!(found, expected, "{text}"),
        }
    }

    #[test]
    fn words_are_those_of_yaml_1_1() {
        check("", Look::Null);
        check("~", Look::Null);
        check("nULL", Look::Str);
        check("y", Look::Bool(true));
        check("Off", Look::Bool(false));
        check("oFF", Look::Str);
        check("<<", Look::Str);
        check(".NaN", Look::Float(f64::NAN));
        check("-.Inf", Look::Float(f64::NEG_INFINITY));
        check("-.iNF", Look::Str);
    }

    #[test]
    fn numbers_are_those_of_go() {
        check("0", Look::Int(0));
        check("-0", Look::Int(0));
        check("+12", Look::Int(12));
        check("0777", Look::Int(511));
        check("0o777", Look::Int(511));
        check("08", Look::Float(8.0));
        check("-0x1F", Look::Int(-31));
        check("0b101", Look::Int(5));
        check("0b-101", Look::Int(-5));
        check("0x-1", Look::Str);
        check("1_000", Look::Int(1000));
        check("0x_1_", Look::Int(1));
        check("9223372036854775808", Look::Uint(1 << 63));
        check("-9223372036854775808", Look::Int(i64::MIN));
        check("-9223372036854775809", Look::Float(-9_223_372_036_854_775_808.0));
        check("1.", Look::Float(1.0));
        check("1e3", Look::Float(1000.0));
        check("1e", Look::Str);
        check("1e999", Look::Str);
        check(".5", Look::Float(0.5));
        check(".5_0", Look::Float(0.5));
        check("._5", Look::Str);
        check("+.5", Look::Float(0.5));
        check(".", Look::Str);
        check("1:30", Look::Str);
    }

    #[test]
    fn dates_are_those_of_four_layouts() {
        check("2001-01-01", Look::Timestamp);
        check("2001-1-1", Look::Timestamp);
        check("2000-2-29", Look::Timestamp);
        check("1900-2-29", Look::Str);
        check("2001-13-1", Look::Str);
        check("2001-1-1T1:2:3Z", Look::Timestamp);
        check("2001-1-1t1:2:3.5+24:60", Look::Timestamp);
        check("2001-1-1T1:2:3+25:00", Look::Str);
        check("2001-1-1T1:2:3", Look::Str);
        check("2001-1-1  1:2:3,4", Look::Timestamp);
        check("2001-1-1 1:2:3.", Look::Str);
        check("2001-1-1 24:2:3", Look::Str);
        check("2001-1-1 ", Look::Str);
    }

    #[test]
    fn tags_bind() {
        assert_eq!(resolve(Some(FLOAT), "1"), Ok(Resolved::Float(1.0)));
        assert_eq!(resolve(Some(STR), "1"), Ok(Resolved::Str));
        assert_eq!(resolve(Some("!own"), "1"), Ok(Resolved::Str));
        assert_eq!(resolve(Some(BINARY), "aGVs\nbG8="), Ok(Resolved::Bytes("hello".into())));
        let error = Err("cannot decode !!float `1.5` as a !!int".to_owned());
        assert_eq!(resolve(Some(INT), "1.5"), error);
    }
}
