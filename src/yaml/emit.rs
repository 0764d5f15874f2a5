//! libyaml's emitter as go-yaml v2 and v3 drive it (emitterc.go).

use std::borrow::Cow;

use super::events::is_break;
use super::write::{Dialect, Piece, Ready, Written};

/// Spaces of one level.
const INDENT: isize = 2;

/// v2 folds text behind this column; v3 does not fold.
const WIDTH: usize = 80;

/// Longer keys are written as `? key`.
const MAX_SIMPLE_KEY_BYTES: usize = 128;

/// A scalar with the style that the encoder asks for; the emitter may choose another.
pub(super) struct Scalar<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) wish: Wish,
    /// Its number; keys have none.
    pub(super) leaf: Option<u32>,
    /// `text` is the scalar's own string.
    pub(super) literal: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Plain,
    Literal,
    Double,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    Value,
}

pub(super) struct Emitter {
    dialect: Dialect,
    out: String,
    pieces: Vec<Piece>,
    column: usize,
    indent: isize,
    /// The last character was a blank that separates.
    whitespace: bool,
    /// Only indentation and indicators stand on this line so far.
    indention: bool,
}

impl Emitter {
    pub(super) const fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            out: String::new(),
            pieces: Vec::new(),
            column: 0,
            indent: -1,
            whitespace: true,
            indention: true,
        }
    }

    pub(super) fn document(&mut self, root: &Ready<'_>) {
        self.node(root, Place::Root);
        self.write_indent();
    }

    pub(super) fn finish(self) -> Written {
        Written { text: self.out, pieces: self.pieces }
    }

    fn node(&mut self, node: &Ready<'_>, place: Place) {
        match node {
            Ready::Leaf(scalar) => self.scalar(scalar, false),
            Ready::Seq(items) if items.is_empty() => self.empty("[", "]"),
            Ready::Map(entries) if entries.is_empty() => self.empty("{", "}"),
            Ready::Seq(items) => {
                let indentless =
                    self.dialect == Dialect::Json && place == Place::Value && !self.indention;
                let outer = self.deeper(indentless, 0);
                for item in items {
                    self.write_indent();
                    self.indicator("-", true, false, true);
                    self.node(item, Place::Item);
                }
                self.indent = outer;
            }
            Ready::Map(entries) => {
                let outer = self.deeper(false, 0);
                for (key, value) in entries {
                    self.entry(key, value);
                }
                self.indent = outer;
            }
        }
    }

    fn entry(&mut self, key: &Scalar<'_>, value: &Ready<'_>) {
        self.write_indent();
        let simple = key.text.len() <= MAX_SIMPLE_KEY_BYTES && !key.text.contains(is_break);
        if simple {
            self.scalar(key, true);
            self.indicator(":", false, false, false);
        } else {
            self.indicator("?", true, false, true);
            self.scalar(key, false);
            self.write_indent();
            self.indicator(":", true, false, true);
        }
        self.node(value, Place::Value);
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, true, false);
        self.indicator(close, false, false, false);
    }

    /// Goes a level deeper and gives the level to go back to.
    const fn deeper(&mut self, indentless: bool, first: isize) -> isize {
        let outer = self.indent;
        if outer < 0 {
            self.indent = first;
        } else if !indentless {
            self.indent += INDENT;
        }
        outer
    }

    fn scalar(&mut self, scalar: &Scalar<'_>, simple_key: bool) {
        let outer = self.deeper(false, INDENT);
        let text = Text { value: &scalar.text, leaf: scalar.leaf, literal: scalar.literal };
        match style_of(scalar, simple_key, self.dialect) {
            Style::Plain => self.plain(text, !simple_key),
            Style::Single => self.single_quoted(text, !simple_key),
            Style::Double => self.double_quoted(text, !simple_key),
            Style::Literal => self.literal_block(text),
        }
        self.indent = outer;
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        if self.dialect == Dialect::Pretty {
            self.indention = true;
        }
    }

    fn write_indent(&mut self) {
        let indent = self.indent.max(0).unsigned_abs();
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        if self.dialect == Dialect::Json {
            self.indention = true;
        }
    }

    fn indicator(&mut self, text: &str, needs_space: bool, is_space: bool, is_indention: bool) {
        if needs_space && !self.whitespace {
            self.put(' ');
        }
        self.out.push_str(text);
        self.column += text.len();
        self.whitespace = is_space;
        self.indention = self.indention && is_indention;
    }

    /// Writes a character of the scalar as it is.
    fn literal(&mut self, text: Text<'_>, at: usize, c: char) {
        let start = self.out.len();
        self.out.push(c);
        self.column += 1;
        self.piece(text, at, start);
    }

    /// Writes a line end of the scalar as it is.
    fn literal_break(&mut self, text: Text<'_>, at: usize, c: char) {
        let start = self.out.len();
        if c == '\n' {
            self.put_break();
        } else {
            self.out.push(c);
            self.column = 0;
            if self.dialect == Dialect::Pretty {
                self.indention = true;
            }
        }
        self.piece(text, at, start);
    }

    /// Notes that what was written from `start` on is the scalar's text from `at` on.
    fn piece(&mut self, text: Text<'_>, at: usize, start: usize) {
        let Some(leaf) = text.leaf else {
            return;
        };
        let (start, end, at) = (start as u32, self.out.len() as u32, at as u32);
        if let Some(last) = self.pieces.last_mut()
            && last.leaf == leaf
            && last.end == start
            && (!text.literal
                || last.text_start.is_some_and(|from| from + (last.end - last.start) == at))
        {
            last.end = end;
            return;
        }
        let text_start = text.literal.then_some(at);
        self.pieces.push(Piece { start, end, leaf, text_start });
    }

    const fn width(&self) -> usize {
        match self.dialect {
            Dialect::Json => WIDTH,
            Dialect::Pretty => usize::MAX,
        }
    }

    fn plain(&mut self, text: Text<'_>, may_fold: bool) {
        if !self.whitespace && (self.dialect == Dialect::Json || !text.value.is_empty()) {
            self.put(' ');
        }
        let folds = may_fold && self.column.saturating_add(text.value.len()) > self.width();
        if folds {
            self.folding(text);
        } else {
            // Plain texts have no line ends.
            let start = self.out.len();
            self.out.push_str(text.value);
            self.column += text.value.chars().count();
            if !text.value.is_empty() {
                self.piece(text, 0, start);
            }
        }
        if self.dialect == Dialect::Json || !text.value.is_empty() {
            self.whitespace = false;
        }
        self.indention = false;
    }

    /// Writes a plain text, with line ends in place of lone spaces behind the width.
    fn folding(&mut self, text: Text<'_>) {
        let mut spaces = false;
        let mut chars = text.value.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next_is_space = chars.peek().is_some_and(|(_, next)| *next == ' ');
            if c == ' ' && !spaces && !next_is_space && self.column > self.width() {
                self.write_indent();
            } else {
                self.literal(text, at, c);
                self.indention &= c == ' ';
            }
            spaces = c == ' ';
        }
    }

    fn single_quoted(&mut self, text: Text<'_>, may_fold: bool) {
        self.indicator("'", true, false, false);
        let mut spaces = false;
        let mut breaks = false;
        let mut chars = text.value.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            if c == ' ' {
                if may_fold
                    && !spaces
                    && self.column > self.width()
                    && at > 0
                    && next.is_some_and(|next| next != ' ')
                {
                    self.write_indent();
                } else {
                    self.literal(text, at, c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.put_break();
                }
                self.literal_break(text, at, c);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if c == '\'' {
                    self.put('\'');
                }
                self.literal(text, at, c);
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
        self.indicator("'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn double_quoted(&mut self, text: Text<'_>, may_fold: bool) {
        self.indicator("\"", true, false, false);
        // go-yaml looks for the mark at the start of the text, whichever character it is at.
        let all_escaped = text.value.starts_with('\u{feff}');
        let mut spaces = false;
        let mut chars = text.value.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            if all_escaped || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.escape(c);
                spaces = false;
            } else if c == ' ' {
                if may_fold && !spaces && self.column > self.width() && at > 0 && next.is_some() {
                    self.write_indent();
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.literal(text, at, c);
                }
                spaces = true;
            } else {
                self.literal(text, at, c);
                spaces = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn escape(&mut self, c: char) {
        self.put('\\');
        let short = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(c);
                let digits = match code {
                    0..=0xff => format!("x{code:02X}"),
                    0x100..=0xffff => format!("u{code:04X}"),
                    _ => format!("U{code:08X}"),
                };
                self.out.push_str(&digits);
                self.column += digits.len();
                return;
            }
        };
        self.put(short);
    }

    fn literal_block(&mut self, text: Text<'_>) {
        self.indicator("|", true, false, false);
        self.block_hints(text.value);
        self.put_break();
        self.indention = true;
        self.whitespace = true;
        let mut rest = text.value;
        let mut breaks = true;
        while let Some(c) = rest.chars().next() {
            let at = text.value.len() - rest.len();
            if is_break(c) {
                self.literal_break(text, at, c);
                self.indention = true;
                breaks = true;
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                continue;
            }
            if breaks {
                self.write_indent();
            }
            let (line, behind) = rest.split_at(rest.find(is_break).unwrap_or(rest.len()));
            let start = self.out.len();
            self.out.push_str(line);
            self.column += line.chars().count();
            self.piece(text, at, start);
            self.indention = false;
            breaks = false;
            rest = behind;
        }
    }

    fn block_hints(&mut self, value: &str) {
        if value.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator("2", false, false, false);
        }
        let mut from_end = value.chars().rev();
        match (from_end.next(), from_end.next()) {
            (Some(last), _) if !is_break(last) => self.indicator("-", false, false, false),
            (Some(_), None) => self.indicator("+", false, false, false),
            (Some(_), Some(before)) if is_break(before) => {
                self.indicator("+", false, false, false);
            }
            _ => {}
        }
    }
}

/// A scalar's text and what to call it in pieces.
#[derive(Clone, Copy)]
struct Text<'a> {
    value: &'a str,
    leaf: Option<u32>,
    literal: bool,
}

/// The style that the text allows nearest to what is wished.
fn style_of(scalar: &Scalar<'_>, simple_key: bool, dialect: Dialect) -> Style {
    let allowed = Allowed::by(&scalar.text, dialect);
    let mut style = match scalar.wish {
        Wish::Plain => Style::Plain,
        Wish::Literal => Style::Literal,
        Wish::Double => Style::Double,
    };
    if simple_key && allowed.multiline {
        style = Style::Double;
    }
    if style == Style::Plain && (!allowed.plain || (scalar.text.is_empty() && simple_key)) {
        style = Style::Single;
    }
    if style == Style::Single && !allowed.single {
        style = Style::Double;
    }
    if style == Style::Literal && (!allowed.block || simple_key) {
        style = Style::Double;
    }
    style
}

/// Which styles a text allows outside brackets.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the emitter's own flags, each with its own cause"
)]
struct Allowed {
    plain: bool,
    single: bool,
    block: bool,
    multiline: bool,
}

impl Allowed {
    fn by(value: &str, dialect: Dialect) -> Self {
        let Some(last) = value.chars().next_back() else {
            return Self { plain: true, single: true, block: false, multiline: false };
        };
        if is_word(value) {
            return Self { plain: true, single: true, block: true, multiline: false };
        }
        let mut indicators = value.starts_with("---") || value.starts_with("...");
        let (mut multiline, mut special, mut tabs) = (false, false, false);
        let (mut break_space, mut space_break) = (false, false);
        let (mut previous_space, mut previous_break) = (false, false);
        let mut preceded_by_blank = true;
        let mut chars = value.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let followed_by_blank = chars.peek().is_none_or(|(_, next)| is_blank(*next));
            indicators |= match c {
                '#' => preceded_by_blank,
                ':' => followed_by_blank,
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`' => at == 0,
                '?' | '-' => at == 0 && followed_by_blank,
                _ => false,
            };
            if c == '\t' && dialect == Dialect::Pretty {
                tabs = true;
            } else if !is_printable(c) {
                special = true;
            }
            let (space, line_end) = (c == ' ', is_break(c));
            break_space |= space && previous_break;
            space_break |= line_end && previous_space;
            multiline |= line_end;
            (previous_space, previous_break) = (space, line_end);
            preceded_by_blank = is_blank(c) || is_break(c) || c == '\0';
        }
        let first = value.chars().next().unwrap_or(last);
        let outer_blank = [first, last].iter().any(|c| *c == ' ' || is_break(*c));
        let inner = break_space || space_break || special;
        Self {
            plain: !outer_blank && !inner && !tabs && !multiline && !indicators,
            single: !inner && !tabs,
            block: last != ' ' && !space_break && !special,
            multiline,
        }
    }
}

/// Whether nothing in it can be in the way of any style; most texts are so.
fn is_word(value: &str) -> bool {
    value.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// go-yaml's idea of it: no character above U+FFFF is.
const fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}
