//! `duplicate-placeholder`: two documents of a chart are the same Secret.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Context, Rule};

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
    }
}
