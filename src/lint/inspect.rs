//! The rules, run under each scenario; what one of them reports is told once, with the values that show it.

use std::collections::BTreeSet;

use crate::chart::{Chart, ValuesFile};
use crate::diagnostic::{Diagnostic, Label, ScenarioRef};
use crate::engine::explore::Key;
use crate::engine::{render_where, satisfies};
use crate::explore::{Changes, Scenario, ScenarioKind, overlay, shown};
use crate::rules::builtin::BUILTIN;
use crate::rules::context::{Concern, Context, Judged};
use crate::rules::registry::keys::KeyPath;
use crate::source::{SourceMap, Span};
use crate::values::{Defaults, Value, activate};
use crate::view::View;

use super::problems;
use super::settings::Settings;
use super::settle;

/// Renderings that one chart may take to find out which values a finding needs.
const MAX_REDUCTIONS: usize = 200;

/// Conditions that are tried as the only one that a finding needs.
const MAX_SINGLES: usize = 12;

/// What all scenarios of a chart share.
pub(super) struct Inspection<'i> {
    pub(super) sources: &'i SourceMap,
    pub(super) chart: &'i Chart,
    pub(super) defaults: &'i Defaults,
    pub(super) values_files: &'i [ValuesFile],
    pub(super) settings: &'i Settings,
    /// The chart's own files can't all be read.
    pub(super) is_unreadable: bool,
    pub(super) has_broken_templates: bool,
    pub(super) missing: Vec<Diagnostic>,
    pub(super) found: Vec<Diagnostic>,
    seen: BTreeSet<(&'static str, Span)>,
    judged: Judged,
    /// Rules whose findings another scenario takes back.
    refuted: BTreeSet<&'static str>,
    base: Option<Base>,
    reductions: usize,
    pub(super) incomplete: bool,
}

/// The first scenario.
struct Base {
    scenario: Scenario,
    effective: Value,
    /// Keys that may feed pull secrets.
    pull_secrets: Vec<KeyPath>,
}

impl<'i> Inspection<'i> {
    pub(super) fn new(
        sources: &'i SourceMap,
        chart: &'i Chart,
        defaults: &'i Defaults,
        values_files: &'i [ValuesFile],
        settings: &'i Settings,
    ) -> Self {
        Self {
            sources,
            chart,
            defaults,
            values_files,
            settings,
            is_unreadable: problems::is_unreadable(chart),
            has_broken_templates: problems::has_syntax_errors(chart),
            missing: Vec::new(),
            found: Vec::new(),
            seen: BTreeSet::new(),
            judged: Judged::default(),
            refuted: BTreeSet::new(),
            base: None,
            reductions: MAX_REDUCTIONS,
            incomplete: false,
        }
    }

    fn is_on(&self, rule: &str) -> bool {
        // Only what looks at single files can still be told.
        (!self.is_unreadable || rule == "duplicate-key")
            && self.settings.rules.as_ref().is_none_or(|rules| rules.is_on(rule))
    }

    fn context<'c>(&'c self, scenario: &'c Scenario, view: &'c View<'c>) -> Context<'c> {
        Context::new(
            self.sources,
            self.chart,
            self.defaults,
            self.values_files,
            &self.settings.config,
            self.settings.profile,
            scenario,
            view,
            &self.judged,
            match &self.base {
                Some(base) if scenario.kind == ScenarioKind::Opened => &base.effective,
                _ => &view.active.values,
            },
        )
    }

    /// Runs the rules on a scenario.
    pub(super) fn visit(&mut self, scenario: &Scenario, view: &View<'_>) {
        let is_base = scenario.kind == ScenarioKind::Base;
        if is_base {
            self.missing = problems::of_dependencies(view.active);
            self.found.extend(problems::of_links(view.active));
            let effective = view.active.values.clone();
            self.base =
                Some(Base { scenario: scenario.clone(), effective, pull_secrets: Vec::new() });
        }
        let mut found = Vec::new();
        let context = self.context(scenario, view);
        let mut refuted = Vec::new();
        for rule in BUILTIN.iter().filter(|rule| self.is_on(rule.name())) {
            if scenario.kind <= last_kind(rule.concern()) {
                rule.check(&context, &mut found);
                if rule.is_refuted_by(&context) {
                    refuted.push(rule.name());
                }
            }
        }
        let judged = context.judges();
        let pull_secrets = context.pull_secret_keys();
        drop(context);
        if let Some(base) = self.base.as_mut().filter(|_| is_base) {
            base.pull_secrets = pull_secrets;
        }
        if !self.is_unreadable {
            found.extend(self.rendering(view, &found));
        }
        self.refuted.extend(refuted);
        if is_base {
            self.incomplete =
                view.rendered.templates.iter().any(|template| template.output.is_err())
                    || !self.missing.is_empty()
                    || self.has_broken_templates
                    || self.is_unreadable;
            self.found.append(&mut self.missing.clone());
        }
        found.retain(|diagnostic| !self.seen.contains(&(diagnostic.rule, diagnostic.primary.span)));
        for mut diagnostic in found {
            match scenario.kind {
                ScenarioKind::Base => {}
                ScenarioKind::User => {
                    diagnostic.notes.push(format!("found with {}", scenario.name));
                    diagnostic.scenario = Some(scenario_ref(scenario, &scenario.user));
                }
                ScenarioKind::Opened => {
                    let changes = self.reduced(&diagnostic, scenario, view);
                    if self.is_told_by_probing(&diagnostic, &changes) {
                        continue;
                    }
                    explain(&mut diagnostic, scenario, &changes);
                }
            }
            self.seen.insert((diagnostic.rule, diagnostic.primary.span));
            self.found.push(diagnostic);
        }
        self.judged.extend(judged);
    }

    /// All findings, once all scenarios were visited.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        let refuted = std::mem::take(&mut self.refuted);
        self.found.retain(|diagnostic| !refuted.contains(diagnostic.rule));
        self.found
    }

    /// Templates that fail or print no YAML.
    fn rendering(&self, view: &View<'_>, found: &[Diagnostic]) -> Vec<Diagnostic> {
        problems::of_rendering(view, &self.missing, self.has_broken_templates, &|error| {
            settle::is_explained(error, found)
        })
    }

    /// What pull secrets break is the business of the rules that try them.
    fn is_told_by_probing(&self, diagnostic: &Diagnostic, changes: &Changes) -> bool {
        let of_rendering = matches!(diagnostic.rule, "invalid-manifest" | "render-error");
        let Some(base) = self.base.as_ref().filter(|_| of_rendering) else { return false };
        !changes.is_empty()
            && changes.keys().all(|key| match key {
                Key::Value(path) => base.pull_secrets.iter().any(|known| path.starts_with(known)),
                Key::Environment(_) => false,
            })
    }

    /// The fewest changes of a scenario that still show a finding, as far as the budget goes.
    fn reduced(
        &mut self,
        diagnostic: &Diagnostic,
        scenario: &Scenario,
        view: &View<'_>,
    ) -> Changes {
        let primary = diagnostic.primary.span;
        let mut openings: Vec<_> = scenario.opens.iter().collect();
        openings.sort_by_key(|opening| distance(opening.condition, primary));
        let needed = || scenario.changes.iter().filter(|(_, setting)| setting.is_needed);
        let mut smallest = None;
        for opening in openings.into_iter().take(MAX_SINGLES) {
            let mut changes: Changes = opening.changes.clone();
            changes.extend(needed().map(|(key, setting)| (key.clone(), setting.clone())));
            // What was made up later to give a value its shape belongs to it.
            let below = scenario
                .changes
                .iter()
                .filter(|(key, _)| opening.keys.iter().any(|own| own.covers(key)));
            changes.extend(below.map(|(key, setting)| (key.clone(), setting.clone())));
            if changes.len() < scenario.changes.len()
                && self.shows(diagnostic, scenario, view, &changes)
            {
                smallest = Some(changes);
                break;
            }
        }
        let mut changes = smallest.unwrap_or_else(|| scenario.changes.clone());
        // Then piece by piece: large ones first.
        let mut size = changes.len() / 2;
        while size > 0 {
            let keys: Vec<Key> = changes.keys().cloned().collect();
            for part in keys.chunks(size) {
                let mut fewer = changes.clone();
                fewer.retain(|key, _| !part.contains(key));
                if fewer.len() < changes.len() && self.shows(diagnostic, scenario, view, &fewer) {
                    changes = fewer;
                }
            }
            size /= 2;
        }
        changes
    }

    /// Whether a finding is there with these changes alone.
    fn shows(
        &mut self,
        diagnostic: &Diagnostic,
        scenario: &Scenario,
        view: &View<'_>,
        changes: &Changes,
    ) -> bool {
        let Some(base) = &self.base else { return false };
        if self.reductions == 0 {
            return false;
        }
        self.reductions -= 1;
        let mut fewer = base.scenario.with_changes(&base.effective, changes.clone());
        fewer.name.clone_from(&scenario.name);
        let Ok(active) = activate(self.chart, self.defaults, &fewer.user, &satisfies) else {
            return false;
        };
        let wanted = |name: &str| view.base.is_none() || view.has_rendered(name);
        let rendered = render_where(self.sources, &active, &fewer.environment, &wanted, None);
        if rendered.templates.iter().any(|template| template.output.is_err())
            && view.rendered.templates.iter().all(|template| template.output.is_ok())
        {
            return false;
        }
        let view = View::of(&active, rendered, view.base);
        let is_it = |found: &[Diagnostic]| {
            found.iter().any(|other| {
                other.rule == diagnostic.rule && other.primary.span == diagnostic.primary.span
            })
        };
        let mut found = Vec::new();
        if let Some(rule) = BUILTIN.iter().find(|rule| rule.name() == diagnostic.rule) {
            rule.check(&self.context(&fewer, &view), &mut found);
            return is_it(&found);
        }
        is_it(&self.rendering(&view, &[]))
    }
}

/// Says under which values a finding of a made-up scenario holds.
fn explain(diagnostic: &mut Diagnostic, scenario: &Scenario, changes: &Changes) {
    diagnostic.notes.push(format!("found with {}", shown(changes)));
    let opening = scenario.opens.iter().filter(|opening| {
        !opening.keys.is_empty() && opening.keys.iter().all(|key| changes.contains_key(key))
    });
    // Of several conditions, the one nearest above the finding has hidden it.
    let primary = diagnostic.primary.span;
    let nearest = opening.min_by_key(|opening| distance(opening.condition, primary));
    if let Some(opening) = nearest
        && opening.condition != primary
    {
        let label = Label::new(opening.condition, "this is closed under the given values");
        diagnostic.related.push(label);
    }
    let values = overlay(changes).to_json();
    diagnostic.scenario = Some(ScenarioRef { name: scenario.name.clone(), values });
}

/// The last kind of scenario under which a rule can find something.
const fn last_kind(concern: Concern) -> ScenarioKind {
    match concern {
        Concern::Files => ScenarioKind::Base,
        Concern::WrittenValues => ScenarioKind::User,
        Concern::AnyValues => ScenarioKind::Opened,
    }
}

/// How far a condition is from a finding: those above it in the same file are near.
fn distance(condition: Span, primary: Span) -> (bool, bool, u32) {
    let (start, at) = (condition.range.start, primary.range.start);
    (condition.file != primary.file, start > at, start.abs_diff(at))
}

fn scenario_ref(scenario: &Scenario, values: &Value) -> ScenarioRef {
    ScenarioRef { name: scenario.name.clone(), values: values.to_json() }
}
