//! A chart in memory: linting it never panics, rendering it gives the same each time, and origins tell the truth.
//!
//! The input is up to four texts with a line `====` between them: a template, values.yaml, partials, and settings, one a
//! line.
#![no_main]

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use chartlint::chart::{FileSystem, Loaded, ParseCache, load};
use chartlint::diagnostic::Diagnostic;
use chartlint::engine::{Environment, Output, Rendered, STACK_BYTES, render};
use chartlint::lint::{ChartOutcome, Options, lint_in_memory};
use chartlint::report::{Report, concise, human, json};
use chartlint::engine::satisfies;
use chartlint::source::{SourceMap, Span};
use chartlint::values::{Defaults, Inputs, SetKind, SetText, activate, user_values};
use libfuzzer_sys::fuzz_target;

const CHART_YAML: &str = "apiVersion: v2\nname: fuzz\nversion: 1.2.3\nappVersion: \"4.5\"\n";

/// Findings about endless loops and large outputs are of the bounds, not of the evaluator.
const MAX_INPUT_BYTES: usize = 16 << 10;

fuzz_target!(|data: &[u8]| {
    if data.len() <= MAX_INPUT_BYTES {
        on_large_stack(String::from_utf8_lossy(data).into_owned());
    }
});

/// Runs [`check`] in a thread that has the stack which the evaluator asks for, and waits for it.
fn on_large_stack(input: String) {
    type Line = (SyncSender<String>, Receiver<()>);
    static WORKER: OnceLock<Mutex<Line>> = OnceLock::new();
    let worker = WORKER.get_or_init(|| {
        let (give, inputs) = sync_channel::<String>(1);
        let (done, wait) = sync_channel(1);
        let work = move || {
            for input in inputs {
                check(&input);
                let _ = done.send(());
            }
        };
        thread::Builder::new().stack_size(STACK_BYTES).spawn(work).expect("a thread starts");
        Mutex::new((give, wait))
    });
    let line = worker.lock().unwrap_or_else(PoisonError::into_inner);
    line.0.send(input).expect("the thread runs");
    line.1.recv().expect("the thread runs");
}

fn check(input: &str) {
    let mut parts = input.splitn(4, "\n====\n");
    let mut part = || parts.next().unwrap_or_default();
    let files: BTreeMap<String, String> = [
        ("Chart.yaml", CHART_YAML),
        ("templates/x.yaml", part()),
        ("values.yaml", part()),
        ("templates/_helpers.tpl", part()),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into();
    let setting = |text: &str| SetText { kind: SetKind::Typed, text: text.to_owned() };
    let sets: Vec<SetText> = part().lines().map(setting).collect();
    let first = rendered(&files, &sets);
    assert_eq!(first, rendered(&files, &sets));
    let inputs = Inputs { files: Vec::new(), sets };
    let options = Options { inputs, ..Options::default() };
    let outcome = lint_in_memory(&files, &options);
    diagnostics(&outcome);
    // Threads are dear; whoever finds nothing has little to be of two minds about.
    if !outcome.diagnostics.is_empty() {
        let again = lint_in_memory(&files, &options);
        assert_eq!(outcome.diagnostics, again.diagnostics);
    }
    let report = Report::new(vec![outcome]);
    let _ = json(&report);
    for text in [human(&report), concise(&report)] {
        assert!(!text.contains(is_harmful), "{text:?}");
    }
}

/// Whether a terminal may take it for more than a character; colours are the linter's own.
fn is_harmful(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\u{1b}')
}

/// What the template prints, or why it fails; nothing if it does not come to that.
fn rendered(files: &BTreeMap<String, String>, sets: &[SetText]) -> Vec<String> {
    let fs = FileSystem::memory(
        files.iter().map(|(path, text)| (format!("chart/{path}"), text.as_bytes())),
    );
    let mut sources = SourceMap::default();
    let loaded = load(&fs, "chart", &mut sources, &ParseCache::default());
    let Ok(Loaded { chart, .. }) = loaded else { return Vec::new() };
    let no_file = |path: &str| Err(path.to_owned());
    let Ok(user) = user_values(&[], sets, &mut sources, &no_file) else { return Vec::new() };
    let defaults = Defaults::of(&chart);
    let Ok(active) = activate(&chart, &defaults, &user, &satisfies) else { return Vec::new() };
    let rendered = render(&sources, &active, &Environment::default());
    let mut shown = Vec::new();
    for template in &rendered.templates {
        match &template.output {
            Ok(output) => {
                runs(&sources, &rendered, output);
                shown.push(format!("{:?}", output));
            }
            Err(error) => {
                in_file(&sources, error.node);
                shown.push(format!("{error:?}"));
            }
        }
    }
    shown
}

/// Runs cover the output, and what is said to stand in a file stands there.
fn runs(sources: &SourceMap, rendered: &Rendered<'_>, output: &Output) {
    let mut start = 0;
    for run in &output.runs {
        let end = run.end as usize;
        assert!(start < end, "{output:?}");
        let bytes = &output.text.as_bytes()[start..end];
        let origin = rendered.origins.get(run.origin);
        let origin = origin.unwrap_or_else(|| panic!("{run:?} comes from nowhere"));
        in_file(sources, origin.node);
        let resolved = rendered.resolve(output, start, end - start);
        if let Some(literal) = resolved.and_then(|resolved| resolved.literal) {
            let file = sources.file(literal.file).text().as_bytes();
            assert_eq!(file.get(literal.range.usize()), Some(bytes), "{run:?} {origin:?}");
        }
        start = end;
    }
    assert_eq!(start, output.text.len(), "{output:?}");
}

#[track_caller]
fn in_file(sources: &SourceMap, span: Span) {
    let text = sources.file(span.file).text();
    assert!(text.get(span.range.usize()).is_some(), "{span:?} is no part of the file");
}

fn diagnostics(outcome: &ChartOutcome) {
    for diagnostic in &outcome.diagnostics {
        let Diagnostic { rule, message, primary, related, trace, .. } = diagnostic;
        assert_ne!(*rule, "internal-error", "{message}");
        assert!(!message.is_empty() && !message.contains('\n'), "{message}");
        in_file(&outcome.sources, primary.span);
        related.iter().for_each(|label| in_file(&outcome.sources, label.span));
        trace.iter().for_each(|frame| in_file(&outcome.sources, frame.call));
    }
}
