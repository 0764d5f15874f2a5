//! The parser's state: tokens that can be taken back, errors, variables.
//!
//! Where Go stops, this one notes the error and goes on: small mistakes (an unknown name) are noted in passing,
//! others skip to the end of their action.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::TextRange;

use super::Ast;
use super::ast::{Define, SyntaxError};
use super::characters::go_quote;
use super::lexer::{LEFT_DELIMITER, Lexer, LexicalError, Resumption, Token, TokenKind};
use super::position::LineCounter;

/// How deep `if`, `with`, `range`, `define` and `block` may nest; each `else if` is one deeper.
///
/// Go has no such limit. This one keeps all that walks a tree safe on a stack of 2 MiB.
pub const MAX_BLOCK_DEPTH: usize = 250;

/// How deep parentheses may nest in one action. Go's limit is 10,000 (`maxStackDepth` in `parse.go`).
pub const MAX_PARENTHESIS_DEPTH: usize = 200;

/// After so many errors the rest of a text is left alone.
pub const MAX_SYNTAX_ERRORS: usize = 100;

/// Parses `text`. A text beyond [`crate::source::MAX_SOURCE_BYTES`] is taken for an empty one.
pub fn parse(text: &str) -> Ast {
    let text = if text.len() > crate::source::MAX_SOURCE_BYTES { "" } else { text };
    let mut parser = Parser::new(text);
    let body = parser.whole_text();
    let mut defines = parser.defines;
    defines.sort_by_key(|define| define.range.start);
    Ast { body, defines, comments: parser.lexer.comments, errors: parser.errors }
}

/// An error has been noted, and the rest of the action makes no sense.
#[derive(Clone, Copy, Debug)]
pub(super) struct Abandoned;

/// What Go keeps for each tree: a `define` or `block` starts with a new one.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    /// The last token read stands in the first place, those pushed back before it in the others.
    pub(super) tokens: [Token; 3],
    pub(super) pushed_back: usize,
    pub(super) variables: Vec<&'t str>,
    pub(super) known_variables: FxHashSet<&'t str>,
    /// Where the current action starts. As in Go, forgotten behind each action in a body.
    pub(super) action_start: Option<u32>,
    pub(super) range_depth: usize,
}

impl Tree<'_> {
    pub(super) fn new() -> Self {
        let nothing = Token { kind: TokenKind::EndOfText, start: 0, end: 0 };
        Self {
            tokens: [nothing; 3],
            pushed_back: 0,
            variables: Vec::new(),
            known_variables: FxHashSet::default(),
            action_start: None,
            range_depth: 0,
        }
    }
}

/// The parser's state.
#[derive(Debug)]
pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) lexer: Lexer<'t>,
    pub(super) tree: Tree<'t>,
    pub(super) lines: LineCounter<'t>,
    pub(super) names: FxHashMap<&'t str, Arc<str>>,
    /// Whether each name defined so far has a body.
    pub(super) defined: FxHashMap<Arc<str>, bool>,
    pub(super) defines: Vec<Define>,
    pub(super) errors: Vec<SyntaxError>,
    pub(super) block_depth: usize,
    pub(super) parenthesis_depth: usize,
    /// Nothing that follows is worth an error.
    pub(super) gave_up: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            lexer: Lexer::new(text),
            tree: Tree::new(),
            lines: LineCounter::new(text),
            names: FxHashMap::default(),
            defined: FxHashMap::default(),
            defines: Vec::new(),
            errors: Vec::new(),
            block_depth: 0,
            parenthesis_depth: 0,
            gave_up: false,
        }
    }

    pub(super) fn next(&mut self) -> Token {
        if self.tree.pushed_back > 0 {
            self.tree.pushed_back -= 1;
        } else {
            self.tree.tokens[0] = self.lexer.next_token();
        }
        self.tree.tokens[self.tree.pushed_back % 3]
    }

    pub(super) fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    pub(super) fn peek(&mut self) -> Token {
        let token = self.next();
        self.back_up();
        token
    }

    pub(super) fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.back_up();
        token
    }

    /// Takes back the last [`Self::next`].
    pub(super) fn back_up(&mut self) {
        self.tree.pushed_back = (self.tree.pushed_back + 1).min(3);
    }

    /// Takes back the last token peeked, and `before` that.
    pub(super) fn back_up_two(&mut self, before: Token) {
        self.tree.tokens[1] = before;
        self.tree.pushed_back = 2;
    }

    /// Takes back the last token peeked, and two before that.
    pub(super) fn back_up_three(&mut self, first: Token, second: Token) {
        self.tree.tokens[1] = second;
        self.tree.tokens[2] = first;
        self.tree.pushed_back = 3;
    }

    pub(super) fn token_text(&self, token: Token) -> &'t str {
        self.text.get(token.range().usize()).unwrap_or_default()
    }

    /// One shared copy of each name.
    pub(super) fn intern(&mut self, name: &'t str) -> Arc<str> {
        Arc::clone(self.names.entry(name).or_insert_with(|| Arc::from(name)))
    }

    /// Notes an error. Go counts the line of the token read last, even if it is not the one at fault.
    pub(super) fn error(&mut self, range: TextRange, message: String) {
        self.error_at(range, self.tree.tokens[0].start, message, None);
    }

    pub(super) fn error_at(
        &mut self,
        range: TextRange,
        line_of: u32,
        message: String,
        action_line: Option<u32>,
    ) {
        if self.gave_up {
            return;
        }
        let line = self.lines.line_of(line_of);
        self.errors.push(SyntaxError { range, line, message, action_line });
        if self.errors.len() >= MAX_SYNTAX_ERRORS {
            self.give_up();
        }
    }

    pub(super) fn give_up(&mut self) {
        self.gave_up = true;
        self.lexer.give_up();
        self.tree.pushed_back = 0;
    }

    /// Notes that the token just read makes no sense, and takes it back.
    pub(super) fn unexpected(&mut self, token: Token, context: &str) -> Abandoned {
        self.back_up();
        let text = self.token_text(token);
        let TokenKind::Error(error) = token.kind else {
            let shown = show_token(token, text);
            self.error(token.range(), format!("unexpected {shown} in {context}"));
            return Abandoned;
        };
        let range = match self.tree.action_start {
            // The end of the text is no good place to show.
            Some(start) if error == LexicalError::UnclosedAction => {
                TextRange { start, end: start + LEFT_DELIMITER.len() as u32 }
            }
            _ => token.range(),
        };
        let line = self.lines.line_of(token.start);
        let action_line = self.tree.action_start.map(|start| self.lines.line_of(start));
        let started = action_line.filter(|started| *started != line);
        self.error_at(range, self.tree.tokens[0].start, error.message(text), started);
        Abandoned
    }

    /// Skips the rest of a broken action; gives its end.
    pub(super) fn skip_action(&mut self) -> u32 {
        loop {
            let token = self.next();
            match token.kind {
                TokenKind::RightDelimiter => return token.end,
                TokenKind::Text | TokenKind::LeftDelimiter | TokenKind::EndOfText => {
                    self.back_up();
                    return token.start;
                }
                TokenKind::Error(_) => {
                    return match self.lexer.resume_from(token.start) {
                        Resumption::Closed(end) | Resumption::Reopened(end) => end,
                        Resumption::EndOfText(end) => {
                            self.give_up();
                            end
                        }
                    };
                }
                // The next action starts before this one was closed.
                TokenKind::Char
                    if self
                        .text
                        .get(token.start as usize..)
                        .is_some_and(|rest| rest.starts_with(LEFT_DELIMITER)) =>
                {
                    self.lexer.reopen_at(token.start);
                    self.tree.pushed_back = 0;
                    return token.start;
                }
                _ => {}
            }
        }
    }

    /// The end of the action: that of `closed`, or where a broken one was left.
    pub(super) fn end_of_action(&mut self, closed: Result<Token, Abandoned>) -> u32 {
        match closed {
            Ok(token) => token.end,
            Err(Abandoned) => self.skip_action(),
        }
    }

    pub(super) fn declare(&mut self, name: &'t str) {
        if self.tree.known_variables.insert(name) {
            self.tree.variables.push(name);
        }
    }

    pub(super) fn is_declared(&self, name: &str) -> bool {
        name == "$" || self.tree.known_variables.contains(name)
    }

    pub(super) fn forget_variables(&mut self, keep: usize) {
        while self.tree.variables.len() > keep {
            if let Some(name) = self.tree.variables.pop() {
                self.tree.known_variables.remove(name);
            }
        }
    }
}

/// A token as Go's messages show it (`item.String` in `lex.go`).
fn show_token(token: Token, text: &str) -> String {
    /// Longer tokens are cut to so many characters.
    const SHOWN: usize = 10;

    if token.kind == TokenKind::EndOfText {
        return "EOF".to_owned();
    }
    if token.kind.is_keyword() {
        return format!("<{text}>");
    }
    if text.len() <= SHOWN {
        return go_quote(text);
    }
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    format!("{}...", go_quote(text.get(..end).unwrap_or(text)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde::Deserialize;

    use super::super::tree_dump::dump;
    use super::*;

    /// A line of testdata/template/*.jsonl: what Go's parser said to a text called "main".
    #[derive(Deserialize)]
    struct Recorded {
        template: String,
        tree: Option<String>,
        error: Option<String>,
    }

    fn recorded(file: &str) -> Vec<Recorded> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/template").join(file);
        let lines = fs::read_to_string(path).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Same verdict, same message, and the same tree where one was recorded.
    #[track_caller]
    fn check_recorded(file: &str, count: usize) {
        let cases = recorded(file);
        assert_eq!(cases.len(), count);
        for case in cases {
            let ast = parse(&case.template);
            let error = ast.errors.first().map(|error| error.go_message("main"));
            assert_eq!(error, case.error, "{:?}", case.template);
            if let Some(tree) = case.tree {
                assert_eq!(dump(&ast), tree, "{:?}", case.template);
            }
        }
    }

    /// All errors, as `source text: message`.
    #[track_caller]
    fn check(text: &str, errors: &[&str]) -> Ast {
        let ast = parse(text);
        let shown: Vec<_> = ast
            .errors
            .iter()
            .map(|error| format!("{}: {}", &text[error.range.usize()], error.message))
            .collect();
        assert_eq!(shown, errors);
        ast
    }

    #[test]
    fn hand_written_templates_give_the_trees_of_go() {
        check_recorded("trees.jsonl", 122);
    }

    #[test]
    fn snippets_give_the_verdicts_of_go() {
        check_recorded("snippets.jsonl", 177);
    }

    #[test]
    fn mutants_give_the_trees_and_errors_of_go() {
        check_recorded("mutants.jsonl", 1444);
    }

    #[test]
    fn prefixes_neither_panic_nor_hang() {
        for case in recorded("trees.jsonl").into_iter().chain(recorded("snippets.jsonl")) {
            for (at, _) in case.template.char_indices() {
                let prefix = &case.template[..at];
                let ast = parse(prefix);
                for error in &ast.errors {
                    assert!(prefix.get(error.range.usize()).is_some(), "{prefix:?}: {error:?}");
                }
            }
        }
    }

    #[test]
    fn errors_in_several_actions_are_all_found() {
        check(
            "{{ nope }}{{ $x }}{{ $x }}{{ .a ! }}{{ if .b }}{{ 089 }}{{ end }}{{ .c | 1 }}",
            &[
                "nope: function \"nope\" not defined",
                "$x: undefined variable \"$x\"",
                "!: unexpected \"!\" in operand",
                "089: integer overflow: \"089\"",
                "1: non executable command in pipeline stage 2",
            ],
        );
    }

    #[test]
    fn a_broken_action_still_opens_its_block() {
        let ast = check(
            "{{ if .a ! }}x{{ else }}y{{ end }}{{ range }}{{ break }}{{ end }}{{ define x }}{{ end }}z",
            &[
                "!: unexpected \"!\" in operand",
                "}}: missing value for range",
                "x: unexpected \"x\" in define clause",
            ],
        );
        assert_eq!(ast.body.nodes.len(), 3);
    }

    #[test]
    fn an_action_that_is_not_closed_ends_before_the_next() {
        let errors = ["{: unexpected \"{\" in operand"];
        let ast = check("{{ if .a \n{{ .b }}{{ end }}", &errors);
        assert_eq!(ast.body.nodes.len(), 1);
        check("{{ .a }\n{{ .b }}", &["}: unexpected \"}\" in operand"]);
        check("{{ print \"a }}\n{{ .b }}", &["\"a }}: unterminated quoted string"]);
        check("{{ (.a }}{{ .b }}", &["}}: unclosed left paren"]);
    }

    #[test]
    fn wrong_nesting_is_reported_once() {
        check("{{ if .a }}{{ with .b }}{{ range .c }}", &["{{ range .c }}: unexpected EOF"]);
        check("{{ if .a }}{{ .b", &["{{: unclosed action"]);
        check(
            "{{ end }}a{{ else if .x }}b",
            &["{{ end }}: unexpected {{end}}", "{{ else if: unexpected {{else}}"],
        );
        check(
            "{{ if .a }}{{ define \"x\" }}{{ end }}{{ end }}",
            &["define: unexpected <define> in command"],
        );
        check("{{ range .a }}{{ else if .b }}{{ end }}{{ .c }}", &["if: unexpected <if> in input"]);
        check(
            "{{ if .a }}{{ else }}{{ else }}{{ else if .b }}{{ end }}{{ .c }}",
            &[
                "{{ else }}: expected end; found {{else}}",
                "{{ else if: expected end; found {{else}}",
            ],
        );
    }

    #[test]
    fn broken_comments_are_skipped() {
        let ast = check(
            "a{{/* b */ }}{{ .c }}{{/* d",
            &["/* b */: comment ends before closing delimiter", "/* d: unclosed comment"],
        );
        assert_eq!(ast.comments, [TextRange::new(1, 13), TextRange::new(21, 27)]);
    }

    #[test]
    fn ranges_are_those_of_the_text() {
        let text = "a {{- if $x := .b.c -}} d {{ else with (f .g).h }}{{ end }}{{ end }}";
        let ast = parse(text);
        let slice = |range: TextRange| &text[range.usize()];
        let Some(super::super::ast::Node::If(branch)) = ast.body.nodes.get(1) else {
            panic!("{ast:?}");
        };
        assert_eq!(slice(branch.open), "{{- if $x := .b.c -}}");
        assert_eq!(slice(branch.pipe.range), "$x := .b.c");
        assert_eq!(slice(branch.body.range), " d ");
        assert_eq!(slice(branch.range), &text[2..59]);
        let otherwise = branch.otherwise.as_ref().unwrap();
        let Some(super::super::ast::Node::With(chained)) = otherwise.nodes.first() else {
            panic!("{otherwise:?}");
        };
        assert!(chained.chained);
        assert_eq!(slice(chained.range), "{{ else with (f .g).h }}{{ end }}");
        assert_eq!(slice(chained.pipe.range), "(f .g).h");
    }

    #[test]
    fn depth_is_bounded() {
        fn nested(depth: usize, open: &str, inside: &str, close: &str) -> String {
            format!("{}{inside}{}", open.repeat(depth), close.repeat(depth))
        }

        let parentheses = format!("{{{{{}}}}}", nested(MAX_PARENTHESIS_DEPTH, "(", "1", ")"));
        let text = nested(MAX_BLOCK_DEPTH, "{{range .a}}", &parentheses, "{{end}}");
        check(&text, &[]);
        let text = nested(MAX_BLOCK_DEPTH, "{{block `a` .}}{{.x}}", &parentheses, "{{end}}");
        assert!(parse(&text).errors.iter().all(|error| error.message.contains("multiple")));
        let chain = "{{else if .a}}".repeat(MAX_BLOCK_DEPTH - 1);
        check(&format!("{{{{if .a}}}}{chain}{parentheses}{{{{end}}}}"), &[]);

        let deeper = format!("{{{{{}}}}}", nested(100_000, "(", "1", ")"));
        check(&deeper, &["(: max expression depth exceeded"]);
        let text = nested(100_000, "{{if .a}}", "", "{{end}}");
        check(&text, &["{{if: blocks nest deeper than 250"]);
    }

    #[test]
    fn the_number_of_errors_is_bounded() {
        assert_eq!(parse(&"{{ nope }}".repeat(10_000)).errors.len(), MAX_SYNTAX_ERRORS);
    }
}
