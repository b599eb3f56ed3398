//! Every rule through the API server: what is refused with which causes, by `lint` with the same words, and what is
//! admitted and completed.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

use serde_json::{Value, json};

use super::{
    cases::{self, Case, Verdict},
    causes::{assert_causes, assert_same_words},
    lint::lint,
    probe,
    request::Requester,
    scene::Scene,
};

/// What the webhook and `lint` say of too much: the limits differ, the words do not.
const CLUSTER: &str = "a cluster would refuse this: ";

#[tokio::test]
async fn every_rule() {
    let scene = Scene::new("rules").await;
    for case in cases::all() {
        check(&scene.admin, &case).await;
    }
    examples(&scene).await;
    rejected(&scene);
    bytes(&scene.admin).await;
    scene.remove().await;
}

async fn check(admin: &Requester, case: &Case) {
    let about = case.about;
    let document = document(&case.text);
    let answer = admin.try_create(&document).await;
    let linted = lint(&serde_json::to_string(&document).unwrap());
    match &case.verdict {
        Verdict::Admitted => {
            assert!(answer.is_admitted(), "{about}: {}", answer.message());
            assert!(!linted.is_refused, "{about}: {linted:#?}");
            for (path, message) in &linted.warnings {
                // The API server takes 256 characters of a warning; longer ones lose their middle.
                let doubt = format!("{path}: {message}");
                let begun = &doubt[..doubt.floor_char_boundary(128)];
                let is_told = answer.warnings.iter().any(|warning| warning.starts_with(begun));
                assert!(is_told, "{about}: {doubt} is not in {:#?}", answer.warnings);
            }
        }
        Verdict::Refused(expected) => {
            assert_eq!(answer.code, 422, "{about}: {}", answer.message());
            assert_causes(about, answer.causes(), expected);
            assert!(linted.is_refused, "{about}");
            assert_same_words(about, &answer.causes(), &linted);
        }
        Verdict::TooMuch(expected) => {
            assert_eq!(answer.code, 422, "{about}: {}", answer.message());
            assert_causes(about, answer.causes(), expected);
            assert!(!linted.is_refused, "{about}: {linted:#?}");
            let is_warned = linted.warnings.iter().any(|(_, message)| message.starts_with(CLUSTER));
            assert!(is_warned, "{about}: lint does not warn: {linted:#?}");
        }
        Verdict::Before(code, says, lint_says) => {
            assert_eq!(answer.code, *code, "{about}: {}", answer.message());
            assert!(answer.message().contains(says), "{about}: {}", answer.message());
            let is_said = linted.errors.iter().any(|(_, message)| message.contains(lint_says));
            assert!(linted.is_refused && is_said, "{about}: {linted:#?}");
        }
    }
}

/// A document from YAML: a list alone stands for the tasks, an object with tasks for the spec.
fn document(text: &str) -> Value {
    let value: Value = serde_saphyr::from_str(text).unwrap();
    let spec = match &value {
        Value::Array(_) => json!({"tasks": value}),
        Value::Object(fields) if fields.contains_key("tasks") => value,
        _ => return value,
    };
    json!({
        "apiVersion": "execution.kubegene.io/v1alpha1",
        "kind": "Execution",
        "metadata": {"name": "x"},
        "spec": spec,
    })
}

/// All examples are admitted, and what is stored is what `types::default` makes of them; the seed example with kubectl,
/// twice, as somebody does who mends a file.
async fn examples(scene: &Scene) {
    let user = user(&scene.admin).await;
    for path in files("examples") {
        let text = fs::read_to_string(&path).unwrap();
        for mut document in serde_saphyr::from_multiple::<Value>(&text).unwrap() {
            document["metadata"]["namespace"] = json!(scene.place.name());
            let about = path.display().to_string();
            let stored = scene.admin.try_create(&document).await;
            assert!(stored.is_admitted(), "{about}: {}", stored.message());
            gene_types::default::apply(&mut document);
            assert_eq!(without_nulls(&stored.body["spec"]), without_nulls(&document["spec"]), "{about}");
            assert_eq!(submitted_by(&stored.body), json!(user), "{about}");
        }
    }
    let seed = fs::read_to_string(probe::root().join("examples/test-exec.yaml")).unwrap();
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    let namespace = format!("namespace: {}", scene.place.name());
    fs::write(file.path(), seed.replace("namespace: default", &namespace)).unwrap();
    let file = file.path().to_str().unwrap();
    // kubectl sends the list as the file has it, and it is completed again.
    for says in ["created", "configured"] {
        let (code, out, err) = apply(scene.place.name(), file);
        assert_eq!((code, out), (0, format!("execution.execution.kubegene.io/test-exec {says}\n")), "{err}");
    }
    assert_eq!(scene.admin.get("test-exec").await["metadata"]["generation"], 1);
}

fn submitted_by(object: &Value) -> Value {
    object["metadata"]["annotations"][gene_types::names::ANNOTATION_SUBMITTED_BY].clone()
}

/// Who the kubeconfig is for.
pub async fn user(admin: &Requester) -> String {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let review = admin.create_at(path, &review).await.admitted();
    review["status"]["userInfo"]["username"].as_str().unwrap().to_owned()
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        value => value.clone(),
    }
}

/// Files that `lint` speaks of in other words, and why.
const OTHER_WORDS: [&str; 3] = [
    "too-many-vertices", // Other limits.
    "unknown-field",     // The API server speaks first.
    "wrong-type",        // `lint` has seen the text, the webhook what kubectl made of it.
];

/// Of those, the ones of which it names other places.
const OTHER_PLACES: [&str; 2] = ["too-many-vertices", "unknown-field"];

/// Every file of `examples/rejected` is refused by `kubectl apply` as it is by `lint`, and as `docs/errors.md` shows.
fn rejected(scene: &Scene) {
    let page = fs::read_to_string(probe::root().join("docs/errors.md")).unwrap();
    let files = files("examples/rejected");
    assert!(files.len() >= 12, "{files:?}");
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# Refused"), "{name} says why it is refused");
        let (code, out, err) = apply(scene.place.name(), &format!("examples/rejected/{name}.yaml"));
        assert_eq!((code, out.as_str()), (1, ""), "{name}: {err}");
        // kubectl leaves a blank at the end of the first line.
        let shown: String = err.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
        assert!(page.contains(&shown), "docs/errors.md does not show what kubectl says of {name}:\n{shown}");
        let linted = lint(&text);
        assert!(linted.is_refused, "{name}");
        let said = bullets(&err);
        let paths = |said: &[(String, String)]| -> BTreeSet<String> {
            said.iter().map(|(path, _)| path.clone()).collect()
        };
        if !OTHER_PLACES.contains(&name.as_str()) {
            assert_eq!(paths(&said), paths(&linted.errors), "{name}");
            assert_eq!(said.len(), linted.errors.len(), "{name}");
        }
        if !OTHER_WORDS.contains(&name.as_str()) {
            for (path, message) in &linted.errors {
                let ending = format!(": {message}");
                let is_said = said.iter().any(|(at, said)| at == path && said.ends_with(&ending));
                assert!(is_said, "{name}: {path}: {message} is not in {err}");
            }
        }
    }
}

/// Path and message of each cause that kubectl prints: one on the line, several below it.
fn bullets(said: &str) -> Vec<(String, String)> {
    let Some((_, causes)) = said.split_once(" is invalid: ") else { return Vec::new() };
    let lines = causes.trim().lines().map(|line| line.trim_start_matches("* "));
    lines
        .filter_map(|line| line.split_once(": "))
        .map(|(path, said)| (path.to_owned(), said.to_owned()))
        .collect()
}

/// What only bytes can say.
async fn bytes(admin: &Requester) {
    let spec = r#""tasks": [{"name": "a", "image": "u:1", "commands": ["x"]}]"#;
    let whole = |spec: &str| {
        format!(
            r#"{{"apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution", "metadata": {{"name": "x"}}, "spec": {{{spec}}}}}"#
        )
    };
    let deep = |levels: usize| {
        whole(&format!(
            r#"{spec}, "template": {{"metadata": {{"annotations": {}1{}}}}}"#,
            r#"{"x": "#.repeat(levels),
            "}".repeat(levels)
        ))
    };
    let strict = "fieldValidation=Strict&dryRun=All";
    let cases = [
        (
            "a field twice",
            whole(&format!(r#""parallelism": 1, "parallelism": 2, {spec}"#)),
            strict,
            400,
            r#"duplicate field "spec.parallelism""#,
        ),
        ("a number beyond all", whole(&format!(r#""parallelism": 1e400, {spec}"#)), strict, 400, ""),
        ("no JSON", "{".to_owned(), strict, 400, ""),
        ("deeper than the API server reads", deep(20_000), strict, 400, ""),
        ("deeper than the webhook reads", deep(1_000), strict, 400, "cannot be read"),
        (
            "more bytes than the API server takes",
            whole(&format!(r#"{spec}, "nodeSelector": {{"x": "{}"}}"#, "x".repeat(4 << 20))),
            strict,
            413,
            "",
        ),
        ("tasks that are null", whole(r#""tasks": null"#), strict, 422, "spec.tasks"),
        ("a spec that is null", whole("").replace("{}}", "null}"), strict, 422, "spec"),
        (
            "an unknown field that nobody asks about",
            whole(&format!(r#""paralelism": 1, {spec}"#)),
            "fieldValidation=Ignore&dryRun=All",
            201,
            "",
        ),
    ];
    for (about, bytes, query, code, says) in cases {
        let answer = admin.create_bytes(bytes, query).await;
        assert_eq!(answer.code, code, "{about}: {}", answer.message());
        assert!(answer.message().contains(says), "{about}: {}", answer.message());
    }
}

/// `kubectl apply` of a file in a namespace: its code, and what it printed.
fn apply(namespace: &str, file: &str) -> (i32, String, String) {
    let mut command = Command::new("kubectl");
    command.current_dir(probe::root()).args(["apply", "--namespace", namespace, "-f", file]);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn files(directory: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(probe::root().join(directory)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "yaml")).collect();
    files.sort();
    files
}
