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
    use crate::chart::{FileSystem, ParseCache, load};
    use crate::engine::{Environment, render, satisfies};
    use crate::source::SourceMap;
    use crate::values::{Data, Defaults, Value, activate};

    /// The reads of a template: the path, `?` where it is not there, and the position.
    #[track_caller]
    fn check(template: &str, expected: &[&str]) {
        let files = [
            ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
            ("c/values.yaml", "a: {b: {c: x}}\n"),
            ("c/templates/x.yaml", template),
        ];
        let fs = FileSystem::memory(files.map(|(path, text)| (path, text.as_bytes())));
        let mut sources = SourceMap::default();
        let chart = load(&fs, "c", &mut sources, &ParseCache::default()).unwrap().chart;
        let defaults = Defaults::of(&chart);
        let user = Value::made_up(Data::Map(std::collections::BTreeMap::new()));
        let active = activate(&chart, &defaults, &user, &satisfies).unwrap();
        let rendered = render(&sources, &active, &Environment::default());
        let reads = rendered.reads.iter().map(|read| {
            let mut path = rendered.memories.path(read.parent);
            path.push(Arc::clone(&read.key));
            let missing = if read.hit { "" } else { "?" };
            format!("{}{missing} {:?}", path.join("."), read.context)
        });
        assert_eq!(reads.collect::<Vec<_>>(), expected, "{template}");
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
