//! The rules of the house, kept by tests.

use std::fs;
use std::process::Command;

use chartlint::rules::{Catalogue, Category};
use libtest_mimic::{Failed, Trial};

/// The modules of the library. Each may import those that stand before it.
const LAYERS: &[&str] = &[
    "source",
    "bytes",
    "diagnostic",
    "yaml",
    "template",
    "chart",
    "values",
    "engine",
    "manifest",
    "schema",
    "config",
    "release",
    "view",
    "explore",
    "rules",
    "lint",
    "render",
    "report",
    "cli",
];

/// What only these files or folders may use.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("codespan_reporting", &["src/report/human.rs"]),
    ("gtmpl", &["src/report/template.rs"]),
    ("libyaml_safer", &["src/yaml/events.rs"]),
    ("clap", &["src/cli/"]),
    ("anstream", &["src/cli/", "src/report/human.rs"]),
    ("std::fs", &["src/chart/fs.rs", "src/cli/"]),
    ("std::env", &["src/cli/", "src/chart/fs.rs"]),
    ("boon", &["src/schema/"]),
    ("rayon", &["src/lint/", "src/render/", "src/chart/"]),
];

/// Rules that report on what no example can hold, or only a very large one: `incomplete-exploration` needs more branches
/// than a reader wants to see.
const WITHOUT_EXAMPLES: &[&str] =
    &["incomplete-exploration", "internal-error", "unsupported-function", "yaml-syntax-error"];

/// Longer files have more than one topic.
const MAX_LINES: usize = 800;

type Test = fn() -> Result<(), Failed>;

/// A path, and lines with their numbers.
type Source = (String, Vec<(usize, String)>);

pub(crate) fn trials() -> Vec<Trial> {
    let tests: &[(&str, Test)] = &[
        ("layering", layering),
        ("crates-stay-at-home", crates_stay_at_home),
        ("rule-files-are-complete", rule_files_are_complete),
        ("rule-names-state-the-defect", rule_names_state_the_defect),
        ("rules-and-files-agree", rules_and_files_agree),
        ("messages", messages),
        ("files-are-short", files_are_short),
        ("documents-name-what-exists", documents_name_what_exists),
        ("no-orphans", no_orphans),
        ("readme-lists-the-rules", readme_lists_the_rules),
        ("readme-shows-a-true-report", readme_shows_a_true_report),
        ("readme-shows-true-origins", readme_shows_true_origins),
        ("readme-shows-true-scenarios", readme_shows_true_scenarios),
        ("readme-shows-a-true-release", readme_shows_a_true_release),
    ];
    tests.iter().map(|(name, test)| crate::trial(format!("house::{name}"), *test)).collect()
}

/// A message is lower case, has no full stop, and is not empty.
pub(crate) fn check_message(message: &str) -> Result<(), Failed> {
    let first = message.chars().next();
    // A name such as `Secret` stands in backticks.
    let starts_well = first.is_some_and(|c| !c.is_uppercase());
    if starts_well && !message.ends_with('.') && !message.contains('\n') {
        return Ok(());
    }
    Err(format!("message starts in upper case, has a full stop or is empty: {message}").into())
}

fn all_of(problems: &[String]) -> Result<(), Failed> {
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// The Rust files below src/: path, and the lines of code outside tests and comments, with their numbers.
fn sources() -> Result<Vec<Source>, Failed> {
    let mut sources = Vec::new();
    for path in crate::walk(&crate::root().join("src")) {
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let lines = text
            .lines()
            .enumerate()
            .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .map(|(at, line)| (at + 1, line.to_owned()))
            .collect();
        sources.push((crate::relative(&path), lines));
    }
    Ok(sources)
}

fn layering() -> Result<(), Failed> {
    let layer = |module: &str| LAYERS.iter().position(|layer| *layer == module);
    let mut problems = Vec::new();
    for (path, lines) in sources()? {
        let module = path.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
        if matches!(module, "main" | "lib") {
            continue;
        }
        let Some(own) = layer(module) else {
            problems.push(format!("{path}: `{module}` has no layer"));
            continue;
        };
        for (number, line) in lines {
            for (at, _) in line.match_indices("crate::") {
                let name: String = line
                    .chars()
                    .skip(line.get(..at).unwrap_or_default().chars().count() + "crate::".len())
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                // `use crate::{…}` would hide what it imports from this test.
                if layer(&name).is_none_or(|other| other > own) {
                    problems.push(format!("{path}:{number}: `{module}` imports `crate::{name}`"));
                }
            }
        }
    }
    all_of(&problems)
}

fn crates_stay_at_home() -> Result<(), Failed> {
    let mut problems = Vec::new();
    for (path, lines) in sources()? {
        for (name, homes) in ONLY_IN {
            if homes.iter().any(|home| path.starts_with(home)) {
                continue;
            }
            let uses = |line: &str| {
                [format!("{name}::"), format!("use {name};")].iter().any(|u| line.contains(&**u))
            };
            for (number, _) in lines.iter().filter(|(_, line)| uses(line)) {
                problems
                    .push(format!("{path}:{number}: uses `{name}`, which belongs to {homes:?}"));
            }
        }
    }
    all_of(&problems)
}

fn rule_files_are_complete() -> Result<(), Failed> {
    let catalogue = Catalogue::get();
    let mut problems: Vec<String> = catalogue.errors().iter().map(ToString::to_string).collect();
    let on_disk = crate::walk(&crate::root().join("rules"));
    if on_disk.len() != catalogue.rules().len() + catalogue.errors().len() {
        problems.push("rules/ holds files that are not embedded".to_owned());
    }
    for rule in catalogue.rules() {
        let name = &rule.name;
        if rule.summary.is_empty() || rule.summary.ends_with('.') {
            problems.push(format!("{name}: the summary is empty or ends in a full stop"));
        }
        let (docs, examples) = match (rule.docs(), rule.examples()) {
            (Ok(docs), Ok(examples)) => (docs, examples),
            (Err(error), _) | (_, Err(error)) => {
                problems.push(error.to_string());
                continue;
            }
        };
        for heading in ["## What it does", "## Why is this bad?", "## What to do"] {
            if !docs.contains(heading) {
                problems.push(format!("{name}: the documentation has no `{heading}`"));
            }
        }
        let lacks = examples.bad.is_empty() || examples.good.is_empty();
        if lacks && !WITHOUT_EXAMPLES.contains(&&**name) {
            problems.push(format!("{name}: a bad and a good example are needed"));
        }
        for (marked, examples) in [(true, &examples.bad), (false, &examples.good)] {
            for example in examples {
                let mut marks = Vec::new();
                for (path, text) in &example.files {
                    marks.extend(crate::marks::marks(path, text)?);
                }
                let title = &example.title;
                if marks.is_empty() == marked {
                    problems.push(format!(
                        "{name}: `{title}`: bad examples have marks, good have none"
                    ));
                }
                if marks.iter().any(|mark| mark.rule != *name) {
                    problems.push(format!("{name}: `{title}` marks another rule"));
                }
            }
        }
    }
    all_of(&problems)
}

/// A name reads well after "allow".
fn rule_names_state_the_defect() -> Result<(), Failed> {
    const BANNED: &[&str] = &[
        "no-",
        "use-",
        "prefer-",
        "avoid-",
        "do-not-",
        "consider-",
        "require-",
        "check-",
        "forbid-",
    ];
    let mut problems = Vec::new();
    let mut seen = Vec::new();
    for rule in Catalogue::get().rules() {
        for name in std::iter::once(&rule.name).chain(&rule.aliases) {
            let word = |word: &str| {
                !word.is_empty()
                    && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            };
            if !name.split('-').all(word) || Category::by_name(name).is_some() {
                problems.push(format!("`{name}`: lower case words with dashes are needed"));
            }
            if seen.contains(&name) {
                problems.push(format!("`{name}` is the name of two rules"));
            }
            seen.push(name);
        }
        let name = &rule.name;
        if BANNED.iter().any(|ban| name.starts_with(ban)) || name.ends_with("-used") {
            problems.push(format!("`{name}` names the cure; name the defect"));
        }
    }
    all_of(&problems)
}

/// Each rule file has code that reports it, and what code reports has a file.
fn rules_and_files_agree() -> Result<(), Failed> {
    let mut code = String::new();
    for (_, lines) in sources()? {
        for (_, line) in lines {
            code.push_str(&line);
            code.push('\n');
        }
    }
    let catalogue = Catalogue::get();
    let mut problems: Vec<String> = catalogue
        .rules()
        .iter()
        .filter(|rule| !code.contains(&format!("\"{}\"", rule.name)))
        .map(|rule| format!("rules/{}: nothing reports it", rule.path()))
        .collect();
    for call in code.split("Diagnostic::new(").skip(1) {
        let Some(literal) = call.trim_start().strip_prefix('"') else { continue };
        let name = literal.split('"').next().unwrap_or_default();
        if catalogue.find(name).is_none_or(|rule| rule.name != name) {
            problems.push(format!("`{name}` is reported and has no rule file"));
        }
    }
    all_of(&problems)
}

fn messages() -> Result<(), Failed> {
    let mut problems = Vec::new();
    for path in crate::walk(&crate::root().join("testdata/expected")) {
        for line in fs::read_to_string(&path)?.lines() {
            let header = ["error[", "warning[", "info["].iter().find_map(|w| line.strip_prefix(w));
            if let Some((_, message)) = header.and_then(|rest| rest.split_once("]: "))
                && check_message(message).is_err()
            {
                problems.push(format!("{}: {message}", crate::relative(&path)));
            }
        }
    }
    all_of(&problems)
}

fn files_are_short() -> Result<(), Failed> {
    let mut problems = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for path in crate::walk(&crate::root().join(folder)) {
            let lines = fs::read_to_string(&path)?.lines().count();
            if lines > MAX_LINES {
                problems.push(format!("{}: {lines} lines", crate::relative(&path)));
            }
        }
    }
    all_of(&problems)
}

/// Paths in backticks, such as `src/lint.rs` or `report/`, are relative to the package or to src/.
fn documents_name_what_exists() -> Result<(), Failed> {
    const ENDINGS: &[&str] = &[".rs", ".md", ".yaml", ".toml", "/", "/run"];
    let mut problems = Vec::new();
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(crate::root().join(document))?;
        // Every second piece between backticks is code.
        for code in text.split('`').skip(1).step_by(2) {
            let is_path = code.chars().all(|c| c.is_ascii_alphanumeric() || "./_-".contains(c))
                && ENDINGS.iter().any(|ending| code.ends_with(ending))
                // Files of a chart, and the config, are the user's.
                && !code.starts_with("templates/")
                && !["values.yaml", "Chart.yaml", "chartlint.yaml", "charts/"].contains(&code);
            let root = crate::root();
            if is_path && !root.join(code).exists() && !root.join("src").join(code).exists() {
                problems.push(format!("{document}: there is no `{code}`"));
            }
        }
    }
    all_of(&problems)
}

/// An expectation without its chart tests nothing.
fn no_orphans() -> Result<(), Failed> {
    let charts = crate::root().join("testdata/charts");
    let orphans: Vec<String> = crate::list(&crate::root().join("testdata/expected"))
        .iter()
        .filter(|path| !charts.join(crate::stem(path)).is_dir())
        .map(|path| format!("{}: there is no such chart", crate::relative(path)))
        .collect();
    all_of(&orphans)
}

/// The table in README.md is what `chartlint rules` says.
fn readme_lists_the_rules() -> Result<(), Failed> {
    let readme = fs::read_to_string(crate::root().join("README.md"))?;
    let listed: Vec<&str> = readme
        .lines()
        .skip_while(|line| !line.starts_with("| rule | category |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let mut expected = Vec::new();
    for category in Category::ALL {
        for rule in Catalogue::get().rules().iter().filter(|rule| rule.category == category) {
            let (tmc, generic) = (rule.levels.tmc.as_str(), rule.levels.generic.as_str());
            let level =
                if tmc == generic { tmc.to_owned() } else { format!("{tmc}, generic: {generic}") };
            expected.push(format!("| `{}` | {category} | {level} | {} |", rule.name, rule.summary));
        }
    }
    let missing = expected
        .iter()
        .filter(|row| !listed.contains(&&***row))
        .map(|row| format!("README.md lacks the row {row}"));
    let stale = listed
        .iter()
        .filter(|row| !expected.iter().any(|other| other == *row))
        .map(|row| format!("README.md has a row for no rule: {row}"));
    all_of(&missing.chain(stale).collect::<Vec<_>>())
}

/// The report in README.md, between its two comments, is what a reader gets who tries it.
fn readme_shows_a_true_report() -> Result<(), Failed> {
    readme_shows("report", &["check", "--color", "never", "testdata/charts/guide-mistakes"], 1)
}

/// So are the origins of lines.
fn readme_shows_true_origins() -> Result<(), Failed> {
    let arguments = ["render", "testdata/charts/guide", "-s", "templates/deployment.yaml"];
    readme_shows("origins", &[&arguments[..], &["--origins"]].concat(), 0)
}

/// And what is said of branches.
fn readme_shows_true_scenarios() -> Result<(), Failed> {
    let chart = "testdata/charts/guide-closed-cronjob";
    readme_shows("opened", &["check", "--color", "never", chart], 1)?;
    readme_shows("coverage", &["coverage", "testdata/charts/everything"], 0)?;
    readme_shows("scenarios", &["scenarios", chart], 0)
}

/// And what a release of a chart shows.
fn readme_shows_a_true_release() -> Result<(), Failed> {
    let folder = "testdata/charts/releases-small";
    readme_shows("release", &["check", "--color", "never", "--profile", "generic", folder], 1)
}

fn readme_shows(what: &str, arguments: &[&str], exit: i32) -> Result<(), Failed> {
    let (begin, end) =
        (format!("<!-- {what}:begin -->\n```text\n"), format!("```\n<!-- {what}:end -->"));
    let path = crate::root().join("README.md");
    let readme = fs::read_to_string(&path)?;
    let (before, rest) = readme.split_once(&begin).ok_or("README.md lacks the beginning")?;
    let (shown, after) = rest.split_once(&end).ok_or("README.md lacks the end")?;
    let output = Command::new(env!("CARGO_BIN_EXE_chartlint"))
        .current_dir(crate::root())
        .args(arguments)
        .output()?;
    let printed = String::from_utf8(output.stdout)?;
    if output.status.code() != Some(exit) {
        return Err(format!("the command of {what} does not end with exit code {exit}").into());
    }
    if crate::updating() && shown != printed {
        fs::write(&path, format!("{before}{begin}{printed}{end}{after}"))?;
        return Ok(());
    }
    crate::compare(&format!("{what} in README.md"), shown, &printed)
}
