//! What rules see of a chart.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::Chart;
use crate::config::{Config, Profile};
use crate::diagnostic::Diagnostic;
use crate::engine::satisfies;
use crate::explore::{Scenario, ScenarioKind};
use crate::manifest::pods::PodKinds;
use crate::schema::{self, Verdict};
use crate::source::{SourceMap, Span};
use crate::values::{Data, Defaults, Value, ValuesError, activate};

use super::registry::Registry;
use super::registry::keys::KeyPath;
use super::registry::workload::Workload;
use crate::view::View;

/// A rule that is written in Rust. It reads no file and no clock, and keeps nothing from one chart to the next.
pub trait Rule: Sync {
    /// Its name, and that of its file below `rules/`.
    fn name(&self) -> &'static str;

    /// Reports what it finds in a chart. What can't be known is no finding.
    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>);

    /// Under which scenarios it can find something.
    fn concern(&self) -> Concern {
        Concern::AnyValues
    }

    /// Whether a scenario proves that what the rule has found under others is not so.
    fn is_refuted_by(&self, _context: &Context<'_>) -> bool {
        false
    }
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// Files: it runs under the first scenario only.
    Files,
    /// Values that somebody has written: not those that are made up to open branches.
    WrittenValues,
    /// What values make of the chart, whoever gives them.
    AnyValues,
}

/// Pods by their places: that of their containers, and those of their images. Under other values they are the same.
pub type Judged = BTreeSet<(Span, Vec<Span>)>;

/// A chart as rules see it, under one scenario.
pub struct Context<'a> {
    /// The files.
    pub sources: &'a SourceMap,
    /// What was read.
    pub chart: &'a Chart,
    /// Default values of the chart and its subcharts.
    pub defaults: &'a Defaults,
    /// Files given by `-f` and those of the user's scenarios, as trees.
    pub values_files: &'a [crate::chart::ValuesFile],
    /// Settings.
    pub config: &'a Config,
    /// `tmc` or `generic`.
    pub profile: Profile,
    /// Values over the defaults, release and cluster.
    pub scenario: &'a Scenario,
    /// The chart under the values of the scenario.
    pub view: &'a View<'a>,
    /// The pods that were judged under earlier scenarios.
    pub judged: &'a Judged,
    /// The values that somebody has written: those of the first scenario, where this one is made up.
    declared: &'a Value,
    /// The kinds that hold pods, those of the config among them.
    pub pod_kinds: PodKinds,
    registry: OnceCell<Registry>,
    verdicts: OnceCell<Vec<Verdict>>,
}

impl<'a> Context<'a> {
    /// A context without any analysis done yet.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts that the driver has made, each of its own type"
    )]
    pub fn new(
        sources: &'a SourceMap,
        chart: &'a Chart,
        defaults: &'a Defaults,
        values_files: &'a [crate::chart::ValuesFile],
        config: &'a Config,
        profile: Profile,
        scenario: &'a Scenario,
        view: &'a View<'a>,
        judged: &'a Judged,
        declared: &'a Value,
    ) -> Self {
        Self {
            sources,
            chart,
            defaults,
            values_files,
            config,
            profile,
            scenario,
            view,
            judged,
            declared,
            pod_kinds: PodKinds::new(config.pod_specs.clone()),
            registry: OnceCell::new(),
            verdicts: OnceCell::new(),
        }
    }

    /// What is known of private images, placeholder Secrets and pull secrets; worked out once.
    pub fn registry(&self) -> &Registry {
        self.registry.get_or_init(|| Registry::of(self))
    }

    /// The same context as if no earlier scenario had judged anything; `nothing` is empty.
    pub fn judging_all(self, nothing: &'a Judged) -> Self {
        Self { judged: nothing, registry: OnceCell::new(), ..self }
    }

    /// The same chart and scenario as if no earlier scenario had judged anything; `nothing` is empty.
    pub fn afresh<'b>(&'b self, nothing: &'b Judged) -> Context<'b> {
        Context::new(
            self.sources,
            self.chart,
            self.defaults,
            self.values_files,
            self.config,
            self.profile,
            self.scenario,
            self.view,
            nothing,
            self.declared,
        )
    }

    /// The pods that this context judges; none if no rule has asked for them.
    pub fn judges(&self) -> Judged {
        let workloads = self.registry.get().map_or(&[][..], |registry| &registry.workloads);
        workloads.iter().map(Workload::places).collect()
    }

    /// The keys that may feed pull secrets; none if no rule has asked for them.
    pub fn pull_secret_keys(&self) -> Vec<KeyPath> {
        let keys = self.registry.get().map_or(&[][..], |registry| &registry.probing.keys);
        keys.iter().map(|key| key.path.clone()).collect()
    }

    /// Whether it is the first scenario.
    pub fn is_base(&self) -> bool {
        self.scenario.kind == ScenarioKind::Base
    }

    /// What the schemas of the chart and its subcharts say to the given values; worked out once.
    pub fn verdicts(&self) -> &[Verdict] {
        self.verdicts.get_or_init(|| schema::validate(self.view.active))
    }

    /// Renders the chart with some values changed and shows it to `look`.
    ///
    /// # Errors
    ///
    /// Where Helm can't merge these values.
    pub fn with_values<T>(
        &self,
        changes: &[(Vec<Arc<str>>, Value)],
        wanted: &dyn Fn(&str) -> bool,
        look: impl FnOnce(&View<'_>) -> T,
    ) -> Result<T, ValuesError> {
        let mut user = self.scenario.user.clone();
        for (path, value) in changes {
            set(&mut user, path, value.clone());
        }
        let active = activate(self.chart, self.defaults, &user, &satisfies)?;
        Ok(look(&View::new(self.sources, &active, &self.scenario.environment, wanted)))
    }

    /// Renders the chart with its own values alone and shows it to `look`.
    ///
    /// # Errors
    ///
    /// Where Helm can't merge these values.
    pub fn under_defaults<T>(&self, look: impl FnOnce(&View<'_>) -> T) -> Result<T, ValuesError> {
        let nothing = Value::made_up(Data::Map(std::collections::BTreeMap::new()));
        let active = activate(self.chart, self.defaults, &nothing, &satisfies)?;
        Ok(look(&View::new(self.sources, &active, &self.scenario.environment, &|_| true)))
    }

    /// The effective value at `path` of the root chart's values, as far as it is written somewhere.
    pub fn value(&self, path: &[&str]) -> Option<&Value> {
        self.declared.at(path)
    }

    /// Where a key that is missing from values.yaml belongs: the key of its parent, else the last line of the file.
    pub fn place_for_key(&self, parent: &[&str]) -> Option<Span> {
        let file = self.chart.values.as_ref()?;
        if !parent.is_empty()
            && let Some(key) = self.written_key(parent)
        {
            return Some(key);
        }
        let source = self.sources.file(file.file);
        let last = (0..source.line_count()).rev().map(|line| source.line_range(line));
        let last = last.into_iter().find(|range| !source.slice(*range).trim().is_empty());
        let range = last.unwrap_or_else(|| source.line_range(0));
        let text = source.slice(range);
        let start = range.start as usize + (text.len() - text.trim_start().len());
        Some(Span::new(
            file.file,
            start,
            range.start as usize + text.trim_end().len().max(start - range.start as usize),
        ))
    }

    /// The key at `path` in values.yaml, also where its value is null, which Helm takes for "not there".
    pub fn written_key(&self, path: &[&str]) -> Option<Span> {
        let file = self.chart.values.as_ref()?;
        let (last, parents) = path.split_last()?;
        let documents =
            file.stream.documents.iter().rev().filter_map(|document| document.root.as_ref());
        let mut keys = documents.filter_map(|root| root.node.at(parents)?.get(last));
        keys.next().map(|entry| entry.key_range.in_file(file.file))
    }

    /// Whether values.yaml or the user's values have the key at all, whatever its value is.
    pub fn declares(&self, path: &[&str]) -> bool {
        self.value(path).is_some()
    }
}

/// Puts a value at a path, with mappings on the way where there are none.
fn set(target: &mut Value, path: &[Arc<str>], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    if !matches!(target.data, Data::Map(_)) {
        target.data = Data::Map(std::collections::BTreeMap::new());
    }
    if let Data::Map(map) = &mut target.data {
        set(map.entry(Arc::clone(first)).or_default(), rest, value);
    }
}
