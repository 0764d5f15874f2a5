//! Shows whose the parts of a function's result are.

use crate::engine::text::{MemoryId, NOWHERE, OriginId, Text};
use crate::engine::value::Value;

use super::recorded::call;

/// A string that the `number`th value of a file shows, from offset `at` on.
pub(super) fn remembered(text: &str, number: usize, at: u32) -> Value {
    Value::text(Text::with_origin(text, OriginId::of_memory(MemoryId::new(number)), at))
}

/// The parts of a function's result and whose they are: `part@1:10` is a value's, `part@call` the call's own.
pub(super) fn origins(name: &str, args: &[Value]) -> String {
    let result = call(name, args).unwrap();
    let text = result.as_text().unwrap_or_else(|| panic!("{name} gives no string"));
    let mut start = 0;
    let parts = text.runs(0..text.len()).map(|run| {
        let part = &text.as_str()[start..run.end as usize];
        start = run.end as usize;
        match run.origin.as_memory() {
            Some(memory) if run.at == NOWHERE => format!("{part}@{}:-", memory.index()),
            Some(memory) => format!("{part}@{}:{}", memory.index(), run.at),
            None if run.origin.is_settled() => format!("{part}@call"),
            None => format!("{part}@nobody"),
        }
    });
    parts.collect::<Vec<_>>().join(" ")
}
