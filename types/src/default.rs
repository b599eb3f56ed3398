//! Completing an Execution: what is absent and has a default is filled in, nothing else is touched.

/// The default of a task's `type`.
pub const TASK_TYPE: &str = "Job";
/// The default of a dependent's `type`.
pub const DEPENDENCY_TYPE: &str = "whole";
