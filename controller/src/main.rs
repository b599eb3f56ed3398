//! `gene-controller`.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::Parser as _;
use gene_controller::admin::{self, Pulse, Readiness};
use gene_controller::args::Args;
use gene_controller::clock::Clock;
use gene_controller::events::Recorder;
use gene_controller::metrics::Metrics;
use gene_controller::{connect, leader, reconcile, telemetry};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{interval, timeout};

/// How long the work may take to end by itself where no lease sets a bound.
const GRACE: Duration = Duration::from_secs(10);
/// How often the main task says that it is alive, and how long it may be silent before `/livez` says that it is stuck.
const BEAT: Duration = Duration::from_secs(1);
const STUCK: Duration = Duration::from_mins(1);

fn main() -> ExitCode {
    let args = Args::parse();
    let ran = telemetry::start(args.log_format, &args.log).and_then(|()| start(&args));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &Args) -> anyhow::Result<()> {
    // An error says that there is a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // One thread: an event passes through some four tasks, and none of them is worth waking another thread for. By the
    // figures of docs/performance.md the API server is what limits it.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let ended = runtime.block_on(run(args));
    // Nothing that is left over may hold up the end of the process.
    runtime.shutdown_background();
    ended
}

async fn run(args: &Args) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(false);
    obey_signals(stop)?;
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on \"{}\" for health and metrics", args.listen))?;
    let client = connect::client(args.kubeconfig.as_deref(), args.context.as_deref()).await?;
    let identity = args.identity.clone().unwrap_or_else(identity);
    let metrics = Arc::new(Metrics::new());
    let readiness = Readiness::new();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), identity, "gene-controller");

    let (end_admin, admin_ended) = watch::channel(false);
    let server = tokio::spawn(admin::serve(listener, readiness.clone(), Arc::clone(&metrics), admin_ended));
    let (recorder, writer) = Recorder::new(client.clone(), identity.clone(), Arc::clone(&metrics));
    let writer = tokio::spawn(writer);

    let pulse = readiness.pulse("main loop", STUCK);
    let work = Box::pin(work(args, client, identity, &metrics, recorder, &readiness, stopped));
    let ended = beside(&pulse, work).await;
    // The last Events are worth a moment, and health is served until the end.
    let _ = timeout(GRACE, writer).await;
    let _ = end_admin.send(true);
    let _ = timeout(GRACE, server).await;
    tracing::info!("ended");
    ended
}

/// Waits for access, then reconciles: while leading, or always where there is no leader election.
async fn work(
    args: &Args,
    client: kube::Client,
    identity: String,
    metrics: &Arc<Metrics>,
    recorder: Recorder,
    readiness: &Readiness,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let access = readiness.wait_for("access");
    tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => return Ok(()),
        () = connect::wait_for_access(&client, args.namespace.as_deref(), metrics, &access) => {}
    }
    let settings = reconcile::Settings {
        namespace: args.namespace.clone(),
        max_creates: usize::from(args.max_creates),
        clock: Clock::System,
    };
    let reconcile = |stop| {
        let (client, settings, metrics) = (client.clone(), settings.clone(), Arc::clone(metrics));
        reconcile::run(client, settings, metrics, recorder.clone(), readiness.clone(), stop)
    };
    if args.leader_elect {
        let namespace = args.lease_namespace.clone().unwrap_or_else(|| client.default_namespace().to_owned());
        let lease = leader::Settings::new(namespace, args.lease_name.clone(), identity);
        let gate = readiness.wait_for("lease");
        leader::lead(client.clone(), lease, stop, Arc::clone(metrics), gate, reconcile).await?;
        return Ok(());
    }
    metrics.leading(true);
    let mut work = std::pin::pin!(reconcile(stop.clone()));
    tokio::select! {
        ended = &mut work => return Ok(ended?),
        _ = stop.wait_for(|stop| *stop) => {}
    }
    if let Ok(ended) = timeout(GRACE, work).await {
        return Ok(ended?);
    }
    tracing::warn!("the work did not end within {GRACE:?} of being asked to; it is broken off");
    Ok(())
}

/// Beats while `work` goes on, in the same task: when `work` does not let go of it, the pulse stops.
async fn beside<T>(pulse: &Pulse, mut work: impl Future<Output = T> + Unpin) -> T {
    let mut beat = interval(BEAT);
    loop {
        tokio::select! {
            ended = &mut work => return ended,
            _ = beat.tick() => pulse.beat(),
        }
    }
}

/// The first SIGTERM or SIGINT asks for a clean end, the second ends the process at once.
fn obey_signals(stop: watch::Sender<bool>) -> anyhow::Result<()> {
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
    Ok(())
}

/// The host's name, which in a pod is the pod's, and what tells this process from others of the same name.
fn identity() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "gene-controller",
        host => host,
    };
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{host}_{}_{:x}", std::process::id(), began.as_nanos())
}
