//! Floating point numbers as Go's `strconv` writes them.

use std::fmt::Write as _;

/// Decimal digits without trailing zeros, and where the point stands: `0.DIGITS * 10^point`.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

/// Writes a float as Go's `strconv.FormatFloat(value, format, precision, bits)` does.
///
/// `format` is one of `b e E f g G x X`; `precision` `None` is Go's -1, the shortest digits that give the value back;
/// `bits` is 32 or 64.
pub fn format_float(value: f64, format: u8, precision: Option<usize>, bits: u32) -> String {
    let value = if bits == 32 { f64::from(value as f32) } else { value };
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let mut out = String::new();
    if value.is_sign_negative() {
        out.push('-');
    }
    let magnitude = value.abs();
    match format {
        b'b' => write_binary(&mut out, magnitude, bits),
        b'x' | b'X' => write_hexadecimal(&mut out, magnitude, format == b'X', precision),
        b'f' => {
            if let Some(precision) = precision {
                let exact = precision.min(EXACT_DIGITS);
                let _ = write!(out, "{magnitude:.exact$}");
                out.extend(std::iter::repeat_n('0', precision - exact));
            } else {
                let decimal = decimal(magnitude, None, bits);
                let digits = decimal.digits.len() as i32 - decimal.point;
                write_fixed(&mut out, &decimal, usize::try_from(digits).unwrap_or(0));
            }
        }
        b'e' | b'E' => {
            let decimal = decimal(magnitude, precision.map(|precision| precision + 1), bits);
            let precision = precision.unwrap_or(decimal.digits.len().saturating_sub(1));
            write_exponent(&mut out, &decimal, precision, format);
        }
        b'g' | b'G' => write_general(&mut out, magnitude, precision, bits, format),
        _ => {
            out.push('%');
            out.push(char::from(format));
        }
    }
    out
}

/// No `float64` has more digits than this that are not zero.
const EXACT_DIGITS: usize = 1100;

/// The shortest digits, or `count` of them rounded half to even.
fn decimal(magnitude: f64, count: Option<usize>, bits: u32) -> Decimal {
    let text = match count {
        Some(count) => format!("{magnitude:.*e}", count.saturating_sub(1).min(EXACT_DIGITS)),
        None if bits == 32 => format!("{:e}", magnitude as f32),
        None => shortest(magnitude),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let point = if digits.is_empty() { 0 } else { exponent.parse::<i32>().unwrap_or(0) + 1 };
    Decimal { digits, point }
}

/// Fewer digits than this name one `float64` only, so that no two of them are equally near.
const AMBIGUOUS_DIGITS: usize = 15;

/// The shortest digits that give the value back; of two that are equally near, Go takes the even one.
fn shortest(magnitude: f64) -> String {
    let text = format!("{magnitude:e}");
    let digits = text.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    if digits < AMBIGUOUS_DIGITS {
        return text;
    }
    let nearest = format!("{magnitude:.*e}", digits - 1);
    match nearest.parse::<f64>() {
        Ok(again) if again.to_bits() == magnitude.to_bits() => nearest,
        _ => text,
    }
}

fn write_general(
    out: &mut String,
    magnitude: f64,
    precision: Option<usize>,
    bits: u32,
    format: u8,
) {
    let precision = precision.map(|precision| precision.max(1));
    let decimal = decimal(magnitude, precision, bits);
    let count = decimal.digits.len();
    // Go takes 6 here for the shortest form.
    let exponent_from = match precision {
        None => 6,
        Some(precision) if precision > count && count as i32 >= decimal.point => count,
        Some(precision) => precision,
    };
    let precision = precision.unwrap_or(count);
    let exponent = decimal.point - 1;
    if exponent < -4 || exponent >= exponent_from as i32 {
        let digits = precision.min(count).saturating_sub(1);
        write_exponent(out, &decimal, digits, format - (b'g' - b'e'));
        return;
    }
    let wanted = if precision as i32 > decimal.point { count } else { precision };
    write_fixed(out, &decimal, usize::try_from(wanted as i32 - decimal.point).unwrap_or(0));
}

fn write_exponent(out: &mut String, decimal: &Decimal, precision: usize, e: u8) {
    let digit = |at: usize| char::from(decimal.digits.get(at).copied().unwrap_or(b'0'));
    out.push(digit(0));
    if precision > 0 {
        out.push('.');
        out.extend((1..=precision).map(digit));
    }
    let exponent = if decimal.digits.is_empty() { 0 } else { decimal.point - 1 };
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "{}{sign}{:02}", char::from(e), exponent.unsigned_abs());
}

fn write_fixed(out: &mut String, decimal: &Decimal, precision: usize) {
    let digit = |at: i32| {
        let digit = usize::try_from(at).ok().and_then(|at| decimal.digits.get(at));
        char::from(digit.copied().unwrap_or(b'0'))
    };
    if decimal.point > 0 {
        out.extend((0..decimal.point).map(digit));
    } else {
        out.push('0');
    }
    if precision > 0 {
        out.push('.');
        out.extend((0..precision as i32).map(|at| digit(decimal.point + at)));
    }
}

/// Mantissa and exponent of two, as the bits hold them.
fn parts(magnitude: f64, bits: u32) -> (u64, i32, u32) {
    let (raw, mantissa_bits, bias) = if bits == 32 {
        (u64::from((magnitude as f32).to_bits()), 23, -127)
    } else {
        (magnitude.to_bits(), 52, -1023)
    };
    let exponent = (raw >> mantissa_bits) as i32;
    let mantissa = raw & ((1 << mantissa_bits) - 1);
    if exponent == 0 {
        (mantissa, bias + 1, mantissa_bits)
    } else {
        (mantissa | 1 << mantissa_bits, exponent + bias, mantissa_bits)
    }
}

fn write_binary(out: &mut String, magnitude: f64, bits: u32) {
    let (mantissa, exponent, mantissa_bits) = parts(magnitude, bits);
    let _ = write!(out, "{mantissa}p{:+}", exponent - mantissa_bits as i32);
}

/// Digits behind the point of a hexadecimal mantissa with all its bits.
const HEXADECIMAL_DIGITS: usize = 15;

fn write_hexadecimal(out: &mut String, magnitude: f64, upper: bool, precision: Option<usize>) {
    const ONE: u64 = 1 << 60;
    let (mut mantissa, mut exponent, mantissa_bits) = parts(magnitude, 64);
    if mantissa == 0 {
        exponent = 0;
    }
    mantissa <<= 60 - mantissa_bits;
    while mantissa != 0 && mantissa & ONE == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(precision) = precision
        && precision < HEXADECIMAL_DIGITS
    {
        let shift = precision as u32 * 4;
        let extra = (mantissa << shift) & (ONE - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (ONE << 1) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut text = format!("0x{}", (mantissa >> 60) & 1);
    let fraction = format!("{:015x}", mantissa & (ONE - 1));
    let fraction = match precision {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(precision) => {
            let kept = fraction.get(..precision).unwrap_or(&fraction);
            format!("{kept}{}", "0".repeat(precision.saturating_sub(kept.len())))
        }
    };
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(&fraction);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(text, "p{sign}{:02}", exponent.unsigned_abs());
    if upper {
        text.make_ascii_uppercase();
    }
    out.push_str(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, format: u8, precision: Option<usize>, bits: u32, expected: &str) {
        assert_eq!(format_float(value, format, precision, bits), expected);
    }

    #[test]
    fn the_shortest_form_has_an_exponent_from_a_million_and_below_a_ten_thousandth() {
        check(1_000_000.0, b'g', None, 64, "1e+06");
        check(999_999.0, b'g', None, 64, "999999");
        check(1_234_567.0, b'g', None, 64, "1.234567e+06");
        check(0.0001, b'g', None, 64, "0.0001");
        check(0.000_01, b'g', None, 64, "1e-05");
        check(0.0, b'g', None, 64, "0");
        check(-0.0, b'g', None, 64, "-0");
        check(100.0, b'g', None, 64, "100");
        check(f64::from(0.1_f32), b'g', None, 32, "0.1");
        check(f64::NEG_INFINITY, b'g', None, 64, "-Inf");
        check(614_679_951_557_300.2, b'g', None, 64, "6.146799515573002e+14");
        check(1e21, b'f', None, 64, "1000000000000000000000");
    }

    #[test]
    fn a_precision_rounds_half_to_even() {
        check(2.5, b'f', Some(0), 64, "2");
        check(1.005, b'f', Some(2), 64, "1.00");
        check(100.0, b'g', Some(3), 64, "100");
        check(1000.0, b'g', Some(3), 64, "1e+03");
        check(123.456, b'e', Some(2), 64, "1.23e+02");
        check(0.0, b'e', Some(2), 64, "0.00e+00");
    }

    #[test]
    fn powers_of_two_are_written_with_p() {
        check(1.0, b'b', None, 64, "4503599627370496p-52");
        check(1.0, b'x', None, 64, "0x1p+00");
        check(-3.75, b'X', Some(1), 64, "-0X1.EP+01");
        check(0.0, b'x', Some(3), 64, "0x0.000p+00");
    }
}
