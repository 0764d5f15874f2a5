//! What switches dependencies and takes over their values: `broken-dependency-condition` and `broken-import-values`, as
//! Helm's `pkg/chart/v2/util/dependencies.go` works them out.

use crate::chart::{Chart, Dependency};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, Rule};
use crate::source::Span;
use crate::values::{Data, Note, Value};

pub(in crate::rules::builtin) struct BrokenDependencyCondition;

impl Rule for BrokenDependencyCondition {
    fn name(&self) -> &'static str {
        "broken-dependency-condition"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for dependency in &context.chart.metadata.dependencies {
            if let Some((at, child)) = child_of(context, dependency) {
                check_condition(context, dependency, at, child, out);
                check_tags(context, dependency, out);
            }
        }
    }
}

/// The chart of a dependency, with its number among the subcharts.
fn child_of<'c>(context: &'c Context<'_>, wanted: &Dependency) -> Option<(usize, &'c Chart)> {
    let mut charts = context.chart.subcharts.iter().enumerate();
    charts.find(|(_, sub)| sub.metadata.name.value == wanted.name.value)
}

fn check_condition(
    context: &Context<'_>,
    dependency: &Dependency,
    at: usize,
    child: &Chart,
    out: &mut Vec<Diagnostic>,
) {
    let Some(condition) = &dependency.condition else { return };
    let alias = dependency.alias.as_ref().filter(|alias| !alias.value.is_empty());
    let name = alias.map_or(&child.metadata.name.value, |alias| &alias.value);
    let mut paths = condition.value.trim().split(',').filter(|path| !path.is_empty()).peekable();
    if paths.peek().is_none() {
        return;
    }
    let find = |path: &str| {
        let parts: Vec<&str> = path.split('.').collect();
        let given = context.view.active.values.at(&parts);
        // What is switched off has taken its values along.
        let (first, rest) = parts.split_first()?;
        let own = context.defaults.subcharts.get(at).filter(|_| *first == name.as_str());
        given.or_else(|| own?.values.at(rest))
    };
    let mut odd: Option<(&str, &Value)> = None;
    for path in paths.clone() {
        match find(path) {
            Some(Value { data: Data::Bool(_), .. }) => return,
            Some(value) if !matches!(value.data, Data::Null) => {
                odd = odd.or(Some((path, value)));
            }
            _ => {}
        }
    }
    let what = &dependency.name.value;
    let diagnostic = if let Some((path, value)) = odd {
        let found = shown(value);
        let diagnostic = broken(
            condition.span,
            format!("the condition `{path}` of `{what}` is {found} and has to be a boolean"),
        )
        .help("write `true` or `false` without quotes in the values");
        match &value.source {
            Some(source) => diagnostic.related(source.value, "this value"),
            None => diagnostic,
        }
    } else if paths.clone().any(|path| is_documented(context, path)) {
        return;
    } else {
        let all: Vec<String> = paths.map(|path| format!("`{path}`")).collect();
        let diagnostic = broken(
            condition.span,
            format!("the condition {} of `{what}` is in no values", all.join(", ")),
        );
        if condition.value.contains(", ") || condition.value.contains(" ,") {
            diagnostic
                .note("Helm splits at commas and keeps the blanks: they are part of the key")
                .help("take out the blanks")
        } else {
            let first = condition.value.trim().split(',').next().unwrap_or_default();
            diagnostic.help(format!("declare `{first}: true` in values.yaml, or mend the path"))
        }
    };
    out.push(
        diagnostic
            .label("Helm passes over it: the dependency is on unless a tag or a value that is set says otherwise")
            .subject(what.as_str()),
    );
}

/// Whether values.yaml has the last key of a path in a comment, as something to switch on.
fn is_documented(context: &Context<'_>, path: &str) -> bool {
    let Some(values) = &context.chart.values else { return false };
    let last = path.rsplit('.').next().unwrap_or(path);
    let source = context.sources.file(values.file);
    values.stream.comments.iter().any(|comment| {
        let text = source.slice(comment.range).trim_start_matches(['#', ' ']);
        text.strip_prefix(last).is_some_and(|rest| rest.starts_with(':'))
    })
}

fn check_tags(context: &Context<'_>, dependency: &Dependency, out: &mut Vec<Diagnostic>) {
    let Some(tags) = context.view.active.values.at(&["tags"]) else { return };
    let Some(map) = tags.as_map() else { return };
    for tag in &dependency.tags {
        let diagnostic = match map.get(tag.value.as_str()) {
            Some(Value { data: Data::Bool(_), .. }) => continue,
            None => {
                let message = format!("the values under `tags` lack `{}`", tag.value);
                let place = tags.source.as_ref().map(|source| source.key.unwrap_or(source.value));
                let diagnostic = broken(tag.span, message);
                match place {
                    Some(place) => diagnostic.related(place, "these are the tags"),
                    None => diagnostic,
                }
                .help(format!(
                    "declare `{}: true` under `tags` in values.yaml, or mend its name",
                    tag.value
                ))
            }
            Some(value) => {
                let message =
                    format!("the tag `{}` is {} and has to be a boolean", tag.value, shown(value));
                let diagnostic = broken(tag.span, message)
                    .help("write `true` or `false` without quotes in the values");
                match &value.source {
                    Some(source) => diagnostic.related(source.value, "this value"),
                    None => diagnostic,
                }
            }
        };
        out.push(
            diagnostic
                .label("Helm passes over this tag")
                .subject(format!("{} {}", dependency.name.value, tag.value)),
        );
    }
}

const fn shown(value: &Value) -> &'static str {
    match value.data {
        Data::Null => "null",
        Data::Bool(_) => "a boolean",
        Data::Int(_) | Data::Float(_) => "a number",
        Data::Str(_) => "a string",
        Data::List(_) => "a list",
        Data::Map(_) => "a mapping",
    }
}

fn broken(span: Span, message: String) -> Diagnostic {
    Diagnostic::new("broken-dependency-condition", Severity::Warning, span, message)
}

pub(in crate::rules::builtin) struct BrokenImportValues;

impl Rule for BrokenImportValues {
    fn name(&self) -> &'static str {
        "broken-import-values"
    }

    fn concern(&self) -> Concern {
        Concern::AnyValues
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for note in &context.view.active.notes {
            let Note::MissingImport { path, span } = note else { continue };
            let dependencies = &context.chart.metadata.dependencies;
            let holds = |one: &&Dependency| {
                let whole = one.span;
                whole.file == span.file
                    && whole.range.start <= span.range.start
                    && span.range.end <= whole.range.end
            };
            let Some(dependency) = dependencies.iter().find(holds) else { continue };
            let Some((_, child)) = child_of(context, dependency) else { continue };
            let name = &dependency.name.value;
            let inside = path.split_once('.').map_or(path.as_str(), |(_, inside)| inside);
            let mut diagnostic = Diagnostic::new(
                self.name(),
                Severity::Warning,
                *span,
                format!("`{name}` has no mapping `{inside}` to import"),
            )
            .label("Helm imports nothing, and says so in a warning only")
            .subject(path.as_str());
            if let Some(values) = &child.values {
                diagnostic = diagnostic.related(
                    Span::new(values.file, 0, 0),
                    "these are the values of the dependency",
                );
            }
            out.push(diagnostic.help(format!(
                "name a mapping that `{name}` has: a word stands for one below its `exports`"
            )));
        }
    }
}
