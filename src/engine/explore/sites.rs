//! The branches of a template as they stand in its text.

use std::sync::Arc;

use crate::source::{FileId, TextRange};
use crate::template::Ast;
use crate::template::ast::{Block, Branch, Command, Expr, Node, Pipeline};

/// Names a branch: the first byte of its opening action, or of its call of `ternary`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// The template file.
    pub file: FileId,
    /// Offset in it.
    pub start: u32,
}

/// A branch of a template's text; it has two sides.
#[derive(Clone, Debug)]
pub struct SiteInfo {
    /// Its name.
    pub site: Site,
    /// The opening action, or the call.
    pub range: TextRange,
    /// What is printed if the condition holds, and otherwise; none for `ternary`, and where nothing is.
    pub blocks: [Option<TextRange>; 2],
    /// The named template it stands in; none for the file's own body.
    pub define: Option<Arc<str>>,
    /// The side of a branch that it stands in: index in the list, and whether that condition holds there.
    pub inside: Option<(usize, bool)>,
}

/// All branches of a file, in the order of its text.
pub fn sites(file: FileId, ast: &Ast) -> Vec<SiteInfo> {
    let mut walk = Walk { file, define: None, found: Vec::new() };
    walk.block(&ast.body, None);
    for define in &ast.defines {
        walk.define = Some(Arc::clone(&define.name));
        walk.block(&define.body, None);
    }
    walk.found
}

struct Walk {
    file: FileId,
    define: Option<Arc<str>>,
    found: Vec<SiteInfo>,
}

impl Walk {
    fn add(
        &mut self,
        range: TextRange,
        blocks: [Option<TextRange>; 2],
        inside: Option<(usize, bool)>,
    ) -> usize {
        let site = Site { file: self.file, start: range.start };
        self.found.push(SiteInfo { site, range, blocks, define: self.define.clone(), inside });
        self.found.len() - 1
    }

    fn block(&mut self, block: &Block, inside: Option<(usize, bool)>) {
        for node in &block.nodes {
            match node {
                Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
                Node::Action(action) => self.pipeline(&action.pipe, inside),
                Node::Template(call) => {
                    if let Some(pipe) = &call.pipe {
                        self.pipeline(pipe, inside);
                    }
                }
                Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                    self.branch(branch, inside);
                }
            }
        }
    }

    fn branch(&mut self, branch: &Branch, inside: Option<(usize, bool)>) {
        let otherwise = branch.otherwise.as_ref().map(|block| block.range);
        let own = self.add(branch.open, [Some(branch.body.range), otherwise], inside);
        self.pipeline(&branch.pipe, inside);
        self.block(&branch.body, Some((own, true)));
        if let Some(otherwise) = &branch.otherwise {
            self.block(otherwise, Some((own, false)));
        }
    }

    fn pipeline(&mut self, pipe: &Pipeline, inside: Option<(usize, bool)>) {
        for command in &pipe.commands {
            if is_ternary(command) {
                self.add(command.range, [None, None], inside);
            }
            for arg in &command.args {
                self.operand(arg, inside);
            }
        }
    }

    fn operand(&mut self, operand: &Expr, inside: Option<(usize, bool)>) {
        match operand {
            Expr::Pipe(_, pipe) => self.pipeline(pipe, inside),
            Expr::Chain(_, inner, _) => self.operand(inner, inside),
            _ => {}
        }
    }
}

/// Whether the command calls `ternary`, with more than a condition from a pipe.
pub(super) fn is_ternary(command: &Command) -> bool {
    matches!(command.args.as_slice(), [Expr::Function(function), _, ..] if &*function.name == "ternary")
}
