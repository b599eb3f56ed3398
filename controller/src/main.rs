//! `gene-controller`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;
use gene_controller::args::Args;
use gene_controller::clock::Clock;
use gene_controller::events::Recorder;
use gene_controller::metrics::Metrics;
use gene_controller::{access, leader, reconcile};
use gene_daemon::admin::{self, Readiness};
use gene_daemon::{connect, process};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long the work may take to end by itself where no lease sets a bound.
const GRACE: Duration = Duration::from_secs(10);
/// How long the main task may be silent before `/livez` says that it is stuck.
const STUCK: Duration = Duration::from_mins(1);

fn main() -> ExitCode {
    let args = Args::parse();
    // One thread: an event passes through some four tasks, and none of them is worth waking another thread for. By the
    // figures of docs/performance.md the API server is what limits it.
    let mut runtime = Builder::new_current_thread();
    process::run(args.log_format, &args.log, &mut runtime, run(&args))
}

async fn run(args: &Args) -> anyhow::Result<()> {
    let stopped = process::stop_on_signals()?;
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on \"{}\" for health and metrics", args.listen))?;
    let client = connect::client(args.kubeconfig.as_deref(), args.context.as_deref()).await?;
    let identity = args.identity.clone().unwrap_or_else(|| process::identity("gene-controller"));
    let metrics = Arc::new(Metrics::new());
    let readiness = Readiness::new();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), identity, "gene-controller");

    let (end_admin, admin_ended) = watch::channel(false);
    let server = tokio::spawn(admin::serve(listener, readiness.clone(), Arc::clone(&metrics), admin_ended));
    let (recorder, writer) = Recorder::new(client.clone(), identity.clone(), Arc::clone(&metrics));
    let writer = tokio::spawn(writer);

    let pulse = readiness.pulse("main loop", STUCK);
    let work = Box::pin(work(args, client, identity, &metrics, recorder, &readiness, stopped));
    let ended = process::beside(&pulse, work).await;
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
        () = access::wait_for_access(&client, args.namespace.as_deref(), metrics, &access) => {}
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
