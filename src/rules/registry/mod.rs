//! What is known of a chart's private images: its workloads, its placeholder Secrets, and which pull secrets arrive.

pub mod dead;
pub mod declared;
pub mod entries;
pub mod given;
pub mod insertion;
pub mod keys;
pub mod named;
pub mod placeholder;
pub mod probe;
pub mod schemas;
pub mod scope;
pub mod shapes;
pub mod siblings;
pub mod workload;
pub mod wrong_shape;

use std::cell::OnceCell;
use std::sync::Arc;

use crate::chart::{Chart, Template};
use crate::config::Profile;
use crate::engine::{Read, ReadContext};
use crate::source::Span;
use crate::values::{Data, Value};

use super::context::Context;
use crate::view::View;
use placeholder::Candidate;
use placeholder::duplicates::{Duplicate, duplicates};
use probe::{Effort, Probing, Wiring};
use schemas::Rejection;
use workload::Workload;

/// The mapping of values that the platform fills.
pub const PLACEHOLDER_VALUES: &str = "placeholderSecret";

/// The annotation that secretgen-controller looks for (`pkg/sharing/secret_reconciler.go`).
pub const ANNOTATION: &str = "secretgen.carvel.dev/image-pull-secret";

/// Name and namespace that probing gives a placeholder that defaults leave without.
const PROBE_PLACEHOLDER: &str = "chartlint-probe-placeholder";

/// All that the rules of the family share.
#[derive(Debug)]
pub struct Registry {
    /// Whether the chart is about private images at all.
    pub engaged: bool,
    /// Its pods.
    pub workloads: Vec<Workload>,
    /// How each of them gets pull secrets; same order.
    pub wiring: Vec<Wiring>,
    /// Its placeholder Secrets.
    pub candidates: Vec<Candidate>,
    /// Secrets that are rendered twice, one of them as a placeholder.
    pub duplicates: Vec<Duplicate>,
    /// Whether a template has the annotation in its text though no analysed values show it.
    pub hidden_candidate: bool,
    /// Where the templates print name and namespace of the placeholder, with the keys that are declared filled.
    pub placeholder_reads: Vec<PlaceholderRead>,
    /// Names of registry Secrets that the chart fills itself.
    pub own_secrets: Vec<Arc<str>>,
    /// What was probed.
    pub probing: Probing,
    /// The keys that schemas refuse, once somebody has asked.
    rejections: OnceCell<Vec<Rejection>>,
}

/// A place that needs `placeholderSecret.name` or `.namespace`, and has nothing else to take.
#[derive(Clone, Debug)]
pub struct PlaceholderRead {
    /// `name` or `namespace`
    pub key: Arc<str>,
    /// The node that asks.
    pub node: Span,
}

impl Registry {
    /// Analyses a chart.
    pub fn of(context: &Context<'_>) -> Self {
        if context.chart.is_library() {
            return Self::nothing();
        }
        let workloads = workload::workloads(context);
        let (candidates, own_secrets, duplicates) = candidates(context);
        let has_private = workloads.iter().any(Workload::needs_secret);
        let mentions = reads_placeholder(context) || context.declares(&[PLACEHOLDER_VALUES]);
        let hidden_candidate = candidates.is_empty() && mentions_annotation(context);
        let engaged = context.profile == Profile::Generic
            || has_private
            || mentions
            || hidden_candidate
            || !candidates.is_empty()
            || is_set_by_release(context);
        // Under further scenarios only the keys of pods that are new and need a secret are worth the effort.
        let is_asked = context.is_base()
            || workloads
                .iter()
                .any(|workload| workload.needs_secret() || workload.may_need_secret());
        let effort = if engaged && is_asked { Effort::Keys } else { Effort::Wiring };
        let (mut probing, wiring) = Probing::run(context, &workloads, effort);
        if effort == Effort::Keys {
            for key in &mut probing.keys {
                key.is_dead = dead::is_dead(context, key);
            }
        }
        let placeholder_reads = placeholder_reads(context);
        Self {
            engaged,
            workloads,
            wiring,
            candidates,
            duplicates,
            hidden_candidate,
            placeholder_reads,
            own_secrets,
            probing,
            rejections: OnceCell::new(),
        }
    }

    fn nothing() -> Self {
        Self {
            engaged: false,
            workloads: Vec::new(),
            wiring: Vec::new(),
            candidates: Vec::new(),
            duplicates: Vec::new(),
            hidden_candidate: false,
            placeholder_reads: Vec::new(),
            own_secrets: Vec::new(),
            probing: Probing::default(),
            rejections: OnceCell::new(),
        }
    }

    /// Workloads with how they are wired.
    pub fn wired(&self) -> impl Iterator<Item = (&Workload, &Wiring)> {
        self.workloads.iter().zip(&self.wiring)
    }
}

/// The placeholders, under values that name them where the defaults do not; the chart's own registry Secrets; and
/// what is rendered twice.
fn candidates(context: &Context<'_>) -> (Vec<Candidate>, Vec<Arc<str>>, Vec<Duplicate>) {
    let namespace = &context.scenario.environment.release.namespace;
    let of_view = |view: &View<'_>| {
        (
            placeholder::candidates(view),
            placeholder::own_registry_secrets(view),
            duplicates(view, namespace),
        )
    };
    let (mut found, mut own, mut twice) = of_view(context.view);
    let is_mentioned = reads_placeholder(context) || context.declares(&[PLACEHOLDER_VALUES]);
    if context.is_base() && is_mentioned {
        let changes = fillings(context, false);
        if !changes.is_empty()
            && let Ok((candidates, secrets, duplicates)) =
                context.with_values(&changes, &|_| true, of_view)
        {
            // The same Secret under both sets of values is one; the filled one shows what the user will get.
            found.retain(|known| !candidates.iter().any(|new| new.kind.span == known.kind.span));
            found.extend(candidates);
            own.extend(secrets);
            twice.extend(duplicates);
        }
    }
    (found, own, twice)
}

/// Values for the keys of the placeholder that are empty; on request only for those that are declared.
fn fillings(context: &Context<'_>, only_declared: bool) -> Vec<(Vec<Arc<str>>, Value)> {
    let unset =
        |key: &&str| match context.value(&[PLACEHOLDER_VALUES, key]).map(|value| &value.data) {
            None => !only_declared,
            Some(Data::Null) => true,
            Some(Data::Str(text)) => text.is_empty(),
            Some(_) => false,
        };
    let change = |key: &str| {
        let path = vec![Arc::from(PLACEHOLDER_VALUES), Arc::from(key)];
        (path, Value::made_up(Data::Str(Arc::from(PROBE_PLACEHOLDER))))
    };
    ["name", "namespace"].into_iter().filter(unset).map(change).collect()
}

/// The reads of the placeholder's keys whose absence would show, in branches that a filled name opens too.
fn placeholder_reads(context: &Context<'_>) -> Vec<PlaceholderRead> {
    let of_view = |view: &View<'_>| {
        let is_key = |(view, read): &(&View<'_>, &Read)| {
            let path = || view.rendered.memories.path(read.parent);
            matches!(&*read.key, "name" | "namespace")
                && is_unguarded(read.context)
                && matches!(path().as_slice(), [only] if &**only == PLACEHOLDER_VALUES)
        };
        let reads = view.reads().filter(is_key);
        reads
            .map(|(_, read)| PlaceholderRead { key: Arc::clone(&read.key), node: read.node })
            .collect::<Vec<_>>()
    };
    let mut found = of_view(context.view);
    let declared = fillings(context, true);
    if context.is_base() && context.declares(&[PLACEHOLDER_VALUES]) && !declared.is_empty() {
        found.extend(context.with_values(&declared, &|_| true, of_view).unwrap_or_default());
    }
    found
}

/// Whether a release of the chart sets the placeholder or the key for pull secrets.
fn is_set_by_release(context: &Context<'_>) -> bool {
    let canonical = context.config.pull_secret_keys(context.profile);
    context.releases.iter().any(|release| {
        let sets = |key: &&str| release.values.at(&key.split('.').collect::<Vec<_>>()).is_some();
        sets(&PLACEHOLDER_VALUES) || canonical.iter().any(sets)
    })
}

/// Whether a template reads `.Values.placeholderSecret`.
pub(super) fn reads_placeholder(context: &Context<'_>) -> bool {
    context.view.reads().any(|(view, read)| {
        &*read.key == PLACEHOLDER_VALUES && view.rendered.memories.path(read.parent).is_empty()
    })
}

/// Whether templates can print the annotation: then a branch may do so that no analysed values open.
fn mentions_annotation(context: &Context<'_>) -> bool {
    fn has_text(context: &Context<'_>, chart: &Chart) -> bool {
        let text =
            |template: &Template| context.sources.file(template.file).text().contains(ANNOTATION);
        chart.templates.iter().any(text) || chart.subcharts.iter().any(|sub| has_text(context, sub))
    }
    has_text(context, context.chart) && named::prints(context.chart, ANNOTATION)
}

/// Whether absence shows where a value is read like this.
pub fn is_unguarded(context: ReadContext) -> bool {
    context == ReadContext::Plain
}
