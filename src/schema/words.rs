//! The words of Helm's schema library (`kind/kind.go` of santhosh-tekuri/jsonschema 6), which differ from those of its
//! Rust sibling.

use boon::ErrorKind;
use serde_json::{Number, Value as Json};

use crate::template::go_quote;

pub(super) fn of(kind: &ErrorKind<'_, '_>) -> String {
    match kind {
        ErrorKind::Group | ErrorKind::Schema { .. } | ErrorKind::Reference { .. } => {
            "validation failed".to_owned()
        }
        ErrorKind::ContentSchema => "'contentSchema' failed".to_owned(),
        ErrorKind::PropertyName { prop } => format!("invalid propertyName {}", quote(prop)),
        ErrorKind::RefCycle { url, kw_loc1, kw_loc2 } => format!(
            "both {kw_loc1} and {kw_loc2} resolve to {} causing reference cycle",
            go_quote(url)
        ),
        ErrorKind::FalseSchema => "false schema".to_owned(),
        ErrorKind::Type { got, want } => {
            let want: Vec<String> = want.iter().map(|ty| ty.to_string()).collect();
            format!("got {got}, want {}", want.join(" or "))
        }
        ErrorKind::Enum { want } if want.iter().any(is_collection) => "'enum' failed".to_owned(),
        ErrorKind::Enum { want } => {
            let shown: Vec<String> = want.iter().map(display).collect();
            if shown.len() == 1 {
                format!("value must be {}", shown.concat())
            } else {
                format!("value must be one of {}", shown.join(", "))
            }
        }
        ErrorKind::Const { want } if is_collection(want) => "'const' failed".to_owned(),
        ErrorKind::Const { want } => format!("value must be {}", display(want)),
        ErrorKind::Format { got, want, err } => {
            format!("{} is not valid {want}: {err}", display(got))
        }
        ErrorKind::MinProperties { got, want } => counted("minProperties", *got, *want),
        ErrorKind::MaxProperties { got, want } => counted("maxProperties", *got, *want),
        ErrorKind::MinItems { got, want } => counted("minItems", *got, *want),
        ErrorKind::MaxItems { got, want } => counted("maxItems", *got, *want),
        ErrorKind::MinLength { got, want } => counted("minLength", *got, *want),
        ErrorKind::MaxLength { got, want } => counted("maxLength", *got, *want),
        ErrorKind::AdditionalProperties { got } => {
            let mut names: Vec<&str> = got.iter().map(|name| &**name).collect();
            names.sort_unstable();
            format!("additional properties {} not allowed", quoted(&names))
        }
        ErrorKind::AdditionalItems { got } => {
            format!("last {} additionalItem(s) not allowed", count(*got))
        }
        ErrorKind::Required { want } => match want.as_slice() {
            [one] => format!("missing property {}", quote(one)),
            several => format!("missing properties {}", quoted(several)),
        },
        ErrorKind::Dependency { prop, missing }
        | ErrorKind::DependentRequired { prop, missing } => {
            format!("properties {} required, if {} exists", quoted(missing), quote(prop))
        }
        ErrorKind::Contains => "no items match contains schema".to_owned(),
        ErrorKind::MinContains { got, want } if got.is_empty() => format!(
            "min {} items required to match contains schema, but none matched",
            count(*want)
        ),
        ErrorKind::MinContains { got, want } => contained("min", got, *want),
        ErrorKind::MaxContains { got, want } => contained("max", got, *want),
        ErrorKind::UniqueItems { got: [first, second] } => {
            format!("items at {} and {} are equal", count(*first), count(*second))
        }
        ErrorKind::Pattern { got, want } => {
            format!("{} does not match pattern {}", quote(got), quote(want))
        }
        ErrorKind::ContentEncoding { want, err } => {
            format!("value is not {} encoded: {err}", quote(want))
        }
        ErrorKind::ContentMediaType { want, err, .. } => {
            format!("value is not of mediatype {}: {err}", quote(want))
        }
        ErrorKind::Minimum { got, want } => compared("minimum", got, want),
        ErrorKind::Maximum { got, want } => compared("maximum", got, want),
        ErrorKind::ExclusiveMinimum { got, want } => compared("exclusiveMinimum", got, want),
        ErrorKind::ExclusiveMaximum { got, want } => compared("exclusiveMaximum", got, want),
        ErrorKind::MultipleOf { got, want } => compared("multipleOf", got, want),
        ErrorKind::Not => "'not' failed".to_owned(),
        ErrorKind::AllOf => "'allOf' failed".to_owned(),
        ErrorKind::AnyOf => "'anyOf' failed".to_owned(),
        ErrorKind::OneOf(None) => "'oneOf' failed, none matched".to_owned(),
        ErrorKind::OneOf(Some((first, second))) => {
            format!("'oneOf' failed, subschemas {first}, {second} matched")
        }
    }
}

/// Go's `%q`, in single quotes.
pub(super) fn quote(text: &str) -> String {
    let quoted = go_quote(text).replace("\\\"", "\"").replace('\'', "\\'");
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    format!("'{inner}'")
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
    names.join(", ")
}

fn is_collection(value: &Json) -> bool {
    matches!(value, Json::Array(_) | Json::Object(_))
}

fn display(value: &Json) -> String {
    match value {
        Json::String(text) => quote(text),
        Json::Array(_) | Json::Object(_) => "value".to_owned(),
        Json::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

fn counted(keyword: &str, got: usize, want: usize) -> String {
    format!("{keyword}: got {}, want {}", count(got), count(want))
}

fn contained(which: &str, got: &[usize], want: usize) -> String {
    let places: Vec<String> = got.iter().map(ToString::to_string).collect();
    format!(
        "{which} {} items required to match contains schema, but matched {} items at {}",
        count(want),
        count(got.len()),
        places.join(" ")
    )
}

fn compared(keyword: &str, got: &Number, want: &Number) -> String {
    format!("{keyword}: got {}, want {}", number(got), number(want))
}

/// A whole number as English writes it: `1,000`.
fn count(number: usize) -> String {
    grouped(&number.to_string())
}

/// As `golang.org/x/text/message` prints a float: at most three digits behind the point, groups before it.
fn number(number: &Number) -> String {
    let Some(value) = number.as_f64() else { return number.to_string() };
    let text = format!("{:.3}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let sign = if value < 0.0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: &str) {
        assert_eq!(number(&serde_json::from_str(value).unwrap()), expected);
    }

    #[test]
    fn numbers_in_english() {
        check("5", "5");
        check("-1234567", "-1,234,567");
        check("0.5", "0.5");
    }
}
