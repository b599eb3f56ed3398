//! Executions on this machine: the engine, with processes or containers instead of Jobs.

pub mod attempt;
mod change;
mod directory;
pub mod environment;
mod history;
mod journal;
mod lock;
pub mod orphans;
pub mod pool;
pub mod prepare;
mod result;
pub mod runner;
mod signals;
pub mod volumes;
