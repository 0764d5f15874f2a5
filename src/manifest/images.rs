//! Who may pull an image: decided by its host and path, the user's word first.

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use glob::{MatchOptions, Pattern};

use super::reference::ImageReference;
use super::registries::{ALIASES, PRIVATE_SUFFIXES, REGISTRIES};

pub use super::registries::Registry;

/// The longest pattern, in bytes: longer than any host and path.
pub const MAX_PATTERN_BYTES: usize = 1024;

/// `*` stays within one part of the path, `**` does not; hosts have no case.
const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: false,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// Who may pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Everybody, or every node of the cluster.
    Public,
    /// Everybody, unless the owner has closed the repository: taken for public.
    Mixed,
    /// Nobody knows.
    Unknown,
    /// Only who shows credentials.
    Private,
}

impl Class {
    /// The word in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Mixed => "assumed public",
            Self::Unknown => "unknown",
            Self::Private => "private",
        }
    }
}

/// How sure it is that a pod with the image needs a pull secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretNeed {
    /// It needs none.
    None,
    /// It may need one; worth a remark, no more.
    Possible,
    /// It counts as private, but findings are one severity lower.
    Likely,
    /// It needs one.
    Certain,
}

/// What is known of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classification {
    /// Who may pull it.
    pub class: Class,
    /// Whether its pod needs a pull secret.
    pub need: SecretNeed,
    /// Why.
    pub reason: Reason,
}

/// `private: images.private[0]`
impl fmt::Display for Classification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class.as_str(), self.reason)
    }
}

/// Why an image has its class. Displayed as the second half of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A pattern of the config.
    Configured {
        /// The list that it is in.
        list: PatternList,
        /// Its index there.
        index: usize,
        /// The pattern as written.
        pattern: Arc<str>,
    },
    /// `images.docker-hub` asks for secrets.
    DockerHub,
    /// A registry that is known.
    Registry(&'static Registry),
    /// The host is an IP address.
    Address,
    /// The host is the node itself.
    Localhost,
    /// The host ends like those that the public DNS does not know.
    Suffix(&'static str),
    /// The host has no dot.
    ShortHost,
    /// The reference has no host that can be one.
    NoHost,
    /// Nothing is known of the host.
    Unlisted,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configured { list, index, .. } => write!(f, "{}[{index}]", list.as_str()),
            Self::DockerHub => f.write_str("images.docker-hub"),
            Self::Registry(registry) => f.write_str(registry.name),
            Self::Address => f.write_str("the host is an IP address"),
            Self::Localhost => f.write_str("the host is the node itself"),
            Self::Suffix(suffix) => write!(f, "`{suffix}` is no public domain"),
            Self::ShortHost => f.write_str("the host is no public domain"),
            Self::NoHost => f.write_str("the host has characters that no host has"),
            Self::Unlisted => f.write_str("the host is in no list"),
        }
    }
}

/// A list of patterns in the config.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternList {
    /// `images.private`
    Private,
    /// `images.node-authenticated`
    NodeAuthenticated,
    /// `images.public`
    Public,
}

impl PatternList {
    /// Its path in the config.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "images.private",
            Self::NodeAuthenticated => "images.node-authenticated",
            Self::Public => "images.public",
        }
    }
}

/// How to judge images of hosts that nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownHost {
    /// As private, one severity lower.
    #[default]
    Private,
    /// As public.
    Public,
    /// As public, with a remark.
    Warn,
}

/// How to judge images of Docker Hub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DockerHub {
    /// As public.
    #[default]
    AssumePublic,
    /// As private: anonymous pulls are limited.
    RequireSecrets,
}

/// What the user says of images.
#[derive(Clone, Debug, Default)]
pub struct ImagePolicy {
    /// Private, whatever else is said or known.
    pub private: Vec<ImagePattern>,
    /// Pulled with credentials of the node: public as far as a chart is concerned.
    pub node_authenticated: Vec<ImagePattern>,
    /// Public.
    pub public: Vec<ImagePattern>,
    /// Hosts that nobody knows.
    pub unknown_host: UnknownHost,
    /// Docker Hub.
    pub docker_hub: DockerHub,
}

impl ImagePolicy {
    /// Decides who may pull `image`.
    ///
    /// The private patterns come first, then the other patterns, then the known registries, then the look of the host.
    pub fn classify(&self, image: &ImageReference) -> Classification {
        let domain = normal_host(&image.domain);
        let host = without_port(&domain);
        let named = |host: &str| match host {
            "" => image.path.clone(),
            host => format!("{host}/{}", image.path),
        };
        let names = [named(&domain), if host == domain { String::new() } else { named(host) }];
        let private = longest(&names, &[(PatternList::Private, &self.private)]);
        if let Some(reason) = private {
            return self.verdict(Class::Private, reason);
        }
        let open = [
            (PatternList::NodeAuthenticated, &*self.node_authenticated),
            (PatternList::Public, &*self.public),
        ];
        if let Some(reason) = longest(&names, &open) {
            return self.verdict(Class::Public, reason);
        }
        let (class, reason) = self.known(host, &image.path);
        self.verdict(class, reason)
    }

    /// What is known of a host in lower case without port.
    fn known(&self, host: &str, path: &str) -> (Class, Reason) {
        if host.is_empty() {
            return (Class::Unknown, Reason::NoHost);
        }
        if host == "docker.io" && self.docker_hub == DockerHub::RequireSecrets {
            return (Class::Private, Reason::DockerHub);
        }
        let fits = |row: &&Registry| path.starts_with(row.path) && host_matches(row.host, host);
        if let Some(row) = REGISTRIES.iter().find(fits) {
            return (row.class, Reason::Registry(row));
        }
        if host == "localhost" {
            return (Class::Private, Reason::Localhost);
        }
        if host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok() {
            return (Class::Private, Reason::Address);
        }
        if let Some(suffix) = PRIVATE_SUFFIXES.iter().find(|suffix| host.ends_with(**suffix)) {
            return (Class::Private, Reason::Suffix(suffix));
        }
        if !host.contains('.') {
            return (Class::Private, Reason::ShortHost);
        }
        (Class::Unknown, Reason::Unlisted)
    }

    fn verdict(&self, class: Class, reason: Reason) -> Classification {
        let need = match (class, &reason, self.unknown_host) {
            (Class::Private, _, _) => SecretNeed::Certain,
            (Class::Public | Class::Mixed, _, _)
            | (_, Reason::NoHost, _)
            | (Class::Unknown, _, UnknownHost::Public) => SecretNeed::None,
            (Class::Unknown, _, UnknownHost::Warn) => SecretNeed::Possible,
            (Class::Unknown, _, UnknownHost::Private) => SecretNeed::Likely,
        };
        Classification { class, need, reason }
    }
}

/// A pattern over host and path, `harbor.corp/team/**`.
///
/// It is normalised as references are: other names of Docker Hub become `docker.io`, its images of one part get
/// `library/`. A pattern without a path is for the whole host, one without a port for all its ports.
#[derive(Clone, Debug)]
pub struct ImagePattern {
    written: Arc<str>,
    pattern: Pattern,
    literals: usize,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImagePatternError {
    /// It is empty.
    #[error("the pattern is empty")]
    Empty,
    /// It is longer than [`MAX_PATTERN_BYTES`].
    #[error("the pattern is longer than {MAX_PATTERN_BYTES} bytes")]
    TooLong,
    /// It begins like a URL.
    #[error("patterns match host and path, without `{0}`")]
    Scheme(String),
    /// It has a tag or a digest.
    #[error("patterns match host and path, without tag and digest (`{0}`)")]
    Tag(String),
    /// It is no glob; holds what glob says.
    #[error("{0}")]
    Glob(&'static str),
}

impl ImagePattern {
    /// Reads a pattern.
    pub fn new(written: &str) -> Result<Self, ImagePatternError> {
        if written.is_empty() {
            return Err(ImagePatternError::Empty);
        }
        if written.len() > MAX_PATTERN_BYTES {
            return Err(ImagePatternError::TooLong);
        }
        if let Some((scheme, _)) = written.split_once("://") {
            return Err(ImagePatternError::Scheme(format!("{scheme}://")));
        }
        let (host, path) = match written.split_once('/') {
            Some((host, path)) => (host, path),
            None if written == "**" => ("**", ""),
            None => (written, ""),
        };
        if let Some(at) = path.find([':', '@']) {
            return Err(ImagePatternError::Tag(path.get(at..).unwrap_or_default().to_owned()));
        }
        let alias = ALIASES.iter().find(|(other, _)| *other == host);
        let host = alias.map_or(host, |(_, host)| host);
        let glob = match (host, path) {
            ("**", "") => "**".to_owned(),
            (_, "" | "**") => format!("{}/**", bracketed(host)),
            ("docker.io", path) if !path.contains('/') => format!("docker.io/library/{path}"),
            _ => format!("{}/{path}", bracketed(host)),
        };
        let pattern = Pattern::new(&glob).map_err(|error| ImagePatternError::Glob(error.msg))?;
        let literals = glob.chars().filter(|c| !matches!(c, '*' | '?' | '[' | ']')).count();
        Ok(Self { written: written.into(), pattern, literals })
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether it fits a normalised host and path, with or without the port; the second name is empty without port.
    fn matches(&self, names: &[String; 2]) -> bool {
        names.iter().any(|name| !name.is_empty() && self.pattern.matches_with(name, MATCHING))
    }
}

/// An IPv6 address in brackets stands for itself, not for one of its characters.
fn bracketed(host: &str) -> Cow<'_, str> {
    let inner = host.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let Some((address, port)) = inner else { return Cow::Borrowed(host) };
    let is_address = address.matches(':').count() > 1
        && address.bytes().all(|b| b == b':' || b.is_ascii_hexdigit());
    if is_address { Cow::Owned(format!("[[]{address}[]]{port}")) } else { Cow::Borrowed(host) }
}

/// The pattern with the most characters that are no wildcards; of equals the first.
fn longest(names: &[String; 2], lists: &[(PatternList, &[ImagePattern])]) -> Option<Reason> {
    let mut best: Option<(PatternList, usize, &ImagePattern)> = None;
    for (list, patterns) in lists {
        for (index, pattern) in patterns.iter().enumerate() {
            let longer = best.is_none_or(|(_, _, best)| pattern.literals > best.literals);
            if longer && pattern.matches(names) {
                best = Some((*list, index, pattern));
            }
        }
    }
    let (list, index, pattern) = best?;
    Some(Reason::Configured { list, index, pattern: Arc::clone(&pattern.written) })
}

/// Lower case, and the host's first name; a port stays.
fn normal_host(domain: &str) -> String {
    let host = domain.to_ascii_lowercase();
    let name = without_port(&host);
    match ALIASES.iter().find(|(other, _)| *other == name) {
        Some((_, first)) => format!("{first}{}", host.get(name.len()..).unwrap_or_default()),
        None => host,
    }
}

/// `[::1]` of `[::1]:5000`, `harbor` of `harbor:5000`.
fn without_port(domain: &str) -> &str {
    let from = domain.find(']').unwrap_or(0);
    let port = domain.get(from..).and_then(|rest| rest.find(':'));
    port.and_then(|at| domain.get(..from + at)).unwrap_or(domain)
}

/// Compares a host with that of a [`Registry`], label by label from the end.
fn host_matches(pattern: &str, host: &str) -> bool {
    let mut labels = host.rsplit('.');
    let mut wanted = pattern.rsplit('.').peekable();
    while let Some(want) = wanted.next() {
        let Some(label) = labels.next() else { return false };
        if want == "*" && wanted.peek().is_none() {
            return true;
        }
        let fits = match want.split_once('*') {
            Some((before, after)) => {
                label.len() > before.len() + after.len()
                    && label.starts_with(before)
                    && label.ends_with(after)
            }
            None => want == label,
        };
        if !fits {
            return false;
        }
    }
    labels.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(list: &[&str]) -> Vec<ImagePattern> {
        list.iter().map(|pattern| ImagePattern::new(pattern).expect(pattern)).collect()
    }

    fn policy() -> ImagePolicy {
        ImagePolicy {
            private: patterns(&[
                "harbor.acme.com/**",
                "docker.io/acme/*",
                "harbor.acme.com/team/**",
            ]),
            node_authenticated: patterns(&[
                "*.dkr.ecr.*.amazonaws.com/**",
                "registry.vendor.io/a/**",
            ]),
            public: patterns(&["registry.vendor.io/**", "harbor.acme.com/public/**", "free.corp"]),
            ..ImagePolicy::default()
        }
    }

    #[track_caller]
    fn check(policy: &ImagePolicy, image: &str, expected: &str) {
        let reference = ImageReference::parse(image).expect(image);
        let found = policy.classify(&reference);
        assert_eq!(format!("{found} ({:?})", found.need), expected, "{image}");
    }

    #[track_caller]
    fn check_known(image: &str, expected: &str) {
        check(&ImagePolicy::default(), image, expected);
    }

    /// Whether the pattern fits the image, or the error.
    #[track_caller]
    fn check_pattern(pattern: &str, image: &str, expected: &str) {
        let shown = match ImagePattern::new(pattern) {
            Err(error) => error.to_string(),
            Ok(pattern) => {
                let policy = ImagePolicy { private: vec![pattern], ..ImagePolicy::default() };
                let found = policy.classify(&ImageReference::parse(image).expect(image));
                matches!(found.reason, Reason::Configured { .. }).to_string()
            }
        };
        assert_eq!(shown, expected, "{pattern} {image}");
    }

    #[test]
    fn known_registries() {
        check_known("registry.k8s.io/pause:3.9", "public: the Kubernetes registry (None)");
        check_known("public.ecr.aws/x/y", "public: Amazon ECR Public (None)");
        check_known("nginx", "assumed public: Docker Hub (None)");
        check_known("registry-1.docker.io/library/nginx", "assumed public: Docker Hub (None)");
        check_known("registry.hub.docker.com/prom/x:v1", "assumed public: Docker Hub (None)");
        check_known("registry-1.docker.io:443/acme/app", "assumed public: Docker Hub (None)");
        check_known("eu.gcr.io/p/app", "assumed public: Google Container Registry (None)");
        check_known("gcr.io/p/app", "assumed public: Google Container Registry (None)");
        check_known("ghcr.io:443/org/app", "assumed public: GitHub Packages (None)");
        check_known("cgr.dev/chainguard/nginx", "public: Chainguard's free images (None)");
        check_known(
            "cgr.dev/acme.com/nginx",
            "private: Chainguard's images for customers (Certain)",
        );
        check_known(
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "private: Amazon ECR (Certain)",
        );
        check_known(
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app:1",
            "private: Amazon ECR (Certain)",
        );
        check_known(
            "europe-west1-docker.pkg.dev/p/r/app",
            "private: Google Artifact Registry (Certain)",
        );
        check_known("acme.azurecr.io/app", "private: Azure Container Registry (Certain)");
        check_known("de.icr.io/app", "private: IBM Cloud Container Registry (Certain)");
        check_known("azurecr.io/app", "unknown: the host is in no list (Likely)");
        check_known("evilazurecr.io/app", "unknown: the host is in no list (Likely)");
        check_known("docker.pkg.dev/app", "unknown: the host is in no list (Likely)");
    }

    #[test]
    fn the_look_of_a_host() {
        check_known("10.0.0.1:5000/team/app:1", "private: the host is an IP address (Certain)");
        check_known("[::1]:5000/app", "private: the host is an IP address (Certain)");
        check_known("localhost/app", "private: the host is the node itself (Certain)");
        check_known("localhost:5000/app:1", "private: the host is the node itself (Certain)");
        check_known("harbor:5000/app", "private: the host is no public domain (Certain)");
        check_known("MyReg/app", "private: the host is no public domain (Certain)");
        check_known("harbor.corp/app:1", "private: `.corp` is no public domain (Certain)");
        check_known("harbor.corp:5000/app:1", "private: `.corp` is no public domain (Certain)");
        check_known("reg.ns.svc:5000/app", "private: `.svc` is no public domain (Certain)");
        check_known(
            "reg.ns.svc.cluster.local/app",
            "private: `.local` is no public domain (Certain)",
        );
        check_known("Harbor.Corp/app", "private: `.corp` is no public domain (Certain)");
        check_known("registry.example.com/app", "unknown: the host is in no list (Likely)");
        check_known("1.2.3/app", "unknown: the host is in no list (Likely)");
        check_known("harbor/app", "assumed public: Docker Hub (None)");
        check_known(
            "my_reg.example.com/app:1",
            "unknown: the host has characters that no host has (None)",
        );
    }

    #[test]
    fn private_patterns_win_over_everything() {
        let policy = policy();
        check(&policy, "harbor.acme.com/public/app", "private: images.private[0] (Certain)");
        check(&policy, "harbor.acme.com/team/a/b", "private: images.private[2] (Certain)");
        check(&policy, "acme/app", "private: images.private[1] (Certain)");
        check(&policy, "registry-1.docker.io/acme/app", "private: images.private[1] (Certain)");
        check(&policy, "acme/app/debug", "assumed public: Docker Hub (None)");
        check(&policy, "HARBOR.acme.com/team/x", "private: images.private[2] (Certain)");
    }

    #[test]
    fn the_other_patterns_win_over_what_is_known() {
        let policy = policy();
        check(
            &policy,
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "public: images.node-authenticated[0] (None)",
        );
        check(&policy, "free.corp/app", "public: images.public[2] (None)");
        check(&policy, "registry.vendor.io/b/app", "public: images.public[0] (None)");
        check(&policy, "registry.vendor.io/a/app", "public: images.node-authenticated[1] (None)");
    }

    #[test]
    fn only_private_patterns_are_stronger_than_the_login_of_the_nodes() {
        let policy = ImagePolicy {
            private: patterns(&["harbor.corp/a/**"]),
            node_authenticated: patterns(&["harbor.corp/**", "docker.io/**"]),
            docker_hub: DockerHub::RequireSecrets,
            ..ImagePolicy::default()
        };
        check(&policy, "harbor.corp:5000/a/x", "private: images.private[0] (Certain)");
        check(&policy, "harbor.corp:5000/b/x", "public: images.node-authenticated[0] (None)");
        check(&policy, "acme/app", "public: images.node-authenticated[1] (None)");
        check(&policy, "reg.corp/app", "private: `.corp` is no public domain (Certain)");
    }

    #[test]
    fn settings_for_unknown_hosts_and_docker_hub() {
        let unknown = |unknown_host| ImagePolicy { unknown_host, ..policy() };
        let text = "unknown: the host is in no list";
        check(&unknown(UnknownHost::Warn), "r.io/app", &format!("{text} (Possible)"));
        check(&unknown(UnknownHost::Public), "r.io/app", &format!("{text} (None)"));
        let hub = ImagePolicy {
            docker_hub: DockerHub::RequireSecrets,
            public: patterns(&["nginx", "docker.io/library/redis", "docker.io/busybox"]),
            ..ImagePolicy::default()
        };
        check(&hub, "prom/prometheus", "private: images.docker-hub (Certain)");
        check(&hub, "redis:7", "public: images.public[1] (None)");
        check(&hub, "busybox", "public: images.public[2] (None)");
    }

    #[test]
    fn stars() {
        check_pattern("harbor.corp/**", "harbor.corp/a/b", "true");
        check_pattern("harbor.corp/*", "harbor.corp/a/b", "false");
        check_pattern("harbor.corp/*", "harbor.corp/a", "true");
        check_pattern("harbor.corp/*/b", "harbor.corp/a/b", "true");
        check_pattern("harbor.corp/**/b", "harbor.corp/a/x/b", "true");
        check_pattern("harbor.corp/**/b", "harbor.corp/b", "true");
        check_pattern("*.corp/**", "a.b.corp/x", "true");
        check_pattern("*.corp/**", "r.io/a.corp/x", "false");
        check_pattern("**", "r.io/a", "true");
        check_pattern("**/secret/*", "r.io/a/secret/x", "true");
        check_pattern("harbor.corp/team-?/**", "harbor.corp/team-1/x", "true");
        check_pattern("harbor.corp/team-[ab]/**", "harbor.corp/team-c/x", "false");
    }

    #[test]
    fn patterns_are_normalised_as_references_are() {
        check_pattern("harbor.corp", "harbor.corp/a/b", "true");
        check_pattern("harbor.corp/", "harbor.corp/a/b", "true");
        check_pattern("*.corp", "harbor.corp:5000/a", "true");
        check_pattern("harbor.corp", "harbor.corp:5000/a", "true");
        check_pattern("harbor.corp:5000", "harbor.corp:5000/a", "true");
        check_pattern("harbor.corp:5000", "harbor.corp:5001/a", "false");
        check_pattern("harbor.corp:5000", "harbor.corp/a", "false");
        check_pattern("index.docker.io/acme/**", "acme/app", "true");
        check_pattern("docker.io/nginx", "nginx", "true");
        check_pattern("docker.io/*", "nginx", "true");
        check_pattern("docker.io/*", "acme/app", "false");
        check_pattern("docker.io", "acme/app", "true");
        check_pattern("[::1]:5000/**", "[::1]:5000/a", "true");
        check_pattern("[::1]:5000", "[::1]:5000/a", "true");
        check_pattern("[hg]arbor.corp/**", "harbor.corp/a", "true");
    }

    #[test]
    fn texts_that_are_no_patterns() {
        check_pattern("", "a", "the pattern is empty");
        check_pattern(&"a".repeat(1025), "a", "the pattern is longer than 1024 bytes");
        check_pattern(
            "https://harbor.corp/**",
            "a",
            "patterns match host and path, without `https://`",
        );
        check_pattern(
            "harbor.corp/app:1",
            "a",
            "patterns match host and path, without tag and digest (`:1`)",
        );
        check_pattern("a/b**", "a", "recursive wildcards must form a single path component");
        check_pattern("a/***", "a", "wildcards are either regular `*` or recursive `**`");
        check_pattern("a/[b", "a", "invalid range pattern");
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = format!("r.io/{}x", "*a".repeat(40));
        check_pattern(&pattern, &format!("r.io/{}", "a".repeat(250)), "false");
    }
}
