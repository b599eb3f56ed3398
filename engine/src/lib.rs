//! Decides what an Execution does next.
//!
//! `(compiled execution, what was observed, now) -> what to do, and the status`: pure, incremental,
//! and the same for the controller, `kubectl gene run` and whatever else drives it.

pub mod action;
pub mod event;
pub use gene_types::indexes;
pub mod run;

pub use action::Action;
pub use event::{Event, Failure, Steering, Vertex};
pub use run::{Options, Phase, Run};
