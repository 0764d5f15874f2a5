//! Sprig's functions of cryptography.
//!
//! Checksums, derived passwords and `decryptAES` are exact. Keys, certificates and salted hashes are stand-ins of the
//! right shape that depend on the place of the call only: no key made here is a key, and no hash fits its password.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::bytes::escape;
use crate::engine::text::OriginId;
use crate::engine::value::{Field, Kind, StructType, Value};

use super::aes::{Aes, BLOCK};
use super::arguments::{any, raw, str};
use super::encode::decode_base64;
use super::format::string_of;
use super::random::Sequence;
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] = &[
    ("adler32sum", adler32sum),
    ("bcrypt", bcrypt),
    ("buildCustomCert", build_custom_cert),
    ("decryptAES", decrypt_aes),
    ("derivePassword", super::password::derive_password),
    ("encryptAES", encrypt_aes),
    ("genCA", gen_certificate),
    ("genCAWithKey", gen_ca_with_key),
    ("genPrivateKey", gen_private_key),
    ("genSelfSignedCert", gen_self_signed),
    ("genSelfSignedCertWithKey", gen_self_signed_with_key),
    ("genSignedCert", gen_signed),
    ("genSignedCertWithKey", gen_signed_with_key),
    ("htpasswd", htpasswd),
    ("sha1sum", sha1sum),
    ("sha256sum", sha256sum),
    ("sha512sum", sha512sum),
];

type Outcome = Result<Value, Failure>;

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn sha1sum(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let sum = hexadecimal(&Sha1::digest(raw(args, 0)?));
    Ok(call.string(sum, args))
}

fn sha256sum(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let sum = hexadecimal(&Sha256::digest(raw(args, 0)?));
    Ok(call.string(sum, args))
}

fn sha512sum(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let sum = hexadecimal(&Sha512::digest(raw(args, 0)?));
    Ok(call.string(sum, args))
}

/// The checksum of RFC 1950, in decimal.
fn adler32sum(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    const MODULUS: u32 = 65_521;
    let (a, b) = raw(args, 0)?.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % MODULUS;
        (a, (b + a) % MODULUS)
    });
    Ok(call.string((b << 16 | a).to_string(), args))
}

/// Bytes of a password that bcrypt takes at most.
const MAX_BCRYPT: usize = 72;

/// A hash of bcrypt's form with Go's default cost, or the error that Sprig prints.
fn bcrypt_text(call: &Call<'_>, password: &str) -> String {
    const ALPHABET: &[u8] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    if password.len() > MAX_BCRYPT {
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
            .to_owned();
    }
    let mut sequence = Sequence::new(call);
    let hash: String = (0..53)
        .filter_map(|_| ALPHABET.get(sequence.below(ALPHABET.len() as u64) as usize))
        .map(|byte| char::from(*byte))
        .collect();
    format!("$2a$10${hash}")
}

fn bcrypt(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let hash = bcrypt_text(call, str(args, 0)?);
    Ok(call.string(hash, args))
}

fn htpasswd(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (user, password) = (str(args, 0)?, str(args, 1)?);
    if user.contains(':') {
        return Ok(call.string(format!("invalid username: {user}"), args));
    }
    let hash = bcrypt_text(call, password);
    Ok(call.string(format!("{user}:{hash}"), args))
}

/// The password cut or filled with zeros to the length of a key.
fn aes_of(password: &str) -> Aes {
    let mut key = [0; 32];
    for (byte, given) in key.iter_mut().zip(password.bytes()) {
        *byte = given;
    }
    Aes::new(&key)
}

fn encrypt_aes(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (password, text) = (str(args, 0)?, str(args, 1)?);
    if text.is_empty() {
        return Ok(call.string("", args));
    }
    let mut sequence = Sequence::new(call);
    let start: [u8; BLOCK] = std::array::from_fn(|_| sequence.below(256) as u8);
    let mut encrypted = start.to_vec();
    encrypted.extend(aes_of(password).encrypt(start, text.as_bytes()));
    Ok(call.string(STANDARD.encode(encrypted), args))
}

fn decrypt_aes(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (password, text) = (str(args, 0)?, str(args, 1)?);
    if text.is_empty() {
        return Ok(call.string("", args));
    }
    let encrypted = decode_base64(text.as_bytes())
        .map_err(|at| Failure::error(format!("illegal base64 data at input byte {at}")))?;
    let Some((start, blocks)) = encrypted.split_first_chunk::<BLOCK>() else {
        let capacity = text.len() / 4 * 3;
        return Err(Failure::error(format!(
            "runtime error: slice bounds out of range [:{BLOCK}] with capacity {capacity}"
        )));
    };
    if blocks.len() % BLOCK != 0 {
        return Err(Failure::error("crypto/cipher: input not full blocks"));
    }
    let plain = aes_of(password).decrypt(*start, blocks);
    let Some(fill) = plain.last() else {
        return Err(Failure::error("runtime error: index out of range [-1]"));
    };
    let Some(kept) = plain.len().checked_sub(usize::from(*fill)) else {
        let end = plain.len() as i64 - i64::from(*fill);
        return Err(Failure::error(format!("runtime error: slice bounds out of range [:{end}]")));
    };
    Ok(call.string(escape(plain.get(..kept).unwrap_or_default()), args))
}

/// Bytes that stand in for a DER structure of `len` bytes, in the lines of a PEM file.
fn pem(sequence: &mut Sequence, label: &str, len: usize) -> String {
    let mut bytes = vec![0x30, 0x82, (len >> 8) as u8, len as u8];
    bytes.extend((0..len).map(|_| sequence.below(256) as u8));
    let encoded = STANDARD.encode(bytes);
    let mut out = format!("-----BEGIN {label}-----\n");
    for (at, c) in encoded.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push_str("\n-----END ");
    out.push_str(label);
    out.push_str("-----\n");
    out
}

fn gen_private_key(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let ty = str(args, 0)?;
    let (label, len) = match ty {
        "" | "rsa" => ("RSA PRIVATE KEY", 2345),
        "dsa" => ("DSA PRIVATE KEY", 830),
        "ecdsa" => ("EC PRIVATE KEY", 117),
        "ed25519" => ("PRIVATE KEY", 44),
        _ => return Ok(call.string(format!("Unknown type {ty}"), args)),
    };
    let mut sequence = Sequence::new(call);
    let key = pem(&mut sequence, label, len);
    Ok(call.string(key, args))
}

/// `sprig.certificate`
fn certificate(call: &mut Call<'_>, args: &[Value], cert: &str, key: &str) -> Value {
    let fields = [("Cert", cert), ("Key", key)]
        .into_iter()
        .map(|(name, text)| Field {
            name,
            json: Some(name),
            omit_empty: false,
            value: call.string(text, args),
        })
        .collect();
    Value::structure(StructType::Certificate, fields, Value::NIL)
}

/// A certificate with the key that is given, or one of its own.
fn generated(call: &mut Call<'_>, args: &[Value], key: Option<&str>) -> Outcome {
    let mut sequence = Sequence::new(call);
    let cert = pem(&mut sequence, "CERTIFICATE", 780);
    let key = match key {
        Some(key) => {
            check_key(key)
                .map_err(|text| Failure::error(format!("parsing private key: {text}")))?;
            key.to_owned()
        }
        None => pem(&mut sequence, "RSA PRIVATE KEY", 1190),
    };
    Ok(certificate(call, args, &cert, &key))
}

/// What stands between the dashes of the first PEM block.
fn pem_label(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("\n-----END {label}-----"))?;
    decode_base64(body.trim().as_bytes()).ok()?;
    Some(label)
}

/// What Sprig's `parsePrivateKeyPEM` finds wrong outside of the key itself.
fn check_key(text: &str) -> Result<(), String> {
    let Some(label) = pem_label(text) else { return Err("no PEM data in input".to_owned()) };
    if label == "PRIVATE KEY" {
        return Ok(());
    }
    match label.strip_suffix(" PRIVATE KEY") {
        None => Err(format!("no private key data in PEM block of type {label}")),
        Some("RSA" | "EC" | "DSA") => Ok(()),
        Some(_) => Err(format!("invalid private key type {label}")),
    }
}

/// The addresses and names that a certificate is for: lists of strings (Sprig `getNetIPs`, `getAlternateDNSStrs`).
fn check_subjects(args: &[Value]) -> Result<(), Failure> {
    let items = |at: usize| {
        args.get(at).and_then(Value::as_list).map(|list| list.items.as_slice()).unwrap_or_default()
    };
    let shown = |item: &Value| string_of(item, OriginId::NONE);
    for item in items(1) {
        let Some(address) = item.as_str() else {
            let item = shown(item)?;
            return Err(Failure::error(format!(
                "error parsing ip: {} is not a string",
                item.as_str()
            )));
        };
        if address.parse::<IpAddr>().is_err() {
            return Err(Failure::error(format!("error parsing ip: {address}")));
        }
    }
    if let Some(item) = items(2).iter().find(|item| item.as_str().is_none()) {
        let item = shown(item)?;
        return Err(Failure::error(format!(
            "error processing alternate dns name: {} is not a string",
            item.as_str()
        )));
    }
    Ok(())
}

fn gen_certificate(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    generated(call, args, None)
}

fn gen_ca_with_key(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    generated(call, args, Some(str(args, 2)?))
}

fn gen_self_signed(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    check_subjects(args)?;
    generated(call, args, None)
}

fn gen_self_signed_with_key(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    check_subjects(args)?;
    generated(call, args, Some(str(args, 4)?))
}

fn gen_signed(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    check_signer(any(args, 4)?)?;
    check_subjects(args)?;
    generated(call, args, None)
}

fn gen_signed_with_key(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let key = str(args, 5)?;
    check_signer(any(args, 4)?)?;
    check_subjects(args)?;
    generated(call, args, Some(key))
}

/// A signer whose certificate is no PEM block.
fn check_signer(signer: &Value) -> Result<(), Failure> {
    let Kind::Struct(signer) = &signer.kind else { return Ok(()) };
    let cert = signer.fields.iter().find(|field| field.name == "Cert");
    match cert.and_then(|field| field.value.as_str()) {
        Some(text) if pem_label(text).is_some() => Ok(()),
        _ => Err(Failure::error("unable to decode certificate")),
    }
}

fn build_custom_cert(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let decoded = |at: usize, what: &str| {
        decode_base64(str(args, at)?.as_bytes())
            .map(|bytes| escape(&bytes).into_owned())
            .map_err(|_| Failure::error(format!("unable to decode base64 {what}")))
    };
    let (cert, key) = (decoded(0, "certificate")?, decoded(1, "private key")?);
    if pem_label(&cert).is_none() {
        return Err(Failure::error("unable to decode certificate"));
    }
    check_key(&key).map_err(|text| Failure::error(format!("error parsing private key: {text}")))?;
    Ok(certificate(call, args, &cert, &key))
}

#[cfg(test)]
mod tests {
    use super::super::recorded::{self, call};
    use super::*;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("crypto.jsonl");
    }

    #[track_caller]
    fn check(name: &str, args: &[&str], starts: &str, len: usize) {
        let args: Vec<Value> = args.iter().map(|arg| Value::plain(*arg)).collect();
        let made = call(name, &args).unwrap();
        let text = made.as_str().unwrap();
        assert!(text.starts_with(starts), "{text}");
        assert_eq!(text.len(), len, "{text}");
    }

    #[test]
    fn stand_ins_have_the_shape_of_the_real_ones() {
        check("bcrypt", &["secret"], "$2a$10$", 60);
        check("htpasswd", &["me", "secret"], "me:$2a$10$", 63);
        check("genPrivateKey", &["ed25519"], "-----BEGIN PRIVATE KEY-----\n", 119);
        check("encryptAES", &["key", "sixteen bytes or"], "", 64);
    }

    #[test]
    fn what_was_encrypted_is_decrypted() {
        let text = "näive text of more than one block";
        let encrypted = call("encryptAES", &[Value::plain("key"), Value::plain(text)]).unwrap();
        let decrypted = call("decryptAES", &[Value::plain("key"), encrypted]).unwrap();
        assert_eq!(decrypted.as_str(), Some(text));
    }

    #[test]
    fn a_generated_pair_can_be_built_again() {
        let made = call("genCA", &[Value::plain("ca"), Value::int(1)]).unwrap();
        let Kind::Struct(made) = &made.kind else { panic!("no certificate") };
        let encoded: Vec<Value> = made
            .fields
            .iter()
            .map(|field| Value::plain(STANDARD.encode(field.value.as_str().unwrap())))
            .collect();
        assert!(call("buildCustomCert", &encoded).is_ok());
    }
}
