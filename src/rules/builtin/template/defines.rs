//! Rules on what templates define: `duplicate-template-name` and `unused-template`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chart::{Chart, Template};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::templates_in_order;
use crate::rules::calls;
use crate::rules::context::{Concern, Context, Rule};
use crate::source::{SourceMap, Span};
use crate::template::ast::{Command, Define, Expr};
use crate::template::walk::{Met, walk_block};

use super::undefined_template::{defined as names, included};

pub(in crate::rules::builtin) struct DuplicateTemplateName;

impl Rule for DuplicateTemplateName {
    fn name(&self) -> &'static str {
        "duplicate-template-name"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let own: BTreeSet<_> = context.chart.templates.iter().map(|own| own.file).collect();
        let mut known: BTreeMap<&str, Vec<(&Template, &Define)>> = BTreeMap::new();
        // In this order Helm adds them: of several the last one stays.
        for (_, template) in templates_in_order(context.view.active) {
            // Two in one file that print something are a mistake of syntax.
            if !template.ast.errors.is_empty() {
                continue;
            }
            for define in template.ast.defines.iter().filter(|define| !define.body.is_blank()) {
                known.entry(&define.name).or_default().push((template, define));
            }
        }
        for (name, places) in known {
            let Some(((winner, kept), others)) = places.split_last() else { continue };
            let text = |template: &Template, define: &Define| {
                body(context.sources, define.body.range.in_file(template.file))
            };
            let kept_text = text(winner, kept);
            for (loser, lost) in others {
                let is_own = own.contains(&loser.file);
                // Between charts below this one there is nothing to mend here.
                if loser.file == winner.file
                    || !is_own && !own.contains(&winner.file)
                    || text(loser, lost) == kept_text
                {
                    continue;
                }
                let lost = lost.name_range.in_file(loser.file);
                let kept = kept.name_range.in_file(winner.file);
                let message = format!("`{name}` is defined twice, and not alike");
                let (primary, related) = if is_own {
                    ((lost, "this one is lost"), (kept, "Helm takes this one, for all charts"))
                } else {
                    ((kept, "Helm takes this one, for all charts"), (lost, "this one is lost"))
                };
                out.push(
                    Diagnostic::new(self.name(), Severity::Warning, primary.0, message)
                        .label(primary.1)
                        .related(related.0, related.1)
                        .help("give one of them another name, which begins with that of its chart")
                        .subject(name),
                );
            }
        }
    }
}

/// The text of a define, without what the blanks around it and the ends of its lines make different.
fn body(sources: &SourceMap, span: Span) -> Vec<&str> {
    sources.slice(span).trim().lines().map(str::trim_end).collect()
}

pub(in crate::rules::builtin) struct UnusedTemplate;

/// Names of charts that are made to be used by others, though they are no libraries.
const SHARED: [&str; 3] = ["common", "library", "lib"];

impl Rule for UnusedTemplate {
    fn name(&self) -> &'static str {
        "unused-template"
    }

    fn concern(&self) -> Concern {
        Concern::Files
    }

    fn check(&self, context: &Context<'_>, out: &mut Vec<Diagnostic>) {
        let chart = context.chart;
        if is_for_others(chart) || has_mistakes(chart) {
            return;
        }
        let mut used = Used::default();
        used.collect(chart);
        let texts = texts(context);
        let mut defined = BTreeSet::new();
        names(chart, &mut defined);
        let undefined: Vec<&Arc<str>> =
            used.names.iter().filter(|name| !defined.contains(*name)).collect();
        let mut reported = BTreeSet::new();
        for template in &chart.templates {
            for define in &template.ast.defines {
                let name = &define.name;
                if used.has(name)
                    || texts.iter().any(|text| text.contains(&**name))
                    // It is misspelt where it is included, which is another finding.
                    || undefined.iter().any(|written| calls::resembles(written, name))
                    || !reported.insert(Arc::clone(name))
                {
                    continue;
                }
                let span = define.name_range.in_file(template.file);
                let message = format!("no template includes `{name}`");
                out.push(
                    Diagnostic::new(self.name(), Severity::Info, span, message)
                        .label("this is never printed")
                        .help("remove it, or include it where it was meant to be")
                        .subject(&**name),
                );
            }
        }
    }
}

/// Whether the chart is there for the helpers that other charts take from it.
fn is_for_others(chart: &Chart) -> bool {
    let name = chart.metadata.name.value.as_str();
    let is_named_so = name.split(['-', '_']).any(|word| SHARED.contains(&word));
    let is_partial = |template: &Template| {
        template.name.rsplit('/').next().is_some_and(|base| base.starts_with('_'))
    };
    chart.is_library() || is_named_so || chart.templates.iter().all(is_partial)
}

fn has_mistakes(chart: &Chart) -> bool {
    chart.templates.iter().any(|template| !template.ast.errors.is_empty())
        || chart.subcharts.iter().any(has_mistakes)
}

/// Texts that `tpl` may evaluate: values files, and files of the chart.
fn texts<'c>(context: &Context<'c>) -> Vec<&'c str> {
    fn collect<'c>(chart: &'c Chart, sources: &'c SourceMap, texts: &mut Vec<&'c str>) {
        let values = chart.values.iter().map(|values| values.file);
        let files = chart.files.iter().filter_map(|file| file.file);
        texts.extend(values.chain(files).map(|file| &**sources.file(file).text()));
        chart.subcharts.iter().for_each(|sub| collect(sub, sources, texts));
    }
    let mut texts = Vec::new();
    collect(context.chart, context.sources, &mut texts);
    texts.extend(context.values_files.iter().map(|file| &**context.sources.file(file.file).text()));
    texts.retain(|text| text.contains("{{"));
    texts
}

/// Which names are included somewhere.
#[derive(Default)]
struct Used {
    names: BTreeSet<Arc<str>>,
    /// Parts of names that are worked out: what stands before and behind that which is not known.
    parts: Vec<(String, String)>,
    /// Strings that stand elsewhere than in an `include`: lists of names, arguments of helpers, texts for `tpl`.
    strings: BTreeSet<Arc<str>>,
    /// A name that is worked out without any literal part.
    is_any: bool,
}

impl Used {
    fn has(&self, name: &str) -> bool {
        let fits = |(before, behind): &(String, String)| {
            name.len() >= before.len() + behind.len()
                && name.starts_with(before.as_str())
                && name.ends_with(behind.as_str())
        };
        self.names.contains(name)
            || self.strings.iter().any(|text| text.contains(name))
            || self.parts.iter().any(fits)
            || self.is_any
    }

    fn collect(&mut self, chart: &Chart) {
        for template in &chart.templates {
            let ast = &template.ast;
            walk_block(&ast.body, &mut |met| self.met(met, None));
            for define in &ast.defines {
                walk_block(&define.body, &mut |met| self.met(met, Some(&define.name)));
            }
        }
        chart.subcharts.iter().for_each(|sub| self.collect(sub));
    }

    /// `own` is the name of the define around: it does not use itself.
    fn met(&mut self, met: Met<'_>, own: Option<&Arc<str>>) {
        if let Some((name, _)) = included(met) {
            if own != Some(name) {
                self.names.insert(Arc::clone(name));
            }
            return;
        }
        let Met::Command(command, is_piped) = met else { return };
        let texts = command.args.iter().filter_map(|operand| match operand {
            Expr::Str(text) => Some(Arc::clone(&text.value)),
            _ => None,
        });
        self.strings.extend(texts);
        let [Expr::Function(function), rest @ ..] = command.args.as_slice() else { return };
        if &*function.name != "include" {
            return;
        }
        match rest.first() {
            Some(name) => self.computed(name),
            // The name is an argument, the dot what is piped; or there is nothing at all.
            None => self.is_any |= is_piped,
        }
    }

    /// A name that is worked out.
    fn computed(&mut self, name: &Expr) {
        let known = match name {
            Expr::Pipe(_, pipe) => match pipe.commands.as_slice() {
                [only] => parts(only),
                _ => None,
            },
            _ => None,
        };
        match known {
            Some(known) if !known.0.is_empty() || !known.1.is_empty() => self.parts.push(known),
            _ => self.is_any = true,
        }
    }
}

/// The literal parts at both ends of what `printf` or `print` make.
fn parts(command: &Command) -> Option<(String, String)> {
    let [Expr::Function(function), rest @ ..] = command.args.as_slice() else { return None };
    match (&*function.name, rest) {
        ("printf", [Expr::Str(format), ..]) => {
            let before = format.value.split('%').next()?.to_owned();
            let behind = format.value.rsplit('%').next()?;
            // Behind the verb, which is one letter where it has no flags.
            let behind = behind.get(1..).unwrap_or_default().to_owned();
            Some((before, behind))
        }
        ("print", [first, .., last]) => {
            let text = |expr: &Expr| match expr {
                Expr::Str(text) => text.value.to_string(),
                _ => String::new(),
            };
            Some((text(first), text(last)))
        }
        _ => None,
    }
}
