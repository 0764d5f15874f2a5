//! `fixed-pull-secret`: a pod or `ServiceAccount` names a Secret that the chart does not create and values can't change.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::objects::Object;
use crate::manifest::pods::service_account_pull_secrets;
use crate::rules::context::{Context, Refutation, Rule};
use crate::rules::registry::{PLACEHOLDER_VALUES, entries, placeholder};
use crate::view::{Place, Shown, View, object_ref};
use crate::yaml::{Entry, Use};

pub(in crate::rules::builtin) struct FixedPullSecret;

impl Rule for FixedPullSecret {
    fn name(&self) -> &'static str {
        "fixed-pull-secret"
    }

    fn refutes(&self, context: &Context<'_>) -> Refutation {
        // A Secret that another scenario creates is there for whoever switches it on.
        let names = secrets(context).map(|name| name.to_string());
        Refutation::Subjects(names.collect())
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        let created: Vec<Arc<str>> = secrets(context).collect();
        for Shown { view, template, object } in context.view.objects() {
            let lists = lists(context, object);
            for (title, list) in lists {
                let offending = list.items.iter().find_map(|item| {
                    let name = if list.wants_strings { Some(item) } else { name_of(item) }?;
                    let text = name.node.as_str().filter(|text| entries::is_name(text))?;
                    let is_created = created.iter().any(|secret| **secret == *text);
                    (!is_created).then_some((name.clone(), text.to_owned()))
                });
                let Some((name, text)) = offending else { continue };
                let place = view.place_of(object.template, &name).map(|place| place.span);
                let values = view.values_in(object.template, name.range);
                let mut spans =
                    place.into_iter().chain(values.iter().filter_map(|value| value.span));
                if spans.any(|span| entries::is_at_fault(context, span)) {
                    continue;
                }
                let fixed = Fixed { context, view, object, title: &title };
                let is_own = template.chart.scope.is_empty();
                out.extend(fixed.report(self.name(), &name, &text, is_own));
            }
        }
    }
}

/// The Secrets that a scenario renders and that a pod can pull with.
fn secrets(context: &Context<'_>) -> impl Iterator<Item = Arc<str>> {
    let objects = context.view.objects().map(|shown| shown.object);
    let secrets = objects.filter(|object| &*object.kind == "Secret" && object.group().is_empty());
    secrets.map(|object| Arc::clone(&object.name))
}

/// A rendered list of pull secrets.
struct List {
    items: Vec<Use>,
    wants_strings: bool,
}

/// The lists of an object that are not empty, with the title of what has them.
fn lists(context: &Context<'_>, object: &Object) -> Vec<(String, List)> {
    let title = format!("{} `{}`", object.kind, object.name);
    if let Some(entry) = service_account_pull_secrets(object) {
        return vec![(title, List { items: items(entry), wants_strings: false })];
    }
    let pods = context.pod_kinds.pod_specs(object).into_iter();
    let lists = pods.filter_map(|pod| {
        let list =
            List { items: items(pod.pull_secrets.as_ref()?), wants_strings: pod.wants_strings() };
        Some((title.clone(), list))
    });
    lists.collect()
}

fn items(entry: &Entry) -> Vec<Use> {
    entry.value.node.items().to_vec()
}

fn name_of(item: &Use) -> Option<&Use> {
    Some(&item.node.get("name")?.value)
}

struct Fixed<'f, 'c> {
    context: &'f Context<'c>,
    view: &'f View<'f>,
    object: &'f Object,
    title: &'f str,
}

impl Fixed<'_, '_> {
    fn report(
        &self,
        rule: &'static str,
        name: &Use,
        text: &str,
        is_own: bool,
    ) -> Option<Diagnostic> {
        let place = self.view.place_of(self.object.template, name)?;
        let values = self.view.values_in(self.object.template, name.range);
        let diagnostic = match values.first() {
            None if is_own => self.literal(rule, &place, text),
            None => return None,
            Some(value) => {
                // What a user gives is a Secret of the user's; only a default has to hold for everybody.
                let own = self.context.chart.values.as_ref()?.file;
                let span = value.span.filter(|span| span.file == own)?;
                if value.path.starts_with(PLACEHOLDER_VALUES) {
                    return None;
                }
                Diagnostic::new(
                    rule,
                    Severity::Warning,
                    span,
                    format!(
                        "values.yaml names the Secret `{text}`, which this chart does not create"
                    ),
                )
                .label("a default that only some clusters have")
                .related(place.span, format!("{} pulls with it", self.title))
                .help("let the list be empty by default: `[]`")
            }
        };
        Some(diagnostic.object(object_ref(self.object, &"")).trace(place.trace).subject(text))
    }

    fn literal(&self, rule: &'static str, place: &Place, text: &str) -> Diagnostic {
        let registry = self.context.registry();
        let own = placeholder::own_registry_secret_places(self.context.view);
        let is_placeholder_there = !registry.candidates.is_empty();
        if let Some((name, own)) = own.first().filter(|_| !is_placeholder_there) {
            return Diagnostic::new(
                rule,
                Severity::Error,
                place.span,
                format!(
                    "the pull secret `{text}` of {} is not `{name}`, which this chart creates",
                    self.title
                ),
            )
            .label("no Secret of this chart has this name")
            .related(own.span, format!("the registry Secret `{name}` is created here"))
            .help("make both names the same, by one helper for the two");
        }
        Diagnostic::new(
            rule,
            Severity::Warning,
            place.span,
            format!("the pull secret `{text}` of {} is fixed: no value can change it", self.title),
        )
        .label("this chart creates no such Secret")
        .help(
            "take the names from values: `{{- with .Values.imagePullSecrets }}`, `imagePullSecrets:`, \
             `{{- toYaml . | nindent N }}`, `{{- end }}`",
        )
    }
}
