//! Trees in one line each, as the recorded dumps of Go's trees in testdata/template have them.

use std::fmt::Write;

use super::ast::{Ast, Block, Branch, Command, Expr, Ident, Node, Pipeline};
use super::characters::go_quote;

/// The body, then what is defined, by name. Each node has Go's position behind an `@`.
pub(super) fn dump(ast: &Ast) -> String {
    let mut out = String::new();
    block(&mut out, &ast.body);
    let mut defines: Vec<_> = Vec::new();
    for define in &ast.defines {
        match defines.iter_mut().find(|(name, _): &&mut (&str, &Block)| **name == *define.name) {
            Some((_, body)) if body.is_blank() => *body = &define.body,
            Some(_) => {}
            None => defines.push((&*define.name, &define.body)),
        }
    }
    defines.sort_by_key(|(name, _)| *name);
    for (name, body) in defines {
        write!(out, " define {} ", go_quote(name)).unwrap();
        block(&mut out, body);
    }
    out
}

fn block(out: &mut String, block: &Block) {
    out.push('[');
    for node in &block.nodes {
        match node {
            Node::Text(text) => {
                write!(out, "(text@{} {})", text.range.start, go_quote(&text.text)).unwrap();
            }
            Node::Action(action) => {
                write!(out, "(action@{} ", action.position()).unwrap();
                pipeline(out, &action.pipe);
                out.push(')');
            }
            Node::If(node) => branch(out, "if", node),
            Node::With(node) => branch(out, "with", node),
            Node::Range(node) => branch(out, "range", node),
            Node::Template(call) => {
                write!(out, "(template@{} {}", call.position(), go_quote(&call.name)).unwrap();
                if let Some(pipe) = &call.pipe {
                    out.push(' ');
                    pipeline(out, pipe);
                }
                out.push(')');
            }
            Node::Break(_) => out.push_str("(break)"),
            Node::Continue(_) => out.push_str("(continue)"),
        }
    }
    out.push(']');
}

fn branch(out: &mut String, kind: &str, branch: &Branch) {
    write!(out, "({kind}@{} ", branch.position()).unwrap();
    pipeline(out, &branch.pipe);
    block(out, &branch.body);
    if let Some(otherwise) = &branch.otherwise {
        out.push_str(" else ");
        block(out, otherwise);
    }
    out.push(')');
}

fn pipeline(out: &mut String, pipe: &Pipeline) {
    write!(out, "(pipe@{}", pipe.position()).unwrap();
    for variable in &pipe.variables {
        write!(out, " {}@{}", variable.name, variable.range.start).unwrap();
    }
    if !pipe.variables.is_empty() {
        out.push_str(if pipe.assign { " =" } else { " :=" });
    }
    for command in &pipe.commands {
        out.push(' ');
        self::command(out, command);
    }
    out.push(')');
}

fn command(out: &mut String, command: &Command) {
    write!(out, "(@{}", command.position()).unwrap();
    for arg in &command.args {
        out.push(' ');
        expr(out, arg);
    }
    out.push(')');
}

fn fields(out: &mut String, names: &[Ident]) {
    for name in names {
        write!(out, ".{}", name.name).unwrap();
    }
}

fn expr(out: &mut String, expr: &Expr) {
    let at = expr.position();
    match expr {
        Expr::Dot(_) => write!(out, "dot@{at}").unwrap(),
        Expr::Nil(_) => write!(out, "nil@{at}").unwrap(),
        Expr::Bool(_, value) => write!(out, "{value}@{at}").unwrap(),
        Expr::Number(number) => {
            write!(out, "(number@{at} {}", number.text).unwrap();
            if let Some(int) = number.int {
                write!(out, " int:{int}").unwrap();
            }
            if let Some(uint) = number.uint {
                write!(out, " uint:{uint}").unwrap();
            }
            if let Some(float) = number.float {
                write!(out, " float:{:016x}", float.to_bits()).unwrap();
            }
            if let Some((real, imaginary)) = number.complex {
                let (real, imaginary) = (real.to_bits(), imaginary.to_bits());
                write!(out, " complex:{real:016x},{imaginary:016x}").unwrap();
            }
            out.push(')');
        }
        Expr::Str(string) => {
            write!(out, "(string@{at} {} {})", string.quoted, go_quote(&string.value)).unwrap();
        }
        Expr::Field(_, names) => {
            write!(out, "field@{at}").unwrap();
            fields(out, names);
        }
        Expr::Variable(variable, _, names) => {
            write!(out, "variable@{at}:{}", variable.name).unwrap();
            fields(out, names);
        }
        Expr::Function(function) => write!(out, "function@{at}:{}", function.name).unwrap(),
        Expr::Chain(_, inner, names) => {
            write!(out, "(chain@{at} ").unwrap();
            self::expr(out, inner);
            out.push(' ');
            fields(out, names);
            out.push(')');
        }
        Expr::Pipe(_, pipe) => pipeline(out, pipe),
    }
}
