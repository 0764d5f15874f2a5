//! Go templates: lexer, parser and syntax tree of Go 1.26 `text/template`, with a range on every node.
//!
//! Parsing never fails: [`parse`] gives a tree and a list of errors, and goes on after each.

mod actions;
pub mod ast;
mod characters;
mod expressions;
pub mod functions;
mod lexer;
mod numbers;
mod parser;
pub mod position;
mod strings;
#[cfg(test)]
mod tree_dump;
pub mod walk;

pub use ast::Ast;
pub use characters::go_quote;
pub use lexer::{Lexed, lex};
pub use parser::{MAX_BLOCK_DEPTH, MAX_PARENTHESIS_DEPTH, MAX_SYNTAX_ERRORS, parse};
