//! `html`, `js` and `urlquery`: the escapers of Go's `text/template`.

use std::fmt::Write as _;

use crate::bytes::{has_escapes, pieces};
use crate::engine::text::{NOWHERE, OriginId, Text, TextBuilder};
use crate::engine::value::Value;

use super::format::sprint;
use super::unicode::is_print;
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] =
    &[("html", html), ("js", js), ("urlquery", urlquery)];

type Outcome = Result<Value, Failure>;

/// The arguments as an action prints them (Go `evalArgs`).
fn printed(args: &[Value], origin: OriginId) -> Result<Text, Failure> {
    if let [only] = args
        && let Some(text) = only.as_text()
    {
        return Ok(text.clone());
    }
    let shown: Vec<Value> = args
        .iter()
        .map(|arg| if arg.is_nil() { Value::plain("<no value>") } else { arg.clone() })
        .collect();
    sprint(&shown, origin)
}

/// A text in which `escape` replaces characters; the others keep their origin. Bytes that are none stay, or have the
/// form of an address.
fn escaped(
    call: &mut Call<'_>,
    args: &[Value],
    keeps_bytes: bool,
    escape: fn(char, &mut String) -> bool,
) -> Outcome {
    let origin = call.origin(args);
    let text = printed(args, origin)?;
    let mut out = TextBuilder::default();
    let mut done = 0;
    let mut replacement = String::new();
    if has_escapes(text.as_str()) {
        for piece in pieces(text.as_str()) {
            replacement.clear();
            match piece.byte {
                Some(byte) if !keeps_bytes => {
                    let _ = write!(replacement, "%{byte:02X}");
                }
                None if escape(piece.char(), &mut replacement) => {}
                _ => {
                    out.push_slice(&text, piece.range);
                    continue;
                }
            }
            out.push(&replacement, origin, NOWHERE);
        }
        return Ok(Value::text(out.finish()));
    }
    for (at, c) in text.as_str().char_indices() {
        replacement.clear();
        if escape(c, &mut replacement) {
            out.push_slice(&text, done..at);
            out.push(&replacement, origin, NOWHERE);
            done = at + c.len_utf8();
        }
    }
    if done == 0 {
        return Ok(Value::text(text));
    }
    out.push_slice(&text, done..text.len());
    Ok(Value::text(out.finish()))
}

fn html(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    escaped(call, args, true, |c, out| {
        out.push_str(match c {
            '\0' => "\u{fffd}",
            '"' => "&#34;",
            '\'' => "&#39;",
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => return false,
        });
        true
    })
}

fn js(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    escaped(call, args, true, |c, out| {
        match c {
            '\\' | '\'' | '"' => {
                out.push('\\');
                out.push(c);
            }
            '<' | '>' | '&' | '=' | '\0'..=' ' if c != ' ' => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            _ if c.is_ascii() || is_print(c) => return false,
            _ => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
        }
        true
    })
}

fn urlquery(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    escaped(call, args, false, |c, out| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~') {
            return false;
        }
        if c == ' ' {
            out.push('+');
            return true;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(out, "%{byte:02X}");
        }
        true
    })
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::super::traced::{origins, remembered};
    use crate::engine::value::Value;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("escape.jsonl");
    }

    #[track_caller]
    fn check(name: &str, args: &[Value], expected: &str) {
        assert_eq!(origins(name, args), expected);
    }

    #[test]
    fn what_needs_no_escape_keeps_its_origin() {
        check("html", &[remembered("a<b", 1, 10)], "a@1:10 &lt;@call b@1:12");
        check("urlquery", &[remembered("a b", 1, 10)], "a@1:10 +@call b@1:12");
    }
}
