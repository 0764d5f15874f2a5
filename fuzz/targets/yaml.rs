//! The YAML reader and writer: ranges stand in the text, segments tell the truth, and what is written is read again.
#![no_main]

use std::borrow::Cow;

use chartlint::source::TextRange;
use chartlint::yaml::{
    Data, Node, NodeKind, Number, Stream, Use, Written, parse, parse_part, parse_values,
    split_values, write, write_pretty,
};
use libfuzzer_sys::fuzz_target;

/// Aliases may make more nodes of a text than it has bytes.
const MAX_NODES: usize = 20_000;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let text = &*text;
    let whole = TextRange::new(0, text.len());
    let stream = parse(text);
    check(text, whole, &stream);
    assert_eq!(format!("{:?}", parse(text)), format!("{stream:?}"));
    check(text, whole, &parse_values(text));
    let (parts, _) = split_values(text);
    assert!(parts.windows(2).all(|pair| pair[0].end <= pair[1].start), "{parts:?}");
    for part in parts.into_iter().take(4) {
        check(text, part, &parse_part(text, part));
    }
    let part = TextRange::new(text.floor_char_boundary(text.len() / 3), text.len());
    check(text, part, &parse_part(text, part));
    for document in stream.documents.iter().take(8) {
        if let Some(root) = &document.root {
            round_trip(root);
        }
    }
});

#[track_caller]
fn inside<'t>(text: &'t str, part: TextRange, range: TextRange) -> &'t str {
    let within = part.start <= range.start && range.start <= range.end && range.end <= part.end;
    assert!(within, "{range:?} is not inside {part:?}");
    text.get(range.usize()).unwrap_or_else(|| panic!("{range:?} cuts a character"))
}

fn check(text: &str, part: TextRange, stream: &Stream) {
    for document in &stream.documents {
        inside(text, part, document.range);
        if let Some(root) = &document.root {
            let mut left = MAX_NODES;
            node(text, part, root, &mut left);
        }
    }
    for comment in &stream.comments {
        let shown = inside(text, part, comment.range);
        assert!(shown.starts_with('#') && !shown.contains('\n'), "{shown:?}");
    }
    assert!(stream.comments.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
    for error in &stream.errors {
        inside(text, part, error.range);
        assert!(!error.message.is_empty());
        let _ = error.helm_text();
    }
}

fn node(text: &str, part: TextRange, used: &Use, left: &mut usize) {
    *left = left.saturating_sub(1);
    if *left == 0 {
        return;
    }
    inside(text, part, used.range);
    inside(text, part, used.node.range);
    for range in [used.node.anchor, used.node.tag].into_iter().flatten() {
        inside(text, part, range);
    }
    let value = used.node.as_str().unwrap_or_default();
    let mut at = 0;
    for segment in &used.node.segments {
        let (start, len) = (segment.text_start as usize, segment.len as usize);
        assert!(at <= start && len > 0, "{:?}", used.node);
        at = start + len;
        let source = segment.source_start as usize;
        let shown = text.get(source..source + len);
        assert!(shown.is_some() && value.get(start..at) == shown, "{:?}", used.node);
    }
    for item in used.node.items() {
        child(text, used, item.range);
        node(text, part, item, left);
    }
    if let NodeKind::Map(entries) = &used.node.kind {
        for (at, entry) in entries.iter().enumerate() {
            inside(text, part, entry.key_range);
            assert!(
                entry.repeats.is_none_or(|first| first < at && entries[first].key == entry.key)
            );
            if !entry.merged {
                child(text, used, entry.key_range);
                child(text, used, entry.value.range);
            }
            node(text, part, &entry.value, left);
        }
    }
}

/// A value that is left out stands where it could be.
fn child(text: &str, parent: &Use, range: TextRange) {
    if !range.is_empty() {
        inside(text, parent.node.range, range);
    }
}

fn round_trip(root: &Use) {
    let mut left = MAX_NODES;
    let Some(data) = data_of(&root.node, &mut left) else { return };
    if let Some(written) = write(&data) {
        pieces(&data, &written);
        if !is_changed_by_go(&data) {
            again(&data, &written.text);
        }
    }
    if let Some(written) = write_pretty(&data) {
        pieces(&data, &written);
    }
}

fn again(data: &Data<'_>, text: &str) {
    let stream = parse(text);
    assert!(stream.errors.is_empty(), "{:?} of {text:?} of {data:?}", stream.errors);
    let Some(root) = stream.documents.first().and_then(|document| document.root.as_ref()) else {
        panic!("nothing is in {text:?} of {data:?}");
    };
    let mut left = usize::MAX;
    let Some(read) = data_of(&root.node, &mut left) else { return };
    assert!(equal(data, &read), "{data:?} became {read:?} in {text:?}");
}

fn data_of<'a>(node: &'a Node, left: &mut usize) -> Option<Data<'a>> {
    *left = left.checked_sub(1)?;
    Some(match &node.kind {
        NodeKind::Null => Data::Null,
        NodeKind::Bool(value) => Data::Bool(*value),
        NodeKind::Number(Number::Int(value)) => Data::Int(*value),
        NodeKind::Number(Number::Uint(value)) => Data::Uint(*value),
        NodeKind::Number(Number::Float(value)) => Data::Float(*value),
        NodeKind::Str(text) => Data::Str(text),
        NodeKind::Seq(items) => {
            Data::Seq(items.iter().map(|item| data_of(&item.node, left)).collect::<Option<_>>()?)
        }
        NodeKind::Map(_) => {
            let entry = |(key, used): (&'a str, &'a Use)| {
                Some((Cow::Borrowed(key), data_of(&used.node, left)?))
            };
            let entries = node.entries().map(|entry| (&*entry.key, &entry.value));
            Data::Map(entries.map(entry).collect::<Option<_>>()?)
        }
    })
}

/// Numbers are equal if they are so as Helm sees them: a float without a fraction is written as an integer.
fn equal(a: &Data<'_>, b: &Data<'_>) -> bool {
    let number = |data: &Data<'_>| match *data {
        Data::Int(value) => Some(value as f64),
        Data::Uint(value) => Some(value as f64),
        Data::Float(value) => Some(value),
        _ => None,
    };
    match (a, b) {
        (Data::Seq(a), Data::Seq(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Data::Map(a), Data::Map(b)) => {
            let (mut a, mut b): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
            a.sort_by_key(|(key, _)| key);
            b.sort_by_key(|(key, _)| key);
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && equal(&a.1, &b.1))
        }
        _ => a == b || number(a).is_some_and(|a| number(b) == Some(a)),
    }
}

/// Whether Go itself reads something else than it wrote: U+0085 becomes a blank, and a key `<<` merges.
fn is_changed_by_go(data: &Data<'_>) -> bool {
    match data {
        Data::Str(text) => text.contains('\u{85}'),
        Data::Seq(items) => items.iter().any(is_changed_by_go),
        Data::Map(entries) => {
            entries.iter().any(|(key, value)| key == "<<" || is_changed_by_go(value))
        }
        _ => false,
    }
}

/// Pieces stand in order, do not overlap, and say the truth about the bytes they name.
fn pieces(data: &Data<'_>, written: &Written) {
    let mut strings = Vec::new();
    leaves(data, &mut strings);
    let mut before = 0;
    for piece in &written.pieces {
        assert!(before <= piece.start && piece.start < piece.end, "{written:?}");
        before = piece.end;
        let shown = written.text.get(piece.start as usize..piece.end as usize);
        assert!(shown.is_some(), "{written:?}");
        if let Some(from) = piece.text_start {
            let own = strings[piece.leaf as usize].unwrap_or_default();
            let len = (piece.end - piece.start) as usize;
            assert_eq!(own.get(from as usize..from as usize + len), shown, "{written:?}");
        }
    }
}

fn leaves<'a>(data: &Data<'a>, out: &mut Vec<Option<&'a str>>) {
    match data {
        Data::Seq(items) => items.iter().for_each(|item| leaves(item, out)),
        Data::Map(entries) => entries.iter().for_each(|(_, value)| leaves(value, out)),
        Data::Str(text) => out.push(Some(text)),
        _ => out.push(None),
    }
}
