//! What functions do to a condition.

use std::sync::Arc;

use crate::engine::functions::regex::is_match;
use crate::engine::machine::Machine;
use crate::engine::value::{Kind, Value};
use crate::values::Data;

use super::solve::{Scope, Term, as_truth, data_of};
use super::{Alternative, Assign, Comparison, Key, Obstacle, Want};

/// Texts that are tried where a regular expression is to match.
const SAMPLES: &[&str] = &[
    "x",
    "1",
    "true",
    "a-b",
    "1.2.3",
    "1.30",
    "v1.2.3",
    "10.0.0.1",
    "10.0.0.0/8",
    "example.com",
    "https://example.com",
    "/path",
    "a@example.com",
    "5m",
    "1Gi",
    "100m",
    "ABC",
    "a_b",
    "50%",
    "{{ x }}",
    "a=b",
    "a:b",
    "sha256:0000000000000000000000000000000000000000000000000000000000000000",
];

/// Functions whose result is their last argument in another form: what is wanted of the one is wanted of the other.
const SAME: &[&str] = &[
    "b64dec",
    "deepCopy",
    "float64",
    "int",
    "int64",
    "lower",
    "mustDeepCopy",
    "print",
    "quote",
    "squote",
    "title",
    "toString",
    "trim",
    "untitle",
    "upper",
    "toDecimal",
];

impl Machine<'_> {
    /// Alternatives for a call; `whole` is the call itself.
    pub(super) fn call_solved(
        &mut self,
        scope: &mut Scope<'_, '_>,
        name: &str,
        args: &[Term<'_>],
        whole: Term<'_>,
        want: &Want,
    ) -> Vec<Alternative> {
        let truth = as_truth(want);
        match (name, args) {
            ("empty" | "not", [one]) => match truth {
                Some(truth) => {
                    self.term(scope, *one, if truth { &Want::Falsy } else { &Want::Truthy })
                }
                None => Vec::new(),
            },
            ("and" | "all", _) => match truth {
                Some(true) => self.all_of(scope, args, true),
                Some(false) => self.any_of(scope, args, &Want::Falsy),
                None => args.last().map(|last| self.term(scope, *last, want)).unwrap_or_default(),
            },
            ("or" | "any", _) => match truth {
                Some(true) => self.any_of(scope, args, &Want::Truthy),
                Some(false) => self.all_of(scope, args, false),
                None => self.any_of(scope, args, want),
            },
            ("coalesce", _) => match truth {
                Some(false) => self.all_of(scope, args, false),
                _ => self.any_of(scope, args, want),
            },
            ("default", [other, given]) => match truth {
                Some(false) => self.all_of(scope, &[*given, *other], false),
                Some(true) => {
                    let want = self.like(scope, *other);
                    self.any_of(scope, &[*given, *other], &want)
                }
                None => self.any_of(scope, &[*given, *other], want),
            },
            ("eq", [first, others @ ..]) => self.equal(scope, *first, others, truth),
            ("ne", [first, other]) => {
                self.equal(scope, *first, &[*other], truth.map(|truth| !truth))
            }
            ("deepEqual", [first, other]) => self.equal(scope, *first, &[*other], truth),
            ("lt" | "le" | "gt" | "ge", [left, right]) => {
                self.compared(scope, name, *left, *right, truth)
            }
            ("hasKey", [map, key]) => {
                let found = match truth {
                    Some(true) => Want::Present,
                    Some(false) => Want::Absent,
                    None => return Vec::new(),
                };
                self.keyed(scope, *map, &[*key], &found)
            }
            ("get" | "index", [map, keys @ ..]) if !keys.is_empty() => {
                self.keyed(scope, *map, keys, want)
            }
            ("dig", [keys @ .., other, map]) if !keys.is_empty() => {
                let keys = keys.to_vec();
                let want =
                    if truth == Some(true) { self.like(scope, *other) } else { want.clone() };
                self.keyed(scope, *map, &keys, &want)
            }
            ("kindIs" | "typeIs" | "typeIsLike", [kind, value]) => {
                self.of_kind(scope, *kind, *value, truth)
            }
            ("kindOf" | "typeOf", [value]) => match want {
                Want::Equal(Data::Str(kind)) => {
                    self.term(scope, *value, &Want::Kind(kind_name(kind)))
                }
                Want::Differs(kinds) => match kinds.first() {
                    Some(Data::Str(kind)) => {
                        self.term(scope, *value, &Want::NotKind(kind_name(kind)))
                    }
                    _ => Vec::new(),
                },
                _ => Vec::new(),
            },
            ("printf", [format, value]) if self.is_type_verb(scope, *format) => {
                self.call_solved(scope, "typeOf", &[*value], whole, want)
            }
            ("len", [value]) => match want {
                Want::Compare(Comparison::More, than) => {
                    self.term(scope, *value, &Want::Length(*than as usize + 1))
                }
                Want::Compare(Comparison::AtLeast, than) => {
                    self.term(scope, *value, &Want::Length(*than as usize))
                }
                Want::Equal(Data::Float(0.0)) | Want::Compare(..) => {
                    self.term(scope, *value, &Want::Falsy)
                }
                Want::Equal(Data::Float(length)) => {
                    self.term(scope, *value, &Want::Length(*length as usize))
                }
                Want::Differs(_) => self.term(scope, *value, &Want::Truthy),
                other => self.term(scope, *value, other),
            },
            ("has", [item, list]) => self.holding(scope, *item, *list, truth, false),
            ("contains", [part, text]) => self.holding(scope, *part, *text, truth, true),
            ("hasPrefix" | "hasSuffix", [part, text]) => {
                let Some(part) = self.value_of(scope, *part).as_ref().and_then(data_of) else {
                    return Vec::new();
                };
                match truth {
                    Some(true) => self.term(scope, *text, &Want::Contains(part)),
                    Some(false) => self.term(scope, *text, &Want::Lacks(part)),
                    None => Vec::new(),
                }
            }
            ("regexMatch" | "mustRegexMatch", [pattern, text]) => {
                self.matching(scope, *pattern, *text, truth)
            }
            ("semverCompare", [range, version]) => {
                let Some(range) = self.value_of(scope, *range) else { return Vec::new() };
                let Some(range) = range.as_text().map(|text| Arc::clone(text.shared())) else {
                    return Vec::new();
                };
                match truth {
                    Some(true) => self.term(scope, *version, &Want::InRange(range)),
                    Some(false) => self.term(scope, *version, &Want::OutOfRange(range)),
                    None => Vec::new(),
                }
            }
            ("ternary", [yes, no, condition]) => self.chosen(scope, [*yes, *no], *condition, want),
            ("required", [_, value]) => self.term(scope, *value, want),
            ("include" | "tpl", [_, _]) => self.printed(scope, name, args, whole, want),
            ("lookup", _) => {
                self.obstacle(Obstacle::Lookup);
                Vec::new()
            }
            (name, [.., last]) if SAME.contains(&name) => self.term(scope, *last, want),
            _ => self.of_any(scope, args, whole, want),
        }
    }

    fn is_type_verb(&mut self, scope: &mut Scope<'_, '_>, format: Term<'_>) -> bool {
        self.value_of(scope, format).is_some_and(|format| format.as_str() == Some("%T"))
    }

    /// Truth, of the kind that stands in where nothing is given.
    fn like(&mut self, scope: &mut Scope<'_, '_>, other: Term<'_>) -> Want {
        match self.value_of(scope, other).map(|value| value.kind) {
            Some(Kind::Bool(_)) => Want::Boolean,
            Some(Kind::Int(..) | Kind::Float(_)) => Want::Number,
            _ => Want::Truthy,
        }
    }

    /// `eq` with several: any of them may be equal to the first.
    fn equal(
        &mut self,
        scope: &mut Scope<'_, '_>,
        first: Term<'_>,
        others: &[Term<'_>],
        truth: Option<bool>,
    ) -> Vec<Alternative> {
        let Some(truth) = truth else { return Vec::new() };
        let value = self.value_of(scope, first);
        let mut found = Vec::new();
        let mut known = Vec::new();
        for other in others {
            let right = self.value_of(scope, *other);
            if let Some(data) = right.as_ref().and_then(data_of) {
                if truth {
                    found.extend(self.term(scope, first, &Want::Equal(data)));
                } else {
                    known.push(data);
                }
            }
            // The other way round: `eq "x" .Values.y`.
            if let Some(data) = value.as_ref().and_then(data_of) {
                let want = if truth { Want::Equal(data) } else { Want::Differs(vec![data]) };
                found.extend(self.term(scope, *other, &want));
            }
        }
        if !known.is_empty() {
            let mut direct = self.term(scope, first, &Want::Differs(known));
            direct.extend(found);
            return direct;
        }
        found
    }

    fn compared(
        &mut self,
        scope: &mut Scope<'_, '_>,
        name: &str,
        left: Term<'_>,
        right: Term<'_>,
        truth: Option<bool>,
    ) -> Vec<Alternative> {
        use Comparison::{AtLeast, AtMost, Less, More};
        let Some(truth) = truth else { return Vec::new() };
        let (of_left, of_right) = match (name, truth) {
            ("lt", true) | ("ge", false) => (Less, More),
            ("le", true) | ("gt", false) => (AtMost, AtLeast),
            ("gt", true) | ("le", false) => (More, Less),
            _ => (AtLeast, AtMost),
        };
        let mut found = Vec::new();
        if let Some(than) = self.value_of(scope, right).as_ref().and_then(number_of) {
            found.extend(self.term(scope, left, &Want::Compare(of_left, than)));
        }
        if let Some(than) = self.value_of(scope, left).as_ref().and_then(number_of) {
            found.extend(self.term(scope, right, &Want::Compare(of_right, than)));
        }
        found
    }

    /// A key of a mapping that is named by arguments: `index .Values "a" "b"`.
    fn keyed(
        &mut self,
        scope: &mut Scope<'_, '_>,
        map: Term<'_>,
        keys: &[Term<'_>],
        want: &Want,
    ) -> Vec<Alternative> {
        let Some(map) = self.value_of(scope, map) else { return Vec::new() };
        let Some(Key::Value(mut path)) = self.key_of(self.memory_of(&map)) else {
            return Vec::new();
        };
        for key in keys {
            match self.value_of(scope, *key).map(|value| value.kind) {
                Some(Kind::Str(text)) => path.push(Arc::clone(text.shared())),
                Some(Kind::Int(index, _)) => path.push(Arc::from(index.to_string())),
                _ => return Vec::new(),
            }
        }
        vec![vec![Assign { key: Key::Value(path), want: want.clone() }]]
    }

    fn of_kind(
        &mut self,
        scope: &mut Scope<'_, '_>,
        kind: Term<'_>,
        value: Term<'_>,
        truth: Option<bool>,
    ) -> Vec<Alternative> {
        let Some(kind) = self.value_of(scope, kind) else { return Vec::new() };
        let Some(kind) = kind.as_str().map(kind_name) else { return Vec::new() };
        match truth {
            Some(true) => self.term(scope, value, &Want::Kind(kind)),
            Some(false) => self.term(scope, value, &Want::NotKind(kind)),
            None => Vec::new(),
        }
    }

    /// `has` and `contains`.
    fn holding(
        &mut self,
        scope: &mut Scope<'_, '_>,
        part: Term<'_>,
        whole: Term<'_>,
        truth: Option<bool>,
        is_text: bool,
    ) -> Vec<Alternative> {
        let Some(truth) = truth else { return Vec::new() };
        let mut found = Vec::new();
        if let Some(part) = self.value_of(scope, part).as_ref().and_then(data_of) {
            let want = match (truth, is_text) {
                (true, true) => Want::Contains(part),
                (true, false) => Want::Holds(part),
                (false, _) => Want::Lacks(part),
            };
            found.extend(self.term(scope, whole, &want));
        }
        // `has .Values.mode (list "a" "b")`: the part may be what can be changed.
        let items: Vec<Data> = match self.value_of(scope, whole).map(|value| value.kind) {
            Some(Kind::List(list)) => list.items.iter().filter_map(data_of).collect(),
            Some(Kind::Str(text)) if is_text => vec![Data::Str(Arc::clone(text.shared()))],
            _ => Vec::new(),
        };
        if truth {
            for item in items.into_iter().take(2) {
                found.extend(self.term(scope, part, &Want::Equal(item)));
            }
        } else if !items.is_empty() {
            found.extend(self.term(scope, part, &Want::Differs(items)));
        }
        found
    }

    fn matching(
        &mut self,
        scope: &mut Scope<'_, '_>,
        pattern: Term<'_>,
        text: Term<'_>,
        truth: Option<bool>,
    ) -> Vec<Alternative> {
        let Some(truth) = truth else { return Vec::new() };
        let Some(pattern) = self.value_of(scope, pattern) else { return Vec::new() };
        let Some(pattern) = pattern.as_str() else { return Vec::new() };
        let fitting = SAMPLES.iter().filter(|sample| is_match(pattern, sample) == Some(truth));
        let fitting: Vec<Data> =
            fitting.take(2).map(|sample| Data::Str(Arc::from(*sample))).collect();
        fitting
            .into_iter()
            .flat_map(|sample| self.term(scope, text, &Want::Contains(sample)))
            .collect()
    }

    fn chosen(
        &mut self,
        scope: &mut Scope<'_, '_>,
        sides: [Term<'_>; 2],
        condition: Term<'_>,
        want: &Want,
    ) -> Vec<Alternative> {
        let mut found = Vec::new();
        for (side, truth) in sides.into_iter().zip([Want::Truthy, Want::Falsy]) {
            let fits = self.value_of(scope, side).is_some_and(|value| satisfied(&value, want));
            if fits {
                found.extend(self.term(scope, condition, &truth));
            } else {
                found.extend(self.term(scope, side, want));
            }
        }
        found
    }

    /// `include` and `tpl`: what they print, and what decides what they print.
    fn printed(
        &mut self,
        scope: &mut Scope<'_, '_>,
        name: &str,
        args: &[Term<'_>],
        whole: Term<'_>,
        want: &Want,
    ) -> Vec<Alternative> {
        let (value, found) = self.collected(scope, whole, want);
        let mut direct = Vec::new();
        if name == "tpl" {
            if let Some(text) = args.first() {
                direct.extend(self.term(scope, *text, want));
            }
        } else if let Some(value) = value {
            // A text that shows one value from end to end is what that value is.
            direct.extend(self.assign(&value, want));
        }
        direct.extend(found);
        direct
    }

    /// A function that only has truth in common with its arguments.
    fn of_any(
        &mut self,
        scope: &mut Scope<'_, '_>,
        args: &[Term<'_>],
        whole: Term<'_>,
        want: &Want,
    ) -> Vec<Alternative> {
        let mut found = match as_truth(want) {
            Some(true) => self.any_of(scope, args, &Want::Truthy),
            Some(false) => {
                let all = self.all_of(scope, args, false);
                if all.is_empty() { self.any_of(scope, args, &Want::Falsy) } else { all }
            }
            None => Vec::new(),
        };
        if found.is_empty()
            && let Some(value) = self.value_of(scope, whole)
            && (as_truth(want).is_some() || value.memory.is_some())
        {
            found = self.assign(&value, want);
        }
        found
    }
}

/// Whether a value is already what is wanted, as far as that is easily told.
fn satisfied(value: &Value, want: &Want) -> bool {
    match want {
        Want::Truthy => value.truth(),
        Want::Falsy => !value.truth(),
        Want::Equal(data) => data_of(value).as_ref() == Some(data),
        Want::Differs(not) => data_of(value).is_none_or(|data| !not.contains(&data)),
        _ => false,
    }
}

fn number_of(value: &Value) -> Option<f64> {
    match &value.kind {
        Kind::Int(number, _) => Some(*number as f64),
        Kind::Float(number) => Some(*number),
        Kind::Str(text) => text.as_str().parse().ok(),
        _ => None,
    }
}

/// `kindOf`'s name of what `typeOf` names in Go.
fn kind_name(name: &str) -> Arc<str> {
    Arc::from(match name {
        "map[string]interface {}" => "map",
        "[]interface {}" => "slice",
        "<nil>" => "invalid",
        other => other,
    })
}
