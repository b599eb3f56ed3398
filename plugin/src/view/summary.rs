//! All about an Execution, or one task of it, on a page.

use gene_types::v1alpha1::Condition;
use k8s_openapi::jiff::{Timestamp, tz::TimeZone};

use super::{
    Subject, notes, outputs, reading, seconds_between, task,
    tree::groups,
    vertex::{Event, Surroundings, Vertices},
};
use crate::render::{duration, text::printable};

/// The column in which values stand.
const VALUES_AT: usize = 14;
/// So many lines about vertices has each task of an Execution …
const VERTICES_OF_EACH: usize = 6;
/// … and one task by itself.
const VERTICES_OF_ONE: usize = 1000;
/// So many of the last Events are shown.
const EVENTS: usize = 20;

/// What a page is made of.
pub struct Page<'a> {
    /// The Execution.
    pub subject: &'a Subject,
    /// Its pods.
    pub around: &'a Surroundings,
    /// Events about it; `None` where they could not be read.
    pub events: Option<&'a [Event]>,
    /// The time now.
    pub now: Timestamp,
    /// The zone of the person.
    pub zone: &'a TimeZone,
}

/// The lines about the whole Execution.
pub fn execution(page: &Page) -> Vec<String> {
    let subject = page.subject;
    let status = &subject.status;
    let time = |time: Option<Timestamp>| time.map(|time| moment(time, page)).unwrap_or_default();
    let mut lines = Vec::new();
    field(&mut lines, "Name", &subject.name);
    field(&mut lines, "Namespace", &subject.namespace);
    pairs(&mut lines, "Labels", &subject.labels);
    pairs(&mut lines, "Annotations", &outputs::others(&subject.annotations));
    field(&mut lines, "Phase", if status.phase.is_empty() { "Pending" } else { &status.phase });
    for (number, note) in notes::notes(subject, page.around, page.now).iter().enumerate() {
        field(&mut lines, if number == 0 { "Message" } else { "" }, note);
    }
    field(&mut lines, "Progress", &status.progress);
    field(&mut lines, "Created", &time(subject.created));
    field(&mut lines, "Started", &time(status.started_at.as_ref().map(|time| time.0)));
    field(&mut lines, "Finished", &time(status.finished_at.as_ref().map(|time| time.0)));
    field(
        &mut lines,
        "Took",
        &status.finished_at.as_ref().and(subject.elapsed(page.now)).map(duration).unwrap_or_default(),
    );
    field(
        &mut lines,
        "Parallelism",
        &subject.spec.parallelism.map(|bound| bound.to_string()).unwrap_or_default(),
    );
    let policy =
        if subject.spec.failure_policy.is_empty() { "FailFast" } else { &subject.spec.failure_policy };
    field(&mut lines, "On failure", policy);
    field(
        &mut lines,
        "Deadline",
        &subject.spec.deadline.map(|seconds| format!("{seconds} s")).unwrap_or_default(),
    );
    conditions(&mut lines, &status.conditions);
    lines.push("Tasks:".to_owned());
    let vertices = Vertices::new(subject, page.around, true);
    for position in 0..subject.spec.tasks.len() {
        push_task(&mut lines, page, &vertices, position, VERTICES_OF_EACH);
    }
    outputs::push(&mut lines, &subject.name, &subject.annotations);
    push_events(&mut lines, page);
    let name = printable(&subject.name);
    let has_begun = !status.vertices.is_empty() || !status.tasks.is_empty();
    let failed = subject.has_failed() && has_begun || status.tasks.iter().any(|task| task.failed > 0);
    let mut next = vec![format!("kubectl gene tree {name}")];
    if failed {
        next.push(format!("kubectl gene logs {name} --failed --tail 20"));
    }
    if status.phase == "Failed" {
        next.push(format!("kubectl gene retry {name}"));
    }
    if !subject.is_over() {
        next.push(format!("kubectl gene watch {name}"));
    }
    push_next(&mut lines, &next);
    lines
}

/// The lines about one task.
pub fn task(page: &Page, position: usize) -> Vec<String> {
    let subject = page.subject;
    let Some(outline) = subject.spec.tasks.get(position) else { return Vec::new() };
    let mut lines = Vec::new();
    field(&mut lines, "Task", &format!("{} of {}", outline.name, subject.name));
    field(&mut lines, "Image", &outline.image);
    let names = |positions: Vec<usize>| {
        let names = positions.iter().filter_map(|position| subject.spec.tasks.get(*position));
        names.map(|task| task.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    field(&mut lines, "After", &names(outline.after.clone()));
    let before = subject.spec.tasks.iter().enumerate().filter(|(_, task)| task.after.contains(&position));
    field(&mut lines, "Before", &names(before.map(|(before, _)| before).collect()));
    for (number, condition) in outline.reading.conditions.iter().enumerate() {
        field(&mut lines, if number == 0 { "Runs" } else { "" }, condition);
    }
    let statuses = subject.task_statuses();
    let kept = statuses.get(position).copied().flatten().and_then(|status| status.result.as_ref());
    let kept = kept.map(|kept| format!("what it printed is kept in config map \"{}\"", kept.config_map));
    field(&mut lines, "Result", &kept.unwrap_or_default());
    field(&mut lines, "Parallelism", &outline.parallelism.map(|bound| bound.to_string()).unwrap_or_default());
    field(&mut lines, "Attempts", &outline.attempts.map(|all| all.to_string()).unwrap_or_default());
    let vertices = Vertices::new(subject, page.around, true);
    push_task(&mut lines, page, &vertices, position, VERTICES_OF_ONE);
    push_next(
        &mut lines,
        &[
            format!("kubectl gene describe {}/{}/INDEX", printable(&subject.name), printable(&outline.name)),
            format!("kubectl gene logs {}/{}", printable(&subject.name), printable(&outline.name)),
        ],
    );
    lines
}

/// `Name:  value`, unless there is none.
pub fn field(lines: &mut Vec<String>, name: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    let name = if name.is_empty() { String::new() } else { format!("{name}:") };
    lines.push(format!("{name:<VALUES_AT$}{}", printable(value)));
}

/// What to type next.
pub fn push_next(lines: &mut Vec<String>, commands: &[String]) {
    for (number, command) in commands.iter().enumerate() {
        field(lines, if number == 0 { "Next" } else { "" }, command);
    }
}

/// A moment in the person's own zone, and how long ago that is.
fn moment(time: Timestamp, page: &Page) -> String {
    let local = page.zone.to_datetime(time);
    let day = format!("{:04}-{:02}-{:02}", local.year(), local.month(), local.day());
    let ago = duration(seconds_between(time, page.now));
    format!("{day} {:02}:{:02}:{:02} ({ago} ago)", local.hour(), local.minute(), local.second())
}

/// An annotation may hold a whole manifest, which is not shown.
fn pairs(lines: &mut Vec<String>, name: &str, pairs: &[(String, String)]) {
    const LONGEST: usize = 140;
    let shown = pairs.iter().filter(|(_, value)| value.len() <= LONGEST);
    for (number, (key, value)) in shown.enumerate() {
        field(lines, if number == 0 { name } else { "" }, &format!("{key}={value}"));
    }
}

fn conditions(lines: &mut Vec<String>, conditions: &[Condition]) {
    for (number, condition) in conditions.iter().enumerate() {
        let why = super::pod::why::with_detail(&condition.reason, &condition.message);
        let text = format!("{}={}  {why}", condition.type_, condition.status);
        field(lines, if number == 0 { "Conditions" } else { "" }, &text);
    }
}

fn push_task(lines: &mut Vec<String>, page: &Page, vertices: &Vertices, position: usize, most: usize) {
    let subject = page.subject;
    let statuses = subject.task_statuses();
    let Some(outline) = subject.spec.tasks.get(position) else { return };
    let name = printable(&outline.name);
    let counts = match statuses.get(position).copied().flatten() {
        Some(status) => {
            let total = status.total.map_or("?".to_owned(), |total| total.to_string());
            let mut counts = format!(
                "total: {total}; success: {}; failed: {}; running: {}",
                status.succeeded, status.failed, status.running
            );
            for (count, word) in
                [(status.pending, "pending"), (status.skipped, "skipped"), (status.cancelled, "cancelled")]
            {
                if count > 0 {
                    counts = format!("{counts}; {word}: {count}");
                }
            }
            counts
        }
        None => "not begun".to_owned(),
    };
    lines.push(format!("  {name} ({counts})"));
    let words = task::words(subject, &statuses, vertices, position, page.now);
    if vertices.of(position).all(|vertex| vertex.status.is_none() && vertex.pod.is_none()) {
        lines.extend(words.rest.iter().map(|rest| format!("    {rest}")));
    } else {
        let expansion = reading::expansion(subject, &statuses, position);
        lines.extend(expansion.map(|expansion| format!("    {expansion}")));
    }
    // What went wrong stands first, so that a bound leaves out what went well.
    let mut groups = groups(vertices.of(position), outline, true, page.now);
    groups.sort_by_key(|group| group.state);
    let hidden: usize = groups.iter().skip(most).map(super::tree::Group::len).sum();
    for group in groups.iter().take(most) {
        let text = group.text(false);
        let phase = group.state.as_phase();
        let text = if text == phase { String::new() } else { text };
        lines.push(format!("    {:<8} {phase:<10} {text}", group.label()).trim_end().to_owned());
    }
    if hidden > 0 {
        let more =
            format!("    … and {hidden} more (kubectl gene tree {} --expand)", printable(&subject.name));
        lines.push(more);
    }
}

fn push_events(lines: &mut Vec<String>, page: &Page) {
    let Some(events) = page.events else {
        field(lines, "Events", "cannot be read");
        return;
    };
    push_event_lines(lines, events, page.now);
}

/// The last Events, oldest first.
pub fn push_event_lines(lines: &mut Vec<String>, events: &[Event], now: Timestamp) {
    let mut events: Vec<&Event> = events.iter().collect();
    events.sort_by_key(|event| event.time());
    let skipped = events.len().saturating_sub(EVENTS);
    for (number, event) in events.iter().skip(skipped).enumerate() {
        let ago = event
            .time()
            .map(|time| format!("{} ago", duration(seconds_between(time, now))))
            .unwrap_or_default();
        let times = if event.count > 1 { format!(" ({} times)", event.count) } else { String::new() };
        let text = format!("{ago}  {} {}{times}: {}", event.type_, event.reason, event.message);
        field(lines, if number == 0 { "Events" } else { "" }, text.trim());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::samples;

    #[test]
    fn a_page_has_everything_and_ends_in_what_to_type() {
        let event = serde_json::json!({"type": "Warning", "reason": "VertexFailed", "message": "mkdupbqsr[3]: OOMKilled",
            "count": 2, "lastTimestamp": "2026-11-22T12:00:41Z"});
        let events = [serde_json::from_value(event).unwrap()];
        let around = Surroundings { pods: vec![samples::missing_image(7)], ..Surroundings::default() };
        let wgs = samples::wgs();
        let page = Page {
            subject: &wgs,
            around: &around,
            events: Some(&events),
            now: samples::now(),
            zone: &TimeZone::UTC,
        };
        let lines = execution(&page);
        let text = lines.join("\n");
        for expected in [
            "Name:         wgs",
            "Namespace:    lab",
            "Phase:        Running",
            "Started:      2026-11-22 12:00:00 (1m12s ago)",
            "  mkdupbqsr (total: 40; success: 6; failed: 1; running: 4; pending: 29)",
            "    [3]      Failed     OOMKilled after 38s, attempt 2 of 3",
            "    [7]      Running    ImagePullBackOff: gatk:4.0.9: not found, attempt 1 of 3",
            "    … and 34 more (kubectl gene tree wgs --expand)",
            "    waits for mkdupbqsr (34 left)",
            "Events:       31s ago  Warning VertexFailed (2 times): mkdupbqsr[3]: OOMKilled",
            "              kubectl gene logs wgs --failed --tail 20",
        ] {
            assert!(lines.iter().any(|line| line == expected), "{expected:?} is not in\n{text}");
        }
        let lines = task(&page, 5);
        assert_eq!(
            lines[..3],
            ["Task:         mkdupbqsr of wgs", "Image:        gatk:4.0.9", "After:        sammerge"]
        );
    }
}
