//! The examples of the rule files: each runs with its rule alone.

use chartlint::lint::{Options, lint_in_memory};
use chartlint::rules::{Catalogue, Example};
use chartlint::values::{Inputs, SetKind, SetText};
use libtest_mimic::{Failed, Trial};

use crate::marks::{self, Found};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for rule in Catalogue::get().rules() {
        // House tests report a file that can't be read.
        let Ok(examples) = rule.examples() else { continue };
        for (kind, examples) in [("bad", examples.bad), ("good", examples.good)] {
            for example in examples {
                let name = format!("rule::{}::{kind}-{}", rule.name, slug(&example.title));
                trials.push(crate::trial(name, move || run(&rule.name, &example)));
            }
        }
    }
    trials
}

fn slug(title: &str) -> String {
    let words: Vec<String> = title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

fn run(rule: &str, example: &Example) -> Result<(), Failed> {
    let files = example.chart();
    let sets = example.set.iter().map(|text| SetText { kind: SetKind::Typed, text: text.clone() });
    let options = Options {
        select: vec![rule.to_owned()],
        inputs: Inputs { files: Vec::new(), sets: sets.collect() },
        ..Options::default()
    };
    let outcome = lint_in_memory(&marks::without_marks_in_json(&files), &options);

    let mut expected = Vec::new();
    for (path, text) in &files {
        expected.extend(marks::marks(path, text)?);
    }
    let mut found = Vec::new();
    for diagnostic in &outcome.diagnostics {
        crate::house::check_message(&diagnostic.message)?;
        let span = diagnostic.primary.span;
        let file = outcome.sources.file(span.file);
        let path = file.path();
        let inside = path.strip_prefix(&outcome.path).and_then(|path| path.strip_prefix('/'));
        let beside = format!("../{path}");
        let path = inside.unwrap_or(if files.contains_key(&beside) { &beside } else { path });
        found.push(Found {
            path: path.to_owned(),
            line: file.position(span.range.start).line as usize,
            rule: diagnostic.rule.to_owned(),
            message: diagnostic.message.clone(),
        });
    }
    marks::compare(&expected, &found)
}
