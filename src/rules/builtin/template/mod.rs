//! Rules on the text of templates and what they make of it.

mod defines;
mod go_syntax;
mod leading_indent;
mod missing_root_context;
mod undefined_template;
mod wrong_argument_count;
mod wrong_indent;

pub(super) use defines::{DuplicateTemplateName, UnusedTemplate};
pub(super) use go_syntax::GoSyntaxInOutput;
pub(super) use leading_indent::LeadingIndent;
pub(super) use missing_root_context::MissingRootContext;
pub(super) use undefined_template::UndefinedTemplate;
pub(super) use wrong_argument_count::WrongArgumentCount;
pub(super) use wrong_indent::WrongIndent;
