//! `toYaml`, `fromYaml` and their kin (Helm `funcs.go`), with the origin of each scalar carried through.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bytes;
use crate::engine::text::{NOWHERE, OriginId, Text, TextBuilder};
use crate::engine::value::{IntType, Kind, StructType, Value};
use crate::yaml::{self, Data, Node, NodeKind, SyntaxError, Written};

use super::arguments::{any, text};
use super::format::format_float;
use super::json::mismatch;
use super::json_reader::memory_at;
use super::lists::nil_list;
use super::stringers::stringer;
use super::{Call, Failure, Implementation};

/// Deepest nesting that is written.
const MAX_DEPTH: usize = 256;

/// Most values that a text may give; aliases make many out of few.
const MAX_VALUES: usize = 1 << 20;

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("fromYaml", from_yaml),
    ("fromYamlArray", from_yaml_array),
    ("mustToYaml", must_to_yaml),
    ("toYaml", to_yaml),
    ("toYamlPretty", to_yaml_pretty),
];

pub(in crate::engine) fn to_yaml(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    match must_to_yaml(call, args) {
        Err(Failure::Error(_)) => Ok(call.string("", args)),
        other => other,
    }
}

pub(in crate::engine) fn must_to_yaml(
    call: &mut Call<'_>,
    args: &[Value],
) -> Result<Value, Failure> {
    let value = any(args, 0)?;
    let mut leaves = Leaves { values: Vec::new(), through_json: true };
    let tree = leaves.tree(value, 0)?;
    let written = yaml::write(&leaves.data(&tree));
    leaves.show(call, args, written)
}

fn to_yaml_pretty(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let value = any(args, 0)?;
    let mut leaves = Leaves { values: Vec::new(), through_json: false };
    if holds_bytes(value, 0) {
        return Err(Failure::Unsupported("toYamlPretty of bytes that are no UTF-8".to_owned()));
    }
    let tree = leaves.tree(value, 0)?;
    let written = yaml::write_pretty(&leaves.data(&tree));
    leaves.show(call, args, written)
}

/// Whether a string of it is no UTF-8.
fn holds_bytes(value: &Value, depth: usize) -> bool {
    let is_bytes = |text: &str| {
        bytes::has_escapes(text) && bytes::pieces(text).iter().any(|piece| piece.byte.is_some())
    };
    match &value.kind {
        Kind::Str(text) => is_bytes(text.as_str()),
        Kind::List(list) if depth < MAX_DEPTH => {
            list.items.iter().any(|item| holds_bytes(item, depth + 1))
        }
        Kind::Map(map) if depth < MAX_DEPTH => map
            .entries
            .borrow()
            .iter()
            .any(|(key, value)| is_bytes(key) || holds_bytes(value, depth + 1)),
        _ => false,
    }
}

/// The shape of a value; scalars are counted in the order in which they stand.
enum Tree {
    Leaf(usize),
    Time(usize),
    Seq(Vec<Tree>),
    Map(Vec<(Arc<str>, Tree)>),
    Struct(Vec<(Arc<str>, Tree)>),
}

/// The scalars of a value.
struct Leaves {
    values: Vec<Value>,
    /// Whether `encoding/json` sees the value first, as in `toYaml`.
    through_json: bool,
}

impl Leaves {
    fn leaf(&mut self, mut value: Value) -> Tree {
        if let Some(text) = value.as_text()
            && bytes::has_escapes(text.as_str())
        {
            let memory = value.source();
            let shown = bytes::shown(text.as_str()).into_owned();
            value = Value::text(Text::with_origin(shown, OriginId::of_memory(memory), NOWHERE))
                .with_memory(memory);
        }
        self.values.push(value);
        Tree::Leaf(self.values.len() - 1)
    }

    fn tree(&mut self, value: &Value, depth: usize) -> Result<Tree, Failure> {
        if depth > MAX_DEPTH {
            let ty = value.type_name();
            return Err(Failure::Error(format!(
                "error marshaling into JSON: json: unsupported value: encountered a cycle via {ty}"
            )));
        }
        match &value.kind {
            Kind::List(list) if list.ty.is_nil() && self.through_json => {
                Ok(self.leaf(Value::NIL.with_memory(value.memory)))
            }
            Kind::List(list) => {
                let items = list.items.iter().map(|item| self.tree(item, depth + 1));
                Ok(Tree::Seq(items.collect::<Result<_, _>>()?))
            }
            Kind::Map(map) if map.ty.is_nil() && self.through_json => {
                Ok(self.leaf(Value::NIL.with_memory(value.memory)))
            }
            Kind::Map(map) => {
                let entries = map.entries.borrow();
                let entries = entries.iter().map(|(key, value)| {
                    let key = match bytes::shown(key) {
                        Cow::Borrowed(_) => Arc::clone(key),
                        Cow::Owned(shown) => Arc::from(shown),
                    };
                    Ok((key, self.tree(value, depth + 1)?))
                });
                Ok(Tree::Map(entries.collect::<Result<_, Failure>>()?))
            }
            Kind::Bytes(bytes) if self.through_json => {
                Ok(self.leaf(Value::plain(STANDARD.encode(bytes)).with_memory(value.memory)))
            }
            Kind::Bytes(bytes) => Ok(Tree::Seq(
                bytes.iter().map(|byte| self.leaf(Value::int(i64::from(*byte)))).collect(),
            )),
            Kind::Float(float) if self.through_json && !float.is_finite() => {
                let shown = format_float(*float, b'g', None, 64);
                Err(Failure::Error(format!(
                    "error marshaling into JSON: json: unsupported value: {shown}"
                )))
            }
            Kind::Int(_, IntType::Duration) if !self.through_json => {
                Ok(self.leaf(Value::text(stringer(value).unwrap_or_default())))
            }
            Kind::Struct(structure) => {
                if structure.ty == StructType::Time && !self.through_json {
                    let text = super::dates::rfc3339(value).unwrap_or_default();
                    self.values.push(Value::plain(text));
                    return Ok(Tree::Time(self.values.len() - 1));
                }
                let as_string = match structure.ty {
                    StructType::Semver => stringer(value),
                    StructType::Time => super::dates::rfc3339(value).map(Text::plain),
                    _ => None,
                };
                if let Some(text) = as_string {
                    return Ok(self.leaf(Value::text(text)));
                }
                let mut entries = Vec::new();
                for field in &structure.fields {
                    let lower = || Some(Cow::from(field.name.to_lowercase()));
                    let name = if self.through_json { field.json.map(Cow::from) } else { lower() };
                    let Some(name) = name else { continue };
                    if self.through_json && field.omit_empty && !field.value.truth() {
                        continue;
                    }
                    entries.push((Arc::from(&*name), self.tree(&field.value, depth + 1)?));
                }
                Ok(Tree::Struct(entries))
            }
            _ => Ok(self.leaf(value.clone())),
        }
    }

    fn data<'a>(&'a self, tree: &'a Tree) -> Data<'a> {
        match tree {
            Tree::Seq(items) => Data::Seq(items.iter().map(|item| self.data(item)).collect()),
            Tree::Map(entries) => Data::Map(self.entries(entries)),
            Tree::Struct(entries) => Data::Struct(self.entries(entries)),
            Tree::Time(at) => {
                Data::Time(self.values.get(*at).and_then(Value::as_str).unwrap_or_default())
            }
            Tree::Leaf(at) => match self.values.get(*at).map(|value| &value.kind) {
                Some(Kind::Bool(value)) => Data::Bool(*value),
                Some(Kind::Int(value, IntType::Uint64)) => Data::Uint(*value as u64),
                Some(Kind::Int(value, _)) => Data::Int(*value),
                Some(Kind::Float(value)) => Data::Float(*value),
                Some(Kind::Str(text)) => Data::Str(text.as_str()),
                _ => Data::Null,
            },
        }
    }

    fn entries<'a>(&'a self, entries: &'a [(Arc<str>, Tree)]) -> Vec<(Cow<'a, str>, Data<'a>)> {
        entries.iter().map(|(key, value)| (Cow::Borrowed(&**key), self.data(value))).collect()
    }

    /// What was written, each piece with the origin of its scalar and the rest with that of the call.
    fn show(
        &self,
        call: &mut Call<'_>,
        args: &[Value],
        written: Option<Written>,
    ) -> Result<Value, Failure> {
        let Some(written) = written else {
            return Err(Failure::error("yaml: control characters are not allowed"));
        };
        let output = written.text.strip_suffix('\n').unwrap_or(&written.text);
        let origin = call.origin(args);
        let mut out = TextBuilder::default();
        let mut done = 0;
        for piece in &written.pieces {
            let end = (piece.end as usize).min(output.len());
            let start = (piece.start as usize).min(end);
            out.push(output.get(done..start).unwrap_or_default(), origin, NOWHERE);
            let shown = output.get(start..end).unwrap_or_default();
            match self.values.get(piece.leaf as usize) {
                Some(leaf) => push_leaf(&mut out, shown, leaf, piece.text_start, origin),
                None => out.push(shown, origin, NOWHERE),
            }
            done = end;
        }
        out.push(output.get(done..).unwrap_or_default(), origin, NOWHERE);
        Ok(Value::text(out.finish()))
    }
}

fn push_leaf(
    out: &mut TextBuilder,
    shown: &str,
    leaf: &Value,
    text_start: Option<u32>,
    origin: OriginId,
) {
    if let (Some(text), Some(from)) = (leaf.as_text(), text_start) {
        let range = from as usize..from as usize + shown.len();
        if text.as_str().get(range.clone()) == Some(shown) {
            let mut start = 0;
            for run in text.runs(range) {
                let end = run.end as usize;
                let part = shown.get(start..end).unwrap_or_default();
                let known = run.origin != OriginId::NONE;
                out.push(
                    part,
                    if known { run.origin } else { origin },
                    if known { run.at } else { NOWHERE },
                );
                start = end;
            }
            return;
        }
    }
    let memory = OriginId::of_memory(leaf.source());
    out.push(shown, if memory == OriginId::NONE { origin } else { memory }, NOWHERE);
}

fn from_yaml(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let error = match read(call, text(args, 0)?)? {
        Ok(value) => match value.kind {
            Kind::Map(_) => return Ok(value),
            Kind::Nil => return Ok(Value::map(BTreeMap::new())),
            _ => decoding(&value, "map[string]interface {}"),
        },
        Err(error) => error,
    };
    let error = call.string(error, args);
    Ok(Value::map(BTreeMap::from([(Arc::from("Error"), error)])))
}

fn from_yaml_array(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let error = match read(call, text(args, 0)?)? {
        Ok(value) => match value.kind {
            Kind::List(_) => return Ok(value),
            Kind::Nil => return Ok(nil_list()),
            _ => decoding(&value, "[]interface {}"),
        },
        Err(error) => error,
    };
    Ok(Value::list(vec![call.string(error, args)]))
}

fn decoding(value: &Value, expected: &str) -> String {
    let mismatch = mismatch(value, expected);
    format!("error unmarshaling JSON: while decoding JSON: {mismatch}")
}

/// The first document; or the error that Helm shows.
fn read(call: &mut Call<'_>, text: &Text) -> Result<Result<Value, String>, Failure> {
    if let Some((_, message)) = bytes::yaml_fault(text.as_str()) {
        return Ok(Err(format!("error converting YAML to JSON: yaml: {message}")));
    }
    let stream = yaml::parse(text.as_str());
    let end = stream.documents.first().map_or(u32::MAX, |document| document.range.end);
    let root = stream.documents.first().and_then(|document| document.root.as_ref());
    // What begins no document behind the first one is never looked at.
    let behind = |error: &SyntaxError| {
        error.range.start >= end || error.message.ends_with("<document start>")
    };
    if let Some(error) = stream.errors.first()
        && (root.is_none() || !behind(error))
    {
        return Ok(Err(error.helm_text()));
    }
    let Some(root) = root else { return Ok(Ok(Value::NIL)) };
    let origin = call.origin(&[Value::text(text.clone())]);
    let mut reader = Reader { call, text, origin, left: MAX_VALUES };
    reader.value(&root.node).map(Ok)
}

struct Reader<'a, 'b> {
    call: &'a Call<'b>,
    text: &'a Text,
    origin: OriginId,
    left: usize,
}

impl Reader<'_, '_> {
    fn value(&mut self, node: &Node) -> Result<Value, Failure> {
        let Some(left) = self.left.checked_sub(1) else {
            return Err(Failure::Limit(format!("YAML with more than {MAX_VALUES} values")));
        };
        self.left = left;
        let start = node.range.start as usize;
        let value = match &node.kind {
            NodeKind::Null => Value::NIL,
            NodeKind::Bool(value) => Value::bool(*value),
            NodeKind::Number(number) => Value::float(number.as_f64()),
            NodeKind::Str(text) => return Ok(Value::text(self.string(node, text))),
            NodeKind::Seq(items) => {
                let items = items.iter().map(|item| self.value(&item.node));
                return Ok(Value::list(items.collect::<Result<_, _>>()?));
            }
            NodeKind::Map(_) => {
                let mut entries = BTreeMap::new();
                for entry in node.entries() {
                    entries.insert(Arc::clone(&entry.key), self.value(&entry.value.node)?);
                }
                return Ok(Value::map(entries));
            }
        };
        Ok(value.with_memory(memory_at(self.call, self.text, start)))
    }

    /// A scalar's text: what stands literally keeps the origin it has there.
    fn string(&self, node: &Node, text: &Arc<str>) -> Text {
        let mut out = TextBuilder::default();
        for segment in &node.segments {
            let (start, from) = (segment.text_start as usize, segment.source_start as usize);
            let len = segment.len as usize;
            out.push(text.get(out.len()..start).unwrap_or_default(), self.origin, NOWHERE);
            let literal = self.text.as_str().get(from..from + len);
            if literal.is_some() && text.get(start..start + len) == literal && out.len() == start {
                out.push_slice(self.text, from..from + len);
            }
        }
        out.push(text.get(out.len()..).unwrap_or_default(), self.origin, NOWHERE);
        if out.as_str() == &**text {
            out.finish()
        } else {
            Text::with_origin(Arc::clone(text), self.origin, NOWHERE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::*;

    #[test]
    fn yaml_is_as_recorded() {
        recorded::check("yaml.jsonl");
    }

    /// Writes `value`, whose text is read again; shows which bytes come from a file, and from where.
    #[track_caller]
    fn check(name: &str, value: Value, expected: &str) {
        let mut out = recorded::call(name, &[value]).unwrap();
        if let Some(map) = out.clone().as_map() {
            out = map.entries.borrow().get("a").cloned().unwrap();
        }
        let text = out.as_text().unwrap();
        let mut start = 0;
        let shown: Vec<String> = text
            .runs(0..text.len())
            .map(|run| {
                let part = &text.as_str()[start..run.end as usize];
                start = run.end as usize;
                let at = if run.at == NOWHERE { "-".to_owned() } else { run.at.to_string() };
                format!("{part:?}@{at}")
            })
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    fn literal(text: &str, at: u32) -> Value {
        let mut memories = crate::engine::origin::Memories::default();
        let memory = memories.add(crate::engine::origin::Memory {
            kind: crate::engine::origin::MemoryKind::Values,
            parent: crate::engine::text::MemoryId::NONE,
            segment: "a".into(),
            is_index: false,
            key: None,
            value: None,
        });
        Value::text(Text::with_origin(text, OriginId::of_memory(memory), at))
    }

    #[test]
    fn scalars_keep_their_place_when_written() {
        let map = |value| Value::map(BTreeMap::from([(Arc::from("a"), value)]));
        check("toYaml", map(literal("some text", 7)), r#""a: "@- "some text"@7"#);
        let expected = r#""{\"a\":\""@- "x"@7 "\\\""@- "y"@9 "\"}"@-"#;
        check("toJson", map(literal("x\"y", 7)), expected);
    }

    #[test]
    fn scalars_keep_their_place_when_read() {
        check("fromYaml", literal("a: some text", 7), r#""some text"@10"#);
        check("fromYaml", literal("a: \"q\\tr\"", 7), r#""q"@11 "\t"@- "r"@14"#);
        check("fromJson", literal(r#"{"a":"b c"}"#, 7), r#""b c"@13"#);
    }

    #[test]
    fn a_nil_list_is_null() {
        let rest = recorded::call("rest", &[Value::list(Vec::new())]).unwrap();
        check("toYaml", rest.clone(), r#""null"@-"#);
        check("toJson", rest, r#""null"@-"#);
    }
}
