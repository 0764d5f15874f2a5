//! What can be said on the command line. Options that Helm has too are called as there.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{FailOn, Profile};
use crate::engine::{Environment, KubeVersion};
use crate::explore::DEFAULT_SCENARIOS;
use crate::lint::{self, Options};
use crate::values::{InputFile, Inputs, MAX_VALUES_BYTES, SetKind, SetText};

/// A static linter for Helm charts.
///
/// Without a command, `chartlint PATH…` means `chartlint check PATH…`.
///
/// Exit codes: 0 nothing found at or above --fail-on, 1 something found, 2 bad usage or configuration, nothing to
/// lint, or an internal error.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    #[command(flatten)]
    pub(super) check: CheckArguments,

    /// When to use colours; `NO_COLOR`, `CLICOLOR_FORCE` and `FORCE_COLOR` are heeded too
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(super) color: Colour,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lint charts
    Check(Box<CheckArguments>),
    /// Show which branches of the templates are seen, and with which values
    Coverage(Box<CoverageArguments>),
    /// List the scenarios under which a chart is looked at, with their values
    Scenarios(Box<ScenariosArguments>),
    /// Print what a chart renders to, as `helm template` does
    Render(Box<RenderArguments>),
    /// Explain a rule: what it finds, why, and what to do
    Explain(ExplainArguments),
    /// List all rules
    Rules(RulesArguments),
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Chart folders, folders with charts in them, files of a chart, or packed charts
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) values: ValuesArguments,

    #[command(flatten)]
    pub(super) release: ReleaseArguments,

    /// Only these rules or categories
    #[arg(long, value_name = "RULE|CATEGORY", value_delimiter = ',', help_heading = "Rules")]
    pub(super) select: Vec<String>,

    /// Not these rules or categories
    #[arg(long, value_name = "RULE|CATEGORY", value_delimiter = ',', help_heading = "Rules")]
    pub(super) ignore: Vec<String>,

    /// Whose expectations apply; goes over the configuration
    #[arg(long, value_name = "PROFILE", help_heading = "Rules")]
    pub(super) profile: Option<ProfileName>,

    /// Configuration file, instead of the nearest chartlint.yaml
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub(super) config: Option<PathBuf>,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "human", help_heading = "Output")]
    pub(super) format: Format,

    /// Go template over the JSON report, for --format template
    #[arg(long, value_name = "TEXT", conflicts_with = "template_file", help_heading = "Output")]
    pub(super) template: Option<String>,

    /// File with the Go template, for --format template
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(super) template_file: Option<PathBuf>,

    /// Write the report to a file
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(super) output_file: Option<PathBuf>,

    /// Leave out the summary, and findings below --fail-on
    #[arg(short, long, help_heading = "Output")]
    pub(super) quiet: bool,

    /// Lowest severity that makes the exit code 1; `error` unless the config says otherwise
    #[arg(long, value_name = "SEVERITY", help_heading = "Exit code")]
    pub(super) fail_on: Option<FailOnName>,

    /// Same as --fail-on warning
    #[arg(long, conflicts_with = "fail_on", help_heading = "Exit code")]
    pub(super) strict: bool,

    #[command(flatten)]
    pub(super) run: RunArguments,
}

/// How much is explored, and by how many.
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// Scenarios that may be made up for a chart to open its branches; 0 for none
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SCENARIOS, value_parser = scenarios, help_heading = "Exploration")]
    pub(super) max_scenarios: usize,

    /// Number of threads; as many as there are processors by default
    #[arg(short, long, value_name = "N", value_parser = jobs)]
    pub(super) jobs: Option<usize>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags, each for itself")]
pub(super) struct RenderArguments {
    /// [NAME] PATH: a chart folder, a file of a chart or a packed chart, and the release's name before it
    #[arg(value_name = "NAME|PATH", num_args = 0..=2, default_value = ".")]
    pub(super) what: Vec<String>,

    #[command(flatten)]
    pub(super) values: ValuesArguments,

    #[command(flatten)]
    pub(super) release: ReleaseArguments,

    /// Only what these templates print, by path inside the chart: templates/*.yaml
    #[arg(short, long, value_name = "TEMPLATE", help_heading = "Output")]
    pub(super) show_only: Vec<String>,

    /// Print the chart's CRDs too
    #[arg(long, help_heading = "Output")]
    pub(super) include_crds: bool,

    /// Leave out hooks
    #[arg(long, help_heading = "Output")]
    pub(super) no_hooks: bool,

    /// Leave out hooks that are tests
    #[arg(long, help_heading = "Output")]
    pub(super) skip_tests: bool,

    /// Do not hold values against values.schema.json
    #[arg(long, help_heading = "Values")]
    pub(super) skip_schema_validation: bool,

    /// Values and cluster of a scenario, as `chartlint scenarios` lists them
    #[arg(long, value_name = "NAME", help_heading = "Scenario")]
    pub(super) scenario: Option<String>,

    /// Scenarios that may be made up for a chart to open its branches; 0 for none
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SCENARIOS, value_parser = scenarios, requires = "scenario", help_heading = "Scenario")]
    pub(super) max_scenarios: usize,

    /// Configuration file with value sets, instead of the nearest chartlint.yaml
    #[arg(long, value_name = "FILE", requires = "scenario", help_heading = "Scenario")]
    pub(super) config: Option<PathBuf>,

    /// Show where each line came from
    #[arg(long, help_heading = "Output")]
    pub(super) origins: bool,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "yaml", help_heading = "Output")]
    pub(super) format: RenderFormat,

    /// Write what is rendered to a file
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(super) output_file: Option<PathBuf>,
}

/// The options of Helm that decide values.
#[derive(Debug, Args)]
pub(super) struct ValuesArguments {
    /// Values files, later ones winning; `-` is standard input
    #[arg(
        short = 'f',
        long = "values",
        value_name = "FILE",
        value_delimiter = ',',
        help_heading = "Values"
    )]
    pub(super) files: Vec<PathBuf>,

    /// Set values, as Helm does: key1=val1,key2=val2
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Values")]
    pub(super) set: Vec<String>,

    /// Set values that stay text: key1=val1,key2=val2
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Values")]
    pub(super) set_string: Vec<String>,

    /// Set values to JSON: key1=json1,key2=json2, or a whole object
    #[arg(long, value_name = "JSON", help_heading = "Values")]
    pub(super) set_json: Vec<String>,

    /// Set values to the contents of files: key1=path1,key2=path2
    #[arg(long, value_name = "KEY=FILE", help_heading = "Values")]
    pub(super) set_file: Vec<String>,

    /// Set a value to the very text that follows: key=text
    #[arg(long, value_name = "KEY=TEXT", help_heading = "Values")]
    pub(super) set_literal: Vec<String>,
}

/// The options of Helm that decide what templates see besides values.
#[derive(Debug, Args)]
pub(super) struct ReleaseArguments {
    /// Namespace of the release
    #[arg(
        short,
        long,
        value_name = "NAMESPACE",
        default_value = "default",
        help_heading = "Release"
    )]
    pub(super) namespace: String,

    /// Kubernetes version for .Capabilities.KubeVersion
    #[arg(long, value_name = "VERSION", value_parser = KubeVersion::parse, help_heading = "Release")]
    pub(super) kube_version: Option<KubeVersion>,

    /// API versions for .Capabilities.APIVersions, besides those of Kubernetes
    #[arg(
        short,
        long,
        value_name = "GROUP/VERSION",
        value_delimiter = ',',
        help_heading = "Release"
    )]
    pub(super) api_versions: Vec<String>,

    /// Set .Release.IsUpgrade instead of .Release.IsInstall
    #[arg(long, help_heading = "Release")]
    pub(super) is_upgrade: bool,
}

#[derive(Debug, Args)]
pub(super) struct CoverageArguments {
    #[command(flatten)]
    pub(super) survey: SurveyArguments,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "human", help_heading = "Output")]
    pub(super) format: CoverageFormat,
}

#[derive(Debug, Args)]
pub(super) struct ScenariosArguments {
    #[command(flatten)]
    pub(super) survey: SurveyArguments,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "human", help_heading = "Output")]
    pub(super) format: ScenariosFormat,
}

/// What is explored, and where the result goes.
#[derive(Debug, Args)]
pub(super) struct SurveyArguments {
    /// Chart folders, folders with charts in them, files of a chart, or packed charts
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) values: ValuesArguments,

    #[command(flatten)]
    pub(super) release: ReleaseArguments,

    /// Configuration file, instead of the nearest chartlint.yaml
    #[arg(long, value_name = "FILE", help_heading = "Exploration")]
    pub(super) config: Option<PathBuf>,

    /// Write the report to a file
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(super) output_file: Option<PathBuf>,

    #[command(flatten)]
    pub(super) run: RunArguments,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// Name of the rule
    pub(super) rule: String,
}

#[derive(Debug, Args)]
pub(super) struct RulesArguments {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: ListFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Findings with the lines they are about
    Human,
    /// One line a finding: path:line:column: severity[rule]: message
    Concise,
    /// One JSON document
    Json,
    /// A Go template of your own, over the JSON document
    Template,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CoverageFormat {
    /// A table, and what stayed closed
    Human,
    /// One JSON document
    Json,
    /// The tracefile format of lcov, for editors and coverage services
    Lcov,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ScenariosFormat {
    /// YAML documents to paste into a file for `helm template -f`
    Human,
    /// One JSON document
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RenderFormat {
    /// What `helm template` prints
    Yaml,
    /// One JSON document, with the origins of each line
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOnName {
    Error,
    Warning,
    Info,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ProfileName {
    /// Tanzu Mission Control: charts take placeholderSecret and imagePullSecrets from values
    Tmc,
    /// Any cluster
    Generic,
}

impl CheckArguments {
    /// What makes the exit code 1, if the command line says it; otherwise that of each chart's config counts.
    pub(super) fn fail_on(&self) -> Option<FailOn> {
        if self.strict {
            return Some(FailOn::Warning);
        }
        self.fail_on.map(|name| match name {
            FailOnName::Error => FailOn::Error,
            FailOnName::Warning => FailOn::Warning,
            FailOnName::Info => FailOn::Info,
            FailOnName::Never => FailOn::Never,
        })
    }

    /// What the driver wants to know.
    ///
    /// # Errors
    ///
    /// Standard input can't be read.
    pub(super) fn options(&self) -> Result<Options, String> {
        Ok(Options {
            inputs: self.values.inputs()?,
            environment: self.release.environment(None),
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            profile: self.profile.map(|profile| match profile {
                ProfileName::Tmc => Profile::Tmc,
                ProfileName::Generic => Profile::Generic,
            }),
            config: self.config.clone(),
            max_scenarios: self.run.max_scenarios,
            jobs: self.run.jobs,
        })
    }
}

impl SurveyArguments {
    /// What the driver wants to know.
    ///
    /// # Errors
    ///
    /// Standard input can't be read.
    pub(super) fn options(&self) -> Result<Options, String> {
        Ok(Options {
            inputs: self.values.inputs()?,
            environment: self.release.environment(None),
            config: self.config.clone(),
            max_scenarios: self.run.max_scenarios,
            jobs: self.run.jobs,
            ..Options::default()
        })
    }
}

impl ValuesArguments {
    /// The files, with the text of standard input, and the settings.
    ///
    /// # Errors
    ///
    /// Standard input can't be read.
    pub(super) fn inputs(&self) -> Result<Inputs, String> {
        let mut files = Vec::with_capacity(self.files.len());
        for path in &self.files {
            let path = lint::portable(path);
            let text = if path.trim() == "-" { Some(read_stdin()?) } else { None };
            files.push(InputFile { path, text });
        }
        let of = |kind: SetKind| match kind {
            SetKind::Json => &self.set_json,
            SetKind::Typed => &self.set,
            SetKind::String => &self.set_string,
            SetKind::File => &self.set_file,
            SetKind::Literal => &self.set_literal,
        };
        let texts = |kind| of(kind).iter().map(move |text| SetText { kind, text: text.clone() });
        Ok(Inputs { files, sets: SetKind::ALL.into_iter().flat_map(texts).collect() })
    }
}

impl ReleaseArguments {
    /// What templates see, for a release of this name; without one, for that of `helm template`.
    pub(super) fn environment(&self, name: Option<&str>) -> Environment {
        let mut environment = Environment::default();
        if let Some(name) = name {
            name.clone_into(&mut environment.release.name);
        }
        environment.release.namespace.clone_from(&self.namespace);
        environment.release.is_upgrade = self.is_upgrade;
        if let Some(version) = &self.kube_version {
            environment.capabilities.kube_version = version.clone();
        }
        environment.capabilities.api_versions.extend(self.api_versions.iter().cloned());
        environment
    }
}

fn read_stdin() -> Result<Arc<str>, String> {
    let mut bytes = Vec::new();
    let mut stdin = std::io::stdin().lock().take(MAX_VALUES_BYTES + 1);
    stdin.read_to_end(&mut bytes).map_err(|error| format!("cannot read stdin: {error}"))?;
    if bytes.len() as u64 > MAX_VALUES_BYTES {
        return Err(format!("cannot read stdin: more than {MAX_VALUES_BYTES} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "cannot read stdin: it is not UTF-8")?;
    Ok(Arc::from(text))
}

/// More threads than this are a typing error.
const MAX_JOBS: usize = 1024;

/// More scenarios than this take longer than anybody waits.
const MAX_SCENARIOS: usize = 10_000;

fn scenarios(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(scenarios) if scenarios <= MAX_SCENARIOS => Ok(scenarios),
        _ => Err(format!("a number from 0 to {MAX_SCENARIOS} is needed")),
    }
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs) if (1..=MAX_JOBS).contains(&jobs) => Ok(jobs),
        _ => Err(format!("a number from 1 to {MAX_JOBS} is needed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let words = std::iter::once("chartlint").chain(line.split_whitespace());
        let got = match Arguments::try_parse_from(words) {
            Ok(arguments) => {
                let check = match &arguments.command {
                    Some(Command::Check(check)) => check,
                    None => &arguments.check,
                    Some(other) => {
                        return assert!(format!("{other:?}").contains(expected), "{other:?}");
                    }
                };
                format!(
                    "{:?} {:?} {:?} {:?} {:?}",
                    check.paths,
                    check.values.files,
                    check.values.set,
                    check.select,
                    check.fail_on()
                )
            }
            Err(error) => error.to_string(),
        };
        assert!(got.contains(expected), "got: {got}");
    }

    #[test]
    fn definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn check_is_the_default() {
        let expected = r#"["a", "b"] [] [] [] None"#;
        check("a b", expected);
        check("check a b", expected);
        check("", r#"["."]"#);
        check("--color never", r#"["."]"#);
        check("check --color never x", r#"["x"]"#);
        check("explain a-rule", r#"Explain(ExplainArguments { rule: "a-rule" })"#);
    }

    #[test]
    fn lists_split_at_commas_where_helm_splits() {
        check("-f a.yaml,b.yaml -f c.yaml", r#"["a.yaml", "b.yaml", "c.yaml"]"#);
        check("--set a=1,b=2 --set c=3", r#"["a=1,b=2", "c=3"]"#);
        check("--select a,b --select c", r#"["a", "b", "c"]"#);
    }

    #[test]
    fn thresholds() {
        check("--strict", "Some(Warning)");
        check("--fail-on never", "Some(Never)");
        check("--fail-on info --strict", "cannot be used with");
        check("-j 0", "a number from 1 to 1024 is needed");
    }
}
