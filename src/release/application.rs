//! Reading an Application of Argo CD (`ApplicationSourceHelm` in `pkg/apis/application/v1alpha1/types.go`).

use std::sync::Arc;

use super::documents::Located;
use super::link::{Link, inside, roots};
use super::model::{ChartReference, Release};
use super::nodes::{entry, flag, items, key, spanned, text, texts};
use super::values::{Assembly, Reading, is_unfinished};
use crate::source::FileId;
use crate::values::{SetKind, Source};
use crate::yaml::{Node, NodeKind, Number, Use, parse_embedded};

pub(super) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    root: &Use,
    link: Option<&Link>,
    release: &mut Release,
) {
    let (node, file) = (&*root.node, release.file);
    release.target_namespace = spanned(node, &["spec", "destination", "namespace"], file);
    let (source, source_key) = match located.part {
        Some(at) => (
            items(node, &["spec", "sources"]).get(at).map(|item| Arc::clone(&item.node)),
            key(node, &["spec", "sources"], file),
        ),
        None => (
            entry(node, &["spec", "source"]).map(|entry| Arc::clone(&entry.value.node)),
            key(node, &["spec", "source"], file),
        ),
    };
    let Some(source) = source else { return };
    release.chart = ChartReference {
        key: source_key.unwrap_or(release.spec),
        name: spanned(&source, &["chart"], file).or_else(|| spanned(&source, &["path"], file)),
        source_kind: None,
        version: spanned(&source, &["targetRevision"], file),
    };
    let Some(helm) = source.at(&["helm"]) else { return };
    release.release_name = spanned(helm, &["releaseName"], file);
    release.values_files = texts(helm, &["valueFiles"], file);
    let mut assembly = Assembly::default();
    value_files(reading, located, helm, link, release, &mut assembly);
    // Where both are given, the text does not count (`ValuesYAML`).
    let object = entry(helm, &["valuesObject"])
        .filter(|entry| !matches!(entry.value.node.kind, NodeKind::Null));
    if let Some(values) = object {
        release.values_key = Some(values.key_range.in_file(file));
        release.inline = assembly.merge_node(&values.value, values.key_range, "valuesObject", file);
    } else if let Some(values) = entry(helm, &["values"]) {
        release.values_key = Some(values.key_range.in_file(file));
        if let NodeKind::Str(text) = &values.value.node.kind {
            let stream = Arc::new(parse_embedded(&values.value.node, text));
            assembly.merge_stream(&stream, file, "`values`", text);
            release.inline = crate::values::from_stream(&stream, file).value;
        } else if !matches!(values.value.node.kind, NodeKind::Null) {
            assembly.problems.push(super::model::Problem {
                span: values.key_range.in_file(file),
                message: "`values` of an Application is a text, but no text stands there"
                    .to_owned(),
                help: "write `values: |` above it, or `valuesObject:`".to_owned(),
            });
        }
    }
    parameters(helm, file, &mut assembly);
    file_parameters(reading, located, helm, link, release, &mut assembly);
    assembly.finish(release);
}

/// `valueFiles`: relative to the chart, from a slash on to its repository, from `$name` on to that of another source.
fn value_files(
    reading: &mut Reading<'_>,
    located: &Located,
    helm: &Node,
    link: Option<&Link>,
    release: &Release,
    assembly: &mut Assembly,
) {
    let ignores_missing = flag(helm, &["ignoreMissingValueFiles"]);
    for listed in &release.values_files {
        let found = path_of(reading, located, link, &listed.value);
        match found.and_then(|path| reading.values_file(&path)) {
            Some(values) => {
                let text = reading.sources.file(values.file).text().clone();
                let name = format!("`{}`", listed.value);
                assembly.merge_stream(&values.stream, values.file, &name, &text);
            }
            None if ignores_missing && link.is_some() && !listed.value.starts_with('$') => {}
            None => assembly.unresolved.push(listed.span),
        }
    }
}

/// Where a file is that an Application names.
fn path_of(
    reading: &Reading<'_>,
    located: &Located,
    link: Option<&Link>,
    name: &str,
) -> Option<String> {
    let file = reading.tree.file(located.file)?;
    let of_repository = |path: &str| {
        let roots = roots(reading.fs, &file.path, &file.given).into_iter();
        roots.map(|root| inside(&root, path)).find(|path| reading.fs.is_file(path))
    };
    if let Some(behind) = name.strip_prefix('$') {
        let (_, path) = behind.split_once('/')?;
        return of_repository(path);
    }
    if name.contains("://") {
        return None;
    }
    if name.starts_with('/') {
        return of_repository(name);
    }
    let path = inside(&link?.chart, name);
    reading.fs.is_file(&path).then_some(path)
}

/// `parameters`: as `--set`, or `--set-string`.
fn parameters(helm: &Node, file: FileId, assembly: &mut Assembly) {
    // Helm applies all of the one flag before all of the other.
    for kind in [SetKind::Typed, SetKind::String] {
        for item in items(helm, &["parameters"]) {
            let is_string = flag(&item.node, &["forceString"]);
            if is_string != (kind == SetKind::String) {
                continue;
            }
            let (Some(name), Some(value)) =
                (text(&item.node, &["name"]), entry(&item.node, &["value"]))
            else {
                continue;
            };
            let value_text = match &value.value.node.kind {
                NodeKind::Str(text) => text.to_string(),
                NodeKind::Bool(value) => value.to_string(),
                NodeKind::Number(Number::Int(value)) => value.to_string(),
                _ => continue,
            };
            // The items of `{a,b}` are no parts of the text.
            let is_list = value_text.starts_with('{');
            let segments = if is_list { &[][..] } else { value.value.node.segments.as_slice() };
            let source = Source {
                key: spanned(&item.node, &["name"], file).map(|name| name.span),
                value: value.value.range.in_file(file),
                segments: Arc::from(segments),
            };
            let set = format!("{name}={}", escaped(&value_text));
            if let Err(reason) = assembly.set(kind, &set, &source) {
                if is_unfinished(&value_text) {
                    assembly.unresolved.push(source.value);
                    continue;
                }
                assembly.problems.push(super::model::Problem {
                    span: source.value,
                    message: format!("the parameter `{name}` is none that Helm takes: {reason}"),
                    help: "write keys with dots between them, and `[0]` for items of lists"
                        .to_owned(),
                });
            }
        }
    }
}

/// Commas belong to the value, unless it is a list in braces (`cleanSetParameters`).
fn escaped(value: &str) -> String {
    if value.starts_with('{') && value.ends_with('}') {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut before = ' ';
    for c in value.chars() {
        if c == ',' && before != '\\' {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// `fileParameters`: the text of a file as a value.
fn file_parameters(
    reading: &mut Reading<'_>,
    located: &Located,
    helm: &Node,
    link: Option<&Link>,
    release: &Release,
    assembly: &mut Assembly,
) {
    for item in items(helm, &["fileParameters"]) {
        let (Some(name), Some(path)) =
            (text(&item.node, &["name"]), spanned(&item.node, &["path"], release.file))
        else {
            continue;
        };
        let found = path_of(reading, located, link, &path.value);
        match found.and_then(|path| reading.text(&path)) {
            Some(content) => {
                let source =
                    Source { key: Some(path.span), value: path.span, segments: Arc::from([]) };
                // Nothing of a file is syntax of `--set`.
                let set = format!("{name}={content}");
                if assembly.set(SetKind::Literal, &set, &source).is_err() {
                    assembly.unresolved.push(path.span);
                }
            }
            None => assembly.unresolved.push(path.span),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::values::tests::{check, files};

    /// An Application of the chart `web` with this `helm`.
    fn application(helm: &str) -> String {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web, namespace: argocd}}\nspec:\n  \
             destination: {{namespace: shop}}\n  source:\n    repoURL: https://git.example/x.git\n    path: charts/web\n    \
             helm:\n{helm}"
        )
    }

    #[test]
    fn parameters_go_over_values_go_over_files() {
        let text = application(
            "      releaseName: shop\n      valueFiles: [prod.yaml, /all.yaml]\n      values: |\n        b: text\n        c: text\n      \
             parameters:\n      - {name: c, value: \"1,2\"}\n      - {name: d, value: \"3\"}\n      \
             - {name: e, value: \"3\", forceString: true}\n      fileParameters: [{name: f, path: note.txt}]\n",
        );
        let more = [
            ("apps/web.yaml", &*text),
            ("charts/web/prod.yaml", "a: prod\nb: prod\n"),
            ("charts/web/note.txt", "x = 1"),
            ("all.yaml", "g: all\n"),
        ];
        let (release, _) = check(
            &files("", &more),
            r#"{"a":"prod","b":"text","c":"1,2","d":3,"e":"3","f":"x = 1","g":"all"}"#,
            &[
                ("a", "a", "charts/web/prod.yaml: prod"),
                ("b", "b", "apps/web.yaml: text"),
                ("c", "c", "apps/web.yaml: \"1,2\""),
                ("g", "g", "all.yaml: all"),
            ],
        );
        assert!(release.is_complete());
        assert_eq!(release.helm_name(), "shop");
        assert_eq!(release.release_namespace().unwrap().value, "shop");
    }

    #[test]
    fn values_as_an_object_replace_those_as_text() {
        let text =
            application("      values: |\n        a: text\n      valuesObject: {b: object}\n");
        let (release, sources) = check(
            &files("", &[("apps/web.yaml", &text)]),
            r#"{"b":"object"}"#,
            &[("b", "b", "apps/web.yaml: object")],
        );
        assert_eq!(sources.slice(release.values_key.unwrap()), "valuesObject");
    }

    #[test]
    fn files_of_other_sources() {
        let text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  sources:\n  \
                    - repoURL: registry.example/charts\n    chart: web\n    helm: {valueFiles: [$values/prod/web.yaml]}\n  \
                    - {repoURL: https://git.example/x.git, ref: values}\n";
        let (release, _) = check(
            &files("", &[("apps/web.yaml", text), ("prod/web.yaml", "a: prod\n")]),
            r#"{"a":"prod"}"#,
            &[("a", "a", "prod/web.yaml: prod")],
        );
        assert_eq!(release.linked.as_deref(), Some("charts/web"));
    }

    #[test]
    fn application_sets_without_templating() {
        let set = application("      values: \"a: 1\"\n");
        let (_, spec) = set.split_once("metadata:").unwrap();
        let spec = format!("metadata:{spec}").replace('\n', "\n    ");
        let text = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: set}}\nspec:\n  generators: []\n  template:\n    {spec}\n"
        );
        let (release, _) = check(&files("", &[("apps/web.yaml", &text)]), r#"{"a":1}"#, &[]);
        assert_eq!(release.title(), "Application argocd/web");
    }
}
