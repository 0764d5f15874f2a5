//! Go templates: lexer, parser and syntax tree of Go 1.26 `text/template`, with a range on every node.
//!
//! Parsing never fails: [`parse`] gives a tree and a list of errors, and goes on after each.

pub mod ast;
pub mod functions;
mod parser;

pub use ast::Ast;
pub use parser::parse;
