//! `overlay-unknown-key`: values over those of a chart, with a key that the chart does not know.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::Chart;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, Rule};
use crate::rules::nearest;
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::keys::has_such_name;
use crate::rules::values::declared::is_in_files;
use crate::rules::values::usage::Usage;
use crate::source::{FileId, Span};
use crate::values::{Data, Note, Value};
use crate::yaml::{Entry, Node};

/// How deep mappings are searched.
const MAX_DEPTH: usize = 100;

pub(in crate::rules::builtin) struct OverlayUnknownKey;

impl Rule for OverlayUnknownKey {
    fn name(&self) -> &'static str {
        "overlay-unknown-key"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let chart = context.chart;
        let notes = &context.view.active.notes;
        let is_incomplete = notes.iter().any(|note| {
            matches!(
                note,
                Note::MissingDependency { linked: None, .. } | Note::VersionMismatch { .. }
            )
        });
        // A helper that is not at hand may read anything.
        if is_incomplete || is_broken(chart) {
            return;
        }
        let mut search = Search { context, told: BTreeSet::new(), found: Vec::new() };
        let target = &Target { chart, usage: context.usage(), above: None };
        for file in context.values_files {
            let roots = file.stream.documents.iter();
            for root in roots.filter_map(|document| document.root.as_ref()) {
                search.entries(target, file.file, root.node.entries(), &mut Vec::new());
            }
        }
        for release in context.releases.iter().filter(|release| release.is_complete()) {
            search.values(target, &release.values, &mut Vec::new());
        }
        // What a chart gives its subcharts is an overlay, too.
        if let Some(file) = &chart.values {
            let roots = file.stream.documents.iter();
            for root in roots.filter_map(|document| document.root.as_ref()) {
                let blocks = root.node.entries();
                let blocks = blocks.filter(|entry| is_subchart(chart, &entry.key));
                search.entries(target, file.file, blocks, &mut Vec::new());
            }
        }
        out.append(&mut search.found);
    }
}

/// Whether a template of the tree can't be parsed: what it reads is not known.
fn is_broken(chart: &Chart) -> bool {
    chart.templates.iter().any(|template| !template.ast.errors.is_empty())
        || chart.subcharts.iter().any(is_broken)
}

/// A chart that gets values.
struct Target<'t> {
    chart: &'t Chart,
    usage: &'t Usage,
    /// The chart above, whose templates read these values too, and the name that this one has there.
    above: Option<(&'t Usage, Arc<str>)>,
}

struct Search<'s> {
    context: &'s Context<'s>,
    told: BTreeSet<Span>,
    found: Vec<Diagnostic>,
}

impl Search<'_> {
    fn entries<'e>(
        &mut self,
        target: &Target<'_>,
        file: FileId,
        entries: impl Iterator<Item = &'e Entry>,
        path: &mut Vec<Arc<str>>,
    ) {
        for entry in entries.filter(|entry| !entry.merged) {
            path.push(Arc::clone(&entry.key));
            let inner = entry.value.node.entries();
            // An anchor may be there for its aliases.
            if entry.value.node.anchor.is_some() {
            } else if let [name] = path.as_slice()
                && is_subchart(target.chart, name)
            {
                if let Some(sub) = subchart(target, name) {
                    self.entries(&sub, file, inner, &mut Vec::new());
                }
            } else if self.is_known(target, path) {
                if path.len() < MAX_DEPTH && has_entries(target.chart, path) {
                    self.entries(target, file, inner, path);
                }
            } else {
                self.report(target, path, entry.key_range.in_file(file));
            }
            path.pop();
        }
    }

    fn values(&mut self, target: &Target<'_>, value: &Value, path: &mut Vec<Arc<str>>) {
        let Data::Map(map) = &value.data else { return };
        for (key, value) in map {
            path.push(Arc::clone(key));
            let place = value.source.as_ref().and_then(|source| source.key);
            if let [name] = path.as_slice()
                && is_subchart(target.chart, name)
            {
                if let Some(sub) = subchart(target, name) {
                    self.values(&sub, value, &mut Vec::new());
                }
            } else if self.is_known(target, path) {
                if path.len() < MAX_DEPTH && has_entries(target.chart, path) {
                    self.values(target, value, path);
                }
            } else if let Some(place) = place {
                self.report(target, path, place);
            }
            path.pop();
        }
    }

    /// Whether the chart, or the one above it, declares the key or may read it.
    fn is_known(&self, target: &Target<'_>, path: &[Arc<str>]) -> bool {
        let Target { chart, usage, above } = target;
        let Some(first) = path.first() else { return true };
        // `global` is for all charts, tags and conditions for Helm. Pull secrets and placeholders have rules of their own.
        let is_of_helm = matches!(&**first, "global" | "tags" | "exports" | PLACEHOLDER_VALUES);
        is_of_helm
            || first.starts_with("x-")
            || path.iter().any(|key| has_such_name(key))
            || path.iter().any(|key| &**key == "enabled")
            || is_in_files(self.context.sources, chart, path)
            || usage.may_read(path)
            || usage.is_whole(path.get(..path.len() - 1).unwrap_or_default())
            || is_condition(self.context.chart, path)
            || self.is_in_texts(path)
            || imports_values(chart)
            || above.as_ref().is_some_and(|(usage, name)| {
                let whole: Vec<Arc<str>> =
                    std::iter::once(Arc::clone(name)).chain(path.iter().cloned()).collect();
                usage.may_read(&whole)
            })
    }

    /// Whether a text of some values file, which `tpl` may evaluate, has the path or what stands around it.
    fn is_in_texts(&self, path: &[Arc<str>]) -> bool {
        let Some(first) = path.first() else { return false };
        let needle = format!("Values.{first}");
        let Context { sources, chart, values_files, releases, .. } = self.context;
        let files = chart.values.iter().chain(*values_files).map(|file| file.file);
        let releases = releases.iter().map(|release| release.file);
        files.chain(releases).any(|file| sources.file(file).text().contains(&needle))
            || chart.files.iter().any(|file| String::from_utf8_lossy(&file.data).contains(&needle))
    }

    fn report(&mut self, target: &Target<'_>, path: &[Arc<str>], place: Span) {
        if !self.told.insert(place) {
            return;
        }
        let Some((last, parents)) = path.split_last() else { return };
        let (dotted, chart) = (path.join("."), &target.chart.metadata.name.value);
        let known = siblings(target.chart, parents);
        let mut diagnostic = Diagnostic::new(
            "overlay-unknown-key",
            Severity::Warning,
            place,
            format!("the chart `{chart}` neither declares nor reads `{dotted}`"),
        )
        .label("setting this has no effect")
        .subject(format!("{chart} {dotted}"));
        if let Some((near, span)) = nearest(last, known.iter().map(|(key, _)| &**key))
            .and_then(|near| known.iter().find(|(key, _)| &**key == near))
        {
            diagnostic =
                diagnostic.related(*span, "did you mean this one?").help(format!("write `{near}`"));
        } else {
            diagnostic =
                diagnostic.help("take it out, or look up its name in the chart's values.yaml");
        }
        self.found.push(diagnostic);
    }
}

/// The subchart whose values stand under `name`, if it is at hand.
fn subchart<'t>(target: &Target<'t>, name: &Arc<str>) -> Option<Target<'t>> {
    let Target { chart, usage, .. } = target;
    let dependency =
        chart.metadata.dependencies.iter().find(|dependency| {
            dependency.alias.as_ref().unwrap_or(&dependency.name).value == **name
        });
    let wanted = dependency.map_or(&**name, |dependency| &dependency.name.value);
    let mut named = chart.subcharts.iter().enumerate();
    let mut named = named.by_ref().filter(|(_, sub)| sub.metadata.name.value == wanted);
    // Of two versions of one chart it is not looked up which is meant.
    let (Some((at, found)), None) = (named.next(), named.next()) else { return None };
    let own = usage.subchart(at)?;
    Some(Target { chart: found, usage: own, above: Some((usage, Arc::clone(name))) })
}

fn is_subchart(chart: &Chart, name: &str) -> bool {
    chart.subcharts.iter().any(|sub| sub.metadata.name.value == name)
        || chart.metadata.dependencies.iter().any(|dependency| {
            dependency.name.value == name
                || dependency.alias.as_ref().is_some_and(|alias| alias.value == name)
        })
}

/// Whether a chart declares keys below a path: what is declared empty, or in a comment only, may have any.
fn has_entries(chart: &Chart, path: &[Arc<str>]) -> bool {
    !siblings(chart, path).is_empty()
}

/// Whether a condition of a dependency, in whatever chart of the tree, ends with the path.
fn is_condition(chart: &Chart, path: &[Arc<str>]) -> bool {
    let dotted = path.join(".");
    chart.metadata.dependencies.iter().any(|dependency| {
        let condition = dependency.condition.as_ref().map_or("", |found| &found.value);
        condition.split(',').any(|found| {
            let found = found.trim();
            found == dotted
                || found.starts_with(&format!("{dotted}."))
                || found.ends_with(&format!(".{dotted}"))
        })
    }) || chart.subcharts.iter().any(|sub| is_condition(sub, path))
}

/// Whether a chart takes values over from its subcharts: their keys are declared in it then.
fn imports_values(chart: &Chart) -> bool {
    chart.metadata.dependencies.iter().any(|dependency| dependency.import_values.is_some())
}

/// The keys that values.yaml of a chart has below a path.
fn siblings(chart: &Chart, parents: &[Arc<str>]) -> Vec<(Arc<str>, Span)> {
    let Some(file) = &chart.values else { return Vec::new() };
    let keys: Vec<&str> = parents.iter().map(|part| &**part).collect();
    let roots = file.stream.documents.iter().filter_map(|document| document.root.as_ref());
    let entries = roots.filter_map(|root| root.node.at(&keys)).flat_map(Node::entries);
    entries.map(|entry| (Arc::clone(&entry.key), entry.key_range.in_file(file.file))).collect()
}
