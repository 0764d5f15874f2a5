//! From what conditions, functions and fields want to changes of values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::explore::{Alternative, Key, Want};
use crate::engine::satisfies;
use crate::values::{Data, Value};
use crate::view::View;

use super::run::{MAX_VARIANTS, Search};
use super::scenario::{Changes, Setting};
use super::shape::{self, Known};

impl Search<'_> {
    /// Gives a made-up value the shape that templates want of it; whether that changes anything.
    pub(super) fn fill(
        &self,
        changes: &mut Changes,
        asked: &Changes,
        shaped: &mut BTreeSet<Key>,
        key: &Key,
        want: &Want,
    ) -> bool {
        let key = &canonical(self.root, key);
        // What is to be there is there already, as it was asked for.
        if !changes.keys().any(|known| known.covers(key))
            || shaped.contains(key)
            || last(key) == shape::MADE_UP
        {
            return false;
        }
        let current = self.value(changes, key);
        let fits = current.as_ref().is_some_and(|value| shape::meets(&value.data, want));
        // What is handed to `toYaml` may be anything; only where there is nothing, a mapping is the best guess.
        if fits || (*want == Want::Mapping && current.is_some()) {
            return false;
        }
        // What is printed as text has `false` only for want of one.
        let is_flexible = |data: &Data| match data {
            Data::List(_) | Data::Map(_) => true,
            Data::Bool(truth) => *truth && *want == Want::Text,
            _ => false,
        };
        let is_literal =
            asked.get(key).is_some_and(|setting| setting.is_sure && !is_flexible(&setting.data));
        if is_literal {
            return false;
        }
        shaped.insert(key.clone());
        let known = Known { current: current.as_ref(), name: last(key), hint: None };
        let Some((data, is_sure)) = shape::candidates(want, &known).into_iter().next() else {
            return false;
        };
        changes.insert(key.clone(), Setting { data, is_sure, is_needed: false });
        true
    }

    /// Applies the first repair that leaves alone what was asked and what was repaired before; whether there is one.
    pub(super) fn repair(
        &self,
        changes: &mut Changes,
        repairs: &[Alternative],
        asked: &Changes,
        repaired: &mut BTreeSet<Key>,
    ) -> bool {
        for repair in repairs {
            for option in self.materialize(repair, changes) {
                let is_free = option.iter().all(|(key, setting)| {
                    !repaired.contains(key)
                        && match asked.get(key) {
                            // The shape may change, the truth may not.
                            Some(known) => {
                                !known.is_sure
                                    && shape::is_truthy(&known.data)
                                        == shape::is_truthy(&setting.data)
                            }
                            None => true,
                        }
                });
                let is_new = option.iter().any(|(key, setting)| {
                    changes.get(key).is_none_or(|known| known.data != setting.data)
                });
                if is_free && is_new {
                    repaired.extend(option.keys().cloned());
                    for (key, setting) in option {
                        changes.insert(key, Setting { is_needed: true, ..setting });
                    }
                    return true;
                }
            }
        }
        false
    }

    /// The changes that an alternative comes to, in each of its variants.
    pub(super) fn materialize(&self, alternative: &Alternative, changes: &Changes) -> Vec<Changes> {
        // Helm refuses a chart on a version that Chart.yaml does not allow.
        let range = self.input.chart.metadata.kube_version.as_ref();
        let allowed = |version: &str| range.is_none_or(|range| satisfies(&range.value, version));
        let mut wants: BTreeMap<Key, Vec<&Want>> = BTreeMap::new();
        for assign in alternative {
            wants.entry(canonical(self.root, &assign.key)).or_default().push(&assign.want);
        }
        let mut options: Vec<Vec<(Key, Data, bool)>> = Vec::new();
        for (key, wants) in &wants {
            let mut found: Vec<(Key, Data, bool)> = Vec::new();
            match key {
                Key::Environment(key) => {
                    for want in wants {
                        found.extend(
                            shape::environment(key, want, &allowed)
                                .into_iter()
                                .map(|(key, data)| (key, data, true)),
                        );
                    }
                }
                Key::Value(path) => {
                    let current = self.value(changes, key);
                    let hint = self.schemas.hint(path);
                    let known =
                        Known { current: current.as_ref(), name: last(key), hint: hint.as_ref() };
                    let mut ordered = wants.clone();
                    // What says most goes first.
                    ordered.sort_by_key(|want| {
                        matches!(want, Want::Truthy | Want::Falsy | Want::Present)
                    });
                    let Some((first, others)) = ordered.split_first() else { continue };
                    // What was made up is best undone.
                    let default = self.default(key);
                    let is_undone = matches!(first, Want::Falsy)
                        && changes.contains_key(key)
                        && default.is_none_or(|value| !shape::is_truthy(&value.data));
                    if is_undone {
                        let data = default.map_or(Data::Null, |value| value.data.clone());
                        found.push((key.clone(), data, true));
                    }
                    for (data, is_sure) in shape::candidates(first, &known) {
                        if others.iter().all(|want| shape::meets(&data, want)) {
                            match (first, &data, current.as_ref().map(|value| &value.data)) {
                                // A mapping keeps what it has.
                                (Want::Member(name), Data::Map(map), Some(Data::Map(_))) => {
                                    let mut path = path.clone();
                                    path.push(Arc::clone(name));
                                    let data = map.get(name).map(|value| value.data.clone());
                                    found.push((
                                        Key::Value(path),
                                        data.unwrap_or_default(),
                                        is_sure,
                                    ));
                                }
                                _ => found.push((key.clone(), data, is_sure)),
                            }
                        }
                    }
                }
            }
            if found.is_empty() {
                return Vec::new();
            }
            found.truncate(MAX_VARIANTS);
            options.push(found);
        }
        let variants = options.iter().map(Vec::len).max().unwrap_or_default();
        let variant = |at: usize| {
            let mut changes = Changes::new();
            for found in &options {
                if let Some((key, data, is_sure)) = found.get(at).or_else(|| found.first()) {
                    let setting =
                        Setting { data: data.clone(), is_sure: *is_sure, is_needed: false };
                    if changes
                        .insert(key.clone(), setting.clone())
                        .is_some_and(|other| other.data != setting.data)
                    {
                        return None;
                    }
                }
            }
            Some(changes)
        };
        (0..variants).filter_map(variant).collect()
    }

    /// Whether what is guessed has the kinds that the defaults have.
    pub(super) fn keeps_kinds(&self, changes: &Changes) -> bool {
        changes.iter().filter(|(_, setting)| !setting.is_sure).all(|(key, setting)| {
            self.default(key).is_none_or(|default| {
                default.data == Data::Null
                    || std::mem::discriminant(&default.data)
                        == std::mem::discriminant(&setting.data)
            })
        })
    }

    /// The value of a key under the base.
    pub(super) fn default(&self, key: &Key) -> Option<&Value> {
        let Key::Value(path) = key else { return None };
        path.iter().try_fold(&self.root.active.values, |value, part| value.child(part))
    }

    /// The value of a key under the base with changes.
    pub(super) fn value(&self, changes: &Changes, key: &Key) -> Option<Value> {
        let Key::Value(path) = key else { return None };
        let over: Changes = changes
            .iter()
            .filter(|(other, _)| other.touches(key))
            .map(|(other, setting)| (other.clone(), setting.clone()))
            .collect();
        if over.is_empty() {
            return self.default(key).cloned();
        }
        let scenario = self.input.base.with_changes(&self.root.active.values, over);
        let given = path.iter().try_fold(&scenario.user, |value, part| value.child(part));
        given.or_else(|| self.default(key)).cloned()
    }
}

/// A path through a subchart's copy of `global` is that of the original.
pub(super) fn canonical(view: &View<'_>, key: &Key) -> Key {
    match key {
        Key::Value(path) => Key::Value(view.canonical(path.clone())),
        Key::Environment(_) => key.clone(),
    }
}

fn last(key: &Key) -> &str {
    match key {
        Key::Value(path) => path.last().map_or("", |part| part),
        Key::Environment(_) => "",
    }
}
