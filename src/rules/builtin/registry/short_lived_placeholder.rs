//! `short-lived-placeholder`: a placeholder Secret is a hook, and not there while pods need it.

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::hooks::{DeletePolicy, HookEvent};
use crate::rules::context::{Context, Judged, Refutation, Rule};
use crate::rules::registry::placeholder::users::{early_pods, hook_of, users_at};
use crate::rules::registry::placeholder::{Candidate, Expression, HookOf};
use crate::rules::registry::workload::{Workload, workloads};
use crate::source::Span;

pub(in crate::rules::builtin) struct ShortLivedPlaceholder;

impl Rule for ShortLivedPlaceholder {
    fn name(&self) -> &'static str {
        "short-lived-placeholder"
    }

    fn refutes(&self, context: &Context<'_>) -> Refutation {
        // A pod that other values switch on is the matter then.
        let mut hooks = context
            .registry()
            .candidates
            .iter()
            .filter(|candidate| candidate.hook.is_some())
            .peekable();
        let is_refuted = hooks.peek().is_some()
            && hooks.all(|candidate| {
                is_told_by_user(context, candidate)
                    || context.is_base() && has_lasting_twin(context, candidate)
            });
        if is_refuted { Refutation::Everything } else { Refutation::Nothing }
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        for candidate in registry.candidates.iter().filter(|candidate| candidate.is_annotated()) {
            let Some(hook) = &candidate.hook else { continue };
            // Of an event that Helm does not know it makes nothing at all.
            if hook.hook.unknown_event.is_some()
                || has_lasting_twin(context, candidate)
                || is_for_hooks_only(context, hook)
                || is_told_by_user(context, candidate)
            {
                continue;
            }
            if let Some(Fault { message, label, related }) = fault(context, candidate, hook) {
                let place = &hook.place;
                let mut diagnostic =
                    Diagnostic::new(self.name(), Severity::Error, place.span, message)
                        .label(label)
                        .help(
                            "drop the hook annotations; if pods of hooks need the Secret, write \
                             `helm.sh/hook: pre-install,pre-upgrade` with a lower weight than theirs and without a delete \
                             policy",
                        )
                        .object(candidate.object.clone())
                        .trace(place.trace.clone())
                        .subject(candidate.object.name.as_str());
                if let Some((span, message)) = related {
                    diagnostic = diagnostic.related(span, message);
                }
                out.push(diagnostic);
            }
        }
    }
}

/// What is wrong with a hook.
struct Fault {
    message: String,
    label: &'static str,
    /// The other side.
    related: Option<(Span, String)>,
}

fn fault(context: &Context<'_>, candidate: &Candidate, hook: &HookOf) -> Option<Fault> {
    let title = candidate.title();
    let deleted = hook.hook.delete_policies.iter().find_map(|policy| match policy {
        DeletePolicy::HookSucceeded => Some("hook-succeeded"),
        DeletePolicy::HookFailed => Some("hook-failed"),
        DeletePolicy::BeforeHookCreation | DeletePolicy::Other(_) => None,
    });
    if let Some(policy) = deleted {
        let related =
            hook.policy.as_ref().map(|place| (place.span, "this policy deletes it".to_owned()));
        let when = if policy == "hook-succeeded" { "succeed" } else { "fail" };
        return Some(Fault {
            message: format!("{title} is deleted as soon as its hooks {when}"),
            label: "pods that start later find no Secret",
            related,
        });
    }
    if !hook.hook.runs_at(HookEvent::PreInstall) {
        return Some(Fault {
            message: format!("{title} is not there when pods start"),
            label: "no hook before the installation: pods start without it",
            related: None,
        });
    }
    if hook.hook.runs_at(HookEvent::PreUpgrade) {
        return None;
    }
    let users = users_at(context, candidate, HookEvent::PreUpgrade);
    let user = users.first()?;
    let user_title = user.title();
    Some(Fault {
        message: format!(
            "{title} is not made anew before an upgrade, but {user_title} needs it then"
        ),
        label: "it lacks `pre-upgrade`",
        related: Some((user.containers.span, format!("{user_title} runs at `pre-upgrade`"))),
    })
}

/// Whether the same Secret is rendered as part of the release too; the hook is for other hooks only then.
fn has_lasting_twin(context: &Context<'_>, candidate: &Candidate) -> bool {
    let name = candidate.name.as_ref().and_then(Expression::written);
    context.registry().candidates.iter().any(|other| {
        let is_twin = match name {
            Some(name) => other.name.as_ref().and_then(Expression::written) == Some(name),
            // What values are to give is the same if they give it from the same place.
            None => match (&other.name, &candidate.name) {
                (Some(other), Some(own)) => {
                    !own.values.is_empty()
                        && other.values == own.values
                        && other.content == own.content
                }
                _ => false,
            },
        };
        other.hook.is_none() && is_twin
    })
}

/// Whether all pods that need a secret run at events of the hook.
fn is_for_hooks_only(context: &Context<'_>, hook: &HookOf) -> bool {
    // Pods that were judged under other values count here too.
    let nothing_judged = Judged::new();
    let workloads = workloads(&context.afresh(&nothing_judged));
    let needy: Vec<&Workload> =
        workloads.iter().filter(|workload| workload.needs_secret()).collect();
    !needy.is_empty()
        && needy.iter().all(|workload| {
            hook_of(context, workload).is_some_and(|user| {
                !user.hook.events.is_empty()
                    && user.hook.events.iter().all(|event| hook.hook.runs_at(*event))
            })
        })
}

/// Whether a pod that runs too early is the matter already.
fn is_told_by_user(context: &Context<'_>, candidate: &Candidate) -> bool {
    early_pods(context).iter().any(|pod| pod.secret.kind == candidate.kind.span)
}
