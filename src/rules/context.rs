//! What rules see of a chart.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chart::Chart;
use crate::config::{Config, Profile};
use crate::diagnostic::Diagnostic;
use crate::engine::{Capabilities, Environment, Rendered, satisfies};
use crate::explore::{Scenario, ScenarioKind};
use crate::manifest::objects::Object;
use crate::manifest::pod_kinds::PodKinds;
use crate::schema;
use crate::source::{SourceMap, Span};
use crate::values::{Data, Defaults, Value, ValuesError, activate};

use crate::release::Release;

use super::registry::Registry;
use super::registry::keys::KeyPath;
use super::registry::probe::Wiring;
use super::registry::siblings;
use super::registry::workload::{Identity, Workload};
use super::values::usage::Usage;
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

    /// What a scenario proves wrong of that which the rule has found under others.
    fn refutes(&self, _context: &Context<'_>) -> Refutation {
        Refutation::Nothing
    }

    /// Reports what a release says wrong by itself, whatever its chart makes of it. Called once for each release that is
    /// found, whether its chart is at hand or not; what needs the chart is for [`Self::check`], which is called under the
    /// scenario of each release, see [`Context::release`].
    fn check_release(&self, _context: &ReleaseContext<'_>, _out: &mut Vec<Diagnostic>) {}
}

/// Which findings of a rule are not so after all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refutation {
    /// None.
    Nothing,
    /// All.
    Everything,
    /// Those with these subjects.
    Subjects(Vec<String>),
    /// Those at one of these places.
    Places(Vec<Span>),
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

/// A release as rules see it without its chart.
pub struct ReleaseContext<'a> {
    /// The files into which the release points.
    pub sources: &'a SourceMap,
    /// Settings: those of its chart, else those of the release's own folder.
    pub config: &'a Config,
    /// `tmc` or `generic`.
    pub profile: Profile,
    /// The release.
    pub release: &'a Release,
    /// Its chart is at hand, so that [`Rule::check`] will see it too.
    pub is_linked: bool,
}

/// Pods by their places: that of their containers, and those of their images. Under other values they are the same.
pub type Judged = BTreeMap<(Span, Vec<Span>), Verdict>;

/// What an earlier scenario has shown of a pod.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What it is, whatever it shows.
    pub identity: Identity,
    /// Kind and name, for messages.
    pub title: String,
    /// Names from the root's subchart down to the chart that has its template.
    pub scope: Vec<Arc<str>>,
    /// A pull secret reaches it.
    pub is_wired: bool,
    /// The key `imagePullSecrets` of its pod spec.
    pub key: Option<Span>,
    /// The call of a helper that prints that key.
    pub helper: Option<Span>,
    /// Its images.
    pub images: Vec<String>,
}

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
    /// All releases of the chart that were found, in the order of their files; each is the release of one scenario, see
    /// [`Self::release`].
    pub releases: &'a [Arc<Release>],
    /// The values that somebody has written: those of the first scenario, where this one is made up.
    declared: &'a Value,
    /// The kinds that hold pods, those of the config among them.
    pub pod_kinds: PodKinds,
    usage: &'a OnceCell<Usage>,
    registry: OnceCell<Registry>,
    /// The chart's values without those of any user, once somebody has asked.
    own_values: OnceCell<Value>,
    verdicts: OnceCell<Vec<schema::Verdict>>,
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
        releases: &'a [Arc<Release>],
        declared: &'a Value,
        usage: &'a OnceCell<Usage>,
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
            releases,
            declared,
            usage,
            pod_kinds: PodKinds::new(config.pod_specs.clone()),
            registry: OnceCell::new(),
            own_values: OnceCell::new(),
            verdicts: OnceCell::new(),
        }
    }

    /// What is known of private images, placeholder Secrets and pull secrets; worked out once.
    pub fn registry(&self) -> &Registry {
        self.registry.get_or_init(|| Registry::of(self))
    }

    /// Where the templates name values; worked out once for all scenarios.
    pub fn usage(&self) -> &Usage {
        self.usage.get_or_init(|| Usage::of(self.chart))
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
            self.releases,
            self.declared,
            self.usage,
        )
    }

    /// The pods that this context judges; none if no rule has asked for them.
    pub fn judges(&self) -> Judged {
        let Some(registry) = self.registry.get() else { return Judged::new() };
        let verdict = |(workload, wiring): (&Workload, &Wiring)| {
            let verdict = Verdict {
                identity: workload.identity.clone(),
                title: workload.title(),
                scope: workload.scope.clone(),
                is_wired: wiring.is_wired,
                key: wiring.key.as_ref().map(|place| place.span),
                helper: siblings::helper_call(workload, wiring),
                images: workload.images.iter().map(|image| image.text.clone()).collect(),
            };
            (workload.places(), verdict)
        };
        // A pod whose account may have what it lacks is looked at again as soon as a scenario shows the account.
        let is_judged = |(workload, wiring): &(&Workload, &Wiring)| {
            self.is_base() || wiring.is_wired || workload.account.is_known()
        };
        registry.wired().filter(is_judged).map(verdict).collect()
    }

    /// What earlier scenarios have shown of a pod: whether it was wired, with whatever images.
    pub fn was_wired(&self, workload: &Workload) -> Option<bool> {
        // Branches of a template can show different pods at one place of its output.
        let is_same = |((containers, _), verdict): &(&(Span, Vec<Span>), &Verdict)| {
            *containers == workload.containers.span && verdict.identity == workload.identity
        };
        let verdicts = self.judged.iter().filter(is_same);
        verdicts.map(|(_, verdict)| verdict.is_wired).max()
    }

    /// The keys that may feed pull secrets; none if no rule has asked for them.
    pub fn pull_secret_keys(&self) -> Vec<KeyPath> {
        let keys = self.registry.get().map_or(&[][..], |registry| &registry.probing.keys);
        keys.iter().map(|key| key.path.clone()).collect()
    }

    /// The release whose values the scenario has; its places are those of `sources`, and `view` is what it installs.
    pub fn release(&self) -> Option<&Release> {
        self.scenario.release.as_deref()
    }

    /// The namespace of an object; none for that of the release.
    pub fn namespace_of(&self, object: &Object) -> Option<Arc<str>> {
        let release = &self.scenario.environment.release.namespace;
        object.namespace.clone().filter(|namespace| **namespace != **release)
    }

    /// Whether it is the first scenario.
    pub fn is_base(&self) -> bool {
        self.scenario.kind == ScenarioKind::Base
    }

    /// What the schemas of the chart and its subcharts say to the given values; worked out once.
    pub fn verdicts(&self) -> &[schema::Verdict] {
        self.verdicts.get_or_init(|| schema::validate(self.view.active))
    }

    /// The user's values of the scenario with some changed.
    fn changed(&self, changes: &[(Vec<Arc<str>>, Value)]) -> Value {
        let mut user = self.scenario.user.clone();
        for (path, value) in changes {
            set(&mut user, path, value.clone());
        }
        user
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
        let user = self.changed(changes);
        let active = activate(self.chart, self.defaults, &user, &satisfies)?;
        Ok(look(&View::new(self.sources, &active, &self.scenario.environment, wanted)))
    }

    /// As [`Self::with_values`], but a template is rendered only if it may print something else than in [`Self::view`]:
    /// if it depends on a value that comes out otherwise. The others are not in the view that `look` sees.
    ///
    /// # Errors
    ///
    /// Where Helm can't merge these values.
    pub fn where_values_matter<T>(
        &self,
        changes: &[(Vec<Arc<str>>, Value)],
        wanted: &dyn Fn(&str) -> bool,
        look: impl FnOnce(&View<'_>) -> T,
    ) -> Result<T, ValuesError> {
        let user = self.changed(changes);
        let active = activate(self.chart, self.defaults, &user, &satisfies)?;
        // Helm merges all values anew, so that more than what was set can be different.
        let different = self.view.active.differences(&active);
        let matters = |name: &str| {
            wanted(name) && different.as_ref().is_none_or(|paths| self.view.depends(name, paths))
        };
        let mut known = self.view.parts().flat_map(|view| &view.rendered.templates);
        if different.is_some() && !known.any(|template| matters(&template.name)) {
            return Ok(look(&View::of(&active, Rendered::nothing(self.sources), None)));
        }
        Ok(look(&View::new(self.sources, &active, &self.scenario.environment, &matters)))
    }

    /// Renders the chart with its own values alone and shows it to `look`.
    ///
    /// # Errors
    ///
    /// Where Helm can't merge these values.
    pub fn under_defaults<T>(&self, look: impl FnOnce(&View<'_>) -> T) -> Result<T, ValuesError> {
        let nothing = Value::made_up(Data::Map(BTreeMap::new()));
        let active = activate(self.chart, self.defaults, &nothing, &satisfies)?;
        Ok(look(&View::new(self.sources, &active, &self.scenario.environment, &|_| true)))
    }

    /// Renders the templates that `wanted` names for another cluster and shows it to `look`.
    pub fn on_cluster<T>(
        &self,
        capabilities: Capabilities,
        wanted: &dyn Fn(&str) -> bool,
        look: impl FnOnce(&View<'_>) -> T,
    ) -> T {
        let release = self.scenario.environment.release.clone();
        let environment = Environment { release, capabilities };
        look(&View::new(self.sources, self.view.active, &environment, wanted))
    }

    /// The effective value at `path` of the root chart's values, as far as it is written somewhere.
    pub fn value(&self, path: &[&str]) -> Option<&Value> {
        self.declared.at(path)
    }

    /// What the chart has at a path by itself, in its own values or in those of a subchart.
    pub fn default(&self, path: &[&str]) -> Option<&Value> {
        let own = self.own_values.get_or_init(|| {
            let nothing = Value::made_up(Data::Map(BTreeMap::new()));
            let active = activate(self.chart, self.defaults, &nothing, &satisfies);
            active.map_or_else(|_| Value::default(), |active| active.values)
        });
        own.at(path)
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
        target.data = Data::Map(BTreeMap::new());
    }
    if let Data::Map(map) = &mut target.data {
        set(map.entry(Arc::clone(first)).or_default(), rest, value);
    }
}
