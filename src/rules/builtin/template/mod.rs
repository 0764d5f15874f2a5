//! Rules on the text of templates and what they make of it.

mod undefined_template;
mod wrong_argument_count;

pub(super) use undefined_template::UndefinedTemplate;
pub(super) use wrong_argument_count::WrongArgumentCount;
