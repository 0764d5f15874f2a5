//! The table of all functions: how many recorded cases there are for each, and how many agree.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::template::functions::FUNCTIONS;

use super::recorded::{Count, RECORDINGS, outcome};

/// Fewer recorded cases say too little about a function.
const MIN_CASES: usize = 5;

/// Random or from the clock: their cases ask only for what is the same in every run.
const BY_SHAPE: &[&str] = &[
    "ago",
    "bcrypt",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
    "now",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "shuffle",
    "uuidv4",
];

const HEAD: &str = "\
# All functions

Every function that a template of Helm 4.3 can call, with the number of recorded cases in this folder that call it, and how \
many of them chartlint agrees with. *Shape*: the result is random or from the clock, so the \
cases ask for its length, its form or its type. `UPDATE=1 cargo test` rewrites this page.

| function | cases | agree | compared |
|---|---|---|---|
";

/// The page, and what is wrong with the recordings.
fn table() -> (String, Vec<String>) {
    let mut total = Count::default();
    let mut by_function: BTreeMap<&str, Count> = BTreeMap::new();
    for (file, _) in RECORDINGS {
        let outcome = outcome(file);
        total.add(outcome.total);
        for (name, count) in &outcome.by_function {
            by_function.entry(*name).or_default().add(*count);
        }
    }
    let mut page = HEAD.to_owned();
    let mut problems = Vec::new();
    for signature in FUNCTIONS {
        let name = signature.name;
        let Count { cases, agreeing } = by_function.get(name).copied().unwrap_or_default();
        if cases < MIN_CASES {
            problems.push(format!("{name} has only {cases} cases"));
        }
        if agreeing < cases {
            problems.push(format!("{name} differs in {} cases", cases - agreeing));
        }
        let compared = if BY_SHAPE.contains(&name) { "shape" } else { "exactly" };
        writeln!(page, "| `{name}` | {cases} | {agreeing} | {compared} |").unwrap();
    }
    writeln!(page, "| {} functions | {} | {} | |", FUNCTIONS.len(), total.cases, total.agreeing)
        .unwrap();
    (page, problems)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_function_has_cases_and_all_agree() {
        let (page, problems) = table();
        assert_eq!(problems, Vec::<String>::new());
        assert!(BY_SHAPE.iter().all(|name| page.contains(&format!("`{name}`"))));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/functions");
        let file = folder.join("TABLE.md");
        if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
            std::fs::write(&file, &page).unwrap();
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(committed, page, "UPDATE=1 rewrites testdata/functions/TABLE.md");
    }

    #[test]
    fn every_recording_is_run() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/functions");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| {
                Path::new(name).extension().is_some_and(|extension| extension == "jsonl")
            })
            .collect();
        names.sort();
        let known: Vec<&str> = RECORDINGS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, known);
    }
}
