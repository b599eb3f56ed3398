//! Executions on this machine: the engine, with processes or containers instead of Jobs.

pub mod attempt;
mod candidate;
mod change;
mod directory;
mod display;
mod driver;
pub mod environment;
mod history;
mod journal;
mod lock;
pub mod orphans;
mod outcome;
pub mod pool;
pub mod prepare;
mod result;
pub mod runner;
mod session;
mod signals;
pub mod volumes;

pub use session::run;
