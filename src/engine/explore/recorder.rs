//! Writes down what an evaluation sees of branches and values; the evaluator calls it at each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::engine::error::{Reason, RenderError};
use crate::engine::machine::{Machine, Operand, State};
use crate::engine::origin::MemoryKind;
use crate::engine::reads::ReadContext;
use crate::engine::text::{MemoryId, Text};
use crate::engine::value::{Kind, Value};
use crate::source::{FileId, TextRange};
use crate::template::ast::{Block, Command, Expr};
use crate::template::functions::Kind as Param;

use super::sites::is_ternary;
use super::solve::Term;
use super::{Alternative, Assign, EnvironmentKey, Goal, Key, Obstacle, Side, Site, Want};

/// How often a side is solved in one evaluation: each time it is met with other values around it.
const MAX_ATTEMPTS: u8 = 3;

/// What an evaluation is to look for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The files whose branches are to be opened.
    pub own: &'r BTreeSet<FileId>,
    /// The sides that need no more solving.
    pub seen: &'r BTreeSet<Side>,
}

/// What an evaluation has found.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// For each template of [`super::super::Rendered::templates`], by the same index.
    pub templates: Vec<TemplateTrail>,
    /// Sides that no template has taken, each perhaps several times.
    pub goals: Vec<Goal>,
    /// What templates want of values that the linter made up.
    pub demands: Vec<Assign>,
    /// Steps that the evaluation has taken; what was solved meanwhile is not among them.
    pub steps: u64,
}

/// What one template has done.
#[derive(Clone, Debug, Default)]
pub struct TemplateTrail {
    /// The sides that it took.
    pub sides: BTreeSet<Side>,
    /// What it depends on; a change below a key counts too.
    pub depends: BTreeSet<Key>,
    /// If it failed: what may keep it from failing, the likeliest first.
    pub repairs: Vec<Alternative>,
}

/// What templates see at the top.
const TOP_LEVEL: &[&str] =
    &["Capabilities", "Chart", "Files", "Release", "Subcharts", "Template", "Values"];

/// Memories of keys that are not there begin here; no chart has so many values.
const FIRST_PHANTOM: usize = 1 << 30;

/// A key that a mapping does not have.
#[derive(Clone, Debug)]
struct Phantom {
    parent: MemoryId,
    segment: Arc<str>,
}

/// What the branches inside an `include` could do otherwise, gathered while its text is a condition.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) want: Want,
    pub(super) found: Vec<Alternative>,
}

/// The state of the recording.
#[derive(Debug)]
pub(in crate::engine) struct Explorer<'r> {
    request: Request<'r>,
    pub(super) trail: Trail,
    running: TemplateTrail,
    /// Values that were read, in order; cleared with each template.
    pub(super) log: Vec<MemoryId>,
    /// Parts of `log` that decided the branches which are open now.
    guards: Vec<Range<usize>>,
    attempts: BTreeMap<Side, u8>,
    phantoms: Vec<Phantom>,
    phantom_ids: FxHashMap<(MemoryId, Arc<str>), MemoryId>,
    /// Keys that are missing in made-up mappings though their absence shows.
    missing: BTreeSet<MemoryId>,
    /// How made-up and missing values are used.
    uses: Vec<(MemoryId, Want)>,
    /// The truth that `ternary` saw last.
    ternary: Option<bool>,
    /// How many conditions are being solved inside each other.
    pub(super) solving: usize,
    pub(super) collectors: Vec<Collector>,
    pub(super) obstacle: Option<Obstacle>,
}

impl<'r> Explorer<'r> {
    pub(in crate::engine) fn new(request: Request<'r>) -> Self {
        Self {
            request,
            trail: Trail::default(),
            running: TemplateTrail::default(),
            log: Vec::new(),
            guards: Vec::new(),
            attempts: BTreeMap::new(),
            phantoms: Vec::new(),
            phantom_ids: FxHashMap::default(),
            missing: BTreeSet::new(),
            uses: Vec::new(),
            ternary: None,
            solving: 0,
            collectors: Vec::new(),
            obstacle: None,
        }
    }

    fn phantom(&mut self, parent: MemoryId, segment: &Arc<str>) -> MemoryId {
        let Self { phantoms, phantom_ids, .. } = self;
        *phantom_ids.entry((parent, Arc::clone(segment))).or_insert_with(|| {
            phantoms.push(Phantom { parent, segment: Arc::clone(segment) });
            MemoryId::new(FIRST_PHANTOM + phantoms.len())
        })
    }

    fn phantom_of(&self, memory: MemoryId) -> Option<&Phantom> {
        self.phantoms.get(memory.index().checked_sub(FIRST_PHANTOM + 1)?)
    }
}

/// The place of a condition, for what is done once its branch ends.
pub(in crate::engine) struct Decision {
    taken: bool,
}

impl Machine<'_> {
    /// Where the log stands.
    pub(in crate::engine) fn log_len(&self) -> usize {
        self.explorer.as_ref().map_or(0, |explorer| explorer.log.len())
    }

    /// A value was read that is not only a step on the way to another.
    pub(in crate::engine) fn touch(&mut self, value: &Value) {
        if self.explorer.is_none() {
            return;
        }
        let memory = self.memory_of(value);
        if let Some(explorer) = &mut self.explorer
            && memory.is_some()
        {
            explorer.log.push(memory);
        }
    }

    /// The nil of a key that its mapping lacks; it remembers its path.
    pub(in crate::engine) fn missing(&mut self, parent: MemoryId, key: &Arc<str>) -> Value {
        if self.explorer.is_none() {
            return Value::NIL;
        }
        let is_shown = self.reads.context() == ReadContext::Plain;
        let is_made_up = self.is_made_up(parent);
        let Some(explorer) = self.explorer.as_mut().filter(|_| parent.is_some()) else {
            return Value::NIL;
        };
        let memory = explorer.phantom(parent, key);
        if is_shown && is_made_up && explorer.solving == 0 && !TOP_LEVEL.contains(&&**key) {
            explorer.missing.insert(memory);
        }
        Value::NIL.with_memory(memory)
    }

    /// The entry that a value is or, for a text, shows first.
    pub(super) fn memory_of(&self, value: &Value) -> MemoryId {
        match &value.kind {
            Kind::Str(text) if !value.memory.is_some() => self.memory_of_text(text),
            _ => value.memory,
        }
    }

    fn memory_of_text(&self, text: &Text) -> MemoryId {
        let mut runs = text.runs(0..text.len().max(1));
        runs.find_map(|run| Some(self.run_value(run)).filter(|memory| memory.is_some()))
            .unwrap_or_default()
    }

    /// What can be changed about an entry.
    pub(super) fn key_of(&self, memory: MemoryId) -> Option<Key> {
        let explorer = self.explorer.as_ref()?;
        if let Some(phantom) = explorer.phantom_of(memory) {
            let Some(Key::Value(mut path)) = self.key_of(phantom.parent) else { return None };
            path.push(Arc::clone(&phantom.segment));
            return Some(Key::Value(path));
        }
        let entry = self.memories.get(memory)?;
        match entry.kind {
            MemoryKind::Values => Some(Key::Value(self.memories.path(memory))),
            MemoryKind::Environment => environment_key(&entry.segment).map(Key::Environment),
            MemoryKind::File | MemoryKind::Metadata => None,
        }
    }

    /// Whether no file holds the value though it is one, or part of one, or missing in one.
    pub(super) fn is_made_up(&self, memory: MemoryId) -> bool {
        let Some(explorer) = &self.explorer else { return false };
        match explorer.phantom_of(memory) {
            Some(phantom) => self.is_made_up(phantom.parent),
            None => self.memories.get(memory).is_some_and(|entry| {
                entry.kind == MemoryKind::Values && entry.value.is_none() && entry.parent.is_some()
            }),
        }
    }

    /// A function takes values: of those that the linter made up this says what they should be, and of `ternary` which
    /// side it takes.
    pub(in crate::engine) fn used(&mut self, function: &str, values: &[Value]) {
        let Some(explorer) = &mut self.explorer else { return };
        if let ("ternary", [_, _, condition]) = (function, values) {
            explorer.ternary = Some(condition.truth());
            return;
        }
        let want = match function {
            "toYaml" | "toJson" | "toPrettyJson" | "toYamlPretty" | "toRawJson" | "toToml" => {
                Want::Mapping
            }
            "int" | "int64" | "float64" | "add" | "sub" | "mul" | "div" | "add1" | "max"
            | "min" => Want::Number,
            "printf" if all_verbs_are_text(values) => {
                let is_scalar = |value: &&Value| {
                    matches!(value.kind, Kind::Bool(_) | Kind::Int(..) | Kind::Float(_))
                };
                for value in values.iter().filter(is_scalar) {
                    self.demand(value, Want::Text);
                }
                return;
            }
            _ => return,
        };
        for value in values {
            self.demand(value, want.clone());
        }
    }

    /// A parameter of this type got something else.
    pub(in crate::engine) fn wanted(&mut self, value: &Value, param: Param) {
        let want = match param {
            Param::String => Want::Text,
            Param::Int | Param::Int64 | Param::Uint32 | Param::Float64 => Want::Number,
            Param::Bool => Want::Boolean,
            Param::Map => Want::Mapping,
            Param::List => Want::Elements,
            Param::Any | Param::Time | Param::Certificate | Param::Writer => return,
        };
        self.refused(value, want);
    }

    /// The evaluation fails because a value is not what is wanted.
    pub(in crate::engine) fn refused(&mut self, value: &Value, want: Want) {
        if self.explorer.is_none() {
            return;
        }
        // The template's own data are no value that somebody has forgotten, and what a file holds is as it is.
        if matches!(&want, Want::Member(name) if TOP_LEVEL.contains(&&**name)) {
            return;
        }
        let memory = self.memory_of(value);
        if !value.is_nil() && !self.is_made_up(memory) {
            return;
        }
        let key = self.key_of(memory).filter(|key| !is_top_level(key));
        if let (Some(explorer), Some(key)) = (&mut self.explorer, key)
            && explorer.solving == 0
        {
            explorer.running.repairs.push(vec![Assign { key, want }]);
        }
    }

    fn demand(&mut self, value: &Value, want: Want) {
        let memory = self.memory_of(value);
        if memory.is_some()
            && self.is_made_up(memory)
            && let Some(explorer) = &mut self.explorer
            && explorer.solving == 0
        {
            explorer.uses.push((memory, want));
        }
    }

    /// A branch is decided; what comes until [`Self::closed`] depends on it.
    ///
    /// `mark` is where the log stood before the condition was evaluated.
    #[expect(clippy::too_many_arguments, reason = "all that a branch has")]
    pub(in crate::engine) fn decided(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        open: TextRange,
        condition: Term<'_>,
        value: &Value,
        mark: usize,
        other: Option<&Block>,
    ) -> Decision {
        let taken = value.truth();
        self.touch(value);
        let end = self.log_len();
        self.record(state, dot, open, condition, taken, other);
        if let Some(explorer) = &mut self.explorer {
            explorer.guards.push(mark..end);
        }
        Decision { taken }
    }

    fn record(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        open: TextRange,
        condition: Term<'_>,
        taken: bool,
        other: Option<&Block>,
    ) {
        let file = state.template.file();
        let Some(explorer) = &mut self.explorer else { return };
        if explorer.solving > 0 {
            let is_useful = explorer
                .collectors
                .last()
                .is_some_and(|collector| may_print(other, &collector.want));
            if is_useful {
                let found = self.solve(state, dot, condition, &opposite(taken));
                self.collect(found);
            }
            return;
        }
        let Some(file) = file else { return };
        let site = Site { file, start: open.start };
        explorer.running.sides.insert(Side { site, holds: taken });
        let side = Side { site, holds: !taken };
        if !explorer.request.own.contains(&file)
            || explorer.request.seen.contains(&side)
            || explorer.running.sides.contains(&side)
        {
            return;
        }
        let attempts = explorer.attempts.entry(side).or_default();
        if *attempts >= MAX_ATTEMPTS {
            return;
        }
        *attempts += 1;
        let alternatives = self.solved(state, dot, condition, &opposite(taken));
        let guards = self.open_guards();
        let span = self.span(state, open);
        let Some(explorer) = &mut self.explorer else { return };
        let obstacle = explorer.obstacle.take();
        explorer.trail.goals.push(Goal { side, condition: span, alternatives, guards, obstacle });
    }

    /// An action has printed, while the text around it is a condition: what it prints may be what has to change.
    pub(in crate::engine) fn printed_action(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        commands: &[Command],
        value: &Value,
    ) {
        let Some(explorer) = self.explorer.as_ref().filter(|explorer| explorer.solving > 0) else {
            return;
        };
        let Some(want) = explorer.collectors.last().map(|collector| collector.want.clone()) else {
            return;
        };
        let is_empty = value.as_str().is_some_and(str::is_empty) || value.is_nil();
        let is_useful = match &want {
            Want::Truthy => is_empty,
            Want::Falsy => !is_empty,
            _ => true,
        };
        if is_useful {
            let found = self.solve(state, dot, Term::Commands(commands), &want);
            self.collect(found);
        }
    }

    fn collect(&mut self, found: Vec<Alternative>) {
        let explorer = self.explorer.as_mut();
        if let Some(collector) = explorer.and_then(|explorer| explorer.collectors.last_mut()) {
            collector.found.extend(found);
        }
    }

    /// The branch has ended. After a failure that the chart itself asks for, the other side may be the remedy.
    pub(in crate::engine) fn closed<T>(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        condition: Term<'_>,
        decision: &Decision,
        result: &Result<T, Box<RenderError>>,
    ) {
        let Some(explorer) = &mut self.explorer else { return };
        explorer.guards.pop();
        if let Err(error) = result
            && explorer.solving == 0
            && error.reason == Reason::Fail
        {
            self.repair(state, dot, condition, &opposite(decision.taken));
        }
    }

    /// A command was called that decides by an argument: `ternary`, `required`.
    pub(in crate::engine) fn called(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        before: &[Command],
        command: &Command,
        failure: Option<&RenderError>,
    ) {
        let Some(explorer) = &mut self.explorer else { return };
        let Some(Expr::Function(function)) = command.args.first() else { return };
        let argument = |at: usize| match command.args.get(at) {
            Some(operand) => Term::Operand(operand),
            None => Term::Commands(before),
        };
        if &*function.name == "ternary" && is_ternary(command) && failure.is_none() {
            let Some(taken) = explorer.ternary.take() else { return };
            self.record(state, dot, command.range, argument(3), taken, None);
        } else if &*function.name == "required"
            && explorer.solving == 0
            && failure.is_some_and(|error| error.reason == Reason::Required)
        {
            self.repair(state, dot, argument(2), &Want::Truthy);
        }
    }

    /// What makes a condition come out so may keep the template from failing.
    fn repair(&mut self, state: &mut State<'_>, dot: &Operand, condition: Term<'_>, want: &Want) {
        let found = self.solved(state, dot, condition, want);
        if let Some(explorer) = &mut self.explorer {
            explorer.running.repairs.extend(found);
        }
    }

    pub(super) fn log_keys(&self, range: Range<usize>) -> BTreeSet<Key> {
        let Some(explorer) = &self.explorer else { return BTreeSet::new() };
        let memories: BTreeSet<MemoryId> =
            explorer.log.get(range).unwrap_or_default().iter().copied().collect();
        memories.into_iter().filter_map(|memory| self.key_of(memory)).collect()
    }

    fn open_guards(&self) -> Vec<Key> {
        let Some(explorer) = &self.explorer else { return Vec::new() };
        let keys = explorer.guards.iter().flat_map(|range| self.log_keys(range.clone()));
        keys.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// A template file has been executed.
    pub(in crate::engine) fn finished(&mut self) {
        if self.explorer.is_none() {
            return;
        }
        let depends = self.log_keys(0..self.log_len());
        let Some(explorer) = &mut self.explorer else { return };
        explorer.log.clear();
        explorer.guards.clear();
        explorer.solving = 0;
        explorer.collectors.clear();
        let mut trail = std::mem::take(&mut explorer.running);
        trail.depends = depends;
        explorer.trail.templates.push(trail);
    }

    /// What was found, at the end of everything.
    pub(in crate::engine) fn trail(&mut self) -> Option<Trail> {
        let mut demands: Vec<Assign> = Vec::new();
        if let Some(explorer) = &self.explorer {
            let shown = explorer.missing.iter().map(|memory| (*memory, Want::Present));
            // What is said of a value first counts: its use says more than that it is missing.
            let said = explorer.uses.iter().cloned().chain(shown);
            for (memory, want) in said {
                if let Some(key) = self.key_of(memory)
                    && !demands.iter().any(|known| known.key == key)
                {
                    demands.push(Assign { key, want });
                }
            }
        }
        let explorer = self.explorer.take()?;
        Some(Trail { demands, steps: self.steps(), ..explorer.trail })
    }
}

/// Whether a key leads through the template's own data: there an item was taken for the top of it.
pub(super) fn is_top_level(key: &Key) -> bool {
    matches!(key, Key::Value(path) if path.iter().any(|part| TOP_LEVEL.contains(&&**part)))
}

/// Whether all that this `printf` prints is printed as text.
fn all_verbs_are_text(values: &[Value]) -> bool {
    values.first().and_then(Value::as_str).is_some_and(|format| {
        format.replace("%%", "").split('%').skip(1).all(|verb| verb.starts_with('s'))
    })
}

/// What makes a condition come out otherwise.
const fn opposite(taken: bool) -> Want {
    if taken { Want::Falsy } else { Want::Truthy }
}

/// Whether a block may print what is wanted of the text around it.
fn may_print(block: Option<&Block>, want: &Want) -> bool {
    use crate::template::ast::Node;
    let prints = |wanted: &dyn Fn(&str) -> bool| {
        block.is_some_and(|block| {
            block.nodes.iter().any(|node| match node {
                Node::Text(text) => wanted(text.text.trim()),
                _ => true,
            })
        })
    };
    match want {
        Want::Truthy => prints(&|text| !text.is_empty()),
        Want::Equal(crate::values::Data::Str(text)) => prints(&|printed| printed == &**text),
        _ => true,
    }
}

/// The key of an entry of the release or the cluster, by its segment.
fn environment_key(segment: &str) -> Option<EnvironmentKey> {
    Some(match segment {
        "KubeVersion" => EnvironmentKey::KubeVersion,
        "Major" => EnvironmentKey::KubeMajor,
        "Minor" => EnvironmentKey::KubeMinor,
        "IsUpgrade" => EnvironmentKey::IsUpgrade,
        "IsInstall" => EnvironmentKey::IsInstall,
        "Namespace" => EnvironmentKey::Namespace,
        "Name" => EnvironmentKey::ReleaseName,
        _ => return None,
    })
}
