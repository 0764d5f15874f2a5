//! Sprig's functions on regular expressions, with Go's syntax and errors.

use std::cell::RefCell;
use std::rc::Rc;

use regex::{Captures, Regex, RegexBuilder};
use rustc_hash::FxHashMap;

use crate::bytes;
use crate::engine::text::{NOWHERE, OriginId, Text, TextBuilder};
use crate::engine::value::{ListType, Value};

use super::arguments::{fits, int, str, text};
use super::pattern::translate;
use super::unicode::{is_digit, is_letter};
use super::verbs::quote_go;
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("mustRegexFind", must_find),
    ("mustRegexFindAll", must_find_all),
    ("mustRegexMatch", must_match),
    ("mustRegexReplaceAll", must_replace_all),
    ("mustRegexReplaceAllLiteral", must_replace_all_literal),
    ("mustRegexSplit", must_split),
    ("regexFind", find),
    ("regexFindAll", find_all),
    ("regexMatch", matches),
    ("regexQuoteMeta", quote_meta),
    ("regexReplaceAll", replace_all),
    ("regexReplaceAllLiteral", replace_all_literal),
    ("regexSplit", split),
];

type Outcome = Result<Value, Failure>;

/// Compiled patterns that a thread keeps.
const CACHED: usize = 64;

/// Groups inside groups that are compiled.
const NEST_LIMIT: u32 = 1100;

/// Memory that a compiled pattern may take, in bytes; Go allows about as much.
const SIZE_LIMIT: usize = 64 << 20;

struct Pattern {
    regex: Regex,
    /// Names of the groups, from the first on.
    names: Vec<String>,
}

thread_local! {
    static CACHE: RefCell<FxHashMap<String, Rc<Pattern>>> = RefCell::default();
}

/// The compiled pattern; the error is Go's text.
fn compiled(pattern: &str) -> Result<Rc<Pattern>, Failure> {
    if let Some(found) = CACHE.with_borrow(|cache| cache.get(pattern).cloned()) {
        return Ok(found);
    }
    if bytes::has_escapes(pattern)
        && bytes::pieces(pattern).iter().any(|piece| piece.byte.is_some())
    {
        return Err(Failure::Error(format!("error parsing regexp: invalid UTF-8: `{pattern}`")));
    }
    let translated = translate(pattern)
        .map_err(|fault| Failure::error(format!("error parsing regexp: {fault}")))?;
    let regex = RegexBuilder::new(&translated.pattern)
        .nest_limit(NEST_LIMIT)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|_| Failure::Unsupported(format!("the regular expression `{pattern}`")))?;
    let entry = Rc::new(Pattern { regex, names: translated.names });
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(pattern.to_owned(), Rc::clone(&entry));
    });
    Ok(entry)
}

/// The compiled pattern; the error is what Go's `regexp.MustCompile` panics with.
fn must_compiled(pattern: &str) -> Result<Rc<Pattern>, Failure> {
    compiled(pattern).map_err(|failure| match failure {
        Failure::Error(text) => {
            Failure::error(format!("regexp: Compile({}): {text}", quote_go(pattern)))
        }
        other => other,
    })
}

/// Whether a pattern matches a text; `None` for what is no pattern.
pub(in crate::engine) fn is_match(pattern: &str, text: &str) -> Option<bool> {
    compiled(pattern).ok().map(|pattern| pattern.regex.is_match(text))
}

fn matches(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    match compiled(str(args, 0)?) {
        Ok(pattern) => Ok(Value::bool(pattern.regex.is_match(str(args, 1)?))),
        Err(Failure::Error(_)) => Ok(Value::bool(false)),
        Err(other) => Err(other),
    }
}

fn must_match(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let pattern = compiled(str(args, 0)?)?;
    Ok(Value::bool(pattern.regex.is_match(str(args, 1)?)))
}

fn find(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    found(&*must_compiled(str(args, 0)?)?, args)
}

fn must_find(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    found(&*compiled(str(args, 0)?)?, args)
}

fn found(pattern: &Pattern, args: &[Value]) -> Outcome {
    let text = text(args, 1)?;
    let found = pattern.regex.find(text.as_str());
    Ok(Value::text(found.map_or_else(|| Text::plain(""), |found| text.slice(found.range()))))
}

fn find_all(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    all_found(&*must_compiled(str(args, 0)?)?, args)
}

fn must_find_all(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    all_found(&*compiled(str(args, 0)?)?, args)
}

/// A count of Go's: negative for no bound.
fn bound(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn all_found(pattern: &Pattern, args: &[Value]) -> Outcome {
    let (text, count) = (text(args, 1)?, bound(int(args, 2)?));
    let found = pattern.regex.find_iter(text.as_str()).take(count);
    let found: Vec<Value> = found.map(|found| Value::text(text.slice(found.range()))).collect();
    let ty = if found.is_empty() { ListType::NilStrings } else { ListType::Strings };
    Ok(Value::list_of(found, ty))
}

fn split(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    split_by(&*must_compiled(str(args, 0)?)?, args)
}

fn must_split(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    split_by(&*compiled(str(args, 0)?)?, args)
}

/// Go `regexp.Split`.
fn split_by(pattern: &Pattern, args: &[Value]) -> Outcome {
    let (text, count) = (text(args, 1)?, bound(int(args, 2)?));
    if count == 0 {
        return Ok(Value::list_of(Vec::new(), ListType::NilStrings));
    }
    if text.is_empty() && !str(args, 0)?.is_empty() {
        return Ok(Value::strings([text.clone()]));
    }
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in pattern.regex.find_iter(text.as_str()).take(count) {
        if parts.len() == count - 1 {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(Value::text(text.slice(begin..end)));
        }
        begin = found.end();
    }
    if end != text.len() {
        parts.push(Value::text(text.slice(begin..text.len())));
    }
    Ok(Value::list_of(parts, ListType::Strings))
}

fn replace_all(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let pattern = must_compiled(str(args, 0)?)?;
    replaced(call, &pattern, args, true)
}

fn must_replace_all(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let pattern = compiled(str(args, 0)?)?;
    replaced(call, &pattern, args, true)
}

fn replace_all_literal(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let pattern = must_compiled(str(args, 0)?)?;
    replaced(call, &pattern, args, false)
}

fn must_replace_all_literal(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let pattern = compiled(str(args, 0)?)?;
    replaced(call, &pattern, args, false)
}

fn replaced(call: &mut Call<'_>, pattern: &Pattern, args: &[Value], expands: bool) -> Outcome {
    let (text, replacement) = (text(args, 1)?, text(args, 2)?);
    let mut out = TextBuilder::default();
    let mut done = 0;
    let mut any = false;
    let pieces = if expands { pieces(replacement.as_str()) } else { vec![Piece::all(replacement)] };
    let origin = call.origin(args);
    for captures in pattern.regex.captures_iter(text.as_str()) {
        let Some(whole) = captures.get(0) else { continue };
        any = true;
        out.push_slice(text, done..whole.start());
        for piece in &pieces {
            piece.push(&mut out, replacement, text, &captures, &pattern.names, origin);
        }
        done = whole.end();
        fits(out.len())?;
    }
    if !any {
        return Ok(Value::text(text.clone()));
    }
    out.push_slice(text, done..text.len());
    Ok(Value::text(out.finish()))
}

/// A part of a replacement.
enum Piece<'a> {
    /// Bytes of the replacement.
    Literal(usize, usize),
    /// A group, by number.
    Number(usize),
    /// A group, by name.
    Name(&'a str),
}

impl Piece<'_> {
    fn all(text: &Text) -> Self {
        Self::Literal(0, text.len())
    }

    fn push(
        &self,
        out: &mut TextBuilder,
        replacement: &Text,
        text: &Text,
        captures: &Captures<'_>,
        names: &[String],
        origin: OriginId,
    ) {
        let group = match self {
            Self::Literal(start, end) => {
                let first = replacement.runs(*start..*end).next();
                if first.is_some_and(|run| run.origin == OriginId::NONE) {
                    let literal = replacement.as_str().get(*start..*end).unwrap_or_default();
                    out.push(literal, origin, NOWHERE);
                } else {
                    out.push_slice(replacement, *start..*end);
                }
                return;
            }
            Self::Number(number) => captures.get(*number),
            Self::Name(name) => names
                .iter()
                .zip(1..)
                .filter(|(other, _)| other == name)
                .find_map(|(_, number)| captures.get(number)),
        };
        if let Some(group) = group {
            out.push_slice(text, group.range());
        }
    }
}

/// Takes a replacement with `$1`, `${1}`, `$name` and `$$` apart (Go `regexp.Expand`).
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(dollar) = template.get(at..).and_then(|rest| rest.find('$')) {
        let dollar = at + dollar;
        pieces.push(Piece::Literal(at, dollar));
        let rest = template.get(dollar + 1..).unwrap_or_default();
        if rest.starts_with('$') {
            pieces.push(Piece::Literal(dollar, dollar + 1));
            at = dollar + 2;
        } else if let Some((name, len)) = group_name(rest) {
            pieces.push(match group_number(name) {
                Some(number) => Piece::Number(number),
                None => Piece::Name(name),
            });
            at = dollar + 1 + len;
        } else {
            pieces.push(Piece::Literal(dollar, dollar + 1));
            at = dollar + 1;
        }
    }
    pieces.push(Piece::Literal(at, template.len()));
    pieces
}

/// The name behind `$`, and how many bytes it takes with its braces.
fn group_name(rest: &str) -> Option<(&str, usize)> {
    let braced = rest.strip_prefix('{');
    let inner = braced.unwrap_or(rest);
    let belongs = |c: char| is_letter(c) || is_digit(c) || c == '_';
    let len = inner.find(|c| !belongs(c)).unwrap_or(inner.len());
    let (name, after) = inner.split_at(len);
    if name.is_empty() {
        return None;
    }
    match braced {
        Some(_) if after.starts_with('}') => Some((name, len + 2)),
        Some(_) => None,
        None => Some((name, len)),
    }
}

/// The number that a name is, if it is one without leading zeros.
fn group_number(name: &str) -> Option<usize> {
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || name.len() > 1 && name.starts_with('0') {
        return None;
    }
    name.parse().ok()
}

fn quote_meta(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let text = text(args, 0)?;
    let origin = call.origin(args);
    let mut out = TextBuilder::default();
    let mut done = 0;
    for (at, _) in text.as_str().match_indices(|c| r"\.+*?()|[]{}^$".contains(c)) {
        out.push_slice(text, done..at);
        out.push("\\", origin, NOWHERE);
        done = at;
    }
    out.push_slice(text, done..text.len());
    Ok(Value::text(out.finish()))
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::super::traced::{origins, remembered};
    use crate::engine::value::Value;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("regex.jsonl");
    }

    #[track_caller]
    fn check(name: &str, args: &[Value], expected: &str) {
        assert_eq!(origins(name, args), expected);
    }

    #[test]
    fn what_is_not_replaced_keeps_its_origin() {
        let args = [Value::plain("b(c)"), remembered("abcd", 1, 10), remembered("<$1>", 2, 20)];
        check("regexReplaceAll", &args, "a@1:10 <@2:20 c@1:12 >@2:23 d@1:13");
        check("regexFind", &[Value::plain("b."), remembered("abc", 1, 10)], "bc@1:11");
        check("regexQuoteMeta", &[remembered("a.b", 1, 10)], "a@1:10 \\@call .b@1:11");
    }
}
