//! What is fuzzed: each function takes any bytes as one parser of strangers' texts does, and panics where a promise is
//! broken. `fuzz/` feeds them from libFuzzer, `tests/corpus.rs` from what that has found.

mod drive;
mod execution;
mod review;
mod workflow;
mod yaml;

pub use execution::execution;
pub use review::review;
pub use workflow::workflow;
pub use yaml::yaml;
