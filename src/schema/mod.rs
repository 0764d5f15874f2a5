//! Values held against values.schema.json, of the chart and of its subcharts (`ValidateAgainstSchema` in
//! `pkg/chart/common/util/jsonschema.go`).

mod words;

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;

use boon::{Compiler, ErrorKind, InstanceToken, Schemas, UrlLoader, ValidationError};
use serde_json::{Map, Number, Value as Json};

use crate::chart::ChartFile;
use crate::source::Span;
use crate::values::{Active, ActiveChart, Data, Value};
use crate::yaml::{self, Node, NodeKind};

/// The name under which Helm hands the schema to its library.
const SCHEMA_URL: &str = "file:///values.schema.json";

/// Integers up to here are exact in `float64`.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// What came of one chart's values.
#[derive(Debug)]
pub struct Verdict {
    /// The chart's name, or its alias.
    pub chart: Arc<str>,
    /// Names from the root's subchart down to the chart; empty for the root.
    pub scope: Vec<Arc<str>>,
    /// The schema; `None` where the values are no mapping at all.
    pub schema: Option<ChartFile>,
    /// What is wrong. At most one if the schema itself is.
    pub failure: Option<Failure>,
    /// References that lead out of the file; they are not followed, and whatever they ask for is taken as fulfilled.
    pub remote: Vec<String>,
}

/// Why values are refused.
#[derive(Debug)]
pub enum Failure {
    /// The schema can't be used.
    Schema {
        /// Why.
        message: String,
        /// JSON pointer to the place in the schema, if it is known.
        pointer: String,
    },
    /// The values break it.
    Values(Vec<Violation>),
    /// What stands in the place of a subchart's values is no mapping; Go's name of its type.
    NoMapping(&'static str),
}

/// One line of the complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// How deep it stands below others: what is deeper explains what is above it.
    pub depth: usize,
    /// Keys and indices, from the top of the chart's own values.
    pub path: Vec<Arc<str>>,
    /// In the words of Helm's library.
    pub message: String,
    /// JSON pointer to the keyword in the schema.
    pub keyword: String,
}

/// The verdicts on all charts that have a schema, in Helm's order; those without failure too.
pub fn validate(active: &Active<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    chart(&active.root, &active.values, &mut verdicts);
    verdicts
}

/// Helm's error, if a chart's values are refused (`ToRenderValuesWithSchemaValidation`).
pub fn helm_text(verdicts: &[Verdict]) -> Option<String> {
    let mut text = String::new();
    for verdict in verdicts {
        let chart = &verdict.chart;
        match &verdict.failure {
            None => {}
            Some(Failure::Schema { message, .. }) => text += &format!("{chart}:\n{message}"),
            Some(Failure::NoMapping(found)) => {
                text += &format!(
                    "{chart}:\ninvalid type for values: expected object (map), got {found}\n"
                );
            }
            Some(Failure::Values(violations)) => {
                text += &format!("{chart}:\n");
                for violation in violations {
                    let indent = "  ".repeat(violation.depth);
                    let place = words::quote(&pointer(&violation.path));
                    text += &format!("{indent}- at {place}: {}\n", violation.message);
                }
            }
        }
    }
    (!text.is_empty()).then(|| {
        format!(
            "values don't meet the specifications of the schema(s) in the following chart(s):\n{text}"
        )
    })
}

fn chart(active: &ActiveChart<'_>, values: &Value, verdicts: &mut Vec<Verdict>) {
    if let Some(schema) = &active.chart.schema {
        let mut verdict = Verdict {
            chart: Arc::clone(&active.name),
            scope: active.scope.clone(),
            schema: Some(schema.clone()),
            failure: None,
            remote: Vec::new(),
        };
        let remote = Remote::default();
        verdict.failure = single(&schema.data, &json(values), &remote).err();
        verdict.remote = remote.asked.take();
        verdicts.push(verdict);
    }
    for sub in &active.subcharts {
        // A name with a dot is one key here, unlike elsewhere in Helm.
        let Data::Map(map) = &values.data else { continue };
        match map.get(&sub.name) {
            None => {}
            Some(own) => match go_type(own) {
                _ if matches!(own.data, Data::Null) => {}
                None => chart(sub, own, verdicts),
                Some(found) => verdicts.push(Verdict {
                    chart: Arc::clone(&sub.name),
                    scope: sub.scope.clone(),
                    schema: None,
                    failure: Some(Failure::NoMapping(found)),
                    remote: Vec::new(),
                }),
            },
        }
    }
}

/// Go's name of the type of what is no mapping.
const fn go_type(value: &Value) -> Option<&'static str> {
    Some(match value.data {
        Data::Map(_) => return None,
        Data::Null => "<nil>",
        Data::Bool(_) => "bool",
        Data::Int(_) => "int64",
        Data::Float(_) => "float64",
        Data::Str(_) => "string",
        Data::List(_) => "[]interface {}",
    })
}

fn single(schema: &[u8], values: &Json, remote: &Remote) -> Result<(), Failure> {
    let broken =
        |message: String, pointer: &str| Failure::Schema { message, pointer: pointer.to_owned() };
    let parsed: Json =
        serde_json::from_slice(schema).map_err(|error| broken(error.to_string(), ""))?;
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.use_loader(Box::new(remote.clone()));
    let compiled = compiler
        .add_resource(SCHEMA_URL, parsed)
        .and_then(|()| compiler.compile(SCHEMA_URL, &mut schemas));
    let index = compiled.map_err(|error| {
        let pointer = match &error {
            boon::CompileError::InvalidRegex { url, .. } => fragment(url),
            _ => "",
        };
        broken(format!("{error:#}"), pointer)
    })?;
    let Err(error) = schemas.validate(values, index) else { return Ok(()) };
    let mut violations = Vec::new();
    collect(&error, 0, &mut violations);
    Err(Failure::Values(violations))
}

/// Flattens the tree of errors. The outermost one only says that there are some.
fn collect(error: &ValidationError<'_, '_>, depth: usize, out: &mut Vec<Violation>) {
    let is_outermost = matches!(error.kind, ErrorKind::Schema { .. });
    let is_passed_over =
        matches!(error.kind, ErrorKind::Reference { .. }) && error.causes.len() == 1;
    let mut below = depth;
    if !is_outermost && !is_passed_over {
        let keyword = error.kind.keyword_path().map_or_else(String::new, |path| format!("/{path}"));
        out.push(Violation {
            depth,
            path: error.instance_location.tokens.iter().map(segment).collect(),
            message: words::of(&error.kind),
            keyword: format!("{}{keyword}", fragment(error.schema_url)),
        });
        below += 1;
    }
    // Go goes through mappings in no order; by place is a good one.
    let mut causes: Vec<(String, &ValidationError<'_, '_>)> =
        error.causes.iter().map(|cause| (cause.instance_location.to_string(), cause)).collect();
    causes.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (_, cause) in causes {
        collect(cause, below, out);
    }
}

fn segment(token: &InstanceToken<'_>) -> Arc<str> {
    match token {
        InstanceToken::Prop(name) => Arc::from(&**name),
        InstanceToken::Item(index) => Arc::from(index.to_string()),
    }
}

fn fragment(url: &str) -> &str {
    url.split_once('#').map_or("", |(_, fragment)| fragment)
}

/// A JSON pointer.
fn pointer(path: &[Arc<str>]) -> String {
    path.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

/// Where a JSON pointer leads in the schema's file: the key of the last part, or the value if it has none.
pub fn place(schema: &ChartFile, text: &str, pointer: &str) -> Option<Span> {
    let file = schema.file?;
    let stream = yaml::parse(text);
    let root = stream.documents.first()?.root.as_ref()?;
    let mut place = root.range;
    let mut node: &Node = &root.node;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        // Fragments of URLs escape what JSON pointers need not.
        let part = percent_decoded(&part);
        let next = match &node.kind {
            NodeKind::Map(_) => node.get(&part).map(|entry| (entry.key_range, &entry.value.node)),
            NodeKind::Seq(items) => part
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index))
                .map(|item| (item.range, &item.node)),
            _ => None,
        };
        let Some((range, inner)) = next else { break };
        (place, node) = (range, inner);
    }
    Some(place.in_file(file))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let decoded = (*first == b'%')
            .then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match decoded {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn json(value: &Value) -> Json {
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(value) => Json::Bool(*value),
        Data::Int(value) => Json::Number(Number::from(*value)),
        // Whole numbers print without a fraction.
        Data::Float(value) if value.fract() == 0.0 && value.abs() <= MAX_EXACT => {
            Json::Number(Number::from(*value as i64))
        }
        Data::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
        Data::Str(text) => Json::String(text.to_string()),
        Data::List(items) => Json::Array(items.iter().map(json).collect()),
        Data::Map(map) => {
            let entries = map.iter().map(|(key, value)| (key.to_string(), json(value)));
            Json::Object(entries.collect::<Map<String, Json>>())
        }
    }
}

/// Stands in for what other files and the network hold: a schema that everything fulfils.
#[derive(Clone, Default)]
struct Remote {
    asked: Rc<RefCell<Vec<String>>>,
}

impl UrlLoader for Remote {
    fn load(&self, url: &str) -> Result<Json, Box<dyn Error>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.iter().any(|known| known == url) {
            asked.push(url.to_owned());
        }
        Ok(Json::Bool(true))
    }
}
