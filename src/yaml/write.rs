//! The writer: what Helm's `toYaml` and `toYamlPretty` print, byte for byte, and which bytes came from which scalar.

use std::borrow::Cow;

use super::emit::{Emitter, Scalar, Wish};
use super::events::{MAX_DEPTH, is_refused};
use super::numbers::{format_f, format_g};
use super::order;
use super::resolve::{Look, look};

/// A value to write.
#[derive(Clone, Debug, PartialEq)]
pub enum Data<'a> {
    /// null
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer above `i64::MAX`.
    Uint(u64),
    /// Another number.
    Float(f64),
    /// A string.
    Str(&'a str),
    /// A point in time, written without quotes.
    Time(&'a str),
    /// A list.
    Seq(Vec<Self>),
    /// A mapping, in any order; the writer sorts.
    Map(Vec<(Cow<'a, str>, Self)>),
    /// A struct; `toYamlPretty` keeps the order of its fields.
    Struct(Vec<(Cow<'a, str>, Self)>),
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// YAML with a line end at its end, as Go's `Marshal` returns it.
    pub text: String,
    /// Which bytes of `text` show which scalar, in the order of `text`.
    pub pieces: Vec<Piece>,
}

/// Bytes of the output that show a scalar value; keys and punctuation have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// First byte in the output.
    pub start: u32,
    /// Behind the last byte.
    pub end: u32,
    /// Which scalar: the values that are no collections, counted from 0 in the order of the given data.
    pub leaf: u32,
    /// Where in the scalar's own string these bytes stand; `None` where they were formatted.
    pub text_start: Option<u32>,
}

/// Which of Helm's two writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// sigs.k8s.io/yaml over go.yaml.in/yaml/v2.
    Json,
    /// go.yaml.in/yaml/v3 with an indentation of 2.
    Pretty,
}

/// Writes as sigs.k8s.io/yaml's `Marshal` does; `None` where that fails, for which `toYaml` prints nothing.
pub fn write(value: &Data<'_>) -> Option<Written> {
    written(value, Dialect::Json)
}

/// Writes as Helm's `toYamlPretty` does (`pkg/engine/funcs.go`); `None` where the data nests too deep.
pub fn write_pretty(value: &Data<'_>) -> Option<Written> {
    written(value, Dialect::Pretty)
}

fn written(value: &Data<'_>, dialect: Dialect) -> Option<Written> {
    let mut preparation = Preparation { dialect, leaves: 0 };
    let ready = preparation.node(value, 0)?;
    let mut emitter = Emitter::new(dialect);
    emitter.document(&ready);
    Some(emitter.finish())
}

/// A value on its way out: in order, with the texts that will show.
pub(super) enum Ready<'a> {
    Leaf(Scalar<'a>),
    Seq(Vec<Self>),
    Map(Vec<(Scalar<'a>, Self)>),
}

struct Preparation {
    dialect: Dialect,
    leaves: u32,
}

impl Preparation {
    fn node<'a>(&mut self, value: &'a Data<'_>, depth: usize) -> Option<Ready<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match value {
            Data::Seq(items) => Ready::Seq(
                items.iter().map(|item| self.node(item, depth + 1)).collect::<Option<_>>()?,
            ),
            Data::Map(entries) | Data::Struct(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| {
                        let key = self.key(key)?;
                        Some((key, self.node(value, depth + 1)?))
                    })
                    .collect::<Option<Vec<_>>>()?;
                let keep = matches!((value, self.dialect), (Data::Struct(_), Dialect::Pretty));
                Ready::Map(if keep { entries } else { order::sorted(entries, self.dialect) })
            }
            leaf => {
                let number = self.leaves;
                self.leaves += 1;
                Ready::Leaf(self.leaf(leaf, number)?)
            }
        })
    }

    fn leaf<'a>(&self, value: &'a Data<'_>, number: u32) -> Option<Scalar<'a>> {
        let text = match value {
            Data::Bool(true) => Cow::Borrowed("true"),
            Data::Bool(false) => Cow::Borrowed("false"),
            Data::Int(value) => Cow::Owned(value.to_string()),
            Data::Uint(value) => Cow::Owned(value.to_string()),
            Data::Float(value) => Cow::Owned(self.float(*value)?),
            Data::Str(text) => return self.string(text, Some(number)),
            Data::Time(text) => Cow::Borrowed(*text),
            _ => Cow::Borrowed("null"),
        };
        Some(Scalar { text, wish: Wish::Plain, leaf: Some(number), literal: false })
    }

    /// Through JSON a float without a fraction comes back as an integer.
    fn float(&self, value: f64) -> Option<String> {
        if self.dialect == Dialect::Pretty {
            return Some(format_g(value));
        }
        if !value.is_finite() {
            return None;
        }
        // Below and above these JSON has an exponent, and YAML then a float.
        if value == 0.0 || (1e-6..1e21).contains(&value.abs()) {
            let text = format_f(value);
            if let Ok(integer) = text.parse::<i64>() {
                return Some(integer.to_string());
            }
            if let Ok(integer) = text.parse::<u64>() {
                return Some(integer.to_string());
            }
        }
        Some(format_g(value))
    }

    fn key<'a>(&self, text: &'a str) -> Option<Scalar<'a>> {
        // go-yaml reads keys of at most 1024 characters on one line, and this is JSON at that time.
        if self.dialect == Dialect::Json
            && (text.contains('\u{85}') || (text.len() > 170 && json_length(text) > 1024))
        {
            return None;
        }
        self.string(text, None)
    }

    fn string<'a>(&self, text: &'a str, leaf: Option<u32>) -> Option<Scalar<'a>> {
        let mut text = Cow::Borrowed(text);
        let mut literal = true;
        if self.dialect == Dialect::Json && !text.is_ascii_printable() {
            if text.chars().any(|c| c > ' ' && is_refused(c)) {
                return None;
            }
            if text.contains('\u{85}') {
                text = Cow::Owned(fold_next_lines(&text)?);
                literal = false;
            }
        }
        let wish = if text.contains('\n') {
            Wish::Literal
        } else if self.reads_as_string(&text) {
            Wish::Plain
        } else {
            Wish::Double
        };
        Some(Scalar { text, wish, leaf, literal })
    }

    /// Whether the text without quotes would be read as a string, here and by other readers.
    fn reads_as_string(&self, text: &str) -> bool {
        // What v3 no longer takes for a boolean it quotes all the same.
        look(text, true) == Look::Str
            && !is_base_60(text)
            && !(self.dialect == Dialect::Pretty && is_signed_octal(text))
    }
}

trait AsciiPrintable {
    fn is_ascii_printable(&self) -> bool;
}

impl AsciiPrintable for str {
    fn is_ascii_printable(&self) -> bool {
        self.bytes().all(|b| matches!(b, b' '..=b'~'))
    }
}

/// `0o-7` is a number to v3 only.
fn is_signed_octal(text: &str) -> bool {
    let text = text.replace('_', "");
    text.strip_prefix("0o").is_some_and(|digits| i64::from_str_radix(digits, 8).is_ok())
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`: numbers to the base 60, as in `12:30`.
fn is_base_60(text: &str) -> bool {
    if !text.contains(':') {
        return false;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or("");
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && whole.contains(':')
        && parts.all(|part| match part.as_bytes() {
            [ones] => ones.is_ascii_digit(),
            [tens, ones] => matches!(tens, b'0'..=b'5') && ones.is_ascii_digit(),
            _ => false,
        })
}

/// Characters of `text` as Go's JSON writes it, with quotes.
fn json_length(text: &str) -> usize {
    let of = |c| match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => 6,
        _ => 1,
    };
    text.chars().map(of).sum::<usize>() + 2
}

/// U+0085 stands as it is in Go's JSON, which YAML then takes for line ends in quotes: blanks around them go, one is a
/// space, more are one less. `None` where `---` follows one.
fn fold_next_lines(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut breaks = 0;
    for (at, line) in text.split('\u{85}').enumerate() {
        if at > 0 {
            breaks += 1;
            let marker = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
            if marker.is_some_and(|behind| behind.starts_with(' ')) {
                return None;
            }
        }
        let body = if at > 0 { line.trim_start_matches(' ') } else { line };
        if body.is_empty() && at > 0 {
            continue;
        }
        push_breaks(&mut out, &mut breaks);
        out.push_str(body);
    }
    push_breaks(&mut out, &mut breaks);
    Some(out)
}

fn push_breaks(out: &mut String, breaks: &mut usize) {
    if *breaks == 0 {
        return;
    }
    out.truncate(out.trim_end_matches(' ').len());
    if *breaks == 1 {
        out.push(' ');
    } else {
        out.extend(std::iter::repeat_n('\n', *breaks - 1));
    }
    *breaks = 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(value: &serde_json::Value) -> Data<'_> {
        match value {
            serde_json::Value::Null => Data::Null,
            serde_json::Value::Bool(value) => Data::Bool(*value),
            serde_json::Value::Number(number) => number
                .as_i64()
                .map(Data::Int)
                .or_else(|| number.as_u64().map(Data::Uint))
                .or_else(|| number.as_f64().map(Data::Float))
                .unwrap(),
            serde_json::Value::String(text) => Data::Str(text),
            serde_json::Value::Array(items) => Data::Seq(items.iter().map(data).collect()),
            serde_json::Value::Object(entries) => Data::Map(
                entries.iter().map(|(key, value)| (key.as_str().into(), data(value))).collect(),
            ),
        }
    }

    fn leaves<'a>(value: &Data<'a>, out: &mut Vec<Option<&'a str>>) {
        match value {
            Data::Seq(items) => items.iter().for_each(|item| leaves(item, out)),
            Data::Map(entries) | Data::Struct(entries) => {
                for (_, value) in entries {
                    leaves(value, out);
                }
            }
            Data::Str(text) => out.push(Some(text)),
            _ => out.push(None),
        }
    }

    /// Pieces stand in order, do not overlap, and say the truth about the bytes they name.
    #[track_caller]
    fn check_pieces(value: &Data<'_>, written: &Written) {
        let mut strings = Vec::new();
        leaves(value, &mut strings);
        let mut before = 0;
        for piece in &written.pieces {
            assert!(before <= piece.start && piece.start < piece.end, "{written:?}");
            before = piece.end;
            let shown = written.text.get(piece.start as usize..piece.end as usize).unwrap();
            if let Some(from) = piece.text_start {
                let own = strings[piece.leaf as usize].unwrap();
                let (from, len) = (from as usize, shown.len());
                assert_eq!(own.get(from..from + len), Some(shown), "{written:?}");
            }
        }
    }

    #[track_caller]
    fn check(json: &str, text: &str, pieces: &[(&str, u32, Option<u32>)]) {
        let value = serde_json::from_str(json).unwrap();
        let value = data(&value);
        let written = write(&value).unwrap();
        assert_eq!(written.text, text);
        check_pieces(&value, &written);
        let found: Vec<_> = written
            .pieces
            .iter()
            .map(|piece| {
                let shown = &written.text[piece.start as usize..piece.end as usize];
                (shown, piece.leaf, piece.text_start)
            })
            .collect();
        assert_eq!(found, pieces, "{text}");
    }

    #[test]
    fn pieces_name_the_bytes_of_strings() {
        check(
            r#"{"b":"x","a":[1,"two"]}"#,
            "a:\n- 1\n- two\nb: x\n",
            &[("1", 0, None), ("two", 1, Some(0)), ("x", 2, Some(0))],
        );
        check(r#"{"a":"yes"}"#, "a: \"yes\"\n", &[("yes", 0, Some(0))]);
        check(
            r#"{"a":"it's # x"}"#,
            "a: 'it''s # x'\n",
            &[("it", 0, Some(0)), ("'s # x", 0, Some(2))],
        );
        check(
            r#"{"a":"x\n\n y\n"}"#,
            "a: |\n  x\n\n   y\n",
            &[("x\n\n", 0, Some(0)), (" y\n", 0, Some(3))],
        );
        check(
            r#"{"a":"tab\there"}"#,
            "a: \"tab\\there\"\n",
            &[("tab", 0, Some(0)), ("here", 0, Some(4))],
        );
        let long = format!("{} end", "word ".repeat(16).trim_end());
        let (first, second) = long.split_at(84 - 5);
        check(
            &format!(r#"{{"a":"{long}"}}"#),
            &format!("a: {first}\n  {}\n", &second[1..]),
            &[(first, 0, Some(0)), (&second[1..], 0, Some(80))],
        );
    }

    #[test]
    fn what_go_wrote_is_written() {
        let path = format!("{}/testdata/yaml/written.jsonl", env!("CARGO_MANIFEST_DIR"));
        let cases = std::fs::read_to_string(path).unwrap();
        assert!(cases.lines().count() > 700);
        for case in cases.lines() {
            let case: serde_json::Value = serde_json::from_str(case).unwrap();
            let value = data(&case["data"]);
            let written =
                if case["writer"] == "toYaml" { write(&value) } else { write_pretty(&value) };
            assert_eq!(written.as_ref().map(|w| w.text.as_str()), case["text"].as_str(), "{case}");
            if let Some(written) = written {
                check_pieces(&value, &written);
            }
        }
    }

    #[test]
    fn what_go_refuses_is_not_written() {
        assert_eq!(write(&Data::Float(f64::NAN)), None);
        assert_eq!(write(&Data::Str("\u{7f}")), None);
        let deep = (0..2_000).fold(Data::Null, |inner, _| Data::Seq(vec![inner]));
        assert_eq!(write(&deep), None);
        let deep = (0..990).fold(Data::Null, |inner, _| Data::Seq(vec![inner]));
        assert!(write(&deep).unwrap().text.starts_with("- - - "));
        assert_eq!(write_pretty(&Data::Float(f64::INFINITY)).unwrap().text, ".inf\n");
    }
}
