//! `wrong-argument-count`: a call that Go refuses for the number of its arguments, whatever they are.
//!
//! Counted as `evalCall`, `notAFunction` and `evalField` do (`text/template/exec.go`), but in branches that stay closed
//! too.

use crate::chart::Template;
use crate::diagnostic::Diagnostic;
use crate::rules::calls;
use crate::rules::context::{Concern, Context, Rule};
use crate::source::TextRange;
use crate::template::ast::{Command, Expr, Function, Ident};
use crate::template::functions::{Kind, Signature, signature};
use crate::template::walk::{Met, walk};

/// Functions that take any number by their Go type, but fail with fewer than so many.
const AT_LEAST: [(&str, usize); 2] = [("dig", 3), ("eq", 2)];

/// The most characters that a message shows of an operand.
const MAX_SHOWN: usize = 40;

pub(in crate::rules::builtin) struct WrongArgumentCount;

impl Rule for WrongArgumentCount {
    fn name(&self) -> &'static str {
        "wrong-argument-count"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let templates = context.chart.templates.iter();
        // What was made of a text with a mistake is not what was meant.
        for template in templates.filter(|template| template.ast.errors.is_empty()) {
            let source = context.sources.file(template.file);
            let mut line = None;
            walk(&template.ast, &mut |met| {
                let Some(found) = judge(template, met) else { return };
                // What stands in a wrong place is missing in another one.
                let own = Some(source.line_of(found.primary.span.range.start));
                if own != line {
                    out.push(found);
                }
                line = own;
            });
        }
    }
}

fn judge(template: &Template, met: Met<'_>) -> Option<Diagnostic> {
    let (range, message, help) = match met {
        Met::Command(command, is_piped) => {
            let (first, rest) = command.args.split_first()?;
            match first {
                Expr::Function(function) => {
                    call(function, rest.len() + usize::from(is_piped), Some(command))?
                }
                _ if rest.is_empty() && !is_piped => return None,
                _ => no_function(first, rest.first())?,
            }
        }
        Met::Operand(Expr::Function(function)) => call(function, 0, None)?,
        Met::Operand(_) | Met::Template(_) => return None,
    };
    let found = calls::wrong_arguments(range.in_file(template.file), &message);
    let found = found.subject(format!("{} {message}", template.name));
    Some(match help {
        Some(help) => found.help(help),
        None => found,
    })
}

type Fault = (TextRange, String, Option<String>);

/// A call with too few or too many arguments.
fn call(function: &Function, given: usize, command: Option<&Command>) -> Option<Fault> {
    let signature = signature(function.id?);
    let name = signature.name;
    let fixed = signature.params.len();
    let own = AT_LEAST.iter().find(|(known, _)| *known == name).map(|(_, least)| *least);
    let least = own.unwrap_or(fixed);
    if given == least || given > least && signature.variadic.is_some() {
        return None;
    }
    let or_more = if signature.variadic.is_some() { " or more" } else { "" };
    let message =
        format!("`{name}` takes {}{or_more}, but gets {}", arguments(least), count(given));
    Some((function.range, message, Some(help(signature, given, command))))
}

/// What to write.
fn help(signature: &Signature, given: usize, command: Option<&Command>) -> String {
    let name = signature.name;
    if matches!(name, "include" | "tpl")
        && given == 1
        && let Some(argument) = command.and_then(|command| command.args.get(1))
    {
        return format!("give it what is the dot there too: `{name} {argument} .`");
    }
    if command.is_none() {
        return format!("put the call and its arguments in parentheses: `({name} …)`");
    }
    let params = signature.params.iter().map(|kind| type_name(*kind).to_owned());
    let more = signature.variadic.map(|kind| format!("{}…", type_name(kind)));
    let params: Vec<String> = params.chain(more).collect();
    match params.as_slice() {
        [] => format!("write `{name}` without arguments"),
        params => format!("its arguments are: {}", params.join(", ")),
    }
}

/// Arguments behind what is no function.
fn no_function(first: &Expr, argument: Option<&Expr>) -> Option<Fault> {
    let before = match argument {
        Some(argument) => format!("`{}`", shortened(argument)),
        None => "a value that is piped into it".to_owned(),
    };
    let message = match first {
        Expr::Field(_, names) if is_of_values(names) => {
            format!("`{first}` is a value and no function, but gets {before}")
        }
        Expr::Variable(variable, _, names)
            if names.is_empty() || &*variable.name == "$" && is_of_values(names) =>
        {
            format!("`{first}` is a value and no function, but gets {before}")
        }
        Expr::Bool(..) | Expr::Number(_) | Expr::Str(_) | Expr::Dot(_) | Expr::Pipe(..) => {
            let first = shortened(first);
            format!("`{first}` is no function, but gets {before}")
        }
        // Fields of other objects may be methods.
        _ => return None,
    };
    let help = "the function stands first: `printf \"%s\" .Values.name`, or is left out".to_owned();
    Some((first.range(), message, Some(help)))
}

/// An operand for messages.
fn shortened(operand: &Expr) -> String {
    let text = operand.to_string();
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Whether these fields lead to a value: the methods of `.Values` itself have capital letters.
fn is_of_values(names: &[Ident]) -> bool {
    match names {
        [values, rest @ ..] if &*values.name == "Values" => match rest {
            [] => false,
            [only] => !only.name.starts_with(char::is_uppercase),
            _ => true,
        },
        _ => false,
    }
}

fn arguments(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}

fn count(count: usize) -> String {
    if count == 0 { "none".to_owned() } else { count.to_string() }
}

/// What people call a type.
const fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Any => "any value",
        Kind::String => "a string",
        Kind::Int | Kind::Int64 | Kind::Uint32 => "an integer",
        Kind::Float64 => "a number",
        Kind::Bool => "a boolean",
        Kind::Map => "a mapping",
        Kind::List => "a list",
        Kind::Time => "a time",
        Kind::Certificate => "a certificate",
        Kind::Writer => "a writer",
    }
}
