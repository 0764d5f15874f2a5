//! Whether pull secrets arrive, found out by setting them: two names, three shapes, all keys together, then one by one.

mod fate;
mod structure;
mod trial;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::manifest::objects::Object;
use crate::manifest::pods::service_account_pull_secrets;
use crate::rules::context::Context;
use crate::view::{Place, Shown, View};

pub use fate::{Broken, Fate, Looked, Misplaced, SENTINELS};
pub use trial::given;

use super::keys::{self, Candidate, KeyPath, Shape};
use super::workload::{Identity, Workload};
use trial::Trial;

/// A place that takes pull secrets: a pod spec or a `ServiceAccount`.
#[derive(Clone, Debug)]
pub struct Sink {
    /// What it is, whatever values change.
    pub identity: Identity,
    /// For an account, its name and namespace; nothing for a pod.
    pub account: Option<Account>,
    /// Kind and name, for messages.
    pub title: String,
    /// Its field is a list of names, not of `{name: …}`.
    pub wants_strings: bool,
}

impl Sink {
    /// A pod.
    pub const fn of_pod(identity: Identity, title: String, wants_strings: bool) -> Self {
        Self { identity, account: None, title, wants_strings }
    }
}

/// A `ServiceAccount`.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace; none for that of the release.
    pub namespace: Option<Arc<str>>,
    /// Its list is not empty without any probing.
    pub is_equipped: bool,
}

/// How one pod gets pull secrets.
#[derive(Clone, Debug, Default)]
pub struct Wiring {
    /// A secret arrives, or one is always there.
    pub is_wired: bool,
    /// Its own list is not empty without any probing.
    pub has_own: bool,
    /// Without any probing, its own list or that of its `ServiceAccount` is not empty.
    pub is_supplied: bool,
    /// The key `imagePullSecrets` of its pod spec, if that is ever printed.
    pub key: Option<Place>,
    /// If it is not wired: what became of the secrets, where they are not simply absent.
    pub obstacle: Option<Obstacle>,
}

/// Why pull secrets that are set do not reach a pod.
#[derive(Clone, Debug)]
pub enum Obstacle {
    /// They break the document.
    Broken(Broken),
    /// They arrive at a wrong place.
    Misplaced(Misplaced),
    /// They arrive in no shape that Kubernetes takes.
    Garbled,
    /// It could not be found out.
    Unknown,
}

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Whether anything arrives in a pod at all.
    Wiring,
    /// Also which keys arrive where, and in which shapes.
    Keys,
}

/// The keys that may feed pull secrets, and what came of trying them.
#[derive(Debug, Default)]
pub struct Probing {
    /// Keys in the order of trial.
    pub keys: Vec<Candidate>,
    /// The pods, in the order of the workloads, and behind them the accounts.
    pub sinks: Vec<Sink>,
    /// How many of the sinks are pods.
    pub pods: usize,
    /// What came of each key alone, by its index.
    reach: Vec<Reach>,
}

/// What a key comes to, by sink and shape.
type Reach = BTreeMap<(usize, Shape), Looked>;

impl Probing {
    /// Tries all keys on all workloads.
    pub fn run(
        context: &Context<'_>,
        workloads: &[Workload],
        effort: Effort,
    ) -> (Self, Vec<Wiring>) {
        // Without pods nothing is asked; the first scenario has to name the keys all the same, and so has a release: what
        // it gives may be the reason why there are none.
        let is_named = context.is_base() || context.release().is_some();
        let keys = if workloads.is_empty() && !is_named { Vec::new() } else { keys::keys(context) };
        let mut probing = Self {
            keys,
            sinks: sinks(context, workloads),
            pods: workloads.len(),
            reach: Vec::new(),
        };
        let mut wiring: Vec<Wiring> =
            workloads.iter().map(|workload| probing.standing(context, workload)).collect();
        let all: Vec<KeyPath> = probing.keys.iter().map(|key| key.path.clone()).collect();
        // Keys that nobody reads feed nothing; whether they are there in vain is asked only where it matters.
        let is_futile = effort == Effort::Wiring && !probing.keys.iter().any(|key| key.is_read);
        if all.is_empty() || is_futile {
            return (probing, wiring);
        }
        // Fates of what is not wired yet, to judge by when nothing arrives.
        let mut fates: Vec<Vec<(Shape, Fate)>> = vec![Vec::new(); workloads.len()];
        for shape in Shape::ALL {
            probing.together(context, workloads, &mut wiring, &mut fates, &all, shape);
        }
        let is_asked = |workload: &Workload| workload.needs_secret() || workload.may_need_secret();
        match effort {
            Effort::Keys => {
                probing.reach = all.iter().map(|key| probing.reach_of(context, key)).collect();
                probing.note_arrivals();
                for (at, wiring) in wiring.iter_mut().enumerate() {
                    probing.conclude(at, workloads, wiring, &mut fates);
                }
            }
            // With several keys at once, one may spoil or hide what another does.
            Effort::Wiring if all.len() > 1 => {
                let is_open = |(wiring, workload): (&Wiring, &Workload)| {
                    !wiring.is_wired && is_asked(workload)
                };
                for key in &all {
                    for shape in Shape::ALL {
                        if wiring.iter().zip(workloads).any(is_open) {
                            let one = std::slice::from_ref(key);
                            probing.together(
                                context,
                                workloads,
                                &mut wiring,
                                &mut fates,
                                one,
                                shape,
                            );
                        }
                    }
                }
            }
            Effort::Wiring => {}
        }
        for (wiring, fates) in wiring.iter_mut().zip(fates) {
            if !wiring.is_wired {
                wiring.obstacle = obstacle(fates);
            }
        }
        (probing, wiring)
    }

    /// What a pod has without any probing: a list of its own that is not empty, or a `ServiceAccount` with one.
    fn standing(&self, context: &Context<'_>, workload: &Workload) -> Wiring {
        let mut wiring = Wiring::default();
        fate::with_pod(context, context.view, &workload.identity, |view, object, pod| {
            let entry = pod.pull_secrets.as_ref();
            wiring.key = entry.and_then(|entry| view.place(object.template, entry.key_range));
            wiring.has_own = pod.has_pull_secrets();
        });
        let account = self.account_of(workload).and_then(|at| self.sinks.get(at));
        let is_equipped = account
            .and_then(|sink| sink.account.as_ref())
            .is_some_and(|account| account.is_equipped);
        wiring.is_supplied = wiring.has_own || is_equipped;
        wiring.is_wired = wiring.is_supplied;
        wiring
    }

    /// Sets several keys at once and takes down what arrives in the pods that are not wired yet.
    fn together(
        &self,
        context: &Context<'_>,
        workloads: &[Workload],
        wiring: &mut [Wiring],
        fates: &mut [Vec<(Shape, Fate)>],
        keys: &[KeyPath],
        shape: Shape,
    ) {
        let is_open = |at: usize| wiring.get(at).is_none_or(|wiring| !wiring.is_wired);
        if !(0..self.pods).any(is_open) {
            return;
        }
        let asked: Vec<usize> = (0..self.sinks.len()).filter(|at| is_open(*at)).collect();
        let results = Trial { context, sinks: &self.sinks, asked: &asked, keys, shape }.run();
        for (at, workload) in workloads.iter().enumerate() {
            let (Some(wiring), Some(fates)) = (wiring.get_mut(at), fates.get_mut(at)) else {
                continue;
            };
            let Some(looked) = results.get(&at) else { continue };
            if wiring.key.is_none() {
                wiring.key.clone_from(&looked.key);
            }
            let account = self.account_of(workload).and_then(|at| results.get(&at));
            if looked.fate.is_arrival() || account.is_some_and(|looked| looked.fate.is_arrival()) {
                wiring.is_wired = true;
            } else {
                fates.push((shape, looked.fate.clone()));
            }
        }
    }

    /// What one key alone does, everywhere. Shapes that can't add anything are not tried.
    fn reach_of(&self, context: &Context<'_>, key: &KeyPath) -> Reach {
        let mut reach = Reach::new();
        let mut asked: Vec<usize> = (0..self.sinks.len()).collect();
        let keys = std::slice::from_ref(key);
        for shape in Shape::ALL {
            let results = Trial { context, sinks: &self.sinks, asked: &asked, keys, shape }.run();
            let is_used = results.values().any(|looked| !matches!(looked.fate, Fate::Absent));
            let is_right =
                results.values().all(|looked| matches!(looked.fate, Fate::Absent | Fate::Arrived));
            reach.extend(results.into_iter().map(|(at, looked)| ((at, shape), looked)));
            if is_used && is_right {
                break;
            }
            // A name by itself is for those only that take no list.
            if shape == Shape::Strings {
                let takes_list = |at: &usize| {
                    [Shape::Objects, Shape::Strings].iter().any(|shape| {
                        reach.get(&(*at, *shape)).is_some_and(|looked| looked.fate.is_arrival())
                    })
                };
                asked.retain(|at| !takes_list(at));
            }
        }
        reach
    }

    /// The shape in which each key arrives somewhere.
    fn note_arrivals(&mut self) {
        for (key, reach) in self.keys.iter_mut().zip(&self.reach) {
            let arrivals = reach.iter().filter(|(_, looked)| looked.fate.is_arrival());
            key.arrives = arrivals.map(|((_, shape), _)| *shape).min();
        }
    }

    /// Takes down what single keys have shown of one pod.
    fn conclude(
        &self,
        at: usize,
        workloads: &[Workload],
        wiring: &mut Wiring,
        fates: &mut [Vec<(Shape, Fate)>],
    ) {
        let account = workloads.get(at).and_then(|workload| self.account_of(workload));
        for reach in &self.reach {
            for ((sink, shape), looked) in reach {
                if *sink == at {
                    if wiring.key.is_none() {
                        wiring.key.clone_from(&looked.key);
                    }
                    if let Some(fates) = fates.get_mut(at) {
                        fates.push((*shape, looked.fate.clone()));
                    }
                }
                let is_its = *sink == at || Some(*sink) == account;
                wiring.is_wired |= is_its && looked.fate.is_arrival();
            }
        }
    }

    /// The list in which a key alone arrives in some of `sinks`, be they of an earlier scenario: of objects, or else of
    /// names.
    pub fn shape_of(context: &Context<'_>, key: &KeyPath, sinks: &[Sink]) -> Option<Shape> {
        let asked: Vec<usize> = (0..sinks.len()).collect();
        let keys = std::slice::from_ref(key);
        let arrives = |shape: &Shape| {
            let results = Trial { context, sinks, asked: &asked, keys, shape: *shape }.run();
            results.values().any(|looked| looked.fate.is_arrival())
        };
        [Shape::Objects, Shape::Strings].into_iter().find(arrives)
    }

    /// What came of setting a key alone, in each shape that was tried, in one sink.
    pub fn looked(&self, key: usize, sink: usize) -> impl Iterator<Item = (Shape, &Looked)> {
        let reach = self.reach.get(key);
        Shape::ALL.into_iter().filter_map(move |shape| Some((shape, reach?.get(&(sink, shape))?)))
    }

    /// The shapes in which a key arrives in a sink itself.
    pub fn shapes(&self, key: usize, sink: usize) -> impl Iterator<Item = Shape> {
        self.looked(key, sink)
            .filter(|(_, looked)| looked.fate.is_arrival())
            .map(|(shape, _)| shape)
    }

    /// Whether a key alone arrives in a sink itself.
    pub fn arrives(&self, key: usize, sink: usize) -> bool {
        self.shapes(key, sink).next().is_some()
    }

    /// Whether a key alone gives the pod a secret, be it through its `ServiceAccount`.
    pub fn reaches(&self, key: usize, at: usize, workload: &Workload) -> bool {
        self.arrives(key, at)
            || self.account_of(workload).is_some_and(|account| self.arrives(key, account))
    }

    /// The `ServiceAccount` that a pod names, as an index of the sinks, if the chart renders it.
    pub fn account_of(&self, workload: &Workload) -> Option<usize> {
        let name = workload.service_account.as_ref()?;
        self.sinks.iter().position(|sink| {
            sink.account.as_ref().is_some_and(|account| {
                account.name == *name && account.namespace == workload.namespace
            })
        })
    }
}

/// The pods, and all `ServiceAccount`s.
fn sinks(context: &Context<'_>, workloads: &[Workload]) -> Vec<Sink> {
    let pods = workloads.iter().map(|workload| {
        Sink::of_pod(workload.identity.clone(), workload.title(), workload.wants_strings())
    });
    let accounts = context.view.objects().filter_map(|Shown { template, object, .. }| {
        if &*object.kind != "ServiceAccount" || !object.group().is_empty() {
            return None;
        }
        let account = Account {
            name: Arc::clone(&object.name),
            namespace: context.namespace_of(object),
            is_equipped: service_account_pull_secrets(object)
                .is_some_and(|entry| !entry.value.node.items().is_empty()),
        };
        let identity = Identity {
            template: Arc::clone(&template.name),
            document: object.document,
            pointer: object.pointer.to_string(),
        };
        let title = format!("ServiceAccount `{}`", object.name);
        Some(Sink { identity, account: Some(account), title, wants_strings: false })
    });
    pods.chain(accounts).collect()
}

/// Calls `found` with the account that `identity` is.
fn with_account(view: &View<'_>, identity: &Identity, mut found: impl FnMut(&View<'_>, &Object)) {
    let mut objects = view.objects().filter(|Shown { template, object, .. }| {
        template.name == identity.template
            && object.document == identity.document
            && object.pointer.to_string() == identity.pointer
            && &*object.kind == "ServiceAccount"
    });
    if let Some(shown) = objects.next() {
        found(shown.view, shown.object);
    }
}

/// Why a pod that got no secret got none: of several reasons the most telling.
fn obstacle(fates: Vec<(Shape, Fate)>) -> Option<Obstacle> {
    let rank = |obstacle: &Obstacle| match obstacle {
        Obstacle::Broken(_) => 0,
        Obstacle::Misplaced(_) => 1,
        Obstacle::Garbled => 2,
        Obstacle::Unknown => 3,
    };
    let obstacles = fates.into_iter().filter_map(|(shape, fate)| match fate {
        // Strings where objects are wanted break other things; only objects are what Kubernetes and the guide use.
        Fate::Broken(broken) if shape == Shape::Objects => Some(Obstacle::Broken(broken)),
        Fate::Misplaced(misplaced) => Some(Obstacle::Misplaced(misplaced)),
        Fate::Mangled | Fate::Malformed => Some(Obstacle::Garbled),
        Fate::Unknown => Some(Obstacle::Unknown),
        _ => None,
    });
    // The first of its rank: it was found with the fewest surprises.
    obstacles.min_by_key(rank)
}
