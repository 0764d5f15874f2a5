//! What Helm would log or refuse while it merges values, as data with spans.

use std::fmt::Write as _;
use std::sync::Arc;

use super::data::{Data, Value};
use crate::source::Span;

/// Something that Helm warns of, or passes over in silence, while it merges values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Note {
    /// Two values of one path don't go together.
    Conflict {
        /// In which way.
        kind: ConflictKind,
        /// The path as Helm prints it, with the names of the charts in front.
        path: String,
        /// The value that counts.
        kept: Option<Span>,
        /// The value that does not.
        dropped: Option<Span>,
    },
    /// A `condition:` path or a tag leads to something else than a boolean; Helm goes on to the next path.
    NotBool {
        /// The path, or `tags.` and the tag.
        path: String,
        /// The dependency's `condition:` or the tag in Chart.yaml.
        asked: Option<Span>,
        /// The value.
        value: Option<Span>,
    },
    /// A dependency of Chart.yaml has no chart in charts/.
    MissingDependency {
        /// Its name in Chart.yaml.
        name: String,
        /// The name in Chart.yaml.
        span: Span,
        /// Whether the values switch it on.
        enabled: bool,
        /// Scope of the chart that declares it; empty for the root chart, which is the only one that Helm checks.
        parent: Vec<Arc<str>>,
        /// Where the chart is from that was taken in its place: its `repository`, `file://…`.
        linked: Option<Arc<str>>,
    },
    /// A chart in charts/ has the name of a dependency but a version that its range excludes: Helm keeps it, without
    /// alias and condition.
    VersionMismatch {
        /// The dependency's name.
        name: String,
        /// `version:` in Chart.yaml, or the name if there is none.
        span: Span,
        /// The version that is in charts/.
        found: String,
    },
    /// `import-values` names a table that the subchart does not have.
    MissingImport {
        /// The path, with the subchart's name in front.
        path: String,
        /// The dependency.
        span: Span,
    },
}

/// How two values of one path collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConflictKind {
    /// A table was set where the default is no table; the table counts.
    TableOverValue,
    /// Something else was set where the default is a table; it counts.
    ValueOverTable,
    /// A parent's global is a table, the subchart's is none; that of the subchart counts.
    GlobalTableOverValue,
    /// A parent's global is no table, the subchart's is one; that of the subchart counts.
    GlobalValueOverTable,
    /// `global` itself is no table; globals are not handed down.
    GlobalNoTable,
}

/// Values that Helm refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValuesError {
    /// Helm's wording.
    pub message: String,
    /// What it is about.
    pub span: Option<Span>,
}

/// Values with which Helm does not come to render.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct ActivateError {
    /// Why.
    #[source]
    pub error: ValuesError,
    /// It was found while the dependencies were worked out.
    pub in_dependencies: bool,
}

impl From<ActivateError> for ValuesError {
    fn from(error: ActivateError) -> Self {
        error.error
    }
}

impl ValuesError {
    pub(super) fn too_large() -> Self {
        Self { message: "values are nested too deeply or too large".to_owned(), span: None }
    }

    /// `%t` of Go for what stands in the place of a subchart's table.
    pub(super) fn type_mismatch(name: &str, value: &Value) -> Self {
        let mut message = format!("type mismatch on {name}: ");
        write_as_bool(&mut message, value, true);
        Self {
            message,
            span: value.source.as_ref().map(|source| source.key.unwrap_or(source.value)),
        }
    }
}

/// Go's `%t` marks everything that is no boolean as a mistake; null only if nothing stands around it.
fn write_as_bool(out: &mut String, value: &Value, outermost: bool) {
    let written = match &value.data {
        Data::Null if outermost => write!(out, "%!t(<nil>)"),
        Data::Null => write!(out, "<nil>"),
        Data::Bool(value) => write!(out, "{value}"),
        Data::Int(value) => write!(out, "%!t(int64={value})"),
        Data::Float(value) => write!(out, "%!t(float64={value})"),
        Data::Str(value) => write!(out, "%!t(string={value})"),
        Data::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                write_as_bool(out, item, false);
            }
            out.push(']');
            Ok(())
        }
        Data::Map(map) => {
            out.push_str("map[");
            for (at, (key, item)) in map.iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                out.push_str("%!t(string=");
                out.push_str(key);
                out.push_str("):");
                write_as_bool(out, item, false);
            }
            out.push(']');
            Ok(())
        }
    };
    debug_assert!(written.is_ok(), "a String takes everything");
}
