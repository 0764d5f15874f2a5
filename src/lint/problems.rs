//! What keeps a chart from being analysed as a whole, as diagnostics.

use crate::chart::{Chart, Problem, ProblemKind};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{Reason, RenderError};
use crate::explore::{Closed, Coverage};
use crate::manifest::objects::Document;
use crate::source::{FileId, SourceMap, Span, TextRange};
use crate::values::{Active, Note};
use crate::view::{View, is_manifest, trace};

use super::nil_value;

/// A diagnostic about a file as a whole.
pub(super) fn in_file(file: FileId, rule: &'static str, message: &str) -> Diagnostic {
    Diagnostic::new(rule, Severity::Error, Span::new(file, 0, 0), one_line(message))
}

/// Values that Helm refuses.
pub(super) fn values_error(span: Span, message: &str) -> Diagnostic {
    // So begins what Helm says of a file that is no YAML, or no mapping.
    let is_file = ["error converting YAML to JSON", "error unmarshaling JSON"]
        .iter()
        .any(|words| message.contains(words));
    let rule = if is_file { "invalid-values-file" } else { "chart-load-error" };
    Diagnostic::new(rule, Severity::Error, span, one_line(message))
        .note("nothing is rendered before the values are right")
}

/// What loading found.
pub(super) fn of_loading(sources: &mut SourceMap, problems: &[Problem]) -> Vec<Diagnostic> {
    let report = |problem: &Problem| {
        let span = problem.span.unwrap_or_else(|| {
            let file = sources
                .by_path(&problem.path)
                .unwrap_or_else(|| sources.add(problem.path.as_str(), ""));
            Span::new(file, 0, 0)
        });
        let of_yaml = matches!(problem.kind, ProblemKind::ChartYaml | ProblemKind::Dependencies);
        let (rule, message) = match problem.message.rsplit_once("yaml: ") {
            Some((_, reason)) if problem.kind == ProblemKind::Values => {
                ("invalid-values-file", without_line(reason))
            }
            _ if problem.kind == ProblemKind::Values => {
                ("invalid-values-file", problem.message.as_str())
            }
            Some((_, reason)) if of_yaml => ("yaml-syntax-error", without_line(reason)),
            _ => ("chart-load-error", problem.message.as_str()),
        };
        Diagnostic::new(rule, Severity::Error, span, one_line(message))
            .subject(problem.path.as_str())
    };
    problems.iter().map(report).collect()
}

/// Go's line is that where its reader stopped; the label says better where the mistake is.
fn without_line(reason: &str) -> &str {
    let rest = reason.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    match rest {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => reason,
    }
}

/// Whether values.yaml or Chart.yaml can't be read: nothing that depends on them can be judged then.
pub(super) fn is_unreadable(chart: &Chart) -> bool {
    let values = chart.values.as_ref().is_some_and(|values| !values.stream.errors.is_empty());
    values || !chart.metadata.stream.errors.is_empty()
}

/// Whether a template of the chart or its subcharts has a mistake: what it defines may be missing.
pub(super) fn has_syntax_errors(chart: &Chart) -> bool {
    chart.templates.iter().any(|template| !template.ast.errors.is_empty())
        || chart.subcharts.iter().any(has_syntax_errors)
}

/// Mistakes in templates, and those in values files behind the first, which loading has reported.
pub(super) fn of_syntax(chart: &Chart) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for template in &chart.templates {
        for error in &template.ast.errors {
            found.push(
                Diagnostic::new(
                    "template-syntax-error",
                    Severity::Error,
                    error.range.in_file(template.file),
                    one_line(&error.message),
                )
                .subject(template.name.to_string()),
            );
        }
    }
    for sub in &chart.subcharts {
        found.extend(of_syntax(sub));
    }
    found
}

/// Dependencies that are switched on but not there, and not beside the chart either.
pub(super) fn of_dependencies(active: &Active<'_>) -> Vec<Diagnostic> {
    let missing = active.notes.iter().filter_map(|note| match note {
        Note::MissingDependency { name, span, enabled: true, parent, linked: None }
            if parent.is_empty() =>
        {
            Some((name, *span))
        }
        _ => None,
    });
    missing
        .map(|(name, span)| {
            Diagnostic::new(
                "missing-dependency",
                Severity::Warning,
                span,
                format!("the dependency `{name}` is not in charts/"),
            )
            .label("Helm does not render the chart without it")
            .note("what depends on it was not analysed")
            .help("run `helm dependency build`")
            .subject(name.as_str())
        })
        .collect()
}

/// Dependencies that are switched on and not in charts/, but were found where their `file://` leads.
pub(super) fn of_links(active: &Active<'_>) -> Vec<Diagnostic> {
    let linked = active.notes.iter().filter_map(|note| match note {
        Note::MissingDependency { name, span, enabled: true, parent, linked: Some(from) } => {
            Some((name, *span, parent.is_empty(), from))
        }
        _ => None,
    });
    linked
        .map(|(name, span, is_root, from)| {
            // Helm looks only whether the outermost chart has what it asks for.
            let label = if is_root {
                "Helm does not render the chart without it"
            } else {
                "Helm renders the chart without it"
            };
            Diagnostic::new(
                "missing-dependency",
                Severity::Info,
                span,
                format!("the dependency `{name}` is not in charts/, so `{from}` was analysed in its place"),
            )
            .label(label)
            .help("run `helm dependency build`")
            .subject(name.as_str())
        })
        .collect()
}

/// More to try than the user allows.
pub(super) fn of_exploration(
    chart: &Chart,
    coverage: &Coverage,
    max_scenarios: usize,
) -> Option<Diagnostic> {
    let untried = coverage.sides().filter(|side| side.state == Err(Closed::Budget)).count();
    if !coverage.is_cut_short || untried == 0 {
        return None;
    }
    let (total, _) = coverage.counts();
    Some(
        Diagnostic::new(
            "incomplete-exploration",
            Severity::Info,
            chart.metadata.name.span,
            format!("not all branches were tried: {untried} of {total} sides are left"),
        )
        .label("there may be more to find in this chart")
        .help(format!("give `--max-scenarios` more than {max_scenarios}")),
    )
}

/// Templates that fail or print something that is no YAML.
pub(super) fn of_rendering(
    sources: &SourceMap,
    chart: &Chart,
    view: &View<'_>,
    missing_dependencies: &[Diagnostic],
    broken_templates: bool,
    is_explained: &dyn Fn(&RenderError) -> bool,
) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for (at, template) in view.rendered.templates.iter().enumerate() {
        match &template.output {
            Err(error) => {
                let by_dependency = (broken_templates || !missing_dependencies.is_empty())
                    && may_follow_from_dependency(error);
                if !by_dependency && !is_explained(error) {
                    found.push(nil_value::of_error(sources, chart, view, error).unwrap_or_else(
                        || render_error(view, error).subject(template.name.to_string()),
                    ));
                }
            }
            Ok(_) if is_manifest(&template.name) => {
                for document in view.manifests().get(at).into_iter().flat_map(|m| &m.documents) {
                    found.extend(invalid_manifest(view, at, document));
                }
            }
            Ok(_) => {}
        }
    }
    found
}

/// A document that is no YAML, or no object to Helm.
fn invalid_manifest(view: &View<'_>, template: usize, document: &Document) -> Option<Diagnostic> {
    let (range, message) = match (document.errors.first(), &document.head) {
        (Some(error), _) => {
            let reason = one_line(&error.message);
            (error.range, format!("what this template renders is no YAML: {reason}"))
        }
        (None, Err(error)) => (
            error.range,
            format!("what this template renders is refused by Helm: {}", error.reason()),
        ),
        (None, Ok(_)) => return None,
    };
    let printed = view.rendered.templates.get(template)?.output.as_ref().ok()?;
    let before = (range.start as usize).saturating_sub(1);
    let before = TextRange::empty(printed.text.floor_char_boundary(before));
    let place = view.place(template, range).or_else(|| view.place(template, before))?;
    let name = view.rendered.templates.get(template)?.name.to_string();
    let mut diagnostic = Diagnostic::new("invalid-manifest", Severity::Error, place.span, message)
        .label("here it no longer fits")
        .trace(place.trace)
        .subject(name);
    if let Some((path, span)) = place.value.and_then(|value| Some((value.path, value.span?))) {
        diagnostic = diagnostic.related(span, format!("the value comes from `{path}`"));
    }
    Some(diagnostic)
}

/// Whether the error may follow from a dependency that is not there: its defines and its values are missing then.
fn may_follow_from_dependency(error: &RenderError) -> bool {
    error.reason == Reason::NilPointer
        || error.message.contains("no template \"")
        || error.message.contains(" not defined")
}

fn render_error(view: &View<'_>, error: &RenderError) -> Diagnostic {
    let (rule, severity, message) = match &error.reason {
        Reason::Template | Reason::NilPointer | Reason::Limit => {
            ("render-error", Severity::Error, error.message.clone())
        }
        // Under values that nobody would install with, these are questions, not mistakes.
        Reason::Fail => {
            ("render-error", Severity::Info, format!("the chart stops here: {}", error.message))
        }
        Reason::Required => {
            ("render-error", Severity::Info, format!("a value is required: {}", error.message))
        }
        Reason::Unsupported(function) => (
            "unsupported-function",
            Severity::Error,
            format!(
                "the function `{function}` is not supported, so this template was not analysed"
            ),
        ),
    };
    Diagnostic::new(rule, severity, error.node, one_line(&message))
        .trace(trace(&view.rendered, error.frame))
}

/// Messages are one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::lint::{Options, lint_in_memory};

    /// The finding on a chart with this template: its rule and the text under its primary label.
    #[track_caller]
    fn check(template: &str, rule: &str, shown: &str) {
        let files = [
            ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
            ("templates/x.yaml", template),
        ];
        let files: BTreeMap<_, _> =
            files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
        let outcome = lint_in_memory(&files, &Options::default());
        let [found] = outcome.diagnostics.as_slice() else { panic!("{:?}", outcome.diagnostics) };
        let span = found.primary.span;
        let text = outcome.sources.file(span.file).text();
        assert_eq!((found.rule, text.get(span.range.usize())), (rule, Some(shown)));
    }

    #[test]
    fn labels_do_not_cut_characters() {
        check("%YAML 1.1 #é", "invalid-manifest", "");
    }
}
