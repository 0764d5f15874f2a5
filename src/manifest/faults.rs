//! What is wrong with a text that is no image reference, in words for people.
//!
//! The grammar is that of github.com/distribution/reference (`reference.go`, `normalize.go`), which the kubelet uses.

use super::reference::{ImageReference, MAX_TAG_BYTES, ReferenceError};

/// Why a text is no image reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of mistake it is.
    pub kind: FaultKind,
    /// In a clause: "its tag is empty".
    pub what: String,
    /// The bytes of the text that are wrong; empty where something is missing.
    pub at: std::ops::Range<usize>,
}

/// Kinds of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// There is no text, or only a host or a tag: who installs has to name the image.
    NoRepository,
    /// It is a number, a mapping or the like.
    NoText,
    /// It begins with a slash.
    EmptyRegistry,
    /// It ends with the colon before the tag, or the `@` before the digest.
    EmptyTag,
    /// Go's word for something that is missing, or for what is no text: `<nil>`, `%!s(…)`, `map[…]`.
    Printed,
    /// `https://`
    Scheme,
    /// Two slashes in a row.
    EmptyPart,
    /// A blank or a line end.
    Blank,
    /// A capital in the path.
    Capital,
    /// A `+` in the tag.
    Plus,
    /// Anything else about the tag.
    Tag,
    /// Anything about the digest.
    Digest,
    /// The host has characters that no host has.
    Host,
    /// 64 hexadecimal digits.
    Identifier,
    /// Anything else.
    Other,
}

/// What is wrong with `text`; `None` for an image reference whose registry can be asked.
pub fn fault(text: &str) -> Option<Fault> {
    match ImageReference::parse(text) {
        Ok(reference) if !reference.domain.is_empty() => None,
        Ok(_) => Some(host_fault(text)),
        Err(error) => Some(Parts::of(text).fault(&error)),
    }
}

/// A text cut where a reference would be.
struct Parts<'a> {
    text: &'a str,
    name: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let last = rest.rfind('/').map_or(0, |at| at + 1);
        let colon = rest.get(last..).and_then(|part| part.find(':')).map(|at| last + at);
        let (name, tag) = match colon {
            Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..)),
            None => (rest, None),
        };
        Self { text, name, tag, digest }
    }

    fn fault(&self, error: &ReferenceError) -> Fault {
        let Self { text, name, tag, digest } = *self;
        let found = |kind, what: String, at| Fault { kind, what, at };
        if text.trim().is_empty() {
            return found(FaultKind::NoRepository, "it is empty".to_owned(), 0..text.len());
        }
        if let Some((at, word)) = printed(text) {
            let what = format!("`{word}` is what Go prints of something that is no text");
            return found(FaultKind::Printed, what, at..at + word.len());
        }
        if let Some(at) = text.find("://") {
            let scheme = text.get(..at + 3).unwrap_or_default();
            let what = format!("it has no place for `{scheme}`");
            return found(FaultKind::Scheme, what, 0..at + 3);
        }
        if let Some(at) = text.find(char::is_whitespace) {
            let what = if text.trim_end().len() == at {
                "there is a blank at its end"
            } else {
                "there is a blank in it"
            };
            return found(FaultKind::Blank, what.to_owned(), at..text.len());
        }
        if name.is_empty() || name.ends_with('/') {
            let what = "it has no repository".to_owned();
            return found(FaultKind::NoRepository, what, name.len()..name.len());
        }
        if name.starts_with('/') {
            let what = "its registry is empty".to_owned();
            return found(FaultKind::EmptyRegistry, what, 0..0);
        }
        if let Some(at) = name.find("//") {
            let what = "there is nothing between two slashes".to_owned();
            return found(FaultKind::EmptyPart, what, at + 1..at + 1);
        }
        if tag == Some("") {
            let at = name.len() + 1;
            return found(FaultKind::EmptyTag, "its tag is empty".to_owned(), at..at);
        }
        if digest == Some("") {
            let what = "its digest is empty".to_owned();
            return found(FaultKind::EmptyTag, what, text.len()..text.len());
        }
        match error {
            ReferenceError::Identifier(_) => {
                let what = "64 hexadecimal digits name no image".to_owned();
                return found(FaultKind::Identifier, what, 0..text.len());
            }
            ReferenceError::UppercasePath(path) => {
                // Of an image of Docker Hub's own, the path has a part that is not in the text.
                let written = path.split_once('/').map_or(path.as_str(), |(_, last)| last);
                let path = if name.contains(path.as_str()) { path } else { written };
                let Some(at) = name.find(path) else { return self.name_fault() };
                let what = format!("the path `{path}` has capitals");
                return found(FaultKind::Capital, what, at..at + path.len());
            }
            _ => {}
        }
        if let Some(tag) = tag.filter(|tag| !is_tag(tag)) {
            let at = name.len() + 1;
            let (kind, what) = tag_fault(tag);
            return found(kind, what, at..at + tag.len());
        }
        if let Some(digest) = digest {
            let at = text.len() - digest.len();
            if let Some(what) = digest_fault(digest, error) {
                return found(FaultKind::Digest, what, at..text.len());
            }
        }
        self.name_fault()
    }

    fn name_fault(&self) -> Fault {
        let mut at = 0;
        for (index, part) in self.name.split('/').enumerate() {
            let is_host = index == 0
                && self.name.contains('/')
                && part.contains(['.', ':'])
                && ImageReference::parse(&format!("{part}/a"))
                    .map_or(true, |r| r.domain.is_empty());
            if is_host {
                return host_fault(self.text);
            }
            if index > 0 && ImageReference::parse(&format!("a.b/{part}")).is_err() {
                let what = format!("`{part}` can't be a part of a path");
                return Fault { kind: FaultKind::Other, what, at: at..at + part.len() };
            }
            at += part.len() + 1;
        }
        let what = "a name has lower case letters, digits, and `.`, `_` or `-` between them";
        Fault { kind: FaultKind::Other, what: what.to_owned(), at: 0..self.name.len() }
    }
}

fn host_fault(text: &str) -> Fault {
    let host = text.split('/').next().unwrap_or_default();
    let what = if host.contains('_') {
        format!("the host `{host}` has an underscore")
    } else {
        format!("`{host}` is no host")
    };
    Fault { kind: FaultKind::Host, what, at: 0..host.len() }
}

/// The first word of Go's that stands for something else.
fn printed(text: &str) -> Option<(usize, &str)> {
    let whole = |at: usize, end: char| {
        let rest = text.get(at..)?;
        let length = rest.find(end).map_or(rest.len(), |end| end + 1);
        Some((at, rest.get(..length)?))
    };
    let start = |word: &str, end: char| text.find(word).and_then(|at| whole(at, end));
    start("%!", ')')
        .or_else(|| start("<nil>", '>'))
        .or_else(|| start("<no value>", '>'))
        .or_else(|| start("map[", ']'))
}

/// As `tag` in `reference.go`.
fn is_tag(tag: &str) -> bool {
    tag.len() <= MAX_TAG_BYTES
        && !tag.starts_with(['.', '-'])
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

fn tag_fault(tag: &str) -> (FaultKind, String) {
    if tag.contains('+') {
        return (FaultKind::Plus, format!("the tag `{tag}` has a `+`"));
    }
    if tag.len() > MAX_TAG_BYTES {
        return (FaultKind::Tag, format!("the tag is longer than {MAX_TAG_BYTES} characters"));
    }
    if let Some((first, second)) = tag.split_once(':') {
        return (FaultKind::Tag, format!("it has two tags, `{first}` and `{second}`"));
    }
    if tag.starts_with(['.', '-']) {
        return (FaultKind::Tag, format!("the tag `{tag}` begins with `.` or `-`"));
    }
    (FaultKind::Tag, format!("the tag `{tag}` has characters that no tag has"))
}

fn digest_fault(digest: &str, error: &ReferenceError) -> Option<String> {
    let hex = digest.split_once(':').map(|(_, hex)| hex);
    Some(match error {
        ReferenceError::DigestLength => format!("the digest has {} digits", hex?.len()),
        ReferenceError::DigestAlgorithm => {
            let algorithm = digest.split(':').next().unwrap_or_default();
            format!("nobody knows digests of the kind `{algorithm}`")
        }
        ReferenceError::DigestFormat => {
            "the digest has other characters than 0-9 and a-f".to_owned()
        }
        _ if hex.is_none() => format!("the digest `{digest}` does not say its algorithm"),
        _ if ImageReference::parse(&format!("a@{digest}")).is_err() => {
            format!("`{digest}` is no digest")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = fault(text).map_or_else(
            || "-".to_owned(),
            |fault| format!("{:?} {:?}: {}", fault.kind, &text[fault.at], fault.what),
        );
        assert_eq!(shown, expected, "{text:?}");
    }

    #[test]
    fn references_have_no_fault() {
        for text in
            ["nginx", "harbor:5000/app", "[::1]:5000/app", "MyReg/app", "r.io/a__b/c--d.e:1"]
        {
            check(text, "-");
        }
    }

    #[test]
    fn what_empty_values_leave_behind() {
        check("", "NoRepository \"\": it is empty");
        check(":1", "NoRepository \"\": it has no repository");
        check("r.io/:1", "NoRepository \"\": it has no repository");
        check("/app:1", "EmptyRegistry \"\": its registry is empty");
        check("r.io/app:", "EmptyTag \"\": its tag is empty");
        check("r.io/app@", "EmptyTag \"\": its digest is empty");
        check("r.io//app:1", "EmptyPart \"\": there is nothing between two slashes");
        let go = "is what Go prints of something that is no text";
        check("app:%!s(<nil>)", &format!("Printed \"%!s(<nil>)\": `%!s(<nil>)` {go}"));
        check("r.io/<nil>:1", &format!("Printed \"<nil>\": `<nil>` {go}"));
        check("map[tag:1]", &format!("Printed \"map[tag:1]\": `map[tag:1]` {go}"));
    }

    #[test]
    fn what_does_not_belong_there() {
        check("https://r.io/app:1", "Scheme \"https://\": it has no place for `https://`");
        check("oci://r.io/app:1", "Scheme \"oci://\": it has no place for `oci://`");
        check("r.io/app:v1 ", "Blank \" \": there is a blank at its end");
        check("r.io/app: v1", "Blank \" v1\": there is a blank in it");
        check("r.io/Team/app:1", "Capital \"Team/app\": the path `Team/app` has capitals");
        check("r.io/app:1.0+b", "Plus \"1.0+b\": the tag `1.0+b` has a `+`");
        check("app:1:2", "Tag \"1:2\": it has two tags, `1` and `2`");
        check("app:-1", "Tag \"-1\": the tag `-1` begins with `.` or `-`");
        check("app:a,b", "Tag \"a,b\": the tag `a,b` has characters that no tag has");
        let long = "a".repeat(129);
        check(
            &format!("r.io/app:{long}"),
            &format!("Tag {long:?}: the tag is longer than 128 characters"),
        );
        check("my_reg.io/app:1", "Host \"my_reg.io\": the host `my_reg.io` has an underscore");
        check("r.io:x/app", "Host \"r.io:x\": `r.io:x` is no host");
        check("r.io/-app", "Other \"-app\": `-app` can't be a part of a path");
        let hex = "a1".repeat(32);
        check(&hex, &format!("Identifier {hex:?}: 64 hexadecimal digits name no image"));
    }

    #[test]
    fn digests() {
        check("r.io/app@sha256:abc", "Digest \"sha256:abc\": `sha256:abc` is no digest");
        let short = "a1".repeat(20);
        check(
            &format!("app@sha256:{short}"),
            &format!("Digest \"sha256:{short}\": the digest has 40 digits"),
        );
        check("app@abc", "Digest \"abc\": the digest `abc` does not say its algorithm");
        let md5 = format!("md5:{}", "a1".repeat(16));
        check(
            &format!("app@{md5}"),
            &format!("Digest {md5:?}: nobody knows digests of the kind `md5`"),
        );
    }

    #[test]
    fn every_text_that_go_refuses_has_a_fault() {
        for line in include_str!("../../testdata/references/generated.jsonl").lines() {
            let row: serde_json::Value = serde_json::from_str(line).expect("a row");
            let text = row["in"].as_str().expect("a text");
            let found = fault(text);
            let is_reference = row["err"].is_null() && !row["domain"].is_null();
            assert_eq!(found.is_none(), is_reference, "{text}");
            if let Some(fault) = found {
                assert!(text.get(fault.at).is_some(), "{text}");
            }
        }
    }
}
