//! What a chart says it is: `missing-chart-field`, `invalid-chart-name`, `invalid-chart-api-version` and
//! `chart-field-needs-v2`, as Helm's loader and `helm lint` judge it (`pkg/chart/v2/lint/rules/chartfile.go`).

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, Rule};
use crate::yaml::NodeKind;

use super::fields::{first_line, span_of, text};

/// The fields without which Helm takes no chart, and what to write.
const REQUIRED: [(&str, &str); 3] =
    [("apiVersion", "apiVersion: v2"), ("name", "name: example"), ("version", "version: 0.1.0")];

pub(in crate::rules::builtin) struct MissingChartField;

impl Rule for MissingChartField {
    fn name(&self) -> &'static str {
        "missing-chart-field"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let metadata = &context.chart.metadata;
        let mut absent = Vec::new();
        for (field, example) in REQUIRED {
            let Some(entry) = metadata.field(field) else {
                absent.push((field, example));
                continue;
            };
            let is_empty = match &entry.value.node.kind {
                NodeKind::Null => true,
                NodeKind::Str(text) => text.is_empty(),
                _ => false,
            };
            if is_empty {
                let place = if entry.value.range.is_empty() {
                    entry.key_range.in_file(metadata.file)
                } else {
                    span_of(context, &entry.value)
                };
                out.push(
                    error("missing-chart-field", place, format!("`{field}` is empty"))
                        .label("Helm asks every chart for it")
                        .help(format!("write a value, such as `{example}`"))
                        .subject(field),
                );
            }
        }
        let Some(root) = metadata.stream.documents.first() else {
            return missing(context, &absent, out);
        };
        // What is no mapping, Helm's loader refuses as a whole.
        if root
            .root
            .as_ref()
            .is_none_or(|root| matches!(root.node.kind, NodeKind::Map(_) | NodeKind::Null))
        {
            missing(context, &absent, out);
        }
    }
}

/// One finding for all: they have one place.
fn missing(context: &Context<'_>, absent: &[(&str, &str)], out: &mut Vec<Diagnostic>) {
    let names: Vec<String> = absent.iter().map(|(field, _)| format!("`{field}`")).collect();
    let examples: Vec<String> = absent.iter().map(|(_, example)| format!("`{example}`")).collect();
    if names.is_empty() {
        return;
    }
    let is = if names.len() == 1 { "is" } else { "are" };
    let names = crate::diagnostic::in_words(&names);
    let place = first_line(context, context.chart.metadata.file);
    out.push(
        error("missing-chart-field", place, format!("{names} {is} missing from Chart.yaml"))
            .label("Helm asks every chart for it")
            .help(format!("write {}", crate::diagnostic::in_words(&examples)))
            .subject(names),
    );
}

pub(in crate::rules::builtin) struct InvalidChartName;

impl Rule for InvalidChartName {
    fn name(&self) -> &'static str {
        "invalid-chart-name"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some((name, span)) = text(context, "name").filter(|(name, _)| !name.is_empty()) else {
            return;
        };
        if name.contains('/') || matches!(name.as_str(), "." | "..") {
            out.push(
                error(self.name(), span, format!("the chart can't be called `{name}`"))
                    .label("Helm refuses a name that is a path")
                    .help("write the last part of the path alone")
                    .subject(name),
            );
            return;
        }
        let is_usual = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if let Some(odd) = name.chars().find(|c| !is_usual(*c)) {
            let lower: String =
                name.to_lowercase().chars().map(|c| if is_usual(c) { c } else { '-' }).collect();
            let message = format!("the chart's name `{name}` has a `{}`", odd.escape_default());
            out.push(
                Diagnostic::new(self.name(), Severity::Warning, span, message)
                    .label("chart names have lower-case letters, digits and `-`")
                    .note("names of objects and repositories are made of it, and those take no others")
                    .help(format!("write `{}`", lower.trim_matches('-')))
                    .subject(name),
            );
        }
    }
}

pub(in crate::rules::builtin) struct InvalidChartApiVersion;

impl Rule for InvalidChartApiVersion {
    fn name(&self) -> &'static str {
        "invalid-chart-api-version"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some((version, span)) = text(context, "apiVersion") else { return };
        if matches!(version.as_str(), "" | "v1" | "v2") {
            return;
        }
        out.push(
            error(self.name(), span, format!("`{version}` is no API version of charts"))
                .label("Helm knows `v1` and `v2`")
                .help("write `apiVersion: v2`")
                .subject(version),
        );
    }
}

pub(in crate::rules::builtin) struct ChartFieldNeedsV2;

impl Rule for ChartFieldNeedsV2 {
    fn name(&self) -> &'static str {
        "chart-field-needs-v2"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some((version, of_version)) = text(context, "apiVersion") else { return };
        if version != "v1" {
            return;
        }
        for field in ["type", "dependencies"] {
            let Some(entry) = context.chart.metadata.field(field) else { continue };
            let is_set = match &entry.value.node.kind {
                NodeKind::Seq(items) => !items.is_empty() && field == "dependencies",
                NodeKind::Null | NodeKind::Map(_) => false,
                NodeKind::Str(text) => !text.is_empty(),
                _ => field == "type",
            };
            if is_set {
                let key = entry.key_range.in_file(context.chart.metadata.file);
                let mut diagnostic =
                    error(self.name(), key, format!("`{field}` needs `apiVersion: v2`"))
                        .label("not a field of charts with `apiVersion: v1`")
                        .related(of_version, "this says that the chart is one of Helm 2")
                        .subject(field);
                diagnostic = diagnostic.help(match field {
                    "dependencies" => {
                        "write `apiVersion: v2`, or move the list to requirements.yaml"
                    }
                    _ => "write `apiVersion: v2`, or remove the field",
                });
                out.push(diagnostic);
            }
        }
    }
}

fn error(rule: &'static str, span: crate::source::Span, message: String) -> Diagnostic {
    Diagnostic::new(rule, Severity::Error, span, message)
}
