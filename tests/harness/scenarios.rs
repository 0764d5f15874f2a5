//! Scenarios that exploration has made up, rendered by both. Unlike a chart's own values they must not fail.

use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chartlint::chart::{FileSystem, ParseCache};
use chartlint::explore::{Coverage, Reach, Scenario, ScenarioKind};
use chartlint::lint;
use chartlint::source::SourceMap;
use chartlint::values::{InputFile, Inputs};

use crate::cases::Case;
use crate::compare::{self, Outcome};
use crate::{Arguments, in_parallel};

/// What was seen of the charts.
#[derive(Debug, Default)]
struct Seen {
    charts: usize,
    sides: usize,
    by_default: usize,
    open: usize,
    workloads: usize,
    by_base: usize,
    rendered: usize,
    cut_short: usize,
}

impl Seen {
    fn note(&mut self, coverage: &Coverage) {
        self.charts += 1;
        self.cut_short += usize::from(coverage.is_cut_short);
        for side in coverage.sides() {
            self.sides += 1;
            self.open += usize::from(side.state.is_ok());
            self.by_default += usize::from(side.state == Ok(Reach::Default));
        }
        for workload in &coverage.workloads {
            self.workloads += 1;
            let kind = workload.scenario.as_ref().map(|(_, kind)| *kind);
            self.rendered += usize::from(kind.is_some());
            self.by_base += usize::from(kind == Some(ScenarioKind::Base));
        }
    }

    fn add(&mut self, other: &Self) {
        self.charts += other.charts;
        self.sides += other.sides;
        self.by_default += other.by_default;
        self.open += other.open;
        self.workloads += other.workloads;
        self.by_base += other.by_base;
        self.rendered += other.rendered;
        self.cut_short += other.cut_short;
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
            self.open,
            percent(self.open, self.sides),
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

/// So many of the charts are named that took longest.
const SLOWEST: usize = 5;

/// Compares `wanted` scenarios of the charts in `cases`; whether all of them render, and alike.
pub(crate) fn run(cases: &[Case], wanted: usize, arguments: &Arguments) -> io::Result<bool> {
    let charts: Vec<&Case> = cases.iter().filter(|case| case.values.is_none()).collect();
    let found = in_parallel(&charts, |case| survey(&case.chart));
    let mut seen = Seen::default();
    let mut opened = Vec::new();
    let mut unlinked = 0;
    let mut times = Vec::new();
    for (case, survey) in charts.iter().zip(found) {
        seen.add(&survey.seen);
        times.push((survey.time, &case.chart));
        if survey.is_whole {
            opened.extend(survey.opened.into_iter().map(|made| (case.chart.clone(), made)));
        } else {
            unlinked += survey.opened.len();
        }
    }
    println!("{seen}");
    times.sort_by(|a, b| b.cmp(a));
    for (time, chart) in times.iter().take(SLOWEST) {
        println!("{:>6.1} s for {}", time.as_secs_f64(), chart.display());
    }
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

/// What exploration made of a chart.
#[derive(Default)]
struct Survey {
    seen: Seen,
    opened: Vec<Scenario>,
    /// All dependencies are in charts/; otherwise Helm refuses the chart.
    is_whole: bool,
    time: Duration,
}

/// Each chart is explored for itself: what it consists of is forgotten then.
fn survey(chart: &Path) -> Survey {
    let mut survey = Survey { is_whole: true, ..Survey::default() };
    let options = lint::Options { jobs: Some(1), ..lint::Options::default() };
    let start = Instant::now();
    for outcome in lint::survey(&[chart.to_owned()], &options).charts {
        survey.seen.note(&outcome.coverage);
        survey.is_whole &= outcome.linked.is_empty();
        let made = outcome.coverage.scenarios.into_iter();
        survey.opened.extend(made.filter(|scenario| scenario.kind == ScenarioKind::Opened));
    }
    survey.time = start.elapsed();
    survey
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
    let results = in_parallel(&cases, |case| {
        let outcome = compare::run(case, &arguments.helm).outcome;
        (class(case, &outcome, &arguments.helm), outcome)
    });
    for ((case, (class, outcome)), (_, scenario)) in cases.iter().zip(&results).zip(chosen) {
        if arguments.verbose || !GOOD.contains(class) {
            println!("{case}: {outcome}\n  {}", shown(case, scenario));
        }
    }
    let count = |wanted: &str| results.iter().filter(|(class, _)| *class == wanted).count();
    for class in GOOD.iter().chain(BAD) {
        println!("{:>6} {class}", count(class));
    }
    println!("{changed:>6} with values that are others once written to a file");
    Ok(changed == 0 && BAD.iter().all(|class| count(class) == 0))
}

const IDENTICAL: &str = "identical";
const RANDOM: &str = "identical but for lines that Helm itself prints anew in each run";
const UNUSABLE: &str = "of charts that fail in Helm under their defaults, with the same words";
const DIFFERENT: &str = "different";
const HELM_FAILS: &str = "fail in Helm only";
const WE_FAIL: &str = "fail here only";
const BOTH_FAIL: &str = "fail in both";

/// How a scenario may go.
const GOOD: &[&str] = &[IDENTICAL, RANDOM, UNUSABLE];

/// How none should go.
const BAD: &[&str] = &[DIFFERENT, HELM_FAILS, WE_FAIL, BOTH_FAIL];

fn class(case: &Case, outcome: &Outcome, helm: &Path) -> &'static str {
    let of_failure = |message: &str, otherwise| {
        let defaults = Case { chart: case.chart.clone(), ..Case::default() };
        let fails_alike = compare::with_helm(&defaults, helm).is_err_and(|error| error == message);
        if fails_alike { UNUSABLE } else { otherwise }
    };
    match outcome {
        Outcome::Identical => IDENTICAL,
        Outcome::Random { .. } => RANDOM,
        Outcome::Different { .. } => DIFFERENT,
        Outcome::HelmFails(message) => of_failure(message, HELM_FAILS),
        Outcome::WeFail(_) => WE_FAIL,
        Outcome::BothFail { helm: message, .. } => of_failure(message, BOTH_FAIL),
    }
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
