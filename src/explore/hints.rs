//! What values.schema.json says of a single value.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::values::{ActiveChart, Data, Value};

/// References that are followed to find one value's schema.
const MAX_REFERENCES: usize = 16;

/// What a schema says of one value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hint {
    schema: Json,
}

/// The schemas of a chart and its subcharts, by their scope.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    by_scope: Vec<(Vec<Arc<str>>, Json)>,
}

impl Schemas {
    pub(super) fn of(root: &ActiveChart<'_>) -> Self {
        let mut schemas = Self::default();
        schemas.add(root);
        schemas
    }

    fn add(&mut self, chart: &ActiveChart<'_>) {
        if let Some(file) = &chart.chart.schema
            && let Ok(schema) = serde_json::from_slice(&file.data)
        {
            self.by_scope.push((chart.scope.clone(), schema));
        }
        for sub in &chart.subcharts {
            self.add(sub);
        }
    }

    /// What the schemas say of the value at `path`.
    pub(super) fn hint(&self, path: &[Arc<str>]) -> Option<Hint> {
        self.by_scope.iter().rev().find_map(|(scope, root)| {
            let rest = path.strip_prefix(scope.as_slice())?;
            let mut schema = resolved(root, root)?;
            for part in rest {
                let in_properties = schema.get("properties").and_then(|all| all.get(&**part));
                let of_items = || part.parse::<usize>().ok().and_then(|_| schema.get("items"));
                let of_others =
                    || schema.get("additionalProperties").filter(|other| other.is_object());
                schema = resolved(root, in_properties.or_else(of_items).or_else(of_others)?)?;
            }
            Some(Hint { schema: schema.clone() })
        })
    }
}

/// The schema behind references, and the first of several that a value may fit.
fn resolved<'j>(root: &'j Json, schema: &'j Json) -> Option<&'j Json> {
    let mut schema = schema;
    for _ in 0..MAX_REFERENCES {
        if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
            schema = root.pointer(reference.strip_prefix('#')?)?;
            continue;
        }
        if schema.get("type").is_some()
            || schema.get("enum").is_some()
            || schema.get("properties").is_some()
        {
            return Some(schema);
        }
        let several = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| schema.get(*key));
        match several.and_then(|all| all.get(0)) {
            Some(first) => schema = first,
            None => return Some(schema),
        }
    }
    None
}

impl Hint {
    /// Values that the schema names or allows, the likeliest first.
    pub(super) fn samples(&self) -> Vec<Data> {
        self.candidates().into_iter().map(|(data, _)| data).collect()
    }

    /// The same, and whether the schema names the very value.
    pub(super) fn candidates(&self) -> Vec<(Data, bool)> {
        let schema = &self.schema;
        let listed = |key: &str| schema.get(key).and_then(Json::as_array);
        if let Some(values) = listed("enum") {
            return values.iter().map(|value| (data_of(value), true)).collect();
        }
        if let Some(value) = schema.get("const") {
            return vec![(data_of(value), true)];
        }
        let named = listed("examples").into_iter().flatten().chain(schema.get("default"));
        let mut found: Vec<(Data, bool)> = named.map(|value| (data_of(value), true)).collect();
        let types: Vec<&str> = match schema.get("type") {
            Some(Json::String(one)) => vec![one],
            Some(Json::Array(all)) => all.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        };
        let least = schema.get("minimum").and_then(Json::as_f64).unwrap_or(1.0).max(1.0);
        for ty in types {
            match ty {
                "boolean" => found.extend([(Data::Bool(true), true), (Data::Bool(false), true)]),
                "integer" | "number" => found.push((Data::Float(least), true)),
                "array" => {
                    let item = schema.get("items").map(|items| Self { schema: items.clone() });
                    let item = item.and_then(|item| item.samples().into_iter().next());
                    let item = item.unwrap_or_else(|| Data::Str(Arc::from(super::shape::MADE_UP)));
                    found.push((Data::List(vec![Value::made_up(item)]), false));
                }
                "object" => found.push((self.object(), false)),
                "string" if schema.get("pattern").is_none() && schema.get("format").is_none() => {
                    found.push((Data::Str(Arc::from(super::shape::MADE_UP)), false));
                }
                _ => {}
            }
        }
        found
    }

    /// An object with what it must have, or else with one entry.
    fn object(&self) -> Data {
        let mut map = BTreeMap::new();
        let properties = self.schema.get("properties");
        let required = self.schema.get("required").and_then(Json::as_array);
        for name in required.into_iter().flatten().filter_map(Json::as_str) {
            let schema = properties.and_then(|all| all.get(name)).cloned().unwrap_or_default();
            let sample = Self { schema }.samples().into_iter().next();
            let sample = sample.unwrap_or_else(|| Data::Str(Arc::from(super::shape::MADE_UP)));
            map.insert(Arc::from(name), Value::made_up(sample));
        }
        if map.is_empty() && self.schema.get("additionalProperties") != Some(&Json::Bool(false)) {
            let sample = Data::Str(Arc::from(super::shape::MADE_UP));
            map.insert(Arc::from(super::shape::MADE_UP), Value::made_up(sample));
        }
        Data::Map(map)
    }
}

fn data_of(json: &Json) -> Data {
    match json {
        Json::Null => Data::Null,
        Json::Bool(truth) => Data::Bool(*truth),
        Json::Number(number) => Data::Float(number.as_f64().unwrap_or_default()),
        Json::String(text) => Data::Str(Arc::from(text.as_str())),
        Json::Array(items) => {
            Data::List(items.iter().map(|item| Value::made_up(data_of(item))).collect())
        }
        Json::Object(map) => Data::Map(
            map.iter()
                .map(|(key, value)| (Arc::from(key.as_str()), Value::made_up(data_of(value))))
                .collect(),
        ),
    }
}
