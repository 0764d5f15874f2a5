//! Texts, actions and control structures, as Go's `parse.go` reads them.

use std::mem;
use std::sync::Arc;

use crate::source::TextRange;

use super::ast::{Action, Block, Branch, Define, Node, Pipeline, TemplateCall, Text};
use super::characters::go_quote;
use super::lexer::{Token, TokenKind};
use super::parser::{Abandoned, MAX_BLOCK_DEPTH, Parser, Tree};
use super::strings::{INVALID_SYNTAX, unquote};

/// The kinds of [`Branch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    If,
    With,
    Range,
}

impl Control {
    const fn name(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

/// What an action turned out to be.
#[derive(Debug)]
enum Item {
    Node(Node),
    /// A `define` in the wrong place, or nothing that could be understood.
    Nothing,
    End(TextRange),
    Else(Else),
}

/// An `else`; one with an `if` or `with` behind it has read only up to that word.
#[derive(Clone, Copy, Debug)]
struct Else {
    range: TextRange,
    chained: Option<Control>,
}

/// What ended a list of nodes.
#[derive(Debug)]
enum Closing {
    End(TextRange),
    Else(Else),
    EndOfText(u32),
}

impl Closing {
    /// Where the list ends, and where the action that ended it does.
    const fn range(&self) -> TextRange {
        match self {
            Self::End(range) | Self::Else(Else { range, .. }) => *range,
            Self::EndOfText(offset) => TextRange { start: *offset, end: *offset },
        }
    }
}

impl Parser<'_> {
    /// The whole text, `define`s at its top included.
    pub(super) fn whole_text(&mut self) -> Block {
        let mut nodes = Vec::new();
        loop {
            let token = self.peek();
            if token.kind == TokenKind::EndOfText {
                break;
            }
            if token.kind == TokenKind::LeftDelimiter {
                let open = self.next();
                let keyword = self.next_non_space();
                if keyword.kind == TokenKind::Define {
                    self.define(open);
                    continue;
                }
                self.back_up_two(open);
            }
            match self.text_or_action() {
                Item::Node(node) => nodes.push(node),
                Item::Nothing => {}
                Item::End(range) => self.error(range, "unexpected {{end}}".to_owned()),
                Item::Else(found) => self.stray_else(found, "unexpected {{else}}"),
            }
        }
        Block { nodes, range: TextRange::new(0, self.text.len()) }
    }

    /// An `else` that belongs to nothing.
    fn stray_else(&mut self, found: Else, message: &str) {
        self.error(found.range, message.to_owned());
        if found.chained.is_some() {
            self.skip_action();
        }
    }

    /// Nodes up to an `end` or `else`. `open` is the action that they belong to.
    fn list(&mut self, open: TextRange) -> (Vec<Node>, Closing) {
        let mut nodes = Vec::new();
        loop {
            let token = self.peek_non_space();
            if token.kind == TokenKind::EndOfText {
                self.error(open, "unexpected EOF".to_owned());
                // Whatever else is open here is open for the same reason.
                self.gave_up = true;
                return (nodes, Closing::EndOfText(token.start));
            }
            match self.text_or_action() {
                Item::Node(node) => nodes.push(node),
                Item::Nothing => {}
                Item::End(range) => return (nodes, Closing::End(range)),
                Item::Else(found) => return (nodes, Closing::Else(found)),
            }
        }
    }

    fn text_or_action(&mut self) -> Item {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => Item::Node(Node::Text(Text {
                text: Arc::from(self.token_text(token)),
                range: token.range(),
            })),
            TokenKind::LeftDelimiter => {
                self.tree.action_start = Some(token.start);
                let item = self.action(token);
                self.tree.action_start = None;
                item
            }
            // Behind a broken comment, text goes on; a broken one is never closed by an action.
            TokenKind::Error(_) => {
                self.unexpected(token, "input");
                self.next();
                Item::Nothing
            }
            _ => {
                self.unexpected(token, "input");
                self.skip_action();
                Item::Nothing
            }
        }
    }

    fn action(&mut self, open: Token) -> Item {
        let keyword = self.next_non_space();
        match keyword.kind {
            TokenKind::Block => self.block(open),
            TokenKind::Break | TokenKind::Continue => self.leave_range(open, keyword),
            TokenKind::Else => self.else_action(open),
            TokenKind::End => {
                let closed = self.expect_end("end");
                let end = self.end_of_action(closed);
                Item::End(TextRange { start: open.start, end })
            }
            TokenKind::If => self.control(open.start, Control::If, false),
            TokenKind::Range => self.control(open.start, Control::Range, false),
            TokenKind::With => self.control(open.start, Control::With, false),
            TokenKind::Template => self.template(open),
            TokenKind::Define => {
                self.unexpected(keyword, "command");
                self.next();
                self.define(open);
                Item::Nothing
            }
            _ => {
                self.back_up();
                let mut pipe = Pipeline::default();
                let end = self.closed_pipeline(&mut pipe, "command");
                let range = TextRange { start: open.start, end };
                Item::Node(Node::Action(Action { range, pipe }))
            }
        }
    }

    /// A pipeline and the `}}` behind it; gives the end of the action.
    fn closed_pipeline(&mut self, pipe: &mut Pipeline, context: &str) -> u32 {
        let closed = self.pipeline(pipe, context, TokenKind::RightDelimiter);
        self.end_of_action(closed)
    }

    fn expect_end(&mut self, context: &str) -> Result<Token, Abandoned> {
        let token = self.next_non_space();
        if token.kind == TokenKind::RightDelimiter {
            return Ok(token);
        }
        Err(self.unexpected(token, context))
    }

    fn leave_range(&mut self, open: Token, keyword: Token) -> Item {
        let breaks = keyword.kind == TokenKind::Break;
        let name = if breaks { "{{break}}" } else { "{{continue}}" };
        let closed = self.expect_end(name);
        let is_broken = closed.is_err();
        let end = self.end_of_action(closed);
        let range = TextRange { start: open.start, end };
        if self.tree.range_depth == 0 && !is_broken {
            self.error(range, format!("{name} outside {{{{range}}}}"));
        }
        Item::Node(if breaks { Node::Break(range) } else { Node::Continue(range) })
    }

    fn else_action(&mut self, open: Token) -> Item {
        let chained = match self.peek_non_space() {
            Token { kind: TokenKind::If, end, .. } => Some((Control::If, end)),
            Token { kind: TokenKind::With, end, .. } => Some((Control::With, end)),
            _ => None,
        };
        if let Some((control, end)) = chained {
            let range = TextRange { start: open.start, end };
            return Item::Else(Else { range, chained: Some(control) });
        }
        let closed = self.expect_end("else");
        let end = self.end_of_action(closed);
        Item::Else(Else { range: TextRange { start: open.start, end }, chained: None })
    }

    /// Goes one block deeper, or gives up.
    fn enter_block(&mut self, start: u32) -> bool {
        if self.block_depth >= MAX_BLOCK_DEPTH {
            let range = TextRange { start, end: self.tree.tokens[0].end.max(start) };
            self.error(range, format!("blocks nest deeper than {MAX_BLOCK_DEPTH}"));
            self.give_up();
            return false;
        }
        self.block_depth += 1;
        true
    }

    /// `if`, `with` or `range`, its keyword read, up to its `end`.
    fn control(&mut self, start: u32, control: Control, chained: bool) -> Item {
        if !self.enter_block(start) {
            return Item::Nothing;
        }
        let variables = self.tree.variables.len();
        let mut branch = Branch {
            range: TextRange::default(),
            open: TextRange::default(),
            chained,
            pipe: Pipeline::default(),
            body: Block::default(),
            otherwise: None,
        };
        let open_end = self.closed_pipeline(&mut branch.pipe, control.name());
        branch.open = TextRange { start, end: open_end };

        let loops = usize::from(control == Control::Range);
        self.tree.range_depth += loops;
        let (nodes, closing) = self.list(branch.open);
        self.tree.range_depth -= loops;

        let closing = closing_of(&mut branch.body, nodes, open_end, closing);
        let end = match closing {
            Closing::Else(found) => {
                let mut otherwise = Block::default();
                let end = self.otherwise(&mut otherwise, control, found, branch.open);
                branch.otherwise = Some(otherwise);
                end
            }
            closing => closing.range().end,
        };
        branch.range = TextRange { start, end };
        self.forget_variables(variables);
        self.block_depth -= 1;
        Item::Node(match control {
            Control::If => Node::If(branch),
            Control::With => Node::With(branch),
            Control::Range => Node::Range(branch),
        })
    }

    /// What stands behind an `else`, up to the `end`; gives its end.
    fn otherwise(
        &mut self,
        block: &mut Block,
        control: Control,
        found: Else,
        open: TextRange,
    ) -> u32 {
        if let Some(next) = found.chained {
            let keyword = self.next_non_space();
            if next != control {
                // A chain was meant, and its `end` is the only one: it is parsed as one.
                self.unexpected(keyword, "input");
                self.next();
            }
            let item = self.control(found.range.start, next, true);
            let Item::Node(node) = item else {
                block.range = found.range;
                return found.range.end;
            };
            if let Node::If(branch) | Node::With(branch) = &node {
                block.range = branch.range;
            }
            block.nodes.push(node);
            return block.range.end;
        }
        let (nodes, mut closing) = self.list(open);
        let mut nodes = nodes;
        while let Closing::Else(again) = closing {
            self.stray_else(again, "expected end; found {{else}}");
            let (more, end) = self.list(open);
            nodes.extend(more);
            closing = end;
        }
        closing_of(block, nodes, found.range.end, closing).range().end
    }

    /// `{{define "name"}}`, its keyword read, up to its `end`.
    fn define(&mut self, open: Token) {
        const CONTEXT: &str = "define clause";

        if !self.enter_block(open.start) {
            return;
        }
        let outer = mem::replace(&mut self.tree, Tree::new());
        let token = self.next_non_space();
        let name = match token.kind {
            TokenKind::String | TokenKind::RawString => {
                let name = self.unquoted(token);
                self.expect_end(CONTEXT).map(|closed| (name, closed))
            }
            _ => Err(self.unexpected(token, CONTEXT)),
        };
        let (name, open_end) = match name {
            Ok((name, closed)) => (name, closed.end),
            Err(Abandoned) => (None, self.skip_action()),
        };
        let (body, end) =
            self.definition_body(TextRange { start: open.start, end: open_end }, None);
        let range = TextRange { start: open.start, end };
        self.add_definition(name, token.range(), range, body);
        self.tree = outer;
        self.block_depth -= 1;
    }

    /// The body of a `define` or `block` and the end of its `end`.
    ///
    /// Go reports an `else` in a block at the line of `block_line`.
    fn definition_body(&mut self, open: TextRange, block_line: Option<u32>) -> (Block, u32) {
        let (mut nodes, mut closing) = self.list(open);
        while let Closing::Else(found) = closing {
            let clause = if block_line.is_some() { "block" } else { "define" };
            let message = format!("unexpected {{{{else}}}} in {clause} clause");
            let line_of = block_line.unwrap_or(self.tree.tokens[0].start);
            self.error_at(found.range, line_of, message, None);
            if found.chained.is_some() {
                self.skip_action();
            }
            let (more, end) = self.list(open);
            nodes.extend(more);
            closing = end;
        }
        let mut body = Block::default();
        let closing = closing_of(&mut body, nodes, open.end, closing);
        (body, closing.range().end)
    }

    fn add_definition(
        &mut self,
        name: Option<Arc<str>>,
        name_range: TextRange,
        range: TextRange,
        body: Block,
    ) {
        let Some(name) = name else { return };
        let prints = !body.is_blank();
        let printed = self.defined.get(&name).copied().unwrap_or_default();
        if printed && prints {
            let message = format!("template: multiple definition of template {}", go_quote(&name));
            self.error(name_range, message);
        }
        self.defined.insert(Arc::clone(&name), printed || prints);
        self.defines.push(Define { name, name_range, range, body });
    }

    /// `{{block "name" pipeline}}`: a definition and a call of it.
    fn block(&mut self, open: Token) -> Item {
        const CONTEXT: &str = "block clause";

        if !self.enter_block(open.start) {
            return Item::Nothing;
        }
        let token = self.next_non_space();
        let mut pipe = Pipeline::default();
        let (name, open_end) = match self.template_name(token, CONTEXT) {
            Ok(name) => (name, self.closed_pipeline(&mut pipe, CONTEXT)),
            Err(Abandoned) => (None, self.skip_action()),
        };
        let open_range = TextRange { start: open.start, end: open_end };
        let line_of = self.tree.tokens[0].start;
        let outer = mem::replace(&mut self.tree, Tree::new());
        let (body, end) = self.definition_body(open_range, Some(line_of));
        let range = TextRange { start: open.start, end };
        self.add_definition(name.clone(), token.range(), range, body);
        self.tree = outer;
        self.block_depth -= 1;
        let Some(name) = name else { return Item::Nothing };
        let name_range = token.range();
        let call = TemplateCall { range: open_range, name, name_range, pipe: Some(pipe) };
        Item::Node(Node::Template(call))
    }

    fn template(&mut self, open: Token) -> Item {
        const CONTEXT: &str = "template clause";

        let token = self.next_non_space();
        let Ok(name) = self.template_name(token, CONTEXT) else {
            self.skip_action();
            return Item::Nothing;
        };
        let closing = self.next_non_space();
        let (pipe, end) = if closing.kind == TokenKind::RightDelimiter {
            (None, closing.end)
        } else {
            self.back_up();
            let mut pipe = Pipeline::default();
            let end = self.closed_pipeline(&mut pipe, CONTEXT);
            (Some(pipe), end)
        };
        let Some(name) = name else { return Item::Nothing };
        let range = TextRange { start: open.start, end };
        Item::Node(Node::Template(TemplateCall { range, name, name_range: token.range(), pipe }))
    }

    /// The name of a template; `None` after an error in the string.
    fn template_name(
        &mut self,
        token: Token,
        context: &str,
    ) -> Result<Option<Arc<str>>, Abandoned> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => Ok(self.unquoted(token)),
            _ => Err(self.unexpected(token, context)),
        }
    }

    fn unquoted(&mut self, token: Token) -> Option<Arc<str>> {
        let value = unquote(self.token_text(token));
        if value.is_none() {
            self.error(token.range(), INVALID_SYNTAX.to_owned());
        }
        value.map(Arc::from)
    }
}

/// Fills `block` with what stood between `start` and `closing`.
fn closing_of(block: &mut Block, nodes: Vec<Node>, start: u32, closing: Closing) -> Closing {
    block.nodes = nodes;
    block.range = TextRange { start, end: closing.range().start.max(start) };
    closing
}
