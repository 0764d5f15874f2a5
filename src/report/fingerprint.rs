//! What names a finding over time: it stays the same when lines move.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Report;

/// Hexadecimal digits of a fingerprint: 128 bits.
const DIGITS: usize = 32;

/// The fingerprints of all findings, in the order of the report.
///
/// Each is made of the rule, the file's path inside the chart, the subject, and the text at the primary label with its
/// white space collapsed. Of findings that agree in all that, the later ones are counted.
pub(super) fn fingerprints(report: &Report) -> Vec<String> {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut fingerprints = Vec::new();
    for (chart, diagnostic) in report.diagnostics() {
        let span = diagnostic.primary.span;
        let file = chart.sources.file(span.file).path();
        let inside =
            file.strip_prefix(&chart.path).and_then(|path| path.strip_prefix('/')).unwrap_or(file);
        let text: Vec<&str> = chart.sources.slice(span).split_whitespace().collect();
        let parts = [diagnostic.rule, inside, &diagnostic.subject, &text.join(" ")];
        // No part holds a zero byte that could be mistaken for the border.
        let key = parts.map(|part| part.replace('\0', " ")).join("\0");
        let count = seen.entry((chart.path.clone(), key.clone())).or_default();
        let key = if *count == 0 { key } else { format!("{key}\0{count}") };
        *count += 1;
        fingerprints.push(hexadecimal(&Sha256::digest(key.as_bytes())));
    }
    fingerprints
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().take(DIGITS / 2).fold(String::with_capacity(DIGITS), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Diagnostic, Severity};
    use crate::lint::ChartOutcome;
    use crate::source::{SourceMap, Span};

    /// The fingerprints of findings at `needle` in a chart at `path`, whose file has the text `text`.
    fn of(path: &str, text: &str, needle: &str, subject: &str) -> Vec<String> {
        let mut sources = SourceMap::default();
        let file = sources.add(format!("{path}/values.yaml"), text);
        let at = |(start, _)| {
            let span = Span::new(file, start, start + needle.len());
            Diagnostic::new("a-rule", Severity::Error, span, "m").subject(subject)
        };
        let diagnostics = text.match_indices(needle).map(at).collect();
        let path = path.to_owned();
        let outcome = ChartOutcome {
            path,
            sources,
            diagnostics,
            files: 1,
            incomplete: false,
            ..ChartOutcome::default()
        };
        fingerprints(&Report::new(vec![outcome]))
    }

    #[track_caller]
    fn check(a: &[String], b: &[String], same: bool) {
        assert_eq!(a == b, same, "{a:?} {b:?}");
    }

    #[test]
    fn lines_and_the_place_of_the_chart_do_not_count() {
        let first = of("web", "a: b\n", "a: b", "s");
        assert_eq!(first[0].len(), DIGITS);
        check(&first, &of("web", "\n\n# text\na: b\n", "a: b", "s"), true);
        check(&first, &of("charts/web", "a: b\n", "a: b", "s"), true);
        check(&first, &of("web", "a:  b\n", "a:  b", "s"), true);
        check(&first, &of("web", "a: b\n", "a: b", "t"), false);
        check(&first, &of("web", "a: c\n", "a: c", "s"), false);
    }

    #[test]
    fn equal_findings_differ() {
        let twice = of("web", "a: b\na: b\n", "a: b", "s");
        check(&twice[..1], &twice[1..], false);
    }
}
