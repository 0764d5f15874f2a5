//! Images that Chart.yaml lists in annotations: what a chart may pull, whatever its templates print.
//!
//! Nothing follows from them alone: they may be out of date, or belong to branches that nobody opens. They only tell the
//! reader of another finding that there is more.

use std::sync::Arc;

use crate::manifest::images::{Classification, SecretNeed};
use crate::manifest::reference::ImageReference;
use crate::rules::context::Context;
use crate::source::{Span, TextRange};
use crate::yaml::{self, Node, Use};

/// The annotation of Bitnami's charts, and that of Artifact Hub: a YAML list in a string
/// (<https://artifacthub.io/docs/topics/annotations/helm/>).
const ANNOTATIONS: [&str; 2] = ["images", "artifacthub.io/images"];

/// The most images that are looked at.
const MAX_IMAGES: usize = 1_000;

/// The most images that a finding names.
const SHOWN: usize = 3;

/// An image that Chart.yaml lists.
#[derive(Clone, Debug)]
pub struct Declared {
    /// As written.
    pub text: Arc<str>,
    /// Who may pull it.
    pub classification: Classification,
    /// Where it is written; the annotation's key where the text of the annotation is no piece of the file.
    pub span: Span,
}

impl Declared {
    /// Whether it counts as private.
    pub fn needs_secret(&self) -> bool {
        matches!(self.classification.need, SecretNeed::Likely | SecretNeed::Certain)
    }
}

/// The images that the annotations list, in the order of the text.
pub fn images(context: &Context<'_>) -> Vec<Declared> {
    let metadata = &context.chart.metadata;
    let roots = metadata.stream.documents.iter().filter_map(|document| document.root.as_ref());
    let annotations = roots.filter_map(|root| root.node.get("annotations"));
    let mut found: Vec<Declared> = Vec::new();
    for entry in annotations.flat_map(|annotations| annotations.value.node.entries()) {
        let Some(text) = entry.value.node.as_str() else { continue };
        if !ANNOTATIONS.contains(&&*entry.key) {
            continue;
        }
        for item in listed(text) {
            let Some(image) = item.node.as_str() else { continue };
            let Ok(reference) = ImageReference::parse(image) else { continue };
            if found.len() == MAX_IMAGES || found.iter().any(|known| &*known.text == image) {
                continue;
            }
            let range = in_file(&entry.value.node, item.range).unwrap_or(entry.key_range);
            found.push(Declared {
                text: Arc::from(image),
                classification: context.config.images.classify(&reference),
                span: range.in_file(metadata.file),
            });
        }
    }
    found
}

/// Private images that only Chart.yaml names, beside those that the pods show; the first few, for labels.
pub fn further(context: &Context<'_>) -> Vec<Declared> {
    let workloads = &context.registry().workloads;
    let is_shown = |declared: &Declared| {
        let mut images = workloads.iter().flat_map(|workload| &workload.images);
        images.any(|image| image.text == *declared.text)
    };
    let mut further = images(context);
    further.retain(|image| image.needs_secret() && !is_shown(image));
    further.truncate(SHOWN);
    further
}

/// The values of `image` in a YAML list of mappings.
fn listed(text: &str) -> Vec<Use> {
    let stream = yaml::parse(text);
    let roots = stream.documents.into_iter().filter_map(|document| document.root);
    let images = roots.flat_map(|root| {
        let items = root.node.items().iter();
        items.filter_map(|item| Some(item.node.get("image")?.value.clone())).collect::<Vec<_>>()
    });
    images.collect()
}

/// Where a part of a scalar's text stands in its file.
fn in_file(scalar: &Node, part: TextRange) -> Option<TextRange> {
    let segment = scalar.segments.iter().find(|segment| {
        segment.text_start <= part.start && part.end <= segment.text_start + segment.len
    })?;
    let start = (segment.source_start + (part.start - segment.text_start)) as usize;
    Some(TextRange::new(start, start + part.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the images of an annotation say in the file, `?` where they are no piece of it.
    #[track_caller]
    fn check(file: &str, expected: &[&str]) {
        let stream = yaml::parse(file);
        let root = stream.documents.first().and_then(|document| document.root.as_ref());
        let scalar = &root.unwrap().node.get("images").unwrap().value.node;
        let items = listed(scalar.as_str().unwrap());
        let pieces = items.iter().map(|item| in_file(scalar, item.range));
        let pieces: Vec<&str> = pieces.map(|at| at.map_or("?", |at| &file[at.usize()])).collect();
        assert_eq!(pieces, expected, "{file}");
    }

    #[test]
    fn images_in_a_text_are_found_in_the_file() {
        check("images: |\n  - name: a\n    image: r.io/a:1\n  - image: b\n", &["r.io/a:1", "b"]);
        check("images: '[{image: r.io/a}]'\n", &["r.io/a"]);
        check("images: \"- image: r.io/a\\n- image: b\"\n", &["r.io/a", "b"]);
        check("images: >\n  - image:\n      r.io/a\n", &["r.io/a"]);
        check("images: |\n  no list\n", &[]);
        check("images: |\n  - [broken\n", &[]);
    }
}
