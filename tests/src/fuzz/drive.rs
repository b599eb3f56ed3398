//! A run of the engine in which anything may happen, for a while.

use std::sync::Arc;

use fastrand::Rng;
use gene_engine::{Action, Event, Failure, Options, Run, Steering, Vertex};
use gene_types::{Limits, ValidExecution};
use k8s_openapi::jiff::Timestamp;

/// How often the engine is asked, how much it may want at once, and how much of it is not over yet at most.
const ROUNDS: usize = 64;
const ACTIONS: usize = 8;

/// Runs an Execution; what becomes of its attempts is drawn.
pub(super) fn drive(valid: &Arc<ValidExecution>, seed: u64) {
    let mut chance = Rng::with_seed(seed);
    let mut run = Run::new(Arc::clone(valid), Options { parallelism: Some(32), ..Options::default() });
    let mut now = Timestamp::UNIX_EPOCH;
    let mut attempts = Vec::new();
    for round in 0..ROUNDS {
        for action in run.next(now, ACTIONS) {
            match action {
                Action::Start { vertex, attempt } => {
                    run.command(vertex);
                    attempts.push((vertex, attempt));
                }
                Action::End { vertex, attempt } => run.observe(Event::Gone { vertex, attempt, at: now }),
                Action::ReadResult { vertex } => {
                    run.observe(Event::Result { vertex, text: result(&mut chance) });
                }
                Action::WakeAt(time) => now = now.max(time),
            }
        }
        if run.phase().is_terminal() {
            break;
        }
        for _ in 0..ACTIONS {
            let Some(&(vertex, attempt)) = chance.choice(&attempts) else { break };
            run.observe(outcome(vertex, attempt, now, &mut chance));
        }
        if chance.u8(..) < 4 {
            run.observe(Event::Steer(Steering {
                suspend: chance.bool(),
                cancel: chance.u8(..) < 32,
                parallelism: chance.bool().then(|| chance.u32(..4)),
            }));
        }
        if round % 16 == 15 {
            run = restarted(&mut run, valid);
        }
    }
    restarted(&mut run, valid).next(now, ACTIONS);
}

/// The run that another process would make of what this one has written.
fn restarted(run: &mut Run, valid: &Arc<ValidExecution>) -> Run {
    let status = run.status();
    let bytes = serde_json::to_vec(&(&valid.execution().spec, &status)).expect("a status is JSON");
    let most = Limits::CLUSTER.object_bytes.unwrap_or_default();
    assert!(
        bytes.len() as u64 <= most,
        "an Execution that was let in outgrows its limit: {} bytes",
        bytes.len()
    );
    let mut next = Run::new(Arc::clone(valid), Options { parallelism: Some(32), ..Options::default() });
    next.recall(&status);
    next
}

fn outcome(vertex: Vertex, attempt: u32, now: Timestamp, chance: &mut Rng) -> Event {
    match chance.u8(..16) {
        0 => Event::NotStarted { vertex, attempt },
        1 => Event::Gone { vertex, attempt, at: now },
        2..5 => Event::Started { vertex, attempt, at: now },
        5 | 6 => Event::Failed {
            vertex,
            attempt,
            started: None,
            finished: now,
            failure: Failure::new("Error", "exit code 1"),
        },
        _ => Event::Succeeded { vertex, attempt, started: Some(now), finished: now, message: None },
    }
}

fn result(chance: &mut Rng) -> Result<String, String> {
    let texts = ["", "ok", "a b c", "1,2,3\n", "x\ny\nz", "$(rm)", "k: v"];
    let text = chance.choice(texts).unwrap_or_default();
    if chance.u8(..) < 16 { Err("the log is gone".to_owned()) } else { Ok(text.to_owned()) }
}
