//! `gene-certs`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use gene_certs::api::Server;
use gene_certs::command::{check, mounted, own};
use gene_certs::settings::{SECRET, Settings, WEBHOOK};
use gene_daemon::connect;

/// Issues, rotates and checks the certificates of the admission webhook.
#[derive(Debug, Parser)]
#[command(name = "gene-certs", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct Place {
    /// The namespace of the webhook
    #[arg(short, long, global = true, env = "GENE_NAMESPACE", default_value = "kubegene-system")]
    namespace: String,

    /// The Service by which the API server reaches the webhook
    #[arg(long, global = true, value_name = "NAME", default_value = WEBHOOK)]
    service: String,

    /// The name of both webhook configurations
    #[arg(long, global = true, value_name = "NAME", default_value = WEBHOOK)]
    configuration: String,

    /// The Secret of an install whose webhook keeps its certificates itself
    #[arg(long, global = true, value_name = "NAME", default_value = SECRET)]
    secret: String,

    /// The Secret of type kubernetes.io/tls of an install whose pods mount their certificate
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "secret")]
    tls_secret: Option<String>,

    /// Another name or address that the certificate is for; may be repeated
    #[arg(long = "name", global = true, value_name = "NAME")]
    names: Vec<String>,

    /// See to caBundle of webhooks with clientConfig.url too
    #[arg(long, global = true)]
    urls: bool,

    /// The file that says how to reach the API server; without it, $KUBECONFIG, what a pod is given, or ~/.kube/config
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig; without it, the current one
    #[arg(long, global = true, value_name = "NAME")]
    context: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make what is missing: the Secret and caBundle of both webhook configurations
    Issue {
        /// How long a certificate of --tls-secret lives
        #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
        /// Exchange the certificate of --tls-secret although it is good
        #[arg(long, requires = "tls_secret")]
        renew: bool,
    },
    /// Begin to exchange the authority; no admission fails meanwhile
    Rotate {
        /// Wait until the new authority signs
        #[arg(long, conflicts_with = "finish")]
        wait: bool,
        /// End the trust in previous authorities now: their key was stolen, and all pods show certificates of the new one
        #[arg(long)]
        finish: bool,
        /// How long --wait waits, in seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 120)]
        timeout: u16,
        /// How long a certificate of --tls-secret lives
        #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
    },
    /// Say what expires when, and whether bundle, authority and certificate fit each other
    Check {
        /// Look at what this server shows, too
        #[arg(long, value_name = "HOST:PORT")]
        address: Option<String>,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // An error says that there is a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&anyhow::anyhow!("cannot start: {error}")),
    };
    let ended = runtime.block_on(run(cli));
    runtime.shutdown_background();
    match ended {
        Ok((lines, good)) => {
            // Nobody reads on where writing fails.
            let _ = std::io::stdout().lock().write_all((lines.join("\n") + "\n").as_bytes());
            if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => refuse(&error),
    }
}

fn refuse(error: &anyhow::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "error: {error:#}");
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> anyhow::Result<(Vec<String>, bool)> {
    let Place { namespace, service, configuration, secret, tls_secret, names, urls, kubeconfig, context } =
        cli.place;
    let is_mounted = tls_secret.is_some();
    let secret = tls_secret.unwrap_or(secret);
    let settings = Settings { service, configuration, secret, names, urls, ..Settings::new(namespace) };
    settings.check().map_err(anyhow::Error::msg)?;
    let client = connect::client(kubeconfig.as_deref(), context.as_deref()).await;
    let server = Server::new(client.context("cannot ask the API server")?);
    let lived = |days: u16| Duration::from_hours(24 * u64::from(days));
    let lines = match cli.command {
        Command::Check { address } => {
            let findings = check::check(&server, &settings, is_mounted, address.as_deref()).await;
            let good = findings.iter().all(|finding| finding.good);
            return Ok((findings.iter().map(ToString::to_string).collect(), good));
        }
        Command::Issue { days, renew } if is_mounted => {
            mounted::issue(&server, &settings, lived(days), renew).await?
        }
        Command::Issue { .. } => own::issue(&server, &settings).await?,
        Command::Rotate { finish: true, .. } if is_mounted => mounted::finish(&server, &settings).await?,
        Command::Rotate { days, .. } if is_mounted => {
            mounted::rotate(&server, &settings, lived(days)).await?
        }
        Command::Rotate { finish: true, .. } => own::finish(&server, &settings).await?,
        Command::Rotate { wait, timeout, .. } => {
            let (mut lines, next) = own::rotate(&server, &settings).await?;
            if wait {
                let within = Duration::from_secs(timeout.into());
                lines.push(own::wait(&server, &settings, &next, within).await?);
            }
            lines
        }
    };
    Ok((lines, true))
}
