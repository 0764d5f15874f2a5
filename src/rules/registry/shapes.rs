//! Which shape of a list of pull secrets each place takes.

use crate::view::Place;

use super::keys::Shape;
use super::probe::{Fate, Looked, Probing};

/// What one place takes.
#[derive(Clone, Debug)]
pub enum Takes {
    /// `[a]` only.
    Strings {
        /// The action that prints a name.
        node: Place,
        /// What becomes of an object, in a clause.
        objects: &'static str,
    },
    /// `[{name: a}]` only.
    Objects(Place),
    /// Either.
    Both,
}

/// What the places take that a key reaches, by the index of the sink.
///
/// Fields that are lists of strings in Kubernetes are left out: there strings are right.
pub fn takes(probing: &Probing, key: usize) -> Vec<(usize, Takes)> {
    let mut found = Vec::new();
    for (at, sink) in probing.sinks.iter().enumerate() {
        if sink.wants_strings {
            continue;
        }
        let looked = |wanted: Shape| {
            probing.looked(key, at).find(|(shape, _)| *shape == wanted).map(|(_, looked)| looked)
        };
        let arrived = |looked: Option<&Looked>| looked.is_some_and(|l| l.fate.is_arrival());
        let (objects, strings) = (looked(Shape::Objects), looked(Shape::Strings));
        let takes = match (arrived(objects), arrived(strings)) {
            (true, true) => Takes::Both,
            // Strings that were not tried because objects arrive everywhere are not known to fail.
            (true, false) if strings.is_none() => Takes::Both,
            (true, false) => match objects.and_then(|looked| looked.node.clone()) {
                Some(node) => Takes::Objects(node),
                None => continue,
            },
            (false, true) => {
                let objects = match objects.map(|looked| &looked.fate) {
                    Some(Fate::Mangled) => "becomes `name: map[name:x]`",
                    Some(Fate::Malformed) => "becomes no `name: x`",
                    Some(Fate::Broken(_)) => "breaks the template",
                    // Nothing at all arrives: the template may look at the kind of an entry.
                    _ => continue,
                };
                match strings.and_then(|looked| looked.node.clone()) {
                    Some(node) => Takes::Strings { node, objects },
                    None => continue,
                }
            }
            (false, false) => continue,
        };
        found.push((at, takes));
    }
    found
}

/// A place where a key arrives garbled, if it arrives nowhere in any shape and breaks nothing either.
pub fn is_hopeless(probing: &Probing, key: usize) -> Option<(usize, Place)> {
    let all = || {
        (0..probing.sinks.len())
            .flat_map(|at| probing.looked(key, at).map(move |(shape, looked)| (at, shape, looked)))
    };
    // What strings break where objects are wanted says nothing.
    let is_told = |shape: Shape, fate: &Fate| {
        let is_other = matches!(fate, Fate::Misplaced(_) | Fate::Broken(_) | Fate::Unknown);
        fate.is_arrival() || (shape == Shape::Objects && is_other)
    };
    if all().any(|(_, shape, looked)| is_told(shape, &looked.fate)) {
        return None;
    }
    all().find_map(|(at, _, looked)| {
        Some((at, looked.fate.is_garbled().then_some(looked.node.clone()?)?))
    })
}
