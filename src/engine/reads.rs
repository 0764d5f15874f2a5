//! Which values the templates asked for, and whether they were ready to find nothing.

use std::sync::Arc;

use crate::source::Span;

use super::origin::FrameId;
use super::text::MemoryId;

/// Reads that one chart's evaluation writes down. Later ones are not kept; they only help rules to explain.
pub const MAX_READS: usize = 2_000_000;

/// In what position a value is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadContext {
    /// Its absence shows: it is printed, passed on, or has fields asked of it.
    #[default]
    Plain,
    /// It decides an `if`, `with` or `range`, or is an operand of `and`, `or` or `not`.
    Condition,
    /// It is handed to `default`, `coalesce`, `empty`, `hasKey` and the like.
    Defaulted,
    /// It stands in parentheses with fields behind them: nil is silently empty there.
    NilSafe,
}

/// One read of a key.
#[derive(Clone, Debug)]
pub struct Read {
    /// The mapping that was asked.
    pub parent: MemoryId,
    /// The key.
    pub key: Arc<str>,
    /// Whether the mapping has it.
    pub hit: bool,
    /// The position.
    pub context: ReadContext,
    /// It decides whether a block right under it prints the key `imagePullSecrets`.
    pub feeds_pull_secrets: bool,
    /// The node that asked.
    pub node: Span,
    /// The includes that led there.
    pub frame: FrameId,
}

/// The reads of one evaluation, in order.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    list: Vec<Read>,
    context: ReadContext,
}

impl Reads {
    /// All reads.
    pub fn iter(&self) -> impl Iterator<Item = &Read> {
        self.list.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The position of reads from now on.
    pub(super) const fn context(&self) -> ReadContext {
        self.context
    }

    /// Forgets the reads from `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        self.list.truncate(len);
    }

    /// Reads from now on stand in `context`; gives the one before, for [`Self::leave`].
    pub(super) fn enter(&mut self, context: ReadContext) -> ReadContext {
        std::mem::replace(&mut self.context, context)
    }

    pub(super) fn leave(&mut self, context: ReadContext) {
        self.context = context;
    }

    pub(super) fn add(
        &mut self,
        parent: MemoryId,
        key: &Arc<str>,
        hit: bool,
        node: Span,
        frame: FrameId,
    ) {
        if self.list.len() < MAX_READS {
            let (key, context) = (Arc::clone(key), self.context);
            self.list.push(Read {
                parent,
                key,
                hit,
                context,
                feeds_pull_secrets: false,
                node,
                frame,
            });
        }
    }

    /// The reads from `start` on decide whether pull secrets are printed.
    pub(super) fn mark_as_feeding(&mut self, start: usize) {
        for read in self.list.iter_mut().skip(start) {
            read.feeds_pull_secrets = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::with_rendered;

    /// The reads of a template: the path, `?` where it is not there, and the position.
    #[track_caller]
    fn check(template: &str, expected: &[&str]) {
        with_rendered("a: {b: {c: x}}\n", &[("x.yaml", template)], |rendered| {
            let reads = rendered.reads.iter().map(|read| {
                let mut path = rendered.memories.path(read.parent);
                path.push(Arc::clone(&read.key));
                let missing = if read.hit { "" } else { "?" };
                format!("{}{missing} {:?}", path.join("."), read.context)
            });
            assert_eq!(reads.collect::<Vec<_>>(), expected, "{template}");
        });
    }

    #[test]
    fn fields() {
        check("{{ .Values.a.b.c }}", &["a Plain", "a.b Plain", "a.b.c Plain"]);
        check("{{ .Values.x | default 1 }}", &["x? Defaulted"]);
        check("{{ if .Values.x }}{{ end }}", &["x? Condition"]);
        check("{{ with .Values.a }}{{ .x }}{{ end }}", &["a Condition", "a.x? Plain"]);
        check("{{ (.Values.x).y }}", &["x? NilSafe"]);
    }

    #[test]
    fn functions_that_look_up_keys() {
        check("{{ get .Values \"x\" }}", &["x? Defaulted"]);
        check("{{ hasKey .Values.a \"b\" }}", &["a Defaulted", "a.b Defaulted"]);
        check("{{ index .Values \"a\" \"b\" \"x\" }}", &["a Plain", "a.b Plain", "a.b.x? Plain"]);
        check(
            "{{ dig \"b\" \"x\" 1 .Values.a }}",
            &["a Defaulted", "a.b Defaulted", "a.b.x? Defaulted"],
        );
        check("{{ coalesce .Values.x .Values.a }}", &["x? Defaulted", "a Defaulted"]);
        check(
            "{{ empty .Values.x }}{{ ternary 1 2 (empty .Values.y) }}",
            &["x? Defaulted", "y? Defaulted"],
        );
    }
}
