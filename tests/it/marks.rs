//! Marks: comments that say which rule reports on a line.
//!
//! `#~ some-rule` stands for this line, `#~^ some-rule` for the line above (one more `^`, one line more), and
//! `"some text"` behind the name must be part of the message. Where a YAML comment is not possible,
//! `{{/*~ some-rule */}}` says the same. Several marks may stand on one line. In the JSON files of examples they stand too.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

/// What a mark asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: usize,
    pub(crate) rule: String,
    /// A part of the message; empty if any will do.
    pub(crate) text: String,
}

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: usize,
    pub(crate) rule: String,
    pub(crate) message: String,
}

/// The files as they are linted: JSON has no comments, so marks in it are cut off.
pub(crate) fn without_marks_in_json(files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let cut = |line: &str| line.split_once("#~").map_or(line, |(text, _)| text).to_owned();
    let linted = files.iter().map(|(path, text)| {
        let is_json = Path::new(path).extension().is_some_and(|ending| ending == "json");
        let lines = || text.lines().map(cut).collect::<Vec<_>>().join("\n");
        (path.clone(), if is_json { lines() } else { text.clone() })
    });
    linted.collect()
}

/// The marks of the file `path` with the text `text`.
pub(crate) fn marks(path: &str, text: &str) -> Result<Vec<Mark>, Failed> {
    let mut marks = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let mut rest = line;
        while let Some(start) = next_mark(rest) {
            let (body, behind) = start;
            let body = body.trim();
            let above = body.len() - body.trim_start_matches('^').len();
            let body = body.trim_start_matches('^').trim();
            let (rule, text) = match body.split_once(' ') {
                Some((rule, text)) => (rule, text.trim()),
                None => (body, ""),
            };
            let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if rule.is_empty() || !rule.chars().all(is_name) || above >= number {
                return Err(format!("{path}:{number}: `{body}` is no mark").into());
            }
            marks.push(Mark {
                path: path.to_owned(),
                line: number - above,
                rule: rule.to_owned(),
                text: text.to_owned(),
            });
            rest = behind;
        }
    }
    Ok(marks)
}

/// The body of the first mark of `line`, and what stands behind it.
fn next_mark(line: &str) -> Option<(&str, &str)> {
    let comment = line.find("#~");
    let action = line.find("{{/*~");
    match (comment, action) {
        (Some(at), other) if other.is_none_or(|other| at < other) => {
            let body = line.get(at + 2..)?;
            let end = [body.find("#~"), body.find("{{/*~")].into_iter().flatten().min();
            Some(body.split_at(end.unwrap_or(body.len())))
        }
        (_, Some(at)) => line.get(at + 5..)?.split_once("*/"),
        _ => None,
    }
}

/// Compares what was marked with what was found, on each line; tells all differences.
pub(crate) fn compare(expected: &[Mark], found: &[Found]) -> Result<(), Failed> {
    let mut left: BTreeMap<(&str, usize, &str), Vec<&Found>> = BTreeMap::new();
    for found in found {
        left.entry((&found.path, found.line, &found.rule)).or_default().push(found);
    }
    let mut report = String::new();
    for mark in expected {
        let Mark { path, line, rule, text } = mark;
        let candidates = left.entry((path, *line, rule)).or_default();
        if let Some(at) = candidates.iter().position(|found| found.message.contains(&**text)) {
            candidates.remove(at);
        } else {
            let _ = write!(report, "\n  missing: {path}:{line}: {rule}");
            if !text.is_empty() {
                let _ = write!(report, " with \"{text}\"");
            }
        }
    }
    for found in left.values().flatten() {
        let Found { path, line, rule, message } = found;
        let _ = write!(report, "\n  surplus: {path}:{line}: {rule}: {message}");
    }
    if report.is_empty() { Ok(()) } else { Err(report.into()) }
}

pub(crate) fn trials() -> Vec<Trial> {
    let check = |name: &str, text: &'static str, expected: &'static [(usize, &str, &str)]| {
        crate::trial(format!("marks::{name}"), move || {
            let got = marks("f", text)?;
            let got: Vec<_> = got.iter().map(|m| (m.line, &*m.rule, &*m.text)).collect();
            if got == expected { Ok(()) } else { Err(format!("got: {got:?}").into()) }
        })
    };
    let differ = |name: &str, text: &'static str, at: usize, expected: &'static str| {
        crate::trial(format!("marks::{name}"), move || {
            let found = Found {
                path: "f".into(),
                line: at,
                rule: "a-rule".into(),
                message: "some message".into(),
            };
            let got = match compare(&marks("f", text)?, &[found]) {
                Ok(()) => "same".to_owned(),
                Err(failed) => failed.message().unwrap_or_default().to_owned(),
            };
            if got.contains(expected) { Ok(()) } else { Err(format!("got: {got}").into()) }
        })
    };
    vec![
        check("this-line", "a: 1\nb: 2 #~ a-rule\n", &[(2, "a-rule", "")]),
        check("lines-above", "a: 1\nb: 2\n#~^^ a-rule\n", &[(1, "a-rule", "")]),
        check("with-text", "a: 1 #~ a-rule \"some `text`\"\n", &[(1, "a-rule", "some `text`")]),
        check(
            "two-on-a-line",
            "a: 1 #~ a-rule #~ b-rule\n",
            &[(1, "a-rule", ""), (1, "b-rule", "")],
        ),
        check("in-an-action", "a {{/*~ a-rule */}} b {{- /* x */}}\n", &[(1, "a-rule", "")]),
        check("none", "# a comment ~ with a tilde\n{{/* ~ */}}", &[]),
        differ("found-is-marked", "a: 1 #~ a-rule \"message\"\n", 1, "same"),
        differ("other-line", "a: 1 #~ a-rule\nb: 2\n", 2, "missing: f:1: a-rule\n  surplus: f:2"),
        differ("other-text", "a: 1 #~ a-rule \"else\"\n", 1, "missing: f:1: a-rule with \"else\""),
        differ("no-mark", "a: 1\n", 1, "surplus: f:1: a-rule: some message"),
    ]
}
