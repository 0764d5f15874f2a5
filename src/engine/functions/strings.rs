//! Sprig's functions that cut, join and repeat strings; what they do not change keeps its origin.

use crate::bytes::{Piece, has_escapes, pieces, shown, unescape};
use crate::engine::text::{NOWHERE, OriginId, Text, TextBuilder};
use crate::engine::value::Value;

use super::arguments::{Bytes, any, fits, gathered, int, raw, spread, str, text};
use super::format::{spaced, sprint, string_of};
use super::verbs::push_quoted;
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("abbrev", abbrev),
    ("abbrevboth", abbrevboth),
    ("cat", cat),
    ("contains", contains),
    ("hasPrefix", has_prefix),
    ("hasSuffix", has_suffix),
    ("hello", hello),
    ("indent", indent),
    ("nindent", nindent),
    ("plural", plural),
    ("quote", quote),
    ("repeat", repeat),
    ("replace", replace),
    ("squote", squote),
    ("substr", substr),
    ("toString", to_string),
    ("trim", trim),
    ("trimAll", trim_all),
    ("trimPrefix", trim_prefix),
    ("trimSuffix", trim_suffix),
    ("trimall", trim_all),
    ("trunc", trunc),
    ("wrap", wrap),
    ("wrapWith", wrap_with),
];

type Outcome = Result<Value, Failure>;

/// Appends `text`; what has no origin yet gets `origin`.
fn push_settled(out: &mut TextBuilder, text: &Text, origin: OriginId) {
    if text.runs(0..text.len()).all(|run| run.origin != OriginId::NONE) {
        out.push_text(text);
    } else {
        let mut start = 0;
        for run in text.runs(0..text.len()) {
            let end = run.end as usize;
            let known = if run.origin == OriginId::NONE { origin } else { run.origin };
            out.push(text.as_str().get(start..end).unwrap_or_default(), known, run.at);
            start = end;
        }
    }
}

fn indent(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    indented(call, args, "")
}

fn nindent(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    indented(call, args, "\n")
}

fn indented(call: &mut Call<'_>, args: &[Value], before: &str) -> Outcome {
    let (spaces, text) = (int(args, 0)?, text(args, 1)?);
    let Ok(spaces) = usize::try_from(spaces) else {
        return Err(Failure::error(NEGATIVE_REPEAT));
    };
    let newlines = text.as_str().bytes().filter(|byte| *byte == b'\n').count();
    fits(spaces.saturating_mul(newlines + 1).saturating_add(text.len()))?;
    let origin = call.origin(args);
    let padding = " ".repeat(spaces);
    let mut out = TextBuilder::default();
    out.push(before, origin, NOWHERE);
    out.push(&padding, origin, NOWHERE);
    let mut start = 0;
    for (at, _) in text.as_str().match_indices('\n') {
        out.push_slice(text, start..at + 1);
        out.push(&padding, origin, NOWHERE);
        start = at + 1;
    }
    out.push_slice(text, start..text.len());
    Ok(Value::text(out.finish()))
}

/// What Go's `strings.Repeat` panics with.
const NEGATIVE_REPEAT: &str = "strings: negative Repeat count";

fn repeat(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (count, text) = (int(args, 0)?, text(args, 1)?);
    let Ok(count) = usize::try_from(count) else {
        return Err(Failure::error(NEGATIVE_REPEAT));
    };
    fits(count.saturating_mul(text.len()))?;
    if text.is_empty() || count == 1 {
        return Ok(Value::text(text.clone()));
    }
    let mut out = TextBuilder::default();
    for _ in 0..count {
        out.push_text(text);
    }
    Ok(Value::text(out.finish()))
}

fn trim(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let text = text(args, 0)?;
    Ok(Value::text(text.slice_of(text.as_str().trim_matches(super::unicode::is_space))))
}

fn trim_all(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (cutset, text) = (str(args, 0)?, text(args, 1)?);
    if has_escapes(cutset) || has_escapes(text.as_str()) {
        let cutset = shown(cutset);
        let pieces = pieces(text.as_str());
        let stays = |piece: &&Piece| !cutset.contains(piece.char());
        let start = pieces.iter().find(stays).map_or(text.len(), |piece| piece.range.start);
        let end = pieces.iter().rfind(stays).map_or(text.len(), |piece| piece.range.end);
        return Ok(Value::text(text.slice(start..end)));
    }
    Ok(Value::text(text.slice_of(text.as_str().trim_matches(|c| cutset.contains(c)))))
}

fn trim_prefix(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (prefix, text) = (str(args, 0)?, text(args, 1)?);
    if has_escapes(prefix) {
        let whole = spread(text.as_str());
        let rest = whole.strip_prefix(&spread(prefix)).unwrap_or(&whole);
        return Ok(call.string(gathered(rest), args));
    }
    let rest = text.as_str().strip_prefix(prefix);
    Ok(Value::text(rest.map_or_else(|| text.clone(), |rest| text.slice_of(rest))))
}

fn trim_suffix(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (suffix, text) = (str(args, 0)?, text(args, 1)?);
    if has_escapes(suffix) {
        let whole = spread(text.as_str());
        let rest = whole.strip_suffix(&spread(suffix)).unwrap_or(&whole);
        return Ok(call.string(gathered(rest), args));
    }
    let rest = text.as_str().strip_suffix(suffix);
    Ok(Value::text(rest.map_or_else(|| text.clone(), |rest| text.slice_of(rest))))
}

fn trunc(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (count, text) = (int(args, 0)?, text(args, 1)?);
    let bytes = Bytes::of(text);
    let len = bytes.len() as i64;
    let kept = if count < 0 && len.saturating_add(count) > 0 {
        bytes.slice((len + count) as usize, bytes.len())
    } else if count >= 0 && len > count {
        bytes.slice(0, count as usize)
    } else {
        text.clone()
    };
    Ok(Value::text(kept))
}

fn substr(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (start, end, text) = (int(args, 0)?, int(args, 1)?, text(args, 2)?);
    let bytes = Bytes::of(text);
    let len = bytes.len() as i64;
    let bounds = |shown: String| {
        Failure::error(format!("runtime error: slice bounds out of range [{shown}"))
    };
    let (start, end) = if start < 0 {
        if end < 0 {
            return Err(bounds(format!(":{end}]")));
        }
        if end > len {
            return Err(bounds(format!(":{end}] with length {len}")));
        }
        (0, end)
    } else if end < 0 || end > len {
        (start, len)
    } else {
        (start, end)
    };
    if start > end {
        return Err(bounds(format!("{start}:{end}]")));
    }
    Ok(Value::text(bytes.slice(start as usize, end as usize)))
}

fn replace(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (old, new, text) = (str(args, 0)?, text(args, 1)?, text(args, 2)?);
    if has_escapes(old) {
        let (old, whole) = (spread(old), spread(text.as_str()));
        fits(whole.matches(&old).count().saturating_mul(new.len()).saturating_add(text.len()))?;
        return Ok(call.string(gathered(&whole.replace(&old, &spread(new.as_str()))), args));
    }
    let characters = text.as_str();
    let mut matches = characters.match_indices(old).peekable();
    if matches.peek().is_none() {
        return Ok(Value::text(text.clone()));
    }
    let count = characters.match_indices(old).count();
    fits(count.saturating_mul(new.len()).saturating_add(text.len()))?;
    let origin = call.origin(args);
    let mut out = TextBuilder::default();
    let mut start = 0;
    for (at, _) in matches {
        out.push_slice(text, start..at);
        push_settled(&mut out, new, origin);
        start = at + old.len();
    }
    out.push_slice(text, start..text.len());
    Ok(Value::text(out.finish()))
}

fn quote(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let origin = call.origin(args);
    let mut out = TextBuilder::default();
    for value in args.iter().filter(|value| !value.is_nil()) {
        if !out.is_empty() {
            out.push(" ", origin, NOWHERE);
        }
        let text = string_of(value, origin)?;
        push_quoted(&mut out, &text, origin);
        fits(out.len())?;
    }
    Ok(Value::text(out.finish()))
}

fn squote(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let origin = call.origin(args);
    let mut out = TextBuilder::default();
    for value in args.iter().filter(|value| !value.is_nil()) {
        out.push(if out.is_empty() { "'" } else { " '" }, origin, NOWHERE);
        push_settled(&mut out, &sprint(std::slice::from_ref(value), origin)?, origin);
        out.push("'", origin, NOWHERE);
        fits(out.len())?;
    }
    Ok(Value::text(out.finish()))
}

fn cat(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let values: Vec<Value> = args.iter().filter(|value| !value.is_nil()).cloned().collect();
    let origin = call.origin(args);
    spaced(&values, origin).map(Value::text)
}

fn to_string(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let value = any(args, 0)?;
    if value.as_text().is_some() {
        return Ok(value.clone());
    }
    let origin = call.origin(args);
    string_of(value, origin).map(Value::text)
}

fn plural(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let chosen = usize::from(int(args, 2)? != 1);
    Ok(Value::text(text(args, chosen)?.clone()))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of an Implementation")]
fn hello(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(call.string("Hello!", args))
}

fn contains(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (part, whole) = (str(args, 0)?, str(args, 1)?);
    if has_escapes(part) {
        return Ok(Value::bool(spread(whole).contains(&spread(part))));
    }
    Ok(Value::bool(whole.contains(part)))
}

fn has_prefix(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::bool(raw(args, 1)?.starts_with(&raw(args, 0)?)))
}

fn has_suffix(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::bool(raw(args, 1)?.ends_with(&raw(args, 0)?)))
}

/// What stands for the part that was cut off.
const ELLIPSIS: &str = "...";

fn abbrev(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (width, text) = (int(args, 0)?, text(args, 1)?);
    if width < 4 {
        return Ok(Value::text(text.clone()));
    }
    Ok(abbreviated(call, args, text, 0, width))
}

fn abbrevboth(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (left, right, text) = (int(args, 0)?, int(args, 1)?, text(args, 2)?);
    if right < 4 || left > 0 && right < 7 {
        return Ok(Value::text(text.clone()));
    }
    Ok(abbreviated(call, args, text, left, right))
}

/// goutils `AbbreviateFull`: at most `width` bytes, around the byte `offset`; `width` is 4 or more.
fn abbreviated(call: &mut Call<'_>, args: &[Value], text: &Text, offset: i64, width: i64) -> Value {
    let bytes = Bytes::of(text);
    let len = bytes.len() as i64;
    if len <= width {
        return Value::text(text.clone());
    }
    let kept = width - ELLIPSIS.len() as i64;
    let offset = offset.min(len).min(len - kept);
    let origin = call.origin(args);
    let mut out = TextBuilder::default();
    if offset <= 4 {
        bytes.push(&mut out, 0, kept as usize);
        out.push(ELLIPSIS, origin, NOWHERE);
        return Value::text(out.finish());
    }
    out.push(ELLIPSIS, origin, NOWHERE);
    if offset + kept < len {
        let end = offset + kept - ELLIPSIS.len() as i64;
        bytes.push(&mut out, offset as usize, end as usize);
        out.push(ELLIPSIS, origin, NOWHERE);
    } else {
        bytes.push(&mut out, (len - kept) as usize, len as usize);
    }
    Value::text(out.finish())
}

fn wrap(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let newline = Text::with_origin("\n", call.origin(args), NOWHERE);
    wrapped(text(args, 1)?, int(args, 0)?, &newline, false)
}

fn wrap_with(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let separator = text(args, 1)?;
    let separator = if separator.is_empty() { call.text("\n", args) } else { separator.clone() };
    wrapped(text(args, 2)?, int(args, 0)?, &separator, true)
}

/// goutils `WrapCustom`: lines of at most `width` bytes, broken at spaces, words too long only if `cut_words`.
fn wrapped(text: &Text, width: i64, newline: &Text, cut_words: bool) -> Outcome {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let bytes = Bytes::of(text);
    let line = unescape(text.as_str());
    fits((line.len() / width).saturating_mul(newline.len()).saturating_add(line.len()))?;
    let mut out = TextBuilder::default();
    let mut start = 0;
    while line.len() - start > width {
        if line.get(start) == Some(&b' ') {
            start += 1;
            continue;
        }
        let end = start + width;
        let reach = line.get(start..=end).unwrap_or_default();
        let space = match reach.iter().rposition(|byte| *byte == b' ') {
            Some(space) => Some(start + space),
            None if cut_words => {
                bytes.push(&mut out, start, end);
                out.push_text(newline);
                start = end;
                continue;
            }
            None => {
                let rest = line.get(end..).unwrap_or_default();
                rest.iter().position(|byte| *byte == b' ').map(|space| end + space)
            }
        };
        let Some(space) = space else { break };
        bytes.push(&mut out, start, space);
        out.push_text(newline);
        start = space + 1;
    }
    bytes.push(&mut out, start, line.len());
    Ok(Value::text(out.finish()))
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::super::traced::{origins, remembered};
    use crate::engine::text::MemoryId;
    use crate::engine::value::Value;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("strings.jsonl");
    }

    #[track_caller]
    fn check(name: &str, args: &[Value], expected: &str) {
        assert_eq!(origins(name, args), expected);
    }

    #[test]
    fn what_is_kept_keeps_its_origin() {
        let text = || remembered("ab\ncd", 1, 10);
        check("indent", &[Value::int(2), text()], "  @call ab\n@1:10   @call cd@1:13");
        check("nindent", &[Value::int(1), text()], "\n @call ab\n@1:10  @call cd@1:13");
        check("trunc", &[Value::int(-2), text()], "cd@1:13");
        check("substr", &[Value::int(1), Value::int(4), text()], "b\nc@1:11");
        check("trim", &[remembered(" x ", 1, 10)], "x@1:11");
        check("trimSuffix", &[Value::plain("cd"), text()], "ab\n@1:10");
        check("trimAll", &[Value::plain("ad"), text()], "b\nc@1:11");
        check("repeat", &[Value::int(2), remembered("x", 1, 10)], "x@1:10 x@1:10");
        check("toString", &[text()], "ab\ncd@1:10");
        check("abbrev", &[Value::int(4), text()], "a@1:10 ...@call");
        check("wrap", &[Value::int(2), remembered("ab cd", 1, 10)], "ab@1:10 \n@call cd@1:13");
    }

    #[test]
    fn quotes_and_escapes_are_the_call_s_own() {
        check("quote", &[remembered("ab\ncd", 1, 10)], "\"@call ab@1:10 \\n@call cd@1:13 \"@call");
        check("squote", &[remembered("ab", 1, 10)], "'@call ab@1:10 '@call");
    }

    #[test]
    fn texts_that_are_put_together_keep_their_origins() {
        let (one, two) = (remembered("one", 1, 10), remembered("two", 2, 20));
        check("cat", &[one.clone(), two.clone()], "one@1:10  @call two@2:20");
        check("replace", &[Value::plain("n"), two, one], "o@1:10 two@2:20 e@1:12");
    }

    #[test]
    fn a_number_of_a_file_is_known_by_its_entry() {
        let number = Value::int(5).with_memory(MemoryId::new(3));
        check("quote", &[number], "\"@call 5@3:- \"@call");
    }
}
