//! `derivePassword`: the Master Password algorithm, as Sprig has it (`crypto.go`).

use hmac::{Hmac, KeyInit as _, Mac as _};
use scrypt::{Params, scrypt};
use sha2::Sha256;

use crate::engine::value::Value;

use super::arguments::{int, raw, str};
use super::{Call, Failure};

const SEED: &[u8] = b"com.lyndir.masterpassword";

/// scrypt's cost: 2 to the power of this, which takes 32 MiB.
const LOG_N: u8 = 15;
const BLOCK_SIZE: u32 = 8;
const PARALLEL: u32 = 2;
const KEY_BYTES: usize = 64;

/// The forms of each type of password; the first byte of the seed chooses one.
const FORMS: &[(&str, &[&str])] = &[
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

/// The characters that a letter of a form stands for.
const fn class(letter: u8) -> &'static [u8] {
    match letter {
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        b'x' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
    }
}

/// Arguments: counter, type, password, user, site.
pub(super) fn derive_password(call: &mut Call<'_>, args: &[Value]) -> Result<Value, Failure> {
    let ty = str(args, 1)?;
    let Some((_, forms)) = FORMS.iter().find(|(name, _)| *name == ty) else {
        return Ok(call.string(format!("cannot find password template {ty}"), args));
    };
    let counter = int(args, 0)? as u32;
    let (password, user, site) = (raw(args, 2)?, raw(args, 3)?, raw(args, 4)?);
    let derived = derive(counter, forms, &password, &user, &site);
    Ok(call.string(derived.map_err(Failure::error)?, args))
}

fn derive(
    counter: u32,
    forms: &[&str],
    password: &[u8],
    user: &[u8],
    site: &[u8],
) -> Result<String, String> {
    let mut key = [0; KEY_BYTES];
    let params = Params::new(LOG_N, BLOCK_SIZE, PARALLEL).map_err(|error| error.to_string())?;
    scrypt(password, &salted(user), &params, &mut key).map_err(|error| error.to_string())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| error.to_string())?;
    mac.update(&salted(site));
    mac.update(&counter.to_be_bytes());
    let seed = mac.finalize().into_bytes();
    let pick = |from: &[u8], at: usize| {
        let byte = seed.get(at).copied().map_or(0, usize::from);
        from.get(byte % from.len().max(1)).copied().map_or('\0', char::from)
    };
    let first = seed.first().copied().map_or(0, usize::from);
    let form = forms.get(first % forms.len().max(1)).copied().unwrap_or_default();
    Ok(form.bytes().enumerate().map(|(at, letter)| pick(class(letter), at + 1)).collect())
}

fn salted(text: &[u8]) -> Vec<u8> {
    [SEED, &(text.len() as u32).to_be_bytes(), text].concat()
}
