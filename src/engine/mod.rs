//! Evaluates templates as Helm does, and remembers where every byte came from.

pub mod functions;
pub mod origin;
pub mod text;
pub mod value;
