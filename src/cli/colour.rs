//! Whether to use colours.

use anstream::ColorChoice;

use super::arguments::Colour;

/// Decides for a stream. The option goes first, then `NO_COLOR`, then `CLICOLOR_FORCE` and `FORCE_COLOR`, then
/// `CLICOLOR`, then whether the stream is a terminal that can.
pub(super) fn choose(option: Colour, terminal: bool) -> ColorChoice {
    decide(option, terminal, |name| std::env::var(name).ok())
}

fn decide(
    option: Colour,
    terminal: bool,
    variable: impl Fn(&str) -> Option<String>,
) -> ColorChoice {
    let variable = |name| variable(name).filter(|value| !value.is_empty());
    let forces = |name| variable(name).is_some_and(|value| value != "0");
    let colours = match option {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if variable("NO_COLOR").is_some() => false,
        Colour::Auto if forces("CLICOLOR_FORCE") || forces("FORCE_COLOR") => true,
        Colour::Auto if variable("CLICOLOR").as_deref() == Some("0") => false,
        Colour::Auto => terminal && variable("TERM").as_deref() != Some("dumb"),
    };
    // `Always`, not `AlwaysAnsi`: consoles that know no ANSI sequences get their own calls.
    if colours { ColorChoice::Always } else { ColorChoice::Never }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(option: Colour, terminal: bool, variables: &[(&str, &str)], expected: bool) {
        let variable = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let expected = if expected { ColorChoice::Always } else { ColorChoice::Never };
        assert_eq!(decide(option, terminal, variable), expected);
    }

    #[test]
    fn who_goes_first() {
        check(Colour::Auto, true, &[], true);
        check(Colour::Auto, false, &[], false);
        check(Colour::Auto, true, &[("TERM", "dumb")], false);
        check(Colour::Auto, true, &[("NO_COLOR", "1")], false);
        check(Colour::Auto, true, &[("NO_COLOR", "")], true);
        check(Colour::Auto, false, &[("FORCE_COLOR", "1")], true);
        check(Colour::Auto, false, &[("CLICOLOR_FORCE", "0")], false);
        check(Colour::Auto, false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false);
        check(Colour::Auto, true, &[("CLICOLOR", "0")], false);
        check(Colour::Always, false, &[("NO_COLOR", "1")], true);
        check(Colour::Never, true, &[("FORCE_COLOR", "1")], false);
    }
}
