//! Helm's coalescing of values (`pkg/chart/common/util/coalesce.go`), with Go's shared maps and all.
//!
//! Helm merges maps in place, and maps of a parent's `global` end up shared with its subcharts. What one of them
//! adds is then seen by the other, so that the maps here are shared too instead of being owned trees.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::data::{Data, Source, Value};
use super::notes::{ConflictKind, Note, ValuesError};
use crate::source::Span;

/// How deep tables may stand in each other; Helm has no limit and overflows its stack.
pub const MAX_DEPTH: usize = 500;

/// How many entries all copies made for one chart may hold.
pub const MAX_ENTRIES: usize = 50_000_000;

/// The key whose table is handed down to subcharts.
pub(super) const GLOBAL: &str = "global";

/// A value while merging: tables are shared, everything else is borrowed from where it was read.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    /// Anything but a table.
    Leaf(&'a Value),
    /// A table.
    Table(Table<'a>),
}

/// A shared map, as Go's `map[string]any`.
#[derive(Clone, Debug, Default)]
pub(super) struct Table<'a> {
    entries: Rc<RefCell<BTreeMap<Arc<str>, Node<'a>>>>,
    source: Option<&'a Source>,
}

/// What merging needs to know of a chart.
pub(super) trait Scope<'a> {
    /// Its name, or its alias.
    fn name(&self) -> &Arc<str>;
    /// Its default values.
    fn defaults(&self) -> &Table<'a>;
    /// Its subcharts.
    fn subcharts(&self) -> impl Iterator<Item = &Self>;
}

/// One run: what was noticed on the way, and how much was copied.
#[derive(Debug, Default)]
pub(super) struct Merger {
    notes: Vec<Note>,
    entries: usize,
    overflow: bool,
}

impl<'a> Node<'a> {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Leaf(Value { data: Data::Null, .. }))
    }

    pub(super) fn span(&self) -> Option<Span> {
        match self {
            Self::Leaf(value) => value.source.as_ref(),
            Self::Table(table) => table.source,
        }
        .map(|source| source.key.unwrap_or(source.value))
    }

    /// The tree of `value` with tables of its own.
    fn thaw(value: &'a Value) -> Self {
        match &value.data {
            Data::Map(map) => {
                let entries =
                    map.iter().map(|(key, value)| (key.clone(), Self::thaw(value))).collect();
                Self::Table(Table {
                    entries: Rc::new(RefCell::new(entries)),
                    source: value.source.as_ref(),
                })
            }
            _ => Self::Leaf(value),
        }
    }

    fn freeze(&self) -> Value {
        match self {
            Self::Leaf(value) => (*value).clone(),
            Self::Table(table) => table.freeze(),
        }
    }
}

impl<'a> Table<'a> {
    /// The table of `value`; an empty one if it is none.
    pub(super) fn thaw(value: &'a Value) -> Self {
        match Node::thaw(value) {
            Node::Table(table) => table,
            Node::Leaf(_) => Self::default(),
        }
    }

    /// A tree that owns its maps. The table has gone through [`Merger::copy`] since it could last become cyclic.
    pub(super) fn freeze(&self) -> Value {
        let map =
            self.entries.borrow().iter().map(|(key, node)| (key.clone(), node.freeze())).collect();
        Value { data: Data::Map(map), source: self.source.cloned() }
    }

    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.entries.borrow().get(key).cloned()
    }

    pub(super) fn insert(&self, key: Arc<str>, node: Node<'a>) {
        self.entries.borrow_mut().insert(key, node);
    }

    fn remove(&self, key: &str) {
        self.entries.borrow_mut().remove(key);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    /// The entries as they are now: merging may change this very map while it goes over them.
    fn snapshot(&self) -> Vec<(Arc<str>, Node<'a>)> {
        self.entries.borrow().iter().map(|(key, node)| (key.clone(), node.clone())).collect()
    }

    /// The table at the end of a path with dots (`Values.Table` in `pkg/chart/common/values.go`).
    pub(super) fn table_at(&self, path: &str) -> Option<Self> {
        path.split('.').try_fold(self.clone(), |table, key| match table.get(key)? {
            Node::Table(inner) => Some(inner),
            Node::Leaf(_) => None,
        })
    }

    /// What is no table at the end of a path with dots (`Values.PathValue`).
    pub(super) fn leaf_at(&self, path: &str) -> Option<&'a Value> {
        let found = match path.rsplit_once('.') {
            Some((tables, key)) => self.table_at(tables)?.get(key)?,
            None => self.get(path)?,
        };
        match found {
            Node::Leaf(value) => Some(value),
            Node::Table(_) => None,
        }
    }
}

impl Merger {
    /// `CoalesceValues` (nulls delete) or, with `keep_nulls`, `MergeValues`.
    pub(super) fn coalesce_values<'a, S: Scope<'a>>(
        &mut self,
        scope: &S,
        values: &Table<'a>,
        keep_nulls: bool,
    ) -> Result<Table<'a>, ValuesError> {
        let table = self.copy(values);
        self.coalesce(scope, &table, "", keep_nulls, 0)?;
        if self.overflow { Err(ValuesError::too_large()) } else { Ok(table) }
    }

    /// `MergeTables`: adds to `target` what only `source` has, nulls included.
    pub(super) fn merge_tables<'a>(&mut self, target: &Table<'a>, source: &Table<'a>) {
        self.coalesce_tables(target, source, "", true, 0);
    }

    /// A copy that shares no table with `table`.
    pub(super) fn copy<'a>(&mut self, table: &Table<'a>) -> Table<'a> {
        self.copy_below(table, 0)
    }

    pub(super) fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// What was noticed, each thing once: Helm merges the same tables several times.
    pub(super) fn into_notes(self) -> Vec<Note> {
        let mut seen = FxHashSet::default();
        self.notes.into_iter().filter(|note| seen.insert(note.clone())).collect()
    }

    fn copy_below<'a>(&mut self, table: &Table<'a>, depth: usize) -> Table<'a> {
        if self.is_over(depth) {
            return Table::default();
        }
        let entries = table.entries.borrow();
        self.entries += entries.len();
        let copied = entries.iter().map(|(key, node)| {
            let node = match node {
                Node::Leaf(value) => Node::Leaf(value),
                Node::Table(inner) => Node::Table(self.copy_below(inner, depth + 1)),
            };
            (key.clone(), node)
        });
        Table { entries: Rc::new(RefCell::new(copied.collect())), source: table.source }
    }

    /// Once over, everything returns at once, so that a cycle costs nothing more.
    fn is_over(&mut self, depth: usize) -> bool {
        self.overflow |= depth > MAX_DEPTH || self.entries > MAX_ENTRIES;
        self.overflow
    }

    fn coalesce<'a, S: Scope<'a>>(
        &mut self,
        scope: &S,
        target: &Table<'a>,
        prefix: &str,
        keep_nulls: bool,
        depth: usize,
    ) -> Result<(), ValuesError> {
        if self.is_over(depth) {
            return Ok(());
        }
        let path = join(prefix, scope.name());
        self.add_defaults(scope, target, &path, keep_nulls);
        for subchart in scope.subcharts() {
            let name = subchart.name();
            let inner = match target.get(name) {
                None => {
                    let inner = Table::default();
                    target.insert(name.clone(), Node::Table(inner.clone()));
                    inner
                }
                Some(Node::Table(inner)) => inner,
                Some(Node::Leaf(value)) => return Err(ValuesError::type_mismatch(name, value)),
            };
            self.hand_down_globals(&inner, target, &path);
            self.coalesce(subchart, &inner, &path, keep_nulls, depth + 1)?;
        }
        Ok(())
    }

    /// `coalesceValues`: the chart's own defaults go under what is set already.
    fn add_defaults<'a, S: Scope<'a>>(
        &mut self,
        scope: &S,
        target: &Table<'a>,
        path: &str,
        keep_nulls: bool,
    ) {
        for (key, default) in self.copy(scope.defaults()).snapshot() {
            let Some(set) = target.get(&key) else {
                if !keep_nulls {
                    if default.is_null() {
                        continue;
                    }
                    if let Node::Table(table) = &default {
                        remove_nulls(table);
                    }
                }
                target.insert(key, default);
                continue;
            };
            if set.is_null() && !keep_nulls {
                target.remove(&key);
                continue;
            }
            let Node::Table(set_table) = &set else {
                // Helm says nothing here, only further down.
                if matches!(default, Node::Table(_)) && !set.is_null() {
                    self.conflict(ConflictKind::ValueOverTable, join(path, &key), &set, &default);
                }
                continue;
            };
            match &default {
                Node::Table(default_table) => {
                    let keep_nulls = keep_nulls || scope.subcharts().any(|sub| *sub.name() == key);
                    if !keep_nulls {
                        remove_nulls(default_table);
                    }
                    self.coalesce_tables(
                        set_table,
                        default_table,
                        &join(path, &key),
                        keep_nulls,
                        1,
                    );
                }
                Node::Leaf(_) if default.is_null() => {}
                Node::Leaf(_) => {
                    self.conflict(ConflictKind::TableOverValue, join(path, &key), &set, &default);
                }
            }
        }
    }

    /// `coalesceGlobals`: a parent's `global` goes over that of its subchart.
    fn hand_down_globals<'a>(&mut self, target: &Table<'a>, parent: &Table<'a>, path: &str) {
        let Some(target_globals) = self.globals_of(target) else { return };
        let Some(parent_globals) = self.globals_of(parent) else { return };
        for (key, value) in parent_globals.snapshot() {
            let present = target_globals.get(&key);
            match (&value, &present) {
                (Node::Table(table), _) => {
                    // Only the outermost map is new; those below stay shared with the parent, as in Helm.
                    let shallow = Table {
                        entries: Rc::new(RefCell::new(table.entries.borrow().clone())),
                        source: table.source,
                    };
                    match &present {
                        None => {}
                        Some(Node::Table(own)) => {
                            self.coalesce_tables(&shallow, own, &join(path, &key), true, 1);
                        }
                        Some(own) => {
                            self.conflict(
                                ConflictKind::GlobalTableOverValue,
                                join(path, &key),
                                own,
                                &value,
                            );
                            continue;
                        }
                    }
                    target_globals.insert(key, Node::Table(shallow));
                }
                (Node::Leaf(_), Some(own @ Node::Table(_))) => {
                    self.conflict(
                        ConflictKind::GlobalValueOverTable,
                        join(path, &key),
                        own,
                        &value,
                    );
                }
                (Node::Leaf(_), _) => target_globals.insert(key, value),
            }
        }
        target.insert(Arc::from(GLOBAL), Node::Table(target_globals));
    }

    fn globals_of<'a>(&mut self, table: &Table<'a>) -> Option<Table<'a>> {
        match table.get(GLOBAL) {
            None => Some(Table::default()),
            Some(Node::Table(globals)) => Some(globals),
            Some(other) => {
                self.conflict(ConflictKind::GlobalNoTable, GLOBAL.to_owned(), &other, &other);
                None
            }
        }
    }

    /// `coalesceTablesFullKey`: `target` has precedence.
    fn coalesce_tables<'a>(
        &mut self,
        target: &Table<'a>,
        source: &Table<'a>,
        prefix: &str,
        keep_nulls: bool,
        depth: usize,
    ) {
        if self.is_over(depth) {
            return;
        }
        let source_entries = source.snapshot();
        for (key, node) in target.snapshot() {
            if node.is_null() {
                source.insert(key, node);
            }
        }
        for (key, value) in source_entries {
            let Some(present) = target.get(&key) else {
                target.insert(key, value);
                continue;
            };
            if present.is_null() {
                if !keep_nulls && !value.is_null() {
                    target.remove(&key);
                }
                continue;
            }
            match (&present, &value) {
                (Node::Table(into), Node::Table(from)) => {
                    self.coalesce_tables(into, from, &join(prefix, &key), keep_nulls, depth + 1);
                }
                (Node::Leaf(_), Node::Table(_)) => {
                    self.conflict(
                        ConflictKind::ValueOverTable,
                        join(prefix, &key),
                        &present,
                        &value,
                    );
                }
                (Node::Table(_), Node::Leaf(_)) if !value.is_null() => {
                    self.conflict(
                        ConflictKind::TableOverValue,
                        join(prefix, &key),
                        &present,
                        &value,
                    );
                }
                _ => {}
            }
        }
    }

    fn conflict(&mut self, kind: ConflictKind, path: String, kept: &Node<'_>, other: &Node<'_>) {
        self.note(Note::Conflict { kind, path, kept: kept.span(), dropped: other.span() });
    }
}

/// `cleanNilValues`, on a fresh copy of a chart's defaults.
fn remove_nulls(table: &Table<'_>) {
    table.entries.borrow_mut().retain(|_, node| !node.is_null());
    for node in table.entries.borrow().values() {
        if let Node::Table(inner) = node {
            remove_nulls(inner);
        }
    }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// `loader.MergeMaps`: entries of `from` replace those of `into`, except that two tables are merged.
pub(super) fn merge_maps(into: &mut BTreeMap<Arc<str>, Value>, from: BTreeMap<Arc<str>, Value>) {
    for (key, value) in from {
        match into.get_mut(&key) {
            Some(Value { data: Data::Map(inner), source }) if value.as_map().is_some() => {
                if let Data::Map(map) = value.data {
                    merge_maps(inner, map);
                }
                *source = value.source;
            }
            _ => {
                into.insert(key, value);
            }
        }
    }
}
