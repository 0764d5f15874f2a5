//! All rules that are built into the program.

use std::sync::OnceLock;

use super::file::{self, RuleFileError};
use super::rule::{Category, RuleMeta};

/// Path relative to `rules/` and text of each rule file, sorted by path.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rule_files.rs"));

/// A name that is neither a rule, an alias, nor a category.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule `{name}`{}", suggestion.as_ref().map(|s| format!("; did you mean `{s}`?")).unwrap_or_default())]
pub struct CatalogueError {
    /// What was asked for.
    pub name: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// The rules, by category and name.
#[derive(Debug)]
pub struct Catalogue {
    rules: Vec<RuleMeta>,
    errors: Vec<RuleFileError>,
}

impl Catalogue {
    /// The rules of this program; their heads are read once.
    pub fn get() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(|| {
            let mut catalogue = Self { rules: Vec::with_capacity(FILES.len()), errors: Vec::new() };
            for (path, text) in FILES.iter().copied() {
                match file::head(path, text) {
                    Ok(rule) => catalogue.rules.push(rule),
                    Err(error) => catalogue.errors.push(error),
                }
            }
            catalogue.rules.sort_by(|a, b| (a.category, &a.name).cmp(&(b.category, &b.name)));
            catalogue
        })
    }

    /// All rules, by category and name.
    pub fn rules(&self) -> &[RuleMeta] {
        &self.rules
    }

    /// Rule files that could not be read. There are none; a test sees to it.
    pub fn errors(&self) -> &[RuleFileError] {
        &self.errors
    }

    /// The rule of that name, or that formerly had it.
    pub fn find(&self, name: &str) -> Option<&RuleMeta> {
        self.rules
            .iter()
            .find(|rule| rule.name == name)
            .or_else(|| self.rules.iter().find(|rule| rule.aliases.iter().any(|a| a == name)))
    }

    /// The rule of that name, or the nearest name in the error.
    pub fn find_or_suggest(&self, name: &str) -> Result<&RuleMeta, CatalogueError> {
        self.find(name).ok_or_else(|| self.unknown(name, self.rules.iter().map(|r| &*r.name)))
    }

    /// The rules that `name` means: those of a category, or the one of that name or alias.
    pub fn select(&self, name: &str) -> Result<Vec<&RuleMeta>, CatalogueError> {
        if let Some(category) = Category::by_name(name) {
            return Ok(self.rules.iter().filter(|rule| rule.category == category).collect());
        }
        let rules = self.rules.iter().map(|rule| &*rule.name);
        let names = rules.chain(Category::ALL.iter().map(|category| category.as_str()));
        self.find(name).map(|rule| vec![rule]).ok_or_else(|| self.unknown(name, names))
    }

    #[expect(clippy::unused_self, reason = "reads as part of the look-up")]
    fn unknown<'a>(&self, name: &str, known: impl Iterator<Item = &'a str>) -> CatalogueError {
        let suggestion = nearest(name, known).map(str::to_owned);
        CatalogueError { name: name.to_owned(), suggestion }
    }
}

/// Below this likeness (Jaro-Winkler, 0 to 1) a guess confuses more than it helps.
const LIKENESS: f64 = 0.75;

/// The name that was meant, if one is near.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    known
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let got = match Catalogue::get().select(name) {
            Ok(rules) => rules.iter().map(|rule| &*rule.name).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        };
        assert!(got.contains(expected), "got: {got}");
    }

    #[test]
    fn names_aliases_and_categories_select() {
        check("duplicate-key", "duplicate-key");
        check("duplicate-mapping-key", "duplicate-key");
        check("registry", "missing-image-pull-secrets missing-placeholder-secret");
        check("release", "");
    }

    #[test]
    fn unknown_names_get_the_nearest() {
        check(
            "missing-image-pull-secret",
            "there is no rule `missing-image-pull-secret`; did you mean `missing-image-pull-secrets`?",
        );
        check("registri", "did you mean `registry`?");
        check("xyz", "there is no rule `xyz`");
    }
}
