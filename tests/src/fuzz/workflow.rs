//! A workflow: its texts cut, and JSON documents compiled: the workflow, the inputs from outside, then tools.

use gene_types::{Limits, validate_document};
use gene_workflow::{Compiled, Fault, Request, compile, text::Text};
use serde_json::{Value, json};

/// Tools beside the two that are always there.
const TOOLS: usize = 4;

/// Cuts these bytes as a text, and compiles the documents that they hold.
///
/// # Panics
/// When something is lost on the way, refused without a word, or another Execution the second time.
pub fn workflow(bytes: &[u8]) {
    cut(&String::from_utf8_lossy(bytes));
    let documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let documents: Vec<Value> = documents.map_while(Result::ok).take(2 + TOOLS).collect();
    let Some((workflow, rest)) = documents.split_first() else { return };
    let given = [
        json!({"name": "u", "version": "1", "image": "u:1"}),
        json!({"name": "v", "version": "1", "image": "v:1", "cpu": "1", "memory": "1G", "command": "${1}"}),
    ];
    let tools: Vec<&Value> = given.iter().chain(rest.iter().skip(1)).collect();
    let once = Request {
        workflow,
        task_order: &[],
        inputs: rest.first(),
        sets: &[],
        tools: &tools,
        name: "x",
        limits: &Limits::CLUSTER,
    };
    match compile(&once) {
        Ok(compiled) => again(&compiled, &tools),
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a reason");
            let silent: Vec<&Fault> = faults.iter().filter(|fault| fault.error.help.is_none()).collect();
            assert!(silent.is_empty(), "refused without a remedy: {silent:?}");
        }
    }
}

/// Nothing is lost, and what is filled in is not looked at again.
fn cut(text: &str) {
    let cut = Text::new(text);
    assert_eq!(cut.source(), text, "a text is its pieces");
    let names = cut.names().count();
    let filled = cut.fill(|_| Some("${a}"));
    assert_eq!(
        Text::new(&filled).names().filter(|name| *name == "a").count(),
        names,
        "each is filled in once"
    );
}

/// What was compiled is an Execution, and its instantiated workflow gives the same one.
fn again(compiled: &Compiled, tools: &[&Value]) {
    let valid = validate_document(compiled.execution.clone(), &Limits::CLUSTER);
    let valid = valid.unwrap_or_else(|faults| unreachable!("compiled and then refused: {faults:?}"));
    let instantiated = compiled.instantiated();
    let task_order: Vec<String> = valid.plan().tasks.iter().map(|task| task.name.clone()).collect();
    let twice = Request {
        workflow: &instantiated,
        task_order: &task_order,
        inputs: None,
        sets: &[],
        tools,
        name: "x",
        limits: &Limits::CLUSTER,
    };
    match compile(&twice) {
        Ok(again) => assert_eq!(again.execution, compiled.execution, "another Execution of\n{instantiated}"),
        Err(faults) => unreachable!("instantiated and then refused: {faults:?}\n{instantiated}"),
    }
}
