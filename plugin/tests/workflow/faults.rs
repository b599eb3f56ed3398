//! What is wrong is said at the place that it came from, all of it at once.

use crate::place::Place;

#[test]
fn a_fault_of_each_origin_has_its_own_place() {
    let place = Place::with(
        "\
inputs:
  samples: {type: array}
  lanes: {type: number, default: 2}
Workflow:
  map:
    tool: bwa:0.7
    comands: [x]
  zip:
    Tool: bad:1
    commands_iter:
      command: echo ${1} ${2}
      vars_zip: ['${samples}', [a, b]]
    depends: [{target: mpa}]
",
    );
    place.write("tools/bad.json", r#"{"name": "bad", "version": 1, "image": "i:1", "cpu": "500m"}"#);
    place.write("inputs.json", "{\n  \"samples\": [\"a\", \"b\"],\n  \"lanes\": \"two\"\n}\n");
    let called = place.expect("lint w.yaml --tool-repo tools --input inputs.json --set line=4", 1);
    assert_eq!(called.out, "");
    assert_eq!(
        called.err,
        r#"error: there is no field "comands" here
 --> w.yaml:7:5 Workflow.map.comands
  |
7 |     comands: [x]
  |     ^^^^^^^
  = help: there is a field "commands"

error: no task is called "mpa"
  --> w.yaml:13:24 Workflow.zip.depends[0].target
   |
13 |     depends: [{target: mpa}]
   |                        ^^^
   = help: there is a task "map" (line 5)

error: input "lanes" is of type number, and this is the text "two"
 --> inputs.json:3:12 lanes
  |
3 |   "lanes": "two"
  |            ^^^^^
  = help: write a number without quotes, or type: string

error: the workflow has no input "line"
 --> --set line=4
  = help: the inputs are "lanes", "samples"

error: "500m" is no amount of cpu
 --> tools/bad.json:1:54 cpu
  |
1 | {"name": "bad", "version": 1, "image": "i:1", "cpu": "500m"}
  |                                                      ^^^^^^
  = help: write a number of cores, like 2, 0.5 or 2c

w.yaml: 5 errors in 1 workflow
"#
    );
}

/// What only the whole Execution shows is said of the workflow, in its words.
#[test]
fn what_validation_finds_is_shown_in_the_workflow() {
    let place = Place::with(
        "\
workflow:
  b:
    tool: bwa:0.7
    commands: [x]
    DEPENDS: [{target: a}]
  a:
    tool: bwa:0.7
    commands: [x]
    depends:
    - target: b
",
    );
    let called = place.expect("submit w.yaml --tool-repo tools --dry-run=client", 1);
    assert_eq!(
        called.err,
        r#"error: depends form a cycle: b -> a -> b
 --> w.yaml:5:24 workflow.b.DEPENDS[0].target
  |
5 |     DEPENDS: [{target: a}]
  |                        ^ "b" waits for "a", which waits for "b" (line 10)
  = help: remove one of the two depends

w.yaml: 1 error in 1 workflow
"#
    );
}

#[test]
fn warnings_are_shown_at_their_place_and_once() {
    let place = Place::with(
        "\
version: genecontainer_0_1
Inputs:
  data: {default: /data, label: x}
workflow:
  a: {tool: 'bwa:0.7', commands: [x], type: GCS.Job}
  b: {tool: 'bwa:0.7', commands: [x], image: y}
volumes:
  v: {mount_path: '${data}', mount_from: {pvc: claim}}
",
    );
    let called = place.expect("lint w.yaml --tool-repo tools", 0);
    assert_eq!(called.out, "w.yaml: 1 workflow, 2 tasks, 2 vertices: 4 warnings\n");
    for (message, at) in [
        ("\"Inputs\" is taken for \"inputs\"", "w.yaml:2:1 Inputs"),
        ("\"label\" has no effect", "w.yaml:3:"),
        ("\"type\" has no effect", "w.yaml:5:"),
        ("\"image\" has no effect", "w.yaml:6:"),
    ] {
        assert_eq!(called.err.matches(message).count(), 1, "{message}:\n{}", called.err);
        assert!(called.err.contains(at), "{at}:\n{}", called.err);
    }
}

#[test]
fn each_document_of_a_file_is_read_by_itself() {
    let place = Place::with(
        "\
workflow: {a: {tool: 'bwa:0.7', commands: [x]}}
---
apiVersion: execution.kubegene.io/v1alpha1
kind: Execution
metadata: {name: e}
spec: {tasks: [{name: a, image: 'i:1', commands: [x, z]}]}
---
workflow: {a: {tool: 'bwa:9', commands: [x]}}
",
    );
    let called = place.expect("lint w.yaml --tool-repo tools", 1);
    assert!(
        called.err.contains("there is no tool \"bwa:9\"\n --> w.yaml:8:22 workflow.a.tool"),
        "{}",
        called.err
    );
    assert!(called.err.ends_with("w.yaml: 1 error in 2 workflows and 1 Execution\n"), "{}", called.err);
    place.write("tools/new.yml", "name: bwa\nversion: 9\nimage: bwa:9\n");
    let called = place.expect("lint w.yaml --tool-repo tools", 0);
    assert_eq!(called.out, "w.yaml: 2 workflows and 1 Execution, 3 tasks, 4 vertices: ok\n");
}

#[test]
fn the_word_workflow_takes_nothing_else() {
    let place = Place::with("workflows: {a: {tool: 'bwa:0.7', commands: [x]}}\n");
    let called = place.expect("submit workflow w.yaml --tool-repo tools --dry-run", 1);
    assert!(called.err.contains("there is no field \"workflows\" here\n --> w.yaml:1:1"), "{}", called.err);
    let execution = "apiVersion: execution.kubegene.io/v1alpha1\nkind: Execution\nmetadata: {name: e}\nspec: {tasks: [{name: a, image: 'i:1', commands: [x]}]}\n";
    place.write("e.yaml", execution);
    let called = place.expect("sub workflow e.yaml --dry-run", 1);
    assert!(called.err.contains("this is an object of kind \"Execution\", no workflow"), "{}", called.err);
    for arguments in
        ["lint e.yaml --set a=b", "run e.yaml --tool-repo tools", "submit e.yaml --input i.json --dry-run"]
    {
        place.write("i.json", "{}");
        let called = place.expect(arguments, 1);
        assert!(called.err.contains("these files hold none\nhelp: "), "{arguments}: {}", called.err);
    }
    assert!(place.expect("lint w.yaml --set =x", 2).err.contains("'=x' for '--set <NAME=VALUE>'"));
    place.expect("submit workflow", 2);
    place.expect("submit", 2);
}

/// Where `--name` or `-n` is at odds with a workflow, its own place is shown.
#[test]
fn what_the_command_line_asks_must_fit() {
    let place = Place::with(
        "\
inputs:
  namespace: {default: lab}
workflow: {a: {tool: 'bwa:0.7', commands: [x]}}
",
    );
    let called = place.expect("submit w.yaml --tool-repo tools -n other --dry-run=client", 1);
    assert!(called.err.contains("says namespace \"lab\""), "{}", called.err);
    assert!(called.err.contains(" --> w.yaml:2:24 inputs.namespace.default\n"), "{}", called.err);
    let named = format!("submit w.yaml --tool-repo tools --dry-run=client -o json --name {}", "x".repeat(60));
    let called = place.expect(&named, 1);
    assert!(called.err.contains("at most 63 are allowed"), "{}", called.err);
    let executed = place.execution("w.yaml --tool-repo tools -n lab --name wgs-2");
    assert_eq!(executed["metadata"], serde_json::json!({"name": "wgs-2", "namespace": "lab"}));
}

/// Unquoted, `n` means false, as it did for the original: what follows from it must not be a riddle.
#[test]
fn a_name_that_is_read_as_something_else_is_told() {
    let place = Place::with(
        "\
inputs:
  n: {type: number, default: 2}
  'y': {default: a}
workflow:
  a: {tool: 'bwa:0.7', commands: ['echo ${n} ${y}']}
",
    );
    let called = place.expect("lint w.yaml --tool-repo tools", 1);
    let expected = r#"warning: the name n is read as "false"
 --> w.yaml:2:3
  |
2 |   n: {type: number, default: 2}
  |   ^
  = help: write "n" in quotes: "n"

error: no input is called "n"
"#;
    assert!(called.err.starts_with(expected), "{}", called.err);
    assert!(called.err.ends_with("w.yaml: 1 error and 1 warning in 1 workflow\n"), "{}", called.err);
}
