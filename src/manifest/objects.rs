//! The text of one rendered template as Kubernetes objects.

use std::sync::Arc;

use crate::bytes::yaml_fault;
use crate::source::TextRange;
use crate::yaml::{self, Entry, Node, NodeKind, Stream, SyntaxError, Use};

use super::head::{Head, HeadError};
use super::hooks::Hook;
use super::pointer::{Pointer, Step};

/// Lists in lists are opened this deep.
const MAX_LIST_DEPTH: usize = 8;

/// The most objects of one document; aliases could make more out of little text.
const MAX_OBJECTS: usize = 10_000;

/// What one template rendered.
#[derive(Debug, Default)]
pub struct Manifest {
    /// All its documents that are not blank.
    pub documents: Vec<Document>,
    /// The objects in them, items of lists each for itself, in the order of the text.
    pub objects: Vec<Object>,
}

/// A part of the text that Helm takes for one object.
#[derive(Debug)]
pub struct Document {
    /// The part, from its first byte that is not blank to the next `---`.
    pub range: TextRange,
    /// Its value, whatever it is; `None` if it has an error or holds comments only.
    pub root: Option<Use>,
    /// What is wrong; the first is the one that Helm reports.
    pub errors: Vec<SyntaxError>,
    /// What Helm knows of it, or why it takes it for no object though it is YAML; empty if it is none.
    pub head: Result<Head, HeadError>,
}

/// One Kubernetes object. All ranges are offsets in the rendered text.
#[derive(Debug, Clone)]
pub struct Object {
    /// Which template rendered it: the number that [`Manifest::read`] was given.
    pub template: usize,
    /// Index in [`Manifest::documents`].
    pub document: usize,
    /// Where it is in the document: empty, or `/items/0` in a list.
    pub pointer: Pointer,
    /// `apiVersion`; empty if it is absent or no string.
    pub api_version: Arc<str>,
    /// `kind`; empty if it is absent or no string.
    pub kind: Arc<str>,
    /// `metadata.name`; empty if it is absent or no string.
    pub name: Arc<str>,
    /// `metadata.namespace`, if it is a string that is not empty.
    pub namespace: Option<Arc<str>>,
    /// When it is installed, if it is a hook. Items of a list share that of the list, whose annotations are the only
    /// ones Helm looks at.
    pub hook: Option<Arc<Hook>>,
    /// The mapping.
    pub root: Use,
}

impl Manifest {
    /// Reads what the template with the number `template` rendered.
    pub fn read(text: &str, template: usize) -> Self {
        let mut manifest = Self::default();
        for range in split(text) {
            let stream = parse(text, range);
            // Helm reads the head of the first document; there is another one only behind `...`.
            let root = stream.documents.into_iter().next().and_then(|document| document.root);
            if let Some(root) = &root {
                let mut reader = Reader {
                    template,
                    document: manifest.documents.len(),
                    hook: Hook::of(&root.node).map(Arc::new),
                    left: MAX_OBJECTS,
                    objects: &mut manifest.objects,
                };
                reader.take(root, &Pointer::default(), None);
            }
            let root = root.filter(|root| !matches!(root.node.kind, NodeKind::Null));
            let errors = stream.errors;
            let head =
                if errors.is_empty() { Head::read(root.as_ref()) } else { Ok(Head::default()) };
            manifest.documents.push(Document { range, root, errors, head });
        }
        manifest
    }
}

/// A part of a text as YAML; a byte that is no UTF-8 is its first mistake.
fn parse(text: &str, range: TextRange) -> Stream {
    let mut stream = yaml::parse_part(text, range);
    if let Some((at, message)) = yaml_fault(text.get(range.usize()).unwrap_or_default()) {
        let at = range.start as usize + at;
        let range = TextRange::new(at, at + char::MAX.len_utf8());
        stream.errors.insert(0, SyntaxError { range, line: 0, message: message.to_owned() });
    }
    stream
}

impl Object {
    /// The group of the `apiVersion`: `apps` of `apps/v1`, empty for `v1`.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The bytes of the mapping.
    pub fn range(&self) -> TextRange {
        self.root.range
    }

    /// The annotation `key`.
    pub fn annotation(&self, key: &str) -> Option<&Entry> {
        self.root.node.at(&["metadata", "annotations"])?.get(key)
    }

    /// All annotations, in the order of the text.
    pub fn annotations(&self) -> impl Iterator<Item = &Entry> {
        self.root.node.at(&["metadata", "annotations"]).into_iter().flat_map(Node::entries)
    }

    /// The label `key`.
    pub fn label(&self, key: &str) -> Option<&Entry> {
        self.root.node.at(&["metadata", "labels"])?.get(key)
    }

    /// All labels, in the order of the text.
    pub fn labels(&self) -> impl Iterator<Item = &Entry> {
        self.root.node.at(&["metadata", "labels"]).into_iter().flat_map(Node::entries)
    }
}

/// The documents of a rendered text as Helm 4 cuts it (`SplitManifests` in `pkg/release/v1/util/manifest.go`): at
/// every line that begins with `---`, also where more follows; blank ones are left out, blanks before the others too.
pub fn split(text: &str) -> Vec<TextRange> {
    let mut parts = Vec::new();
    let mut start = text.len() - text.trim_start().len();
    let mut line = start;
    while let Some(rest) = text.get(line..) {
        if let Some(behind) = rest.strip_prefix("---") {
            push_part(text, start, line, &mut parts);
            start = text.len() - behind.trim_start_matches([' ', '\t']).len();
        }
        match rest.find('\n') {
            Some(newline) => line += newline + 1,
            None => break,
        }
    }
    push_part(text, start, text.len(), &mut parts);
    parts
}

fn push_part(text: &str, start: usize, end: usize, parts: &mut Vec<TextRange>) {
    let part = text.get(start..end).unwrap_or_default();
    let body = part.trim_start();
    if !body.is_empty() {
        parts.push(TextRange::new(end - body.len(), end));
    }
}

/// Takes the objects out of one document.
struct Reader<'a> {
    template: usize,
    document: usize,
    hook: Option<Arc<Hook>>,
    left: usize,
    objects: &'a mut Vec<Object>,
}

/// What the items of a typed list are, where they do not say so themselves.
struct ListType {
    api_version: Arc<str>,
    item_kind: Arc<str>,
}

impl Reader<'_> {
    fn take(&mut self, value: &Use, pointer: &Pointer, list: Option<&ListType>) {
        let node = &value.node;
        if !node.is_map() || self.left == 0 {
            return;
        }
        self.left -= 1;
        let mut kind = text_at(node, &["kind"]);
        let mut api_version = text_at(node, &["apiVersion"]);
        if let Some(list) = list.filter(|_| kind.is_empty()) {
            kind = Arc::clone(&list.item_kind);
            api_version = Arc::clone(&list.api_version);
        }
        if let Some(item_kind) = kind.strip_suffix("List")
            && let Some(items) = node.get("items")
            && let NodeKind::Seq(list) = &items.value.node.kind
            && pointer.steps.len() < 2 * MAX_LIST_DEPTH
        {
            let list_type = ListType { api_version, item_kind: item_kind.into() };
            let below = pointer.with(Step::Key(Arc::clone(&items.key)));
            for (index, item) in list.iter().enumerate() {
                self.take(item, &below.with(Step::Index(index)), Some(&list_type));
            }
            return;
        }
        let namespace = text_at(node, &["metadata", "namespace"]);
        self.objects.push(Object {
            template: self.template,
            document: self.document,
            pointer: pointer.clone(),
            api_version,
            kind,
            name: text_at(node, &["metadata", "name"]),
            namespace: (!namespace.is_empty()).then_some(namespace),
            hook: self.hook.clone(),
            root: value.clone(),
        });
    }
}

fn text_at(node: &Node, path: &[&str]) -> Arc<str> {
    match node.at(path).map(|node| &node.kind) {
        Some(NodeKind::Str(text)) => Arc::clone(text),
        _ => Arc::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` holds the texts of the parts.
    #[track_caller]
    fn check_split(text: &str, expected: &[&str]) {
        let parts: Vec<&str> = split(text).into_iter().map(|part| &text[part.usize()]).collect();
        assert_eq!(parts, expected, "{text:?}");
    }

    /// `expected` has a line for each object: document, pointer, apiVersion, kind, namespace/name, hook.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let manifest = Manifest::read(text, 3);
        let shown: Vec<String> = manifest
            .objects
            .iter()
            .map(|object| {
                assert_eq!(object.template, 3);
                let document = &manifest.documents[object.document];
                let root = document.root.as_ref().expect("an object has a root");
                let found = object.pointer.find(root).expect("its pointer leads to it");
                assert_eq!(found.value.range, object.range());
                format!(
                    "{}{} {} {} {}/{}{}",
                    object.document,
                    object.pointer,
                    object.api_version,
                    object.kind,
                    object.namespace.as_deref().unwrap_or_default(),
                    object.name,
                    if object.hook.is_some() { " hook" } else { "" },
                )
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn documents_are_cut_as_helm_cuts_them() {
        check_split("a: 1", &["a: 1"]);
        check_split("---\na: 1\n---\nb: 2\n", &["a: 1\n", "b: 2\n"]);
        check_split("---a: 1\n--- # x\nb: 2", &["a: 1\n", "# x\nb: 2"]);
        check_split("\n\n ---\na: 1\n  ---\n", &["a: 1\n  ---\n"]);
        check_split("\n  a: 1\n---\n  b: 2", &["a: 1\n", "b: 2"]);
        check_split("a: 1\n------\nb: 2", &["a: 1\n", "---\nb: 2"]);
        check_split("---\n---\n \n---\t \n", &[]);
        check_split("\u{a0}\u{85}a: 1\r\n---\r\nb: 2", &["a: 1\r\n", "b: 2"]);
        check_split("", &[]);
    }

    #[test]
    fn objects_and_their_names() {
        check(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ns}\n---\n# nothing\n---\nkind: X\n",
            &["0 v1 Pod ns/a", "2  X /"],
        );
        check("- 1\n---\ntext\n---\n{}\n", &["2   /"]);
        check("kind: [1]\napiVersion: {}\nmetadata: {name: 1, namespace: \"\"}\n", &["0   /"]);
        check("a: [\n---\nkind: Z\n", &["1  Z /"]);
    }

    #[test]
    fn lists_are_opened() {
        check(
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n- 7\n- kind: List\n  items: [{kind: B}]\n",
            &["0/items/0 v1 Pod /", "0/items/2/items/0  B /"],
        );
        check(
            "apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: a}\n- {kind: Z}\n",
            &["0/items/0 apps/v1 Deployment /a", "0/items/1  Z /"],
        );
        check("kind: List\nitems: {a: 1}\n", &["0  List /"]);
        check("kind: PriceList\nspec: {}\n", &["0  PriceList /"]);
        check("kind: AccessList\nitems: []\n", &[]);
    }

    #[test]
    fn lists_that_hold_each_other_many_times_end() {
        // Without enough text of its own, go-yaml would not take so many aliases.
        let padding = "1, ".repeat(3000);
        let mut text = format!("kind: List\npadding: [{padding}]\nx0: &x0 {{kind: A}}\n");
        for level in 1..4 {
            let below = vec![format!("*x{}", level - 1); 27].join(", ");
            text = format!("{text}x{level}: &x{level} {{kind: List, items: [{below}]}}\n");
        }
        text += "items: [*x3]\n";
        let objects = Manifest::read(&text, 0).objects.len();
        assert!((9_000..=MAX_OBJECTS).contains(&objects), "{objects}");
    }

    #[test]
    fn hooks_of_a_list_are_those_of_its_items() {
        check(
            "kind: List\nmetadata: {annotations: {helm.sh/hook: test}}\nitems: [{kind: A}]\n",
            &["0/items/0  A / hook"],
        );
        check(
            "kind: List\nitems: [{kind: A, metadata: {annotations: {helm.sh/hook: test}}}]\n",
            &["0/items/0  A /"],
        );
    }

    #[test]
    fn annotations_and_labels() {
        let text = "kind: A\nmetadata:\n  labels: {a: b, c: d}\n  annotations:\n    e: f\n";
        let manifest = Manifest::read(text, 0);
        let object = &manifest.objects[0];
        let value = |entry: Option<&Entry>| entry.map(|entry| &text[entry.value.range.usize()]);
        assert_eq!(value(object.label("c")), Some("d"));
        assert_eq!(value(object.annotation("e")), Some("f"));
        assert_eq!(value(object.annotation("a")), None);
        assert_eq!((object.labels().count(), object.annotations().count()), (2, 1));
    }
}
