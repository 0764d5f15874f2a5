//! What is wrong with a config file, and where exactly.

use crate::manifest::pointer::{Pointer, Step};
use crate::source::{FileId, SourceMap, TextRange};
use crate::yaml::{self, NodeKind, Use};

use super::ConfigError;
use super::error::suggest;

/// A way into the file: keys, and indices as numbers.
pub(super) type Way<'a> = &'a [&'a str];

/// Collects what is wrong with one file.
pub(super) struct Mistakes<'a> {
    /// So far.
    pub(super) found: Vec<ConfigError>,
    sources: &'a SourceMap,
    file: FileId,
    root: Option<Use>,
}

impl<'a> Mistakes<'a> {
    /// Reads the tree and finds what is wrong before any setting is looked at.
    pub(super) fn of_syntax(sources: &'a SourceMap, file: FileId) -> Self {
        let stream = yaml::parse(sources.file(file).text());
        let mut mistakes = Self { found: Vec::new(), sources, file, root: None };
        for error in &stream.errors {
            mistakes.add(Some(error.range), error.message.clone(), None);
        }
        if let Some(second) = stream.documents.get(1) {
            let message = "a config file has one document only".to_owned();
            mistakes.add(Some(empty_at(second.range.start)), message, None);
        }
        mistakes.root = stream.documents.into_iter().next().and_then(|document| document.root);
        mistakes.add_repeated_keys();
        mistakes
    }

    /// Whether nothing is set.
    pub(super) fn is_blank(&self) -> bool {
        self.root.as_ref().is_none_or(|root| matches!(root.node.kind, NodeKind::Null))
    }

    /// Adds one.
    pub(super) fn add(&mut self, range: Option<TextRange>, message: String, help: Option<String>) {
        let file = self.sources.file(self.file);
        self.found.push(ConfigError {
            path: file.path().to_owned(),
            span: range.map(|range| range.in_file(self.file)),
            position: range.map(|range| file.position(range.start)),
            message,
            help,
        });
    }

    /// The range of the value at `way`.
    pub(super) fn value(&self, way: Way<'_>) -> Option<TextRange> {
        Some(self.place(way)?.1)
    }

    /// The ranges of key and value at `way`, or of what is around it where our tree reads a key in another way than
    /// serde does (`off` as a key).
    pub(super) fn place(&self, way: Way<'_>) -> Option<(Option<TextRange>, TextRange)> {
        let root = self.root.as_ref()?;
        let step =
            |part: &&str| part.parse().map_or_else(|_| Step::Key((*part).into()), Step::Index);
        let mut pointer = Pointer { steps: way.iter().map(step).collect() };
        loop {
            if let Some(place) = pointer.find(root) {
                return Some((place.key, place.value.range));
            }
            pointer.steps.pop()?;
        }
    }

    /// A setting that stands there twice: only one of them could count.
    fn add_repeated_keys(&mut self) {
        let mut repeated = Vec::new();
        let mut left: Vec<&Use> = self.root.iter().collect();
        while let Some(value) = left.pop() {
            if value.range != value.node.range {
                continue;
            }
            left.extend(value.node.items());
            let NodeKind::Map(entries) = &value.node.kind else { continue };
            for entry in entries.iter().filter(|entry| !entry.merged) {
                left.push(&entry.value);
                if entry.repeats.is_some() {
                    repeated.push((entry.key_range, format!("`{}` is set twice", entry.key)));
                }
            }
        }
        repeated.sort_unstable();
        for (range, message) in repeated {
            self.add(Some(range), message, None);
        }
    }

    /// What serde says, with the exact place from our own tree.
    pub(super) fn add_typed(&mut self, error: &serde_yaml::Error) {
        let said = error.to_string();
        let message = bare(&said);
        let offset = error.location().map(|at| self.offset(at.line(), at.column()));
        let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let around = offset.and_then(|offset| self.innermost_map(offset));
        if message.starts_with("unknown field")
            && let [key, known @ ..] = &quoted[..]
        {
            let entry = around.as_ref().and_then(|map| map.node.get(key));
            let range = entry.map(|entry| entry.key_range).or(offset.map(empty_at));
            let help = suggest(key, known.iter().copied());
            self.add(range, format!("unknown key `{key}`"), help);
            return;
        }
        if message.starts_with("missing field")
            && let [key] = &quoted[..]
        {
            let range = around.map(|map| map.range).or(offset.map(empty_at));
            self.add(range, format!("the key `{key}` is missing"), None);
            return;
        }
        let pointer = offset.zip(self.root.as_ref()).and_then(|(at, root)| {
            Pointer::at_offset(root, at).and_then(|pointer| pointer.find(root))
        });
        let range = pointer.map(|place| place.value.range).or(offset.map(empty_at));
        self.add(range, in_our_words(message), None);
    }

    /// The offset of a place that serde names by line and column, both from 1, in code points.
    fn offset(&self, line: usize, column: usize) -> u32 {
        let file = self.sources.file(self.file);
        let range = file.line_range(line.saturating_sub(1));
        let columns = file.slice(range).char_indices().nth(column.saturating_sub(1));
        let behind = columns.map_or(range.len(), |(at, _)| at);
        range.start + behind as u32
    }

    /// The innermost mapping around `offset`.
    fn innermost_map(&self, offset: u32) -> Option<Use> {
        let root = self.root.as_ref()?;
        let mut pointer = Pointer::at_offset(root, offset)?;
        loop {
            let value = pointer.find(root)?.value;
            // A key of a mapping is in that mapping, not in its own value.
            if value.node.is_map() && value.range.contains(offset) {
                return Some(value);
            }
            pointer.steps.pop()?;
        }
    }
}

const fn empty_at(offset: u32) -> TextRange {
    TextRange { start: offset, end: offset }
}

/// A wrong type in the words of YAML.
fn in_our_words(message: &str) -> String {
    let types = message.strip_prefix("invalid type: ").and_then(|m| m.split_once(", expected "));
    let Some((found, expected)) = types else { return message.to_owned() };
    let word = |word: &str| match word {
        "sequence" | "a sequence" => "a list".to_owned(),
        "map" | "a map" => "a mapping".to_owned(),
        "unit value" => "null".to_owned(),
        other => other.to_owned(),
    };
    format!("this has to be {}, not {}", word(expected), word(found))
}

/// What serde says without the way in front and the line behind, which the tree knows better.
fn bare(said: &str) -> &str {
    const OPENINGS: [&str; 5] = [
        "unknown field ",
        "missing field ",
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
    ];
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    let start = OPENINGS.iter().filter_map(|opening| said.find(opening)).min().unwrap_or(0);
    said.get(start..).unwrap_or(said)
}
