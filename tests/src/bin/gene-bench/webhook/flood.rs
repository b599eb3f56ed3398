//! Memory: of a server that has nothing to do, and of one that is sent the largest bodies by many at once while real
//! reviews go on.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use bytes::Bytes;
use gene_webhook::server::Bounds;
use tokio::{runtime::Builder, task::JoinSet, time::sleep};

use super::{
    Setting, paced, review,
    server::{Server, Target},
};
use crate::report::Report;

/// Who floods, each with a connection of its own.
const CONNECTIONS: usize = 64;

/// What the server holds beside reviews.
const AT_REST: usize = 30_000_000;

/// How often the judgement of an object holds it unfolded: as a document, decoded, and mended so that all of its
/// faults are told at once.
const COPIES: usize = 3;

/// How long a server that is ready, or that was flooded, is left alone before its memory is taken as at rest.
const REST: Duration = Duration::from_secs(2);

/// Real reviews a second during the flood, and of those that it has seen before it is said to be at rest again.
const RATE: u32 = 50;

/// Measures.
pub async fn measure(setting: &Setting, report: &mut Report) -> Result<()> {
    let bounds = Bounds::default();
    let bound = memory_bound(&bounds) as u64;
    let mut highest = 0;
    at_rest(setting, report).await?;
    for (what, body) in review::floods(bounds.body)? {
        let server = Server::start(setting).await?;
        let end = Instant::now() + setting.length;
        let target = server.target.clone();
        // On a thread of its own, so that what it costs is not in the way of the real reviews' client.
        let flood = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            anyhow::Ok(runtime.block_on(flood(target, body, end)))
        });
        let length = setting.length.saturating_sub(Duration::from_secs(1));
        let real = paced::run(&server.connections(1).await?, &review::small()?, RATE, length).await?;
        let answers = flood.join().map_err(|_| anyhow::anyhow!("the flood broke down"))??;
        let peak = server.program.peak_memory()?;
        sleep(REST).await;
        let after = server.program.memory()?;
        highest = highest.max(peak);
        let what = format!("flood of 8 MiB bodies of {what}, 64 connections: memory at its highest");
        report.add(&what, megabytes(peak), &format!("≤ {}", megabytes(bound)));
        report.add("… and after", megabytes(after), "");
        report.add("… answers", words(&answers), "");
        let latencies = &real.latencies;
        let (p50, p99) = (latencies.percentile(50), latencies.percentile(99));
        let figures = format!("{p50:.1}; {p99:.1}; {} of {}", real.failed, latencies.count() + real.failed);
        report.add("… real reviews meanwhile, 50/s: p50; p99, ms; failed", figures, "");
        if let Some(reason) = real.reason {
            eprintln!("  the first that failed: {reason}");
        }
        server.program.stop().await?;
    }
    ensure!(
        highest <= bound,
        "the webhook held {}, which is over its bound of {}",
        megabytes(highest),
        megabytes(bound)
    );
    Ok(())
}

/// What it may hold under the flood, by the webhook's own bounds.
fn memory_bound(bounds: &Bounds) -> usize {
    let unfolded = bounds.judges * COPIES * gene_webhook::object::MOST;
    let unread = (CONNECTIONS + 1) * gene_webhook::server::CONNECTION_WINDOW as usize;
    AT_REST + bounds.bodies + unfolded + unread
}

async fn at_rest(setting: &Setting, report: &mut Report) -> Result<()> {
    let server = Server::start(setting).await?;
    sleep(REST).await;
    report.add("memory at rest", megabytes(server.program.memory()?), "≤ 30 MB");
    paced::run(&server.connections(8).await?, &review::small()?, 200, setting.length).await?;
    sleep(REST).await;
    report.add("… after 200 reviews/s of 100 vertices", megabytes(server.program.memory()?), "≤ 30 MB");
    paced::run(&server.connections(8).await?, &review::large()?, 25, setting.length).await?;
    sleep(REST).await;
    report.add("… after 25 reviews/s of 2,000 tasks", megabytes(server.program.memory()?), "");
    server.program.stop().await
}

/// Sends the body again and again, from many at once; returns how often each answer came.
async fn flood(target: Target, body: Bytes, end: Instant) -> BTreeMap<String, usize> {
    let mut lanes = JoinSet::new();
    for _ in 0..CONNECTIONS {
        lanes.spawn(lane(target.clone(), body.clone(), end));
    }
    let mut all = BTreeMap::new();
    while let Some(lane) = lanes.join_next().await {
        for (answer, count) in lane.unwrap_or_default() {
            *all.entry(answer).or_default() += count;
        }
    }
    all
}

async fn lane(target: Target, body: Bytes, end: Instant) -> BTreeMap<String, usize> {
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    let mut connection = None;
    while Instant::now() < end {
        if connection.is_none() {
            connection = target.connect().await.ok();
        }
        let answer = match &connection {
            Some(open) => open.post("/validate", body.clone()).await.ok(),
            None => None,
        };
        if answer.is_none() {
            connection = None;
            // What refuses connections would do so as fast as one tries.
            sleep(Duration::from_millis(100)).await;
        }
        let word = answer.map_or_else(|| "none".to_owned(), |(status, _)| status.as_u16().to_string());
        *answers.entry(word).or_default() += 1;
    }
    answers
}

fn words(answers: &BTreeMap<String, usize>) -> String {
    let mut words = String::new();
    for (answer, count) in answers {
        let separator = if words.is_empty() { "" } else { ", " };
        let _ = write!(words, "{separator}{answer} × {count}"); // a String takes everything
    }
    words
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
