//! Reconciles Executions: watches -> engine -> writes.
//!
//! What happens is decided in `gene-engine`. Here, [`reconcile`] feeds it with what the watches bring
//! and carries out what it asks for, by the calls of [`api`]. The rest is pure ([`job`], [`observe`],
//! [`failure`], [`kept`], [`slim`]) or around it ([`leader`], [`events`], [`metrics`]).
//!
//! Invariants: a Job's name is a function of its Execution, task, index and attempt, so that creating it
//! twice is impossible; a status is written with the resourceVersion that it was computed from; a Job is
//! deleted by its uid; no fact is held that cannot be had again after a crash.

pub mod access;
pub mod api;
pub mod args;
pub mod backoff;
pub mod clock;
pub mod events;
pub mod failure;
pub mod job;
pub mod kept;
pub mod leader;
pub mod metrics;
pub mod observe;
pub mod owner;
pub mod permissions;
pub mod reconcile;
pub mod slim;
