//! Charts in charts/: `undeclared-dependency` and `deprecated-dependency`.

use crate::chart::Chart;
use crate::diagnostic::{Diagnostic, Severity, in_words};
use crate::rules::context::{Concern, Context, Rule};
use crate::source::Span;

use super::fields::name_place;

/// The charts in charts/ of the chart itself, but not those that were found elsewhere.
pub(super) fn charts<'c>(context: &'c Context<'_>) -> impl Iterator<Item = &'c Chart> {
    context.chart.subcharts.iter().filter(|sub| sub.linked.is_none())
}

/// The key `dependencies`, else the name of the chart.
pub(super) fn list_place(context: &Context<'_>) -> Span {
    let metadata = &context.chart.metadata;
    match (metadata.dependencies.first(), metadata.field("dependencies")) {
        // Those of requirements.yaml.
        (Some(first), _) if first.span.file != metadata.file => {
            Span::new(first.span.file, 0, "dependencies".len())
        }
        (_, Some(entry)) => entry.key_range.in_file(metadata.file),
        _ => name_place(context),
    }
}

pub(in crate::rules::builtin) struct UndeclaredDependency;

impl Rule for UndeclaredDependency {
    fn name(&self) -> &'static str {
        "undeclared-dependency"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let declared = &context.chart.metadata.dependencies;
        let is_declared =
            |sub: &&Chart| declared.iter().any(|one| one.name.value == sub.metadata.name.value);
        let stray: Vec<&Chart> = charts(context).filter(|sub| !is_declared(sub)).collect();
        let [first, rest @ ..] = stray.as_slice() else { return };
        let names: Vec<String> =
            stray.iter().map(|sub| format!("`{}`", sub.metadata.name.value)).collect();
        let what = if rest.is_empty() { "the chart" } else { "the charts" };
        let is = if rest.is_empty() { "is" } else { "are" };
        let message =
            format!("{what} {} in charts/ {is} not among the dependencies", in_words(&names));
        let mut diagnostic =
            Diagnostic::new(self.name(), Severity::Error, list_place(context), message)
                .label("Helm installs what is in charts/, declared or not")
                .note("no `condition` and no `tags` can switch it off, and `helm dependency` does not know it")
                .help(format!(
                    "declare it: `- name: {}`, with `version` and an empty `repository`",
                    first.metadata.name.value
                ))
                .subject(names.join(" "));
        for sub in &stray {
            diagnostic = diagnostic.related(sub.metadata.name.span, "this chart");
        }
        out.push(diagnostic);
    }
}

pub(in crate::rules::builtin) struct DeprecatedDependency;

impl Rule for DeprecatedDependency {
    fn name(&self) -> &'static str {
        "deprecated-dependency"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for dependency in &context.chart.metadata.dependencies {
            let name = &dependency.name;
            let at_hand = &context.chart.subcharts;
            let found = at_hand.iter().find(|sub| sub.metadata.name.value == name.value);
            let Some(sub) = found.filter(|sub| sub.metadata.about.deprecated) else { continue };
            let message = format!("the dependency `{}` is deprecated", name.value);
            let mut diagnostic = Diagnostic::new(self.name(), Severity::Info, name.span, message)
                .label("its makers no longer look after it")
                .help("look for what has taken its place: its README says so in most cases")
                .subject(name.value.as_str());
            if let Some(entry) = sub.metadata.field("deprecated") {
                let place = entry.key_range.to(entry.value.range).in_file(sub.metadata.file);
                diagnostic = diagnostic.related(place, "it says so here");
            }
            out.push(diagnostic);
        }
    }
}
