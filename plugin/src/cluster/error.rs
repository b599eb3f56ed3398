//! What can go wrong between here and the server, in words for people.

mod refused;

use std::fmt::Write as _;

use gene_types::v1alpha1::GROUP;
use kube::core::Status;

use crate::render::text::printable;
use refused::refused;

/// Why a command got no answer that it could use.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// Who to ask is unknown, or cannot be asked so: the kubeconfig, a login program, a certificate.
    Connection {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// The server did not answer in time, or not at all.
    Away {
        /// Who was asked.
        target: Target,
        /// What happened instead.
        why: String,
    },
    /// The server refused.
    Refused {
        /// Who refused.
        target: Target,
        /// Its reasons.
        status: Box<Status>,
    },
    /// The server does not know what an Execution is.
    NotInstalled {
        /// Who was asked.
        target: Target,
    },
    /// The server answered something else than this program understands.
    Answer {
        /// Who answered.
        target: Target,
        /// What is wrong with it.
        why: String,
    },
    /// The command itself found something wrong: what, and what to do.
    Command {
        /// What is wrong.
        message: String,
        /// What to do, where there is one thing.
        help: Option<String>,
    },
}

/// Who is asked, as the person set it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The address of the server.
    pub server: String,
    /// The context of the kubeconfig, where one was read.
    pub context: Option<String>,
    /// Where that stands.
    pub kubeconfig: Option<String>,
}

impl Error {
    /// A fault that a command found by itself.
    pub fn command(message: impl Into<String>) -> Self {
        Self::Command { message: message.into(), help: None }
    }

    /// The same with what to do.
    pub fn command_with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Command { message: message.into(), help: Some(help.into()) }
    }

    /// The server's own words, where it refused.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Refused { status, .. } => Some(status),
            _ => None,
        }
    }

    /// Whether the server knows the kind, but no such object.
    pub fn is_not_found(&self) -> bool {
        self.status().is_some_and(Status::is_not_found)
    }

    /// Whether another object has the name.
    pub fn is_already_exists(&self) -> bool {
        self.status().is_some_and(Status::is_already_exists)
    }

    /// Whether the object changed since it was read.
    pub fn is_conflict(&self) -> bool {
        self.status().is_some_and(|status| status.is_conflict() && !status.is_already_exists())
    }

    /// Whether the same request may succeed a little later: the server is away, too busy, or starting.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Away { .. } => true,
            Self::Refused { status, .. } => status.code == 429 || status.code >= 500,
            _ => false,
        }
    }

    /// All of it, ready for standard error.
    pub fn report(&self) -> String {
        let (message, details, help) = self.parts();
        let mut text = format!("error: {}\n", printable(&message));
        for detail in details {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "  {}", printable(&detail));
        }
        if let Some(help) = help {
            let _ = writeln!(text, "help: {}", printable(&help));
        }
        text
    }

    /// The first line alone, for a text of several faults.
    pub fn message(&self) -> String {
        printable(&self.parts().0)
    }

    fn parts(&self) -> (String, Vec<String>, Option<String>) {
        match self {
            Self::Connection { message, help } => (message.clone(), Vec::new(), Some(help.clone())),
            Self::Command { message, help } => (message.clone(), Vec::new(), help.clone()),
            Self::Away { target, why } => {
                let help = match &target.context {
                    Some(_) => {
                        "see whether the cluster runs and can be reached from here; another is chosen with --context or --kubeconfig"
                    }
                    None => "see whether the cluster runs and can be reached from here",
                };
                let message = format!("no answer from the server at {}: {why}", target.server);
                (message, target.details(), Some(help.to_owned()))
            }
            Self::Answer { target, why } => {
                let message = format!("the server at {} answered something else: {why}", target.server);
                let help = "see whether this address is that of a Kubernetes API server".to_owned();
                (message, target.details(), Some(help))
            }
            Self::NotInstalled { target } => {
                let message = "Executions are not installed in this cluster".to_owned();
                (message, target.details(), Some("install them: kubectl apply -k manifests".to_owned()))
            }
            Self::Refused { target, status } => refused(target, status),
        }
    }
}

impl Target {
    fn details(&self) -> Vec<String> {
        let context = self.context.as_ref().map(|context| format!("context: {context:?}"));
        let kubeconfig = self.kubeconfig.as_ref().map(|path| format!("kubeconfig: {path}"));
        context.into_iter().chain(kubeconfig).collect()
    }
}

/// The words of the innermost cause, which is what happened; its wrappers only say that it did.
pub fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Whether the answer speaks of an object, not of an address that the server does not know.
fn names_object(status: &Status) -> bool {
    status.details.as_ref().is_some_and(|details| !details.name.is_empty())
}

/// What the server's refusal of a request for this path means.
pub(super) fn from_status(target: &Target, path: &str, status: Box<Status>) -> Error {
    // What has no such object names it; what has no such address only says so.
    if status.code == 404 && !names_object(&status) && path.contains(GROUP) {
        return Error::NotInstalled { target: target.clone() };
    }
    Error::Refused { target: target.clone(), status }
}

/// A fault of kube's client, before anything was sent or where nothing came back.
pub(super) fn from_client(target: &Target, error: &kube::Error) -> Error {
    match error {
        kube::Error::Api(status) => Error::Refused { target: target.clone(), status: status.clone() },
        kube::Error::SerdeError(error) => Error::Answer { target: target.clone(), why: error.to_string() },
        kube::Error::BuildRequest(_) | kube::Error::HttpError(_) => Error::command(innermost(error)),
        kube::Error::Auth(error) => login(error),
        kube::Error::Service(inner) => match inner.downcast_ref::<kube::client::AuthError>() {
            Some(error) => login(error),
            None => unreached(target, error),
        },
        other => unreached(target, other),
    }
}

/// A server that shows the wrong certificate is there; asking again changes nothing.
fn unreached(target: &Target, error: &kube::Error) -> Error {
    let why = innermost(error);
    if let Some(reason) = why.strip_prefix("invalid peer certificate: ") {
        return Error::Connection {
            message: format!("the server at {} shows a certificate that is not trusted: {reason}", target.server),
            help: "see the cluster's certificate-authority in the kubeconfig, or choose another with --context or --kubeconfig"
                .to_owned(),
        };
    }
    Error::Away { target: target.clone(), why }
}

fn login(error: &kube::client::AuthError) -> Error {
    use kube::client::AuthError;
    let message = match error {
        AuthError::AuthExecRun { cmd, out } => {
            let said = String::from_utf8_lossy(&out.stderr);
            let said = said.trim().lines().last().unwrap_or("it said nothing").to_owned();
            format!("the login program {cmd:?} of the kubeconfig ended with {}: {said}", out.status)
        }
        AuthError::AuthExecStart(reason) => {
            format!("the login program of the kubeconfig cannot be started: {}", innermost(reason))
        }
        other => format!("who you are cannot be said to the server: {other}"),
    };
    let help = "see \"users\" in the kubeconfig, or choose another user with --user or --context".to_owned();
    Error::Connection { message, help }
}

/// What lists the Executions of every namespace.
pub const LIST_ALL: &str = "kubectl gene get executions -A";

/// No Execution has this name, in kubectl's words and with what to do.
pub fn not_found(name: &str, namespace: &str) -> Error {
    Error::command_with_help(
        format!("there is no execution {name:?} in namespace {namespace:?}"),
        format!("\"{LIST_ALL}\" lists those of every namespace"),
    )
}
