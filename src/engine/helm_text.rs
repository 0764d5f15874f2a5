//! What Helm makes of Go's errors (`reformatExecErrorMsg` and `cleanupParseError` in `pkg/engine/engine.go`).

use crate::template::ast::SyntaxError;

use super::error::{Reason, RenderError};

/// One line of Go's text, taken apart.
#[derive(PartialEq, Eq)]
struct Traced<'a> {
    location: &'a str,
    /// `executing "name" at <node>:`, as far as the colon.
    executed: Option<(&'a str, &'a str)>,
    message: &'a str,
}

pub(super) fn of(error: &RenderError) -> String {
    let mut tokens = error.full.splitn(3, ": ");
    let (Some(_), Some(location), Some(_)) = (tokens.next(), tokens.next(), tokens.next()) else {
        return error.full.clone();
    };
    if matches!(error.reason, Reason::Fail | Reason::Required) {
        return format!("execution error at ({location}): {}", error.message);
    }
    let mut lines: Vec<Traced<'_>> = Vec::new();
    for length in error.levels.iter().rev() {
        let text = error.full.get(error.full.len().saturating_sub(*length)..).unwrap_or_default();
        let Some(traced) = Traced::of(text) else { return error.full.clone() };
        if lines.last() != Some(&traced) {
            lines.push(traced);
        }
    }
    let text: String = lines.iter().map(Traced::text).collect();
    text.trim().to_owned()
}

/// What Helm prints of a mistake in the template file `name` (`cleanupParseError`): the place, and what stands behind the
/// last colon.
pub fn parse_error(name: &str, error: &SyntaxError) -> String {
    let full = error.go_message(name);
    let mut tokens = full.split(": ");
    let location = tokens.nth(1).unwrap_or_default();
    let message = full.rsplit(": ").next().unwrap_or_default();
    format!("parse error at ({location}): {message}")
}

impl<'a> Traced<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("template: ")?;
        if rest.starts_with("no template ") {
            return Some(Self { location: "", executed: None, message: text });
        }
        Self::executing(rest).or_else(|| {
            let (location, message) = rest.rsplit_once(": ")?;
            Some(Self { location, executed: None, message: without_next(message) })
        })
    }

    /// `location: executing "name" at <node>: message`
    fn executing(text: &'a str) -> Option<Self> {
        let (location, rest) = text.split_once(": executing ")?;
        let (name, rest) = rest.strip_prefix('"')?.split_once('"')?;
        let (node, message) = rest.strip_prefix(" at <")?.split_once(">: ")?;
        Some(Self { location, executed: Some((name, node)), message: without_next(message) })
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if !self.location.is_empty() {
            text = format!("{}\n  ", self.location);
        }
        if let Some((name, node)) = self.executed {
            text = format!("{text}executing \"{name}\" at <{node}>:\n    ");
        }
        if !self.message.is_empty() {
            text = format!("{text}{}\n", self.message);
        }
        text
    }
}

/// The message without the error that it wraps, which has a line of its own.
fn without_next(message: &str) -> &str {
    message.split_once(" template:").map_or(message, |(own, _)| own)
}
