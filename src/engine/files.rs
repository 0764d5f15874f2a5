//! The methods of `.Files` (Helm `pkg/engine/files.go`; patterns as in gobwas/glob with `/` as separator).

#![expect(clippy::unnecessary_wraps, reason = "every method has the type of an implementation")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;

use crate::bytes::escape;

use super::functions::{Call, Failure, yaml_functions};
use super::text::{NOWHERE, OriginId, Text, TextBuilder};
use super::value::{Kind, ListType, MapType, Value};

/// `Get`: the file as text, empty if there is none.
pub(super) fn get(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let _ = call;
    Ok(Value::text(text_of(&bytes(args))))
}

/// `GetBytes`
pub(super) fn get_bytes(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    Ok(bytes(args))
}

/// `Lines`: without the final line ending; an empty file has none.
pub(super) fn lines(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let text = text_of(&bytes(args));
    if text.is_empty() {
        return Ok(Value::list_of(Vec::new(), ListType::Strings));
    }
    let body = text.as_str().strip_suffix('\n').unwrap_or(text.as_str());
    let lines: Vec<Text> = body.split('\n').map(|line| text.slice_of(line)).collect();
    Ok(Value::strings(lines))
}

/// `Glob`: the files whose names match.
pub(super) fn glob(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let [files, pattern] = args else { return Ok(Value::NIL) };
    let Some(map) = files.as_map() else { return Ok(Value::NIL) };
    let matcher = compile(pattern.as_str().unwrap_or_default());
    let entries = map.entries.borrow();
    let found = entries
        .iter()
        .filter(|(name, _)| matcher.as_ref().is_none_or(|matcher| matcher.is_match(name)))
        .map(|(name, value)| (Arc::clone(name), value.clone()))
        .collect();
    Ok(Value::map_of(found, MapType::Files))
}

/// `AsConfig`: a YAML mapping of base names to texts.
pub(super) fn as_config(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let map = by_base_name(args, |_, value| Value::text(text_of(value)));
    yaml_functions::to_yaml(call, &[map])
}

/// `AsSecrets`: a YAML mapping of base names to base64.
pub(super) fn as_secrets(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let map = by_base_name(args, |call, value| match &value.kind {
        Kind::Bytes(bytes) => {
            let origin = OriginId::of_memory(value.memory);
            let _ = call;
            Value::text(Text::with_origin(STANDARD.encode(bytes), origin, NOWHERE))
        }
        _ => Value::plain(""),
    });
    yaml_functions::to_yaml(call, &[map])
}

fn by_base_name(args: &[Value], convert: impl Fn(&str, &Value) -> Value) -> Value {
    let mut out = BTreeMap::new();
    if let Some(map) = args.first().and_then(Value::as_map) {
        for (name, value) in map.entries.borrow().iter() {
            let base = name.rsplit('/').next().unwrap_or(name);
            out.insert(Arc::from(base), convert(base, value));
        }
    }
    Value::map_of(out, MapType::Strings)
}

fn bytes(args: &[Value]) -> Value {
    let [files, name] = args else { return Value::NIL };
    let found = files
        .as_map()
        .and_then(|map| map.entries.borrow().get(name.as_str().unwrap_or_default()).cloned());
    found.unwrap_or_else(|| Value::new(Kind::Bytes(Arc::from([].as_slice()))))
}

/// The text of a file, each byte where it stands.
fn text_of(value: &Value) -> Text {
    let Kind::Bytes(bytes) = &value.kind else { return Text::default() };
    let origin = OriginId::of_memory(value.memory);
    match escape(bytes) {
        Cow::Borrowed(text) => {
            // A piece per line: a label then shows the line, not the whole file.
            let mut out = TextBuilder::default();
            out.push(text, origin, if value.memory.is_some() { 0 } else { NOWHERE });
            out.finish()
        }
        Cow::Owned(text) => Text::with_origin(text, origin, NOWHERE),
    }
}

/// The pattern as a regular expression; `None` (which matches all, as in Helm) if it is broken.
fn compile(pattern: &str) -> Option<Regex> {
    let chars: Vec<char> = pattern.chars().collect();
    if chars.contains(&char::REPLACEMENT_CHARACTER) {
        return None;
    }
    let mut out = String::from("(?s)^");
    let mut depth = 0_u32;
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        at += 1;
        match c {
            '*' if chars.get(at) == Some(&'*') => {
                at += 1;
                out.push_str(".*");
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '{' => {
                depth += 1;
                out.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                out.push(')');
            }
            ',' if depth > 0 => out.push('|'),
            '[' => at = class(&chars, at, &mut out)?,
            '\\' => {
                if let Some(c) = chars.get(at) {
                    at += 1;
                    out.push_str(&regex::escape(&c.to_string()));
                }
            }
            other => out.push_str(&regex::escape(&other.to_string())),
        }
    }
    // What is not closed ends with the pattern.
    out.extend(std::iter::repeat_n(')', depth as usize));
    out.push('$');
    Regex::new(&out).ok()
}

/// A class from behind its `[` on: one range, or single characters. Where it ends, or `None` if it is broken.
fn class(chars: &[char], mut at: usize, out: &mut String) -> Option<usize> {
    let escaped = |c: &char| format!("\\x{{{:x}}}", u32::from(*c));
    out.push('[');
    if chars.get(at) == Some(&'!') {
        out.push('^');
        at += 1;
    }
    let first = chars.get(at)?;
    if chars.get(at + 1) == Some(&'-') {
        let last = chars.get(at + 2)?;
        if chars.get(at + 3) != Some(&']') || last < first {
            return None;
        }
        for part in [&escaped(first), "-", &escaped(last), "]"] {
            out.push_str(part);
        }
        return Some(at + 4);
    }
    let start = at;
    loop {
        match chars.get(at)? {
            ']' if at > start => break,
            ']' => return None,
            '\\' => {
                out.push_str(&escaped(chars.get(at + 1)?));
                at += 2;
            }
            other => {
                out.push_str(&escaped(other));
                at += 1;
            }
        }
    }
    out.push(']');
    Some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let matcher = compile(pattern);
        let matches = |name: &str| matcher.as_ref().is_none_or(|matcher| matcher.is_match(name));
        assert!(yes.iter().all(|name| matches(name)), "{pattern} misses one of {yes:?}");
        assert!(!no.iter().any(|name| matches(name)), "{pattern} takes one of {no:?}");
    }

    #[test]
    fn stars_stop_at_separators_unless_doubled() {
        check("files/*.txt", &["files/a.txt"], &["files/b/a.txt", "a.txt"]);
        check("files/**.txt", &["files/a.txt", "files/b/a.txt"], &["a.txt"]);
        check("**", &["a", "a/b"], &[]);
        check("f?.yaml", &["fa.yaml"], &["f/.yaml", "f.yaml"]);
    }

    #[test]
    fn classes_and_alternatives() {
        check("{a,b*}/x[0-9].y", &["a/x1.y", "bcd/x9.y"], &["c/x1.y", "a/xx.y"]);
        check("[!a]b", &["cb"], &["ab"]);
        check("a\\*", &["a*"], &["ab"]);
    }

    #[test]
    fn a_broken_pattern_matches_everything() {
        check("[a", &["anything", "a/b"], &[]);
        check("[b-a]", &["anything"], &[]);
        check("[a-]", &["anything"], &[]);
        check("[]", &["anything"], &[]);
        check("{a", &["a"], &["b", "{a"]);
    }
}
