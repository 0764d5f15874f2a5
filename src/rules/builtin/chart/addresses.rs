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
    urls::scheme_of(text).is_some_and(|scheme| !scheme.is_empty())
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
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    // `://` may also stand in the path or the query.
    let (scheme, rest) = if scheme.contains(['/', '?', '#']) { ("", text) } else { (scheme, rest) };
    if !SCHEMES.contains(&scheme) {
        return false;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.starts_with('[') {
        return true;
    }
    let host = match host.split_once(':') {
        Some((host, port)) => {
            let is_port =
                (1..=MAX_PORT).contains(&port.len()) && port.bytes().all(|c| c.is_ascii_digit());
            if !is_port {
                // A password before an `@` of the path, for instance.
                return rest.contains('@');
            }
            host
        }
        None => host,
    };
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c >= '\u{a1}';
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_bare_word = scheme.is_empty() && !text.contains(['.', ':']);
    !is_bare_word
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

    /// What govalidator says to them.
    #[test]
    fn addresses_of_people_are_judged_as_helm_does() {
        for (text, wanted) in [
            ("a@example.com", true),
            ("first.last+tag@mail.example.co.uk", true),
            ("\"a b\"@example.com", true),
            ("ü@example.com", true),
            ("a@localhost", false),
            ("a@b@example.com", false),
            ("example.com", false),
            ("a..b@example.com", false),
            ("a@example.c0", false),
            ("A Person <a@example.com>", false),
            ("", false),
        ] {
            assert_eq!(is_email(text), wanted, "{text}");
        }
    }

    #[test]
    fn addresses_of_pages_need_no_scheme() {
        for (text, wanted) in [
            ("https://example.com/team", true),
            ("example.com", true),
            ("example.com:8080/x", true),
            ("https://localhost", true),
            ("https://user:secret@example.com/", true),
            ("@someone", false),
            ("someone", false),
            ("mailto:a@example.com", true),
            ("git://example.com", false),
            ("https://", false),
            ("https://exa mple.com", false),
            (".example.com", false),
        ] {
            assert_eq!(is_url(text), wanted, "{text}");
        }
    }

    #[test]
    fn requests_need_a_scheme() {
        for (text, wanted) in [
            ("https://example.com/icon.png", true),
            ("file:///icon.png", true),
            ("data:image/png;base64,AAAA", true),
            ("git@example.com:a/b", false),
            ("example.com/icon.png", false),
            ("/icon.png", false),
            ("", false),
            ("https://exa mple.com", false),
        ] {
            assert_eq!(is_request_url(text), wanted, "{text}");
        }
    }
}
