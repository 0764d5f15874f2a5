//! Numbers as Go's `strconv` reads them from text.

/// Why a text is no integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not written as one.
    Syntax,
    /// It does not fit; the nearest integer that does.
    Range(i64),
}

/// Go `strconv.ParseInt(text, base, 64)`; base 0 reads the base off the prefix and allows `_` between digits.
pub(super) fn parse_int(text: &str, base: u32) -> Result<i64, Fault> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..)),
        [b'+', ..] => (false, text.get(1..)),
        _ => (false, Some(text)),
    };
    let digits = digits.unwrap_or_default();
    let (base, digits) = if base == 0 { with_prefix(digits)? } else { (base, digits.to_owned()) };
    if digits.is_empty() {
        return Err(Fault::Syntax);
    }
    let mut magnitude: Option<u64> = Some(0);
    for c in digits.chars() {
        let digit = c.to_digit(base).filter(|_| c.is_ascii()).ok_or(Fault::Syntax)?;
        magnitude = magnitude
            .and_then(|magnitude| magnitude.checked_mul(u64::from(base)))
            .and_then(|magnitude| magnitude.checked_add(u64::from(digit)));
    }
    let limit = 1_u64 << 63;
    match (negative, magnitude) {
        (true, Some(magnitude)) if magnitude <= limit => Ok((magnitude as i64).wrapping_neg()),
        (false, Some(magnitude)) if magnitude < limit => Ok(magnitude as i64),
        (true, _) => Err(Fault::Range(i64::MIN)),
        (false, _) => Err(Fault::Range(i64::MAX)),
    }
}

/// The base that a prefix says, and the digits without it and without `_`.
fn with_prefix(digits: &str) -> Result<(u32, String), Fault> {
    let lower = digits.as_bytes().get(1).map(u8::to_ascii_lowercase);
    let (base, rest) = match (digits.strip_prefix('0'), lower) {
        (Some(rest), Some(b'x')) if rest.len() > 1 => (16, rest.get(1..).unwrap_or_default()),
        (Some(rest), Some(b'b')) if rest.len() > 1 => (2, rest.get(1..).unwrap_or_default()),
        (Some(rest), Some(b'o')) if rest.len() > 1 => (8, rest.get(1..).unwrap_or_default()),
        (Some(rest), Some(_)) => (8, rest),
        _ => (10, digits),
    };
    if !rest.contains('_') {
        return Ok((base, rest.to_owned()));
    }
    if underscores_separate(digits) {
        Ok((base, rest.replace('_', "")))
    } else {
        Err(Fault::Syntax)
    }
}

/// Whether every `_` stands between two digits, or between the prefix and a digit (Go `underscoreOK`).
fn underscores_separate(number: &str) -> bool {
    let bytes = number.as_bytes();
    let prefixed = matches!(bytes, [b'0', b'x' | b'X' | b'b' | b'B' | b'o' | b'O', ..]);
    let hexadecimal = matches!(bytes, [b'0', b'x' | b'X', ..]);
    let mut before = if prefixed { b'0' } else { b'^' };
    for byte in bytes.iter().skip(if prefixed { 2 } else { 0 }) {
        if byte.is_ascii_digit() || hexadecimal && byte.is_ascii_hexdigit() {
            before = b'0';
        } else if *byte == b'_' {
            if before != b'0' {
                return false;
            }
            before = b'_';
        } else {
            if before == b'_' {
                return false;
            }
            before = b'!';
        }
    }
    before != b'_'
}

/// Go `strconv.ParseFloat(text, 64)`; `None` where it gives an error, also for numbers that are too large.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let (sign, magnitude) = match text.as_bytes() {
        [b'-', ..] => (-1.0, text.get(1..)?),
        [b'+', ..] => (1.0, text.get(1..)?),
        _ => (1.0, text),
    };
    if magnitude.eq_ignore_ascii_case("inf") || magnitude.eq_ignore_ascii_case("infinity") {
        return Some(sign * f64::INFINITY);
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    if magnitude.contains('_') && !underscores_separate(magnitude) {
        return None;
    }
    if let Some(digits) = magnitude.strip_prefix("0x").or_else(|| magnitude.strip_prefix("0X")) {
        return parse_hexadecimal(&digits.replace('_', "")).map(|float| sign * float);
    }
    let magnitude = magnitude.replace('_', "");
    let plain = |c: u8| matches!(c, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    if !magnitude.bytes().all(plain) || magnitude.starts_with(['+', '-']) {
        return None;
    }
    let float: f64 = magnitude.parse().ok()?;
    float.is_finite().then_some(sign * float)
}

/// `1.8p3`; the exponent is required.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut bits: u64 = 0;
    for (at, c) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(c.to_digit(16)?);
        let behind_point = at >= whole.len();
        if bits >> 60 == 0 {
            bits = bits << 4 | digit;
            exponent = exponent.checked_sub(if behind_point { 4 } else { 0 })?;
        } else {
            // Digits that no longer fit only say that the number is not a tie.
            bits |= u64::from(digit != 0);
            exponent = exponent.checked_add(if behind_point { 0 } else { 4 })?;
        }
    }
    if bits == 0 {
        return Some(0.0);
    }
    let mut float = bits as f64;
    let mut steps = exponent.clamp(-2200, 2200);
    while steps != 0 {
        let step = steps.clamp(-1000, 1000);
        float *= 2.0_f64.powi(step as i32);
        steps -= step;
    }
    float.is_finite().then_some(float)
}
