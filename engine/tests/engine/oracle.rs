//! What must come of an Execution when everything that can run does: computed task by task, without
//! events, counters or order.

use gene_types::{
    ValidExecution,
    plan::{Condition, TaskPlan},
    v1alpha1::{DependencyType, OnSkipped},
};

use crate::generate::Case;

/// What a task comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// Left out.
    Skipped,
    /// Its vertices: which of them run and succeed, fail, or never run.
    Runs(Vec<Vertex>),
    /// The task fails as such.
    Fails,
    /// Something that it waits for does not come.
    Waits,
}

/// What a vertex comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Vertex {
    Succeeds,
    Fails,
    Waits,
}

impl Fate {
    fn is_done(&self) -> bool {
        matches!(self, Fate::Runs(vertices) if vertices.iter().all(|vertex| *vertex == Vertex::Succeeds))
    }

    /// The phase that a task has when all has come to rest.
    pub fn phase(&self) -> &'static str {
        match self {
            Fate::Skipped => "Skipped",
            Fate::Fails => "Failed",
            Fate::Runs(vertices) if vertices.contains(&Vertex::Fails) => "Failed",
            Fate::Runs(_) if self.is_done() => "Succeeded",
            Fate::Waits | Fate::Runs(_) => "Pending",
        }
    }
}

/// The fate of every task under `failurePolicy: Continue`.
pub fn fates(valid: &ValidExecution, case: &Case) -> Vec<Fate> {
    let plan = valid.plan();
    let mut fates: Vec<Fate> = vec![Fate::Waits; plan.tasks.len()];
    for &task in &plan.order {
        let fate = fate(valid, case, task as usize, &fates);
        fates[task as usize] = fate;
    }
    fates
}

fn fate(valid: &ValidExecution, case: &Case, task: usize, fates: &[Fate]) -> Fate {
    let plan = &valid.plan().tasks[task];
    let of = |target: u32| &fates[target as usize];
    let skips =
        |d: &gene_types::plan::Dependency| d.on_skipped == OnSkipped::Skip && *of(d.task) == Fate::Skipped;
    if plan.condition == Some(Condition::Literal(false)) || plan.dependencies.iter().any(skips) {
        return Fate::Skipped;
    }
    let mut width = plan.commands.static_width();
    let mut text = String::new();
    if let Some(source) = plan.source {
        match of(source) {
            Fate::Skipped => {}
            Fate::Runs(_) if !of(source).is_done() => return Fate::Waits,
            Fate::Runs(vertices) if vertices.len() > 1 => return Fate::Fails,
            Fate::Runs(vertices) if vertices.is_empty() => {}
            Fate::Runs(_) => text.clone_from(&case.prints[source as usize]),
            Fate::Fails | Fate::Waits => return Fate::Waits,
        }
        match plan.generic.as_ref().map(|generic| generic.holds(&text)) {
            Some(Err(_)) => return Fate::Fails,
            Some(Ok(false)) => return Fate::Skipped,
            _ => {}
        }
        if plan.condition.as_ref().is_some_and(|condition| !condition.holds(&text)) {
            return Fate::Skipped;
        }
        width.get_or_insert(plan.commands.width(&plan.commands.cut(text)));
    }
    let width = width.unwrap() as usize;
    let whole_came = |d: &gene_types::plan::Dependency| *of(d.task) == Fate::Skipped || of(d.task).is_done();
    let opens = |d: &gene_types::plan::Dependency| match d.kind {
        DependencyType::Whole => whole_came(d),
        DependencyType::Iterate => matches!(of(d.task), Fate::Skipped | Fate::Runs(_)),
    };
    if !plan.dependencies.iter().all(opens) {
        return Fate::Waits;
    }
    if iterates_unequally(plan, width, fates) {
        return Fate::Fails;
    }
    let retries = plan.retry.map_or(0, |retry| retry.limit.unsigned_abs());
    let vertex = |index: usize| {
        let one_came = |d: &gene_types::plan::Dependency| match of(d.task) {
            Fate::Skipped => true,
            Fate::Runs(vertices) => vertices.get(index) == Some(&Vertex::Succeeds),
            Fate::Fails | Fate::Waits => false,
        };
        if !plan.dependencies.iter().filter(|d| d.kind == DependencyType::Iterate).all(one_came) {
            Vertex::Waits
        } else if case.fails[task].is_some_and(|(fails, times)| fails == index as u32 && times > retries) {
            Vertex::Fails
        } else {
            Vertex::Succeeds
        }
    };
    Fate::Runs((0..width).map(vertex).collect())
}

fn iterates_unequally(plan: &TaskPlan, width: usize, fates: &[Fate]) -> bool {
    plan.dependencies.iter().any(|d| match &fates[d.task as usize] {
        Fate::Runs(vertices) => d.kind == DependencyType::Iterate && vertices.len() != width,
        _ => false,
    })
}
