//! `urlParse`, `urlJoin` and `getHostByName`, as Go's `net/url` takes addresses apart.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv6Addr;
use std::sync::Arc;

use crate::bytes;
use crate::engine::value::{Kind, Value};

use super::arguments::{any, str};
use super::verbs::quote_with;
use super::{Call, Failure, Implementation};

pub(super) static FUNCTIONS: &[(&str, Implementation)] =
    &[("getHostByName", get_host_by_name), ("urlJoin", url_join), ("urlParse", url_parse)];

type Outcome = Result<Value, Failure>;

/// The part of an address that is escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    UserPassword,
    Fragment,
}

/// A part that was escaped, and how it stood there if that is not the usual way.
#[derive(Default)]
struct Escaped {
    plain: Vec<u8>,
    raw: Option<String>,
}

/// Go `url.URL`.
#[derive(Default)]
struct Address {
    scheme: String,
    opaque: String,
    /// Name and password, escaped again.
    user: Option<String>,
    host: Vec<u8>,
    path: Escaped,
    query: String,
    fragment: Escaped,
}

/// The scheme of an address, empty if it has none; nothing if Go's `url.Parse` refuses the address.
pub fn scheme_of(text: &str) -> Option<String> {
    parse(text).ok().map(|address| address.scheme)
}

/// Helm gives an empty string unless it was told to ask the network.
#[expect(clippy::unnecessary_wraps, reason = "the signature of an Implementation")]
fn get_host_by_name(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(call.string("", args))
}

fn url_parse(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let address = parse(str(args, 0)?)
        .map_err(|text| Failure::error(format!("unable to parse url: {text}")))?;
    let hostname = address.hostname();
    let parts = [
        ("fragment", bytes::escape(&address.fragment.plain).into_owned()),
        ("host", bytes::escape(&address.host).into_owned()),
        ("hostname", hostname),
        ("opaque", address.opaque),
        ("path", bytes::escape(&address.path.plain).into_owned()),
        ("query", address.query),
        ("scheme", address.scheme),
        ("userinfo", address.user.unwrap_or_default()),
    ];
    let entries: BTreeMap<Arc<str>, Value> =
        parts.into_iter().map(|(name, text)| (Arc::from(name), call.string(text, args))).collect();
    Ok(Value::map(entries))
}

fn url_join(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    // Go's nil map has nothing in it.
    let map = any(args, 0)?.as_map().map(|map| map.entries.borrow());
    let part = |name: &str| match map.as_ref().and_then(|map| map.get(name)).map(|v| &v.kind) {
        None => Ok(String::new()),
        Some(Kind::Str(text)) => Ok(text.as_str().to_owned()),
        Some(Kind::Nil) => {
            Err(Failure::error("runtime error: invalid memory address or nil pointer dereference"))
        }
        Some(other) => {
            let kind = Value::new(other.clone()).kind_name();
            Err(Failure::error(format!(
                "unable to parse {name} key, must be of type string, but {kind} found"
            )))
        }
    };
    let mut address = Address {
        scheme: part("scheme")?,
        host: part("host")?.into_bytes(),
        path: Escaped { plain: part("path")?.into_bytes(), raw: None },
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: Escaped { plain: part("fragment")?.into_bytes(), raw: None },
        user: None,
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let parsed = parse(&format!("proto://{user}@host"))
            .map_err(|text| Failure::error(format!("unable to parse userinfo in dict: {text}")))?;
        address.user = parsed.user;
    }
    Ok(call.string(address.text(), args))
}

/// Go `shouldEscape`, turned around.
fn stays(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
        return true;
    }
    match part {
        Part::Host | Part::Zone => b"!$&'()*+,;=:[]<>\"".contains(&byte),
        Part::Path => b"$&+,/:;=@".contains(&byte),
        Part::UserPassword => b"$&+,;=".contains(&byte),
        Part::Fragment => b"$&+,/:;=?@!()*".contains(&byte),
    }
}

fn escape(bytes: &[u8], part: Part) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if stays(*byte, part) {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn hexadecimal(byte: Option<&u8>) -> Option<u8> {
    byte.and_then(|byte| char::from(*byte).to_digit(16)).map(|digit| digit as u8)
}

fn unescape(text: &str, part: Part) -> Result<Vec<u8>, String> {
    let bytes = bytes::unescape(text);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'%' {
            if matches!(part, Part::Host | Part::Zone) && byte.is_ascii() && !stays(byte, part) {
                let shown = quote_with(&char::from(byte).to_string(), '"', false);
                return Err(format!("invalid character {shown} in host name"));
            }
            out.push(byte);
            at += 1;
            continue;
        }
        let (high, low) = (hexadecimal(bytes.get(at + 1)), hexadecimal(bytes.get(at + 2)));
        let wrong = || {
            let end = bytes.len().min(at + 3);
            format!("invalid URL escape {}", quote_bytes(bytes.get(at..end).unwrap_or_default()))
        };
        let (Some(high), Some(low)) = (high, low) else { return Err(wrong()) };
        let value = high << 4 | low;
        // Hosts escape only what is not ASCII, and `%25` before a zone.
        let refused = match part {
            Part::Host => high < 8 && value != b'%',
            Part::Zone => value != b'%' && value != b' ' && !stays(value, Part::Host),
            _ => false,
        };
        if refused {
            return Err(wrong());
        }
        out.push(value);
        at += 3;
    }
    Ok(out)
}

/// Go `strconv.Quote` of bytes that may end within a character.
fn quote_bytes(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        let quoted = quote_with(chunk.valid(), '"', false);
        out.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

fn unescaped(text: &str, part: Part) -> Result<Escaped, String> {
    let plain = unescape(text, part)?;
    let raw = (escape(&plain, part) != text).then(|| text.to_owned());
    Ok(Escaped { plain, raw })
}

impl Escaped {
    /// As it stood, if that is a right way to escape it, else escaped in the usual way.
    fn text(&self, part: Part) -> String {
        let right = |byte: u8| b"!$&'()*+,;=:@[]%".contains(&byte) || stays(byte, part);
        match &self.raw {
            Some(raw) if raw.bytes().all(right) => raw.clone(),
            _ if part == Part::Path && self.plain == b"*" => "*".to_owned(),
            _ => escape(&self.plain, part),
        }
    }
}

fn parse(text: &str) -> Result<Address, String> {
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let error =
        |whole: &str, error: String| format!("parse {}: {error}", quote_with(whole, '"', false));
    let mut address = parse_without_fragment(before).map_err(|fault| error(before, fault))?;
    if !fragment.is_empty() {
        address.fragment =
            unescaped(fragment, Part::Fragment).map_err(|fault| error(text, fault))?;
    }
    Ok(address)
}

fn parse_without_fragment(text: &str) -> Result<Address, String> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut address = Address::default();
    if text == "*" {
        address.path.plain = b"*".to_vec();
        return Ok(address);
    }
    let (scheme, rest) = split_scheme(text)?;
    address.scheme = scheme.to_ascii_lowercase();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    query.clone_into(&mut address.query);
    if !rest.starts_with('/') {
        if !address.scheme.is_empty() {
            rest.clone_into(&mut address.opaque);
            return Ok(address);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let mut path = rest;
    if let Some(after) = rest.strip_prefix("//")
        && (!address.scheme.is_empty() || !rest.starts_with("///"))
    {
        let slash = after.find('/').unwrap_or(after.len());
        let (authority, rest) = after.split_at(slash);
        path = rest;
        (address.user, address.host) = parse_authority(&address.scheme, authority)?;
    }
    address.path = unescaped(path, Part::Path)?;
    Ok(address)
}

fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => {
                let (scheme, rest) = text.split_at(at);
                return Ok((scheme, rest.get(1..).unwrap_or_default()));
            }
            _ => break,
        }
    }
    Ok(("", text))
}

fn parse_authority(scheme: &str, authority: &str) -> Result<(Option<String>, Vec<u8>), String> {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let host = parse_host(scheme, host)?;
    let Some(user) = user else { return Ok((None, host)) };
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || c.is_ascii() && "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let again =
        |text| unescape(text, Part::UserPassword).map(|text| escape(&text, Part::UserPassword));
    let user = match user.split_once(':') {
        Some((name, password)) => format!("{}:{}", again(name)?, again(password)?),
        None => again(user)?,
    };
    Ok((Some(user), host))
}

fn is_optional_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn check_port(text: &str) -> Result<(), String> {
    if is_optional_port(text) {
        return Ok(());
    }
    Err(format!("invalid port {} after host", quote_with(text, '"', false)))
}

fn parse_host(scheme: &str, host: &str) -> Result<Vec<u8>, String> {
    match host.rfind('[') {
        Some(0) => return parse_bracketed(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    // Only the web's own schemes forbid further colons: databases list hosts with them.
    let strict = matches!(scheme, "http" | "https");
    if let Some(colon) = if strict { host.find(':') } else { host.rfind(':') } {
        check_port(host.get(colon..).unwrap_or_default())?;
    }
    unescape(host, Part::Host)
}

/// An IPv6 address in brackets, with zone and port.
fn parse_bracketed(host: &str) -> Result<Vec<u8>, String> {
    let Some((name, port)) = host.get(1..).and_then(|rest| rest.rsplit_once(']')) else {
        return Err("missing ']' in host".to_owned());
    };
    check_port(port)?;
    let plain = match name.find("%25") {
        Some(at) => {
            let (address, zone) = name.split_at(at);
            let mut plain = unescape(address, Part::Host)?;
            plain.extend(unescape(zone, Part::Zone)?);
            plain
        }
        None => unescape(name, Part::Host)?,
    };
    let shown = bytes::escape(&plain);
    let (address, zone) = shown.split_once('%').unwrap_or((&shown, "-"));
    if address.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".to_owned());
    }
    if address.parse::<Ipv6Addr>().is_err() || zone.is_empty() {
        let shown = quote_with(&shown, '"', false);
        return Err(format!("invalid host: ParseAddr({shown}): unable to parse IP"));
    }
    Ok([b"[".as_slice(), &plain, b"]", port.as_bytes()].concat())
}

impl Address {
    /// The host without port and brackets.
    fn hostname(&self) -> String {
        let host = bytes::escape(&self.host);
        let name = match host.rfind(':') {
            Some(colon) if is_optional_port(host.get(colon..).unwrap_or_default()) => {
                host.get(..colon).unwrap_or_default()
            }
            _ => &host,
        };
        let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        inner.unwrap_or(name).to_owned()
    }

    /// Go `URL.String`.
    fn text(&self) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if self.opaque.is_empty() {
            self.push_authority_and_path(&mut out);
        } else {
            out.push_str(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        if !self.fragment.plain.is_empty() {
            out.push('#');
            out.push_str(&self.fragment.text(Part::Fragment));
        }
        out
    }

    fn push_authority_and_path(&self, out: &mut String) {
        let has_host = !self.host.is_empty() || self.user.is_some();
        if has_host || !self.scheme.is_empty() && !self.path.plain.is_empty() {
            out.push_str("//");
        }
        if let Some(user) = &self.user {
            out.push_str(user);
            out.push('@');
        }
        out.push_str(&escape(&self.host, Part::Host));
        let path = self.path.text(Part::Path);
        if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
            out.push('/');
        }
        // A first segment with a colon would be taken for a scheme.
        if out.is_empty() && path.split('/').next().is_some_and(|segment| segment.contains(':')) {
            out.push_str("./");
        }
        out.push_str(&path);
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded;

    #[test]
    fn calls_agree_with_the_recording() {
        recorded::check("urls.jsonl");
    }
}
