//! The evaluator's state, and the walk over blocks. Expressions are in `expression.rs`.
//!
//! Follows Go 1.26 `text/template/exec.go`; what Go's reflection keeps in a `reflect.Value` of kind Interface
//! is [`Operand::interface`] here: a nil of that kind has no fields (an error), an invalid one silently has none.

use std::fmt::Display;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{FileId, SourceMap, Span, TextRange};
use crate::template::ast::{Block, Branch, Node, Pipeline, TemplateCall};
use crate::template::{Ast, go_quote};

use super::error::{Eval, Reason, RenderError};
use super::explore::{Decision, Explorer, Request, Term, Want};
use super::functions::format::print_value;
use super::origin::{FrameEntry, FrameId, Memories, Origin, Origins};
use super::reads::{ReadContext, Reads};
use super::text::{MemoryId, NOWHERE, OriginId, Run, Text, TextBuilder};
use super::value::{Kind, Value};

/// Templates that may be open inside each other. Helm stops `include` at 1,000 of one name; this bounds all names
/// together, as deep as the stack of [`super::STACK_BYTES`] allows.
pub const MAX_TEMPLATE_DEPTH: usize = 3_000;

/// Times that one name may be included inside itself (Helm `engine.go`, `recursionMaxNums`).
pub const MAX_INCLUDE_OF_ONE_NAME: usize = 1_000;

/// Nodes and commands that one chart's evaluation may visit.
pub const MAX_STEPS: u64 = 20_000_000;

/// Bytes that one template may print.
pub const MAX_OUTPUT_BYTES: usize = 64 << 20;

/// A value with what Go's reflection knows beside it.
#[derive(Clone, Debug, Default)]
pub(super) struct Operand {
    /// The value.
    pub(super) value: Value,
    /// It is still inside an interface: an element of a map or a list that no pipeline has passed on.
    pub(super) interface: bool,
}

impl Operand {
    /// A value outside of any interface; nil is Go's invalid value then.
    pub(super) const fn concrete(value: Value) -> Self {
        Self { value, interface: false }
    }
}

/// Where a template's text stands.
#[derive(Debug)]
pub(super) enum Code {
    /// In a file.
    File(FileId),
    /// It is the argument of a `tpl` call.
    Text(Text, Span),
}

/// A named template.
#[derive(Debug)]
pub(super) struct Named {
    /// Its name.
    pub(super) name: Arc<str>,
    /// The name under which its text was parsed.
    pub(super) parse_name: Arc<str>,
    pub(super) code: Code,
    pub(super) ast: Arc<Ast>,
    /// Which define of the tree; the main body without.
    pub(super) define: Option<usize>,
}

impl Named {
    /// The file it stands in; none for the text of a `tpl`.
    pub(super) const fn file(&self) -> Option<FileId> {
        match self.code {
            Code::File(file) => Some(file),
            Code::Text(..) => None,
        }
    }

    /// The pipeline at exactly `range`.
    pub(super) fn pipeline_at(&self, range: TextRange) -> Option<&Pipeline> {
        self.body()?.pipeline_at(range)
    }

    pub(super) fn body(&self) -> Option<&Block> {
        match self.define {
            None => Some(&self.ast.body),
            Some(at) => self.ast.defines.get(at).map(|define| &define.body),
        }
    }
}

/// What a running template has of its own.
pub(super) struct State<'t> {
    pub(super) template: &'t Named,
    pub(super) variables: Vec<(Arc<str>, Operand)>,
    /// While exploring: what variables were set to, with the dot there.
    pub(super) definitions: Vec<(Arc<str>, TextRange, Operand)>,
    pub(super) frame: FrameId,
    /// The node that was looked at last: Go names it in errors, even where another one is to blame.
    pub(super) last: TextRange,
    /// The last argument was Go's invalid value: nil outside of any interface.
    pub(super) invalid: bool,
}

impl<'t> State<'t> {
    /// The node that Go names in an error, and its position.
    pub(super) fn last_node(&self) -> Option<(&'t dyn Display, u32)> {
        self.template.body()?.node_at(self.last)
    }
}

/// How a block ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// Templates by name; a `tpl` call opens a layer over those around it.
pub(super) type Layer = FxHashMap<Arc<str>, Rc<Named>>;

/// The evaluator of one chart.
pub(super) struct Machine<'a> {
    pub(super) sources: &'a SourceMap,
    pub(super) memories: &'a Memories,
    pub(super) origins: Origins,
    pub(super) reads: Reads,
    /// What writes down branches, if somebody wants to know.
    pub(super) explorer: Option<Box<Explorer<'a>>>,
    pub(super) layers: Vec<Layer>,
    /// How often each name is open through `include`.
    pub(super) included: FxHashMap<Arc<str>, usize>,
    /// Trees of `tpl` texts.
    pub(super) parsed: FxHashMap<Arc<str>, Arc<Ast>>,
    depth: usize,
    steps: u64,
}

impl<'a> Machine<'a> {
    pub(super) fn new(sources: &'a SourceMap, memories: &'a Memories) -> Self {
        Self {
            sources,
            memories,
            origins: Origins::default(),
            reads: Reads::default(),
            explorer: None,
            layers: vec![Layer::default()],
            included: FxHashMap::default(),
            parsed: FxHashMap::default(),
            depth: 0,
            steps: 0,
        }
    }

    /// Writes down from now on what it sees of branches.
    pub(super) fn explore(&mut self, request: Request<'a>) {
        self.explorer = Some(Box::new(Explorer::new(request)));
    }

    pub(super) const fn steps(&self) -> u64 {
        self.steps
    }

    pub(super) const fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// Adds a template file and what it defines; later ones replace earlier ones, but a blank one replaces nothing.
    pub(super) fn add_file(&mut self, name: &Arc<str>, file: FileId, ast: &Arc<Ast>) {
        self.add(name, || Code::File(file), ast);
    }

    pub(super) fn add(&mut self, name: &Arc<str>, code: impl Fn() -> Code, ast: &Arc<Ast>) {
        let Some(layer) = self.layers.last_mut() else { return };
        let mut associate = |key: &Arc<str>, body: &Block, define: Option<usize>| {
            if layer.contains_key(key) && body.is_blank() {
                return;
            }
            let named = Named {
                name: Arc::clone(key),
                parse_name: Arc::clone(name),
                code: code(),
                ast: Arc::clone(ast),
                define,
            };
            layer.insert(Arc::clone(key), Rc::new(named));
        };
        for (at, define) in ast.defines.iter().enumerate() {
            associate(&define.name, &define.body, Some(at));
        }
        associate(name, &ast.body, None);
    }

    pub(super) fn lookup(&self, name: &str) -> Option<Rc<Named>> {
        self.layers.iter().rev().find_map(|layer| layer.get(name)).map(Rc::clone)
    }

    /// Executes the template file `name` with `data`.
    pub(super) fn execute(&mut self, name: &str, data: &Value) -> Eval<(String, Vec<Run>)> {
        let Some(template) = self.lookup(name) else { return Ok((String::new(), Vec::new())) };
        let mut out = TextBuilder::default();
        let result = self.run(&template, FrameId::ROOT, &Operand::concrete(data.clone()), &mut out);
        self.finished();
        result?;
        if out.as_str().contains(NO_VALUE) {
            return Ok(without_no_value(out.finish()).into_parts());
        }
        Ok(out.into_parts())
    }

    pub(super) fn run(
        &mut self,
        template: &Named,
        frame: FrameId,
        data: &Operand,
        out: &mut TextBuilder,
    ) -> Eval<()> {
        let Some(body) = template.body() else { return Ok(()) };
        let variables = vec![(Arc::from("$"), data.clone())];
        let mut state = State {
            template,
            variables,
            definitions: Vec::new(),
            frame,
            last: body.range,
            invalid: false,
        };
        if self.depth >= MAX_TEMPLATE_DEPTH {
            let message = format!("templates are nested deeper than {MAX_TEMPLATE_DEPTH}");
            return Err(self.failed(&state, body.range, 0, &"", Reason::Limit, message));
        }
        self.depth += 1;
        let result = self.walk(&mut state, data, body, out);
        self.depth -= 1;
        result.map(|_| ())
    }

    fn walk(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        block: &Block,
        out: &mut TextBuilder,
    ) -> Eval<Flow> {
        for node in &block.nodes {
            self.step(state, block.range)?;
            match node {
                Node::Text(text) => self.print_text(state, text.range, &text.text, out),
                Node::Action(action) => {
                    let value = self.pipeline(state, dot, &action.pipe)?;
                    if action.pipe.variables.is_empty() {
                        if self.explorer.is_some() {
                            self.printed_action(state, dot, &action.pipe.commands, &value);
                        }
                        self.print(state, action.range, &action.pipe, &value, out)?;
                    }
                }
                Node::If(branch) => {
                    let flow = self.branch(state, dot, branch, false, out)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
                Node::With(branch) => {
                    let flow = self.branch(state, dot, branch, true, out)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
                Node::Range(branch) => {
                    let flow = self.range(state, dot, branch, out)?;
                    if flow != Flow::Next {
                        return Ok(flow);
                    }
                }
                Node::Template(call) => self.template_call(state, dot, call, out)?,
                Node::Break(_) => return Ok(Flow::Break),
                Node::Continue(_) => return Ok(Flow::Continue),
            }
        }
        if out.len() > MAX_OUTPUT_BYTES {
            let message = format!("a template printed more than {MAX_OUTPUT_BYTES} bytes");
            return Err(self.failed(
                state,
                block.range,
                block.range.start,
                &"",
                Reason::Limit,
                message,
            ));
        }
        Ok(Flow::Next)
    }

    pub(super) fn step(&mut self, state: &State<'_>, range: TextRange) -> Eval<()> {
        self.spend(state, range, 1)
    }

    /// What takes as long as so many steps.
    pub(super) fn spend(&mut self, state: &State<'_>, range: TextRange, steps: u64) -> Eval<()> {
        self.steps += steps;
        if self.steps > MAX_STEPS {
            let message = format!("the chart's templates take more than {MAX_STEPS} steps");
            return Err(self.failed(state, range, range.start, &"", Reason::Limit, message));
        }
        Ok(())
    }

    /// The condition of a branch, with its reads marked as such.
    fn condition(&mut self, state: &mut State<'_>, dot: &Operand, branch: &Branch) -> Eval<Value> {
        let before = self.reads.len();
        let context = self.reads.enter(ReadContext::Condition);
        let value = self.pipeline(state, dot, &branch.pipe);
        self.reads.leave(context);
        if prints_pull_secrets(&branch.body) {
            self.reads.mark_as_feeding(before);
        }
        value
    }

    /// The value of a branch's condition, written down for those who want to know.
    fn decide(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        branch: &Branch,
    ) -> Eval<(Value, Decision)> {
        let log = self.log_len();
        let value = self.condition(state, dot, branch)?;
        let condition = Term::Commands(&branch.pipe.commands);
        let other = if value.truth() { branch.otherwise.as_ref() } else { Some(&branch.body) };
        let decision = self.decided(state, dot, branch.open, condition, &value, log, other);
        Ok((value, decision))
    }

    fn branch(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        branch: &Branch,
        with: bool,
        out: &mut TextBuilder,
    ) -> Eval<Flow> {
        let mark = state.variables.len();
        let (value, decision) = self.decide(state, dot, branch)?;
        let result = if value.truth() {
            if with {
                self.walk(state, &Operand::concrete(value), &branch.body, out)
            } else {
                self.walk(state, dot, &branch.body, out)
            }
        } else if let Some(otherwise) = &branch.otherwise {
            self.walk(state, dot, otherwise, out)
        } else {
            Ok(Flow::Next)
        };
        state.variables.truncate(mark);
        self.closed(state, dot, Term::Commands(&branch.pipe.commands), &decision, &result);
        result
    }

    fn range(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        branch: &Branch,
        out: &mut TextBuilder,
    ) -> Eval<Flow> {
        let mark = state.variables.len();
        let (value, decision) = self.decide(state, dot, branch)?;
        let result = self.iterate(state, dot, branch, &value, out);
        state.variables.truncate(mark);
        self.closed(state, dot, Term::Commands(&branch.pipe.commands), &decision, &result);
        result
    }

    /// The iterations of a `range`, or its other side.
    fn iterate(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        branch: &Branch,
        value: &Value,
        out: &mut TextBuilder,
    ) -> Eval<Flow> {
        let inner = state.variables.len();
        let declared = branch.pipe.variables.len();
        let mut ran = false;
        let mut ended = Flow::Next;
        let mut iterate = |machine: &mut Self, index: Operand, element: Operand| -> Eval<bool> {
            ran = true;
            machine.step(state, branch.open)?;
            Self::bind(state, &branch.pipe, inner, index, &element);
            let flow = machine.walk(state, &element, &branch.body, out)?;
            state.variables.truncate(inner);
            Ok(flow != Flow::Break)
        };
        match &value.kind {
            Kind::Nil => {}
            Kind::Int(count, _) => {
                if declared > 1 {
                    let shown = print_value(value)
                        .map_or_else(|_| count.to_string(), |text| text.as_str().to_owned());
                    let message =
                        format!("can't use {shown} to iterate over more than one variable");
                    return Err(self.failed_at_branch(state, branch, message));
                }
                for at in 0..*count {
                    let Kind::Int(_, ty) = &value.kind else { break };
                    let element = Operand::concrete(Value::new(Kind::Int(at, *ty)));
                    if !iterate(self, Operand::default(), element)? {
                        break;
                    }
                }
            }
            Kind::List(list) => {
                let interface = matches!(list.ty, super::value::ListType::Any);
                for (at, item) in list.items.iter().enumerate() {
                    let element = Operand { value: item.clone(), interface };
                    if !iterate(self, Operand::concrete(Value::int(at as i64)), element)? {
                        break;
                    }
                }
            }
            Kind::Bytes(bytes) => {
                for (at, byte) in bytes.iter().enumerate() {
                    let byte =
                        Value::new(Kind::Int(i64::from(*byte), super::value::IntType::Uint8));
                    if !iterate(
                        self,
                        Operand::concrete(Value::int(at as i64)),
                        Operand::concrete(byte),
                    )? {
                        break;
                    }
                }
            }
            Kind::Map(map) => {
                let interface =
                    matches!(map.ty, super::value::MapType::Any | super::value::MapType::Values);
                // The body may change the map; Go sorts the entries before it begins.
                let entries: Vec<(Arc<str>, Value)> = map
                    .entries
                    .borrow()
                    .iter()
                    .map(|(key, value)| (Arc::clone(key), value.clone()))
                    .collect();
                for (key, value) in entries {
                    let key = Value::text(self.key_text(key, value.source()));
                    let element = Operand { value, interface };
                    if !iterate(self, Operand::concrete(key), element)? {
                        break;
                    }
                }
            }
            _ => {
                self.refused(value, Want::Elements);
                let shown = print_value(&value.clone().passed())
                    .map_or_else(|_| String::new(), |text| text.as_str().to_owned());
                let message = format!("range can't iterate over {shown}");
                return Err(self.failed_at_branch(state, branch, message));
            }
        }
        if !ran && let Some(otherwise) = &branch.otherwise {
            ended = self.walk(state, dot, otherwise, out)?;
        }
        Ok(ended)
    }

    /// The key of a mapping of a values file, where it stands there.
    pub(super) fn key_text(&self, key: Arc<str>, memory: MemoryId) -> Text {
        let span = self.memories.get(memory).filter(|m| *m.segment == *key).and_then(|m| m.key);
        match span {
            Some(span) if self.sources.slice(span) == &*key => {
                Text::with_origin(key, OriginId::of_memory(memory), span.range.start)
            }
            _ => Text::with_origin(key, OriginId::of_memory(memory), NOWHERE),
        }
    }

    fn bind(
        state: &mut State<'_>,
        pipe: &Pipeline,
        base: usize,
        index: Operand,
        element: &Operand,
    ) {
        let (first, second) = match pipe.variables.as_slice() {
            [] => return,
            [only] => (None, only),
            [first, second, ..] => (Some(first), second),
        };
        if pipe.assign {
            if let Some(first) = first {
                set_variable(state, &first.name, index);
            }
            set_variable(state, &second.name, element.clone());
            return;
        }
        // The pipeline has pushed the variables; the last one pushed is the element.
        let last = base.wrapping_sub(1);
        if let Some(slot) = state.variables.get_mut(last) {
            slot.1 = element.clone();
        }
        if first.is_some()
            && let Some(slot) = state.variables.get_mut(last.wrapping_sub(1))
        {
            slot.1 = index;
        }
    }

    fn template_call(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        call: &TemplateCall,
        out: &mut TextBuilder,
    ) -> Eval<()> {
        let Some(template) = self.lookup(&call.name) else {
            let message = format!("template {} not defined", go_quote(&call.name));
            return Err(self.failed(
                state,
                call.range,
                call.position(),
                call,
                Reason::Template,
                message,
            ));
        };
        let data = match &call.pipe {
            Some(pipe) => self.pipeline(state, dot, pipe)?,
            None => Value::NIL,
        };
        let span = self.span(state, call.range);
        let frame = self.origins.enter(FrameEntry {
            parent: state.frame,
            call: span,
            template: Arc::clone(&call.name),
        });
        self.run(&template, frame, &Operand::concrete(data), out)
    }

    fn print_text(
        &mut self,
        state: &State<'_>,
        range: TextRange,
        text: &str,
        out: &mut TextBuilder,
    ) {
        match &state.template.code {
            Code::File(file) => {
                let node = range.in_file(*file);
                let origin =
                    self.origins.add(Origin { node, frame: state.frame, value: MemoryId::NONE });
                out.push(text, origin, range.start);
            }
            Code::Text(whole, call) => {
                let (whole, node) = (whole.clone(), self.map_text(whole, range).unwrap_or(*call));
                self.push_settled(&whole, range.usize(), node, state.frame, out);
            }
        }
    }

    fn print(
        &mut self,
        state: &State<'_>,
        range: TextRange,
        pipe: &Pipeline,
        value: &Value,
        out: &mut TextBuilder,
    ) -> Eval<()> {
        let node = self.span(state, range);
        let text = match &value.kind {
            Kind::Str(text) => {
                self.push_settled(text, 0..text.len(), node, state.frame, out);
                return Ok(());
            }
            _ => print_value(value).map_err(|failure| {
                self.failed_with(state, pipe.range, pipe.position(), pipe, failure)
            })?,
        };
        if value.memory == MemoryId::NONE {
            self.push_settled(&text, 0..text.len(), node, state.frame, out);
        } else {
            let origin = self.origins.add(Origin { node, frame: state.frame, value: value.memory });
            out.push(text.as_str(), origin, NOWHERE);
        }
        Ok(())
    }

    /// Appends a part of `text`; runs that no template node has printed yet are printed by `node`.
    fn push_settled(
        &mut self,
        text: &Text,
        range: std::ops::Range<usize>,
        node: Span,
        frame: FrameId,
        out: &mut TextBuilder,
    ) {
        let mut start = range.start;
        for run in text.runs(range.clone()) {
            let end = range.start + run.end as usize;
            let part = text.as_str().get(start..end).unwrap_or_default();
            start = end;
            if run.origin.is_settled() {
                out.push(part, run.origin, run.at);
                continue;
            }
            let value = run.origin.as_memory().unwrap_or(MemoryId::NONE);
            let origin = self.origins.add(Origin { node, frame, value });
            out.push(part, origin, if value.is_some() { run.at } else { NOWHERE });
        }
    }

    /// Where a range of the running template stands in a file.
    pub(super) fn span(&self, state: &State<'_>, range: TextRange) -> Span {
        match &state.template.code {
            Code::File(file) => range.in_file(*file),
            Code::Text(text, call) => self.map_text(text, range).unwrap_or(*call),
        }
    }

    /// Where a literal of the running template stands, and its origin.
    pub(super) fn literal(&mut self, state: &State<'_>, range: TextRange, text: &Arc<str>) -> Text {
        let node = self.span(state, range);
        let at = match &state.template.code {
            Code::File(_) => range.start,
            Code::Text(whole, _) => {
                let mut runs = whole.runs(range.usize());
                match (runs.next(), runs.next()) {
                    (Some(run), None) => {
                        let value = self.run_value(run);
                        let origin = self.origins.add(Origin { node, frame: state.frame, value });
                        return Text::with_origin(Arc::clone(text), origin, run.at);
                    }
                    _ => NOWHERE,
                }
            }
        };
        let origin = self.origins.add(Origin { node, frame: state.frame, value: MemoryId::NONE });
        Text::with_origin(Arc::clone(text), origin, at)
    }

    pub(super) fn run_value(&self, run: Run) -> MemoryId {
        run.origin
            .as_memory()
            .or_else(|| self.origins.get(run.origin).map(|o| o.value))
            .unwrap_or_default()
    }

    /// Where a range of a `tpl` text stands literally, if it does.
    pub(super) fn map_text(&self, text: &Text, range: TextRange) -> Option<Span> {
        let run = text.runs(range.usize()).next()?;
        if run.at == NOWHERE {
            return None;
        }
        let memory = self.run_value(run);
        let file = if memory.is_some() {
            self.memories.get(memory).and_then(|m| m.value).map(|span| span.file)?
        } else {
            self.origins.get(run.origin)?.node.file
        };
        // A range over several lines of a block scalar ends with the first of them.
        Some(Span::new(file, run.at as usize, run.at as usize + run.end as usize))
    }

    /// An error of a `range`, at the node that Go has looked at last: the end of its pipeline.
    fn failed_at_branch(
        &self,
        state: &State<'_>,
        branch: &Branch,
        message: String,
    ) -> Box<RenderError> {
        let reason = Reason::Template;
        match state.last_node() {
            Some((node, position)) => {
                self.failed(state, state.last, position, node, reason, message)
            }
            None => {
                self.failed(state, branch.open, branch.position(), &branch.pipe, reason, message)
            }
        }
    }

    /// An error at a node, in Go's form.
    pub(super) fn failed(
        &self,
        state: &State<'_>,
        range: TextRange,
        position: u32,
        context: &dyn Display,
        reason: Reason,
        message: String,
    ) -> Box<RenderError> {
        let text = match &state.template.code {
            Code::File(file) => self.sources.file(*file).text(),
            Code::Text(text, _) => text.shared(),
        };
        let crate::template::position::ErrorPosition { line, column } =
            crate::template::position::error_context(text, position);
        let full = format!(
            "template: {}:{line}:{column}: executing {} at <{context}>: {message}",
            state.template.parse_name,
            go_quote(&state.template.name),
        );
        Box::new(RenderError {
            message,
            levels: vec![full.len()],
            full,
            reason,
            node: self.span(state, range),
            frame: state.frame,
        })
    }
}

pub(super) fn find_variable(state: &State<'_>, name: &str) -> Operand {
    let known = state.variables.iter().rev().find(|(known, _)| **known == *name);
    known.map(|(_, value)| value.clone()).unwrap_or_default()
}

pub(super) fn set_variable(state: &mut State<'_>, name: &str, value: Operand) {
    if let Some(slot) = state.variables.iter_mut().rev().find(|(known, _)| **known == *name) {
        slot.1 = value;
    }
}

/// Whether the text right inside the block writes the key of a pod's pull secrets.
fn prints_pull_secrets(block: &Block) -> bool {
    block.nodes.iter().any(|node| match node {
        Node::Text(text) => text.text.contains("imagePullSecrets"),
        _ => false,
    })
}

/// What Go prints for nil.
const NO_VALUE: &str = "<no value>";

/// Helm takes `<no value>` out of everything a template prints (`engine.go`).
pub(super) fn without_no_value(text: Text) -> Text {
    if !text.as_str().contains(NO_VALUE) {
        return text;
    }
    let mut out = TextBuilder::default();
    let mut start = 0;
    for (at, mark) in text.as_str().match_indices(NO_VALUE) {
        out.push_slice(&text, start..at);
        start = at + mark.len();
    }
    out.push_slice(&text, start..text.len());
    out.finish()
}
