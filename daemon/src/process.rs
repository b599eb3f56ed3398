//! The life of a process: its end on a signal, its pulse, its name.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::interval;

use crate::admin::Pulse;

/// How often the main task says that it is alive.
const BEAT: Duration = Duration::from_secs(1);

/// Becomes true on the first SIGTERM or SIGINT, which ask for a clean end; the second ends the process at once.
///
/// # Errors
/// When the process cannot listen for signals.
pub fn stop_on_signals() -> anyhow::Result<watch::Receiver<bool>> {
    let (stop, stopped) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    tokio::spawn(async move {
        for first in [true, false] {
            let (name, code) = tokio::select! {
                _ = terminate.recv() => ("SIGTERM", 143),
                _ = interrupt.recv() => ("SIGINT", 130),
            };
            if !first {
                tracing::warn!("{name} again: ending at once");
                std::process::exit(code);
            }
            tracing::info!("{name}: ending; a second one ends at once");
            let _ = stop.send(true);
        }
    });
    Ok(stopped)
}

/// Beats while `work` goes on, in the same task: when `work` does not let go of it, the pulse stops.
pub async fn beside<T>(pulse: &Pulse, mut work: impl Future<Output = T> + Unpin) -> T {
    let mut beat = interval(BEAT);
    loop {
        tokio::select! {
            ended = &mut work => return ended,
            _ = beat.tick() => pulse.beat(),
        }
    }
}

/// The host's name (`fallback` where it has none), which in a pod is the pod's, and what tells this process from
/// others of the same name.
pub fn identity(fallback: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => fallback,
        host => host,
    };
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{host}_{}_{:x}", std::process::id(), began.as_nanos())
}
