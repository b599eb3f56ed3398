//! What a person sees of an Execution on a cluster: pure functions from what the API server answered, and the
//! time now, to lines of text.
//!
//! Nothing here fails: what cannot be understood (a status of another writer, a pod without labels) is left out
//! or said, because a picture with a gap is worth more than none.

pub mod changes;
pub mod notes;
pub mod outputs;
pub mod pod;
pub mod reading;
pub mod story;
pub mod subject;
pub mod summary;
pub mod task;
pub mod tree;
pub mod vertex;
pub mod wrap;

#[cfg(test)]
pub mod samples;

pub use pod::Pod;
pub use subject::Subject;

use k8s_openapi::jiff::Timestamp;

/// Whole seconds from one time to a later one; 0 where the clocks disagree.
pub fn seconds_between(start: Timestamp, end: Timestamp) -> u64 {
    u64::try_from(end.duration_since(start).as_secs()).unwrap_or_default()
}
