//! Versions and their constraints as Masterminds/semver 3.5 reads them (`version.go`, `constraints.go`).

use std::cmp::Ordering;

use crate::engine::value::{IntType, Kind, Struct, StructType, Value};

use super::arguments::{str, text};
use super::verbs::quote_with;
use super::{Call, Failure, Implementation};

/// Longest version, in bytes.
const MAX_VERSION_BYTES: usize = 256;

/// Longest constraint, in bytes.
const MAX_CONSTRAINT_BYTES: usize = 512;

/// Most groups between `||`.
const MAX_GROUPS: usize = 32;

pub(super) static FUNCTIONS: &[(&str, Implementation)] =
    &[("semver", semver), ("semverCompare", semver_compare)];

/// A version; missing parts are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// First number.
    pub major: u64,
    /// Second number.
    pub minor: u64,
    /// Third number.
    pub patch: u64,
    /// What stands behind `-`.
    pub pre: String,
    /// What stands behind `+`.
    pub metadata: String,
}

impl Version {
    /// Reads a version as `NewVersion` does: with or without `v`, one to three numbers, zeros in front allowed.
    /// The error is Go's.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_VERSION_BYTES {
            return Err(format!("version string is too long (max {MAX_VERSION_BYTES} bytes)"));
        }
        let invalid = || "invalid semantic version".to_owned();
        let parts = scan(text, u8::is_ascii_digit).ok_or_else(invalid)?;
        if parts.len != text.len() {
            return Err(invalid());
        }
        let [major, minor, patch] = parts.numbers.map(number);
        let (major, minor, patch) = (major?, minor?, patch?);
        for identifier in parts.pre.iter().flat_map(|pre| pre.split('.')) {
            let numeric = identifier.bytes().all(|c| c.is_ascii_digit());
            if numeric && identifier.len() > 1 && identifier.starts_with('0') {
                return Err("version segment starts with 0".to_owned());
            }
        }
        let owned = |part: Option<&str>| part.unwrap_or_default().to_owned();
        Ok(Self { major, minor, patch, pre: owned(parts.pre), metadata: owned(parts.metadata) })
    }

    /// Order without metadata (Go `Compare`).
    pub fn compare(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch)
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_pre(&self.pre, &other.pre),
            })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn number(part: Option<&str>) -> Result<u64, String> {
    let Some(part) = part else { return Ok(0) };
    part.parse().map_err(|_| {
        format!(
            "error parsing version segment: strconv.ParseUint: parsing \"{part}\": value out of range"
        )
    })
}

/// The pieces of a version at the start of a text.
struct Parts<'a> {
    numbers: [Option<&'a str>; 3],
    pre: Option<&'a str>,
    metadata: Option<&'a str>,
    /// Bytes that the version has.
    len: usize,
}

/// Reads as much of a version as there is, with numbers made of what `is_digit` accepts.
fn scan(text: &str, is_digit: fn(&u8) -> bool) -> Option<Parts<'_>> {
    let bytes = text.as_bytes();
    let span = |from: usize, accepts: fn(&u8) -> bool| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| accepts(byte)).count()
    };
    let mut at = usize::from(bytes.first() == Some(&b'v'));
    let end = span(at, is_digit);
    if end == at {
        return None;
    }
    let mut numbers = [text.get(at..end), None, None];
    at = end;
    for part in numbers.iter_mut().skip(1) {
        let end = span(at + 1, is_digit);
        if bytes.get(at) != Some(&b'.') || end == at + 1 {
            break;
        }
        *part = text.get(at + 1..end);
        at = end;
    }
    let identifiers = |at: usize, sign: u8| {
        if bytes.get(at) != Some(&sign) {
            return None;
        }
        let is_letter: fn(&u8) -> bool = |c| c.is_ascii_alphanumeric() || *c == b'-';
        let mut end = span(at + 1, is_letter);
        if end == at + 1 {
            return None;
        }
        while bytes.get(end) == Some(&b'.') && span(end + 1, is_letter) > end + 1 {
            end = span(end + 1, is_letter);
        }
        Some(end)
    };
    let mut pre = None;
    if let Some(end) = identifiers(at, b'-') {
        pre = text.get(at + 1..end);
        at = end;
    }
    let mut metadata = None;
    if let Some(end) = identifiers(at, b'+') {
        metadata = text.get(at + 1..end);
        at = end;
    }
    Some(Parts { numbers, pre, metadata, len: at })
}

fn compare_pre(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) if left == right => Ordering::Equal,
            (Some(left), Some(right)) => match (left.parse::<u64>(), right.parse::<u64>()) {
                (Ok(left), Ok(right)) if left > right => Ordering::Greater,
                // Go takes equal numbers in different digits for less.
                (Ok(_), Ok(_) | Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => left.cmp(right),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Whether `version` satisfies `constraint` (Go `NewConstraint`, `NewVersion`, `Check`). The error is Go's.
pub fn satisfies(constraint: &str, version: &str) -> Result<bool, String> {
    let constraint = Constraint::parse(constraint)?;
    Ok(constraint.check(&Version::parse(version)?))
}

/// Alternatives of terms that all hold.
#[derive(Clone, Debug)]
pub struct Constraint {
    groups: Vec<Vec<Term>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

/// Operators, longer ones first.
const OPERATORS: [(&str, Operator); 11] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterEqual),
    ("=>", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("=<", Operator::LessEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

/// An operator and a version, parts of which may be open.
#[derive(Clone, Debug)]
struct Term {
    operator: Operator,
    version: Version,
    /// Any part is missing or `x`.
    is_open: bool,
    /// The second part is the first that is open.
    minor_is_open: bool,
    /// The third part is the first that is open.
    patch_is_open: bool,
}

/// What `\s` is to Go.
const BLANKS: [char; 5] = [' ', '\t', '\n', '\u{c}', '\r'];

fn scan_open(text: &str) -> Option<Parts<'_>> {
    scan(text, |c| c.is_ascii_digit() || matches!(c, b'x' | b'X' | b'*' | b'|'))
}

impl Constraint {
    /// Reads a constraint; the error is Go's.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_CONSTRAINT_BYTES {
            return Err(format!(
                "constraint string is too long (max {MAX_CONSTRAINT_BYTES} bytes)"
            ));
        }
        let text = without_hyphens(text);
        let groups: Vec<&str> = text.split("||").collect();
        if groups.len() > MAX_GROUPS {
            return Err(format!("too many constraint groups (max {MAX_GROUPS})"));
        }
        let groups = groups.into_iter().map(parse_group).collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    /// Whether one group holds. Versions before a release satisfy only groups that name one.
    pub fn check(&self, version: &Version) -> bool {
        self.groups.iter().any(|terms| {
            let pre_allowed = terms.iter().any(|term| !term.version.pre.is_empty());
            (version.pre.is_empty() || pre_allowed) && terms.iter().all(|term| term.check(version))
        })
    }
}

/// `1.2 - 1.4` is `>= 1.2, <= 1.4 `.
fn without_hyphens(text: &str) -> String {
    let mut out = text.to_owned();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        if rest.is_empty() {
            break;
        }
        match hyphen_range(rest) {
            Some((whole, from, to)) => {
                out = out.replacen(whole, &format!(">= {from}, <= {to} "), 1);
                at += whole.len();
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    out
}

/// A hyphen range at the start of `text`: with the blanks around it, its first and its last version.
fn hyphen_range(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.trim_start_matches(BLANKS);
    let from = start.get(..scan_open(start)?.len)?;
    let rest = start.get(from.len()..)?;
    let hyphen = rest.trim_start_matches(BLANKS);
    let after = hyphen.strip_prefix('-')?;
    let second = after.trim_start_matches(BLANKS);
    if hyphen.len() == rest.len() || second.len() == after.len() {
        return None;
    }
    let to = second.get(..scan_open(second)?.len)?;
    let end = second.get(to.len()..)?.trim_start_matches(BLANKS);
    Some((text.get(..text.len() - end.len())?, from, to))
}

fn parse_group(group: &str) -> Result<Vec<Term>, String> {
    let improper = || format!("improper constraint: {}", quote_with(group, '"', false));
    let mut terms = Vec::new();
    let mut rest = group.trim_start_matches(BLANKS);
    loop {
        let (operator, version) = OPERATORS
            .iter()
            .find_map(|(sign, operator)| Some((*operator, rest.strip_prefix(sign)?)))
            .unwrap_or((Operator::Equal, rest));
        let version = version.trim_start_matches(BLANKS);
        let parts = scan_open(version).ok_or_else(improper)?;
        let behind = version.get(parts.len..).unwrap_or_default();
        terms.push((operator, parts));
        let next = behind.trim_start_matches(BLANKS);
        if next.is_empty() {
            break;
        }
        rest = match next.strip_prefix(',') {
            Some(next) => next.trim_start_matches(BLANKS),
            None if next.len() < behind.len() => next,
            None => return Err(improper()),
        };
    }
    terms.into_iter().map(|(operator, parts)| Term::new(operator, &parts)).collect()
}

impl Term {
    fn new(operator: Operator, parts: &Parts<'_>) -> Result<Self, String> {
        let known = |part: Option<&str>| part.is_some_and(|part| !matches!(part, "x" | "X" | "*"));
        let [major, minor, patch] = parts.numbers;
        let pre = parts.pre.map(|pre| format!("-{pre}")).unwrap_or_default();
        let (major, minor) = (major.unwrap_or_default(), minor.filter(|_| known(parts.numbers[1])));
        let (text, minor_is_open, patch_is_open) = if !known(Some(major)) {
            (format!("0.0.0{pre}"), false, false)
        } else if let Some(minor) = minor {
            if known(patch) {
                let patch = patch.unwrap_or_default();
                (format!("{major}.{minor}.{patch}{pre}"), false, false)
            } else {
                (format!("{major}.{minor}.0{pre}"), false, true)
            }
        } else {
            (format!("{major}.0.0{pre}"), true, false)
        };
        let is_open = !known(Some(major)) || minor_is_open || patch_is_open;
        let version = Version::parse(&text).map_err(|_| "constraint parser error".to_owned())?;
        Ok(Self { operator, version, is_open, minor_is_open, patch_is_open })
    }

    fn check(&self, version: &Version) -> bool {
        let bound = &self.version;
        let order = version.compare(bound);
        match self.operator {
            Operator::Equal if self.is_open => self.check_tilde(version),
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual => self.check_not_equal(version),
            Operator::Greater if self.is_open => {
                if version.major != bound.major {
                    version.major > bound.major
                } else if self.minor_is_open {
                    false
                } else if self.patch_is_open {
                    version.minor > bound.minor
                } else {
                    order == Ordering::Greater
                }
            }
            Operator::Greater => order == Ordering::Greater,
            Operator::Less => order == Ordering::Less,
            Operator::GreaterEqual => order != Ordering::Less,
            Operator::LessEqual if self.is_open => {
                version.major <= bound.major
                    && !(version.major == bound.major
                        && version.minor > bound.minor
                        && !self.minor_is_open)
            }
            Operator::LessEqual => order != Ordering::Greater,
            Operator::Tilde => self.check_tilde(version),
            Operator::Caret => self.check_caret(version),
        }
    }

    fn check_not_equal(&self, version: &Version) -> bool {
        let bound = &self.version;
        if self.is_open {
            if bound.major != version.major {
                return true;
            }
            if self.minor_is_open {
                return false;
            }
            if bound.minor != version.minor {
                return true;
            }
            if self.patch_is_open {
                return (!version.pre.is_empty() || !bound.pre.is_empty())
                    && compare_pre(&version.pre, &bound.pre) != Ordering::Equal;
            }
            if bound.patch != version.patch {
                return true;
            }
        }
        version.compare(bound) != Ordering::Equal
    }

    fn check_tilde(&self, version: &Version) -> bool {
        let bound = &self.version;
        if version.compare(bound) == Ordering::Less {
            return false;
        }
        let is_any = (bound.major, bound.minor, bound.patch) == (0, 0, 0)
            && !self.minor_is_open
            && !self.patch_is_open;
        is_any
            || (version.major == bound.major
                && (version.minor == bound.minor || self.minor_is_open))
    }

    fn check_caret(&self, version: &Version) -> bool {
        let bound = &self.version;
        if version.compare(bound) == Ordering::Less {
            return false;
        }
        if bound.major > 0 || self.minor_is_open {
            return version.major == bound.major;
        }
        if version.major > 0 {
            return false;
        }
        if bound.minor > 0 || self.patch_is_open {
            return version.minor == bound.minor;
        }
        version.minor == 0 && bound.patch == version.patch
    }
}

/// A `*semver.Version`; its hidden value is the text that it was read from.
fn value_of(call: &mut Call<'_>, original: &str, from: &[Value]) -> Value {
    let hidden = call.string(original, from);
    Value::structure(StructType::Semver, Vec::new(), hidden)
}

/// The version that a `*semver.Version` is.
pub(super) fn version_of(structure: &Struct) -> Option<Version> {
    if structure.ty != StructType::Semver {
        return None;
    }
    Version::parse(structure.hidden.as_str()?).ok()
}

fn semver(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let original = text(args, 0)?;
    Version::parse(original.as_str()).map_err(Failure::Error)?;
    Ok(value_of(call, original.as_str(), args))
}

fn semver_compare(_: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    satisfies(str(args, 0)?, str(args, 1)?).map(Value::bool).map_err(Failure::Error)
}

/// A method of `*semver.Version`; `None` if it has none of that name.
pub fn semver_method(
    call: &mut Call<'_>,
    name: &str,
    receiver: &Value,
    args: &[Value],
) -> Option<Result<Value, Failure>> {
    let Kind::Struct(structure) = &receiver.kind else { return None };
    let version = version_of(structure)?;
    let original = structure.hidden.as_str().unwrap_or_default();
    let uint = |value: u64| Value::new(Kind::Int(value as i64, IntType::Uint64));
    let from = std::slice::from_ref(receiver);
    Some(Ok(match name {
        "Major" => uint(version.major),
        "Minor" => uint(version.minor),
        "Patch" => uint(version.patch),
        "Prerelease" => call.string(&version.pre, from),
        "Metadata" => call.string(&version.metadata, from),
        "Original" => call.string(original, from),
        "String" => call.string(version.to_string(), from),
        "IncPatch" | "IncMinor" | "IncMajor" | "SetPrerelease" | "SetMetadata" => {
            let next = match changed(version, name, args) {
                Ok(next) => next,
                Err(failure) => return Some(Err(failure)),
            };
            let prefix = if original.starts_with('v') { "v" } else { "" };
            value_of(call, &format!("{prefix}{next}"), from)
        }
        "Compare" | "Equal" | "LessThan" | "LessThanEqual" | "GreaterThan" | "GreaterThanEqual" => {
            let other = match args.first().map(|value| &value.kind) {
                Some(Kind::Struct(other)) => version_of(other),
                _ => None,
            };
            let Some(other) = other else {
                let got = args.first().map_or("nothing", Value::type_name);
                let complaint =
                    format!("wrong type for value; expected *semver.Version; got {got}");
                return Some(Err(Failure::Error(complaint)));
            };
            let order = version.compare(&other);
            match name {
                "Compare" => Value::int(order as i64),
                "Equal" => Value::bool(order.is_eq()),
                "LessThan" => Value::bool(order.is_lt()),
                "LessThanEqual" => Value::bool(order.is_le()),
                "GreaterThan" => Value::bool(order.is_gt()),
                _ => Value::bool(order.is_ge()),
            }
        }
        _ => return None,
    }))
}

fn changed(mut version: Version, name: &str, args: &[Value]) -> Result<Version, Failure> {
    let increment = |number: u64, part: &str| {
        number.checked_add(1).ok_or_else(|| {
            Failure::Error(format!("{part} version increment would overflow uint64"))
        })
    };
    match name {
        "SetPrerelease" => {
            str(args, 0)?.clone_into(&mut version.pre);
            check_identifiers(&version.pre, "invalid prerelease string", true)?;
            return Ok(version);
        }
        "SetMetadata" => {
            str(args, 0)?.clone_into(&mut version.metadata);
            check_identifiers(&version.metadata, "invalid metadata string", false)?;
            return Ok(version);
        }
        "IncPatch" => {
            if version.pre.is_empty() {
                version.patch = increment(version.patch, "patch")?;
            }
        }
        "IncMinor" => {
            (version.minor, version.patch) = (increment(version.minor, "minor")?, 0);
        }
        _ => {
            version.major = increment(version.major, "major")?;
            (version.minor, version.patch) = (0, 0);
        }
    }
    version.pre.clear();
    version.metadata.clear();
    Ok(version)
}

fn check_identifiers(text: &str, complaint: &str, strict: bool) -> Result<(), Failure> {
    if text.is_empty() {
        return Ok(());
    }
    for part in text.split('.') {
        if part.is_empty() || !part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-') {
            return Err(Failure::error(complaint));
        }
        let numeric = part.bytes().all(|c| c.is_ascii_digit());
        if strict && numeric && part.len() > 1 && part.starts_with('0') {
            return Err(Failure::error("version segment starts with 0"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::*;

    #[test]
    fn versions_are_as_recorded() {
        recorded::check("versions.jsonl");
    }

    #[track_caller]
    fn check(name: &str, args: &[Value], expected: &str) {
        let version = recorded::call("semver", &[Value::plain("v1.2.3-rc.1+b")]).unwrap();
        assert_eq!(recorded::method(semver_method, name, &version, args), expected);
    }

    #[test]
    fn versions_have_methods() {
        check("Major", &[], "1");
        check("Original", &[], "v1.2.3-rc.1+b");
        check("Prerelease", &[], "rc.1");
        check("IncPatch", &[], "1.2.3");
        check("IncMinor", &[], "1.3.0");
        check("SetPrerelease", &[Value::plain("x.1")], "1.2.3-x.1+b");
        let release = recorded::call("semver", &[Value::plain("1.2.3")]).unwrap();
        check("Compare", &[release], "-1");
    }
}
