//! Go's regular expressions, written anew for the `regex` crate.
//!
//! Both engines take linear time and prefer the same match, but their syntax differs: in Go `\d`, `\w`, `\s` and `\b`
//! know ASCII only, `\Q…\E` quotes, `a{,3}` is literal, and what only Rust understands is an error with its own text
//! (Go `regexp/syntax/parse.go`).

use std::fmt::Write as _;

use regex::Regex;

/// A count in `{…}` is at most this, also where repetitions are nested.
const MAX_REPEAT: u64 = 1000;

/// Groups inside groups (Go `maxHeight`).
const MAX_DEPTH: usize = 1000;

/// A pattern in Rust's syntax.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) pattern: String,
    /// The name of each group, from the first on; empty for groups without one.
    pub(super) names: Vec<String>,
}

/// Why a pattern is wrong, in Go's words, without `error parsing regexp: `.
type Fault = String;

fn fault(code: &str, expression: &str) -> Fault {
    format!("{code}: `{expression}`")
}

const BAD_RANGE: &str = "invalid character class range";
const BAD_ESCAPE: &str = "invalid escape sequence";

/// What the open groups around a place hold so far.
#[derive(Default)]
struct Group {
    /// The largest product of repetitions in the branches so far.
    weight: u64,
    /// The product of repetitions in the last element; `None` if there is none that could be repeated.
    last: Option<u64>,
    /// Where the flags begin that stand between it and what follows; a repetition belongs before them.
    flags_at: Option<usize>,
    /// Whether `U` holds here, and whether it held before those flags.
    swaps_greed: bool,
    swapped_greed: bool,
}

struct Translator<'a> {
    whole: &'a str,
    rest: &'a str,
    out: String,
    names: Vec<String>,
    groups: Vec<Group>,
    group: Group,
}

/// Translates a pattern of Go's.
pub(super) fn translate(pattern: &str) -> Result<Translated, Fault> {
    let mut translator = Translator {
        whole: pattern,
        rest: pattern,
        out: String::with_capacity(pattern.len() + 16),
        names: Vec::new(),
        groups: Vec::new(),
        group: Group::default(),
    };
    translator.run()?;
    Ok(Translated { pattern: translator.out, names: translator.names })
}

impl<'a> Translator<'a> {
    fn run(&mut self) -> Result<(), Fault> {
        // What begins with the last repetition, if one stands right before.
        let mut repeated: Option<&'a str> = None;
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            let mut repeats = false;
            match c {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.out.push('|');
                    self.advance(1);
                    self.group.last = None;
                }
                '^' | '$' | '.' => {
                    self.out.push(c);
                    self.advance(1);
                    self.element(1);
                }
                '[' => self.class()?,
                '*' | '+' | '?' => {
                    self.advance(1);
                    self.repeat(before, repeated, 1)?;
                    repeats = true;
                }
                '{' => repeats = self.counted(before, repeated)?,
                '\\' => self.escape()?,
                _ => {
                    self.advance(c.len_utf8());
                    self.literal(c);
                }
            }
            repeated = repeats.then_some(before);
        }
        if self.groups.is_empty() { Ok(()) } else { Err(fault("missing closing )", self.whole)) }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// The text between `from` and where the translator is now.
    fn since(&self, from: &'a str) -> &'a str {
        from.get(..from.len().saturating_sub(self.rest.len())).unwrap_or(from)
    }

    fn element(&mut self, weight: u64) {
        self.group.weight = self.group.weight.max(weight);
        self.group.last = Some(weight);
        self.group.flags_at = None;
    }

    fn literal(&mut self, c: char) {
        push_literal(&mut self.out, c);
        self.element(1);
    }

    fn open(&mut self) -> Result<(), Fault> {
        if self.groups.len() >= MAX_DEPTH {
            return Err(fault("expression nests too deeply", self.whole));
        }
        if self.rest.starts_with("(?") {
            return self.open_with_flags();
        }
        self.advance(1);
        self.capture(String::new());
        Ok(())
    }

    fn capture(&mut self, name: String) {
        self.names.push(name);
        self.out.push('(');
        self.enter();
    }

    /// Begins what stands in a group.
    fn enter(&mut self) {
        let inner = Group { swaps_greed: self.group.swaps_greed, ..Group::default() };
        self.groups.push(std::mem::replace(&mut self.group, inner));
    }

    fn open_with_flags(&mut self) -> Result<(), Fault> {
        let start = self.rest;
        let named = start
            .strip_prefix("(?P<")
            .filter(|rest| !rest.is_empty())
            .or_else(|| start.strip_prefix("(?<").filter(|rest| !rest.is_empty()));
        if let Some(name) = named {
            let Some((name, rest)) = name.split_once('>') else {
                return Err(fault("invalid named capture", start));
            };
            self.rest = rest;
            if name.is_empty() || !name.bytes().all(|c| c == b'_' || c.is_ascii_alphanumeric()) {
                return Err(fault("invalid named capture", self.since(start)));
            }
            self.capture(name.to_owned());
            return Ok(());
        }
        self.advance(2);
        let mut flags: Vec<(char, bool)> = Vec::new();
        let (mut on, mut seen) = (true, false);
        while let Some(c) = self.rest.chars().next() {
            self.advance(c.len_utf8());
            match c {
                'i' | 'm' | 's' | 'U' => {
                    flags.retain(|(flag, _)| *flag != c);
                    flags.push((c, on));
                    seen = true;
                }
                '-' if on => (on, seen) = (false, false),
                ':' | ')' if on || seen => {
                    self.push_flags(&flags, c == ':');
                    return Ok(());
                }
                _ => break,
            }
        }
        Err(fault("invalid or unsupported Perl syntax", self.since(start)))
    }

    fn push_flags(&mut self, flags: &[(char, bool)], opens: bool) {
        if !opens && self.group.flags_at.is_none() {
            self.group.flags_at = Some(self.out.len());
            self.group.swapped_greed = self.group.swaps_greed;
        }
        let swaps_greed = flags
            .iter()
            .find(|(flag, _)| *flag == 'U')
            .map_or(self.group.swaps_greed, |(_, on)| *on);
        if opens || !flags.is_empty() {
            self.out.push_str("(?");
            self.out.extend(flags.iter().filter(|(_, on)| *on).map(|(flag, _)| *flag));
            if flags.iter().any(|(_, on)| !on) {
                self.out.push('-');
                self.out.extend(flags.iter().filter(|(_, on)| !on).map(|(flag, _)| *flag));
            }
            self.out.push(if opens { ':' } else { ')' });
        }
        if opens {
            self.enter();
        }
        self.group.swaps_greed = swaps_greed;
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(outer) = self.groups.pop() else {
            return Err(fault("unexpected )", self.whole));
        };
        let weight = std::mem::replace(&mut self.group, outer).weight;
        self.out.push(')');
        self.advance(1);
        self.element(weight.max(1));
        Ok(())
    }

    /// `*`, `+`, `?` and, with what it multiplies by, `{…}`; the translator stands behind it.
    fn repeat(&mut self, before: &'a str, repeated: Option<&'a str>, by: u64) -> Result<(), Fault> {
        let operator = self.since(before);
        if self.rest.starts_with('?') {
            self.advance(1);
        }
        if let Some(repeated) = repeated {
            return Err(fault("invalid nested repetition operator", self.since(repeated)));
        }
        let Some(weight) = self.group.last else {
            return Err(fault("missing argument to repetition operator", self.since(before)));
        };
        let weight = weight.saturating_mul(by);
        if weight > MAX_REPEAT {
            return Err(fault("invalid repeat count", self.since(before)));
        }
        let at = self.group.flags_at.unwrap_or(self.out.len());
        let flags = self.out.split_off(at);
        self.out.push_str(operator);
        // A repetition takes the greed that holds where it stands.
        let lazy = self.since(before).len() > operator.len();
        let swapped =
            self.group.flags_at.is_some() && self.group.swaps_greed != self.group.swapped_greed;
        if lazy != swapped {
            self.out.push('?');
        }
        self.out.push_str(&flags);
        self.element(weight);
        Ok(())
    }

    /// `{2}`, `{2,}` or `{2,3}`; anything else is a literal brace, and gives `false`.
    fn counted(&mut self, before: &'a str, repeated: Option<&'a str>) -> Result<bool, Fault> {
        let Some((least, most, rest)) = counts(before) else {
            self.advance(1);
            self.literal('{');
            return Ok(false);
        };
        self.rest = rest;
        if least > MAX_REPEAT || most.is_some_and(|most| most > MAX_REPEAT || most < least) {
            return Err(fault("invalid repeat count", self.since(before)));
        }
        self.repeat(before, repeated, most.unwrap_or(least).max(u64::from(most.is_none())))?;
        Ok(true)
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let start = self.rest;
        let second = start.get(1..).and_then(|rest| rest.chars().next());
        let assertion = match second {
            Some('A') => "\\A",
            Some('z') => "\\z",
            Some('b') => "(?-u:\\b)",
            Some('B') => "(?-u:\\B)",
            _ => "",
        };
        if !assertion.is_empty() {
            self.out.push_str(assertion);
            self.advance(2);
            self.element(1);
            return Ok(());
        }
        match second {
            Some('C') => return Err(fault(BAD_ESCAPE, "\\C")),
            Some('Q') => {
                self.advance(2);
                let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.rest = rest;
                for c in quoted.chars() {
                    self.literal(c);
                }
                return Ok(());
            }
            Some('p' | 'P') => {
                let class = self.unicode_class()?;
                self.out.push_str(&class);
                self.element(1);
                return Ok(());
            }
            _ => {}
        }
        if let Some((positive, set)) = second.and_then(perl_class) {
            let _ = write!(self.out, "[{}{set}]", if positive { "" } else { "^" });
            self.advance(2);
            self.element(1);
            return Ok(());
        }
        if let Some(c) = self.escaped_character()? {
            self.literal(c);
        } else {
            self.out.push_str(NOTHING);
            self.element(1);
        }
        Ok(())
    }

    /// The character behind a backslash; `None` for half of a surrogate pair, which no text has.
    fn escaped_character(&mut self) -> Result<Option<char>, Fault> {
        let start = self.rest;
        self.advance(1);
        let Some(c) = self.rest.chars().next() else {
            return Err(fault("trailing backslash at end of expression", ""));
        };
        self.advance(c.len_utf8());
        let code = match c {
            'a' => Some(7),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            '0'..='7' if c == '0' || self.rest.starts_with(|c| ('0'..='7').contains(&c)) => {
                let mut code = c as u32 - u32::from(b'0');
                for _ in 0..2 {
                    let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(8)) else {
                        break;
                    };
                    self.advance(1);
                    code = code * 8 + digit;
                }
                Some(code)
            }
            'x' => self.hexadecimal(),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(c as u32),
            _ => None,
        };
        match code {
            Some(code) => Ok(char::from_u32(code)),
            None => Err(fault(BAD_ESCAPE, self.since(start))),
        }
    }

    /// What follows `\x`: two digits, or any number of them in braces.
    fn hexadecimal(&mut self) -> Option<u32> {
        let first = self.rest.chars().next()?;
        self.advance(first.len_utf8());
        if first != '{' {
            let second = self.rest.chars().next();
            self.advance(second.map_or(0, char::len_utf8));
            return Some(first.to_digit(16)? * 16 + second?.to_digit(16)?);
        }
        let mut code: Option<u32> = None;
        loop {
            let c = self.rest.chars().next()?;
            self.advance(c.len_utf8());
            if c == '}' {
                return code;
            }
            let next = code.unwrap_or(0) * 16 + c.to_digit(16)?;
            if next > char::MAX as u32 {
                return None;
            }
            code = Some(next);
        }
    }

    /// `\pL`, `\p{Greek}`, `\P{^Greek}` and so on.
    fn unicode_class(&mut self) -> Result<String, Fault> {
        let start = self.rest;
        let mut positive = start.starts_with("\\p");
        self.advance(2);
        let name = match self.rest.chars().next() {
            Some('{') => {
                let Some((name, rest)) = self.rest.get(1..).and_then(|rest| rest.split_once('}'))
                else {
                    return Err(fault(BAD_RANGE, start));
                };
                self.rest = rest;
                name
            }
            other => {
                let (name, rest) = self.rest.split_at(other.map_or(0, char::len_utf8));
                self.rest = rest;
                name
            }
        };
        let name = match name.strip_prefix('^') {
            Some(name) => {
                positive = !positive;
                name
            }
            None => name,
        };
        let letter = if positive { 'p' } else { 'P' };
        match unicode_name(name) {
            Some(name) => Ok(format!("\\{letter}{{{name}}}")),
            None => Err(fault(BAD_RANGE, self.since(start))),
        }
    }

    fn class(&mut self) -> Result<(), Fault> {
        let whole = self.rest;
        self.advance(1);
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.out.push('^');
            self.advance(1);
        }
        // An empty class inside makes sure that Rust sees a class that is not empty.
        self.out.push_str(NOTHING);
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            if self.rest.starts_with("[:")
                && let Some(at) = self.rest.find(":]").filter(|at| *at >= 2)
            {
                let (name, rest) = self.rest.split_at(at + 2);
                if !is_posix_class(name) {
                    return Err(fault(BAD_RANGE, name));
                }
                self.out.push_str(name);
                self.rest = rest;
                continue;
            }
            if self.rest.starts_with("\\p") || self.rest.starts_with("\\P") {
                let class = self.unicode_class()?;
                self.out.push_str(&class);
                continue;
            }
            let escaped = self.rest.strip_prefix('\\').and_then(|rest| rest.chars().next());
            if let Some((positive, set)) = escaped.and_then(perl_class) {
                let _ = write!(self.out, "[{}{set}]", if positive { "" } else { "^" });
                self.advance(2);
                continue;
            }
            self.range(whole)?;
        }
        self.advance(1);
        self.out.push(']');
        self.element(1);
        Ok(())
    }

    /// A character or two with `-` between them.
    fn range(&mut self, whole: &'a str) -> Result<(), Fault> {
        let start = self.rest;
        let low = self.class_character(whole)?;
        let mut high = low;
        if self.rest.len() >= 2 && self.rest.starts_with('-') && !self.rest.starts_with("-]") {
            self.advance(1);
            high = self.class_character(whole)?;
            if high < low {
                return Err(fault(BAD_RANGE, self.since(start)));
            }
        }
        // Halves of surrogate pairs are in no text.
        let low = if (0xd800..0xe000).contains(&low) { 0xe000 } else { low };
        let high = if (0xd800..0xe000).contains(&high) { 0xd7ff } else { high };
        if low <= high {
            let _ = write!(self.out, "\\x{{{low:x}}}-\\x{{{high:x}}}");
        }
        Ok(())
    }

    fn class_character(&mut self, whole: &str) -> Result<u32, Fault> {
        let Some(c) = self.rest.chars().next() else {
            return Err(fault("missing closing ]", whole));
        };
        if c == '\\' {
            return Ok(self.escaped_character()?.map_or(0xd800, |c| c as u32));
        }
        self.advance(c.len_utf8());
        Ok(c as u32)
    }
}

/// A class that matches nothing.
const NOTHING: &str = "[a&&b]";

fn push_literal(out: &mut String, c: char) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() && !c.is_ascii_whitespace() {
        let _ = write!(out, "\\x{:02x}", c as u32);
    } else {
        out.push(c);
    }
}

/// Whether it is the plain set, and the set in ASCII.
const fn perl_class(c: char) -> Option<(bool, &'static str)> {
    Some(match c {
        'd' => (true, "0-9"),
        'D' => (false, "0-9"),
        's' => (true, "\\t\\n\\x0c\\r "),
        'S' => (false, "\\t\\n\\x0c\\r "),
        'w' => (true, "0-9A-Za-z_"),
        'W' => (false, "0-9A-Za-z_"),
        _ => return None,
    })
}

fn is_posix_class(name: &str) -> bool {
    let name = name.trim_start_matches("[:").trim_end_matches(":]");
    matches!(
        name.strip_prefix('^').unwrap_or(name),
        "alnum"
            | "alpha"
            | "ascii"
            | "blank"
            | "cntrl"
            | "digit"
            | "graph"
            | "lower"
            | "print"
            | "punct"
            | "space"
            | "upper"
            | "word"
            | "xdigit"
    )
}

/// The name in Rust's syntax of a general category or script; Go knows no other properties.
fn unicode_name(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    ["gc", "sc"]
        .into_iter()
        .map(|property| format!("{property}={name}"))
        .find(|name| Regex::new(&format!("\\p{{{name}}}")).is_ok())
}

/// The two numbers of `{…}` and what follows; a number that is too large counts as more than any bound.
fn counts(text: &str) -> Option<(u64, Option<u64>, &str)> {
    let (least, rest) = count(text.strip_prefix('{')?)?;
    let Some(rest) = rest.strip_prefix(',') else {
        return Some((least, Some(least), rest.strip_prefix('}')?));
    };
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((least, None, rest));
    }
    let (most, rest) = count(rest)?;
    Some((least, Some(most), rest.strip_prefix('}')?))
}

/// A number without leading zeros.
fn count(text: &str) -> Option<(u64, &str)> {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(len);
    if len == 0 || len > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().unwrap_or(u64::MAX), rest))
}
