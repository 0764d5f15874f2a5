//! The report for people: each finding with the lines it is about.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use codespan_reporting::diagnostic as codespan;
use codespan_reporting::files::{self, Files};
use codespan_reporting::term::{self, GeneralWriteResult, WriteStyle};

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{FileId, SourceMap, TextRange};

use super::Report;
use super::display::{View, one_line, path, place};

/// Writes all findings with colours; `anstream` removes them where they are not wanted.
pub fn human(report: &Report) -> String {
    let mut output = Vec::new();
    for (chart, diagnostic) in report.diagnostics() {
        if emit(&mut output, &chart.sources, diagnostic).is_err() {
            // A label without file: say at least what is wrong.
            let message = one_line(&diagnostic.message);
            let severity = diagnostic.severity.as_str();
            let _ = writeln!(output, "{severity}[{}]: {message}\n", diagnostic.rule);
        }
    }
    String::from_utf8_lossy(&output).into_owned()
}

fn emit(
    output: &mut Vec<u8>,
    sources: &SourceMap,
    diagnostic: &Diagnostic,
) -> Result<(), files::Error> {
    let views = Views::new(sources, diagnostic);
    let label = |style, label: &crate::diagnostic::Label| {
        codespan::Label::new(style, label.span.file, views.range(label.span.file, label.span.range))
            .with_message(one_line(&label.message))
    };
    // Files are shown in the order of the labels.
    let mut labels = vec![label(codespan::LabelStyle::Primary, &diagnostic.primary)];
    labels.extend(diagnostic.related.iter().map(|r| label(codespan::LabelStyle::Secondary, r)));

    let mut notes: Vec<String> = Vec::new();
    notes.extend(diagnostic.trace.iter().rev().map(|frame| {
        let at = place(sources.file(frame.call.file), frame.call.range.start);
        format!("note: `{}` is included from {at}", one_line(&frame.template))
    }));
    notes.extend(diagnostic.notes.iter().map(|note| format!("note: {}", one_line(note))));
    notes.extend(diagnostic.help.iter().map(|help| format!("help: {}", block(help))));

    let severity = match diagnostic.severity {
        Severity::Error => codespan::Severity::Error,
        Severity::Warning => codespan::Severity::Warning,
        Severity::Info => codespan::Severity::Note,
    };
    let shown = codespan::Diagnostic::new(severity)
        .with_code(diagnostic.rule)
        .with_message(one_line(&diagnostic.message))
        .with_labels(labels)
        .with_notes(notes);
    let mut writer = Colours { output, info: severity == codespan::Severity::Note };
    term::emit_to_write_style(&mut writer, &term::Config::default(), &views, &shown)
}

/// Help may show several lines of YAML: they stand under the first, and keep their indentation.
fn block(text: &str) -> String {
    text.lines().map(path).collect::<Vec<_>>().join("\n      ")
}

/// The files of one diagnostic as they are shown.
struct Views<'a> {
    sources: &'a SourceMap,
    views: BTreeMap<FileId, View>,
}

impl<'a> Views<'a> {
    fn new(sources: &'a SourceMap, diagnostic: &Diagnostic) -> Self {
        let mut labels: BTreeMap<FileId, Vec<TextRange>> = BTreeMap::new();
        for label in std::iter::once(&diagnostic.primary).chain(&diagnostic.related) {
            labels.entry(label.span.file).or_default().push(label.span.range);
        }
        let view =
            |(id, labels): (FileId, Vec<TextRange>)| (id, View::new(sources.file(id), &labels));
        Self { sources, views: labels.into_iter().map(view).collect() }
    }

    fn view(&self, id: FileId) -> Result<&View, files::Error> {
        self.views.get(&id).ok_or(files::Error::FileMissing)
    }

    fn range(&self, id: FileId, label: TextRange) -> Range<usize> {
        self.views.get(&id).map_or(0..0, |view| view.range(self.sources.file(id), label))
    }
}

impl<'a> Files<'a> for Views<'_> {
    type FileId = FileId;
    type Name = String;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<String, files::Error> {
        Ok(path(self.sources.file(id).path()))
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, files::Error> {
        Ok(self.view(id)?.text())
    }

    fn line_index(&'a self, id: FileId, offset: usize) -> Result<usize, files::Error> {
        Ok(self.view(id)?.line_of(offset))
    }

    fn column_number(
        &'a self,
        id: FileId,
        line: usize,
        offset: usize,
    ) -> Result<usize, files::Error> {
        Ok(self.view(id)?.column(line, offset))
    }

    fn line_range(&'a self, id: FileId, line: usize) -> Result<Range<usize>, files::Error> {
        Ok(self.view(id)?.line_range(line))
    }
}

/// Writes text with ANSI sequences. The word for [`codespan::Severity::Note`] is ours.
struct Colours<'a> {
    output: &'a mut Vec<u8>,
    info: bool,
}

impl Colours<'_> {
    fn set(&mut self, style: Style) -> GeneralWriteResult {
        write!(self.output, "{}", style.render())
    }
}

impl Write for Colours<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // codespan writes the word of the severity in one piece; its name for an info is another.
        if self.info && bytes == b"note" {
            self.info = false;
            self.output.extend_from_slice(b"info");
        } else {
            self.output.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn colour(severity: codespan::Severity) -> AnsiColor {
    match severity {
        codespan::Severity::Bug | codespan::Severity::Error => AnsiColor::Red,
        codespan::Severity::Warning => AnsiColor::Yellow,
        codespan::Severity::Note => AnsiColor::Green,
        codespan::Severity::Help => AnsiColor::Cyan,
    }
}

impl WriteStyle for Colours<'_> {
    fn set_header(&mut self, severity: codespan::Severity) -> GeneralWriteResult {
        self.set(colour(severity).on_default().bold())
    }

    fn set_header_message(&mut self) -> GeneralWriteResult {
        self.reset()?;
        self.set(Style::new().bold())
    }

    fn set_line_number(&mut self) -> GeneralWriteResult {
        self.set(AnsiColor::Blue.on_default())
    }

    fn set_note_bullet(&mut self) -> GeneralWriteResult {
        self.set(AnsiColor::Blue.on_default())
    }

    fn set_source_border(&mut self) -> GeneralWriteResult {
        self.set(AnsiColor::Blue.on_default())
    }

    fn set_label(
        &mut self,
        severity: codespan::Severity,
        style: codespan::LabelStyle,
    ) -> GeneralWriteResult {
        self.set(match style {
            codespan::LabelStyle::Primary => colour(severity).on_default(),
            codespan::LabelStyle::Secondary => AnsiColor::Blue.on_default(),
        })
    }

    fn reset(&mut self) -> GeneralWriteResult {
        write!(self.output, "{}", anstyle::Reset.render())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Frame;
    use crate::lint::ChartOutcome;
    use crate::source::Span;

    #[track_caller]
    fn check(build: impl FnOnce(&mut SourceMap) -> Diagnostic, expected: &str) {
        let mut sources = SourceMap::default();
        let diagnostics = vec![build(&mut sources)];
        let path = "web".to_owned();
        let outcome = ChartOutcome {
            path,
            sources,
            diagnostics,
            files: 1,
            incomplete: false,
            ..ChartOutcome::default()
        };
        let output = human(&Report::new(vec![outcome]));
        let plain = anstream::adapter::strip_str(&output).to_string();
        assert_eq!(plain.trim_end(), expected.trim(), "\n{plain}");
    }

    #[test]
    fn two_files_with_notes() {
        check(
            |sources| {
                let values = sources.add("web/values.yaml", "image:\n  tag: latest\n");
                let template = sources
                    .add("web/templates/deployment.yaml", "a: b\nimage: {{ .Values.image.tag }}\n");
                let frame =
                    Frame { template: "web.image".into(), call: Span::new(template, 5, 10) };
                Diagnostic::new(
                    "a-rule",
                    Severity::Warning,
                    Span::new(template, 12, 34),
                    "bad\n image",
                )
                .label("printed here")
                .related(Span::new(values, 14, 20), "comes from here")
                .note("first.")
                .help("write\n  this")
                .trace(vec![frame])
            },
            r"
warning[a-rule]: bad image
  ┌─ web/templates/deployment.yaml:2:8
  │
2 │ image: {{ .Values.image.tag }}
  │        ^^^^^^^^^^^^^^^^^^^^^^ printed here
  │
  ┌─ web/values.yaml:2:8
  │
2 │   tag: latest
  │        ------ comes from here
  │
  = note: `web.image` is included from web/templates/deployment.yaml:2:1
  = note: first.
  = help: write
            this",
        );
    }

    #[test]
    fn infos_gaps_and_several_lines() {
        check(
            |sources| {
                let file = sources.add("f", "one\ntwo\nthree\nfour\nfive\nsix\n");
                Diagnostic::new("a-rule", Severity::Info, Span::new(file, 0, 3), "note this")
                    .related(Span::new(file, 8, 13), "here")
                    .related(Span::new(file, 24, 27), "and here")
            },
            r"
info[a-rule]: note this
  ┌─ f:1:1
  │
1 │ one
  │ ^^^
2 │ two
3 │ three
  │ ----- here
  ·
6 │ six
  │ --- and here",
        );
        check(
            |sources| {
                let file = sources.add("f", "one\ntwo\nthree\n");
                Diagnostic::new("a-rule", Severity::Error, Span::new(file, 4, 13), "m").label("x")
            },
            r"
error[a-rule]: m
  ┌─ f:2:1
  │  
2 │ ╭ two
3 │ │ three
  │ ╰─────^ x",
        );
    }

    #[test]
    fn hostile_text_stays_text() {
        check(
            |sources| {
                let file = sources.add("f\x1b[2J", "a: \x1b]0;x\x07b\n");
                Diagnostic::new("a-rule", Severity::Error, Span::new(file, 9, 10), "m\x1b[31m")
            },
            r"
error[a-rule]: m␛[31m
  ┌─ f␛[2J:1:10
  │
1 │ a: ␛]0;x␇b
  │          ^",
        );
    }
}
