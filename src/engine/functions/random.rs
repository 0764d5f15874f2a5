//! Stand-ins for Sprig's random functions: results of the right shape that depend on the place of the call only.
//!
//! A linter that gave different reports for the same chart would be of no use, so nothing here is random.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::engine::value::Value;

use super::arguments::{decoded, fits, int};
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("randAlpha", rand_alpha),
    ("randAlphaNum", rand_alpha_num),
    ("randAscii", rand_ascii),
    ("randBytes", rand_bytes),
    ("randNumeric", rand_numeric),
    ("shuffle", shuffle),
    ("uuidv4", uuidv4),
];

type Outcome = Result<Value, Failure>;

/// A sequence of numbers that looks random (Marsaglia's xorshift).
pub(super) struct Sequence(u64);

impl Sequence {
    /// The sequence of this call; other calls have other sequences.
    pub(super) fn new(call: &Call<'_>) -> Self {
        let place = u64::from(call.node.range.start) << 20 | u64::from(call.node.range.end);
        Self(place.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number, below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % bound.max(1)
    }
}

/// `count` characters; none where `count` is negative, as goutils gives.
fn characters(
    call: &mut Call<'_>,
    args: &[Value],
    bound: u64,
    character: impl Fn(u8) -> u8,
) -> Outcome {
    let count = usize::try_from(int(args, 0)?).unwrap_or(0);
    fits(count)?;
    let mut sequence = Sequence::new(call);
    let text: String =
        (0..count).map(|_| char::from(character(sequence.below(bound) as u8))).collect();
    Ok(call.string(text, args))
}

const fn letter(at: u8) -> u8 {
    if at < 26 { b'a' + at } else { b'A' + at - 26 }
}

fn rand_alpha(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    characters(call, args, 52, letter)
}

fn rand_alpha_num(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    characters(call, args, 62, |at| if at < 52 { letter(at) } else { b'0' + at - 52 })
}

fn rand_numeric(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    characters(call, args, 10, |at| b'0' + at)
}

fn rand_ascii(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    characters(call, args, 95, |at| b' ' + at)
}

fn rand_bytes(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let Ok(count) = usize::try_from(int(args, 0)?) else {
        return Err(Failure::error("runtime error: makeslice: len out of range"));
    };
    fits(count)?;
    let mut sequence = Sequence::new(call);
    let bytes: Vec<u8> = (0..count).map(|_| sequence.below(256) as u8).collect();
    Ok(call.string(STANDARD.encode(bytes), args))
}

fn shuffle(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let mut characters: Vec<char> = decoded(args, 0)?.as_str().chars().collect();
    let mut sequence = Sequence::new(call);
    for at in (1..characters.len()).rev() {
        characters.swap(at, sequence.below(at as u64 + 1) as usize);
    }
    Ok(call.string(characters.into_iter().collect::<String>(), args))
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of an Implementation")]
fn uuidv4(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let mut sequence = Sequence::new(call);
    let uuid: String = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx"
        .chars()
        .map(|c| match c {
            'x' => char::from_digit(sequence.below(16) as u32, 16).unwrap_or('0'),
            'y' => char::from_digit(8 + sequence.below(4) as u32, 16).unwrap_or('8'),
            _ => c,
        })
        .collect();
    Ok(call.string(uuid, args))
}

#[cfg(test)]
mod tests {
    use super::super::recorded::call;
    use super::*;

    #[track_caller]
    fn check(name: &str, argument: Value, len: usize, allowed: fn(char) -> bool) {
        let args = if name == "uuidv4" { vec![] } else { vec![argument] };
        let first = call(name, &args).unwrap();
        let text = first.as_str().unwrap();
        assert_eq!(text.chars().count(), len, "{text}");
        assert!(text.chars().all(allowed), "{text}");
        assert_eq!(call(name, &args).unwrap().as_str(), Some(text));
    }

    #[test]
    fn results_have_the_shape_of_the_real_ones() {
        check("randAlpha", Value::int(12), 12, |c| c.is_ascii_alphabetic());
        check("randAlphaNum", Value::int(40), 40, |c| c.is_ascii_alphanumeric());
        check("randNumeric", Value::int(7), 7, |c| c.is_ascii_digit());
        check("randAscii", Value::int(30), 30, |c| (' '..='~').contains(&c));
        check("randAlpha", Value::int(-1), 0, |_| false);
        check("randBytes", Value::int(16), 24, |c| c.is_ascii_graphic());
        check("uuidv4", Value::NIL, 36, |c| c == '-' || c.is_ascii_hexdigit());
        check("shuffle", Value::plain("aébé"), 4, |c| matches!(c, 'a' | 'b' | 'é'));
    }
}
