//! What the programs that run in a cluster have in common as processes: the log ([`telemetry`]), health and metrics over
//! HTTP ([`admin`]), the way to the API server ([`connect`]), and a clean end ([`process`]).
//!
//! It knows nothing of Executions and decides nothing.

pub mod admin;
pub mod connect;
pub mod process;
pub mod telemetry;

/// The programs that link this crate take and give back small pieces of memory all the time; the image's musl does that
/// slowly, and the C library of most distributions keeps what a flood made it take.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
