//! One trial: keys are set, the chart is rendered, and each place that takes pull secrets is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::rules::context::Context;
use crate::values::{Data, Value};
use crate::view::View;

use super::Sink;
use super::fate::{Fate, Look, Looked, SENTINELS};
use crate::rules::registry::keys::{self, KeyPath, Shape};

/// What is tried.
pub(super) struct Trial<'t, 'c> {
    pub(super) context: &'t Context<'c>,
    pub(super) sinks: &'t [Sink],
    /// Indices of those that are looked at.
    pub(super) asked: &'t [usize],
    pub(super) keys: &'t [KeyPath],
    pub(super) shape: Shape,
}

impl Trial<'_, '_> {
    /// What becomes of the names in each sink that is asked about.
    ///
    /// Only the templates that matter are rendered. One that changes values others read (`set`, `merge`) can be missed
    /// by that, so whatever is not plain arrival is looked at once more with all templates.
    pub(super) fn run(&self) -> BTreeMap<usize, Looked> {
        let mut results = self.attempt(&[]);
        let is_absent = |looked: &Looked| matches!(looked.fate, Fate::Absent);
        if !results.values().any(is_absent) {
            return results;
        }
        // A switch may hide the block that takes them. It may as well hide the whole pod, so it comes second.
        let switches = keys::switches(self.context);
        if !switches.is_empty() {
            for (at, looked) in self.attempt(&switches) {
                if !is_absent(&looked) && results.get(&at).is_some_and(is_absent) {
                    results.insert(at, looked);
                }
            }
        }
        results
    }

    /// The same with some switches on.
    fn attempt(&self, switches: &[KeyPath]) -> BTreeMap<usize, Looked> {
        let mut results = self.render(false, switches);
        let odd = |looked: &Looked| {
            matches!(looked.fate, Fate::Broken(_) | Fate::Misplaced(_)) || looked.fate.is_garbled()
        };
        if results.values().any(odd) {
            for (at, result) in self.render(true, switches) {
                if results.get(&at).is_some_and(odd) {
                    results.insert(at, result);
                }
            }
        }
        self.excuse_failures(&mut results);
        results
    }

    /// Values that Helm merges anew as soon as a user sets one of them can break a chart by themselves.
    fn excuse_failures(&self, results: &mut BTreeMap<usize, Looked>) {
        let fails =
            |looked: &Looked| matches!(&looked.fate, Fate::Broken(broken) if broken.by_error);
        if !results.values().any(fails) {
            return;
        }
        let empty = |key: &KeyPath| (key.clone(), Value::made_up(Data::List(Vec::new())));
        let changes: Vec<(KeyPath, Value)> = self.keys.iter().map(empty).collect();
        let failing = self.context.with_values(&changes, &|_| true, |view| {
            let failed = view.rendered.templates.iter().filter(|template| template.output.is_err());
            failed.map(|template| Arc::clone(&template.name)).collect::<Vec<_>>()
        });
        let failing = failing.unwrap_or_default();
        for (at, looked) in results {
            let template = self.sinks.get(*at).map(|sink| &sink.identity.template);
            if fails(looked) && template.is_some_and(|template| failing.contains(template)) {
                looked.fate = Fate::Unknown;
            }
        }
    }

    fn render(&self, all_templates: bool, switches: &[KeyPath]) -> BTreeMap<usize, Looked> {
        let asked = || self.asked.iter().filter_map(|at| Some((*at, self.sinks.get(*at)?)));
        let templates: BTreeSet<&str> = asked().map(|(_, sink)| &*sink.identity.template).collect();
        let wanted = |name: &str| all_templates || templates.contains(name);
        // Keys that no template reads are tried for the sake of certainty; they would only puzzle a reader.
        let is_read = |key: &&KeyPath| keys::is_read(self.context, key);
        let set = || {
            let told: Vec<KeyPath> = self.keys.iter().filter(is_read).cloned().collect();
            describe(if told.is_empty() { self.keys } else { &told }, self.shape)
        };
        let with = |count: usize| -> Vec<(KeyPath, Value)> {
            let on = switches.iter().map(|key| (key.clone(), Value::made_up(Data::Bool(true))));
            on.chain(self.keys.iter().map(|key| (key.clone(), given(self.shape, count)))).collect()
        };
        let context = self.context;
        let show = |view: &View<'_>| {
            let look = Look { context, view, shape: self.shape, set: &set };
            asked().map(|(at, sink)| (at, look.at(sink))).collect::<BTreeMap<_, _>>()
        };
        let changes = with(SENTINELS.len());
        let looked = if all_templates {
            context.with_values(&changes, &wanted, show)
        } else {
            context.where_values_matter(&changes, &wanted, show)
        };
        let mut results = looked.unwrap_or_default();
        // Two names may be one too many for a template that is made for one: that is another defect.
        let broken: Vec<usize> = results
            .iter()
            .filter(|(_, looked)| matches!(looked.fate, Fate::Broken(_)))
            .map(|(at, _)| *at)
            .collect();
        if broken.is_empty() || self.shape == Shape::Scalar {
            return results;
        }
        let again = context.with_values(&with(1), &wanted, |view| {
            let look = Look { context, view, shape: self.shape, set: &set };
            let sinks = broken.iter().filter_map(|at| Some((*at, self.sinks.get(*at)?)));
            sinks.map(|(at, sink)| (at, look.at(sink))).collect::<Vec<_>>()
        });
        for (at, one) in again.unwrap_or_default() {
            if let Some(two) = results.get_mut(&at).filter(|_| one.fate.is_arrival()) {
                let fate = std::mem::replace(&mut two.fate, Fate::Absent);
                let Fate::Broken(broken) = fate else { continue };
                *two = Looked { fate: Fate::FirstOnly(Some(Box::new(broken))), ..one };
            }
        }
        results
    }
}

/// What is put under a key.
pub fn given(shape: Shape, count: usize) -> Value {
    let text = |name: &str| Value::made_up(Data::Str(Arc::from(name)));
    let names = SENTINELS.iter().take(count);
    let object =
        |name: &str| Value::made_up(Data::Map(BTreeMap::from([(Arc::from("name"), text(name))])));
    Value::made_up(match shape {
        Shape::Objects => Data::List(names.map(|name| object(name)).collect()),
        Shape::Strings => Data::List(names.map(|name| text(name)).collect()),
        Shape::Scalar => Data::Str(Arc::from(SENTINELS[0])),
    })
}

/// What was set, for messages.
fn describe(keys: &[KeyPath], shape: Shape) -> String {
    const SHOWN: usize = 3;
    let mut names: Vec<String> =
        keys.iter().take(SHOWN).map(|key| format!("`{}`", key.join("."))).collect();
    if keys.len() > SHOWN {
        names.push(format!("{} more", keys.len() - SHOWN));
    }
    format!("{} set to `{}`", names.join(", "), shape.shown())
}
