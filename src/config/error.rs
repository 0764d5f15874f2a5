//! What is wrong with a chartlint.yaml.

use std::fmt;

use crate::source::{Position, Span};

/// The most edits between a word and the one that was meant.
const MAX_EDITS: usize = 3;

/// A mistake in a config file. Displayed as `chartlint.yaml:3:1: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as reported.
    pub path: String,
    /// The key or value; none where the file as a whole is meant.
    pub span: Option<Span>,
    /// Where the span starts, the column in code points.
    pub position: Option<Position>,
    /// What is wrong: lower case, no full stop, names in backticks.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(position) = self.position {
            write!(f, ":{}:{}", position.line, position.column)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Says which of `known` was meant by `word`, or else what there is to choose from, if that is little enough to read.
pub(super) fn suggest<'a>(
    word: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Option<String> {
    const READABLE: usize = 12;
    let lowered = word.to_lowercase().replace('_', "-");
    let allowed = MAX_EDITS.min(word.chars().count().div_ceil(3));
    let nearest = known
        .clone()
        .map(|name| (strsim::damerau_levenshtein(&lowered, &name.to_lowercase()), name))
        .filter(|(edits, _)| *edits <= allowed)
        .min()
        .map(|(_, name)| name)
        .or_else(|| known.clone().find(|name| lowered.len() > 3 && name.contains(&lowered)));
    if let Some(name) = nearest {
        return Some(format!("did you mean `{name}`?"));
    }
    let names: Vec<String> = known.take(READABLE + 1).map(|name| format!("`{name}`")).collect();
    (1..=READABLE)
        .contains(&names.len())
        .then(|| format!("one of {} can stand here", names.join(", ")))
}
