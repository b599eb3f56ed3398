//! The calls of the API server that the controller makes, watches apart.
//!
//! Each is bounded in time, counted, and answered in one of three ways: what was asked for, a refusal,
//! or no answer at all, in which case it may have been carried out or not. Nothing is tried again here.

mod call;
mod config_maps;
mod executions;
mod jobs;
mod pods;

pub use call::{Api, CallError};
pub use jobs::JobMeta;
