//! Which branches and workloads were seen, under which kind of scenario, and why the others stayed closed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chart::{Chart, Dependency};
use crate::engine::explore::{Obstacle, Side, Site, SiteInfo, sites};
use crate::manifest::pod_kinds::WORKLOAD_KINDS;
use crate::source::{FileId, SourceMap, Span, TextRange};
use crate::template::ast::{Block, Node};
use crate::view::View;

use super::plan::Failure;
use super::scenario::{Scenario, ScenarioKind};

/// Who opens a side first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The base.
    Default,
    /// A scenario of the user's.
    User,
    /// A scenario that was made up.
    Explored,
}

/// Why a side stayed closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// No values open it.
    Obstacle(Obstacle),
    /// What was tried did not open it.
    Failed(Failure),
    /// It stands in a branch that stayed closed.
    Inside,
    /// No template that was rendered includes the named template it stands in.
    Unused(Arc<str>),
    /// The template fails before it, whatever was tried.
    Unreached,
    /// There were more scenarios to try than are allowed.
    Budget,
    /// Nobody has tried.
    Unexplored,
}

/// One side of a branch of the chart's own templates.
#[derive(Clone, Debug)]
pub struct SideReport {
    /// The branch.
    pub span: Span,
    /// The side.
    pub holds: bool,
    /// What is printed there.
    pub block: Option<TextRange>,
    /// Who opened it, or why nobody did.
    pub state: Result<Reach, Closed>,
}

/// One of the chart's own files with branches: a template, or Chart.yaml with its dependencies.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// The file.
    pub file: FileId,
    /// All sides, in the order of the text.
    pub sides: Vec<SideReport>,
}

/// A pod-bearing object in the text of a template, or printed by one.
#[derive(Clone, Debug)]
pub struct Workload {
    /// `Deployment`
    pub kind: String,
    /// Its kind in the template.
    pub span: Span,
    /// The first scenario that prints it.
    pub scenario: Option<(String, ScenarioKind)>,
}

/// What was seen of a chart.
#[derive(Debug, Default)]
pub struct Coverage {
    /// Files with branches, by path.
    pub files: Vec<FileReport>,
    /// Objects with pods.
    pub workloads: Vec<Workload>,
    /// All scenarios that were rendered, in order.
    pub scenarios: Vec<Scenario>,
    /// Scenarios of the user's that Helm refuses, with its words.
    pub refused: Vec<(String, String, Option<Span>)>,
    /// There were more scenarios to try than are allowed.
    pub is_cut_short: bool,
}

impl Coverage {
    /// All sides.
    pub fn sides(&self) -> impl Iterator<Item = &SideReport> {
        self.files.iter().flat_map(|file| &file.sides)
    }

    /// Whether anybody looked for what is closed.
    pub fn is_explored(&self) -> bool {
        self.sides().all(|side| side.state != Err(Closed::Unexplored))
    }

    /// How many sides there are, and how many were seen.
    pub fn counts(&self) -> (usize, usize) {
        (self.sides().count(), self.sides().filter(|side| side.state.is_ok()).count())
    }
}

/// What exploration is about: the chart itself, and the charts in it that are not somebody else's.
#[derive(Debug, Default)]
pub(super) struct Territory {
    /// Template files.
    pub(super) files: BTreeSet<FileId>,
    sites: BTreeMap<FileId, Vec<SiteInfo>>,
    dependencies: BTreeMap<Site, Span>,
    workloads: BTreeMap<Site, Workload>,
}

impl Territory {
    pub(super) fn of(chart: &Chart, sources: &SourceMap) -> Self {
        let mut territory = Self::default();
        // A library renders nothing: its branches are seen in the charts that use it.
        if !chart.is_library() {
            territory.add(chart, sources);
        }
        territory
    }

    fn add(&mut self, chart: &Chart, sources: &SourceMap) {
        for template in &chart.templates {
            self.files.insert(template.file);
            self.sites.insert(template.file, sites(template.file, &template.ast));
            let blocks = template.ast.defines.iter().map(|define| &define.body);
            for block in blocks.chain([&template.ast.body]) {
                self.workloads_in(block, template.file, sources);
            }
        }
        for dependency in chart.metadata.dependencies.iter().filter(|found| is_switched(found)) {
            if subchart(chart, dependency).is_some() {
                self.dependencies.insert(dependency_site(dependency), switch_span(dependency));
            }
        }
        for sub in own_subcharts(chart) {
            self.add(sub, sources);
        }
    }

    /// The lines `kind: Deployment` in the text.
    fn workloads_in(&mut self, block: &Block, file: FileId, sources: &SourceMap) {
        for node in &block.nodes {
            match node {
                Node::Text(text) => {
                    let mut start = text.range.start as usize;
                    for line in sources.file(file).slice(text.range).split_inclusive('\n') {
                        if let Some(kind) = kind_in(line) {
                            let at = start + line.find(kind).unwrap_or_default();
                            let range = TextRange::new(at, at + kind.len());
                            self.add_workload(kind, range.in_file(file));
                        }
                        start += line.len();
                    }
                }
                Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                    self.workloads_in(&branch.body, file, sources);
                    if let Some(otherwise) = &branch.otherwise {
                        self.workloads_in(otherwise, file, sources);
                    }
                }
                _ => {}
            }
        }
    }

    fn add_workload(&mut self, kind: &str, span: Span) -> &mut Workload {
        let site = Site { file: span.file, start: span.range.start };
        self.workloads.entry(site).or_insert_with(|| Workload {
            kind: kind.to_owned(),
            span,
            scenario: None,
        })
    }

    /// Notes what a scenario prints.
    pub(super) fn see(&mut self, scenario: &Scenario, view: &View<'_>) {
        for shown in view.objects() {
            if !WORKLOAD_KINDS.contains(&&*shown.object.kind) {
                continue;
            }
            let Some(entry) = shown.object.root.node.get("kind") else { continue };
            let Some(place) = shown.view.place(shown.object.template, entry.value.range) else {
                continue;
            };
            if !self.files.contains(&place.span.file) {
                continue;
            }
            let workload = self.add_workload(&shown.object.kind, place.span);
            workload.scenario.get_or_insert_with(|| (scenario.name.clone(), scenario.kind));
        }
    }

    /// The state of all sides. `seen` has who opened which, `closed` says why one that was met is closed.
    pub(super) fn report(
        self,
        sources: &SourceMap,
        seen: &BTreeMap<Side, Reach>,
        closed: &dyn Fn(Side) -> Option<Closed>,
        otherwise: &Closed,
    ) -> (Vec<FileReport>, Vec<Workload>) {
        let mut files: Vec<FileReport> = Vec::new();
        for (site, span) in &self.dependencies {
            let sides = [true, false].map(|holds| {
                let side = Side { site: *site, holds };
                let state = match seen.get(&side) {
                    Some(reach) => Ok(*reach),
                    None => Err(closed(side).unwrap_or_else(|| otherwise.clone())),
                };
                SideReport { span: *span, holds, block: None, state }
            });
            match files.iter_mut().find(|known| known.file == site.file) {
                Some(known) => known.sides.extend(sides),
                None => files.push(FileReport { file: site.file, sides: sides.into() }),
            }
        }
        for (file, infos) in &self.sites {
            let mut sides = Vec::with_capacity(infos.len() * 2);
            for info in infos {
                for holds in [true, false] {
                    let side = Side { site: info.site, holds };
                    let state =
                        match seen.get(&side) {
                            Some(reach) => Ok(*reach),
                            None => Err(closed(side)
                                .unwrap_or_else(|| why_unmet(infos, info, seen, otherwise))),
                        };
                    let block = info.blocks.get(usize::from(!holds)).copied().flatten();
                    sides.push(SideReport { span: info.range.in_file(*file), holds, block, state });
                }
            }
            sides.sort_by_key(|side| (side.span.range, !side.holds));
            files.push(FileReport { file: *file, sides });
        }
        files.retain(|file| !file.sides.is_empty());
        files.sort_by(|a, b| sources.file(a.file).path().cmp(sources.file(b.file).path()));
        (files, self.workloads.into_values().collect())
    }
}

/// Why no evaluation has come to a branch.
fn why_unmet(
    infos: &[SiteInfo],
    info: &SiteInfo,
    seen: &BTreeMap<Side, Reach>,
    otherwise: &Closed,
) -> Closed {
    let is_open = |index: usize, holds: bool| {
        infos.get(index).is_some_and(|outer| seen.contains_key(&Side { site: outer.site, holds }))
    };
    match (info.inside, &info.define) {
        (Some((outer, holds)), _) if !is_open(outer, holds) => Closed::Inside,
        (None, Some(name)) if *otherwise != Closed::Unexplored => Closed::Unused(Arc::clone(name)),
        _ => otherwise.clone(),
    }
}

/// The kind in a line of YAML, if it is one with pods.
fn kind_in(line: &str) -> Option<&'static str> {
    let kind = line.strip_prefix("kind:")?.trim().trim_matches(['"', '\'']);
    WORKLOAD_KINDS.iter().find(|known| **known == kind).copied()
}

/// Charts in charts/ that no repository has: they are the user's own.
pub(super) fn own_subcharts(chart: &Chart) -> impl Iterator<Item = &Chart> {
    chart.subcharts.iter().filter(|sub| {
        let is_foreign = chart.metadata.dependencies.iter().any(|dependency| {
            dependency.name.value == sub.metadata.name.value
                && dependency.repository.as_ref().is_some_and(|repository| {
                    !repository.value.is_empty() && !repository.value.starts_with("file://")
                })
        });
        !sub.is_packed() && !is_foreign && !sub.is_library()
    })
}

/// The chart in charts/ that a dependency asks for. A library is none: without it nothing works.
pub(super) fn subchart<'c>(chart: &'c Chart, dependency: &Dependency) -> Option<&'c Chart> {
    let asked = |sub: &&Chart| sub.metadata.name.value == dependency.name.value;
    chart.subcharts.iter().find(asked).filter(|sub| !sub.is_library())
}

/// Whether values can switch the dependency on and off.
pub(super) fn is_switched(dependency: &Dependency) -> bool {
    dependency.condition.as_ref().is_some_and(|condition| !condition.value.trim().is_empty())
        || !dependency.tags.is_empty()
}

/// The branch that a dependency is.
pub(super) fn dependency_site(dependency: &Dependency) -> Site {
    Site { file: dependency.span.file, start: dependency.span.range.start }
}

/// What switches the dependency: its condition, or the first of its tags.
pub(super) fn switch_span(dependency: &Dependency) -> Span {
    let tag = || dependency.tags.first().map(|tag| tag.span);
    let condition = dependency.condition.as_ref().map(|condition| condition.span);
    condition.or_else(tag).unwrap_or(dependency.span)
}
