//! What a review costs: as many as the server can do, by the CPU time that the kernel counts for its process. What the
//! client costs is not in it.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::try_join_all;

use super::{Setting, client::Connection, review, review::Review, server::Server};
use crate::report::{Report, Spread};

/// Connections, and how many reviews each has under way: fewer than the server takes at once.
const CONNECTIONS: usize = 8;
const STREAMS: usize = 2;

/// What is not counted: connections and caches are cold.
const WARM_UP: Duration = Duration::from_secs(1);

/// Measures small reviews, and what large ones cost beside them.
pub async fn measure(setting: &Setting, report: &mut Report) -> Result<()> {
    let kinds = [
        ("reviews of 100 vertices in 10 tasks a second of server CPU", review::small()?, "≥ 5,000"),
        ("… of the seed example's 4 tasks", review::example()?, ""),
        ("… of 2,000 tasks", review::large()?, ""),
    ];
    for (what, reviews, bar) in kinds {
        let (mut by_cpu, mut by_clock) = (Vec::new(), Vec::new());
        for _ in 0..setting.runs {
            let server = Server::start(setting).await?;
            let connections = server.connections(CONNECTIONS).await?;
            saturate(&connections, &reviews, WARM_UP).await?;
            let (cpu, start) = (server.program.cpu_seconds()?, Instant::now());
            let count = saturate(&connections, &reviews, setting.length).await? as f64;
            let cpu = server.program.cpu_seconds()? - cpu;
            eprintln!("  {count} reviews in {:.1} s, {cpu:.2} s of CPU", start.elapsed().as_secs_f64());
            by_cpu.push(count / cpu);
            by_clock.push(count / start.elapsed().as_secs_f64());
            drop(connections);
            server.program.stop().await?;
        }
        report.add(what, Spread::of(by_cpu, 0).to_string(), bar);
        report.add("… a second, the client on the same cores", Spread::of(by_clock, 0).to_string(), "");
    }
    Ok(())
}

/// Keeps so many reviews under way for a while; returns how many were decided.
async fn saturate(connections: &[Connection], reviews: &[Review], length: Duration) -> Result<usize> {
    let end = Instant::now() + length;
    let lanes = (0..CONNECTIONS * STREAMS).map(|lane| {
        let connection = connections[lane % connections.len()].clone();
        let reviews = reviews.to_vec();
        let lane = tokio::spawn(async move {
            let mut count = 0;
            for review in reviews.iter().cycle().skip(lane) {
                if Instant::now() >= end {
                    break;
                }
                connection.admit(review).await?;
                count += 1;
            }
            anyhow::Ok(count)
        });
        async { lane.await? }
    });
    Ok(try_join_all(lanes).await?.into_iter().sum())
}
