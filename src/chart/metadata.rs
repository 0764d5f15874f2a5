//! Chart.yaml as sigs.k8s.io/yaml decodes it into Helm's struct (`pkg/chart/v2/metadata.go`): field names in any case,
//! numbers and booleans as text.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::load::start_of;
use super::model::{About, Dependency, Maintainer, Metadata, Refused, Spanned};
use super::problem::{Problem, ProblemKind};
use super::yaml_errors::first_document_error;
use crate::source::{FileId, Span, TextRange};
use crate::yaml::{Entry, Node, NodeKind, Number, Stream, Use};

/// What Chart.yaml says, and what Helm has against it. The problems have no path yet.
pub(super) struct Read {
    pub(super) metadata: Metadata,
    pub(super) problems: Vec<Problem>,
}

/// Reads Chart.yaml, and over it requirements.yaml. A chart without a name is called `fallback`, so that the rest of it
/// can be looked at.
pub(super) fn read(
    file: FileId,
    stream: &Arc<Stream>,
    requirements: Option<(FileId, Arc<Stream>)>,
    fallback: &str,
) -> Read {
    let start = start_of(file);
    let nothing = || Spanned { value: String::new(), span: start };
    let mut reader = Reader::new(file);
    let mut metadata = Metadata {
        file,
        stream: stream.clone(),
        name: nothing(),
        version: None,
        api_version: nothing(),
        app_version: None,
        kind: Spanned { value: "application".to_owned(), span: start },
        kube_version: None,
        dependencies: Vec::new(),
        annotations: BTreeMap::new(),
        about: About::default(),
        refused: Vec::new(),
    };
    reader.document(stream, ProblemKind::ChartYaml, &mut metadata);
    if metadata.api_version.value.is_empty() {
        // Helm takes it for a chart of Helm 2, whose Chart.yaml did not have the field.
        "v1".clone_into(&mut metadata.api_version.value);
    }
    if let Some((file, stream)) = requirements {
        reader.file = file;
        reader.about = "requirements.yaml";
        reader.document(&stream, ProblemKind::Dependencies, &mut metadata);
    }
    reader.file = file;
    if reader.problems.is_empty()
        && let Some((span, message)) = refusal(&metadata)
    {
        let has_no_rule = !is_known_type(&metadata.kind.value) && message.contains(".type ");
        reader.problems.push(Problem {
            kind: if has_no_rule { ProblemKind::ChartYaml } else { ProblemKind::Metadata },
            path: String::new(),
            span: Some(span),
            message: format!("validation: {message}"),
        });
    }
    metadata.refused = std::mem::take(&mut reader.refused);
    if metadata.name.value.is_empty() {
        fallback.clone_into(&mut metadata.name.value);
    }
    Read { metadata, problems: reader.problems }
}

/// The name and the version that a Chart.yaml gives.
pub(super) fn name_and_version(stream: &Stream, file: FileId) -> Option<(String, String)> {
    let root = stream.documents.first()?.root.as_ref()?;
    let mut reader = Reader::new(file);
    let name = reader.text(&root.node, "name")?.value;
    let version = reader.text(&root.node, "version")?.value;
    Some((name, version))
}

impl Metadata {
    /// The mapping of Chart.yaml.
    pub fn root(&self) -> Option<&Node> {
        let root = self.stream.documents.first()?.root.as_ref()?;
        root.node.is_map().then_some(&*root.node)
    }

    /// The entry of Chart.yaml that sets a field.
    pub fn field(&self, name: &str) -> Option<&Entry> {
        field(self.root()?, name)
    }

    /// Whether Helm takes it for a chart of Helm 2: requirements.yaml is part of `.Files` then.
    pub fn is_v1(&self) -> bool {
        self.api_version.value == "v1"
    }

    /// Whether Chart.yaml has the field; a missing one makes the chart one of Helm 2.
    pub fn has_api_version(&self) -> bool {
        !self.api_version.span.range.is_empty()
    }
}

/// `Metadata.Validate`, its first complaint. Whether the version is one is left to who knows versions.
fn refusal(metadata: &Metadata) -> Option<(Span, String)> {
    let name = &metadata.name;
    if name.value.is_empty() {
        return Some((name.span, "chart.metadata.name is required".to_owned()));
    }
    if name.value == "." || name.value == ".." {
        return Some((name.span, format!("chart.metadata.name {:?} is not allowed", name.value)));
    }
    if name.value.contains('/') {
        return Some((name.span, format!("chart.metadata.name {:?} is invalid", name.value)));
    }
    match &metadata.version {
        Some(version) if !version.value.is_empty() => {}
        other => {
            let span = other.as_ref().map_or(start_of(metadata.file), |version| version.span);
            return Some((span, "chart.metadata.version is required".to_owned()));
        }
    }
    let kind = &metadata.kind;
    if !is_known_type(&kind.value) {
        let message = "chart.metadata.type must be application or library".to_owned();
        return Some((kind.span, message));
    }
    let mut names = BTreeSet::new();
    for dependency in &metadata.dependencies {
        let alias = dependency.alias.as_ref().filter(|alias| !alias.value.is_empty());
        if let Some(alias) = alias
            && !alias
                .value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        {
            let message = format!(
                "dependency {:?} has disallowed characters in the alias",
                dependency.name.value
            );
            return Some((alias.span, message));
        }
        let named = alias.unwrap_or(&dependency.name);
        if !names.insert(named.value.as_str()) {
            let message = format!("more than one dependency with name or alias {:?}", named.value);
            return Some((named.span, message));
        }
    }
    None
}

fn is_known_type(kind: &str) -> bool {
    matches!(kind, "application" | "library")
}

struct Reader {
    file: FileId,
    problems: Vec<Problem>,
    refused: Vec<Refused>,
    about: &'static str,
    /// The struct whose fields are read, as encoding/json names it in errors.
    owner: &'static str,
}

impl Reader {
    const fn new(file: FileId) -> Self {
        Self {
            file,
            problems: Vec::new(),
            refused: Vec::new(),
            about: "Chart.yaml",
            owner: "Metadata",
        }
    }

    fn document(&mut self, stream: &Stream, kind: ProblemKind, metadata: &mut Metadata) {
        if let Some((range, message)) = first_document_error(stream, "v2.Metadata") {
            self.problem(kind, range, message);
        }
        let Some(root) = stream.documents.first().and_then(|document| document.root.as_ref())
        else {
            return;
        };
        if root.node.is_map() {
            self.fields(&root.node, metadata);
        }
    }

    fn fields(&mut self, node: &Node, metadata: &mut Metadata) {
        if let Some(name) = self.text(node, "name") {
            metadata.name = name;
        }
        if let Some(api_version) = self.text(node, "apiVersion") {
            metadata.api_version = api_version;
        }
        if let Some(kind) = self.text(node, "type").filter(|kind| !kind.value.is_empty()) {
            metadata.kind = kind;
        }
        let set = |slot: &mut Option<Spanned<String>>, value| {
            if let Some(value) = value {
                *slot = Some(value);
            }
        };
        set(&mut metadata.version, self.text(node, "version"));
        set(&mut metadata.app_version, self.text(node, "appVersion"));
        set(&mut metadata.kube_version, self.text(node, "kubeVersion"));
        let about = &mut metadata.about;
        set(&mut about.description, self.text(node, "description"));
        set(&mut about.home, self.text(node, "home"));
        set(&mut about.icon, self.text(node, "icon"));
        set(&mut about.condition, self.text(node, "condition"));
        set(&mut about.tags, self.text(node, "tags"));
        if let Some(sources) = self.texts(node, "sources") {
            about.sources = sources;
        }
        if let Some(keywords) = self.texts(node, "keywords") {
            about.keywords = keywords;
        }
        if let Some(deprecated) = self.boolean(node, "deprecated") {
            about.deprecated = deprecated;
        }
        if let Some(items) = self.items(node, "maintainers", "[]*v2.Maintainer") {
            about.maintainers = items
                .iter()
                .filter_map(|item| {
                    let node = self.element(item, "maintainers")?;
                    self.owner = "Maintainer.maintainers";
                    Some(Maintainer {
                        span: self.span(item.range),
                        name: self.text(node, "name"),
                        email: self.text(node, "email"),
                        url: self.text(node, "url"),
                    })
                })
                .collect();
            self.leave_element();
        }
        if let Some(entry) = field(node, "annotations") {
            match &entry.value.node.kind {
                NodeKind::Map(_) => {
                    for entry in entry.value.node.entries() {
                        if let Some(text) = self.raw_scalar(&entry.value, "annotations") {
                            metadata.annotations.insert(entry.key.to_string(), text);
                        }
                    }
                }
                NodeKind::Null => {}
                _ => self.wrong_type(&entry.value, "annotations", "map[string]string"),
            }
        }
        if let Some(items) = self.items(node, "dependencies", "[]*v2.Dependency") {
            metadata.dependencies = items.iter().filter_map(|item| self.dependency(item)).collect();
        }
    }

    fn dependency(&mut self, item: &Use) -> Option<Dependency> {
        let node = self.element(item, "dependencies")?;
        self.owner = "Dependency.dependencies";
        let span = self.span(item.range);
        let name = self.text(node, "name");
        // Nothing reads it but the decoder.
        self.boolean(node, "enabled");
        let import_values =
            field(node, "import-values").and_then(|entry| match entry.value.node.kind {
                NodeKind::Seq(_) => Some(entry.value.node.clone()),
                NodeKind::Null => None,
                _ => {
                    self.wrong_type(&entry.value, "import-values", "[]interface {}");
                    None
                }
            });
        Some(Dependency {
            span,
            name: name.unwrap_or(Spanned {
                value: String::new(),
                span: self.span(TextRange { end: item.range.start, ..item.range }),
            }),
            version: self.text(node, "version"),
            repository: self.text(node, "repository"),
            alias: self.text(node, "alias"),
            condition: self.text(node, "condition"),
            tags: self.texts(node, "tags").unwrap_or_default(),
            import_values,
        })
    }

    /// An element of a list of structs; Helm refuses null among them.
    fn element<'n>(&mut self, item: &'n Use, name: &str) -> Option<&'n Node> {
        self.leave_element();
        match item.node.kind {
            NodeKind::Map(_) => Some(&item.node),
            NodeKind::Null => {
                self.refuse(item, name, "");
                let message = format!("validation: {name} must not contain empty or null nodes");
                self.problem(ProblemKind::Metadata, item.range, message);
                None
            }
            _ => {
                let go_type = if name == "maintainers" { "v2.Maintainer" } else { "v2.Dependency" };
                self.wrong_type(item, name, go_type);
                None
            }
        }
    }

    /// The fields of the chart itself.
    const fn leave_element(&mut self) {
        self.owner = "Metadata";
    }

    fn items<'n>(&mut self, node: &'n Node, name: &str, go_type: &str) -> Option<&'n [Use]> {
        let entry = field(node, name)?;
        match &entry.value.node.kind {
            NodeKind::Seq(items) => Some(items),
            NodeKind::Null => None,
            _ => {
                self.wrong_type(&entry.value, name, go_type);
                None
            }
        }
    }

    fn boolean(&mut self, node: &Node, name: &str) -> Option<bool> {
        let entry = field(node, name)?;
        match entry.value.node.kind {
            NodeKind::Bool(value) => Some(value),
            NodeKind::Null => None,
            _ => {
                self.wrong_type(&entry.value, name, "bool");
                None
            }
        }
    }

    fn texts(&mut self, node: &Node, name: &str) -> Option<Vec<Spanned<String>>> {
        let items = self.items(node, name, "[]string")?;
        Some(items.iter().filter_map(|item| self.scalar(item, name)).collect())
    }

    fn text(&mut self, node: &Node, name: &str) -> Option<Spanned<String>> {
        self.scalar(&field(node, name)?.value, name)
    }

    /// A scalar as text, without what Helm takes out; null leaves a field as it was.
    fn scalar(&mut self, used: &Use, name: &str) -> Option<Spanned<String>> {
        let Spanned { value, span } = self.raw_scalar(used, name)?;
        Some(Spanned { value: printable(&value), span })
    }

    fn raw_scalar(&mut self, used: &Use, name: &str) -> Option<Spanned<String>> {
        if matches!(used.node.kind, NodeKind::Seq(_) | NodeKind::Map(_)) {
            self.wrong_type(used, name, "string");
        }
        Some(Spanned { value: scalar_text(&used.node)?, span: self.span(used.range) })
    }

    fn refuse(&mut self, used: &Use, name: &str, go_type: &str) {
        self.refused.push(Refused {
            field: name.to_owned(),
            span: self.span(used.range),
            found: used.node.kind.json_name(),
            wanted: go_type.to_owned(),
        });
    }

    fn wrong_type(&mut self, used: &Use, name: &str, go_type: &str) {
        self.refuse(used, name, go_type);
        let message = format!(
            "cannot load {}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go struct field \
             {}.{name} of type {go_type}",
            self.about,
            used.node.kind.json_name(),
            self.owner
        );
        self.push(ProblemKind::Metadata, used.range, message);
    }

    fn problem(&mut self, kind: ProblemKind, range: TextRange, message: String) {
        let message = if kind == ProblemKind::Metadata {
            message
        } else {
            format!("cannot load {}: {message}", self.about)
        };
        self.push(kind, range, message);
    }

    fn push(&mut self, kind: ProblemKind, range: TextRange, message: String) {
        let span = Some(self.span(range));
        self.problems.push(Problem { kind, path: String::new(), span, message });
    }

    const fn span(&self, range: TextRange) -> Span {
        range.in_file(self.file)
    }
}

/// A scalar as Go decodes it into a text; none for null and what is no scalar.
pub fn scalar_text(node: &Node) -> Option<String> {
    Some(match &node.kind {
        NodeKind::Str(text) => text.to_string(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(Number::Int(value)) => value.to_string(),
        NodeKind::Number(Number::Uint(value)) => value.to_string(),
        NodeKind::Number(Number::Float(value)) => float_text(*value as f32),
        NodeKind::Null | NodeKind::Seq(_) | NodeKind::Map(_) => return None,
    })
}

/// The entry that sets a field of Chart.yaml: names match in any case, and of several the last in the order of their
/// bytes counts.
pub fn field<'n>(node: &'n Node, name: &str) -> Option<&'n Entry> {
    node.entries()
        .filter(|entry| entry.key.eq_ignore_ascii_case(name))
        .max_by(|a, b| a.key.cmp(&b.key))
}

/// `sanitizeString`: blanks become spaces, what Go does not print goes. Helm spares `version`, `apiVersion`, `type` and
/// aliases, where such a character is a mistake in any case.
fn printable(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_whitespace() { ' ' } else { character })
        .filter(|character| !character.is_control() && !is_format(*character))
        .collect()
}

/// Characters of the categories Cf and Co that occur in texts by accident.
const fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{e000}'..='\u{f8ff}'
    )
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 32)`.
fn float_text(value: f32) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    // The shortest form turns to exponents as if six digits were asked for.
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::yaml;

    /// Reads `text` as Chart.yaml; `wanted` is what `show` makes of it, and behind it the problem with its place.
    #[track_caller]
    fn check(text: &str, show: impl Fn(&Metadata) -> String, wanted: &str) {
        let mut sources = SourceMap::default();
        let file = sources.add("Chart.yaml", text);
        let read = read(file, &Arc::new(yaml::parse(text)), None, "fallback");
        let mut shown = show(&read.metadata);
        for problem in &read.problems {
            let place = problem.span.map_or("", |span| sources.slice(span));
            shown = format!("{shown} ! {place:?} {}", problem.message);
        }
        assert_eq!(shown, wanted);
    }

    fn version(metadata: &Metadata) -> String {
        metadata.version.as_ref().map_or_else(|| "-".to_owned(), |version| version.value.clone())
    }

    #[test]
    fn numbers_and_booleans_become_text_as_in_go() {
        for (written, read) in [
            ("1.10", "1.1"),
            ("1", "1"),
            ("0x10", "16"),
            ("1e7", "1e+07"),
            ("0.00001", "1e-05"),
            ("123456.5", "123456.5"),
            ("16777217.5", "1.6777218e+07"),
            ("yes", "true"),
            ("'1.10'", "1.10"),
        ] {
            check(&format!("name: a\nversion: {written}\n"), version, read);
        }
    }

    #[test]
    fn field_names_match_in_any_case_and_the_last_by_bytes_counts() {
        check("Name: a\nVERSION: '1'\nversion: '2'\n", version, "2");
        check("name: a\nVersion: '1'\n", version, "1");
    }

    #[test]
    fn line_ends_in_texts_become_spaces() {
        let description = |metadata: &Metadata| {
            metadata.about.description.as_ref().map_or_else(String::new, |text| text.value.clone())
        };
        check("name: a\nversion: '1'\ndescription: |\n  a\n  b\u{200b}\n", description, "a b ");
    }

    #[test]
    fn refusals_have_helms_words_and_a_place() {
        let name = |metadata: &Metadata| metadata.name.value.clone();
        check("version: 1\n", name, "fallback ! \"\" validation: chart.metadata.name is required");
        check("name: a\n", name, "a ! \"\" validation: chart.metadata.version is required");
        check(
            "name: a/b\nversion: 1\n",
            name,
            "a/b ! \"a/b\" validation: chart.metadata.name \"a/b\" is invalid",
        );
        check(
            "name: a\nversion: 1\ntype: lib\n",
            name,
            "a ! \"lib\" validation: chart.metadata.type must be application or library",
        );
        check(
            "name: a\nversion: 1\ndependencies:\n- name: x\n- name: y\n  alias: x\n",
            name,
            "a ! \"x\" validation: more than one dependency with name or alias \"x\"",
        );
        check(
            "name: a\nversion: 1\ndependencies:\n- name: x\n  alias: a.b\n",
            name,
            "a ! \"a.b\" validation: dependency \"x\" has disallowed characters in the alias",
        );
    }
}
