//! Which values may feed pull secrets: found by data flow, by name, and in the config.

use std::sync::Arc;

use crate::engine::text::MemoryId;
use crate::rules::context::Context;
use crate::values::{Data, Value};
use crate::view::{Shown, View};

/// The most keys that are tried.
const MAX_KEYS: usize = 48;

/// How deep values are searched.
const MAX_DEPTH: usize = 100;

/// A path of keys from the top of the root chart's values.
pub type KeyPath = Vec<Arc<str>>;

/// How the names are given, in the order of trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// `[{name: a}, {name: b}]`, as Kubernetes has it.
    Objects,
    /// `[a, b]`
    Strings,
    /// `a`
    Scalar,
}

impl Shape {
    /// All of them: the one that Kubernetes, Flux and the guide use comes first.
    pub const ALL: [Self; 3] = [Self::Objects, Self::Strings, Self::Scalar];

    /// As an example.
    pub const fn shown(self) -> &'static str {
        match self {
            Self::Objects => "[{name: a}, {name: b}]",
            Self::Strings => "[a, b]",
            Self::Scalar => "a",
        }
    }
}

/// A key that may feed pull secrets.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The key.
    pub path: KeyPath,
    /// A template reads it.
    pub is_read: bool,
    /// A secret arrives through it in some pod or `ServiceAccount`, with this shape.
    pub arrives: Option<Shape>,
    /// values.yaml has it, and nothing reads it.
    pub is_dead: bool,
}

impl Candidate {
    /// The key as in `.Values`: `global.imagePullSecrets`.
    pub fn written(&self) -> String {
        self.path.join(".")
    }

    /// Its path in parts.
    pub fn parts(&self) -> Vec<&str> {
        self.path.iter().map(|part| &**part).collect()
    }
}

/// The keys worth trying: what data flow finds, what values declare under such a name, and the configured ones.
pub(super) fn keys(context: &Context<'_>) -> Vec<Candidate> {
    let view = context.view;
    let mut found: Vec<Candidate> = Vec::new();
    let mut add = |path: KeyPath, is_read: bool| {
        if path.is_empty() || !is_settable(context, &path, is_given_as_mapping(context, &path)) {
            return;
        }
        match found.iter_mut().find(|key| key.path == path) {
            Some(known) => known.is_read |= is_read,
            None => found.push(Candidate { path, is_read, arrives: None, is_dead: false }),
        }
    };
    for (view, read) in view.reads() {
        if view.rendered.memories.is_value(read.parent)
            && (read.feeds_pull_secrets || has_such_name(&read.key))
        {
            let mut path = view.value_path(read.parent);
            path.push(Arc::clone(&read.key));
            if !in_list(view, read.parent) {
                add(view.canonical(path), true);
            }
        }
    }
    for Shown { view, object, .. } in view.objects() {
        for pod in context.pod_kinds.pod_specs(object) {
            let Some(entry) = &pod.pull_secrets else { continue };
            for memory in view.memories_in(object.template, entry.value.range) {
                if !in_list(view, memory) {
                    add(view.value_path(memory), true);
                }
            }
        }
    }
    named_values(&view.active.values, &mut Vec::new(), &mut |path| {
        add(view.canonical(path), false);
    });
    for key in context.config.pull_secret_keys(context.profile) {
        add(key.split('.').map(Arc::from).collect(), false);
    }
    add(vec![Arc::from("global"), Arc::from("imagePullSecrets")], false);
    // A mapping that is read for the sake of a key below it is no list, though it may be empty: `global`, `image`.
    let paths: Vec<KeyPath> = found.iter().map(|key| key.path.clone()).collect();
    found.retain(|key| {
        let is_above = |other: &KeyPath| {
            other.len() > key.path.len() && other.iter().zip(&key.path).all(|(a, b)| a == b)
        };
        key.path.last().is_some_and(|last| has_such_name(last)) || !paths.iter().any(is_above)
    });
    found.truncate(MAX_KEYS);
    found
}

/// Switches that are off and stand right before a block with pull secrets: `{{ if .Values.registry.private }}`.
pub(super) fn switches(context: &Context<'_>) -> Vec<KeyPath> {
    let view = context.view;
    let mut found: Vec<KeyPath> = Vec::new();
    for (view, read) in view.reads().filter(|(_, read)| read.feeds_pull_secrets && read.hit) {
        if !view.rendered.memories.is_value(read.parent) || in_list(view, read.parent) {
            continue;
        }
        let mut path = view.value_path(read.parent);
        path.push(Arc::clone(&read.key));
        let keys: Vec<&str> = path.iter().map(|part| &**part).collect();
        if context.value(&keys).is_some_and(|value| value.data == Data::Bool(false))
            && !found.contains(&path)
        {
            found.push(path);
        }
    }
    found
}

/// Whether a template asks for the key.
pub fn is_read(context: &Context<'_>, path: &[Arc<str>]) -> bool {
    let Some((last, parent)) = path.split_last() else { return false };
    context.view.reads().any(|(view, read)| {
        read.key == *last
            && view.rendered.memories.is_value(read.parent)
            && view.value_path(read.parent) == parent
    })
}

/// Whether the value is an element of a list, or inside one: such a path can't be set by its keys.
fn in_list(view: &View<'_>, memory: MemoryId) -> bool {
    let mut next = memory;
    while let Some(memory) = view.rendered.memories.get(next) {
        if memory.is_index {
            return true;
        }
        next = memory.parent;
    }
    false
}

/// Whether a release gives a mapping where the chart has none: a mistake in the shape of a list.
fn is_given_as_mapping(context: &Context<'_>, path: &[Arc<str>]) -> bool {
    let parts: Vec<&str> = path.iter().map(|part| &**part).collect();
    let is_map = |value: Option<&Value>| value.is_some_and(|value| value.as_map().is_some());
    context.release().is_some_and(|release| is_map(release.values.at(&parts)))
        && !is_map(context.default(&parts))
}

/// A key whose value is a list, a string or nothing can be pull secrets; a switch or a mapping can't.
fn is_settable(context: &Context<'_>, path: &[Arc<str>], allows_mapping: bool) -> bool {
    let mut value = &context.view.active.values;
    for (depth, key) in path.iter().enumerate() {
        match &value.data {
            Data::Map(map) => match map.get(key) {
                Some(next) => value = next,
                None => return true,
            },
            Data::Null => return true,
            _ => return depth == path.len(),
        }
    }
    match &value.data {
        Data::List(_) | Data::Str(_) | Data::Null => true,
        Data::Map(map) => allows_mapping || map.is_empty(),
        _ => false,
    }
}

/// Calls `add` for every value whose key looks like one for pull secrets.
fn named_values(value: &Value, path: &mut KeyPath, add: &mut impl FnMut(KeyPath)) {
    let Some(map) = value.as_map() else { return };
    if path.len() > MAX_DEPTH {
        return;
    }
    for (key, value) in map {
        path.push(Arc::clone(key));
        if has_such_name(key) && matches!(value.data, Data::List(_) | Data::Str(_)) {
            add(path.clone());
        }
        named_values(value, path, add);
        path.pop();
    }
}

/// How keys for pull secrets end, in lower case.
const NAMES: [&str; 7] = [
    "pullsecret",
    "pullsecrets",
    "registrysecret",
    "registrysecrets",
    "registrycred",
    "registrycreds",
    "regcred",
];

/// `imagePullSecrets`, `pullSecretNames`, `registrySecret`, `regcred`, `dockerConfig` and the like, in any case.
pub fn has_such_name(key: &str) -> bool {
    // It is asked of each read: no text is made for that.
    let matches = |byte: &u8, part: u8| byte.eq_ignore_ascii_case(&part);
    let without = |part: &str| {
        let mut rest = key.bytes().rev().filter(|byte| *byte != b'_');
        let is_end = part.bytes().rev().all(|b| rest.next().is_some_and(|byte| matches(&byte, b)));
        is_end.then_some(rest)
    };
    let ends_in_any = |suffix: &str| {
        without(suffix).is_some_and(|rest| {
            NAMES.iter().any(|part| {
                let mut rest = rest.clone();
                part.bytes().rev().all(|b| rest.next().is_some_and(|byte| matches(&byte, b)))
            })
        })
    };
    ["", "name", "names"].into_iter().any(ends_in_any) || without("dockerconfig").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, expected: bool) {
        assert_eq!(has_such_name(key), expected, "{key}");
    }

    #[test]
    fn keys_for_pull_secrets_are_known_by_name() {
        for key in [
            "imagePullSecrets",
            "pullSecrets",
            "image_pull_secret",
            "pullSecretNames",
            "registrySecret",
            "regcred",
            "REG_CRED_NAMES",
            "é_docker_config",
        ] {
            check(key, true);
        }
        for key in [
            "",
            "pullPolicy",
            "secretName",
            "imagePullSecretsEnabled",
            "registry",
            "secrets",
            "names",
        ] {
            check(key, false);
        }
    }
}
