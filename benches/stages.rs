//! How long each stage takes: `cargo bench`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use chartlint::lint::{Options, lint_in_memory};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// The guide's chart, by paths inside it.
fn guide() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/charts/guide");
    let names = [
        "Chart.yaml",
        "values.yaml",
        "templates/_helpers.tpl",
        "templates/cronjob.yaml",
        "templates/deployment.yaml",
        "templates/placeholder-secret.yaml",
        "templates/statefulset.yaml",
    ];
    let read = |name: &&str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    names.iter().map(|name| ((*name).to_owned(), read(name))).collect()
}

/// The guide's chart with its deployment `count` times.
fn large(count: usize) -> BTreeMap<String, String> {
    let mut files = guide();
    let deployment = files.get("templates/deployment.yaml").cloned().unwrap_or_default();
    for at in 0..count {
        files.insert(format!("templates/deployment-{at}.yaml"), deployment.clone());
    }
    files
}

#[divan::bench]
fn parse_template(bencher: Bencher<'_, '_>) {
    let text = guide().remove("templates/deployment.yaml").unwrap_or_default().repeat(100);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| chartlint::template::parse(black_box(&text)));
}

#[divan::bench]
fn read_yaml(bencher: Bencher<'_, '_>) {
    let mut text = String::new();
    for at in 0..1_000 {
        let _ = writeln!(
            text,
            "key-{at}:\n  name: \"some text\" # and a comment\n  list: [1, two, 3.5]"
        );
    }
    bencher.counter(BytesCount::of_str(&text)).bench(|| chartlint::yaml::parse(black_box(&text)));
}

#[divan::bench(args = [0, 100, 1_000])]
fn lint_chart(bencher: Bencher<'_, '_>, deployments: usize) {
    let files = large(deployments);
    bencher.bench(|| lint_in_memory(black_box(&files), &Options::default()));
}
