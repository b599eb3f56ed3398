//! Which pods' logs are meant, in which order, and what cannot be had.

use std::collections::BTreeMap;

use gene_engine::indexes::format_indexes;
use gene_types::names::vertex_display;
use k8s_openapi::jiff::Timestamp;

use super::note;
use crate::{
    cli::{LogsArgs, Target},
    render::progress::State,
    view::{
        Pod, Subject,
        vertex::{Surroundings, Vertex, Vertices},
    },
};

/// One log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The vertex as people call it: `align[3]`.
    pub vertex: String,
    /// The name of its pod.
    pub pod: String,
    /// The container that runs the command.
    pub container: String,
    /// Whether the container before the present one is meant.
    pub is_previous: bool,
    /// Whether the pod has ended.
    pub is_over: bool,
    /// Why the pod has not started, where it has not.
    pub waits: Option<String>,
}

/// What there is of what was asked for.
#[derive(Debug, Default)]
pub struct Sources {
    /// The logs, in the order of tasks and indexes.
    pub found: Vec<Source>,
    notes: Vec<String>,
}

impl Source {
    /// Says why this log is not shown.
    pub fn note(&self, why: &str) {
        note(&format!("{}: {why}", self.vertex));
    }
}

impl Sources {
    /// Chooses among the pods of an Execution.
    pub fn new(subject: &Subject, pods: &[Pod], args: &LogsArgs) -> Self {
        let around = Surroundings::default();
        let vertices = Vertices::new(subject, &around, true);
        let mut of_vertex: BTreeMap<(usize, u32), Vec<(u32, &Pod)>> = BTreeMap::new();
        let positions = subject.spec.positions();
        for pod in pods {
            let Some((task, index, attempt)) = pod.vertex() else { continue };
            if let Some(position) = positions.get(task) {
                of_vertex.entry((*position, index)).or_default().push((attempt, pod));
            }
        }
        let mut sources = Self::default();
        let (mut gone, mut is_failure_gone) = (BTreeMap::<usize, Vec<u32>>::new(), false);
        for (position, index) in wanted(subject, &vertices, &of_vertex, &args.target) {
            let vertex = vertices.get(position, index);
            let mut own = of_vertex.remove(&(position, index)).unwrap_or_default();
            own.sort_by_key(|(attempt, pod)| {
                (*attempt, pod.metadata.creation_timestamp.as_ref().map(|time| time.0))
            });
            if args.failed && !has_failed(vertex, &own) {
                continue;
            }
            let task = subject.spec.tasks.get(position).map_or("", |task| task.name.as_str());
            match choose(&own, args.previous) {
                Some((pod, is_previous)) => sources.found.push(Source {
                    vertex: vertex_display(task, index.into()),
                    pod: pod.metadata.name.clone(),
                    container: pod
                        .spec
                        .containers
                        .first()
                        .map(|container| container.name.clone())
                        .unwrap_or_default(),
                    is_previous,
                    is_over: pod.is_over(),
                    waits: waits(pod),
                }),
                None if args.previous && !own.is_empty() => {
                    sources.notes.push(format!(
                        "{}: nothing ran before its present pod",
                        vertex_display(task, index.into())
                    ));
                }
                None if vertex.is_some_and(|vertex| vertex.state != State::Pending) => {
                    is_failure_gone |= vertex.is_some_and(|vertex| vertex.state == State::Failed);
                    gone.entry(position).or_default().push(index);
                }
                None => {}
            }
        }
        for (position, indexes) in gone {
            let task = subject.spec.tasks.get(position).map_or("", |task| task.name.as_str());
            let pods = if indexes.len() == 1 { "the pod" } else { "the pods" };
            let is = if indexes.len() == 1 { "is" } else { "are" };
            sources.notes.push(format!(
                "{pods} of {task}[{}] {is} gone, and the log with it",
                format_indexes(indexes)
            ));
        }
        if is_failure_gone {
            sources.notes.push("backoffLimit: 0 in the task keeps pod and log of what fails".to_owned());
        }
        if sources.found.is_empty() && sources.notes.is_empty() {
            sources.notes.push(
                if args.failed { "nothing of it has failed" } else { "nothing of it has started" }.to_owned(),
            );
        }
        sources
    }

    /// Says what is not among the logs.
    pub fn tell(&self) {
        for text in self.notes.iter().take(20) {
            note(text);
        }
        if self.notes.len() > 20 {
            note(&format!("and {} more of the kind", self.notes.len() - 20));
        }
    }
}

/// Whether lines must say of which vertex they are.
pub fn is_of_many(subject: &Subject, target: &Target) -> bool {
    if target.index.is_some() {
        return false;
    }
    let statuses = subject.task_statuses();
    let widths = subject
        .spec
        .tasks
        .iter()
        .zip(statuses)
        .filter(|(task, _)| target.task.as_ref().is_none_or(|wanted| *wanted == task.name));
    // A width that is not known may be any.
    widths
        .map(|(_, status)| status.and_then(|status| status.total).unwrap_or(2))
        .fold(0_i32, i32::saturating_add)
        > 1
}

/// The vertices that are meant and of which something is known, ascending.
fn wanted(
    subject: &Subject,
    vertices: &Vertices,
    of_vertex: &BTreeMap<(usize, u32), Vec<(u32, &Pod)>>,
    target: &Target,
) -> Vec<(usize, u32)> {
    let tasks = subject.spec.tasks.iter().enumerate();
    let tasks = tasks.filter(|(_, task)| target.task.as_ref().is_none_or(|wanted| *wanted == task.name));
    let mut wanted: Vec<(usize, u32)> = tasks
        .flat_map(|(position, _)| vertices.of(position).map(move |vertex| (position, vertex.index)))
        .collect();
    let positions: Vec<usize> = wanted.iter().map(|(position, _)| *position).collect();
    let is_meant = |position: usize| {
        positions.contains(&position)
            || subject
                .spec
                .tasks
                .get(position)
                .is_some_and(|task| target.task.as_ref().is_none_or(|wanted| *wanted == task.name))
    };
    wanted.extend(of_vertex.keys().filter(|(position, _)| is_meant(*position)));
    wanted.retain(|(_, index)| target.index.is_none_or(|wanted| wanted == *index));
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

fn has_failed(vertex: Option<&Vertex>, pods: &[(u32, &Pod)]) -> bool {
    let of_status = vertex.is_some_and(|vertex| vertex.state == State::Failed);
    of_status || pods.last().is_some_and(|(_, pod)| pod.last_end().is_some_and(|ended| ended.exit_code != 0))
}

/// A pod that has not started has no log; its reason says more than an empty one.
fn waits(pod: &Pod) -> Option<String> {
    let is_pending = pod.status.phase == "Pending";
    let why = || pod.why(Timestamp::now()).map_or("its pod starts".to_owned(), |why| why.short);
    is_pending.then(why)
}

/// The latest pod; or what ran before: the container before its present one, or the pod before it.
fn choose<'a>(pods: &[(u32, &'a Pod)], previous: bool) -> Option<(&'a Pod, bool)> {
    let (last, earlier) = pods.split_last()?;
    match previous {
        false => Some((last.1, false)),
        true if last.1.restarts() > 0 => Some((last.1, true)),
        true => earlier.last().map(|(_, pod)| (*pod, false)),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use serde_json::json;

    use super::*;
    use crate::{
        cli::{Cli, Command},
        view::samples,
    };

    fn args(words: &[&str]) -> LogsArgs {
        match Cli::try_parse_from(["kubectl-gene", "logs"].iter().chain(words)).unwrap().command {
            Command::Logs(args) => args,
            other => panic!("{other:?}"),
        }
    }

    fn found(pods: &[Pod], words: &[&str]) -> (Vec<String>, Vec<String>) {
        let sources = Sources::new(&samples::wgs(), pods, &args(words));
        let found = sources
            .found
            .iter()
            .map(|source| format!("{}{}", source.pod, if source.is_previous { " before" } else { "" }));
        (found.collect(), sources.notes)
    }

    #[test]
    fn the_latest_pod_of_each_vertex_is_meant() {
        let restarted =
            json!({"phase": "Running", "containerStatuses": [{"name": "main", "restartCount": 2}]});
        let pods = [
            samples::pod(10, 0, "n", &json!({"phase": "Succeeded"})),
            samples::pod(4, 0, "n", &restarted),
            samples::out_of_memory(3, 1),
            samples::out_of_memory(3, 0),
        ];
        let (names, notes) = found(&pods, &["wgs/mkdupbqsr"]);
        assert_eq!(names, ["wgs.mkdupbqsr.3-x", "wgs.mkdupbqsr.4-x", "wgs.mkdupbqsr.10-x"]);
        assert_eq!(notes, ["the pods of mkdupbqsr[0-2,5-9] are gone, and the log with it"]);
        assert_eq!(found(&pods, &["wgs/mkdupbqsr", "--failed"]).0, ["wgs.mkdupbqsr.3-x"]);
        assert_eq!(found(&pods, &["wgs/mkdupbqsr/4", "-p"]).0, ["wgs.mkdupbqsr.4-x before"]);
        assert_eq!(found(&pods, &["wgs/mkdupbqsr[3]", "-p"]).0, ["wgs.mkdupbqsr.3-x"]);
        assert_eq!(
            found(&pods, &["wgs/mkdupbqsr/10", "-p"]).1,
            ["mkdupbqsr[10]: nothing ran before its present pod"]
        );
        assert_eq!(found(&[], &["wgs/mergevcf"]).1, ["nothing of it has started"]);
        let (names, notes) = found(&[], &["wgs/mkdupbqsr/3"]);
        assert!(names.is_empty());
        assert_eq!(notes.last().unwrap(), "backoffLimit: 0 in the task keeps pod and log of what fails");
    }

    #[test]
    fn lines_are_named_where_there_are_several_vertices() {
        let wgs = samples::wgs();
        for (target, expected) in
            [("wgs", true), ("wgs/mkdupbqsr", true), ("wgs/mkdupbqsr/3", false), ("wgs/mergevcf", false)]
        {
            assert_eq!(is_of_many(&wgs, &target.parse().unwrap()), expected, "{target}");
        }
    }
}
