//! From a condition back to what would make it hold.
//!
//! The condition is taken apart where it stands, with the dot and the variables that it has there; operands are
//! evaluated by the evaluator itself. What functions do to a condition is in `calls.rs`.

use std::sync::Arc;

use crate::engine::machine::{MAX_STEPS, Machine, Operand, State, find_variable};
use crate::engine::value::{Kind, Value};
use crate::template::ast::{Command, Expr, Ident};
use crate::template::functions::Kind as Param;
use crate::values::Data;

use super::recorder::{Collector, is_top_level};
use super::{Alternative, Assign, EnvironmentKey, Key, Obstacle, Want};

/// The most alternatives of one condition.
const MAX_ALTERNATIVES: usize = 8;

/// Steps of evaluation that one condition may take to be solved.
const MAX_SOLVING_STEPS: u64 = 100_000;

/// Conditions that are solved inside each other, through `include`.
const MAX_SOLVING: usize = 6;

/// A part of a condition.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) enum Term<'e> {
    /// An argument.
    Operand(&'e Expr),
    /// The commands in front of a pipe, or all of a pipeline.
    Commands(&'e [Command]),
}

/// The place of a condition.
pub(super) struct Scope<'s, 't> {
    pub(super) state: &'s mut State<'t>,
    pub(super) dot: &'s Operand,
}

impl Machine<'_> {
    /// Solves a condition without leaving a trace in what is recorded; if there is no way, the obstacle says why.
    pub(super) fn solved(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        condition: Term<'_>,
        want: &Want,
    ) -> Vec<Alternative> {
        let (reads, steps, last) = (self.reads.len(), self.steps(), state.last);
        let Some(explorer) = &mut self.explorer else { return Vec::new() };
        let (collectors, log) = (std::mem::take(&mut explorer.collectors), explorer.log.len());
        explorer.obstacle = None;
        // What is evaluated for it counts by itself: a condition of helpers of helpers must not take for ever.
        self.set_steps(steps.max(MAX_STEPS - MAX_SOLVING_STEPS));
        let found = self.solve(state, dot, condition, want);
        let is_constant = self.log_keys(log..self.log_len()).is_empty();
        if let Some(explorer) = &mut self.explorer {
            explorer.collectors = collectors;
            explorer.log.truncate(log);
            let unsolved = if is_constant { Obstacle::Constant } else { Obstacle::Unsolved };
            let obstacle = explorer.obstacle.take();
            explorer.obstacle = found.is_empty().then(|| obstacle.unwrap_or(unsolved));
        }
        self.reads.truncate(reads);
        self.set_steps(steps);
        state.last = last;
        found
    }

    pub(super) fn solve(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        condition: Term<'_>,
        want: &Want,
    ) -> Vec<Alternative> {
        let Some(explorer) = &mut self.explorer else { return Vec::new() };
        if explorer.solving >= MAX_SOLVING {
            return Vec::new();
        }
        explorer.solving += 1;
        let mark = state.variables.len();
        let found = self.term(&mut Scope { state, dot }, condition, want);
        state.variables.truncate(mark);
        if let Some(explorer) = &mut self.explorer {
            explorer.solving = explorer.solving.saturating_sub(1);
        }
        let mut unique: Vec<Alternative> = Vec::new();
        for alternative in found {
            if !alternative.is_empty() && !unique.contains(&alternative) {
                unique.push(alternative);
            }
        }
        unique.truncate(MAX_ALTERNATIVES);
        unique
    }

    /// The value of a part of a condition, if it has one.
    pub(super) fn value_of(&mut self, scope: &mut Scope<'_, '_>, term: Term<'_>) -> Option<Value> {
        match term {
            Term::Operand(Expr::Nil(_)) => Some(Value::NIL),
            Term::Operand(operand) => {
                self.argument(scope.state, scope.dot, Param::Any, operand).ok()
            }
            Term::Commands(commands) => self.commands(scope.state, scope.dot, commands).ok(),
        }
    }

    pub(super) fn term(
        &mut self,
        scope: &mut Scope<'_, '_>,
        term: Term<'_>,
        want: &Want,
    ) -> Vec<Alternative> {
        match term {
            Term::Operand(Expr::Pipe(_, pipe)) => {
                self.term(scope, Term::Commands(&pipe.commands), want)
            }
            Term::Operand(Expr::Function(function)) => {
                self.call_solved(scope, &function.name, &[], term, want)
            }
            Term::Operand(operand) => self.operand(scope, operand, want),
            Term::Commands(commands) => {
                let Some((command, before)) = commands.split_last() else { return Vec::new() };
                let Some((first, rest)) = command.args.split_first() else { return Vec::new() };
                let mut args: Vec<Term<'_>> = rest.iter().map(Term::Operand).collect();
                if !before.is_empty() {
                    args.push(Term::Commands(before));
                }
                match first {
                    Expr::Function(function) => {
                        self.call_solved(scope, &function.name, &args, term, want)
                    }
                    Expr::Pipe(_, pipe) if args.is_empty() => {
                        self.term(scope, Term::Commands(&pipe.commands), want)
                    }
                    Expr::Field(_, names)
                    | Expr::Variable(_, _, names)
                    | Expr::Chain(_, _, names)
                        if !args.is_empty() =>
                    {
                        self.method(scope, names, &args, want)
                    }
                    operand => self.operand(scope, operand, want),
                }
            }
        }
    }

    /// A method with arguments: `.Capabilities.APIVersions.Has "v1"`.
    fn method(
        &mut self,
        scope: &mut Scope<'_, '_>,
        names: &[Ident],
        args: &[Term<'_>],
        want: &Want,
    ) -> Vec<Alternative> {
        let called: Vec<&str> = names.iter().map(|name| &*name.name).collect();
        if called.contains(&"Files") {
            self.obstacle(Obstacle::Files);
            return Vec::new();
        }
        let [.., "Has"] = called.as_slice() else { return Vec::new() };
        let Some(version) = args.first().and_then(|arg| self.value_of(scope, *arg)) else {
            return Vec::new();
        };
        let Some(version) = version.as_str() else { return Vec::new() };
        if as_truth(want) == Some(false) {
            self.obstacle(Obstacle::ApiAbsent);
            return Vec::new();
        }
        let key = Key::Environment(EnvironmentKey::Api(Arc::from(version)));
        vec![vec![Assign { key, want: Want::Present }]]
    }

    pub(super) fn obstacle(&mut self, obstacle: Obstacle) {
        if let Some(explorer) = &mut self.explorer {
            explorer.obstacle = Some(obstacle);
        }
    }

    /// A field, a variable, the dot.
    fn operand(
        &mut self,
        scope: &mut Scope<'_, '_>,
        operand: &Expr,
        want: &Want,
    ) -> Vec<Alternative> {
        let value = match operand {
            Expr::Dot(_) => scope.dot.value.clone(),
            Expr::Field(_, names) => {
                let dot = scope.dot.value.clone();
                self.reach(dot, names)
            }
            Expr::Variable(variable, _, names) => {
                let start = find_variable(scope.state, &variable.name).value;
                let value = self.reach(start, names);
                // What shows a value need not be that value: `$type := typeOf .Values.x`.
                if names.is_empty() && !value.memory.is_some() {
                    let found = self.defined(scope, &variable.name, want);
                    if !found.is_empty() {
                        return found;
                    }
                }
                value
            }
            Expr::Chain(_, inner, names) => {
                let Some(start) = self.value_of(scope, Term::Operand(inner)) else {
                    return Vec::new();
                };
                self.reach(start, names)
            }
            _ => return Vec::new(),
        };
        self.assign(&value, want)
    }

    /// What a variable was set to, where that is no value itself.
    fn defined(&mut self, scope: &mut Scope<'_, '_>, name: &str, want: &Want) -> Vec<Alternative> {
        let definitions = &scope.state.definitions;
        let Some((_, range, dot)) =
            definitions.iter().rev().find(|(known, ..)| **known == *name).cloned()
        else {
            return Vec::new();
        };
        let template = scope.state.template;
        let Some(pipe) = template.pipeline_at(range) else { return Vec::new() };
        // A variable that is set from itself would lead here again.
        let first = definitions.iter().position(|(known, at, _)| **known == *name && *at == range);
        let later = scope.state.definitions.split_off(first.unwrap_or_default());
        let found = self.term(
            &mut Scope { state: &mut *scope.state, dot: &dot },
            Term::Commands(&pipe.commands),
            want,
        );
        scope.state.definitions.extend(later);
        found
    }

    /// The value at the end of some fields, which need not be there.
    fn reach(&mut self, start: Value, names: &[Ident]) -> Value {
        let mut value = start;
        for name in names {
            let next = match &value.kind {
                Kind::Map(map) => map.entries.borrow().get(&*name.name).cloned(),
                Kind::Struct(structure) => structure
                    .fields
                    .iter()
                    .find(|field| *field.name == *name.name)
                    .map(|field| field.value.clone()),
                _ => None,
            };
            value = if let Some(next) = next {
                next
            } else {
                let memory = value.memory;
                self.missing(memory, &name.name)
            };
            self.touch(&value);
        }
        value
    }

    /// The assignment that makes this very value what is wanted.
    pub(super) fn assign(&self, value: &Value, want: &Want) -> Vec<Alternative> {
        let memory = self.memory_of(value);
        match self.key_of(memory) {
            // The whole of the values can't be put anywhere.
            Some(Key::Value(path)) if path.is_empty() => Vec::new(),
            // Where a template takes an item for the top of its data, no value is missing.
            Some(key) if self.is_made_up(memory) && is_top_level(&key) => Vec::new(),
            Some(key) => vec![vec![Assign { key, want: want.clone() }]],
            None => Vec::new(),
        }
    }

    /// What the branches in the text of an `include` or `tpl` could do otherwise.
    pub(super) fn collected(
        &mut self,
        scope: &mut Scope<'_, '_>,
        term: Term<'_>,
        want: &Want,
    ) -> (Option<Value>, Vec<Alternative>) {
        let Some(explorer) = &mut self.explorer else { return (None, Vec::new()) };
        explorer.collectors.push(Collector { want: want.clone(), found: Vec::new() });
        let depth = explorer.collectors.len();
        let value = self.value_of(scope, term);
        let Some(explorer) = &mut self.explorer else { return (value, Vec::new()) };
        explorer.collectors.truncate(depth);
        let found = explorer.collectors.pop().map(|collector| collector.found).unwrap_or_default();
        (value, found)
    }

    /// All of them, each made true (or false) where it is not yet.
    pub(super) fn all_of(
        &mut self,
        scope: &mut Scope<'_, '_>,
        terms: &[Term<'_>],
        truth: bool,
    ) -> Vec<Alternative> {
        let mut found: Vec<Alternative> = vec![Vec::new()];
        for term in terms {
            let is_so = self.value_of(scope, *term).is_some_and(|value| value.truth() == truth);
            if is_so {
                continue;
            }
            let own = self.term(scope, *term, if truth { &Want::Truthy } else { &Want::Falsy });
            let mut next = Vec::new();
            for alternative in own {
                for before in &found {
                    let mut joined = before.clone();
                    joined.extend(alternative.iter().cloned());
                    next.push(joined);
                }
            }
            next.truncate(MAX_ALTERNATIVES);
            found = next;
        }
        found.retain(|alternative| !alternative.is_empty());
        found
    }

    /// Any of them made true (or false).
    pub(super) fn any_of(
        &mut self,
        scope: &mut Scope<'_, '_>,
        terms: &[Term<'_>],
        want: &Want,
    ) -> Vec<Alternative> {
        let each: Vec<Vec<Alternative>> =
            terms.iter().map(|term| self.term(scope, *term, want)).collect();
        // The first of each, then the rest: one operand must not use up all places.
        let firsts = each.iter().filter_map(|found| found.first().cloned());
        let rest = each.iter().flat_map(|found| found.iter().skip(1).cloned());
        firsts.chain(rest).collect()
    }
}

/// Truth, if that is all that is wanted.
pub(super) fn as_truth(want: &Want) -> Option<bool> {
    match want {
        Want::Truthy | Want::Equal(Data::Bool(true)) => Some(true),
        Want::Falsy | Want::Equal(Data::Bool(false)) => Some(false),
        Want::Differs(not) => match not.as_slice() {
            [Data::Bool(truth)] => Some(!truth),
            _ => None,
        },
        _ => None,
    }
}

/// The same of a value as values files hold it; `None` for what they can't.
pub(super) fn data_of(value: &Value) -> Option<Data> {
    Some(match &value.kind {
        Kind::Nil => Data::Null,
        Kind::Bool(truth) => Data::Bool(*truth),
        Kind::Int(number, _) => Data::Float(*number as f64),
        Kind::Float(number) => Data::Float(*number),
        Kind::Str(text) => Data::Str(Arc::clone(text.shared())),
        Kind::List(_) | Kind::Map(_) | Kind::Struct(_) | Kind::Bytes(_) => return None,
    })
}
