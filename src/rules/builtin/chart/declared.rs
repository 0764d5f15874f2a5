//! What Chart.yaml says of dependencies: `invalid-dependency` and `duplicate-dependency`.

use std::collections::BTreeMap;

use crate::chart::{Dependency, Spanned};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::functions::versions::Constraint;
use crate::rules::context::{Concern, Context, Rule};
use crate::source::Span;

/// How a repository may begin, besides a URL.
const PREFIXES: [&str; 2] = ["@", "alias:"];

pub(in crate::rules::builtin) struct InvalidDependency;

impl Rule for InvalidDependency {
    fn name(&self) -> &'static str {
        "invalid-dependency"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let metadata = &context.chart.metadata;
        let nulls = metadata.refused.iter();
        let nulls =
            nulls.filter(|refused| refused.wanted.is_empty() && refused.field == "dependencies");
        out.extend(nulls.map(|refused| {
            invalid(refused.span, "this dependency is empty")
                .label("Helm does not load the chart with it")
                .help("write `name`, `version` and `repository`, or remove the entry")
        }));
        for dependency in &metadata.dependencies {
            let name = &dependency.name.value;
            let first = out.len();
            check(dependency, out);
            for diagnostic in out.iter_mut().skip(first) {
                diagnostic.subject = format!("{name} {}", diagnostic.subject);
            }
        }
    }
}

fn check(dependency: &Dependency, out: &mut Vec<Diagnostic>) {
    let name = &dependency.name;
    if name.value.is_empty() {
        let place = if name.span.range.is_empty() { dependency.span } else { name.span };
        out.push(
            invalid(place, "a dependency has no name")
                .label("Helm finds no chart for it")
                .help("write `name: …`, the name that the chart has in its own Chart.yaml"),
        );
        return;
    }
    match filled(dependency.version.as_ref()) {
        None => {
            let place = dependency.version.as_ref().map_or(name.span, |version| version.span);
            out.push(
                invalid(place, &format!("the dependency `{}` has no version", name.value))
                    .label("no chart fits, not even one in charts/")
                    .note("`helm dependency build` refuses it, and Helm passes over its `condition`, `tags` and `alias`")
                    .help("write a version or a range, `version: \"*\"` for any")
                    .subject("version"),
            );
        }
        Some(version) => {
            if let Err(reason) = Constraint::parse(&version.value) {
                out.push(
                    invalid(version.span, &format!("`{}` is no range of versions", version.value))
                        .label(reason)
                        .help("write a version or a range, such as `1.2.3` or `^1.2.0`")
                        .subject("version"),
                );
            }
        }
    }
    if let Some(repository) = filled(dependency.repository.as_ref())
        && !is_repository(&repository.value)
    {
        out.push(
            invalid(repository.span, &format!("`{}` is no repository", repository.value))
                .label("`helm dependency build` does not find it")
                .help("write a URL with `https://`, `oci://` or `file://`, or `@name` of a repository that was added")
                .subject("repository"),
        );
    }
    if let Some(alias) = filled(dependency.alias.as_ref())
        && !alias.value.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-".contains(&c))
    {
        out.push(
            invalid(alias.span, &format!("`{}` is no alias", alias.value))
                .label("Helm does not load the chart with it")
                .help("write letters, digits, `-` and `_` only")
                .subject("alias"),
        );
    }
}

fn is_repository(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|c| c.is_ascii_alphanumeric() || b"+-.".contains(&c))
    };
    scheme.is_some_and(is_scheme)
        || PREFIXES.iter().any(|prefix| text.len() > prefix.len() && text.starts_with(prefix))
}

/// A field that says something.
fn filled(field: Option<&Spanned<String>>) -> Option<&Spanned<String>> {
    field.filter(|field| !field.value.is_empty())
}

fn invalid(span: Span, message: &str) -> Diagnostic {
    Diagnostic::new("invalid-dependency", Severity::Error, span, message)
}

pub(in crate::rules::builtin) struct DuplicateDependency;

impl Rule for DuplicateDependency {
    fn name(&self) -> &'static str {
        "duplicate-dependency"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for dependency in &context.chart.metadata.dependencies {
            let alias = filled(dependency.alias.as_ref());
            let named = alias.unwrap_or(&dependency.name);
            if named.value.is_empty() {
                continue;
            }
            let Some(first) = seen.get(named.value.as_str()) else {
                seen.insert(&named.value, named.span);
                continue;
            };
            let message = format!("a second dependency is called `{}`", named.value);
            out.push(
                Diagnostic::new(self.name(), Severity::Error, named.span, message)
                    .label("Helm does not load the chart with it")
                    .related(*first, "the first one")
                    .help("give one of the two an `alias:` of its own, or remove it")
                    .subject(named.value.as_str()),
            );
        }
    }
}
