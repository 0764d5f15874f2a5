//! Reading a HelmRelease of Flux (`HelmReleaseSpec` in `api/v2/helmrelease_types.go` of fluxcd/helm-controller).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::documents::Located;
use super::drift::{Drift, Selector};
use super::link::{Link, inside, roots};
use super::model::{
    ChartReference, ImageReplacement, Patch, Problem, Release, ValuesFrom, ValuesSource,
};
use super::nodes::{entry, entry_dash, flag, items, key, mapping, spanned, text, texts};
use super::values::{Assembly, Reading, is_unfinished};
use crate::chart::Chart;
use crate::source::{FileId, Span, TextRange};
use crate::values::{SetKind, Source, Value};
use crate::yaml::{Node, Use};

/// The key of a `ConfigMap` in which values stand, unless the release says another.
const VALUES_KEY: &str = "values.yaml";

pub(super) fn read(
    reading: &mut Reading<'_>,
    located: &Located,
    root: &Use,
    link: Option<&Link>,
    chart: Option<&Chart>,
    release: &mut Release,
) {
    let (node, file) = (&*root.node, release.file);
    release.chart = chart_reference(node, file, release.spec);
    release.release_name = spanned(node, &["spec", "releaseName"], file);
    release.target_namespace = spanned(node, &["spec", "targetNamespace"], file);
    release.drift = Drift::read(node, file);
    release.common_labels = mapping(node, &["spec", "commonMetadata", "labels"], file);
    release.common_annotations = mapping(node, &["spec", "commonMetadata", "annotations"], file);
    for renderer in items(node, &["spec", "postRenderers"]) {
        post_renderer(&renderer.node, file, release);
    }
    values(reading, located, node, link, chart, release);
}

fn chart_reference(node: &Node, file: FileId, spec: Span) -> ChartReference {
    if let Some(key) = key(node, &["spec", "chart"], file) {
        return ChartReference {
            key,
            name: spanned(node, &["spec", "chart", "spec", "chart"], file),
            source_kind: spanned(node, &["spec", "chart", "spec", "sourceRef", "kind"], file),
            version: spanned(node, &["spec", "chart", "spec", "version"], file),
        };
    }
    ChartReference {
        key: key(node, &["spec", "chartRef"], file).unwrap_or(spec),
        name: spanned(node, &["spec", "chartRef", "name"], file),
        source_kind: spanned(node, &["spec", "chartRef", "kind"], file),
        version: None,
    }
}

fn post_renderer(node: &Node, file: FileId, release: &mut Release) {
    let images = items(node, &["kustomize", "images"]).iter();
    release.images.extend(images.filter_map(|image| image_replacement(&image.node, file)));
    let patches = items(node, &["kustomize", "patches"]).iter().filter_map(|patch| {
        let text = spanned(&patch.node, &["patch"], file)?;
        let target = patch.node.at(&["target"]).map(|target| Selector::read(target, file));
        Some(Patch { text, target })
    });
    release.patches.extend(patches);
}

pub(super) fn image_replacement(node: &Node, file: FileId) -> Option<ImageReplacement> {
    Some(ImageReplacement {
        name: spanned(node, &["name"], file)?,
        new_name: spanned(node, &["newName"], file),
        new_tag: spanned(node, &["newTag"], file),
    })
}

/// The values in Flux's order: values files, `valuesFrom`, `values`, and `valuesFrom` with a `targetPath`.
fn values(
    reading: &mut Reading<'_>,
    located: &Located,
    node: &Node,
    link: Option<&Link>,
    chart: Option<&Chart>,
    release: &mut Release,
) {
    let mut assembly = Assembly::default();
    // The former key for one file; it comes first.
    let single = spanned(node, &["spec", "chart", "spec", "valuesFile"], release.file);
    release.values_files = single.into_iter().collect();
    release.values_files.extend(texts(
        node,
        &["spec", "chart", "spec", "valuesFiles"],
        release.file,
    ));
    values_files(reading, located, node, link, chart, release, &mut assembly);

    let mut from = Vec::new();
    for item in items(node, &["spec", "valuesFrom"]) {
        let Some(mut values_from) = values_from(reading, &item.node, item.range, release.file)
        else {
            continue;
        };
        let found =
            reading.referred(located, &values_from.kind, &values_from.name.value, &values_from.key);
        match &found {
            Some(found) => values_from.source = ValuesSource::Found(found.span),
            None => assembly.unresolved.push(values_from.dash),
        }
        from.push((values_from, found));
    }
    for (values_from, found) in &from {
        if let (None, Some(found)) = (&values_from.target_path, found) {
            let from = format!("{} `{}`", values_from.kind, values_from.name.value);
            assembly.merge_stream(&found.stream, found.span.file, &from, &found.text);
        }
    }
    if let Some(values) = entry(node, &["spec", "values"]) {
        release.values_key = Some(values.key_range.in_file(release.file));
        release.inline =
            assembly.merge_node(&values.value, values.key_range, "values", release.file);
    }
    for (values_from, found) in &from {
        if let (Some(path), Some(found)) = (&values_from.target_path, found) {
            let source =
                Source { key: Some(values_from.dash), value: found.span, segments: Arc::from([]) };
            let (kind, value) = target_value(&found.text, values_from.is_literal);
            let text = format!("{}={value}", path.value);
            if let Err(reason) = assembly.set(kind, &text, &source) {
                if is_unfinished(&found.text) {
                    assembly.unresolved.push(values_from.dash);
                    continue;
                }
                assembly.problems.push(Problem {
                    span: path.span,
                    message: format!("`targetPath` is none that Helm takes: {reason}"),
                    help: "write keys with dots between them, and `[0]` for items of lists"
                        .to_owned(),
                });
            }
        }
    }
    release.values_from = from.into_iter().map(|(values_from, _)| values_from).collect();
    assembly.finish(release);
}

/// Whether a text that is put at a `targetPath` keeps being a text: it does in quotes (`ReplacePathValue` in
/// helm-controller).
fn target_value(text: &str, is_literal: bool) -> (SetKind, &str) {
    if is_literal {
        return (SetKind::Literal, text);
    }
    let is_quoted =
        |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if is_quoted('\'') || is_quoted('"') {
        (SetKind::String, text.trim_matches(['\'', '"']))
    } else {
        (SetKind::Typed, text)
    }
}

fn values_from(
    reading: &Reading<'_>,
    node: &Node,
    range: TextRange,
    file: FileId,
) -> Option<ValuesFrom> {
    Some(ValuesFrom {
        dash: entry_dash(reading.sources, range.in_file(file)),
        span: range.in_file(file),
        kind: text(node, &["kind"])?.to_owned(),
        name: spanned(node, &["name"], file)?,
        key: text(node, &["valuesKey"]).unwrap_or(VALUES_KEY).to_owned(),
        target_path: spanned(node, &["targetPath"], file),
        is_optional: flag(node, &["optional"]),
        is_literal: flag(node, &["literal"]),
        source: ValuesSource::Missing,
    })
}

/// Values files take the place of values.yaml, which is one of them only if it is listed.
fn values_files(
    reading: &mut Reading<'_>,
    located: &Located,
    node: &Node,
    link: Option<&Link>,
    chart: Option<&Chart>,
    release: &Release,
    assembly: &mut Assembly,
) {
    if release.values_files.is_empty() {
        return;
    }
    let ignores_missing = flag(node, &["spec", "chart", "spec", "ignoreMissingValuesFiles"]);
    let mut instead = Assembly::default();
    let mut is_whole = true;
    for listed in &release.values_files {
        // Those of a repository stand where its root is, those of a packed chart inside of it.
        let folders = match link {
            Some(Link { root: Some(root), chart }) => vec![root.clone(), chart.clone()],
            Some(Link { chart, .. }) => vec![chart.clone()],
            None => match reading.tree.file(located.file) {
                Some(file) => roots(reading.fs, &file.path, &file.given),
                None => Vec::new(),
            },
        };
        let found = folders
            .iter()
            .map(|folder| inside(folder, &listed.value))
            .find(|path| reading.fs.is_file(path));
        match found.and_then(|path| reading.values_file(&path)) {
            Some(values) => {
                let text = reading.sources.file(values.file).text().clone();
                let name = format!("`{}`", listed.value);
                instead.merge_stream(&values.stream, values.file, &name, &text);
            }
            None if ignores_missing && link.is_some() => {}
            None => {
                assembly.unresolved.push(listed.span);
                is_whole = false;
            }
        }
    }
    assembly.problems.append(&mut instead.problems);
    assembly.texts.append(&mut instead.texts);
    is_whole &= instead.unresolved.is_empty();
    assembly.unresolved.append(&mut instead.unresolved);
    let replaced = chart.filter(|_| is_whole).and_then(|chart| {
        let defaults = crate::values::values_file(chart.values.as_ref()?).value;
        Some((chart, defaults))
    });
    let mut values = instead.values;
    if let Some((chart, defaults)) = replaced {
        let is_own = |key: &str| {
            key != "global"
                && !chart.metadata.dependencies.iter().any(|dependency| {
                    let name = dependency.alias.as_ref().unwrap_or(&dependency.name);
                    name.value == key
                })
                && !chart.subcharts.iter().any(|sub| sub.metadata.name.value == key)
        };
        if !without_defaults(&mut values, &defaults, &is_own) {
            // Whether a subchart's own default stands in for what is taken away can't be written as values.
            assembly.unresolved.extend(release.values_files.first().map(|file| file.span));
        }
    }
    assembly.values.merge(values);
}

/// Takes away the defaults that `values` does not have; whether that was possible.
fn without_defaults(values: &mut Value, defaults: &Value, is_own: &dyn Fn(&str) -> bool) -> bool {
    use crate::values::Data;
    let (Data::Map(map), Some(defaults)) = (&mut values.data, defaults.as_map()) else {
        return true;
    };
    let mut is_done = true;
    for (key, default) in defaults {
        match map.get_mut(key) {
            Some(own) => is_done &= !is_own(key) || without_defaults(own, default, &|_| true),
            None if is_own(key) => {
                map.insert(Arc::clone(key), Value::made_up(Data::Null));
            }
            None => is_done = default.as_map().is_some_and(BTreeMap::is_empty) && is_done,
        }
    }
    is_done
}

#[cfg(test)]
mod tests {
    use super::super::values::tests::{check, files};

    /// A HelmRelease of the chart `web` with more lines in its `spec`.
    fn release(more: &str) -> String {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: apps}}\nspec:\n  \
             chart: {{spec: {{chart: ./charts/web, sourceRef: {{kind: GitRepository, name: x}}}}}}\n{more}"
        )
    }

    const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata:\n  values.yaml: |\n    a: map\n    \
                              b: map\n    c: {d: map}\n  word: plain\n";

    #[test]
    fn values_go_over_references() {
        let text = release(
            "  valuesFrom:\n  - {kind: ConfigMap, name: one}\n  values: {b: own, c: {e: own}}\n",
        );
        let (release, _) = check(
            &files("a: default\n", &[("apps/web.yaml", &text), ("apps/map.yaml", CONFIG_MAP)]),
            r#"{"a":"map","b":"own","c":{"d":"map","e":"own"}}"#,
            &[
                ("a", "a", "apps/map.yaml: map"),
                ("b", "b", "apps/web.yaml: own"),
                ("c.d", "d", "apps/map.yaml: map"),
            ],
        );
        assert!(release.is_complete());
        assert_eq!(release.linked.as_deref(), Some("charts/web"));
        assert_eq!(release.helm_name(), "web");
    }

    #[test]
    fn target_paths_go_over_values() {
        let text = release(
            "  valuesFrom:\n  - kind: ConfigMap\n    name: one\n    valuesKey: word\n    targetPath: c.list[0].name\n  \
             values: {c: {list: [{name: own}]}}\n",
        );
        check(
            &files("", &[("apps/web.yaml", &text), ("apps/map.yaml", CONFIG_MAP)]),
            r#"{"c":{"list":[{"name":"plain"}]}}"#,
            &[("c.list.0.name", "-", "apps/map.yaml: plain")],
        );
    }

    #[test]
    fn kustomize_generates_config_maps_and_secrets() {
        let text = release(
            "  valuesFrom:\n  - {kind: ConfigMap, name: one}\n  - {kind: ConfigMap, name: two, valuesKey: word, targetPath: e}\n  \
             - {kind: Secret, name: three}\n",
        );
        let kustomization = "configMapGenerator:\n- name: one\n  files: [values.yaml=web-values.yaml]\n\
                             - name: two\n  literals: [word=plain]\nsecretGenerator:\n- name: three\n  files: [values.yaml]\n";
        let more = [
            ("apps/web.yaml", &*text),
            ("apps/kustomization.yaml", kustomization),
            ("apps/web-values.yaml", "a: one\n"),
            ("apps/values.yaml", "b: three\n"),
        ];
        let (release, _) = check(
            &files("", &more),
            r#"{"a":"one","b":"three","e":"plain"}"#,
            &[("a", "a", "apps/web-values.yaml: one"), ("b", "b", "apps/values.yaml: three")],
        );
        assert!(release.is_complete());
    }

    #[test]
    fn secrets_are_decoded() {
        let secret =
            "apiVersion: v1\nkind: Secret\nmetadata: {name: one}\ndata: {values.yaml: YTogYgo=}\n";
        let text = release("  valuesFrom: [{kind: Secret, name: one}]\n");
        let (release, _) = check(
            &files("", &[("apps/web.yaml", &text), ("apps/secret.yaml", secret)]),
            r#"{"a":"b"}"#,
            &[("a", "YTogYgo=", "apps/secret.yaml: YTogYgo=")],
        );
        assert_eq!(release.values_shown().to_string(), r#"{"a":"***"}"#);
    }

    #[test]
    fn what_is_not_there_or_not_unique_is_not_known() {
        let text = release(
            "  valuesFrom:\n  - {kind: ConfigMap, name: one}\n  values: {a: \"${A}\", b: \"$${B}\"}\n",
        );
        let (release, sources) = check(
            &files(
                "",
                &[("apps/web.yaml", &text), ("x/map.yaml", CONFIG_MAP), ("y/map.yaml", CONFIG_MAP)],
            ),
            r#"{"a":"${A}","b":"$${B}"}"#,
            &[("b", "b", "apps/web.yaml: \"$${B}\"")],
        );
        assert!(!release.is_complete());
        let shown: Vec<&str> = release.unresolved.iter().map(|span| sources.slice(*span)).collect();
        assert_eq!(shown, ["-"]);
        assert!(release.unknown_at(&["a"]).is_some());
        assert!(release.unknown_at(&["b"]).is_none());
    }

    #[test]
    fn values_files_take_the_place_of_the_defaults() {
        let text = release("").replace(
            "chart: ./charts/web",
            "chart: ./charts/web, valuesFiles: [charts/web/prod.yaml, more.yaml]",
        );
        let more = [
            ("apps/web.yaml", &*text),
            ("charts/web/prod.yaml", "a: prod\nb: prod\n"),
            ("more.yaml", "b: more\n"),
        ];
        check(
            &files("a: default\nc: default\n", &more),
            r#"{"a":"prod","b":"more","c":null}"#,
            &[("a", "a", "charts/web/prod.yaml: prod"), ("b", "b", "more.yaml: more")],
        );
    }

    #[test]
    fn patches_make_values_uncertain() {
        let patch = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec: {values: {a: b}}\n";
        let text = release("");
        let (release, _) =
            check(&files("", &[("apps/web.yaml", &text), ("prod/web.yaml", patch)]), "{}", &[]);
        assert!(release.is_patched && !release.is_complete());
    }

    #[test]
    fn names_and_places() {
        let text = release(
            "  targetNamespace: shop\n  driftDetection:\n    mode: enabled\n    ignore:\n    - paths: [/data]\n      \
             target: {kind: Secret}\n  postRenderers:\n  - kustomize:\n      images: [{name: nginx, newName: corp/nginx}]\n",
        );
        let (release, sources) = check(&files("", &[("apps/web.yaml", &text)]), "{}", &[]);
        assert_eq!(release.helm_name(), "shop-web");
        assert_eq!(release.release_namespace().unwrap().value, "shop");
        assert_eq!(sources.slice(release.place_for_values()), "spec");
        let drift = release.drift.as_ref().unwrap();
        assert_eq!(drift.mode.as_ref().unwrap().value, "enabled");
        assert!(drift.ignore[0].covers("/data/.dockerconfigjson"));
        assert!(!drift.ignore[0].covers("/database"));
        assert_eq!(release.renamed("nginx").unwrap().1.value, "corp/nginx");
        assert_eq!(release.title(), "HelmRelease apps/web");
        assert_eq!(release.shown(), "HelmRelease `apps/web`");
    }

    #[test]
    fn charts_of_other_sources() {
        let chart = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: x, namespace: apps}\n\
                     spec: {url: oci://registry.example/charts/web}\n";
        let by_reference = release("  chartRef: {kind: OCIRepository, name: x}\n");
        let line = by_reference.lines().find(|line| line.contains("sourceRef")).unwrap().to_owned();
        let by_reference = by_reference.replace(&format!("{line}\n"), "");
        let by_name =
            release("").replace("./charts/web", "web").replace("GitRepository", "HelmRepository");
        for text in [by_reference, by_name] {
            let (release, _) =
                check(&files("", &[("apps/web.yaml", &text), ("apps/x.yaml", chart)]), "{}", &[]);
            assert_eq!(release.linked.as_deref(), Some("charts/web"));
        }
    }
}
