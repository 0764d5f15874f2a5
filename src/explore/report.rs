//! What one rendering has shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::Chart;
use crate::engine::Reason;
use crate::engine::explore::{Alternative, Assign, Goal, Key, Side};
use crate::source::Span;
use crate::values::{ActiveChart, Data};
use crate::view::View;

use super::coverage::{dependency_site, is_switched, own_subcharts, subchart, switch_span};
use super::scenario::Changes;

/// A template that stops.
pub(super) struct Stop {
    pub(super) message: String,
    /// `fail` or `required`.
    pub(super) is_refusal: bool,
    /// The template's own mistake: it does not ask for another value. What is YAML but no object may be the fault of
    /// values that hold objects.
    pub(super) is_mistake: bool,
    /// A field of something that is not there was asked for.
    pub(super) is_nil: bool,
    pub(super) depends: BTreeSet<Key>,
    pub(super) repairs: Vec<Alternative>,
}

/// What one rendering has shown.
pub(super) struct Report {
    pub(super) sides: BTreeSet<Side>,
    pub(super) stops: Vec<Stop>,
    /// Templates that print no YAML, with what is wrong and what they depend on.
    pub(super) invalid: Vec<(Arc<str>, Stop)>,
    pub(super) goals: Vec<Goal>,
    pub(super) demands: Vec<Assign>,
}

impl Report {
    /// Whether a template fails by its own mistake as soon as it is opened, with nothing guessed that it depends on.
    pub(super) fn is_mistake(&self, changes: &Changes) -> bool {
        !self.stops.is_empty()
            && self.stops.iter().all(|stop| {
                stop.is_mistake
                    && changes.iter().all(|(key, setting)| {
                        setting.is_sure || !stop.depends.iter().any(|other| key.touches(other))
                    })
            })
    }

    /// Whether templates ask for fields of what is not there as soon as switches are turned that the chart declares.
    pub(super) fn is_nil_by_switch(&self, changes: &Changes) -> bool {
        !self.stops.is_empty()
            && self.stops.iter().all(|stop| {
                stop.is_nil
                    && changes.iter().all(|(key, setting)| {
                        setting.is_sure && matches!(setting.data, Data::Bool(_))
                            || !stop.depends.iter().any(|other| key.touches(other))
                    })
            })
    }

    pub(super) fn of(view: &View<'_>, chart: &Chart) -> Self {
        let mut report = Self {
            sides: BTreeSet::new(),
            stops: Vec::new(),
            invalid: Vec::new(),
            goals: Vec::new(),
            demands: Vec::new(),
        };
        for Switch { side, .. } in switches(chart, &view.active.root) {
            report.sides.insert(Side { holds: !side.holds, ..side });
        }
        let Some(trail) = &view.rendered.trail else { return report };
        for (at, template) in view.rendered.templates.iter().enumerate() {
            let Some(own) = trail.templates.get(at) else { continue };
            if let Err(error) = &template.output {
                report.stops.push(Stop {
                    message: error.message.clone(),
                    is_refusal: matches!(error.reason, Reason::Fail | Reason::Required),
                    is_mistake: matches!(error.reason, Reason::Template | Reason::NilPointer)
                        && own.repairs.is_empty(),
                    is_nil: error.reason == Reason::NilPointer,
                    depends: own.depends.clone(),
                    repairs: own.repairs.clone(),
                });
                continue;
            }
            report.sides.extend(&own.sides);
        }
        report.goals.clone_from(&trail.goals);
        report.demands.clone_from(&trail.demands);
        report
    }
}

/// Templates that print no YAML, or no object, with what is wrong and what they depend on.
pub(super) fn invalid(view: &View<'_>) -> Vec<(Arc<str>, Stop)> {
    let trails = view.rendered.trail.as_ref().map_or(&[][..], |trail| &trail.templates);
    let printed = view.rendered.templates.iter().zip(view.manifests()).zip(trails);
    let wrong = printed.filter_map(|((template, manifest), trail)| {
        let (message, is_mistake) = manifest.documents.iter().find_map(|document| {
            let error = document.errors.first().map(|error| (error.message.clone(), true));
            let head = document.head.as_ref().err();
            error.or_else(|| head.map(|error| (error.reason().clone(), false)))
        })?;
        let depends = trail.depends.clone();
        let stop = Stop {
            message,
            is_refusal: false,
            is_mistake,
            is_nil: false,
            depends,
            repairs: Vec::new(),
        };
        Some((Arc::clone(&template.name), stop))
    });
    wrong.collect()
}

/// A dependency that values switch on and off.
pub(super) struct Switch {
    /// The side that is not taken.
    pub(super) side: Side,
    /// What switches it in Chart.yaml.
    pub(super) condition: Span,
    /// Any of these takes it.
    pub(super) keys: Vec<Key>,
}

/// The dependencies of a chart, and of those in it that are the user's own, that have a condition or tags.
pub(super) fn switches(chart: &Chart, active: &ActiveChart<'_>) -> Vec<Switch> {
    let mut found = Vec::new();
    for dependency in chart.metadata.dependencies.iter().filter(|found| is_switched(found)) {
        if subchart(chart, dependency).is_none() {
            continue;
        }
        let is_on = active
            .subcharts
            .iter()
            .any(|sub| sub.dependency.is_some_and(|own| std::ptr::eq(own, dependency)));
        let scope = || active.scope.iter().cloned();
        let conditions =
            dependency.condition.iter().flat_map(|condition| condition.value.trim().split(','));
        let by_condition = conditions
            .filter(|path| !path.is_empty())
            .map(|path| Key::Value(scope().chain(path.split('.').map(Arc::from)).collect()));
        // Tags stand at the top of the values, wherever the dependency is.
        let by_tag = dependency
            .tags
            .iter()
            .map(|tag| Key::Value(vec![Arc::from("tags"), Arc::from(tag.value.as_str())]));
        found.push(Switch {
            side: Side { site: dependency_site(dependency), holds: !is_on },
            condition: switch_span(dependency),
            keys: by_condition.chain(by_tag).collect(),
        });
    }
    for sub in own_subcharts(chart) {
        let active = active.subcharts.iter().find(|active| std::ptr::eq(active.chart, sub));
        found.extend(active.into_iter().flat_map(|active| switches(sub, active)));
    }
    found
}
