//! `wrong-chart-field-type` and `invalid-chart-version`: what Helm makes of the values in Chart.yaml.

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::functions::versions::{Constraint, Version};
use crate::rules::context::{Concern, Context, Rule};
use crate::yaml::NodeKind;

use super::fields::{span_of, string, text};

/// A version must be above it (`validateChartVersion`).
const LOWEST: &str = ">0.0.0-0";

pub(in crate::rules::builtin) struct WrongChartFieldType;

impl Rule for WrongChartFieldType {
    fn name(&self) -> &'static str {
        "wrong-chart-field-type"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let metadata = &context.chart.metadata;
        for field in ["version", "appVersion"] {
            // The check does not look past the exact name, though the loader does.
            let Some(entry) = metadata.root().and_then(|root| root.get(field)) else { continue };
            let kind = &entry.value.node.kind;
            let written = context.sources.slice(span_of(context, &entry.value)).trim();
            let (what, read) = match kind {
                // A `version` that is null is missing.
                NodeKind::Null if field == "appVersion" => ("null", None),
                NodeKind::Bool(_) => ("a boolean", crate::chart::scalar_text(&entry.value.node)),
                NodeKind::Number(_) => ("a number", crate::chart::scalar_text(&entry.value.node)),
                _ => continue,
            };
            let place = if written.is_empty() {
                entry.key_range.in_file(metadata.file)
            } else {
                span_of(context, &entry.value)
            };
            let message = match &read {
                Some(read) if read != written => {
                    format!(
                        "`{field}` is {what}, which Helm reads as `{read}`, and has to be a string"
                    )
                }
                _ => format!("`{field}` is {what} and has to be a string"),
            };
            let diagnostic = wrong(place, message, field).label("YAML takes this for no text");
            out.push(match read {
                Some(_) => diagnostic.help(format!("write `{field}: \"{written}\"`")),
                None => diagnostic.help(format!("write a version in quotes, or remove `{field}`")),
            });
        }
        // Null entries of lists have rules of their own.
        for refused in metadata.refused.iter().filter(|refused| !refused.wanted.is_empty()) {
            let field = &refused.field;
            let (found, wanted) = (in_words(refused.found), wanted(&refused.wanted));
            out.push(
                wrong(refused.span, format!("`{field}` is {found} and has to be {wanted}"), field)
                    .label("Helm does not load the chart with it")
                    .help(format!("write {wanted}")),
            );
        }
    }
}

fn wrong(span: crate::source::Span, message: String, field: &str) -> Diagnostic {
    Diagnostic::new("wrong-chart-field-type", Severity::Error, span, message).subject(field)
}

/// What encoding/json calls a value.
fn in_words(found: &str) -> &'static str {
    match found {
        "array" => "a list",
        "object" => "a mapping",
        "number" => "a number",
        "bool" => "a boolean",
        "null" => "null",
        _ => "a string",
    }
}

/// A type of Go.
fn wanted(go_type: &str) -> &'static str {
    match go_type {
        "string" => "a string",
        "bool" => "`true` or `false`",
        "map[string]string" => "a mapping of strings",
        "[]string" | "[]interface {}" => "a list",
        kind if kind.starts_with("[]") => "a list of mappings",
        _ => "a mapping",
    }
}

pub(in crate::rules::builtin) struct InvalidChartVersion;

impl Rule for InvalidChartVersion {
    fn name(&self) -> &'static str {
        "invalid-chart-version"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let written = string(context, "version").map(|(text, span)| (text.to_owned(), span));
        // A number is the matter of another rule, which knows the field only under its exact name, as Helm does.
        let is_exact =
            context.chart.metadata.root().is_some_and(|root| root.get("version").is_some());
        let other = || text(context, "version").filter(|(text, _)| !is_exact && !text.is_empty());
        let Some((text, span)) = written.or_else(other) else { return };
        let text = text.as_str();
        let Ok(version) = Version::parse(text) else {
            let message = format!("`{text}` is no version");
            out.push(
                Diagnostic::new(self.name(), Severity::Error, span, message)
                    .label("Helm does not load the chart with it")
                    .help("write a semantic version, such as `1.2.3`")
                    .subject(text),
            );
            return;
        };
        if Constraint::parse(LOWEST).is_ok_and(|lowest| !lowest.check(&version)) {
            let message = format!("the version `{text}` is below all others");
            out.push(
                Diagnostic::new(self.name(), Severity::Error, span, message)
                    .label("Helm asks for one above `0.0.0-0`")
                    .help("write a higher version, such as `0.1.0`")
                    .subject(text),
            );
            return;
        }
        if !is_strict(text) {
            let message = format!("`{text}` is no strict semantic version");
            out.push(
                Diagnostic::new(self.name(), Severity::Warning, span, message)
                    .label("three numbers without a letter or zeros in front are needed")
                    .note("registries for OCI take no other, and Helm compares it as what it takes it for")
                    .help(format!("write `{version}`"))
                    .subject(text),
            );
        }
    }
}

/// Go `StrictNewVersion`, of what is a version.
fn is_strict(text: &str) -> bool {
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let numbers: Vec<&str> = text.get(..end).unwrap_or_default().split('.').collect();
    let is_number = |part: &&str| {
        part.bytes().all(|c| c.is_ascii_digit()) && (part.len() == 1 || !part.starts_with('0'))
    };
    numbers.len() == 3 && numbers.iter().all(is_number)
}
