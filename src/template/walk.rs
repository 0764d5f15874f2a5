//! A walk over all that a tree calls, in all its branches.

use super::ast::{Ast, Block, Command, Expr, Node, Pipeline, TemplateCall};

/// What a walk meets.
#[derive(Clone, Copy, Debug)]
pub enum Met<'t> {
    /// A command, and whether it gets the value of the one before it as its last argument.
    Command(&'t Command, bool),
    /// An operand that is no command's first one: a function's name there is a call without arguments.
    Operand(&'t Expr),
    /// `{{template}}`, and the call of a `{{block}}`.
    Template(&'t TemplateCall),
}

/// Walks the main body and all that is defined.
pub fn walk<'t>(ast: &'t Ast, visit: &mut dyn FnMut(Met<'t>)) {
    walk_block(&ast.body, visit);
    for define in &ast.defines {
        walk_block(&define.body, visit);
    }
}

/// Walks one body.
pub fn walk_block<'t>(block: &'t Block, visit: &mut dyn FnMut(Met<'t>)) {
    for node in &block.nodes {
        match node {
            Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
            Node::Action(action) => walk_pipeline(&action.pipe, visit),
            Node::Template(call) => {
                visit(Met::Template(call));
                call.pipe.iter().for_each(|pipe| walk_pipeline(pipe, visit));
            }
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                walk_pipeline(&branch.pipe, visit);
                walk_block(&branch.body, visit);
                branch.otherwise.iter().for_each(|block| walk_block(block, visit));
            }
        }
    }
}

/// Walks one pipeline.
pub fn walk_pipeline<'t>(pipe: &'t Pipeline, visit: &mut dyn FnMut(Met<'t>)) {
    for (at, command) in pipe.commands.iter().enumerate() {
        visit(Met::Command(command, at > 0));
        for (at, operand) in command.args.iter().enumerate() {
            if at > 0 {
                visit(Met::Operand(operand));
            }
            inside(operand, visit);
        }
    }
}

/// What stands in parentheses or before the fields of an operand.
fn inside<'t>(operand: &'t Expr, visit: &mut dyn FnMut(Met<'t>)) {
    match operand {
        Expr::Pipe(_, pipe) => walk_pipeline(pipe, visit),
        Expr::Chain(_, inner, _) => {
            visit(Met::Operand(inner));
            inside(inner, visit);
        }
        _ => {}
    }
}
