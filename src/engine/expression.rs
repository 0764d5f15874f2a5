//! Pipelines, commands, fields and calls.

use std::fmt::Display;
use std::sync::Arc;

use crate::source::TextRange;
use crate::template::ast::{Command, Expr, Function, Number, Pipeline};
use crate::template::functions::{Kind as Param, Signature, signature};

use super::error::{Eval, Reason, RenderError};
use super::functions::{Call, Failure, implementation};
use super::machine::{Machine, Operand, State, find_variable, set_variable};
use super::reads::ReadContext;
use super::text::Text;
use super::value::{IntType, Kind, ListType, MapType, StructType, Value};

/// Functions that are made for values that may be missing.
const FORGIVING: &[&str] = &[
    "coalesce",
    "default",
    "dig",
    "empty",
    "get",
    "has",
    "hasKey",
    "kindIs",
    "kindOf",
    "required",
    "typeIs",
    "typeIsLike",
    "typeOf",
];

/// What `derivePassword` takes of [`super::MAX_STEPS`]: it is made to be slow.
const DERIVATION_STEPS: u64 = 200_000;

/// Functions that only ask for truth.
const CONDITIONS: &[&str] = &["all", "and", "any", "not", "or", "ternary"];

impl Machine<'_> {
    /// The value of a pipeline; nil is invalid then, as nothing is inside an interface any more.
    pub(super) fn pipeline(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        pipe: &Pipeline,
    ) -> Eval<Value> {
        state.last = pipe.range;
        let value = self.commands(state, dot, &pipe.commands)?;
        for variable in &pipe.variables {
            let operand = Operand::concrete(value.clone());
            if self.explorer.is_some() {
                let name = Arc::clone(&variable.name);
                state.definitions.push((name, pipe.range, dot.clone()));
            }
            if pipe.assign {
                set_variable(state, &variable.name, operand);
            } else {
                state.variables.push((Arc::clone(&variable.name), operand));
            }
        }
        Ok(value)
    }

    /// The value of commands that are joined by pipes.
    pub(super) fn commands(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        commands: &[Command],
    ) -> Eval<Value> {
        let mut last: Option<Value> = None;
        for (at, command) in commands.iter().enumerate() {
            self.step(state, command.range)?;
            let context = commands.get(at + 1).and_then(read_context);
            let before = context.map(|context| self.reads.enter(context));
            let operand = self.command(state, dot, command, last.take());
            if let Some(before) = before {
                self.reads.leave(before);
            }
            if self.explorer.is_some() {
                let before = commands.get(..at).unwrap_or_default();
                let failure = operand.as_ref().err().map(|error| &**error);
                self.called(state, dot, before, command, failure);
            }
            last = Some(operand?.value);
        }
        Ok(last.unwrap_or_default())
    }

    fn command(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        command: &Command,
        last: Option<Value>,
    ) -> Eval<Operand> {
        let Some((first, rest)) = command.args.split_first() else { return Ok(Operand::default()) };
        if !matches!(first, Expr::Pipe(..)) {
            state.last = first.range();
        }
        match first {
            Expr::Field(range, names) => {
                self.fields(state, dot, dot.clone(), first, *range, names, rest, last)
            }
            Expr::Chain(range, inner, names) => {
                let receiver = self.chain_base(state, dot, inner)?;
                self.fields(state, dot, receiver, first, *range, names, rest, last)
            }
            Expr::Variable(variable, range, names) => {
                let receiver = find_variable(state, &variable.name);
                if names.is_empty() {
                    self.not_a_function(state, first, rest, last.as_ref())?;
                    return Ok(receiver);
                }
                self.fields(state, dot, receiver, first, *range, names, rest, last)
            }
            Expr::Function(function) => self.call(state, dot, function, command, rest, last),
            Expr::Pipe(_, inner) if !rest.is_empty() || last.is_some() => {
                let message = format!("can't give argument to non-function {inner}");
                Err(self.at(state, first, message))
            }
            Expr::Pipe(_, inner) => Ok(Operand::concrete(self.pipeline(state, dot, inner)?)),
            _ => {
                self.not_a_function(state, first, rest, last.as_ref())?;
                match first {
                    Expr::Dot(_) => Ok(dot.clone()),
                    Expr::Nil(_) => Err(self.at(state, first, "nil is not a command".to_owned())),
                    _ => Ok(Operand::concrete(self.constant(state, first)?)),
                }
            }
        }
    }

    fn chain_base(&mut self, state: &mut State<'_>, dot: &Operand, inner: &Expr) -> Eval<Operand> {
        let context = self.reads.enter(ReadContext::NilSafe);
        state.last = inner.range();
        let result = match inner {
            Expr::Pipe(_, pipe) => self.pipeline(state, dot, pipe).map(Operand::concrete),
            Expr::Function(function) => {
                let command = Command { range: function.range, args: Vec::new() };
                self.call(state, dot, function, &command, &[], None)
            }
            Expr::Dot(_) => Ok(dot.clone()),
            Expr::Field(range, names) => {
                self.fields(state, dot, dot.clone(), inner, *range, names, &[], None)
            }
            Expr::Variable(variable, range, names) => {
                let receiver = find_variable(state, &variable.name);
                self.fields(state, dot, receiver, inner, *range, names, &[], None)
            }
            Expr::Chain(range, base, names) => match self.chain_base(state, dot, base) {
                Ok(receiver) => self.fields(state, dot, receiver, inner, *range, names, &[], None),
                Err(error) => Err(error),
            },
            Expr::Nil(_) => {
                Err(self.at(state, inner, format!("indirection through explicit nil in {inner}")))
            }
            _ => self.constant(state, inner).map(Operand::concrete),
        };
        self.reads.leave(context);
        result
    }

    fn not_a_function(
        &self,
        state: &State<'_>,
        first: &Expr,
        rest: &[Expr],
        last: Option<&Value>,
    ) -> Eval<()> {
        if rest.is_empty() && last.is_none() {
            return Ok(());
        }
        Err(self.at(state, first, format!("can't give argument to non-function {first}")))
    }

    fn call(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        function: &Function,
        command: &Command,
        args: &[Expr],
        last: Option<Value>,
    ) -> Eval<Operand> {
        let Some(id) = function.id else {
            let node = Expr::Function(function.clone());
            return Err(self.at(
                state,
                &node,
                format!("\"{}\" is not a defined function", function.name),
            ));
        };
        let signature = signature(id);
        let node = Expr::Function(function.clone());
        let context = context_of(signature.name);
        let before = context.map(|context| self.reads.enter(context));
        let result = self.call_known(
            state,
            dot,
            signature,
            &node,
            command,
            args,
            last,
            |machine, state, values| {
                let Some(implementation) = implementation(id) else {
                    let failure = Failure::Unsupported(signature.name.to_owned());
                    return Err(machine.call_failed(
                        state,
                        function.range,
                        function.range.start,
                        &function.name,
                        signature.name,
                        failure,
                    ));
                };
                let span = machine.span(state, command.range.to(function.range));
                let mut call = Call {
                    origins: &mut machine.origins,
                    memories: machine.memories,
                    node: span,
                    frame: state.frame,
                };
                implementation(&mut call, values).map_err(|failure| {
                    let (range, position) = (command.range.to(function.range), command.position());
                    if command.args.is_empty() {
                        machine.call_failed(
                            state,
                            range,
                            position,
                            &function.name,
                            signature.name,
                            failure,
                        )
                    } else {
                        machine.call_failed(
                            state,
                            range,
                            position,
                            command,
                            signature.name,
                            failure,
                        )
                    }
                })
            },
        );
        if let Some(before) = before {
            self.reads.leave(before);
        }
        let value = result?;
        Ok(Operand { interface: value.is_nil(), value })
    }

    #[expect(clippy::too_many_arguments, reason = "the parameters of Go's evalCall")]
    fn call_known(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        signature: &'static Signature,
        node: &Expr,
        command: &Command,
        args: &[Expr],
        last: Option<Value>,
        apply: impl FnOnce(&mut Self, &State<'_>, &[Value]) -> Eval<Value>,
    ) -> Eval<Value> {
        if matches!(signature.name, "and" | "or") {
            return self.short_circuit(state, dot, signature, node, args, last);
        }
        let values = self.arguments(state, dot, signature, node, args, last)?;
        self.used(signature.name, &values);
        let range = command.range.to(node.range());
        self.read_keys(state, range, signature.name, &values);
        match (signature.name, values.as_slice()) {
            // Go's invalid value is none at all for those that ask for its type.
            ("len", [_]) if state.invalid => apply(self, state, &[]),
            ("derivePassword", _) => {
                self.spend(state, range, DERIVATION_STEPS)?;
                apply(self, state, &values)
            }
            ("call", [callee, ..]) => {
                let name = match args.first() {
                    None => shown_by_reflect(callee),
                    Some(Expr::Pipe(_, pipe)) => pipe.to_string(),
                    Some(name) => name.to_string(),
                };
                apply(self, state, &[callee.clone(), Value::plain(name)])
            }
            ("include", [name, data]) => {
                let (name, span) =
                    (name.as_str().unwrap_or_default().to_owned(), self.span(state, range));
                let text = self
                    .include(&name, data.clone(), span, state.frame)
                    .map_err(|error| self.wrapped(state, command, node, "include", error))?;
                Ok(Value::text(text))
            }
            ("tpl", [text, data]) => {
                let (text, span) =
                    (text.as_text().cloned().unwrap_or_default(), self.span(state, range));
                let text = self
                    .tpl(&text, data.clone(), span, state.frame)
                    .map_err(|error| self.wrapped(state, command, node, "tpl", error))?;
                Ok(Value::text(text))
            }
            _ => apply(self, state, &values),
        }
    }

    fn short_circuit(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        signature: &'static Signature,
        node: &Expr,
        args: &[Expr],
        last: Option<Value>,
    ) -> Eval<Value> {
        if args.is_empty() && last.is_none() {
            let message =
                format!("wrong number of args for {}: want at least 1 got 0", signature.name);
            return Err(self.at(state, node, message));
        }
        let mut value = Value::NIL;
        for arg in args {
            value = self.argument(state, dot, Param::Any, arg)?;
            if value.truth() == (signature.name == "or") {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    pub(super) fn arguments(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        signature: &Signature,
        node: &Expr,
        args: &[Expr],
        last: Option<Value>,
    ) -> Eval<Vec<Value>> {
        let given = args.len() + usize::from(last.is_some());
        let (name, fixed) = (signature.name, signature.params.len());
        if signature.variadic.is_some() {
            if given < fixed {
                let message = format!(
                    "wrong number of args for {name}: want at least {fixed} got {}",
                    args.len()
                );
                return Err(self.at(state, node, message));
            }
        } else if given != fixed {
            let message = format!("wrong number of args for {name}: want {fixed} got {given}");
            return Err(self.at(state, node, message));
        }
        let param = |at: usize| {
            signature.params.get(at).copied().or(signature.variadic).unwrap_or(Param::Any)
        };
        let mut values = Vec::with_capacity(given);
        for (at, arg) in args.iter().enumerate() {
            values.push(self.argument(state, dot, param(at), arg)?.passed());
        }
        if let Some(last) = last {
            let operand = Operand::concrete(last);
            state.invalid = operand.value.is_nil();
            values.push(self.validated(state, operand, param(args.len()), node)?.passed());
        }
        Ok(values)
    }

    pub(super) fn argument(
        &mut self,
        state: &mut State<'_>,
        dot: &Operand,
        param: Param,
        arg: &Expr,
    ) -> Eval<Value> {
        state.last = arg.range();
        let operand = match arg {
            Expr::Dot(_) => dot.clone(),
            Expr::Nil(_) => {
                state.invalid = true;
                return match param {
                    Param::Any | Param::Map | Param::List | Param::Writer => Ok(Value::NIL),
                    _ => Err(self.at(
                        state,
                        arg,
                        format!("cannot assign nil to {}", param_name(param)),
                    )),
                };
            }
            Expr::Field(range, names) => {
                self.fields(state, dot, dot.clone(), arg, *range, names, &[], None)?
            }
            Expr::Variable(variable, range, names) => {
                let receiver = find_variable(state, &variable.name);
                self.fields(state, dot, receiver, arg, *range, names, &[], None)?
            }
            Expr::Pipe(_, pipe) => Operand::concrete(self.pipeline(state, dot, pipe)?),
            Expr::Function(function) => {
                let command = Command { range: function.range, args: Vec::new() };
                self.call(state, dot, function, &command, &[], None)?
            }
            Expr::Chain(range, inner, names) => {
                let receiver = self.chain_base(state, dot, inner)?;
                self.fields(state, dot, receiver, arg, *range, names, &[], None)?
            }
            Expr::Bool(..) | Expr::Number(_) | Expr::Str(_) => {
                state.invalid = false;
                return self.constant_for(state, arg, param);
            }
        };
        state.invalid = operand.value.is_nil() && !operand.interface;
        self.validated(state, operand, param, arg)
    }

    fn constant_for(&mut self, state: &mut State<'_>, arg: &Expr, param: Param) -> Eval<Value> {
        let wrong = |expected: &str| format!("expected {expected}; found {arg}");
        let message = match (param, arg) {
            (Param::Any, _) | (Param::String, Expr::Str(_)) => return self.constant(state, arg),
            (Param::Bool, Expr::Bool(_, value)) => return Ok(Value::bool(*value)),
            (Param::Int, Expr::Number(number)) if number.int.is_some() => {
                return Ok(Value::int(number.int.unwrap_or_default()));
            }
            (Param::Int64, Expr::Number(number)) if number.int.is_some() => {
                return Ok(Value::int64(number.int.unwrap_or_default()));
            }
            (Param::Uint32, Expr::Number(number)) if number.uint.is_some() => {
                return Ok(Value::new(Kind::Int(
                    number.uint.unwrap_or_default() as i64,
                    IntType::Uint64,
                )));
            }
            (Param::Float64, Expr::Number(number)) if number.float.is_some() => {
                return Ok(Value::float(number.float.unwrap_or_default()));
            }
            (Param::Bool, _) => wrong("bool"),
            (Param::String, _) => wrong("string"),
            (Param::Int | Param::Int64, _) => wrong("integer"),
            (Param::Uint32, _) => wrong("unsigned integer"),
            (Param::Float64, _) => wrong("float"),
            (Param::Map | Param::List | Param::Time | Param::Certificate | Param::Writer, _) => {
                format!("can't handle {arg} for arg of type {}", param_name(param))
            }
        };
        Err(self.at(state, arg, message))
    }

    /// Go's `idealConstant` and the constants that are no numbers.
    fn constant(&mut self, state: &State<'_>, arg: &Expr) -> Eval<Value> {
        match arg {
            Expr::Bool(_, value) => Ok(Value::bool(*value)),
            Expr::Str(string) => Ok(Value::text(match string.literal {
                Some(range) => self.literal(state, range, &string.value),
                None => Text::plain(Arc::clone(&string.value)),
            })),
            Expr::Number(number) => self.number(state, arg, number),
            _ => Err(self.at(state, arg, format!("can't evaluate command \"{arg}\""))),
        }
    }

    fn number(&self, state: &State<'_>, arg: &Expr, number: &Number) -> Eval<Value> {
        let text = &*number.text;
        let hex = text.len() > 2
            && matches!(text.get(..2), Some("0x" | "0X"))
            && !text.contains(['p', 'P']);
        if number.complex.is_some() {
            return Err(self.at(
                state,
                arg,
                format!("complex constant {text} is of no use in a chart"),
            ));
        }
        match (number.int, number.float) {
            (_, Some(float))
                if !hex && !number.is_char && text.contains(['.', 'e', 'E', 'p', 'P']) =>
            {
                Ok(Value::float(float))
            }
            (Some(int), _) => Ok(Value::int(int)),
            _ => Err(self.at(state, arg, format!("{text} overflows int"))),
        }
    }

    /// Go's `validateType`: the value, or why a parameter of this type can't have it.
    fn validated(
        &mut self,
        state: &State<'_>,
        operand: Operand,
        param: Param,
        node: &Expr,
    ) -> Eval<Value> {
        let value = operand.value;
        let fits = match (&value.kind, param) {
            (_, Param::Any)
            | (Kind::Str(_), Param::String)
            | (Kind::Int(_, IntType::Int), Param::Int)
            | (Kind::Int(_, IntType::Int64), Param::Int64)
            | (Kind::Float(_), Param::Float64)
            | (Kind::Bool(_), Param::Bool) => true,
            (Kind::Map(map), Param::Map) => matches!(map.ty, MapType::Any | MapType::Values),
            (Kind::List(list), Param::List) => list.ty == ListType::Any,
            (Kind::Struct(value), Param::Time) => value.ty == StructType::Time,
            (Kind::Struct(value), Param::Certificate) => value.ty == StructType::Certificate,
            // An invalid value becomes the nil of a type that has one; a nil interface fits no other type.
            (Kind::Nil, Param::Map | Param::List | Param::Writer) => !operand.interface,
            _ => false,
        };
        if fits && param == Param::Map {
            return Ok(value.as_map_type(MapType::Any));
        }
        if fits {
            return Ok(value);
        }
        self.wanted(&value, param);
        let expected = param_name(param);
        let message = if value.is_nil() && !operand.interface {
            format!("invalid value; expected {expected}")
        } else if value.is_nil() {
            format!("wrong type for value; expected {expected}; got interface {{}}")
        } else {
            format!("wrong type for value; expected {expected}; got {}", value.type_name())
        };
        Err(self.at(state, node, message))
    }

    /// An error at `node`; Go's text has the operand that was looked at last.
    pub(super) fn at(&self, state: &State<'_>, node: &Expr, message: String) -> Box<RenderError> {
        let (named, position) = state.last_node().unwrap_or((node, node.position()));
        self.failed(state, node.range(), position, named, Reason::Template, message)
    }

    /// An error of a template that `include` or `tpl` ran: the place stays the innermost, Go's text grows.
    fn wrapped(
        &self,
        state: &State<'_>,
        command: &Command,
        node: &Expr,
        name: &str,
        mut inner: Box<RenderError>,
    ) -> Box<RenderError> {
        let message = format!("error calling {name}: {}", inner.full);
        let context: &dyn Display = if command.args.is_empty() { node } else { command };
        let position = command.position();
        let full =
            self.failed(state, node.range(), position, context, Reason::Template, message).full;
        inner.wrap(full);
        inner
    }

    /// A function's failure as an error at its call.
    pub(super) fn call_failed(
        &self,
        state: &State<'_>,
        range: TextRange,
        position: u32,
        context: &dyn Display,
        name: &str,
        failure: Failure,
    ) -> Box<RenderError> {
        let (reason, message) = match failure {
            Failure::Error(message) => {
                let own = message.len();
                let message = format!("error calling {name}: {message}");
                let mut error =
                    self.failed(state, range, position, context, Reason::Template, message);
                error.levels.insert(0, own);
                return error;
            }
            Failure::Fail(message) => (Reason::Fail, message),
            Failure::Required(message) => (Reason::Required, message),
            Failure::Limit(message) => (Reason::Limit, message),
            Failure::Unsupported(what) => (
                Reason::Unsupported(what.clone()),
                format!("chartlint does not have the function `{what}` yet"),
            ),
        };
        self.failed(state, range, position, context, reason, message)
    }

    /// A failure while printing.
    pub(super) fn failed_with(
        &self,
        state: &State<'_>,
        range: TextRange,
        position: u32,
        context: &dyn Display,
        failure: Failure,
    ) -> Box<RenderError> {
        self.call_failed(state, range, position, context, "print", failure)
    }
}

/// The context in which a command's final argument, the pipeline before it, is read.
fn read_context(command: &Command) -> Option<ReadContext> {
    match command.args.first() {
        Some(Expr::Function(function)) => context_of(&function.name),
        _ => None,
    }
}

fn context_of(function: &str) -> Option<ReadContext> {
    if FORGIVING.contains(&function) {
        Some(ReadContext::Defaulted)
    } else if CONDITIONS.contains(&function) {
        Some(ReadContext::Condition)
    } else {
        None
    }
}

/// What Go's `reflect.Value.String` says.
fn shown_by_reflect(value: &Value) -> String {
    match &value.kind {
        Kind::Nil => "<invalid Value>".to_owned(),
        Kind::Str(text) => text.as_str().to_owned(),
        _ => format!("<{} Value>", value.type_name()),
    }
}

/// Go's name of a parameter's type.
const fn param_name(param: Param) -> &'static str {
    match param {
        Param::Any => "interface {}",
        Param::String => "string",
        Param::Int => "int",
        Param::Int64 => "int64",
        Param::Uint32 => "uint32",
        Param::Float64 => "float64",
        Param::Bool => "bool",
        Param::Map => "map[string]interface {}",
        Param::List => "[]interface {}",
        Param::Time => "time.Time",
        Param::Certificate => "sprig.certificate",
        Param::Writer => "io.Writer",
    }
}
