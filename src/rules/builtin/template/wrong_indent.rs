//! `wrong-indent`: `indent` or `nindent` with a number that does not fit where the text goes.
//!
//! Tried, not guessed: the value that is printed is set to two entries of its kind, the template is rendered with it, and
//! the entries are looked up in the parsed document.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::explore::ScenarioKind;
use crate::manifest::objects::{Document, Manifest};
use crate::rules::context::{Context, Rule};
use crate::source::{FileId, SourceMap, Span, TextRange};
use crate::template::ast::{Block, Branch, Expr, Node as Code, Pipeline};
use crate::template::walk::{Met, walk_pipeline};
use crate::values::{Data, Value};
use crate::view::{View, is_manifest};
use crate::yaml::{Node, NodeKind};

/// Renderings for one scenario.
const MAX_TRIALS: usize = 400;

/// How deep documents are searched for the entries.
const MAX_DEPTH: usize = 100;

/// Keys, or items of a list, that no chart has.
const ENTRIES: [&str; 2] = ["chartlint-first", "chartlint-second"];

/// `|2-`
const MAX_BLOCK_HEAD: usize = 3;

/// The reader may notice so many lines behind the first entry that something is wrong with it.
const MAX_LINES_BEHIND: usize = 3;

/// Columns by which people indent.
const STEP: usize = 2;

/// Whether a template does not fail in a view.
fn is_rendered(view: &View<'_>, name: &str) -> bool {
    let mut templates = view.rendered.templates.iter();
    templates.any(|template| &*template.name == name && template.output.is_ok())
}

pub(in crate::rules::builtin) struct WrongIndent;

impl Rule for WrongIndent {
    fn name(&self) -> &'static str {
        "wrong-indent"
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let mut left = MAX_TRIALS;
        let view = context.view;
        for (at, rendered) in view.rendered.templates.iter().enumerate() {
            let is_sound = view.manifests().get(at).is_some_and(is_sound);
            if rendered.output.is_err() || !is_manifest(&rendered.name) {
                continue;
            }
            let own = &rendered.chart.chart.templates;
            let Some(template) = own.iter().find(|template| template.file == rendered.file) else {
                continue;
            };
            // Charts below this one are their makers' to mend.
            if !rendered.chart.scope.is_empty() {
                continue;
            }
            let mut sites = Vec::new();
            collect(&template.ast.body, None, &mut Vec::new(), &mut sites);
            for site in sites {
                if !is_asked(context, &site, rendered.file) {
                    continue;
                }
                let Some(path) = path(view, &site, rendered.file) else { continue };
                // What the first scenario shows was tried there; other values change nothing about the number.
                let is_tried = |base: &View<'_>| {
                    is_rendered(base, &rendered.name)
                        && base.rendered.reads.iter().any(|read| {
                            read.node.file == rendered.file && site.read.range == read.node.range
                        })
                };
                if view.base.is_some_and(is_tried) {
                    continue;
                }
                // What was no YAML before may have another reason.
                if !is_sound && !is_mended(context, &rendered.name, &path) {
                    continue;
                }
                let Some(found) =
                    judge(context, &rendered.name, rendered.file, &site, &path, &mut left)
                else {
                    continue;
                };
                out.push(found.subject(format!("{} {}", rendered.name, path.join("."))));
            }
        }
    }
}

/// An operand with fields, and the keys below `.Values` that these are.
struct Operand {
    range: TextRange,
    keys: Option<Vec<Arc<str>>>,
}

impl Operand {
    fn of(expr: &Expr) -> Option<Self> {
        let (range, names, is_root) = match expr {
            Expr::Field(range, names) => (*range, names, true),
            Expr::Variable(variable, range, names) if !names.is_empty() => {
                (*range, names, &*variable.name == "$")
            }
            _ => return None,
        };
        let keys = match names.as_slice() {
            [values, keys @ ..] if is_root && &*values.name == "Values" && !keys.is_empty() => {
                Some(keys.iter().map(|key| Arc::clone(&key.name)).collect())
            }
            _ => None,
        };
        Some(Self { range, keys })
    }
}

/// An action that ends in `indent N` or `nindent N`.
struct Site<'t> {
    action: TextRange,
    function: &'t str,
    number: TextRange,
    /// Where the value is read: an operand of the action, or of the `with` that gives its dot.
    read: Operand,
    /// The opening actions around it.
    around: Vec<TextRange>,
}

fn collect<'t>(
    block: &'t Block,
    with: Option<&'t Branch>,
    around: &mut Vec<TextRange>,
    sites: &mut Vec<Site<'t>>,
) {
    for node in &block.nodes {
        match node {
            Code::Action(action) => sites.extend(site(action.range, &action.pipe, with, around)),
            Code::If(branch) | Code::With(branch) | Code::Range(branch) => {
                let inner = match node {
                    Code::If(_) => with,
                    Code::With(_) => Some(branch),
                    // What an entry of a list is, is not asked here.
                    _ => None,
                };
                around.push(branch.open);
                collect(&branch.body, inner, around, sites);
                if let Some(otherwise) = &branch.otherwise {
                    collect(otherwise, with, around, sites);
                }
                around.pop();
            }
            Code::Text(_) | Code::Template(_) | Code::Break(_) | Code::Continue(_) => {}
        }
    }
}

fn site<'t>(
    action: TextRange,
    pipe: &'t Pipeline,
    with: Option<&'t Branch>,
    around: &[TextRange],
) -> Option<Site<'t>> {
    let last = pipe.commands.last().filter(|_| pipe.commands.len() > 1)?;
    let [Expr::Function(function), Expr::Number(number)] = last.args.as_slice() else {
        return None;
    };
    if !matches!(&*function.name, "indent" | "nindent") {
        return None;
    }
    let (mut reads, mut is_yaml, mut is_dot) = (Vec::new(), false, false);
    walk_pipeline(pipe, &mut |met| {
        let expr = match met {
            Met::Command(command, _) => match command.args.first() {
                Some(Expr::Function(function)) => {
                    is_yaml |= matches!(&*function.name, "toYaml" | "toYamlPretty" | "include");
                    return;
                }
                Some(first) => first,
                None => return,
            },
            Met::Operand(expr) => expr,
            Met::Template(_) => return,
        };
        is_dot |= matches!(expr, Expr::Dot(_));
        reads.extend(Operand::of(expr));
    });
    if reads.is_empty()
        && is_dot
        && let Some(with) = with
    {
        walk_pipeline(&with.pipe, &mut |met| match met {
            Met::Operand(expr) => reads.extend(Operand::of(expr)),
            Met::Command(command, _) => {
                reads.extend(command.args.first().and_then(Operand::of));
            }
            Met::Template(_) => {}
        });
    }
    // Of several values it is not known which one is printed.
    let read = reads.pop().filter(|_| reads.is_empty() && is_yaml)?;
    let (function, number) = (&*function.name, number.range);
    Some(Site { action, function, number, read, around: around.to_vec() })
}

/// Under a scenario that opens branches, only what stands in those is new.
fn is_asked(context: &Context<'_>, site: &Site<'_>, file: FileId) -> bool {
    context.scenario.kind != ScenarioKind::Opened
        || context.scenario.opens.iter().any(|opening| {
            opening.condition.file == file && site.around.contains(&opening.condition.range)
        })
}

/// The value that is printed.
fn path(view: &View<'_>, site: &Site<'_>, file: FileId) -> Option<Vec<Arc<str>>> {
    let mut found: Option<Vec<Arc<str>>> = None;
    for read in view.rendered.reads.iter() {
        let is_here = read.node.file == file && site.read.range == read.node.range;
        if !is_here || !view.rendered.memories.is_value(read.parent) {
            continue;
        }
        let mut path = view.value_path(read.parent);
        path.push(Arc::clone(&read.key));
        match &found {
            Some(known) if known.len() >= path.len() => {
                if *known != path && !known.starts_with(&path) {
                    return None;
                }
            }
            _ => found = Some(path),
        }
    }
    // Where nothing was read, setting the value may open the branch.
    let keys = || site.read.keys.clone();
    // Pull secrets are tried by rules of their own.
    found
        .or_else(keys)
        .filter(|path| path.last().is_some_and(|last| !last.to_lowercase().contains("pullsecret")))
}

/// What is set: a mapping or a list of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Mapping,
    List,
}

/// Keys of Kubernetes that hold a mapping wherever they stand.
const MAPPINGS: [&str; 14] = [
    "affinity",
    "annotations",
    "containerSecurityContext",
    "data",
    "labels",
    "limits",
    "livenessProbe",
    "matchLabels",
    "nodeSelector",
    "readinessProbe",
    "requests",
    "resources",
    "securityContext",
    "stringData",
];

/// Keys of Kubernetes that hold a list wherever they stand.
const LISTS: [&str; 14] = [
    "args",
    "command",
    "containers",
    "env",
    "envFrom",
    "hostAliases",
    "imagePullSecrets",
    "initContainers",
    "ports",
    "tls",
    "tolerations",
    "topologySpreadConstraints",
    "volumeMounts",
    "volumes",
];

impl Shape {
    /// What a key of Kubernetes wants.
    fn of_key(key: &str) -> Option<Self> {
        if MAPPINGS.contains(&key) {
            Some(Self::Mapping)
        } else if LISTS.contains(&key) {
            Some(Self::List)
        } else {
            None
        }
    }

    fn value(self) -> Value {
        let text = |text: &str| Value::made_up(Data::Str(Arc::from(text)));
        let data = match self {
            Self::Mapping => {
                let entries = ENTRIES.map(|entry| (Arc::from(entry), text("x")));
                Data::Map(BTreeMap::from(entries))
            }
            Self::List => Data::List(ENTRIES.map(text).into()),
        };
        Value::made_up(data)
    }

    /// The line that an entry is printed as.
    fn line(self, entry: &str) -> String {
        match self {
            Self::Mapping => format!("{entry}: x"),
            Self::List => format!("- {entry}"),
        }
    }
}

/// What has become of the entries.
enum Fate {
    /// They are where they should be, or it can't be told.
    Fine,
    /// The document is no YAML with them, or they are elsewhere than under the key above them. The column would be right,
    /// as far as it is known; the action may stand behind blanks that are printed too.
    Wrong { what: String, key: Option<String>, column: Option<usize>, is_behind: bool },
}

fn judge(
    context: &Context<'_>,
    name: &str,
    file: FileId,
    site: &Site<'_>,
    path: &[Arc<str>],
    left: &mut usize,
) -> Option<Diagnostic> {
    let keys: Vec<&str> = path.iter().map(|key| &**key).collect();
    // What is made up for a scenario says nothing of what is meant.
    let value = context.value(&keys);
    let shapes: &[Shape] = match value.map(|value| &value.data) {
        Some(Data::Map(map)) if !map.is_empty() => &[Shape::Mapping],
        Some(Data::List(items)) if !items.is_empty() => &[Shape::List],
        // An empty default is often of the other kind: only what fits neither is certain, where the key says no more.
        None | Some(Data::Null | Data::Map(_) | Data::List(_)) => &[Shape::Mapping, Shape::List],
        Some(_) => return None,
    };
    let is_unknown = value.is_none_or(|value| matches!(value.data, Data::Null));
    let mut worst = None;
    for shape in shapes {
        *left = left.checked_sub(1)?;
        let changes = [(path.to_vec(), shape.value())];
        let action = site.action.in_file(file);
        let fate = context
            .with_values(&changes, &|other| other == name, |view| {
                fate(context.sources, view, action, *shape)
            })
            .ok()?;
        let Fate::Wrong { key, .. } = &fate else { return None };
        match key.as_deref().and_then(Shape::of_key) {
            Some(wanted) if wanted == *shape => {
                worst = Some(fate);
                break;
            }
            Some(_) => {}
            // Without a default it may be a text.
            None if is_unknown => return None,
            None => worst = worst.or(Some(fate)),
        }
    }
    let Some(Fate::Wrong { what, column, is_behind, .. }) = worst else { return None };
    let number = context.sources.slice(site.number.in_file(file));
    let function = site.function;
    let message =
        format!("`{function} {number}` puts `{}` at a wrong column: {what}", keys.join("."));
    let mut found =
        Diagnostic::new("wrong-indent", Severity::Error, site.number.in_file(file), message)
            .label("with two entries this breaks");
    if let Some(span) = value
        .and_then(|value| value.source.as_ref())
        .map(|source| source.key.unwrap_or(source.value))
    {
        found = found.related(span, "this value is printed");
    }
    if let Some(column) = column {
        let help = if is_behind && function == "indent" {
            format!(
                "write `{{{{- … | nindent {column} }}}}`: the blanks before the action indent its first line once more"
            )
        } else {
            format!("write `{function} {column}`")
        };
        found = found.help(help);
    }
    Some(found)
}

/// Looks up the entries in what an action prints.
fn fate(sources: &SourceMap, view: &View<'_>, action: Span, shape: Shape) -> Fate {
    let (Some(template), Some(manifest)) =
        (view.rendered.templates.first(), view.manifests().first())
    else {
        return Fate::Fine;
    };
    let Ok(output) = &template.output else { return Fate::Fine };
    let text = output.text.as_str();
    let is_own = |at: usize| {
        view.rendered.resolve(output, at, 1).is_some_and(|resolved| {
            let chain = view.rendered.origins.chain(resolved.frame);
            let node = chain.first().map_or(resolved.node, |frame| frame.call);
            node.file == action.file
                && action.range.start <= node.range.start
                && node.range.end <= action.range.end
        })
    };
    // A key that is followed by a value which is empty has nothing to do with what comes next.
    let is_key = |at: usize| {
        let resolved = view.rendered.resolve(output, at, 1);
        let Some(colon) = resolved.and_then(|resolved| resolved.literal) else { return false };
        let source = sources.file(colon.file).text();
        let rest = source.get(colon.range.end as usize..).unwrap_or_default();
        let behind = rest.lines().next().unwrap_or_default();
        let start = colon.range.end as usize + (behind.len() - behind.trim_start().len());
        behind.trim().is_empty()
            || colon.file == action.file && start == action.range.start as usize
    };
    for (start, _) in text.match_indices(ENTRIES[0]) {
        if !is_own(start) {
            continue;
        }
        let Some(document) = manifest.documents.iter().find(|document| {
            document.range.start as usize <= start && start < document.range.end as usize
        }) else {
            continue;
        };
        let Some(block) = Printed::of(text, start, shape, &is_own, &is_key) else {
            return Fate::Fine;
        };
        if let Some(wrong) = block.judge(text, document, shape) {
            return wrong;
        }
    }
    Fate::Fine
}

/// The two lines of the entries, and the line before them.
struct Printed {
    /// Where the line before what the action prints begins.
    from: usize,
    /// The first entry.
    start: usize,
    /// Where the entries stand in their lines.
    columns: [usize; 2],
    /// The key of the line before, if it has no value of its own, and its column.
    key: Option<(String, usize)>,
    /// That key, or the one above the mapping that the line before is an entry of.
    owner: Option<String>,
    /// The column where the line before has its text, its dashes aside.
    before: Option<usize>,
}

impl Printed {
    /// Nothing if the entries are printed in another way than `toYaml` does. `is_own` says of a byte whether the action
    /// prints it.
    fn of(
        text: &str,
        start: usize,
        shape: Shape,
        is_own: &dyn Fn(usize) -> bool,
        is_key: &dyn Fn(usize) -> bool,
    ) -> Option<Self> {
        let line_start = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
        let mut lines = text.get(line_start..)?.lines();
        let (first, second) = (lines.next()?, lines.next()?);
        let is_entry = |line: &str, entry: &str| {
            let rest = line.trim().strip_prefix(shape.line(entry).as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.trim_start().starts_with('#'))
        };
        if !is_entry(first, ENTRIES[0]) || !is_entry(second, ENTRIES[1]) {
            return None;
        }
        let column = |line: &str| line.len() - line.trim_start().len();
        let (mut previous, mut top, mut end) = (None, first, line_start);
        for line in text.get(..line_start)?.split_inclusive('\n').rev() {
            end -= line.len();
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            // Entries of the default are printed before them.
            if !is_own(end + column(line)) {
                previous = Some(line);
                break;
            }
            top = line;
        }
        let content = previous.map(|line| {
            let inner = line.trim_start_matches([' ', '-']);
            (line.len() - inner.len(), inner.trim_end())
        });
        // A text may be meant: behind the head of a block scalar anything fits.
        if content.is_some_and(|(_, content)| is_block_head(content)) {
            return None;
        }
        let key = content.and_then(|(column, content)| {
            let key = content.strip_suffix(':')?;
            let is_plain = !key.contains([' ', '{', '[', '#', '"', '\'']);
            (is_plain && is_key(end + column + key.len())).then(|| (key.to_owned(), column))
        });
        let before = content.map(|(column, _)| column);
        // What the mapping belongs to that the line before is an entry of.
        let mut outer = text.get(..end)?.lines().rev().filter(|line| {
            // Behind a shallower one it belongs to something further out.
            before.is_some_and(|before| column(line) < before && before <= column(top))
                && !line.trim().is_empty()
        });
        let owner = match (&key, outer.next()) {
            (Some((key, _)), _) => Some(key.clone()),
            (None, Some(line)) => line.trim().strip_suffix(':').map(str::to_owned),
            (None, None) => None,
        };
        Some(Self { from: end, start, columns: [column(top), column(second)], key, owner, before })
    }

    fn judge(&self, text: &str, document: &Document, shape: Shape) -> Option<Fate> {
        let column = match (&self.key, self.before) {
            (Some((_, column)), _) => Some(column + STEP),
            (None, Some(column)) if shape == Shape::Mapping => Some(column),
            _ => None,
        };
        let is_behind = self.columns[0] != self.columns[1];
        let wrong = |what: String| {
            let key = self.owner.clone();
            Some(Fate::Wrong { what, key, column, is_behind })
        };
        if let Some(error) = document.errors.first() {
            // Elsewhere in the document the value may be used for something else.
            let at = error.range.start as usize;
            let behind = text.get(self.start..at).unwrap_or_default();
            let is_here = self.from <= at && behind.matches('\n').count() <= MAX_LINES_BEHIND;
            return if is_here {
                wrong("the document is no YAML any more".to_owned())
            } else {
                None
            };
        }
        let root = document.root.as_ref()?;
        let (key, _) = self.key.as_ref()?;
        let mut keys = Vec::new();
        if !holder(&root.node, self.start, &mut keys) || keys.last() == Some(key) {
            return None;
        }
        let lands = match keys.last() {
            Some(other) => format!("under `{other}`"),
            None => "at the top".to_owned(),
        };
        wrong(format!("the entries stand {lands} instead of under `{key}`"))
    }
}

/// `key: |` and the like.
fn is_block_head(line: &str) -> bool {
    let head = line.rsplit(' ').next().unwrap_or_default();
    head.starts_with(['|', '>']) && head.len() <= MAX_BLOCK_HEAD
}

/// Whether all documents of a template are YAML.
fn is_sound(manifest: &Manifest) -> bool {
    manifest.documents.iter().all(|document| document.errors.is_empty())
}

/// Whether a template prints YAML as soon as a value is empty.
fn is_mended(context: &Context<'_>, name: &str, path: &[Arc<str>]) -> bool {
    let keys: Vec<&str> = path.iter().map(|key| &**key).collect();
    // Mappings are merged with the default, which only null takes away.
    let empty = match context.value(&keys).map(|value| &value.data) {
        Some(Data::List(_)) => Data::List(Vec::new()),
        _ => Data::Null,
    };
    let changes = [(path.to_vec(), Value::made_up(empty))];
    let is_so = context.with_values(&changes, &|other| other == name, |view| {
        view.rendered.templates.first().is_some_and(|template| template.output.is_ok())
            && view.manifests().first().is_some_and(is_sound)
    });
    is_so.unwrap_or(false)
}

/// Whether a mapping or list has the entry that begins at `start`; `keys` are those that lead to it then.
fn holder(node: &Node, start: usize, keys: &mut Vec<String>) -> bool {
    if keys.len() > MAX_DEPTH {
        return false;
    }
    match &node.kind {
        NodeKind::Map(_) => node.entries().any(|entry| {
            if entry.key_range.start as usize == start {
                return true;
            }
            keys.push(entry.key.to_string());
            let is_here = holder(&entry.value.node, start, keys);
            if !is_here {
                keys.pop();
            }
            is_here
        }),
        NodeKind::Seq(items) => items.iter().any(|item| {
            item.range.start as usize == start && item.node.as_str().is_some()
                || holder(&item.node, start, keys)
        }),
        _ => false,
    }
}
