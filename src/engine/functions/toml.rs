//! `toToml` and `fromToml` (Helm `funcs.go`) as BurntSushi/toml 1.6 writes and reads TOML (`encode.go`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::text::{At, NOWHERE, OriginId, Text, TextBuilder};
use crate::engine::value::{IntType, Kind, ListType, StructType, Value};

use super::arguments::{any, str};
use super::format::format_float;
use super::stringers::stringer;
use super::{Call, Failure, Implementation};

/// Deepest nesting that is written.
const MAX_DEPTH: usize = 256;

pub(super) static FUNCTIONS: &[(&str, Implementation)] =
    &[("fromToml", from_toml), ("mustToToml", must_to_toml), ("toToml", to_toml)];

/// Helm shows the error of the encoder in place of TOML; a panic of Go's `reflect` stays one.
fn to_toml(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    match must_to_toml(call, args) {
        Err(Failure::Error(error)) if error != NIL_TYPE => Ok(call.string(error, args)),
        other => other,
    }
}

const NIL_TYPE: &str = "reflect: call of reflect.Value.Type on zero Value";
const NIL_ELEMENT: &str = "toml: cannot encode array with nil element";

fn must_to_toml(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let value = any(args, 0)?;
    if value.is_nil() {
        return Err(Failure::error(NIL_TYPE));
    }
    let origin = call.origin(args);
    let mut writer = Writer { out: TextBuilder::default(), origin };
    writer.value(&mut Vec::new(), value)?;
    Ok(Value::text(writer.out.finish()))
}

/// What decides where a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Nil,
    Plain,
    Table,
    TableArray,
}

fn shape(value: &Value, depth: usize) -> Result<Shape, Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::Limit(format!("a value nests deeper than {MAX_DEPTH}")));
    }
    Ok(match &value.kind {
        Kind::Nil => Shape::Nil,
        Kind::Map(map) if map.ty.is_nil() => Shape::Nil,
        Kind::Map(_) => Shape::Table,
        Kind::Struct(structure) => match structure.ty {
            StructType::Semver | StructType::Time => Shape::Plain,
            _ => Shape::Table,
        },
        Kind::List(list) if list.ty.is_nil() => Shape::Nil,
        Kind::List(list) => {
            let mut all_tables = !list.items.is_empty();
            for item in &list.items {
                match shape(item, depth + 1)? {
                    Shape::Nil => return Err(Failure::error(NIL_ELEMENT)),
                    Shape::Table => {}
                    _ => all_tables = false,
                }
            }
            if all_tables { Shape::TableArray } else { Shape::Plain }
        }
        _ => Shape::Plain,
    })
}

/// The entries of a table: those that are written under its own header first.
fn entries_of(value: &Value) -> Result<Vec<(Arc<str>, Value)>, Failure> {
    let entries: Vec<(Arc<str>, Value)> = match &value.kind {
        Kind::Map(map) => {
            let entries = map.entries.borrow();
            entries.iter().map(|(key, value)| (Arc::clone(key), value.clone())).collect()
        }
        Kind::Struct(structure) => {
            let fields = structure.fields.iter();
            fields.map(|field| (Arc::from(field.name), field.value.clone())).collect()
        }
        _ => Vec::new(),
    };
    let (mut direct, mut tables) = (Vec::new(), Vec::new());
    for (key, value) in entries {
        match shape(&value, 0)? {
            Shape::Table | Shape::TableArray => tables.push((key, value)),
            _ => direct.push((key, value)),
        }
    }
    direct.append(&mut tables);
    Ok(direct)
}

struct Writer {
    out: TextBuilder,
    origin: OriginId,
}

impl Writer {
    fn own(&mut self, text: &str) {
        self.out.push(text, self.origin, NOWHERE);
    }

    fn newline(&mut self) {
        if !self.out.is_empty() {
            self.own("\n");
        }
    }

    fn indent(&mut self, key: &[Arc<str>]) {
        for _ in 1..key.len() {
            self.own("  ");
        }
    }

    fn value(&mut self, key: &mut Vec<Arc<str>>, value: &Value) -> Result<(), Failure> {
        if key.len() > MAX_DEPTH {
            return Err(Failure::Limit(format!("a value nests deeper than {MAX_DEPTH}")));
        }
        match shape(value, 0)? {
            Shape::Nil if key.is_empty() => {
                self.own("[]");
                Ok(())
            }
            Shape::Nil => Ok(()),
            Shape::Table => {
                if key.len() == 1 {
                    self.newline();
                }
                self.header(key, "[", "]");
                self.table(key, value)
            }
            Shape::TableArray => {
                if key.is_empty() {
                    return Err(Failure::error(
                        "toml: top-level values must be Go maps or structs",
                    ));
                }
                for item in value.as_list().iter().flat_map(|list| &list.items) {
                    self.newline();
                    self.header(key, "[[", "]]");
                    self.table(key, item)?;
                }
                Ok(())
            }
            Shape::Plain if key.is_empty() => self.element(value, 0),
            Shape::Plain => {
                self.indent(key);
                let name = key.last().map(|key| quoted_key(key)).unwrap_or_default();
                self.own(&name);
                self.own(" = ");
                self.element(value, 0)?;
                self.newline();
                Ok(())
            }
        }
    }

    fn header(&mut self, key: &[Arc<str>], open: &str, close: &str) {
        if key.is_empty() {
            return;
        }
        let path: Vec<String> = key.iter().map(|key| quoted_key(key)).collect();
        self.indent(key);
        self.own(&format!("{open}{}{close}", path.join(".")));
        self.newline();
    }

    fn table(&mut self, key: &mut Vec<Arc<str>>, value: &Value) -> Result<(), Failure> {
        for (name, value) in entries_of(value)? {
            key.push(name);
            self.value(key, &value)?;
            key.pop();
        }
        Ok(())
    }

    /// A value on one line.
    fn element(&mut self, value: &Value, depth: usize) -> Result<(), Failure> {
        if depth > MAX_DEPTH {
            return Err(Failure::Limit(format!("a value nests deeper than {MAX_DEPTH}")));
        }
        let memory = OriginId::of_memory(value.memory);
        let origin = if memory == OriginId::NONE { self.origin } else { memory };
        match &value.kind {
            Kind::Nil => {}
            Kind::Bool(value) => self.out.push(&value.to_string(), origin, NOWHERE),
            Kind::Int(_, IntType::Duration) => self.string(&stringer(value).unwrap_or_default()),
            Kind::Int(value, IntType::Uint64) => {
                self.out.push(&(*value as u64).to_string(), origin, NOWHERE);
            }
            Kind::Int(value, _) => self.out.push(&value.to_string(), origin, NOWHERE),
            Kind::Float(value) => self.out.push(&float(*value), origin, NOWHERE),
            Kind::Str(text) => self.string(text),
            Kind::Bytes(bytes) => {
                let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
                self.own(&format!("[{}]", bytes.join(", ")));
            }
            Kind::List(list) => {
                self.own("[");
                for (at, item) in list.items.iter().enumerate() {
                    if at > 0 {
                        self.own(", ");
                    }
                    self.element(item, depth + 1)?;
                }
                self.own("]");
            }
            Kind::Struct(structure) if structure.ty == StructType::Semver => {
                self.string(&stringer(value).unwrap_or_default());
            }
            Kind::Struct(structure) if structure.ty == StructType::Time => {
                self.own(&super::dates::rfc3339(value).unwrap_or_default());
            }
            Kind::Map(_) | Kind::Struct(_) => self.inline_table(value, depth)?,
        }
        Ok(())
    }

    /// A nil entry leaves its comma out, but not that of the entry before it.
    fn inline_table(&mut self, value: &Value, depth: usize) -> Result<(), Failure> {
        self.own("{");
        let entries = entries_of(value)?;
        for (at, (key, value)) in entries.iter().enumerate() {
            if shape(value, 0)? == Shape::Nil {
                continue;
            }
            self.own(&quoted_key(key));
            self.own(" = ");
            self.element(value, depth + 1)?;
            if at + 1 != entries.len() {
                self.own(", ");
            }
        }
        self.own("}");
        Ok(())
    }

    fn string(&mut self, text: &Text) {
        self.own("\"");
        let source = text.as_str();
        let mut start = 0;
        for run in text.runs(0..source.len()) {
            let end = run.end as usize;
            let known = run.origin != OriginId::NONE;
            let origin = if known { run.origin } else { self.origin };
            let at = if known { run.at } else { NOWHERE };
            self.escaped(source.get(start..end).unwrap_or_default(), origin, at);
            start = end;
        }
        self.own("\"");
    }

    fn escaped(&mut self, text: &str, origin: OriginId, at: At) {
        let mut start = 0;
        let place = |offset: usize| if at == NOWHERE { NOWHERE } else { at + offset as u32 };
        for (offset, c) in text.char_indices() {
            let Some(escape) = escape(c) else { continue };
            self.out.push(text.get(start..offset).unwrap_or_default(), origin, place(start));
            self.out.push(&escape, origin, NOWHERE);
            start = offset + c.len_utf8();
        }
        self.out.push(text.get(start..).unwrap_or_default(), origin, place(start));
    }
}

fn escape(c: char) -> Option<String> {
    Some(match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        _ if c.is_ascii_control() => format!("\\u{:04x}", c as u32),
        _ => return None,
    })
}

/// A key; bare where TOML allows that.
fn quoted_key(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !key.is_empty() && key.chars().all(is_bare) {
        return key.to_owned();
    }
    let escaped: String = key.chars().map(|c| escape(c).unwrap_or_else(|| c.to_string())).collect();
    format!("\"{escaped}\"")
}

fn float(value: f64) -> String {
    if value.is_nan() {
        return if value.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let shown = format_float(value, b'g', None, 64);
    if shown.contains(['e', '.']) { shown } else { shown + ".0" }
}

/// What Helm's library says of a text that begins with a key and has no `=` behind it.
fn without_value(text: &str) -> Option<String> {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let blanks = [' ', '\t'];
    if text.starts_with(['"', '\'']) {
        return None;
    }
    let mut rest = text;
    loop {
        let behind = rest.trim_start_matches(blanks).trim_start_matches(is_bare);
        rest = behind.trim_start_matches(blanks);
        match rest.strip_prefix('.') {
            Some(part) => rest = part,
            None => break,
        }
    }
    Some(rest.chars().next().map_or_else(
        || "unexpected EOF; expected key separator '='".to_owned(),
        |found| format!("expected '.' or '=', but got {found:?} instead"),
    ))
}

fn from_toml(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    match str(args, 0)?.parse::<::toml::Table>() {
        Ok(table) => Ok(table_value(call, args, table)),
        Err(error) => {
            let text = str(args, 0)?;
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
            let key =
                text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
            let message = match without_value(text.get(key..).unwrap_or_default()) {
                Some(message) if error.message().starts_with("key with no value") => message,
                _ => error.message().to_owned(),
            };
            let error = call.string(format!("toml: line {line}: {message}"), args);
            Ok(Value::map(BTreeMap::from([(Arc::from("Error"), error)])))
        }
    }
}

fn table_value(call: &mut Call<'_>, args: &[Value], table: ::toml::Table) -> Value {
    let entries =
        table.into_iter().map(|(key, value)| (Arc::from(key), decoded(call, args, value)));
    Value::map(entries.collect())
}

fn decoded(call: &mut Call<'_>, args: &[Value], value: ::toml::Value) -> Value {
    match value {
        ::toml::Value::String(text) => call.string(text, args),
        ::toml::Value::Integer(value) => Value::int64(value),
        ::toml::Value::Float(value) => Value::float(value),
        ::toml::Value::Boolean(value) => Value::bool(value),
        ::toml::Value::Datetime(datetime) => super::dates::from_toml(&datetime.to_string()),
        ::toml::Value::Array(items) => {
            let tables = !items.is_empty() && items.iter().all(::toml::Value::is_table);
            let items = items.into_iter().map(|item| decoded(call, args, item)).collect();
            let ty = if tables { ListType::Structs(TABLES) } else { ListType::Any };
            Value::list_of(items, ty)
        }
        ::toml::Value::Table(table) => table_value(call, args, table),
    }
}

/// Go's type of an array of tables.
const TABLES: &str = "[]map[string]interface {}";

#[cfg(test)]
mod tests {
    use super::super::recorded;

    #[test]
    fn toml_is_as_recorded() {
        recorded::check("toml.jsonl");
    }
}
