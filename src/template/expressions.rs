//! Pipelines, commands and operands.

use std::borrow::Cow;
use std::sync::Arc;

use crate::source::TextRange;

use super::ast::{Command, Expr, Function, Ident, Pipeline, StrLit, Variable};
use super::characters::go_quote;
use super::functions::lookup;
use super::lexer::{Token, TokenKind};
use super::numbers::{NumberForm, no_number, parse_number};
use super::parser::{Abandoned, MAX_PARENTHESIS_DEPTH, Parser};
use super::strings::{INVALID_SYNTAX, unquote};

impl Parser<'_> {
    /// A pipeline and the token `end` behind it, which it gives. `context` names it in messages.
    pub(super) fn pipeline(
        &mut self,
        pipe: &mut Pipeline,
        context: &str,
        end: TokenKind,
    ) -> Result<Token, Abandoned> {
        let first = self.peek_non_space();
        pipe.range = TextRange { start: first.start, end: first.start };
        self.declarations(pipe, context)?;
        loop {
            let token = self.next_non_space();
            if token.kind == end {
                self.check_pipeline(pipe, context, token);
                return Ok(token);
            }
            if !token.kind.starts_operand() {
                return Err(self.unexpected(token, context));
            }
            self.back_up();
            let mut command = Command {
                range: TextRange { start: token.start, end: token.start },
                args: Vec::new(),
            };
            let read = self.command(&mut command);
            pipe.range.end = command.range.end;
            pipe.commands.push(command);
            read?;
        }
    }

    /// The variables in front, if any: `$x :=`, `$x =`, in a range also `$i, $x :=`.
    fn declarations(&mut self, pipe: &mut Pipeline, context: &str) -> Result<(), Abandoned> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != TokenKind::Variable {
                return Ok(());
            }
            self.next();
            let adjacent = self.peek();
            let next = self.peek_non_space();
            let is_comma = next.kind == TokenKind::Char && self.token_text(next) == ",";
            if !is_comma && !matches!(next.kind, TokenKind::Assign | TokenKind::Declare) {
                // It is an argument. A blank behind it separates it from the next.
                if adjacent.kind == TokenKind::Space {
                    self.back_up_three(variable, adjacent);
                } else {
                    self.back_up_two(variable);
                }
                return Ok(());
            }
            self.next_non_space();
            let text = self.token_text(variable);
            self.declare(text);
            let name = self.intern(text);
            pipe.variables.push(Variable { name, range: variable.range() });
            pipe.range.end = next.end;
            if !is_comma {
                pipe.assign = next.kind == TokenKind::Assign;
                return Ok(());
            }
            if context != "range" || pipe.variables.len() >= 2 {
                self.error(next.range(), format!("too many declarations in {context}"));
                return Err(Abandoned);
            }
            let follows = self.peek_non_space();
            if !matches!(
                follows.kind,
                TokenKind::Variable | TokenKind::RightDelimiter | TokenKind::RightParenthesis
            ) {
                self.error(follows.range(), "range can only initialize variables".to_owned());
                return Err(Abandoned);
            }
        }
    }

    fn check_pipeline(&mut self, pipe: &Pipeline, context: &str, end: Token) {
        if pipe.commands.is_empty() {
            self.error(end.range(), format!("missing value for {context}"));
        }
        for (at, command) in pipe.commands.iter().enumerate().skip(1) {
            if let Some(operand) = command.args.first().filter(|operand| is_literal(operand)) {
                let message = format!("non executable command in pipeline stage {}", at + 1);
                self.error(operand.range(), message);
                return;
            }
        }
    }

    /// Operands up to a pipe, which is read too, or the end of the pipeline, which is not.
    fn command(&mut self, command: &mut Command) -> Result<(), Abandoned> {
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                command.range.end = operand.range().end;
                command.args.push(operand);
            }
            let token = self.next();
            match token.kind {
                TokenKind::Space => {}
                TokenKind::RightDelimiter | TokenKind::RightParenthesis => {
                    self.back_up();
                    return Ok(());
                }
                TokenKind::Pipe => return Ok(()),
                _ => return Err(self.unexpected(token, "operand")),
            }
        }
    }

    /// A term and the fields behind it; `None` if the next token is no operand.
    fn operand(&mut self) -> Result<Option<Expr>, Abandoned> {
        let Some(term) = self.term()? else { return Ok(None) };
        if self.peek().kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let mut fields = Vec::new();
        while self.peek().kind == TokenKind::Field {
            let token = self.next();
            fields.push(self.field(token));
        }
        Ok(Some(self.with_fields(term, fields)))
    }

    #[inline(never)]
    fn with_fields(&mut self, term: Expr, fields: Vec<Ident>) -> Expr {
        let end = fields.last().map_or(term.range().end, |last| last.range.end);
        let range = TextRange { start: term.range().start, end };
        match term {
            Expr::Field(_, mut names) => {
                names.extend(fields);
                Expr::Field(range, names)
            }
            Expr::Variable(variable, _, mut names) => {
                names.extend(fields);
                Expr::Variable(variable, range, names)
            }
            term => {
                if is_literal(&term) {
                    let shown = go_quote(&term.to_string());
                    self.error(range, format!("unexpected . after term {shown}"));
                }
                Expr::Chain(range, Box::new(term), fields)
            }
        }
    }

    fn field(&mut self, token: Token) -> Ident {
        let range = TextRange { start: token.start + 1, end: token.end };
        let name = self.intern(self.text.get(range.usize()).unwrap_or_default());
        Ident { name, range }
    }

    fn term(&mut self) -> Result<Option<Expr>, Abandoned> {
        let token = self.next_non_space();
        if token.kind == TokenKind::LeftParenthesis {
            return self.parenthesized(token).map(Some);
        }
        let term = self.simple_term(token);
        if term.is_none() {
            self.back_up();
        }
        Ok(term)
    }

    fn parenthesized(&mut self, open: Token) -> Result<Expr, Abandoned> {
        if self.parenthesis_depth >= MAX_PARENTHESIS_DEPTH {
            self.error(open.range(), "max expression depth exceeded".to_owned());
            return Err(Abandoned);
        }
        self.parenthesis_depth += 1;
        let mut pipe = Box::new(Pipeline::default());
        let closed =
            self.pipeline(&mut pipe, "parenthesized pipeline", TokenKind::RightParenthesis);
        self.parenthesis_depth -= 1;
        Ok(Expr::Pipe(TextRange { start: open.start, end: closed?.end }, pipe))
    }

    #[inline(never)]
    fn simple_term(&mut self, token: Token) -> Option<Expr> {
        let range = token.range();
        let text = self.token_text(token);
        Some(match token.kind {
            TokenKind::Identifier => {
                let id = lookup(text);
                if id.is_none() {
                    self.error(range, format!("function {} not defined", go_quote(text)));
                }
                Expr::Function(Function { name: self.intern(text), range, id })
            }
            TokenKind::Dot => Expr::Dot(range),
            TokenKind::Nil => Expr::Nil(range),
            TokenKind::Variable => {
                if !self.is_declared(text) {
                    self.error(range, format!("undefined variable {}", go_quote(text)));
                    // One error for each block says enough.
                    self.declare(text);
                }
                Expr::Variable(Variable { name: self.intern(text), range }, range, Vec::new())
            }
            TokenKind::Field => Expr::Field(range, vec![self.field(token)]),
            TokenKind::Bool => Expr::Bool(range, text == "true"),
            TokenKind::CharConstant => self.number(text, NumberForm::Character, range),
            TokenKind::Complex => self.number(text, NumberForm::Complex, range),
            TokenKind::Number => self.number(text, NumberForm::Plain, range),
            TokenKind::String | TokenKind::RawString => self.string(text, range),
            _ => return None,
        })
    }

    fn number(&mut self, text: &str, form: NumberForm, range: TextRange) -> Expr {
        let number = parse_number(text, form, range).unwrap_or_else(|message| {
            self.error(range, message);
            no_number(text, range)
        });
        Expr::Number(Box::new(number))
    }

    fn string(&mut self, quoted: &str, range: TextRange) -> Expr {
        let value = unquote(quoted);
        if value.is_none() {
            self.error(range, INVALID_SYNTAX.to_owned());
        }
        let literal = matches!(value, Some(Cow::Borrowed(_)))
            .then_some(TextRange { start: range.start + 1, end: range.end - 1 });
        let value = Arc::from(value.unwrap_or_default());
        Expr::Str(StrLit { range, quoted: Arc::from(quoted), value, literal })
    }
}

/// What can neither have fields nor be called.
fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Bool(..) | Expr::Dot(_) | Expr::Nil(_) | Expr::Number(_) | Expr::Str(_))
}
