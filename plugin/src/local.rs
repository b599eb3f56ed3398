//! Executions on this machine: the engine, with processes or containers instead of Jobs.
