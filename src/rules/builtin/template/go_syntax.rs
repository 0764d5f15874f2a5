//! `go-syntax-in-output`: what Go prints of a mapping, a list or a verb that does not fit reaches a manifest.

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::text::{MemoryId, NOWHERE};
use crate::engine::{Output, RenderedTemplate};
use crate::explore::ScenarioKind;
use crate::rules::context::{Context, Rule};
use crate::source::TextRange;
use crate::values::{Data, Value};
use crate::view::{Place, View, is_manifest};

/// The most characters that a message shows of the output.
const MAX_SHOWN: usize = 60;

/// The most items of a list that are compared with the output.
const MAX_ITEMS: usize = 1_000;

pub(in crate::rules::builtin) struct GoSyntaxInOutput;

impl Rule for GoSyntaxInOutput {
    fn name(&self) -> &'static str {
        "go-syntax-in-output"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let view = context.view;
        for (at, template) in view.rendered.templates.iter().enumerate() {
            let Ok(output) = &template.output else { continue };
            if is_manifest(&template.name) {
                let found = traces(output).chain(lists(view, output));
                out.extend(found.filter_map(|trace| judge(context, template, at, output, &trace)));
            }
        }
    }
}

/// What has been printed in Go's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Mapping,
    List,
    Verb,
    Nil,
}

impl What {
    /// How it begins.
    const fn start(self) -> &'static str {
        match self {
            Self::Mapping => "map[",
            Self::List => "[",
            Self::Verb => "%!",
            Self::Nil => "<nil>",
        }
    }
}

/// A piece of the output that looks like it.
struct Trace {
    what: What,
    range: TextRange,
}

/// Pieces that show by themselves what they are.
fn traces(output: &Output) -> impl Iterator<Item = Trace> {
    let text = output.text.as_str();
    let find = move |what: What| {
        text.match_indices(what.start()).filter_map(move |(at, _)| {
            let rest = text.get(at..)?;
            let len = length(rest, what)?;
            Some(Trace { what, range: TextRange::new(at, at + len) })
        })
    };
    find(What::Mapping).chain(find(What::Verb)).chain(find(What::Nil))
}

/// How long the piece is with which `text` begins, if it is one.
fn length(text: &str, what: What) -> Option<usize> {
    match what {
        What::Mapping => {
            let inside = text.strip_prefix("map[")?;
            if !inside.starts_with(']') {
                let key = inside.split([':', ']', ' ', '\n']).next()?;
                let is_entry = inside.get(key.len()..)?.starts_with(':');
                if key.is_empty() || !is_entry {
                    return None;
                }
            }
            let line = text.lines().next()?;
            Some(closing(line).unwrap_or(line.len()))
        }
        // `%!d(string=x)`, `%!(EXTRA string=x)`, `%!s(<nil>)`, `%!d(BADINDEX)` (`fmt/print.go`).
        What::Verb => {
            let inside = text.strip_prefix("%!")?;
            let open = inside.find('(').filter(|at| *at <= 1)?;
            let verb = inside.get(..open)?;
            let inside = inside.get(open + 1..)?;
            let line = inside.lines().next()?;
            let end = line.find(')')?;
            let content = line.get(..end)?;
            let is_note = ["EXTRA ", "NOVERB", "BADINDEX", "BADWIDTH", "BADPREC", "MISSING"];
            let is_value = content == "<nil>" || content.contains('=');
            let is_so = is_note.iter().any(|note| content.starts_with(note))
                || is_value && verb.chars().all(char::is_alphabetic);
            is_so.then_some("%!".len() + open + 1 + end + 1)
        }
        What::Nil => Some("<nil>".len()),
        What::List => None,
    }
}

/// The end of the bracket that a line opens first.
fn closing(line: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Lists of several scalars, printed as they are: `[a b]`. One of a single item looks like YAML.
fn lists<'v>(view: &'v View<'_>, output: &'v Output) -> impl Iterator<Item = Trace> + 'v {
    output.runs_in(0, output.text.len()).filter_map(|(start, run)| {
        let text = output.text.get(start..run.end as usize)?;
        let open = text.find('[').filter(|_| run.at == NOWHERE)?;
        let origin = view.rendered.origins.get(run.origin)?;
        let path = view.rendered.memories.path(origin.value);
        let path: Vec<&str> = path.iter().map(|key| &**key).collect();
        let Data::List(items) = &view.active.values.at(&path)?.data else { return None };
        let printed = printed(items)?;
        let at = text.get(open..)?.find(&printed)? + open + start;
        Some(Trace { what: What::List, range: TextRange::new(at, at + printed.len()) })
    })
}

/// What Go prints of a list of texts.
fn printed(items: &[Value]) -> Option<String> {
    if !(2..=MAX_ITEMS).contains(&items.len()) {
        return None;
    }
    let texts = items.iter().map(|item| match &item.data {
        Data::Str(text) => Some(text.to_string()),
        Data::Int(number) => Some(number.to_string()),
        Data::Float(number) => Some(number.to_string()),
        Data::Bool(value) => Some(value.to_string()),
        _ => None,
    });
    Some(format!("[{}]", texts.collect::<Option<Vec<String>>>()?.join(" ")))
}

fn judge(
    context: &Context<'_>,
    template: &RenderedTemplate<'_>,
    at: usize,
    output: &Output,
    trace: &Trace,
) -> Option<Diagnostic> {
    let view = context.view;
    let (start, len) = (trace.range.start as usize, trace.range.len());
    let resolved = view.rendered.resolve(output, start, len)?;
    // What stands in a file is somebody's text. A text that was changed on the way is too.
    if resolved.literal.is_some()
        || is_comment(&output.text, start)
        || is_quoted(view, resolved.value, trace.what)
    {
        return None;
    }
    let place = view.place(at, trace.range)?;
    let is_written = place.value.as_ref().is_some_and(|value| value.span.is_some());
    // Values that are made up may be of another kind than anybody would give.
    let is_opened = context.scenario.kind == ScenarioKind::Opened;
    let is_guess = if place.value.is_some() { !is_written } else { is_opened };
    if is_guess {
        return None;
    }
    let shown = shorten(output.text.get(trace.range.usize())?);
    let (message, help) = words(trace.what, &shown, &place);
    let mut found = Diagnostic::new("go-syntax-in-output", Severity::Error, place.span, message)
        .label(format!("this prints `{shown}`"))
        .help(help)
        .trace(place.trace)
        .subject(format!("{} {shown}", template.name));
    if let Some(value) = place.value
        && let Some(span) = value.span
    {
        found = found.related(span, format!("the value comes from `{}`", value.path));
    }
    Some(found)
}

fn words(what: What, shown: &str, place: &Place) -> (String, String) {
    let name = place.value.as_ref().map(|value| format!("`{}`", value.path));
    match what {
        What::Mapping | What::List => {
            let kind = if what == What::List { "a list" } else { "a mapping" };
            let what_is =
                name.map_or_else(|| kind.to_owned(), |name| format!("{name} is {kind}, and"));
            let message = format!("{what_is} is printed as Go does: `{shown}`");
            let help = if what == What::List {
                "print it with `toYaml … | nindent`, or `toJson`, or its items with `join \",\"`"
            } else {
                "print it with `toYaml … | nindent`, or name the field of it that is meant"
            };
            (message, help.to_owned())
        }
        What::Verb => {
            let message = format!("a verb of `printf` does not fit what it gets: `{shown}`");
            let help = "`%v` prints whatever it gets, `%s` texts, `%d` integers (`int64` makes one of a value)";
            (message, help.to_owned())
        }
        What::Nil => {
            let message = format!("a value that is not there is printed as `{shown}`");
            (message, "give it a default: `… | default \"\"`".to_owned())
        }
    }
}

/// Whether it stands in the very text that is shown, which may say whatever it likes.
fn is_quoted(view: &View<'_>, memory: MemoryId, what: What) -> bool {
    if view.rendered.memories.get(memory).is_none() {
        return false;
    }
    if !view.rendered.memories.is_value(memory) {
        return true;
    }
    let path = view.rendered.memories.path(memory);
    let path: Vec<&str> = path.iter().map(|key| &**key).collect();
    match view.active.values.at(&path).map(|value| &value.data) {
        Some(Data::Str(text)) => text.contains(what.start()),
        Some(_) => false,
        None => what != What::Nil,
    }
}

/// Whether the line of a byte is a comment.
fn is_comment(text: &str, at: usize) -> bool {
    let line = text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
    line.trim_start().starts_with('#')
}

fn shorten(text: &str) -> String {
    let line = text.replace(char::is_whitespace, " ");
    match line.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
