//! The functions that templates call, one file per family.
//!
//! The evaluator has checked number and types of the arguments against
//! [`crate::template::functions::Signature`], as Go's `reflect` does, before an [`Implementation`] sees them:
//! a `Kind::String` parameter is a [`super::value::Kind::Str`], a `Kind::Int` one an `Int`, and so on.

mod aes;
mod arguments;
mod cases;
mod compare;
mod crypto;
pub mod dates;
mod decimal;
mod dicts;
mod durations;
mod encode;
mod escape;
#[cfg(test)]
mod expressions;
mod floats;
mod flow;
pub mod format;
mod json;
mod json_reader;
mod layout;
mod lists;
mod math;
mod merging;
mod numbers;
mod password;
mod paths;
mod pattern;
mod random;
#[cfg(test)]
mod recorded;
pub(super) mod regex;
mod split;
mod stringers;
mod strings;
#[cfg(test)]
mod table;
mod toml;
#[cfg(test)]
mod traced;
mod types;
mod unicode;
pub mod urls;
mod verbs;
pub mod versions;
pub(super) mod yaml_functions;

use std::sync::OnceLock;

use crate::source::Span;
use crate::template::functions::{FUNCTIONS, FunctionId};

use super::origin::{FrameId, Memories, Origin, Origins};
use super::text::{MemoryId, NOWHERE, OriginId, Text};
use super::value::{Kind, Value};

pub(super) use verbs::quote;

/// Why a function gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The function's own error, in Go's words: what stands behind `error calling name: `.
    Error(String),
    /// `fail`, with its message.
    Fail(String),
    /// `required`, with its message.
    Required(String),
    /// A bound of ours was hit: what and which.
    Limit(String),
    /// This program does not have the function, or this use of it.
    Unsupported(String),
}

impl Failure {
    /// The function's own error.
    pub fn error(message: impl Into<String>) -> Self {
        Self::Error(message.into())
    }
}

/// What a function does: arguments in, value out.
pub type Implementation = fn(&mut Call<'_>, &[Value]) -> Result<Value, Failure>;

/// The place of a call, and the tables in which it writes down what it makes.
pub struct Call<'a> {
    /// Origins of this evaluation.
    pub origins: &'a mut Origins,
    /// Values that came from files.
    pub memories: &'a Memories,
    /// The call in the template.
    pub node: Span,
    /// The includes that led to it.
    pub frame: FrameId,
}

impl Call<'_> {
    /// The origin of a result that is this call's own work; it shows the first of `from` that a file holds.
    pub fn origin(&mut self, from: &[Value]) -> OriginId {
        let value =
            from.iter().map(Value::source).find(|memory| memory.is_some()).unwrap_or_default();
        self.origins.add(Origin { node: self.node, frame: self.frame, value })
    }

    /// A string that is this call's own work.
    pub fn string(&mut self, text: impl AsRef<str>, from: &[Value]) -> Value {
        Value::text(self.text(text, from))
    }

    /// A text that is this call's own work.
    pub fn text(&mut self, text: impl AsRef<str>, from: &[Value]) -> Text {
        Text::with_origin(text.as_ref(), self.origin(from), NOWHERE)
    }
}

impl Value {
    /// The entry of a values file that it is or, for a string, shows.
    pub fn source(&self) -> MemoryId {
        match &self.kind {
            Kind::Str(text) if !self.memory.is_some() => text.memory(),
            _ => self.memory,
        }
    }
}

/// The families.
const FAMILIES: &[&[(&str, Implementation)]] = &[
    cases::FUNCTIONS,
    compare::FUNCTIONS,
    crypto::FUNCTIONS,
    dates::FUNCTIONS,
    dicts::FUNCTIONS,
    durations::FUNCTIONS,
    encode::FUNCTIONS,
    escape::FUNCTIONS,
    flow::FUNCTIONS,
    format::FUNCTIONS,
    json::FUNCTIONS,
    lists::FUNCTIONS,
    math::FUNCTIONS,
    paths::FUNCTIONS,
    random::FUNCTIONS,
    regex::FUNCTIONS,
    split::FUNCTIONS,
    strings::FUNCTIONS,
    toml::FUNCTIONS,
    types::FUNCTIONS,
    urls::FUNCTIONS,
    versions::FUNCTIONS,
    yaml_functions::FUNCTIONS,
];

/// What a function does; `None` if this program lacks it.
pub fn implementation(id: FunctionId) -> Option<Implementation> {
    static TABLE: OnceLock<Vec<Option<Implementation>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = vec![None; FUNCTIONS.len()];
        for (name, implementation) in FAMILIES.iter().copied().flatten() {
            if let Some(FunctionId(at)) = crate::template::functions::lookup(name) {
                table[at as usize] = Some(*implementation);
            }
        }
        table
    });
    table.get(id.0 as usize).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The evaluator has these itself: they take templates, or do not evaluate all arguments.
    const OF_THE_EVALUATOR: &[&str] = &["and", "include", "or", "tpl"];

    #[test]
    fn every_name_has_an_implementation() {
        let missing = FUNCTIONS.iter().enumerate().filter(|(at, signature)| {
            implementation(FunctionId(*at as u16)).is_none()
                != OF_THE_EVALUATOR.contains(&signature.name)
        });
        let missing: Vec<&str> = missing.map(|(_, signature)| signature.name).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
