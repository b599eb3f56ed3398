//! The webhook as a process.

use std::{process::Command, sync::Arc};

use anyhow::Result;
use rustls::ClientConfig;

use super::{Setting, authority::Authority, client::Connection};
use crate::process::{Program, free_address};

/// A webhook that runs. Dropped, it is killed.
pub struct Server {
    /// The process.
    pub program: Program,
    address: std::net::SocketAddr,
    tls: Arc<ClientConfig>,
    /// Its certificate is in there.
    _authority: Authority,
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
            .arg(format!("--health-listen={health}"));
        let program = Program::start("the webhook", &mut command, health).await?;
        Ok(Self { program, address, tls: authority.client()?, _authority: authority })
    }

    /// A connection of its own.
    pub async fn connect(&self) -> Result<Connection> {
        Connection::open(self.address, Arc::clone(&self.tls)).await
    }

    /// So many connections.
    pub async fn connections(&self, count: usize) -> Result<Vec<Connection>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(self.connect().await?);
        }
        Ok(connections)
    }
}
