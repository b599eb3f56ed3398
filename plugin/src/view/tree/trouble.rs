//! The vertices below a task's line: what is wrong with them, the same thing said once.

use std::collections::HashMap;

use gene_engine::indexes::format_indexes;
use k8s_openapi::jiff::Timestamp;

use crate::{
    render::{duration, progress::State, text::printable},
    view::{subject::TaskOutline, vertex::Vertex},
};

/// Vertices of which the same is to be said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Where they stand.
    pub state: State,
    /// Their indexes, ascending.
    indexes: Vec<u32>,
    /// What is said of all of them.
    what: String,
    /// What is said of one of them alone: ` on node-2 after 41s`.
    beside: String,
    /// `attempt 2 of 3`.
    attempt: Option<String>,
}

/// The columns that a list of indexes may take.
const INDEX_COLUMNS: usize = 24;

/// What is wrong with vertices, failed ones first; with `all`, every vertex, by its index.
pub fn groups<'a>(
    vertices: impl Iterator<Item = &'a Vertex<'a>>,
    task: &TaskOutline,
    all: bool,
    now: Timestamp,
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<(State, String, Option<String>), usize> = HashMap::new();
    for vertex in vertices {
        let trouble = vertex.trouble(now);
        if trouble.is_none() && !all {
            continue;
        }
        let is_troubled = trouble.is_some();
        let mut what = printable(&trouble.unwrap_or_default());
        let seconds = vertex.seconds(now);
        if !is_troubled {
            what = match (vertex.state, seconds) {
                (State::Succeeded | State::Running, Some(seconds)) => duration(seconds),
                (state, _) => state.as_phase().to_owned(),
            };
        }
        let is_new_attempt = is_troubled || vertex.attempt > 0;
        let attempt = vertex.attempt_words(task).filter(|_| is_new_attempt);
        let group = Group {
            state: vertex.state,
            indexes: vec![vertex.index],
            what,
            beside: if is_troubled { beside(vertex, seconds) } else { String::new() },
            attempt,
        };
        // With `all` each has its line, save those that never began.
        let has_begun = match vertex.state {
            State::Pending | State::Skipped => false,
            State::Cancelled => vertex.status.is_some(),
            _ => true,
        };
        if all && has_begun {
            groups.push(group);
            continue;
        }
        let key = (group.state, group.what.clone(), group.attempt.clone());
        if let Some(known) = places.get(&key).and_then(|place| groups.get_mut(*place)) {
            known.indexes.push(vertex.index);
        } else {
            places.insert(key, groups.len());
            groups.push(group);
        }
    }
    if !all {
        groups.sort_by_key(|group| group.state);
    }
    groups
}

impl Group {
    /// How many vertices it is about.
    pub fn len(&self) -> usize {
        self.indexes.len()
    }

    /// `[3]`, `[0-39]`, `[0-3,7,9] and 12 more`.
    pub fn label(&self) -> String {
        let mut shown = self.indexes.len();
        loop {
            let text = format_indexes(self.indexes.iter().take(shown).copied());
            if text.len() <= INDEX_COLUMNS || shown <= 1 {
                let hidden = self.indexes.len() - shown;
                let more = if hidden > 0 { format!(" and {hidden} more") } else { String::new() };
                return format!("[{text}]{more}");
            }
            shown /= 2;
        }
    }

    /// What is said. The line of the task has the duration of its only vertex already.
    pub fn text(&self, is_single: bool) -> String {
        let mut text = self.what.clone();
        if self.indexes.len() == 1 {
            let beside = if is_single {
                self.beside.split(" after ").next().unwrap_or_default()
            } else {
                &self.beside
            };
            text.push_str(beside);
        }
        if let Some(attempt) = &self.attempt {
            text.push_str(", ");
            text.push_str(attempt);
        }
        text
    }
}

fn beside(vertex: &Vertex, seconds: Option<u64>) -> String {
    // What still waits has not taken this long, and the node seldom is why.
    if vertex.state != State::Failed {
        return String::new();
    }
    let node = vertex.node().map(|node| format!(" on {}", printable(node))).unwrap_or_default();
    let after = seconds.map(|seconds| format!(" after {}", duration(seconds))).unwrap_or_default();
    node + &after
}
