//! `release-omits-placeholder`: a release names pull secrets, but not the placeholder that it has created.

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::release::Release;
use crate::rules::context::{Context, ReleaseContext, Rule};
use crate::rules::registry::PLACEHOLDER_VALUES;
use crate::rules::registry::given::{self, Field};
use crate::values::Value;

use super::shape::wrong_shape;

pub(in crate::rules::builtin) struct ReleaseOmitsPlaceholder;

const NAME: &str = "release-omits-placeholder";

impl Rule for ReleaseOmitsPlaceholder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(release) = context.release() else { return };
        let registry = context.registry();
        if !registry.engaged || registry.candidates.is_empty() {
            return;
        }
        let values = &context.view.active.values;
        let Field::Text(name, _) = Field::of(values, release, &[PLACEHOLDER_VALUES, "name"]) else {
            return;
        };
        // The chart may add it by itself, or another key has it.
        if given::is_rendered(context, name) {
            return;
        }
        for list in given::lists(context, release) {
            let arrives = list.candidate.arrives.is_some();
            if arrives && wrong_shape(context, &list).is_none() {
                out.extend(report(release, &list.candidate.written(), list.value, name));
            }
        }
    }

    fn check_release(&self, context: &ReleaseContext<'_>, out: &mut Vec<Diagnostic>) {
        let release = context.release;
        if context.is_linked {
            return;
        }
        let field = Field::of(&release.values, release, &[PLACEHOLDER_VALUES, "name"]);
        let Field::Text(name, _) = field else { return };
        for key in Config::pull_secret_keys(context.config, context.profile) {
            let path: Vec<&str> = key.split('.').collect();
            if release.unknown_at(&path).is_none()
                && let Some(value) = release.values.at(&path)
            {
                out.extend(report(release, key, value, name));
            }
        }
    }
}

fn report(release: &Release, written: &str, value: &Value, name: &str) -> Option<Diagnostic> {
    let names = given::names(value).filter(|names| !names.is_empty())?;
    // A name that a template makes up may be the same in the end.
    if names.iter().any(|other| *other == name || other.contains("{{")) || name.contains("{{") {
        return None;
    }
    let source = value.source.as_ref()?;
    if given::has_repeats(release, source.value) {
        return None;
    }
    let shown: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let primary = source.key.unwrap_or(source.value);
    let mut diagnostic = Diagnostic::new(
        NAME,
        Severity::Error,
        primary,
        format!(
            "`{written}` lists {}, but not the placeholder `{name}`",
            crate::diagnostic::in_words(&shown)
        ),
    )
    .label("pods do not get what the platform fills in")
    .help(format!("add `- name: {name}`"))
    .subject(format!("{} {written}", release.title()));
    let placeholder = release.values.at(&[PLACEHOLDER_VALUES, "name"]).and_then(given::place);
    if let Some(place) = placeholder.filter(|place| *place != primary) {
        diagnostic = diagnostic.related(place, "the placeholder is called so here");
    }
    Some(diagnostic)
}
