//! Whether setting pull secrets has moved anything: what stood in the object before has to stand there still.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::manifest::pods::PULL_SECRETS;
use crate::yaml::{Node, NodeKind};

use super::fate::{MAX_DEPTH, mentions};

/// A key of the object that has become part of a pull secret, if there is one: the key, and where it is now.
///
/// YAML takes list items that stand left of their key for items of an outer list, or takes the keys that follow into the
/// last item. The result can be valid all the same.
pub(super) fn swallowed(before: &Node, now: &Node) -> Option<(Arc<str>, String)> {
    let mut lost = BTreeSet::new();
    lost_keys(before, now, 0, &mut lost);
    if lost.is_empty() {
        return None;
    }
    let mut path = Vec::new();
    find(now, &lost, false, &mut path)
}

/// The keys of `before` that are gone from where they were.
fn lost_keys(before: &Node, now: &Node, depth: usize, lost: &mut BTreeSet<Arc<str>>) {
    if depth > MAX_DEPTH {
        return;
    }
    match (&before.kind, &now.kind) {
        (NodeKind::Map(_), NodeKind::Map(_)) => {
            for entry in before.entries().filter(|entry| &*entry.key != PULL_SECRETS) {
                match now.get(&entry.key) {
                    Some(kept) => lost_keys(&entry.value.node, &kept.value.node, depth + 1, lost),
                    None => {
                        lost.insert(Arc::clone(&entry.key));
                    }
                }
            }
        }
        (NodeKind::Map(_), _) => {
            lost.extend(before.entries().map(|entry| Arc::clone(&entry.key)));
        }
        (NodeKind::Seq(old), NodeKind::Seq(new)) => {
            for (old, new) in old.iter().zip(new) {
                lost_keys(&old.node, &new.node, depth + 1, lost);
            }
        }
        _ => {}
    }
}

/// The first of `lost` below a pull secret that was set.
fn find(
    node: &Node,
    lost: &BTreeSet<Arc<str>>,
    is_inside: bool,
    path: &mut Vec<String>,
) -> Option<(Arc<str>, String)> {
    if path.len() > MAX_DEPTH {
        return None;
    }
    match &node.kind {
        NodeKind::Map(_) => node.entries().find_map(|entry| {
            if is_inside && lost.contains(&entry.key) {
                return Some((Arc::clone(&entry.key), path.concat()));
            }
            let dot = if path.is_empty() { "" } else { "." };
            path.push(format!("{dot}{}", entry.key));
            let value = &entry.value.node;
            let enters = &*entry.key == PULL_SECRETS && mentions(value);
            let found = find(value, lost, is_inside || enters, path);
            path.pop();
            found
        }),
        NodeKind::Seq(items) => items.iter().enumerate().find_map(|(at, item)| {
            path.push(format!("[{at}]"));
            let found = find(&item.node, lost, is_inside, path);
            path.pop();
            found
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fate::SENTINELS;
    use super::*;

    #[track_caller]
    fn check(before: &str, now: &str, expected: Option<(&str, &str)>) {
        let root = |text: &str| {
            let text = text.replace("SECRET", SENTINELS[0]);
            let stream = crate::yaml::parse(&text);
            stream.documents.into_iter().next().and_then(|document| document.root).expect("a root")
        };
        let found = swallowed(&root(before).node, &root(now).node);
        let found = found.as_ref().map(|(key, place)| (&**key, place.as_str()));
        assert_eq!(found, expected, "{now}");
    }

    #[test]
    fn keys_that_end_up_in_a_pull_secret() {
        let pod = "spec: {containers: [{name: a}], volumes: []}";
        check(
            pod,
            "spec: {containers: [{name: a}], volumes: [], imagePullSecrets: [{name: SECRET}]}",
            None,
        );
        check(
            pod,
            "spec: {imagePullSecrets: [{name: SECRET, containers: [{name: a}], volumes: []}]}",
            Some(("containers", "spec.imagePullSecrets[0]")),
        );
        check(pod, "spec: {imagePullSecrets: [{name: SECRET}]}", None);
        check(
            "a: {b: 1}",
            "imagePullSecrets: [{name: SECRET, a: {b: 1}}]",
            Some(("a", "imagePullSecrets[0]")),
        );
    }
}
