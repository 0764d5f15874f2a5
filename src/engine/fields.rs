//! Fields and methods of values (Go `evalFieldChain` and `evalField` in `text/template/exec.go`).

use std::sync::Arc;

use crate::source::TextRange;
use crate::template::ast::{Expr, Ident};
use crate::template::functions::Kind as Param;

use super::error::{Eval, Reason, RenderError};
use super::explore::Want;
use super::functions::Call;
use super::machine::{Machine, Operand, State};
use super::methods;
use super::reads::ReadContext;
use super::value::{Kind, MapType, Value};

impl Machine<'_> {
    #[expect(clippy::too_many_arguments, reason = "the parameters of Go's evalFieldChain")]
    pub(super) fn fields(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        receiver: Operand,
        node: &Expr,
        range: TextRange,
        names: &[Ident],
        args: &[Expr],
        last: Option<Value>,
    ) -> Eval<Operand> {
        let Some((final_name, path)) = names.split_last() else { return Ok(receiver) };
        let mut receiver = receiver;
        let outer = self.reads.enter(ReadContext::Plain);
        for name in path {
            match self.field(state, dot, receiver, node, range, name, &[], None) {
                Ok(next) => receiver = next,
                Err(error) => {
                    self.reads.leave(outer);
                    return Err(error);
                }
            }
        }
        self.reads.leave(outer);
        let found = self.field(state, dot, receiver, node, range, final_name, args, last)?;
        self.touch(&found.value);
        Ok(found)
    }

    #[expect(clippy::too_many_arguments, reason = "the parameters of Go's evalField")]
    fn field(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        receiver: Operand,
        node: &Expr,
        range: TextRange,
        name: &Ident,
        args: &[Expr],
        last: Option<Value>,
    ) -> Eval<Operand> {
        if let Some(method) = methods::find(&receiver.value, &name.name) {
            let (args, span) = (
                self.arguments(state, dot, &method.signature, node, args, last)?,
                self.span(state, range),
            );
            let mut all = vec![receiver.value];
            all.extend(args);
            let mut call = Call {
                origins: &mut self.origins,
                memories: self.memories,
                node: span,
                frame: state.frame,
            };
            let value = (method.implementation)(&mut call, &all).map_err(|failure| {
                self.call_failed(state, range, node.position(), node, &name.name, failure)
            })?;
            return Ok(Operand { interface: false, value });
        }
        if let Some(method) = methods::by_name(&receiver.value) {
            let mut values = Vec::with_capacity(args.len() + 1);
            for arg in args {
                values.push(self.argument(state, dot, Param::Any, arg)?);
            }
            values.extend(last.clone());
            let span = self.span(state, range);
            let mut call = Call {
                origins: &mut self.origins,
                memories: self.memories,
                node: span,
                frame: state.frame,
            };
            if let Some(result) = method(&mut call, &name.name, &receiver.value, &values) {
                let value = result.map_err(|failure| {
                    self.call_failed(state, range, node.position(), node, &name.name, failure)
                })?;
                return Ok(Operand::concrete(value));
            }
        }
        let has_arguments = !args.is_empty() || last.is_some();
        match &receiver.value.kind {
            Kind::Nil if !receiver.interface => {
                Ok(Operand::concrete(self.missing(receiver.value.memory, &name.name)))
            }
            Kind::Nil => {
                self.refused(&receiver.value, Want::Member(Arc::clone(&name.name)));
                let message = format!("nil pointer evaluating interface {{}}.{}", name.name);
                let mut error = self.at(state, node, message);
                error.reason = Reason::NilPointer;
                // The value that is missing is the one before this field: underline up to it.
                error.node =
                    self.span(state, TextRange::new(range.start as usize, name.range.end as usize));
                Err(error)
            }
            Kind::Map(map) => {
                if has_arguments {
                    return Err(self.at(
                        state,
                        node,
                        format!("{} is not a method but has arguments", name.name),
                    ));
                }
                let found = map.entries.borrow().get(&*name.name).cloned();
                if receiver.value.memory.is_some() {
                    let span = self.span(state, range);
                    self.reads.add(
                        receiver.value.memory,
                        &name.name,
                        found.is_some(),
                        span,
                        state.frame,
                    );
                }
                let interface = matches!(map.ty, MapType::Any | MapType::Values);
                let value = found.unwrap_or_else(|| match map.ty {
                    MapType::Any | MapType::Values => {
                        self.missing(receiver.value.memory, &name.name)
                    }
                    MapType::Strings | MapType::NilStrings => Value::plain(""),
                    MapType::Files => Value::new(Kind::Bytes(Arc::from([].as_slice()))),
                });
                Ok(Operand { value, interface })
            }
            Kind::Struct(structure) => {
                if let Some(field) = structure.fields.iter().find(|field| *field.name == *name.name)
                {
                    if has_arguments {
                        let message = format!(
                            "{} has arguments but cannot be invoked as function",
                            name.name
                        );
                        return Err(self.at(state, node, message));
                    }
                    return Ok(Operand::concrete(field.value.clone()));
                }
                Err(self.no_field(state, node, &receiver, &name.name))
            }
            _ => Err(self.no_field(state, node, &receiver, &name.name)),
        }
    }

    /// Takes down the keys that a function looks up: `get`, `hasKey`, `index`, `dig`.
    pub(super) fn read_keys(
        &mut self,
        state: &State<'_>,
        range: TextRange,
        function: &str,
        values: &[Value],
    ) {
        let (("get" | "hasKey" | "index", [start, keys @ ..]) | ("dig", [keys @ .., _, start])) =
            (function, values)
        else {
            return;
        };
        let mut value = start.clone();
        for key in keys {
            let (Kind::Map(map), Some(key)) = (&value.kind, key.as_text()) else { return };
            let found = map.entries.borrow().get(key.as_str()).cloned();
            if value.memory.is_some() {
                let span = self.span(state, range);
                self.reads.add(value.memory, key.shared(), found.is_some(), span, state.frame);
            }
            let Some(next) = found else { return };
            value = next;
        }
    }

    fn no_field(
        &mut self,
        state: &State<'_>,
        node: &Expr,
        receiver: &Operand,
        name: &str,
    ) -> Box<RenderError> {
        self.refused(&receiver.value, Want::Member(Arc::from(name)));
        let ty = if receiver.interface { "interface {}" } else { receiver.value.type_name() };
        self.at(state, node, format!("can't evaluate field {name} in type {ty}"))
    }
}
