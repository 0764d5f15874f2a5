//! Trees of texts that were parsed already: copies of one library chart stand in many charts.

use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHasher};

use crate::template::{self, Ast};
use crate::yaml::{self, Stream};

/// Number of locks; more than any machine has threads for parsing.
const SHARDS: usize = 32;

/// Same text, same tree. May be shared by threads.
#[derive(Debug, Default)]
pub struct ParseCache {
    templates: Sharded<Ast>,
    streams: Sharded<Stream>,
    values: Sharded<Stream>,
}

impl ParseCache {
    /// The tree of a template. One that is not likely to stand elsewhere too is not kept.
    pub fn template(&self, text: &Arc<str>, keep: bool) -> (Arc<str>, Arc<Ast>) {
        self.templates.get_or_parse(text, keep, template::parse)
    }

    /// The tree of a values file, cut into documents as Helm cuts it.
    pub fn values(&self, text: &Arc<str>) -> Arc<Stream> {
        self.values.get_or_parse(text, true, yaml::parse_values).1
    }

    /// The tree of any other YAML file.
    pub fn yaml(&self, text: &Arc<str>) -> Arc<Stream> {
        self.streams.get_or_parse(text, true, yaml::parse).1
    }
}

/// The key is the text itself, so that texts of one hash are not taken for each other.
type Shard<T> = Mutex<FxHashMap<Arc<str>, Arc<T>>>;

#[derive(Debug)]
struct Sharded<T> {
    shards: [Shard<T>; SHARDS],
}

impl<T> Default for Sharded<T> {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl<T> Sharded<T> {
    fn get_or_parse(
        &self,
        text: &Arc<str>,
        keep: bool,
        parse: impl FnOnce(&str) -> T,
    ) -> (Arc<str>, Arc<T>) {
        let mut hasher = FxHasher::default();
        text.hash(&mut hasher);
        // The low bits choose the bucket in the map.
        let at = (hasher.finish() >> 48) as usize % SHARDS;
        let Some(shard) = self.shards.get(at) else {
            return (text.clone(), Arc::new(parse(text)));
        };
        let lock = || shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((same, known)) = lock().get_key_value(&**text) {
            return (same.clone(), known.clone());
        }
        // Parsing happens outside of the lock; of two threads that parse the same text, the first one's tree stays.
        let parsed = Arc::new(parse(text));
        if !keep {
            return (text.clone(), parsed);
        }
        let parsed = lock().entry(text.clone()).or_insert(parsed).clone();
        (text.clone(), parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str, is_shared: bool) {
        let cache = ParseCache::default();
        let (a, b): (Arc<str>, Arc<str>) = (Arc::from(a), Arc::from(b));
        let template = |text, keep| cache.template(text, keep).1;
        assert!(!Arc::ptr_eq(&template(&a, false), &template(&b, false)));
        assert_eq!(Arc::ptr_eq(&template(&a, true), &template(&b, false)), is_shared);
        assert_eq!(Arc::ptr_eq(&cache.yaml(&a), &cache.yaml(&b)), is_shared);
        assert_eq!(Arc::ptr_eq(&cache.values(&a), &cache.values(&b)), is_shared);
    }

    #[test]
    fn the_same_text_is_parsed_once() {
        check("a: 1\n", "a: 1\n", true);
        check("a: 1\n", "a: 2\n", false);
    }
}
