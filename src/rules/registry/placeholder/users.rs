//! Pods that use a placeholder or a registry Secret of the chart's own, and those that start before it is there.

use std::sync::Arc;

use crate::config::Profile;
use crate::manifest::hooks::HookEvent;
use crate::manifest::pods::service_account_pull_secrets;
use crate::rules::context::Context;
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::workload::{Image, Workload, identity};
use crate::source::{Span, TextRange};
use crate::view::{Shown, View};
use crate::yaml::{Entry, Node};

use super::{Candidate, Expression, HookOf, hook, is_own_registry_secret, reads_in};

/// A pod of a hook that starts before the Secret it pulls with is there.
#[derive(Clone, Debug)]
pub struct EarlyPod<'c> {
    /// The pod.
    pub workload: &'c Workload,
    /// The private image that it can't pull.
    pub image: &'c Image,
    /// Its hook.
    pub hook: HookOf,
    /// The Secret.
    pub secret: RegistrySecret,
}

/// A Secret for pulling images that the chart renders.
#[derive(Clone, Debug)]
pub struct RegistrySecret {
    /// Its name, if somebody has written it.
    pub name: Option<Arc<str>>,
    /// `kind: Secret`
    pub kind: Span,
    /// It is for secretgen-controller to fill.
    pub is_placeholder: bool,
    /// When it is installed, if not with the release.
    pub hook: Option<HookOf>,
}

/// What a pod's list of pull secrets says, or that of its `ServiceAccount`.
#[derive(Clone, Debug, Default)]
struct List {
    /// Names that somebody has written.
    names: Vec<Arc<str>>,
    /// It is there, but nobody has written what is in it.
    is_made_up: bool,
    /// It is made from `placeholderSecret`.
    is_from_placeholder: bool,
}

/// The pods that run before the installation and before their Secret.
pub fn early_pods<'c>(context: &'c Context<'_>) -> Vec<EarlyPod<'c>> {
    let registry = context.registry();
    let mut secrets: Vec<RegistrySecret> = registry.candidates.iter().map(of_candidate).collect();
    secrets.extend(own_secrets(context.view));
    if secrets.is_empty() {
        return Vec::new();
    }
    let early = registry.wired().filter_map(|(workload, wiring)| {
        let hook = hook_of(context, workload)?;
        let image = workload.images.iter().find(|image| image.needs_secret())?;
        if !hook.hook.runs_at(HookEvent::PreInstall) {
            return None;
        }
        let used = used(context, &list(context, workload), &secrets, wiring.is_wired);
        // One Secret that is there in time is enough to hope for.
        let is_late = |secret: &&RegistrySecret| !is_before(secret.hook.as_ref(), &hook);
        let secret = used.first().filter(|_| used.iter().all(is_late))?;
        Some(EarlyPod { workload, image, hook, secret: (*secret).clone() })
    });
    early.collect()
}

/// Pods of hooks at `event` that use a placeholder, if their list of pull secrets can hold it at all.
pub fn users_at<'c>(
    context: &'c Context<'_>,
    candidate: &Candidate,
    event: HookEvent,
) -> Vec<&'c Workload> {
    let secrets = [of_candidate(candidate)];
    let registry = context.registry();
    let users = registry.wired().filter(|(workload, wiring)| {
        workload.needs_secret()
            && hook_of(context, workload).is_some_and(|hook| hook.hook.runs_at(event))
            && !used(context, &list(context, workload), &secrets, wiring.is_wired).is_empty()
    });
    users.map(|(workload, _)| workload).collect()
}

/// The hook that a pod belongs to.
pub fn hook_of(context: &Context<'_>, workload: &Workload) -> Option<HookOf> {
    context.view.objects().find_map(|Shown { view, template, object }| {
        let is_it = template.name == workload.identity.template
            && object.document == workload.identity.document
            && context
                .pod_kinds
                .pod_specs(object)
                .iter()
                .any(|pod| identity(&template.name, object, pod) == workload.identity);
        if is_it { hook(view, object) } else { None }
    })
}

/// Whether pods of the chart use a registry Secret that it renders itself, or may do so.
pub fn uses_own_secret(context: &Context<'_>) -> bool {
    let secrets = own_secrets(context.view);
    let has = |names: &[Arc<str>]| {
        names.iter().any(|name| secrets.iter().any(|own| own.name.as_ref() == Some(name)))
    };
    if secrets.is_empty() {
        return false;
    }
    let registry = context.registry();
    // A list that the user gives may name it. Of pods that were judged earlier it is not known whether they take one.
    !context.is_base()
        || registry.workloads.is_empty()
        || registry.wired().any(|(workload, wiring)| {
            let list = list(context, workload);
            has(&list.names) || wiring.is_wired && (list.names.is_empty() || list.is_made_up)
        })
}

/// Whether Helm installs the Secret before the pods of `pod`.
///
/// Hooks of one event come by weight, and at equal weight by name: a name that values give settles nothing.
fn is_before(secret: Option<&HookOf>, pod: &HookOf) -> bool {
    secret.is_some_and(|secret| {
        secret.hook.runs_at(HookEvent::PreInstall) && secret.hook.weight < pod.hook.weight
    })
}

/// The Secrets that a pod pulls with.
///
/// Under `tmc` a list that values feed is there for the placeholder; under `generic` it must show its name.
fn used<'s>(
    context: &Context<'_>,
    list: &List,
    secrets: &'s [RegistrySecret],
    is_wired: bool,
) -> Vec<&'s RegistrySecret> {
    let named = |name: &Arc<str>| secrets.iter().find(|own| own.name.as_ref() == Some(name));
    // With a Secret from elsewhere the pod may get on.
    if list.names.iter().any(|name| named(name).is_none()) {
        return Vec::new();
    }
    if !list.names.is_empty() {
        return list.names.iter().filter_map(named).collect();
    }
    let is_fed = is_wired && context.profile == Profile::Tmc;
    if is_fed || list.is_from_placeholder {
        return secrets.iter().filter(|secret| secret.is_placeholder).collect();
    }
    Vec::new()
}

fn of_candidate(candidate: &Candidate) -> RegistrySecret {
    RegistrySecret {
        name: candidate.name.as_ref().and_then(Expression::written).map(Arc::clone),
        kind: candidate.kind.span,
        is_placeholder: true,
        hook: candidate.hook.clone(),
    }
}

fn own_secrets(view: &View<'_>) -> Vec<RegistrySecret> {
    let own = view.objects().filter(is_own_registry_secret).filter_map(|shown| {
        let Shown { view, object, .. } = shown;
        let place = |range: TextRange| view.place(object.template, range);
        let entry = object.root.node.at(&["metadata"])?.get("name")?;
        let name = Expression::of(view, object, entry)?;
        Some(RegistrySecret {
            name: name.written().map(Arc::clone),
            kind: place(object.root.node.get("kind")?.key_range)?.span,
            is_placeholder: false,
            hook: hook(view, object),
        })
    });
    own.collect()
}

/// The pull secrets of a pod, else those of its `ServiceAccount`.
fn list(context: &Context<'_>, workload: &Workload) -> List {
    let mut found = List::default();
    for Shown { view, template, object } in context.view.objects() {
        if template.name != workload.identity.template
            || object.document != workload.identity.document
        {
            continue;
        }
        for pod in context.pod_kinds.pod_specs(object) {
            if identity(&template.name, object, &pod) == workload.identity
                && let Some(entry) = &pod.pull_secrets
            {
                read_list(view, object.template, entry, &mut found);
            }
        }
    }
    if !found.names.is_empty() || found.is_made_up {
        return found;
    }
    let Some(account) = &workload.service_account else { return found };
    for Shown { view, object, .. } in context.view.objects() {
        if object.name == *account
            && object.namespace == workload.namespace
            && let Some(entry) = service_account_pull_secrets(object)
        {
            read_list(view, object.template, entry, &mut found);
        }
    }
    found
}

fn read_list(view: &View<'_>, template: usize, entry: &Entry, list: &mut List) {
    for item in entry.value.node.items() {
        let name = match item.node.get("name") {
            Some(name) => &name.value,
            None => item,
        };
        let is_made_up = view.shows_made_up(template, name.range);
        list.is_made_up |= is_made_up;
        if let Some(text) = Node::as_str(&name.node).filter(|text| !text.is_empty() && !is_made_up)
        {
            list.names.push(Arc::from(text));
        }
    }
    let range = entry.value.range;
    let is_placeholder = |path: &[Arc<str>]| path.iter().any(|key| &**key == PLACEHOLDER_VALUES);
    list.is_from_placeholder |= view
        .memories_in(template, range)
        .into_iter()
        .any(|memory| is_placeholder(&view.value_path(memory)))
        || reads_in(view, template, range).any(|read| {
            &*read.key == PLACEHOLDER_VALUES || is_placeholder(&view.value_path(read.parent))
        });
}
