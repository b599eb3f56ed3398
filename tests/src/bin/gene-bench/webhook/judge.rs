//! What judging one review costs without a server around it: CPU time of the thread that judges, as the kernel counts
//! it. What is meant well goes a short way; the long one, which all took before and what is doubtful still takes, is
//! measured beside it, in turn, so that whatever else runs bears on both.

use std::hint::black_box;

use anyhow::{Context as _, Result, ensure};
use gene_webhook::{
    content::Content,
    judge::{Endpoint, judge},
    object::Object,
    review::read,
};
use rustix::time::{ClockId, clock_gettime};

use super::review::{self, Review};
use crate::report::{Report, Spread};

/// How often each is judged, in turn.
const ROUNDS: usize = 40;

/// Measures reviews of both sizes.
pub fn measure(report: &mut Report) -> Result<()> {
    let kinds = [
        ("judging a review of 2,000 tasks", review::large()?),
        ("judging a review of 100 vertices in 10 tasks", review::small()?),
    ];
    for (what, reviews) in kinds {
        let (mut whole, mut short, mut long) = (Vec::new(), Vec::new(), Vec::new());
        for review in reviews.iter().cycle().take(ROUNDS) {
            whole.push(cpu_micros(|| answer(review))?);
            short.push(cpu_micros(|| Ok(Content::of(&object(review)?)?.validate().is_ok()))?);
            long.push(cpu_micros(|| {
                let content = Content::Doubtful(object(review)?.document()?);
                Ok(content.validate().is_ok())
            })?);
        }
        report.add(&format!("{what}, CPU µs"), Spread::of(whole, 0).to_string(), "");
        report.add("… its object alone", Spread::of(short, 0).to_string(), "");
        report.add("… the same by way of a tree of all its values", Spread::of(long, 0).to_string(), "");
    }
    Ok(())
}

fn answer(review: &Review) -> Result<bool> {
    let endpoint = Endpoint::of(review.path).context("there is such an endpoint")?;
    Ok(judge(endpoint, &review.body)?.verdict != "refused")
}

fn object(review: &Review) -> Result<Object<'_>> {
    Ok(Object::read(read(&review.body)?.object.context("a create has an object")?)?)
}

/// The time that a thread is on a core while it does this, which must be allowed; what it makes is dropped within.
fn cpu_micros(work: impl FnOnce() -> Result<bool>) -> Result<f64> {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
    };
    let before = now();
    let is_allowed = black_box(work()?);
    let after = now();
    ensure!(is_allowed, "what is measured is refused");
    Ok(after - before)
}
