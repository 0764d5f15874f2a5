//! chartlint.yaml as typed settings.

use std::collections::BTreeMap;

use glob::Pattern;
use serde::Deserialize;

use crate::manifest::images::{DockerHub, ImagePattern, ImagePolicy, PatternList, UnknownHost};
use crate::manifest::pods::{PULL_SECRETS, PodKind, PodPath};
use crate::manifest::pointer::{Pointer, Step};
use crate::source::{FileId, SourceMap, TextRange};
use crate::yaml::{self, NodeKind, Use};

use super::error::suggest;
use super::{Config, ConfigError, FailOn, Level, Profile, PullSecrets};

/// The names that `rules`, `select` and `ignore` may hold.
#[derive(Clone, Copy, Debug)]
pub struct KnownNames<'a> {
    /// Of rules.
    pub rules: &'a [&'a str],
    /// Of groups of rules, such as categories.
    pub groups: &'a [&'a str],
}

/// The file as it is written; words are looked up later, where their place is known.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default, expecting = "a mapping")]
struct File {
    profile: Option<String>,
    images: Images,
    pull_secrets: RawPullSecrets,
    pod_specs: Vec<PodSpecs>,
    rules: BTreeMap<String, String>,
    select: Vec<String>,
    ignore: Vec<String>,
    fail_on: Option<String>,
    exclude: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default, expecting = "a mapping")]
struct Images {
    private: Vec<String>,
    node_authenticated: Vec<String>,
    public: Vec<String>,
    unknown_host: Option<String>,
    docker_hub: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default, expecting = "a mapping")]
struct RawPullSecrets {
    keys: Option<Vec<String>>,
    assume_injected: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", expecting = "a mapping")]
struct PodSpecs {
    api_version: String,
    kind: String,
    path: String,
    field: Option<String>,
}

impl Config {
    /// Reads the config file `file`.
    ///
    /// Fails with all mistakes that can be found at once, in the order of the settings.
    pub fn read(
        sources: &SourceMap,
        file: FileId,
        known: KnownNames<'_>,
    ) -> Result<Self, Vec<ConfigError>> {
        let text = sources.file(file).text();
        let stream = yaml::parse(text.trim_start_matches('\u{feff}'));
        let shift = (text.len() - text.trim_start_matches('\u{feff}').len()) as u32;
        let mut reader = Reader { sources, file, shift, root: None, errors: Vec::new() };
        for error in &stream.errors {
            reader.fail(Some(error.range), error.message.clone(), None);
        }
        if let Some(second) = stream.documents.get(1) {
            let message = "a config file has one document only".to_owned();
            reader.fail(Some(TextRange::empty(second.range.start as usize)), message, None);
        }
        reader.root = stream.documents.into_iter().next().and_then(|document| document.root);
        reader.reject_repeated_keys();
        if !reader.errors.is_empty() {
            return Err(reader.errors);
        }
        let is_empty = |root: &Use| matches!(root.node.kind, NodeKind::Null);
        if reader.root.as_ref().is_none_or(is_empty) {
            return Ok(Self::default());
        }
        match serde_yaml::from_str(text.trim_start_matches('\u{feff}')) {
            Ok(raw) => reader.settings(raw, known),
            Err(error) => {
                reader.typed_error(&error);
                Err(reader.errors)
            }
        }
    }
}

/// Turns words into settings and remembers what is wrong with them.
struct Reader<'a> {
    sources: &'a SourceMap,
    file: FileId,
    /// Length of the byte order mark, which the tree does not count.
    shift: u32,
    root: Option<Use>,
    errors: Vec<ConfigError>,
}

/// A way into the file: keys and indices, as in an error of serde.
type Way<'a> = &'a [&'a str];

impl Reader<'_> {
    fn fail(&mut self, range: Option<TextRange>, message: String, help: Option<String>) {
        let file = self.sources.file(self.file);
        let shifted = range.map(|range| TextRange {
            start: range.start + self.shift,
            end: range.end + self.shift,
        });
        self.errors.push(ConfigError {
            path: file.path().to_owned(),
            span: shifted.map(|range| range.in_file(self.file)),
            position: shifted.map(|range| file.position(range.start)),
            message,
            help,
        });
    }

    /// The range of the value at `way`.
    fn value(&self, way: Way<'_>) -> Option<TextRange> {
        Some(self.place(way)?.1)
    }

    /// The ranges of key and value at `way`.
    fn place(&self, way: Way<'_>) -> Option<(Option<TextRange>, TextRange)> {
        let step =
            |part: &&str| part.parse().map_or_else(|_| Step::Key((*part).into()), Step::Index);
        let pointer = Pointer { steps: way.iter().map(step).collect() };
        let place = pointer.find(self.root.as_ref()?)?;
        Some((place.key, place.value.range))
    }

    /// Everything of the file is a mistake that is written twice, since only one can count.
    fn reject_repeated_keys(&mut self) {
        let mut repeated = Vec::new();
        let mut left: Vec<&Use> = self.root.iter().collect();
        while let Some(value) = left.pop() {
            if value.range != value.node.range {
                continue;
            }
            left.extend(value.node.items());
            let NodeKind::Map(entries) = &value.node.kind else { continue };
            for entry in entries.iter().filter(|entry| !entry.merged) {
                left.push(&entry.value);
                if entry.repeats.is_some() {
                    repeated.push((entry.key_range, format!("`{}` is set twice", entry.key)));
                }
            }
        }
        repeated.sort_unstable();
        for (range, message) in repeated {
            self.fail(Some(range), message, None);
        }
    }

    /// What serde says, with the exact place from our own tree.
    fn typed_error(&mut self, error: &serde_yaml::Error) {
        let said = error.to_string();
        let message = bare(&said);
        let offset = error.location().map(|at| self.offset(at.line(), at.column()));
        let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let around = offset.and_then(|offset| self.innermost_map(offset));
        if message.starts_with("unknown field")
            && let [key, known @ ..] = &quoted[..]
        {
            let entry = around.as_ref().and_then(|map| map.node.get(key));
            let range = entry.map(|entry| entry.key_range).or(offset.map(empty_at));
            let help = suggest(key, known.iter().copied());
            self.fail(range, format!("unknown key `{key}`"), help);
            return;
        }
        if message.starts_with("missing field")
            && let [key] = &quoted[..]
        {
            let range = around.map(|map| map.range).or(offset.map(empty_at));
            self.fail(range, format!("the key `{key}` is missing"), None);
            return;
        }
        let pointer = offset.zip(self.root.as_ref()).and_then(|(at, root)| {
            Pointer::at_offset(root, at).and_then(|pointer| pointer.find(root))
        });
        let range = pointer.map(|place| place.value.range).or(offset.map(empty_at));
        self.fail(range, in_our_words(message), None);
    }

    /// The offset of a place that serde names by line and column, both from 1, in code points.
    fn offset(&self, line: usize, column: usize) -> u32 {
        let file = self.sources.file(self.file);
        let range = file.line_range(line.saturating_sub(1));
        let columns = file.slice(range).char_indices().nth(column.saturating_sub(1));
        let behind = columns.map_or(range.len(), |(at, _)| at);
        (range.start + behind as u32).saturating_sub(self.shift)
    }

    /// The innermost mapping around `offset`.
    fn innermost_map(&self, offset: u32) -> Option<Use> {
        let root = self.root.as_ref()?;
        let mut pointer = Pointer::at_offset(root, offset)?;
        loop {
            let value = pointer.find(root)?.value;
            // A key of a mapping is in that mapping, not in its own value.
            if value.node.is_map() && value.range.contains(offset) {
                return Some(value);
            }
            pointer.steps.pop()?;
        }
    }

    fn settings(mut self, raw: File, known: KnownNames<'_>) -> Result<Config, Vec<ConfigError>> {
        let profiles = Profile::ALL.map(|profile| (profile.as_str(), profile));
        let profile = self.word(&["profile"], raw.profile.as_deref(), &profiles);
        let images = self.images(&raw.images);
        let pull_secrets = self.pull_secrets(raw.pull_secrets);
        let kinds = raw.pod_specs.into_iter().enumerate();
        let pod_specs = kinds.filter_map(|(index, raw)| self.pod_kind(index, raw)).collect();
        let levels = Level::ALL.map(|level| (level.as_str(), level));
        let mut rules = BTreeMap::new();
        for (name, level) in raw.rules {
            let key = self.place(&["rules", &name]).and_then(|(key, _)| key);
            self.known_name(&name, key, known);
            if let Some(level) = self.word(&["rules", &name], Some(&level), &levels) {
                rules.insert(name, level);
            }
        }
        for (list, names) in [("select", &raw.select), ("ignore", &raw.ignore)] {
            for (index, name) in names.iter().enumerate() {
                let range = self.value(&[list, &index.to_string()]);
                self.known_name(name, range, known);
            }
        }
        let severities = FailOn::ALL.map(|fail_on| (fail_on.as_str(), fail_on));
        let fail_on = self.word(&["fail-on"], raw.fail_on.as_deref(), &severities);
        let exclude = self.exclude(&raw.exclude);
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        Ok(Config {
            profile: profile.unwrap_or_default(),
            images,
            pull_secrets,
            pod_specs,
            rules,
            select: raw.select,
            ignore: raw.ignore,
            fail_on: fail_on.unwrap_or_default(),
            exclude,
        })
    }

    /// The setting that a word stands for.
    fn word<T: Copy>(&mut self, way: Way<'_>, word: Option<&str>, all: &[(&str, T)]) -> Option<T> {
        let word = word?;
        if let Some((_, setting)) = all.iter().find(|(known, _)| *known == word) {
            return Some(*setting);
        }
        let key = way.last().copied().unwrap_or_default();
        let help = suggest(word, all.iter().map(|(known, _)| *known));
        self.fail(self.value(way), format!("`{key}` can't be `{word}`"), help);
        None
    }

    fn known_name(&mut self, name: &str, range: Option<TextRange>, known: KnownNames<'_>) {
        let all = known.rules.iter().chain(known.groups).copied();
        if all.clone().any(|known| known == name) {
            return;
        }
        let help = suggest(name, all);
        self.fail(range, format!("there is no rule `{name}`"), help);
    }

    fn images(&mut self, raw: &Images) -> ImagePolicy {
        let hosts = [
            ("private", UnknownHost::Private),
            ("public", UnknownHost::Public),
            ("warn", UnknownHost::Warn),
        ];
        let hub = [
            ("assume-public", DockerHub::AssumePublic),
            ("require-secrets", DockerHub::RequireSecrets),
        ];
        let unknown_host =
            self.word(&["images", "unknown-host"], raw.unknown_host.as_deref(), &hosts);
        let docker_hub = self.word(&["images", "docker-hub"], raw.docker_hub.as_deref(), &hub);
        ImagePolicy {
            private: self.image_patterns(PatternList::Private, &raw.private),
            node_authenticated: self
                .image_patterns(PatternList::NodeAuthenticated, &raw.node_authenticated),
            public: self.image_patterns(PatternList::Public, &raw.public),
            unknown_host: unknown_host.unwrap_or_default(),
            docker_hub: docker_hub.unwrap_or_default(),
        }
    }

    /// All patterns of a list, or less after a mistake.
    fn image_patterns(&mut self, list: PatternList, raw: &[String]) -> Vec<ImagePattern> {
        let (_, key) = list.as_str().split_once('.').unwrap_or_default();
        let mut patterns = Vec::new();
        for (index, text) in raw.iter().enumerate() {
            match ImagePattern::new(text) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => {
                    let range = self.value(&["images", key, &index.to_string()]);
                    self.fail(range, format!("`{text}` is no image pattern: {error}"), None);
                }
            }
        }
        patterns
    }

    fn pull_secrets(&mut self, raw: RawPullSecrets) -> PullSecrets {
        let keys = raw.keys.iter().flatten().enumerate();
        for (index, key) in keys.filter(|(_, key)| key.split('.').any(str::is_empty)) {
            let range = self.value(&["pull-secrets", "keys", &index.to_string()]);
            let help = "write it as in `global.imagePullSecrets`".to_owned();
            self.fail(range, format!("`{key}` is no path of a value"), Some(help));
        }
        PullSecrets { keys: raw.keys, assume_injected: raw.assume_injected }
    }

    fn pod_kind(&mut self, index: usize, raw: PodSpecs) -> Option<PodKind> {
        let (group, version) = match raw.api_version.split_once('/') {
            Some((group, version)) => (group.to_owned(), version.to_owned()),
            None => (String::new(), raw.api_version),
        };
        match PodPath::parse(&raw.path) {
            Ok(path) => Some(PodKind {
                group: group.into(),
                version: (version != "*").then(|| version.into()),
                kind: raw.kind.into(),
                path,
                field: raw.field.map_or(PULL_SECRETS.into(), Into::into),
            }),
            Err(error) => {
                let range = self.value(&["pod-specs", &index.to_string(), "path"]);
                self.fail(range, format!("`{}` is no path: {error}", raw.path), None);
                None
            }
        }
    }

    fn exclude(&mut self, raw: &[String]) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for (index, text) in raw.iter().enumerate() {
            match Pattern::new(text.trim_start_matches("./").trim_end_matches('/')) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => {
                    let range = self.value(&["exclude", &index.to_string()]);
                    self.fail(range, format!("`{text}` is no pattern: {}", error.msg), None);
                }
            }
        }
        patterns
    }
}

const fn empty_at(offset: u32) -> TextRange {
    TextRange { start: offset, end: offset }
}

/// A wrong type in the words of YAML.
fn in_our_words(message: &str) -> String {
    let types = message.strip_prefix("invalid type: ").and_then(|m| m.split_once(", expected "));
    let Some((found, expected)) = types else { return message.to_owned() };
    let word = |word: &str| match word {
        "sequence" | "a sequence" => "a list".to_owned(),
        "map" | "a map" => "a mapping".to_owned(),
        "unit value" => "null".to_owned(),
        other => other.to_owned(),
    };
    format!("this has to be {}, not {}", word(expected), word(found))
}

/// What serde says without the way in front and the line behind, which the tree knows better.
fn bare(said: &str) -> &str {
    const OPENINGS: [&str; 5] = [
        "unknown field ",
        "missing field ",
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
    ];
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    let start = OPENINGS.iter().filter_map(|opening| said.find(opening)).min().unwrap_or(0);
    said.get(start..).unwrap_or(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: KnownNames<'static> = KnownNames {
        rules: &["missing-image-pull-secrets", "duplicate-key", "dead-pull-secrets-value"],
        groups: &["registry", "values"],
    };

    fn read(text: &str) -> (Result<Config, Vec<ConfigError>>, SourceMap) {
        let mut sources = SourceMap::default();
        let file = sources.add("chartlint.yaml", text);
        (Config::read(&sources, file, KNOWN), sources)
    }

    /// `expected` holds, for each mistake, its message as displayed without the path, and the text under its span.
    #[track_caller]
    fn check_errors(text: &str, expected: &[(&str, &str)]) {
        let (result, sources) = read(text);
        let errors = result.expect_err(text);
        let shown: Vec<(String, &str)> = errors
            .iter()
            .map(|error| {
                let span = error.span.map_or("-", |span| sources.slice(span));
                (error.to_string().replacen("chartlint.yaml:", "", 1), span)
            })
            .collect();
        let shown: Vec<(&str, &str)> = shown.iter().map(|(m, s)| (m.as_str(), *s)).collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[track_caller]
    fn check(text: &str, holds: impl FnOnce(&Config) -> bool) {
        let config = read(text).0.unwrap_or_else(|errors| panic!("{errors:?}"));
        assert!(holds(&config), "{config:#?}");
    }

    #[test]
    fn an_empty_file_has_the_defaults() {
        for text in ["", "# nothing\n", "~\n", "{}", "\u{feff}", "images:\nselect:\nrules:\n"] {
            check(text, |config| {
                config.profile == Profile::Tmc
                    && config.fail_on == FailOn::Error
                    && config.images.private.is_empty()
                    && config.images.unknown_host == UnknownHost::Private
                    && config.images.docker_hub == DockerHub::AssumePublic
                    && config.pull_secrets == PullSecrets::default()
                    && config.rules.is_empty()
            });
        }
    }

    #[test]
    fn all_settings() {
        let text = "profile: generic
images:
  private: [\"harbor.corp.example/**\", \"docker.io/acme/**\"]
  node-authenticated: [\"*.dkr.ecr.*.amazonaws.com/**\"]
  public: [\"docker.io/library/**\"]
  unknown-host: warn
  docker-hub: require-secrets
pull-secrets:
  keys: [imagePullSecrets, global.imagePullSecrets]
  assume-injected: true
pod-specs:
- {apiVersion: argoproj.io/v1alpha1, kind: Rollout, path: .spec.template.spec}
- {apiVersion: x.io/*, kind: X, path: '.spec.pods[]', field: pullSecrets}
rules: {missing-image-pull-secrets: off, registry: warning}
select: [registry]
ignore: [duplicate-key]
fail-on: never
exclude: [./vendor/, '**/charts/**']
";
        check(text, |config| {
            let [rollout, other] = &config.pod_specs[..] else { return false };
            config.profile == Profile::Generic
                && config.images.private[1].as_str() == "docker.io/acme/**"
                && config.images.node_authenticated.len() == 1
                && config.images.public.len() == 1
                && config.images.unknown_host == UnknownHost::Warn
                && config.images.docker_hub == DockerHub::RequireSecrets
                && config.pull_secrets.keys.as_ref().is_some_and(|keys| keys.len() == 2)
                && config.pull_secrets.assume_injected
                && (&*rollout.group, &*rollout.kind) == ("argoproj.io", "Rollout")
                && rollout.version.as_deref() == Some("v1alpha1")
                && rollout.field == PULL_SECRETS
                && other.version.is_none()
                && other.field == "pullSecrets"
                && config.rules["missing-image-pull-secrets"] == Level::Off
                && config.rules["registry"] == Level::Warning
                && config.select == ["registry"]
                && config.ignore == ["duplicate-key"]
                && config.fail_on == FailOn::Never
                && config.excludes("vendor/x")
        });
    }

    #[test]
    fn unknown_keys() {
        check_errors(
            "profile: tmc\nprofil: tmc\n",
            &[("2:1: unknown key `profil`; did you mean `profile`?", "profil")],
        );
        check_errors(
            "images:\n  public: []\n  privat: []\n",
            &[("3:3: unknown key `privat`; did you mean `private`?", "privat")],
        );
        check_errors(
            "pull_secrets: {}\n",
            &[("1:1: unknown key `pull_secrets`; did you mean `pull-secrets`?", "pull_secrets")],
        );
        check_errors(
            "pull-secrets: {keys: [], é: 1}\n",
            &[("1:26: unknown key `é`; one of `keys`, `assume-injected` can stand here", "é")],
        );
        check_errors(
            "pod-specs:\n- apiversion: v1\n",
            &[("2:3: unknown key `apiversion`; did you mean `apiVersion`?", "apiversion")],
        );
        check_errors(
            "\u{feff}fail_on: error\n",
            &[("1:1: unknown key `fail_on`; did you mean `fail-on`?", "fail_on")],
        );
    }

    #[test]
    fn wrong_types() {
        check_errors(
            "images:\n  private: harbor.corp\n",
            &[("2:12: this has to be a list, not string \"harbor.corp\"", "harbor.corp")],
        );
        check_errors("images: 3\n", &[("1:9: this has to be a mapping, not integer `3`", "3")]);
        check_errors("- a\n", &[("1:1: this has to be a mapping, not a list", "- a")]);
        check_errors("profile: [tmc]\n", &[("1:10: this has to be a string, not a list", "[tmc]")]);
        check_errors(
            "pod-specs:\n- kind: X\n  apiVersion: v1\n",
            &[("2:3: the key `path` is missing", "kind: X\n  apiVersion: v1")],
        );
        check_errors(
            "images: [[]]
",
            &[("1:9: this has to be a mapping, not a list", "[[]]")],
        );
        check_errors(
            "images: &a {}
<<: *a
",
            &[(
                "2:1: unknown key `<<`; one of `profile`, `images`, `pull-secrets`, `pod-specs`, `rules`, `select`, `ignore`, `fail-on`, `exclude` can stand here",
                "",
            )],
        );
        check_errors(
            "pull-secrets: {assume-injected: maybe}\n",
            &[("1:33: this has to be a boolean, not string \"maybe\"", "maybe")],
        );
    }

    #[test]
    fn wrong_words() {
        check_errors(
            "profile: tmk\nfail-on: eror\n",
            &[
                ("1:10: `profile` can't be `tmk`; did you mean `tmc`?", "tmk"),
                ("2:10: `fail-on` can't be `eror`; did you mean `error`?", "eror"),
            ],
        );
        check_errors(
            "images: {unknown-host: block, docker-hub: 'no'}\n",
            &[
                (
                    "1:24: `unknown-host` can't be `block`; one of `private`, `public`, `warn` can stand here",
                    "block",
                ),
                (
                    "1:43: `docker-hub` can't be `no`; one of `assume-public`, `require-secrets` can stand here",
                    "'no'",
                ),
            ],
        );
    }

    #[test]
    fn unknown_rules() {
        check_errors(
            "rules:\n  duplicate-keys: off\n  registry: fatal\nselect: [nothing-like-it]\nignore:\n- Values\n- missing-image\n",
            &[
                (
                    "2:3: there is no rule `duplicate-keys`; did you mean `duplicate-key`?",
                    "duplicate-keys",
                ),
                (
                    "3:13: `registry` can't be `fatal`; one of `off`, `info`, `warning`, `error` can stand here",
                    "fatal",
                ),
                (
                    "4:10: there is no rule `nothing-like-it`; one of `missing-image-pull-secrets`, `duplicate-key`, `dead-pull-secrets-value`, `registry`, `values` can stand here",
                    "nothing-like-it",
                ),
                ("6:3: there is no rule `Values`; did you mean `values`?", "Values"),
                (
                    "7:3: there is no rule `missing-image`; did you mean `missing-image-pull-secrets`?",
                    "missing-image",
                ),
            ],
        );
    }

    #[test]
    fn wrong_patterns_and_paths() {
        check_errors(
            "images:\n  public:\n  - ok/**\n  - a***\nexclude: ['[a']\n",
            &[
                (
                    "4:5: `a***` is no image pattern: wildcards are either regular `*` or recursive `**`",
                    "a***",
                ),
                ("5:11: `[a` is no pattern: invalid range pattern", "'[a'"),
            ],
        );
        check_errors(
            "pull-secrets: {keys: [a..b]}\npod-specs:\n- {apiVersion: v1, kind: X, path: spec}\n",
            &[
                (
                    "1:23: `a..b` is no path of a value; write it as in `global.imagePullSecrets`",
                    "a..b",
                ),
                (
                    "3:35: `spec` is no path: a path begins with `.`, as in `.spec.template.spec`",
                    "spec",
                ),
            ],
        );
    }

    #[test]
    fn repeated_keys_and_documents() {
        check_errors(
            "rules:\n  duplicate-key: off\n  duplicate-key: error\nprofile: tmc\nprofile: tmc\n",
            &[
                ("3:3: `duplicate-key` is set twice", "duplicate-key"),
                ("5:1: `profile` is set twice", "profile"),
            ],
        );
        check_errors(
            "profile: tmc\n---\nprofile: tmc\n",
            &[("2:1: a config file has one document only", "")],
        );
    }

    #[test]
    fn no_yaml() {
        let (result, _) = read("images: [\n");
        let errors = result.expect_err("no YAML");
        assert!(errors[0].span.is_some(), "{errors:?}");
        let (result, _) = read("a: b: c\n");
        assert!(result.is_err());
    }
}
