//! 1,000 vertices that wait for nothing.

use anyhow::Result;

use super::{Cluster, Report, against_floor, floor, ours, plugin, shape};
use crate::report::Spread;

const WIDTH: usize = 1_000;

pub(super) async fn measure(cluster: &Cluster, runs: usize, report: &mut Report) -> Result<()> {
    let (mut pairs, mut of_plugin) = (Vec::new(), Ok(()));
    for run in 0..runs {
        // Each goes first as often as the other.
        let is_floor_first = run % 2 == 0;
        let workload = shape::independent(&format!("independent-{run}"), WIDTH);
        let early = if is_floor_first { Some(floor::run(cluster, &workload).await?) } else { None };
        let ours = ours::run_and_keep(cluster, &workload).await?;
        eprintln!("  ours {:.1} s: {}", ours.seconds, ours.calls.words());
        if run + 1 == runs {
            of_plugin = plugin::measure(cluster, &format!("independent-{run}"), report);
        }
        cluster.clear().await?;
        let floor = match early {
            Some(floor) => floor,
            None => floor::run(cluster, &workload).await?,
        };
        eprintln!("  floor {:.1} s, ratio {:.3}", floor.seconds, against_floor(&floor, &ours));
        pairs.push((floor, ours));
    }
    let of = |figure: fn(&(floor::Floor, ours::Ours)) -> f64, decimals| {
        Spread::of(pairs.iter().map(figure), decimals)
    };
    let width = WIDTH as f64;
    report.add(
        "1,000 independent vertices: Jobs/s against the floor",
        of(|(floor, ours)| against_floor(floor, ours), 2).to_string(),
        "≥ 0.9",
    );
    report.add("… seconds", of(|(_, ours)| ours.seconds, 1).to_string(), "≤ 27 s");
    report.add("… seconds of the floor", of(|(floor, _)| floor.seconds, 1).to_string(), "");
    let writes = Spread::of(pairs.iter().map(|(_, ours)| ours.calls.writes() as f64 / width), 3);
    report.add("… own writes a vertex", writes.to_string(), "≤ 1.1");
    report.add(
        "… GET and LIST in steady state",
        of(|(_, ours)| ours.calls.reads() as f64, 0).to_string(),
        "0",
    );
    let cpu = Spread::of(pairs.iter().map(|(_, ours)| ours.cpu * 1e3 / width), 2);
    report.add("… CPU of the controller a vertex, ms", cpu.to_string(), "");
    report.add("… CPU seconds of the API server, ours", of(|(_, ours)| ours.server_cpu, 1).to_string(), "");
    report.add(
        "… CPU seconds of the API server, floor",
        of(|(floor, _)| floor.server_cpu, 1).to_string(),
        "",
    );
    of_plugin
}
