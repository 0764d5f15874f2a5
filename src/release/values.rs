//! Reading a release for a chart: its files into the chart's source map, and its values put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::documents::{Located, ReleaseKind};
use super::link::Link;
use super::model::{ChartReference, Problem, Release, Unknown};
use super::nodes::{entry, key, spanned};
use super::search::Tree;
use super::{application, flux};
use crate::chart::{Chart, FileSystem, ParseCache, Spanned, ValuesFile};
use crate::source::{FileId, SourceMap, Span, TextRange};
use crate::values::{
    Data, MAX_DEPTH, MAX_VALUES_BYTES, SetKind, Source, Value, from_node, from_stream, set_value,
};
use crate::yaml::{NodeKind, Stream, Use};

/// Reads releases for one chart.
#[derive(Debug)]
pub struct Reading<'r> {
    pub(super) fs: &'r FileSystem,
    pub(super) cache: &'r ParseCache,
    pub(super) tree: &'r Tree,
    pub(super) sources: &'r mut SourceMap,
}

impl<'r> Reading<'r> {
    /// Files are added to `sources` as they are needed, each once.
    pub fn new(
        fs: &'r FileSystem,
        cache: &'r ParseCache,
        tree: &'r Tree,
        sources: &'r mut SourceMap,
    ) -> Self {
        Self { fs, cache, tree, sources }
    }

    /// The release at its place in the tree; `chart` is that of `link`, if it could be loaded. Nothing if it is not of this
    /// tree.
    pub fn release(
        &mut self,
        located: &Located,
        link: Option<&Link>,
        chart: Option<&Chart>,
    ) -> Option<Release> {
        let tree_file = self.tree.file(located.file)?;
        let file = self.file(&tree_file.path, &tree_file.text);
        let whole = tree_file.stream.documents.get(located.document)?.root.clone()?;
        let template = entry(&whole.node, &["spec", "template"]).map(|entry| entry.value.clone());
        let root = match template {
            Some(inner) if Arc::ptr_eq(&inner.node, &located.root) => inner,
            _ => whole.clone(),
        };
        let node = &*root.node;
        let nowhere = || Spanned { value: String::new(), span: root.range.in_file(file) };
        let spec = key(node, &["spec"], file).unwrap_or(root.range.in_file(file));
        let mut release = Release {
            kind: located.kind,
            file,
            root: root.clone(),
            document: whole.clone(),
            api_version: spanned(&whole.node, &["apiVersion"], file).unwrap_or_else(nowhere),
            kind_span: spanned(&whole.node, &["kind"], file).unwrap_or_else(nowhere).span,
            name: spanned(node, &["metadata", "name"], file).unwrap_or_else(nowhere),
            namespace: spanned(node, &["metadata", "namespace"], file),
            spec,
            chart: ChartReference { key: spec, name: None, source_kind: None, version: None },
            linked: link.map(|link| link.chart.clone()),
            release_name: None,
            target_namespace: None,
            values_key: None,
            inline: Value::empty(),
            values_from: Vec::new(),
            values_files: Vec::new(),
            values: Value::empty(),
            values_texts: Vec::new(),
            unknown: Vec::new(),
            unresolved: Vec::new(),
            drift: None,
            images: Vec::new(),
            patches: Vec::new(),
            common_labels: BTreeMap::new(),
            common_annotations: BTreeMap::new(),
            // What has a Chart.yaml is a chart to Argo CD, whether the Application says so or not.
            is_whole: located.is_whole
                || (located.kind == ReleaseKind::Application && link.is_some()),
            is_patched: self.is_patched(located),
            later_namespace: self.later_namespace(located),
            problems: Vec::new(),
        };
        match located.kind {
            ReleaseKind::HelmRelease => flux::read(self, located, &root, link, chart, &mut release),
            ReleaseKind::Application => application::read(self, located, &root, link, &mut release),
        }
        Some(release)
    }

    /// The file of this path and text.
    pub(super) fn file(&mut self, path: &str, text: &Arc<str>) -> FileId {
        match self.sources.by_path(path) {
            Some(known) if self.sources.file(known).text() == text => known,
            _ => self.sources.add(path, Arc::clone(text)),
        }
    }

    /// A values file on the disk.
    pub(super) fn values_file(&mut self, path: &str) -> Option<ValuesFile> {
        let text = self.text(path)?;
        let file = self.file(path, &text);
        Some(ValuesFile { file, stream: self.cache.values(&text) })
    }

    /// The text of a file, if it is one and not too large.
    pub(super) fn text(&self, path: &str) -> Option<Arc<str>> {
        let data = self.fs.read(path, MAX_VALUES_BYTES).ok()?;
        if data.len() as u64 > MAX_VALUES_BYTES {
            return None;
        }
        std::str::from_utf8(&data).ok().map(Arc::from)
    }
}

/// Values that are put together, and what is wrong with them.
#[derive(Debug)]
pub(super) struct Assembly {
    pub(super) values: Value,
    pub(super) problems: Vec<Problem>,
    pub(super) unresolved: Vec<Span>,
    pub(super) texts: Vec<ValuesFile>,
}

impl Default for Assembly {
    fn default() -> Self {
        Self {
            values: Value::empty(),
            problems: Vec::new(),
            unresolved: Vec::new(),
            texts: Vec::new(),
        }
    }
}

impl Assembly {
    /// Puts the values of a file, or of a text in a file, over what is there.
    pub(super) fn merge_stream(
        &mut self,
        stream: &Arc<Stream>,
        file: FileId,
        what: &str,
        text: &str,
    ) {
        self.texts.push(ValuesFile { file, stream: Arc::clone(stream) });
        let read = from_stream(stream, file);
        if let Some(error) = read.error {
            let span = error.span.unwrap_or(Span::new(file, 0, 0));
            if is_unfinished(text) {
                // It may well be values once something has been put into it.
                self.unresolved.push(span);
                return;
            }
            let reason = error.message.rsplit(": ").next().unwrap_or_default().to_owned();
            self.problems.push(Problem {
                span,
                message: format!("the values in {what} can't be read: {reason}"),
                help: "values are a mapping, in YAML".to_owned(),
            });
        }
        self.values.merge(read.value);
    }

    /// Puts the values that stand in the document itself over what is there; gives them as they are.
    pub(super) fn merge_node(
        &mut self,
        used: &Use,
        key: TextRange,
        name: &str,
        file: FileId,
    ) -> Value {
        if matches!(used.node.kind, NodeKind::Null) {
            return Value::empty();
        }
        if used.node.as_str().is_some_and(is_unfinished) {
            self.unresolved.push(key.in_file(file));
            return Value::empty();
        }
        if !used.node.is_map() {
            self.problems.push(Problem {
                span: key.in_file(file),
                message: format!(
                    "`{name}` is {}, where a mapping is needed",
                    shown(&used.node.kind)
                ),
                help: format!("write the values as keys below `{name}:`"),
            });
            return Value::empty();
        }
        match from_node(used, Some(key), file) {
            Ok(value) => {
                self.values.merge(value.clone());
                value
            }
            Err(error) => {
                let span = error.span.unwrap_or(key.in_file(file));
                let help = "make them smaller".to_owned();
                self.problems.push(Problem { span, message: error.message, help });
                Value::empty()
            }
        }
    }

    /// Sets a value as `--set` does.
    pub(super) fn set(&mut self, kind: SetKind, text: &str, source: &Source) -> Result<(), String> {
        set_value(&mut self.values, kind, text, source)
    }

    /// Hands over to the release what was found.
    pub(super) fn finish(self, release: &mut Release) {
        let Self { mut values, problems, unresolved, texts } = self;
        values.source = None;
        mark_unknown(&mut values, &mut Vec::new(), &mut release.unknown);
        release.values = values;
        release.problems.extend(problems);
        release.unresolved.extend(unresolved);
        release.values_texts.extend(texts);
    }
}

fn shown(kind: &NodeKind) -> &'static str {
    match kind {
        NodeKind::Null => "empty",
        NodeKind::Bool(_) => "a boolean",
        NodeKind::Number(_) => "a number",
        NodeKind::Str(_) => "a text",
        NodeKind::Seq(_) => "a list",
        NodeKind::Map(_) => "a mapping",
    }
}

/// Takes the place away from texts with `${…}`, into which Flux or Argo CD will put something: what has no place is
/// taken for made up, and nobody draws a conclusion from its content.
fn mark_unknown(value: &mut Value, path: &mut Vec<Arc<str>>, out: &mut Vec<Unknown>) {
    if path.len() > MAX_DEPTH {
        return;
    }
    match &mut value.data {
        Data::Str(text) if is_substituted(text) => {
            if let Some(source) = value.source.take() {
                out.push(Unknown { path: path.clone(), span: source.value });
            }
        }
        Data::List(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                path.push(Arc::from(at.to_string()));
                mark_unknown(item, path, out);
                path.pop();
            }
        }
        Data::Map(map) => {
            for (key, item) in map {
                path.push(Arc::clone(key));
                mark_unknown(item, path, out);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Whether something will still be put into a text before it is read.
pub(super) fn is_unfinished(text: &str) -> bool {
    is_substituted(text) || text.contains("{{")
}

/// Whether a text has `${name…}` in it, which is to be replaced; `$${` is not.
pub fn is_substituted(text: &str) -> bool {
    text.match_indices("${").any(|(at, _)| {
        let is_escaped = text.get(..at).is_some_and(|before| before.ends_with('$'));
        let name = text.get(at + 2..).and_then(|rest| rest.chars().next());
        !is_escaped && name.is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::chart::load;
    use crate::release::Links;

    /// A chart `web` at `charts/web` with the defaults `values`, and other files.
    pub(in crate::release) fn files<'f>(
        values: &'f str,
        more: &[(&'f str, &'f str)],
    ) -> Vec<(&'f str, &'f str)> {
        let chart = "apiVersion: v2\nname: web\nversion: 0.1.0\n";
        let mut files = vec![("charts/web/Chart.yaml", chart), ("charts/web/values.yaml", values)];
        files.extend(more);
        files
    }

    /// The first release of `files`, its values, and for each of `places` the text under the key and the value there, with
    /// the file's path.
    #[track_caller]
    pub(in crate::release) fn check(
        files: &[(&str, &str)],
        values: &str,
        places: &[(&str, &str, &str)],
    ) -> (Release, SourceMap) {
        let fs = FileSystem::memory(files.iter().map(|(name, text)| (*name, text.as_bytes())));
        let cache = ParseCache::default();
        let tree = Tree::search(&fs, ["."], &cache);
        let links = Links::new(&fs, &tree, &["charts/web".to_owned()]);
        let located = &tree.releases()[0];
        let link = links.chart_of(located);
        let mut sources = SourceMap::default();
        let chart = link.as_ref().map(|link| load(&fs, &link.chart, &mut sources, &cache).unwrap());
        let mut reading = Reading::new(&fs, &cache, &tree, &mut sources);
        let chart = chart.as_ref().map(|loaded| &loaded.chart);
        let release = reading.release(located, link.as_ref(), chart).unwrap();
        assert_eq!(release.values.to_json().to_string(), values);
        for (path, key, value) in places {
            let path: Vec<&str> = path.split('.').collect();
            let found = path.iter().try_fold(&release.values, |value, part| value.child(part));
            let source = found.unwrap().source.as_ref().unwrap();
            let file = sources.file(source.value.file).path();
            let shown = format!("{file}: {}", sources.slice(source.value));
            let key_shown = source.key.map_or("", |key| sources.slice(key));
            assert_eq!((key_shown, shown.as_str()), (*key, *value), "{path:?}");
        }
        (release, sources)
    }

    #[test]
    fn substitutions() {
        for (text, expected) in [
            ("${A}", true),
            ("x-${a:-b}", true),
            ("$${A}", false),
            ("${1}", false),
            ("$A", false),
            ("", false),
        ] {
            assert_eq!(is_substituted(text), expected, "{text}");
        }
    }
}
