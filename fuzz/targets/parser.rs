//! The template parser: every node stands in the text, between characters, inside its parent, and says what stands there.
#![no_main]

use chartlint::source::TextRange;
use chartlint::template::ast::{
    Ast, Block, Branch, Command, Expr, Ident, Node, Pipeline, Variable,
};
use chartlint::template::{MAX_SYNTAX_ERRORS, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let ast = parse(&text);
    Walk { text: &text }.ast(&ast);
    assert_eq!(format!("{:?}", parse(&text)), format!("{ast:?}"));
});

struct Walk<'t> {
    text: &'t str,
}

impl Walk<'_> {
    /// What stands at `range`, which is inside `parent`.
    #[track_caller]
    fn inside(&self, parent: TextRange, range: TextRange) -> &str {
        let within =
            parent.start <= range.start && range.start <= range.end && range.end <= parent.end;
        assert!(within, "{range:?} is not inside {parent:?}");
        let Some(shown) = self.text.get(range.usize()) else {
            panic!("{range:?} cuts a character");
        };
        shown
    }

    #[track_caller]
    fn position(&self, parent: TextRange, position: u32) {
        self.inside(parent, TextRange { start: position, end: position });
    }

    fn ast(&self, ast: &Ast) {
        let whole = TextRange::new(0, self.text.len());
        self.block(whole, &ast.body);
        for define in &ast.defines {
            self.inside(whole, define.range);
            self.inside(define.range, define.name_range);
            self.block(define.range, &define.body);
        }
        assert!(ast.defines.is_sorted_by_key(|define| define.range.start));
        for comment in &ast.comments {
            assert!(self.inside(whole, *comment).starts_with("{{"));
        }
        assert!(ast.comments.windows(2).all(|pair| pair[0].end <= pair[1].start));
        assert!(ast.errors.len() <= MAX_SYNTAX_ERRORS);
        for error in &ast.errors {
            self.inside(whole, error.range);
            assert!(!error.message.is_empty());
            let lines = self.text.matches('\n').count() as u32 + 1;
            assert!((1..=lines).contains(&error.line), "{error:?}");
            assert!(error.go_message("main").starts_with("template: main:"));
        }
    }

    fn block(&self, parent: TextRange, block: &Block) {
        self.inside(parent, block.range);
        block.is_blank();
        let mut at = block.range.start;
        for node in &block.nodes {
            let range = self.node(block.range, node);
            assert!(at <= range.start, "{node:?} begins before {at}, where its neighbour ends");
            at = range.end;
        }
    }

    fn node(&self, parent: TextRange, node: &Node) -> TextRange {
        match node {
            Node::Text(text) => {
                assert_eq!(self.inside(parent, text.range), &*text.text);
                assert!(!text.text.is_empty());
                text.range
            }
            Node::Action(action) => {
                assert!(self.inside(parent, action.range).starts_with("{{"));
                self.pipeline(action.range, &action.pipe);
                self.position(action.range, action.position());
                let _ = action.to_string();
                action.range
            }
            Node::If(branch) | Node::With(branch) | Node::Range(branch) => {
                self.branch(parent, branch);
                branch.range
            }
            Node::Template(call) => {
                assert!(self.inside(parent, call.range).starts_with("{{"));
                self.inside(call.range, call.name_range);
                self.position(call.range, call.position());
                if let Some(pipe) = &call.pipe {
                    self.pipeline(call.range, pipe);
                }
                let _ = call.to_string();
                call.range
            }
            Node::Break(range) | Node::Continue(range) => {
                assert!(self.inside(parent, *range).starts_with("{{"));
                *range
            }
        }
    }

    fn branch(&self, parent: TextRange, branch: &Branch) {
        self.inside(parent, branch.range);
        assert!(self.inside(branch.range, branch.open).starts_with("{{"));
        self.pipeline(branch.open, &branch.pipe);
        self.position(branch.open, branch.position());
        self.block(branch.range, &branch.body);
        assert!(branch.open.end <= branch.body.range.start, "{branch:?}");
        if let Some(otherwise) = &branch.otherwise {
            self.block(branch.range, otherwise);
            assert!(branch.body.range.end <= otherwise.range.start, "{branch:?}");
        }
    }

    fn pipeline(&self, parent: TextRange, pipe: &Pipeline) {
        self.inside(parent, pipe.range);
        self.position(parent, pipe.position());
        for variable in &pipe.variables {
            self.variable(pipe.range, variable);
        }
        for command in &pipe.commands {
            self.command(pipe.range, command);
        }
        let _ = pipe.to_string();
    }

    fn command(&self, parent: TextRange, command: &Command) {
        self.inside(parent, command.range);
        self.position(parent, command.position());
        for arg in &command.args {
            self.expr(command.range, arg);
        }
    }

    fn variable(&self, parent: TextRange, variable: &Variable) {
        assert_eq!(self.inside(parent, variable.range), &*variable.name);
    }

    fn fields(&self, parent: TextRange, names: &[Ident]) {
        for name in names {
            assert_eq!(self.inside(parent, name.range), &*name.name);
        }
    }

    fn expr(&self, parent: TextRange, expr: &Expr) {
        let range = expr.range();
        let shown = self.inside(parent, range);
        self.position(range, expr.position());
        match expr {
            Expr::Dot(_) => assert_eq!(shown, "."),
            Expr::Nil(_) => assert_eq!(shown, "nil"),
            Expr::Bool(_, value) => assert_eq!(shown, value.to_string()),
            Expr::Number(number) => assert_eq!(shown, &*number.text),
            Expr::Str(string) => {
                assert_eq!(shown, &*string.quoted);
                if let Some(literal) = string.literal {
                    assert_eq!(self.inside(range, literal), &*string.value);
                }
            }
            Expr::Field(_, names) => self.fields(range, names),
            Expr::Variable(variable, _, names) => {
                self.variable(range, variable);
                self.fields(range, names);
            }
            Expr::Function(function) => assert_eq!(shown, &*function.name),
            Expr::Chain(_, inner, names) => {
                self.expr(range, inner);
                self.fields(range, names);
            }
            Expr::Pipe(_, pipe) => {
                assert!(shown.starts_with('(') && shown.ends_with(')'));
                self.pipeline(range, pipe);
            }
        }
    }
}
