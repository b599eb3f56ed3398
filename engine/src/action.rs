//! What the engine asks an adapter to do.

use k8s_openapi::jiff::Timestamp;

use crate::event::Vertex;

/// One thing to do. Each is asked for once; the engine counts on an [`crate::Event`] as the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Create the Job of this attempt (or start its process). Answer: `Started`, then `Succeeded`,
    /// `Failed` or `Gone`; or `NotStarted`.
    Start {
        /// Which vertex.
        vertex: Vertex,
        /// The attempt from 0.
        attempt: u32,
    },
    /// Read what this succeeded vertex printed, store it, and answer with `Result`.
    ReadResult {
        /// Which vertex.
        vertex: Vertex,
    },
    /// End this attempt. Answer: `Gone` once it is ended, or whatever it came to before.
    End {
        /// Which vertex.
        vertex: Vertex,
        /// The attempt from 0.
        attempt: u32,
    },
    /// Nothing to do before this time; call [`crate::Run::next`] again then.
    WakeAt(Timestamp),
}
