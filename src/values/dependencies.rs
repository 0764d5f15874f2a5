//! Which subcharts are on and what their values are (`pkg/chart/v2/util/dependencies.go`).

use std::sync::Arc;

use super::data::{Data, Value};
use super::merge::{Merger, Node, Scope, Table};
use super::notes::{ActivateError, Note, ValuesError};
use crate::chart::{Chart, Dependency, Satisfies};
use crate::source::Span;
use crate::yaml::{Node as YamlNode, NodeKind};

/// The default values of a chart and of all charts below it, read once and merged many times.
#[derive(Debug)]
pub struct Defaults {
    /// Those of values.yaml.
    pub values: Value,
    /// Those of `chart.subcharts`, in that order.
    pub subcharts: Vec<Self>,
}

/// A chart with its subcharts after conditions, tags, aliases and imports, and all its values.
#[derive(Debug)]
pub struct Active<'a> {
    /// The chart itself.
    pub root: ActiveChart<'a>,
    /// `.Values` of the chart itself; those of a subchart are the table under its name, see [`Active::values_of`].
    pub values: Value,
    /// What Helm would warn of.
    pub notes: Vec<Note>,
}

/// A chart that takes part in rendering.
#[derive(Debug)]
pub struct ActiveChart<'a> {
    /// The chart.
    pub chart: &'a Chart,
    /// Its name, or the alias that its parent gives it; `.Chart.Name`.
    pub name: Arc<str>,
    /// Names from the root's subchart down to this one; empty for the root.
    pub scope: Vec<Arc<str>>,
    /// The entry in the parent's Chart.yaml; `None` for the root and for charts that merely lie in charts/.
    pub dependency: Option<&'a Dependency>,
    /// `.Chart.Dependencies`: the entries that are on, whether or not their chart is there.
    pub dependencies: Vec<&'a Dependency>,
    /// The subcharts that are on.
    pub subcharts: Vec<Self>,
}

impl Defaults {
    /// Reads those of `chart` out of the trees of its values files.
    pub fn of(chart: &Chart) -> Self {
        let values = match &chart.values {
            Some(file) => super::from_yaml::values_file(file).value,
            None => Value::made_up(Data::Map(std::collections::BTreeMap::new())),
        };
        Self { values, subcharts: chart.subcharts.iter().map(Self::of).collect() }
    }
}

impl Active<'_> {
    /// `.Values` of a chart of this tree. Helm splits names at dots to find them, and finds nothing then.
    pub fn values_of(&self, chart: &ActiveChart<'_>) -> Option<&Value> {
        let path: Vec<&str> = chart.scope.iter().flat_map(|name| name.split('.')).collect();
        self.values.at(&path)
    }

    /// The paths of the values that are not the same in `other`; nothing if it has other charts.
    pub fn differences(&self, other: &Active<'_>) -> Option<Vec<Vec<Arc<str>>>> {
        let mut found = Vec::new();
        self.root.has_same_charts(&other.root).then(|| {
            differences(&self.values, &other.values, &mut Vec::new(), &mut found);
            found
        })
    }
}

impl ActiveChart<'_> {
    /// Whether the same charts are on under the same names.
    pub fn has_same_charts(&self, other: &ActiveChart<'_>) -> bool {
        self.name == other.name
            && self.subcharts.len() == other.subcharts.len()
            && self.subcharts.iter().zip(&other.subcharts).all(|(a, b)| a.has_same_charts(b))
    }
}

/// Adds the paths of values that differ, or are only on one side. Values are at most [`super::merge::MAX_DEPTH`] deep.
fn differences(a: &Value, b: &Value, path: &mut Vec<Arc<str>>, found: &mut Vec<Vec<Arc<str>>>) {
    let (Data::Map(left), Data::Map(right)) = (&a.data, &b.data) else {
        if a != b {
            found.push(path.clone());
        }
        return;
    };
    for (key, value) in left {
        path.push(Arc::clone(key));
        match right.get(key) {
            Some(other) => differences(value, other, path, found),
            None => found.push(path.clone()),
        }
        path.pop();
    }
    for key in right.keys().filter(|key| !left.contains_key(*key)) {
        found.push(path.iter().chain([key]).cloned().collect());
    }
}

/// Works out which subcharts of `chart` are on under `user`'s values, and merges everything.
///
/// The same as Helm's `ProcessDependencies` followed by `ToRenderValues`.
///
/// # Errors
///
/// Where Helm stops: something that is no table stands in the place of a subchart's values.
pub fn activate<'a>(
    chart: &'a Chart,
    defaults: &'a Defaults,
    user: &'a Value,
    satisfies: &Satisfies<'_>,
) -> Result<Active<'a>, ActivateError> {
    let mut merger = Merger::default();
    let user = Table::thaw(user);
    let mut root = Draft::new(chart, defaults);
    enable(&mut root, &user, "", &[], satisfies, &mut merger)
        .and_then(|()| import(&mut root, &mut merger))
        .map_err(|error| ActivateError { error, in_dependencies: true })?;
    let values = merger
        .coalesce_values(&root, &user, false)
        .map_err(|error| ActivateError { error, in_dependencies: false })?;
    // The copy breaks up what is shared; only a tree can be frozen.
    let values = merger.copy(&values).freeze();
    Ok(Active { root: root.finish(&[]), values, notes: merger.into_notes() })
}

/// A chart while its dependencies are worked out.
#[derive(Debug)]
struct Draft<'a> {
    chart: &'a Chart,
    defaults: &'a Defaults,
    name: Arc<str>,
    values: Table<'a>,
    requested: Vec<Request<'a>>,
    dependency: Option<&'a Dependency>,
    subcharts: Vec<Self>,
}

/// A dependency under the name that counts by now.
#[derive(Debug)]
struct Request<'a> {
    dependency: &'a Dependency,
    name: Arc<str>,
    enabled: bool,
}

impl<'a> Scope<'a> for Draft<'a> {
    fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn defaults(&self) -> &Table<'a> {
        &self.values
    }

    fn subcharts(&self) -> impl Iterator<Item = &Self> {
        self.subcharts.iter()
    }
}

impl<'a> Draft<'a> {
    fn new(chart: &'a Chart, defaults: &'a Defaults) -> Self {
        let requested = chart.metadata.dependencies.iter().map(|dependency| Request {
            dependency,
            name: Arc::from(dependency.name.value.as_str()),
            enabled: true,
        });
        let subcharts = chart.subcharts.iter().zip(&defaults.subcharts);
        Self {
            chart,
            defaults,
            name: Arc::from(chart.metadata.name.value.as_str()),
            values: Table::thaw(&defaults.values),
            requested: requested.collect(),
            dependency: None,
            subcharts: subcharts.map(|(chart, defaults)| Draft::new(chart, defaults)).collect(),
        }
    }

    fn version(&self) -> &str {
        self.chart.metadata.version.as_ref().map_or("", |version| &version.value)
    }

    fn finish(self, parent: &[Arc<str>]) -> ActiveChart<'a> {
        let subcharts = self.subcharts.into_iter().map(|sub| {
            let mut scope = parent.to_vec();
            scope.push(sub.name.clone());
            sub.finish(&scope)
        });
        ActiveChart {
            chart: self.chart,
            name: self.name,
            scope: parent.to_vec(),
            dependency: self.dependency,
            dependencies: self.requested.iter().map(|request| request.dependency).collect(),
            subcharts: subcharts.collect(),
        }
    }
}

/// `processDependencyEnabled`. A chart that declares nothing keeps all its subcharts, theirs undecided.
fn enable<'a>(
    draft: &mut Draft<'a>,
    values: &Table<'a>,
    path: &str,
    scope: &[Arc<str>],
    satisfies: &Satisfies<'_>,
    merger: &mut Merger,
) -> Result<(), ValuesError> {
    if draft.requested.is_empty() {
        return Ok(());
    }
    let absent = take_requested(draft, satisfies, merger);
    let merged = merger.coalesce_values(draft, values, false)?;
    apply_tags(&mut draft.requested, &merged, merger);
    apply_conditions(&mut draft.requested, &merged, path, merger);
    for Absent { at, linked } in absent {
        let Some(request) = draft.requested.get(at) else { continue };
        merger.note(Note::MissingDependency {
            name: request.dependency.name.value.clone(),
            span: request.dependency.name.span,
            enabled: request.enabled,
            parent: scope.to_vec(),
            linked,
        });
    }
    let disabled: Vec<Arc<str>> = draft
        .requested
        .iter()
        .filter(|request| !request.enabled)
        .map(|request| request.name.clone())
        .collect();
    draft.subcharts.retain(|sub| !disabled.contains(&sub.name));
    draft.requested.retain(|request| !disabled.contains(&request.name));
    for sub in &mut draft.subcharts {
        let mut scope = scope.to_vec();
        scope.push(sub.name.clone());
        let path = format!("{path}{}.", sub.name);
        enable(sub, &merged, &path, &scope, satisfies, merger)?;
    }
    Ok(())
}

/// An entry of Chart.yaml that has no chart in charts/.
struct Absent {
    at: usize,
    /// Where the chart is from that stands in for it.
    linked: Option<Arc<str>>,
}

/// Puts the charts in charts/ into the order of Chart.yaml, under their aliases, behind those that it does not name.
fn take_requested(
    draft: &mut Draft<'_>,
    satisfies: &Satisfies<'_>,
    merger: &mut Merger,
) -> Vec<Absent> {
    let present = std::mem::take(&mut draft.subcharts);
    let fits = |request: &Request<'_>, sub: &Draft<'_>| {
        let repository = request.dependency.repository.as_ref().map(|found| &*found.value);
        *sub.name == *request.dependency.name.value
            && (sub.chart.linked.is_none() || sub.chart.linked.as_deref() == repository)
            && satisfies(
                request.dependency.version.as_ref().map_or("", |version| &version.value),
                sub.version(),
            )
    };
    let mut absent = Vec::new();
    let mut chosen = Vec::new();
    for (at, request) in draft.requested.iter_mut().enumerate() {
        if let Some(sub) = present.iter().find(|sub| fits(request, sub)) {
            let mut fresh = Draft::new(sub.chart, sub.defaults);
            fresh.dependency = Some(request.dependency);
            if let Some(alias) = alias_of(request.dependency) {
                fresh.name = Arc::from(alias);
            }
            chosen.push(fresh);
            if let Some(from) = &sub.chart.linked {
                absent.push(Absent { at, linked: Some(from.clone()) });
            }
        } else if let Some(sub) = present
            .iter()
            .find(|sub| sub.chart.linked.is_none() && *sub.name == *request.dependency.name.value)
        {
            let named = request.dependency.version.as_ref().unwrap_or(&request.dependency.name);
            merger.note(Note::VersionMismatch {
                name: request.dependency.name.value.clone(),
                span: named.span,
                found: sub.version().to_owned(),
            });
        } else {
            absent.push(Absent { at, linked: None });
        }
        if let Some(alias) = alias_of(request.dependency) {
            request.name = Arc::from(alias);
        }
    }
    let requested = &draft.requested;
    draft.subcharts = present
        .into_iter()
        .filter(|sub| !requested.iter().any(|request| fits(request, sub)))
        .chain(chosen)
        .collect();
    absent
}

fn alias_of(dependency: &Dependency) -> Option<&str> {
    dependency.alias.as_ref().map(|alias| alias.value.as_str()).filter(|alias| !alias.is_empty())
}

/// `processDependencyTags`: one true tag switches on, else one false tag switches off.
fn apply_tags(requests: &mut [Request<'_>], values: &Table<'_>, merger: &mut Merger) {
    let Some(tags) = values.table_at("tags") else { return };
    for request in requests {
        let (mut on, mut off) = (false, false);
        for tag in &request.dependency.tags {
            match tags.get(&tag.value) {
                None => {}
                Some(Node::Leaf(Value { data: Data::Bool(set), .. })) => {
                    on |= set;
                    off |= !set;
                }
                Some(other) => merger.note(Note::NotBool {
                    path: format!("tags.{}", tag.value),
                    asked: Some(tag.span),
                    value: other.span(),
                }),
            }
        }
        request.enabled = on || !off;
    }
}

/// `processDependencyConditions`: the first path that leads to a boolean decides, over the tags.
fn apply_conditions(
    requests: &mut [Request<'_>],
    values: &Table<'_>,
    path: &str,
    merger: &mut Merger,
) {
    for request in requests {
        let Some(condition) = &request.dependency.condition else { continue };
        for part in condition.value.trim().split(',').filter(|part| !part.is_empty()) {
            let Some(value) = values.leaf_at(&format!("{path}{part}")) else { continue };
            if let Data::Bool(enabled) = value.data {
                request.enabled = enabled;
                break;
            }
            merger.note(Note::NotBool {
                path: part.to_owned(),
                asked: Some(condition.span),
                value: Node::Leaf(value).span(),
            });
        }
    }
}

/// `processDependencyImportValues`: afterwards the defaults of a chart hold those of its subcharts too.
fn import(draft: &mut Draft<'_>, merger: &mut Merger) -> Result<(), ValuesError> {
    for sub in &mut draft.subcharts {
        import(sub, merger)?;
    }
    if draft.requested.is_empty() {
        return Ok(());
    }
    let merged = merger.coalesce_values(draft, &Table::default(), true)?;
    let imported = Table::default();
    for request in &draft.requested {
        let Some(node) = &request.dependency.import_values else { continue };
        for item in node.items() {
            let (child, parent) = match &item.node.kind {
                NodeKind::Str(name) => (format!("exports.{name}"), None),
                NodeKind::Map(_) => {
                    (as_go_text(&item.node, "child"), Some(as_go_text(&item.node, "parent")))
                }
                _ => continue,
            };
            let path = format!("{}.{child}", request.name);
            let Some(table) = merged.table_at(&path) else {
                let span = Span { file: request.dependency.span.file, range: item.range };
                merger.note(Note::MissingImport { path, span });
                continue;
            };
            // An empty table is not shared (`AsMap`).
            let table = if table.is_empty() { Table::default() } else { table };
            merger.merge_tables(&imported, &below(parent.as_deref(), table));
        }
    }
    let values = merger.copy(&merged);
    merger.merge_tables(&values, &imported);
    draft.values = values;
    Ok(())
}

/// `pathToMap`: `table` at the end of a path with dots.
fn below<'a>(path: Option<&str>, table: Table<'a>) -> Table<'a> {
    match path {
        None | Some(".") => table,
        Some(path) => path.rsplit('.').fold(table, |inner, key| {
            let outer = Table::default();
            outer.insert(Arc::from(key), Node::Table(inner));
            outer
        }),
    }
}

/// `fmt.Sprintf("%v", entry[key])` for what makes sense as a path; anything else names no table.
fn as_go_text(entry: &YamlNode, key: &str) -> String {
    match entry.get(key).map(|entry| &entry.value.node.kind) {
        Some(NodeKind::Str(text)) => text.to_string(),
        Some(NodeKind::Bool(value)) => value.to_string(),
        Some(NodeKind::Number(number)) => number.as_f64().to_string(),
        _ => "<nil>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value as Json;

    use super::super::user::tests::set_texts;
    use super::super::user_values;
    use super::*;
    use crate::chart::{FileSystem, ParseCache, ValuesFile, load};
    use crate::source::SourceMap;

    /// What the recorded charts need: equal, or any.
    fn satisfies(range: &str, version: &str) -> bool {
        range == "*" || range == version
    }

    fn tree(chart: &ActiveChart<'_>) -> Json {
        let mut subcharts: Vec<Json> = chart.subcharts.iter().map(tree).collect();
        subcharts.sort_by_key(Json::to_string);
        serde_json::json!({ "name": &*chart.name, "subs": subcharts })
    }

    #[test]
    fn what_differs_is_named_by_its_path() {
        let leaf = |text: &str| Value::made_up(Data::Str(Arc::from(text)));
        let map = |entries: Vec<(&str, Value)>| {
            let entries = entries.into_iter().map(|(key, value)| (Arc::from(key), value));
            Value::made_up(Data::Map(entries.collect()))
        };
        let list = |items: Vec<Value>| Value::made_up(Data::List(items));
        let a = map(vec![
            ("same", map(vec![("x", leaf("1")), ("y", leaf("2"))])),
            ("gone", leaf("1")),
            ("list", list(vec![leaf("1")])),
        ]);
        let b = map(vec![
            ("same", map(vec![("x", leaf("1")), ("y", leaf("3"))])),
            ("list", list(vec![leaf("1"), leaf("2")])),
            ("new", map(vec![])),
        ]);
        let mut found = Vec::new();
        differences(&a, &b, &mut Vec::new(), &mut found);
        let found: Vec<String> = found.iter().map(|path| path.join(".")).collect();
        assert_eq!(found, ["gone", "list", "same.y", "new"]);
    }

    struct Case {
        sources: SourceMap,
        chart: Chart,
        user: Value,
    }

    impl Case {
        fn new(files: &[(String, String)], values: &[String], sets: &Json) -> Self {
            let named = files.iter().map(|(name, text)| (format!("c/{name}"), text.as_bytes()));
            let fs = FileSystem::memory(named);
            let mut sources = SourceMap::default();
            let cache = ParseCache::default();
            let loaded = load(&fs, "c", &mut sources, &cache).unwrap();
            assert_eq!(loaded.problems, []);
            let values: Vec<ValuesFile> = values
                .iter()
                .map(|text| {
                    let text: Arc<str> = Arc::from(text.as_str());
                    let stream = cache.values(&text);
                    ValuesFile { file: sources.add("values", text), stream }
                })
                .collect();
            let nothing = |_: &str| Err(String::new());
            let user = user_values(&values, &set_texts(sets), &mut sources, &nothing).unwrap();
            Self { sources, chart: loaded.chart, user }
        }
    }

    /// Runs a recorded case of testdata/values and compares with what Helm made of it.
    #[track_caller]
    fn check(path: &Path) {
        let case: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let files: Vec<(String, String)> = case["files"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, text)| (name.clone(), text.as_str().unwrap().to_owned()))
            .collect();
        let values: Vec<String> = serde_json::from_value(case["values"].clone()).unwrap();
        let set_up = Case::new(&files, &values, &case["set"]);
        let defaults = Defaults::of(&set_up.chart);
        match activate(&set_up.chart, &defaults, &set_up.user, &satisfies) {
            Err(error) => assert_eq!(case["error"], error.to_string(), "{}", path.display()),
            Ok(active) => {
                assert_eq!(case["helm"], active.values.to_json(), "{}", path.display());
                assert_eq!(case["charts"], tree(&active.root), "{}", path.display());
            }
        }
    }

    #[test]
    fn values_and_subcharts_are_those_of_helm() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/values");
        let mut paths: Vec<_> =
            std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(paths.len() >= 40, "recorded cases are missing");
        for path in paths {
            check(&path);
        }
    }

    fn two_charts(dependency: &str, values: &str, sub_values: &str) -> Vec<(String, String)> {
        [
            (
                "Chart.yaml",
                format!(
                    "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- name: sub\n  version: '*'\n{dependency}"
                ),
            ),
            ("values.yaml", values.to_owned()),
            ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n".to_owned()),
            ("charts/sub/values.yaml", sub_values.to_owned()),
        ]
        .map(|(name, text)| (name.to_owned(), text))
        .to_vec()
    }

    #[test]
    fn leaves_know_the_file_that_set_them() {
        let files = two_charts("", "sub: {b: parent}\nglobal: {g: 1}\n", "a: 'own'\nb: sub\n");
        let sets = serde_json::json!([["--set", "sub.c=x,global.h=2"]]);
        let case = Case::new(&files, &[], &sets);
        let defaults = Defaults::of(&case.chart);
        let active = activate(&case.chart, &defaults, &case.user, &satisfies).unwrap();
        let at = |path: &[&str]| {
            let source = active.values.at(path).unwrap().source.clone().unwrap();
            let key = source.key.map_or("", |key| case.sources.slice(key));
            let file = case.sources.file(source.value.file).path();
            format!("{file} {key}={}", case.sources.slice(source.value))
        };
        assert_eq!(at(&["sub", "a"]), "c/charts/sub/values.yaml a='own'");
        assert_eq!(at(&["sub", "b"]), "c/values.yaml b=parent");
        assert_eq!(at(&["sub", "c"]), "--set c=x");
        assert_eq!(at(&["sub", "global", "g"]), "c/values.yaml g=1");
        assert_eq!(at(&["sub", "global", "h"]), "--set h=2");
        let sub = active.root.subcharts.first().unwrap();
        assert_eq!(active.values_of(sub), active.values.at(&["sub"]));
        assert!(sub.dependency.is_some());
    }

    #[test]
    fn what_helm_warns_of_is_noted_once_with_its_place() {
        let files = two_charts(
            "  condition: sub.use\n- name: gone\n",
            "sub: {use: 'yes', t: 1}\n",
            "t: {a: 1}\n",
        );
        let case = Case::new(&files, &[], &serde_json::json!([]));
        let defaults = Defaults::of(&case.chart);
        let active = activate(&case.chart, &defaults, &case.user, &satisfies).unwrap();
        let slice =
            |span: Option<Span>| span.map_or("", |span| case.sources.slice(span)).to_owned();
        let said: Vec<String> = active
            .notes
            .iter()
            .map(|note| match note {
                Note::Conflict { kind, path, kept, dropped } => {
                    format!("{kind:?} {path} {} {}", slice(*kept), slice(*dropped))
                }
                Note::NotBool { path, asked, value } => {
                    format!("NotBool {path} {} {}", slice(*asked), slice(*value))
                }
                Note::MissingDependency { name, span, enabled, .. } => {
                    format!("Missing {name} {} {enabled}", slice(Some(*span)))
                }
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(
            said,
            [
                "ValueOverTable app.sub.t t t",
                "NotBool sub.use sub.use use",
                "Missing gone gone true"
            ]
        );
    }

    /// Helm overflows its stack here.
    #[test]
    fn imports_that_go_in_a_circle_are_an_error() {
        let import =
            "  import-values:\n  - {child: data, parent: x}\n  - {child: data, parent: x.inner}\n";
        let files = two_charts(import, "", "data: {inner: {a: {b: 1}}, z: 1}\n");
        let case = Case::new(&files, &[], &serde_json::json!([]));
        let defaults = Defaults::of(&case.chart);
        let result = activate(&case.chart, &defaults, &case.user, &satisfies);
        assert!(result.is_err(), "{:?}", result.map(|active| active.values));
    }
}
