//! The engine against what Helm 4.3.1 rendered: whole charts, and snippets of templates.

use std::collections::BTreeMap;
use std::path::Path;

use chartlint::bytes::{shown, unescape};
use chartlint::chart::{FileSystem, ParseCache, load};
use chartlint::engine::satisfies;
use chartlint::engine::{Environment, render};
use chartlint::source::SourceMap;
use chartlint::values::{Data, Defaults, Value, activate};
use libtest_mimic::{Failed, Trial};

/// What each template printed, or the error of one that failed.
type Outputs = BTreeMap<String, Result<String, String>>;

pub(crate) fn trials() -> Vec<Trial> {
    let charts = crate::list(&crate::root().join("testdata/rendered"));
    let mut trials: Vec<Trial> = charts
        .into_iter()
        .map(|path| crate::trial(format!("rendered::{}", crate::stem(&path)), move || chart(&path)))
        .collect();
    trials.push(crate::trial("rendered::snippets".to_owned(), snippets));
    for name in ["bytes", "objects"] {
        let run = move || templates_of_a_chart(name);
        trials.push(crate::trial(format!("rendered::{name}"), run));
    }
    trials
}

/// `testdata/rendered/<chart>.json`: template name to output, as Helm's engine gave them.
fn chart(recorded: &Path) -> Result<(), Failed> {
    let expected: BTreeMap<String, String> =
        serde_json::from_str(&std::fs::read_to_string(recorded)?)?;
    let folder = crate::root().join("testdata/charts").join(crate::stem(recorded));
    let outputs = outputs(&FileSystem::Disk, &folder.to_string_lossy())?;
    let names: Vec<&String> = outputs.keys().collect();
    if names != expected.keys().collect::<Vec<_>>() {
        return Err(format!("rendered {names:?}, Helm {:?}", expected.keys()).into());
    }
    for (name, output) in &outputs {
        match output {
            Ok(text) => crate::compare(name, expected.get(name).map_or("", String::as_str), text)?,
            Err(error) => return Err(format!("{name}: {error}").into()),
        }
    }
    Ok(())
}

/// `testdata/engine/snippets.jsonl`: small templates with values; Helm's output, or that it fails.
fn snippets() -> Result<(), Failed> {
    let text = std::fs::read_to_string(crate::root().join("testdata/engine/snippets.jsonl"))?;
    let mut problems = Vec::new();
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line)?;
        let mut files = vec![(
            "c/Chart.yaml".to_owned(),
            "apiVersion: v2\nname: c\nversion: 0.1.0\n".to_owned().into_bytes(),
        )];
        // JSON is YAML.
        files.push(("c/values.yaml".to_owned(), case["values"].to_string().into_bytes()));
        for (name, text) in case["templates"].as_object().into_iter().flatten() {
            files
                .push((format!("c/{name}"), text.as_str().unwrap_or_default().as_bytes().to_vec()));
        }
        let outputs = outputs(&FileSystem::memory(files), "c")?;
        let fails = outputs.values().any(Result::is_err) || outputs.is_empty();
        let title = case["name"].as_str().unwrap_or_default();
        if let Some(error) = case["error"].as_str() {
            // Helm lays Go's error out anew: the place in the first line, the reason in the last.
            let stopped =
                error.strip_prefix("execution error at (").and_then(|e| e.split_once("): "));
            let first = error.lines().next().unwrap_or_default().trim();
            let last = error.lines().last().unwrap_or_default().trim();
            let (place, reason) = stopped.unwrap_or((first, last));
            let same = outputs.values().any(|output| {
                output.as_ref().is_err_and(|ours| ours.contains(reason) && ours.contains(place))
            });
            if !fails || (!outputs.is_empty() && !same) {
                problems.push(format!("{title}: Helm fails with {error:?}, we have {outputs:?}"));
            }
            continue;
        }
        for (name, expected) in case["output"].as_object().into_iter().flatten() {
            let ours = outputs.get(&format!("c/{name}"));
            let same = matches!(ours, Some(Ok(text)) if Some(&*shown(text)) == expected.as_str());
            if !same {
                problems.push(format!("{title}: Helm prints {expected}, we have {ours:?}"));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// `testdata/engine/<name>.jsonl`: a chart, then templates that are put into it one at a time, with what Helm printed or
/// the error that Go gave it. Of errors the reason is compared: Go names the place that it looked at last.
fn templates_of_a_chart(name: &str) -> Result<(), Failed> {
    let path = crate::root().join("testdata/engine").join(name).with_extension("jsonl");
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut problems = Vec::new();
    let reason = |error: &str| error.split_once(">: ").map(|(_, reason)| reason.to_owned());
    for line in std::fs::read_to_string(path)?.lines() {
        let case: serde_json::Value = serde_json::from_str(line)?;
        if let Some(chart) = case["chart"].as_object() {
            files =
                chart.iter().map(|(name, data)| (format!("c/{name}"), bytes_of(data))).collect();
            continue;
        }
        let mut files = files.clone();
        let at = case["at"].as_str().unwrap_or_default();
        files.insert(format!("c/{at}"), bytes_of(&case["template"]));
        let outputs = outputs(&FileSystem::memory(files), "c")?;
        let same = match (case["err"].as_str(), outputs.values().next()) {
            (Some(wanted), Some(Err(ours))) => reason(&shown(ours)) == reason(wanted),
            (None, Some(Ok(ours))) => *unescape(ours) == *bytes_of(&case["out"]),
            _ => false,
        };
        if !same {
            problems.push(format!("{line}\n    ours {outputs:?}"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// A text, or `{"hex": …}`.
fn bytes_of(json: &serde_json::Value) -> Vec<u8> {
    let Some(hex) = json["hex"].as_str() else {
        return json.as_str().unwrap_or_default().as_bytes().to_vec();
    };
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default() as u8;
    hex.as_bytes()
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |all, one| all * 16 + digit(*one)))
        .collect()
}

fn outputs(fs: &FileSystem, path: &str) -> Result<Outputs, Failed> {
    let mut sources = SourceMap::default();
    let loaded = load(fs, path, &mut sources, &ParseCache::default())?;
    let defaults = Defaults::of(&loaded.chart);
    let user = Value::made_up(Data::Map(BTreeMap::new()));
    let active = activate(&loaded.chart, &defaults, &user, &satisfies)?;
    let rendered = render(&sources, &active, &Environment::default());
    let output = |template: chartlint::engine::RenderedTemplate<'_>| {
        let text = template.output.map(|output| output.text).map_err(|error| error.full.clone());
        (template.name.to_string(), text)
    };
    Ok(rendered.templates.into_iter().map(output).collect())
}
