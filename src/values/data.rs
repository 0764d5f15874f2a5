//! A merged tree of values whose nodes know the file that set them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::merge::merge_maps;
use crate::source::Span;
use crate::yaml::Segment;

/// A value and the file that set it.
#[derive(Clone, Debug, Default)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it was set; `None` for made-up values (`--set` texts are files too).
    pub source: Option<Source>,
}

/// What a value is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// null
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer; only `--set` makes one, files give [`Data::Float`].
    Int(i64),
    /// A number of a file.
    Float(f64),
    /// A string.
    Str(Arc<str>),
    /// A list.
    List(Vec<Value>),
    /// A mapping.
    Map(BTreeMap<Arc<str>, Value>),
}

/// Where a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The key; `None` for list items and documents.
    pub key: Option<Span>,
    /// The value.
    pub value: Span,
    /// For a string: which of its bytes stand literally where in the value's file.
    pub segments: Arc<[Segment]>,
}

/// Values are equal if they say the same, wherever they say it.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.data == other.data
    }
}

impl Data {
    /// Go's name of the type.
    pub const fn go_type(&self) -> &'static str {
        match self {
            Self::Null => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int64",
            Self::Float(_) => "float64",
            Self::Str(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
        }
    }
}

/// Whole numbers up to here are exact in `float64`.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

impl Value {
    /// A value that no file holds.
    pub const fn made_up(data: Data) -> Self {
        Self { data, source: None }
    }

    /// The mapping.
    pub const fn as_map(&self) -> Option<&BTreeMap<Arc<str>, Self>> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The entry of a mapping, or the item of a list under its index.
    pub fn child(&self, part: &str) -> Option<&Self> {
        match &self.data {
            Data::Map(map) => map.get(part),
            Data::List(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// As JSON; whole numbers have no fraction there, as Go prints them.
    pub fn to_json(&self) -> Json {
        match &self.data {
            Data::Null => Json::Null,
            Data::Bool(value) => Json::Bool(*value),
            Data::Int(value) => Json::from(*value),
            Data::Float(value) if value.fract() == 0.0 && value.abs() <= MAX_EXACT => {
                Json::from(*value as i64)
            }
            Data::Float(value) => Json::from(*value),
            Data::Str(text) => Json::from(&**text),
            Data::List(items) => items.iter().map(Self::to_json).collect(),
            Data::Map(map) => {
                map.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect()
            }
        }
    }

    /// An empty mapping that no file holds.
    pub const fn empty() -> Self {
        Self::made_up(Data::Map(BTreeMap::new()))
    }

    /// Puts `more` over it as Helm does with one values file after another: mappings are merged, all else is replaced, and
    /// null stays.
    pub fn merge(&mut self, more: Self) {
        match (&mut self.data, more.data) {
            (Data::Map(into), Data::Map(from)) => merge_maps(into, from),
            (data, from) => {
                *data = from;
                self.source = more.source;
            }
        }
    }

    /// The value at the end of `path`.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.as_map()?.get(*key))
    }
}
