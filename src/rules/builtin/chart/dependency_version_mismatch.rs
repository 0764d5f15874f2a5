//! `dependency-version-mismatch`: Chart.yaml, Chart.lock and charts/ do not say the same of a dependency.

use std::cmp::Ordering;

use crate::chart::{Chart, Dependency};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::functions::versions::{Constraint, Version};
use crate::rules::context::{Concern, Context, Rule};
use crate::source::Span;

use super::lock::{Lock, Locked};
use super::present::{charts, list_place};

pub(in crate::rules::builtin) struct DependencyVersionMismatch;

impl Rule for DependencyVersionMismatch {
    fn name(&self) -> &'static str {
        "dependency-version-mismatch"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let lock = Lock::of(context.chart);
        let before = out.len();
        for dependency in &context.chart.metadata.dependencies {
            out.extend(of_dependency(context, dependency, lock.as_ref()));
        }
        let Some(lock) = lock.filter(|_| out.len() == before) else { return };
        if let Some((_, place)) = &lock.digest
            && !context.chart.metadata.dependencies.is_empty()
            && lock.fits(context.chart) == Some(false)
        {
            out.push(
                mismatch(list_place(context), "the dependencies are not those that were locked")
                    .label(format!(
                        "they have changed since {} was written, or it was edited",
                        lock.name
                    ))
                    .related(*place, "this digest is of others")
                    .note("`helm dependency build` refuses the lock")
                    .help(format!("run `helm dependency update`, and commit {} too", lock.name))
                    .subject("digest"),
            );
        }
    }
}

fn of_dependency(
    context: &Context<'_>,
    dependency: &Dependency,
    lock: Option<&Lock>,
) -> Option<Diagnostic> {
    let name = &dependency.name.value;
    let wanted = dependency.version.as_ref()?;
    let range = Constraint::parse(&wanted.value).ok()?;
    let is_in_range =
        |version: &str| Version::parse(version).is_ok_and(|version| range.check(&version));
    let present: Vec<(&Chart, &str, Span)> = charts(context)
        .filter(|sub| sub.metadata.name.value == *name)
        .filter_map(|sub| {
            let version = sub.metadata.version.as_ref()?;
            Some((sub, version.value.as_str(), version.span))
        })
        .collect();
    if let Some((_, version, place)) = present.first()
        && !present.iter().any(|(_, version, _)| is_in_range(version))
    {
        return Some(
            mismatch(
                wanted.span,
                &format!("`{name}` in charts/ is {version}, which `{}` excludes", wanted.value),
            )
            .label("Helm does not take the chart in charts/ for this dependency")
            .related(*place, "this version")
            .note("it is installed all the same, but without `condition`, `tags` and `alias`")
            .help("run `helm dependency update`")
            .subject(name.as_str()),
        );
    }
    let lock = lock?;
    let file = &lock.name;
    let locked: Vec<&Locked> = lock.entries.iter().filter(|locked| locked.name == *name).collect();
    let first = locked.first()?;
    // Of a chart that has its home in charts/, Helm locks the range.
    if locked.iter().any(|locked| Version::parse(&locked.version).is_err()) {
        return None;
    }
    if !locked.iter().any(|locked| is_in_range(&locked.version)) {
        return Some(
            mismatch(
                wanted.span,
                &format!(
                    "`{file}` has `{name}` {}, which `{}` excludes",
                    first.version, wanted.value
                ),
            )
            .label("the range has changed since it was locked")
            .related(first.place, "this version")
            .help(format!("run `helm dependency update`, and commit {file}"))
            .subject(name.as_str()),
        );
    }
    let (_, version, place) = present.first()?;
    let is_same = |one: &str, other: &str| match (Version::parse(one), Version::parse(other)) {
        (Ok(one), Ok(other)) => one.compare(&other) == Ordering::Equal,
        _ => one == other,
    };
    let fits = present
        .iter()
        .any(|(_, version, _)| locked.iter().any(|locked| is_same(&locked.version, version)));
    if fits {
        return None;
    }
    Some(
        mismatch(
            wanted.span,
            &format!("`{name}` in charts/ is {version}, and in `{file}` {}", first.version),
        )
        .label("both are in this range, and only one of them is installed")
        .related(first.place, "this version was locked")
        .related(*place, "this one is installed from here")
        .help("run `helm dependency build` for the locked one, `helm dependency update` for the newest")
        .subject(name.as_str()),
    )
}

fn mismatch(span: Span, message: &str) -> Diagnostic {
    Diagnostic::new("dependency-version-mismatch", Severity::Warning, span, message)
}
