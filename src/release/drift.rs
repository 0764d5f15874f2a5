//! `spec.driftDetection` of a HelmRelease: what Flux sets back, and what it leaves alone
//! (`DriftDetection` in `api/v2/helmrelease_types.go` of fluxcd/helm-controller).

use std::collections::BTreeMap;

use regex::RegexBuilder;

use super::nodes::{items, key, spanned, texts};
use crate::chart::Spanned;
use crate::source::{FileId, Span};
use crate::yaml::Node;

/// The largest program that a pattern of a selector may become, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// `spec.driftDetection`
#[derive(Clone, Debug)]
pub struct Drift {
    /// The key `driftDetection`.
    pub key: Span,
    /// `mode`: `enabled`, `warn` or `disabled`; none means the last.
    pub mode: Option<Spanned<String>>,
    /// `ignore`
    pub ignore: Vec<IgnoreRule>,
}

/// An entry of `driftDetection.ignore`.
#[derive(Clone, Debug)]
pub struct IgnoreRule {
    /// The whole entry.
    pub span: Span,
    /// JSON pointers; the empty one stands for all of an object.
    pub paths: Vec<Spanned<String>>,
    /// Which objects; all if there is none.
    pub target: Option<Selector>,
}

/// Which objects a rule or a patch is about. All texts are regular expressions over the whole, as kustomize has them.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    /// `group`
    pub group: Option<Spanned<String>>,
    /// `version`
    pub version: Option<Spanned<String>>,
    /// `kind`
    pub kind: Option<Spanned<String>>,
    /// `name`
    pub name: Option<Spanned<String>>,
    /// `namespace`
    pub namespace: Option<Spanned<String>>,
    /// `labelSelector`, as kubectl takes it.
    pub label_selector: Option<Spanned<String>>,
    /// `annotationSelector`, as kubectl takes it.
    pub annotation_selector: Option<Spanned<String>>,
}

impl Drift {
    pub(super) fn read(root: &Node, file: FileId) -> Option<Self> {
        const PATH: [&str; 2] = ["spec", "driftDetection"];
        let drift = root.at(&PATH)?;
        let rules = items(drift, &["ignore"]).iter().map(|rule| IgnoreRule {
            span: rule.range.in_file(file),
            paths: texts(&rule.node, &["paths"], file),
            target: rule.node.at(&["target"]).map(|target| Selector::read(target, file)),
        });
        Some(Self {
            key: key(root, &PATH, file)?,
            mode: spanned(drift, &["mode"], file),
            ignore: rules.collect(),
        })
    }
}

impl IgnoreRule {
    /// Whether one of its paths is `pointer`, or leads to something around it.
    pub fn covers(&self, pointer: &str) -> bool {
        self.paths.iter().any(|path| {
            let path = path.value.trim_end_matches('/');
            pointer.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// What a selector may ask of an object.
#[derive(Clone, Copy, Debug)]
pub struct Selected<'s> {
    /// `apiVersion`
    pub api_version: &'s str,
    /// `kind`
    pub kind: &'s str,
    /// `metadata.name`
    pub name: &'s str,
    /// `metadata.namespace`, that of the release where the object says none.
    pub namespace: &'s str,
    /// `metadata.labels`
    pub labels: &'s BTreeMap<String, String>,
    /// `metadata.annotations`
    pub annotations: &'s BTreeMap<String, String>,
}

impl Selector {
    pub(super) fn read(target: &Node, file: FileId) -> Self {
        let field = |name: &str| spanned(target, &[name], file);
        Self {
            group: field("group"),
            version: field("version"),
            kind: field("kind"),
            name: field("name"),
            namespace: field("namespace"),
            label_selector: field("labelSelector"),
            annotation_selector: field("annotationSelector"),
        }
    }

    /// Whether it takes an object; nothing where it can't be told, because a part of it is no regular expression or no
    /// selector that is known here.
    pub fn takes(&self, object: &Selected<'_>) -> Option<bool> {
        let (group, version) =
            object.api_version.split_once('/').unwrap_or(("", object.api_version));
        let texts = [
            (&self.group, group),
            (&self.version, version),
            (&self.kind, object.kind),
            (&self.name, object.name),
            (&self.namespace, object.namespace),
        ];
        let of_texts = texts.into_iter().map(|(pattern, text)| match pattern {
            Some(pattern) => matches(&pattern.value, text),
            None => Some(true),
        });
        let selectors = [
            (&self.label_selector, object.labels),
            (&self.annotation_selector, object.annotations),
        ];
        let of_selectors = selectors.into_iter().map(|(selector, own)| match selector {
            Some(selector) => selects(&selector.value, own),
            None => Some(true),
        });
        let answers: Vec<Option<bool>> = of_texts.chain(of_selectors).collect();
        if answers.contains(&Some(false)) {
            return Some(false);
        }
        answers.iter().all(Option::is_some).then_some(true)
    }
}

fn matches(pattern: &str, text: &str) -> Option<bool> {
    let whole = format!("^(?:{pattern})$");
    let pattern = RegexBuilder::new(&whole).size_limit(SIZE_LIMIT).build().ok()?;
    Some(pattern.is_match(text))
}

/// `a=b,c!=d,e,!f`; sets (`a in (b, c)`) are not known here.
fn selects(selector: &str, own: &BTreeMap<String, String>) -> Option<bool> {
    if selector.contains('(') {
        return None;
    }
    let holds = |part: &str| {
        let value = |key: &str| own.get(key.trim()).map(String::as_str);
        if let Some((key, wanted)) = part.split_once("!=") {
            value(key) != Some(wanted.trim())
        } else if let Some((key, wanted)) = part.split_once("==").or_else(|| part.split_once('=')) {
            value(key) == Some(wanted.trim())
        } else if let Some(key) = part.strip_prefix('!') {
            value(key).is_none()
        } else {
            value(part).is_some()
        }
    };
    Some(selector.split(',').map(str::trim).filter(|part| !part.is_empty()).all(holds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &[(&str, &str)], expected: Option<bool>) {
        let spanned = |name: &str| {
            let value = selector.iter().find(|(key, _)| *key == name)?.1.to_owned();
            Some(Spanned { value, span: Span::new(FileId(0), 0, 0) })
        };
        let selector = Selector {
            group: spanned("group"),
            kind: spanned("kind"),
            name: spanned("name"),
            label_selector: spanned("labels"),
            ..Selector::default()
        };
        let labels = BTreeMap::from([("app".to_owned(), "web".to_owned())]);
        let object = Selected {
            api_version: "v1",
            kind: "Secret",
            name: "regcred",
            namespace: "apps",
            labels: &labels,
            annotations: &BTreeMap::new(),
        };
        assert_eq!(selector.takes(&object), expected);
    }

    #[test]
    fn selectors_take_objects() {
        check(&[], Some(true));
        check(&[("kind", "Secret"), ("name", "reg.*")], Some(true));
        check(&[("kind", "Secr")], Some(false));
        check(&[("name", "(")], None);
        check(&[("name", "("), ("kind", "Pod")], Some(false));
        check(&[("group", "")], Some(true));
        check(&[("labels", "app=web, !old")], Some(true));
        check(&[("labels", "app!=web")], Some(false));
        check(&[("labels", "app in (web)")], None);
    }
}
