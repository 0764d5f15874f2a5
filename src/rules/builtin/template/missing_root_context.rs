//! `missing-root-context`: inside `range` and `with` the dot is another value, and has none of Helm's own fields.
//!
//! Where the dot leads is followed in the text: only what can't be the root, whatever the values are, is a finding.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chart::{Chart, Template};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, Rule};
use crate::source::{FileId, TextRange};
use crate::template::ast::{Block, Branch, Command, Expr, Ident, Node, Pipeline};
use crate::values::{Data, Value};

/// What Helm puts at the top (`pkg/chart/common/util/values.go` and `pkg/engine/engine.go`).
const OF_ROOT: [&str; 6] = ["Values", "Release", "Chart", "Files", "Capabilities", "Template"];

/// Functions whose result is never the root, whatever they get: texts, numbers, booleans, lists, and mappings that they
/// make of a text.
const NEVER_ROOT: [&str; 48] = [
    "add",
    "add1",
    "b64dec",
    "b64enc",
    "compact",
    "concat",
    "contains",
    "eq",
    "empty",
    "fromJson",
    "fromJsonArray",
    "fromYaml",
    "fromYamlArray",
    "gt",
    "has",
    "hasKey",
    "include",
    "int",
    "int64",
    "keys",
    "len",
    "lookup",
    "lower",
    "lt",
    "ne",
    "not",
    "print",
    "printf",
    "quote",
    "regexFind",
    "regexFindAll",
    "regexSplit",
    "replace",
    "semver",
    "semverCompare",
    "seq",
    "sortAlpha",
    "split",
    "splitList",
    "squote",
    "sub",
    "toJson",
    "toString",
    "toYaml",
    "tpl",
    "trim",
    "until",
    "untilStep",
];

/// Functions that forgive a value that is missing, so that reading one is no mistake.
const FORGIVING: [&str; 9] =
    ["and", "coalesce", "default", "dig", "empty", "get", "hasKey", "kindIs", "or"];

/// How deep helpers are followed that call each other with their dot.
const MAX_DEPTH: usize = 16;

/// How deep values are searched for keys that are called like Helm's own.
const MAX_VALUE_DEPTH: usize = 32;

pub(in crate::rules::builtin) struct MissingRootContext;

impl Rule for MissingRootContext {
    fn name(&self) -> &'static str {
        "missing-root-context"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let helpers = Helpers::of(context.chart);
        for template in &context.chart.templates {
            if !template.ast.errors.is_empty() {
                continue;
            }
            let is_run = !template.name.rsplit('/').next().unwrap_or_default().starts_with('_');
            let bodies = template.ast.defines.iter().map(|define| (&define.body, Dot::Unknown));
            let own = std::iter::once((&template.ast.body, Dot::Root)).filter(|_| is_run);
            for (body, dot) in own.chain(bodies) {
                let mut walker =
                    Walker { context, template, helpers: &helpers, variables: Vec::new(), out };
                walker.variables.push((Arc::from("$"), dot.clone()));
                walker.block(body, &dot);
            }
        }
    }
}

/// What the dot, or a variable, is.
#[derive(Clone, Debug)]
enum Dot {
    /// What a template file is executed with.
    Root,
    /// Something below `.Values`: the keys that lead there, as far as they are known.
    Value(Vec<Arc<str>>),
    /// No mapping of Helm's, whatever the values are.
    Other,
    /// Whatever a helper is given, or what can't be followed.
    Unknown,
}

/// What the walk has to say of a place where the dot is none of the root.
struct Around {
    open: TextRange,
    is_range: bool,
}

struct Walker<'w, 'c> {
    context: &'w Context<'c>,
    template: &'w Template,
    helpers: &'w Helpers<'w>,
    variables: Vec<(Arc<str>, Dot)>,
    out: &'w mut Vec<Diagnostic>,
}

impl<'w> Walker<'w, '_> {
    fn block(&mut self, block: &'w Block, dot: &Dot) {
        self.inside(block, dot, None);
    }

    fn inside(&mut self, block: &'w Block, dot: &Dot, around: Option<&Around>) {
        for node in &block.nodes {
            match node {
                Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
                Node::Action(action) => {
                    self.pipeline(&action.pipe, dot, around);
                    self.declare(&action.pipe, dot, false);
                }
                Node::Template(call) => {
                    if let Some(pipe) = &call.pipe {
                        self.pipeline(pipe, dot, around);
                        let given = self.shape(pipe, dot);
                        let is_dot = is_plain_dot(pipe);
                        self.call(&call.name, call.range, &given, is_dot, around);
                    }
                }
                Node::If(branch) => self.branch(branch, dot, around, None),
                Node::With(branch) => self.branch(branch, dot, around, Some(false)),
                Node::Range(branch) => self.branch(branch, dot, around, Some(true)),
            }
        }
    }

    /// `range` says of a branch that changes the dot which one it is.
    fn branch(
        &mut self,
        branch: &'w Branch,
        dot: &Dot,
        around: Option<&Around>,
        range: Option<bool>,
    ) {
        let mark = self.variables.len();
        self.pipeline(&branch.pipe, dot, around);
        self.declare(&branch.pipe, dot, range == Some(true));
        match range {
            None => self.inside(&branch.body, dot, around),
            Some(is_range) => {
                let whole = self.shape(&branch.pipe, dot);
                let own = if is_range { element(&whole) } else { whole };
                let opened = Around { open: branch.open, is_range };
                let is_changed = matches!(own, Dot::Value(_) | Dot::Other);
                self.inside(&branch.body, &own, if is_changed { Some(&opened) } else { None });
            }
        }
        if let Some(otherwise) = &branch.otherwise {
            self.inside(otherwise, dot, around);
        }
        self.variables.truncate(mark);
    }

    /// Takes down what variables are set to. One that is set again may be anything.
    fn declare(&mut self, pipe: &'w Pipeline, dot: &Dot, is_range: bool) {
        if pipe.variables.is_empty() {
            return;
        }
        let whole = self.shape(pipe, dot);
        let count = pipe.variables.len();
        for (at, variable) in pipe.variables.iter().enumerate() {
            let own = match (is_range, at + 1 == count) {
                (true, true) => element(&whole),
                (true, false) => Dot::Other,
                (false, _) => whole.clone(),
            };
            if pipe.assign {
                let known = self.variables.iter_mut().filter(|(name, _)| *name == variable.name);
                known.for_each(|(_, known)| *known = Dot::Unknown);
            } else {
                self.variables.push((Arc::clone(&variable.name), own));
            }
        }
    }

    fn pipeline(&mut self, pipe: &'w Pipeline, dot: &Dot, around: Option<&Around>) {
        for (at, command) in pipe.commands.iter().enumerate() {
            let next = pipe.commands.get(at + 1);
            let is_forgiven = is_forgiving(command) || next.is_some_and(is_forgiving);
            if let [Expr::Function(function), Expr::Str(name), given] = command.args.as_slice()
                && &*function.name == "include"
            {
                let shape = self.operand_shape(given, dot);
                let is_dot = matches!(given, Expr::Dot(_));
                self.call(&name.value, command.range, &shape, is_dot, around);
            }
            for operand in &command.args {
                self.operand(operand, dot, around, is_forgiven);
            }
        }
    }

    fn operand(
        &mut self,
        operand: &'w Expr,
        dot: &Dot,
        around: Option<&Around>,
        is_forgiven: bool,
    ) {
        match operand {
            Expr::Field(range, names) => self.field(*range, names, dot, around, is_forgiven),
            Expr::Pipe(_, pipe) => self.pipeline(pipe, dot, around),
            Expr::Chain(_, inner, _) => self.operand(inner, dot, around, true),
            _ => {}
        }
    }

    fn field(
        &mut self,
        range: TextRange,
        names: &[Ident],
        dot: &Dot,
        around: Option<&Around>,
        is_forgiven: bool,
    ) {
        let ([first, rest @ ..], Some(around)) = (names, around) else { return };
        if !OF_ROOT.contains(&&*first.name)
            || is_forgiven && rest.is_empty()
            || self.may_have(dot, &first.name)
        {
            return;
        }
        let field = shown_fields(names);
        let message = format!("`{field}` is read where the dot is {}", shown(dot, around));
        let found = self.report(range, message, around);
        self.out.push(found.help(format!("write `${field}`")).subject(field));
    }

    /// A call of a helper with a dot.
    fn call(
        &mut self,
        name: &Arc<str>,
        range: TextRange,
        given: &Dot,
        is_dot: bool,
        around: Option<&Around>,
    ) {
        let Some(around) = around.filter(|_| is_dot) else { return };
        let Some((field, file, place)) = self.helpers.needs_root(name, MAX_DEPTH) else { return };
        let top = field.split('.').nth(1).unwrap_or_default();
        if self.may_have(given, top) {
            return;
        }
        let message = format!("`{name}` reads `{field}`, but is given {}", shown(given, around));
        let found = self
            .report(range, message, around)
            .related(place.in_file(file), "this is read from the dot of the caller");
        self.out.push(found.help(format!("write `include \"{name}\" $`")).subject(&**name));
    }

    fn report(&self, range: TextRange, message: String, around: &Around) -> Diagnostic {
        let file = self.template.file;
        let what = if around.is_range { "`range`" } else { "`with`" };
        Diagnostic::new("missing-root-context", Severity::Error, range.in_file(file), message)
            .label("rendering stops here, or prints nothing")
            .related(around.open.in_file(file), format!("this {what} sets the dot"))
    }

    /// Whether something that is no root can have a field that is called like one of Helm's.
    fn may_have(&self, dot: &Dot, field: &str) -> bool {
        match dot {
            Dot::Root | Dot::Unknown => true,
            Dot::Other => false,
            Dot::Value(path) => {
                // Below entries of lists the path ends: any of them may have it.
                let mut value = self.context.value(&[]);
                for key in path {
                    match value.and_then(|value| value.child(key)) {
                        Some(child) => value = Some(child),
                        None => break,
                    }
                }
                let is_top = path.first().is_some_and(|key| self.context.value(&[key]).is_none());
                !is_top && value.is_some_and(|value| has_key(value, field, MAX_VALUE_DEPTH))
            }
        }
    }

    /// What a pipeline gives.
    fn shape(&self, pipe: &Pipeline, dot: &Dot) -> Dot {
        let Some(last) = pipe.commands.last() else { return Dot::Unknown };
        match last.args.as_slice() {
            [Expr::Function(function), ..] => {
                if NEVER_ROOT.contains(&&*function.name) {
                    return Dot::Other;
                }
                Dot::Unknown
            }
            [operand] if pipe.commands.len() == 1 => self.operand_shape(operand, dot),
            // A method of `.Files` or `.Capabilities`.
            _ => Dot::Unknown,
        }
    }

    fn operand_shape(&self, operand: &Expr, dot: &Dot) -> Dot {
        match operand {
            Expr::Dot(_) => dot.clone(),
            Expr::Field(_, names) => below(dot, names),
            Expr::Variable(variable, _, names) => {
                let known = self.variables.iter().rev().find(|(name, _)| *name == variable.name);
                known.map_or(Dot::Unknown, |(_, known)| below(known, names))
            }
            Expr::Pipe(_, pipe) => self.shape(pipe, dot),
            Expr::Number(_) | Expr::Str(_) | Expr::Bool(..) => Dot::Other,
            Expr::Chain(..) | Expr::Nil(_) | Expr::Function(_) => Dot::Unknown,
        }
    }
}

/// Whether a pipeline is just `.`.
fn is_plain_dot(pipe: &Pipeline) -> bool {
    match pipe.commands.as_slice() {
        [only] => matches!(only.args.as_slice(), [Expr::Dot(_)]),
        _ => false,
    }
}

fn is_forgiving(command: &Command) -> bool {
    matches!(command.args.first(), Some(Expr::Function(function))
        if FORGIVING.contains(&&*function.name))
}

/// The fields of something.
fn below(dot: &Dot, names: &[Ident]) -> Dot {
    let keys = || names.iter().map(|name| Arc::clone(&name.name));
    match (dot, names) {
        (_, []) => dot.clone(),
        (Dot::Root, [first, rest @ ..]) => match (&*first.name, rest) {
            ("Values", [_, ..]) => Dot::Value(keys().skip(1).collect()),
            ("Release" | "Chart" | "Template", [_, ..]) => Dot::Other,
            _ => Dot::Unknown,
        },
        (Dot::Value(path), _) => Dot::Value(path.iter().cloned().chain(keys()).collect()),
        (Dot::Other | Dot::Unknown, _) => Dot::Unknown,
    }
}

/// What a `range` over it has as its dot. Keys of elements are looked up in all of what is ranged over.
fn element(whole: &Dot) -> Dot {
    whole.clone()
}

/// Whether a mapping in the value has the key.
fn has_key(value: &Value, key: &str, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    match &value.data {
        Data::Map(map) => {
            map.contains_key(key) || map.values().any(|value| has_key(value, key, depth))
        }
        Data::List(items) => items.iter().any(|value| has_key(value, key, depth)),
        _ => false,
    }
}

/// `.Values.a`
fn shown_fields(names: &[Ident]) -> String {
    let names: Vec<&str> = names.iter().map(|name| &*name.name).collect();
    format!(".{}", names.join("."))
}

/// What the dot is, in words.
fn shown(dot: &Dot, around: &Around) -> String {
    match dot {
        Dot::Value(path) if around.is_range => format!("an entry of `.Values.{}`", path.join(".")),
        Dot::Value(path) => format!("`.Values.{}`", path.join(".")),
        _ if around.is_range => "an entry of what is ranged over".to_owned(),
        _ => "the value of `with`".to_owned(),
    }
}

/// The first body of each helper, and where it stands. Those with several bodies are left out.
struct Helpers<'h> {
    bodies: BTreeMap<Arc<str>, (FileId, &'h Block)>,
}

impl<'h> Helpers<'h> {
    fn of(chart: &'h Chart) -> Self {
        fn collect<'h>(
            chart: &'h Chart,
            bodies: &mut BTreeMap<Arc<str>, (FileId, &'h Block)>,
            several: &mut BTreeSet<Arc<str>>,
        ) {
            for template in &chart.templates {
                for define in &template.ast.defines {
                    let own = (template.file, &define.body);
                    if bodies.insert(Arc::clone(&define.name), own).is_some() {
                        several.insert(Arc::clone(&define.name));
                    }
                }
            }
            chart.subcharts.iter().for_each(|sub| collect(sub, bodies, several));
        }
        let (mut bodies, mut several) = (BTreeMap::new(), BTreeSet::new());
        collect(chart, &mut bodies, &mut several);
        bodies.retain(|name, _| !several.contains(name));
        Self { bodies }
    }

    /// A field of the root that the helper reads of its dot whatever happens, and where.
    fn needs_root(&self, name: &str, depth: usize) -> Option<(String, FileId, TextRange)> {
        let depth = depth.checked_sub(1)?;
        let (file, body) = self.bodies.get(name)?;
        for node in &body.nodes {
            let pipe = match node {
                Node::Action(action) => &action.pipe,
                // Only the condition is evaluated for sure.
                Node::If(branch) | Node::With(branch) | Node::Range(branch) => &branch.pipe,
                Node::Template(call) => {
                    let is_given_dot = call.pipe.as_ref().is_some_and(is_plain_dot);
                    if let Some(found) =
                        is_given_dot.then(|| self.needs_root(&call.name, depth)).flatten()
                    {
                        return Some(found);
                    }
                    continue;
                }
                Node::Text(_) | Node::Break(_) | Node::Continue(_) => continue,
            };
            if let Some(found) = self.pipeline_needs_root(*file, pipe, depth) {
                return Some(found);
            }
        }
        None
    }

    fn pipeline_needs_root(
        &self,
        file: FileId,
        pipe: &Pipeline,
        depth: usize,
    ) -> Option<(String, FileId, TextRange)> {
        // `and` and `or` need not look at all of their arguments.
        let command = pipe.commands.first()?;
        if let [Expr::Function(function), Expr::Str(name), Expr::Dot(_)] = command.args.as_slice()
            && &*function.name == "include"
        {
            return self.needs_root(&name.value, depth);
        }
        let is_short = matches!(command.args.first(), Some(Expr::Function(function))
            if matches!(&*function.name, "and" | "or"));
        let operands = command.args.iter().take(if is_short { 2 } else { usize::MAX });
        for operand in operands {
            match operand {
                // Of nothing, a second field can't be read.
                Expr::Field(range, names) if names.len() > 1 => {
                    let first = names.first().filter(|name| OF_ROOT.contains(&&*name.name));
                    if first.is_some() {
                        let field = shown_fields(names);
                        return Some((field, file, *range));
                    }
                }
                Expr::Pipe(_, pipe) => {
                    if let Some(found) = self.pipeline_needs_root(file, pipe, depth) {
                        return Some(found);
                    }
                }
                _ => {}
            }
        }
        None
    }
}
