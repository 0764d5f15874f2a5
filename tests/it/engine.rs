//! The engine against what Helm's engine said to small charts: output, order, and errors.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chartlint::chart::{FileSystem, ParseCache, ValuesFile, load};
use chartlint::engine::satisfies;
use chartlint::engine::{Environment, STACK_BYTES, parse_error, render, templates_in_order};
use chartlint::manifest::objects::{Manifest, split};
use chartlint::manifest::order::{Part, arrange};
use chartlint::source::SourceMap;
use chartlint::values::{Defaults, activate, user_values};
use libtest_mimic::{Failed, Trial};
use serde::Deserialize;

/// A case of `testdata/engine/charts/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    files: BTreeMap<String, String>,
    /// Those of the user.
    values: serde_json::Value,
    outputs: Option<BTreeMap<String, String>>,
    /// The templates in the order of rendering.
    order: Option<Vec<String>>,
    /// The error of `text/template`.
    full: Option<Text>,
    /// The same as Helm lays it out.
    helm: Option<Text>,
    /// Why nothing is rendered.
    load: Option<String>,
}

/// A text, or its ends if it is a long one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Whole(String),
    Ends { bytes: usize, begins: String, ends: String },
}

impl Text {
    fn is(&self, text: &str) -> bool {
        match self {
            Self::Whole(whole) => without_marks(whole) == text,
            Self::Ends { bytes, begins, ends } => {
                text.len() == *bytes && text.starts_with(&**begins) && text.ends_with(&**ends)
            }
        }
    }
}

/// Helm marks the message of `fail` and `required` to find it again; the engine knows it without marks.
fn without_marks(error: &str) -> String {
    let marked = error.split_once("HELM_ERR_START").and_then(|(before, behind)| {
        let (message, rest) = behind.rsplit_once("HELM_ERR_END")?;
        Some(format!("{}{message}{rest}", before.rsplit_once("error calling ")?.0))
    });
    marked.unwrap_or_else(|| error.to_owned())
}

/// What our engine says.
#[derive(Debug)]
enum Said {
    Outputs(Vec<(String, String)>),
    /// In Go's words, and in Helm's.
    Error(String, String),
    Load(String),
}

pub(crate) fn trials() -> Vec<Trial> {
    let topics = crate::list(&crate::root().join("testdata/engine/charts"));
    let mut trials: Vec<Trial> = topics
        .into_iter()
        .map(|path| crate::trial(format!("engine::{}", crate::stem(&path)), move || topic(&path)))
        .collect();
    trials.push(crate::trial("engine::manifests".to_owned(), manifests));
    trials
}

fn topic(path: &Path) -> Result<(), Failed> {
    let cases: Vec<Case> = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let mut problems = Vec::new();
    for case in cases {
        let said = std::thread::scope(|scope| {
            let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, || said(&case))?.join().map_err(|_| "a panic")?
        })?;
        let agrees = match &said {
            Said::Outputs(outputs) => {
                let order = outputs.iter().map(|(name, _)| name);
                case.outputs == Some(outputs.iter().cloned().collect())
                    && order.eq(case.order.iter().flatten())
            }
            Said::Error(full, helm) => {
                let is = |text: &Option<Text>, ours| text.as_ref().is_some_and(|t| t.is(ours));
                is(&case.full, full) && is(&case.helm, helm)
            }
            Said::Load(error) => case.load.as_ref() == Some(error),
        };
        if !agrees {
            let expected = (&case.outputs, &case.order, &case.full, &case.helm, &case.load);
            problems.push(format!("{}:\n  Helm {expected:?}\n  we {said:?}", case.name));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

fn said(case: &Case) -> Result<Said, Failed> {
    let files = case.files.iter();
    let fs = FileSystem::memory(
        files.map(|(name, text)| (format!("chart/{name}"), text.clone().into_bytes())),
    );
    let mut sources = SourceMap::default();
    let cache = ParseCache::default();
    let loaded = load(&fs, "chart", &mut sources, &cache)?;
    let defaults = Defaults::of(&loaded.chart);
    // JSON is YAML.
    let text: Arc<str> = Arc::from(case.values.to_string());
    let stream = cache.values(&text);
    let values = [ValuesFile { file: sources.add("values", text), stream }];
    let user = user_values(&values, &[], &mut sources, &|_| Err(String::new()))?;
    let active = match activate(&loaded.chart, &defaults, &user, &satisfies) {
        Ok(active) => active,
        Err(error) => return Ok(Said::Load(error.to_string())),
    };
    // Helm stops at the first template that it can't parse, and then at the first that it can't render.
    for (name, template) in templates_in_order(&active) {
        if let Some(error) = template.ast.errors.first() {
            return Ok(Said::Error(error.go_message(&name), parse_error(&name, error)));
        }
    }
    let rendered = render(&sources, &active, &Environment::default());
    let mut outputs = Vec::new();
    for template in rendered.templates {
        match template.output {
            Ok(output) => outputs.push((template.name.to_string(), output.text)),
            Err(error) => return Ok(Said::Error(error.full.clone(), error.helm_text())),
        }
    }
    Ok(Said::Outputs(outputs))
}

/// A case of `testdata/engine/manifests.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifests {
    name: String,
    files: BTreeMap<String, String>,
    /// The documents of each file.
    documents: BTreeMap<String, Vec<String>>,
    /// Path, kind and name of what is installed, in this order.
    sorted: Option<Vec<[String; 3]>>,
    hooks: Option<Vec<Hook>>,
    /// Helm's error.
    helm: Option<String>,
}

#[derive(Deserialize)]
struct Hook {
    name: String,
    path: String,
    events: Vec<String>,
    weight: i64,
}

/// How Helm cuts rendered texts into documents, and which of them are hooks.
fn manifests() -> Result<(), Failed> {
    let path = crate::root().join("testdata/engine/manifests.json");
    let cases: Vec<Manifests> = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    for case in cases {
        for (file, text) in &case.files {
            let ours: Vec<&str> =
                split(text).into_iter().filter_map(|range| text.get(range.usize())).collect();
            if case.documents.get(file).is_none_or(|documents| *documents != ours) {
                return Err(format!("{}: {file} is cut into {ours:?}", case.name).into());
            }
        }
        installed(&case)?;
        for hook in case.hooks.iter().flatten() {
            let text = case.files.get(&hook.path).map_or("", String::as_str);
            let manifest = Manifest::read(text, 0);
            let object = manifest.objects.iter().find(|object| *object.name == *hook.name);
            let ours = object.and_then(|object| object.hook.as_deref());
            let events = ours.map(|ours| {
                ours.events.iter().map(|event| format!("{event:?}").to_lowercase()).collect()
            });
            let expected: Vec<String> =
                hook.events.iter().map(|event| event.replace('-', "")).collect();
            if events != Some(expected) || ours.map(|ours| ours.weight) != Some(hook.weight) {
                return Err(format!("{}: {} is the hook {ours:?}", case.name, hook.name).into());
            }
        }
    }
    Ok(())
}

/// What is installed and in which order, or why nothing is.
fn installed(case: &Manifests) -> Result<(), Failed> {
    // Partials print nothing of their own here: the engine leaves them out before.
    let is_partial = |name: &str| name.rsplit('/').next().is_some_and(|base| base.starts_with('_'));
    let files = case.files.iter().filter(|(name, _)| !is_partial(name));
    let (names, manifests): (Vec<&str>, Vec<Manifest>) =
        files.map(|(name, text)| (name.as_str(), Manifest::read(text, 0))).unzip();
    let printed: Vec<(&str, &Manifest)> = names.iter().copied().zip(&manifests).collect();
    let ours = arrange(&printed).map(|arranged| {
        let name = |part: &Part| names.get(part.template).copied().unwrap_or_default().to_owned();
        let shown = |part: &Part| [name(part), part.head.kind.clone(), part.head.name.clone()];
        arranged.manifests.iter().map(shown).collect::<Vec<_>>()
    });
    let agrees = match &ours {
        Ok(sorted) => case.helm.is_none() && case.sorted.as_deref().unwrap_or_default() == sorted,
        Err(error) => case.helm.as_deref() == Some(&error.to_string()),
    };
    if agrees {
        return Ok(());
    }
    Err(format!("{}: Helm {:?} {:?}, we {ours:?}", case.name, case.sorted, case.helm).into())
}
