//! `print`, `println`, `printf` and what an action prints, as Go's `fmt` and `text/template` write values.

use crate::bytes::escape;
use crate::engine::text::{NOWHERE, OriginId, Text};
use crate::engine::value::{IntType, Kind, StructType, Value};

use super::verbs::{Flags, Printer};
use super::{Call, Failure, Implementation};

pub use super::floats::format_float;

/// Bytes that a function makes at most; Go has no bound here but the machine's memory.
pub(super) const MAX_TEXT: usize = 64 << 20;

/// Go's bound for a width, a precision and an argument's number.
const MAX_NUMBER: i64 = 1_000_000;

pub(super) static FUNCTIONS: &[(&str, Implementation)] =
    &[("print", print), ("printf", printf), ("println", println)];

/// What an action prints for a value: `<no value>` for nil (Go `text/template` `printValue`).
pub fn print_value(value: &Value) -> Result<Text, Failure> {
    match &value.kind {
        Kind::Nil => Ok(Text::plain("<no value>")),
        Kind::Str(text) => Ok(text.clone()),
        // An action can take the address of the field, so that it finds the pointer's method `String`.
        Kind::Struct(structure) if structure.ty == StructType::KubeVersion => {
            let version = structure.fields.iter().find(|field| field.name == "Version");
            let normalized = structure.hidden.as_text().filter(|text| !text.is_empty());
            let version = version.and_then(|field| field.value.as_text());
            Ok(normalized.or(version).cloned().unwrap_or_default())
        }
        _ => sprint(std::slice::from_ref(value), OriginId::NONE),
    }
}

/// Go `fmt.Sprint`: a space between two operands where neither is a string.
///
/// Strings keep their origins, values of files have theirs, and everything else gets `origin`.
pub fn sprint(values: &[Value], origin: OriginId) -> Result<Text, Failure> {
    let mut printer = Printer::new(origin);
    let mut after_string = true;
    for (at, value) in values.iter().enumerate() {
        let is_string = value.as_text().is_some();
        if at > 0 && !is_string && !after_string {
            printer.write(" ");
        }
        printer.argument(value, 'v');
        after_string = is_string;
    }
    printer.finish()
}

/// Go `fmt.Sprintln`: a space between operands and a newline behind the last. Origins are as in [`sprint`].
pub fn sprintln(values: &[Value], origin: OriginId) -> Result<Text, Failure> {
    let mut printer = Printer::new(origin);
    printer.spaced(values);
    printer.write("\n");
    printer.finish()
}

/// Every value as `%v` prints it, with a space between them.
pub(super) fn spaced(values: &[Value], origin: OriginId) -> Result<Text, Failure> {
    let mut printer = Printer::new(origin);
    printer.spaced(values);
    printer.finish()
}

/// Sprig's `strval`: a string is itself, bytes are their characters, everything else is as `%v` prints it.
pub(super) fn string_of(value: &Value, origin: OriginId) -> Result<Text, Failure> {
    match &value.kind {
        Kind::Str(text) => Ok(text.clone()),
        Kind::Bytes(bytes) => Ok(Text::with_origin(&*escape(bytes), origin, NOWHERE)),
        _ => sprint(std::slice::from_ref(value), origin),
    }
}

/// Go `fmt.Sprintf`. Origins are as in [`sprint`]; the format's literal parts keep theirs.
pub fn sprintf(format: &Text, values: &[Value], origin: OriginId) -> Result<Text, Failure> {
    let printer = Printer::new(origin);
    let formatter = Formatter {
        format,
        values,
        printer,
        at: 0,
        next: 0,
        reordered: false,
        good_number: true,
        after_index: false,
    };
    formatter.run().finish()
}

/// Walks over a format (Go `fmt` `doPrintf`).
struct Formatter<'a> {
    format: &'a Text,
    values: &'a [Value],
    printer: Printer,
    /// Offset in the format.
    at: usize,
    /// The value that the next verb takes.
    next: usize,
    /// Whether an explicit number was used anywhere.
    reordered: bool,
    /// Whether the numbers of this verb are all right.
    good_number: bool,
    /// Whether a number stands right before.
    after_index: bool,
}

impl Formatter<'_> {
    fn run(mut self) -> Printer {
        let format = self.format.as_str();
        while self.at < format.len() {
            let rest = format.get(self.at..).unwrap_or_default();
            let literal = rest.find('%').unwrap_or(rest.len());
            self.printer.write_slice(self.format, self.at..self.at + literal);
            self.at += literal;
            if self.at >= format.len() {
                break;
            }
            self.at += 1;
            if !self.verb() {
                break;
            }
        }
        self.extra();
        self.printer
    }

    fn peek(&self) -> Option<u8> {
        self.format.as_str().as_bytes().get(self.at).copied()
    }

    /// Prints what one verb asks for; `false` if the format ends before there is one.
    fn verb(&mut self) -> bool {
        self.printer.flags = Flags::default();
        self.good_number = true;
        self.after_index = false;
        self.simple_flags();
        self.index();
        self.width();
        self.precision();
        if !self.after_index {
            self.index();
        }
        let Some(verb) = self.format.as_str().get(self.at..).and_then(|rest| rest.chars().next())
        else {
            self.printer.write("%!(NOVERB)");
            return false;
        };
        self.at += verb.len_utf8();
        match self.values.get(self.next) {
            _ if verb == '%' => self.printer.write("%"),
            _ if !self.good_number => self.printer.write(&format!("%!{verb}(BADINDEX)")),
            None => self.printer.write(&format!("%!{verb}(MISSING)")),
            Some(value) => {
                let flags = &mut self.printer.flags;
                if matches!(verb, 'v' | 'w') {
                    flags.sharp_v = std::mem::take(&mut flags.sharp);
                    flags.plus_v = std::mem::take(&mut flags.plus);
                }
                self.printer.argument(value, verb);
                self.next += 1;
            }
        }
        true
    }

    fn simple_flags(&mut self) {
        while let Some(byte) = self.peek() {
            let flags = &mut self.printer.flags;
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => return,
            }
            self.at += 1;
        }
    }

    /// A number in brackets, which says which value comes next.
    fn index(&mut self) {
        self.after_index = false;
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = self.format.as_str().get(self.at..).unwrap_or_default();
        let Some(close) = rest.find(']').filter(|_| rest.len() >= 3) else {
            self.good_number = false;
            self.at += 1;
            return;
        };
        let inner = rest.get(1..close).unwrap_or_default();
        self.at += close + 1;
        let number = match leading_number(inner) {
            (Some(number), len) if len == inner.len() => number,
            _ => {
                self.good_number = false;
                return;
            }
        };
        self.after_index = true;
        match number.checked_sub(1) {
            Some(index) if index < self.values.len() => self.next = index,
            _ => self.good_number = false,
        }
    }

    fn width(&mut self) {
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.number_from_value() {
                Some(width) => {
                    let flags = &mut self.printer.flags;
                    flags.width = Some(width.unsigned_abs() as usize);
                    if width < 0 {
                        flags.minus = true;
                        flags.zero = false;
                    }
                }
                None => self.printer.write("%!(BADWIDTH)"),
            }
            self.after_index = false;
            return;
        }
        self.printer.flags.width = self.number();
        if self.after_index && self.printer.flags.width.is_some() {
            self.good_number = false;
        }
    }

    fn precision(&mut self) {
        if self.peek() != Some(b'.') || self.at + 1 >= self.format.len() {
            return;
        }
        self.at += 1;
        if self.after_index {
            self.good_number = false;
        }
        self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            let precision =
                self.number_from_value().and_then(|number| usize::try_from(number).ok());
            if precision.is_none() {
                self.printer.write("%!(BADPREC)");
            }
            self.printer.flags.precision = precision;
            self.after_index = false;
        } else {
            self.printer.flags.precision = Some(self.number().unwrap_or(0));
        }
    }

    /// A number in the format. One that is too large swallows the rest of it, as in Go.
    fn number(&mut self) -> Option<usize> {
        let rest = self.format.as_str().get(self.at..).unwrap_or_default();
        let (number, len) = leading_number(rest);
        self.at += len;
        number
    }

    /// An integer argument for `*`.
    fn number_from_value(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        match value.kind {
            Kind::Int(number, IntType::Uint64) if number < 0 => None,
            Kind::Int(number, _) if (-MAX_NUMBER..=MAX_NUMBER).contains(&number) => Some(number),
            _ => None,
        }
    }

    /// Values that no verb took.
    fn extra(&mut self) {
        let values = self.values.get(self.next..).unwrap_or_default();
        if self.reordered || values.is_empty() {
            return;
        }
        self.printer.flags = Flags::default();
        self.printer.write("%!(EXTRA ");
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.printer.write(", ");
            }
            self.printer.write(value.type_name());
            if !value.is_nil() {
                self.printer.write("=");
                self.printer.argument(value, 'v');
            }
        }
        self.printer.write(")");
    }
}

/// The number at the start and its length; `None` and all of the text where it is too large.
fn leading_number(text: &str) -> (Option<usize>, usize) {
    let mut number = None;
    for (at, byte) in text.bytes().enumerate() {
        if !byte.is_ascii_digit() {
            return (number, at);
        }
        if number.is_some_and(|number| number > MAX_NUMBER as usize) {
            return (None, text.len());
        }
        number = Some(number.unwrap_or(0) * 10 + usize::from(byte - b'0'));
    }
    (number, text.len())
}

fn print(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let origin = call.origin(args);
    sprint(args, origin).map(Value::text)
}

fn println(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let origin = call.origin(args);
    sprintln(args, origin).map(Value::text)
}

fn printf(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let Some((format, values)) = args.split_first() else {
        return Err(Failure::error("no format"));
    };
    let origin = call.origin(values);
    let format = format.as_text().cloned().unwrap_or_default();
    sprintf(&format, values, origin).map(Value::text)
}

#[cfg(test)]
mod tests {
    use super::super::recorded;
    use super::super::traced::{origins, remembered};
    use crate::engine::value::Value;

    #[test]
    fn formats_agree_with_the_recording() {
        recorded::check("format.jsonl");
    }

    #[track_caller]
    fn check(name: &str, args: &[Value], expected: &str) {
        assert_eq!(origins(name, args), expected);
    }

    #[test]
    fn arguments_and_the_literal_parts_of_a_format_keep_their_origins() {
        let (format, name) = (remembered("a-%s-%d", 1, 10), remembered("name", 2, 20));
        check("printf", &[format, name.clone(), Value::int(7)], "a-@1:10 name@2:20 -@1:14 7@call");
        check(
            "printf",
            &[Value::plain("%.2s|%6s"), name.clone(), name.clone()],
            "na@2:20 |  @call name@2:20",
        );
        check("print", &[name.clone(), Value::int(1), Value::int(2)], "name@2:20 1 2@call");
        check("println", &[Value::list(vec![name])], "[@call name@2:20 ]\n@call");
    }

    #[test]
    fn an_action_prints_nil_in_its_own_words() {
        assert_eq!(super::print_value(&Value::NIL).unwrap().as_str(), "<no value>");
        let list = Value::list(vec![Value::NIL, Value::float(1e6)]);
        assert_eq!(super::print_value(&list).unwrap().as_str(), "[<nil> 1e+06]");
    }

    #[test]
    fn a_map_that_holds_itself_is_a_limit() {
        let map = Value::map(std::collections::BTreeMap::new());
        map.as_map().unwrap().entries.borrow_mut().insert("self".into(), map.clone());
        assert!(matches!(super::print_value(&map), Err(super::Failure::Limit(_))));
        map.as_map().unwrap().entries.borrow_mut().clear();
    }
}
