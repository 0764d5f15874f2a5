//! The binary: parses arguments and runs; everything else is the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    chartlint::cli::main()
}
