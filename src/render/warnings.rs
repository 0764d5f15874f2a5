//! What Helm logs while it renders, one line each, with a place.

use crate::schema::Verdict;
use crate::source::SourceMap;
use crate::values::{ConflictKind, Note};

pub(super) fn of_notes(notes: &[Note], sources: &SourceMap) -> Vec<String> {
    notes.iter().filter_map(|note| of_note(note, sources)).collect()
}

fn of_note(note: &Note, sources: &SourceMap) -> Option<String> {
    let (text, span) = match note {
        Note::Conflict { kind, path, kept, dropped } => {
            let text = match kind {
                ConflictKind::TableOverValue => {
                    format!("{path}: a table is set where the default is no table")
                }
                ConflictKind::ValueOverTable => {
                    format!("{path}: the default is a table, but something else is set")
                }
                ConflictKind::GlobalTableOverValue => {
                    format!(
                        "{path}: the parent's global is a table, the subchart's is none; the subchart's counts"
                    )
                }
                ConflictKind::GlobalValueOverTable => {
                    format!(
                        "{path}: the parent's global is no table, the subchart's is one; the subchart's counts"
                    )
                }
                ConflictKind::GlobalNoTable => {
                    format!("{path}: is no table, so no globals are handed down")
                }
            };
            (text, dropped.or(*kept))
        }
        Note::NotBool { path, asked, value } => {
            (format!("{path}: a condition or tag must be true or false"), value.or(*asked))
        }
        Note::MissingImport { path, span } => {
            (format!("import-values: there is no table {path}"), Some(*span))
        }
        Note::VersionMismatch { name, span, found } => (
            format!("charts/ has {name} in version {found}, which the dependency does not allow"),
            Some(*span),
        ),
        // These stop Helm, or are not looked at by it.
        Note::MissingDependency { .. } => return None,
    };
    Some(match span {
        Some(span) => format!("{}: {text}", sources.place(span)),
        None => text,
    })
}

pub(super) fn of_schemas(verdicts: &[Verdict]) -> Vec<String> {
    let remote = verdicts.iter().flat_map(|verdict| {
        verdict.remote.iter().map(move |url| {
            format!(
                "values.schema.json of {} refers to {url}, which is not fetched: that part of the schema was not checked",
                verdict.chart
            )
        })
    });
    remote.collect()
}
