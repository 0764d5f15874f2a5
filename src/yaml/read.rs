//! The ways into the parser: whole texts, parts of texts, values files.

use super::comments;
use super::recover;
use super::tree::{Stream, SyntaxError};
use crate::source::TextRange;

/// Reads all documents of `text`.
pub fn parse(text: &str) -> Stream {
    parse_part(text, TextRange::new(0, text.len()))
}

/// Reads the documents in `part` of `text`; ranges count in `text`, lines of errors in the part, as Helm sees it.
pub fn parse_part(text: &str, part: TextRange) -> Stream {
    let part = TextRange { start: part.start, end: part.end.min(text.len() as u32) };
    let found = recover::read(text, part);
    let body = text.get(..part.end as usize).unwrap_or_default();
    let broken_from = found
        .broken
        .then(|| found.errors.iter().map(|error| error.range.start as usize).max().unwrap_or(0));
    let comments = comments::find(body, part.start as usize, &found.scalars, broken_from);
    Stream { documents: found.documents, comments, errors: found.errors }
}

impl SyntaxError {
    /// The text of the error that sigs.k8s.io/yaml's `Unmarshal` returns, which `fromYaml` shows.
    pub fn helm_text(&self) -> String {
        let message = &self.message;
        // Keys that JSON has none of are that package's own complaint, numbers that of Go's JSON.
        if message.starts_with("json: ") || message.starts_with("unsupported map key ") {
            return format!("error converting YAML to JSON: {message}");
        }
        match self.line {
            0 => format!("error converting YAML to JSON: yaml: {message}"),
            line => format!("error converting YAML to JSON: yaml: line {line}: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::yaml::{Node, NodeKind, Number, Style, Use};

    /// `path style value start..end source segments`, one line a node, key or comment.
    fn shown(text: &str, stream: &Stream) -> String {
        let mut out = String::new();
        for document in &stream.documents {
            let range = document.range;
            let _ = writeln!(out, "document {}..{}", range.start, range.end);
            if let Some(root) = &document.root {
                node(text, root, "", &mut out);
            }
        }
        for comment in &stream.comments {
            let place = if comment.own_line { "line" } else { "behind" };
            let _ = writeln!(
                out,
                "comment {place} {:?}",
                text.get(comment.range.usize()).unwrap_or("?")
            );
        }
        for SyntaxError { range, line, message } in &stream.errors {
            let _ = writeln!(out, "error {}..{} line {line}: {message}", range.start, range.end);
        }
        out
    }

    fn node(text: &str, used: &Use, path: &str, out: &mut String) {
        let node: &Node = &used.node;
        let value = match &node.kind {
            NodeKind::Null => "null".to_owned(),
            NodeKind::Bool(value) => value.to_string(),
            NodeKind::Number(Number::Int(value)) => value.to_string(),
            NodeKind::Number(Number::Uint(value)) => format!("{value}u"),
            NodeKind::Number(Number::Float(value)) => format!("{value:?}"),
            NodeKind::Str(value) => format!("{value:?}"),
            NodeKind::Seq(_) => "list".to_owned(),
            NodeKind::Map(_) => "map".to_owned(),
        };
        let style = match node.style {
            Style::Plain => "plain",
            Style::Single => "single",
            Style::Double => "double",
            Style::Literal => "literal",
            Style::Folded => "folded",
            Style::Block => "block",
            Style::Flow => "flow",
        };
        let range = used.range;
        let _ = write!(out, "{path} {style} {value} {}..{}", range.start, range.end);
        if node.style != Style::Block {
            let _ = write!(out, " {:?}", text.get(range.usize()).unwrap_or("?"));
        }
        for segment in &node.segments {
            let _ = write!(out, " {}@{}+{}", segment.text_start, segment.source_start, segment.len);
        }
        for (name, property) in [("&", node.anchor), ("tag ", node.tag)] {
            if let Some(range) = property {
                let _ = write!(out, " {name}{}", text.get(range.usize()).unwrap_or("?"));
            }
        }
        if range != node.range {
            let _ = write!(out, " alias of {}..{}", node.range.start, node.range.end);
        }
        out.push('\n');
        for (at, item) in node.items().iter().enumerate() {
            self::node(text, item, &format!("{path}/{at}"), out);
        }
        if let NodeKind::Map(entries) = &node.kind {
            for entry in entries {
                let key = text.get(entry.key_range.usize()).unwrap_or("?");
                let merged = if entry.merged { " merged" } else { "" };
                let repeats =
                    entry.repeats.map_or(String::new(), |first| format!(" repeats {first}"));
                let _ = writeln!(
                    out,
                    "{path}/{} key {}..{} {key:?}{merged}{repeats}",
                    entry.key, entry.key_range.start, entry.key_range.end,
                );
                self::node(text, &entry.value, &format!("{path}/{}", entry.key), out);
            }
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let stream = parse(text);
        let got = shown(text, &stream);
        let got: Vec<_> = got.lines().map(str::trim).collect();
        let expected: Vec<_> = expected.trim().lines().map(str::trim).collect();
        assert_eq!(got, expected, "\n{text}");
    }

    #[test]
    fn scalars_have_ranges_and_segments() {
        check(
            "a: 1\nb: x y\n",
            r#"
            document 0..12
             block map 0..11
            /a key 0..1 "a"
            /a plain 1 3..4 "1"
            /b key 5..6 "b"
            /b plain "x y" 8..11 "x y" 0@8+3
            "#,
        );
        check(
            "a: 'it''s'\nb: \"q\\\"\\u00e9x\"\nc: ''\n",
            r#"
            document 0..33
             block map 0..32
            /a key 0..1 "a"
            /a single "it's" 3..10 "'it''s'" 0@4+3 3@8+1
            /b key 11..12 "b"
            /b double "q\"éx" 14..26 "\"q\\\"\\u00e9x\"" 0@15+1 4@24+1
            /c key 27..28 "c"
            /c single "" 30..32 "''"
            "#,
        );
        check(
            "a: |\n  one\n\n   two\n\nb: |-\n  x\n",
            r#"
            document 0..30
             block map 0..29
            /a key 0..1 "a"
            /a literal "one\n\n two\n" 3..18 "|\n  one\n\n   two" 0@7+5 5@14+5
            /b key 20..21 "b"
            /b literal "x" 23..29 "|-\n  x" 0@28+1
            "#,
        );
        check(
            "a: >\n  one\n  two\n\n  three\nb: |2\n   x\n",
            r#"
            document 0..37
             block map 0..36
            /a key 0..1 "a"
            /a folded "one two\nthree\n" 3..25 ">\n  one\n  two\n\n  three" 0@7+3 4@13+3 8@20+5
            /b key 26..27 "b"
            /b literal " x\n" 29..36 "|2\n   x" 0@34+3
            "#,
        );
        check(
            "a: plain\n  goes\n\n  on\nb: 'single\n  goes   \n  on'\n",
            r#"
            document 0..49
             block map 0..48
            /a key 0..1 "a"
            /a plain "plain goes\non" 3..21 "plain\n  goes\n\n  on" 0@3+5 6@11+4 11@19+2
            /b key 22..23 "b"
            /b single "single goes on" 25..48 "'single\n  goes   \n  on'" 0@26+6 7@35+4 12@45+2
            "#,
        );
        check(
            "a: \"one \\\n   two\n  three\\n\"\n",
            r#"
            document 0..28
             block map 0..27
            /a key 0..1 "a"
            /a double "one two three\n" 3..27 "\"one \\\n   two\n  three\\n\"" 0@4+4 4@13+3 8@19+5
            "#,
        );
        check(
            "a: |\n  x",
            r#"
            document 0..8
             block map 0..8
            /a key 0..1 "a"
            /a literal "x" 3..8 "|\n  x" 0@7+1
            "#,
        );
        check(
            "a: |+\n  x\n\n",
            r#"
            document 0..11
             block map 0..9
            /a key 0..1 "a"
            /a literal "x\n\n" 3..9 "|+\n  x" 0@8+2
            "#,
        );
    }

    #[test]
    fn collections_end_with_their_last_child() {
        check(
            "- a\n-\n- - b\n  - c\n",
            r#"
            document 0..18
             block list 0..17
            /0 plain "a" 2..3 "a" 0@2+1
            /1 plain null 5..5 ""
            /2 block list 8..17
            /2/0 plain "b" 10..11 "b" 0@10+1
            /2/1 plain "c" 16..17 "c" 0@16+1
            "#,
        );
        check(
            "a: [b, 'c', {d: e}, ]\nf: {}\n",
            r#"
            document 0..28
             block map 0..27
            /a key 0..1 "a"
            /a flow list 3..21 "[b, 'c', {d: e}, ]"
            /a/0 plain "b" 4..5 "b" 0@4+1
            /a/1 single "c" 7..10 "'c'" 0@8+1
            /a/2 flow map 12..18 "{d: e}"
            /a/2/d key 13..14 "d"
            /a/2/d plain "e" 16..17 "e" 0@16+1
            /f key 22..23 "f"
            /f flow map 25..27 "{}"
            "#,
        );
        check(
            "a: [!t, b]\n",
            r#"
            document 0..11
             block map 0..10
            /a key 0..1 "a"
            /a flow list 3..10 "[!t, b]"
            /a/0 plain "b" 8..9 "b" 0@8+1 tag !t,
            "#,
        );
        check(
            "[a: b , \u{85}é: c]\n",
            r#"
            document 0..17
             flow list 0..16 "[a: b , \u{85}é: c]"
            /0 flow map 1..5 "a: b"
            /0/a key 1..2 "a"
            /0/a plain "b" 4..5 "b" 0@4+1
            /1 flow map 10..15 "é: c"
            /1/é key 10..12 "é"
            /1/é plain "c" 14..15 "c" 0@14+1
            "#,
        );
    }

    #[test]
    fn anchors_merges_and_keys() {
        check(
            "a: &n !!str 12\nb: *n\n",
            r#"
            document 0..21
             block map 0..20
            /a key 0..1 "a"
            /a plain "12" 12..14 "12" 0@12+2 &n tag !!str
            /b key 15..16 "b"
            /b plain "12" 18..20 "*n" 0@12+2 &n tag !!str alias of 12..14
            "#,
        );
        check(
            "x: &x {a: 1, b: 2}\ny:\n  a: 3\n  <<: *x\n  b: 4\n",
            r#"
            document 0..45
             block map 0..44
            /x key 0..1 "x"
            /x flow map 6..18 "{a: 1, b: 2}" &x
            /x/a key 7..8 "a"
            /x/a plain 1 10..11 "1"
            /x/b key 13..14 "b"
            /x/b plain 2 16..17 "2"
            /true key 19..20 "y"
            /true block map 24..44
            /true/a key 24..25 "a"
            /true/a plain 3 27..28 "3"
            /true/a key 7..8 "a" merged
            /true/a plain 1 10..11 "1"
            /true/b key 13..14 "b" merged
            /true/b plain 2 16..17 "2"
            /true/b key 40..41 "b"
            /true/b plain 4 43..44 "4"
            "#,
        );
        check(
            "a: 1\nb: 2\na: 3\n",
            r#"
            document 0..15
             block map 0..14
            /a key 0..1 "a"
            /a plain 1 3..4 "1"
            /b key 5..6 "b"
            /b plain 2 8..9 "2"
            /a key 10..11 "a" repeats 0
            /a plain 3 13..14 "3"
            "#,
        );
        check(
            "on: 1\n1: b\n1.5: c\n0x10: d\n",
            r#"
            document 0..26
             block map 0..25
            /true key 0..2 "on"
            /true plain 1 4..5 "1"
            /1 key 6..7 "1"
            /1 plain "b" 9..10 "b" 0@9+1
            /1.5 key 11..14 "1.5"
            /1.5 plain "c" 16..17 "c" 0@16+1
            /16 key 18..22 "0x10"
            /16 plain "d" 24..25 "d" 0@24+1
            "#,
        );
    }

    #[test]
    fn what_is_overwritten_does_no_harm() {
        check(
            "a: .inf\na: 1\n",
            r#"
            document 0..13
             block map 0..12
            /a key 0..1 "a"
            /a plain inf 3..7 ".inf"
            /a key 8..9 "a" repeats 0
            /a plain 1 11..12 "1"
            "#,
        );
    }

    #[test]
    fn documents_and_line_ends() {
        check(
            "\u{feff}a: é\nb: 日本\n",
            r#"
            document 0..19
             block map 3..18
            /a key 3..4 "a"
            /a plain "é" 6..8 "é" 0@6+2
            /b key 9..10 "b"
            /b plain "日本" 12..18 "日本" 0@12+6
            "#,
        );
        check(
            "a: 1\n---\nb: 2\n--- c\n...\n",
            r#"
            document 0..5
             block map 0..4
            /a key 0..1 "a"
            /a plain 1 3..4 "1"
            document 5..14
             block map 9..13
            /b key 9..10 "b"
            /b plain 2 12..13 "2"
            document 14..24
             plain "c" 18..19 "c" 0@18+1
            "#,
        );
    }

    #[test]
    fn comments_stand_between_scalars() {
        check(
            "a:\nb:   # none\nc: ~\n",
            r##"
            document 0..20
             block map 0..19
            /a key 0..1 "a"
            /a plain null 2..2 ""
            /b key 3..4 "b"
            /b plain null 5..5 ""
            /c key 15..16 "c"
            /c plain null 18..19 "~"
            comment behind "# none"
            "##,
        );
        check(
            "a:\n- b\n- c: 1\n  d: 2\n\n# end\ne: 3\n",
            r##"
            document 0..33
             block map 0..32
            /a key 0..1 "a"
            /a block list 3..20
            /a/0 plain "b" 5..6 "b" 0@5+1
            /a/1 block map 9..20
            /a/1/c key 9..10 "c"
            /a/1/c plain 1 12..13 "1"
            /a/1/d key 16..17 "d"
            /a/1/d plain 2 19..20 "2"
            /e key 28..29 "e"
            /e plain 3 31..32 "3"
            comment line "# end"
            "##,
        );
        check(
            "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: é # c\r\n",
            r##"
            document 0..33
             block map 0..27
            /a key 0..1 "a"
            /a plain 1 3..4 "1"
            /b key 6..7 "b"
            /b literal "x\ny\n" 9..20 "|\r\n  x\r\n  y" 0@14+1 2@19+1
            /c key 22..23 "c"
            /c plain "é" 25..27 "é" 0@25+2
            comment behind "# c"
            "##,
        );
        check(
            "# top\na: 1 # one\nb: 'x # no' #yes\nc: |  # head\n  # no\n# last",
            r##"
            document 0..60
             block map 6..53
            /a key 6..7 "a"
            /a plain 1 9..10 "1"
            /b key 17..18 "b"
            /b single "x # no" 20..28 "'x # no'" 0@21+6
            /c key 34..35 "c"
            /c literal "# no\n" 37..53 "|  # head\n  # no" 0@49+5
            comment line "# top"
            comment behind "# one"
            comment behind "#yes"
            comment behind "# head"
            comment line "# last"
            "##,
        );
        // What ends a line to YAML ends a comment, too.
        check(
            "# a\u{85}b: 1 # c\u{2028}# d",
            r##"
            document 0..19
             block map 5..9
            /b key 5..6 "b"
            /b plain 1 8..9 "1"
            comment line "# a"
            comment behind "# c"
            comment line "# d"
            "##,
        );
    }

    #[test]
    fn errors_have_go_yaml_words() {
        check(
            "? a\n: b\n? [c]\n",
            r#"
            document 0..14
            error 10..13 line 0: invalid map key: []interface {}{"c"}
            "#,
        );
        check(
            "a: b: c\n",
            r"
            document 0..8
            error 4..4 line 0: mapping values are not allowed in this context
            ",
        );
        check(
            "a: 1\nb\nc: 2\n",
            r"
            document 0..12
            error 5..6 line 3: could not find expected ':'
            ",
        );
        check(
            "a: \"x\nb: 1\n",
            r"
            document 0..11
            error 3..4 line 3: found unexpected end of stream
            ",
        );
        check(
            "a: [1, 2\nb: 1\n",
            r"
            document 0..14
            error 3..4 line 1: did not find expected ',' or ']'
            ",
        );
        check(
            "a:\n  b: 1\n c: 2\n",
            r"
            document 0..16
            error 11..11 line 2: did not find expected key
            ",
        );
        check(
            "a: @x\n",
            r"
            document 0..6
            error 3..3 line 0: found character that cannot start any token
            ",
        );
        check(
            "a: *x\n",
            r"
            document 0..6
            error 3..5 line 0: unknown anchor 'x' referenced
            ",
        );
        check(
            "a: &a [*a]\n",
            r"
            document 0..11
            error 7..9 line 0: anchor 'a' value contains itself
            ",
        );
        check(
            "a: {{ .Values.x }}\n",
            r#"
            document 0..19
            error 4..17 line 0: invalid map key: map[interface {}]interface {}{".Values.x":interface {}(nil)}
            "#,
        );
        check(
            "a: !!int x\n",
            r"
            document 0..11
            error 9..10 line 0: cannot decode !!str `x` as a !!int
            ",
        );
        check(
            "a: .inf\n",
            r"
            document 0..8
            error 3..7 line 0: json: unsupported value: +Inf
            ",
        );
        check(
            "a: 1\n\tb: 2\n",
            r"
            document 0..11
            error 5..5 line 2: found a tab character that violates indentation
            ",
        );
        check(
            "a: \"\\/\"\n",
            r"
            document 0..8
            error 4..4 line 0: found unknown escape character
            ",
        );
        check(
            "<<: 1\n",
            r"
            document 0..6
            error 4..5 line 0: map merge requires map or sequence of maps as the value
            ",
        );
        check(
            "a: \u{1}\n",
            r"
            document 0..5
            error 3..3 line 0: control characters are not allowed
            ",
        );
    }

    #[test]
    fn reading_goes_on_behind_errors() {
        check(
            "%YAML 1.2\n---\na: 1\n",
            r#"
            document 0..10
            document 10..19
             block map 14..18
            /a key 14..15 "a"
            /a plain 1 17..18 "1"
            error 0..0 line 0: found incompatible YAML document
            "#,
        );
        check(
            "a: b: c\nd: 1\ne: [1\nf: 2\ng: @\n---\nok: 1\n---\nx: {\n---\ny: *z\n",
            r#"
            document 0..29
            document 29..39
             block map 33..38
            /ok key 33..35 "ok"
            /ok plain 1 37..38 "1"
            document 39..48
            document 48..58
            error 4..4 line 0: mapping values are not allowed in this context
            error 16..17 line 3: did not find expected ',' or ']'
            error 27..27 line 5: found character that cannot start any token
            error 48..48 line 9: did not find expected node content
            error 55..57 line 0: unknown anchor 'z' referenced
            "#,
        );
        check(
            "a: 1\n  b: 2\nc: 'x\nd: 3\n",
            r"
            document 0..23
            error 8..8 line 2: mapping values are not allowed in this context
            error 15..16 line 5: found unexpected end of stream
            ",
        );
    }
}
