//! Rules on releases.

mod drift_resets_placeholder;
mod invalid_release;
mod missing_placeholder_values;
mod missing_pull_secrets;
mod namespace_mismatch;
mod omits_placeholder;
mod shape;
mod unread_value;

use crate::diagnostic::Diagnostic;
use crate::release::Release;
use crate::source::{SourceMap, Span};
use crate::values::Value;

pub(super) use drift_resets_placeholder::ReleaseDriftResetsPlaceholder;
pub(super) use invalid_release::InvalidRelease;
pub(super) use missing_placeholder_values::ReleaseMissingPlaceholderValues;
pub(super) use missing_pull_secrets::ReleaseMissingPullSecrets;
pub(super) use namespace_mismatch::ReleaseNamespaceMismatch;
pub(super) use omits_placeholder::ReleaseOmitsPlaceholder;
pub(super) use shape::ReleasePullSecretShape;
pub(super) use unread_value::ReleaseUnreadValue;

/// The key of a value that a release gives.
fn given_key(value: &Value) -> Option<Span> {
    value.source.as_ref()?.key
}

/// The same finding with the places where more values may come from that can't be read.
fn maybe_elsewhere(mut diagnostic: Diagnostic, release: &Release) -> Diagnostic {
    for span in &release.unresolved {
        diagnostic = diagnostic.related(*span, "it may come from here, which is not at hand");
    }
    if release.is_patched {
        diagnostic = diagnostic.note("a patch of kustomize may set it");
    }
    diagnostic
}

/// The `-` of the entry of a list that stands at `span`; the entry itself in a flow list.
fn dash(sources: &SourceMap, span: Span) -> Span {
    let text = sources.file(span.file).text();
    let before = text.get(..span.range.start as usize).unwrap_or_default();
    let trimmed = before.trim_end_matches([' ', '\t', '\r', '\n']);
    match trimmed.strip_suffix('-') {
        Some(rest) => Span::new(span.file, rest.len(), trimmed.len()),
        None => span,
    }
}
