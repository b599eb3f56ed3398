//! The workflows under `examples/kubegene`: each compiles without a word and has the graph of the original's.

use std::path::{Path, PathBuf};

use gene_types::{
    Limits,
    plan::{Pieces, Plan},
    v1alpha1::DependencyType,
    validate_document, warnings,
};
use gene_workflow::{Compiled, Request, compile};
use serde_json::Value;

use super::{texts, yaml};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kubegene")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Every document of every tool file.
pub fn tools() -> Vec<Value> {
    let files = std::fs::read_dir(folder().join("tools")).unwrap().map(|file| file.unwrap().path());
    files.flat_map(|file| read(&file).split("---\n").map(yaml).collect::<Vec<_>>()).collect()
}

/// The example with its tasks in the order of the file.
pub fn example(file: &str) -> Compiled {
    let text = read(&folder().join(file));
    let is_task = |line: &&str| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
    let lines =
        text.lines().skip_while(|line| *line != "workflow:").skip(1).take_while(|line| line.starts_with(' '));
    let task_order: Vec<String> =
        lines.filter(is_task).map(|line| line.trim().trim_end_matches(':').to_owned()).collect();
    let (workflow, tools) = (yaml(&text), tools());
    let tools: Vec<&Value> = tools.iter().collect();
    let request = Request {
        workflow: &workflow,
        task_order: &task_order,
        inputs: None,
        sets: &[],
        tools: &tools,
        name: "x",
        limits: &Limits::CLUSTER,
    };
    compile(&request).unwrap_or_else(|faults| panic!("{file}: {:#?}", texts(&faults)))
}

/// The tasks with their widths, and the number of edges, where every source of a dynamic task printed this.
fn graph(plan: &Plan, printed: &str) -> (Vec<(String, u64)>, u64) {
    let pieces: Vec<Pieces> = plan.tasks.iter().map(|task| task.commands.cut(printed)).collect();
    let width = |task: usize| plan.tasks[task].commands.width(&pieces[task]);
    let tasks = (0..plan.tasks.len()).map(|task| (plan.tasks[task].name.clone(), width(task))).collect();
    let edges = plan.tasks.iter().enumerate().flat_map(|(task, planned)| {
        planned.dependencies.iter().map(move |dependency| match dependency.kind {
            DependencyType::Whole => width(task) * width(dependency.task as usize),
            DependencyType::Iterate => width(task),
        })
    });
    (tasks, edges.sum())
}

/// A file, what its sources print, its tasks with their widths, and the number of edges.
type Expected = (&'static str, &'static str, &'static [(&'static str, u64)], u64);

#[test]
fn every_example_has_the_graph_of_the_originals() {
    let expected: [Expected; 7] = [
        (
            "simple-sample/simple-sample.yaml",
            "",
            &[("jobprepare", 1), ("joba", 2), ("jobb", 3), ("jobc", 2), ("jobd", 2), ("jobfinish", 1)],
            22,
        ),
        (
            "simple-sample-getresult/simple-sample-getresult.yaml",
            "1 2 3",
            &[("jobpreparemod", 1), ("jobmod", 3), ("jobfinish", 1)],
            6,
        ),
        (
            "conditional-sample/simple-sample-chkresult.yaml",
            "123",
            &[("jobpreparemod", 1), ("jobmod", 2), ("jobfinish", 1)],
            4,
        ),
        (
            "conditional-getresult-combination/simple-sample-get-chkresult.yaml",
            "1 3",
            &[
                ("jobpreparemod", 1),
                ("jobmodcond", 2),
                ("jobmodgetresult", 2),
                ("jobbeforefinish", 1),
                ("jobfinish", 1),
            ],
            9,
        ),
        (
            "samejob-condition-getresult/samejob-condition-getresult.yaml",
            "1 3",
            &[("jobpreparemod", 1), ("jobmodcondgetres", 2), ("jobbeforefinish", 1), ("jobfinish", 1)],
            5,
        ),
        (
            "generic-condition/generic-condition-workflow.yaml",
            "testscenario:testwithInOp",
            &[("jobpreparemod", 1), ("jobmod", 2), ("jobfinish", 1)],
            4,
        ),
        (
            "gatk4-practices/gatk4-practices.yaml",
            "",
            &[
                ("splitfq", 2),
                ("bwamapping", 13),
                ("mergemappedbam", 1),
                ("samflagstat", 1),
                ("sammerge", 40),
                ("mkdupbqsr", 40),
                ("mergevcf", 1),
            ],
            1720,
        ),
    ];
    for (file, printed, tasks, edges) in expected {
        let compiled = example(file);
        let ignored: Vec<_> =
            compiled.warnings.iter().filter(|fault| !fault.error.message.contains("has no effect")).collect();
        assert!(ignored.is_empty(), "{file}: {ignored:#?}");
        let valid = validate_document(compiled.execution, &Limits::CLUSTER).unwrap();
        assert_eq!(warnings(&valid), [], "{file}");
        let tasks: Vec<(String, u64)> =
            tasks.iter().map(|(name, width)| ((*name).to_owned(), *width)).collect();
        assert_eq!(graph(valid.plan(), printed), (tasks, edges), "{file}");
    }
}

#[test]
fn a_tool_says_what_its_tasks_need() {
    let workflow = yaml("{workflow: {t: {tool: 'broadinstitute/gatk:4.0.2.0', commands: [gatk]}}}");
    let tools = tools();
    let tools: Vec<&Value> = tools.iter().collect();
    let limits = &Limits::CLUSTER;
    let request = Request {
        workflow: &workflow,
        task_order: &[],
        inputs: None,
        sets: &[],
        tools: &tools,
        name: "x",
        limits,
    };
    let task = compile(&request).unwrap().execution["spec"]["tasks"][0].clone();
    assert_eq!(task["resources"], serde_json::json!({"cpu": "2", "memory": "2G"}));
    assert_eq!(task["image"], "broadinstitute/gatk:4.0.2.0");
}
