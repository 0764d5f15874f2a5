//! References of a schema to other files.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// How deep a schema may nest.
const MAX_DEPTH: usize = 200;

/// Takes away the references that lead out of the schema, which allows there whatever they would forbid, and collects
/// where they lead. Metaschemas are no other files: the library has them.
pub(super) fn cut_remote(schema: &mut Json, remote: &mut Vec<String>) {
    let mut ids = BTreeSet::new();
    collect_ids(schema, &mut ids, 0);
    cut(schema, &ids, remote, 0);
}

fn collect_ids(schema: &Json, ids: &mut BTreeSet<String>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match schema {
        Json::Object(map) => {
            for key in ["$id", "id"] {
                if let Some(Json::String(id)) = map.get(key) {
                    ids.insert(without_fragment(id).to_owned());
                }
            }
            for value in map.values() {
                collect_ids(value, ids, depth + 1);
            }
        }
        Json::Array(items) => {
            for item in items {
                collect_ids(item, ids, depth + 1);
            }
        }
        _ => {}
    }
}

fn cut(schema: &mut Json, ids: &BTreeSet<String>, remote: &mut Vec<String>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match schema {
        Json::Object(map) => {
            if let Some(Json::String(reference)) = map.get("$ref")
                && leads_out(reference, ids)
            {
                if !remote.contains(reference) {
                    remote.push(reference.clone());
                }
                map.remove("$ref");
            }
            for value in map.values_mut() {
                cut(value, ids, remote, depth + 1);
            }
        }
        Json::Array(items) => {
            for item in items {
                cut(item, ids, remote, depth + 1);
            }
        }
        _ => {}
    }
}

fn leads_out(reference: &str, ids: &BTreeSet<String>) -> bool {
    let url = without_fragment(reference);
    let is_metaschema =
        url.strip_prefix("http").is_some_and(|rest| rest.contains("://json-schema.org/draft"));
    // A relative one is resolved against an `$id`, so it may end one.
    let is_inside = url.is_empty() || ids.iter().any(|id| id == url || id.ends_with(url));
    !is_metaschema && !is_inside
}

fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(url, _)| url)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is what is left of the schema, then the references that lead out.
    #[track_caller]
    fn check(schema: &str, left: &str, expected: &[&str]) {
        let mut schema: Json = serde_json::from_str(schema).unwrap();
        let mut remote = Vec::new();
        cut_remote(&mut schema, &mut remote);
        assert_eq!(schema, serde_json::from_str::<Json>(left).unwrap());
        assert_eq!(remote, expected);
    }

    #[test]
    fn references_that_lead_out_are_cut() {
        let same = r##"{"$defs": {"a": {}}, "items": {"$ref": "#/$defs/a"}}"##;
        check(same, same, &[]);
        let same = r#"{"$id": "https://x.example/s.json", "items": [{"$ref": "s.json#/a"}], "not": {"$ref": "http://json-schema.org/draft-07/schema#"}}"#;
        check(same, same, &[]);
        check(
            r#"{"items": {"$ref": "https://x.example/a.json#/b", "type": "object"}, "not": {"$ref": "other.json"}}"#,
            r#"{"items": {"type": "object"}, "not": {}}"#,
            &["https://x.example/a.json#/b", "other.json"],
        );
    }
}
