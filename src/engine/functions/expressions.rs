//! Runs recorded template expressions through the evaluator; `testdata/functions/README.md` describes the format.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::chart::{FileSystem, ParseCache, ValuesFile, load};
use crate::engine::Environment;
use crate::engine::machine::Machine;
use crate::engine::scope::{ScopeBuilder, set_template};
use crate::source::SourceMap;
use crate::template::ast::{Block, Expr, Node, Pipeline};
use crate::template::{Ast, parse};
use crate::values::{Active, Defaults, activate, user_values};

/// The template that every expression is.
const NAME: &str = "c/templates/t";

/// Expressions with the names they call, and what Go or the evaluator made of them.
pub(super) struct Evaluated {
    /// All functions that stand in the expression.
    pub(super) calls: BTreeSet<&'static str>,
    /// What is printed, or the error in Go's words.
    pub(super) result: Result<String, String>,
}

/// Evaluates each template with `values`, and passes it on with its place in the list.
pub(super) fn evaluate<'t>(
    values: &Json,
    templates: impl Iterator<Item = &'t str>,
    mut sink: impl FnMut(Evaluated),
) {
    let files = [
        ("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n".to_owned()),
        ("c/templates/t", String::new()),
    ];
    let fs = FileSystem::memory(files.map(|(name, text)| (name.to_owned(), text.into_bytes())));
    let mut sources = SourceMap::default();
    let cache = ParseCache::default();
    let loaded = load(&fs, "c", &mut sources, &cache).unwrap();
    let defaults = Defaults::of(&loaded.chart);
    // JSON is YAML.
    let text: Arc<str> = Arc::from(values.to_string());
    let stream = cache.values(&text);
    let values = [ValuesFile { file: sources.add("values", text), stream }];
    let user = user_values(&values, &[], &mut sources, &|_| Err(String::new())).unwrap();
    let all = |_: &str, _: &str| true;
    let active = activate(&loaded.chart, &defaults, &user, &all).unwrap();
    for template in templates {
        let ast = Arc::new(parse(template));
        let mut calls = BTreeSet::new();
        names_in(&ast, &mut calls);
        let result = match ast.errors.first() {
            Some(error) => Err(error.go_message(NAME)),
            None => run(&mut sources, &active, template, &ast),
        };
        sink(Evaluated { calls, result });
    }
}

fn run(
    sources: &mut SourceMap,
    active: &Active<'_>,
    template: &str,
    ast: &Arc<Ast>,
) -> Result<String, String> {
    let file = sources.add(NAME, template);
    let environment = Environment::default();
    let builder = ScopeBuilder::new(sources, &environment.release, &environment.capabilities);
    let (renderables, memories) = builder.build(active);
    let renderable = renderables.first().unwrap();
    let mut machine = Machine::new(sources, &memories);
    machine.add_file(&renderable.name, file, ast);
    set_template(&renderable.data, &renderable.name, &renderable.base_path);
    let output = machine.execute(&renderable.name, &renderable.data);
    // JSON, in which the results stand, has no other bytes than characters.
    let shown = |text: &str| crate::bytes::shown(text).into_owned();
    output.map(|(text, _)| shown(&text)).map_err(|error| shown(&error.full))
}

/// The functions that a template calls.
fn names_in(ast: &Ast, names: &mut BTreeSet<&'static str>) {
    names_in_block(&ast.body, names);
    ast.defines.iter().for_each(|define| names_in_block(&define.body, names));
}

fn names_in_block(block: &Block, names: &mut BTreeSet<&'static str>) {
    for node in &block.nodes {
        match node {
            Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
            Node::Action(action) => names_in_pipe(&action.pipe, names),
            Node::Template(call) => call.pipe.iter().for_each(|pipe| names_in_pipe(pipe, names)),
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                names_in_pipe(&branch.pipe, names);
                names_in_block(&branch.body, names);
                branch.otherwise.iter().for_each(|block| names_in_block(block, names));
            }
        }
    }
}

fn names_in_pipe(pipe: &Pipeline, names: &mut BTreeSet<&'static str>) {
    for expr in pipe.commands.iter().flat_map(|command| &command.args) {
        names_in_expr(expr, names);
    }
}

fn names_in_expr(expr: &Expr, names: &mut BTreeSet<&'static str>) {
    match expr {
        Expr::Function(function) => {
            names.extend(function.id.map(|id| crate::template::functions::signature(id).name));
        }
        Expr::Chain(_, inner, _) => names_in_expr(inner, names),
        Expr::Pipe(_, pipe) => names_in_pipe(pipe, names),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorded;

    #[test]
    fn expressions_give_what_helm_gives() {
        recorded::check("expressions.jsonl");
    }
}
