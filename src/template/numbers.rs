//! Numeric constants: every type that a number can be, as Go's `newNumber` (`node.go`) and `strconv` have it.

use std::sync::Arc;

use crate::source::TextRange;

use super::ast::Number;
use super::characters::go_quote;
use super::strings::unquote_char;

/// Go's `strconv.ErrRange`.
const OUT_OF_RANGE: &str = "value out of range";
/// `errComplex` in Go's `fmt/scan.go`.
const NOT_COMPLEX: &str = "syntax error scanning complex number";
const TWO_TO_THE_63: f64 = 9_223_372_036_854_775_808.0;
const TWO_TO_THE_64: f64 = 18_446_744_073_709_551_616.0;

/// What the lexer took the constant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberForm {
    Character,
    Complex,
    Plain,
}

/// A number without a value, for a constant that has none.
pub(super) fn no_number(text: &str, range: TextRange) -> Number {
    Number {
        range,
        text: Arc::from(text),
        int: None,
        uint: None,
        float: None,
        complex: None,
        is_char: false,
    }
}

/// The value of a constant, or Go's message.
pub(super) fn parse_number(
    text: &str,
    form: NumberForm,
    range: TextRange,
) -> Result<Number, String> {
    let mut number = no_number(text, range);
    match form {
        NumberForm::Character => {
            let code = unquote_char(text)?;
            number.is_char = true;
            number.int = Some(i64::from(code));
            number.uint = Some(u64::from(code));
            number.float = Some(f64::from(code));
            return Ok(number);
        }
        NumberForm::Complex => {
            let (real, imaginary) = scan_complex(text)?;
            set_complex(&mut number, real, imaginary);
            return Ok(number);
        }
        NumberForm::Plain => {}
    }
    if let Some(imaginary) = text.strip_suffix('i').and_then(|text| parse_float(text).ok()) {
        set_complex(&mut number, 0.0, imaginary);
        return Ok(number);
    }
    number.uint = parse_uint(text);
    number.int = parse_int(text);
    if number.int == Some(0) {
        // "-0" and "+0" are unsigned too.
        number.uint = Some(0);
    }
    number.float = number.int.map(|int| int as f64).or(number.uint.map(|uint| uint as f64));
    if number.float.is_some() {
        return Ok(number);
    }
    let Ok(float) = parse_float(text) else {
        return Err(format!("illegal number syntax: {}", go_quote(text)));
    };
    if !text.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {}", go_quote(text)));
    }
    set_float(&mut number, float);
    Ok(number)
}

fn set_complex(number: &mut Number, real: f64, imaginary: f64) {
    number.complex = Some((real, imaginary));
    if imaginary == 0.0 {
        set_float(number, real);
    }
}

fn set_float(number: &mut Number, float: f64) {
    number.float = Some(float);
    let is_whole = float.fract() == 0.0;
    number.int =
        (is_whole && (-TWO_TO_THE_63..TWO_TO_THE_63).contains(&float)).then_some(float as i64);
    number.uint = (is_whole && (0.0..TWO_TO_THE_64).contains(&float)).then_some(float as u64);
}

/// `strconv.ParseUint(text, 0, 64)`, its errors left aside.
fn parse_uint(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'b' | b'B', _, ..] => (text.get(2..)?, 2),
        [b'0', b'o' | b'O', _, ..] => (text.get(2..)?, 8),
        [b'0', b'x' | b'X', _, ..] => (text.get(2..)?, 16),
        [b'0'] => return Some(0),
        [b'0', ..] => (text.get(1..)?, 8),
        [] => return None,
        _ => (text, 10),
    };
    if !underscores_separate_digits(text) {
        return None;
    }
    let mut value = 0_u64;
    for digit in digits.chars().filter(|digit| *digit != '_') {
        value =
            value.checked_mul(u64::from(radix))?.checked_add(u64::from(digit.to_digit(radix)?))?;
    }
    Some(value)
}

/// `strconv.ParseInt(text, 0, 64)`, its errors left aside.
fn parse_int(text: &str) -> Option<i64> {
    if let Some(digits) = text.strip_prefix('-') {
        return 0_i64.checked_sub_unsigned(parse_uint(digits)?);
    }
    i64::try_from(parse_uint(text.strip_prefix('+').unwrap_or(text))?).ok()
}

/// `underscoreOK` in Go's `strconv/atoi.go`: each stands between two digits, or a base prefix and a digit.
fn underscores_separate_digits(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    let (prefix, hexadecimal) = match text {
        [b'0', b'x' | b'X', ..] => (2, true),
        [b'0', b'b' | b'B' | b'o' | b'O', ..] => (2, false),
        _ => (0, false),
    };
    let mut after_digit = prefix > 0;
    let mut after_underscore = false;
    for byte in text.get(prefix..).unwrap_or_default() {
        let is_digit = byte.is_ascii_digit() || (hexadecimal && byte.is_ascii_hexdigit());
        let is_underscore = *byte == b'_';
        if (is_underscore && !after_digit) || (after_underscore && !is_digit) {
            return false;
        }
        (after_digit, after_underscore) = (is_digit, is_underscore);
    }
    !after_underscore
}

/// `strconv.ParseFloat(text, 64)` for what the lexer takes for numbers; the error is Go's reason.
fn parse_float(text: &str) -> Result<f64, &'static str> {
    const INVALID: &str = super::strings::INVALID_SYNTAX;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let float = if let [b'0', b'x' | b'X', _, ..] = unsigned.as_bytes() {
        let magnitude = parse_hexadecimal(unsigned.get(2..).unwrap_or_default()).ok_or(INVALID)?;
        if text.starts_with('-') { -magnitude } else { magnitude }
    } else {
        if !unsigned.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '.' | '_'))
        {
            // Rust's parser knows names like "inf", which no number token can be.
            return Err(INVALID);
        }
        text.replace('_', "").parse().map_err(|_| INVALID)?
    };
    if !underscores_separate_digits(text) {
        return Err(INVALID);
    }
    if float.is_infinite() { Err(OUT_OF_RANGE) } else { Ok(float) }
}

/// The value of a hexadecimal float behind its `0x`; it must have an exponent.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    /// More would overflow nothing, but changes nothing either.
    const MAX_EXPONENT: i32 = 10_000;

    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut mantissa = 0_u64;
    let mut shift = 0_i32;
    let mut any = false;
    for (part, is_fraction) in [(whole, false), (fraction, true)] {
        for digit in part.chars().filter(|digit| *digit != '_') {
            let digit = u64::from(digit.to_digit(16)?);
            any = true;
            let kept = mantissa >> 60 == 0;
            if kept {
                mantissa = mantissa << 4 | digit;
            } else {
                // The last bit stands for all that no longer fit; rounding needs no more.
                mantissa |= u64::from(digit != 0);
            }
            shift = shift.saturating_add(match (kept, is_fraction) {
                (true, true) => -4,
                (false, false) => 4,
                _ => 0,
            });
        }
    }
    let negative = exponent.starts_with('-');
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !any || !exponent.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let mut power = 0_i32;
    for digit in exponent.chars().filter(|digit| *digit != '_') {
        let digit = digit.to_digit(10)? as i32;
        if power < MAX_EXPONENT {
            power = power * 10 + digit;
        }
    }
    Some(scale(mantissa, shift.saturating_add(if negative { -power } else { power })))
}

/// `mantissa * 2^exponent`, rounded once, to even.
fn scale(mantissa: u64, exponent: i32) -> f64 {
    const MANTISSA_BITS: i32 = 53;
    const MIN_EXPONENT: i32 = -1074;

    if mantissa == 0 {
        return 0.0;
    }
    let bits = u64::BITS as i32 - mantissa.leading_zeros() as i32;
    // As many bits are dropped as the result can't hold; subnormal numbers hold fewer.
    let dropped = (bits - MANTISSA_BITS).max(MIN_EXPONENT.saturating_sub(exponent)).max(0);
    if dropped > bits + 1 {
        return 0.0;
    }
    let wide = u128::from(mantissa);
    let half = (1_u128 << dropped) >> 1;
    let rest = wide & ((1_u128 << dropped) - 1);
    let mut kept = wide >> dropped;
    if rest > half || (rest == half && half > 0 && kept & 1 == 1) {
        kept += 1;
    }
    let mut value = kept as f64;
    let mut power = exponent.saturating_add(dropped);
    // Exact: `kept` has at most 53 bits, and none of them falls below the smallest exponent.
    while power > 0 && value.is_finite() {
        let step = power.min(1000);
        value *= 2_f64.powi(step);
        power -= step;
    }
    while power < 0 && value != 0.0 {
        let step = (-power).min(1000);
        value /= 2_f64.powi(step);
        power += step;
    }
    value
}

/// `fmt.Sscan` into a complex number: its own idea of where the real part ends (`complexTokens` in `fmt/scan.go`).
fn scan_complex(text: &str) -> Result<(f64, f64), String> {
    let real_len = float_token_len(text);
    let (real, rest) = text.split_at_checked(real_len).unwrap_or((text, ""));
    if !rest.starts_with(['+', '-']) {
        return Err(NOT_COMPLEX.to_owned());
    }
    let imaginary_len = 1 + float_token_len(rest.get(1..).unwrap_or_default());
    let (imaginary, rest) = rest.split_at_checked(imaginary_len).unwrap_or((rest, ""));
    if !rest.starts_with('i') {
        return Err(NOT_COMPLEX.to_owned());
    }
    let part = |text: &str| {
        parse_float(text)
            .map_err(|reason| format!("strconv.ParseFloat: parsing {}: {reason}", go_quote(text)))
    };
    Ok((part(real)?, part(imaginary)?))
}

fn float_token_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    let is = |at: usize, set: &[u8]| bytes.get(at).is_some_and(|byte| set.contains(byte));
    at += usize::from(is(at, b"+-"));
    // The scanner looks for "inf", and does not give the letter back.
    at += usize::from(is(at, b"iI"));
    let hexadecimal = is(at, b"0") && is(at + 1, b"xX");
    let (digits, exponent): (&[u8], &[u8]) = if hexadecimal {
        at += 2;
        (b"0123456789_abcdefABCDEF", b"pP")
    } else {
        (b"0123456789_", b"eEp")
    };
    while is(at, digits) {
        at += 1;
    }
    if is(at, b".") {
        at += 1;
        while is(at, digits) {
            at += 1;
        }
    }
    if is(at, exponent) {
        at += 1;
        at += usize::from(is(at, b"+-"));
        while is(at, b"0123456789_") {
            at += 1;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values as `int/uint/float/complex`, or the message.
    #[track_caller]
    fn check(text: &str, form: NumberForm, expected: &str) {
        let shown = match parse_number(text, form, TextRange::default()) {
            Ok(number) => {
                let int = number.int.map_or(String::new(), |int| int.to_string());
                let uint = number.uint.map_or(String::new(), |uint| uint.to_string());
                let float = number.float.map_or(String::new(), |float| format!("{float:e}"));
                let complex = number.complex.map_or(String::new(), |(a, b)| format!("{a}{b:+}i"));
                format!("{int}/{uint}/{float}/{complex}")
            }
            Err(message) => message,
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn integers() {
        for (text, expected) in [
            ("0", "0/0/0e0/"),
            ("-0", "0/0/0e0/"),
            ("+7", "7//7e0/"),
            ("-9223372036854775808", "-9223372036854775808//-9.223372036854776e18/"),
            ("18446744073709551615", "/18446744073709551615/1.8446744073709552e19/"),
            ("1_000", "1000/1000/1e3/"),
            ("0x_Ff", "255/255/2.55e2/"),
            ("0b101", "5/5/5e0/"),
            ("0o17", "15/15/1.5e1/"),
            ("017", "15/15/1.5e1/"),
            ("0_7", "7/7/7e0/"),
            ("089", "integer overflow: \"089\""),
            ("18446744073709551616", "integer overflow: \"18446744073709551616\""),
            ("1__0", "illegal number syntax: \"1__0\""),
            ("0x", "illegal number syntax: \"0x\""),
            ("-", "illegal number syntax: \"-\""),
            (".", "illegal number syntax: \".\""),
        ] {
            check(text, NumberForm::Plain, expected);
        }
    }

    #[test]
    fn floats() {
        for (text, expected) in [
            ("1.5", "//1.5e0/"),
            ("1e3", "1000/1000/1e3/"),
            ("-1e3", "-1000//-1e3/"),
            ("1e19", "/10000000000000000000/1e19/"),
            ("9223372036854775808.0", "/9223372036854775808/9.223372036854775808e18/"),
            ("1_0.2_5", "//1.025e1/"),
            ("0x1p-2", "//2.5e-1/"),
            ("0x1.8p1", "3/3/3e0/"),
            ("0x1.fffffffffffff8p0", "2/2/2e0/"),
            ("0x1.00000000000008p0", "1/1/1e0/"),
            ("0x1.000000000000080000000001p0", "//1.0000000000000002e0/"),
            ("0x1p-1074", "//5e-324/"),
            ("0x1p-1075", "0/0/0e0/"),
            ("0x1.8p-1075", "//5e-324/"),
            ("0x1p1024", "illegal number syntax: \"0x1p1024\""),
            ("1e999", "illegal number syntax: \"1e999\""),
            ("1e", "illegal number syntax: \"1e\""),
            ("0x1.8", "illegal number syntax: \"0x1.8\""),
        ] {
            let expected = expected.replace("9.223372036854775808e18", "9.223372036854776e18");
            check(text, NumberForm::Plain, &expected);
        }
    }

    #[test]
    fn complex_numbers() {
        check("2i", NumberForm::Plain, "///0+2i");
        check("0i", NumberForm::Plain, "0/0/0e0/0+0i");
        check("0x1p1i", NumberForm::Plain, "///0+2i");
        check("1+2i", NumberForm::Complex, "///1+2i");
        check("1.5-0i", NumberForm::Complex, "//1.5e0/1.5-0i");
        check("1i+2i", NumberForm::Complex, NOT_COMPLEX);
        check("0b1+2i", NumberForm::Complex, NOT_COMPLEX);
        check("1+i", NumberForm::Complex, NOT_COMPLEX);
        let message = "strconv.ParseFloat: parsing \"0x10\": invalid syntax";
        check("0x10+2i", NumberForm::Complex, message);
        let message = "strconv.ParseFloat: parsing \"+1e999\": value out of range";
        check("1+1e999i", NumberForm::Complex, message);
    }

    #[test]
    fn character_constants() {
        check("'a'", NumberForm::Character, "97/97/9.7e1/");
        check("'ab'", NumberForm::Character, "malformed character constant: 'ab'");
    }
}
