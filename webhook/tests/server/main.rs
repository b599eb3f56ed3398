//! The real server over loopback: who it serves, who it refuses, and that nobody keeps it from serving others.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bounds;
mod client;
mod crowd;
mod hook;
mod life;
mod process;
mod protocol;
