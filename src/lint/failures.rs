//! Why a template fails, as a diagnostic of the rule that says it best.

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{Reason, RenderError, TPL_NAME};
use crate::rules::calls;
use crate::view::{View, trace};

use super::problems::one_line;

/// A failure of a template.
pub(super) fn report(view: &View<'_>, error: &RenderError, template: &str) -> Diagnostic {
    let trace = trace(&view.rendered, error.frame);
    let mut diagnostic = match exact(error) {
        Some(exact) => exact,
        None => general(error).subject(template),
    };
    // The text of a `tpl` stands elsewhere than its call.
    if diagnostic.rule != "render-error"
        && let Some(call) = trace.last().filter(|frame| frame.template == TPL_NAME)
        && call.call != diagnostic.primary.span
    {
        diagnostic = diagnostic.related(call.call, "the text is evaluated here");
    }
    diagnostic.trace(trace)
}

/// The function that a mistake of the parser is about, if it is about one that does not exist.
pub(super) fn unknown_function(message: &str) -> Option<&str> {
    message.strip_prefix("function \"")?.strip_suffix("\" not defined")
}

/// What a more exact rule says of the error.
fn exact(error: &RenderError) -> Option<Diagnostic> {
    let (message, node) = (error.message.as_str(), error.node);
    if error.reason != Reason::Template {
        return None;
    }
    if message.starts_with("cannot parse template ") {
        let (_, reason) = message.rsplit_once(": ")?;
        return unknown_function(reason).map(|name| calls::unknown_function(node, name));
    }
    let name = message
        .strip_prefix("template: no template \"")
        .and_then(|rest| rest.strip_suffix(&format!("\" associated with template \"{TPL_NAME}\"")));
    let defined = || message.strip_prefix("template \"")?.strip_suffix("\" not defined");
    if let Some(name) = name.or_else(defined) {
        return Some(calls::undefined_template(node, name, std::iter::empty()));
    }
    if message.starts_with("wrong number of args for ")
        || message.starts_with("can't give argument to non-function ")
        || message.ends_with(" is not a method but has arguments")
        || message.ends_with(" has arguments but cannot be invoked as function")
    {
        return Some(calls::wrong_arguments(node, &one_line(message)).subject(message));
    }
    None
}

fn general(error: &RenderError) -> Diagnostic {
    let (rule, severity, message) = match &error.reason {
        Reason::Template | Reason::NilPointer | Reason::Limit => {
            ("render-error", Severity::Error, error.message.clone())
        }
        // Under values that nobody would install with, these are questions, not mistakes.
        Reason::Fail => {
            ("render-error", Severity::Info, format!("the chart stops here: {}", error.message))
        }
        Reason::Required => {
            ("render-error", Severity::Info, format!("a value is required: {}", error.message))
        }
        Reason::Unsupported(function) => (
            "unsupported-function",
            Severity::Error,
            format!(
                "the function `{function}` is not supported, so this template was not analysed"
            ),
        ),
    };
    Diagnostic::new(rule, severity, error.node, one_line(&message))
}
