//! What a chart renders to, with the places that its lines came from: for people, and for programs.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use crate::bytes;
use crate::render::{Document, DocumentKind, Failure, Line, Piece, Rendering};
use crate::source::{SourceMap, Span};

use super::display::path as harmless;
use super::json::{FrameJson, LocationJson};

/// The widest column of places; longer ones push their line to the right.
const MAX_PLACE_WIDTH: usize = 48;

/// Each line behind the place that printed it, with the values that it shows and where else it came from.
pub fn origins(rendering: &Rendering) -> String {
    let mut out = String::new();
    for document in &rendering.documents {
        let shown: Vec<(String, &Line)> = document
            .lines
            .iter()
            .map(|line| {
                let first = line.pieces.first();
                (first.map_or_else(String::new, |piece| place(rendering, printed_at(piece))), line)
            })
            .collect();
        let width = shown.iter().map(|(place, _)| place.chars().count()).max().unwrap_or(0);
        let width = width.min(MAX_PLACE_WIDTH);
        let _ = writeln!(out, "---\n# Source: {}", document.source);
        for (place, line) in shown {
            let text = document.text.get(line.range.usize()).unwrap_or_default();
            let line = format!(
                "{place:width$} | {}{}",
                harmless(&bytes::shown(text)),
                notes(rendering, line)
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}

/// Values, and places other than that of the line's beginning.
fn notes(rendering: &Rendering, line: &Line) -> String {
    let mut notes: Vec<String> = Vec::new();
    for piece in &line.pieces {
        let note = match &piece.value {
            Some(value) => match value.span {
                Some(span) => format!("{} ({})", value.path, place(rendering, span)),
                None => value.path.clone(),
            },
            None if line.pieces.first().is_some_and(|first| first.node.file != piece.node.file) => {
                place(rendering, printed_at(piece))
            }
            None => continue,
        };
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    let calls = line.pieces.iter().flat_map(|piece| &piece.trace);
    for frame in calls {
        let note = format!("{} at {}", frame.template, place(rendering, frame.call));
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    if notes.is_empty() { String::new() } else { format!("    <- {}", harmless(&notes.join(", "))) }
}

/// The place in the template: the very text, or the action that printed it.
fn printed_at(piece: &Piece) -> Span {
    piece.literal.filter(|_| piece.value.is_none()).unwrap_or(piece.node)
}

/// `templates/x.yaml:3`, inside the chart.
fn place(rendering: &Rendering, span: Span) -> String {
    let file = rendering.sources.file(span.file);
    let path = file.path();
    let inside =
        path.strip_prefix(rendering.chart.as_str()).and_then(|rest| rest.strip_prefix('/'));
    let line = file.position(span.range.start).line;
    harmless(&format!("{}:{line}", inside.unwrap_or(path)))
}

/// One JSON document. Its shape is stable: fields are added, never changed, while `version` is 1.
pub fn rendering_json(rendering: &Rendering) -> String {
    let sources = &rendering.sources;
    let document = RenderingJson {
        version: 1,
        chart: &rendering.chart,
        complete: rendering.failures.is_empty(),
        documents: rendering
            .documents
            .iter()
            .map(|document| DocumentJson::new(document, sources))
            .collect(),
        failures: rendering.failures.iter().map(|f| FailureJson::new(f, sources)).collect(),
        warnings: &rendering.warnings,
    };
    // Only maps with keys that are no strings can fail, and there are none.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct RenderingJson<'a> {
    version: u32,
    chart: &'a str,
    complete: bool,
    documents: Vec<DocumentJson<'a>>,
    failures: Vec<FailureJson<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct DocumentJson<'a> {
    source: &'a str,
    #[serde(rename = "type")]
    what: &'static str,
    kind: &'a str,
    name: &'a str,
    lines: Vec<LineJson<'a>>,
}

impl<'a> DocumentJson<'a> {
    fn new(document: &'a Document, sources: &'a SourceMap) -> Self {
        let what = match document.kind {
            DocumentKind::Crd => "crd",
            DocumentKind::Manifest => "manifest",
            DocumentKind::Hook => "hook",
        };
        let lines = document.lines.iter().map(|line| LineJson {
            text: bytes::shown(document.text.get(line.range.usize()).unwrap_or_default()),
            pieces: line
                .pieces
                .iter()
                .map(|piece| PieceJson::new(document, line, piece, sources))
                .collect(),
        });
        Self {
            source: &document.source,
            what,
            kind: &document.object_kind,
            name: &document.name,
            lines: lines.collect(),
        }
    }
}

#[derive(Serialize)]
struct LineJson<'a> {
    text: Cow<'a, str>,
    pieces: Vec<PieceJson<'a>>,
}

/// Columns count code points from 1; `end` is behind the last.
#[derive(Serialize)]
struct PieceJson<'a> {
    start: usize,
    end: usize,
    node: LocationJson<'a>,
    literal: Option<LocationJson<'a>>,
    trace: Vec<FrameJson<'a>>,
    value: Option<ValueJson<'a>>,
}

impl<'a> PieceJson<'a> {
    fn new(document: &'a Document, line: &Line, piece: &'a Piece, sources: &'a SourceMap) -> Self {
        let column = |offset: u32| {
            let before = document.text.get(line.range.start as usize..offset as usize);
            1 + before.unwrap_or_default().chars().count()
        };
        Self {
            start: column(piece.range.start),
            end: column(piece.range.end),
            node: LocationJson::new(sources, piece.node),
            literal: piece.literal.map(|span| LocationJson::new(sources, span)),
            trace: piece.trace.iter().map(|frame| FrameJson::new(sources, frame)).collect(),
            value: piece.value.as_ref().map(|value| ValueJson {
                path: &value.path,
                location: value.span.map(|span| LocationJson::new(sources, span)),
            }),
        }
    }
}

#[derive(Serialize)]
struct ValueJson<'a> {
    path: &'a str,
    location: Option<LocationJson<'a>>,
}

#[derive(Serialize)]
struct FailureJson<'a> {
    message: &'a str,
    location: Option<LocationJson<'a>>,
    trace: Vec<FrameJson<'a>>,
}

impl<'a> FailureJson<'a> {
    fn new(failure: &'a Failure, sources: &'a SourceMap) -> Self {
        Self {
            message: &failure.message,
            location: failure.span.map(|span| LocationJson::new(sources, span)),
            trace: failure.trace.iter().map(|frame| FrameJson::new(sources, frame)).collect(),
        }
    }
}
