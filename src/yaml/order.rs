//! go-yaml's order of keys: letters behind everything else, numbers by their value (sorter.go).

use std::borrow::Cow;

use super::emit::Scalar;
use super::write::{Dialect, Ready};

/// The entries in the order in which they are written.
///
/// A merge sort by hand: go-yaml's order is not a total one for all keys, at which the standard library may panic.
pub(super) fn sorted<'a>(
    entries: Vec<(Scalar<'a>, Ready<'a>)>,
    dialect: Dialect,
) -> Vec<(Scalar<'a>, Ready<'a>)> {
    let in_order = entries.windows(2).all(|pair| match pair {
        [(first, _), (second, _)] => !less(&second.text, &first.text, dialect),
        _ => true,
    });
    if in_order {
        return entries;
    }
    let keys: Vec<Cow<'_, str>> = entries.iter().map(|(key, _)| key.text.clone()).collect();
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let mut merged = Vec::with_capacity(order.len());
    let mut width = 1;
    while width < order.len() {
        merged.clear();
        for pair in order.chunks(width * 2) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
                let swap = match (keys.get(*second), keys.get(*first)) {
                    (Some(second), Some(first)) => less(second, first, dialect),
                    _ => false,
                };
                if swap {
                    merged.push(*second);
                    right = right_rest;
                } else {
                    merged.push(*first);
                    left = left_rest;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        std::mem::swap(&mut order, &mut merged);
        width *= 2;
    }
    let mut places = vec![0; order.len()];
    for (place, index) in order.iter().enumerate() {
        if let Some(slot) = places.get_mut(*index) {
            *slot = place;
        }
    }
    let mut placed: Vec<_> = places.into_iter().zip(entries).collect();
    placed.sort_unstable_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, entry)| entry).collect()
}

fn less(a: &str, b: &str, dialect: Dialect) -> bool {
    let differ = a.bytes().zip(b.bytes()).position(|(a, b)| a != b);
    let Some(mut at) = differ else {
        return a.len() < b.len();
    };
    while !a.is_char_boundary(at) || !b.is_char_boundary(at) {
        at -= 1;
    }
    let (same, a_rest) = a.split_at_checked(at).unwrap_or((a, ""));
    let b_rest = b.get(at..).unwrap_or("");
    let (Some(a_char), Some(b_char)) = (a_rest.chars().next(), b_rest.chars().next()) else {
        return a.len() < b.len();
    };
    let (a_letter, b_letter) = (is_letter(a_char), is_letter(b_char));
    if a_letter && b_letter {
        return a_char < b_char;
    }
    if a_letter || b_letter {
        let in_number = dialect == Dialect::Pretty && same.ends_with(is_digit);
        return if in_number { a_letter } else { b_letter };
    }
    // A zero within a number that began before counts as a digit, not as a leading zero.
    let within = (a_char == '0' || b_char == '0')
        && same.chars().rev().take_while(|c| is_digit(*c)).any(|c| c != '0');
    let (a_number, a_digits) = number(a_rest, within);
    let (b_number, b_digits) = number(b_rest, within);
    (a_number, a_digits, a_char) < (b_number, b_digits, b_char)
}

/// The number at the start of `text` and how many digits it has; too large ones wrap as Go's `int64` does.
fn number(text: &str, within: bool) -> (i64, usize) {
    let mut value = i64::from(within);
    let mut digits = 0;
    for c in text.chars().take_while(|c| is_digit(*c)) {
        value = value.wrapping_mul(10).wrapping_add(i64::from(u32::from(c)) - i64::from(b'0'));
        digits += 1;
    }
    (value, digits)
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic()
}

const fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}
