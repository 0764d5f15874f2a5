//! Scenarios: what is listed can be given to Helm, and to `render`, with the same result as by its name.

use std::path::PathBuf;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

/// Charts of testdata/charts/ that have scenarios of all kinds.
const CHARTS: &[&str] = &["everything", "guide", "guide-closed-cronjob"];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |chart: &&'static str| {
        let chart = *chart;
        crate::trial(format!("scenarios::{chart}"), move || run(chart))
    };
    CHARTS.iter().map(trial).collect()
}

fn run(chart: &str) -> Result<(), Failed> {
    let path = format!("testdata/charts/{chart}");
    let listed = chartlint(&["scenarios", &path])?;
    let mut count = 0;
    for document in listed.split("---\n").skip(1) {
        let line = |start: &str| document.lines().find_map(|line| line.strip_prefix(start));
        let name = line("# ").and_then(|line| line.split(": ").next()).ok_or("no name")?;
        let options: Vec<&str> = line("# with ").unwrap_or_default().split_whitespace().collect();
        let file = Temporary::new(chart, count, document)?;
        let values = file.0.to_string_lossy();
        let mut arguments = vec!["render", &*path, "-f", &*values];
        arguments.extend(options);
        let pasted = chartlint(&arguments)?;
        let named = chartlint(&["render", &*path, "--scenario", name])?;
        crate::compare(&format!("{name} of {chart}"), &named, &pasted)?;
        if name == "base" {
            crate::compare("the base", &chartlint(&["render", &*path])?, &named)?;
        }
        count += 1;
    }
    if count > 1 { Ok(()) } else { Err("there is nothing to compare".into()) }
}

fn chartlint(arguments: &[&str]) -> Result<String, Failed> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartlint"));
    let output = command.current_dir(crate::root()).args(arguments).output()?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {error}", arguments.join(" ")).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// A file that is removed when it is dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn new(chart: &str, number: usize, text: &str) -> Result<Self, Failed> {
        let name = format!("chartlint-{}-{chart}-{number}.yaml", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text)?;
        Ok(Self(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
