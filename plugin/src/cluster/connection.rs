//! Who to ask: kubectl's own flags, the kubeconfig, or the pod that this runs in.

use std::{env, path::PathBuf, time::Duration};

use clap::Args;
use gene_types::names;
use kube::{
    Config,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
};

use super::error::{Error, Target, innermost};

/// How long a server may take to be reached, and to give a sign of life while it works on an answer.
pub const AWAY_AFTER: Duration = Duration::from_secs(5);
/// How long an answer may take from a server that is alive; `--request-timeout` changes it.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// The flags that kubectl has for this.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Cluster")]
pub struct ConnectionArgs {
    /// The namespace (default: that of the context)
    #[arg(short, long, value_name = "NAME", value_parser = namespace)]
    pub namespace: Option<String>,
    /// The context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The cluster of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<String>,
    /// The user of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The kubeconfig (default: $KUBECONFIG, then ~/.kube/config)
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Act as this user
    #[arg(long = "as", value_name = "USER")]
    pub as_user: Option<String>,
    /// Act as a member of this group; may be given several times
    #[arg(long = "as-group", value_name = "GROUP", requires = "as_user")]
    pub as_groups: Vec<String>,
    /// How long one answer may take: 30s, 2m, 500ms; a server that cannot be reached is given up after 5s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub request_timeout: Option<Duration>,
}

/// All that a session is made of.
pub struct Connection {
    pub config: Config,
    pub target: Target,
    pub namespace: String,
    pub answer_within: Duration,
}

impl ConnectionArgs {
    /// Reads the kubeconfig, or where there is none the credentials of the pod that this runs in.
    pub async fn resolve(&self) -> Result<Connection, Error> {
        let (mut config, target) = if let Some((kubeconfig, path)) = self.kubeconfig()? {
            self.choose(kubeconfig, path).await?
        } else {
            let config = Config::incluster().map_err(|_| nothing_to_ask())?;
            let target = Target { server: address(&config), ..Target::default() };
            (config, target)
        };
        let answer_within = self.request_timeout.unwrap_or(ANSWER_WITHIN);
        config.connect_timeout = Some(answer_within.min(AWAY_AFTER));
        // The session's own policy is short: a person waits.
        config.default_retry = false;
        if self.as_user.is_some() {
            config.auth_info.impersonate.clone_from(&self.as_user);
            config.auth_info.impersonate_groups =
                Some(self.as_groups.clone()).filter(|groups| !groups.is_empty());
        }
        let namespace = self.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        namespace_is_one(&namespace, &target)?;
        Ok(Connection { config, target, namespace, answer_within })
    }

    /// What was asked for, else what the environment names, else the file that is usual, where it exists.
    fn kubeconfig(&self) -> Result<Option<(Kubeconfig, String)>, Error> {
        if let Some(path) = &self.kubeconfig {
            return read(std::slice::from_ref(path)).map(Some);
        }
        let named = env::var_os("KUBECONFIG").unwrap_or_default();
        let named: Vec<PathBuf> =
            env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()).collect();
        if !named.is_empty() {
            // Of a list, kubectl passes over files that are not there.
            let there: Vec<PathBuf> = named.iter().filter(|path| path.exists()).cloned().collect();
            return read(if there.is_empty() { &named } else { &there }).map(Some);
        }
        let usual = env::home_dir().map(|home| home.join(".kube/config"));
        match usual.filter(|path| path.exists()) {
            Some(path) => read(&[path]).map(Some),
            None => Ok(None),
        }
    }

    /// The cluster, the user and the namespace of the context that is meant.
    async fn choose(&self, kubeconfig: Kubeconfig, path: String) -> Result<(Config, Target), Error> {
        let context = self.context.clone().or_else(|| kubeconfig.current_context.clone());
        let known = |names: Vec<&String>| match names.as_slice() {
            [] => "it names none".to_owned(),
            names => format!(
                "it has {}",
                names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
            ),
        };
        let contexts = known(kubeconfig.contexts.iter().map(|context| &context.name).collect());
        let clusters = known(kubeconfig.clusters.iter().map(|cluster| &cluster.name).collect());
        let users: Vec<&String> = kubeconfig.auth_infos.iter().map(|user| &user.name).collect();
        if let Some(user) = self.user.as_ref().filter(|user| !users.contains(user)) {
            let message = format!("the kubeconfig {path} has no user {user:?}");
            return Err(Error::Connection {
                message,
                help: format!("choose another with --user: {}", known(users)),
            });
        }
        let has_own_proxy = |config: &Kubeconfig| {
            config
                .clusters
                .iter()
                .any(|named| named.cluster.as_ref().is_some_and(|cluster| cluster.proxy_url.is_some()))
        };
        let proxy_is_from_file = has_own_proxy(&kubeconfig);
        let options = KubeConfigOptions {
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
        };
        let mut config =
            Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| match error {
                KubeconfigError::CurrentContextNotSet => Error::Connection {
                    message: format!("the kubeconfig {path} has no current context"),
                    help: format!("choose one with --context, or kubectl config use-context: {contexts}"),
                },
                KubeconfigError::LoadContext(name) => Error::Connection {
                    message: format!("the kubeconfig {path} has no context {name:?}"),
                    help: format!("choose another with --context: {contexts}"),
                },
                KubeconfigError::LoadClusterOfContext(name) => Error::Connection {
                    message: format!("the kubeconfig {path} has no cluster {name:?}"),
                    help: format!("choose another with --cluster: {clusters}"),
                },
                other => unusable(&path, &other),
            })?;
        if !proxy_is_from_file && super::proxy::goes_direct(config.cluster_url.host().unwrap_or_default()) {
            config.proxy_url = None;
        }
        let target = Target { server: address(&config), context, kubeconfig: Some(path) };
        Ok((config, target))
    }
}

fn read(paths: &[PathBuf]) -> Result<(Kubeconfig, String), Error> {
    let mut merged = Kubeconfig::default();
    for path in paths {
        let shown = path.display().to_string();
        let next = Kubeconfig::read_from(path).map_err(|error| unusable(&shown, &error))?;
        merged = merged.merge(next).map_err(|error| unusable(&shown, &error))?;
    }
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    Ok((merged, shown.join(", ")))
}

fn unusable(path: &str, error: &KubeconfigError) -> Error {
    let why = match error {
        KubeconfigError::ReadConfig(reason, _) => innermost(reason),
        // Its own text goes on over many lines with the place.
        KubeconfigError::Parse(reason) => reason.to_string().lines().next().unwrap_or_default().to_owned(),
        other => other.to_string(),
    };
    Error::Connection {
        message: format!("cannot use the kubeconfig {path}: {why}"),
        help: "name another with --kubeconfig or $KUBECONFIG".to_owned(),
    }
}

fn nothing_to_ask() -> Error {
    Error::Connection {
        message: "no cluster is known: there is no ~/.kube/config, and $KUBECONFIG is not set".to_owned(),
        help: "name a kubeconfig with --kubeconfig; without a cluster, \"kubectl gene run\" runs Executions on this machine"
            .to_owned(),
    }
}

fn address(config: &Config) -> String {
    config.cluster_url.to_string().trim_end_matches('/').to_owned()
}

/// The context's namespace stands in the path of a request, so that it must be one.
fn namespace_is_one(namespace: &str, target: &Target) -> Result<(), Error> {
    if names::is_dns_label(namespace) {
        return Ok(());
    }
    let message = format!(
        "the namespace {namespace:?} of context {:?} is no name",
        target.context.as_deref().unwrap_or_default()
    );
    Err(Error::Connection { message, help: "name another with -n".to_owned() })
}

/// A namespace as it is typed.
pub fn namespace(text: &str) -> Result<String, String> {
    if names::is_dns_label(text) {
        Ok(text.to_owned())
    } else {
        Err("a namespace has at most 63 of a-z, 0-9 and \"-\"".to_owned())
    }
}

/// A span of time as it is typed: a number with `ms`, `s`, `m` or `h`, or several of them; a bare number
/// means seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "want a time like 30s, 2m, 1h30m or 500ms".to_owned();
    if let Ok(seconds) = text.parse::<u64>() {
        return positive(Duration::from_secs(seconds));
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0).ok_or_else(wrong)?;
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let millis: u64 = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        let part =
            number.parse::<u64>().ok().and_then(|number| number.checked_mul(millis)).ok_or_else(wrong)?;
        total = total.checked_add(Duration::from_millis(part)).ok_or_else(wrong)?;
        rest = after;
    }
    if text.is_empty() { Err(wrong()) } else { positive(total) }
}

/// The longest wait that is taken: a clock of this machine can still count it.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

fn positive(duration: Duration) -> Result<Duration, String> {
    if duration.is_zero() {
        return Err("it must be more than 0".to_owned());
    }
    Ok(duration.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_kubectl_reads_them() {
        let cases = [
            ("5", Some(5000)),
            ("30s", Some(30_000)),
            ("500ms", Some(500)),
            ("2m", Some(120_000)),
            ("1h30m", Some(5_400_000)),
            ("1m1s1ms", Some(61_001)),
            ("", None),
            ("0", None),
            ("0s", None),
            ("s", None),
            ("5d", None),
            ("-5s", None),
            ("1.5s", None),
            ("5 s", None),
            ("99999999999999999999h", None),
            ("18446744073709551615h", None),
        ];
        for (text, expected) in cases {
            let read = duration(text).ok().map(|duration| duration.as_millis());
            assert_eq!(read, expected, "{text:?}");
        }
        assert_eq!(duration("18446744073709551615"), Ok(LONGEST));
    }
}
