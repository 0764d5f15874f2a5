//! The verbs and flags of Go's `fmt`, for the values that templates have.

use std::fmt::Write as _;
use std::ops::Range;

use crate::bytes;
use crate::engine::text::{NOWHERE, OriginId, Text, TextBuilder};
use crate::engine::value::{Field, IntType, Kind, List, Map, Struct, StructType, Value};

use super::Failure;
use super::floats::format_float;
use super::format::MAX_TEXT;
use super::stringers::stringer;
use super::unicode::is_print;

/// Values inside values that are printed; a map that holds itself ends here.
const MAX_DEPTH: usize = 200;

/// Go prints addresses, which differ from run to run; this stands for all of them.
const ADDRESS: u64 = 0x00c0_0000_0000;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that may stand in a format")]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`
    pub(super) plus_v: bool,
    /// `%#v`
    pub(super) sharp_v: bool,
}

impl Flags {
    fn is_plain(&self) -> bool {
        self.width.is_none()
            && self.precision.is_none()
            && !(self.plus
                || self.minus
                || self.sharp
                || self.space
                || self.zero
                || self.plus_v
                || self.sharp_v)
    }
}

/// The numbers of the bytes, with blanks between them.
fn decimals(bytes: &[u8]) -> String {
    const DIGITS: u8 = b'0';
    let mut out = Vec::with_capacity(bytes.len() * 4);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        if *byte >= 100 {
            out.push(DIGITS + byte / 100);
        }
        if *byte >= 10 {
            out.push(DIGITS + byte / 10 % 10);
        }
        out.push(DIGITS + byte % 10);
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Prints values one after the other.
pub(super) struct Printer {
    out: TextBuilder,
    /// Origin of what it writes itself, unless a value of a file says better.
    origin: OriginId,
    pub(super) flags: Flags,
    /// While a wrong verb is reported, values print without their methods.
    reporting: bool,
    limit: Option<&'static str>,
}

/// How a pointer that `%v` meets is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    Inside,
}

impl Printer {
    pub(super) fn new(origin: OriginId) -> Self {
        Self {
            out: TextBuilder::default(),
            origin,
            flags: Flags::default(),
            reporting: false,
            limit: None,
        }
    }

    /// What was printed, unless it was too much.
    pub(super) fn finish(self) -> Result<Text, Failure> {
        match self.limit {
            Some(limit) => Err(Failure::Limit(limit.to_owned())),
            None => Ok(self.out.finish()),
        }
    }

    /// Writes text of this call's own.
    pub(super) fn write(&mut self, text: &str) {
        if self.has_room(text.len()) {
            self.out.push(text, self.origin, NOWHERE);
        }
    }

    /// Writes a part of `text`, which keeps the origin that it has.
    pub(super) fn write_slice(&mut self, text: &Text, range: Range<usize>) {
        if !self.has_room(range.len()) {
            return;
        }
        let mut start = range.start;
        for run in text.runs(range.clone()) {
            let end = range.start + run.end as usize;
            let origin = if run.origin == OriginId::NONE { self.origin } else { run.origin };
            self.out.push(text.as_str().get(start..end).unwrap_or_default(), origin, run.at);
            start = end;
        }
    }

    fn has_room(&mut self, len: usize) -> bool {
        if self.limit.is_none() && self.out.len() + len > MAX_TEXT {
            self.limit = Some("a formatted text is longer than 64 MiB");
        }
        self.limit.is_none()
    }

    /// Prints every value as `%v` does, with a space between them.
    pub(super) fn spaced(&mut self, values: &[Value]) {
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.write(" ");
            }
            self.argument(value, 'v');
        }
    }

    /// Prints an argument.
    pub(super) fn argument(&mut self, value: &Value, verb: char) {
        match (&value.kind, verb) {
            (Kind::Nil, 'T' | 'v') => self.pad("<nil>"),
            (Kind::Nil, _) => self.bad_verb(None, verb),
            (_, 'T') => self.string(&Text::plain(value.type_name())),
            (Kind::List(_) | Kind::Map(_) | Kind::Bytes(_), 'p') => self.address('p', value),
            (Kind::Struct(structure), 'p') if is_pointer(structure) => self.address('p', value),
            (_, 'p') => self.bad_verb(Some(value), verb),
            _ => self.value(value, verb, Level::Top, 0),
        }
    }

    fn value(&mut self, value: &Value, verb: char, level: Level, depth: usize) {
        if depth > MAX_DEPTH {
            self.limit = Some("a printed value is nested more than 200 deep");
        }
        if self.limit.is_some() {
            return;
        }
        let outer = self.origin;
        if value.memory.is_some() {
            self.origin = OriginId::of_memory(value.memory);
        }
        if !self.method(value, verb) {
            self.plain_value(value, verb, level, depth);
        }
        self.origin = outer;
    }

    /// Prints a value that has a method for it (Go `handleMethods`); `false` if it has none.
    fn method(&mut self, value: &Value, verb: char) -> bool {
        if self.reporting {
            return false;
        }
        if verb == 'w' {
            if matches!(value.kind, Kind::Bytes(_)) {
                return false;
            }
            self.bad_verb(Some(value), verb);
            return true;
        }
        if self.flags.sharp_v || !matches!(verb, 'v' | 's' | 'x' | 'X' | 'q') {
            return false;
        }
        let Some(text) = stringer(value) else { return false };
        self.text(&text, verb, value);
        true
    }

    fn plain_value(&mut self, value: &Value, verb: char, level: Level, depth: usize) {
        match &value.kind {
            Kind::Nil if self.flags.sharp_v => self.write("interface {}(nil)"),
            Kind::Nil => self.write("<nil>"),
            Kind::Bool(truth) => match verb {
                't' | 'v' => self.pad(if *truth { "true" } else { "false" }),
                _ => self.bad_verb(Some(value), verb),
            },
            Kind::Int(int, ty) => self.integer(*int as u64, is_signed(*ty), verb, value),
            Kind::Float(float) => self.float(*float, verb, value),
            Kind::Str(text) => self.text(text, verb, value),
            Kind::Bytes(bytes) => self.bytes(bytes, verb, level, depth),
            Kind::List(list) => self.list(list, value, verb, depth),
            Kind::Map(map) => self.map(map, value, verb, depth),
            Kind::Struct(structure) => self.structure(structure, value, verb, level, depth),
        }
    }

    fn bad_verb(&mut self, value: Option<&Value>, verb: char) {
        let before = std::mem::replace(&mut self.reporting, true);
        self.write(&format!("%!{verb}("));
        match value {
            Some(value) => {
                self.write(value.type_name());
                self.write("=");
                self.value(value, 'v', Level::Top, 0);
            }
            None => self.write("<nil>"),
        }
        self.write(")");
        self.reporting = before;
    }

    fn open(&mut self, value: &Value, plain: &str) {
        if self.flags.sharp_v {
            self.write(value.type_name());
            self.write("{");
        } else {
            self.write(plain);
        }
    }

    fn separate(&mut self, at: usize) {
        if at > 0 {
            self.write(if self.flags.sharp_v { ", " } else { " " });
        }
    }

    fn list(&mut self, list: &List, value: &Value, verb: char, depth: usize) {
        self.open(value, "[");
        for (at, item) in list.items.iter().enumerate() {
            self.separate(at);
            self.value(item, verb, Level::Inside, depth + 1);
        }
        self.write(if self.flags.sharp_v { "}" } else { "]" });
    }

    fn map(&mut self, map: &Map, value: &Value, verb: char, depth: usize) {
        self.open(value, "map[");
        for (at, (key, item)) in map.entries.borrow().iter().enumerate() {
            self.separate(at);
            self.text(&Text::plain(key.clone()), verb, value);
            self.write(":");
            self.value(item, verb, Level::Inside, depth + 1);
        }
        self.write(if self.flags.sharp_v { "}" } else { "]" });
    }

    fn structure(
        &mut self,
        structure: &Struct,
        value: &Value,
        verb: char,
        level: Level,
        depth: usize,
    ) {
        if is_pointer(structure) {
            if level == Level::Inside {
                self.address(verb, value);
                return;
            }
            self.write("&");
        }
        if structure.ty == StructType::Chart {
            return self.chart(structure, verb, depth);
        }
        if self.flags.sharp_v {
            self.write(value.type_name().trim_start_matches('*'));
        }
        self.write("{");
        for (at, field) in structure.fields.iter().enumerate() {
            self.separate(at);
            self.field_name(field.name);
            self.value(&field.value, verb, Level::Inside, depth + 1);
            // The only field that templates can't see and `fmt` shows.
            let is_version =
                matches!(structure.ty, StructType::KubeVersion | StructType::KubeVersionCopy);
            if is_version && field.name == "Version" {
                self.separate(1);
                self.field_name("normalizedVersion");
                self.value(&structure.hidden, verb, Level::Inside, depth + 1);
            }
        }
        self.write("}");
    }

    /// `.Chart`, which Helm 4 gives to templates as a map of its fields.
    fn chart(&mut self, structure: &Struct, verb: char, depth: usize) {
        let mut fields: Vec<&Field> = structure.fields.iter().collect();
        fields.sort_by_key(|field| field.name);
        let go = self.flags.sharp_v;
        self.write(if go { "map[string]interface {}{" } else { "map[" });
        for (at, field) in fields.into_iter().enumerate() {
            self.separate(at);
            self.write(&if go {
                quote_with(field.name, '"', false)
            } else {
                field.name.to_owned()
            });
            self.write(":");
            self.value(&field.value, verb, Level::Inside, depth + 1);
        }
        self.write(if go { "}" } else { "]" });
    }

    fn field_name(&mut self, name: &str) {
        if self.flags.plus_v || self.flags.sharp_v {
            self.write(name);
            self.write(":");
        }
    }

    fn address(&mut self, verb: char, value: &Value) {
        match verb {
            'v' if self.flags.sharp_v => {
                self.write(&format!("({})({ADDRESS:#x})", value.type_name()));
            }
            'v' | 'p' => {
                let sharp = self.flags.sharp;
                self.flags.sharp = !sharp;
                self.digits(ADDRESS, 16, false, 'v');
                self.flags.sharp = sharp;
            }
            'b' | 'o' | 'd' | 'x' | 'X' => self.integer(ADDRESS, false, verb, value),
            _ => self.bad_verb(Some(value), verb),
        }
    }

    fn integer(&mut self, int: u64, signed: bool, verb: char, value: &Value) {
        match verb {
            'v' if self.flags.sharp_v && !signed => {
                let sharp = std::mem::replace(&mut self.flags.sharp, true);
                self.digits(int, 16, false, 'v');
                self.flags.sharp = sharp;
            }
            'v' | 'd' => self.digits(int, 10, signed, verb),
            'b' => self.digits(int, 2, signed, verb),
            'o' | 'O' => self.digits(int, 8, signed, verb),
            'x' | 'X' => self.digits(int, 16, signed, verb),
            'c' => {
                let c = character(int);
                self.pad(c.encode_utf8(&mut [0; 4]));
            }
            'q' => {
                let quoted = quote_with(&character(int).to_string(), '\'', self.flags.plus);
                self.pad(&quoted);
            }
            'U' => self.code_point(int),
            _ => self.bad_verb(Some(value), verb),
        }
    }

    fn digits(&mut self, int: u64, base: u32, signed: bool, verb: char) {
        let negative = signed && (int as i64) < 0;
        let magnitude = if negative { int.wrapping_neg() } else { int };
        let flags = self.flags;
        if flags.precision == Some(0) && magnitude == 0 {
            self.padding(flags.width.unwrap_or(0), ' ');
            return;
        }
        let least = match (flags.precision, flags.width) {
            (Some(precision), _) => precision,
            // Zeros only go to the left.
            (None, Some(width)) if flags.zero && !flags.minus => {
                width.saturating_sub(usize::from(negative || flags.plus || flags.space))
            }
            _ => 0,
        };
        let mut text = match base {
            2 => format!("{magnitude:b}"),
            8 => format!("{magnitude:o}"),
            16 if verb == 'X' => format!("{magnitude:X}"),
            16 => format!("{magnitude:x}"),
            _ => magnitude.to_string(),
        };
        if text.len() < least {
            text.insert_str(0, &"0".repeat(least - text.len()));
        }
        if flags.sharp {
            match base {
                2 => text.insert_str(0, "0b"),
                8 if !text.starts_with('0') => text.insert(0, '0'),
                16 => text.insert_str(0, if verb == 'X' { "0X" } else { "0x" }),
                _ => {}
            }
        }
        if verb == 'O' {
            text.insert_str(0, "0o");
        }
        if negative {
            text.insert(0, '-');
        } else if flags.plus {
            text.insert(0, '+');
        } else if flags.space {
            text.insert(0, ' ');
        }
        self.pad_with_spaces(&text);
    }

    fn code_point(&mut self, int: u64) {
        let precision = self.flags.precision.unwrap_or(0).max(4);
        let mut text = format!("{int:X}");
        if text.len() < precision {
            text.insert_str(0, &"0".repeat(precision - text.len()));
        }
        text.insert_str(0, "U+");
        if let Some(c) = u32::try_from(int).ok().and_then(char::from_u32)
            && self.flags.sharp
            && is_print(c)
        {
            let _ = write!(text, " '{c}'");
        }
        self.pad_with_spaces(&text);
    }

    fn float(&mut self, float: f64, verb: char, value: &Value) {
        let (format, precision) = match verb {
            'v' => (b'g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb as u8, None),
            'f' | 'e' | 'E' => (verb as u8, Some(6)),
            'F' => (b'f', Some(6)),
            _ => return self.bad_verb(Some(value), verb),
        };
        let flags = self.flags;
        let precision = flags.precision.or(precision);
        let mut number = format_float(float, format, precision, 64);
        if !number.starts_with(['-', '+']) {
            number.insert(0, '+');
        }
        if flags.space && number.starts_with('+') && !flags.plus {
            number.replace_range(..1, " ");
        }
        if !float.is_finite() {
            let skip = usize::from(float.is_nan() && !flags.space && !flags.plus);
            let shown = number.get(skip..).unwrap_or_default().to_owned();
            return self.pad_with_spaces(&shown);
        }
        if flags.sharp && verb != 'b' {
            number = with_point(&number, verb, precision);
        }
        if !flags.plus && number.starts_with('+') {
            return self.pad(number.get(1..).unwrap_or_default());
        }
        match flags.width {
            Some(width) if flags.zero && !flags.minus && width > number.len() => {
                let (sign, rest) = number.split_at(1);
                self.write(sign);
                self.padding(width - number.len(), '0');
                self.write(rest);
            }
            _ => self.pad(&number),
        }
    }

    fn text(&mut self, text: &Text, verb: char, value: &Value) {
        match verb {
            'v' if self.flags.sharp_v => self.quoted(text),
            'v' | 's' => self.string(text),
            'x' | 'X' => self.hexadecimal(&bytes::unescape(text.as_str()), verb),
            'q' => self.quoted(text),
            _ if value.as_text().is_some() => self.bad_verb(Some(value), verb),
            _ => self.bad_verb(Some(&Value::text(text.clone())), verb),
        }
    }

    /// `%s`: cut to the precision, padded, with its own origin.
    fn string(&mut self, text: &Text) {
        let end = self.cut(text.as_str());
        let missing = match self.flags.width {
            None | Some(0) => 0,
            Some(width) => {
                let shown = text.as_str().get(..end).unwrap_or_default();
                let count = bytes::shown(shown).chars().count();
                width.saturating_sub(count)
            }
        };
        if !self.flags.minus {
            self.padding(missing, self.fill());
        }
        self.write_slice(text, 0..end);
        if self.flags.minus {
            self.padding(missing, ' ');
        }
    }

    /// Offset behind the last character that the precision lets through.
    fn cut(&self, text: &str) -> usize {
        if let Some(precision) = self.flags.precision
            && bytes::has_escapes(text)
        {
            return bytes::pieces(text)
                .get(precision)
                .map_or(text.len(), |piece| piece.range.start);
        }
        self.flags
            .precision
            .and_then(|precision| text.char_indices().nth(precision))
            .map_or(text.len(), |(at, _)| at)
    }

    fn quoted(&mut self, text: &Text) {
        let end = self.cut(text.as_str());
        let shown = text.as_str().get(..end).unwrap_or_default();
        if self.flags.sharp && can_backquote(shown) {
            return self.pad(&format!("`{shown}`"));
        }
        if self.flags.width.is_some() || self.flags.plus {
            return self.pad(&quote_with(shown, '"', self.flags.plus));
        }
        if self.has_room(text.len() + 2) {
            push_quoted(&mut self.out, &text.slice(0..end), self.origin);
        }
    }

    fn hexadecimal(&mut self, bytes: &[u8], verb: char) {
        let bytes = &bytes[..self.flags.precision.unwrap_or(bytes.len()).min(bytes.len())];
        let flags = self.flags;
        if bytes.is_empty() {
            return self.padding(flags.width.unwrap_or(0), self.fill());
        }
        let prefix = match (flags.sharp, verb) {
            (false, _) => "",
            (true, 'X') => "0X",
            (true, _) => "0x",
        };
        let mut text = String::with_capacity(bytes.len() * 2 + 2);
        text.push_str(prefix);
        for (at, byte) in bytes.iter().enumerate() {
            if flags.space && at > 0 {
                text.push(' ');
                text.push_str(prefix);
            }
            let _ =
                if verb == 'X' { write!(text, "{byte:02X}") } else { write!(text, "{byte:02x}") };
        }
        self.pad(&text);
    }

    fn bytes(&mut self, bytes: &[u8], verb: char, level: Level, depth: usize) {
        match verb {
            's' => self.string(&Text::plain(&*bytes::escape(bytes))),
            'q' => self.quoted(&Text::plain(&*bytes::escape(bytes))),
            'x' | 'X' => self.hexadecimal(bytes, verb),
            _ => {
                if self.flags.sharp_v {
                    self.write(if level == Level::Top { "[]byte{" } else { "[]uint8{" });
                } else {
                    self.write("[");
                }
                // Whole files are printed so where a template passes its data through `print` or `toString`.
                if verb == 'v' && self.flags.is_plain() {
                    self.write(&decimals(bytes));
                    self.write("]");
                    return;
                }
                for (at, byte) in bytes.iter().enumerate() {
                    self.separate(at);
                    let byte = Value::new(Kind::Int(i64::from(*byte), IntType::Uint8));
                    self.value(&byte, verb, Level::Inside, depth + 1);
                }
                self.write(if self.flags.sharp_v { "}" } else { "]" });
            }
        }
    }

    fn fill(&self) -> char {
        if self.flags.zero && !self.flags.minus { '0' } else { ' ' }
    }

    fn padding(&mut self, count: usize, fill: char) {
        if count > 0 && self.has_room(count) {
            let padding = fill.to_string().repeat(count);
            self.write(&padding);
        }
    }

    fn pad(&mut self, text: &str) {
        self.pad_by(text, self.fill());
    }

    fn pad_with_spaces(&mut self, text: &str) {
        self.pad_by(text, ' ');
    }

    fn pad_by(&mut self, text: &str, fill: char) {
        let missing =
            self.flags.width.map_or(0, |width| width.saturating_sub(text.chars().count()));
        if self.flags.minus {
            self.write(text);
            self.padding(missing, ' ');
        } else {
            self.padding(missing, fill);
            self.write(text);
        }
    }
}

const fn is_signed(ty: IntType) -> bool {
    !matches!(ty, IntType::Uint8 | IntType::Uint64)
}

fn is_pointer(structure: &Struct) -> bool {
    match structure.ty {
        StructType::Capabilities | StructType::Semver => true,
        StructType::Data(name) => name.starts_with('*'),
        _ => false,
    }
}

fn character(int: u64) -> char {
    u32::try_from(int).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// A float that `#` gives a point and its trailing zeros.
fn with_point(number: &str, verb: char, precision: Option<usize>) -> String {
    let mut digits = match verb {
        'v' | 'g' | 'G' | 'x' => precision.map_or(6, |precision| precision as i64),
        _ => 0,
    };
    let hexadecimal = matches!(verb, 'x' | 'X');
    let tail_at = number.find(|c: char| match c {
        'p' | 'P' => true,
        'e' | 'E' => !hexadecimal,
        _ => false,
    });
    let (head, tail) = number.split_at(tail_at.unwrap_or(number.len()));
    let mut seen_digit = false;
    for c in head.chars().skip(1).filter(|c| *c != '.') {
        seen_digit |= c != '0';
        digits -= i64::from(seen_digit);
    }
    let mut out = head.to_owned();
    if !head.contains('.') {
        if head.len() == 2 && head.ends_with('0') {
            digits -= 1;
        }
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', usize::try_from(digits).unwrap_or(0)));
    out.push_str(tail);
    out
}

/// Go `strconv.CanBackquote`.
fn can_backquote(text: &str) -> bool {
    !text.chars().any(|c| {
        c == '`'
            || c == '\u{feff}'
            || bytes::byte_of(c).is_some()
            || c == '\u{7f}'
            || c < ' ' && c != '\t'
    })
}

/// A string in backquotes if it can stand in them, else in double quotes (Go `regexp` `quote`).
pub(super) fn quote_go(text: &str) -> String {
    if can_backquote(text) { format!("`{text}`") } else { quote_with(text, '"', false) }
}

/// A string in double quotes (Go `strconv.Quote`).
pub(in crate::engine) fn quote(text: &str) -> String {
    quote_with(text, '"', false)
}

/// A quoted string (Go `strconv.Quote`, `QuoteRune` and their forms for ASCII).
pub(super) fn quote_with(text: &str, quote: char, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    if bytes::has_escapes(text) {
        for piece in bytes::pieces(text) {
            match piece.byte {
                Some(byte) => push_byte(&mut out, byte),
                None if needs_escape(piece.char(), quote, ascii) => {
                    push_escape(&mut out, piece.char());
                }
                None => out.push(piece.char()),
            }
        }
        out.push(quote);
        return out;
    }
    for c in text.chars() {
        if needs_escape(c, quote, ascii) {
            push_escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out.push(quote);
    out
}

/// Appends `text` in double quotes; what needs no escape keeps its origin.
pub(super) fn push_quoted(out: &mut TextBuilder, text: &Text, origin: OriginId) {
    if bytes::has_escapes(text.as_str()) {
        let known = text.runs(0..text.len()).next().map_or(origin, |run| run.origin);
        return out.push(&quote_with(text.as_str(), '"', false), known, NOWHERE);
    }
    out.push("\"", origin, NOWHERE);
    let mut done = 0;
    let mut escape = String::new();
    for (at, c) in text.as_str().char_indices() {
        if needs_escape(c, '"', false) {
            out.push_slice(text, done..at);
            escape.clear();
            push_escape(&mut escape, c);
            out.push(&escape, origin, NOWHERE);
            done = at + c.len_utf8();
        }
    }
    out.push_slice(text, done..text.len());
    out.push("\"", origin, NOWHERE);
}

fn needs_escape(c: char, quote: char, ascii: bool) -> bool {
    c == quote || c == '\\' || !is_print(c) || ascii && !c.is_ascii()
}

fn push_byte(out: &mut String, byte: u8) {
    let _ = write!(out, "\\x{byte:02x}");
}

fn push_escape(out: &mut String, c: char) {
    let code = c as u32;
    let _ = match c {
        '"' | '\'' | '\\' => write!(out, "\\{c}"),
        '\u{7}' => write!(out, "\\a"),
        '\u{8}' => write!(out, "\\b"),
        '\u{c}' => write!(out, "\\f"),
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        '\u{b}' => write!(out, "\\v"),
        _ if code < 0x80 => write!(out, "\\x{code:02x}"),
        _ if code < 0x1_0000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}
