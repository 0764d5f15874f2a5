//! Files that do something else than their author thinks: `ignored-ci-values` and `packaged-clutter`.

use crate::chart::ChartFile;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, Rule};
use crate::yaml::{self, Node};

use super::fields::{first_line, name_place};

/// How chart-testing knows values, in the folder `ci`.
const TAKEN: &str = "-values.yaml";

pub(in crate::rules::builtin) struct IgnoredCiValues;

impl Rule for IgnoredCiValues {
    fn name(&self) -> &'static str {
        "ignored-ci-values"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for file in &context.chart.files {
            let Some(name) = file.name.strip_prefix("ci/") else { continue };
            let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
            let Some(stem) = stem.filter(|_| !name.contains('/') && !name.ends_with(TAKEN)) else {
                continue;
            };
            let is_named = context
                .config
                .value_sets
                .iter()
                .any(|set| set.files.iter().any(|path| path.ends_with(&format!("ci/{name}"))));
            let Some(id) = file.file.filter(|_| !is_named && holds_values(context, file)) else {
                continue;
            };
            let stem =
                stem.trim_end_matches("-values").trim_end_matches("values").trim_end_matches('.');
            let better = if stem.is_empty() { "default" } else { stem };
            out.push(
                Diagnostic::new(
                    self.name(),
                    Severity::Info,
                    first_line(context, id),
                    format!("`{}` is not among the values that are tested", file.name),
                )
                .label("chart-testing and chartlint take `ci/*-values.yaml` only")
                .help(format!("call it `ci/{better}{TAKEN}`"))
                .subject(file.name.to_string()),
            );
        }
    }
}

/// Whether a file sets something that the chart has: configuration of tools may stand there too.
fn holds_values(context: &Context<'_>, file: &ChartFile) -> bool {
    let Ok(text) = std::str::from_utf8(&file.data) else { return false };
    let stream = yaml::parse(text);
    let [document] = stream.documents.as_slice() else { return false };
    let Some(root) = document.root.as_ref().filter(|_| stream.errors.is_empty()) else {
        return false;
    };
    if root.node.get("apiVersion").is_some() && root.node.get("kind").is_some() {
        return false;
    }
    let own = context.chart.values.as_ref();
    let own = own.and_then(|values| values.stream.documents.first()?.root.as_ref());
    let declares = |node: &Node, key: &str| node.get(key).is_some();
    let is_known = |key: &str| {
        own.is_some_and(|own| declares(&own.node, key))
            || context.chart.metadata.dependencies.iter().any(|dependency| {
                dependency.alias.as_ref().unwrap_or(&dependency.name).value == key
            })
    };
    root.node.entries().any(|entry| is_known(&entry.key))
}

pub(in crate::rules::builtin) struct PackagedClutter;

/// Sorts of files that nobody wants in a package, with lines for `.helmignore`.
const SORTS: [(&str, &[&str]); 4] = [
    ("archives", &["*.tgz", "*.tar.gz", "*.zip"]),
    ("backups", &["*.bak", "*.orig", "*~", "*.swp"]),
    ("files of editors and systems", &[".vscode/", ".idea/", ".DS_Store", ".project"]),
    (
        "configuration of linters and hooks",
        &[
            ".pre-commit-config.yaml",
            ".yamllint",
            ".yamllint.yaml",
            ".yamllint.yml",
            ".markdownlint.yaml",
            ".markdownlint.json",
            ".kube-linter.yaml",
            ".kube-linter.yml",
            ".editorconfig",
        ],
    ),
];

/// Output of tests: folders of snapshots.
const OUTPUT: (&str, &[&str]) = ("output of tests", &["__snapshot__/"]);

/// How many files of a sort are named.
const MAX_NAMED: usize = 3;

impl Rule for PackagedClutter {
    fn name(&self) -> &'static str {
        "packaged-clutter"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let chart = context.chart;
        let mut kinds = Vec::new();
        let mut lines = Vec::new();
        let mut notes = Vec::new();
        for (sort, patterns) in SORTS.iter().chain([&OUTPUT]) {
            let mut names = Vec::new();
            for file in chart.files.iter().filter(|file| !file.name.starts_with("charts/")) {
                if let Some(pattern) = patterns.iter().find(|pattern| fits(pattern, &file.name)) {
                    names.push(format!("`{}`", file.name));
                    if !lines.contains(&format!("`{pattern}`")) {
                        lines.push(format!("`{pattern}`"));
                    }
                }
            }
            if names.is_empty() {
                continue;
            }
            let more = names.len().saturating_sub(MAX_NAMED);
            names.truncate(MAX_NAMED);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            kinds.push((*sort).to_owned());
            notes.push(format!("{sort}: {}{rest}", names.join(", ")));
        }
        if kinds.is_empty() {
            return;
        }
        let ignore = chart.files.iter().find(|file| &*file.name == ".helmignore");
        let place = ignore.and_then(|file| file.file).map(|file| first_line(context, file));
        let missing = if place.is_some() { "in .helmignore" } else { "in a new file .helmignore" };
        let message = format!("the package would hold {}", crate::diagnostic::in_words(&kinds));
        let mut diagnostic = Diagnostic::new(
            self.name(),
            Severity::Info,
            place.unwrap_or_else(|| name_place(context)),
            message,
        )
        .label("`helm package` takes all that is not ignored")
        .help(format!("write {} {missing}, a line each", crate::diagnostic::in_words(&lines)));
        for note in notes {
            diagnostic = diagnostic.note(note);
        }
        out.push(diagnostic);
    }
}

/// Whether a pattern of `.helmignore`, one of the plain ones above, takes a file.
fn fits(pattern: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match (pattern.strip_suffix('/'), pattern.strip_prefix('*')) {
        (Some(folder), _) => path.split('/').rev().skip(1).any(|part| part == folder),
        (None, Some(ending)) => name.len() > ending.len() && name.ends_with(ending),
        (None, None) => name == pattern,
    }
}
