//! `get`, `describe` and `delete`.

use serde_json::{Value, json};

use crate::{
    genectl, home,
    server::{Server, list, refusal},
};

const EXECUTIONS: &str = "/apis/execution.kubegene.io/v1alpha1/namespaces/default/executions";

fn execution(name: &str, phase: &str) -> Value {
    json!({"apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
           "metadata": {"name": name, "namespace": "default", "uid": "u", "managedFields": [{"manager": "x"}],
                        "creationTimestamp": "2020-01-01T00:00:00Z"},
           "spec": {"tasks": [{"name": "a", "image": "i:1", "commandSet": ["true"]}]},
           "status": {"phase": phase, "message": "m"}})
}

/// What is printed of this list.
fn got(words: &[&str], items: &[Value]) -> (String, Vec<String>) {
    let server = Server::new(vec![list(items)]);
    let home = home(Some(&server));
    let ran = genectl(home.path(), &[&["get", "executions"], words].concat());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?}: {}", ran.out);
    (ran.out, server.lines())
}

/// The first words of the rows.
fn names(table: &str) -> Vec<&str> {
    table.lines().skip(2).filter_map(|line| line.split_whitespace().next()).collect()
}

#[test]
fn a_list_has_that_clients_columns_and_order() {
    let all: Vec<Value> = [
        ("a", "Error"),
        ("b", "Failed"),
        ("c", "Succeeded"),
        ("d", ""),
        ("e", "Succeeded"),
        ("f", "Running"),
    ]
    .iter()
    .map(|(name, phase)| execution(name, phase))
    .collect();
    let (table, lines) = got(&[], &all);
    let header: Vec<Vec<&str>> =
        table.lines().take(2).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(header, [["Name", "Age", "Phase", "Message"], ["----", "---", "-----", "-------"]]);
    assert!(table.ends_with("\n\n"), "{table:?}");
    assert_eq!(names(&table), ["c", "e", "f", "b", "a", "d"]);
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].starts_with(&format!("GET {EXECUTIONS}?")),
        "the context's namespace means nothing: {lines:?}"
    );

    let (table, lines) = got(&["--all-namespaces", "--phase", "Running,failed"], &all);
    assert_eq!(names(&table), ["f", "b"]);
    assert!(lines[0].starts_with("GET /apis/execution.kubegene.io/v1alpha1/executions?"), "{lines:?}");
    let (_, lines) = got(&["-n", "lab", "-o", "wide"], &[]);
    assert!(lines[0].contains("/namespaces/lab/executions?"), "{lines:?}");
}

#[test]
fn objects_are_a_bare_list() {
    let (json, _) = got(&["-o", "json"], &[execution("a", "Running")]);
    let mut expected = execution("a", "Running");
    expected.as_object_mut().unwrap().retain(|key, _| !["apiVersion", "kind"].contains(&key.as_str()));
    expected["metadata"].as_object_mut().unwrap().remove("managedFields");
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), json!([expected]));
    assert_eq!(json.lines().count(), 1);
    let (yaml, _) = got(&["--output=yaml"], &[execution("a", "Running")]);
    assert!(
        yaml.starts_with("- metadata:\n    creationTimestamp: \"2020-01-01T00:00:00Z\"\n    name: a\n"),
        "{yaml}"
    );
    assert_eq!(got(&["-o", "json"], &[]).0, "[]\n");
    assert_eq!(got(&["-o", "yaml"], &[]).0, "[]\n\n");
}

#[test]
fn names_are_asked_for_one_by_one() {
    let server = Server::new(vec![(200, execution("b", "Failed")), (200, execution("a", "Succeeded"))]);
    let home = home(Some(&server));
    let ran = genectl(home.path(), &["get", "execution", "b", "a", "-n", "default"]);
    assert_eq!(names(&ran.out), ["b", "a"]);
    assert_eq!(server.lines(), [format!("GET {EXECUTIONS}/b"), format!("GET {EXECUTIONS}/a")]);
}

#[test]
fn one_is_described() {
    let server = Server::new(vec![(200, execution("wgs", ""))]);
    let home = home(Some(&server));
    let ran = genectl(home.path(), &["describe", "execution", "wgs"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let expected = "Name:         wgs\nNamespace:    default\nLabels:       <none>\nAnnotations:  <none>\nPhase:        Running\n\
                    Message:      m\nworkflow:\n  a(total: 1; success: 0; failed: 0; running: 0; error: 0):\n    wait for execute\n\
                    \x20   Subtask  Phase  Message\n    -------  -----  -------\n\n";
    assert_eq!(ran.out, expected);
    assert_eq!(server.lines(), [format!("GET {EXECUTIONS}/wgs")]);
}

#[test]
fn one_is_deleted() {
    let server = Server::new(vec![(200, json!({"kind": "Status", "status": "Success"}))]);
    let home = home(Some(&server));
    let ran = genectl(home.path(), &["delete", "execution", "wgs", "--namespace", "lab"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "delete execution wgs successfully\n"), "{}", ran.err);
    let (line, body) = server.asked().remove(0);
    assert_eq!(line, "DELETE /apis/execution.kubegene.io/v1alpha1/namespaces/lab/executions/wgs?");
    assert_eq!(body["propagationPolicy"], "Background");
}

#[test]
fn what_is_not_there_ends_in_1() {
    for words in
        [&["get", "execution", "wgs"], &["describe", "execution", "wgs"], &["del", "executions", "wgs"]]
    {
        let server = Server::new(vec![refusal(404, "NotFound", "executions \"wgs\" not found")]);
        let home = home(Some(&server));
        let ran = genectl(home.path(), words);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{words:?}");
        assert_eq!(
            ran.err,
            "Error: there is no execution \"wgs\" in namespace \"default\"\n\
             help: \"genectl get execution --all-namespaces\" lists those of every namespace\n"
        );
    }
}
