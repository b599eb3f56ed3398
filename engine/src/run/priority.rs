//! Which ready vertex goes first: the one with the longest path still ahead of it.

use gene_types::plan::{Plan, TaskId};

/// The tasks, first served first: longest remaining path by estimates (by depth where there are
/// none), then position in the file. A task without an estimate counts as the mean of the others.
pub(crate) fn by_priority(plan: &Plan) -> Vec<TaskId> {
    let estimates: Vec<f64> = plan.tasks.iter().filter_map(|task| task.estimate).collect();
    let mean =
        if estimates.is_empty() { 1.0 } else { estimates.iter().sum::<f64>() / estimates.len() as f64 };
    let mut remaining = vec![0.0_f64; plan.tasks.len()];
    for &task in plan.order.iter().rev() {
        let plan_of_task = &plan.tasks[task as usize];
        let after =
            plan_of_task.children.iter().map(|child| remaining[child.task as usize]).fold(0.0, f64::max);
        remaining[task as usize] = after + plan_of_task.estimate.unwrap_or(mean);
    }
    let mut tasks: Vec<TaskId> = (0..plan.tasks.len() as TaskId).collect();
    tasks.sort_by(|a, b| remaining[*b as usize].total_cmp(&remaining[*a as usize]).then(a.cmp(b)));
    tasks
}
