//! The syntax tree of a Go template. Every node has its range in the text that was parsed.
//!
//! Shapes follow Go 1.26 `text/template/parse/node.go`, so that errors can name nodes as Go does.

use std::fmt;
use std::sync::Arc;

use crate::source::TextRange;

use super::characters::go_quote;
use super::functions::FunctionId;

/// One parsed text: its main body and what it defines.
#[derive(Debug, Default)]
pub struct Ast {
    /// What is executed when the file itself is.
    pub body: Block,
    /// `{{define}}` and `{{block}}` bodies, in the order of the text, all of them.
    ///
    /// Who merges them does as Go. Within one text (`Tree.add` in `parse.go`) a later definition takes the place
    /// of one that [is blank](Block::is_blank), blank or not itself; a second one that prints something is an
    /// error, and a blank one behind it is ignored. Between texts (`AddParseTree` and `associate` in
    /// `template.go`) the later one wins, except that a blank one never takes the place of another.
    pub defines: Vec<Define>,
    /// Comments, in the order of the text: the whole action from `{{` to `}}`.
    pub comments: Vec<TextRange>,
    /// What is wrong; the first is the one that Go reports.
    pub errors: Vec<SyntaxError>,
}

/// A mistake in a template text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong: the token, or what was never closed.
    pub range: TextRange,
    /// Line from 1, as Go counts it for its message; not always that of `range`.
    pub line: u32,
    /// Go's wording, without the `template: name:line: ` in front and the [action's line](Self::action_line) behind.
    pub message: String,
    /// Line from 1 where the broken action starts, if Go says so.
    pub action_line: Option<u32>,
}

impl SyntaxError {
    /// The whole message as Go prints it for a template called `name`.
    pub fn go_message(&self, name: &str) -> String {
        let Self { line, message, action_line, .. } = self;
        let started = match action_line {
            None => String::new(),
            // Go avoids "unclosed action in action".
            Some(started) if message.ends_with(" action") => {
                format!(" started at {name}:{started}")
            }
            Some(started) => format!(" in action started at {name}:{started}"),
        };
        format!("template: {name}:{line}: {message}{started}")
    }
}

/// A named template.
#[derive(Debug)]
pub struct Define {
    /// The name, unquoted.
    pub name: Arc<str>,
    /// The quoted name in the text.
    pub name_range: TextRange,
    /// From `{{define` to the `}}` of its `{{end}}`.
    pub range: TextRange,
    /// What it prints.
    pub body: Block,
}

/// A list of nodes.
#[derive(Debug, Default)]
pub struct Block {
    /// The nodes; empty texts are left out.
    pub nodes: Vec<Node>,
    /// From the end of the opening action to the start of the closing one.
    pub range: TextRange,
}

impl Block {
    /// Whether it prints nothing but blanks and defines nothing, as Go's `parse.IsEmptyTree`.
    pub fn is_blank(&self) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Text(text) => text.text.trim().is_empty(),
            _ => false,
        })
    }

    /// The pipeline of an action or branch that stands at exactly `range`, here or deeper.
    pub fn pipeline_at(&self, range: TextRange) -> Option<&Pipeline> {
        let is_it = |pipe: &&Pipeline| pipe.range == range;
        self.nodes.iter().find_map(|node| match node {
            Node::Text(_) | Node::Break(_) | Node::Continue(_) => None,
            Node::Action(action) => Some(&action.pipe).filter(is_it),
            Node::Template(call) => call.pipe.as_ref().filter(is_it),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => Some(&branch.pipe)
                .filter(is_it)
                .or_else(|| branch.body.pipeline_at(range))
                .or_else(|| branch.otherwise.as_ref()?.pipeline_at(range)),
        })
    }

    /// The pipeline or operand that stands at exactly `range`, here or deeper, and the byte that Go names for it.
    pub fn node_at(&self, range: TextRange) -> Option<(&dyn fmt::Display, u32)> {
        self.nodes.iter().find_map(|node| match node {
            Node::Text(_) | Node::Break(_) | Node::Continue(_) => None,
            Node::Action(action) => action.pipe.node_at(range),
            Node::Template(call) => call.pipe.as_ref()?.node_at(range),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => branch
                .pipe
                .node_at(range)
                .or_else(|| branch.body.node_at(range))
                .or_else(|| branch.otherwise.as_ref()?.node_at(range)),
        })
    }
}

/// One node of a block.
#[derive(Debug)]
pub enum Node {
    /// Text between actions.
    Text(Text),
    /// `{{pipeline}}`.
    Action(Action),
    /// `{{if}}`; an `else if` is an `If` as the only node of `otherwise`.
    If(Branch),
    /// `{{with}}`.
    With(Branch),
    /// `{{range}}`.
    Range(Branch),
    /// `{{template}}`, and the call that a `{{block}}` makes.
    Template(TemplateCall),
    /// `{{break}}`.
    Break(TextRange),
    /// `{{continue}}`.
    Continue(TextRange),
}

/// Text between actions, trimmed as the trim markers say.
#[derive(Debug)]
pub struct Text {
    /// What is printed.
    pub text: Arc<str>,
    /// Where exactly these bytes stand.
    pub range: TextRange,
}

/// An action that prints or declares.
#[derive(Debug)]
pub struct Action {
    /// From `{{` to `}}`.
    pub range: TextRange,
    /// What it does.
    pub pipe: Pipeline,
}

impl Action {
    /// The byte that Go names in errors about the node: that of its pipeline.
    pub const fn position(&self) -> u32 {
        self.pipe.position()
    }
}

/// `if`, `with` or `range`.
#[derive(Debug)]
pub struct Branch {
    /// From `{{` of the opening action to `}}` of the end.
    pub range: TextRange,
    /// The opening action, `{{` to `}}`.
    pub open: TextRange,
    /// Whether this is the `else if` or `else with` of the branch around it.
    pub chained: bool,
    /// The condition.
    pub pipe: Pipeline,
    /// What happens if it holds.
    pub body: Block,
    /// The other side.
    pub otherwise: Option<Block>,
}

impl Branch {
    /// The byte that Go names in errors about the node: that of its pipeline.
    pub const fn position(&self) -> u32 {
        self.pipe.position()
    }
}

/// `{{template "name" pipeline}}`.
#[derive(Debug)]
pub struct TemplateCall {
    /// From `{{` to `}}`.
    pub range: TextRange,
    /// The name, unquoted.
    pub name: Arc<str>,
    /// The quoted name.
    pub name_range: TextRange,
    /// The argument.
    pub pipe: Option<Pipeline>,
}

impl TemplateCall {
    /// The byte that Go names in errors about the node: that of the template's name.
    pub const fn position(&self) -> u32 {
        self.name_range.start
    }
}

/// Commands joined by `|`, perhaps with variables in front.
#[derive(Debug, Default)]
pub struct Pipeline {
    /// From the first variable or command to the end of the last command.
    pub range: TextRange,
    /// Variables that are declared or set.
    pub variables: Vec<Variable>,
    /// `=` instead of `:=`.
    pub assign: bool,
    /// The commands; empty only after an error.
    pub commands: Vec<Command>,
}

impl Pipeline {
    /// The byte that Go names in errors about the node: that of its first token.
    pub const fn position(&self) -> u32 {
        self.range.start
    }

    fn node_at(&self, range: TextRange) -> Option<(&dyn fmt::Display, u32)> {
        let mut operands = self.commands.iter().flat_map(|command| &command.args);
        let operand = operands.find_map(|operand| operand.node_at(range));
        let own: (&dyn fmt::Display, u32) = (self, self.position());
        operand.or_else(|| (self.range == range).then_some(own))
    }
}

/// A variable's name with its `$`.
#[derive(Clone, Debug)]
pub struct Variable {
    /// `$x`.
    pub name: Arc<str>,
    /// Where.
    pub range: TextRange,
}

/// An expression with its arguments.
#[derive(Debug)]
pub struct Command {
    /// From the first to the last argument.
    pub range: TextRange,
    /// What is called or named, then the arguments; never empty without an error.
    pub args: Vec<Expr>,
}

impl Command {
    /// The byte that Go names in errors about the node: that of its first token.
    pub const fn position(&self) -> u32 {
        self.range.start
    }
}

/// A field name.
#[derive(Clone, Debug)]
pub struct Ident {
    /// Without its dot.
    pub name: Arc<str>,
    /// Without its dot.
    pub range: TextRange,
}

/// An operand.
#[derive(Debug)]
pub enum Expr {
    /// `.`
    Dot(TextRange),
    /// `nil`
    Nil(TextRange),
    /// `true` or `false`
    Bool(TextRange, bool),
    /// A number or character constant.
    Number(Box<Number>),
    /// A quoted or raw string.
    Str(StrLit),
    /// `.a.b`
    Field(TextRange, Vec<Ident>),
    /// `$x` or `$x.a.b`; the variable's name has its `$`.
    Variable(Variable, TextRange, Vec<Ident>),
    /// A function's name.
    Function(Function),
    /// `(pipeline).a.b`, or another operand with fields.
    Chain(TextRange, Box<Expr>, Vec<Ident>),
    /// `(pipeline)`; the range includes the parentheses.
    Pipe(TextRange, Box<Pipeline>),
}

/// A function's name in a template.
#[derive(Clone, Debug)]
pub struct Function {
    /// As written.
    pub name: Arc<str>,
    /// Where.
    pub range: TextRange,
    /// `None` for a name that Helm does not know (an error stands in [`Ast::errors`]).
    pub id: Option<FunctionId>,
}

/// A string constant.
#[derive(Debug)]
pub struct StrLit {
    /// With its quotes.
    pub range: TextRange,
    /// With its quotes, as written.
    pub quoted: Arc<str>,
    /// Unquoted.
    pub value: Arc<str>,
    /// Where `value` stands literally: between the quotes, if no escape is in it.
    pub literal: Option<TextRange>,
}

/// A numeric constant; as in Go it can be several things at once.
#[derive(Debug)]
pub struct Number {
    /// Where.
    pub range: TextRange,
    /// As written.
    pub text: Arc<str>,
    /// Its value as a signed integer, if it is one.
    pub int: Option<i64>,
    /// Its value as an unsigned integer, if it is one.
    pub uint: Option<u64>,
    /// Its value as a float, if it is one.
    pub float: Option<f64>,
    /// Its value as a complex number (real, imaginary), if it is written as one.
    pub complex: Option<(f64, f64)>,
    /// A character constant.
    pub is_char: bool,
}

impl Expr {
    /// Where it stands, parentheses and fields included.
    pub fn range(&self) -> TextRange {
        match self {
            Self::Dot(range) | Self::Nil(range) | Self::Bool(range, _) | Self::Field(range, _) => {
                *range
            }
            Self::Variable(_, range, _) | Self::Chain(range, ..) | Self::Pipe(range, _) => *range,
            Self::Number(number) => number.range,
            Self::Str(string) => string.range,
            Self::Function(function) => function.range,
        }
    }

    fn node_at(&self, range: TextRange) -> Option<(&dyn fmt::Display, u32)> {
        match self {
            // Go names what stands in parentheses without them.
            Self::Pipe(own, pipe) if *own == range => Some((pipe, pipe.position())),
            _ if self.range() == range => Some((self, self.position())),
            Self::Chain(_, inner, _) => inner.node_at(range),
            Self::Pipe(_, pipe) => pipe.node_at(range),
            _ => None,
        }
    }

    /// The byte that Go names in errors about the node (`Node.Position` in `node.go`).
    ///
    /// Where it differs from the start of [`Self::range`]: a chain and a variable with fields are named at the dot
    /// of the first field, `.a.b` at the dot of the second, and parentheses at what stands in them.
    pub fn position(&self) -> u32 {
        let dot = match self {
            Self::Field(_, names) => names.get(1),
            Self::Variable(_, _, names) | Self::Chain(_, _, names) => names.first(),
            Self::Pipe(_, pipe) => return pipe.position(),
            _ => None,
        };
        dot.map_or(self.range().start, |name| name.range.start.saturating_sub(1))
    }
}

fn fields(f: &mut fmt::Formatter<'_>, fields: &[Ident]) -> fmt::Result {
    fields.iter().try_for_each(|field| write!(f, ".{}", field.name))
}

/// As Go prints the node in errors.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dot(_) => f.write_str("."),
            Self::Nil(_) => f.write_str("nil"),
            Self::Bool(_, value) => write!(f, "{value}"),
            Self::Number(number) => f.write_str(&number.text),
            Self::Str(string) => f.write_str(&string.quoted),
            Self::Field(_, names) => fields(f, names),
            Self::Variable(variable, _, names) => {
                f.write_str(&variable.name)?;
                fields(f, names)
            }
            Self::Function(function) => f.write_str(&function.name),
            Self::Chain(_, inner, names) => {
                match &**inner {
                    Self::Pipe(_, pipe) => write!(f, "({pipe})")?,
                    other => write!(f, "{other}")?,
                }
                fields(f, names)
            }
            Self::Pipe(_, pipe) => write!(f, "({pipe})"),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{{}}}}}", self.pipe)
    }
}

impl fmt::Display for TemplateCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", go_quote(&self.name))?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, arg) in self.args.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{arg}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, variable) in self.variables.iter().enumerate() {
            write!(f, "{}{}", if at > 0 { ", " } else { "" }, variable.name)?;
        }
        if !self.variables.is_empty() {
            f.write_str(if self.assign { " = " } else { " := " })?;
        }
        for (at, command) in self.commands.iter().enumerate() {
            write!(f, "{}{command}", if at > 0 { " | " } else { "" })?;
        }
        Ok(())
    }
}
