//! Why Helm would not render a chart, in Helm's words.

use crate::chart::{Chart, Problem};
use crate::diagnostic::Frame;
use crate::engine::satisfies;
use crate::engine::{Capabilities, RenderError, parse_error, templates_in_order};
use crate::manifest::order::ArrangeError;
use crate::source::Span;
use crate::template::go_quote;
use crate::values::{ActivateError, Active, InputError, ValuesError};
use crate::view::{Place, View, trace};

/// An error of Helm.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What Helm prints behind `Error: `; can have several lines.
    pub message: String,
    /// The place that is wrong, where there is one.
    pub span: Option<Span>,
    /// The includes that lead there, outermost first.
    pub trace: Vec<Frame>,
}

/// The longest name of a release (`maxReleaseNameLen` in `pkg/chart/v2/util/validate_name.go`).
const MAX_RELEASE_NAME: usize = 53;

impl Failure {
    pub(super) fn plain(message: String) -> Self {
        Self { message, span: None, trace: Vec::new() }
    }

    fn at(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span: Some(span), trace: Vec::new() }
    }

    pub(super) fn of_input(error: &InputError) -> Self {
        match error {
            InputError::Values(error) => Self::of_values(error),
            InputError::File { .. } => Self::plain(error.to_string()),
        }
    }

    pub(super) fn of_values(error: &ValuesError) -> Self {
        Self { message: error.message.clone(), span: error.span, trace: Vec::new() }
    }

    pub(super) fn of_activating(error: &ActivateError) -> Self {
        let ActivateError { error: ValuesError { message, span }, in_dependencies } = error;
        let place = if *in_dependencies { "chart dependencies processing failed: " } else { "" };
        Self { message: format!("{place}{message}"), span: *span, trace: Vec::new() }
    }

    pub(super) fn of_loading(problem: &Problem) -> Self {
        let message = if problem.message.contains(&problem.path) {
            problem.message.clone()
        } else {
            format!("{}: {}", problem.path, problem.message)
        };
        Self { message, span: problem.span, trace: Vec::new() }
    }

    pub(super) fn of_rendering(view: &View<'_>, error: &RenderError) -> Self {
        Self {
            message: error.helm_text(),
            span: Some(error.node),
            trace: trace(&view.rendered, error.frame),
        }
    }

    pub(super) fn of_arranging(error: &ArrangeError, place: Option<Place>) -> Self {
        let message = error.to_string();
        match place {
            Some(place) => Self { message, span: Some(place.span), trace: place.trace },
            None => Self::plain(message),
        }
    }
}

/// Whether Helm takes the name for a release's (`ValidateReleaseName`).
pub(super) fn release_name(name: &str) -> Result<(), String> {
    let is_word = |part: &str| {
        let ends =
            |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        ends(part.chars().next())
            && ends(part.chars().next_back())
            && part.chars().all(|c| c == '-' || c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    if name.is_empty() {
        return Err("release name check failed: no name provided".to_owned());
    }
    if name.len() > MAX_RELEASE_NAME || !name.split('.').all(is_word) {
        return Err(format!(
            "release name check failed: release name {}: invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than {MAX_RELEASE_NAME}",
            go_quote(name)
        ));
    }
    Ok(())
}

/// What is checked of the outermost chart: it can be installed, and its dependencies are in charts/.
pub(super) fn of_chart(chart: &Chart) -> Vec<Failure> {
    let mut found = Vec::new();
    let kind = &chart.metadata.kind;
    if !matches!(kind.value.as_str(), "" | "application") {
        found.push(Failure::at(format!("{} charts are not installable", kind.value), kind.span));
    }
    let is_there = |name: &str| chart.subcharts.iter().any(|sub| sub.metadata.name.value == name);
    let missing: Vec<_> = chart
        .metadata
        .dependencies
        .iter()
        .filter(|dependency| !is_there(&dependency.name.value))
        .collect();
    if let Some(first) = missing.first() {
        let names: Vec<&str> =
            missing.iter().map(|dependency| dependency.name.value.as_str()).collect();
        found.push(Failure::at(
            format!(
                "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
                names.join(", ")
            ),
            first.name.span,
        ));
    }
    found
}

/// The range in Chart.yaml against the version of the cluster.
pub(super) fn of_kube_version(chart: &Chart, capabilities: &Capabilities) -> Option<Failure> {
    let wanted = chart.metadata.kube_version.as_ref().filter(|range| !range.value.is_empty())?;
    let version = &capabilities.kube_version;
    (!satisfies(&wanted.value, &version.normalized)).then(|| {
        Failure::at(
            format!(
                "chart requires kubeVersion: {} which is incompatible with Kubernetes {}",
                wanted.value, version.version
            ),
            wanted.span,
        )
    })
}

/// The first mistake in a template, in the order in which Helm reads them.
pub(super) fn of_syntax(active: &Active<'_>) -> Option<Failure> {
    templates_in_order(active).into_iter().find_map(|(name, template)| {
        let error = template.ast.errors.first()?;
        let message = parse_error(&name, error);
        Some(Failure::at(message, error.range.in_file(template.file)))
    })
}
