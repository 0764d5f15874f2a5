//! Whether pull secrets arrive, found out by setting them: two names, three shapes, all keys together, then one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::manifest::objects::Object;
use crate::manifest::pods::PodSpec;
use crate::rules::context::Context;
use crate::source::TextRange;
use crate::values::{Data, Value};
use crate::view::{Place, Shown, View, trace};
use crate::yaml::{Node, NodeKind, Use};

use super::keys::{self, Candidate, KeyPath, Shape};
use super::workload::{Workload, equipped_service_accounts, identity};

/// Names of Secrets that no chart has: valid, short enough for any `trunc`, the same under `lower` and `quote`.
pub const SENTINELS: [&str; 2] = ["chartlint-probe-a3f9c1", "chartlint-probe-b7d2e4"];

const SHAPES: [Shape; 3] = [Shape::Objects, Shape::Strings, Shape::Scalar];

/// What became of the names in one pod.
#[derive(Clone, Debug)]
enum Fate {
    Arrived,
    /// Only one of the two.
    FirstOnly,
    /// They are part of a name, `map[name:…]`, or stand in the list in another shape than Kubernetes wants.
    Garbled,
    ViaServiceAccount,
    Misplaced(Misplaced),
    Broken(Broken),
    /// Something else fails as soon as the key is set, whatever it is set to.
    Unknown,
    Absent,
}

/// Pull secrets that Kubernetes does not look at.
#[derive(Clone, Debug)]
pub struct Misplaced {
    /// The key `imagePullSecrets` in the template.
    pub key: Place,
    /// Where it is in the object.
    pub pointer: String,
    /// What was set.
    pub set: String,
}

/// Pull secrets that spoil the document.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The node that prints them.
    pub node: Place,
    /// What becomes of the document, in a clause.
    pub what: String,
    /// The line that YAML complains about, or that ended up elsewhere.
    pub line: Option<Place>,
    /// What was set.
    pub set: String,
    /// The template fails, so it may be no fault of the names at all.
    by_error: bool,
}

/// How one pod gets pull secrets.
#[derive(Clone, Debug, Default)]
pub struct Wiring {
    /// A secret arrives, or one is always there.
    pub is_wired: bool,
    /// The key that it arrives through, if one alone does.
    pub through: Option<KeyPath>,
    /// The shape that arrives.
    pub shape: Option<Shape>,
    /// The key `imagePullSecrets` of its pod spec, if that is ever printed.
    pub key: Option<Place>,
    /// If it is not wired: a key does arrive, at a wrong place.
    pub misplaced: Option<Misplaced>,
    /// If it is not wired: a key does arrive, but breaks the document.
    pub broken: Option<Broken>,
    /// If it is not wired: names arrive in no shape that Kubernetes takes.
    pub is_garbled: bool,
    /// If it is not wired: it could not be found out.
    pub is_unknown: bool,
}

/// The keys that may feed pull secrets, and what came of trying them.
#[derive(Debug, Default)]
pub struct Probing {
    /// Keys in the order of trial.
    pub keys: Vec<Candidate>,
}

impl Probing {
    /// Tries all keys on all workloads.
    pub fn run(&mut self, context: &Context<'_>, workloads: &[Workload]) -> Vec<Wiring> {
        self.keys = keys::keys(context);
        let mut wiring: Vec<Wiring> =
            workloads.iter().map(|workload| standing(context, workload)).collect();
        // Fates per workload that is not wired yet, to judge by when nothing arrives.
        let mut fates: Vec<Vec<(Shape, Fate)>> = vec![Vec::new(); workloads.len()];
        let all: Vec<KeyPath> = self.keys.iter().map(|key| key.path.clone()).collect();
        if all.is_empty() {
            return wiring;
        }
        for shape in SHAPES {
            if wiring.iter().all(|wiring| wiring.is_wired) {
                break;
            }
            let results = trial(context, workloads, &wiring, &all, shape);
            self.settle(&mut wiring, &mut fates, results, &all, shape);
        }
        // With several keys at once, one may spoil or hide what another does.
        if all.len() > 1 {
            for key in &all {
                for shape in SHAPES {
                    if wiring.iter().all(|wiring| wiring.is_wired) {
                        break;
                    }
                    let one = std::slice::from_ref(key);
                    let results = trial(context, workloads, &wiring, one, shape);
                    self.settle(&mut wiring, &mut fates, results, one, shape);
                }
            }
        }
        for (wiring, fates) in wiring.iter_mut().zip(fates) {
            if !wiring.is_wired {
                judge(wiring, fates);
            }
        }
        self.attribute(context, workloads, &mut wiring);
        wiring
    }

    fn settle(
        &mut self,
        wiring: &mut [Wiring],
        fates: &mut [Vec<(Shape, Fate)>],
        results: BTreeMap<usize, (Fate, Option<Place>)>,
        keys: &[KeyPath],
        shape: Shape,
    ) {
        for (at, (fate, key)) in results {
            let (Some(wiring), Some(fates)) = (wiring.get_mut(at), fates.get_mut(at)) else {
                continue;
            };
            if wiring.key.is_none() {
                wiring.key = key;
            }
            match fate {
                Fate::Arrived | Fate::FirstOnly | Fate::ViaServiceAccount => {
                    wiring.is_wired = true;
                    wiring.shape = Some(shape);
                    if let [only] = keys {
                        wiring.through = Some(only.clone());
                        self.arrived(only, shape);
                    }
                }
                other => fates.push((shape, other)),
            }
        }
    }

    fn arrived(&mut self, path: &KeyPath, shape: Shape) {
        if let Some(key) = self.keys.iter_mut().find(|key| key.path == *path) {
            key.arrives.get_or_insert(shape);
        }
    }

    /// For the pods that all keys together have wired: which keys do so alone. Only keys that rules ask about are tried.
    fn attribute(&mut self, context: &Context<'_>, workloads: &[Workload], wiring: &mut [Wiring]) {
        let asked: Vec<KeyPath> = self
            .keys
            .iter()
            .filter(|key| {
                key.arrives.is_none()
                    && (key.path.len() == 1 || key.is_read && !declares(context, &key.path))
            })
            .map(|key| key.path.clone())
            .collect();
        for path in asked {
            for shape in SHAPES {
                let unwired: Vec<Wiring> = vec![Wiring::default(); workloads.len()];
                let results =
                    trial(context, workloads, &unwired, std::slice::from_ref(&path), shape);
                let mut arrived = false;
                for (at, (fate, _)) in results {
                    if matches!(fate, Fate::Arrived | Fate::FirstOnly | Fate::ViaServiceAccount) {
                        arrived = true;
                        if let Some(wiring) = wiring.get_mut(at)
                            && wiring.through.is_none()
                        {
                            wiring.through = Some(path.clone());
                        }
                    }
                }
                if arrived {
                    self.arrived(&path, shape);
                    break;
                }
            }
        }
    }
}

/// What a pod has without any probing: a list of its own that is not empty, or a `ServiceAccount` with one.
fn standing(context: &Context<'_>, workload: &Workload) -> Wiring {
    let mut wiring = Wiring::default();
    with_pod(context, context.view, workload, |view, object, pod| {
        wiring.key = pod
            .pull_secrets
            .as_ref()
            .and_then(|entry| view.place(object.template, entry.key_range));
        wiring.is_wired = pod.has_pull_secrets();
    });
    if !wiring.is_wired {
        let equipped =
            equipped_service_accounts(context.view, |entry| !entry.value.node.items().is_empty());
        wiring.is_wired = uses(workload, &equipped);
    }
    wiring
}

fn declares(context: &Context<'_>, path: &[Arc<str>]) -> bool {
    let path: Vec<&str> = path.iter().map(|part| &**part).collect();
    context.declares(&path)
}

fn is_read(context: &Context<'_>, path: &[Arc<str>]) -> bool {
    let Some((last, parent)) = path.split_last() else { return false };
    context.view.reads().any(|(view, read)| {
        read.key == *last
            && view.rendered.memories.is_value(read.parent)
            && view.value_path(read.parent) == parent
    })
}

fn uses(workload: &Workload, accounts: &[(Option<Arc<str>>, Arc<str>)]) -> bool {
    let Some(name) = &workload.service_account else { return false };
    accounts.iter().any(|(namespace, account)| account == name && *namespace == workload.namespace)
}

/// Why a pod that got no secret got none, the most telling first.
fn judge(wiring: &mut Wiring, fates: Vec<(Shape, Fate)>) {
    for (shape, fate) in fates {
        match fate {
            // Strings where objects are wanted break other things; only objects are what Kubernetes and the guide use.
            Fate::Broken(broken) if shape == Shape::Objects => {
                wiring.broken.get_or_insert(broken);
            }
            Fate::Misplaced(misplaced) => {
                wiring.misplaced.get_or_insert(misplaced);
            }
            Fate::Garbled => wiring.is_garbled = true,
            Fate::Unknown => wiring.is_unknown = true,
            _ => {}
        }
    }
    if wiring.broken.is_some() {
        wiring.misplaced = None;
    }
}

/// Renders with `keys` set and looks at every workload that is not wired yet.
///
/// Only the templates that matter are rendered. One that changes values others read (`set`, `merge`) can be missed by
/// that, so whatever is not plain arrival is looked at once more with all templates.
fn trial(
    context: &Context<'_>,
    workloads: &[Workload],
    wiring: &[Wiring],
    keys: &[KeyPath],
    shape: Shape,
) -> BTreeMap<usize, (Fate, Option<Place>)> {
    let mut results = trial_of(context, workloads, wiring, keys, shape, false);
    let odd = |fate: &Fate| matches!(fate, Fate::Broken(_) | Fate::Misplaced(_) | Fate::Garbled);
    if results.values().any(|(fate, _)| odd(fate)) {
        let again = trial_of(context, workloads, wiring, keys, shape, true);
        for (at, result) in again {
            if results.get(&at).is_some_and(|(fate, _)| odd(fate)) {
                results.insert(at, result);
            }
        }
    }
    // Values that Helm merges anew as soon as a user sets one of them can break a chart by themselves.
    let fails = |fate: &Fate| matches!(fate, Fate::Broken(broken) if broken.by_error);
    if results.values().any(|(fate, _)| fails(fate)) {
        let empty = |key: &KeyPath| (key.clone(), Value::made_up(Data::List(Vec::new())));
        let changes: Vec<(KeyPath, Value)> = keys.iter().map(empty).collect();
        let failing = context.with_values(&changes, &|_| true, |view| {
            let failed = view.rendered.templates.iter().filter(|template| template.output.is_err());
            failed.map(|template| Arc::clone(&template.name)).collect::<Vec<_>>()
        });
        let failing = failing.unwrap_or_default();
        for (at, (fate, _)) in &mut results {
            let template = workloads.get(*at).map(|workload| &workload.identity.template);
            if fails(fate) && template.is_some_and(|template| failing.contains(template)) {
                *fate = Fate::Unknown;
            }
        }
    }
    results
}

fn trial_of(
    context: &Context<'_>,
    workloads: &[Workload],
    wiring: &[Wiring],
    keys: &[KeyPath],
    shape: Shape,
    all_templates: bool,
) -> BTreeMap<usize, (Fate, Option<Place>)> {
    let open = || {
        workloads
            .iter()
            .enumerate()
            .zip(wiring)
            .filter(|(_, wiring)| !wiring.is_wired)
            .map(|(open, _)| open)
    };
    let accounts: Vec<&str> = context
        .view
        .objects()
        .filter(|shown| &*shown.object.kind == "ServiceAccount")
        .map(|shown| &*shown.template.name)
        .collect();
    let wanted = |name: &str| {
        all_templates
            || accounts.contains(&name)
            || open().any(|(_, workload)| &*workload.identity.template == name)
    };
    let switches = keys::switches(context);
    let with = |count: usize| {
        let on = switches.iter().map(|key| (key.clone(), Value::made_up(Data::Bool(true))));
        on.chain(keys.iter().map(|key| (key.clone(), given(shape, count))))
            .collect::<Vec<(KeyPath, Value)>>()
    };
    let changes = with(SENTINELS.len());
    // Keys that no template reads are tried for the sake of certainty; they would only puzzle a reader.
    let told: Vec<KeyPath> = keys.iter().filter(|key| is_read(context, key)).cloned().collect();
    let set = describe(if told.is_empty() { keys } else { &told }, shape);
    let looked = context.with_values(&changes, &wanted, |view| {
        let equipped = equipped_service_accounts(view, |entry| mentions(&entry.value.node));
        let results = open()
            .map(|(at, workload)| (at, look(context, view, workload, &equipped, shape, &set)));
        results.collect::<BTreeMap<_, _>>()
    });
    let mut results = looked.unwrap_or_default();
    // Two names may be one too many for a template that is made for one: that is another defect.
    let broken: Vec<usize> = results
        .iter()
        .filter(|(_, (fate, _))| matches!(fate, Fate::Broken(_)))
        .map(|(at, _)| *at)
        .collect();
    if !broken.is_empty() && shape != Shape::Scalar {
        let changes = with(1);
        let again = context.with_values(&changes, &wanted, |view| {
            let arrived = broken.iter().filter(|at| {
                workloads.get(**at).is_some_and(|workload| {
                    matches!(
                        look(context, view, workload, &[], shape, &set).0,
                        Fate::Arrived | Fate::FirstOnly
                    )
                })
            });
            arrived.copied().collect::<Vec<_>>()
        });
        for at in again.unwrap_or_default() {
            if let Some((fate, _)) = results.get_mut(&at) {
                *fate = Fate::FirstOnly;
            }
        }
    }
    results
}

/// The fate of the names in one workload, and the key `imagePullSecrets` that they came under.
fn look(
    context: &Context<'_>,
    view: &View<'_>,
    workload: &Workload,
    equipped: &[(Option<Arc<str>>, Arc<str>)],
    shape: Shape,
    set: &str,
) -> (Fate, Option<Place>) {
    let Some(at) =
        view.rendered.templates.iter().position(|t| t.name == workload.identity.template)
    else {
        return (Fate::Absent, None);
    };
    let Some(template) = view.rendered.templates.get(at) else { return (Fate::Absent, None) };
    let output = match &template.output {
        Ok(output) => output,
        Err(error) => {
            let node =
                Place { span: error.node, value: None, trace: trace(&view.rendered, error.frame) };
            let what = format!("the template fails: {}", error.message);
            return (
                Fate::Broken(Broken {
                    node,
                    what,
                    line: None,
                    set: set.to_owned(),
                    by_error: true,
                }),
                None,
            );
        }
    };
    let printed = output.text.find(SENTINELS[0]);
    let node = || {
        let start = printed?;
        view.place(at, TextRange::new(start, start + SENTINELS[0].len()))
    };
    let broken = |what: String, line: Option<Place>| match node() {
        Some(node) => {
            Fate::Broken(Broken { node, what, line, set: set.to_owned(), by_error: false })
        }
        None => Fate::Absent,
    };
    let manifest = view.manifests().get(at);
    let faulty = manifest.and_then(|manifest| {
        let document = manifest.documents.get(workload.identity.document)?;
        let error = document.errors.first()?;
        let holds =
            output.text.get(document.range.usize()).is_some_and(|text| text.contains(SENTINELS[0]));
        holds.then_some((error.message.clone(), error.range))
    });
    if let Some((message, range)) = faulty {
        let line = view
            .place(at, range)
            .or_else(|| view.place(at, TextRange::empty(range.start.saturating_sub(1) as usize)));
        return (broken(format!("the document is no YAML any more: {message}"), line), None);
    }
    let mut result = None;
    with_pod(context, view, workload, |view, object, pod| {
        let key = pod
            .pull_secrets
            .as_ref()
            .and_then(|entry| view.place(object.template, entry.key_range));
        result = Some((fate(context, view, object, pod, workload, equipped, shape, set), key));
    });
    match result {
        Some((Some(fate), key)) => (fate, key),
        // The containers are gone from where they were: something has swallowed them.
        Some((None, key)) => (broken(swallowed(workload), None), key),
        None if printed.is_some() && has_document(view, at, workload) => {
            (broken(swallowed(workload), None), None)
        }
        None => (Fate::Absent, None),
    }
}

fn swallowed(workload: &Workload) -> String {
    let kind = &workload.object.kind;
    format!(
        "`containers` is no longer in the {kind}'s pod spec: it has become part of something else"
    )
}

fn has_document(view: &View<'_>, at: usize, workload: &Workload) -> bool {
    view.manifests()
        .get(at)
        .is_some_and(|manifest| manifest.documents.len() > workload.identity.document)
}

/// `None` if the pod spec has lost its containers.
#[expect(clippy::too_many_arguments, reason = "what was tried, and where it is looked for")]
fn fate(
    context: &Context<'_>,
    view: &View<'_>,
    object: &Object,
    pod: &PodSpec,
    workload: &Workload,
    equipped: &[(Option<Arc<str>>, Arc<str>)],
    shape: Shape,
    set: &str,
) -> Option<Fate> {
    if workload.has_containers
        && pod.containers_key.is_none()
        && mentions(&object.root.node)
        && workload.object.pointer.contains("spec")
    {
        return None;
    }
    if let Some(entry) = &pod.pull_secrets {
        let names = pod.pull_secret_names();
        let arrived =
            SENTINELS.iter().filter(|sentinel| names.iter().any(|name| name == *sentinel)).count();
        match arrived {
            2 => return Some(Fate::Arrived),
            1 if shape == Shape::Scalar => return Some(Fate::Arrived),
            1 => return Some(Fate::FirstOnly),
            _ if mentions(&entry.value.node) => return Some(Fate::Garbled),
            _ => {}
        }
    }
    if uses(workload, equipped) {
        return Some(Fate::ViaServiceAccount);
    }
    // A custom resource may have further fields of that name for other pods.
    let mut is_elsewhere = false;
    let mut is_ignored = |pointer: &str| {
        let is_known = context.pod_kinds.is_pull_secrets(object, pointer);
        let is_ignored = !is_known && pod.ignores(pointer);
        is_elsewhere |= !is_known && !is_ignored;
        is_ignored
    };
    let found = misplaced(&object.root, &mut Vec::new(), 0, &mut is_ignored);
    if let Some((key, pointer)) = found
        && let Some(key) = view.place(object.template, key)
    {
        return Some(Fate::Misplaced(Misplaced { key, pointer, set: set.to_owned() }));
    }
    Some(if is_elsewhere { Fate::Unknown } else { Fate::Absent })
}

/// How deep documents are searched.
const MAX_DEPTH: usize = 100;

/// Whether a sentinel is anywhere in the node.
fn mentions(node: &Node) -> bool {
    fn search(node: &Node, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        match &node.kind {
            NodeKind::Str(text) => SENTINELS.iter().any(|sentinel| text.contains(sentinel)),
            NodeKind::Seq(items) => items.iter().any(|item| search(&item.node, depth + 1)),
            NodeKind::Map(entries) => {
                entries.iter().any(|entry| search(&entry.value.node, depth + 1))
            }
            _ => false,
        }
    }
    search(node, 0)
}

/// A key that is meant for pull secrets and has the sentinels, wherever it is in the object and `is_ignored` there.
fn misplaced(
    root: &Use,
    path: &mut Vec<String>,
    depth: usize,
    is_ignored: &mut impl FnMut(&str) -> bool,
) -> Option<(TextRange, String)> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &root.node.kind {
        NodeKind::Seq(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(at.to_string());
                let found = misplaced(item, path, depth + 1, is_ignored);
                path.pop();
                if found.is_some() {
                    return found;
                }
            }
            None
        }
        NodeKind::Map(entries) => {
            for entry in entries {
                path.push(entry.key.to_string());
                if is_pull_secrets_key(&entry.key) && mentions(&entry.value.node) {
                    let pointer = format!("/{}", path.join("/"));
                    if is_ignored(&pointer) {
                        path.pop();
                        return Some((entry.key_range, pointer));
                    }
                }
                let found = misplaced(&entry.value, path, depth + 1, is_ignored);
                path.pop();
                if found.is_some() {
                    return found;
                }
            }
            None
        }
        _ => None,
    }
}

fn is_pull_secrets_key(key: &str) -> bool {
    matches!(key, "imagePullSecrets" | "imagePullSecret")
}

fn with_pod(
    context: &Context<'_>,
    view: &View<'_>,
    workload: &Workload,
    mut found: impl FnMut(&View<'_>, &Object, &PodSpec),
) {
    for Shown { view, template, object } in view.objects() {
        if template.name != workload.identity.template
            || object.document != workload.identity.document
        {
            continue;
        }
        for pod in context.pod_kinds.pod_specs(object) {
            if identity(&template.name, object, &pod) == workload.identity {
                found(view, object, &pod);
                return;
            }
        }
    }
}

/// What is put under a key.
fn given(shape: Shape, count: usize) -> Value {
    let text = |name: &str| Value::made_up(Data::Str(Arc::from(name)));
    let names = SENTINELS.iter().take(count);
    Value::made_up(match shape {
        Shape::Objects => Data::List(
            names
                .map(|name| {
                    Value::made_up(Data::Map(BTreeMap::from([(Arc::from("name"), text(name))])))
                })
                .collect(),
        ),
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
    let names = names.join(", ");
    match shape {
        Shape::Objects => format!("{names} set to `[{{name: a}}, {{name: b}}]`"),
        Shape::Strings => format!("{names} set to `[a, b]`"),
        Shape::Scalar => format!("{names} set to `a`"),
    }
}
