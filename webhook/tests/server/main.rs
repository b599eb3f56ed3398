//! The real server over loopback: who it serves, who it refuses, and that nobody keeps it from serving others.

mod bounds;
mod client;
mod crowd;
mod hook;
mod life;
mod protocol;
