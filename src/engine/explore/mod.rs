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

use crate::source::{FileId, Span};
use crate::values::Data;

pub use recorder::{Request, TemplateTrail, Trail};
pub use sites::{Site, SiteInfo, SiteKind, sites};

pub(super) use recorder::Explorer;
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

/// What a value that the linter made up is used for.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// The value.
    pub key: Key,
    /// What templates want of it.
    pub want: Want,
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

/// The file that holds a side's branch.
pub const fn file_of(side: Side) -> FileId {
    side.site.file
}
