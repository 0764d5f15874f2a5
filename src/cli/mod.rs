//! The command line: arguments, commands, exit codes.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use clap::Parser;

use crate::bytes;
use crate::lint::Outcome;
use crate::report;

mod arguments;
mod check;
mod colour;
mod explain;
mod render;
mod rules;
mod survey;

use arguments::{Arguments, Command};

/// What a command has to say.
#[derive(Debug, Default)]
struct Output {
    /// For stdout, or for the file that was asked for.
    text: String,
    /// The text is a chart's, not ours: every byte of it counts, and none of it is a colour.
    verbatim: bool,
    /// Messages for stderr, one a line.
    errors: Vec<String>,
    /// How it ended.
    exit: Exit,
}

/// Exit codes. The worse wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    /// 0: nothing at or above `--fail-on`.
    #[default]
    Clean,
    /// 1: something was found.
    Findings,
    /// 2: bad usage, nothing to lint, unreadable input, or an error in the program: the result is incomplete.
    Incomplete,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::SUCCESS,
            Exit::Findings => Self::from(1),
            Exit::Incomplete => Self::from(2),
        }
    }
}

impl Output {
    fn fail(&mut self, error: &dyn ToString) {
        self.errors.push(error.to_string());
        self.exit = Exit::Incomplete;
    }

    fn failed(error: &dyn ToString) -> Self {
        Self { errors: vec![error.to_string()], exit: Exit::Incomplete, ..Self::default() }
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    run(std::env::args_os())
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too; clap knows to which stream each belongs.
            let _ = error.print();
            return if error.use_stderr() { Exit::Incomplete.into() } else { ExitCode::SUCCESS };
        }
    };
    let (mut output, file) = match &arguments.command {
        Some(Command::Explain(explain)) => (explain::run(&explain.rule), None),
        Some(Command::Coverage(coverage)) => {
            (survey::coverage(coverage), coverage.survey.output_file.as_deref())
        }
        Some(Command::Scenarios(scenarios)) => {
            (survey::scenarios(scenarios), scenarios.survey.output_file.as_deref())
        }
        Some(Command::Render(render)) => (render::run(render), render.output_file.as_deref()),
        Some(Command::Rules(listing)) => (rules::run(listing.format), None),
        Some(Command::Check(check)) => (check::run(check), check.output_file.as_deref()),
        None => (check::run(&arguments.check), arguments.check.output_file.as_deref()),
    };
    if let Some(file) = file {
        let written = if output.verbatim {
            std::fs::write(file, bytes::unescape(&output.text))
        } else {
            std::fs::write(file, anstream::adapter::strip_str(&output.text).to_string())
        };
        if let Err(error) = written {
            output.fail(&format!("cannot write {}: {error}", file.display()));
        }
    } else {
        let is_terminal = io::stdout().is_terminal();
        let colour = colour::choose(arguments.color, is_terminal);
        let printed = match output.verbatim {
            true if is_terminal => {
                write(io::stdout().lock(), report::for_terminal(&output.text).as_bytes())
            }
            true => write(io::stdout().lock(), &bytes::unescape(&output.text)),
            false => print(io::stdout().lock(), &output.text, colour),
        };
        match printed {
            // The reader has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => output.fail(&format!("cannot write to stdout: {error}")),
            Ok(()) => {}
        }
    }
    let mut errors = String::new();
    for error in &output.errors {
        errors.push_str("chartlint: ");
        errors.push_str(error);
        errors.push('\n');
    }
    let colour = colour::choose(arguments.color, io::stderr().is_terminal());
    // Where stderr is gone, nobody is left to be told.
    let _ = print(io::stderr().lock(), &errors, colour);
    output.exit.into()
}

/// Says which of the paths does not exist.
fn missing(paths: &[PathBuf]) -> Option<String> {
    let path = paths.iter().find(|path| !path.exists())?;
    Some(format!("{} does not exist", path.display()))
}

/// Says that no chart was found. What the config excludes is there, and right: a hook may well name it.
fn nothing_found(paths: &[PathBuf], outcome: &Outcome) -> Option<String> {
    let is_empty = outcome.charts.is_empty() && outcome.errors.is_empty() && outcome.excluded == 0;
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    is_empty.then(|| format!("no chart found in {}", paths.join(", ")))
}

fn write(mut stream: impl Write, text: &[u8]) -> io::Result<()> {
    stream.write_all(text)?;
    stream.flush()
}

fn print<S: RawStream + AsLockedWrite>(
    stream: S,
    text: &str,
    colour: ColorChoice,
) -> io::Result<()> {
    let mut stream = AutoStream::new(stream, colour);
    stream.write_all(text.as_bytes())?;
    stream.flush()
}
