//! Tools: those that are used must be sound, the others may be anything.

use gene_workflow::{Compiled, Fault, Origin, compile};
use serde_json::{Value, json};

use super::{request, texts};

fn with_tools(tools: &[Value], task: &Value) -> Result<Compiled, Vec<Fault>> {
    let tools: Vec<&Value> = tools.iter().collect();
    let workflow = json!({"workflow": {"t": task}});
    compile(&request(&workflow, &tools))
}

#[test]
fn a_tool_gives_what_its_task_leaves_out() {
    let tool = json!({"name": "bwa", "version": 0.7, "image": "bwa:0.7", "cpu": "2C", "memory": "4g", "command": "bwa ${1}", "type": "basic"});
    let first =
        |task| with_tools(std::slice::from_ref(&tool), &task).unwrap().execution["spec"]["tasks"][0].clone();
    assert_eq!(
        first(json!({"tool": "bwa:0.7"})),
        json!({"name": "t", "image": "bwa:0.7", "commandSet": ["bwa ${1}"], "resources": {"cpu": "2", "memory": "4G"}})
    );
    assert_eq!(
        first(json!({"tool": "bwa:0.7", "commands": ["x"], "resources": {"cpu": 1}})),
        json!({"name": "t", "image": "bwa:0.7", "commandSet": ["x"], "resources": {"cpu": "1", "memory": "4G"}})
    );
}

#[test]
fn only_the_tools_that_are_used_must_be_sound() {
    let good = json!({"Name": "u", "version": "1", "image": "u:1"});
    let others = [
        json!(null),
        json!([1]),
        json!({"name": "v"}),
        json!({"name": "v", "version": "1", "image": 5, "what": 1}),
        good,
    ];
    let compiled = with_tools(&others, &json!({"tool": "u:1", "commands": ["x"]})).unwrap();
    assert_eq!(compiled.warnings.len(), 1);
    assert_eq!(compiled.warnings[0].origin, Origin::Tool(4));
    let faulty = [json!({"name": "u", "version": "1", "imag": "u:1", "cpu": "500m"})];
    let errors = with_tools(&faulty, &json!({"tool": "u:1", "commands": ["x"]})).unwrap_err();
    assert!(errors.iter().all(|fault| fault.origin == Origin::Tool(0)), "{:?}", texts(&errors));
    let errors = texts(&errors);
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert_eq!(errors[0], "imag: there is no field \"imag\" here; there is a field \"image\"");
    assert!(errors[1].starts_with("cpu: \"500m\" is no amount of cpu"));
}

#[test]
fn the_last_tool_of_a_name_wins_with_a_warning() {
    let tools = [
        json!({"name": "u", "version": "1", "image": "old"}),
        json!({"name": "u", "version": "1", "image": "u:new"}),
    ];
    let compiled = with_tools(&tools, &json!({"tool": "u:1", "commands": ["x"]})).unwrap();
    assert_eq!(compiled.execution["spec"]["tasks"][0]["image"], "u:new");
    assert_eq!(
        texts(&compiled.warnings),
        [
            "name: tool \"u:1\" is there 2 times; this one, the last, holds; remove the others, or give each a version of its own"
        ]
    );
}

#[test]
fn a_tool_that_is_not_there_is_refused_with_what_is() {
    let tool = json!({"name": "bwa", "version": "0.7.12", "image": "bwa"});
    for (tools, wanted, help) in [
        (vec![], "bwa:0.7", "name the directory of your tools with --tool-repo"),
        (vec![tool.clone()], "bwa:0.7", "there is \"bwa:0.7.12\""),
        (vec![tool.clone()], "bwaa:0.7.12", "there is \"bwa:0.7.12\""),
        (vec![tool.clone()], "${x}", "a variable cannot stand here"),
        (vec![tool], "gatk", "write name:version of a tool of the repository"),
    ] {
        let errors = texts(&with_tools(&tools, &json!({"tool": wanted, "commands": ["x"]})).unwrap_err());
        assert!(errors.len() == 1 && errors[0].contains(help), "{wanted}: {errors:?}");
    }
}

#[test]
fn an_image_is_complained_of_in_the_file_of_its_tool() {
    let tools = [json!({"name": "u", "version": "1", "image": "a b"})];
    let errors = with_tools(&tools, &json!({"tool": "u:1", "commands": ["x"]})).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!((errors[0].origin, errors[0].error.path.to_string().as_str()), (Origin::Tool(0), "image"));
}
