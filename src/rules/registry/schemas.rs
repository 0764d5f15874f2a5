//! Which of the keys for private images values.schema.json refuses: they are set, and held against the schemas.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Profile;
use crate::manifest::pods::service_account_pull_secrets;
use crate::rules::context::Context;
use crate::schema::{Failure, SchemaCache, SchemaFile, Verdict, Violation, validate_with};
use crate::source::Span;
use crate::values::{Data, Value};
use crate::view::View;
use crate::yaml::Node;

use super::keys::{Candidate, KeyPath, Shape};
use super::probe::SENTINELS;
use super::{PLACEHOLDER_VALUES, Registry};

/// A key that a schema refuses in the form in which it is documented, or in which the templates take it.
#[derive(Clone, Debug)]
pub struct Rejection {
    /// The key, from the top of the root chart's values.
    pub path: KeyPath,
    /// What it was set to, as YAML.
    pub set: &'static str,
    /// The profile or the configuration asks for this key; others are the chart's own.
    pub is_documented: bool,
    /// The keyword of the schema that refuses it.
    pub keyword: Span,
    /// The key itself is refused, whatever its value is.
    pub is_forbidden: bool,
    /// In the words of Helm's library.
    pub message: String,
    /// The name of the subchart that has the schema; none for the chart itself.
    pub subchart: Option<Arc<str>>,
}

const SHAPES: [Shape; 3] = [Shape::Objects, Shape::Strings, Shape::Scalar];

/// A key, what it is set to, and how that is written.
struct Trial {
    path: KeyPath,
    value: Value,
    set: &'static str,
    is_documented: bool,
}

impl Registry {
    /// The keys that schemas refuse; worked out once, and nothing without a schema.
    pub fn rejections(&self, context: &Context<'_>) -> &[Rejection] {
        self.rejections.get_or_init(|| {
            let has_schema = context.verdicts().iter().any(|verdict| verdict.schema.is_some());
            if !self.engaged || !has_schema {
                return Vec::new();
            }
            let cache = SchemaCache::default();
            let trials = trials(self, context);
            let is_documented =
                |key: &&Candidate| trials.iter().any(|trial| trial.path == key.path);
            let own: Vec<Candidate> =
                self.probing.keys.iter().filter(|key| !is_documented(key)).cloned().collect();
            let documented =
                trials.into_iter().filter_map(|trial| rejection(context, &cache, trial));
            let own = own.iter().filter_map(|key| of_own_key(context, &cache, key));
            documented.chain(own).collect()
        })
    }

    /// Whether a schema refuses the key: then what becomes of its value is no finding of its own.
    pub fn rejects(&self, context: &Context<'_>, path: &[Arc<str>]) -> bool {
        self.rejections(context).iter().any(|rejection| rejection.path == path)
    }
}

fn trials(registry: &Registry, context: &Context<'_>) -> Vec<Trial> {
    let mut trials: Vec<Trial> = Vec::new();
    let is_tmc = context.profile == Profile::Tmc;
    let leaves = ["name", "namespace"].into_iter().filter(|leaf| {
        is_tmc
            || context.declares(&[PLACEHOLDER_VALUES, leaf])
            || registry.placeholder_reads.iter().any(|read| &*read.key == *leaf)
    });
    let leaves: BTreeMap<Arc<str>, Value> =
        leaves.map(|leaf| (Arc::from(leaf), text("a"))).collect();
    if !leaves.is_empty() {
        trials.push(Trial {
            path: vec![Arc::from(PLACEHOLDER_VALUES)],
            set: if leaves.len() == 2 { "{name: a, namespace: a}" } else { "{name: a}" },
            value: Value::made_up(Data::Map(leaves)),
            is_documented: true,
        });
    }
    for key in context.config.pull_secret_keys(context.profile) {
        let (value, set) = given(Shape::Objects);
        let path = key.split('.').map(Arc::from).collect();
        trials.push(Trial { path, value, set, is_documented: true });
    }
    trials
}

fn text(text: &str) -> Value {
    Value::made_up(Data::Str(Arc::from(text)))
}

/// One name in a shape, and how that is written.
fn given(shape: Shape) -> (Value, &'static str) {
    let name = || text(SENTINELS[0]);
    let list = |item: Value| Value::made_up(Data::List(vec![item]));
    match shape {
        Shape::Objects => {
            let entry = BTreeMap::from([(Arc::from("name"), name())]);
            (list(Value::made_up(Data::Map(entry))), "[{name: a}]")
        }
        Shape::Strings => (list(name()), "[a]"),
        Shape::Scalar => (name(), "a"),
    }
}

fn rejection(context: &Context<'_>, cache: &SchemaCache, trial: Trial) -> Option<Rejection> {
    let Trial { path, value, set, is_documented } = trial;
    let (keyword, violation, subchart) = blamed(context, cache, &path, value)?;
    let is_forbidden = is_about_keys(&violation);
    let message = violation.message;
    Some(Rejection { path, set, is_documented, keyword, is_forbidden, message, subchart })
}

/// The rejection of a key of the chart's own, which feeds pull secrets in some shape. A template that takes several shapes
/// may leave it to the schema which of them it wants.
fn of_own_key(context: &Context<'_>, cache: &SchemaCache, key: &Candidate) -> Option<Rejection> {
    let trial = |shape: Shape| {
        let (value, set) = given(shape);
        Trial { path: key.path.clone(), value, set, is_documented: false }
    };
    let mut found: Option<Rejection> = None;
    let rejections = SHAPES.map(|shape| (shape, rejection(context, cache, trial(shape))));
    // What no schema has anything against needs no rendering.
    if rejections.iter().all(|(_, rejection)| rejection.is_none()) {
        return None;
    }
    for (shape, rejection) in rejections {
        if key.arrives == Some(shape) || arrives(context, &key.path, given(shape).0) {
            found.get_or_insert(rejection?);
        }
    }
    found
}

/// What refuses the key with this value: the place in the schema, the violation, and the subchart.
fn blamed(
    context: &Context<'_>,
    cache: &SchemaCache,
    path: &KeyPath,
    value: Value,
) -> Option<(Span, Violation, Option<Arc<str>>)> {
    let changes = [(path.clone(), value)];
    let verdicts =
        context.with_values(&changes, &|_| false, |view| validate_with(view.active, cache)).ok()?;
    verdicts.iter().find_map(|verdict| {
        let Some(Failure::Values(violations)) = &verdict.failure else { return None };
        let before = context.verdicts().iter().find(|before| before.scope == verdict.scope);
        let before = match before.and_then(|before| before.failure.as_ref()) {
            Some(Failure::Values(violations)) => &violations[..],
            _ => &[],
        };
        let violation = blame(verdict, violations, path, before)?;
        let schema = SchemaFile::read(verdict.schema.as_ref()?, context.sources)?;
        let subchart = verdict.scope.last().cloned();
        Some((schema.place(&violation.keyword), violation.clone(), subchart))
    })
}

/// The violation that is about the key, among those that count.
fn blame<'v>(
    verdict: &Verdict,
    violations: &'v [Violation],
    key: &KeyPath,
    before: &[Violation],
) -> Option<&'v Violation> {
    let concerns = |violation: &&Violation| concerns(verdict, violation, key);
    let mut rest = violations;
    while let Some((first, behind)) = rest.split_first() {
        if first.is_group {
            rest = behind;
            continue;
        }
        let below = behind.iter().take_while(|other| other.depth > first.depth).count();
        let (reasons, next) = behind.split_at(below);
        rest = next;
        if concerns(&first) {
            return Some(first);
        }
        let is_new =
            !before.iter().any(|old| old.path == first.path && old.keyword == first.keyword);
        // Of several ways to fit that all fail, the one that this key spoils.
        if is_new && let Some(reason) = reasons.iter().find(concerns) {
            return Some(reason);
        }
    }
    None
}

/// Whether a violation stands at the key, below it, or says that the key may not be there.
fn concerns(verdict: &Verdict, violation: &Violation, key: &KeyPath) -> bool {
    let is_global = violation.path.first().is_some_and(|first| &**first == "global");
    let scope: &[Arc<str>] = if is_global { &[] } else { &verdict.scope };
    let path: Vec<Arc<str>> = scope.iter().chain(&violation.path).cloned().collect();
    if path.starts_with(key) {
        return true;
    }
    let next = key.strip_prefix(&*path).and_then(|rest| rest.first());
    next.is_some_and(|next| {
        is_about_keys(violation) && violation.message.contains(&format!("'{next}'"))
    })
}

fn is_about_keys(violation: &Violation) -> bool {
    ["/additionalProperties", "/unevaluatedProperties", "/propertyNames"]
        .iter()
        .any(|keyword| violation.keyword.ends_with(keyword))
}

/// Whether a name that is given so ends up in some list of pull secrets.
fn arrives(context: &Context<'_>, path: &KeyPath, value: Value) -> bool {
    let has_name = |list: &Node| {
        let mut names = list.items().iter().filter_map(|item| item.node.get("name"));
        names.any(|name| name.value.node.as_str() == Some(SENTINELS[0]))
    };
    let look = |view: &View<'_>| {
        view.objects().any(|shown| {
            let pods = context.pod_kinds.pod_specs(shown.object);
            let lists = pods.iter().filter_map(|pod| pod.pull_secrets.as_ref());
            let account = service_account_pull_secrets(shown.object);
            lists.chain(account).any(|entry| has_name(&entry.value.node))
        })
    };
    context.with_values(&[(path.clone(), value)], &|_| true, look).unwrap_or(false)
}
