//! 5,000 vertices in one Execution.

use anyhow::Result;

use super::{Cluster, Report, ours, shape};

const WIDTH: usize = 5_000;

pub(super) async fn measure(cluster: &Cluster, report: &mut Report) -> Result<()> {
    let ours = ours::run(cluster, &shape::independent("large", WIDTH)).await?;
    eprintln!("  {:.1} s: {}", ours.seconds, ours.calls.words());
    let width = WIDTH as f64;
    report.add("5,000 vertices (one run): seconds", format!("{:.1}", ours.seconds), "");
    report.add("… CPU of the controller a vertex", format!("{:.2} ms", ours.cpu * 1e3 / width), "≤ 0.5 ms");
    let bytes = ours.growth as f64 / width;
    report.add("… memory a live vertex", format!("{:.2} kB", bytes / 1e3), "≤ 4 kB");
    report.add("… own writes a vertex", format!("{:.3}", ours.calls.writes() as f64 / width), "");
    Ok(())
}
