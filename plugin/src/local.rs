//! Executions on this machine: the engine, with processes or containers instead of Jobs.

mod attempt;
mod candidate;
mod change;
mod check;
mod directory;
mod display;
mod driver;
mod environment;
#[cfg(test)]
mod fixture;
mod generation;
mod history;
mod journal;
mod lock;
mod orphans;
mod outcome;
mod pool;
mod prepare;
mod result;
mod runner;
mod session;
mod signals;
mod volumes;

pub use display::Stream;
pub use session::run;
