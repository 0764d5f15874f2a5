//! chartlint.yaml as typed settings.

use std::collections::BTreeMap;

use glob::Pattern;
use serde::Deserialize;

use crate::manifest::images::{DockerHub, ImagePattern, ImagePolicy, PatternList, UnknownHost};
use crate::manifest::pod_kinds::{PodKind, SecretsShape};
use crate::manifest::pod_path::PodPath;
use crate::manifest::pods::PULL_SECRETS;
use crate::source::{FileId, SourceMap, TextRange};

use super::error::suggest;
use super::mistakes::{Mistakes, Way};
use super::{Config, ConfigError, FailOn, Level, Profile, PullSecrets, ValueSet, names};

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
    value_sets: Vec<RawValueSet>,
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
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a mapping")]
struct RawValueSet {
    name: String,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    set: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", expecting = "a mapping")]
struct PodSpecs {
    api_version: String,
    kind: String,
    path: String,
    field: Option<String>,
    shape: Option<String>,
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
        let mut mistakes = Mistakes::of_syntax(sources, file);
        if !mistakes.found.is_empty() {
            return Err(mistakes.found);
        }
        if mistakes.is_blank() {
            return Ok(Self::default());
        }
        match serde_yaml::from_str(sources.file(file).text()) {
            Ok(raw) => Reader { mistakes, known }.settings(raw),
            Err(error) => {
                mistakes.add_typed(&error);
                Err(mistakes.found)
            }
        }
    }
}

/// Turns words into settings.
struct Reader<'a> {
    mistakes: Mistakes<'a>,
    known: KnownNames<'a>,
}

impl Reader<'_> {
    fn settings(mut self, raw: File) -> Result<Config, Vec<ConfigError>> {
        let profiles = Profile::ALL.map(|profile| (profile.as_str(), profile));
        let profile = self.word(&["profile"], raw.profile.as_deref(), &profiles);
        let images = self.images(&raw.images);
        let pull_secrets = self.pull_secrets(raw.pull_secrets);
        let kinds = raw.pod_specs.into_iter().enumerate();
        let pod_specs = kinds.filter_map(|(index, raw)| self.pod_kind(index, raw)).collect();
        let levels = Level::ALL.map(|level| (level.as_str(), level));
        let mut rules = BTreeMap::new();
        for (name, level) in raw.rules {
            let key = self.mistakes.place(&["rules", &name]).and_then(|(key, _)| key);
            self.known_name(&name, key);
            if let Some(level) = self.word(&["rules", &name], Some(&level), &levels) {
                rules.insert(name, level);
            }
        }
        for (list, names) in [("select", &raw.select), ("ignore", &raw.ignore)] {
            for (index, name) in names.iter().enumerate() {
                let range = self.mistakes.value(&[list, &index.to_string()]);
                self.known_name(name, range);
            }
        }
        let severities = FailOn::ALL.map(|fail_on| (fail_on.as_str(), fail_on));
        let fail_on = self.word(&["fail-on"], raw.fail_on.as_deref(), &severities);
        let exclude = self.exclude(&raw.exclude);
        let value_sets = self.value_sets(raw.value_sets);
        if !self.mistakes.found.is_empty() {
            return Err(self.mistakes.found);
        }
        Ok(Config {
            profile: profile.unwrap_or_default(),
            images,
            pull_secrets,
            pod_specs,
            rules,
            value_sets,
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
        let range = self.mistakes.value(way);
        self.mistakes.add(range, format!("`{key}` can't be `{word}`"), help);
        None
    }

    fn known_name(&mut self, name: &str, range: Option<TextRange>) {
        let all = self.known.rules.iter().chain(self.known.groups).copied();
        if all.clone().any(|known| known == name) {
            return;
        }
        let help = suggest(name, all);
        self.mistakes.add(range, format!("there is no rule `{name}`"), help);
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
                    let range = self.mistakes.value(&["images", key, &index.to_string()]);
                    self.mistakes.add(
                        range,
                        format!("`{text}` is no image pattern: {error}"),
                        None,
                    );
                }
            }
        }
        patterns
    }

    fn pull_secrets(&mut self, raw: RawPullSecrets) -> PullSecrets {
        let keys = raw.keys.iter().flatten().enumerate();
        for (index, key) in keys.filter(|(_, key)| key.split('.').any(str::is_empty)) {
            let range = self.mistakes.value(&["pull-secrets", "keys", &index.to_string()]);
            let help = "write it as in `global.imagePullSecrets`".to_owned();
            self.mistakes.add(range, format!("`{key}` is no path of a value"), Some(help));
        }
        PullSecrets { keys: raw.keys, assume_injected: raw.assume_injected }
    }

    fn value_sets(&mut self, raw: Vec<RawValueSet>) -> Vec<ValueSet> {
        let mut sets: Vec<ValueSet> = Vec::new();
        for (index, RawValueSet { name, files, set }) in raw.into_iter().enumerate() {
            let range = self.mistakes.value(&["value-sets", &index.to_string(), "name"]);
            let is_taken = sets.iter().any(|known| known.name == name);
            if is_taken {
                self.mistakes.add(range, format!("there are two value sets `{name}`"), None);
            } else if names::is_reserved(&name) {
                let help = Some("take another name: this one is chartlint's own".to_owned());
                self.mistakes.add(range, format!("a value set can't be called `{name}`"), help);
            }
            sets.push(ValueSet { name, files, set });
        }
        sets
    }

    fn pod_kind(&mut self, index: usize, raw: PodSpecs) -> Option<PodKind> {
        let (group, version) = match raw.api_version.split_once('/') {
            Some((group, version)) => (group.to_owned(), version.to_owned()),
            None => (String::new(), raw.api_version),
        };
        let at = index.to_string();
        let field = raw.field.unwrap_or_else(|| PULL_SECRETS.to_owned());
        if field.split('.').any(str::is_empty) {
            let range = self.mistakes.value(&["pod-specs", &at, "field"]);
            let help = "write it as in `imagePullSecrets` or `pod.imagePullSecrets`".to_owned();
            self.mistakes.add(range, format!("`{field}` is no field"), Some(help));
        }
        let shapes = SecretsShape::ALL.map(|shape| (shape.as_str(), shape));
        let shape = self.word(&["pod-specs", &at, "shape"], raw.shape.as_deref(), &shapes);
        match PodPath::parse(&raw.path) {
            Ok(path) => {
                let version = (version != "*").then(|| version.into());
                let mut kind = PodKind::new(group, version, raw.kind, path);
                kind.field = field.into();
                kind.shape = shape.unwrap_or_default();
                Some(kind)
            }
            Err(error) => {
                let range = self.mistakes.value(&["pod-specs", &at, "path"]);
                self.mistakes.add(range, format!("`{}` is no path: {error}", raw.path), None);
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
                    let range = self.mistakes.value(&["exclude", &index.to_string()]);
                    self.mistakes.add(
                        range,
                        format!("`{text}` is no pattern: {}", error.msg),
                        None,
                    );
                }
            }
        }
        patterns
    }
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
- {apiVersion: x.io/*, kind: X, path: '.spec.pods[]', field: pullSecrets, shape: strings}
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
                && rollout.shape == SecretsShape::Objects
                && other.field == "pullSecrets"
                && other.shape == SecretsShape::Strings
                && config.rules["missing-image-pull-secrets"] == Level::Off
                && config.rules["registry"] == Level::Warning
                && config.select == ["registry"]
                && config.ignore == ["duplicate-key"]
                && config.fail_on == FailOn::Never
                && config.excludes("vendor/x")
        });
    }

    #[test]
    fn value_sets() {
        let text = "value-sets:
- {name: large, files: [a.yaml, ../b.yaml], set: ['x=1', 'y.z=2']}
- name: ' '
";
        check(text, |config| {
            let large = ValueSet {
                name: "large".to_owned(),
                files: vec!["a.yaml".to_owned(), "../b.yaml".to_owned()],
                set: vec!["x=1".to_owned(), "y.z=2".to_owned()],
            };
            let other = ValueSet { name: " ".to_owned(), ..ValueSet::default() };
            config.value_sets == [large, other]
        });
        check("value-sets:\n", |config| config.value_sets.is_empty());
        check_errors(
            "value-sets:\n- name: a\n- {name: b}\n- name: a\n",
            &[("4:9: there are two value sets `a`", "a")],
        );
        let reserved = |name: &str| {
            format!(
                "1:21: a value set can't be called `{name}`; take another name: this one is chartlint's own"
            )
        };
        for name in ["base", "failing", "opened-1", "opened-x", "ci/x-values.yaml"] {
            check_errors(&format!("value-sets: [{{name: {name}}}]\n"), &[(&reserved(name), name)]);
        }
        check_errors("value-sets: [{name: ''}]\n", &[(&reserved(""), "''")]);
        check_errors(
            "value-sets:\n- {name: a, file: [x.yaml]}\n",
            &[("2:13: unknown key `file`; did you mean `files`?", "file")],
        );
        check_errors(
            "value-sets:\n- {files: [x.yaml]}\n",
            &[("2:3: the key `name` is missing", "{files: [x.yaml]}")],
        );
        check_errors(
            "value-sets: {name: a}\n",
            &[("1:13: this has to be a list, not a mapping", "{name: a}")],
        );
        check_errors(
            "value-sets:\n- {name: a, files: x.yaml}\n",
            &[("2:20: this has to be a list, not string \"x.yaml\"", "x.yaml")],
        );
        check_errors(
            "value-sets:\n- {name: a, set: {x: 1}}\n",
            &[("2:18: this has to be a list, not a mapping", "{x: 1}")],
        );
        check_errors(
            "value-sets:\n- {name: [a]}\n",
            &[("2:10: this has to be a string, not a list", "[a]")],
        );
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
                "2:1: unknown key `<<`; one of `profile`, `images`, `pull-secrets`, `pod-specs`, `rules`, `value-sets`, `select`, `ignore`, `fail-on`, `exclude` can stand here",
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
        check_errors(
            "pod-specs:\n- {apiVersion: v1, kind: X, path: ., field: a..b, shape: list}\n",
            &[
                (
                    "2:45: `a..b` is no field; write it as in `imagePullSecrets` or `pod.imagePullSecrets`",
                    "a..b",
                ),
                (
                    "2:58: `shape` can't be `list`; one of `objects`, `strings`, `string` can stand here",
                    "list",
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
