//! What people read of a chart: `invalid-maintainer`, `invalid-chart-url` and `missing-icon`, as `helm lint` judges them.

use crate::chart::scalar_text;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules::context::{Concern, Context, Rule};
use crate::source::Span;
use crate::yaml::NodeKind;

use super::addresses::{is_email, is_request_url, is_url};
use super::fields::{items, name_place, span_of, text, text_in};

pub(in crate::rules::builtin) struct InvalidMaintainer;

impl Rule for InvalidMaintainer {
    fn name(&self) -> &'static str {
        "invalid-maintainer"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        for item in items(context, "maintainers") {
            let entry = span_of(context, item);
            match &item.node.kind {
                NodeKind::Null => {
                    out.push(
                        maintainer(entry, "this maintainer is empty")
                            .label("Helm does not load the chart with it")
                            .help("write `- name: …`, or remove the entry"),
                    );
                    continue;
                }
                NodeKind::Map(_) => {}
                // The loader refuses it for its type.
                _ => continue,
            }
            let field = |name| text_in(&item.node, name).filter(|(text, _)| !text.is_empty());
            if field("name").is_none() {
                let empty = text_in(&item.node, "name").map(|(_, used)| span_of(context, used));
                out.push(
                    maintainer(empty.unwrap_or(entry), "a maintainer has no name")
                        .label("`name` is the one field that each needs")
                        .help("write `name: …`"),
                );
                continue;
            }
            if let Some((email, used)) = field("email").filter(|(email, _)| !is_email(email)) {
                out.push(
                    maintainer(span_of(context, used), &format!("`{email}` is no email address"))
                        .help("write one address, such as `team@example.com`")
                        .subject(email),
                );
            }
            if let Some((url, used)) = field("url").filter(|(url, _)| !is_url(url)) {
                out.push(
                    maintainer(span_of(context, used), &format!("`{url}` is no URL"))
                        .help("write one such as `https://example.com/team`")
                        .subject(url),
                );
            }
        }
    }
}

fn maintainer(span: Span, message: &str) -> Diagnostic {
    Diagnostic::new("invalid-maintainer", Severity::Error, span, message)
}

pub(in crate::rules::builtin) struct InvalidChartUrl;

impl Rule for InvalidChartUrl {
    fn name(&self) -> &'static str {
        "invalid-chart-url"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let mut judge = |text: &str, span: Span, what: &str| {
            if is_request_url(text) {
                return;
            }
            let message = if text.is_empty() {
                format!("this {what} is empty")
            } else {
                format!("the {what} `{text}` is no URL")
            };
            out.push(
                Diagnostic::new("invalid-chart-url", Severity::Error, span, message)
                    .label("a scheme and a valid address are needed")
                    .help(if text.is_empty() {
                        "write a URL, or remove the entry"
                    } else {
                        "write all of it, such as `https://example.com/…`"
                    })
                    .subject(text),
            );
        };
        for source in items(context, "sources") {
            let span = span_of(context, source);
            match &source.node.kind {
                NodeKind::Null => judge("", span, "source"),
                _ => {
                    if let Some(text) = scalar_text(&source.node) {
                        judge(&text, span, "source");
                    }
                }
            }
        }
        if let Some((icon, span)) = text(context, "icon").filter(|(icon, _)| !icon.is_empty()) {
            judge(&icon, span, "icon");
        }
    }
}

pub(in crate::rules::builtin) struct MissingIcon;

impl Rule for MissingIcon {
    fn name(&self) -> &'static str {
        "missing-icon"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let has_icon = text(context, "icon").is_some_and(|(icon, _)| !icon.is_empty());
        if has_icon || context.chart.is_library() {
            return;
        }
        out.push(
            Diagnostic::new(
                self.name(),
                Severity::Info,
                name_place(context),
                "the chart has no icon",
            )
            .label("catalogues show charts with their icons")
            .help("write `icon: https://…` with the URL of a picture"),
        );
    }
}
