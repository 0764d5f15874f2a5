//! The template lexer: its pieces cover the text, in order, and nothing but markers and blanks stands between them.
#![no_main]

use chartlint::source::TextRange;
use chartlint::template::{go_quote, lex};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let text = &*text;
    let lexed = lex(text);
    let shown = |range: &TextRange| text.get(range.usize());
    let pieces = [&lexed.tokens, &lexed.comments, &lexed.mistakes];
    for range in pieces.into_iter().flatten() {
        assert!(shown(range).is_some(), "{range:?} is no part of the text");
    }
    // A mistake may be of no length, and text goes on inside it.
    assert!(lexed.mistakes.windows(2).all(|pair| pair[0].start < pair[1].start), "{lexed:?}");
    let mut solid = [lexed.tokens.as_slice(), &lexed.comments].concat();
    solid.sort();
    assert!(solid.iter().all(|range| range.start < range.end), "{lexed:?}");
    assert!(solid.windows(2).all(|pair| pair[0].end <= pair[1].start), "{lexed:?}");
    if lexed.mistakes.is_empty() {
        let mut at = 0;
        for range in &solid {
            let between = text.get(at..range.start as usize).unwrap_or("?");
            let blank = |c| matches!(c, ' ' | '\t' | '\r' | '\n' | '-');
            assert!(between.chars().all(blank), "{between:?} is left out: {lexed:?}");
            at = range.end as usize;
        }
        let rest = text.get(at..).unwrap_or("?");
        assert!(rest.trim_matches([' ', '\t', '\r', '\n']).is_empty(), "{rest:?} is left out");
    }
    assert_eq!(lex(text), lexed);
    go_quote(text);
});
