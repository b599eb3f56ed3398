//! `gene-webhook` as a process.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::{
    installed,
    probe::{self, HERE, free_port},
};
use crate::{
    cluster::until,
    process::{Log, program},
};

/// A running webhook; dropped, it is killed.
pub struct Webhook {
    child: Child,
    /// Where it serves reviews.
    pub port: u16,
    /// Where it tells of itself.
    pub health: u16,
}

impl Webhook {
    /// Starts one at this port that keeps its certificates in a Secret of the namespace, with more words on its command
    /// line.
    pub fn start(port: u16, namespace: &str, words: &[&str], log: &Log) -> Self {
        let health = free_port();
        let mut command = Command::new(program("gene-webhook"));
        command.args([
            "--listen",
            &format!("{}:{port}", *HERE),
            "--admin-listen",
            &format!("{}:{health}", *HERE),
        ]);
        command.args(["--namespace", namespace, "--tls-name", &HERE.to_string()]);
        command.args(["--configuration", &installed::of_namespace("gene-webhook", namespace)]);
        command.args([
            "--drain-delay",
            "0s",
            "--log",
            "debug,kube=info,hyper=info,tower=info,rustls=info,h2=info",
        ]);
        command.args(words);
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.append()).kill_on_drop(true);
        Self { child: child.spawn().unwrap(), port, health }
    }

    /// Whether it says that it can be asked.
    pub async fn is_ready(&self) -> bool {
        probe::get(self.health, "/readyz").await.is_some_and(|(code, _)| code == 200)
    }

    /// Returns when it says so.
    pub async fn ready(&self) {
        until("a webhook that is ready", || async { self.is_ready().await.then_some(()) }).await;
    }

    /// Lets it stand still, as a container that is paused does.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Kills it, and returns when it is gone.
    pub async fn kill(mut self) {
        assert_eq!(self.child.try_wait().unwrap(), None, "it has ended by itself");
        self.child.kill().await.unwrap();
    }
}
