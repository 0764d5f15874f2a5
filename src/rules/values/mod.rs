//! What is known of a chart's values: which of them its templates name, and which its files declare.

pub mod declared;
pub mod usage;
