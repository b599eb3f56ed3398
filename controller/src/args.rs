//! The command line of `gene-controller`; every option also has an environment variable.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Parser};
use gene_daemon::telemetry::{LogFilter, LogFormat};
use gene_types::names::{parse_name, parse_namespace};

/// Runs Executions: one Job per vertex, when its predecessors are done.
#[derive(Clone, Debug, Parser)]
#[command(name = "gene-controller", version)]
pub struct Args {
    /// Run the Executions of this namespace alone; without it, of all namespaces
    #[arg(long, env = "GENE_NAMESPACE", value_parser = parse_namespace)]
    pub namespace: Option<String>,

    /// How many creates of Jobs are in flight at once
    #[arg(long, env = "GENE_MAX_CREATES", value_name = "N", default_value_t = 32,
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub max_creates: u16,

    /// Work only while holding the lease, so that several replicas can run
    #[arg(long, env = "GENE_LEADER_ELECT", value_name = "BOOL", default_value_t = true, action = ArgAction::Set,
          num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub leader_elect: bool,

    /// The namespace of the lease; without it, the namespace of this pod or of the kubeconfig's context
    #[arg(long, env = "GENE_LEASE_NAMESPACE", value_name = "NAMESPACE", value_parser = parse_namespace)]
    pub lease_namespace: Option<String>,

    /// The name of the lease
    #[arg(long, env = "GENE_LEASE_NAME", value_name = "NAME", default_value = "gene-controller",
          value_parser = parse_name)]
    pub lease_name: String,

    /// This replica's name in the lease and in Events: in a pod, the pod's name. No two running replicas may share it.
    /// Without it, the host's name and what tells this process from others
    #[arg(long, env = "GENE_IDENTITY", value_parser = identity)]
    pub identity: Option<String>,

    /// Where /livez, /readyz and /metrics are served
    #[arg(long, env = "GENE_LISTEN", value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,

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

/// The Lease itself takes any text; Events take 128 bytes.
fn identity(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.len() <= 128 && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err("an identity has 1 to 128 bytes and no control characters".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(words: &[&str]) -> Result<Args, clap::Error> {
        Args::try_parse_from(["gene-controller"].iter().chain(words))
    }

    #[test]
    fn the_declaration_is_sound_and_the_defaults_are_those_documented() {
        Args::command().debug_assert();
        let args = parse(&[]).unwrap();
        assert_eq!(args.namespace, None);
        assert_eq!(args.max_creates, 32);
        assert!(args.leader_elect);
        assert_eq!(args.lease_name, "gene-controller");
        assert_eq!(args.listen.to_string(), "0.0.0.0:8080");
        assert_eq!(args.log_format, LogFormat::Text);
    }

    #[test]
    fn leader_election_can_be_switched_off() {
        for (words, expected) in [
            (&["--leader-elect=false"][..], false),
            (&["--leader-elect"], true),
            (&["--leader-elect=true"], true),
        ] {
            assert_eq!(parse(words).unwrap().leader_elect, expected, "{words:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused_with_what_would_be_right() {
        for (words, said) in [
            (["--namespace", "Genomics"], "lower-case letters"),
            (["--namespace", "a.b"], "a namespace has"),
            (["--lease-namespace", ""], "a namespace has"),
            (["--lease-name", "x-"], "a name has"),
            (["--identity", ""], "an identity has"),
            (["--max-creates", "0"], "1..=1024"),
            (["--listen", "8080"], "--listen"),
            (["--log", "loud"], "\"loud\" is no level"),
            (["--log", "kube=loud"], "\"loud\" is no level"),
            (["--log-format", "xml"], "text, json"),
        ] {
            let error = parse(&words).unwrap_err().to_string();
            assert!(error.contains(said), "{words:?}: {error}");
        }
    }

    #[test]
    fn filters_by_target_are_taken() {
        assert!(parse(&["--log", "info,gene_controller::leader=debug"]).is_ok());
    }

    #[test]
    fn every_option_is_documented() {
        let page = include_str!("../../docs/controller.md");
        for option in Args::command().get_arguments() {
            let Some(long) = option.get_long().filter(|long| !["help", "version"].contains(long)) else {
                continue;
            };
            assert!(page.contains(&format!("`--{long}")), "docs/controller.md lacks --{long}");
            if let Some(variable) = option.get_env() {
                assert!(page.contains(&*variable.to_string_lossy()), "docs/controller.md lacks {variable:?}");
            }
        }
    }
}
