//! What an evaluation learns about the branches that it did not take, and what would make it take them.
//!
//! While it renders, the evaluator writes down each side of each branch that it takes, and solves the condition of the
//! side that nobody has seen yet: which values, or which cluster, would make it hold. It does so at the place itself,
//! where the dot, the variables and the includes around it are known.

mod calls;
mod recorder;
mod sites;
mod solve;

use std::sync::Arc;

use crate::source::Span;
use crate::values::Data;

pub use recorder::{Request, TemplateTrail, Trail};
pub use sites::{Site, SiteInfo, sites};

pub(super) use recorder::{Decision, Explorer};
pub(super) use solve::Term;

/// One side of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Side {
    /// The branch.
    pub site: Site,
    /// Whether its condition holds there: the body, else what happens otherwise.
    pub holds: bool,
}

/// Something that templates decide by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A path of the root chart's values; an item of a list under its index.
    Value(Vec<Arc<str>>),
    /// What is no value.
    Environment(EnvironmentKey),
}

/// What templates see of the release and the cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnvironmentKey {
    /// `.Capabilities.KubeVersion`, and its `Version`
    KubeVersion,
    /// `.Capabilities.KubeVersion.Major`
    KubeMajor,
    /// `.Capabilities.KubeVersion.Minor`
    KubeMinor,
    /// `.Capabilities.APIVersions.Has` of this
    Api(Arc<str>),
    /// `.Release.IsUpgrade`
    IsUpgrade,
    /// `.Release.IsInstall`
    IsInstall,
    /// `.Release.Namespace`
    Namespace,
    /// `.Release.Name`
    ReleaseName,
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// `lt`
    Less,
    /// `le`
    AtMost,
    /// `gt`
    More,
    /// `ge`
    AtLeast,
}

/// What is asked of the value under a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Want {
    /// Anything that `if` takes for true.
    Truthy,
    /// Anything that `if` takes for false.
    Falsy,
    /// This very value.
    Equal(Data),
    /// None of these.
    Differs(Vec<Data>),
    /// A number on this side of another.
    Compare(Comparison, f64),
    /// A list, mapping or string of this length, at least.
    Length(usize),
    /// A value of this kind, as `kindOf` names it.
    Kind(Arc<str>),
    /// A value of another kind.
    NotKind(Arc<str>),
    /// The key is there, whatever its value.
    Present,
    /// The key is not there.
    Absent,
    /// A list with this item, or a string with this part.
    Holds(Data),
    /// A string with this part, beginning or end.
    Contains(Data),
    /// A list without this item, or a string without this part.
    Lacks(Data),
    /// A version in this range.
    InRange(Arc<str>),
    /// A version outside of this range.
    OutOfRange(Arc<str>),
    /// A mapping that has this key.
    Member(Arc<str>),
    /// A list or mapping with an element.
    Elements,
    /// A string that is not empty.
    Text,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// A mapping that is not empty.
    Mapping,
}

/// A key, and what it is to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Assign {
    /// The key.
    pub key: Key,
    /// What it is to be.
    pub want: Want,
}

/// Assignments that make a condition hold together.
pub type Alternative = Vec<Assign>;

/// A side that was not taken, and what would take it.
#[derive(Clone, Debug)]
pub struct Goal {
    /// The side.
    pub side: Side,
    /// The condition that decides it.
    pub condition: Span,
    /// Any of these; the likeliest first.
    pub alternatives: Vec<Alternative>,
    /// What decided the branches around it: it must stay.
    pub guards: Vec<Key>,
    /// Why there are no alternatives.
    pub obstacle: Option<Obstacle>,
}

/// Why no values open a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obstacle {
    /// The condition reads nothing that can be changed.
    Constant,
    /// It asks the cluster.
    Lookup,
    /// It asks for a file of the chart.
    Files,
    /// It wants an API version to be absent, but versions can only be added.
    ApiAbsent,
    /// It is beyond the solver.
    Unsolved,
}

impl Key {
    /// Whether a change of `self` changes `other`, or a part of it.
    pub fn touches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(a), Self::Value(b)) => a.starts_with(b) || b.starts_with(a),
            (Self::Environment(a), Self::Environment(b)) => {
                a.is_of_version() && b.is_of_version() || a == b
            }
            _ => false,
        }
    }

    /// Whether `self` is `other`, or what it stands in.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(a), Self::Value(b)) => b.starts_with(a),
            _ => self.touches(other),
        }
    }
}

impl EnvironmentKey {
    const fn is_of_version(&self) -> bool {
        matches!(self, Self::KubeVersion | Self::KubeMajor | Self::KubeMinor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::with_rendered;

    const VALUES: &str = "\
lit: true
dark: false
mode: standalone
empty: ''
list: []
map: {}
count: 1
nested: {inner: {dark: false}}
";

    const HELPERS: &str = r#"
{{- define "flag" }}{{ if .Values.dark }}true{{ end }}{{ end }}
{{- define "choice" }}{{ if eq .Values.mode "a" }}one{{ else }}two{{ end }}{{ end }}
{{- define "shown" }}{{ .Values.mode | default "x" }}{{ end }}
"#;

    fn key(key: &Key) -> String {
        match key {
            Key::Value(path) => path.join("."),
            Key::Environment(key) => format!("{key:?}"),
        }
    }

    /// The ways to take the side of the last branch of `template` that is not taken, `; ` between them.
    #[track_caller]
    fn check(template: &str, expected: &str) {
        let templates = [("_helpers.tpl", HELPERS), ("x.yaml", template)];
        with_rendered(VALUES, &templates, |rendered| {
            let trail = rendered.trail.as_ref().unwrap();
            let Some(goal) = trail.goals.last() else { return assert_eq!("no goal", expected) };
            let alternatives = goal.alternatives.iter().map(|alternative| {
                let assigns = alternative
                    .iter()
                    .map(|assign| format!("{} {:?}", key(&assign.key), assign.want));
                assigns.collect::<Vec<_>>().join(" & ")
            });
            let shown = match goal.obstacle {
                Some(obstacle) => format!("{obstacle:?}"),
                None => alternatives.collect::<Vec<_>>().join("; "),
            };
            assert_eq!(shown, expected, "{template}");
        });
    }

    #[test]
    fn truth_of_paths() {
        check("{{ if .Values.dark }}x{{ end }}", "dark Truthy");
        check("{{ if .Values.lit }}x{{ end }}", "lit Falsy");
        check("{{ if not .Values.lit }}x{{ end }}", "lit Falsy");
        check(
            "{{ with .Values.nested }}{{ if .inner.dark }}x{{ end }}{{ end }}",
            "nested.inner.dark Truthy",
        );
        check("{{ range .Values.list }}x{{ end }}", "list Truthy");
        check("{{ if .Values.nowhere }}x{{ end }}", "nowhere Truthy");
        check("{{ if (.Values.nowhere).at }}x{{ end }}", "nowhere.at Truthy");
        check("{{ $x := .Values.dark }}{{ if $x }}x{{ end }}", "dark Truthy");
        check("{{ $x := eq .Values.mode \"a\" }}{{ if $x }}x{{ end }}", "mode Equal(Str(\"a\"))");
    }

    #[test]
    fn logic() {
        check(
            "{{ if and .Values.lit .Values.dark .Values.empty }}x{{ end }}",
            "dark Truthy & empty Truthy",
        );
        check("{{ if or .Values.dark .Values.empty }}x{{ end }}", "dark Truthy; empty Truthy");
        check("{{ if and .Values.lit .Values.count }}x{{ end }}", "lit Falsy; count Falsy");
        check("{{ if .Values.dark | default false }}x{{ end }}", "dark Boolean");
        check("{{ ternary \"a\" \"b\" .Values.dark }}", "dark Truthy");
        check("{{ .Values.dark | ternary \"a\" \"b\" }}", "dark Truthy");
    }

    #[test]
    fn comparisons() {
        check("{{ if eq .Values.mode \"a\" }}x{{ end }}", "mode Equal(Str(\"a\"))");
        check("{{ if eq \"a\" .Values.mode }}x{{ end }}", "mode Equal(Str(\"a\"))");
        check(
            "{{ if ne .Values.mode \"standalone\" }}x{{ end }}",
            "mode Differs([Str(\"standalone\")])",
        );
        check("{{ if gt (int .Values.count) 1 }}x{{ end }}", "count Compare(More, 1.0)");
        check("{{ if gt (len .Values.list) 1 }}x{{ end }}", "list Length(2)");
        check("{{ if hasKey .Values.map \"a\" }}x{{ end }}", "map.a Present");
        check("{{ if kindIs \"map\" .Values.empty }}x{{ end }}", "empty Kind(\"map\")");
        check(
            "{{ if eq (printf \"%T\" .Values.empty) \"bool\" }}x{{ end }}",
            "empty Kind(\"bool\")",
        );
        check("{{ if has \"a\" .Values.list }}x{{ end }}", "list Holds(Str(\"a\"))");
        check("{{ if contains \"a.\" .Values.mode }}x{{ end }}", "mode Contains(Str(\"a.\"))");
        check("{{ if dig \"a\" \"b\" false .Values.map }}x{{ end }}", "map.a.b Boolean");
        check(
            "{{ if index .Values \"nested\" \"inner\" \"dark\" }}x{{ end }}",
            "nested.inner.dark Truthy",
        );
        check("{{ if semverCompare \">=2\" \"1.0.0\" }}x{{ end }}", "Constant");
    }

    #[test]
    fn texts_of_helpers() {
        check("{{ if include \"flag\" . }}x{{ end }}", "dark Truthy");
        check("{{ if eq (include \"flag\" .) \"true\" }}x{{ end }}", "dark Truthy");
        check("{{ if eq (include \"choice\" .) \"one\" }}x{{ end }}", "mode Equal(Str(\"a\"))");
        check("{{ if eq (include \"shown\" .) \"a\" }}x{{ end }}", "mode Equal(Str(\"a\"))");
        check("{{ if tpl .Values.empty . }}x{{ end }}", "empty Truthy");
    }

    #[test]
    fn cluster_and_release() {
        check("{{ if .Release.IsUpgrade }}x{{ end }}", "IsUpgrade Truthy");
        check("{{ if .Capabilities.APIVersions.Has \"a/v1\" }}x{{ end }}", "Api(\"a/v1\") Present");
        check(
            "{{ if semverCompare \"<1.20-0\" .Capabilities.KubeVersion.Version }}x{{ end }}",
            "KubeVersion InRange(\"<1.20-0\")",
        );
        check("{{ if eq .Release.Namespace \"a\" }}x{{ end }}", "Namespace Equal(Str(\"a\"))");
    }

    #[test]
    fn what_can_not_be_opened_says_why() {
        check("{{ if false }}x{{ end }}", "Constant");
        check("{{ if lookup \"v1\" \"Secret\" \"a\" \"b\" }}x{{ end }}", "Lookup");
        check("{{ if .Files.Get \"a\" }}x{{ end }}", "Files");
        check("{{ if .Capabilities.APIVersions.Has \"v1\" }}x{{ end }}", "ApiAbsent");
    }
}
