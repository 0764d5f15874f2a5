//! Pods of a chart and the images that they pull.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::{Chart, Dependency};
use crate::diagnostic::ObjectRef;
use crate::explore::ScenarioKind;
use crate::manifest::hooks::HookEvent;
use crate::manifest::images::{Class, Classification, SecretNeed};
use crate::manifest::objects::Object;
use crate::manifest::pod_kinds::{PodKind, SecretsShape};
use crate::manifest::pods::PodSpec;
use crate::manifest::reference::ImageReference;
use crate::rules::context::{Context, Verdict};
use crate::source::{Span, TextRange};
use crate::view::{Place, Shown, View, object_ref};
use crate::yaml::{Entry, Use};

/// What to do about a host that nobody knows.
pub const UNKNOWN_HOST: &str =
    "say under `images.private` or `images.public` of chartlint.yaml what the registry is";

/// A pod spec of a chart.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What it is, across renderings.
    pub identity: Identity,
    /// The object, with the pointer of the pod spec.
    pub object: ObjectRef,
    /// What is known of its kind.
    pub kind: Arc<PodKind>,
    /// The key `containers`, or else the key of the pod spec.
    pub containers: Place,
    /// That is the key `containers`.
    pub has_containers: bool,
    /// Its images that a node may have to pull.
    pub images: Vec<Image>,
    /// It is a test of the chart (`helm.sh/hook: test`).
    pub is_test: bool,
    /// Names from the root's subchart down to the chart that has the template; empty for the root.
    pub scope: Vec<Arc<str>>,
    /// Its chart is the work of whoever maintains the outermost one.
    pub is_own: bool,
    /// Its namespace; none for that of the release, also where it is named.
    pub namespace: Option<Arc<str>>,
    /// `serviceAccountName`
    pub service_account: Option<Arc<str>>,
    /// What the chart does about that account.
    pub account: AccountState,
}

/// What is known of the `ServiceAccount` of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// It names none, or `default`, which charts do not make.
    Unnamed,
    /// The chart renders it.
    Rendered,
    /// The chart renders one with pull secrets, but not under these values.
    Switched,
    /// It is somebody else's, and may have pull secrets.
    Outside,
}

impl AccountState {
    /// Whether it is known that the account gives the pod no more than was seen.
    pub const fn is_known(self) -> bool {
        matches!(self, Self::Unnamed | Self::Rendered)
    }
}

/// Which pod spec it is, whatever values change: never by name, which templates may make up anew each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The template.
    pub template: Arc<str>,
    /// Index among the template's documents.
    pub document: usize,
    /// Place of the object in the document and of the pod spec in the object.
    pub pointer: String,
}

/// An image that a pod pulls.
#[derive(Clone, Debug)]
pub struct Image {
    /// As rendered.
    pub text: String,
    /// Who may pull it.
    pub classification: Classification,
    /// The expression that prints it.
    pub place: Place,
    /// The value that its registry, or else its repository, comes from.
    pub value: Option<(String, Span)>,
}

impl Workload {
    /// Whether its field for pull secrets takes names, not `{name: …}`.
    pub fn wants_strings(&self) -> bool {
        self.kind.shape != SecretsShape::Objects
    }

    /// Whether an image of it counts as private.
    pub fn needs_secret(&self) -> bool {
        self.images.iter().any(Image::needs_secret)
    }

    /// Whether an image of it may be private, and the user wants to hear of it.
    pub fn may_need_secret(&self) -> bool {
        self.images.iter().any(|image| image.classification.need == SecretNeed::Possible)
    }

    /// Whether an image of it is certainly private.
    pub fn certainly_needs_secret(&self) -> bool {
        self.images.iter().any(|image| image.classification.need == SecretNeed::Certain)
    }

    /// What it is across scenarios: where its containers and images stand.
    pub fn places(&self) -> (Span, Vec<Span>) {
        (self.containers.span, self.images.iter().map(|image| image.place.span).collect())
    }

    /// Kind and name, for messages.
    pub fn title(&self) -> String {
        format!("{} `{}`", self.object.kind, self.object.name)
    }
}

impl Image {
    /// Whether it counts as private.
    pub fn needs_secret(&self) -> bool {
        matches!(self.classification.need, SecretNeed::Likely | SecretNeed::Certain)
    }

    /// `private: registry.example is no public domain`, or what is said of an unknown host.
    pub fn why(&self) -> String {
        match self.classification.class {
            Class::Unknown if self.classification.need == SecretNeed::Possible => {
                "unknown registry".to_owned()
            }
            Class::Unknown => "unknown registry, taken for private".to_owned(),
            _ => self.classification.to_string(),
        }
    }
}

/// All pods that the chart renders and that no earlier scenario has shown.
pub fn workloads(context: &Context<'_>) -> Vec<Workload> {
    let mut found = Vec::new();
    let has_new_feed = has_new_feed(context.view, context.is_base());
    for Shown { view, template, object } in context.view.objects() {
        // Of a document that is no YAML, a pod may be left; what is wrong with it is another matter.
        let manifest = view.manifests().get(object.template);
        let document = manifest.and_then(|manifest| manifest.documents.get(object.document));
        if document.is_some_and(|document| !document.errors.is_empty()) {
            continue;
        }
        for pod in context.pod_kinds.pod_specs(object) {
            let Some(containers) = containers_place(view, object, &pod) else { continue };
            let workload = Workload {
                identity: identity(&template.name, object, &pod),
                object: object_ref(object, &pod.pointer),
                kind: Arc::clone(&pod.kind),
                containers,
                has_containers: pod.containers_key.is_some(),
                images: images(context, view, object, &pod),
                is_test: object.hook.as_ref().is_some_and(|hook| hook.runs_at(HookEvent::Test)),
                scope: template.chart.scope.clone(),
                is_own: chart_at(context.chart, &template.chart.scope).is_some_and(|(_, own)| own),
                namespace: context.namespace_of(object),
                service_account: text(pod.service_account_name.as_ref()),
                account: AccountState::Unnamed,
            };
            // What was not wired may be so in a branch that reads pull secrets, and that no earlier scenario has opened.
            let may_be_wired_now = || {
                pod.has_pull_secrets()
                    || (has_new_feed && context.view.has_rendered(&template.name))
            };
            // Values that somebody has written decide anew whether an image is private; made-up ones never do. And of a
            // release it is asked whether it gives each pod what it needs.
            let is_asked_now = |verdict: &Verdict| {
                (context.release().is_some()
                    || (context.scenario.kind == ScenarioKind::User && !verdict.is_wired))
                    && (workload.needs_secret() || workload.may_need_secret())
            };
            let verdict = context.judged.get(&workload.places());
            if verdict.is_none_or(|verdict| {
                (!verdict.is_wired && may_be_wired_now()) || is_asked_now(verdict)
            }) {
                let account = account_state(context, &workload);
                found.push(Workload { account, ..workload });
            }
        }
    }
    found
}

/// Whether a view has a read that decides about pull secrets and that its base lacks; one without a base may have.
fn has_new_feed(view: &View<'_>, is_base: bool) -> bool {
    let Some(base) = view.base else { return !is_base };
    let feeds = |view: &View<'_>| {
        let reads = view.rendered.reads.iter().filter(|read| read.feeds_pull_secrets);
        reads.map(|read| read.node).collect::<BTreeSet<Span>>()
    };
    let known = feeds(base);
    feeds(view).iter().any(|node| !known.contains(node))
}

/// The places of pods that were not wired in earlier scenarios and are in this one: what was said of them is not so.
pub fn newly_wired_places(context: &Context<'_>) -> Vec<Span> {
    if context.judged.is_empty() {
        return Vec::new();
    }
    let was_open = |workload: &Workload| context.was_wired(workload) == Some(false);
    let wired = context.registry().wired();
    let wired = wired.filter(|(workload, wiring)| wiring.is_wired && was_open(workload));
    let places = wired.flat_map(|(workload, _)| {
        let call = workload.containers.trace.first().map(|frame| frame.call);
        call.into_iter().chain([workload.containers.span])
    });
    places.collect()
}

/// The chart that a scope leads to, and whether it is the work of whoever maintains the outermost one: what lies unpacked
/// in charts/ and has no repository but a folder beside it.
fn chart_at<'c>(root: &'c Chart, scope: &[Arc<str>]) -> Option<(&'c Chart, bool)> {
    scope.iter().try_fold((root, true), |(chart, is_own), name| {
        let called =
            |entry: &&Dependency| entry.alias.as_ref().unwrap_or(&entry.name).value == **name;
        let entry = chart.metadata.dependencies.iter().find(called);
        let file = entry.map_or(&**name, |entry| &entry.name.value);
        let sub = chart.subcharts.iter().find(|sub| sub.metadata.name.value == file)?;
        let repository = entry.and_then(|entry| entry.repository.as_ref());
        let is_near =
            repository.is_none_or(|at| at.value.is_empty() || at.value.starts_with("file://"));
        Some((sub, is_own && is_near && !sub.is_packed()))
    })
}

fn account_state(context: &Context<'_>, workload: &Workload) -> AccountState {
    let Some(name) = &workload.service_account else { return AccountState::Unnamed };
    let is_rendered = context.view.objects().any(|Shown { object, .. }| {
        &*object.kind == "ServiceAccount"
            && object.name == *name
            && context.namespace_of(object) == workload.namespace
    });
    if is_rendered {
        return AccountState::Rendered;
    }
    let chart = chart_at(context.chart, &workload.scope).map(|(chart, _)| chart);
    let is_made_elsewhere = chart.is_some_and(|chart| {
        chart.templates.iter().any(|template| {
            let text = context.sources.file(template.file).text();
            text.contains("kind: ServiceAccount")
                && text
                    .as_bytes()
                    .windows(PULL_SECRET_WORD.len())
                    .any(|part| part.eq_ignore_ascii_case(PULL_SECRET_WORD))
        })
    });
    match (is_made_elsewhere, &**name) {
        (true, _) => AccountState::Switched,
        (false, "default") => AccountState::Unnamed,
        (false, _) => AccountState::Outside,
    }
}

/// What stands in the text of each template that hands on pull secrets.
const PULL_SECRET_WORD: &[u8] = b"pullsecret";

/// What a pod spec is called across renderings.
pub fn identity(template: &Arc<str>, object: &Object, pod: &PodSpec) -> Identity {
    Identity {
        template: Arc::clone(template),
        document: object.document,
        pointer: format!("{}{}", object.pointer, pod.pointer),
    }
}

/// The key `containers` of a pod, else the pod's own key or the `-` of its entry, else its object.
pub fn containers_place(view: &View<'_>, object: &Object, pod: &PodSpec) -> Option<Place> {
    let range = pod.containers_key.or(pod.key).or_else(|| dash(view, object, pod));
    view.place(object.template, range.unwrap_or(object.root.range))
}

/// The `-` before a pod spec that is an entry of a list.
fn dash(view: &View<'_>, object: &Object, pod: &PodSpec) -> Option<TextRange> {
    let output = view.rendered.templates.get(object.template)?.output.as_ref().ok()?;
    let before = output.text.get(..pod.value.range.start as usize)?.trim_end();
    let is_entry = before.ends_with('-') && !pod.pointer.steps.is_empty();
    is_entry.then(|| TextRange::new(before.len() - 1, before.len()))
}

fn images(context: &Context<'_>, view: &View<'_>, object: &Object, pod: &PodSpec) -> Vec<Image> {
    if pod.is_silent {
        return Vec::new();
    }
    let containers =
        pod.containers.iter().filter(|container| !container.is_never_pulled()).filter_map(
            |container| Some((&container.image.as_ref()?.value, container.image_text()?)),
        );
    let volumes = pod
        .image_volumes
        .iter()
        .filter(|volume| volume.pull_policy.as_deref() != Some("Never"))
        .filter_map(|volume| Some((&volume.reference.value, volume.image_text()?)));
    let own = pod.own_images.iter().map(|image| (&image.value, &*image.text));
    containers
        .chain(volumes)
        .chain(own)
        .filter_map(|(value, text)| image(context, view, object, value, text))
        .collect()
}

/// `None` for what is no image reference: nothing can be said of its host then.
fn image(
    context: &Context<'_>,
    view: &View<'_>,
    object: &Object,
    printed: &Use,
    text: &str,
) -> Option<Image> {
    let reference = ImageReference::parse(text).ok()?;
    // Of an image that the linter has made up, nothing is known.
    if is_made_up(view, object, printed, text) {
        return None;
    }
    let place = view.place_of(object.template, printed)?;
    if let Some((renamed, span)) = renamed(context, text) {
        let reference = ImageReference::parse(&renamed).ok()?;
        return Some(Image {
            classification: context.config.images.classify(&reference),
            text: renamed,
            place,
            value: Some(("postRenderers".to_owned(), span)),
        });
    }
    let values = view.values_in(object.template, printed.range);
    let value = values.into_iter().find_map(|value| Some((value.path, value.span?)));
    Some(Image {
        text: text.to_owned(),
        classification: context.config.images.classify(&reference),
        place,
        value,
    })
}

/// What the post-renderers of the release make of an image, and where they say so.
fn renamed(context: &Context<'_>, text: &str) -> Option<(String, Span)> {
    let (name, tag) = text.split_at_checked(end_of_name(text))?;
    let (_, new) = context.release()?.renamed(name)?;
    Some((format!("{}{tag}", new.value), new.span))
}

/// Where the tag or digest of an image begins.
fn end_of_name(text: &str) -> usize {
    let path = text.rfind('/').unwrap_or_default();
    text.get(path..).and_then(|name| name.find([':', '@'])).map_or(text.len(), |at| path + at)
}

/// Whether host or path of an image show a value that no file holds.
fn is_made_up(view: &View<'_>, object: &Object, printed: &Use, text: &str) -> bool {
    let mut range = printed.range;
    range.end = range.end.min(range.start + end_of_name(text) as u32);
    view.shows_made_up(object.template, range)
}

fn text(entry: Option<&Entry>) -> Option<Arc<str>> {
    entry.and_then(|entry| entry.value.node.as_str()).map(Arc::from)
}
