//! `.helmignore` as Helm understands it (`pkg/ignore/rules.go`), which is not as Git does.

use crate::source::TextRange;

/// The pattern that Helm adds to every chart: hidden files directly in templates/.
const DEFAULT_PATTERN: &str = "templates/.?*";

/// The patterns of a `.helmignore`.
#[derive(Clone, Debug, Default)]
pub struct IgnoreRules {
    patterns: Vec<Pattern>,
}

/// A line that Helm refuses, and with it the whole chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoreError {
    /// The pattern's bytes in the file.
    pub range: TextRange,
    /// Helm's wording.
    pub message: String,
}

#[derive(Clone, Debug)]
struct Pattern {
    glob: String,
    /// `!` in front: everything that does *not* match is ignored.
    negated: bool,
    /// `/` at the end.
    only_directories: bool,
    /// A `/` within or in front: the whole path is matched, otherwise its last part.
    whole_path: bool,
}

/// Go's `filepath.Match`; a pattern that it refuses matches nothing.
pub fn path_matches(pattern: &str, path: &str) -> bool {
    matches(pattern, path).unwrap_or(false)
}

impl IgnoreRules {
    /// The rules of `text`, Helm's default rule behind them. Lines that Helm refuses are left out.
    pub fn parse(text: &str) -> (Self, Vec<IgnoreError>) {
        let mut rules = Self::default();
        let mut errors = Vec::new();
        let mut at = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let start = at;
            at += line.len();
            let bom =
                if number == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            let line = line.get(bom..).unwrap_or_default();
            let rule = line.trim();
            let indent = line.len() - line.trim_start().len();
            let begin = start + bom + indent;
            if let Err(message) = rules.add(rule) {
                let range = TextRange::new(begin, begin + rule.len());
                errors.push(IgnoreError { range, message: message.to_owned() });
            }
        }
        let added = rules.add(DEFAULT_PATTERN);
        debug_assert!(added.is_ok(), "the default pattern is sound");
        (rules, errors)
    }

    fn add(&mut self, rule: &str) -> Result<(), &'static str> {
        if rule.is_empty() || rule.starts_with('#') {
            return Ok(());
        }
        if rule.contains("**") {
            return Err("double-star (**) syntax is not supported");
        }
        if matches(rule, "abc").is_err() {
            return Err("syntax error in pattern");
        }
        let (negated, glob) = match rule.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, rule),
        };
        let (only_directories, glob) = match glob.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, glob),
        };
        let (whole_path, glob) = match glob.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (glob.contains('/'), glob),
        };
        let glob = glob.to_owned();
        self.patterns.push(Pattern { glob, negated, only_directories, whole_path });
        Ok(())
    }

    /// Whether Helm leaves out `path`, which is relative to the chart. The first pattern that decides counts; a
    /// negated one lets pass what it matches only to the patterns behind it.
    pub fn is_ignored(&self, path: &str, is_directory: bool) -> bool {
        if matches!(path, "" | "." | "./") {
            return false;
        }
        for pattern in &self.patterns {
            if pattern.only_directories && !is_directory {
                if pattern.negated {
                    return true;
                }
                continue;
            }
            let name =
                if pattern.whole_path { path } else { path.rsplit('/').next().unwrap_or(path) };
            if matches(&pattern.glob, name).unwrap_or(false) != pattern.negated {
                return true;
            }
        }
        false
    }
}

/// The pattern is malformed, as far as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BadPattern;

/// Go's `filepath.Match`, including what it does not notice: behind the first mismatch a pattern is not checked.
fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let (mut pattern, mut name) = (pattern.as_bytes(), name.as_bytes());
    'pattern: while !pattern.is_empty() {
        let (star, chunk, rest) = next_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(!name.contains(&b'/'));
        }
        if let Some(left) = match_chunk(chunk, name)?
            && (left.is_empty() || !pattern.is_empty())
        {
            name = left;
            continue;
        }
        if star {
            let mut at = 0;
            while name.get(at).is_some_and(|byte| *byte != b'/') {
                at += 1;
                let Some(left) = match_chunk(chunk, name.get(at..).unwrap_or_default())? else {
                    continue;
                };
                if pattern.is_empty() && !left.is_empty() {
                    continue;
                }
                name = left;
                continue 'pattern;
            }
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

/// Stars in front, what stands up to the next star, and the rest.
fn next_chunk(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().take_while(|byte| **byte == b'*').count();
    let body = pattern.get(stars..).unwrap_or_default();
    let mut in_class = false;
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        match byte {
            b'\\' if at + 1 < body.len() => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'*' if !in_class => break,
            _ => {}
        }
        at += 1;
    }
    let (chunk, rest) = body.split_at(at.min(body.len()));
    (stars > 0, chunk, rest)
}

/// What is left of `name` behind `chunk`, which has no stars; `None` if it does not match.
fn match_chunk<'n>(mut chunk: &[u8], mut name: &'n [u8]) -> Result<Option<&'n [u8]>, BadPattern> {
    let mut failed = false;
    while let Some((first, rest)) = chunk.split_first() {
        failed |= name.is_empty();
        chunk = rest;
        match first {
            b'[' => {
                let mut character = 0;
                if !failed {
                    (character, name) = decode(name);
                }
                let (hit, rest) = match_class(chunk, character)?;
                chunk = rest;
                failed |= !hit;
            }
            b'?' => {
                if !failed {
                    failed = name.first() == Some(&b'/');
                    (_, name) = decode(name);
                }
            }
            _ => {
                let mut wanted = *first;
                if wanted == b'\\' {
                    let (escaped, rest) = chunk.split_first().ok_or(BadPattern)?;
                    (wanted, chunk) = (*escaped, rest);
                }
                if !failed && let Some((byte, rest)) = name.split_first() {
                    failed = *byte != wanted;
                    name = rest;
                }
            }
        }
    }
    Ok((!failed).then_some(name))
}

/// Whether `character` is in the class behind `[`, and what follows its `]`.
fn match_class(mut chunk: &[u8], character: u32) -> Result<(bool, &[u8]), BadPattern> {
    let mut negated = false;
    if let Some(rest) = chunk.strip_prefix(b"^") {
        (negated, chunk) = (true, rest);
    }
    let mut hit = false;
    let mut first = true;
    loop {
        if !first && let Some(rest) = chunk.strip_prefix(b"]") {
            return Ok((hit != negated, rest));
        }
        first = false;
        let (low, rest) = class_character(chunk)?;
        chunk = rest;
        let mut high = low;
        if let Some(rest) = chunk.strip_prefix(b"-") {
            (high, chunk) = class_character(rest)?;
        }
        hit |= low <= character && character <= high;
    }
}

fn class_character(chunk: &[u8]) -> Result<(u32, &[u8]), BadPattern> {
    let chunk = match chunk.first() {
        None | Some(b'-' | b']') => return Err(BadPattern),
        Some(b'\\') => chunk.get(1..).filter(|rest| !rest.is_empty()).ok_or(BadPattern)?,
        Some(_) => chunk,
    };
    let (character, rest) = decode(chunk);
    if rest.is_empty() || (character == REPLACEMENT && chunk.len() - rest.len() == 1) {
        return Err(BadPattern);
    }
    Ok((character, rest))
}

/// What Go's decoder gives for a byte that starts no character.
const REPLACEMENT: u32 = 0xfffd;

/// The first character; stars can leave the name in the middle of one.
fn decode(bytes: &[u8]) -> (u32, &[u8]) {
    let width = match bytes.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => 1,
    };
    let decoded = bytes
        .get(..width)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .and_then(|text| text.chars().next());
    match decoded {
        Some(character) => (u32::from(character), bytes.get(width..).unwrap_or_default()),
        None => (REPLACEMENT, bytes.get(1..).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    /// Compares with what Helm's own rules said for the recorded names.
    #[track_caller]
    fn check(recorded: &Json, case: &Json) {
        let (rules, errors) = IgnoreRules::parse(case["rules"].as_str().unwrap());
        let error = errors.first().map_or(Json::Null, |error| error.message.clone().into());
        assert_eq!(case["error"], error, "{case}");
        let Some(wanted) = case["ignored"].as_array() else { return };
        let names = [("files", false), ("directories", true)].into_iter().flat_map(
            |(list, is_directory)| {
                recorded[list].as_array().unwrap().iter().map(move |name| (name, is_directory))
            },
        );
        for (name, is_directory) in names {
            let ignored = rules.is_ignored(name.as_str().unwrap(), is_directory);
            assert_eq!(ignored, wanted.contains(name), "{name} {case}");
        }
    }

    #[test]
    fn rules_say_what_helm_says() {
        let recorded: Json =
            serde_json::from_str(include_str!("../../testdata/chart/ignore.json")).unwrap();
        let cases = recorded["cases"].as_array().unwrap();
        assert!(cases.len() > 30, "recorded cases are missing");
        for case in cases {
            check(&recorded, case);
        }
    }

    #[test]
    fn an_error_points_at_the_rule() {
        let text = "\u{feff}ok\n  a/** \n";
        let (_, errors) = IgnoreRules::parse(text);
        let places: Vec<&str> =
            errors.iter().filter_map(|error| text.get(error.range.usize())).collect();
        assert_eq!(places, ["a/**"]);
    }
}
