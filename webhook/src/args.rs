//! The command line of `gene-webhook`; every option also has an environment variable.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Parser};
use gene_certs::settings::{self, Settings};
use gene_daemon::telemetry::{LogFilter, LogFormat};
use gene_types::names::{parse_name, parse_namespace};

/// Admission: completes an Execution, and refuses what could not run.
#[derive(Clone, Debug, Parser)]
#[command(name = "gene-webhook", version)]
pub struct Args {
    /// Where reviews are served, over TLS: /mutate and /validate
    #[arg(long, env = "GENE_LISTEN", value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8443")]
    pub listen: SocketAddr,

    /// Where /livez, /readyz and /metrics are served
    #[arg(long, env = "GENE_ADMIN_LISTEN", value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8080")]
    pub admin_listen: SocketAddr,

    /// Take the certificate from tls.crt and tls.key of this folder, and what they become; without it, the webhook issues
    /// its own and keeps caBundle right, for which it talks to the API server
    #[arg(long, env = "GENE_TLS_DIR", value_name = "FOLDER")]
    pub tls_dir: Option<PathBuf>,

    /// The namespace of this webhook's Service and Secret; without it, the namespace of this pod or of the kubeconfig's
    /// context
    #[arg(long, env = "GENE_NAMESPACE", value_name = "NAMESPACE", value_parser = parse_namespace)]
    pub namespace: Option<String>,

    /// The Service by which the API server reaches this webhook
    #[arg(long, env = "GENE_SERVICE", value_name = "NAME", default_value = settings::WEBHOOK, value_parser = parse_name)]
    pub service: String,

    /// The Secret that holds the authority of its certificates
    #[arg(long, env = "GENE_SECRET", value_name = "NAME", default_value = settings::SECRET, value_parser = parse_name)]
    pub secret: String,

    /// The validating and the mutating webhook configuration whose caBundle is kept right
    #[arg(long, env = "GENE_CONFIGURATION", value_name = "NAME", default_value = settings::WEBHOOK, value_parser = parse_name)]
    pub configuration: String,

    /// Another name or address that the certificate is for; can be repeated. With it, caBundle is kept right also of
    /// webhooks that are reached by a URL
    #[arg(long, env = "GENE_TLS_NAME", value_name = "NAME", value_delimiter = ',', action = ArgAction::Append)]
    pub tls_name: Vec<String>,

    /// How long an authority lives; it is replaced at two thirds of it
    #[arg(long, env = "GENE_CA_LIFE", value_name = "TIME", default_value = "365d", value_parser = time)]
    pub ca_life: Duration,

    /// How long a certificate lives; it is replaced at two thirds of it
    #[arg(long, env = "GENE_LEAF_LIFE", value_name = "TIME", default_value = "24h", value_parser = time)]
    pub leaf_life: Duration,

    /// How long a new authority is in caBundle before it is used: the time in which all API servers learn of it
    #[arg(long, env = "GENE_SETTLE", value_name = "TIME", default_value = "10s", value_parser = time)]
    pub settle: Duration,

    /// How often Secret, certificate and caBundle are looked at
    #[arg(long, env = "GENE_CHECK_INTERVAL", value_name = "TIME", default_value = "10s", value_parser = time)]
    pub check_interval: Duration,

    /// How long reviews are served on after SIGTERM, until all that route to this replica know that it ends
    #[arg(long, env = "GENE_DRAIN_DELAY", value_name = "TIME", default_value = "5s", value_parser = time)]
    pub drain_delay: Duration,

    /// How many connections may be open at once
    #[arg(long, env = "GENE_MAX_CONNECTIONS", value_name = "N", default_value_t = 512,
          value_parser = clap::value_parser!(u16).range(16..=10_000))]
    pub max_connections: u16,

    /// How the log on standard error looks
    #[arg(long, env = "GENE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// Which lines are logged: a level (error, warn, info, debug, trace), or TARGET=LEVEL, separated by commas
    #[arg(long, env = "GENE_LOG", value_name = "FILTER", default_value = "info")]
    pub log: LogFilter,

    /// The file that says how to reach the API server; without it, $KUBECONFIG,
    /// what a pod is given, or ~/.kube/config
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig; without it, the current one
    #[arg(long, env = "GENE_CONTEXT", value_name = "NAME")]
    pub context: Option<String>,
}

impl Args {
    /// How certificates are kept, where `namespace` is that of the way to the API server.
    ///
    /// # Errors
    /// When the times do not fit each other.
    pub fn certificates(&self, namespace: &str) -> Result<Settings, String> {
        let settings = Settings {
            namespace: self.namespace.clone().unwrap_or_else(|| namespace.to_owned()),
            service: self.service.clone(),
            secret: self.secret.clone(),
            configuration: self.configuration.clone(),
            names: self.tls_name.clone(),
            urls: !self.tls_name.is_empty(),
            ca_life: self.ca_life,
            leaf_life: self.leaf_life,
            settle: self.settle,
            interval: self.check_interval,
        };
        settings.check()?;
        Ok(settings)
    }
}

/// At most ten years, which everything that is counted in them can bear.
fn time(text: &str) -> Result<Duration, String> {
    const MOST: u64 = 10 * 365 * 24 * 60 * 60;
    let seconds = text.split_at_checked(text.len().saturating_sub(1)).and_then(|(number, unit)| {
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 60 * 60,
            "d" => 24 * 60 * 60,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(unit)
    });
    seconds.filter(|seconds| *seconds <= MOST).map(Duration::from_secs).ok_or_else(|| {
        "a time is a whole number and s, m, h or d, like 10s, and ten years at most".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(words: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from(["gene-webhook"].iter().chain(words))
    }

    #[test]
    fn the_declaration_is_sound_and_the_defaults_are_those_documented() {
        Args::command().debug_assert();
        let args = parse(&[]).unwrap();
        assert_eq!(args.listen.to_string(), "0.0.0.0:8443");
        assert_eq!(args.admin_listen.to_string(), "0.0.0.0:8080");
        assert_eq!(args.drain_delay, Duration::from_secs(5));
        assert_eq!(args.certificates("kubegene-system"), Ok(Settings::new("kubegene-system")));
    }

    #[test]
    fn certificates_are_kept_as_the_options_say() {
        let words =
            ["--tls-name=127.0.0.1,x.test", "--leaf-life=30s", "--check-interval=1s", "--namespace=genes"];
        let settings = parse(&words).unwrap().certificates("default").unwrap();
        assert_eq!(settings.names, ["127.0.0.1", "x.test"]);
        assert!(settings.urls);
        assert_eq!(settings.leaf_life, Duration::from_secs(30));
        assert_eq!(settings.namespace, "genes");
        assert!(parse(&["--leaf-life=400d"]).unwrap().certificates("default").is_err());
    }

    #[test]
    fn what_is_wrong_is_refused_with_what_would_be_right() {
        for (words, said) in [
            (&["--namespace", "Genomics"][..], "a namespace has"),
            (&["--secret", "x-"], "a name has"),
            (&["--service", ""], "a name has"),
            (&["--ca-life", "1y"], "like 10s"),
            (&["--ca-life", "d"], "like 10s"),
            (&["--leaf-life", "99999999999999999999d"], "like 10s"),
            (&["--settle", "5000d"], "ten years at most"),
            (&["--drain-delay", "é"], "like 10s"),
            (&["--max-connections", "1"], "16..=10000"),
            (&["--listen", "8443"], "--listen"),
            (&["--log", "loud"], "\"loud\" is no level"),
            (&["--log-format", "xml"], "text, json"),
        ] {
            let error = parse(words).unwrap_err().to_string();
            assert!(error.contains(said), "{words:?}: {error}");
        }
    }

    #[test]
    fn every_option_is_documented() {
        let page = include_str!("../../docs/webhook.md");
        for option in Args::command().get_arguments() {
            let Some(long) = option.get_long().filter(|long| !["help", "version"].contains(long)) else {
                continue;
            };
            assert!(page.contains(&format!("`--{long}")), "docs/webhook.md lacks --{long}");
            if let Some(variable) = option.get_env() {
                assert!(page.contains(&*variable.to_string_lossy()), "docs/webhook.md lacks {variable:?}");
            }
        }
    }
}
