//! The engine driven to the end through every event.

use std::{
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use gene_engine::{Action, Event, Options, Phase, Run};
use gene_types::{Execution, Limits, ValidExecution, validate};
use k8s_openapi::jiff::Timestamp;

use super::{
    program,
    report::{Report, median, percentile},
    workloads,
};

/// How to measure.
#[derive(Args, Debug)]
pub struct EngineArgs {
    /// Runs of each case; the median counts
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// One case in this process, its figures as a line (so each case has its own memory)
    #[arg(long, hide = true)]
    case: Option<Case>,
}

/// A case that is measured in a process of its own.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Case {
    Ten,
    Hundred,
    Whole,
    Chain,
}

/// The figures of one case.
struct Figures {
    seconds: f64,
    bytes: f64,
    observe_p99_ns: f64,
    action_mean_ns: f64,
}

/// Measures everything and prints the table.
pub fn run(args: &EngineArgs) -> Result<()> {
    if cfg!(debug_assertions) {
        // Figures of a debug build mean nothing.
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let optimised =
            ["run", "--release", "--quiet", "--package", "xtask", "--", "bench", "engine", "--runs"];
        let status = Command::new(cargo).args(optimised).arg(args.runs.to_string()).status()?;
        ensure!(status.success(), "the optimised build of this ended with {status}");
        return Ok(());
    }
    if let Some(case) = args.case {
        let figures = measure(case)?;
        let Figures { seconds, bytes, observe_p99_ns, action_mean_ns } = figures;
        println!("{seconds} {bytes} {observe_p99_ns} {action_mean_ns}");
        return Ok(());
    }
    let mut report = Report::default();
    // In turn: how fast the machine is changes from one second to the next, and is the same for neighbours.
    let (mut tens, mut hundreds) = (Vec::new(), Vec::new());
    for _ in 0..args.runs {
        tens.push(once(Case::Ten)?);
        hundreds.push(once(Case::Hundred)?);
    }
    let tenfold = tens.iter().zip(&hundreds).map(|(ten, hundred)| hundred.seconds / ten.seconds);
    let tenfold = median(tenfold.collect());
    let hundred = Figures::medians(&hundreds);
    let whole = repeat(Case::Whole, args.runs)?;
    let chain = repeat(Case::Chain, args.runs)?;
    let milliseconds = |seconds: f64| format!("{:.1} ms", seconds * 1e3);
    report.add(
        "100,000 vertices (1,000 × 100): validate, compile, every event, final status",
        milliseconds(hundred.seconds),
        "≤ 1 s",
    );
    report.add(
        "… memory a vertex, the Execution itself included",
        format!("{:.0} bytes", hundred.bytes / 100_000.0),
        "≤ 200 bytes",
    );
    report.add("10,000 → 100,000 vertices", format!("× {tenfold:.1}"), "≤ × 12");
    report.add("one `observe`, p99", format!("{:.1} µs", hundred.observe_p99_ns / 1e3), "≤ 50 µs");
    report.add("one returned action, mean", format!("{:.2} µs", hundred.action_mean_ns / 1e3), "≤ 20 µs");
    report.add(
        "whole 5,000 → 5,000: validate, compile, every event, final status",
        milliseconds(whole.seconds),
        "≤ 20 ms",
    );
    report.add("… memory, the Execution itself included", format!("{:.1} MB", whole.bytes / 1e6), "≤ 10 MB");
    report.add(
        "validate 10,000 tasks in a chain, not the first time in its process",
        milliseconds(chain.seconds),
        "≤ 20 ms",
    );
    program::measure(&mut report, args.runs)?;
    println!("{}", report.markdown());
    Ok(())
}

impl Figures {
    fn medians(of: &[Self]) -> Self {
        let median_of = |figure: fn(&Self) -> f64| median(of.iter().map(figure).collect());
        Self {
            seconds: median_of(|figures| figures.seconds),
            bytes: median_of(|figures| figures.bytes),
            observe_p99_ns: median_of(|figures| figures.observe_p99_ns),
            action_mean_ns: median_of(|figures| figures.action_mean_ns),
        }
    }
}

/// The medians of several processes.
fn repeat(case: Case, runs: usize) -> Result<Figures> {
    let all = (0..runs).map(|_| once(case)).collect::<Result<Vec<_>>>()?;
    Ok(Figures::medians(&all))
}

/// A case in a process of its own.
fn once(case: Case) -> Result<Figures> {
    let name = case.to_possible_value().context("a case has a name")?.get_name().to_owned();
    let output =
        Command::new(std::env::current_exe()?).args(["bench", "engine", "--case", &name]).output()?;
    ensure!(output.status.success(), "case {name}: {}", String::from_utf8_lossy(&output.stderr));
    let line = String::from_utf8(output.stdout)?;
    let figures: Vec<f64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [seconds, bytes, observe_p99_ns, action_mean_ns] = figures[..] else {
        bail!("case {name} does not tell four figures: {line}");
    };
    Ok(Figures { seconds, bytes, observe_p99_ns, action_mean_ns })
}

fn measure(case: Case) -> Result<Figures> {
    match case {
        Case::Ten => drive(|| workloads::chains(100, 100)),
        Case::Hundred => drive(|| workloads::chains(1_000, 100)),
        Case::Whole => drive(|| workloads::whole_pair(5_000)),
        Case::Chain => {
            // In a process that has validated before, as a webhook or a controller has.
            let executions = vec![workloads::chain(10_000); 6];
            let mut samples = Vec::new();
            for execution in executions {
                let start = Instant::now();
                let valid = valid(execution)?;
                samples.push(start.elapsed().as_secs_f64());
                ensure!(valid.plan().order.len() == 10_000, "the plan is not whole");
            }
            let seconds = median(samples.split_off(1));
            Ok(Figures { seconds, bytes: 0.0, observe_p99_ns: 0.0, action_mean_ns: 0.0 })
        }
    }
}

fn valid(execution: Execution) -> Result<ValidExecution> {
    validate(execution, &Limits::LOCAL)
        .map_err(|errors| anyhow::anyhow!("{} errors, first {}", errors.len(), errors[0]))
}

/// Drives an Execution to its end; every vertex is told started and succeeded.
fn drive(make: impl Fn() -> Execution) -> Result<Figures> {
    // The Execution counts as memory too: what making it leaves free is used again, and would else
    // hide as much of what is measured.
    let before = program::own_bytes()?;
    let execution = make();
    // This run is timed as a whole; a second one call by call, which costs too.
    let start = Instant::now();
    let mut run = Run::new(Arc::new(valid(execution)?), Options::default());
    finish(&mut run, Run::observe, |_, _| {})?;
    let seconds = start.elapsed().as_secs_f64();
    let bytes = program::own_bytes()?.saturating_sub(before) as f64;
    drop(run);

    let mut observed = Vec::new();
    let (mut asking, mut actions) = (Duration::ZERO, 0_u64);
    let mut run = Run::new(Arc::new(valid(make())?), Options::default());
    finish(
        &mut run,
        |run, event| {
            let start = Instant::now();
            run.observe(event);
            observed.push(start.elapsed().as_nanos() as u64);
        },
        |took, count| {
            asking += took;
            actions += count as u64;
        },
    )?;
    observed.sort_unstable();
    let action_mean_ns = asking.as_nanos() as f64 / actions.max(1) as f64;
    Ok(Figures { seconds, bytes, observe_p99_ns: percentile(&observed, 99) as f64, action_mean_ns })
}

fn finish(
    run: &mut Run,
    mut observe: impl FnMut(&mut Run, Event),
    mut asked: impl FnMut(Duration, usize),
) -> Result<()> {
    let now = Timestamp::from_second(1_800_000_000)?;
    loop {
        let start = Instant::now();
        let actions = run.next(now, 1_000);
        asked(start.elapsed(), actions.len());
        if actions.is_empty() {
            break;
        }
        for action in actions {
            if let Action::Start { vertex, attempt } = action {
                observe(run, Event::Started { vertex, attempt, at: now });
                let (started, finished, message) = (Some(now), now, None);
                observe(run, Event::Succeeded { vertex, attempt, started, finished, message });
            }
        }
    }
    ensure!(run.phase() == Phase::Succeeded, "it ended {:?}", run.phase());
    let status = run.status();
    ensure!(status.tasks.iter().all(|task| Some(task.succeeded) == task.total), "something is missing");
    Ok(())
}
