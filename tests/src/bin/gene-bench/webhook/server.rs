//! The webhook as a process.

use std::{net::SocketAddr, process::Command, sync::Arc};

use anyhow::Result;
use rustls::ClientConfig;

use super::{Setting, authority::Authority, client::Connection};
use crate::process::{Program, free_address};

/// A webhook that runs. Dropped, it is killed.
pub struct Server {
    /// The process.
    pub program: Program,
    /// How it is reached.
    pub target: Target,
    /// Who signed its certificate, and where that is.
    authority: Authority,
}

/// How a webhook is reached.
#[derive(Clone)]
pub struct Target {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
}

impl Target {
    /// One of its endpoints, as a webhook configuration names it.
    pub fn url(&self, endpoint: &str) -> String {
        format!("https://{}/{endpoint}", self.address)
    }

    /// A connection of its own.
    pub async fn connect(&self) -> Result<Connection> {
        Connection::open(self.address, Arc::clone(&self.tls)).await
    }
}

impl Server {
    /// Starts one with the settings that it is deployed with, and waits until it is ready.
    pub async fn start(setting: &Setting) -> Result<Self> {
        let authority = Authority::new()?;
        let (address, health) = (free_address()?, free_address()?);
        let mut command = Command::new(&setting.program);
        command
            .arg("--tls-dir")
            .arg(authority.directory())
            .arg(format!("--listen={address}"))
            .arg(format!("--admin-listen={health}"));
        let program = Program::start("the webhook", &mut command, health).await?;
        let target = Target { address, tls: authority.client()? };
        Ok(Self { program, target, authority })
    }

    /// The certificate of who signed its own.
    pub fn authority_pem(&self) -> String {
        self.authority.pem()
    }

    /// So many connections.
    pub async fn connections(&self, count: usize) -> Result<Vec<Connection>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(self.target.connect().await?);
        }
        Ok(connections)
    }
}
