//! `chartlint explain`.

use std::fmt::Write as _;

use anstyle::Style;

use crate::rules::{Catalogue, Example, Profile, RuleMeta};

use super::Output;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

pub(super) fn run(name: &str) -> Output {
    let rule = match Catalogue::get().find_or_suggest(name) {
        Ok(rule) => rule,
        Err(error) => return Output::failed(&format!("{error} (`chartlint rules` lists them)")),
    };
    match text(rule) {
        Ok(text) => Output { text, ..Output::default() },
        Err(error) => Output::failed(&error),
    }
}

fn text(rule: &RuleMeta) -> Result<String, crate::rules::RuleFileError> {
    let mut text = String::new();
    let _ = writeln!(text, "{BOLD}{}{BOLD:#}: {}", rule.name, rule.summary);
    let levels: Vec<String> = [Profile::Tmc, Profile::Generic]
        .iter()
        .map(|profile| format!("{} ({})", rule.levels.of(*profile).as_str(), profile.as_str()))
        .collect();
    let _ = writeln!(
        text,
        "category {}, level {}, since {}",
        rule.category,
        levels.join(", "),
        rule.since
    );
    if !rule.aliases.is_empty() {
        let _ = writeln!(text, "formerly {}", rule.aliases.join(", "));
    }
    text.push('\n');
    for line in rule.docs()?.trim_end().lines() {
        match line.strip_prefix("## ") {
            Some(heading) => {
                let _ = writeln!(text, "{BOLD}{heading}{BOLD:#}");
            }
            None => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    let examples = rule.examples()?;
    for (kind, examples) in [("Reported", &examples.bad), ("Not reported", &examples.good)] {
        for example in examples {
            let _ = writeln!(text, "\n{BOLD}{kind}: {}{BOLD:#}", example.title);
            push_example(&mut text, example);
        }
    }
    if !rule.references.is_empty() {
        let _ = writeln!(text, "\n{BOLD}See also{BOLD:#}");
        for reference in &rule.references {
            let _ = writeln!(text, "  {reference}");
        }
    }
    Ok(text)
}

fn push_example(text: &mut String, example: &Example) {
    let config = example.config.iter().map(|config| ("chartlint.yaml", &**config));
    for (path, content) in config.chain(example.files.iter().map(|(p, c)| (&**p, &**c))) {
        let _ = writeln!(text, "\n  {FAINT}{path}{FAINT:#}");
        for line in content.lines() {
            let _ = writeln!(text, "    {}", with_readable_mark(line));
        }
    }
    for set in &example.set {
        let _ = writeln!(text, "\n  with --set {set}");
    }
}

/// The marks that say to the tests where a finding is expected are arrows for people.
fn with_readable_mark(line: &str) -> String {
    let (code, mark) = match (line.find("#~"), line.find("{{/*~")) {
        (Some(at), _) | (None, Some(at)) => line.split_at_checked(at).unwrap_or((line, "")),
        (None, None) => return line.to_owned(),
    };
    let above = mark.chars().filter(|c| *c == '^').count();
    let arrow = match above {
        0 => "# <-- here".to_owned(),
        1 => "# <-- the line above".to_owned(),
        _ => format!("# <-- {above} lines above"),
    };
    format!("{code}{arrow}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(with_readable_mark(line), expected);
    }

    #[test]
    fn marks_become_arrows() {
        check("a: b #~ some-rule \"text\"", "a: b # <-- here");
        check("#~^ some-rule", "# <-- the line above");
        check("{{/*~^^ some-rule */}}", "# <-- 2 lines above");
        check("a: b # comment", "a: b # comment");
    }
}
