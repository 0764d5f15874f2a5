//! A chart in memory, rendered, for the tests of this module.

use std::collections::{BTreeMap, BTreeSet};

use crate::chart::{FileSystem, ParseCache, load};
use crate::source::SourceMap;
use crate::values::{Data, Defaults, Value, activate};

use super::explore::Request;
use super::{Environment, Rendered, render_where, satisfies};

/// Renders a chart of these values and these files of `templates/` under its defaults, and explores the branches of
/// `x.yaml`.
pub(super) fn with_rendered(
    values: &str,
    templates: &[(&str, &str)],
    then: impl FnOnce(&Rendered<'_>),
) {
    let mut files = BTreeMap::from([
        ("c/Chart.yaml".to_owned(), "apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("c/values.yaml".to_owned(), values),
    ]);
    files.extend(templates.iter().map(|(name, text)| (format!("c/templates/{name}"), *text)));
    let fs = FileSystem::memory(files.iter().map(|(path, text)| (&**path, text.as_bytes())));
    let mut sources = SourceMap::default();
    let chart = load(&fs, "c", &mut sources, &ParseCache::default()).unwrap().chart;
    let defaults = Defaults::of(&chart);
    let user = Value::made_up(Data::Map(BTreeMap::new()));
    let active = activate(&chart, &defaults, &user, &satisfies).unwrap();
    let templates = chart.templates.iter();
    let own = templates.filter(|found| found.name.ends_with("/x.yaml")).map(|found| found.file);
    let (own, seen) = (own.collect(), BTreeSet::new());
    let request = Some(Request { own: &own, seen: &seen });
    then(&render_where(&sources, &active, &Environment::default(), &|_| true, request));
}
