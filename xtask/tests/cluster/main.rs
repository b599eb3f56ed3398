//! `cargo xtask cluster` as a process: clusters are started, wounded, mended and ended, and leave
//! nothing behind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod control_plane;
mod fixture;
mod node;
