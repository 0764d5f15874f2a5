//! What keeps a chart from being analysed as a whole, as diagnostics.

use crate::chart::{Chart, LoadError, Problem, ProblemKind, join};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::functions::versions::Version;
use crate::engine::{Reason, RenderError};
use crate::explore::{Closed, Coverage};
use crate::manifest::objects::Document;
use crate::rules::calls;
use crate::source::{FileId, SourceMap, Span, TextRange};
use crate::values::{Active, Note};
use crate::view::{View, is_manifest};
use crate::yaml::NodeKind;

use super::failures;

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
    let rule = if is_file { "invalid-values-file" } else { "unreadable-chart" };
    Diagnostic::new(rule, Severity::Error, span, one_line(message))
        .note("nothing is rendered before the values are right")
}

/// Why nothing of a chart can be read.
pub(super) fn of_load_error(sources: &mut SourceMap, path: &str, error: &LoadError) -> Diagnostic {
    let own_file = match path {
        "." => "Chart.yaml".to_owned(),
        _ => join(path, "Chart.yaml"),
    };
    let (message, place) = match error {
        LoadError::NoChart { .. } => ("there is no Chart.yaml in this folder", own_file),
        LoadError::FolderInPlace { .. } => ("Chart.yaml is a folder, not a file", own_file),
        LoadError::NoChartPacked { .. } => {
            ("there is no Chart.yaml in this archive", path.to_owned())
        }
        LoadError::Archive { .. } => {
            let file = sources.add(path, "");
            return in_file(file, "unreadable-chart", &error.to_string())
                .label("Helm refuses the archive")
                .help("pack the chart anew with `helm package`");
        }
        LoadError::Io { .. } => {
            let file = sources.add(path, "");
            return in_file(file, "unreadable-chart", &error.to_string());
        }
    };
    let file = sources.add(place, "");
    let message = message.replace("Chart.yaml", "`Chart.yaml`");
    in_file(file, "unreadable-chart", &message)
        .label("this file makes a folder a chart")
        .help("write `apiVersion: v2`, `name` and `version` into it, or give the folder of the chart itself")
}

/// What loading found in the chart at `path`.
pub(super) fn of_loading(
    sources: &mut SourceMap,
    path: &str,
    problems: &[Problem],
) -> Vec<Diagnostic> {
    let own = ["Chart.yaml", "requirements.yaml"]
        .map(|name| if path == "." { name.to_owned() } else { join(path, name) });
    // Those have rules of their own.
    let is_told =
        |problem: &Problem| problem.kind == ProblemKind::Metadata && own.contains(&problem.path);
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
            Some((_, reason)) if of_yaml => ("unreadable-chart", without_line(reason)),
            _ => ("unreadable-chart", problem.message.trim_start_matches("validation: ")),
        };
        let message = match message.split_once(" into Go value of type ") {
            Some((found, _)) if rule == "unreadable-chart" => {
                let found = found.rsplit(' ').next().unwrap_or_default();
                format!("the file holds an {found} and has to be a mapping")
                    .replace("an string", "a text")
                    .replace("an number", "a number")
                    .replace("an bool", "a boolean")
                    .replace("an array", "a list")
            }
            _ => one_line(message),
        };
        let diagnostic =
            Diagnostic::new(rule, Severity::Error, span, message).subject(problem.path.as_str());
        match loading_help(problem) {
            Some(help) if rule == "unreadable-chart" => diagnostic.help(help),
            _ => diagnostic,
        }
    };
    problems.iter().filter(|problem| !is_told(problem)).map(report).collect()
}

/// What to write, where that does not follow from the message.
fn loading_help(problem: &Problem) -> Option<&'static str> {
    let message = &problem.message;
    Some(match problem.kind {
        ProblemKind::ChartYaml if message.contains("metadata.type") => {
            "write `type: application`, or `type: library` for a chart of helpers"
        }
        ProblemKind::Ignore if message.contains("**") => {
            "write one pattern for each depth: a `*` does not go past a `/`"
        }
        ProblemKind::Subchart if message.contains("Chart.yaml file is missing") => {
            "move it out of charts/: Helm takes all in it for charts"
        }
        ProblemKind::Subchart => "delete it, and run `helm dependency build`",
        ProblemKind::Limit => "name what is no part of the chart in .helmignore",
        _ => return None,
    })
}

/// Charts in charts/ whose version is none: Helm's loader refuses them too.
pub(super) fn of_versions(chart: &Chart) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for sub in chart.subcharts.iter().filter(|sub| sub.linked.is_none()) {
        let version = sub.metadata.version.as_ref().filter(|version| !version.value.is_empty());
        if let Some(version) = version.filter(|version| Version::parse(&version.value).is_err()) {
            let message =
                format!("the version `{}` of `{}` is none", version.value, sub.metadata.name.value);
            found.push(
                Diagnostic::new("unreadable-chart", Severity::Error, version.span, message)
                    .label("Helm does not load the chart with it")
                    .help("write a semantic version, such as `1.2.3`")
                    .subject(sub.path.as_str()),
            );
        }
        found.extend(of_versions(sub));
    }
    found
}

/// Names of files in charts/ that are no charts: what they were meant to be is not missing.
pub(super) fn broken_subcharts(chart: &Chart, problems: &[Problem]) -> Vec<String> {
    let folder =
        if chart.path == "." { "charts/".to_owned() } else { join(&chart.path, "charts/") };
    let broken = problems.iter().filter(|problem| problem.kind == ProblemKind::Subchart);
    let names = broken.filter_map(|problem| problem.path.strip_prefix(&folder));
    names.filter(|name| !name.contains('/')).map(str::to_owned).collect()
}

/// Whether a file of that name in charts/ was meant for a dependency: `redis-1.2.3.tgz`, or the folder `redis`.
pub(super) fn is_meant_for(file: &str, dependency: &str) -> bool {
    file.strip_prefix(dependency).is_some_and(|rest| {
        let version = rest.strip_prefix('-').and_then(|rest| rest.bytes().next());
        rest.is_empty()
            || rest == ".tgz"
            || version.is_some_and(|c| c.is_ascii_digit() || c == b'v')
    })
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

/// Whether Chart.yaml is no YAML, or something else than a mapping.
pub(super) fn has_broken_metadata(chart: &Chart) -> bool {
    let stream = &chart.metadata.stream;
    let root = stream.documents.first().and_then(|document| document.root.as_ref());
    let is_mapping =
        root.is_none_or(|root| matches!(root.node.kind, NodeKind::Map(_) | NodeKind::Null));
    !stream.errors.is_empty() || !is_mapping
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
            let span = error.range.in_file(template.file);
            if let Some(name) = failures::unknown_function(&error.message) {
                found.push(calls::unknown_function(span, name));
                continue;
            }
            found.push(
                Diagnostic::new("template-syntax", Severity::Error, span, one_line(&error.message))
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
    let found = active.notes.iter().filter_map(|note| match note {
        Note::MissingDependency { name, span, enabled: true, parent, linked: None }
            if parent.is_empty() =>
        {
            Some((name, *span))
        }
        _ => None,
    });
    found
        .map(|(name, span)| {
            missing(name, span).note(
                "its objects, its values and the templates that it defines could not be analysed",
            )
        })
        .collect()
}

/// Dependencies that are switched off and not there: Helm asks for them all the same.
pub(super) fn of_absent(active: &Active<'_>) -> Vec<Diagnostic> {
    let absent = active.notes.iter().filter_map(|note| match note {
        Note::MissingDependency { name, span, enabled: false, parent, linked: None }
            if parent.is_empty() && !name.is_empty() =>
        {
            Some((name, *span))
        }
        _ => None,
    });
    absent
        .map(|(name, span)| {
            missing(name, span).note("the given values switch it off, and Helm asks for it all the same; what is printed with it on was not analysed")
        })
        .collect()
}

fn missing(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        "missing-dependency",
        Severity::Warning,
        span,
        format!("the dependency `{name}` is not in charts/"),
    )
    .label("Helm does not render the chart without it")
    .help("run `helm dependency build`")
    .subject(name)
}

/// Dependencies that are not in charts/, switched on or off, but were found where their `file://` leads.
pub(super) fn of_links(active: &Active<'_>) -> Vec<Diagnostic> {
    let linked = active.notes.iter().filter_map(|note| match note {
        Note::MissingDependency { name, span, parent, linked: Some(from), .. } => {
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
                    found.push(
                        nil_value::of_error(sources, chart, view, error)
                            .unwrap_or_else(|| failures::report(view, error, &template.name)),
                    );
                }
            }
            Ok(_) if is_manifest(&template.name) => {
                for document in view.manifests().get(at).into_iter().flat_map(|m| &m.documents) {
                    found.extend(invalid_yaml(view, at, document));
                }
            }
            Ok(_) => {}
        }
    }
    found
}

/// A document that is no YAML.
fn invalid_yaml(view: &View<'_>, template: usize, document: &Document) -> Option<Diagnostic> {
    let error = document.errors.first()?;
    let range = error.range;
    let reason = one_line(&error.message);
    let message = format!("what this template renders is no YAML: {reason}");
    let printed = view.rendered.templates.get(template)?.output.as_ref().ok()?;
    let before = (range.start as usize).saturating_sub(1);
    let before = TextRange::empty(printed.text.floor_char_boundary(before));
    let place = view.place(template, range).or_else(|| view.place(template, before))?;
    let name = view.rendered.templates.get(template)?.name.to_string();
    let mut diagnostic = Diagnostic::new("invalid-yaml", Severity::Error, place.span, message)
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

/// Messages are one line.
pub(super) fn one_line(text: &str) -> String {
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
            ("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\nicon: https://c\n"),
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
        check("%YAML 1.1 #é", "invalid-yaml", "");
    }
}
