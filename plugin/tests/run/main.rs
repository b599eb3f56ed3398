//! `kubectl gene run`, driven as a process.

mod killed;
mod outcomes;
mod refused;
mod results;
mod resumed;
mod signals;
mod world;
