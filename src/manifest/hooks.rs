//! Helm's hooks: objects that are installed at their own time.

use super::head::scalar_text;
use crate::source::TextRange;
use crate::yaml::Node;

/// The annotation that makes a hook.
pub const HOOK: &str = "helm.sh/hook";

/// The annotation with its weight.
pub const HOOK_WEIGHT: &str = "helm.sh/hook-weight";

/// The annotation with its delete policies.
pub const HOOK_DELETE_POLICY: &str = "helm.sh/hook-delete-policy";

/// When a hook is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookEvent {
    /// `pre-install`
    PreInstall,
    /// `post-install`
    PostInstall,
    /// `pre-delete`
    PreDelete,
    /// `post-delete`
    PostDelete,
    /// `pre-upgrade`
    PreUpgrade,
    /// `post-upgrade`
    PostUpgrade,
    /// `pre-rollback`
    PreRollback,
    /// `post-rollback`
    PostRollback,
    /// `test`, or `test-success` as in Helm 2.
    Test,
}

impl HookEvent {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            "test" | "test-success" => Self::Test,
            _ => return None,
        })
    }
}

/// When a hook is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeletePolicy {
    /// `before-hook-creation`, which is also the default.
    BeforeHookCreation,
    /// `hook-succeeded`
    HookSucceeded,
    /// `hook-failed`
    HookFailed,
    /// A word that Helm keeps and never acts upon.
    Other(String),
}

impl DeletePolicy {
    fn of(word: &str) -> Self {
        match word {
            "before-hook-creation" => Self::BeforeHookCreation,
            "hook-succeeded" => Self::HookSucceeded,
            "hook-failed" => Self::HookFailed,
            _ => Self::Other(word.to_owned()),
        }
    }
}

/// What the annotations of an object say of its time, as `manifest_sorter.go` in Helm's `pkg/release/v1/util` reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// When it is installed, in the order written.
    pub events: Vec<HookEvent>,
    /// The first word that is no event: then Helm leaves the whole object out.
    pub unknown_event: Option<String>,
    /// Hooks of less weight come first; 0 if absent or no number.
    pub weight: i64,
    /// As written; none stands for [`DeletePolicy::BeforeHookCreation`].
    pub delete_policies: Vec<DeletePolicy>,
    /// The key [`HOOK`].
    pub key: TextRange,
    /// Its value.
    pub value: TextRange,
}

impl Hook {
    /// The hook that the object `root` is, if it is one.
    pub fn of(root: &Node) -> Option<Self> {
        let annotations = root.at(&["metadata", "annotations"])?;
        let text = |key: &str| annotations.get(key).and_then(|e| scalar_text(&e.value.node));
        let entry = annotations.get(HOOK)?;
        let mut hook = Self {
            events: Vec::new(),
            unknown_event: None,
            weight: text(HOOK_WEIGHT).and_then(|weight| weight.parse().ok()).unwrap_or(0),
            delete_policies: Vec::new(),
            key: entry.key_range,
            value: entry.value.range,
        };
        for word in words(&scalar_text(&entry.value.node)?) {
            let Some(event) = HookEvent::of(&word) else {
                hook.unknown_event = Some(word);
                break;
            };
            hook.events.push(event);
        }
        if let Some(policies) = text(HOOK_DELETE_POLICY) {
            hook.delete_policies.extend(words(&policies).map(|word| DeletePolicy::of(&word)));
        }
        Some(hook)
    }

    /// Whether it is installed at `event`.
    pub fn runs_at(&self, event: HookEvent) -> bool {
        self.unknown_event.is_none() && self.events.contains(&event)
    }
}

/// Whether Helm knows all events of an annotation; it leaves the object out if not.
pub(super) fn are_known(events: &str) -> bool {
    words(events).all(|word| HookEvent::of(&word).is_some())
}

/// Whether the annotation makes the object a test (`isTestHook` in `pkg/cmd/template.go`).
pub fn is_test(events: &str) -> bool {
    words(events).any(|word| HookEvent::of(&word) == Some(HookEvent::Test))
}

/// Whether Helm installs hooks at an event of that name.
pub fn is_event(word: &str) -> bool {
    HookEvent::of(word).is_some()
}

/// Whether Helm deletes hooks by a policy of that name.
pub fn is_policy(word: &str) -> bool {
    !matches!(DeletePolicy::of(word), DeletePolicy::Other(_))
}

/// The words of an annotation, as Helm reads them.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(|word| word.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is events, unknown event, weight and policies.
    #[track_caller]
    fn check(annotations: &str, expected: Option<&str>) {
        let text = format!("metadata: {{annotations: {{{annotations}}}}}");
        let root = crate::yaml::parse(&text).documents.remove(0).root.expect("a root");
        let shown = Hook::of(&root.node).map(|hook| {
            assert_eq!(&text[hook.key.usize()], HOOK);
            let unknown = hook.unknown_event.unwrap_or_default();
            format!("{:?} {unknown} {} {:?}", hook.events, hook.weight, hook.delete_policies)
        });
        assert_eq!(shown.as_deref(), expected, "{annotations}");
    }

    #[test]
    fn hooks() {
        check("a: b", None);
        check("helm.sh/hook: [test]", None);
        check("helm.sh/hook: 1, helm.sh/hook-weight: 7", Some("[] 1 7 []"));
        check("helm.sh/hook: test-success", Some("[Test]  0 []"));
        check(
            "helm.sh/hook: 'pre-install, Post-Upgrade', helm.sh/hook-weight: '-5', helm.sh/hook-delete-policy: 'hook-failed,x'",
            Some("[PreInstall, PostUpgrade]  -5 [HookFailed, Other(\"x\")]"),
        );
        check(
            "helm.sh/hook: 'pre-install,crd-install,test'",
            Some("[PreInstall] crd-install 0 []"),
        );
        check("helm.sh/hook: '', helm.sh/hook-weight: x", Some("[]  0 []"));
        check("helm.sh/hook: test, helm.sh/hook-weight: 3", Some("[Test]  3 []"));
    }
}
