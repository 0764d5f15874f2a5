//! `b64enc`, `b64dec`, `b32enc`, `b32dec`, with the errors of Go's `encoding/base64` and `encoding/base32`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bytes::escape;
use crate::engine::value::Value;

use super::arguments::raw;
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] =
    &[("b32dec", b32dec), ("b32enc", b32enc), ("b64dec", b64dec), ("b64enc", b64enc)];

type Outcome = Result<Value, Failure>;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn b64enc(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let encoded = STANDARD.encode(raw(args, 0)?);
    Ok(call.string(encoded, args))
}

/// The decoded bytes, or the error's text as Sprig gives it.
fn b64dec(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let decoded = match decode_base64(&raw(args, 0)?) {
        Ok(bytes) => escape(&bytes).into_owned(),
        Err(at) => format!("illegal base64 data at input byte {at}"),
    };
    Ok(call.string(decoded, args))
}

fn b32enc(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let text = raw(args, 0)?;
    let mut out = String::with_capacity(text.len().div_ceil(5) * 8);
    for chunk in text.chunks(5) {
        let bits = chunk
            .iter()
            .chain(&[0; 4])
            .take(5)
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let count = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let digit = (bits >> (35 - at * 5) & 31) as usize;
            out.push(if at < count { char::from(BASE32[digit]) } else { '=' });
        }
    }
    Ok(call.string(out, args))
}

fn b32dec(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let decoded = match decode_base32(&raw(args, 0)?) {
        Ok(bytes) => escape(&bytes).into_owned(),
        Err(at) => format!("illegal base32 data at input byte {at}"),
    };
    Ok(call.string(decoded, args))
}

fn base64_digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Go `base64.StdEncoding.DecodeString`: line ends are skipped, spare bits are not looked at.
///
/// The error is the offset that Go names.
pub(super) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let skip_line_ends = |mut at: usize| {
        while matches!(text.get(at), Some(b'\n' | b'\r')) {
            at += 1;
        }
        at
    };
    let (mut at, mut bits, mut count) = (0, 0_u32, 0_usize);
    while let Some(&byte) = text.get(at) {
        at += 1;
        if let Some(digit) = base64_digit(byte) {
            bits = bits << 6 | digit;
            count += 1;
            if count == 4 {
                out.extend(bits.to_be_bytes().into_iter().skip(1));
                (bits, count) = (0, 0);
            }
            continue;
        }
        match byte {
            b'\n' | b'\r' => continue,
            b'=' if count >= 2 => {}
            _ => return Err(at - 1),
        }
        if count == 2 {
            at = skip_line_ends(at);
            match text.get(at) {
                Some(b'=') => at += 1,
                Some(_) => return Err(at - 1),
                None => return Err(text.len()),
            }
        }
        at = skip_line_ends(at);
        if at < text.len() {
            return Err(at);
        }
        let bytes = (bits << (6 * (4 - count))).to_be_bytes();
        out.extend(bytes.into_iter().skip(1).take(count - 1));
        return Ok(out);
    }
    if count == 0 { Ok(out) } else { Err(text.len() - count) }
}

/// Go `base32.StdEncoding.DecodeString`; offsets do not count line ends.
fn decode_base32(text: &[u8]) -> Result<Vec<u8>, usize> {
    let bytes: Vec<u8> =
        text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let mut out = Vec::with_capacity(bytes.len() / 8 * 5);
    let (mut bits, mut count) = (0_u64, 0_usize);
    for (at, &byte) in bytes.iter().enumerate() {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        if byte == b'=' && count >= 2 && rest.len() < 8 {
            if rest.len() + count < 7 {
                return Err(bytes.len());
            }
            if let Some(wrong) = rest.iter().take(7 - count).position(|byte| *byte != b'=') {
                return Err(at + wrong);
            }
            if matches!(count, 3 | 6) {
                return Err(at);
            }
            let whole = (bits << (5 * (8 - count))).to_be_bytes();
            out.extend(whole.into_iter().skip(3).take(count * 5 / 8));
            return Ok(out);
        }
        let digit = BASE32.iter().position(|digit| *digit == byte).ok_or(at)?;
        bits = bits << 5 | digit as u64;
        count += 1;
        if count == 8 {
            out.extend(bits.to_be_bytes().into_iter().skip(3));
            (bits, count) = (0, 0);
        }
    }
    if count == 0 { Ok(out) } else { Err(bytes.len() - count) }
}

#[cfg(test)]
mod tests {
    use super::super::recorded;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("encode.jsonl");
    }
}
