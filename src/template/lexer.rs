//! The lexer: one token at a time, borrowed from the text, as Go's `lex.go` cuts them.

use crate::source::TextRange;

use super::characters::{go_code_point, go_quote, is_alphanumeric};

pub(super) const LEFT_DELIMITER: &str = "{{";
const RIGHT_DELIMITER: &[u8] = b"}}";
const LEFT_COMMENT: &[u8] = b"/*";
const RIGHT_COMMENT: &str = "*/";
/// A trim marker and the blank beside it.
const TRIM_MARKER_BYTES: usize = 2;

/// A piece of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Token {
    pub(super) const fn range(self) -> TextRange {
        TextRange { start: self.start, end: self.end }
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Error(LexicalError),
    Bool,
    /// A printable ASCII character that means nothing else, the comma among them.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    EndOfText,
    Field,
    Identifier,
    LeftDelimiter,
    LeftParenthesis,
    Number,
    Pipe,
    RawString,
    RightDelimiter,
    RightParenthesis,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl TokenKind {
    /// Whether Go prints it as `<word>` in messages; the dot counts as a keyword there.
    pub(super) const fn is_keyword(self) -> bool {
        matches!(
            self,
            Self::Block
                | Self::Break
                | Self::Continue
                | Self::Dot
                | Self::Define
                | Self::Else
                | Self::End
                | Self::If
                | Self::Nil
                | Self::Range
                | Self::Template
                | Self::With
        )
    }

    /// Whether a command can start with it.
    pub(super) const fn starts_operand(self) -> bool {
        matches!(
            self,
            Self::Bool
                | Self::CharConstant
                | Self::Complex
                | Self::Dot
                | Self::Field
                | Self::Identifier
                | Self::Number
                | Self::Nil
                | Self::RawString
                | Self::String
                | Self::Variable
                | Self::LeftParenthesis
        )
    }
}

/// What can't be cut into tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LexicalError {
    UnclosedComment,
    CommentEndsBeforeDelimiter,
    UnclosedLeftParenthesis,
    UnclosedAction,
    ExpectedDeclare,
    UnexpectedRightParenthesis,
    UnrecognizedCharacter(char),
    BadCharacter(char),
    BadNumber,
    UnterminatedCharacter,
    UnterminatedString,
    UnterminatedRawString,
}

impl LexicalError {
    /// Go's message; `text` is what the lexer had read of the token.
    pub(super) fn message(self, text: &str) -> String {
        let fixed = match self {
            Self::UnclosedComment => "unclosed comment",
            Self::CommentEndsBeforeDelimiter => "comment ends before closing delimiter",
            Self::UnclosedLeftParenthesis => "unclosed left paren",
            Self::UnclosedAction => "unclosed action",
            Self::ExpectedDeclare => "expected :=",
            Self::UnexpectedRightParenthesis => "unexpected right paren",
            Self::UnrecognizedCharacter(character) => {
                return format!("unrecognized character in action: {}", go_code_point(character));
            }
            Self::BadCharacter(character) => {
                return format!("bad character {}", go_code_point(character));
            }
            Self::BadNumber => return format!("bad number syntax: {}", go_quote(text)),
            Self::UnterminatedCharacter => "unterminated character constant",
            Self::UnterminatedString => "unterminated quoted string",
            Self::UnterminatedRawString => "unterminated raw quoted string",
        };
        fixed.to_owned()
    }
}

/// Where the text goes on after a mistake inside an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resumption {
    /// Behind a `}}`; this is its end.
    Closed(u32),
    /// Before a `{{`: the action was never closed.
    Reopened(u32),
    /// Nothing is left.
    EndOfText(u32),
}

/// Where the pieces of a text stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lexed {
    /// Tokens, in order; between them stand comments, trim markers and the blanks that those trim.
    pub tokens: Vec<TextRange>,
    /// Comments, each from `{{` to `}}`.
    pub comments: Vec<TextRange>,
    /// What can't be cut into tokens.
    pub mistakes: Vec<TextRange>,
}

/// Cuts `text` into tokens, and goes on behind a mistake as [`super::parse`] does.
pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer::new(text);
    let mut lexed = Lexed::default();
    loop {
        let inside_action = lexer.inside_action;
        let token = lexer.next_token();
        match token.kind {
            TokenKind::EndOfText => break,
            TokenKind::Error(_) => {
                lexed.mistakes.push(token.range());
                // A broken comment has been passed over already.
                if inside_action {
                    lexer.resume_from(token.start);
                }
            }
            _ => lexed.tokens.push(token.range()),
        }
    }
    Lexed { comments: lexer.comments, ..lexed }
}

/// Reads tokens.
#[derive(Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    position: usize,
    inside_action: bool,
    open_parentheses: usize,
    /// Comments met so far, each from `{{` to `}}`.
    pub(super) comments: Vec<TextRange>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, position: 0, inside_action: false, open_parentheses: 0, comments: Vec::new() }
    }

    /// The next token; `EndOfText` again and again at the end.
    pub(super) fn next_token(&mut self) -> Token {
        if self.inside_action { self.inside_action() } else { self.text() }
    }

    /// Skips the rest of the text.
    pub(super) fn give_up(&mut self) {
        self.position = self.text.len();
        self.inside_action = false;
    }

    /// Goes on with text at `offset`.
    pub(super) fn reopen_at(&mut self, offset: u32) {
        self.position = offset as usize;
        self.inside_action = false;
    }

    /// Looks from `offset` on for the `}}` that closes a broken action, or the `{{` of the next one.
    pub(super) fn resume_from(&mut self, offset: u32) -> Resumption {
        self.inside_action = false;
        let from = offset as usize;
        let rest = self.bytes_from(from);
        let Some(found) = rest.windows(2).position(|pair| pair == b"}}" || pair == b"{{") else {
            self.position = self.text.len();
            return Resumption::EndOfText(self.position as u32);
        };
        self.position = from + found;
        if self.byte(self.position) == Some(b'{') {
            return Resumption::Reopened(self.position as u32);
        }
        let before = rest.get(..found).unwrap_or_default();
        let trims = matches!(before, [.., blank, b'-'] if is_space(*blank));
        self.position += RIGHT_DELIMITER.len();
        let end = self.position as u32;
        if trims {
            self.skip_spaces();
        }
        Resumption::Closed(end)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn bytes_from(&self, at: usize) -> &'t [u8] {
        self.text.as_bytes().get(at..).unwrap_or_default()
    }

    fn text_from(&self, at: usize) -> &'t str {
        self.text.get(at..).unwrap_or_default()
    }

    fn character(&self) -> Option<char> {
        self.text_from(self.position).chars().next()
    }

    fn token(&self, kind: TokenKind, start: usize) -> Token {
        Token { kind, start: start as u32, end: self.position as u32 }
    }

    fn error(&self, error: LexicalError, start: usize) -> Token {
        self.token(TokenKind::Error(error), start)
    }

    fn skip_spaces(&mut self) {
        while self.byte(self.position).is_some_and(is_space) {
            self.position += 1;
        }
    }

    /// By single bytes, which the standard library finds far faster than short strings.
    fn find_left_delimiter(&self, mut at: usize) -> Option<usize> {
        loop {
            at += self.text_from(at).find('{')?;
            if self.byte(at + 1) == Some(b'{') {
                return Some(at);
            }
            at += 1;
        }
    }

    fn text(&mut self) -> Token {
        loop {
            let start = self.position;
            let Some(open) = self.find_left_delimiter(start) else {
                self.position = self.text.len();
                let kind =
                    if start < self.position { TokenKind::Text } else { TokenKind::EndOfText };
                return self.token(kind, start);
            };
            let inside = open + LEFT_DELIMITER.len();
            let trims = matches!(self.bytes_from(inside), [b'-', blank, ..] if is_space(*blank));
            let before = self.text.as_bytes().get(start..open).unwrap_or_default();
            let kept = if trims { trimmed_len(before) } else { before.len() };
            self.position = open;
            if kept > 0 {
                return Token {
                    kind: TokenKind::Text,
                    start: start as u32,
                    end: (start + kept) as u32,
                };
            }
            let inside = inside + if trims { TRIM_MARKER_BYTES } else { 0 };
            if self.bytes_from(inside).starts_with(LEFT_COMMENT) {
                if let Err(error) = self.comment(open, inside) {
                    return error;
                }
                continue;
            }
            self.position = inside;
            self.inside_action = true;
            self.open_parentheses = 0;
            return Token {
                kind: TokenKind::LeftDelimiter,
                start: open as u32,
                end: (open + LEFT_DELIMITER.len()) as u32,
            };
        }
    }

    /// Skips the comment whose `/*` stands at `start`; a broken one ends where text can go on.
    fn comment(&mut self, open: usize, start: usize) -> Result<(), Token> {
        let inside = start + LEFT_COMMENT.len();
        let Some(found) = self.text_from(inside).find(RIGHT_COMMENT) else {
            self.position = self.text.len();
            self.comments.push(TextRange::new(open, self.position));
            return Err(self.error(LexicalError::UnclosedComment, start));
        };
        self.position = inside + found + RIGHT_COMMENT.len();
        let Some(trims) = self.at_right_delimiter(self.position) else {
            let error = self.error(LexicalError::CommentEndsBeforeDelimiter, start);
            let (Resumption::Closed(end) | Resumption::Reopened(end) | Resumption::EndOfText(end)) =
                self.resume_from(error.end);
            self.comments.push(TextRange::new(open, end as usize));
            return Err(error);
        };
        self.close_action(trims);
        self.comments.push(TextRange::new(open, self.position));
        if trims {
            self.skip_spaces();
        }
        Ok(())
    }

    /// Whether a `}}` stands there, and if so whether a trim marker is before it.
    fn at_right_delimiter(&self, at: usize) -> Option<bool> {
        match self.bytes_from(at) {
            [blank, b'-', b'}', b'}', ..] if is_space(*blank) => Some(true),
            [b'}', b'}', ..] => Some(false),
            _ => None,
        }
    }

    /// Goes behind the `}}`, not yet behind the blanks that a marker trims.
    fn close_action(&mut self, trims: bool) {
        let marker = if trims { TRIM_MARKER_BYTES } else { 0 };
        self.position += marker + RIGHT_DELIMITER.len();
        self.inside_action = false;
    }

    fn right_delimiter(&mut self, trims: bool) -> Token {
        self.close_action(trims);
        let token = self.token(TokenKind::RightDelimiter, self.position - RIGHT_DELIMITER.len());
        if trims {
            self.skip_spaces();
        }
        token
    }

    fn inside_action(&mut self) -> Token {
        let start = self.position;
        if let Some(trims) = self.at_right_delimiter(start) {
            if self.open_parentheses == 0 {
                return self.right_delimiter(trims);
            }
            let kind = TokenKind::Error(LexicalError::UnclosedLeftParenthesis);
            let marker = if trims { TRIM_MARKER_BYTES } else { 0 };
            let end = start + marker + RIGHT_DELIMITER.len();
            return Token { kind, start: start as u32, end: end as u32 };
        }
        let Some(byte) = self.byte(start) else {
            return self.error(LexicalError::UnclosedAction, start);
        };
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return self.space(),
            b'"' => return self.quoted(b'"'),
            b'\'' => return self.quoted(b'\''),
            b'`' => return self.raw_string(),
            b'$' => {
                self.position += 1;
                return self.field_or_variable(TokenKind::Variable, TokenKind::Variable);
            }
            b'.' if self.byte(start + 1).is_some_and(|next| !next.is_ascii_digit()) => {
                self.position += 1;
                return self.field_or_variable(TokenKind::Field, TokenKind::Dot);
            }
            b'.' | b'+' | b'-' | b'0'..=b'9' => return self.number(),
            _ => {}
        }
        if byte == b'_' || byte.is_ascii_alphanumeric() {
            return self.identifier();
        }
        let Some(character) = self.character() else {
            return self.error(LexicalError::UnclosedAction, start);
        };
        if is_alphanumeric(character) {
            return self.identifier();
        }
        self.position += character.len_utf8();
        let kind = match character {
            '=' => TokenKind::Assign,
            ':' if self.byte(self.position) == Some(b'=') => {
                self.position += 1;
                TokenKind::Declare
            }
            ':' => TokenKind::Error(LexicalError::ExpectedDeclare),
            '|' => TokenKind::Pipe,
            '(' => {
                self.open_parentheses += 1;
                TokenKind::LeftParenthesis
            }
            ')' if self.open_parentheses == 0 => {
                TokenKind::Error(LexicalError::UnexpectedRightParenthesis)
            }
            ')' => {
                self.open_parentheses -= 1;
                TokenKind::RightParenthesis
            }
            '!'..='~' => TokenKind::Char,
            _ => TokenKind::Error(LexicalError::UnrecognizedCharacter(character)),
        };
        self.token(kind, start)
    }

    /// A run of blanks, or the right delimiter if the only blank belongs to its trim marker.
    fn space(&mut self) -> Token {
        let start = self.position;
        self.skip_spaces();
        if self.at_right_delimiter(self.position - 1) == Some(true) {
            self.position -= 1;
            if self.position == start {
                return self.right_delimiter(true);
            }
        }
        self.token(TokenKind::Space, start)
    }

    fn skip_alphanumerics(&mut self) {
        while let Some(byte) = self.byte(self.position) {
            if byte == b'_' || byte.is_ascii_alphanumeric() {
                self.position += 1;
                continue;
            }
            match self.character() {
                Some(character) if !byte.is_ascii() && is_alphanumeric(character) => {
                    self.position += character.len_utf8();
                }
                _ => break,
            }
        }
    }

    /// Whether a name can end here.
    fn at_terminator(&self) -> bool {
        match self.bytes_from(self.position) {
            [] | [b'}', b'}', ..] => true,
            [byte, ..] => {
                is_space(*byte) || matches!(byte, b'.' | b',' | b'|' | b':' | b')' | b'(')
            }
        }
    }

    /// The token from `start` to here, if a name can end here.
    fn terminated(&self, kind: TokenKind, start: usize) -> Token {
        if self.at_terminator() {
            return self.token(kind, start);
        }
        // A text that ends here is at a terminator.
        let character = self.character().unwrap_or_default();
        self.error(LexicalError::BadCharacter(character), start)
    }

    fn field_or_variable(&mut self, kind: TokenKind, alone: TokenKind) -> Token {
        let start = self.position - 1;
        if self.at_terminator() {
            return self.token(alone, start);
        }
        self.skip_alphanumerics();
        self.terminated(kind, start)
    }

    fn identifier(&mut self) -> Token {
        let start = self.position;
        self.skip_alphanumerics();
        let kind = match self.text.get(start..self.position).unwrap_or_default() {
            "block" => TokenKind::Block,
            "break" => TokenKind::Break,
            "continue" => TokenKind::Continue,
            "define" => TokenKind::Define,
            "else" => TokenKind::Else,
            "end" => TokenKind::End,
            "if" => TokenKind::If,
            "range" => TokenKind::Range,
            "nil" => TokenKind::Nil,
            "template" => TokenKind::Template,
            "with" => TokenKind::With,
            "true" | "false" => TokenKind::Bool,
            _ => TokenKind::Identifier,
        };
        self.terminated(kind, start)
    }

    /// A string or character constant; what stands in it is checked when it is unquoted.
    fn quoted(&mut self, quote: u8) -> Token {
        let start = self.position;
        let (kind, unterminated) = if quote == b'"' {
            (TokenKind::String, LexicalError::UnterminatedString)
        } else {
            (TokenKind::CharConstant, LexicalError::UnterminatedCharacter)
        };
        self.position += 1;
        while let Some(byte) = self.byte(self.position) {
            if byte == b'\n' {
                break;
            }
            self.position += 1;
            if byte == quote {
                return self.token(kind, start);
            }
            if byte == b'\\' {
                match self.character() {
                    None | Some('\n') => break,
                    Some(escaped) => self.position += escaped.len_utf8(),
                }
            }
        }
        self.error(unterminated, start)
    }

    fn raw_string(&mut self) -> Token {
        let start = self.position;
        let Some(found) = self.text_from(start + 1).find('`') else {
            self.position = self.text.len();
            return self.error(LexicalError::UnterminatedRawString, start);
        };
        self.position = start + found + 2;
        self.token(TokenKind::RawString, start)
    }

    /// A number as far as its characters go; whether it is one is seen when its value is computed.
    fn number(&mut self) -> Token {
        let start = self.position;
        if !self.scan_number() {
            return self.error(LexicalError::BadNumber, start);
        }
        if !matches!(self.byte(self.position), Some(b'+' | b'-')) {
            return self.token(TokenKind::Number, start);
        }
        if !self.scan_number() || self.byte(self.position - 1) != Some(b'i') {
            return self.error(LexicalError::BadNumber, start);
        }
        self.token(TokenKind::Complex, start)
    }

    fn scan_number(&mut self) -> bool {
        self.accept(|byte| matches!(byte, b'+' | b'-'));
        let mut is_digit: fn(u8) -> bool = is_decimal_digit;
        let mut exponent: &[u8] = b"eE";
        if self.accept(|byte| byte == b'0') {
            if self.accept(|byte| matches!(byte, b'x' | b'X')) {
                is_digit = |byte| byte.is_ascii_hexdigit() || byte == b'_';
                exponent = b"pP";
            } else if self.accept(|byte| matches!(byte, b'o' | b'O')) {
                is_digit = |byte| matches!(byte, b'0'..=b'7' | b'_');
                exponent = b"";
            } else if self.accept(|byte| matches!(byte, b'b' | b'B')) {
                is_digit = |byte| matches!(byte, b'0' | b'1' | b'_');
                exponent = b"";
            }
        }
        self.accept_run(is_digit);
        if self.accept(|byte| byte == b'.') {
            self.accept_run(is_digit);
        }
        if self.accept(|byte| exponent.contains(&byte)) {
            self.accept(|byte| matches!(byte, b'+' | b'-'));
            self.accept_run(is_decimal_digit);
        }
        self.accept(|byte| byte == b'i');
        match self.character() {
            Some(character) if is_alphanumeric(character) => {
                self.position += character.len_utf8();
                false
            }
            _ => true,
        }
    }

    fn accept(&mut self, valid: impl Fn(u8) -> bool) -> bool {
        let accepted = self.byte(self.position).is_some_and(valid);
        if accepted {
            self.position += 1;
        }
        accepted
    }

    fn accept_run(&mut self, valid: fn(u8) -> bool) {
        while self.accept(valid) {}
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

const fn is_decimal_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'_')
}

fn trimmed_len(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, tokens: &[&str], comments: &[&str], mistakes: &[&str]) {
        let lexed = lex(text);
        let shown =
            |ranges: &[TextRange]| ranges.iter().map(|r| &text[r.usize()]).collect::<Vec<_>>();
        assert_eq!(shown(&lexed.tokens), tokens, "{text}");
        assert_eq!(shown(&lexed.comments), comments, "{text}");
        assert_eq!(shown(&lexed.mistakes), mistakes, "{text}");
    }

    #[test]
    fn tokens_go_on_behind_mistakes() {
        check("a {{- .x }} b", &["a", "{{", ".x", " ", "}}", " b"], &[], &[]);
        check("a{{/* c */ -}} b", &["a", "b"], &["{{/* c */ -}}"], &[]);
        check("{{ \"x }}b", &["{{", " ", "b"], &[], &["\"x }}b"]);
        check("{{ (x }}b", &["{{", " ", "(", "x", " ", "b"], &[], &["}}"]);
    }
}
