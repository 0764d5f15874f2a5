//! Which branches were seen: for people, for programs, and as a tracefile of lcov.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::diagnostic::Severity;
use crate::engine::explore::Obstacle;
use crate::explore::{Closed, Coverage, Failure, FileReport, Reach, SideReport, Workload};
use crate::lint::ChartOutcome;
use crate::source::{SourceFile, SourceMap};

use super::counted;
use super::display::{inside, one_line, path};
use super::json::LocationJson;
use super::scenarios::ScenarioJson;

/// How many sides, and how many of them each kind of scenario was the first to open.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    total: usize,
    default: usize,
    user: usize,
    explored: usize,
}

impl Counts {
    fn of<'s>(sides: impl Iterator<Item = &'s SideReport>) -> Self {
        let mut counts = Self::default();
        for side in sides {
            counts.total += 1;
            match side.state {
                Ok(Reach::Default) => counts.default += 1,
                Ok(Reach::User) => counts.user += 1,
                Ok(Reach::Explored) => counts.explored += 1,
                Err(_) => {}
            }
        }
        counts
    }

    const fn seen(self) -> usize {
        self.default + self.user + self.explored
    }

    /// `18 of 20 branch sides seen (90.0 %), 12 by default, 6 by exploration`
    fn line(self) -> String {
        if self.total == 0 {
            return "no branches seen".to_owned();
        }
        let percent = self.seen() as f64 * 100.0 / self.total as f64;
        let all = counted(self.total, "branch side");
        let mut line = format!("{} of {all} seen ({percent:.1} %)", self.seen());
        let kinds = [
            (self.default, "by default"),
            (self.user, "by your scenarios"),
            (self.explored, "by exploration"),
        ];
        for (count, how) in kinds.into_iter().filter(|(count, _)| *count > 0) {
            let _ = write!(line, ", {count} {how}");
        }
        line
    }

    fn add(&mut self, other: Self) {
        self.total += other.total;
        self.default += other.default;
        self.user += other.user;
        self.explored += other.explored;
    }
}

/// For people: each chart with its counts, and the files of which something stayed closed.
pub fn coverage(charts: &[ChartOutcome]) -> String {
    let mut out = String::new();
    let (mut all, mut workloads, mut reached) = (Counts::default(), 0, 0);
    for chart in charts {
        let Coverage { files, scenarios, is_cut_short, .. } = &chart.coverage;
        let shown = path(&chart.path);
        let is_broken = || chart.diagnostics.iter().any(|found| found.severity == Severity::Error);
        if !chart.coverage.is_explored() || (files.is_empty() && is_broken()) {
            let _ = writeln!(out, "{shown}: not explored");
            continue;
        }
        let counts = Counts::of(chart.coverage.sides());
        all.add(counts);
        workloads += chart.coverage.workloads.len();
        reached += rendered(&chart.coverage.workloads);
        if counts.total == 0 {
            let _ = writeln!(out, "{shown}: no branches");
            continue;
        }
        let _ = writeln!(
            out,
            "{shown}: {} of {} seen with {}",
            counts.seen(),
            counted(counts.total, "branch side"),
            counted(scenarios.len(), "scenario"),
        );
        let obstruction = obstruction(&chart.coverage);
        if let Some(closed) = obstruction {
            let _ = writeln!(out, "  {}", reason(closed));
        }
        let name =
            |file: &FileReport| path(inside(&chart.path, chart.sources.file(file.file).path()));
        let open = files.iter().filter(|file| file.sides.iter().any(|side| side.state.is_err()));
        for file in open {
            let counts = Counts::of(file.sides.iter());
            let _ = writeln!(out, "  {}: {} of {}", name(file), counts.seen(), counts.total);
            if obstruction.is_none() {
                for line in grouped(&chart.sources, file) {
                    let _ = writeln!(out, "    {line}");
                }
            }
        }
        for workload in &chart.coverage.workloads {
            if workload.scenario.is_none() {
                let file = chart.sources.file(workload.span.file);
                let at = path(inside(&chart.path, file.path()));
                let line = file.position(workload.span.range.start).line;
                let _ = writeln!(out, "  {at}:{line}: no {} is rendered", one_line(&workload.kind));
            }
        }
        if *is_cut_short {
            out.push_str("  there is more to try; --max-scenarios allows more\n");
        }
    }
    let _ = writeln!(out, "{}: {}", counted(charts.len(), "chart"), all.line());
    if workloads > 0 {
        let _ = writeln!(out, "{reached} of {} rendered", counted(workloads, "workload template"));
    }
    out
}

/// What stayed closed in a file: the reasons in the order of the text, each with its lines.
fn grouped(sources: &SourceMap, file: &FileReport) -> Vec<String> {
    let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
    let mut inner = 0;
    for (at, side) in file.sides.iter().enumerate() {
        let Err(closed) = &side.state else { continue };
        if *closed == Closed::Inside {
            inner += 1;
            continue;
        }
        let is_twin = |other: Option<&SideReport>| {
            other.is_some_and(|other| other.span == side.span && other.state == side.state)
        };
        // Both sides of a branch stand behind each other; what is true of both is said once.
        if at > 0 && is_twin(file.sides.get(at - 1)) {
            continue;
        }
        let what = match side.holds {
            _ if is_twin(file.sides.get(at + 1)) => "not reached",
            true => "never true",
            false => "always true",
        };
        let why = format!("{what}: {}", reason(closed));
        let line = sources.file(side.span.file).position(side.span.range.start).line;
        match groups.iter_mut().find(|(known, _)| *known == why) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((why, vec![line])),
        }
    }
    let lines = |(why, mut lines): (String, Vec<u32>)| {
        lines.dedup();
        let noun = if lines.len() == 1 { "line" } else { "lines" };
        let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
        format!("{noun} {} {why}", lines.join(", "))
    };
    let mut told: Vec<String> = groups.into_iter().map(lines).collect();
    if inner > 0 {
        let stand = if inner == 1 { "stands" } else { "stand" };
        told.push(format!("{inner} more {stand} in a branch that is closed"));
    }
    told
}

/// The one failure that keeps a whole chart closed.
fn obstruction(coverage: &Coverage) -> Option<&Closed> {
    let is_closed = |file: &&FileReport| file.sides.iter().any(|side| side.state.is_err());
    if coverage.files.iter().filter(is_closed).count() < 2 {
        return None;
    }
    let follows = |closed: &Closed| matches!(closed, Closed::Inside | Closed::Unused(_));
    let closed = coverage.sides().filter_map(|side| side.state.as_ref().err());
    let mut causes = closed.filter(|closed| !follows(closed));
    let first = causes.next()?;
    let is_alone = causes.all(|other| other == first)
        && coverage.sides().all(|side| side.state != Ok(Reach::Explored));
    (is_alone && matches!(first, Closed::Failed(Failure::Fails(_) | Failure::Refused(_))))
        .then_some(first)
}

fn rendered(workloads: &[Workload]) -> usize {
    workloads.iter().filter(|found| found.scenario.is_some()).count()
}

/// Why a side stayed closed, in words.
fn reason(closed: &Closed) -> String {
    match closed {
        Closed::Obstacle(obstacle) => match obstacle {
            Obstacle::Constant => "no value decides it".to_owned(),
            Obstacle::Lookup => "it depends on what is in the cluster".to_owned(),
            Obstacle::Files => "it depends on the files of the chart".to_owned(),
            Obstacle::ApiAbsent => {
                "`helm template` can add API versions, but not take them away".to_owned()
            }
            Obstacle::Unsolved => "no values were found that decide it".to_owned(),
        },
        Closed::Failed(failure) => match failure {
            Failure::Fails(message) => {
                format!("the chart fails with what was tried: {}", one_line(message))
            }
            Failure::Refused(message) => {
                format!("the chart refuses what was tried: {}", one_line(message))
            }
            Failure::Invalid(message) => {
                format!("what was tried gives no YAML: {}", one_line(message))
            }
            Failure::NoObject(message) => {
                format!("what was tried gives no object: {}", one_line(message))
            }
            Failure::Schema => "values.schema.json does not allow what was tried".to_owned(),
            Failure::Unmoved => "what was tried did not change it".to_owned(),
        },
        Closed::Inside => "it stands in a branch that is closed".to_owned(),
        Closed::Unused(name) => format!("nothing that was rendered includes `{}`", one_line(name)),
        Closed::Unreached => "no scenario came to it".to_owned(),
        Closed::Budget => "there were more scenarios to try than --max-scenarios allows".to_owned(),
        Closed::Unexplored => "the chart was not explored".to_owned(),
    }
}

/// The class of a reason, for programs.
const fn class(closed: &Closed) -> &'static str {
    match closed {
        Closed::Obstacle(obstacle) => match obstacle {
            Obstacle::Constant => "constant",
            Obstacle::Lookup => "lookup",
            Obstacle::Files => "files",
            Obstacle::ApiAbsent => "api-absent",
            Obstacle::Unsolved => "unsolved",
        },
        Closed::Failed(failure) => match failure {
            Failure::Fails(_) => "fails",
            Failure::Refused(_) => "refused",
            Failure::Invalid(_) | Failure::NoObject(_) => "invalid",
            Failure::Schema => "schema",
            Failure::Unmoved => "unmoved",
        },
        Closed::Inside => "inside",
        Closed::Unused(_) => "unused",
        Closed::Unreached => "unreached",
        Closed::Budget => "budget",
        Closed::Unexplored => "unexplored",
    }
}

#[derive(Serialize)]
struct DocumentJson<'c> {
    version: u32,
    charts: Vec<ChartJson<'c>>,
    summary: SummaryJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChartJson<'c> {
    chart: &'c str,
    scenarios: Vec<ScenarioJson<'c>>,
    templates: Vec<TemplateJson<'c>>,
    workloads: Vec<WorkloadJson<'c>>,
    /// There were more scenarios to try.
    cut_short: bool,
}

#[derive(Serialize)]
struct TemplateJson<'c> {
    path: &'c str,
    sides: Counts,
    closed: Vec<ClosedJson<'c>>,
}

#[derive(Serialize)]
struct ClosedJson<'c> {
    location: LocationJson<'c>,
    side: bool,
    class: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct WorkloadJson<'c> {
    kind: &'c str,
    location: LocationJson<'c>,
    scenario: Option<&'c str>,
}

impl<'c> WorkloadJson<'c> {
    fn new(sources: &'c SourceMap, workload: &'c Workload) -> Self {
        Self {
            kind: &workload.kind,
            location: LocationJson::new(sources, workload.span),
            scenario: workload.scenario.as_ref().map(|(name, _)| name.as_str()),
        }
    }
}

#[derive(Default, Serialize)]
struct SummaryJson {
    charts: usize,
    scenarios: usize,
    sides: Counts,
    workloads: usize,
    rendered: usize,
}

/// The same as one JSON document. Its shape is stable while `version` is 1.
pub fn coverage_json(charts: &[ChartOutcome]) -> String {
    let mut summary = SummaryJson { charts: charts.len(), ..SummaryJson::default() };
    let mut listed = Vec::with_capacity(charts.len());
    for chart in charts {
        let Coverage { files, workloads, scenarios, is_cut_short, .. } = &chart.coverage;
        let templates: Vec<TemplateJson<'_>> =
            files.iter().map(|file| template_json(&chart.sources, file)).collect();
        for template in &templates {
            summary.sides.add(template.sides);
        }
        summary.scenarios += scenarios.len();
        summary.workloads += workloads.len();
        summary.rendered += rendered(workloads);
        listed.push(ChartJson {
            chart: &chart.path,
            scenarios: scenarios.iter().map(ScenarioJson::new).collect(),
            templates,
            workloads: workloads
                .iter()
                .map(|found| WorkloadJson::new(&chart.sources, found))
                .collect(),
            cut_short: *is_cut_short,
        });
    }
    let document = DocumentJson { version: 1, charts: listed, summary };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn template_json<'c>(sources: &'c SourceMap, file: &'c FileReport) -> TemplateJson<'c> {
    let closed = file.sides.iter().filter_map(|side| {
        let why = side.state.as_ref().err()?;
        let location = LocationJson::new(sources, side.span);
        Some(ClosedJson { location, side: side.holds, class: class(why), reason: reason(why) })
    });
    TemplateJson {
        path: sources.file(file.file).path(),
        sides: Counts::of(file.sides.iter()),
        closed: closed.collect(),
    }
}

/// The same as a tracefile: a line is hit unless it stands in a block that stayed closed.
pub fn coverage_lcov(charts: &[ChartOutcome]) -> String {
    let mut out = String::new();
    for chart in charts {
        for file in &chart.coverage.files {
            let source = chart.sources.file(file.file);
            let _ = writeln!(out, "TN:\nSF:{}", path(source.path()));
            let line_of = |offset: u32| source.position(offset).line;
            let mut branches = 0;
            let mut blocks: BTreeMap<u32, usize> = BTreeMap::new();
            for side in &file.sides {
                let line = line_of(side.span.range.start);
                // Both sides of a branch have the same number; two branches of a line differ.
                let next = blocks.len();
                let block = *blocks.entry(side.span.range.start).or_insert(next);
                let is_reached =
                    |other: &SideReport| other.span == side.span && other.state.is_ok();
                let taken = match side.state {
                    Ok(_) => "1",
                    Err(_) if file.sides.iter().any(is_reached) => "0",
                    // Nothing came to the condition.
                    Err(_) => "-",
                };
                let _ = writeln!(out, "BRDA:{line},{block},{},{taken}", u8::from(!side.holds));
                branches += 1;
            }
            let hit = file.sides.iter().filter(|side| side.state.is_ok()).count();
            let _ = writeln!(out, "BRF:{branches}\nBRH:{hit}");
            let mut lines: BTreeMap<u32, bool> =
                (1..=lines_of(source)).map(|line| (line as u32, true)).collect();
            for side in file.sides.iter().filter(|side| side.state.is_err()) {
                let Some(block) = side.block.filter(|block| !block.is_empty()) else { continue };
                // The lines of the actions around the block are reached.
                let (first, last) = (line_of(block.start), line_of(block.end));
                for line in first + 1..last {
                    lines.insert(line, false);
                }
            }
            for (line, is_hit) in &lines {
                let _ = writeln!(out, "DA:{line},{}", u8::from(*is_hit));
            }
            let hit = lines.values().filter(|is_hit| **is_hit).count();
            let _ = writeln!(out, "LF:{}\nLH:{hit}\nend_of_record", lines.len());
        }
    }
    out
}

/// How many lines a file has; what follows the last line feed is none, if it is empty.
fn lines_of(file: &SourceFile) -> usize {
    file.line_count() - usize::from(file.text().ends_with('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    type State = Result<Reach, Closed>;

    /// What is said of a chart whose files have a branch in each line, with these states of its two sides.
    #[track_caller]
    fn check(files: &[(&str, &[[State; 2]])], expected: &str) {
        let mut chart = ChartOutcome { path: "web".to_owned(), ..ChartOutcome::default() };
        chart.coverage.scenarios.push(crate::explore::Scenario::new(
            "base",
            crate::explore::ScenarioKind::Base,
            crate::values::Value::default(),
            crate::engine::Environment::default(),
        ));
        for (name, branches) in files {
            let file = chart.sources.add(format!("web/{name}"), "{{if}}\n".repeat(branches.len()));
            let side = |at: usize, holds: bool, state: &State| SideReport {
                span: Span::new(file, at * 7, at * 7 + 6),
                holds,
                block: None,
                state: state.clone(),
            };
            let sides = branches
                .iter()
                .enumerate()
                .flat_map(|(at, [yes, no])| [side(at, true, yes), side(at, false, no)]);
            chart.coverage.files.push(FileReport { file, sides: sides.collect() });
        }
        let shown = coverage(&[chart]);
        let (shown, _) = shown.rsplit_once("1 chart: ").unwrap();
        assert_eq!(shown, format!("web: {expected}"));
    }

    const SEEN: State = Ok(Reach::Default);
    const LOOKUP: State = Err(Closed::Obstacle(Obstacle::Lookup));
    const INSIDE: State = Err(Closed::Inside);

    fn fails() -> State {
        Err(Closed::Failed(Failure::Fails("no".to_owned())))
    }

    #[test]
    fn lines_stand_together_by_their_reason() {
        check(&[("a", &[[SEEN, SEEN]])], "2 of 2 branch sides seen with 1 scenario\n");
        check(
            &[
                (
                    "a",
                    &[
                        [SEEN, LOOKUP],
                        [LOOKUP, SEEN],
                        [SEEN, LOOKUP],
                        [LOOKUP, LOOKUP],
                        [INSIDE, INSIDE],
                    ],
                ),
                ("b", &[[SEEN, SEEN]]),
            ],
            "5 of 12 branch sides seen with 1 scenario
  a: 3 of 10
    lines 1, 3 always true: it depends on what is in the cluster
    line 2 never true: it depends on what is in the cluster
    line 4 not reached: it depends on what is in the cluster
    2 more stand in a branch that is closed
",
        );
    }

    #[test]
    fn what_closes_all_of_a_chart_is_said_once() {
        let (one, two) = ([[fails(), fails()]], [[SEEN, fails()], [INSIDE, INSIDE]]);
        check(
            &[("a", &one), ("b", &two)],
            "1 of 6 branch sides seen with 1 scenario
  the chart fails with what was tried: no
  a: 0 of 2
  b: 1 of 4
",
        );
        check(
            &[("a", &one)],
            "0 of 2 branch sides seen with 1 scenario
  a: 0 of 2
    line 1 not reached: the chart fails with what was tried: no
",
        );
    }
}
