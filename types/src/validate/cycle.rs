//! Tasks that wait for each other in a ring.
//!
//! Nothing here recurses: a chain may be as long as there are tasks.

use std::collections::VecDeque;

use super::{Directory, dependents::Link};
use crate::{
    field::{Faults, FieldError, FieldErrorKind, grouped},
    plan::TaskId,
};

/// So many rounds of looking for cycles: each finds at least one of those left in every knot of
/// tasks, and more than these would tell nobody anything new.
const ROUNDS: usize = 8;
/// So many names of a cycle are written out.
const NAMES: usize = 12;

/// The tasks, each after all that it waits for; those that cannot be ordered are left out.
pub(super) fn order(links: &[Vec<Link>]) -> Vec<TaskId> {
    let mut waiting: Vec<usize> = links.iter().map(Vec::len).collect();
    let mut children: Vec<Vec<TaskId>> = vec![Vec::new(); links.len()];
    for (task, links) in links.iter().enumerate() {
        for link in links {
            children[link.task as usize].push(task as TaskId);
        }
    }
    let mut order: Vec<TaskId> =
        (0..links.len() as TaskId).filter(|task| waiting[*task as usize] == 0).collect();
    let mut next = 0;
    while let Some(task) = order.get(next).copied() {
        next += 1;
        for child in &children[task as usize] {
            waiting[*child as usize] -= 1;
            if waiting[*child as usize] == 0 {
                order.push(*child);
            }
        }
    }
    order
}

/// Refuses every knot of tasks by a shortest cycle through its first task.
pub(super) fn check(links: &[Vec<Link>], directory: &Directory<'_>, errors: &mut Faults) {
    let mut edges: Vec<Vec<Edge>> = links
        .iter()
        .map(|links| links.iter().map(|link| Edge { to: link.task, entry: link.entry }).collect())
        .collect();
    for _ in 0..ROUNDS {
        let knots = knots(&edges);
        let mut first_of: Vec<Option<TaskId>> = vec![None; edges.len()];
        let mut is_found = false;
        for task in 0..edges.len() {
            let knot = knots[task];
            if first_of[knot as usize].is_some() {
                continue;
            }
            first_of[knot as usize] = Some(task as TaskId);
            let Some(cycle) = shortest_cycle(task as TaskId, &edges, &knots) else { continue };
            is_found = true;
            errors.push(report(&cycle, &edges, directory));
            // What closes this cycle is out of the way of the next.
            if let Some(last) = cycle.last() {
                edges[*last as usize].retain(|edge| edge.to != task as TaskId);
            }
        }
        if !is_found {
            return;
        }
    }
}

#[derive(Clone, Copy)]
struct Edge {
    to: TaskId,
    entry: usize,
}

/// For each task the number of its strongly connected component: Tarjan's, with a stack of its own.
fn knots(edges: &[Vec<Edge>]) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let (mut found, mut low, mut knot) =
        (vec![NEW; edges.len()], vec![0_u32; edges.len()], vec![NEW; edges.len()]);
    let (mut clock, mut knots) = (0_u32, 0_u32);
    let mut open: Vec<usize> = Vec::new();
    let mut path: Vec<(usize, usize)> = Vec::new();
    for root in 0..edges.len() {
        if found[root] != NEW {
            continue;
        }
        path.push((root, 0));
        while let Some((task, edge)) = path.last_mut() {
            let task = *task;
            if *edge == 0 {
                (found[task], low[task]) = (clock, clock);
                clock += 1;
                open.push(task);
            }
            if let Some(next) = edges[task].get(*edge) {
                *edge += 1;
                let to = next.to as usize;
                if found[to] == NEW {
                    path.push((to, 0));
                } else if knot[to] == NEW {
                    low[task] = low[task].min(found[to]);
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[task]);
            }
            if low[task] == found[task] {
                while let Some(member) = open.pop() {
                    knot[member] = knots;
                    if member == task {
                        break;
                    }
                }
                knots += 1;
            }
        }
    }
    knot
}

/// The tasks of a shortest cycle, beginning with this one; breadth first, within its knot.
fn shortest_cycle(first: TaskId, edges: &[Vec<Edge>], knots: &[u32]) -> Option<Vec<TaskId>> {
    let mut come_from: std::collections::HashMap<TaskId, TaskId> = std::collections::HashMap::new();
    let mut queue = VecDeque::from([first]);
    while let Some(task) = queue.pop_front() {
        for edge in &edges[task as usize] {
            if edge.to == first {
                let mut cycle = vec![task];
                let mut at = task;
                while at != first {
                    at = *come_from.get(&at)?;
                    cycle.push(at);
                }
                cycle.reverse();
                return Some(cycle);
            }
            if knots[edge.to as usize] == knots[first as usize] && !come_from.contains_key(&edge.to) {
                come_from.insert(edge.to, task);
                queue.push_back(edge.to);
            }
        }
    }
    None
}

fn report(cycle: &[TaskId], edges: &[Vec<Edge>], directory: &Directory<'_>) -> FieldError {
    let first = cycle[0];
    let second = cycle.get(1).copied().unwrap_or(first);
    let third = cycle.get(2).copied().unwrap_or(first);
    let at = |from: TaskId, to: TaskId| {
        let entry = edges[from as usize].iter().find(|edge| edge.to == to).map_or(0, |edge| edge.entry);
        directory.at(from).key("dependents").index(entry).key("target")
    };
    let name = |task: TaskId| directory.name(task);
    let mut names: Vec<&str> = cycle.iter().take(NAMES).map(|task| name(*task)).collect();
    let more;
    if cycle.len() > NAMES {
        more = format!("… {} more …", grouped((cycle.len() - NAMES) as u64));
        names.push(&more);
    }
    names.push(name(first));
    let help = match cycle.len() {
        2 => "remove one of the two dependents".to_owned(),
        length => format!("remove one of the {} dependents", grouped(length as u64)),
    };
    FieldError::new(
        at(first, second),
        FieldErrorKind::Invalid,
        format!("dependents form a cycle: {}", names.join(" -> ")),
    )
    .value(name(second))
    .label_at(
        format!("{:?} waits for {:?}, which waits for {:?}", name(first), name(second), name(third)),
        at(second, third),
    )
    .help(help)
}
