//! `sub`.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    Ran, gene, genectl, home,
    server::{Server, refusal},
};

const TOOL: &str = "name: t\nversion: 1\nimage: t:1\n";

const WORKFLOW: &str = "version: genecontainer_0_1\ninputs:\n  out: {default: /data}\n  sample: {type: string}\nworkflow:\n  print:\n    tool: t:1\n    \
                        commands: ['echo ${sample} > ${out}/x']\n";

/// Puts a tool where tools are usually looked for, and a workflow.
fn furnish(home: &Path) {
    fs::create_dir_all(home.join("kubegene/tools")).unwrap();
    fs::write(home.join("kubegene/tools/t.yaml"), TOOL).unwrap();
    fs::write(home.join("wf.yaml"), WORKFLOW).unwrap();
    fs::write(home.join("in.json"), r#"{"sample": "s1"}"#).unwrap();
}

fn stored(name: &str, namespace: &str) -> (u16, Value) {
    (
        201,
        json!({"apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
                 "metadata": {"name": name, "namespace": namespace, "uid": "u"}, "spec": {"tasks": []}}),
    )
}

/// What a server is sent, and what is printed.
fn sent(words: &[&str], namespace: &str) -> (String, Value, Ran) {
    let server = Server::new(vec![stored("x-abcde", namespace)]);
    let home = home(Some(&server));
    furnish(home.path());
    let ran = genectl(home.path(), words);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?}: {}", ran.out);
    let (line, body) = server.asked().remove(0);
    (line, body, ran)
}

#[test]
fn a_workflow_goes_to_default_unless_it_says_another_namespace() {
    let (line, body, ran) = sent(&["sub", "workflow", "wf.yaml", "--input", "in.json"], "default");
    assert!(
        line.starts_with("POST /apis/execution.kubegene.io/v1alpha1/namespaces/default/executions?"),
        "the context's namespace means nothing: {line}"
    );
    assert_eq!(body["metadata"], json!({"generateName": "execution-"}));
    assert_eq!(body["spec"]["parallelism"], 5000);
    assert_eq!(body["spec"]["tasks"][0]["commandSet"], json!(["echo s1 > /data/x"]));
    let commands: Vec<&str> = ran.out.lines().filter_map(|line| line.strip_prefix('\t')).collect();
    assert_eq!(
        commands,
        [
            "genectl get execution x-abcde -n default",
            "genectl describe execution x-abcde -n default",
            "genectl delete execution x-abcde -n default"
        ]
    );

    let server = Server::new(vec![stored("mine", "lab2")]);
    let home = home(Some(&server));
    furnish(home.path());
    let input = r#"{"sample": "s1", "namespace": "lab2", "executionName": "mine"}"#;
    fs::write(home.path().join("in.json"), input).unwrap();
    let ran = genectl(
        home.path(),
        &["submit", "workflow", "wf.yaml", "--input=in.json", "--tool-repo", "kubegene/tools/t.yaml"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let (line, body) = server.asked().remove(0);
    assert!(line.contains("/namespaces/lab2/executions?"), "{line}");
    assert_eq!(body["metadata"], json!({"name": "mine", "namespace": "lab2"}));
    assert!(ran.out.contains("\tgenectl get execution mine -n lab2\n"), "{}", ran.out);
}

#[test]
fn a_dry_run_shows_the_workflow_and_asks_nobody() {
    let home = home(None);
    furnish(home.path());
    for words in [
        &["sub", "workflow", "wf.yaml", "--input", "in.json", "--dry-run"][..],
        &["sub", "--dry-run", "workflow", "wf.yaml", "--input", "in.json"],
        &[
            "sub",
            "--dry-run=true",
            "--tool-repo",
            "kubegene/tools",
            "workflow",
            "wf.yaml",
            "--input",
            "in.json",
        ],
    ] {
        let ran = genectl(home.path(), words);
        assert_eq!(ran.code, Some(0), "{words:?}: {}", ran.err);
        assert!(ran.out.contains("    - echo s1 > /data/x\n"), "{words:?}: {}", ran.out);
        assert!(
            ran.out.starts_with("inputs:\n") && ran.out.contains("\nworkflow:\n  print:\n"),
            "{}",
            ran.out
        );
    }
    let ran = genectl(home.path(), &["sub", "workflow", "wf.yaml", "--dry-run=false"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(
        ran.err.contains("wf.yaml:4:") && ran.err.ends_with("wf.yaml: 1 error in 1 workflow\n"),
        "{}",
        ran.err
    );
}

#[test]
fn a_script_is_sent_under_its_name() {
    let words = [
        "sub",
        "job",
        "/data/Print_it.sh",
        "--tool",
        "t:1",
        "--pvc",
        "claim",
        "--memory",
        "1g",
        "--cpu",
        "1",
        "--shell",
        "bash",
    ];
    let (_, body, ran) = sent(&words, "default");
    assert_eq!(body["metadata"], json!({"generateName": "print-it-"}));
    let task = &body["spec"]["tasks"][0];
    assert_eq!((&task["name"], &task["image"]), (&json!("print-it"), &json!("t:1")));
    assert_eq!(task["commandSet"], json!(["bash /data/Print_it.sh"]));
    assert_eq!(task["resources"], json!({"cpu": "1", "memory": "1G"}));
    assert_eq!(
        task["volumes"],
        json!({"sample-data": {"mountPath": "/data", "mountFrom": {"pvc": "claim"}}})
    );
    assert!(ran.out.contains("\tgenectl describe execution x-abcde -n default\n"), "{}", ran.out);
}

#[test]
fn no_line_of_a_script_breaks_it() {
    let server = Server::new(vec![stored("x", "default")]);
    let home = home(Some(&server));
    furnish(home.path());
    let lines = [
        "sh /a.sh a: b # c",
        "sh /a.sh - ? | > ! % @ ` { [ ] }",
        "sh /a.sh \"${x}\" ${1} ${item} $(date) $$ $1 \\${y}",
        "bash /a.sh 'yes' ~ null 010",
        "sh /a.sh ${unterminated",
        "sh /a.sh\tx",
    ];
    fs::write(home.path().join("jobs.sh"), lines.join("\n")).unwrap();
    let words = ["sub", "repjob", "jobs.sh", "--tool", "t:1", "--pvc", "claim", "--mount-path", "/data"];
    let ran = genectl(home.path(), &words);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(server.asked()[0].1["spec"]["tasks"][0]["commandSet"], json!(lines));

    // What a dry run shows is the same workflow.
    let ran = genectl(home.path(), &[&words[..], &["--dry-run"]].concat());
    fs::write(home.path().join("shown.yaml"), &ran.out).unwrap();
    let ran = gene(home.path(), &["submit", "workflow", "shown.yaml", "--dry-run=client", "-o", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let execution: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(execution["spec"]["tasks"][0]["commandSet"], json!(lines));
}

#[test]
fn what_a_script_lacks_is_said() {
    let home = home(None);
    furnish(home.path());
    fs::write(home.path().join("jobs.sh"), "sh /a.sh\nsh b.sh\n").unwrap();
    fs::write(home.path().join("good.sh"), "sh /a.sh\n").unwrap();
    for (words, expected) in [
        (&["repjob", "jobs.sh"][..], " --> jobs.sh:2:4\n"),
        (&["repjob", "none.sh"], "error: cannot read the file: no such file or directory\n --> none.sh\n"),
        (&["repjob", "good.sh"], "error: it is not known where the claim is mounted"),
        (&["job", "/print.sh"], "name an absolute path of the containers with --mount-path"),
    ] {
        let ran = genectl(home.path(), &[&["sub"], words, &["--tool", "t:1", "--pvc", "claim"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{words:?}");
        assert!(ran.err.contains(expected), "{words:?}: {}", ran.err);
    }
    let ran = genectl(home.path(), &["sub", "job", "/data/a.sh", "--tool", "u:1", "--pvc", "claim"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.starts_with("error: there is no tool \"u:1\"\n  --> <workflow of /data/a.sh>:"),
        "{}",
        ran.err
    );
    let large = "sh /a.sh xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(50_000);
    fs::write(home.path().join("large.sh"), large).unwrap();
    let ran = genectl(
        home.path(),
        &["sub", "repjob", "large.sh", "--tool", "t:1", "--pvc", "c", "--mount-path", "/d"],
    );
    assert!(ran.code == Some(1) && ran.err.contains("split it into several scripts"), "{}", ran.err);
}

#[test]
fn what_a_server_refuses_ends_in_1() {
    for (answer, expected) in [
        (
            refusal(409, "AlreadyExists", "executions \"mine\" already exists"),
            "Error: there is an execution \"mine\" in namespace \"default\" already\nhelp: give its input \"executionName\" another value, or \
             delete that one: genectl delete execution mine -n default\n",
        ),
        (refusal(403, "Forbidden", "not for you"), "Error: not for you\nhelp: ask whoever runs the cluster"),
    ] {
        let server = Server::new(vec![answer]);
        let home = home(Some(&server));
        furnish(home.path());
        fs::write(home.path().join("in.json"), r#"{"sample": "s1", "executionName": "mine"}"#).unwrap();
        let ran = genectl(home.path(), &["sub", "workflow", "wf.yaml", "--input", "in.json"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
        assert!(ran.err.starts_with(expected), "{}", ran.err);
    }
}

#[test]
fn scripts_are_for_kubectl_gene_as_well() {
    let server = Server::new(vec![stored("mine", "lab")]);
    let home = home(Some(&server));
    furnish(home.path());
    let script = ["job", "/data/print.sh", "--tool", "t:1", "--pvc", "claim"];
    let ran = gene(home.path(), &[&["submit"], &script[..], &["--name", "mine"]].concat());
    let line = "execution.execution.kubegene.io/mine created: 1 task, 1 vertex, at most 5000 at a time\n";
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (Some(0), line, "  kubectl gene tree mine -w\n")
    );
    let (line, body) = server.asked().remove(0);
    assert!(line.contains("/namespaces/lab/executions?"), "{line}");
    assert_eq!(body["metadata"], json!({"name": "mine"}));

    let ran = gene(home.path(), &[&["sub"], &script[..], &["--dry-run=client", "-o", "yaml"]].concat());
    assert!(
        ran.out.contains("\n  generateName: print-\n") && ran.out.contains("    - sh /data/print.sh\n"),
        "{}{}",
        ran.out,
        ran.err
    );
    let ran = gene(home.path(), &[&["submit"], &script[..], &["--dry-run"]].concat());
    assert!(ran.out.contains("\nworkflow:\n  print:\n"), "{}{}", ran.out, ran.err);
    fs::write(home.path().join("jobs.sh"), "sh /a.sh\n").unwrap();
    let repjob = ["submit", "repjob", "jobs.sh", "--tool", "t:1", "--pvc", "claim", "--mount-path", "/data"];
    let ran =
        gene(home.path(), &[&repjob[..], &["--shell", "bash", "--dry-run=client", "-o", "name"]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "execution.execution.kubegene.io/jobs\n"));
    assert!(
        ran.err.starts_with(
            "warning: --shell changes nothing: each line names its shell itself\n --> jobs.sh\n"
        ),
        "{}",
        ran.err
    );
    let ran = gene(home.path(), &["submit", "job", "print.sh", "--tool", "t:1", "--pvc", "claim"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
}
