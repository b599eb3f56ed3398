//! Executions on this machine: the engine, with processes or containers instead of Jobs.

mod change;
mod directory;
mod history;
mod journal;
mod lock;
mod result;
mod signals;
