//! The plugin's commands on an Execution of 1,000 vertices that has ended, each as a new process.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};

use super::{Cluster, Report};
use crate::{cluster::NAMESPACE, report::Spread};

const TIMES: usize = 20;

pub(super) async fn measure(cluster: &Cluster, name: &str, report: &mut Report) -> Result<()> {
    for (command, bar) in [(&["tree", name][..], "≤ 100 ms"), (&["get", "executions", name], "≤ 30 ms")] {
        let mut samples = Vec::new();
        skip(cluster)?;
        for _ in 0..TIMES {
            let start = Instant::now();
            let status = Command::new(&cluster.plugin)
                .args(command)
                .args(["--namespace", NAMESPACE])
                .stdout(Stdio::null())
                .status()
                .with_context(|| format!("cannot run {}", cluster.plugin.display()))?;
            samples.push(start.elapsed().as_secs_f64() * 1e3);
            ensure!(status.success(), "kubectl-gene {}: {status}", command.join(" "));
        }
        let server = match server_ms(cluster)? {
            Some(milliseconds) => format!(", of which the server took {:.1}", milliseconds / TIMES as f64),
            None => String::new(),
        };
        let what = format!("`{}` of an Execution of 1,000 vertices, ms", command[0]);
        report.add(&what, format!("{}{server}", Spread::of(samples, 1)), bar);
    }
    Ok(())
}

fn skip(cluster: &Cluster) -> Result<()> {
    match &cluster.audit {
        Some(audit) => audit.lock().map_err(|_| anyhow::anyhow!("the audit log's reader broke down"))?.skip(),
        None => Ok(()),
    }
}

/// How long the API server was busy with what people asked in our namespace, where there is an audit log.
fn server_ms(cluster: &Cluster) -> Result<Option<f64>> {
    let Some(audit) = &cluster.audit else { return Ok(None) };
    let entries =
        audit.lock().map_err(|_| anyhow::anyhow!("the audit log's reader broke down"))?.entries()?;
    let asked = entries.iter().filter(|entry| {
        matches!(entry.verb.as_str(), "get" | "list")
            && entry.namespace() == NAMESPACE
            && !entry.user().starts_with("system:")
    });
    Ok(Some(asked.map(|entry| entry.took().as_secs_f64() * 1e3).sum()))
}
