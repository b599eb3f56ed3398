//! What the kernel says of processes, and our programs as such.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use super::cluster::Cluster;

/// How long a program may take to come up, and to end. A controller may have to wait for another's lease.
const LIMIT: Duration = Duration::from_mins(1);

/// How busy the machine has been for the last minute: what else ran takes its part of every figure.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}

/// A program of ours that runs. Dropped, it is killed.
pub struct Program {
    name: &'static str,
    child: Child,
    /// Where it serves its health and its metrics.
    address: SocketAddr,
    log: tempfile::NamedTempFile,
}

/// Starts a controller with the settings that it is deployed with, and waits until it is ready.
pub async fn controller(cluster: &Cluster) -> Result<Program> {
    let address = free_address()?;
    let mut command = Command::new(&cluster.controller);
    command
        .arg("--kubeconfig")
        .arg(cluster.kubeconfig.path())
        .arg(format!("--lease-namespace={}", super::cluster::CONTROLLER_NAMESPACE))
        .arg(format!("--listen={address}"));
    Program::start("the controller", &mut command, address).await
}

/// An address of this machine that is free now; nobody else is expected to take it at once.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Program {
    /// Starts it and waits until it is ready, by what it serves at the address.
    pub async fn start(name: &'static str, command: &mut Command, address: SocketAddr) -> Result<Self> {
        let log = tempfile::NamedTempFile::new()?;
        let child = command
            .stdout(Stdio::null())
            .stderr(log.reopen()?)
            .spawn()
            .with_context(|| format!("cannot run {}", command.get_program().display()))?;
        let mut program = Self { name, child, address, log };
        let since = Instant::now();
        while !program.get("/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
            if let Some(status) = program.child.try_wait()? {
                bail!("{name} ended with {status}:\n{}", program.log_end());
            }
            ensure!(
                since.elapsed() < LIMIT,
                "{name} is not ready after {} s:\n{}",
                LIMIT.as_secs(),
                program.log_end()
            );
            sleep(Duration::from_millis(20)).await;
        }
        Ok(program)
    }

    /// Its page of metrics.
    pub fn metrics(&self) -> Result<String> {
        self.get("/metrics")
    }

    /// CPU seconds that it has taken, in hundredths.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in parentheses may hold blanks; utime and stime are fields 14 and 15.
        let after_name = stat.rsplit_once(')').context("/proc/PID/stat names the program")?.1;
        let fields: Vec<&str> = after_name.split_whitespace().skip(11).take(2).collect();
        let ticks: f64 = fields.iter().filter_map(|field| field.parse::<f64>().ok()).sum();
        Ok(ticks / 100.0) // USER_HZ is 100 on every architecture that Linux reports these to
    }

    /// Bytes of memory that it holds now.
    pub fn memory(&self) -> Result<u64> {
        self.status_field("VmRSS:")
    }

    /// The most bytes that it ever held.
    pub fn peak_memory(&self) -> Result<u64> {
        self.status_field("VmHWM:")
    }

    /// Ends it in its own way; a controller gives its lease back.
    pub async fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let since = Instant::now();
        while self.child.try_wait()?.is_none() {
            ensure!(since.elapsed() < LIMIT, "{} did not end:\n{}", self.name, self.log_end());
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// The end of its log, for an error.
    pub fn log_end(&self) -> String {
        let text = fs::read_to_string(self.log.path()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn status_field(&self, field: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no such field")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already where all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
