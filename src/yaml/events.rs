//! Events with byte ranges from libyaml's parser, with its departures from go-yaml and its panics fenced in.

use std::borrow::Cow;
use std::io::{BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use libyaml_safer::{
    Encoding, Error, ErrorKind, EventData, MappingStyle, Mark, Parser, ScalarStyle, Scanner,
    SequenceStyle, TokenData,
};

use super::tree::{Style, SyntaxError};
use crate::source::TextRange;

/// How deep collections may nest. go-yaml allows 10,000 (scannerc.go); a parser that looks through all open brackets
/// at each token takes too long for that.
pub(super) const MAX_DEPTH: usize = 1_000;

/// Bytes that the scanner gets at a time: it keeps them as `char`s in a queue, which should stay small.
const CHUNK_BYTES: usize = 1_024;

/// How far the scanner looks for the `:` behind a key.
const LOOK_AHEAD_BYTES: usize = 1_024;

/// Bytes that are read in search of tags that the parser used here does not take; each costs a look at all of the text.
const MAX_ODD_TAG_BYTES: usize = 4 << 20;

/// U+FEFF within a text is a character like others to go-yaml, and nothing to the parser used here: it is shown
/// another one in its place.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A step of the parser.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) kind: EventKind,
    /// With anchor and tag.
    pub(super) range: TextRange,
}

#[derive(Debug)]
pub(super) enum EventKind {
    DocumentStart { explicit: bool },
    DocumentEnd,
    Alias(String),
    Scalar(Scalar),
    SequenceStart(Collection),
    MappingStart(Collection),
    CollectionEnd,
    StreamEnd,
}

#[derive(Debug)]
pub(super) struct Scalar {
    pub(super) value: String,
    pub(super) style: Style,
    pub(super) anchor: Option<String>,
    /// Resolved: `tag:yaml.org,2002:str`.
    pub(super) tag: Option<String>,
    /// Plain without a tag, or tagged `!`: its text decides what it is.
    pub(super) implicit: bool,
}

#[derive(Debug)]
pub(super) struct Collection {
    pub(super) anchor: Option<String>,
    pub(super) tagged: bool,
    pub(super) flow: bool,
}

/// The events of a part of a text.
pub(super) struct Events<'a> {
    text: &'a str,
    /// Where the part begins in the text that offsets count in.
    base: usize,
    /// Lines before it, for messages.
    base_line: u32,
    parser: Parser<Chunks<'a>>,
    /// Stands for U+FEFF within the text.
    mark: Option<&'static str>,
    /// The last line got its ending from here.
    completed: bool,
    depth: usize,
    last_end: usize,
}

impl<'a> Events<'a> {
    /// The events of `text`, with `base` added to all offsets and `base_line` to all lines.
    pub(super) fn new(text: &'a str, base: usize, base_line: u32) -> Self {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let base = base + (text.len() - body.len());
        let completed = !body.ends_with(is_break);
        let mark = body.contains(BYTE_ORDER_MARK).then(|| stand_in(body));
        let tail = if completed { "\n" } else { "" };
        let chunked = without_odd_tags(body, tail, mark);
        let parser = parser_of(Chunks { text: chunked, at: 0, tail, mark });
        Self { text: body, base, base_line, parser, mark, completed, depth: 0, last_end: 0 }
    }

    /// The next event; [`EventKind::StreamEnd`] at the end. Nothing may be asked after an error.
    pub(super) fn next_event(&mut self) -> Result<Event, SyntaxError> {
        loop {
            let event = self.step()?;
            let start = self.offset(event.start_mark);
            let end = self.offset(event.end_mark);
            if let Some(kind) =
                self.convert(event.data, start, &mut { end }, event.start_mark, event.end_mark)?
            {
                self.last_end = end;
                return Ok(Event {
                    kind,
                    range: TextRange::new(self.base + start, self.base + end),
                });
            }
        }
    }

    /// The parser's state is not looked at again after a panic: the error ends the reading.
    fn step(&mut self) -> Result<libyaml_safer::Event, SyntaxError> {
        match catch_unwind(AssertUnwindSafe(|| self.parser.parse())) {
            Ok(Ok(event)) => Ok(event),
            Ok(Err(error)) => Err(self.syntax_error(&error)),
            Err(_) => {
                Err(self.error_at(self.last_end, 0, "unknown problem parsing YAML content".into()))
            }
        }
    }

    fn offset(&self, mark: Mark) -> usize {
        (mark.index as usize).min(self.text.len())
    }

    fn convert(
        &mut self,
        data: EventData,
        start: usize,
        end: &mut usize,
        start_mark: Mark,
        end_mark: Mark,
    ) -> Result<Option<EventKind>, SyntaxError> {
        Ok(Some(match data {
            EventData::StreamStart { .. } => return Ok(None),
            EventData::StreamEnd => EventKind::StreamEnd,
            EventData::DocumentStart { version_directive, implicit, .. } => {
                if version_directive.is_some_and(|version| (version.major, version.minor) != (1, 1))
                {
                    return Err(self.error_at(
                        start,
                        start_mark.line as u32,
                        "found incompatible YAML document".into(),
                    ));
                }
                EventKind::DocumentStart { explicit: !implicit }
            }
            EventData::DocumentEnd { .. } => EventKind::DocumentEnd,
            EventData::Alias { anchor } => EventKind::Alias(anchor),
            EventData::Scalar { anchor, tag, mut value, plain_implicit, style, .. } => {
                let style = scalar_style(style);
                if matches!(style, Style::Literal | Style::Folded)
                    && self.completed
                    && end_mark.index as usize > self.text.len()
                {
                    self.take_back_line_end(&mut value, start);
                }
                if let Some(mark) = self.mark {
                    value = value.replace(mark, BYTE_ORDER_MARK);
                }
                if style == Style::Double {
                    self.refuse_escaped_slash(start, *end)?;
                }
                let implicit = plain_implicit;
                EventKind::Scalar(Scalar { value, style, anchor, tag, implicit })
            }
            EventData::SequenceStart { anchor, tag, style, .. } => {
                self.deeper(start)?;
                let flow = style == SequenceStyle::Flow;
                EventKind::SequenceStart(Collection { anchor, tagged: tag.is_some(), flow })
            }
            EventData::MappingStart { anchor, tag, style, .. } => {
                self.deeper(start)?;
                let flow = style == MappingStyle::Flow;
                EventKind::MappingStart(Collection { anchor, tagged: tag.is_some(), flow })
            }
            EventData::SequenceEnd | EventData::MappingEnd => {
                self.depth = self.depth.saturating_sub(1);
                EventKind::CollectionEnd
            }
        }))
    }

    fn deeper(&mut self, at: usize) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            return Ok(());
        }
        let line = self.line_at(at);
        Err(self.error_at(at, line, format!("exceeded max depth of {MAX_DEPTH}")))
    }

    /// A block scalar that ends with the text has no last line ending in go-yaml's eyes.
    fn take_back_line_end(&self, value: &mut String, start: usize) {
        let Some(without) = value.strip_suffix('\n') else {
            return;
        };
        let header = self.text.get(start..).and_then(|text| text.lines().next()).unwrap_or("");
        let indicators = header.split(['|', '>']).nth(1).unwrap_or("");
        let keeps = indicators.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('+');
        let last_line = self.text.rsplit(is_break).next().unwrap_or("");
        let last_of_value = without.rsplit('\n').next().unwrap_or("");
        let has_content = !last_line.trim_matches(' ').is_empty()
            || (!last_of_value.is_empty() && last_of_value.bytes().all(|b| b == b' '));
        if keeps || has_content {
            value.truncate(without.len());
        }
    }

    /// go-yaml v2 does not know the escape `\/` (scannerc.go, `yaml_parser_scan_flow_scalar`).
    fn refuse_escaped_slash(&self, start: usize, end: usize) -> Result<(), SyntaxError> {
        let source = self.text.get(start..end).unwrap_or("");
        let quote = source.find('"').unwrap_or(0);
        let mut rest = source.get(quote..).unwrap_or("");
        while let Some(at) = rest.find('\\') {
            if rest.as_bytes().get(at + 1) == Some(&b'/') {
                let offset = end - (rest.len() - at);
                let problem = self.line_at(offset) + self.base_line;
                let context = self.line_at(start) + self.base_line;
                let line = go_line(problem, context, true).saturating_sub(self.base_line);
                return Err(self.error_at(offset, line, "found unknown escape character".into()));
            }
            let escaped = rest.get(at + 1..).and_then(|tail| tail.chars().next());
            rest = rest.get(at + 1 + escaped.map_or(0, char::len_utf8)..).unwrap_or("");
        }
        Ok(())
    }

    /// Lines before `offset` in this part.
    fn line_at(&self, offset: usize) -> u32 {
        self.text.get(..offset).unwrap_or_default().matches('\n').count() as u32
    }

    fn error_at(&self, offset: usize, line: u32, message: String) -> SyntaxError {
        let range = TextRange::empty(self.base + offset.min(self.text.len()));
        let line = if line == 0 && self.base_line == 0 { 0 } else { line + self.base_line };
        SyntaxError { range, line, message }
    }

    fn syntax_error(&self, error: &Error) -> SyntaxError {
        let message = if error.problem().is_empty() {
            "unknown problem parsing YAML content"
        } else {
            error.problem()
        };
        let Some(problem) = error.problem_mark() else {
            let at = self.text.find(is_refused).unwrap_or(self.text.len());
            return self.error_at(at, 0, message.to_owned());
        };
        // The line that the completed line end began does not exist for go-yaml, but it counts one at the stream's end.
        let beyond = self.completed
            && problem.index as usize > self.text.len()
            && message == "found unexpected end of stream";
        let problem_line = (problem.line as u32).saturating_sub(u32::from(beyond)) + self.base_line;
        let context_line = error.context_mark().map_or(0, |mark| mark.line as u32 + self.base_line);
        let line = go_line(problem_line, context_line, error.kind() == ErrorKind::Scanner);
        // Where the reader must look is where the unfinished thing begins, not where the text ran out.
        let blamed = error.context_mark().filter(|context| match message {
            "could not find expected ':'"
            | "found unexpected end of stream"
            | "found unexpected document indicator" => true,
            "did not find expected ',' or ']'" | "did not find expected ',' or '}'" => {
                context.line != problem.line
            }
            _ => false,
        });
        let start = self.offset(blamed.unwrap_or(problem));
        let end = match (blamed, message) {
            (_, "could not find expected ':'") => self.line_end(start),
            (Some(_), _) => (start + 1).min(self.text.len()),
            _ => start,
        };
        let range = TextRange::new(self.base + start, self.base + end);
        SyntaxError { range, line, message: message.to_owned() }
    }

    /// Behind the last byte of the line of `offset` that is no blank.
    fn line_end(&self, offset: usize) -> usize {
        let line = self.text.get(offset..).and_then(|text| text.split(is_break).next());
        offset + line.map_or(0, |line| line.trim_end().len())
    }
}

/// The line that go-yaml names (decode.go, `parser.fail`): counted from 0, but from 1 where the scanner complains; the
/// context's where the problem is in the first line; 0, for none, where both are.
const fn go_line(problem: u32, context: u32, scanner: bool) -> u32 {
    match problem {
        0 => context,
        line if scanner => line + 1,
        line => line,
    }
}

/// A parser of a text that has no byte order mark in front. Left to guess, it takes each text that begins with the first
/// byte of one, such as a full-width letter, for one with a broken mark.
fn parser_of(chunks: Chunks<'_>) -> Parser<Chunks<'_>> {
    let mut parser = Parser::new();
    parser.set_encoding(Encoding::Utf8);
    parser.set_input(chunks);
    parser
}

/// A character as long as a byte order mark that `text` does not have.
fn stand_in(text: &str) -> &'static str {
    const CANDIDATES: [&str; 4] = ["\u{e000}", "\u{e001}", "\u{e002}", "\u{e003}"];
    CANDIDATES.into_iter().find(|candidate| !text.contains(candidate)).unwrap_or(CANDIDATES[0])
}

/// A part of a text that would be a tag which the parser used here does not take, if a node began there.
#[derive(Clone, Copy)]
struct OddTag {
    start: usize,
    end: usize,
    /// `!<…>` with a comma behind it.
    verbatim: bool,
}

impl OddTag {
    fn mend(self, bytes: &mut [u8]) {
        if self.verbatim {
            // Not taken either, but without a panic.
            bytes[self.end - 1] = b'x';
            return;
        }
        for byte in &mut bytes[self.start..self.end] {
            if is_bracket(*byte) {
                *byte = b'.';
            }
        }
    }
}

/// The text with `,`, `[` and `]` in its tags replaced. go-yaml counts them as part of a tag's name; the parser used here
/// refuses them, or panics. The name does not matter: no tag with a meaning has one of them.
///
/// Where the text has something that looks so, it is read with each such `!` blotted out: the first scalar that begins at
/// a blot is such a tag. It is mended, and the text read again for the next one.
fn without_odd_tags<'a>(
    text: &'a str,
    tail: &'static str,
    mark: Option<&'static str>,
) -> Cow<'a, str> {
    let odd = odd_tags(text);
    if odd.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    for tag in &odd {
        bytes[tag.start] = b'x';
    }
    let mut left = odd.as_slice();
    let mut search = TagSearch { tail, mark, bytes_left: MAX_ODD_TAG_BYTES.max(text.len()) };
    while !left.is_empty() {
        let Ok(blotted) = std::str::from_utf8(&bytes) else { break };
        // Where the search ends early, what is left stays blotted: it is better wrong than a panic.
        let Ok(found) = search.first(blotted, left) else { break };
        let passed = found.unwrap_or(left.len());
        let tag = left.get(passed).copied();
        // Those inside the tag are no tags themselves.
        let inside = tag.map_or(0, |tag| {
            left[passed..].iter().take_while(|other| other.start < tag.end).count()
        });
        let (done, rest) = left.split_at(passed + inside);
        for other in done {
            bytes[other.start] = b'!';
        }
        if let Some(tag) = tag {
            tag.mend(&mut bytes);
        }
        left = rest;
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The search for tags that are blotted out.
struct TagSearch {
    tail: &'static str,
    mark: Option<&'static str>,
    bytes_left: usize,
}

/// The text is too long, or nests too deep, to be searched any more.
struct GaveUp;

impl TagSearch {
    fn scanner<'t>(&mut self, text: Cow<'t, str>) -> Result<Scanner<Chunks<'t>>, GaveUp> {
        let cost = text.len().max(CHUNK_BYTES);
        self.bytes_left = self.bytes_left.checked_sub(cost).ok_or(GaveUp)?;
        let mut scanner = Scanner::new();
        scanner.set_encoding(Encoding::Utf8);
        scanner.set_input(Chunks { text, at: 0, tail: self.tail, mark: self.mark });
        Ok(scanner)
    }

    /// Which of `tags`, the blots of `text`, is the first at which a plain scalar begins.
    fn first(&mut self, text: &str, tags: &[OddTag]) -> Result<Option<usize>, GaveUp> {
        let mut scanner = self.scanner(Cow::Borrowed(text))?;
        let mut depth = 0_usize;
        let mut seen = 0;
        loop {
            let token = match catch_unwind(AssertUnwindSafe(|| Scanner::scan(&mut scanner))) {
                Ok(Ok(token)) => token,
                // The scanner looks ahead, and keeps tokens before a mistake for itself.
                Ok(Err(error)) => {
                    let end = error.problem_mark().map_or(text.len(), |mark| mark.index as usize);
                    for (at, tag) in tags.iter().enumerate() {
                        if (seen..=end).contains(&tag.start) && self.is_tag(text, tag.start)? {
                            return Ok(Some(at));
                        }
                    }
                    return Ok(None);
                }
                Err(_) => return Err(GaveUp),
            };
            match token.data {
                TokenData::StreamEnd => return Ok(None),
                TokenData::FlowSequenceStart | TokenData::FlowMappingStart => depth += 1,
                TokenData::FlowSequenceEnd | TokenData::FlowMappingEnd => {
                    depth = depth.saturating_sub(1);
                }
                TokenData::Scalar { style: ScalarStyle::Plain, .. } => {
                    let start = token.start_mark.index as usize;
                    if let Ok(found) = tags.binary_search_by_key(&start, |tag| tag.start) {
                        return Ok(Some(found));
                    }
                }
                _ => {}
            }
            if depth > MAX_DEPTH {
                return Err(GaveUp);
            }
            seen = seen.max(token.end_mark.index as usize);
        }
    }

    /// Whether a plain scalar would begin at `start`, whatever comes behind.
    fn is_tag(&mut self, text: &str, start: usize) -> Result<bool, GaveUp> {
        let before = text.get(..start).unwrap_or_default();
        // What is open is closed, for a bracket may have to be a key. The scanner minds neither kind nor number.
        let line = before.bytes().rev().take(LOOK_AHEAD_BYTES).take_while(|byte| *byte != b'\n');
        let open = line.filter(|byte| matches!(byte, b'[' | b'{')).count();
        let mut scanner =
            self.scanner(Cow::Owned(format!("{before}x: {}\n", "]: ".repeat(open))))?;
        loop {
            let token = match catch_unwind(AssertUnwindSafe(|| Scanner::scan(&mut scanner))) {
                Ok(Ok(token)) => token,
                Ok(Err(_)) => return Ok(false),
                Err(_) => return Err(GaveUp),
            };
            match token.data {
                TokenData::StreamEnd => return Ok(false),
                TokenData::Scalar { style: ScalarStyle::Plain, .. }
                    if token.start_mark.index as usize == start =>
                {
                    return Ok(true);
                }
                _ => {}
            }
        }
    }
}

/// The parts of `text` that would be tags with `,`, `[` or `]` in or behind them if a node began there.
fn odd_tags(text: &str) -> Vec<OddTag> {
    let mut found = Vec::new();
    if !text.contains('!') {
        return found;
    }
    let bytes = text.as_bytes();
    // Walked from the end, so that a run of tag characters is walked once.
    let mut end = bytes.len();
    let mut brackets = false;
    for (start, byte) in bytes.iter().enumerate().rev() {
        match byte {
            b'!' if bytes.get(start + 1) == Some(&b'<') => {
                let inside = run_end(bytes, start + 2, bytes.len(), |byte| {
                    is_tag_byte(byte) || is_bracket(byte)
                });
                if bytes.get(inside..inside + 2) == Some(b">,") {
                    found.push(OddTag { start, end: inside + 2, verbatim: true });
                }
            }
            b'!' if brackets => found.push(OddTag { start, end, verbatim: false }),
            byte if is_bracket(*byte) => brackets = true,
            byte if is_tag_byte(*byte) => {}
            _ => {
                end = start;
                brackets = false;
            }
        }
    }
    found.reverse();
    found
}

const fn is_bracket(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']')
}

/// What a tag may have in its name for the parser used here.
const fn is_tag_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'_' | b'-' | b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+')
        || matches!(byte, b'$' | b'.' | b'%' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
}

/// Where the anchor, the tag and the content of a node are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Properties {
    /// Name only.
    pub(super) anchor: Option<TextRange>,
    /// With its `!`.
    pub(super) tag: Option<TextRange>,
    pub(super) content_start: u32,
}

impl Properties {
    /// Reads the properties at the start of `range` of `text`.
    pub(super) fn of(text: &str, range: TextRange) -> Self {
        let mut properties = Self { content_start: range.start, ..Self::default() };
        let bytes = text.as_bytes();
        let limit = (range.end as usize).min(bytes.len());
        let mut at = range.start as usize;
        while at < limit {
            match bytes.get(at) {
                Some(b'&') if properties.anchor.is_none() => {
                    let end = run_end(bytes, at + 1, limit, |b| {
                        b.is_ascii_alphanumeric() || b == b'_' || b == b'-'
                    });
                    properties.anchor = Some(TextRange::new(at + 1, end));
                    at = end;
                }
                Some(b'!') if properties.tag.is_none() => {
                    let end = run_end(bytes, at, limit, |b| !b.is_ascii_whitespace());
                    properties.tag = Some(TextRange::new(at, end));
                    at = end;
                }
                Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
                Some(b'#') => at = run_end(bytes, at, limit, |b| b != b'\n'),
                _ => break,
            }
        }
        properties.content_start = at as u32;
        properties
    }
}

fn run_end(bytes: &[u8], from: usize, limit: usize, of: impl Fn(u8) -> bool) -> usize {
    let run = bytes.get(from..limit).unwrap_or_default();
    from + run.iter().position(|b| !of(*b)).unwrap_or(run.len())
}

const fn scalar_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
        _ => Style::Plain,
    }
}

/// What ends a line in YAML 1.1.
pub(super) const fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Characters that may not stand in a text (readerc.go).
pub(super) const fn is_refused(c: char) -> bool {
    !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// A text in small pieces that end between characters.
struct Chunks<'a> {
    text: Cow<'a, str>,
    at: usize,
    tail: &'static str,
    mark: Option<&'static str>,
}

impl Chunks<'_> {
    fn chunk(&self) -> &[u8] {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty());
        let rest = rest.unwrap_or_else(|| {
            self.tail.get(self.at.saturating_sub(self.text.len())..).unwrap_or("")
        });
        let mut chunk = rest.get(..rest.floor_char_boundary(CHUNK_BYTES)).unwrap_or("");
        if let Some(mark) = self.mark {
            match chunk.find(BYTE_ORDER_MARK) {
                Some(0) => chunk = mark,
                Some(at) => chunk = chunk.get(..at).unwrap_or(""),
                None => {}
            }
        }
        chunk.as_bytes()
    }
}

impl Read for Chunks<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.chunk().read(into)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Chunks<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        Ok(self.chunk())
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::yaml::{Node, parse};

    #[test]
    fn hostile_texts_are_refused_at_once() {
        let mut laughs = "a0: &a0 [x]\n".to_owned();
        let mut merges = "a0: &a0 {x: 1}\n".to_owned();
        let mut chain = "- &a0 x\n".to_owned();
        for n in 1..60 {
            let before = n - 1;
            let nine = vec![format!("*a{before}"); 9].join(", ");
            let _ = writeln!(laughs, "a{n}: &a{n} [{nine}]");
            let _ = writeln!(merges, "a{n}: &a{n}\n  <<: [*a{before}, *a{before}]\n  k{n}: 1");
            let (open, close) = ("[".repeat(40), "]".repeat(40));
            let _ = writeln!(chain, "- &a{n} {open}*a{before} {close}");
        }
        let texts = [
            laughs,
            merges,
            chain,
            "[".repeat(100_000),
            "{a: ".repeat(100_000),
            "- ".repeat(100_000),
            "? ".repeat(100_000),
            format!("{}1", "a: &a\n".repeat(3) + &"[!t,".repeat(10_000)),
        ];
        let started = std::time::Instant::now();
        for text in texts {
            let stream = parse(&text);
            assert!(!stream.errors.is_empty(), "{}", &text[..40]);
        }
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
        // What is just not too deep can be read, walked and dropped.
        let deep = format!("{}x{}", "[".repeat(990), "]".repeat(990));
        check_sound(&deep);
        // A long string that is used often is shared.
        let shared = format!("a: &a {}\nb:\n{}", "x".repeat(100_000), "- *a\n".repeat(20_000));
        assert!(parse(&shared).errors.is_empty());
    }

    /// Everything a stream says of a text holds.
    #[track_caller]
    fn check_sound(text: &str) {
        let stream = parse(text);
        for document in &stream.documents {
            assert!(text.get(document.range.usize()).is_some(), "{text:?}");
            if let Some(root) = &document.root {
                check_sound_node(text, &root.node);
            }
        }
        for comment in &stream.comments {
            assert!(text[comment.range.usize()].starts_with('#'), "{text:?}");
        }
        for error in &stream.errors {
            assert!(text.get(error.range.usize()).is_some(), "{text:?} {error:?}");
            // What a panic would have become.
            assert!(!error.message.starts_with("unknown problem"), "{text:?} {error:?}");
        }
    }

    fn check_sound_node(text: &str, node: &Node) {
        assert!(text.get(node.range.usize()).is_some(), "{text:?} {:?}", node.range);
        for segment in &node.segments {
            let value = node.as_str().unwrap_or("");
            let (from, at, len) =
                (segment.text_start as usize, segment.source_start as usize, segment.len as usize);
            assert_eq!(value.get(from..from + len), text.get(at..at + len), "{text:?}");
        }
        for item in node.items() {
            check_sound_node(text, &item.node);
        }
        for entry in node.entries() {
            assert!(text.get(entry.key_range.usize()).is_some(), "{text:?}");
            check_sound_node(text, &entry.value.node);
        }
    }

    #[test]
    fn odd_tags_behind_mistakes_are_mended_too() {
        check_sound("[[a] b, !c, d]");
        check_sound("[a, b &c [d, !e, f]]");
        check_sound("[- !<t>,\\");
        check_sound("[!a,@");
        check_sound("a: 1\n!b, [@\n");
        check_sound(&format!("[{}]", "!a, b, ".repeat(100)));
        check_sound(&format!("{}!a, b", "[".repeat(1_010)));
        assert!(parse(&format!("[{}]", "!a, b, ".repeat(30))).errors.is_empty());
    }

    #[test]
    fn text_before_a_tag_is_read_without_what_is_behind() {
        let is_tag = |text: &str| {
            let mut search =
                super::TagSearch { tail: "", mark: None, bytes_left: super::MAX_ODD_TAG_BYTES };
            search.is_tag(text, text.find('!').unwrap()).ok()
        };
        assert_eq!(is_tag("[a, !b,@"), Some(true));
        assert_eq!(is_tag("[a !b,@"), Some(false));
        assert_eq!(is_tag("a: 1\n[!b,@\n"), Some(true));
        assert_eq!(is_tag("a: |\n  !b,c\n\td\n"), Some(false));
    }

    #[test]
    fn changed_texts_never_panic_and_keep_ranges_true() {
        const PARTS: [&str; 25] = [
            "a: b\n", "  ", "- ", "\n", ": ", "'", "\"", "\\", "|\n", ">-\n", "# c\n", "&a ", "*a",
            "!t,", "!<t>,", "[", "]", "{", "}", "é", "\u{feff}", "\u{85}", "---\n", "\r\n",
            "<<: *a\n",
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        for _ in 0..4_000 {
            let text: String = (0..=random(14)).map(|_| PARTS[random(PARTS.len())]).collect();
            check_sound(&text);
        }
    }
}
