//! Floats as Go prints them.

/// Go's `strconv.FormatFloat(value, 'g', -1, 64)`.
pub(super) fn format_g(value: f64) -> String {
    if let Some(special) = special(value) {
        return special.to_owned();
    }
    from_exponent_form(&format!("{value:e}"), value.is_sign_negative())
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 32)`, as sigs.k8s.io/yaml prints keys.
pub(super) fn format_g32(value: f64) -> String {
    let narrow = value as f32;
    if let Some(special) = special(f64::from(narrow)) {
        return special.to_owned();
    }
    from_exponent_form(&format!("{narrow:e}"), narrow.is_sign_negative())
}

/// As go-yaml calls them.
fn special(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        return Some(".nan");
    }
    value.is_infinite().then_some(if value > 0.0 { ".inf" } else { "-.inf" })
}

/// Rust and Go agree on the shortest digits that read back as the same number.
fn from_exponent_form(form: &str, negative: bool) -> String {
    let form = form.trim_start_matches('-');
    let (mantissa, exponent) = form.split_once('e').unwrap_or((form, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mut out = String::with_capacity(digits.len() + 8);
    if negative {
        out.push('-');
    }
    // 'g' with the shortest digits turns to exponents as if the precision were 6.
    if !(-4..6).contains(&exponent) {
        push_exponent(&mut out, &digits, exponent);
    } else {
        push_plain(&mut out, &digits, exponent);
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
    out.push_str(&format!("{:02}", exponent.unsigned_abs()));
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
