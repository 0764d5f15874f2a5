//! `release-unread-value`: a release sets a key for pull secrets that its chart does not know.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity, in_words};
use crate::rules::context::{Context, Rule};
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::{dead, given, keys};
use crate::values::Value;

pub(in crate::rules::builtin) struct ReleaseUnreadValue;

/// How deep values are searched.
const MAX_DEPTH: usize = 100;

/// How far a key may be from `placeholderSecret` to be meant for it.
const MAX_DISTANCE: usize = 2;

/// Keys that are named in a message.
const MAX_SHOWN: usize = 4;

impl Rule for ReleaseUnreadValue {
    fn name(&self) -> &'static str {
        "release-unread-value"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(release) = context.release() else { return };
        if !context.registry().engaged {
            return;
        }
        let mut paths = Vec::new();
        collect(&release.values, &mut Vec::new(), &mut paths);
        let mut told: Vec<Vec<Arc<str>>> = Vec::new();
        for path in paths {
            let Some(unknown) = topmost_unknown(context, &path) else { continue };
            if told.contains(&unknown) {
                continue;
            }
            let parts: Vec<&str> = unknown.iter().map(|part| &**part).collect();
            let Some(place) = release.values.at(&parts).and_then(given::place) else { continue };
            told.push(unknown.clone());
            let written = parts.join(".");
            let chart = &context.chart.metadata.name.value;
            let probing = &context.registry().probing;
            let known = probing.keys.iter().filter(|key| key.arrives.is_some() && key.is_read);
            let known: Vec<String> =
                known.take(MAX_SHOWN).map(|key| format!("`{}`", key.written())).collect();
            let mut diagnostic = Diagnostic::new(
                self.name(),
                Severity::Warning,
                place,
                format!("the chart `{chart}` does not read `{written}`"),
            )
            .label("setting this has no effect")
            .subject(format!("{} {written}", release.title()));
            let is_placeholder = is_placeholder_key(parts.first().copied().unwrap_or_default());
            if is_placeholder && given::knows_placeholder(context) {
                diagnostic = diagnostic.help(format!("the key is `{PLACEHOLDER_VALUES}`"));
            } else if !is_placeholder && !known.is_empty() {
                diagnostic = diagnostic.help(format!("set {} instead", in_words(&known)));
            }
            out.push(diagnostic);
        }
    }
}

/// The paths of keys that are called like pull secrets or the placeholder.
fn collect(value: &Value, path: &mut Vec<Arc<str>>, found: &mut Vec<Vec<Arc<str>>>) {
    let Some(map) = value.as_map().filter(|_| path.len() < MAX_DEPTH) else { return };
    for (key, value) in map {
        path.push(Arc::clone(key));
        if keys::has_such_name(key) || (path.len() == 1 && is_placeholder_key(key)) {
            found.push(path.clone());
        } else {
            collect(value, path, found);
        }
        path.pop();
    }
}

fn is_placeholder_key(key: &str) -> bool {
    strsim::levenshtein(key, PLACEHOLDER_VALUES) <= MAX_DISTANCE
}

/// The shortest beginning of a path that the chart neither declares nor reads.
fn topmost_unknown(context: &Context<'_>, path: &[Arc<str>]) -> Option<Vec<Arc<str>>> {
    let parts: Vec<&str> = path.iter().map(|part| &**part).collect();
    let is_known = |part: &[&str], whole: &[Arc<str>]| {
        context.default(part).is_some()
            || context.written_key(part).is_some()
            || keys::is_read(context, whole)
            || dead::is_in_text(context.chart, context, part)
    };
    if is_known(&parts, path) || dead::is_of_absent_subchart(context, path) {
        return None;
    }
    // A mapping that a template uses as a whole may be read by any of its keys.
    let mut lengths = 1..=path.len();
    let length = lengths.find(|length| {
        let (Some(part), Some(whole)) = (parts.get(..*length), path.get(..*length)) else {
            return false;
        };
        !is_known(part, whole)
    })?;
    path.get(..length).map(<[_]>::to_vec)
}
