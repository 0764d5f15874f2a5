//! The parser.

use super::Ast;

/// Parses `text`.
pub fn parse(_text: &str) -> Ast {
    Ast::default()
}
