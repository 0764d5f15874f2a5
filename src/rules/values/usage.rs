//! Where templates name values, in all their branches: also in those that no values open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chart::{Chart, Template};
use crate::source::{FileId, Span, TextRange};
use crate::template::ast::{Block, Command, Expr, Ident, Node, Pipeline};

/// What becomes of a value that a template names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sink {
    /// Only its truth, its kind or its likeness to something matters.
    Condition,
    /// It is the dot of a `with`.
    With,
    /// A `range` goes through it.
    Range,
    /// It becomes a variable.
    Variable,
    /// It is handed to a template or to a function that may look at any part of it.
    Passed,
    /// It is printed.
    Printed,
}

/// From where the names of a value lead on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// `.Values`, the dot of a `with` that is below it, or a variable that is.
    Values,
    /// Anything else.
    Elsewhere,
}

/// One place where a template names a value.
#[derive(Clone, Debug)]
pub struct Use {
    /// From where the names lead on.
    pub start: Start,
    /// The keys, with their places where they are fields.
    pub names: Vec<(Arc<str>, Option<Span>)>,
    /// What becomes of it.
    pub sink: Sink,
    /// It is handed to a function that is made for what may be missing.
    pub is_guarded: bool,
}

/// All places where the templates of a chart and its subcharts name values.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Those of the chart's own templates, and of all helpers of the tree, by the node that names the value.
    uses: BTreeMap<(FileId, u32, u32), Use>,
    /// All fields and literals of the tree.
    mentioned: BTreeSet<Arc<str>>,
    /// The usage of each subchart.
    subcharts: Vec<Usage>,
}

/// Functions that give back what they are given, or take something else if it is missing.
const HANDING_ON: [&str; 6] = ["and", "coalesce", "default", "or", "required", "ternary"];

/// Functions that only look whether a value is there, of which kind it is, or whether it is like another.
const TESTING: [&str; 21] = [
    "all",
    "any",
    "contains",
    "empty",
    "eq",
    "ge",
    "gt",
    "has",
    "hasPrefix",
    "hasSuffix",
    "kindIs",
    "kindOf",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "regexMatch",
    "typeIs",
    "typeIsLike",
    "typeOf",
];

/// Functions whose result shows as much as what they are given.
const PRINTING: [&str; 44] = [
    "abbrev",
    "add",
    "add1",
    "b64enc",
    "camelcase",
    "cat",
    "ceil",
    "div",
    "float64",
    "floor",
    "indent",
    "int",
    "int64",
    "join",
    "kebabcase",
    "lower",
    "max",
    "min",
    "mod",
    "mul",
    "nindent",
    "nospace",
    "print",
    "printf",
    "println",
    "quote",
    "replace",
    "round",
    "sha256sum",
    "snakecase",
    "squote",
    "sub",
    "substr",
    "title",
    "toJson",
    "toString",
    "toYaml",
    "trim",
    "trimAll",
    "trimPrefix",
    "trimSuffix",
    "trunc",
    "untitle",
    "upper",
];

impl Usage {
    /// That of a chart and those below it.
    pub fn of(chart: &Chart) -> Self {
        let mut helpers = Vec::new();
        all_templates(chart, &mut helpers);
        let mut mentioned = BTreeSet::new();
        let mut of_helpers = BTreeMap::new();
        for template in &helpers {
            let mut walker = Walker::new(template.file);
            for define in &template.ast.defines {
                walker.body(&define.body);
            }
            of_helpers.append(&mut walker.uses);
            walker.body(&template.ast.body);
            mentioned.append(&mut walker.mentioned);
        }
        Self::with_helpers(chart, &of_helpers, &mentioned)
    }

    fn with_helpers(
        chart: &Chart,
        helpers: &BTreeMap<(FileId, u32, u32), Use>,
        mentioned: &BTreeSet<Arc<str>>,
    ) -> Self {
        let mut uses = helpers.clone();
        for template in &chart.templates {
            let mut walker = Walker::new(template.file);
            walker.body(&template.ast.body);
            uses.append(&mut walker.uses);
        }
        let below = chart.subcharts.iter();
        let subcharts = below.map(|sub| Self::with_helpers(sub, helpers, mentioned)).collect();
        Self { uses, mentioned: mentioned.clone(), subcharts }
    }

    /// The usage of the subchart with that number.
    pub fn subchart(&self, at: usize) -> Option<&Self> {
        self.subcharts.get(at)
    }

    /// What a template does with the value that it names at exactly `node`.
    pub fn at(&self, node: Span) -> Option<&Use> {
        self.uses.get(&(node.file, node.range.start, node.range.end))
    }

    /// Whether some template may read the value at `path`, or what stands below it: by its whole path, or because a
    /// mapping around it is used in a way that can't be followed.
    pub fn may_read(&self, path: &[Arc<str>]) -> bool {
        self.uses.values().filter(|found| found.start == Start::Values).any(|found| {
            let shared = found.names.iter().zip(path).take_while(|((a, _), b)| a == *b).count();
            // `.Values.a.b` reads a part of `a`.
            if shared == path.len() {
                return true;
            }
            if shared < found.names.len() {
                return false;
            }
            let rest = path.get(shared..).unwrap_or_default();
            match found.sink {
                Sink::Condition => false,
                Sink::Range | Sink::Passed | Sink::Printed => true,
                Sink::With | Sink::Variable => {
                    rest.first().is_some_and(|key| self.mentioned.contains(key))
                        && rest.last().is_some_and(|key| self.mentioned.contains(key))
                }
            }
        })
    }

    /// Whether a mapping at or above `path` is used as a whole somewhere: then its keys are the user's.
    pub fn is_whole(&self, path: &[Arc<str>]) -> bool {
        self.uses.values().filter(|found| found.start == Start::Values).any(|found| {
            let is_above = found.names.len() <= path.len()
                && found.names.iter().zip(path).all(|((a, _), b)| a == b);
            is_above && !matches!(found.sink, Sink::Condition | Sink::With)
        })
    }
}

/// All templates of a chart and of those below it.
fn all_templates<'c>(chart: &'c Chart, found: &mut Vec<&'c Template>) {
    found.extend(&chart.templates);
    chart.subcharts.iter().for_each(|sub| all_templates(sub, found));
}

/// Keys, with their places where they are fields.
type Names = Vec<(Arc<str>, Option<Span>)>;

struct Walker {
    file: FileId,
    uses: BTreeMap<(FileId, u32, u32), Use>,
    mentioned: BTreeSet<Arc<str>>,
    /// The dot, if it is a value whose path is known; the innermost last.
    dots: Vec<Option<Names>>,
    /// Variables, and their paths where they are known; the innermost last.
    variables: Vec<(Arc<str>, Option<Names>)>,
    /// Variables that are set anew somewhere: they may be this or that.
    changed: BTreeSet<Arc<str>>,
}

/// What is done with the value of an expression.
#[derive(Clone, Copy)]
struct Fate {
    sink: Sink,
    is_guarded: bool,
}

impl Walker {
    fn new(file: FileId) -> Self {
        Self {
            file,
            uses: BTreeMap::new(),
            mentioned: BTreeSet::new(),
            dots: Vec::new(),
            variables: Vec::new(),
            changed: BTreeSet::new(),
        }
    }

    /// A text of its own: a file, or what it defines.
    fn body(&mut self, block: &Block) {
        self.dots.clear();
        self.variables.clear();
        self.changed.clear();
        changed(block, &mut self.changed);
        self.block(block, None);
    }

    fn block(&mut self, block: &Block, dot: Option<Names>) {
        let outer = self.variables.len();
        self.dots.push(dot);
        for node in &block.nodes {
            match node {
                Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
                Node::Action(action) => {
                    let sink = match self.value_set(&action.pipe) {
                        Some(sink) => sink,
                        None => Sink::Printed,
                    };
                    self.pipeline(&action.pipe, Fate { sink, is_guarded: false });
                    self.set(&action.pipe);
                }
                Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                    let before = self.variables.len();
                    let sink = match node {
                        Node::With(_) => Sink::With,
                        Node::Range(_) => Sink::Range,
                        // `{{ if $x := .Values.a }}` is no mere question.
                        _ => self.value_set(&branch.pipe).unwrap_or(Sink::Condition),
                    };
                    self.pipeline(&branch.pipe, Fate { sink, is_guarded: true });
                    let own = self.dots.last().cloned().flatten();
                    let inner = match node {
                        Node::With(_) => self.path_of(&branch.pipe),
                        Node::Range(_) => None,
                        _ => own.clone(),
                    };
                    if matches!(node, Node::Range(_)) {
                        for variable in &branch.pipe.variables {
                            self.variables.push((Arc::clone(&variable.name), None));
                        }
                    } else {
                        self.set(&branch.pipe);
                    }
                    self.block(&branch.body, inner);
                    if let Some(otherwise) = &branch.otherwise {
                        self.block(otherwise, own);
                    }
                    self.variables.truncate(before);
                }
                Node::Template(call) => {
                    if let Some(pipe) = &call.pipe {
                        self.pipeline(pipe, Fate { sink: Sink::Passed, is_guarded: false });
                    }
                }
            }
        }
        self.dots.pop();
        self.variables.truncate(outer);
    }

    /// What becomes of the value that a pipeline sets variables to, if it sets any.
    fn value_set(&mut self, pipe: &Pipeline) -> Option<Sink> {
        if pipe.variables.is_empty() {
            return None;
        }
        // What is done with a variable whose path is known is seen where it is done.
        let is_followed = self.is_followed(pipe) && self.path_of(pipe).is_some();
        Some(if is_followed { Sink::With } else { Sink::Variable })
    }

    fn is_followed(&self, pipe: &Pipeline) -> bool {
        !pipe.variables.iter().any(|variable| self.changed.contains(&variable.name))
    }

    /// Remembers what a pipeline sets variables to.
    fn set(&mut self, pipe: &Pipeline) {
        if pipe.variables.is_empty() || pipe.assign {
            return;
        }
        let path = if self.is_followed(pipe) { self.path_of(pipe) } else { None };
        for variable in &pipe.variables {
            self.variables.push((Arc::clone(&variable.name), path.clone()));
        }
    }

    /// The path of the value that a pipeline is, if it is no more than a path.
    fn path_of(&mut self, pipe: &Pipeline) -> Option<Names> {
        let [only] = pipe.commands.as_slice() else { return None };
        let [only] = only.args.as_slice() else { return None };
        match self.named(only)? {
            (Start::Values, names) => Some(names),
            (Start::Elsewhere, _) => None,
        }
    }

    fn pipeline(&mut self, pipe: &Pipeline, fate: Fate) {
        let mut fate = fate;
        // From the end: what is piped on has the fate that the commands behind it make.
        for (at, command) in pipe.commands.iter().enumerate().rev() {
            self.command(command, fate, at > 0);
            fate = through(command, fate);
        }
    }

    fn command(&mut self, command: &Command, fate: Fate, is_piped: bool) {
        let Some((first, rest)) = command.args.split_first() else { return };
        let Expr::Function(function) = first else {
            for operand in &command.args {
                self.operand(operand, fate);
            }
            return;
        };
        if !is_piped && self.lookup(&function.name, command, rest, fate) {
            return;
        }
        let inner = through(command, fate);
        for operand in rest {
            self.operand(operand, inner);
        }
    }

    /// `index .Values "a" "b"` and the like name a value by literals.
    fn lookup(&mut self, function: &str, command: &Command, args: &[Expr], fate: Fate) -> bool {
        let (base, keys) = match (function, args) {
            ("index" | "get" | "hasKey", [base, keys @ ..]) => (base, keys),
            ("dig", [keys @ .., fallback, base]) => {
                self.operand(fallback, Fate { sink: Sink::Passed, is_guarded: true });
                (base, keys)
            }
            _ => return false,
        };
        let literal = |key: &Expr| match key {
            Expr::Str(text) => Some(Arc::clone(&text.value)),
            _ => None,
        };
        let literals: Option<Vec<Arc<str>>> = keys.iter().map(literal).collect();
        let (Some(literals), Some((start, mut names))) = (literals, self.named(base)) else {
            return false;
        };
        self.mentioned.extend(literals.iter().cloned());
        names.extend(literals.into_iter().map(|key| (key, None)));
        let sink = if function == "hasKey" { Sink::Condition } else { fate.sink };
        let is_guarded = fate.is_guarded || function != "index";
        self.add(base.range(), Use { start, names: names.clone(), sink, is_guarded });
        self.add(command.range, Use { start, names, sink, is_guarded });
        true
    }

    fn operand(&mut self, operand: &Expr, fate: Fate) {
        match operand {
            Expr::Field(range, _) | Expr::Variable(_, range, _) | Expr::Dot(range) => {
                if let Some((start, names)) = self.named(operand) {
                    let Fate { sink, is_guarded } = fate;
                    self.add(*range, Use { start, names, sink, is_guarded });
                }
            }
            Expr::Chain(range, inner, fields) => {
                self.mentioned.extend(fields.iter().map(|field| Arc::clone(&field.name)));
                let own = self.named(operand);
                // What stands in the parentheses is asked for its fields, if it has any.
                self.operand(inner, Fate { sink: Sink::With, is_guarded: true });
                if let Some((start, names)) = own {
                    let Fate { sink, is_guarded } = fate;
                    self.add(*range, Use { start, names, sink, is_guarded });
                }
            }
            Expr::Pipe(_, pipe) => self.pipeline(pipe, fate),
            Expr::Str(text) => {
                // Keys that are put together, and texts for `tpl`.
                let parts =
                    text.value.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
                self.mentioned.extend(parts.map(Arc::from));
                self.mentioned.insert(Arc::clone(&text.value));
            }
            Expr::Function(_) | Expr::Nil(_) | Expr::Bool(..) | Expr::Number(_) => {}
        }
    }

    /// The keys that an expression leads through.
    fn named(&mut self, operand: &Expr) -> Option<(Start, Names)> {
        match operand {
            Expr::Dot(_) => Some((Start::Values, self.dots.last().cloned().flatten()?)),
            Expr::Field(_, fields) => {
                let dot = self.dots.last().cloned().flatten();
                Some(self.fields(fields, dot))
            }
            Expr::Variable(variable, _, fields) => {
                let known = self.variables.iter().rev().find(|(name, _)| *name == variable.name);
                let path = known.and_then(|(_, path)| path.clone());
                if fields.is_empty() {
                    return Some((Start::Values, path?));
                }
                Some(self.fields(fields, path))
            }
            Expr::Chain(_, inner, fields) => {
                let (start, mut names) = self.named(inner)?;
                names.extend(fields.iter().map(|field| self.name(field)));
                Some((start, names))
            }
            Expr::Pipe(_, pipe) => match pipe.commands.as_slice() {
                [only] if pipe.variables.is_empty() => match only.args.as_slice() {
                    [only] => self.named(only),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// Fields of something whose own path may be known.
    fn fields(&mut self, fields: &[Ident], of: Option<Names>) -> (Start, Names) {
        self.mentioned.extend(fields.iter().map(|field| Arc::clone(&field.name)));
        let names = |from: usize| -> Names {
            fields.get(from..).unwrap_or_default().iter().map(|field| self.name(field)).collect()
        };
        if let Some(mut path) = of {
            path.extend(names(0));
            return (Start::Values, path);
        }
        match fields.iter().position(|field| &*field.name == "Values") {
            None => (Start::Elsewhere, names(0)),
            // `.Subcharts.cache.Values.size` is `.Values.cache.size`.
            Some(at) => {
                let above = fields.iter().take(at).skip_while(|field| &*field.name != "Subcharts");
                let above = above.filter(|field| &*field.name != "Subcharts");
                let mut all: Names = above.map(|field| self.name(field)).collect();
                all.extend(names(at + 1));
                (Start::Values, all)
            }
        }
    }

    fn name(&self, field: &Ident) -> (Arc<str>, Option<Span>) {
        (Arc::clone(&field.name), Some(field.range.in_file(self.file)))
    }

    fn add(&mut self, range: TextRange, found: Use) {
        self.uses.insert((self.file, range.start, range.end), found);
    }
}

/// The variables that a block sets anew.
fn changed(block: &Block, found: &mut BTreeSet<Arc<str>>) {
    let mut look = |pipe: &Pipeline| {
        if pipe.assign {
            found.extend(pipe.variables.iter().map(|variable| Arc::clone(&variable.name)));
        }
    };
    for node in &block.nodes {
        match node {
            Node::Action(action) => look(&action.pipe),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => look(&branch.pipe),
            Node::Text(_) | Node::Template(_) | Node::Break(_) | Node::Continue(_) => {}
        }
    }
    for node in &block.nodes {
        let (Node::If(branch) | Node::With(branch) | Node::Range(branch)) = node else { continue };
        changed(&branch.body, found);
        branch.otherwise.iter().for_each(|otherwise| changed(otherwise, found));
    }
}

/// What becomes of an argument of a command whose result has a fate.
fn through(command: &Command, fate: Fate) -> Fate {
    let Some(Expr::Function(function)) = command.args.first() else {
        return Fate { sink: Sink::Passed, ..fate };
    };
    let name = &*function.name;
    if HANDING_ON.contains(&name) {
        Fate { is_guarded: true, ..fate }
    } else if TESTING.contains(&name) {
        Fate { sink: Sink::Condition, is_guarded: true }
    } else if PRINTING.contains(&name) {
        fate
    } else {
        Fate { sink: Sink::Passed, ..fate }
    }
}
