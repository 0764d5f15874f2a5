//! Renders a chart under its scenarios, and makes up those that open the branches which the others leave closed.
//!
//! The evaluator says of each branch what would decide it otherwise (`engine/explore/`). Here that becomes values
//! (`shape.rs`), tries that go together become scenarios (`plan.rs`), and each scenario is rendered: only the templates
//! that depend on what it changes. What fails is repaired, split or dropped (`run.rs`). What was seen is counted
//! (`coverage.rs`).

pub mod coverage;
mod hints;
mod plan;
mod report;
mod run;
mod scenario;
mod shape;
mod values;

pub use coverage::{Closed, Coverage, FileReport, Reach, SideReport, Workload};
pub use plan::Failure;
pub use run::{DEFAULT_SCENARIOS, Input, Visit, run};
pub use scenario::{Changes, Opening, Scenario, ScenarioKind, Setting, overlay, shown};
