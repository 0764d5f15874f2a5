//! `leading-indent`: the first line of a rendered document is indented.

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::objects::Document;
use crate::rules::context::{Context, Rule};
use crate::source::TextRange;
use crate::yaml;

pub(in crate::rules::builtin) struct LeadingIndent;

impl Rule for LeadingIndent {
    fn name(&self) -> &'static str {
        "leading-indent"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let view = context.view;
        for (at, (template, manifest)) in
            view.rendered.templates.iter().zip(view.manifests()).enumerate()
        {
            let Ok(output) = &template.output else { continue };
            for document in &manifest.documents {
                let Some((indent, first)) = first_line(&output.text, document.range) else {
                    continue;
                };
                let is_broken = !document.errors.is_empty();
                if is_broken && !is_cause(&output.text, document, indent) {
                    continue;
                }
                let Some(place) = view.place(at, first) else { continue };
                let severity = if is_broken { Severity::Error } else { Severity::Warning };
                let label = if is_broken {
                    "Helm cuts the blanks off here, and the lines that follow no longer fit"
                } else {
                    "`helm lint` warns of it"
                };
                let message = format!("the document starts with {}", blanks(indent));
                out.push(
                    Diagnostic::new(self.name(), severity, place.span, message)
                        .label(label)
                        .help("begin each document in the first column")
                        .trace(place.trace)
                        .subject(template.name.to_string()),
                );
            }
        }
    }
}

/// The blanks before the first line of a document that is no comment, if there are any, and that line.
fn first_line(text: &str, range: TextRange) -> Option<(&str, TextRange)> {
    let body = text.get(range.usize())?;
    let mut start = range.start as usize;
    for line in body.split_inclusive('\n') {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            start += line.len();
            continue;
        }
        let own = start + (line.len() - line.trim_start().len());
        let before = text.get(..own)?;
        let indent = before.get(before.rfind('\n').map_or(0, |at| at + 1)..)?;
        // What stands behind `---` on its line is indented by nothing.
        let is_indented = !indent.is_empty() && indent.trim().is_empty();
        return is_indented.then(|| (indent, TextRange::new(own, own + content.len())));
    }
    None
}

/// Whether the document is YAML if its first line keeps its blanks.
fn is_cause(text: &str, document: &Document, indent: &str) -> bool {
    let Some(body) = text.get(document.range.usize()) else { return false };
    let whole = format!("{indent}{body}");
    yaml::parse_part(&whole, TextRange::new(0, whole.len())).errors.is_empty()
}

fn blanks(indent: &str) -> String {
    match indent.len() {
        1 => "a blank".to_owned(),
        count => format!("{count} blanks"),
    }
}
