//! `duplicate-placeholder`: two documents of a chart, or two releases of it, create the same Secret.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Severity};
use crate::release::Release;
use crate::rules::context::{Context, Rule};
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::given::{self, Field};

pub(in crate::rules::builtin) struct DuplicatePlaceholder;

impl Rule for DuplicatePlaceholder {
    fn name(&self) -> &'static str {
        "duplicate-placeholder"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let registry = context.registry();
        if !registry.engaged {
            return;
        }
        for duplicate in &registry.duplicates {
            let named = match &duplicate.name {
                Some(name) => format!("the placeholder Secret `{name}`"),
                None => "the placeholder Secret".to_owned(),
            };
            let place = &duplicate.second;
            let mut diagnostic = Diagnostic::new(
                self.name(),
                Severity::Error,
                place.span,
                format!("{named} is rendered twice"),
            )
            .label("this is the same Secret once more")
            .note("Helm can't create an object that is there already: the installation fails")
            .help("delete one of the two, or give each a name of its own")
            .object(duplicate.object.clone())
            .trace(place.trace.clone())
            .subject(duplicate.object.name.as_str());
            if duplicate.first.span != place.span {
                diagnostic = diagnostic.related(duplicate.first.span, "the first one");
            }
            out.push(diagnostic);
        }
        if context.is_base() && !registry.candidates.is_empty() {
            self.releases(context, out);
        }
    }
}

impl DuplicatePlaceholder {
    /// Releases that name the same Secret in the same namespace.
    fn releases(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let mut seen: BTreeMap<(String, String), &Release> = BTreeMap::new();
        for release in context.releases.iter().map(|release| &**release) {
            let field = |key| Field::of(&release.values, release, &[PLACEHOLDER_VALUES, key]);
            // What one of them leaves to the defaults of the chart is the same for all; its name shows at no place.
            let Field::Text(name, Some(place)) = field("name") else { continue };
            let namespace = match field("namespace") {
                Field::Text(namespace, _) => namespace,
                Field::Unknown => continue,
                Field::Missing | Field::Empty(_) => match release.release_namespace() {
                    Some(namespace) => namespace.value.as_str(),
                    None => continue,
                },
            };
            let Some(first) = seen.get(&(namespace.to_owned(), name.to_owned())) else {
                seen.insert((namespace.to_owned(), name.to_owned()), release);
                continue;
            };
            let path = [PLACEHOLDER_VALUES, "name"];
            let other = first.values.at(&path).and_then(given::place);
            let mut diagnostic = Diagnostic::new(
                self.name(),
                Severity::Error,
                place,
                format!("the placeholder `{namespace}/{name}` is created by {} already", first.shown()),
            )
            .label(format!("{} creates it once more", release.shown()))
            .note(
                "Helm refuses to install what another release owns (`invalid ownership metadata`); Flux takes it over, and \
                 the first release to be removed takes it away from the other",
            )
            .help("give each release a Secret of its own name")
            .subject(release.title());
            if let Some(other) = other {
                diagnostic = diagnostic.related(other, "the first one");
            }
            out.push(diagnostic);
        }
    }
}
