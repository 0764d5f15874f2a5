//! `schema-violation` and `invalid-schema`: values are held against values.schema.json, as `helm install` does it.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, Rule};
use crate::schema::{Failure, SchemaFile, Verdict, Violation};
use crate::source::{FileId, SourceMap, Span};
use crate::values::{Data, Value};

/// Lines of explanation below one violation.
const MAX_REASONS: usize = 5;

pub(in crate::rules::builtin) struct SchemaViolation;

impl Rule for SchemaViolation {
    fn name(&self) -> &'static str {
        "schema-violation"
    }

    fn concern(&self) -> Concern {
        Concern::WrittenValues
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for verdict in context.verdicts() {
            match &verdict.failure {
                Some(Failure::Values(violations)) => report(context, verdict, violations, out),
                Some(Failure::NoMapping(found)) => {
                    let Some(span) = place(context, &verdict.scope) else { continue };
                    let message = format!(
                        "the values of the subchart `{}` are no mapping, but a {found}",
                        verdict.chart
                    );
                    out.push(violation(span, &message).subject(verdict.chart.to_string()));
                }
                Some(Failure::Schema { .. }) | None => {}
            }
        }
    }
}

pub(in crate::rules::builtin) struct InvalidSchema;

impl Rule for InvalidSchema {
    fn name(&self) -> &'static str {
        "invalid-schema"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for verdict in context.verdicts() {
            let Some(schema) = &verdict.schema else { continue };
            if let Some(Failure::Schema { message, pointer, .. }) = &verdict.failure
                && let Some(file) = SchemaFile::read(schema, context.sources)
            {
                let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
                out.push(
                    Diagnostic::new(
                        "invalid-schema",
                        Severity::Error,
                        file.place(pointer),
                        format!("values.schema.json is no usable schema: {message}"),
                    )
                    .note("Helm refuses the chart with it, whatever the values are")
                    .subject(schema.name.to_string()),
                );
            }
            // One finding for all: a schema in several files is one decision.
            let Some((url, others)) = verdict.remote.split_first() else { continue };
            let Some(span) = schema.file.and_then(|file| quoted(context.sources, file, url)) else {
                continue;
            };
            let more = match others.len() {
                0 => String::new(),
                1 => ", and to one place more".to_owned(),
                count => format!(", and to {count} places more"),
            };
            out.push(
                Diagnostic::new(
                    "invalid-schema",
                    Severity::Warning,
                    span,
                    format!("the schema refers to {url}, which is not in this file{more}"),
                )
                .note("Helm fetches it each time the chart is rendered; chartlint does not, and takes that part for fulfilled")
                .help("put what is needed into `$defs` of this file")
                .subject(url.as_str()),
            );
        }
    }
}

/// One finding for each place in the values; what stands below a violation are its reasons.
fn report(
    context: &Context<'_>,
    verdict: &Verdict,
    violations: &[Violation],
    out: &mut Vec<Diagnostic>,
) {
    let schema =
        verdict.schema.as_ref().and_then(|schema| SchemaFile::read(schema, context.sources));
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut rest = violations;
    while let Some((first, behind)) = rest.split_first() {
        if first.is_group {
            rest = behind;
            continue;
        }
        let below = behind.iter().take_while(|other| other.depth > first.depth).count();
        let (reasons, next) = behind.split_at(below);
        rest = next;
        let path: Vec<Arc<str>> = verdict.scope.iter().chain(&first.path).cloned().collect();
        let place = match &first.forbidden {
            Some(key) => key_place(context, &path, key),
            None => place(context, &path),
        };
        let Some(span) = place else { continue };
        if let Some(known) = found.iter_mut().find(|known| known.primary.span == span) {
            known.notes.push(format!("and: {}", first.message));
            continue;
        }
        let message = if path.is_empty() {
            format!("the values do not fit values.schema.json: {}", first.message)
        } else {
            format!("`{}` does not fit values.schema.json: {}", path.join("."), first.message)
        };
        let mut diagnostic =
            violation(span, &message).subject(format!("{} {}", path.join("."), first.keyword));
        if let Some(schema) = &schema {
            let keyword = schema.place(&first.keyword);
            diagnostic = diagnostic.related(keyword, "this is what the schema asks for");
        }
        for reason in reasons.iter().take(MAX_REASONS) {
            let inner = reason.path.get(first.path.len()..).unwrap_or_default().join(".");
            let at = if inner.is_empty() { String::new() } else { format!("`{inner}`: ") };
            diagnostic = diagnostic.note(format!("{at}{}", reason.message));
        }
        found.push(diagnostic);
    }
    let refused = "`helm install` and `helm template` refuse the chart with these values";
    out.extend(found.into_iter().map(|diagnostic| diagnostic.note(refused)));
}

fn violation(span: Span, message: &str) -> Diagnostic {
    Diagnostic::new("schema-violation", Severity::Error, span, message.replace('\n', " "))
}

/// The value at `path` of the root chart's values; of a value that is not in a file, the nearest around it.
fn place(context: &Context<'_>, path: &[Arc<str>]) -> Option<Span> {
    let whole = context.chart.values.as_ref().map(|file| Span::new(file.file, 0, 0));
    let mut found = whole.or(Some(context.chart.metadata.name.span));
    let mut value: &Value = &context.view.active.values;
    for part in path {
        let Some(next) = value.child(part) else { break };
        value = next;
        if let Some(source) = &value.source {
            found = Some(source.value);
            if matches!(value.data, Data::Map(_) | Data::List(_)) {
                found = Some(source.key.unwrap_or(source.value));
            }
        }
    }
    found
}

/// The key that is too much in the mapping at `path`.
fn key_place(context: &Context<'_>, path: &[Arc<str>], key: &Arc<str>) -> Option<Span> {
    let keys: Vec<&str> = path.iter().map(|part| &**part).chain([&**key]).collect();
    let source = context.view.active.values.at(&keys).and_then(|value| value.source.as_ref());
    source.map(|source| source.key.unwrap_or(source.value)).or_else(|| place(context, path))
}

/// The first place where `url` stands in the schema.
fn quoted(sources: &SourceMap, file: FileId, url: &str) -> Option<Span> {
    let text = sources.file(file).text();
    let at = text.find(url)?;
    Some(Span::new(file, at, at + url.len()))
}
