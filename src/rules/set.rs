//! Which rules run, and with which severity.

use std::collections::BTreeMap;

use crate::config::{Level, Profile};
use crate::diagnostic::Severity;

use super::catalogue::Catalogue;
use super::rule::RuleMeta;

/// The level of every rule in one run.
///
/// The configuration goes over the profile. `--ignore` goes over both, and over `--select`. A rule that `--select`
/// names is on even where its level is off; a category turns nothing on that is off.
#[derive(Clone, Debug)]
pub struct RuleSet {
    levels: BTreeMap<&'static str, Level>,
}

impl RuleSet {
    /// Resolves the levels of all rules. `configured` holds levels by rule or category, a rule's own going first.
    ///
    /// Fails with one message for each name that is neither rule nor category.
    pub fn new(
        profile: Profile,
        configured: &BTreeMap<String, Level>,
        select: &[String],
        ignore: &[String],
    ) -> Result<Self, Vec<String>> {
        let catalogue = Catalogue::get();
        let mut errors = Vec::new();
        let mut resolve = |name: &str| {
            catalogue.select(name).unwrap_or_else(|error| {
                errors.push(error.to_string());
                Vec::new()
            })
        };

        let mut levels: BTreeMap<&'static str, Level> =
            catalogue.rules().iter().map(|rule| (&*rule.name, rule.levels.of(profile))).collect();
        let is_rule = |name: &String| catalogue.find(name).is_some();
        for (name, level) in configured.iter().filter(|(name, _)| !is_rule(name)) {
            levels.extend(resolve(name).into_iter().map(|rule| (&*rule.name, *level)));
        }
        for (name, level) in configured.iter().filter(|(name, _)| is_rule(name)) {
            levels.extend(resolve(name).into_iter().map(|rule| (&*rule.name, *level)));
        }
        if !select.is_empty() {
            let mut selected = BTreeMap::new();
            for name in select {
                for rule in resolve(name) {
                    let level = levels.get(&*rule.name).copied().unwrap_or(Level::Off);
                    let named = is_rule(name);
                    let level = if named && level == Level::Off { loudest(rule) } else { level };
                    let entry = selected.entry(&*rule.name).or_insert(level);
                    *entry = level.max(*entry);
                }
            }
            for (name, level) in &mut levels {
                *level = selected.get(name).copied().unwrap_or(Level::Off);
            }
        }
        for name in ignore {
            levels.extend(resolve(name).into_iter().map(|rule| (&*rule.name, Level::Off)));
        }
        if errors.is_empty() { Ok(Self { levels }) } else { Err(errors) }
    }

    /// The severity with which `rule` reports; none if it is off or unknown.
    pub fn severity(&self, rule: &str) -> Option<Severity> {
        self.levels.get(rule).copied().and_then(Level::severity)
    }

    /// Whether `rule` runs.
    pub fn is_on(&self, rule: &str) -> bool {
        self.severity(rule).is_some()
    }
}

/// The level of a rule where somebody asked for it by name, though its profile has it off.
fn loudest(rule: &RuleMeta) -> Level {
    let loudest = rule.levels.tmc.max(rule.levels.generic);
    if loudest == Level::Off { Level::Warning } else { loudest }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "missing-placeholder-secret";

    #[track_caller]
    fn check(
        profile: Profile,
        configured: &[(&str, Level)],
        select: &[&str],
        ignore: &[&str],
        expected: Option<Severity>,
    ) {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let configured = configured.iter().map(|(name, level)| ((*name).to_owned(), *level));
        let set = RuleSet::new(profile, &configured.collect(), &owned(select), &owned(ignore));
        assert_eq!(set.unwrap().severity(RULE), expected);
    }

    #[test]
    fn config_goes_over_profile() {
        check(Profile::Tmc, &[], &[], &[], Some(Severity::Error));
        check(Profile::Generic, &[], &[], &[], None);
        check(Profile::Generic, &[(RULE, Level::Info)], &[], &[], Some(Severity::Info));
        let both = [(RULE, Level::Info), ("registry", Level::Off)];
        check(Profile::Tmc, &both, &[], &[], Some(Severity::Info));
        check(Profile::Tmc, &[("registry", Level::Off)], &[], &[], None);
    }

    #[test]
    fn select_narrows_and_ignore_wins() {
        check(Profile::Tmc, &[], &["values"], &[], None);
        check(Profile::Tmc, &[], &["registry"], &[], Some(Severity::Error));
        check(Profile::Generic, &[], &["registry"], &[], None);
        check(Profile::Generic, &[], &[RULE], &[], Some(Severity::Error));
        check(Profile::Tmc, &[], &[RULE], &["registry"], None);
    }

    #[test]
    fn unknown_names_are_errors() {
        let select = ["registri".to_owned(), "values".to_owned()];
        let errors = RuleSet::new(Profile::Tmc, &BTreeMap::new(), &select, &[]).unwrap_err();
        assert_eq!(errors, ["there is no rule `registri`; did you mean `registry`?"]);
    }
}
