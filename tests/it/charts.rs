//! Whole charts: marks in their files say what is found, testdata/expected says how it looks.
//!
//! `testdata/expected/<case>.args` holds more arguments, one a line.

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::marks::{self, Found};

pub(crate) fn trials() -> Vec<Trial> {
    crate::list(&crate::root().join("testdata/charts"))
        .into_iter()
        .filter(|path| path.is_dir())
        .map(|path| {
            let case = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            crate::trial(format!("chart::{case}"), move || run(&path, &case))
        })
        .collect()
}

fn run(folder: &Path, case: &str) -> Result<(), Failed> {
    let expected = crate::root().join("testdata/expected");
    let more = std::fs::read_to_string(expected.join(format!("{case}.args"))).unwrap_or_default();
    let chartlint = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chartlint"));
        command.current_dir(crate::root()).args(["check", "--color", "never", "--format", format]);
        command.args(more.lines().filter(|line| !line.is_empty())).arg(crate::relative(folder));
        command.output()
    };

    let output = chartlint("json")?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|e| format!("{e}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let none = Vec::new();
    let diagnostics = report.get("diagnostics").and_then(|all| all.as_array()).unwrap_or(&none);
    let found: Vec<Found> = diagnostics
        .iter()
        .map(|diagnostic| Found {
            path: text(&diagnostic["location"]["path"]),
            line: diagnostic["location"]["start"]["line"].as_u64().unwrap_or_default() as usize,
            rule: text(&diagnostic["rule"]),
            message: text(&diagnostic["message"]),
        })
        .collect();
    let mut marked = Vec::new();
    for path in crate::walk(folder) {
        // Packed charts and pictures have no marks.
        if let Ok(text) = std::fs::read_to_string(&path) {
            marked.extend(marks::marks(&crate::relative(&path), &text)?);
        }
    }

    let output = chartlint("human")?;
    let mut shown = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.stderr.is_empty() {
        shown.push_str("--- stderr\n");
        shown.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    let file = expected.join(format!("{case}.txt"));
    if crate::updating() {
        std::fs::create_dir_all(&expected)?;
        std::fs::write(&file, &shown)?;
    }
    marks::compare(&marked, &found)?;
    let recorded = std::fs::read_to_string(&file).unwrap_or_default();
    crate::compare(&crate::relative(&file), &recorded, &shown)
}
