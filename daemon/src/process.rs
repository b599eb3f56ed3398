//! The life of a process: from its command line to its exit code, its end on a signal, its pulse, its name.

use std::future::Future;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::interval;

use crate::admin::Pulse;
use crate::telemetry::{self, LogFilter, LogFormat};

/// How often the main task says that it is alive.
const BEAT: Duration = Duration::from_secs(1);

/// A server from its command line to its exit code: begins the log, does the work on this runtime to its end, and logs why
/// it could not go on. What else still runs then is broken off.
pub fn run(
    format: LogFormat,
    filter: &LogFilter,
    runtime: &mut Builder,
    work: impl Future<Output = anyhow::Result<()>>,
) -> ExitCode {
    match telemetry::start(format, filter).and_then(|()| finish(runtime, work)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn finish(runtime: &mut Builder, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    // An error says that there is a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = runtime.enable_all().build().context("cannot start")?;
    let ended = runtime.block_on(work);
    // Nothing that is left over may hold up the end of the process.
    runtime.shutdown_background();
    ended
}

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
