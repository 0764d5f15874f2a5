//! The command line: testdata/cli/<case>.yaml holds arguments, files if any, and what is printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Files of the folder in which it runs; without any, that is the folder of the package.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// A file that is written; its content stands under `written`.
    output: Option<String>,
    #[serde(default)]
    exit: i32,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    #[serde(default)]
    written: String,
}

pub(crate) fn trials() -> Vec<Trial> {
    crate::list(&crate::root().join("testdata/cli"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = format!("cli::{}", crate::stem(&path));
            crate::trial(name, move || run(&path))
        })
        .collect()
}

/// A folder that is removed when it is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let case: Case = serde_yaml::from_str(&text)?;
    let name = format!("chartlint-{}-{}", std::process::id(), crate::stem(path));
    let temporary = Folder(std::env::temp_dir().join(name));
    let isolated = !case.files.is_empty() || case.output.is_some();
    if isolated {
        std::fs::create_dir_all(&temporary.0)?;
    }
    for (path, content) in &case.files {
        let path = temporary.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(&path))?;
        std::fs::write(path, content)?;
    }

    let mut command = Command::new(env!("CARGO_BIN_EXE_chartlint"));
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR"] {
        command.env_remove(variable);
    }
    let folder = if isolated { &*temporary.0 } else { crate::root() };
    let output = command.current_dir(folder).args(&case.args).envs(&case.env).output()?;
    let lines = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).replace("chartlint.exe", "chartlint");
        // What clap pads at the end of lines has no place in a file that people read.
        text.lines().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{}", line.trim_end());
            text
        })
    };
    let (stdout, stderr) = (lines(&output.stdout), lines(&output.stderr));
    let exit = output.status.code().unwrap_or(-1);
    let written = match &case.output {
        Some(file) => std::fs::read_to_string(temporary.0.join(file))?,
        None => String::new(),
    };

    if crate::updating() {
        let head = text.find("\nexit:").and_then(|at| text.get(..at)).unwrap_or(&text).trim_end();
        let mut updated = format!("{head}\nexit: {exit}\n");
        for (key, value) in [("stdout", &stdout), ("stderr", &stderr), ("written", &written)] {
            if !value.is_empty() {
                let field = BTreeMap::from([(key, value)]);
                updated.push_str(&serde_yaml::to_string(&field)?);
            }
        }
        std::fs::write(path, updated)?;
        return Ok(());
    }
    crate::compare("stdout", &case.stdout, &stdout)?;
    crate::compare("stderr", &case.stderr, &stderr)?;
    crate::compare("the file", &case.written, &written)?;
    if exit == case.exit { Ok(()) } else { Err(format!("exit code {exit}").into()) }
}
