//! What is said of a call that can't succeed, whoever finds it: the rules in the text, or the evaluation.

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;
use crate::template::functions::FUNCTIONS;

/// Functions of Sprig that Helm takes away (`pkg/engine/funcs.go`).
const TAKEN_AWAY: [&str; 2] = ["env", "expandenv"];

/// One edit in so many characters is a slip, more is another name.
const CHARACTERS_PER_SLIP: usize = 3;

/// `unknown-function`: a name that is no function.
pub fn unknown_function(span: Span, name: &str) -> Diagnostic {
    let diagnostic = |message: String| {
        Diagnostic::new("unknown-function", Severity::Error, span, message).subject(name)
    };
    if TAKEN_AWAY.contains(&name) {
        return diagnostic(format!("the function `{name}` of Sprig is taken away by Helm"))
            .label("a chart can't read the environment of whoever renders it")
            .help("read a value instead");
    }
    let found = diagnostic(format!("there is no function `{name}`"))
        .label("Helm refuses the chart, whatever the values are");
    match likely(name, FUNCTIONS.iter().map(|known| known.name)) {
        Some(known) => found.help(format!("write `{known}`")),
        None => found,
    }
}

/// `undefined-template`: a name that nothing defines.
pub fn undefined_template<'n>(
    span: Span,
    name: &str,
    known: impl Iterator<Item = &'n str>,
) -> Diagnostic {
    let message = format!("no template `{name}` is defined");
    let found = Diagnostic::new("undefined-template", Severity::Error, span, message)
        .label("rendering stops here")
        .subject(name);
    match likely(name, known) {
        Some(known) => found.help(format!("write `\"{known}\"`")),
        None => found.help(format!(
            "define it in a file of `templates/`: `{{{{ define \"{name}\" }}}}…{{{{ end }}}}`"
        )),
    }
}

/// `wrong-argument-count`: what is wrong at `span`.
pub fn wrong_arguments(span: Span, message: &str) -> Diagnostic {
    Diagnostic::new("wrong-argument-count", Severity::Error, span, message)
        .label("rendering stops here")
}

/// Whether one name was probably written for the other.
pub fn resembles(written: &str, meant: &str) -> bool {
    likely(written, std::iter::once(meant)).is_some()
}

/// The name that was probably meant.
fn likely<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let lowered = name.to_lowercase();
    let edits =
        known.map(|known| (strsim::damerau_levenshtein(&lowered, &known.to_lowercase()), known));
    let near = edits.filter(|(edits, _)| edits * CHARACTERS_PER_SLIP <= name.chars().count());
    near.min().map(|(_, known)| known)
}
