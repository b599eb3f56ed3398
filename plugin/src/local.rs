//! Executions on this machine: the engine, with processes or containers instead of Jobs.

pub mod attempt;
pub mod environment;
#[cfg(test)]
mod fixture;
pub mod orphans;
pub mod pool;
pub mod prepare;
pub mod runner;
pub mod volumes;
