//! `chartlint render` against what Helm printed: testdata/helm/cases.yaml holds arguments, recorded/ what came of them.

use std::path::Path;
use std::process::Command;

use chartlint::bytes;
use libtest_mimic::{Failed, Trial};
use serde::Deserialize;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    args: Vec<String>,
}

pub(crate) fn trials() -> Vec<Trial> {
    let text = std::fs::read_to_string(crate::root().join("testdata/helm/cases.yaml"));
    let cases: Vec<Case> =
        text.ok().and_then(|text| serde_yaml::from_str(&text).ok()).unwrap_or_default();
    let mut trials = vec![crate::trial("helm::there-are-cases".to_owned(), {
        let count = cases.len();
        move || {
            if count > 0 { Ok(()) } else { Err("testdata/helm/cases.yaml is unreadable".into()) }
        }
    })];
    trials.extend(cases.into_iter().map(|case| {
        let name = format!("helm::{}", case.name);
        crate::trial(name, move || run(&case))
    }));
    trials
}

fn run(case: &Case) -> Result<(), Failed> {
    let folder = crate::root().join("testdata/helm");
    let output = Command::new(env!("CARGO_BIN_EXE_chartlint"))
        .current_dir(folder.join("charts"))
        .arg("render")
        .args(&case.args)
        .output()?;
    let stdout = bytes::escape(&output.stdout);
    let stderr = String::from_utf8(output.stderr)?;
    let recorded = |ending: &str| -> Result<Option<String>, Failed> {
        let path = folder.join("recorded").join(format!("{}.{ending}", case.name));
        Ok(if path.exists() { Some(read(&path)?) } else { None })
    };
    match (recorded("yaml")?, recorded("error")?) {
        (Some(expected), None) => {
            if output.status.code() != Some(0) {
                return Err(format!("it fails: {stderr}").into());
            }
            crate::compare("what is rendered", &expected, &stdout)
        }
        (None, Some(expected)) => {
            if output.status.code() != Some(1) || !stdout.is_empty() {
                return Err(format!("it does not fail as Helm does: {stderr}{stdout}").into());
            }
            let error = stderr.split_once("error: ").map_or("", |(_, error)| error);
            // Below the message stands how rendering came there.
            let lines: Vec<&str> =
                error.lines().filter(|line| !line.contains(", called at ")).collect();
            crate::compare("the error", &ordered(&expected), &ordered(&lines.join("\n")))
        }
        _ => Err("nothing, or both a text and an error are recorded".into()),
    }
}

/// What a schema forbids comes in no order from Helm.
fn ordered(error: &str) -> String {
    let mut lines: Vec<&str> = error.trim().lines().collect();
    if error.contains("the specifications of the schema(s)") {
        lines.sort_unstable();
    }
    lines.join("\n")
}

fn read(path: &Path) -> Result<String, Failed> {
    Ok(bytes::escape(&std::fs::read(path)?).into_owned())
}
