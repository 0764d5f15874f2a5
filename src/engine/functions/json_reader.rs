//! JSON as Go's `encoding/json` reads it, with its complaints; strings remember where their bytes came from.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bytes;
use crate::engine::text::{MemoryId, NOWHERE, OriginId, Text, TextBuilder};
use crate::engine::value::Value;

use super::Call;
use super::arguments::decoded;

/// Deepest nesting; Go's is 10000, with the same complaint beyond.
const MAX_DEPTH: usize = 1000;

const END: &str = "unexpected end of JSON input";

/// Reads `text`. The string beside the value is the error of a number beyond `float64`, which stands as nil.
pub(super) fn read(call: &mut Call<'_>, text: &Text) -> Result<(Value, Option<String>), String> {
    let origin = call.origin(&[Value::text(text.clone())]);
    let mut reader = Reader { text, bytes: text.as_str().as_bytes(), at: 0, origin, number: None };
    reader.skip_blanks();
    let value = reader.value("looking for beginning of value", 0)?;
    reader.skip_blanks();
    match reader.peek() {
        None => Ok((value, reader.number)),
        Some(_) => Err(reader.unexpected("after top-level value")),
    }
}

/// The entry of a values file that the byte at `offset` shows.
pub(super) fn memory_at(call: &Call<'_>, text: &Text, offset: usize) -> MemoryId {
    let run = text.runs(offset..offset + 1).next();
    run.map_or(MemoryId::NONE, |run| {
        let settled = || call.origins.get(run.origin).map(|origin| origin.value);
        run.origin.as_memory().or_else(settled).unwrap_or_default()
    })
}

struct Reader<'a> {
    text: &'a Text,
    bytes: &'a [u8],
    at: usize,
    origin: OriginId,
    number: Option<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The byte here, as Go has it.
    fn raw(&self) -> Option<u8> {
        let c = self.text.as_str().get(self.at..).and_then(|rest| rest.chars().next());
        c.and_then(bytes::byte_of).or_else(|| self.peek())
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The complaint about the byte here, which Go shows as a Latin-1 character.
    fn unexpected(&self, context: &str) -> String {
        match self.raw() {
            None => END.to_owned(),
            Some(b'\'') => format!("invalid character '\\'' {context}"),
            Some(b'"') => format!("invalid character '\"' {context}"),
            Some(byte) => {
                let shown = super::verbs::quote_with(&char::from(byte).to_string(), '"', false);
                let shown = shown.trim_matches('"');
                format!("invalid character '{shown}' {context}")
            }
        }
    }

    /// As [`Self::unexpected`], but the end counts as a blank, which can't be here.
    fn unfinished(&self, context: &str) -> String {
        match self.peek() {
            None => format!("invalid character ' ' {context}"),
            Some(_) => self.unexpected(context),
        }
    }

    fn value(&mut self, context: &str, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::text),
            Some(b't') => self.word("true", Value::bool(true)),
            Some(b'f') => self.word("false", Value::bool(false)),
            Some(b'n') => self.word("null", Value::NIL),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected(context)),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                let shown = char::from(expected);
                return Err(self.unfinished(&format!("in literal {word} (expecting '{shown}')")));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else if self.digits() == 0 {
            return Err(self.unfinished("in numeric literal"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.unfinished("after decimal point in numeric literal"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.unfinished("in exponent of numeric literal"));
            }
        }
        let shown = self.text.as_str().get(start..self.at).unwrap_or_default();
        match shown.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Value::float(value)),
            _ => {
                let complaint =
                    format!("json: cannot unmarshal number {shown} into Go value of type float64");
                self.number.get_or_insert(complaint);
                Ok(Value::NIL)
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::list(items));
        }
        loop {
            self.skip_blanks();
            items.push(self.value("looking for beginning of value", depth + 1)?);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::list(items));
                }
                _ => return Err(self.unexpected("after array element")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut entries = BTreeMap::new();
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::map(entries));
        }
        loop {
            self.skip_blanks();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = Arc::clone(self.string()?.shared());
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.at += 1;
            self.skip_blanks();
            let value = self.value("looking for beginning of value", depth + 1)?;
            entries.insert(key, value);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::map(entries));
                }
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
    }

    fn string(&mut self) -> Result<Text, String> {
        self.at += 1;
        let mut out = TextBuilder::default();
        let mut start = self.at;
        loop {
            match self.peek() {
                None => return Err(END.to_owned()),
                Some(b'"') => {
                    self.at += 1;
                    let read = if out.is_empty() {
                        self.text.slice(start..self.at - 1)
                    } else {
                        out.push_slice(self.text, start..self.at - 1);
                        out.finish()
                    };
                    return decoded(&[Value::text(read)], 0).map_err(|_| END.to_owned());
                }
                Some(b'\\') => {
                    out.push_slice(self.text, start..self.at);
                    self.at += 1;
                    let c = self.escape()?;
                    out.push(c.encode_utf8(&mut [0; 4]), self.origin, NOWHERE);
                    start = self.at;
                }
                Some(0..0x20) => return Err(self.unexpected("in string literal")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let c = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.unfinished("in string escape code")),
        };
        self.at += 1;
        Ok(c)
    }

    fn hexadecimal(&mut self) -> Result<u32, String> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unfinished("in \\u hexadecimal character escape"));
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    /// A character written as `\uXXXX`, or two for one beyond; a lone half is U+FFFD.
    fn unicode(&mut self) -> Result<char, String> {
        let high = self.hexadecimal()?;
        if let (0xd800..0xdc00, Some([b'\\', b'u'])) = (high, self.bytes.get(self.at..self.at + 2))
        {
            let before = self.at;
            self.at += 2;
            let low = self.hexadecimal()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            self.at = before;
        }
        Ok(char::from_u32(high).unwrap_or('\u{fffd}'))
    }
}
