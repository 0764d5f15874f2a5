//! The format of a rule file.
//!
//! A file has a head, which is read at each start, and from the line `docs: |` on a body, which is read for `explain`
//! and by the tests only. So a run does not pay for documentation that nobody asked for.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::Level;

use super::rule::{Category, Check, Levels, RuleMeta};

/// What is wrong with a rule file.
#[derive(Debug, thiserror::Error)]
#[error("rules/{path}: {message}")]
pub struct RuleFileError {
    path: String,
    message: String,
}

impl RuleFileError {
    fn new(path: &str, message: &dyn ToString) -> Self {
        Self { path: path.to_owned(), message: message.to_string() }
    }
}

/// The examples of a rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Charts with the defect; marks say where.
    #[serde(default)]
    pub bad: Vec<Example>,
    /// Charts without it.
    #[serde(default)]
    pub good: Vec<Example>,
}

/// A small chart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows; a part of the name of its test.
    pub title: String,
    /// Its files by their path inside the chart; one that begins with `../` stands beside it, such as a release of it
    /// (its path `./chart` leads to the chart). A missing Chart.yaml is made up.
    pub files: BTreeMap<String, String>,
    /// The content of chartlint.yaml.
    pub config: Option<String>,
    /// Arguments of `--set`.
    #[serde(default)]
    pub set: Vec<String>,
}

impl Example {
    /// All files of the chart, with a Chart.yaml and with chartlint.yaml if there is a config.
    pub fn chart(&self) -> BTreeMap<String, String> {
        const CHART: &str = "apiVersion: v2\nname: example\nversion: 0.1.0\n";
        let mut files = self.files.clone();
        files.entry("Chart.yaml".to_owned()).or_insert_with(|| CHART.to_owned());
        if let Some(config) = &self.config {
            files.insert("chartlint.yaml".to_owned(), config.clone());
        }
        files
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    name: String,
    summary: String,
    since: String,
    #[serde(default)]
    aliases: Vec<String>,
    level: Option<Level>,
    levels: Option<LevelsByProfile>,
    check: serde_yaml::Value,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    params: BTreeMap<String, serde_yaml::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelsByProfile {
    tmc: Level,
    generic: Level,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    pub(super) docs: String,
    #[serde(default)]
    pub(super) examples: Examples,
}

/// Reads the head of the rule file `path` (`<category>/<name>.yaml`).
pub(super) fn head(path: &'static str, text: &'static str) -> Result<RuleMeta, RuleFileError> {
    let error = |message: &dyn ToString| RuleFileError::new(path, message);
    let (head, _) = split(path, text)?;
    let head: Head = serde_yaml::from_str(head).map_err(|e| error(&e))?;
    let (folder, stem) = path
        .strip_suffix(".yaml")
        .and_then(|path| path.split_once('/'))
        .ok_or_else(|| error(&"a rule file is called <category>/<name>.yaml"))?;
    let category =
        Category::by_name(folder).ok_or_else(|| error(&format!("`{folder}` is not a category")))?;
    if head.name != stem {
        return Err(error(&format!("`name: {}` is not the name of the file", head.name)));
    }
    let levels = match (head.level, head.levels) {
        (Some(level), None) => Levels { tmc: level, generic: level },
        (None, Some(levels)) => Levels { tmc: levels.tmc, generic: levels.generic },
        _ => return Err(error(&"either `level:` or `levels:` is needed")),
    };
    let check = match &head.check {
        serde_yaml::Value::String(word) if word == "builtin" => Check::Builtin,
        _ => return Err(error(&"only `check: builtin` is supported so far")),
    };
    if let Some(param) = head.params.keys().next() {
        return Err(error(&format!("parameter `{param}`: no rule takes parameters so far")));
    }
    Ok(RuleMeta {
        name: head.name,
        category,
        summary: head.summary,
        since: head.since,
        aliases: head.aliases,
        levels,
        check,
        references: head.references,
        path,
        text,
    })
}

/// Reads documentation and examples.
pub(super) fn body(path: &str, text: &str) -> Result<Body, RuleFileError> {
    let (head, body) = split(path, text)?;
    // Line numbers in errors shall be those of the file.
    let padded = "\n".repeat(head.matches('\n').count()) + body;
    serde_yaml::from_str(&padded).map_err(|e| RuleFileError::new(path, &e))
}

fn split<'text>(path: &str, text: &'text str) -> Result<(&'text str, &'text str), RuleFileError> {
    text.find("\ndocs:")
        .and_then(|at| text.split_at_checked(at + 1))
        .ok_or_else(|| RuleFileError::new(path, &"a line that starts with `docs:` is needed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: &str = "docs: |\n  Text.\n";

    #[track_caller]
    fn check(head_text: &str, path: &'static str, expected: &str) {
        let text: &'static str = Box::leak(format!("{head_text}{DOCS}").into_boxed_str());
        let got = match head(path, text) {
            Ok(meta) => format!("{} {:?}", meta.name, meta.levels),
            Err(error) => error.to_string(),
        };
        assert!(got.contains(expected), "got: {got}");
    }

    #[test]
    fn one_level_counts_for_all_profiles() {
        check(
            "name: a\nsummary: s\nsince: 0.1.0\nlevel: error\ncheck: builtin\n",
            "values/a.yaml",
            "a Levels { tmc: Error, generic: Error }",
        );
        check(
            "name: a\nsummary: s\nsince: 0.1.0\nlevels: {tmc: error, generic: off}\ncheck: builtin\n",
            "values/a.yaml",
            "a Levels { tmc: Error, generic: Off }",
        );
    }

    #[test]
    fn mistakes_are_named() {
        let rest = "summary: s\nsince: 0.1.0\nlevel: error\ncheck: builtin\n";
        let file = |line: &str| format!("{line}\n{rest}");
        check(&file("name: b"), "values/a.yaml", "rules/values/a.yaml: `name: b` is not the name");
        check(&file("name: a\ncolour: red"), "values/a.yaml", "unknown field `colour`");
        check(&file("name: a"), "nonsense/a.yaml", "`nonsense` is not a category");
        check(&file("name: a"), "a.yaml", "<category>/<name>.yaml");
        check(&file("name: a\nlevels: {tmc: off, generic: off}"), "values/a.yaml", "either");
        check(&file("name: a\nparams: {x: 1}"), "values/a.yaml", "parameter `x`");
        check(
            "name: a\nsummary: s\nsince: 0.1.0\nlevel: error\ncheck: {kind: condition}\n",
            "values/a.yaml",
            "only `check: builtin`",
        );
    }

    #[test]
    fn errors_in_the_body_have_the_line_of_the_file() {
        let error = body("values/a.yaml", "name: a\nsince: 1\ndocs: x\nwrong: y\n").unwrap_err();
        assert!(error.to_string().contains("line 4"), "{error}");
    }
}
