//! What Helm takes for an address: `IsRequestURL`, `IsURL` and `IsEmail` of asaskevich/govalidator, of which the two latter
//! are followed as far as their verdict is beyond doubt.

use crate::engine::functions::urls;

/// The most characters of an address.
const MAX_CHARACTERS: usize = 2_083;

/// The fewest bytes of an address, less one.
const MIN_BYTES: usize = 3;

/// The most digits of a port.
const MAX_PORT: usize = 5;

/// Schemes of a maintainer's address.
const SCHEMES: [&str; 8] = ["http", "https", "ftp", "tcp", "udp", "ws", "wss", ""];

/// `IsRequestURL`: any scheme will do.
pub(super) fn is_request_url(text: &str) -> bool {
    let behind = text.split_once("://").map_or("", |(_, behind)| behind);
    let authority = behind.split(['/', '?']).next().unwrap_or_default();
    // What a browser is asked for has no fragment: `#` is a part like others, and no host has one.
    !authority.contains('#') && urls::scheme_of(text).is_some_and(|scheme| !scheme.is_empty())
}

/// `IsURL`: a host will do, with a port and a path.
pub(super) fn is_url(text: &str) -> bool {
    if text.len() <= MIN_BYTES
        || text.chars().count() >= MAX_CHARACTERS
        || text.starts_with('.')
        || text.contains([' ', '\t', '\n', '\r'])
    {
        return false;
    }
    let has_scheme = text.contains("://");
    // Without a scheme but with a port, Helm puts one in front before it parses.
    let parsed = if text.contains(':') && !has_scheme {
        urls::scheme_of(&format!("http://{text}"))
    } else {
        urls::scheme_of(text)
    };
    let is_bare_word = !text.contains(['.', ':']);
    if parsed.is_none() || is_bare_word {
        return false;
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let behind_scheme = SCHEMES.contains(&scheme) && is_host_and_path(rest);
    // Whatever stands before an `@` may be a name.
    let behind_name = text
        .match_indices('@')
        .any(|(at, _)| at > 0 && text.get(at + 1..).is_some_and(is_host_and_path));
    behind_scheme || behind_name || !has_scheme && is_host_and_path(text)
}

fn is_host_and_path(text: &str) -> bool {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let authority = text.get(..end).unwrap_or_default();
    if authority.starts_with('[') {
        return true;
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, "0"));
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c >= '\u{a1}';
    let host = host.strip_suffix('.').unwrap_or(host);
    (1..=MAX_PORT).contains(&port.len())
        && port.bytes().all(|c| c.is_ascii_digit())
        && host.starts_with(is_letter)
        && host.ends_with(is_letter)
        && host.chars().all(|c| is_letter(c) || matches!(c, '-' | '_' | '.'))
}

/// `IsEmail`.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_local = if local.starts_with('"') {
        local.len() > 1 && local.ends_with('"')
    } else {
        let is_atom = |c: char| {
            c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_foreign(c)
        };
        local.split('.').all(|part| !part.is_empty() && part.chars().all(is_atom))
    };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let Some((labels, last)) = domain.rsplit_once('.') else { return false };
    let is_letter = |c: char| c.is_ascii_alphabetic() || is_foreign(c);
    let is_end = |c: char| is_letter(c) || c.is_ascii_digit();
    let is_inner = |c: char| is_end(c) || matches!(c, '-' | '_' | '~' | '.');
    is_local
        && labels.starts_with(is_end)
        && labels.ends_with(is_end)
        && labels.chars().all(is_inner)
        && last.starts_with(is_letter)
        && last.ends_with(is_letter)
        && last.chars().all(is_inner)
}

/// Letters beyond ASCII that addresses may have.
const fn is_foreign(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{ffef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What govalidator said to addresses, right ones and those with something changed.
    #[test]
    fn addresses_are_judged_as_govalidator_does() {
        let recorded = include_str!("../../../../testdata/chart/addresses.jsonl");
        let mut laxer = 0;
        let mut wrong = Vec::new();
        for line in recorded.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = case["text"].as_str().unwrap();
            for (what, found) in [
                ("email", is_email(text)),
                ("url", is_url(text)),
                ("request", is_request_url(text)),
            ] {
                match (case[what].as_bool().unwrap(), found) {
                    (true, false) => wrong.push(format!("{what} {text:?}")),
                    (false, true) => laxer += 1,
                    _ => {}
                }
            }
        }
        // What Helm takes is never reported; a few oddities that it refuses are not either.
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(laxer, 42);
    }
}
