//! Which diagnostics are reported, and with which severity: config over rule, cause over consequence.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::bytes;

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{Reason, RenderError};
use crate::rules::{Catalogue, Category};
use crate::source::{FileId, Span};

use super::ChartOutcome;
use super::settings::Settings;

/// Sets severities, takes out what is off, and keeps one diagnostic of a rule at one place.
pub(super) fn settle(diagnostics: &mut Vec<Diagnostic>, settings: &Settings) {
    diagnostics.retain_mut(|diagnostic| {
        // A failure of this program is never off.
        if diagnostic.rule == "internal-error" {
            return true;
        }
        let Some(rules) = &settings.rules else { return true };
        let Some(level) = rules.severity(diagnostic.rule) else { return false };
        diagnostic.severity = if is_configured(diagnostic.rule, settings) {
            level
        } else {
            level.min(diagnostic.severity)
        };
        true
    });
    let mut seen = BTreeSet::new();
    diagnostics.retain(|diagnostic| seen.insert((diagnostic.rule, diagnostic.primary.span)));
    diagnostics.iter_mut().for_each(show_bytes);
}

/// Shows U+FFFD where a template printed bytes that are no UTF-8.
fn show_bytes(diagnostic: &mut Diagnostic) {
    let Diagnostic { message, primary, related, notes, help, object, subject, .. } = diagnostic;
    let labels = std::iter::once(primary).chain(related).map(|label| &mut label.message);
    let object = object.iter_mut().flat_map(|object| {
        [&mut object.api_version, &mut object.kind, &mut object.name, &mut object.pointer]
    });
    let texts = [message, subject].into_iter().chain(labels).chain(notes).chain(help).chain(object);
    for text in texts {
        if let Cow::Owned(shown) = bytes::shown(text) {
            *text = shown;
        }
    }
}

/// Takes out what was found in a chart that another one links to and that another report has already: that on the chart
/// itself, if there is one.
pub(super) fn report_once(charts: &mut [ChartOutcome]) {
    if charts.iter().all(|chart| chart.linked.is_empty()) {
        return;
    }
    let mut seen = BTreeSet::new();
    let mut visit = |chart: &mut ChartOutcome, wants_linked: bool| {
        let ChartOutcome { sources, diagnostics, linked, .. } = chart;
        diagnostics.retain(|diagnostic| {
            let span = diagnostic.primary.span;
            let path = sources.file(span.file).path();
            let is_linked = linked.iter().any(|folder| {
                path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
            });
            is_linked != wants_linked
                || seen.insert((path.to_owned(), diagnostic.rule, span.range))
                || !is_linked
        });
    };
    for wants_linked in [false, true] {
        for chart in &mut *charts {
            visit(chart, wants_linked);
        }
    }
}

/// The files that the diagnostics point into.
pub(super) fn files_of(diagnostics: &[Diagnostic]) -> BTreeSet<FileId> {
    let spans = diagnostics.iter().flat_map(|diagnostic| {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.related);
        labels.map(|label| label.span).chain(diagnostic.trace.iter().map(|frame| frame.call))
    });
    spans.map(|span| span.file).collect()
}

/// Whether what a template renders is no YAML for a reason that another finding gives.
pub(super) fn is_consequence(diagnostic: &Diagnostic, cause: &Diagnostic) -> bool {
    diagnostic.rule == "invalid-yaml"
        && cause.severity == Severity::Error
        && match cause.rule {
            "go-syntax-in-output" => cause.primary.span == diagnostic.primary.span,
            "leading-indent" => cause.subject == diagnostic.subject,
            "split-braces" | "wrong-indent" => {
                cause.primary.span.file == diagnostic.primary.span.file
            }
            _ => false,
        }
}

fn is_around(outer: Span, inner: Span) -> bool {
    outer.file == inner.file
        && outer.range.start <= inner.range.start
        && inner.range.end <= outer.range.end
}

fn is_configured(rule: &str, settings: &Settings) -> bool {
    let category = Catalogue::get().find(rule).map(|meta| meta.category.as_str());
    settings.configured.contains_key(rule)
        || category.is_some_and(|name| settings.configured.contains_key(name))
}

/// Takes out what a more exact rule says of the same key.
pub(super) fn mute(found: &mut Vec<Diagnostic>) {
    let mut exact: Vec<Span> = Vec::new();
    let mut siblings: Vec<Span> = Vec::new();
    for diagnostic in &*found {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.related);
        let category = Catalogue::get().find(diagnostic.rule).map(|rule| rule.category);
        if matches!(category, Some(Category::Registry | Category::Release)) {
            exact.extend(labels.map(|label| label.span));
        } else if diagnostic.rule == "undefined-value" {
            siblings.extend(diagnostic.related.iter().map(|label| label.span));
        }
    }
    let overlaps = |one: Span, other: Span| {
        one.file == other.file
            && one.range.start < other.range.end
            && other.range.start < one.range.end
    };
    found.retain(|diagnostic| {
        let mut labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.related);
        let primary = diagnostic.primary.span;
        match diagnostic.rule {
            "undefined-value" => {
                !labels.any(|label| exact.iter().any(|other| overlaps(label.span, *other)))
            }
            "unused-value" => {
                !exact.iter().any(|other| overlaps(primary, *other)) && !siblings.contains(&primary)
            }
            _ => true,
        }
    });
}

/// Whether a finding of a rule already says why a template fails; `calls` lead to where it does.
pub(super) fn is_explained(error: &RenderError, calls: &[Span], found: &[Diagnostic]) -> bool {
    let is_exact = found.iter().any(|diagnostic| {
        let own = diagnostic.primary.span;
        match diagnostic.rule {
            "undefined-template" | "wrong-argument-count" => {
                is_around(error.node, own) || is_around(own, error.node)
            }
            "missing-root-context" => {
                is_around(own, error.node)
                    || is_around(error.node, own)
                    || calls.iter().any(|call| is_around(*call, own))
            }
            _ => false,
        }
    });
    if is_exact && matches!(error.reason, Reason::Template | Reason::NilPointer) {
        return true;
    }
    // A template that fails at pull secrets of a wrong shape, and says so at the entry.
    let is_shape = found.iter().any(|diagnostic| {
        diagnostic.rule == "release-pull-secret-shape"
            && diagnostic.related.iter().any(|label| label.span == error.node)
    });
    // A missing value that a function does not take.
    let is_undefined = found.iter().any(|diagnostic| {
        let place = diagnostic.primary.span;
        diagnostic.rule == "undefined-value"
            && diagnostic.severity == Severity::Error
            && place.file == error.node.file
            && error.node.range.start <= place.range.start
            && place.range.end <= error.node.range.end
    });
    is_shape
        || is_undefined
        || error.reason == Reason::NilPointer
            && found.iter().any(|diagnostic| {
                diagnostic.rule == "undefined-placeholder-values"
                    && (diagnostic.primary.span == error.node
                        || diagnostic
                            .related
                            .iter()
                            .any(|label| label.span.file == error.node.file))
            })
}
