//! Why a template could not be rendered.

use crate::source::Span;

use super::helm_text;
use super::origin::FrameId;

/// An error of an evaluation, in Go's words and at the node that failed.
#[derive(Clone, Debug)]
pub struct RenderError {
    /// The innermost message: `nil pointer evaluating interface {}.name`.
    pub message: String,
    /// What Go's `text/template` says in full: position, template and node of every level.
    pub full: String,
    /// The errors that Go wrapped into each other, innermost first, each as the length of the end of `full` that is
    /// its text.
    pub levels: Vec<usize>,
    /// What kind of failure it is.
    pub reason: Reason,
    /// The node that failed.
    pub node: Span,
    /// The includes that led there.
    pub frame: FrameId,
}

impl RenderError {
    /// An error that no node of a template stands before in Go's text.
    pub(super) fn new(message: String, reason: Reason, node: Span, frame: FrameId) -> Self {
        Self { levels: vec![message.len()], full: message.clone(), message, reason, node, frame }
    }

    /// What Helm prints of it (`reformatExecErrorMsg` in `pkg/engine/engine.go`), without the command's `Error: `.
    pub fn helm_text(&self) -> String {
        helm_text::of(self)
    }

    /// Go wraps the error into another: `full` grows at its front.
    pub(super) fn wrap(&mut self, full: String) {
        self.levels.push(full.len());
        self.full = full;
    }
}

/// Kinds of failure that rules tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The template's own mistake.
    Template,
    /// A field of a nil value was asked for; these are the keys that lead to the field.
    NilPointer,
    /// `fail` was called.
    Fail,
    /// `required` had nothing.
    Required,
    /// A bound of ours was hit.
    Limit,
    /// This program lacks the function of this name.
    Unsupported(String),
}

/// What an evaluation step gives; boxed, because errors are rare and large.
pub(super) type Eval<T> = Result<T, Box<RenderError>>;
