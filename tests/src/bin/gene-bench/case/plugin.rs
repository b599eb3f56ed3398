//! The plugin's commands on an Execution of 1,000 vertices that has ended, each as a new process.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};

use super::{Cluster, Report};
use crate::{cluster::NAMESPACE, report::Spread};

const TIMES: usize = 20;

pub(super) fn measure(cluster: &Cluster, name: &str, report: &mut Report) -> Result<()> {
    for (command, bar) in [(&["tree", name][..], "≤ 100 ms"), (&["get", "executions", name], "≤ 30 ms")] {
        let (mut own, mut whole, mut server) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TIMES {
            skip(cluster)?;
            let start = Instant::now();
            let status = Command::new(&cluster.plugin)
                .args(command)
                .args(["--namespace", NAMESPACE])
                .stdout(Stdio::null())
                .status()
                .with_context(|| format!("cannot run {}", cluster.plugin.display()))?;
            let took = start.elapsed().as_secs_f64() * 1e3;
            ensure!(status.success(), "kubectl-gene {}: {status}", command.join(" "));
            let of_server = server_ms(cluster)?;
            own.push(took - of_server);
            whole.push(took);
            server.push(of_server);
        }
        let what =
            format!("`{}` of an Execution of 1,000 vertices, ms beside the server's own time", command[0]);
        report.add(&what, Spread::of(own, 1).to_string(), bar);
        let both = format!("{}, of which {}", Spread::of(whole, 1), Spread::of(server, 1));
        report.add("… whole time, of which the server took", both, "");
    }
    Ok(())
}

fn skip(cluster: &Cluster) -> Result<()> {
    match &cluster.audit {
        Some(audit) => audit.lock().map_err(|_| anyhow::anyhow!("the audit log's reader broke down"))?.skip(),
        None => Ok(()),
    }
}

/// How long the API server was busy with what people asked in our namespace; 0 where no audit log says it.
fn server_ms(cluster: &Cluster) -> Result<f64> {
    let Some(audit) = &cluster.audit else { return Ok(0.0) };
    let entries =
        audit.lock().map_err(|_| anyhow::anyhow!("the audit log's reader broke down"))?.entries()?;
    let asked = entries.iter().filter(|entry| {
        matches!(entry.verb.as_str(), "get" | "list")
            && entry.namespace() == NAMESPACE
            && !entry.user().starts_with("system:")
    });
    Ok(asked.map(|entry| entry.took().as_secs_f64() * 1e3).sum())
}
