//! Reviews by a schedule: the next one is sent when its time has come, whatever became of the last. A latency is
//! counted from the scheduled moment, so that what is late for any reason is late for all that come after it too.

use std::{
    hint::spin_loop,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::{sync::mpsc, task::JoinSet};

use super::{Setting, client::Connection, latency::Latencies, review, review::Review, server::Server};
use crate::report::{Report, Spread};

/// Reviews a second of the whole webhook.
const RATE: u32 = 200;

/// Rates to try where that one is more than the machine can do.
const LOWER_RATES: [u32; 5] = [150, 100, 75, 50, 25];

/// What is not counted: connections and caches are cold.
const WARM_UP: Duration = Duration::from_secs(1);

/// A thread wakes up some 50 µs late; the last of the waiting is turning in circles.
const SPIN: Duration = Duration::from_micros(100);

/// A body from this size on is a large one.
const LARGE: usize = 100_000;

/// More reviews under way than this: the server falls further and further behind.
const MAX_UNDER_WAY: usize = 400;

/// What came of a schedule.
pub struct Paced {
    /// Of the reviews that were allowed.
    pub latencies: Latencies,
    /// Of those among them whose bodies are not large, and of the others.
    pub by_size: [Latencies; 2],
    /// How many were not: refused for load, or without an answer.
    pub failed: usize,
    /// Why, the first of them.
    pub reason: Option<String>,
}

impl Paced {
    fn holds(&self, milliseconds: f64) -> bool {
        self.failed == 0 && self.latencies.percentile(99) <= milliseconds
    }
}

/// 100 vertices in 10 tasks.
pub async fn small(setting: &Setting, report: &mut Report) -> Result<()> {
    let what = "200 reviews/s of 100 vertices in 10 tasks";
    at_rate(setting, report, what, &review::small()?, "≤ 1 ms").await?;
    Ok(())
}

/// 2,000 tasks.
pub async fn large(setting: &Setting, report: &mut Report) -> Result<()> {
    let bar = 20.0;
    let reviews = review::large()?;
    let what = format!("200 reviews/s of 2,000 tasks ({} kB)", reviews[0].body.len() / 1_000);
    let holds = at_rate(setting, report, &what, &reviews, "≤ 20 ms").await?;
    if holds >= bar {
        for rate in LOWER_RATES {
            let server = Server::start(setting).await?;
            let paced = run(&server.connections(1).await?, &reviews, rate, setting.length).await?;
            eprintln!("  {rate}/s: p99 {:.2} ms, {} failed", paced.latencies.percentile(99), paced.failed);
            if paced.holds(bar) {
                let figures = figures(&paced);
                report.add(&format!("… at {rate}/s, the highest rate tried that holds"), figures, "");
                break;
            }
        }
    }
    Ok(())
}

/// 100 vertices in 10 tasks, and every tenth create one of 2,000 tasks, for which small ones must not wait.
pub async fn mixed(setting: &Setting, report: &mut Report) -> Result<()> {
    let (small, large) = (review::small()?, review::large()?);
    let mut reviews: Vec<Review> = small.iter().cycle().take(20).cloned().collect();
    reviews.splice(0..2, large.into_iter().take(2));
    let (mut small, mut large, mut failed) = (Vec::new(), Vec::new(), 0);
    for _ in 0..setting.runs {
        let server = Server::start(setting).await?;
        let paced = run(&server.connections(1).await?, &reviews, RATE, setting.length).await?;
        let [of_small, of_large] = paced.by_size.each_ref().map(|latencies| latencies.percentile(99));
        eprintln!("  {}; p99 of the small {of_small:.2} ms, of the large {of_large:.2} ms", figures(&paced));
        small.push(of_small);
        large.push(of_large);
        failed += paced.failed;
        server.program.stop().await?;
    }
    let what = "200 reviews/s, every tenth of 2,000 tasks, the others small: p99 of the large, ms";
    report.add(what, Spread::of(large, 2).to_string(), "≤ 20 ms");
    report.add("… p99 of the small, ms", Spread::of(small, 2).to_string(), "");
    report.add("… failed", failed.to_string(), "");
    Ok(())
}

/// Rows for one connection and for eight; returns the greatest p99, infinite where a review failed.
async fn at_rate(
    setting: &Setting,
    report: &mut Report,
    what: &str,
    reviews: &[Review],
    bar: &str,
) -> Result<f64> {
    let mut greatest: f64 = 0.0;
    for connections in [1, 8] {
        let (mut p50, mut p99, mut most, mut failed) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for _ in 0..setting.runs {
            let server = Server::start(setting).await?;
            let paced = run(&server.connections(connections).await?, reviews, RATE, setting.length).await?;
            eprintln!("  {connections} connections: {}", figures(&paced));
            p50.push(paced.latencies.percentile(50));
            p99.push(paced.latencies.percentile(99));
            most.push(paced.latencies.greatest());
            failed += paced.failed;
            if let Some(reason) = paced.reason {
                eprintln!("  {} failed, the first of them: {reason}", paced.failed);
            }
            server.program.stop().await?;
        }
        greatest = p99.iter().copied().fold(greatest, f64::max);
        if failed > 0 {
            greatest = f64::INFINITY;
        }
        let beside = match connections {
            1 => format!("{what}, one connection: p99, ms"),
            _ => "… eight connections: p99, ms".to_owned(),
        };
        report.add(&beside, Spread::of(p99, 2).to_string(), bar);
        let rest = format!("{}; {}; {failed}", Spread::of(p50, 2), Spread::of(most, 1));
        report.add("… p50; greatest, ms; failed", rest, "");
    }
    Ok(greatest)
}

fn figures(paced: &Paced) -> String {
    let Paced { latencies, failed, .. } = paced;
    format!(
        "p50 {:.2} ms, p99 {:.2} ms, greatest {:.2} ms, of {}; {failed} failed",
        latencies.percentile(50),
        latencies.percentile(99),
        latencies.greatest(),
        latencies.count(),
    )
}

/// Sends the reviews in turn, each connection in turn. The length is in whole seconds.
pub async fn run(
    connections: &[Connection],
    reviews: &[Review],
    rate: u32,
    length: Duration,
) -> Result<Paced> {
    let interval = Duration::from_secs(1) / rate;
    let count = (WARM_UP + length).as_secs() as u32 * rate;
    let warm_up = WARM_UP.as_secs() as u32 * rate;
    // Tokio's own clock goes by milliseconds.
    let (due, mut schedule) = mpsc::unbounded_channel();
    let clock = thread::spawn(move || {
        let start = Instant::now() + interval;
        for number in 0..count {
            let at = start + interval * number;
            if let Some(left) = at.checked_duration_since(Instant::now() + SPIN) {
                thread::sleep(left);
            }
            while Instant::now() < at {
                spin_loop();
            }
            if due.send((number, at)).is_err() {
                return;
            }
        }
    });

    let mut under_way = JoinSet::new();
    let review_of = |number: u32| &reviews[number as usize % reviews.len()];
    let (mut samples, mut failed, mut reason) = ([Vec::new(), Vec::new()], 0, None);
    let mut take = |number: u32, result: Result<Duration>| match result {
        Ok(latency) if number >= warm_up => {
            let [small, large] = &mut samples;
            if review_of(number).body.len() < LARGE { small.push(latency) } else { large.push(latency) }
        }
        Ok(_) => {}
        Err(error) => {
            failed += 1;
            reason.get_or_insert_with(|| format!("{error:#}"));
        }
    };
    while let Some((number, at)) = schedule.recv().await {
        let connection = connections[number as usize % connections.len()].clone();
        let review = review_of(number).clone();
        under_way.spawn(async move {
            let result = connection.admit(&review).await;
            (number, result.map(|()| at.elapsed()))
        });
        while let Some(ended) = under_way.try_join_next() {
            let (number, result) = ended?;
            take(number, result);
        }
        if under_way.len() > MAX_UNDER_WAY {
            take(number, Err(anyhow::anyhow!("{MAX_UNDER_WAY} reviews are under way: it falls behind")));
            under_way.shutdown().await;
            break;
        }
    }
    drop(schedule);
    while let Some(ended) = under_way.join_next().await {
        let (number, result) = ended?;
        take(number, result);
    }
    // It ends by itself now, having nobody to tell.
    let _ = clock.join();
    let by_size = samples.each_ref().map(|samples| Latencies::of(samples));
    Ok(Paced { latencies: Latencies::of(&samples.concat()), by_size, failed, reason })
}
