//! Ways from an object to parts of it, as tables and the config write them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::source::TextRange;
use crate::yaml::{Entry, Use};

use super::pointer::{Place, Pointer, Step};

/// The most steps of a path.
const MAX_PATH_STEPS: usize = 64;

/// The way from an object to its pod specs, written `.spec.template.spec`: keys with a dot before each; `[]` behind a
/// key stands for all items of its list, `*` as a key for all values of a mapping. A single dot is the object itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodPath {
    steps: Vec<PathStep>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PathStep {
    Key(Cow<'static, str>),
    Items,
    Values,
}

/// Why a text is no [`PodPath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PodPathError {
    /// It does not begin with a dot.
    #[error("a path begins with `.`, as in `.spec.template.spec`")]
    NoDot,
    /// There is nothing between two dots.
    #[error("the path has an empty key")]
    EmptyKey,
    /// There is a bracket that is not `[]` behind a key.
    #[error("only `[]` can stand in brackets, for all items of a list")]
    Bracket,
    /// It is longer than the linter follows.
    #[error("the path has more than {MAX_PATH_STEPS} steps")]
    TooLong,
}

impl PodPath {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, PodPathError> {
        let rest = text.strip_prefix('.').ok_or(PodPathError::NoDot)?;
        let mut steps = Vec::new();
        for part in rest.split('.').filter(|_| !rest.is_empty()) {
            let key = part.trim_end_matches("[]");
            match key {
                "" => return Err(PodPathError::EmptyKey),
                "*" => steps.push(PathStep::Values),
                _ if key.contains(['[', ']']) => return Err(PodPathError::Bracket),
                _ => steps.push(PathStep::Key(Cow::Owned(key.to_owned()))),
            }
            let lists = (part.len() - key.len()) / 2;
            steps.extend(std::iter::repeat_n(PathStep::Items, lists.min(MAX_PATH_STEPS)));
            if steps.len() > MAX_PATH_STEPS {
                return Err(PodPathError::TooLong);
            }
        }
        Ok(Self { steps })
    }

    pub(super) fn of_keys(keys: &'static [&'static str]) -> Self {
        Self { steps: keys.iter().map(|key| PathStep::Key(Cow::Borrowed(*key))).collect() }
    }

    /// Calls `add` for all that stands at its end, with the way there, until it says false.
    pub fn follow(&self, start: Place, add: &mut impl FnMut(Place, &Pointer) -> bool) {
        follow(start, &self.steps, &mut Pointer::default(), add);
    }
}

/// Without the dot before it: `spec.groups[].template`; empty for the object itself.
impl fmt::Display for PodPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            match step {
                PathStep::Key(key) => write!(f, "{dot}{key}")?,
                PathStep::Items => f.write_str("[]")?,
                PathStep::Values => write!(f, "{dot}*")?,
            }
        }
        Ok(())
    }
}

fn follow(
    place: Place,
    path: &[PathStep],
    pointer: &mut Pointer,
    add: &mut impl FnMut(Place, &Pointer) -> bool,
) -> bool {
    let Some((step, rest)) = path.split_first() else { return add(place, pointer) };
    let node = &place.value.node;
    let mut go = |step: Step, key: Option<TextRange>, value: &Use| {
        pointer.steps.push(step);
        let more = follow(Place { key, value: value.clone() }, rest, pointer, add);
        pointer.steps.pop();
        more
    };
    let mut enter =
        |entry: &Entry| go(Step::Key(Arc::clone(&entry.key)), Some(entry.key_range), &entry.value);
    match step {
        PathStep::Key(key) => node.get(key).is_none_or(&mut enter),
        PathStep::Values => node.entries().all(&mut enter),
        PathStep::Items => {
            node.items().iter().enumerate().all(|(index, item)| go(Step::Index(index), None, item))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_they_are_written() {
        for path in [".", ".spec", ".spec.groups[].x", ".a[][].*.b", ".*"] {
            assert_eq!(format!(".{}", PodPath::parse(path).expect(path)), path);
        }
    }

    #[test]
    fn paths_that_are_none() {
        let error = |path: &str| PodPath::parse(path).map(|_| ()).expect_err(path);
        assert_eq!(error("spec.template"), PodPathError::NoDot);
        assert_eq!(error(""), PodPathError::NoDot);
        assert_eq!(error(".spec..x"), PodPathError::EmptyKey);
        assert_eq!(error(".[]"), PodPathError::EmptyKey);
        assert_eq!(error(".spec[0]"), PodPathError::Bracket);
        assert_eq!(error(&".a".repeat(65)), PodPathError::TooLong);
        assert_eq!(error(&format!(".a{}", "[]".repeat(65))), PodPathError::TooLong);
    }
}
