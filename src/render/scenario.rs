//! `--scenario`: the values and the cluster of one of the scenarios under which the linter looks at a chart.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::chart::{Chart, FileSystem, ParseCache};
use crate::config::names::OPENED;
use crate::diagnostic::in_words;
use crate::explore::Scenario;
use crate::lint::{self, NoScenario};
use crate::rules::nearest;
use crate::source::SourceMap;
use crate::values::Value;

use super::Options;

/// Which scenario, and what decides which there are.
#[derive(Clone, Debug, Default)]
pub struct ScenarioOptions {
    /// Its name.
    pub name: String,
    /// `--config`; otherwise the nearest chartlint.yaml counts.
    pub config: Option<PathBuf>,
    /// `--max-scenarios`
    pub max_scenarios: usize,
}

impl ScenarioOptions {
    pub(super) fn find(
        &self,
        fs: &FileSystem,
        chart: &Chart,
        values: &Value,
        options: &Options,
        sources: &mut SourceMap,
        cache: &ParseCache,
    ) -> Result<Scenario, String> {
        let lint = lint::Options {
            inputs: options.inputs.clone(),
            environment: options.environment.clone(),
            config: self.config.clone(),
            max_scenarios: self.max_scenarios,
            ..lint::Options::default()
        };
        lint::scenario(fs, chart, values, &lint, &self.name, sources, cache).map_err(|error| {
            match error {
                NoScenario::Settings(messages) => messages.join("; "),
                NoScenario::Unknown { names, problems } => {
                    unknown(&self.name, &chart.path, &names, &problems)
                }
            }
        })
    }
}

/// Says which scenarios there are.
fn unknown(name: &str, chart: &str, names: &[String], problems: &[String]) -> String {
    let mut text = format!("there is no scenario `{name}` of {chart}; ");
    // The next number is not what was meant.
    if !is_numbered(name)
        && let Some(known) = nearest(name, names.iter().map(String::as_str))
    {
        let _ = write!(text, "did you mean `{known}`? ");
    }
    text.push_str(&listed(names));
    for problem in problems {
        let _ = write!(text, "; {problem}");
    }
    text
}

/// Names in words: numbered ones from the first to the last.
fn listed(names: &[String]) -> String {
    let (opened, others): (Vec<&String>, Vec<&String>) =
        names.iter().partition(|name| is_numbered(name));
    let mut told: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
    match opened.as_slice() {
        [first, _, .., last] => told.push(format!("`{first}` to `{last}`")),
        few => told.extend(few.iter().map(|name| format!("`{name}`"))),
    }
    let is = if told.len() > 1 { "are" } else { "is only" };
    format!("there {is} {}", in_words(&told))
}

fn is_numbered(name: &str) -> bool {
    name.strip_prefix(OPENED).is_some_and(|number| number.parse::<usize>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, names: &[&str], expected: &str) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let expected = format!("there is no scenario `{name}` of web; {expected}");
        assert_eq!(unknown(name, "web", &names, &[]), expected);
    }

    #[test]
    fn unknown_names() {
        check("x", &["base"], "there is only `base`");
        check("x", &["base", "opened-1"], "there are `base` and `opened-1`");
        let many = ["base", "ci/a-values.yaml", "opened-1", "opened-2", "opened-3"];
        let all = "there are `base`, `ci/a-values.yaml` and `opened-1` to `opened-3`";
        check("opened-4", &many, all);
        check("ci/a.yaml", &many, &format!("did you mean `ci/a-values.yaml`? {all}"));
    }
}
