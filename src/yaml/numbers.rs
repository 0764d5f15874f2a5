//! Floats as Go prints them.

use std::fmt::Write as _;

/// Go's `strconv.FormatFloat(value, 'g', -1, 64)`.
pub(super) fn format_g(value: f64) -> String {
    if let Some(special) = special(value) {
        return special.to_owned();
    }
    let (digits, exponent) = shortest(value);
    // 'g' with the shortest digits turns to exponents as if the precision were 6.
    let mut out = signed(value.is_sign_negative(), digits.len());
    if (-4..6).contains(&exponent) {
        push_plain(&mut out, &digits, exponent);
    } else {
        push_exponent(&mut out, &digits, exponent);
    }
    out
}

/// Go's `strconv.FormatFloat(value, 'f', -1, 64)` for finite values.
pub(super) fn format_f(value: f64) -> String {
    let (digits, exponent) = shortest(value);
    let mut out = signed(value.is_sign_negative(), digits.len());
    push_plain(&mut out, &digits, exponent);
    out
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 32)`, as sigs.k8s.io/yaml prints keys, and numbers where text is wanted.
pub fn format_g32(value: f64) -> String {
    let narrow = value as f32;
    if let Some(special) = special(f64::from(narrow)) {
        return special.to_owned();
    }
    let (digits, exponent) = split(&format!("{narrow:e}"));
    let mut out = signed(narrow.is_sign_negative(), digits.len());
    if (-4..6).contains(&exponent) {
        push_plain(&mut out, &digits, exponent);
    } else {
        push_exponent(&mut out, &digits, exponent);
    }
    out
}

/// As go-yaml calls them.
fn special(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        return Some(".nan");
    }
    value.is_infinite().then_some(if value > 0.0 { ".inf" } else { "-.inf" })
}

/// The fewest digits that read back as the same number, and the exponent of the first.
///
/// Of two equally near ones Go takes the even one; Rust does so only where the number of digits is given.
fn shortest(value: f64) -> (String, i32) {
    let short = format!("{value:e}");
    let (digits, exponent) = split(&short);
    if digits.len() < LONGEST_WITHOUT_TIES {
        return (digits, exponent);
    }
    let rounded = format!("{value:.*e}", digits.len() - 1);
    match rounded.parse::<f64>() {
        Ok(same) if same.to_bits() == value.to_bits() => split(&rounded),
        _ => (digits, exponent),
    }
}

/// Two shortest decimals can be equally near only where they are this long.
const LONGEST_WITHOUT_TIES: usize = 15;

fn split(form: &str) -> (String, i32) {
    let form = form.trim_start_matches('-');
    let (mantissa, exponent) = form.split_once('e').unwrap_or((form, "0"));
    let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
    (digits, exponent.parse().unwrap_or(0))
}

fn signed(negative: bool, digits: usize) -> String {
    let mut out = String::with_capacity(digits + 8);
    if negative {
        out.push('-');
    }
    out
}

fn push_exponent(out: &mut String, digits: &str, exponent: i32) {
    let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
    out.push_str(first);
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    out.push_str(if exponent < 0 { "e-" } else { "e+" });
    let _ = write!(out, "{:02}", exponent.unsigned_abs());
}

fn push_plain(out: &mut String, digits: &str, exponent: i32) {
    if exponent < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', exponent.unsigned_abs() as usize - 1));
        out.push_str(digits);
        return;
    }
    let whole = exponent as usize + 1;
    match digits.split_at_checked(whole) {
        Some((whole, "")) => out.push_str(whole),
        Some((whole, fraction)) => {
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        }
        None => {
            out.push_str(digits);
            out.extend(std::iter::repeat_n('0', whole - digits.len()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, g: &str, f: &str, g32: &str) {
        assert_eq!((&*format_g(value), &*format_f(value), &*format_g32(value)), (g, f, g32));
    }

    #[test]
    fn floats_are_as_go_formats_them() {
        check(1.5, "1.5", "1.5", "1.5");
        check(-0.0, "-0", "-0", "-0");
        check(100_000.0, "100000", "100000", "100000");
        check(1e6, "1e+06", "1000000", "1e+06");
        check(1_234_567.5, "1.2345675e+06", "1234567.5", "1.2345675e+06");
        check(0.0001, "0.0001", "0.0001", "0.0001");
        check(0.000_01, "1e-05", "0.00001", "1e-05");
        check(1.1, "1.1", "1.1", "1.1");
        check(1e21, "1e+21", "1000000000000000000000", "1e+21");
        // Two decimals of 17 digits are equally near.
        check(
            -1_671_863_989_043_487.2,
            "-1.6718639890434872e+15",
            "-1671863989043487.2",
            "-1.671864e+15",
        );
    }

    #[test]
    fn what_is_no_number_has_a_name() {
        assert_eq!(format_g(f64::INFINITY), ".inf");
        assert_eq!(format_g(f64::NEG_INFINITY), "-.inf");
        assert_eq!(format_g32(f64::NAN), ".nan");
    }
}
