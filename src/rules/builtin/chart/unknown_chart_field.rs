//! `unknown-chart-field`: a field that Helm does not know, and so does not read.

use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::catalogue::nearest;
use crate::rules::context::{Concern, Context, Rule};
use crate::yaml::{Node, NodeKind};

use super::fields::items;

/// Those of `Metadata` in Helm's `pkg/chart/v2/metadata.go`.
const OF_CHART: [&str; 17] = [
    "name",
    "home",
    "sources",
    "version",
    "description",
    "keywords",
    "maintainers",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "deprecated",
    "annotations",
    "kubeVersion",
    "dependencies",
    "type",
];

/// Those of `Dependency` in `pkg/chart/v2/dependency.go`.
const OF_DEPENDENCY: [&str; 8] =
    ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"];

/// Those of `Maintainer`.
const OF_MAINTAINER: [&str; 3] = ["name", "email", "url"];

/// Fields that only Helm 2 read.
const OF_HELM_2: [&str; 2] = ["engine", "tillerVersion"];

pub(in crate::rules::builtin) struct UnknownChartField;

impl Rule for UnknownChartField {
    fn name(&self) -> &'static str {
        "unknown-chart-field"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let Some(root) = context.chart.metadata.root() else { return };
        check_node(context, root, "Chart.yaml", &OF_CHART, out);
        for item in items(context, "dependencies") {
            check_node(context, &item.node, "a dependency", &OF_DEPENDENCY, out);
        }
        for item in items(context, "maintainers") {
            check_node(context, &item.node, "a maintainer", &OF_MAINTAINER, out);
        }
    }
}

fn check_node(
    context: &Context<'_>,
    node: &Node,
    owner: &str,
    known: &[&'static str],
    out: &mut Vec<Diagnostic>,
) {
    let NodeKind::Map(entries) = &node.kind else { return };
    let own = entries.iter().filter(|entry| !entry.merged && entry.repeats.is_none());
    for entry in own {
        if known.iter().any(|name| name.eq_ignore_ascii_case(&entry.key)) {
            continue;
        }
        let span = entry.key_range.in_file(context.chart.metadata.file);
        let message = format!("`{}` is no field of {owner}", entry.key);
        let mut diagnostic =
            Diagnostic::new("unknown-chart-field", Severity::Warning, span, message)
                .label("Helm reads nothing from it")
                .subject(entry.key.to_string());
        diagnostic = match nearest(&entry.key, known.iter().copied()) {
            _ if OF_HELM_2.contains(&&*entry.key) => {
                diagnostic.help("remove it: only Helm 2 read it")
            }
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None if owner == "Chart.yaml" => {
                diagnostic.help("put what other tools are to read into `annotations`, or remove it")
            }
            None => diagnostic.help(format!("remove it, or write one of `{}`", known.join("`, `"))),
        };
        out.push(diagnostic);
    }
}
