//! `chartlint rules`.

use std::fmt::Write as _;

use anstyle::Style;
use serde::Serialize;

use crate::rules::{Catalogue, Category};

use super::Output;
use super::arguments::ListFormat;

#[derive(Serialize)]
struct RuleJson<'a> {
    name: &'a str,
    category: &'static str,
    summary: &'a str,
    since: &'a str,
    aliases: &'a [String],
    levels: LevelsJson,
    references: &'a [String],
}

#[derive(Serialize)]
struct LevelsJson {
    tmc: &'static str,
    generic: &'static str,
}

pub(super) fn run(format: ListFormat) -> Output {
    let text = match format {
        ListFormat::Human => human(),
        ListFormat::Json => json(),
    };
    Output { text, ..Output::default() }
}

fn json() -> String {
    let rules: Vec<RuleJson<'_>> = Catalogue::get()
        .rules()
        .iter()
        .map(|rule| RuleJson {
            name: &rule.name,
            category: rule.category.as_str(),
            summary: &rule.summary,
            since: &rule.since,
            aliases: &rule.aliases,
            levels: LevelsJson {
                tmc: rule.levels.tmc.as_str(),
                generic: rule.levels.generic.as_str(),
            },
            references: &rule.references,
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&rules).unwrap_or_default();
    text.push('\n');
    text
}

fn human() -> String {
    let rules = Catalogue::get().rules();
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    let bold = Style::new().bold();
    let mut text = String::new();
    for category in Category::ALL {
        let mut rules = rules.iter().filter(|rule| rule.category == category).peekable();
        if rules.peek().is_none() {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{bold}{category}{bold:#}");
        for rule in rules {
            let (tmc, generic) = (rule.levels.tmc, rule.levels.generic);
            let level = if tmc == generic {
                tmc.as_str().to_owned()
            } else {
                format!("{}, generic: {}", tmc.as_str(), generic.as_str())
            };
            let _ = writeln!(text, "  {:width$}  {} ({level})", rule.name, rule.summary);
        }
    }
    text
}
