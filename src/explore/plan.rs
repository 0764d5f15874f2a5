//! Which sides are still to be opened, with what, and which of them can be opened together.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::engine::explore::{Key, Obstacle, Side};
use crate::source::Span;

use super::scenario::Changes;

/// The most ways that are tried to open one side.
const MAX_TRIES: usize = 10;

/// How many shapes of a value must break a document before it is the template's fault.
const ENOUGH_VARIANTS: usize = 3;

/// The most sides that one scenario opens.
const MAX_JOINED: usize = 48;

/// One way to open a side.
#[derive(Clone, Debug)]
pub(super) struct Try {
    /// All that must be changed for it.
    pub(super) changes: Changes,
    /// What of it decides the side itself.
    pub(super) own: Vec<Key>,
    /// What must stay as it is.
    pub(super) guards: Vec<Key>,
    /// It asks for a value, not for one of a certain kind, without something, or with a certain part.
    pub(super) is_natural: bool,
    /// Tries of the same number differ in the shape of values only.
    pub(super) kind: usize,
}

/// A side that nobody has seen yet.
#[derive(Debug)]
pub(super) struct Pending {
    /// The condition.
    pub(super) condition: Span,
    tries: VecDeque<Try>,
    known: BTreeSet<String>,
    /// It is not to be opened together with others, or was so in vain.
    pub(super) is_alone: bool,
    /// Why there is nothing to try.
    pub(super) obstacle: Option<Obstacle>,
    /// What came of the last try.
    pub(super) failure: Option<Failure>,
    /// Values that were tried and gave no YAML.
    invalid: BTreeSet<String>,
    /// The changes of the first of them.
    first_invalid: Option<Changes>,
    /// Some try failed in another way.
    is_otherwise: bool,
}

/// Why a try did not open its side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A template stops with this message.
    Fails(String),
    /// The chart refuses the values with this message.
    Refused(String),
    /// A template prints no YAML with the values that were made up.
    Invalid(String),
    /// A template prints what is YAML, but no object, with the values that were made up.
    NoObject(String),
    /// values.schema.json does not allow the values.
    Schema,
    /// The condition did not come out otherwise.
    Unmoved,
}

/// Sides that are opened together.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// The sides, each with what it needs.
    pub(super) goals: Vec<(Side, Try)>,
}

impl Draft {
    /// The changes of all of them.
    pub(super) fn changes(&self) -> Changes {
        self.goals.iter().flat_map(|(_, attempt)| attempt.changes.clone()).collect()
    }

    /// Two halves of it.
    pub(super) fn halves(mut self) -> Vec<Self> {
        let rest = self.goals.split_off(self.goals.len() / 2);
        vec![self, Self { goals: rest }]
    }
}

/// A draft with what other tries must not touch.
#[derive(Default)]
struct Open {
    draft: Draft,
    changes: Changes,
    guards: BTreeSet<Key>,
}

impl Open {
    fn takes(&self, attempt: &Try) -> bool {
        self.draft.goals.len() < MAX_JOINED
            && agree(&self.changes, &attempt.changes)
            && spares(&attempt.changes, &self.changes, self.guards.iter())
            && spares(&self.changes, &attempt.changes, attempt.guards.iter())
    }

    fn add(&mut self, side: Side, attempt: Try) {
        self.changes.extend(attempt.changes.clone());
        self.guards.extend(attempt.guards.iter().cloned());
        self.draft.goals.push((side, attempt));
    }
}

/// Whether two sets of changes can stand together.
fn agree(left: &Changes, right: &Changes) -> bool {
    right.iter().all(|(key, setting)| {
        left.get(key).map_or_else(
            || !left.keys().any(|other| other.touches(key)) || right_has_all(left, right, key),
            |known| known.data == setting.data,
        )
    })
}

/// Whether all of `left` that touches `key` is in `right` too.
fn right_has_all(left: &Changes, right: &Changes, key: &Key) -> bool {
    left.iter()
        .filter(|(other, _)| other.touches(key))
        .all(|(other, setting)| right.get(other).is_some_and(|known| known.data == setting.data))
}

/// Whether `changes` leave `guards` alone, as far as `own` does not say the same.
fn spares<'k>(changes: &Changes, own: &Changes, mut guards: impl Iterator<Item = &'k Key>) -> bool {
    guards.all(|guard| {
        changes.iter().all(|(key, setting)| {
            !key.covers(guard) || own.get(key).is_some_and(|known| known.data == setting.data)
        })
    })
}

/// All sides that are to be opened.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) pending: BTreeMap<Side, Pending>,
}

impl Plan {
    /// The entry of a side.
    pub(super) fn side(&mut self, side: Side, condition: Span) -> &mut Pending {
        self.pending.entry(side).or_insert_with(|| Pending {
            condition,
            tries: VecDeque::new(),
            known: BTreeSet::new(),
            is_alone: false,
            obstacle: None,
            failure: None,
            invalid: BTreeSet::new(),
            first_invalid: None,
            is_otherwise: false,
        })
    }

    /// Sides with something to try, joined as far as they go together.
    pub(super) fn drafts(&self) -> Vec<Draft> {
        let mut open: Vec<Open> = Vec::new();
        let mut drafts: Vec<Draft> = Vec::new();
        for (side, pending) in &self.pending {
            let Some(attempt) = pending.tries.front() else { continue };
            if pending.is_alone {
                drafts.push(Draft { goals: vec![(*side, attempt.clone())] });
            } else if let Some(open) = open.iter_mut().find(|open| open.takes(attempt)) {
                open.add(*side, attempt.clone());
            } else {
                let mut new = Open::default();
                new.add(*side, attempt.clone());
                open.push(new);
            }
        }
        drafts.extend(open.into_iter().map(|open| open.draft));
        // Those that open most come first: the budget may end before the last.
        drafts.sort_by_key(|draft| std::cmp::Reverse(draft.goals.len()));
        drafts
    }

    /// Sides for which no more ways are wanted: some are left, or enough were tried.
    pub(super) fn provided(&self) -> impl Iterator<Item = Side> {
        let is_provided =
            |pending: &Pending| pending.has_tries() || pending.known.len() >= MAX_TRIES;
        self.pending.iter().filter(move |(_, pending)| is_provided(pending)).map(|(side, _)| *side)
    }

    /// Whether nothing is left to try.
    pub(super) fn is_done(&self) -> bool {
        !self.pending.values().any(Pending::has_tries)
    }

    /// The try of a side came to nothing.
    pub(super) fn failed(
        &mut self,
        side: Side,
        failure: Failure,
        was_joined: bool,
        settled: &Changes,
    ) {
        let Some(pending) = self.pending.get_mut(&side) else { return };
        if was_joined && !pending.is_alone {
            pending.is_alone = true;
            return;
        }
        pending.is_alone = false;
        let attempt = pending.tries.pop_front();
        if let (Failure::Refused(_), Some(attempt)) = (&failure, &attempt) {
            // What the chart refuses, it refuses in any shape.
            pending.tries.retain(|other| other.kind != attempt.kind);
        }
        // What else is guessed may be what breaks it.
        let is_alone_guessed = attempt.as_ref().is_some_and(|attempt| {
            attempt.is_natural
                && settled.iter().all(|(key, setting)| {
                    setting.is_sure || attempt.own.iter().any(|own| own.covers(key))
                })
        });
        if let (Failure::Invalid(_), Some(attempt), true) = (&failure, &attempt, is_alone_guessed) {
            let own = settled
                .iter()
                .filter(|(key, _)| attempt.own.iter().any(|own| own.covers(key)))
                .map(|(key, setting)| (key, &setting.data));
            pending.first_invalid.get_or_insert_with(|| settled.clone());
            pending.invalid.insert(format!("{:?}", own.collect::<Vec<_>>()));
        } else {
            pending.is_otherwise = true;
        }
        pending.failure = Some(failure);
    }
}

impl Pending {
    /// A number for tries to come.
    pub(super) fn kinds(&self) -> usize {
        self.tries.iter().map(|attempt| attempt.kind + 1).max().unwrap_or_default()
    }

    /// Adds a way, if it is new.
    pub(super) fn add(&mut self, attempt: Try) {
        let signature = format!("{:?}", attempt.changes);
        if self.known.len() < MAX_TRIES && self.known.insert(signature) {
            self.tries.push_back(attempt);
        }
    }

    /// Whether several tries were made and none gave YAML, whatever was made up: then it is the template's fault.
    pub(super) fn always_invalid(&self) -> Option<&Changes> {
        let is_sure =
            self.tries.is_empty() && !self.is_otherwise && self.invalid.len() >= ENOUGH_VARIANTS;
        self.first_invalid.as_ref().filter(|_| is_sure)
    }

    /// Whether something is left to try.
    pub(super) fn has_tries(&self) -> bool {
        !self.tries.is_empty()
    }
}
