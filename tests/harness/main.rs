//! Renders charts with real Helm and with chartlint, and tells where they differ. It is no test: it needs Helm.
//!
//! `cargo test --release --test harness -- --helm helm FOLDER…` takes each chart below the folders that does not stand
//! in another chart, under its defaults and under each `ci/*-values.yaml`. With `--scenarios N` it takes N of the scenarios
//! instead that exploration makes up for these charts; none of them may fail. With `--record` it renews testdata/helm/.

#![expect(clippy::print_stdout, reason = "a program of its own")]

mod cases;
mod compare;
mod origins;
mod record;
mod scenarios;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;

use cases::Case;
use compare::{Comparison, Outcome};
use origins::Share;

/// Renders charts with Helm and with chartlint, side by side.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folders with charts
    folders: Vec<PathBuf>,
    /// The program that is right
    #[arg(long, default_value = "helm")]
    helm: PathBuf,
    /// Record anew what Helm prints for the cases of testdata/helm/cases.yaml
    #[arg(long)]
    record: bool,
    /// Compare under so many of the scenarios that exploration makes up, taken evenly; all if it is 0
    #[arg(long, value_name = "N")]
    scenarios: Option<usize>,
    /// Print each case, not only those that differ
    #[arg(long)]
    verbose: bool,
    /// Only cases whose path contains this text
    #[arg(long, default_value = "")]
    only: String,
    /// Render each case with the program chartlint too, one process each, for the time that it takes
    #[arg(long)]
    processes: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.record {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/helm");
        let helm = std::path::absolute(&arguments.helm).ok().filter(|path| path.is_file());
        return match record::run(&folder, helm.as_deref().unwrap_or(&arguments.helm)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                println!("nothing is recorded: {error}");
                ExitCode::FAILURE
            }
        };
    }
    if arguments.folders.is_empty() {
        println!("no folders given; see the top of tests/harness/main.rs");
        return ExitCode::SUCCESS;
    }
    let mut cases = cases::find(&arguments.folders);
    cases.retain(|case| case.to_string().contains(&arguments.only));
    if let Some(wanted) = arguments.scenarios {
        return match scenarios::run(&cases, wanted, &arguments) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                println!("scenarios can't be written: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let results = in_parallel(&cases, |case| compare::run(case, &arguments.helm));
    let mut share = Share::default();
    for (case, comparison) in cases.iter().zip(&results) {
        share.add(&comparison.share);
        if arguments.verbose || !comparison.outcome.agrees() {
            println!("{case}: {}", comparison.outcome);
        }
    }
    report(&cases, &results, &share);
    times(&arguments, &cases, &results);
    let agree = results.iter().all(|comparison| comparison.outcome.agrees());
    if agree { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(cases: &[Case], results: &[Comparison], share: &Share) {
    let count = |wanted: &dyn Fn(&Outcome) -> bool| {
        results.iter().filter(|comparison| wanted(&comparison.outcome)).count()
    };
    let charts = cases.iter().map(|case| &case.chart).collect::<std::collections::BTreeSet<_>>();
    println!("{} charts, {} cases", charts.len(), cases.len());
    println!("{:>6} identical", count(&|outcome| matches!(outcome, Outcome::Identical)));
    println!(
        "{:>6} identical but for lines that Helm itself prints anew in each run",
        count(&|outcome| matches!(outcome, Outcome::Random { .. }))
    );
    println!(
        "{:>6} fail in both with the same words",
        count(&|outcome| matches!(outcome, Outcome::BothFail { same_words: true, .. }))
    );
    println!(
        "{:>6} fail in both with other words",
        count(&|outcome| matches!(outcome, Outcome::BothFail { same_words: false, .. }))
    );
    println!("{:>6} different", count(&|outcome| matches!(outcome, Outcome::Different { .. })));
    println!("{:>6} fail in Helm only", count(&|outcome| matches!(outcome, Outcome::HelmFails(_))));
    println!("{:>6} fail here only", count(&|outcome| matches!(outcome, Outcome::WeFail(_))));
    println!("{share}");
}

fn times(arguments: &Arguments, cases: &[Case], results: &[Comparison]) {
    let helm: Duration = results.iter().map(|comparison| comparison.helm).sum();
    let ours: Duration = results.iter().map(|comparison| comparison.ours).sum();
    println!("in one process {:.1} times as fast as Helm", ratio(helm, ours));
    if arguments.processes {
        let ours: Duration = in_parallel(cases, process).into_iter().sum();
        println!("in a process each {:.1} times as fast as Helm", ratio(helm, ours));
    }
}

/// As many cases at a time as there are processors, each on a thread that does nothing else meanwhile: what is timed in
/// it takes as long as it takes.
fn in_parallel<C: Sync, T: Send>(cases: &[C], one: impl Fn(&C) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let work = || {
        while let Some((at, case)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, cases.get(at)?)))
        {
            let result = one(case);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

fn ratio(helm: Duration, ours: Duration) -> f64 {
    helm.as_secs_f64() / ours.as_secs_f64().max(f64::EPSILON)
}

/// How long the program takes for a case.
fn process(case: &Case) -> Duration {
    let start = Instant::now();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_chartlint"));
    command.arg("render").args(case.arguments());
    let _ = command.output();
    start.elapsed()
}
