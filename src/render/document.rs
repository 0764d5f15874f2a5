//! Rendered documents, line by line, with the places that their text came from.

use crate::bytes;
use crate::chart::ChartFile;
use crate::diagnostic::Frame;
use crate::engine::Output;
use crate::manifest::head::Head;
use crate::manifest::order::Part;
use crate::source::{SourceMap, Span, TextRange};
use crate::view::{ValuePlace, View, trace};
use crate::yaml;

/// What is printed behind one `# Source:` line.
#[derive(Debug)]
pub struct Document {
    /// As Helm names it: `mychart/templates/x.yaml`.
    pub source: String,
    /// What Helm takes it for.
    pub kind: DocumentKind,
    /// `kind` of the object; empty if there is none.
    pub object_kind: String,
    /// `metadata.name` of the object; empty if there is none.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The lines of the text, if their origins were asked for.
    pub lines: Vec<Line>,
}

/// What a document is to Helm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A file of `crds/`.
    Crd,
    /// Part of the release.
    Manifest,
    /// Installed at its own time.
    Hook,
}

/// A line of a document.
#[derive(Debug)]
pub struct Line {
    /// Its bytes in [`Document::text`], without the line ending.
    pub range: TextRange,
    /// Where they came from, from left to right; blanks have no piece of their own.
    pub pieces: Vec<Piece>,
}

/// A part of a line that came from one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes in [`Document::text`].
    pub range: TextRange,
    /// The template node that printed it.
    pub node: Span,
    /// The very text in a file, where it stands there literally.
    pub literal: Option<Span>,
    /// The includes that led to the node, outermost first.
    pub trace: Vec<Frame>,
    /// The value that it shows.
    pub value: Option<ValuePlace>,
}

impl Document {
    /// A document of a template.
    pub(super) fn new(
        view: &View<'_>,
        part: &Part,
        kind: DocumentKind,
        with_origins: bool,
    ) -> Option<Self> {
        let template = view.rendered.templates.get(part.template)?;
        let output = template.output.as_ref().ok()?;
        let text = output.text.get(part.range.usize())?;
        let lines = if with_origins { lines(view, output, part.range) } else { Vec::new() };
        Some(Self {
            source: template.name.to_string(),
            kind,
            object_kind: part.head.kind.clone(),
            name: part.head.name.clone(),
            text: text.to_owned(),
            lines,
        })
    }

    /// A file of `crds/`, which is printed as it is.
    pub(super) fn crd(
        source: String,
        file: &ChartFile,
        sources: &SourceMap,
        with_origins: bool,
    ) -> Self {
        let text = bytes::escape(&file.data).into_owned();
        let piece = |range: TextRange| {
            let node = range.in_file(file.file?);
            // Texts of files are kept without a byte order mark.
            let same = sources.slice(node) == text.get(range.usize())?;
            let literal = same.then_some(node);
            Some(Piece { range, node, literal, trace: Vec::new(), value: None })
        };
        let line = |range: TextRange| {
            let pieces = if range.is_empty() { None } else { piece(range) };
            Line { range, pieces: pieces.into_iter().collect() }
        };
        let lines = if with_origins { line_ranges(&text).map(line).collect() } else { Vec::new() };
        let stream = yaml::parse(&text);
        let root = stream.documents.first().and_then(|document| document.root.as_ref());
        let head = Head::read(root).unwrap_or_default();
        Self {
            source,
            kind: DocumentKind::Crd,
            object_kind: head.kind,
            name: head.name,
            lines,
            text,
        }
    }
}

fn line_ranges(text: &str) -> impl Iterator<Item = TextRange> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let range = TextRange::new(start, start + line.trim_end_matches(['\n', '\r']).len());
        start += line.len();
        range
    })
}

fn lines(view: &View<'_>, output: &Output, part: TextRange) -> Vec<Line> {
    let text = output.text.get(part.usize()).unwrap_or_default();
    line_ranges(text)
        .map(|range| Line { range, pieces: pieces(view, output, part.start as usize, range) })
        .collect()
}

/// The runs of a line as pieces; neighbours of one place are one piece.
fn pieces(view: &View<'_>, output: &Output, base: usize, line: TextRange) -> Vec<Piece> {
    let (start, end) = (base + line.start as usize, base + line.end as usize);
    let mut pieces: Vec<Piece> = Vec::new();
    if start == end {
        return pieces;
    }
    for (run_start, run) in output.runs_in(start, end) {
        let (from, to) = (run_start.max(start), (run.end as usize).min(end));
        let text = output.text.get(from..to).unwrap_or_default();
        if text.trim().is_empty() {
            continue;
        }
        let Some(resolved) = view.rendered.resolve(output, from, to - from) else { continue };
        let is_value = view.rendered.value(resolved.value).is_some();
        let piece = Piece {
            range: TextRange::new(from - base, to - base),
            node: resolved.node,
            literal: resolved.literal,
            trace: trace(&view.rendered, resolved.frame),
            value: is_value.then(|| view.value_place(resolved.value)),
        };
        match pieces.last_mut() {
            Some(last)
                if last.node == piece.node
                    && last.value == piece.value
                    && last.trace == piece.trace =>
            {
                last.range.end = piece.range.end;
                last.literal = joined(last.literal, piece.literal);
            }
            _ => pieces.push(piece),
        }
    }
    pieces
}

/// Two literal places as one, if they touch.
fn joined(first: Option<Span>, second: Option<Span>) -> Option<Span> {
    let (first, second) = (first?, second?);
    (first.file == second.file && first.range.end == second.range.start)
        .then(|| first.range.to(second.range).in_file(first.file))
}
