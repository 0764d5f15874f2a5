//! Scenarios that exploration has made up, rendered by both. Unlike a chart's own values they must not fail.

use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chartlint::chart::{FileSystem, ParseCache};
use chartlint::explore::{Coverage, Reach, Scenario, ScenarioKind};
use chartlint::lint::{self, ChartOutcome};
use chartlint::source::SourceMap;
use chartlint::values::{InputFile, Inputs};

use crate::cases::Case;
use crate::compare::{self, Outcome};
use crate::{Arguments, in_parallel};

/// So many charts are explored at a time; what they consist of is forgotten then.
const CHUNK: usize = 32;

/// What was seen of the charts.
#[derive(Debug, Default)]
struct Seen {
    charts: usize,
    sides: usize,
    by_default: usize,
    seen: usize,
    workloads: usize,
    by_base: usize,
    rendered: usize,
    cut_short: usize,
}

impl Seen {
    fn add(&mut self, coverage: &Coverage) {
        self.charts += 1;
        self.cut_short += usize::from(coverage.is_cut_short);
        for side in coverage.sides() {
            self.sides += 1;
            self.seen += usize::from(side.state.is_ok());
            self.by_default += usize::from(side.state == Ok(Reach::Default));
        }
        for workload in &coverage.workloads {
            self.workloads += 1;
            let kind = workload.scenario.as_ref().map(|(_, kind)| *kind);
            self.rendered += usize::from(kind.is_some());
            self.by_base += usize::from(kind == Some(ScenarioKind::Base));
        }
    }
}

impl Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        writeln!(
            f,
            "{} charts, {} of them with more scenarios to try than are allowed",
            self.charts, self.cut_short
        )?;
        writeln!(
            f,
            "sides of branches: {} by default ({:.1} %), {} seen ({:.1} %), {} in all",
            self.by_default,
            percent(self.by_default, self.sides),
            self.seen,
            percent(self.seen, self.sides),
            self.sides
        )?;
        write!(
            f,
            "workload templates: {} rendered by base ({:.1} %), {} by any scenario ({:.1} %), {} in all",
            self.by_base,
            percent(self.by_base, self.workloads),
            self.rendered,
            percent(self.rendered, self.workloads),
            self.workloads
        )
    }
}

/// A scenario of a chart.
type Opened = (PathBuf, Scenario);

/// Compares `wanted` scenarios of the charts in `cases`; whether all of them render, and alike.
pub(crate) fn run(cases: &[Case], wanted: usize, arguments: &Arguments) -> io::Result<bool> {
    let charts: BTreeSet<&Path> = cases.iter().map(|case| &*case.chart).collect();
    let charts: Vec<PathBuf> = charts.into_iter().map(Path::to_owned).collect();
    let start = Instant::now();
    let (seen, opened, unlinked) = survey(&charts);
    println!("explored in {:.1} s", start.elapsed().as_secs_f64());
    println!("{seen}");
    let total = opened.len();
    let chosen = spread(opened, wanted);
    println!(
        "{} of {total} scenarios; {unlinked} more are of charts that lack a dependency",
        chosen.len()
    );
    let folder = std::env::temp_dir().join(format!("scenarios-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = compare(&chosen, &folder, arguments);
    let _ = std::fs::remove_dir_all(&folder);
    result
}

/// What is seen of the charts, the scenarios made up for them, and how many there are for charts that Helm can't load.
fn survey(charts: &[PathBuf]) -> (Seen, Vec<Opened>, usize) {
    let (mut seen, mut opened, mut unlinked) = (Seen::default(), Vec::new(), 0);
    for chunk in charts.chunks(CHUNK) {
        for chart in lint::survey(chunk, &lint::Options::default()).charts {
            seen.add(&chart.coverage);
            let ChartOutcome { path, coverage, linked, .. } = chart;
            let made = coverage.scenarios.into_iter();
            let made = made.filter(|scenario| scenario.kind == ScenarioKind::Opened);
            if linked.is_empty() {
                opened.extend(made.map(|scenario| (PathBuf::from(&path), scenario)));
            } else {
                unlinked += made.count();
            }
        }
    }
    (seen, opened, unlinked)
}

/// `wanted` of all, at equal distances.
fn spread(all: Vec<Opened>, wanted: usize) -> Vec<Opened> {
    let total = all.len();
    if wanted == 0 || wanted >= total {
        return all;
    }
    let chosen: BTreeSet<usize> = (0..wanted).map(|at| at * total / wanted).collect();
    let all = all.into_iter().enumerate();
    all.filter(|(at, _)| chosen.contains(at)).map(|(_, opened)| opened).collect()
}

fn compare(chosen: &[Opened], folder: &Path, arguments: &Arguments) -> io::Result<bool> {
    let mut cases = Vec::with_capacity(chosen.len());
    let mut changed = 0;
    for (at, (chart, scenario)) in chosen.iter().enumerate() {
        let path = folder.join(format!("{at}.yaml"));
        std::fs::write(&path, scenario.user.to_json().to_string())?;
        if !says_the_same(&path, scenario) {
            changed += 1;
            println!(
                "{} under {}: not the same once written: {}",
                chart.display(),
                scenario.name,
                values(scenario)
            );
        }
        cases.push(Case {
            chart: chart.clone(),
            values: Some(path),
            scenario: Some(scenario.name.clone()),
            environment: scenario.environment.clone(),
        });
    }
    let results = in_parallel(&cases, |case| compare::run(case, &arguments.helm));
    let mut counts = [0; 6];
    for ((case, comparison), (_, scenario)) in cases.iter().zip(&results).zip(chosen) {
        let kind = match comparison.outcome {
            Outcome::Identical => 0,
            Outcome::Random { .. } => 1,
            Outcome::Different { .. } => 2,
            Outcome::HelmFails(_) => 3,
            Outcome::WeFail(_) => 4,
            Outcome::BothFail { .. } => 5,
        };
        counts[kind] += 1;
        if kind > 1 || arguments.verbose {
            println!("{case}: {}\n  {}", comparison.outcome, shown(case, scenario));
        }
    }
    let words = [
        "identical",
        "identical but for lines that Helm itself prints anew in each run",
        "different",
        "fail in Helm only",
        "fail here only",
        "fail in both",
    ];
    for (count, words) in counts.iter().zip(words) {
        println!("{count:>6} {words}");
    }
    println!("{changed:>6} with values that are others once written to a file");
    Ok(changed == 0 && counts.iter().skip(2).all(|count| *count == 0))
}

/// Whether the file holds the values of the scenario.
fn says_the_same(path: &Path, scenario: &Scenario) -> bool {
    let files = vec![InputFile::on_disk(path.display().to_string())];
    let inputs = Inputs { files, sets: Vec::new() };
    let read = inputs.read(&FileSystem::Disk, &mut SourceMap::default(), &ParseCache::default());
    read.is_ok_and(|input| input.values == scenario.user)
}

/// The options of Helm, and the values.
fn shown(case: &Case, scenario: &Scenario) -> String {
    let defaults =
        Case { chart: case.chart.clone(), values: case.values.clone(), ..Case::default() };
    let plain = defaults.arguments();
    let arguments = case.arguments();
    let options = arguments.iter().filter(|argument| !plain.contains(argument));
    let options: Vec<_> = options.map(|option| option.to_string_lossy()).collect();
    format!("with: {} {}", options.join(" "), values(scenario)).replace(":  ", ": ")
}

fn values(scenario: &Scenario) -> String {
    scenario.user.to_json().to_string()
}
