//! Records what Helm does with the cases of testdata/helm/cases.yaml.

use std::io;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    args: Vec<String>,
}

/// Renews `recorded/` below `folder`.
pub(crate) fn run(folder: &Path, helm: &Path) -> io::Result<()> {
    let text = std::fs::read_to_string(folder.join("cases.yaml"))?;
    let cases: Vec<Case> = serde_yaml::from_str(&text).map_err(io::Error::other)?;
    let recorded = folder.join("recorded");
    let _ = std::fs::remove_dir_all(&recorded);
    std::fs::create_dir_all(&recorded)?;
    for case in &cases {
        let mut command = Command::new(helm);
        command.current_dir(folder.join("charts")).arg("template").args(&case.args);
        let output = command.output()?;
        if output.status.success() {
            std::fs::write(recorded.join(format!("{}.yaml", case.name)), output.stdout)?;
        } else {
            let text = String::from_utf8_lossy(&output.stderr);
            let error = text.split_once("Error: ").map_or(&*text, |(_, error)| error);
            let error = error.trim().trim_end_matches(crate::compare::HINT).to_owned() + "\n";
            std::fs::write(recorded.join(format!("{}.error", case.name)), error)?;
        }
    }
    Ok(())
}
