//! `invalid-object-name`: a name that the API server refuses for the kind.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};
use crate::yaml::{Entry, NodeKind};

use super::places::{entry_at, entry_spot, is_made_up, own_objects};

/// The most characters of a name (`DNS1123SubdomainMaxLength` in `apimachinery/pkg/util/validation`).
const MAX_SUBDOMAIN: usize = 253;

/// The most characters of a label (`DNS1123LabelMaxLength` there).
const MAX_LABEL: usize = 63;

/// The most characters that a message shows of a name.
const MAX_SHOWN: usize = 100;

pub(in crate::rules::builtin) struct InvalidObjectName;

impl Rule for InvalidObjectName {
    fn name(&self) -> &'static str {
        "invalid-object-name"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for shown in own_objects(context) {
            let object = shown.object;
            // A name that is missing is `incomplete-object`, a number `non-string-value`.
            let Some(entry) = entry_at(&object.root.node, &["metadata", "name"]) else { continue };
            let Some(name) = text(entry).filter(|name| !name.is_empty()) else { continue };
            let rule = NameRule::of(&object.kind);
            let Some(fault) = rule.fault(name) else { continue };
            if is_made_up(shown, entry.value.range) {
                continue;
            }
            let Some(spot) = entry_spot(context, shown, entry) else { continue };
            let message = format!(
                "`{}` can't be the name of {}: {fault}",
                shorten(name),
                article(&object.kind)
            );
            out.push(
                spot.finding(self.name(), Severity::Warning, message, object)
                    .label("the API server refuses it")
                    .help(help(rule, name))
                    .subject(format!("{} {name}", object.kind)),
            );
        }
    }
}

/// What the names of a kind may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NameRule {
    /// Labels with dots between them.
    Subdomain,
    /// One label.
    Label,
    /// One label that begins with a letter.
    Dns1035,
    /// Whatever can stand between two slashes of a path.
    Segment,
    /// Anything.
    Any,
}

impl NameRule {
    fn of(kind: &str) -> Self {
        let kind = kind.to_lowercase();
        let mut lines = include_str!("object_names.tsv").lines().filter_map(Self::parse);
        lines.find(|(known, _)| *known == kind).map_or(Self::Subdomain, |(_, rule)| rule)
    }

    fn parse(line: &str) -> Option<(&str, Self)> {
        let (kind, rule) = line.split_once('\t')?;
        let rule = match rule {
            "subdomain" => Self::Subdomain,
            "label" => Self::Label,
            "dns1035" => Self::Dns1035,
            "segment" => Self::Segment,
            "any" => Self::Any,
            _ => return None,
        };
        Some((kind, rule))
    }

    /// What is wrong with a name.
    fn fault(self, name: &str) -> Option<String> {
        let most = match self {
            Self::Subdomain => MAX_SUBDOMAIN,
            Self::Label | Self::Dns1035 => MAX_LABEL,
            Self::Segment if matches!(name, "." | "..") => {
                return Some("it leads elsewhere in a path".to_owned());
            }
            Self::Segment => {
                let bad = name.chars().find(|c| matches!(c, '/' | '%'));
                return bad.map(|c| format!("it has the character `{c}`"));
            }
            Self::Any => return None,
        };
        if name.len() > most {
            return Some(format!("it has {} characters, and {most} is the limit", name.len()));
        }
        let is_allowed = |c: char| {
            c.is_ascii_lowercase()
                || c.is_ascii_digit()
                || c == '-'
                || (c == '.' && self == Self::Subdomain)
        };
        if let Some(bad) = name.chars().find(|c| !is_allowed(*c)) {
            return Some(match bad {
                ' ' => "it has a blank".to_owned(),
                bad if bad.is_whitespace() => "it has a line break or a tab".to_owned(),
                bad => format!("it has the character `{bad}`"),
            });
        }
        let is_end = |c: Option<char>| c.is_some_and(|c| c != '-' && c != '.');
        let parts_are_right = name
            .split('.')
            .all(|part| is_end(part.chars().next()) && is_end(part.chars().next_back()));
        if !parts_are_right {
            return Some("it, or a part of it, begins or ends with `-` or `.`".to_owned());
        }
        let starts_with_digit = name.starts_with(|c: char| c.is_ascii_digit());
        (self == Self::Dns1035 && starts_with_digit).then(|| "it begins with a digit".to_owned())
    }
}

fn help(rule: NameRule, name: &str) -> String {
    let may = match rule {
        NameRule::Subdomain => {
            "lower-case letters, digits, `-` and `.`, and it begins and ends with a letter or digit"
        }
        NameRule::Label => {
            "lower-case letters, digits and `-`, and it begins and ends with a letter or digit"
        }
        NameRule::Dns1035 => {
            "lower-case letters, digits and `-`, begins with a letter and ends with a letter or digit"
        }
        NameRule::Segment | NameRule::Any => "anything but `/` and `%`",
    };
    let hint = if name.len() > MAX_LABEL {
        "; cut a long one with `trunc 63 | trimSuffix \"-\"`"
    } else if name.ends_with('-') {
        "; cut off what is left over with `trimSuffix \"-\"`"
    } else {
        ""
    };
    format!("the name has {may}{hint}")
}

/// The kind with `a` or `an`.
fn article(kind: &str) -> String {
    let is_vowel = kind.starts_with(['A', 'E', 'I', 'O']);
    format!("{} {kind}", if is_vowel { "an" } else { "a" })
}

fn text(entry: &Entry) -> Option<&str> {
    match &entry.value.node.kind {
        NodeKind::Str(text) => Some(text),
        _ => None,
    }
}

fn shorten(name: &str) -> String {
    let line = name.replace(char::is_whitespace, " ");
    match line.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verdicts are those of `helm lint`.
    #[track_caller]
    fn check(kind: &str, name: &str, is_right: bool) {
        assert_eq!(NameRule::of(kind).fault(name).is_none(), is_right, "{kind} {name}");
    }

    #[test]
    fn names_are_judged_as_helm_judges_them() {
        for name in ["web", "web.example", "1web", "a-b", &"a".repeat(253)] {
            check("ConfigMap", name, true);
        }
        for name in ["Web", "web_app", "web-", ".web", "a..b", "a.-b", "a b", &"a".repeat(254)] {
            check("ConfigMap", name, false);
        }
        check("Service", "web.example", false);
        check("Service", "1web", false);
        check("Service", "web1", true);
        check("Service", &"a".repeat(64), false);
        check("Namespace", "1web", true);
        check("Namespace", "a.b", false);
        check("ClusterRole", "system:Web", true);
        check("Role", "a/b", false);
        check("Role", "..", false);
        check("CertificateSigningRequest", "A/b", true);
    }

    #[test]
    fn each_line_of_the_table_is_read() {
        let lines = include_str!("object_names.tsv").lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            assert!(NameRule::parse(line).is_some(), "{line}");
        }
    }
}
