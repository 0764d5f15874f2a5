//! `undefined-template`: `include` or `template` of a name that nothing in the tree of charts defines.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::chart::Chart;
use crate::diagnostic::Diagnostic;
use crate::engine::templates_in_order;
use crate::rules::calls;
use crate::rules::context::{Concern, Context, Rule};
use crate::source::TextRange;
use crate::template::ast::Expr;
use crate::template::walk::{Met, walk};
use crate::values::Note;

pub(in crate::rules::builtin) struct UndefinedTemplate;

impl Rule for UndefinedTemplate {
    fn name(&self) -> &'static str {
        "undefined-template"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let missing = |note: &Note| matches!(note, Note::MissingDependency { linked: None, .. });
        // What is not there may define it: a dependency, or whoever includes the library.
        if context.chart.is_library()
            || context.view.active.notes.iter().any(missing)
            || lacks_something(context.chart)
        {
            return;
        }
        let mut known = BTreeSet::new();
        defined(context.chart, &mut known);
        known.extend(templates_in_order(context.view.active).into_iter().map(|(name, _)| name));
        for template in &context.chart.templates {
            walk(&template.ast, &mut |met| {
                let Some((name, range)) = included(met) else { return };
                if known.contains(name) {
                    return;
                }
                let span = range.in_file(template.file);
                out.push(calls::undefined_template(span, name, known.iter().map(|name| &**name)));
            });
        }
    }
}

/// The literal name that a call includes, and where it stands.
pub(super) fn included(met: Met<'_>) -> Option<(&Arc<str>, TextRange)> {
    match met {
        Met::Template(call) => Some((&call.name, call.name_range)),
        Met::Command(command, _) => match command.args.as_slice() {
            [Expr::Function(function), Expr::Str(name), ..] if &*function.name == "include" => {
                Some((&name.value, name.range))
            }
            _ => None,
        },
        Met::Operand(_) => None,
    }
}

/// Whether a part of the tree can't be read, or is not there.
fn lacks_something(chart: &Chart) -> bool {
    let is_there = |name: &str| chart.subcharts.iter().any(|sub| sub.metadata.name.value == name);
    chart.templates.iter().any(|template| !template.ast.errors.is_empty())
        || chart.metadata.dependencies.iter().any(|entry| !is_there(&entry.name.value))
        || chart.subcharts.iter().any(lacks_something)
}

/// All names that the tree defines, whether or not the subchart is on.
pub(super) fn defined(chart: &Chart, known: &mut BTreeSet<Arc<str>>) {
    let defines = chart.templates.iter().flat_map(|template| &template.ast.defines);
    known.extend(defines.map(|define| Arc::clone(&define.name)));
    chart.subcharts.iter().for_each(|sub| defined(sub, known));
}
