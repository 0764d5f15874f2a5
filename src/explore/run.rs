//! The search: render, see what is closed, change what closes it, render again.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chart::Chart;
use crate::config::names::OPENED;
use crate::engine::explore::{Alternative, Assign, Key, Request, Side, Want};
use crate::engine::{render_where, satisfies};
use crate::schema::{self, Failure as SchemaFailure, SchemaCache};
use crate::source::{FileId, SourceMap};
use crate::values::{Active, Data, Defaults, ValuesError, activate};
use crate::view::View;

use super::coverage::{Closed, Coverage, Reach, Territory};
use super::hints::Schemas;
use super::plan::{Draft, Failure, Pending, Plan, Try};
use super::report::{Report, Stop, Switch, invalid, switches};
use super::scenario::{Changes, Opening, Scenario, Setting};
use super::values::canonical;

/// Scenarios that are made up for one chart, unless the user says otherwise.
pub const DEFAULT_SCENARIOS: usize = 128;

/// Renderings for each scenario that may be kept: some fail, and are repaired or split.
const RENDERINGS_PER_SCENARIO: usize = 6;

/// Steps of evaluation that all renderings of one chart may take together.
const MAX_EXPLORING_STEPS: u64 = 400_000_000;

/// How often a failing scenario is changed before it is split.
const MAX_REPAIRS: usize = 5;

/// Variants of the shape of a value that are tried.
pub(super) const MAX_VARIANTS: usize = 7;

/// What is explored.
#[derive(Clone, Copy, Debug)]
pub struct Input<'i> {
    /// The files.
    pub sources: &'i SourceMap,
    /// The chart.
    pub chart: &'i Chart,
    /// Its default values.
    pub defaults: &'i Defaults,
    /// The first scenario; opened ones start from it.
    pub base: &'i Scenario,
    /// Those of the user's.
    pub users: &'i [Scenario],
    /// How many scenarios may be made up; none turns exploration off.
    pub max_scenarios: usize,
}

/// What is done with each scenario, while its rendering is there.
pub type Visit<'v> = dyn FnMut(&Scenario, &View<'_>) + 'v;

/// Renders the base, the user's scenarios, and those that open further branches, and shows each to `visit`.
///
/// # Errors
///
/// Where Helm can't merge the values of the base.
pub fn run(input: &Input<'_>, visit: &mut Visit<'_>) -> Result<Coverage, ValuesError> {
    let Input { sources, chart, defaults, base, users, .. } = *input;
    let mut territory = Territory::of(chart, sources);
    let own = territory.files.clone();
    let active = activate(chart, defaults, &base.user, &satisfies)?;
    let nothing = BTreeSet::new();
    let explores = input.max_scenarios > 0;
    let request = Request { own: &own, seen: &nothing };
    let rendered =
        render_where(sources, &active, &base.environment, &|_| true, explores.then_some(request));
    let view = View::of(&active, rendered, None);
    let mut coverage = Coverage { scenarios: vec![base.clone()], ..Coverage::default() };
    let mut visit = |scenario: &Scenario, view: &View<'_>| {
        territory.see(scenario, view);
        visit(scenario, view);
    };
    visit(base, &view);
    let mut seen: BTreeMap<Side, Reach> = BTreeMap::new();
    let first = Report::of(&view, chart);
    note(&mut seen, &first.sides, Reach::Default);
    for scenario in users {
        let request = explores.then_some(request);
        let opened = user_scenario(input, scenario, request, &mut coverage, &mut visit);
        note(&mut seen, &opened, Reach::User);
    }
    if !explores {
        let nobody = BTreeMap::new();
        let (files, workloads) = territory.report(sources, &nobody, &|_| None, &Closed::Unexplored);
        return Ok(Coverage { files, workloads, ..coverage });
    }
    let cache = SchemaCache::default();
    let obeys_schema = schema_is_fulfilled(&active, &cache);
    let mut search = Search {
        input,
        own: &own,
        root: &view,
        root_depends: dependence(&view),
        root_invalid: invalid(&view).into_iter().map(|(name, _)| name).collect(),
        schemas: Schemas::of(&active.root),
        cache,
        obeys_schema,
        seen,
        plan: Plan::default(),
        needed: Changes::new(),
        renderings: input.max_scenarios * RENDERINGS_PER_SCENARIO,
        steps: Cell::new(0),
        shapes: BTreeMap::new(),
        made: Vec::new(),
        is_cut_short: false,
    };
    let blocked = search.prepare(&first);
    if blocked.is_none() {
        search.learn(&first, &Changes::new());
        search.dependencies(&active);
        search.run(&mut visit);
    }
    let Search { seen, plan, made, is_cut_short, .. } = search;
    coverage.scenarios.extend(made);
    coverage.is_cut_short = is_cut_short;
    let closed = |side: Side| {
        let pending = plan.pending.get(&side)?;
        if pending.has_tries() {
            return Some(Closed::Budget);
        }
        pending.failure.clone().map(Closed::Failed).or(pending.obstacle.map(Closed::Obstacle))
    };
    let otherwise = match blocked {
        Some(message) => Closed::Failed(Failure::Fails(message)),
        None if is_cut_short => Closed::Budget,
        None => Closed::Unreached,
    };
    let (files, workloads) = territory.report(sources, &seen, &closed, &otherwise);
    Ok(Coverage { files, workloads, ..coverage })
}

/// Renders a scenario of the user's; gives the sides that it takes.
fn user_scenario(
    input: &Input<'_>,
    scenario: &Scenario,
    request: Option<Request<'_>>,
    coverage: &mut Coverage,
    visit: &mut Visit<'_>,
) -> BTreeSet<Side> {
    let active = match activate(input.chart, input.defaults, &scenario.user, &satisfies) {
        Ok(active) => active,
        Err(error) => {
            let error = error.error;
            coverage.refused.push((scenario.name.clone(), error.message, error.span));
            return BTreeSet::new();
        }
    };
    let rendered = render_where(input.sources, &active, &scenario.environment, &|_| true, request);
    let view = View::of(&active, rendered, None);
    visit(scenario, &view);
    coverage.scenarios.push(scenario.clone());
    Report::of(&view, input.chart).sides
}

fn note(seen: &mut BTreeMap<Side, Reach>, sides: &BTreeSet<Side>, reach: Reach) {
    for side in sides {
        seen.entry(*side).or_insert(reach);
    }
}

/// What each template depends on.
fn dependence(view: &View<'_>) -> BTreeMap<Arc<str>, BTreeSet<Key>> {
    let trails = view.rendered.trail.as_ref().map_or(&[][..], |trail| &trail.templates);
    let named = view.rendered.templates.iter().zip(trails);
    let depends = named.map(|(template, trail)| {
        let keys = trail.depends.iter().map(|key| canonical(view, key));
        (Arc::clone(&template.name), keys.collect())
    });
    depends.collect()
}

fn schema_is_fulfilled(active: &Active<'_>, cache: &SchemaCache) -> bool {
    let refuses =
        |failure: &Option<SchemaFailure>| matches!(failure, Some(SchemaFailure::Values(_)));
    !schema::validate_with(active, cache).iter().any(|verdict| refuses(&verdict.failure))
}

/// What an attempt came to.
enum Outcome {
    /// It was kept as a scenario, or shows nothing new.
    Rendered(Report),
    /// Some templates fail, or print no YAML with what was made up.
    Stopped(Vec<Stop>, Failure),
    /// The values are refused.
    Refused(Failure),
}

pub(super) struct Search<'s> {
    pub(super) input: &'s Input<'s>,
    own: &'s BTreeSet<FileId>,
    pub(super) root: &'s View<'s>,
    root_depends: BTreeMap<Arc<str>, BTreeSet<Key>>,
    /// Templates that print no YAML under the base already.
    root_invalid: BTreeSet<Arc<str>>,
    pub(super) schemas: Schemas,
    cache: SchemaCache,
    /// The base does; otherwise nothing can be asked of what is made up.
    obeys_schema: bool,
    seen: BTreeMap<Side, Reach>,
    plan: Plan,
    /// What the chart needs to be rendered at all.
    needed: Changes,
    /// How many are left.
    renderings: usize,
    /// Steps of evaluation that were taken.
    steps: Cell<u64>,
    /// What became of values that were asked for, by key and what they were at first.
    shapes: BTreeMap<(Key, String), Changes>,
    made: Vec<Scenario>,
    is_cut_short: bool,
}

impl Search<'_> {
    /// Finds what a chart needs that fails under its base values; its message, if that can't be found.
    fn prepare(&mut self, first: &Report) -> Option<String> {
        let mut stops: Vec<Vec<Alternative>> =
            first.stops.iter().map(|stop| stop.repairs.clone()).collect();
        let mut message = first.stops.first().map(|stop| stop.message.clone())?;
        let mut repaired = BTreeSet::new();
        for _ in 0..MAX_REPAIRS * 4 {
            let mut changes = self.needed.clone();
            let mut is_changed = false;
            for repairs in &stops {
                is_changed |= self.repair(&mut changes, repairs, &Changes::new(), &mut repaired);
            }
            if !is_changed || !self.spend() {
                return Some(message);
            }
            self.needed = changes;
            let scenario = self.scenario(&self.needed, &Draft::default());
            let report = self.render(&scenario, |_, report| report);
            let Ok(report) = report else { return Some(message) };
            match report.stops.first() {
                None => {
                    let needed = self.needed.clone();
                    self.learn(&report, &needed);
                    return None;
                }
                Some(stop) => message.clone_from(&stop.message),
            }
            stops = report.stops.iter().map(|stop| stop.repairs.clone()).collect();
        }
        Some(message)
    }

    /// Whether one more rendering is allowed.
    fn spend(&mut self) -> bool {
        self.is_cut_short |= self.renderings == 0 || self.steps.get() > MAX_EXPLORING_STEPS;
        self.renderings = self.renderings.saturating_sub(1);
        !self.is_cut_short
    }

    fn run(&mut self, visit: &mut Visit<'_>) {
        while !self.plan.is_done() && !self.is_cut_short {
            for draft in self.plan.drafts() {
                let mut open = vec![draft];
                while let Some(draft) = open.pop() {
                    open.extend(self.attempt(draft, visit));
                    if self.is_cut_short {
                        return;
                    }
                }
            }
        }
    }

    /// Tries a draft; gives what it is split into if it fails.
    fn attempt(&mut self, mut draft: Draft, visit: &mut Visit<'_>) -> Vec<Draft> {
        // Another scenario may have opened some of it.
        draft.goals.retain(|(side, _)| !self.seen.contains_key(side));
        if draft.goals.is_empty() {
            return Vec::new();
        }
        if self.made.len() >= self.input.max_scenarios {
            self.is_cut_short = true;
            return Vec::new();
        }
        let draft_size = draft.goals.len();
        let is_joined = draft_size > 1;
        let asked = draft.changes();
        let mut changes = self.needed.clone();
        changes.extend(asked.clone());
        let (stops, failure) = match self.settle(&mut changes, &asked, &draft, visit) {
            None => return Vec::new(),
            Some(Outcome::Rendered(report)) => {
                self.learn(&report, &changes);
                for (side, _) in &draft.goals {
                    self.plan.failed(*side, Failure::Unmoved, is_joined, &changes);
                }
                return Vec::new();
            }
            Some(Outcome::Stopped(stops, failure)) => (stops, failure),
            Some(Outcome::Refused(failure)) => (Vec::new(), failure),
        };
        if !is_joined {
            for (side, _) in &draft.goals {
                self.plan.failed(*side, failure.clone(), false, &changes);
                let pending = self.plan.pending.get(side);
                if let Some(changes) = pending.and_then(Pending::always_invalid).cloned()
                    && self.keeps_kinds(&changes)
                    && self.spend()
                {
                    self.show_broken(&changes, &draft, visit);
                }
            }
            return Vec::new();
        }
        // What would keep a template from failing names those that make it fail.
        let is_named = |attempt: &Try| {
            let mut repairs = stops.iter().flat_map(|stop| stop.repairs.iter().flatten());
            repairs.any(|assign| attempt.own.contains(&canonical(self.root, &assign.key)))
        };
        let named = draft.goals.iter().filter(|(_, attempt)| is_named(attempt)).count();
        let is_to_blame = |attempt: &Try| {
            if named > 0 && named < draft_size {
                return is_named(attempt);
            }
            stops.is_empty()
                || attempt.changes.keys().any(|key| {
                    stops.iter().any(|stop| stop.depends.iter().any(|other| key.touches(other)))
                })
        };
        let (blamed, rest): (Vec<_>, Vec<_>) =
            draft.goals.into_iter().partition(|(_, attempt)| is_to_blame(attempt));
        if rest.is_empty() || blamed.is_empty() {
            let goals = if rest.is_empty() { blamed } else { rest };
            return Draft { goals }.halves();
        }
        vec![Draft { goals: rest }, Draft { goals: blamed }]
    }

    /// Takes down which shape a value got that was asked for, so that the next scenario has it from the start.
    fn remember(&mut self, asked: &Changes, changes: &Changes) {
        for (key, setting) in asked.iter().filter(|(_, setting)| !setting.is_sure) {
            let shaped: Changes = changes
                .iter()
                .filter(|(other, set)| key.covers(other) && asked.get(*other) != Some(*set))
                .map(|(other, set)| (other.clone(), set.clone()))
                .collect();
            if !shaped.is_empty() {
                self.shapes.insert((key.clone(), format!("{:?}", setting.data)), shaped);
            }
        }
    }

    /// Shows a scenario that Helm refuses, for somebody has to hear of it.
    fn show_broken(&self, changes: &Changes, draft: &Draft, visit: &mut Visit<'_>) {
        let scenario = Scenario { is_broken: true, ..self.scenario(changes, draft) };
        // Values that can't even be merged have nothing to show.
        let _ = self.render(&scenario, |view, _| visit(&scenario, view));
    }

    /// Renders, and repairs what fails, until it is right or nothing helps; `None` if the budget is spent.
    fn settle(
        &mut self,
        changes: &mut Changes,
        asked: &Changes,
        draft: &Draft,
        visit: &mut Visit<'_>,
    ) -> Option<Outcome> {
        for (key, setting) in asked.iter().filter(|(_, setting)| !setting.is_sure) {
            let known = self.shapes.get(&(key.clone(), format!("{:?}", setting.data)));
            changes
                .extend(known.into_iter().flatten().map(|(key, set)| (key.clone(), set.clone())));
        }
        let mut shaped: BTreeSet<Key> = BTreeSet::new();
        let mut repaired = BTreeSet::new();
        let mut last_repaired = BTreeSet::new();
        for _ in 0..MAX_REPAIRS {
            if !self.spend() {
                return None;
            }
            let scenario = self.scenario(changes, draft);
            let mut kept = false;
            let is_single = draft.goals.len() == 1;
            let rendered = self.render(&scenario, |view, mut report| {
                let is_new = report.sides.iter().any(|side| !self.seen.contains_key(side));
                let is_settled = report.stops.is_empty()
                    && !self.fill_all(&report, &mut changes.clone(), asked, &mut shaped.clone());
                // Reading all that is printed takes time; it is of interest only at the end.
                if is_settled && is_new {
                    report.invalid = invalid(view);
                }
                let is_right = is_settled && self.invalid_by_guess(&report, changes).is_none();
                if is_right && is_new && self.is_allowed(view.active) {
                    visit(&scenario, view);
                    kept = true;
                } else if is_single && report.is_mistake(changes)
                    || report.is_nil_by_switch(changes)
                {
                    visit(&Scenario { is_broken: true, ..scenario.clone() }, view);
                }
                report
            });
            let report = match rendered {
                Ok(report) => report,
                Err(error) => return Some(Outcome::Refused(Failure::Fails(error.message))),
            };
            if kept {
                self.remember(asked, changes);
                self.made.push(scenario);
                return Some(Outcome::Rendered(report));
            }
            let mut is_changed = false;
            let earlier = repaired.clone();
            for stop in &report.stops {
                is_changed |= self.repair(changes, &stop.repairs, asked, &mut repaired);
            }
            if is_changed {
                last_repaired = &repaired - &earlier;
            }
            is_changed |= self.fill_all(&report, changes, asked, &mut shaped);
            if is_changed {
                continue;
            }
            if let Some(stop) = report.stops.first() {
                let message = stop.message.clone();
                let failure = if stop.is_refusal {
                    Failure::Refused(message)
                } else {
                    Failure::Fails(message)
                };
                return Some(Outcome::Stopped(report.stops, failure));
            }
            if let Some(stop) = self.invalid_by_guess(&report, changes) {
                // Of several repairs the last has helped; the others may be what breaks the template.
                let count = changes.len();
                changes.retain(|key, setting| {
                    setting.is_sure
                        || asked.contains_key(key)
                        || last_repaired.contains(key)
                        || !repaired.contains(key)
                });
                if changes.len() < count {
                    continue;
                }
                let message = stop.message.clone();
                let failure = if stop.is_mistake {
                    Failure::Invalid(message)
                } else {
                    Failure::NoObject(message)
                };
                let stops = report.invalid.into_iter().map(|(_, stop)| stop).collect();
                return Some(Outcome::Stopped(stops, failure));
            }
            if report.sides.iter().any(|side| !self.seen.contains_key(side)) {
                return Some(Outcome::Refused(Failure::Schema));
            }
            return Some(Outcome::Rendered(report));
        }
        Some(Outcome::Refused(Failure::Unmoved))
    }

    /// What is wrong with a template that prints no YAML, which may be the fault of a guess.
    fn invalid_by_guess<'r>(&self, report: &'r Report, changes: &Changes) -> Option<&'r Stop> {
        let by_guess = |(name, stop): &&(Arc<str>, Stop)| {
            !self.root_invalid.contains(name)
                && changes.iter().any(|(key, setting)| {
                    !setting.is_sure && stop.depends.iter().any(|other| key.touches(other))
                })
        };
        report.invalid.iter().find(by_guess).map(|(_, stop)| stop)
    }

    fn is_allowed(&self, active: &Active<'_>) -> bool {
        !self.obeys_schema || schema_is_fulfilled(active, &self.cache)
    }

    /// Gives all made-up values the shapes that templates want of them; whether that changes anything.
    fn fill_all(
        &self,
        report: &Report,
        changes: &mut Changes,
        asked: &Changes,
        shaped: &mut BTreeSet<Key>,
    ) -> bool {
        let mut is_changed = false;
        for Assign { key, want } in &report.demands {
            is_changed |= self.fill(changes, asked, shaped, key, want);
        }
        is_changed
    }

    /// Takes over what a rendering has shown.
    fn learn(&mut self, report: &Report, changes: &Changes) {
        note(&mut self.seen, &report.sides, Reach::Explored);
        self.plan.pending.retain(|side, _| !self.seen.contains_key(side));
        for goal in &report.goals {
            if self.seen.contains_key(&goal.side) {
                continue;
            }
            let guards: Vec<Key> =
                goal.guards.iter().map(|key| canonical(self.root, key)).collect();
            let mut tries = Vec::new();
            for (kind, alternative) in goal.alternatives.iter().enumerate() {
                let is_natural = alternative.iter().all(|assign| {
                    matches!(assign.want, Want::Truthy | Want::Boolean | Want::Number)
                });
                for own in self.materialize(alternative, changes) {
                    let mut all: Changes = changes
                        .iter()
                        .filter(|(key, setting)| {
                            setting.is_needed
                                || guards.iter().any(|guard| key.touches(guard))
                                || own.keys().any(|other| key.covers(other))
                        })
                        .map(|(key, setting)| (key.clone(), setting.clone()))
                        .collect();
                    // What is changed here takes the place of what stood there or below.
                    all.retain(|key, _| !own.keys().any(|other| other != key && other.covers(key)));
                    let keys = own.keys().cloned().collect();
                    all.extend(own);
                    tries.push(Try {
                        changes: all,
                        own: keys,
                        guards: guards.clone(),
                        is_natural,
                        kind,
                    });
                }
            }
            let pending = self.plan.side(goal.side, goal.condition);
            let base = pending.kinds();
            pending.obstacle = pending.obstacle.or(goal.obstacle);
            for attempt in tries {
                pending.add(Try { kind: base + attempt.kind, ..attempt });
            }
        }
    }

    /// The sides of dependencies that are on or off.
    fn dependencies(&mut self, active: &Active<'_>) {
        for Switch { side, condition, keys } in switches(self.input.chart, &active.root) {
            if self.seen.contains_key(&side) {
                continue;
            }
            for key in keys {
                let setting =
                    Setting { data: Data::Bool(side.holds), is_sure: true, is_needed: side.holds };
                let changes = Changes::from([(key.clone(), setting)]);
                let pending = self.plan.side(side, condition);
                // A subchart changes everything: what its templates define, what they print.
                pending.is_alone = true;
                pending.add(Try {
                    changes,
                    own: vec![key],
                    guards: Vec::new(),
                    is_natural: false,
                    kind: 0,
                });
            }
        }
    }

    fn scenario(&self, changes: &Changes, draft: &Draft) -> Scenario {
        let mut scenario = self.input.base.with_changes(&self.root.active.values, changes.clone());
        scenario.name = format!("{OPENED}{}", self.made.len() + 1);
        scenario.opens = draft
            .goals
            .iter()
            .filter_map(|(side, attempt)| {
                let condition = self.plan.pending.get(side)?.condition;
                let (keys, changes) = (attempt.own.clone(), attempt.changes.clone());
                Some(Opening { condition, side: *side, keys, changes })
            })
            .collect();
        scenario
    }

    /// Renders the templates that depend on what the scenario changes.
    fn render<T>(
        &self,
        scenario: &Scenario,
        look: impl FnOnce(&View<'_>, Report) -> T,
    ) -> Result<T, ValuesError> {
        let Input { sources, chart, defaults, .. } = *self.input;
        let active = activate(chart, defaults, &scenario.user, &satisfies)?;
        let is_same = active.root.has_same_charts(&self.root.active.root)
            && !scenario.changes.keys().any(|key| matches!(key, Key::Environment(_)));
        // What there is still something to try for needs no more solving.
        let seen: BTreeSet<Side> = self.seen.keys().copied().chain(self.plan.provided()).collect();
        let request = Request { own: self.own, seen: &seen };
        let wanted = |name: &str| {
            !is_same
                || self.root_depends.get(name).is_none_or(|depends| {
                    scenario
                        .changes
                        .keys()
                        .any(|key| depends.iter().any(|other| key.touches(other)))
                })
        };
        let rendered =
            render_where(sources, &active, &scenario.environment, &wanted, Some(request));
        let steps = rendered.trail.as_ref().map_or(0, |trail| trail.steps);
        self.steps.set(self.steps.get() + steps);
        let view = View::of(&active, rendered, is_same.then_some(self.root));
        let report = Report::of(&view, chart);
        Ok(look(&view, report))
    }
}
