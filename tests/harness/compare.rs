//! One case, rendered by both.

use std::fmt::{self, Display};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use chartlint::render::{self, Options, Rendering};
use chartlint::values::{InputFile, Inputs};

use crate::cases::Case;
use crate::origins::{self, Share};

/// What Helm prints anew in each run shows after this time at the latest: clocks count seconds.
const PAUSE: Duration = Duration::from_millis(1100);

/// What Helm adds to an error after it has rendered something.
pub(crate) const HINT: &str = "\n\nUse --debug flag to render out invalid YAML";

/// How one case went.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) outcome: Outcome,
    pub(crate) share: Share,
    pub(crate) helm: Duration,
    pub(crate) ours: Duration,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Identical,
    /// Only lines differ that two runs of Helm print differently.
    Random {
        lines: usize,
    },
    Different {
        line: usize,
        helm: String,
        ours: String,
        origin: String,
    },
    BothFail {
        same_words: bool,
        helm: String,
        ours: String,
    },
    HelmFails(String),
    WeFail(String),
}

impl Outcome {
    pub(crate) fn agrees(&self) -> bool {
        matches!(
            self,
            Self::Identical | Self::Random { .. } | Self::BothFail { same_words: true, .. }
        )
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identical => write!(f, "identical"),
            Self::Random { lines } => write!(f, "{lines} random lines"),
            Self::Different { line, helm, ours, origin } => {
                write!(f, "line {line} differs\n  helm: {helm}\n  ours: {ours}\n  from: {origin}")
            }
            Self::BothFail { helm, ours, .. } => {
                write!(f, "both fail\n  helm: {helm}\n  ours: {ours}")
            }
            Self::HelmFails(message) => write!(f, "fails in Helm only: {message}"),
            Self::WeFail(message) => write!(f, "fails here only: {message}"),
        }
    }
}

pub(crate) fn run(case: &Case, helm: &Path) -> Comparison {
    let start = Instant::now();
    let theirs = with_helm(case, helm);
    let helm_time = start.elapsed();
    let start = Instant::now();
    let _ = render::render(&options(case, false));
    let our_time = start.elapsed();
    let ours = render::render(&options(case, true)).unwrap_or_else(|message| {
        // What is no chart to us must be none to Helm.
        let mut rendering = Rendering::default();
        rendering.warnings.push(message);
        rendering
    });
    let outcome = outcome(case, helm, theirs, &ours);
    Comparison { outcome, share: origins::measure(&ours), helm: helm_time, ours: our_time }
}

fn options(case: &Case, with_origins: bool) -> Options {
    let files = case.values.iter().map(|path| InputFile::on_disk(path.display().to_string()));
    Options {
        path: case.chart.display().to_string(),
        inputs: Inputs { files: files.collect(), sets: Vec::new() },
        environment: case.environment.clone(),
        with_origins,
        ..Options::default()
    }
}

/// What Helm prints, or the error with which it stops.
pub(crate) fn with_helm(case: &Case, helm: &Path) -> Result<String, String> {
    let mut command = Command::new(helm);
    command.arg("template").args(case.arguments());
    match command.output() {
        Ok(output) if output.status.success() => {
            Ok(chartlint::bytes::escape(&output.stdout).into_owned())
        }
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let error = text.split_once("Error: ").map_or(text.as_str(), |(_, error)| error);
            Err(error.trim().trim_end_matches(HINT).to_owned())
        }
        Err(error) => Err(format!("{} can't be started: {error}", helm.display())),
    }
}

fn outcome(case: &Case, helm: &Path, theirs: Result<String, String>, ours: &Rendering) -> Outcome {
    let failure = ours.failures.first().map(|failure| failure.message.trim().to_owned());
    match (theirs, &ours.text) {
        (Ok(theirs), Some(text)) if theirs == *text => Outcome::Identical,
        (Ok(theirs), Some(text)) => {
            std::thread::sleep(PAUSE);
            let again = with_helm(case, helm).unwrap_or_default();
            difference(&theirs, &again, text, ours)
        }
        (Ok(_), None) => Outcome::WeFail(failure.unwrap_or_default()),
        (Err(theirs), Some(_)) => Outcome::HelmFails(theirs),
        (Err(theirs), None) => {
            let ours = failure.unwrap_or_default();
            let same_words = same_words(&theirs, &ours);
            Outcome::BothFail { same_words, helm: theirs, ours }
        }
    }
}

/// The lines of what Helm collects from a mapping are in no order.
fn same_words(theirs: &str, ours: &str) -> bool {
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    sorted(theirs) == sorted(ours)
}

fn difference(first: &str, second: &str, text: &str, ours: &Rendering) -> Outcome {
    let mut random = 0;
    let mut again = second.split('\n');
    let mut own = text.split('\n');
    for (at, theirs) in first.split('\n').enumerate() {
        let again = again.next();
        let line = own.next();
        if line == Some(theirs) {
            continue;
        }
        if again != Some(theirs) && line.is_some() {
            random += 1;
            continue;
        }
        let line = line.unwrap_or("(nothing)").to_owned();
        let origin = origins::of_line(ours, &line);
        return Outcome::Different { line: at + 1, helm: theirs.to_owned(), ours: line, origin };
    }
    match own.next() {
        None => Outcome::Random { lines: random },
        Some(line) => Outcome::Different {
            line: first.lines().count() + 1,
            helm: "(nothing)".to_owned(),
            ours: line.to_owned(),
            origin: origins::of_line(ours, line),
        },
    }
}
