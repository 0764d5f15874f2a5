//! Sprig's functions on paths: Go's `path` and, with the prefix `os`, `path/filepath` on Unix.

use crate::engine::text::Text;
use crate::engine::value::Value;

use super::arguments::{str, text};
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("base", base),
    ("clean", clean),
    ("dir", dir),
    ("ext", ext),
    ("isAbs", is_abs),
    ("osBase", base),
    ("osClean", clean),
    ("osDir", dir),
    ("osExt", ext),
    ("osIsAbs", is_abs),
];

type Outcome = Result<Value, Failure>;

fn base(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let path = text(args, 0)?;
    let trimmed = path.as_str().trim_end_matches('/');
    if path.is_empty() || trimmed.is_empty() {
        let base = if path.is_empty() { "." } else { "/" };
        return Ok(call.string(base, args));
    }
    let base = trimmed.rsplit('/').next().unwrap_or(trimmed);
    Ok(Value::text(path.slice_of(base)))
}

fn clean(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let path = text(args, 0)?;
    Ok(cleaned_value(call, args, path, path.as_str()))
}

fn dir(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let path = text(args, 0)?;
    let parent = path.as_str().rfind('/').and_then(|at| path.as_str().get(..=at));
    Ok(cleaned_value(call, args, path, parent.unwrap_or_default()))
}

fn ext(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let path = text(args, 0)?;
    let base = path.as_str().rsplit('/').next().unwrap_or_default();
    let ext = base.rfind('.').and_then(|at| base.get(at..));
    Ok(Value::text(ext.map_or_else(|| Text::plain(""), |ext| path.slice_of(ext))))
}

fn is_abs(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::bool(str(args, 0)?.starts_with('/')))
}

/// The cleaned `part` of `path`, with its origin if it is a part of it already.
fn cleaned_value(call: &mut Call<'_>, args: &[Value], path: &Text, part: &str) -> Value {
    let cleaned = cleaned(part);
    if part.starts_with(cleaned.as_str()) {
        return Value::text(path.slice_of(part.get(..cleaned.len()).unwrap_or_default()));
    }
    call.string(cleaned, args)
}

/// Go `path.Clean`: no empty and no `.` elements, and `..` only at the start of a relative path.
fn cleaned(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if elements.last().is_some_and(|last| *last != "..") => {
                elements.pop();
            }
            ".." if rooted => {}
            _ => elements.push(element),
        }
    }
    let joined = elements.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("paths.jsonl");
    }
}
