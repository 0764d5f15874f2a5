//! `--set` and its kin: Helm's little language for values on the command line (`pkg/strvals`).

use std::sync::Arc;

use serde_json::Value as Json;

use super::data::{Data, Source, Value};
use super::from_yaml::no_segments;
use super::quote::{quote, quote_character};
use super::user::{Map, ReadFile, SetKind, json_value};
use crate::source::{FileId, Span, TextRange};
use crate::yaml::Segment;

/// The largest index of `a[0]` (`MaxIndex`).
const MAX_INDEX: i64 = 65_536;

/// The most names that dots may join (`MaxNestedNameLevel`).
const MAX_NAME_LEVEL: usize = 30;

/// How deep indices and names may nest; Helm has no limit for indices.
const MAX_NESTING: usize = 200;

/// Merges `text` into `map`. An error has the place from the failed key on, and Helm's wording.
pub(super) fn parse_into(
    kind: SetKind,
    text: &str,
    file: FileId,
    map: &mut Map,
    read_file: &ReadFile<'_>,
) -> Result<(), (TextRange, String)> {
    let mut parser = Parser { text, at: 0, file, kind, read_file, depth: 0 };
    loop {
        let start = parser.at;
        match parser.key(map, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Wrong(reason)) => return Err((TextRange::new(start, parser.at), reason)),
        }
    }
}

/// Why a part was not read to its end.
enum Stop {
    /// The text is over; Helm's `io.EOF`, which is no mistake in most places.
    End,
    /// Helm's error.
    Wrong(String),
}

/// Text up to a stop character, escapes resolved.
struct Word {
    text: String,
    segments: Vec<Segment>,
    range: TextRange,
    /// `None` at the end of the text.
    stop: Option<char>,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    file: FileId,
    kind: SetKind,
    read_file: &'t ReadFile<'t>,
    depth: usize,
}

impl Parser<'_> {
    const fn key_stops(&self) -> &'static [char] {
        if matches!(self.kind, SetKind::Literal) { &['=', '[', '.'] } else { &['=', '[', ',', '.'] }
    }

    fn key(&mut self, map: &mut Map, level: usize) -> Result<(), Stop> {
        self.enter()?;
        let result = self.key_inside(map, level);
        self.depth -= 1;
        result
    }

    fn enter(&mut self) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(Stop::Wrong(format!("nesting deeper than {MAX_NESTING}")));
        }
        Ok(())
    }

    fn key_inside(&mut self, map: &mut Map, level: usize) -> Result<(), Stop> {
        let word = self.until(self.key_stops());
        let key: Arc<str> = Arc::from(word.text.as_str());
        match word.stop {
            None if key.is_empty() => Err(Stop::End),
            None => Err(Stop::Wrong(format!("key {} has no value", quote(&key)))),
            Some('[') => {
                let index = self.index()?;
                let existing = map.remove(&key);
                let (mut list, source) = match existing {
                    None => (Vec::new(), None),
                    Some(Value { data: Data::List(list), source }) => (list, source),
                    Some(other) => return Err(not_a(&other.data, "[]interface {}")),
                };
                let result = self.list_item(&mut list, index, level, word.range);
                let source = source.or_else(|| self.source(Some(word.range), word.range, &[]));
                set(map, key, Value { data: Data::List(list), source });
                result
            }
            Some('=') => {
                let (value, result) = self.assigned(Some(word.range), true);
                if let Some(value) = value {
                    set(map, key, value);
                }
                result
            }
            Some('.') => self.nested(map, &key, level + 1, word.range),
            Some(_) => {
                Err(Stop::Wrong(format!("key {} has no value (cannot end with ,)", quote(&key))))
            }
        }
    }

    /// What follows `name.`.
    fn nested(
        &mut self,
        map: &mut Map,
        key: &Arc<str>,
        level: usize,
        range: TextRange,
    ) -> Result<(), Stop> {
        if level > MAX_NAME_LEVEL {
            return Err(Stop::Wrong(format!(
                "value name nested level is greater than maximum supported nested level of {MAX_NAME_LEVEL}"
            )));
        }
        let existing = map.remove(key);
        let existed = existing.is_some();
        let (mut inner, source) = match existing {
            None => (Map::new(), None),
            Some(Value { data: Data::Map(inner), source }) => (inner, source),
            Some(other) => return Err(not_a(&other.data, "map[string]interface {}")),
        };
        let result = self.key(&mut inner, level);
        let is_empty = inner.is_empty();
        let source = source.or_else(|| self.source(Some(range), range, &[]));
        // An existing map is changed in place, even one under the empty name that can't be set.
        if existed {
            map.insert(key.clone(), Value { data: Data::Map(inner), source });
        } else if !is_empty {
            set(map, key.clone(), Value { data: Data::Map(inner), source });
        }
        if result.is_ok() && is_empty {
            return Err(Stop::Wrong(format!("key map {} has no value", quote(key))));
        }
        result
    }

    /// The number and the `]` of an index.
    fn index(&mut self) -> Result<i64, Stop> {
        let word = self.until(&[']']);
        if word.stop.is_none() {
            return Err(Stop::End);
        }
        parse_index(&word.text).map_err(|problem| {
            Stop::Wrong(format!(
                "error parsing index: strconv.Atoi: parsing {}: {problem}",
                quote(&word.text)
            ))
        })
    }

    fn list_item(
        &mut self,
        list: &mut Vec<Value>,
        index: i64,
        level: usize,
        key: TextRange,
    ) -> Result<(), Stop> {
        if index < 0 {
            return Err(Stop::Wrong(format!("negative {index} index not allowed")));
        }
        self.enter()?;
        let result = self.list_item_inside(list, index, level, key);
        self.depth -= 1;
        result
    }

    fn list_item_inside(
        &mut self,
        list: &mut Vec<Value>,
        index: i64,
        level: usize,
        key: TextRange,
    ) -> Result<(), Stop> {
        let word = self.until(&['[', '.', '=']);
        if !word.text.is_empty() {
            // `%q` of a rune slice.
            let characters: Vec<String> = word.text.chars().map(quote_character).collect();
            return Err(Stop::Wrong(format!(
                "unexpected data at end of array index: [{}]",
                characters.join(" ")
            )));
        }
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        match word.stop {
            None => Err(Stop::End),
            Some('=') => {
                let (value, result) = self.assigned(None, false);
                if let Some(value) = value.filter(|_| result.is_ok()) {
                    set_index(list, index, value)?;
                }
                result
            }
            Some('[') => {
                let next = self.index()?;
                let existing = list.get_mut(at).map(std::mem::take);
                let (mut inner, source, existed) = match existing {
                    None | Some(Value { data: Data::Null, .. }) => (Vec::new(), None, false),
                    Some(Value { data: Data::List(inner), source }) => (inner, source, true),
                    Some(other) => return Err(not_a(&other.data, "[]interface {}")),
                };
                let result = self.list_item(&mut inner, next, level, key);
                let source = source.or_else(|| self.source(None, key, &[]));
                let value = Value { data: Data::List(inner), source };
                if result.is_ok() {
                    set_index(list, index, value)?;
                } else if existed && let Some(slot) = list.get_mut(at) {
                    *slot = value;
                }
                result
            }
            Some(_) => {
                let existing = list.get_mut(at).map(std::mem::take);
                let in_list = existing.is_some();
                let (mut inner, source) = match existing {
                    Some(Value { data: Data::Map(inner), source }) => (inner, source),
                    _ => (Map::new(), None),
                };
                let result = self.key(&mut inner, level);
                let source = source.or_else(|| self.source(None, key, &[]));
                let value = Value { data: Data::Map(inner), source };
                if result.is_ok() {
                    set_index(list, index, value)?;
                } else if in_list && let Some(slot) = list.get_mut(at) {
                    *slot = value;
                }
                result
            }
        }
    }

    /// What follows `=`: a value, and how it went on. Both may be there: at the end of the text a key gets `""`.
    fn assigned(
        &mut self,
        key: Option<TextRange>,
        is_key: bool,
    ) -> (Option<Value>, Result<(), Stop>) {
        match self.kind {
            SetKind::Json => self.json(key),
            SetKind::Literal => {
                let word = self.until(&[]);
                let value = Value {
                    source: self.source(key, word.range, &word.segments),
                    data: Data::Str(Arc::from(word.text)),
                };
                (Some(value), Ok(()))
            }
            _ if self.at >= self.text.len() => {
                let range = TextRange::empty(self.at);
                let value =
                    Value { data: Data::Str(Arc::from("")), source: self.source(key, range, &[]) };
                (Some(value), if is_key { Err(Stop::End) } else { Ok(()) })
            }
            _ if self.rest().starts_with('{') => self.list(key),
            _ => {
                let word = self.until(&[',']);
                match self.word_value(word, key) {
                    Ok(value) => (Some(value), Ok(())),
                    Err(stop) => (None, Err(stop)),
                }
            }
        }
    }

    /// `{a,b}`
    fn list(&mut self, key: Option<TextRange>) -> (Option<Value>, Result<(), Stop>) {
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            let word = self.until(&[',', '}']);
            let last = match word.stop {
                None => {
                    return (None, Err(Stop::Wrong("list must terminate with '}'".to_owned())));
                }
                Some(stop) => stop == '}',
            };
            let end = self.at;
            if last && self.rest().starts_with(',') {
                self.at += 1;
            }
            match self.word_value(word, None) {
                Ok(value) => items.push(value),
                Err(stop) => return (None, Err(stop)),
            }
            if last {
                let source = self.source(key, TextRange::new(start, end), &[]);
                return (Some(Value { data: Data::List(items), source }), Ok(()));
            }
        }
    }

    fn word_value(&self, word: Word, key: Option<TextRange>) -> Result<Value, Stop> {
        let (data, segments) = match self.kind {
            SetKind::Typed => (typed(&word.text), word.segments),
            SetKind::File => {
                let content = (self.read_file)(&word.text).map_err(Stop::Wrong)?;
                (Data::Str(Arc::from(content)), Vec::new())
            }
            _ => (Data::Str(Arc::from(word.text)), word.segments),
        };
        Ok(Value { data, source: self.source(key, word.range, &segments) })
    }

    /// One JSON value, and the comma behind it.
    fn json(&mut self, key: Option<TextRange>) -> (Option<Value>, Result<(), Stop>) {
        let start = self.at;
        if self.skip_to_value() {
            let source = self.source(key, TextRange::empty(start), &[]);
            return (Some(Value { data: Data::Null, source }), Ok(()));
        }
        let start = self.at;
        let mut stream = serde_json::Deserializer::from_str(self.rest()).into_iter::<Json>();
        match stream.next() {
            Some(Ok(json)) => {
                let end = start + stream.byte_offset();
                self.at = end;
                self.skip_to_value();
                let span = Span::new(self.file, start, end);
                let key = key.map(|range| range.in_file(self.file));
                let source = Source { key, value: span, segments: no_segments() };
                (Some(json_value(json, &source)), Ok(()))
            }
            // The text of the error is never shown.
            _ => (None, Err(Stop::Wrong("invalid JSON".to_owned()))),
        }
    }

    /// Skips blanks and one comma; true if there was a comma or nothing more.
    fn skip_to_value(&mut self) -> bool {
        let rest = self.rest();
        let trimmed = rest.trim_start();
        let (has_comma, is_empty) = (trimmed.starts_with(','), trimmed.is_empty());
        self.at += rest.len() - trimmed.len() + usize::from(has_comma);
        has_comma || is_empty
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The text up to one of `stops`, which is consumed. `\` takes the next character as it is, but not in literals.
    fn until(&mut self, stops: &[char]) -> Word {
        let start = self.at;
        let mut word = Word {
            text: String::new(),
            segments: Vec::new(),
            range: TextRange::empty(start),
            stop: None,
        };
        let literal = self.kind == SetKind::Literal;
        let mut escaped = false;
        let mut end = self.text.len();
        for (offset, character) in self.rest().char_indices() {
            let at = start + offset;
            if !escaped {
                if stops.contains(&character) {
                    word.stop = Some(character);
                    end = at;
                    break;
                }
                if character == '\\' && !literal {
                    escaped = true;
                    continue;
                }
            }
            escaped = false;
            let width = character.len_utf8() as u32;
            match word.segments.last_mut() {
                Some(last) if last.source_start + last.len == at as u32 => last.len += width,
                _ => word.segments.push(Segment {
                    text_start: word.text.len() as u32,
                    source_start: at as u32,
                    len: width,
                }),
            }
            word.text.push(character);
        }
        word.range = TextRange::new(start, end);
        self.at = end + word.stop.map_or(0, char::len_utf8);
        word
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is what a Value takes")]
    fn source(
        &self,
        key: Option<TextRange>,
        value: TextRange,
        segments: &[Segment],
    ) -> Option<Source> {
        Some(Source {
            key: key.map(|range| range.in_file(self.file)),
            value: value.in_file(self.file),
            segments: if segments.is_empty() { no_segments() } else { Arc::from(segments) },
        })
    }
}

/// The empty name sets nothing.
fn set(map: &mut Map, key: Arc<str>, value: Value) {
    if !key.is_empty() {
        map.insert(key, value);
    }
}

fn set_index(list: &mut Vec<Value>, index: i64, value: Value) -> Result<(), Stop> {
    if index > MAX_INDEX {
        return Err(Stop::Wrong(format!(
            "index of {index} is greater than maximum supported index of {MAX_INDEX}"
        )));
    }
    let at = usize::try_from(index).unwrap_or_default();
    if list.len() <= at {
        list.resize(at + 1, Value::default());
    }
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
    Ok(())
}

/// Go's `strconv.Atoi`.
fn parse_index(text: &str) -> Result<i64, &'static str> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    text.parse::<i64>().map_err(|error| match error.kind() {
        PosOverflow | NegOverflow => "value out of range",
        _ => "invalid syntax",
    })
}

/// `typedVal`: integers only without leading zeros, and no fractions.
fn typed(text: &str) -> Data {
    if text.eq_ignore_ascii_case("true") {
        return Data::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Data::Bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Data::Null;
    }
    match text.parse() {
        Ok(number) if text == "0" || !text.starts_with('0') => Data::Int(number),
        _ => Data::Str(Arc::from(text)),
    }
}

/// Go's panic where a list or a map is expected, which Helm turns into an error.
fn not_a(data: &Data, wanted: &str) -> Stop {
    let found = data.go_type();
    Stop::Wrong(format!(
        "unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"
    ))
}
