//! Values held against values.schema.json, of the chart and of its subcharts (`ValidateAgainstSchema` in
//! `pkg/chart/common/util/jsonschema.go`).

mod references;
mod violations;
mod words;

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use boon::{CompileError, Compiler, SchemaIndex, Schemas, UrlLoader};
use percent_encoding::percent_decode_str;
use serde_json::Value as Json;

use crate::chart::ChartFile;
use crate::manifest::pointer::{Pointer, Step};
use crate::source::{FileId, SourceMap, Span, TextRange};
use crate::template::go_quote;
use crate::values::{Active, ActiveChart, Data, Value};
use crate::yaml::{self, Stream};

/// The name under which Helm hands the schema to its library.
const SCHEMA_URL: &str = "file:///values.schema.json";

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
#[derive(Clone, Debug)]
pub enum Failure {
    /// The schema can't be used.
    Schema {
        /// Why, in a few words.
        message: String,
        /// Helm's words.
        full: String,
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
    /// It only says that there are others below it, each of which counts.
    pub is_group: bool,
    /// Keys and indices, from the top of the chart's own values.
    pub path: Vec<Arc<str>>,
    /// The first key there that the schema forbids, if it is about keys.
    pub forbidden: Option<Arc<str>>,
    /// In the words of Helm's library.
    pub message: String,
    /// JSON pointer to the keyword in the schema.
    pub keyword: String,
}

/// The verdicts on all charts that have a schema, in Helm's order; those without failure too.
pub fn validate(active: &Active<'_>) -> Vec<Verdict> {
    validate_with(active, &SchemaCache::default())
}

/// As [`validate`], with schemas that may be compiled already.
pub fn validate_with(active: &Active<'_>, cache: &SchemaCache) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    chart(&active.root, &active.values, cache, &mut verdicts);
    verdicts
}

/// Helm's error, if a chart's values are refused (`ToRenderValuesWithSchemaValidation`).
pub fn helm_text(verdicts: &[Verdict]) -> Option<String> {
    let mut text = String::new();
    for verdict in verdicts {
        let chart = &verdict.chart;
        let _ = match &verdict.failure {
            None => continue,
            Some(Failure::Schema { full, .. }) => write!(text, "{chart}:\n{full}"),
            Some(Failure::NoMapping(found)) => writeln!(
                text,
                "{chart}:\ninvalid type for values: expected object (map), got {found}"
            ),
            Some(Failure::Values(violations)) => writeln!(text, "{chart}:\n{}", listed(violations)),
        };
    }
    (!text.is_empty()).then(|| {
        format!(
            "values don't meet the specifications of the schema(s) in the following chart(s):\n{text}"
        )
    })
}

/// Violations as lines, as deep as they are.
fn listed(violations: &[Violation]) -> String {
    let lines = violations.iter().map(|violation| {
        let indent = "  ".repeat(violation.depth);
        let place = words::quote(&pointer(&violation.path));
        format!("{indent}- at {place}: {}", violation.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn chart(
    active: &ActiveChart<'_>,
    values: &Value,
    cache: &SchemaCache,
    verdicts: &mut Vec<Verdict>,
) {
    if let Some(schema) = &active.chart.schema {
        let compiled = cache.get(&schema.data);
        verdicts.push(Verdict {
            chart: Arc::clone(&active.name),
            scope: active.scope.clone(),
            schema: Some(schema.clone()),
            failure: compiled.judge(&values.to_json()).err(),
            remote: compiled.remote.clone(),
        });
    }
    for sub in &active.subcharts {
        // A name with a dot is one key here, unlike elsewhere in Helm.
        let Some(own) = values.as_map().and_then(|map| map.get(&sub.name)) else { continue };
        match &own.data {
            Data::Null => {}
            Data::Map(_) => chart(sub, own, cache, verdicts),
            other => verdicts.push(Verdict {
                chart: Arc::clone(&sub.name),
                scope: sub.scope.clone(),
                schema: None,
                failure: Some(Failure::NoMapping(other.go_type())),
                remote: Vec::new(),
            }),
        }
    }
}

/// Compiled schemas, so that one chart's values can be judged many times.
#[derive(Default)]
pub struct SchemaCache {
    known: RefCell<Vec<Known>>,
}

/// The text of a schema, and what has become of it.
type Known = (Arc<[u8]>, Rc<Compiled>);

/// A schema that is ready for use, or why it is not.
struct Compiled {
    usable: Result<(Schemas, SchemaIndex), Failure>,
    remote: Vec<String>,
}

impl SchemaCache {
    fn get(&self, schema: &Arc<[u8]>) -> Rc<Compiled> {
        let mut known = self.known.borrow_mut();
        if let Some((_, compiled)) = known.iter().find(|(other, _)| Arc::ptr_eq(other, schema)) {
            return Rc::clone(compiled);
        }
        let compiled = Rc::new(Compiled::new(schema));
        known.push((Arc::clone(schema), Rc::clone(&compiled)));
        compiled
    }
}

impl Compiled {
    fn new(schema: &[u8]) -> Self {
        let mut remote = Vec::new();
        let usable = Self::compile(schema, &mut remote);
        Self { usable, remote }
    }

    fn compile(schema: &[u8], remote: &mut Vec<String>) -> Result<(Schemas, SchemaIndex), Failure> {
        let mut parsed: Json = serde_json::from_slice(schema).map_err(|error| Failure::Schema {
            message: format!("it is no JSON: {error}"),
            full: error.to_string(),
            pointer: String::new(),
        })?;
        references::cut_remote(&mut parsed, remote);
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler.use_loader(Box::new(Nothing));
        compiler.add_resource(SCHEMA_URL, parsed).map_err(|error| unusable(&error))?;
        let index = compiler.compile(SCHEMA_URL, &mut schemas).map_err(|error| unusable(&error))?;
        Ok((schemas, index))
    }

    fn judge(&self, values: &Json) -> Result<(), Failure> {
        let (schemas, index) = self.usable.as_ref().map_err(Failure::clone)?;
        let Err(error) = schemas.validate(values, *index) else { return Ok(()) };
        let mut violations = Vec::new();
        violations::collect(&error, &mut violations);
        Err(Failure::Values(violations))
    }
}

/// What is wrong with a schema, in Go's words where they are known.
fn unusable(error: &CompileError) -> Failure {
    if let CompileError::ValidationError { url, src } = error {
        let mut violations = Vec::new();
        violations::collect(src, &mut violations);
        // The first that nothing below it explains better.
        let next_depth = |at: usize| violations.get(at + 1).map_or(0, |next| next.depth);
        let first = violations.iter().enumerate().find(|(at, one)| next_depth(*at) <= one.depth);
        if let Some((_, first)) = first {
            let text = format!(
                "{} is not valid against metaschema: jsonschema validation failed with {}\n{}",
                go_quote(url),
                words::quote(src.schema_url),
                listed(&violations)
            );
            let pointer = pointer(&first.path);
            return Failure::Schema { message: first.message.clone(), full: text, pointer };
        }
    }
    let pointer = match error {
        CompileError::InvalidRegex { url, .. } => fragment(url).to_owned(),
        _ => String::new(),
    };
    let full = format!("{error:#}");
    Failure::Schema { message: full.clone(), full, pointer }
}

fn fragment(url: &str) -> &str {
    url.split_once('#').map_or("", |(_, fragment)| fragment)
}

/// A JSON pointer to a place in values.
fn pointer(path: &[Arc<str>]) -> String {
    Pointer { steps: path.iter().map(|part| Step::Key(Arc::clone(part))).collect() }.to_string()
}

/// A schema's file as a tree, to point into.
#[derive(Debug)]
pub struct SchemaFile {
    file: FileId,
    stream: Stream,
}

impl SchemaFile {
    /// Reads a schema; `None` if it is no text, or no JSON.
    pub fn read(schema: &ChartFile, sources: &SourceMap) -> Option<Self> {
        let file = schema.file?;
        // JSON is YAML.
        Some(Self { file, stream: yaml::parse(sources.file(file).text()) })
    }

    /// Where the fragment of a URL, a JSON pointer, leads: the key of its last part, or the value if it has none. Of one
    /// that leads to nothing, the nearest place around.
    pub fn place(&self, fragment: &str) -> Span {
        let whole = TextRange::empty(0).in_file(self.file);
        let root = self.stream.documents.first().and_then(|document| document.root.as_ref());
        let decoded = percent_decode_str(fragment).decode_utf8_lossy();
        let (Some(root), Some(mut pointer)) = (root, Pointer::parse(&decoded)) else {
            return whole;
        };
        let found = loop {
            match pointer.find(root) {
                Some(found) => break found,
                None if pointer.steps.pop().is_none() => return whole,
                None => {}
            }
        };
        found.key.unwrap_or(found.value.range).in_file(self.file)
    }
}

/// References out of the file are cut before; whatever is asked for all the same, everything fulfils.
struct Nothing;

impl UrlLoader for Nothing {
    fn load(&self, _: &str) -> Result<Json, Box<dyn Error>> {
        Ok(Json::Bool(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `fragment` leads to in a schema.
    #[track_caller]
    fn check(fragment: &str, expected: &str) {
        const SCHEMA: &str = r#"{"properties": {"a/b": {"items": [{"type": "x"}]}, "ä": {}}}"#;
        let mut sources = SourceMap::default();
        let file = Some(sources.add("values.schema.json", SCHEMA));
        let schema =
            ChartFile { name: "values.schema.json".into(), data: SCHEMA.as_bytes().into(), file };
        let span = SchemaFile::read(&schema, &sources).unwrap().place(fragment);
        assert_eq!(sources.slice(span), expected);
    }

    #[test]
    fn fragments_lead_into_the_schema() {
        check("/properties/a~1b/items/0/type", "\"type\"");
        check("/properties/%C3%A4", "\"ä\"");
        check("/properties/a~1b/items/0", "{\"type\": \"x\"}");
        check("/properties/a~1b/maximum", "\"a/b\"");
        check("#", "");
    }
}
