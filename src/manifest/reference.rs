//! Image references, read as container runtimes read them.

use std::fmt;

/// The host that a name without a host belongs to.
const DEFAULT_DOMAIN: &str = "docker.io";

/// The former name of [`DEFAULT_DOMAIN`], which is rewritten to it.
const LEGACY_DEFAULT_DOMAIN: &str = "index.docker.io";

/// Where Docker Hub keeps the images whose name has one part.
const OFFICIAL_PREFIX: &str = "library/";

/// The only host that needs neither a dot nor a port.
const LOCALHOST: &str = "localhost";

/// The longest path, in bytes.
const MAX_PATH_BYTES: usize = 255;

/// The longest tag, in bytes.
pub(super) const MAX_TAG_BYTES: usize = 128;

/// The shortest hexadecimal part of a digest, in bytes.
const MIN_DIGEST_BYTES: usize = 32;

/// Digest algorithms and the number of their hexadecimal digits.
const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// An image reference with Docker's defaults for host and path filled in, but not for the tag.
///
/// As `ParseNormalizedNamed` of github.com/distribution/reference (normalize.go, v0.6.0) gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    /// Host and port: `docker.io`, `harbor.corp:5000`, `[::1]:5000`. Upper case stays.
    /// Empty where the first part looks like a host but can't be one (`my_reg.example.com/app`).
    pub domain: String,
    /// The repository on that host: `library/nginx`.
    pub path: String,
    /// Behind the `:`.
    pub tag: Option<String>,
    /// Behind the `@`: algorithm, `:` and hexadecimal digits.
    pub digest: Option<String>,
}

/// Why a text is no image reference. Displayed in the words of Go's module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It does not follow the grammar.
    #[error("invalid reference format")]
    Format,
    /// It would follow the grammar in lower case; the capital is not in the path.
    #[error("repository name must be lowercase")]
    UppercaseName,
    /// The path has capitals; holds the path.
    #[error("invalid reference format: repository name ({0}) must be lowercase")]
    UppercasePath(String),
    /// It is 64 hexadecimal digits, which name an image by its identifier.
    #[error("invalid repository name ({0}), cannot specify 64-byte hexadecimal strings")]
    Identifier(String),
    /// The path is too long.
    #[error("repository name must not be more than {MAX_PATH_BYTES} characters")]
    TooLong,
    /// The digest has other characters than its algorithm allows.
    #[error("invalid checksum digest format")]
    DigestFormat,
    /// The digest is too long or too short for its algorithm.
    #[error("invalid checksum digest length")]
    DigestLength,
    /// The algorithm of the digest is unknown.
    #[error("unsupported digest algorithm")]
    DigestAlgorithm,
}

impl ImageReference {
    /// Reads `text`, which must be a reference from its first to its last byte.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        if text.len() == 64 && text.bytes().all(is_lower_hex) {
            return Err(ReferenceError::Identifier(text.to_owned()));
        }
        let (domain, prefix, remainder) = normalize(text);
        let full = format!("{domain}/{prefix}{remainder}");
        let path = full.get(domain.len() + 1..).unwrap_or_default();
        let path = path.split_once(':').map_or(path, |(path, _)| path);
        if path.chars().any(|c| lower(c) != c) {
            return Err(ReferenceError::UppercasePath(path.to_owned()));
        }
        let Some(parts) = Parts::of(&full) else {
            let lowered: String = full.chars().map(lower).collect();
            return Err(if Parts::of(&lowered).is_some() {
                ReferenceError::UppercaseName
            } else {
                ReferenceError::Format
            });
        };
        if parts.path.len() > MAX_PATH_BYTES {
            return Err(ReferenceError::TooLong);
        }
        if let Some(digest) = parts.digest {
            check_digest(digest)?;
        }
        Ok(Self {
            domain: parts.domain.to_owned(),
            path: parts.path.to_owned(),
            tag: parts.tag.map(str::to_owned),
            digest: parts.digest.map(str::to_owned),
        })
    }

    /// Host and path without tag and digest: `docker.io/library/nginx`.
    pub fn name(&self) -> String {
        if self.domain.is_empty() {
            return self.path.clone();
        }
        format!("{}/{}", self.domain, self.path)
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.domain.is_empty() {
            write!(f, "{}/", self.domain)?;
        }
        f.write_str(&self.path)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Host, prefix of the path, and the rest: decides whether the first part is a host, as `splitDockerDomain` does.
fn normalize(text: &str) -> (&str, &'static str, &str) {
    let Some((first, rest)) = text.split_once('/') else {
        return (DEFAULT_DOMAIN, OFFICIAL_PREFIX, text);
    };
    let (domain, remainder) = if first == LEGACY_DEFAULT_DOMAIN {
        (DEFAULT_DOMAIN, rest)
    } else if first == LOCALHOST
        || first.contains(['.', ':'])
        || first.chars().any(|c| lower(c) != c)
    {
        (first, rest)
    } else {
        (DEFAULT_DOMAIN, text)
    };
    let official = domain == DEFAULT_DOMAIN && !remainder.contains('/');
    (domain, if official { OFFICIAL_PREFIX } else { "" }, remainder)
}

/// The parts of a text that follows the grammar of reference.go.
struct Parts<'a> {
    domain: &'a str,
    path: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// No part but the digest may hold an `@`, and no path or tag holds a `/` behind its `:`, so every cut is certain.
    fn of(text: &'a str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let last_part = rest.rfind('/').map_or(0, |at| at + 1);
        let tag_at = rest.get(last_part..)?.find(':').map(|at| last_part + at);
        let (name, tag) = match tag_at {
            Some(at) => (rest.get(..at)?, Some(rest.get(at + 1..)?)),
            None => (rest, None),
        };
        if !digest.is_none_or(is_digest) || !tag.is_none_or(is_tag) {
            return None;
        }
        if let Some((domain, path)) = name.split_once('/')
            && is_domain(domain)
            && is_path(path)
        {
            return Some(Self { domain, path, tag, digest });
        }
        is_path(name).then_some(Self { domain: "", path: name, tag, digest })
    }
}

/// Go's `unicode.ToLower`: one character for one.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

const fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(inner) => {
            let Some((address, port)) = inner.split_once(']') else { return false };
            let hex_or_colon = |b: u8| b.is_ascii_hexdigit() || b == b':';
            if address.is_empty() || !address.bytes().all(hex_or_colon) {
                return false;
            }
            (None, port)
        }
        None => match text.find(':') {
            Some(at) => (text.get(..at), text.get(at..).unwrap_or_default()),
            None => (Some(text), ""),
        },
    };
    let port_fits = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    port_fits && host.is_none_or(|host| host.split('.').all(is_domain_label))
}

fn is_domain_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_path(text: &str) -> bool {
    text.split('/').all(is_path_component)
}

/// Lower case letters and digits, with one `.`, one or two `_`, or any number of `-` between them.
fn is_path_component(text: &str) -> bool {
    let mut separator = "";
    let mut rest = text;
    loop {
        let word = rest
            .find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let fits =
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-');
        if word == 0 || !fits {
            return false;
        }
        rest = rest.get(word..).unwrap_or_default();
        if rest.is_empty() {
            return true;
        }
        let end = rest.find(|c| !matches!(c, '.' | '_' | '-')).unwrap_or(rest.len());
        separator = rest.get(..end).unwrap_or_default();
        if separator.is_empty() {
            return false;
        }
        rest = rest.get(end..).unwrap_or_default();
    }
}

fn is_tag(text: &str) -> bool {
    text.len() <= MAX_TAG_BYTES
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(word)
        && hex.len() >= MIN_DIGEST_BYTES
        && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What `Digest.Validate` of github.com/opencontainers/go-digest (v1.0.0) checks beyond the grammar.
fn check_digest(digest: &str) -> Result<(), ReferenceError> {
    let (algorithm, hex) = digest.split_once(':').ok_or(ReferenceError::DigestFormat)?;
    let Some((_, length)) = ALGORITHMS.iter().find(|(name, _)| *name == algorithm) else {
        return Err(if algorithm.bytes().any(|b| b.is_ascii_uppercase()) {
            ReferenceError::DigestFormat
        } else {
            ReferenceError::DigestAlgorithm
        });
    };
    if hex.len() != *length {
        return Err(ReferenceError::DigestLength);
    }
    if hex.bytes().all(is_lower_hex) { Ok(()) } else { Err(ReferenceError::DigestFormat) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is `domain path tag digest` with `-` for an absent part, or the error.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match ImageReference::parse(text) {
            Ok(reference) => format!(
                "{} {} {} {}",
                if reference.domain.is_empty() { "-" } else { &reference.domain },
                reference.path,
                reference.tag.as_deref().unwrap_or("-"),
                reference.digest.as_deref().unwrap_or("-"),
            ),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{text:?}");
    }

    const INVALID: &str = "invalid reference format";

    #[test]
    fn names_without_a_host_belong_to_docker_hub() {
        check("nginx", "docker.io library/nginx - -");
        check("nginx:1.25", "docker.io library/nginx 1.25 -");
        check("library/nginx", "docker.io library/nginx - -");
        check("docker.io/nginx", "docker.io library/nginx - -");
        check("index.docker.io/library/nginx:1", "docker.io library/nginx 1 -");
        check("prom/prometheus:v2", "docker.io prom/prometheus v2 -");
        check("harbor/app:1", "docker.io harbor/app 1 -");
        check("foo.bar", "docker.io library/foo.bar - -");
        check("foo.bar:1", "docker.io library/foo.bar 1 -");
        check("nil/app", "docker.io nil/app - -");
    }

    #[test]
    fn a_dot_a_port_a_capital_or_localhost_make_a_host() {
        check("registry-1.docker.io/library/nginx", "registry-1.docker.io library/nginx - -");
        check("registry.hub.docker.com/prom/x:v1", "registry.hub.docker.com prom/x v1 -");
        check("harbor.corp/app:1", "harbor.corp app 1 -");
        check("harbor:5000/app", "harbor:5000 app - -");
        check("localhost/app", "localhost app - -");
        check("localhost:5000/app:1", "localhost:5000 app 1 -");
        check("MyReg/app", "MyReg app - -");
        check("registry.example.com/app", "registry.example.com app - -");
        check("10.0.0.1/app", "10.0.0.1 app - -");
        check("10.0.0.1:5000/team/app:1", "10.0.0.1:5000 team/app 1 -");
        check("[::1]:5000/app", "[::1]:5000 app - -");
        check("r.io:443/app:1", "r.io:443 app 1 -");
        check("ghcr.io/org/app:1", "ghcr.io org/app 1 -");
        check(
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com app 1 -",
        );
        check("foo.bar/app", "foo.bar app - -");
    }

    #[test]
    fn a_host_that_can_not_be_one_becomes_part_of_the_path() {
        check("my_reg.example.com/app:1", "- my_reg.example.com/app 1 -");
    }

    #[test]
    fn separators_in_paths_and_tags() {
        check("r.io/a__b/c--d.e:1", "r.io a__b/c--d.e 1 -");
        check("r.io/app:latest-", "r.io app latest- -");
        check("r.io/a___b", INVALID);
        check("r.io/a..b", INVALID);
        check("r.io/-app", INVALID);
        check("r.io/app-", INVALID);
    }

    #[test]
    fn what_empty_values_leave_behind_is_invalid() {
        check("registry.example.com//app:1", INVALID);
        check("/app:1", INVALID);
        check("registry.example.com/app:", INVALID);
        check(":1", INVALID);
        check("", INVALID);
        check("app:%!s(<nil>)", INVALID);
        check("r.io/<nil>:1", INVALID);
    }

    #[test]
    fn other_invalid_references() {
        check(
            "registry.example.com/Team/app:1",
            "invalid reference format: repository name (Team/app) must be lowercase",
        );
        check("https://r.io/app:1", INVALID);
        check("oci://r.io/app:1", INVALID);
        check("r.io/app:1.0+build", INVALID);
        check(&format!("r.io/app:{}", "a".repeat(129)), INVALID);
        check("r.io/app:v1 ", INVALID);
        let identifier = "a1".repeat(32);
        check(
            &identifier,
            &format!(
                "invalid repository name ({identifier}), cannot specify 64-byte hexadecimal strings"
            ),
        );
        check(
            &format!("r.io/{}", "a".repeat(256)),
            "repository name must not be more than 255 characters",
        );
    }

    #[test]
    fn digests() {
        let digest = format!("sha256:{}", "a1".repeat(32));
        check(&format!("app@{digest}"), &format!("docker.io library/app - {digest}"));
        check(&format!("r.io/app:1@{digest}"), &format!("r.io app 1 {digest}"));
        check("r.io/app@sha256:abc", INVALID);
        check(&format!("app@sha256:{}", "a1".repeat(20)), "invalid checksum digest length");
        check(&format!("app@sha256:{}", "A1".repeat(32)), "invalid checksum digest format");
        check(&format!("app@md5:{}", "a1".repeat(16)), "unsupported digest algorithm");
    }

    /// References generated from hosts, paths, tags and digests with random edits, and what Go says of each.
    #[test]
    fn generated_references_agree_with_go() {
        #[derive(serde::Deserialize)]
        struct Row {
            #[serde(rename = "in")]
            text: String,
            #[serde(default)]
            domain: String,
            #[serde(default)]
            path: String,
            tag: Option<String>,
            digest: Option<String>,
            err: Option<String>,
        }
        let rows = include_str!("../../testdata/references/generated.jsonl");
        for line in rows.lines() {
            let row: Row = serde_json::from_str(line).expect("a row");
            let dash = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
            let domain = if row.domain.is_empty() { "-" } else { &row.domain };
            let expected = row.err.unwrap_or_else(|| {
                format!("{domain} {} {} {}", row.path, dash(row.tag), dash(row.digest))
            });
            check(&row.text, &expected);
        }
        assert!(rows.lines().count() > 500, "the recorded rows are gone");
    }
}
