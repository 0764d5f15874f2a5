//! `toJson`, `fromJson` and their kin (Go `encoding/json`, Helm `funcs.go`, Sprig `defaults.go`).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bytes;
use crate::engine::text::{At, NOWHERE, OriginId, Text, TextBuilder};
use crate::engine::value::{IntType, Kind, Struct, StructType, Value};

use super::arguments::{any, text};
use super::format::format_float;
use super::json_reader;
use super::lists::nil_list;
use super::stringers::stringer;
use super::{Call, Failure, Implementation};

/// Deepest nesting that is written; Go looks for maps that hold themselves from 1000 on.
const MAX_DEPTH: usize = 1000;

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("fromJson", from_json),
    ("fromJsonArray", from_json_array),
    ("mustFromJson", must_from_json),
    ("mustToJson", |call, args| write(call, args, &COMPACT)),
    ("mustToPrettyJson", |call, args| write(call, args, &PRETTY)),
    ("mustToRawJson", |call, args| write(call, args, &RAW)),
    ("toJson", |call, args| forgive(call, args, &COMPACT)),
    ("toPrettyJson", |call, args| forgive(call, args, &PRETTY)),
    ("toRawJson", |call, args| write(call, args, &RAW)),
];

/// How JSON is laid out.
struct Layout {
    indent: bool,
    escape_html: bool,
}

const COMPACT: Layout = Layout { indent: false, escape_html: true };
const PRETTY: Layout = Layout { indent: true, escape_html: true };
const RAW: Layout = Layout { indent: false, escape_html: false };

/// Helm and Sprig write nothing where there is an error.
fn forgive(call: &mut Call<'_>, args: &[Value], layout: &Layout) -> Result<Value, Failure> {
    match write(call, args, layout) {
        Err(Failure::Error(_)) => Ok(call.string("", args)),
        other => other,
    }
}

fn write(call: &mut Call<'_>, args: &[Value], layout: &Layout) -> Result<Value, Failure> {
    let origin = call.origin(args);
    let mut writer = Writer { out: TextBuilder::default(), origin, layout };
    writer.value(any(args, 0)?, 0)?;
    Ok(Value::text(writer.out.finish()))
}

struct Writer<'a> {
    out: TextBuilder,
    origin: OriginId,
    layout: &'a Layout,
}

impl Writer<'_> {
    fn own(&mut self, text: &str) {
        self.out.push(text, self.origin, NOWHERE);
    }

    /// A scalar that shows `value`.
    fn shown(&mut self, text: &str, value: &Value) {
        let origin = OriginId::of_memory(value.memory);
        let origin = if origin == OriginId::NONE { self.origin } else { origin };
        self.out.push(text, origin, NOWHERE);
    }

    fn line(&mut self, depth: usize) {
        if self.layout.indent {
            self.own("\n");
            for _ in 0..depth {
                self.own("  ");
            }
        }
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Failure> {
        if depth > MAX_DEPTH {
            let ty = value.type_name();
            return Err(Failure::Error(format!(
                "json: unsupported value: encountered a cycle via {ty}"
            )));
        }
        match &value.kind {
            Kind::Nil => self.shown("null", value),
            Kind::Bool(true) => self.shown("true", value),
            Kind::Bool(false) => self.shown("false", value),
            Kind::Int(int, IntType::Uint64) => self.shown(&(*int as u64).to_string(), value),
            Kind::Int(int, _) => self.shown(&int.to_string(), value),
            Kind::Float(float) => self.shown(&number(*float)?, value),
            Kind::Str(text) => self.string(text),
            Kind::Bytes(bytes) => self.own(&format!("\"{}\"", STANDARD.encode(bytes))),
            Kind::List(list) if list.ty.is_nil() => self.own("null"),
            Kind::List(list) => {
                self.own("[");
                for (at, item) in list.items.iter().enumerate() {
                    self.separate(at, depth);
                    self.value(item, depth + 1)?;
                }
                self.close(list.items.is_empty(), "]", depth);
            }
            Kind::Map(map) if map.ty.is_nil() => self.own("null"),
            Kind::Map(map) => {
                self.own("{");
                let entries = map.entries.borrow();
                for (at, (key, value)) in entries.iter().enumerate() {
                    self.separate(at, depth);
                    self.key(key);
                    self.value(value, depth + 1)?;
                }
                self.close(entries.is_empty(), "}", depth);
            }
            Kind::Struct(structure) => self.structure(value, structure, depth)?,
        }
        Ok(())
    }

    fn separate(&mut self, at: usize, depth: usize) {
        if at > 0 {
            self.own(",");
        }
        self.line(depth + 1);
    }

    fn close(&mut self, is_empty: bool, bracket: &str, depth: usize) {
        if !is_empty {
            self.line(depth);
        }
        self.own(bracket);
    }

    fn key(&mut self, key: &str) {
        self.string(&Text::with_origin(key, self.origin, NOWHERE));
        self.own(if self.layout.indent { ": " } else { ":" });
    }

    fn structure(
        &mut self,
        value: &Value,
        structure: &Struct,
        depth: usize,
    ) -> Result<(), Failure> {
        let as_string = match structure.ty {
            StructType::Semver => stringer(value),
            StructType::Time => super::dates::rfc3339(value).map(Text::plain),
            _ => None,
        };
        if let Some(text) = as_string {
            self.string(&text);
            return Ok(());
        }
        self.own("{");
        let shown =
            structure.fields.iter().filter_map(|field| field.json.map(|json| (json, field)));
        let shown: Vec<_> =
            shown.filter(|(_, field)| !field.omit_empty || field.value.truth()).collect();
        for (at, (json, field)) in shown.iter().enumerate() {
            self.separate(at, depth);
            self.key(json);
            self.value(&field.value, depth + 1)?;
        }
        self.close(shown.is_empty(), "}", depth);
        Ok(())
    }

    fn string(&mut self, text: &Text) {
        self.own("\"");
        let source = text.as_str();
        let mut start = 0;
        for run in text.runs(0..source.len()) {
            let end = run.end as usize;
            let (origin, at) = if run.origin == OriginId::NONE {
                (self.origin, NOWHERE)
            } else {
                (run.origin, run.at)
            };
            self.escaped(source.get(start..end).unwrap_or_default(), origin, at);
            start = end;
        }
        self.own("\"");
    }

    fn escaped(&mut self, text: &str, origin: OriginId, at: At) {
        if bytes::has_escapes(text) {
            return self.escaped_bytes(text, origin);
        }
        let mut start = 0;
        for (offset, c) in text.char_indices() {
            let Some(escape) = escape(c, self.layout.escape_html) else { continue };
            self.literal(text, start, offset, origin, at);
            self.out.push(&escape, origin, NOWHERE);
            start = offset + c.len_utf8();
        }
        self.literal(text, start, text.len(), origin, at);
    }

    fn escaped_bytes(&mut self, text: &str, origin: OriginId) {
        for piece in bytes::pieces(text) {
            let part = match (piece.byte, escape(piece.char(), self.layout.escape_html)) {
                (Some(_), _) => "\\ufffd",
                (None, Some(escape)) => &*escape.clone(),
                (None, None) => text.get(piece.range).unwrap_or_default(),
            };
            self.out.push(part, origin, NOWHERE);
        }
    }

    fn literal(&mut self, text: &str, start: usize, end: usize, origin: OriginId, at: At) {
        let at = if at == NOWHERE { NOWHERE } else { at + start as u32 };
        self.out.push(text.get(start..end).unwrap_or_default(), origin, at);
    }
}

/// What stands for a character that JSON, or HTML, does not take as it is.
fn escape(c: char, html: bool) -> Option<String> {
    let short = match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{2028}' | '\u{2029}' => return Some(format!("\\u{:04x}", c as u32)),
        '<' | '>' | '&' if html => return Some(format!("\\u{:04x}", c as u32)),
        _ if (c as u32) < 0x20 => return Some(format!("\\u{:04x}", c as u32)),
        _ => return None,
    };
    Some(short.to_owned())
}

/// A number as ES6 and Go's JSON write it.
fn number(value: f64) -> Result<String, Failure> {
    if !value.is_finite() {
        let shown = format_float(value, b'g', None, 64);
        return Err(Failure::Error(format!("json: unsupported value: {shown}")));
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let shown = format_float(value, b'e', None, 64);
        return Ok(shown.replace("e-0", "e-"));
    }
    Ok(format_float(value, b'f', None, 64))
}

fn from_json(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let (value, error) = match read(call, args)? {
        Ok((value, error)) => match value.kind {
            Kind::Map(_) => (value, error),
            // With an error, the nil is a number that was too large.
            Kind::Nil if error.is_none() => (Value::map(BTreeMap::new()), None),
            _ => {
                let error = mismatch(&value, "map[string]interface {}");
                (Value::map(BTreeMap::new()), Some(error))
            }
        },
        Err(error) => (Value::map(BTreeMap::new()), Some(error)),
    };
    if let (Some(error), Some(map)) = (error, value.as_map()) {
        let error = call.string(error, args);
        map.entries.borrow_mut().insert("Error".into(), error);
    }
    Ok(value)
}

fn from_json_array(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let error = match read(call, args)? {
        Ok((value, error)) => match (&value.kind, error) {
            (Kind::List(_), None) => return Ok(value),
            (Kind::Nil, None) => return Ok(nil_list()),
            (Kind::List(_), Some(error)) => error,
            _ => mismatch(&value, "[]interface {}"),
        },
        Err(error) => error,
    };
    Ok(Value::list(vec![call.string(error, args)]))
}

fn must_from_json(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    match read(call, args)? {
        Ok((value, None)) => Ok(value),
        Ok((_, Some(error))) | Err(error) => Err(Failure::Error(error)),
    }
}

/// The value, perhaps with the error of a number that is none; or why the text is no JSON.
type Read = Result<(Value, Option<String>), String>;

fn read(call: &mut Call<'_>, args: &[Value]) -> Result<Read, Failure> {
    Ok(json_reader::read(call, text(args, 0)?))
}

/// Go's complaint about JSON of another type than asked for.
pub(super) fn mismatch(value: &Value, expected: &str) -> String {
    let got = match value.kind {
        Kind::List(_) => "array",
        Kind::Map(_) => "object",
        Kind::Bool(_) => "bool",
        Kind::Str(_) => "string",
        _ => "number",
    };
    format!("json: cannot unmarshal {got} into Go value of type {expected}")
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::*;

    #[test]
    fn json_is_as_recorded() {
        recorded::check("json.jsonl");
    }

    #[test]
    fn a_map_that_holds_itself_is_an_error() {
        let map = Value::map(BTreeMap::new());
        recorded::call("set", &[map.clone(), Value::plain("self"), map.clone()]).unwrap();
        let shown = recorded::call("toJson", std::slice::from_ref(&map)).unwrap();
        assert_eq!(shown.as_str(), Some(""));
        recorded::call("unset", &[map, Value::plain("self")]).unwrap();
    }
}
