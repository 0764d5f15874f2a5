//! The rules, run under each scenario; what one of them reports is told once, with the values that show it.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::{Chart, ValuesFile};
use crate::config::names::FAILING;
use crate::diagnostic::{Diagnostic, Label, ScenarioRef, Severity};
use crate::engine::explore::{Key, Request, Side, sites};
use crate::engine::{RenderError, Rendered, render_where, satisfies};
use crate::explore::{Changes, Opening, Scenario, ScenarioKind, overlay, shown};
use crate::release::Release;
use crate::rules::builtin::BUILTIN;
use crate::rules::context::{Concern, Context, Judged, Refutation};
use crate::rules::registry::keys::KeyPath;
use crate::rules::registry::workload;
use crate::rules::values::usage::Usage;
use crate::rules::{Catalogue, Category};
use crate::source::{SourceMap, Span};
use crate::values::{Active, Data, Defaults, Value, activate};
use crate::view::View;

use super::nil_value::{self, Guess};
use super::problems;
use super::settings::Settings;
use super::settle;

/// Renderings that one chart may take to find out which values a finding needs.
const MAX_REDUCTIONS: usize = 200;

/// Conditions that are tried as the only one that a finding needs.
const MAX_SINGLES: usize = 12;

/// Rules on placeholders that ask which pods use them.
const USERS_OF_PLACEHOLDER: [&str; 3] =
    ["hook-before-placeholder", "missing-placeholder-secret", "short-lived-placeholder"];

/// What all scenarios of a chart share.
pub(super) struct Inspection<'i> {
    pub(super) sources: &'i SourceMap,
    pub(super) chart: &'i Chart,
    pub(super) defaults: &'i Defaults,
    pub(super) values_files: &'i [ValuesFile],
    pub(super) settings: &'i Settings,
    /// The releases of the chart.
    pub(super) releases: &'i [Arc<Release>],
    /// The chart's own files can't all be read.
    pub(super) is_unreadable: bool,
    pub(super) has_broken_templates: bool,
    pub(super) missing: Vec<Diagnostic>,
    pub(super) found: Vec<Diagnostic>,
    seen: BTreeSet<(&'static str, Span)>,
    judged: Judged,
    /// Where the templates name values, as soon as a rule has asked.
    usage: OnceCell<Usage>,
    /// What some scenario takes back of a rule's findings.
    refuted: Vec<(&'static str, Refutation)>,
    base: Option<Base>,
    reductions: usize,
    /// Templates that fail in every scenario so far.
    failing: BTreeSet<String>,
    /// Templates that fail under the base and under all scenarios of the user's.
    unfit: BTreeSet<String>,
}

/// The first scenario.
struct Base {
    scenario: Scenario,
    effective: Value,
    /// The sides of branches that it takes.
    taken: BTreeSet<Side>,
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
        releases: &'i [Arc<Release>],
    ) -> Self {
        Self {
            sources,
            chart,
            defaults,
            values_files,
            settings,
            releases,
            is_unreadable: problems::is_unreadable(chart),
            has_broken_templates: problems::has_syntax_errors(chart),
            missing: Vec::new(),
            found: Vec::new(),
            seen: BTreeSet::new(),
            judged: Judged::default(),
            usage: OnceCell::new(),
            refuted: Vec::new(),
            base: None,
            reductions: MAX_REDUCTIONS,
            failing: BTreeSet::new(),
            unfit: BTreeSet::new(),
        }
    }

    fn is_on(&self, rule: &str) -> bool {
        // Only what looks at single files can still be told, and what Chart.yaml says if it is not what is broken.
        let of_chart =
            Catalogue::get().find(rule).is_some_and(|rule| rule.category == Category::Chart);
        let can_be_told = if of_chart {
            !problems::has_broken_metadata(self.chart)
        } else {
            !self.is_unreadable || rule == "duplicate-key"
        };
        can_be_told && self.settings.rules.as_ref().is_none_or(|rules| rules.is_on(rule))
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
            self.releases,
            match &self.base {
                Some(base) if scenario.kind == ScenarioKind::Opened => &base.effective,
                _ => &view.active.values,
            },
            &self.usage,
        )
    }

    /// Runs the rules on a scenario.
    pub(super) fn visit(&mut self, scenario: &Scenario, view: &View<'_>) {
        let is_base = scenario.kind == ScenarioKind::Base;
        if is_base {
            self.missing = problems::of_dependencies(view.active);
            self.found.extend(problems::of_links(view.active));
            self.found.extend(problems::of_absent(view.active));
            let effective = view.active.values.clone();
            let trails = view.rendered.trail.iter().flat_map(|trail| &trail.templates);
            let taken = trails.flat_map(|trail| trail.sides.iter().copied()).collect();
            let (scenario, pull_secrets) = (scenario.clone(), Vec::new());
            self.base = Some(Base { scenario, effective, taken, pull_secrets });
        }
        let mut found = Vec::new();
        let context = self.context(scenario, view);
        let mut refuted = Vec::new();
        for rule in BUILTIN.iter().filter(|rule| self.is_on(rule.name())) {
            if scenario.kind <= last_kind(rule.concern()) && !scenario.is_broken {
                rule.check(&context, &mut found);
                match rule.refutes(&context) {
                    Refutation::Nothing => {}
                    some => refuted.push((rule.name(), some)),
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
        let is_given = match scenario.kind {
            ScenarioKind::Base => matches!(&scenario.user.data, Data::Map(map) if !map.is_empty()),
            ScenarioKind::User => true,
            ScenarioKind::Opened => false,
        };
        if is_given {
            self.raise_stops(&mut found);
        }
        if scenario.release.as_ref().is_some_and(|release| !release.is_complete()) {
            // What breaks may be mended by what is not known.
            found.retain(|diagnostic| !breaks(diagnostic.rule));
        }
        if scenario.is_broken {
            // That a chart asks for another value is no mistake.
            found.retain(|diagnostic| diagnostic.severity == Severity::Error);
        }
        self.refuted.extend(refuted);
        if is_base {
            let templates = view.rendered.templates.iter();
            let failing = templates.filter(|template| template.output.is_err());
            self.failing = failing.map(|template| template.name.to_string()).collect();
            self.unfit = self.failing.clone();
            self.found.append(&mut self.missing.clone());
        }
        if !is_base && !scenario.is_broken {
            for template in view.rendered.templates.iter().filter(|found| found.output.is_ok()) {
                self.failing.remove(&*template.name);
                if scenario.kind == ScenarioKind::User {
                    self.unfit.remove(&*template.name);
                }
            }
        }
        found.retain(|diagnostic| !self.seen.contains(&(diagnostic.rule, diagnostic.primary.span)));
        for mut diagnostic in found {
            match scenario.kind {
                ScenarioKind::Base => {}
                ScenarioKind::User => {
                    diagnostic.notes.extend(scenario.release.as_ref().and_then(|release| {
                        let version = release.gone_since()?;
                        let name = &release.api_version.value;
                        let is_about_it = diagnostic.rule.starts_with("release-");
                        is_about_it.then(|| {
                            format!("`{name}` is gone since helm-controller {version}: write `helm.toolkit.fluxcd.io/v2`")
                        })
                    }));
                    diagnostic.notes.push(format!("found with {}", scenario.shown_name()));
                    let values = match &scenario.release {
                        Some(release) => release.values_shown(),
                        None => scenario.user.to_json(),
                    };
                    let name = scenario.name.clone();
                    diagnostic.scenario = Some(ScenarioRef { name, values });
                }
                ScenarioKind::Opened => {
                    let Some(changes) = self.reason(&diagnostic, scenario, view) else { continue };
                    if self.is_told_by_probing(&diagnostic, &changes) {
                        continue;
                    }
                    if diagnostic.rule == nil_value::NAME
                        && let Some(base) = &self.base
                    {
                        match nil_value::guess(
                            self.sources,
                            self.chart,
                            &diagnostic,
                            &changes,
                            &base.effective,
                        ) {
                            Guess::No => {}
                            Guess::Sibling => diagnostic.severity = Severity::Warning,
                            Guess::Everything => continue,
                        }
                    }
                    // Names and images are to be those of the values that are told.
                    if changes.len() < scenario.changes.len()
                        && let Some(same) = self.restated(&diagnostic, scenario, view, &changes)
                    {
                        diagnostic = same;
                    }
                    self.explain(&mut diagnostic, scenario, &changes);
                }
            }
            self.seen.insert((diagnostic.rule, diagnostic.primary.span));
            self.found.push(diagnostic);
        }
        self.judged.extend(judged);
    }

    /// That a chart asks for a value is a mistake of those who give values without it: what was told as a question under
    /// the defaults is told anew.
    fn raise_stops(&mut self, found: &mut [Diagnostic]) {
        let is_question = |diagnostic: &Diagnostic| {
            diagnostic.rule == "render-error" && diagnostic.severity == Severity::Info
        };
        for diagnostic in found.iter_mut().filter(|diagnostic| is_question(diagnostic)) {
            let span = diagnostic.primary.span;
            let before = self.found.len();
            self.found.retain(|known| !(is_question(known) && known.primary.span == span));
            if self.found.len() < before {
                self.seen.remove(&(diagnostic.rule, span));
            }
            diagnostic.severity = Severity::Error;
        }
    }

    /// Whether something could not be analysed, under whatever values.
    pub(super) fn is_incomplete(&self) -> bool {
        !self.failing.is_empty()
            || !self.missing.is_empty()
            || self.has_broken_templates
            || self.is_unreadable
    }

    /// All findings, once all scenarios were visited.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        let refuted = std::mem::take(&mut self.refuted);
        let is_refuted = |diagnostic: &Diagnostic| {
            refuted.iter().any(|(rule, what)| {
                *rule == diagnostic.rule
                    && match what {
                        Refutation::Nothing => false,
                        Refutation::Everything => true,
                        Refutation::Subjects(subjects) => subjects.contains(&diagnostic.subject),
                        Refutation::Places(places) => places.contains(&diagnostic.primary.span),
                    }
            })
        };
        // That the base stops is no news where a scenario of the user's shows with which values it does not.
        let is_answered = |diagnostic: &Diagnostic| {
            diagnostic.rule == "render-error"
                && diagnostic.severity == Severity::Info
                && diagnostic.scenario.is_none()
                && !self.unfit.contains(&diagnostic.subject)
        };
        let mut found = std::mem::take(&mut self.found);
        found.retain(|diagnostic| !is_refuted(diagnostic) && !is_answered(diagnostic));
        settle::mute(&mut found);
        found
    }

    /// Templates that fail or print no YAML.
    fn rendering(&self, view: &View<'_>, found: &[Diagnostic]) -> Vec<Diagnostic> {
        let is_failure_told = |error: &RenderError| {
            let calls = view.rendered.origins.chain(error.frame);
            let calls: Vec<Span> = calls.iter().map(|frame| frame.call).collect();
            settle::is_explained(error, &calls, found)
                || settle::is_explained(error, &calls, &self.found)
        };
        let broken = self.has_broken_templates;
        let mut rendering = problems::of_rendering(
            self.sources,
            self.chart,
            view,
            &self.missing,
            broken,
            &is_failure_told,
        );
        rendering.retain(|diagnostic| {
            !found.iter().chain(&self.found).any(|cause| settle::is_consequence(diagnostic, cause))
        });
        rendering
    }

    /// Pull secrets are the business of the rules that try them, and those try them themselves: what is found because a
    /// scenario has changed such a key is no finding.
    fn is_told_by_probing(&self, diagnostic: &Diagnostic, changes: &Changes) -> bool {
        let category = Catalogue::get().find(diagnostic.rule).map(|rule| rule.category);
        // What a placeholder looks like is another matter than whether its name arrives.
        let is_on_placeholder = diagnostic.rule.contains("placeholder")
            && !USERS_OF_PLACEHOLDER.contains(&diagnostic.rule);
        let is_of_probing = category == Some(Category::Registry) && !is_on_placeholder
            || matches!(
                diagnostic.rule,
                "incomplete-object" | "invalid-yaml" | "nil-value-access" | "render-error"
            );
        let Some(base) = self.base.as_ref().filter(|_| is_of_probing) else { return false };
        changes.keys().any(|key| match key {
            Key::Value(path) => base.pull_secrets.iter().any(|known| path.starts_with(known)),
            Key::Environment(_) => false,
        })
    }

    /// The changes that a finding needs; none if it is no finding after all.
    fn reason(
        &mut self,
        diagnostic: &Diagnostic,
        scenario: &Scenario,
        view: &View<'_>,
    ) -> Option<Changes> {
        if !is_about_absence(diagnostic.rule) {
            return Some(self.reduced(diagnostic, scenario, view, Self::finds));
        }
        // Pull secrets must be missing as soon as the pod is there: other changes may have switched them off.
        let changes = self.reduced(diagnostic, scenario, view, Self::prints_pod);
        match self.shows(diagnostic, scenario, view, &changes, Self::finds) {
            Some(true) => Some(changes),
            Some(false) => None,
            None => Some(scenario.changes.clone()),
        }
    }

    /// The finding in the words that it has with fewer changes.
    fn restated(
        &self,
        diagnostic: &Diagnostic,
        scenario: &Scenario,
        view: &View<'_>,
        changes: &Changes,
    ) -> Option<Diagnostic> {
        let rule = BUILTIN.iter().find(|rule| rule.name() == diagnostic.rule)?;
        let wanted = |name: &str| view.base.is_none() || view.has_rendered(name);
        let found =
            self.with_changes(scenario, changes, &wanted, None, |fewer, active, rendered| {
                let view = View::of(active, rendered, view.base);
                let mut found = Vec::new();
                rule.check(&self.context(fewer, &view), &mut found);
                found.into_iter().find(|other| other.primary.span == diagnostic.primary.span)
            });
        found.flatten()
    }

    /// Says under which values a finding of a made-up scenario holds.
    fn explain(&self, diagnostic: &mut Diagnostic, scenario: &Scenario, changes: &Changes) {
        let Some(base) = &self.base else { return };
        diagnostic.notes.push(format!("found with {}", shown(changes, &base.effective)));
        if let Some((condition, holds)) = self.condition(diagnostic, scenario, changes)
            && condition != diagnostic.primary.span
        {
            let is_so = if holds { "does not hold" } else { "holds" };
            let label = Label::new(condition, format!("under the given values this {is_so}"));
            diagnostic.related.push(label);
        }
        let values = overlay(changes, &base.effective).to_json();
        // What Helm prints nothing of is not kept, so another scenario has its name.
        let name = if scenario.is_broken { FAILING } else { &scenario.name };
        diagnostic.scenario = Some(ScenarioRef { name: name.to_owned(), values });
    }

    /// The condition that hides a finding, and whether it has to hold. Of those around it, or around the includes that
    /// lead to it, which come out otherwise under the base: the innermost that the scenario opens, else the outermost.
    /// Without any, the nearest that the scenario opens, if it is one of a template that the finding shows, or of a helper:
    /// what else hangs on the value has not hidden it.
    fn condition(
        &self,
        diagnostic: &Diagnostic,
        scenario: &Scenario,
        changes: &Changes,
    ) -> Option<(Span, bool)> {
        let base = self.base.as_ref()?;
        let primary = diagnostic.primary.span;
        let taken = self.sides(scenario, changes)?;
        let calls = diagnostic.trace.iter().rev().map(|frame| frame.call);
        let around: Vec<(Span, Side)> = std::iter::once(primary)
            .chain(calls)
            .flat_map(|place| sides_around(self.chart, place))
            .filter(|(_, side)| taken.contains(side) && !base.taken.contains(side))
            .collect();
        let is_needed = |opening: &&Opening| {
            let is_changed = |key: &Key| changes.keys().any(|changed| key.covers(changed));
            !opening.keys.is_empty() && opening.keys.iter().all(is_changed)
        };
        let openings = || scenario.opens.iter().filter(is_needed);
        let opened =
            around.iter().find(|(_, side)| openings().any(|opening| opening.side == *side));
        // What would hold as well if it were reached has not hidden anything: the outermost one has.
        if let Some((condition, side)) = opened.or(around.last()) {
            return Some((*condition, side.holds));
        }
        let can_hide = |opening: &&Opening| {
            let file = opening.condition.file;
            let related = diagnostic.related.iter().map(|label| label.span.file);
            std::iter::once(primary.file).chain(related).any(|shown| shown == file)
                || !is_template(self.sources.file(file).path())
        };
        let nearest = openings()
            .filter(can_hide)
            .min_by_key(|opening| distance(opening.condition, primary))?;
        Some((nearest.condition, nearest.side.holds))
    }

    /// The sides that the base takes with some changes.
    fn sides(&self, scenario: &Scenario, changes: &Changes) -> Option<BTreeSet<Side>> {
        let (own, seen) = (BTreeSet::new(), BTreeSet::new());
        let request = Request { own: &own, seen: &seen };
        self.with_changes(scenario, changes, &|_| true, Some(request), |_, _, rendered| {
            let trails = rendered.trail.map_or_else(Vec::new, |trail| trail.templates);
            trails.into_iter().flat_map(|trail| trail.sides).collect()
        })
    }

    /// Renders the base with some changes of a scenario; nothing if there is no base, or the values don't fit together.
    fn with_changes<R>(
        &self,
        scenario: &Scenario,
        changes: &Changes,
        wanted: &dyn Fn(&str) -> bool,
        request: Option<Request<'_>>,
        then: impl FnOnce(&Scenario, &Active<'_>, Rendered<'_>) -> R,
    ) -> Option<R> {
        let base = self.base.as_ref()?;
        let mut fewer = base.scenario.with_changes(&base.effective, changes.clone());
        fewer.name.clone_from(&scenario.name);
        let active = activate(self.chart, self.defaults, &fewer.user, &satisfies).ok()?;
        let rendered = render_where(self.sources, &active, &fewer.environment, wanted, request);
        Some(then(&fewer, &active, rendered))
    }

    /// The fewest changes of a scenario that still show a finding, as far as the budget goes.
    fn reduced(
        &mut self,
        diagnostic: &Diagnostic,
        scenario: &Scenario,
        view: &View<'_>,
        test: Test<'i>,
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
                && self.shows(diagnostic, scenario, view, &changes, test) == Some(true)
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
                if fewer.len() < changes.len()
                    && self.shows(diagnostic, scenario, view, &fewer, test) == Some(true)
                {
                    changes = fewer;
                }
            }
            size /= 2;
        }
        changes
    }

    /// Whether a finding is there with these changes alone; nothing if the budget is spent.
    fn shows(
        &mut self,
        diagnostic: &Diagnostic,
        scenario: &Scenario,
        view: &View<'_>,
        changes: &Changes,
        test: Test<'i>,
    ) -> Option<bool> {
        self.reductions = self.reductions.checked_sub(1)?;
        let fails = |rendered: &Rendered<'_>| {
            rendered.templates.iter().any(|template| template.output.is_err())
        };
        let wanted = |name: &str| view.base.is_none() || view.has_rendered(name);
        let is_shown =
            self.with_changes(scenario, changes, &wanted, None, |fewer, active, rendered| {
                if fails(&rendered) && !fails(&view.rendered) {
                    return false;
                }
                let view = View::of(active, rendered, view.base);
                test(self, diagnostic, fewer, &view)
            });
        Some(is_shown.unwrap_or(false))
    }

    /// Whether the finding is there.
    fn finds(&self, diagnostic: &Diagnostic, scenario: &Scenario, view: &View<'_>) -> bool {
        let is_it = |found: &[Diagnostic]| {
            found.iter().any(|other| {
                other.rule == diagnostic.rule && other.primary.span == diagnostic.primary.span
            })
        };
        let mut found = Vec::new();
        if let Some(rule) = BUILTIN.iter().find(|rule| rule.name() == diagnostic.rule) {
            rule.check(&self.context(scenario, view), &mut found);
            if is_it(&found) {
                return true;
            }
        }
        is_it(&self.rendering(view, &[]))
    }

    /// Whether the pod that the finding is about is there, with one of its images.
    fn prints_pod(&self, diagnostic: &Diagnostic, scenario: &Scenario, view: &View<'_>) -> bool {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.related);
        let spans: Vec<Span> = labels.map(|label| label.span).collect();
        let calls = diagnostic.trace.iter().map(|frame| frame.call);
        let spans: Vec<Span> = spans.into_iter().chain(calls).collect();
        let nothing_judged = Judged::new();
        let context = self.context(scenario, view);
        workload::workloads(&context.afresh(&nothing_judged)).iter().any(|workload| {
            let has_place = spans.contains(&workload.containers.span)
                || workload.containers.trace.iter().any(|frame| spans.contains(&frame.call));
            let is_asked = |image: &workload::Image| {
                diagnostic.rule == "inconsistent-image-pull-secrets"
                    || image.needs_secret()
                    || workload.may_need_secret()
            };
            let is_image =
                |image: &workload::Image| is_asked(image) && spans.contains(&image.place.span);
            has_place && workload.images.iter().any(is_image)
        })
    }
}

/// Whether findings of a rule say that the chart does not work with the values as they are.
fn breaks(rule: &str) -> bool {
    !matches!(
        Catalogue::get().find(rule).map(|rule| rule.category),
        Some(Category::Registry | Category::Release) | None
    )
}

/// Whether a rule speaks of pull secrets that a pod does not get.
fn is_about_absence(rule: &str) -> bool {
    matches!(rule, "missing-image-pull-secrets" | "inconsistent-image-pull-secrets")
}

/// What must be so for a reduction to count.
type Test<'i> = fn(&Inspection<'i>, &Diagnostic, &Scenario, &View<'_>) -> bool;

/// The branches around a place, innermost first: their opening actions, and the sides on which the place stands.
fn sides_around(chart: &Chart, place: Span) -> Vec<(Span, Side)> {
    if let Some(template) = chart.templates.iter().find(|template| template.file == place.file) {
        let around = sites(template.file, &template.ast).into_iter().flat_map(|info| {
            [true, false].into_iter().filter_map(move |holds| {
                let block = info.blocks.get(usize::from(!holds)).copied().flatten()?;
                let is_around = block.start <= place.range.start && place.range.start < block.end;
                let side = Side { site: info.site, holds };
                is_around.then(|| (block.len(), info.range.in_file(place.file), side))
            })
        });
        let mut around: Vec<(usize, Span, Side)> = around.collect();
        around.sort_by_key(|(size, ..)| *size);
        return around.into_iter().map(|(_, span, side)| (span, side)).collect();
    }
    chart
        .subcharts
        .iter()
        .map(|sub| sides_around(sub, place))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// The last kind of scenario under which a rule can find something.
const fn last_kind(concern: Concern) -> ScenarioKind {
    match concern {
        Concern::Files => ScenarioKind::Base,
        Concern::WrittenValues => ScenarioKind::User,
        Concern::AnyValues => ScenarioKind::Opened,
    }
}

/// Whether a file prints objects of its own: no helper, and no condition of a dependency.
fn is_template(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.contains("/templates/") && !name.starts_with('_')
}

/// How far a condition is from a finding: those above it in the same file are near.
fn distance(condition: Span, primary: Span) -> (bool, bool, u32) {
    let (start, at) = (condition.range.start, primary.range.start);
    (condition.file != primary.file, start > at, start.abs_diff(at))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write;

    use crate::lint::{Options, lint_in_memory};

    /// How many findings of a rule there are on a chart with as many private workloads, each behind a switch of its
    /// own.
    #[track_caller]
    fn check(workloads: usize, rule: &str, expected: usize) {
        let chart = "apiVersion: v2\nname: c\nversion: 1.0.0\n";
        let mut files = BTreeMap::from([("Chart.yaml".to_owned(), chart.to_owned())]);
        let mut values = String::new();
        for at in 0..workloads {
            let _ = writeln!(values, "w{at}: {{enabled: false}}");
            let template = format!(
                "{{{{- if .Values.w{at}.enabled }}}}\napiVersion: v1\nkind: Pod\nmetadata:\n  name: w{at}\nspec:\n  \
                 containers:\n    - name: w\n      image: registry.corp.example/w{at}:1.0\n{{{{- end }}}}\n"
            );
            files.insert(format!("templates/w{at}.yaml"), template);
        }
        files.insert("values.yaml".to_owned(), values);
        let outcome = lint_in_memory(&files, &Options::default());
        let found = outcome.diagnostics.iter().filter(|diagnostic| diagnostic.rule == rule);
        assert_eq!(found.count(), expected);
    }

    #[test]
    fn no_finding_is_lost_where_reducing_it_takes_too_long() {
        check(120, "missing-image-pull-secrets", 120);
    }
}
