//! `gene-webhook`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;
use gene_certs::serving::Serving;
use gene_certs::{files, keep};
use gene_daemon::admin::{self, Gate, Readiness};
use gene_daemon::{connect, process};
use gene_webhook::args::Args;
use gene_webhook::life::live;
use gene_webhook::metrics::Metrics;
use gene_webhook::server::{Bounds, Server};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long what stands beside the server may take to end.
const GRACE: Duration = Duration::from_secs(5);
/// How long the main task may be silent before `/livez` says that it is stuck.
const STUCK: Duration = Duration::from_mins(1);
/// Threads that serve. A small review is judged in less time than it takes to wake another thread up, and a large one
/// among those that block; a second one made each small review a quarter slower (`cargo xtask bench webhook`).
const WORKERS: usize = 1;

fn main() -> ExitCode {
    let args = Args::parse();
    let mut runtime = Builder::new_multi_thread();
    runtime.worker_threads(WORKERS).max_blocking_threads(Bounds::default().judges + 2); // and two for files
    process::run(args.log_format, &args.log, &mut runtime, run(&args))
}

async fn run(args: &Args) -> anyhow::Result<()> {
    let stopped = process::stop_on_signals()?;
    let admin = TcpListener::bind(args.admin_listen)
        .await
        .with_context(|| format!("cannot listen on \"{}\" for health and metrics", args.admin_listen))?;
    let reviews = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on \"{}\" for reviews", args.listen))?;
    let serving = Serving::new();
    let metrics = Arc::new(Metrics::new(Arc::clone(&serving)));
    let bounds = Bounds { connections: usize::from(args.max_connections), ..Bounds::default() };
    let server =
        Server::new(Arc::clone(&serving), bounds, Arc::clone(&metrics)).context("cannot serve TLS")?;
    let readiness = Readiness::new();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), listen = %args.listen, "gene-webhook");

    let (end, ended) = watch::channel(false);
    let admin = tokio::spawn(admin::serve(admin, readiness.clone(), metrics, ended.clone()));
    let certificate = certificate(args, serving, readiness.wait_for("certificate"), ended).await?;

    let pulse = readiness.pulse("main loop", STUCK);
    // Held to the end of all: a gate that is dropped is no longer asked for.
    let gate = readiness.wait_for("server");
    let work = Box::pin(live(server, reviews, gate.clone(), args.drain_delay, stopped));
    process::beside(&pulse, work).await;
    // Certificates are kept, and health is served, until the end.
    let _ = end.send(true);
    let _ = timeout(GRACE, certificate).await;
    let _ = timeout(GRACE, admin).await;
    tracing::info!("ended");
    Ok(())
}

/// Has the certificate kept, by whichever way was chosen.
async fn certificate(
    args: &Args,
    serving: Arc<Serving>,
    gate: Gate,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<JoinHandle<()>> {
    if let Some(directory) = &args.tls_dir {
        return Ok(tokio::spawn(files::reload(directory.clone(), serving, gate, stop)));
    }
    let client = connect::client(args.kubeconfig.as_deref(), args.context.as_deref()).await?;
    let settings = args.certificates(client.default_namespace()).map_err(anyhow::Error::msg)?;
    Ok(tokio::spawn(keep::keep(client, settings, serving, gate, stop)))
}
