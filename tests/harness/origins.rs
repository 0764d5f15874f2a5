//! How many scalars of an output know where they came from.

use std::fmt::{self, Display};

use chartlint::render::{Document, Rendering};
use chartlint::source::TextRange;
use chartlint::yaml::{self, NodeKind, Style, Use};

/// Counts of scalars that are values of mappings and lists, keys not among them.
#[derive(Debug, Default)]
pub(crate) struct Share {
    scalars: usize,
    /// Every byte that is no blank came from a place in a file.
    placed: usize,
    /// Every such byte stands literally at the place that is said to hold it.
    literal: usize,
    /// A place said to hold a byte holds another one.
    wrong: usize,
    /// The whole text stands at the value that is shown, but its literal place was lost.
    lost: usize,
}

impl Share {
    pub(crate) fn add(&mut self, other: &Self) {
        self.scalars += other.scalars;
        self.placed += other.placed;
        self.literal += other.literal;
        self.wrong += other.wrong;
        self.lost += other.lost;
    }
}

impl Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |count: usize| 100.0 * count as f64 / self.scalars.max(1) as f64;
        write!(
            f,
            "{} scalars: {:.3} % with an origin, {:.1} % literal in a file, {} at a wrong place, {} whose literal place was lost",
            self.scalars,
            percent(self.placed),
            percent(self.literal),
            self.wrong,
            self.lost
        )
    }
}

pub(crate) fn measure(rendering: &Rendering) -> Share {
    let mut share = Share::default();
    for document in &rendering.documents {
        let stream = yaml::parse(&document.text);
        for parsed in &stream.documents {
            if let Some(root) = &parsed.root {
                walk(rendering, document, root, &mut share);
            }
        }
    }
    share
}

fn walk(rendering: &Rendering, document: &Document, value: &Use, share: &mut Share) {
    match &value.node.kind {
        NodeKind::Map(entries) => {
            for entry in entries.iter().filter(|entry| !entry.merged) {
                walk(rendering, document, &entry.value, share);
            }
        }
        NodeKind::Seq(items) => {
            for item in items {
                walk(rendering, document, item, share);
            }
        }
        _ if value.range.is_empty() => {}
        _ => scalar(rendering, document, value, share),
    }
}

fn scalar(rendering: &Rendering, document: &Document, value: &Use, share: &mut Share) {
    share.scalars += 1;
    let quoted = matches!(value.node.style, Style::Single | Style::Double) && value.range.len() > 2;
    let (start, end) = (value.range.start as usize, value.range.end as usize);
    let (start, end) = if quoted { (start + 1, end - 1) } else { (start, end) };
    let first = document.lines.partition_point(|line| (line.range.end as usize) < start);
    let lines = document.lines.get(first..).unwrap_or_default();
    let lines = lines.iter().take_while(|line| (line.range.start as usize) < end);
    let pieces: Vec<_> = lines.flat_map(|line| &line.pieces).collect();
    let (mut placed, mut literal) = (true, true);
    for (at, byte) in document.text.bytes().enumerate().take(end).skip(start) {
        if byte.is_ascii_whitespace() {
            continue;
        }
        let covers = |range: TextRange| (range.start as usize..range.end as usize).contains(&at);
        let Some(piece) = pieces.iter().find(|piece| covers(piece.range)) else {
            (placed, literal) = (false, false);
            continue;
        };
        match piece.literal {
            None => literal = false,
            Some(span) => {
                let text = rendering.sources.file(span.file).text().as_bytes();
                let there = span.range.start as usize + (at - piece.range.start as usize);
                if text.get(there) != Some(&byte) {
                    share.wrong += 1;
                    literal = false;
                }
            }
        }
    }
    share.placed += usize::from(placed);
    share.literal += usize::from(literal);
    if !literal
        && let [piece] = pieces.iter().filter(|piece| piece.value.is_some()).collect::<Vec<_>>()[..]
        && let Some(span) = piece.value.as_ref().and_then(|value| value.span)
        && document.text.get(start..end) == Some(rendering.sources.slice(span))
    {
        share.lost += 1;
    }
}

/// Where the first line with this text came from.
pub(crate) fn of_line(rendering: &Rendering, text: &str) -> String {
    for document in &rendering.documents {
        for line in &document.lines {
            if document.text.get(line.range.start as usize..line.range.end as usize) == Some(text)
                && let Some(piece) = line.pieces.last()
            {
                let file = rendering.sources.file(piece.node.file);
                let position = file.position(piece.node.range.start);
                return format!("{}:{}:{}", file.path(), position.line, position.column);
            }
        }
    }
    "no line like this has a place".to_owned()
}
