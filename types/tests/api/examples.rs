//! The Executions under `examples/`: each is valid, draws no warning, and has the graph that it is there to show.

use gene_types::{
    Limits, ValidExecution,
    plan::{Pieces, Plan, TaskPlan},
    shape,
    v1alpha1::DependencyType,
    validate_document, warnings,
};

use crate::document;

fn path(file: &str) -> std::path::PathBuf {
    std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples").join(file)
}

fn valid(file: &str) -> ValidExecution {
    let yaml = std::fs::read_to_string(path(file)).unwrap();
    let document = document(&yaml);
    assert_eq!(shape::check(&document), [], "{file}");
    validate_document(document, &Limits::CLUSTER).unwrap()
}

/// Vertices and edges once every dynamic task's source has printed `1 3` (or, for three, `1 2 3`).
fn counts(plan: &Plan, printed: &str) -> (u64, u64) {
    let pieces: Vec<Pieces> = plan.tasks.iter().map(|task| task.commands.cut(printed)).collect();
    let width = |task: usize| plan.tasks[task].commands.width(&pieces[task]);
    let vertices = (0..plan.tasks.len()).map(width).sum();
    let edges = (0..plan.tasks.len())
        .flat_map(|task| plan.tasks[task].dependencies.iter().map(move |dependency| (task, dependency)))
        .map(|(task, dependency)| match dependency.kind {
            DependencyType::Whole => width(task) * width(dependency.task as usize),
            DependencyType::Iterate => width(task),
        })
        .sum();
    (vertices, edges)
}

fn check(file: &str, printed: &str, jobs: u64, edges: u64) {
    let valid = valid(file);
    assert_eq!(counts(valid.plan(), printed), (jobs, edges), "{file}");
    if file == "test-exec.yaml" {
        return; // Its image has no tag, as in the original.
    }
    assert_eq!(warnings(&valid), [], "{file}");
    assert_eq!(format!("{}.yaml", valid.name()), file);
}

#[test]
fn every_example_has_its_graph() {
    let expected = [
        ("test-exec.yaml", "", 4, 3),
        ("join.yaml", "", 6, 5),
        ("two-graphs.yaml", "", 10, 9),
        ("check-result.yaml", "1 3", 6, 7),
        ("generic-condition.yaml", "", 4, 3),
        ("iterate.yaml", "", 8, 9),
        ("mixed.yaml", "", 11, 22),
        ("get-result.yaml", "1 2 3", 5, 6),
        ("check-result-fan-out.yaml", "", 4, 4),
        ("condition-and-result.yaml", "1 3", 7, 9),
        ("condition-with-result.yaml", "1 3", 5, 5),
        ("generic-condition-fan-out.yaml", "", 4, 4),
        ("if-else.yaml", "", 5, 6),
        ("gatk-shape.yaml", "", 98, 1720),
        ("gatk.yaml", "", 98, 1720),
        ("mend.yaml", "", 6, 5),
        ("volume.yaml", "", 2, 1),
        ("retry.yaml", "", 3, 2),
        ("template.yaml", "", 2, 1),
    ];
    for (file, printed, jobs, edges) in expected {
        check(file, printed, jobs, edges);
    }
    let files = std::fs::read_dir(path("")).unwrap().filter_map(Result::ok);
    let mut found: Vec<_> = files.map(|file| file.path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    assert_eq!(
        found.len(),
        expected.len(),
        "an example without expectations, or the other way round: {found:?}"
    );
}

#[test]
fn orders_are_topological() {
    for file in ["join.yaml", "two-graphs.yaml", "mixed.yaml", "gatk-shape.yaml"] {
        let valid = valid(file);
        let plan = valid.plan();
        let place = |task: u32| plan.order.iter().position(|listed| *listed == task).unwrap();
        assert_eq!(plan.order.len(), plan.tasks.len());
        for (task, planned) in plan.tasks.iter().enumerate() {
            for dependency in &planned.dependencies {
                assert!(place(dependency.task) < place(task as u32), "{file}: {}", planned.name);
            }
        }
    }
}

#[test]
fn widths_are_those_of_the_recorded_run() {
    let widths = |file: &str| -> Vec<(String, Option<u64>)> {
        let describe = |task: &TaskPlan| (task.name.clone(), task.commands.static_width());
        valid(file).plan().tasks.iter().map(describe).collect()
    };
    let expected = [
        ("splitfq", 2),
        ("bwamapping", 13),
        ("mergemappedbam", 1),
        ("samflagstat", 1),
        ("sammerge", 40),
        ("mkdupbqsr", 40),
        ("mergevcf", 1),
    ];
    for file in ["gatk-shape.yaml", "gatk.yaml"] {
        assert_eq!(widths(file), expected.map(|(name, width)| (name.to_owned(), Some(width))), "{file}");
    }
    assert_eq!(widths("get-result.yaml")[1], ("work".to_owned(), None));
}
