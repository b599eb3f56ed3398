//! The examples of `examples/kubegene` in real containers, by the commands of its README.md: each writes to a claim, in
//! a legal order.

use std::{fs, process::Stdio};

use gene_tests::graphs::{self, Graph};
use serde_json::{Value, json};

use crate::fixture::{Lab, Said, root, until};

/// What cannot be had here: a server of NFS, and images with a genome.
const ELSEWHERE: [&str; 2] = ["execution/exec-1-nfs.yaml", "gatk4-practices/gatk4-practices.yaml"];

/// The claims of the examples, on directories of the node that are this lab's own.
struct Claims<'a> {
    lab: &'a Lab,
    file: tempfile::NamedTempFile,
}

impl<'a> Claims<'a> {
    fn new(lab: &'a Lab) -> Self {
        let shipped = fs::read_to_string(root().join("examples/kubegene/volumes.yaml")).unwrap();
        // Volumes have no namespace, and what was written on a node stays.
        let mine = shipped.replace("kubegene-", &format!("{}-", lab.namespace));
        let mine = mine.replace("/tmp/kubegene/", &format!("/tmp/{}/", lab.namespace));
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, &mine).unwrap();
        let claims = Self { lab, file };
        claims.kubectl("apply");
        until("the claims", || {
            let claims = lab.read(&["get", "persistentvolumeclaims"]);
            let claims = claims["items"].as_array().unwrap();
            let bound = claims.iter().filter(|claim| claim["status"]["phase"] == "Bound").count();
            (bound == shipped.matches("kind: PersistentVolumeClaim").count()).then_some(())
        });
        claims
    }

    fn kubectl(&self, verb: &str) {
        let said = self.lab.kubectl(&[verb, "-f", &self.file.path().display().to_string()]);
        assert_eq!(said.code, Some(0), "{said:?}");
    }

    /// Runs commands, each a task called `t0`, `t1` and so on, with a claim of its own at `/claim`.
    fn run(&self, name: &str, commands: &[(&str, String)]) {
        let task = |(at, (claim, command)): (usize, &(&str, String))| {
            json!({
                "name": format!("t{at}"), "image": "busybox:1.37", "commands": [command],
                "volumes": {"claim": {"mountPath": "/claim", "mountFrom": {"pvc": claim}}},
            })
        };
        let tasks: Vec<Value> = commands.iter().enumerate().map(task).collect();
        let document = json!({
            "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
            "metadata": {"name": name}, "spec": {"tasks": tasks},
        });
        let said = self.lab.submit(&document.to_string(), &["--wait"]);
        assert_eq!(said.code, Some(0), "{said:?}");
    }

    /// Removes what was written, the claims and the volumes.
    fn remove(self) {
        let spec = json!({"tasks": [{
            "name": "remove", "image": "busybox:1.37",
            "commands": [format!("rm -r /host/{}", self.lab.namespace)],
            "volumes": {"host": {"mountPath": "/host", "mountFrom": {"hostPath": {"path": "/tmp"}}}},
        }]});
        let document = json!({
            "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
            "metadata": {"name": "remove"}, "spec": spec,
        });
        let said = self.lab.submit(&document.to_string(), &["--wait"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        // A claim goes when no pod is left that had it.
        self.lab.succeed(&["delete", "--all", "--wait"]);
        self.kubectl("delete");
    }
}

/// What a person types for an example.
fn words(graph: &Graph) -> String {
    let file = &graph.file;
    let tools = "--tool-repo examples/kubegene/tools";
    match &graph.submit {
        Some(words) => format!("submit {words} {tools} --wait"),
        None if file.starts_with("execution/") => format!("submit examples/kubegene/{file} --wait"),
        None => format!("submit workflow examples/kubegene/{file} {tools} --wait"),
    }
}

/// Puts the scripts on their claims.
fn bring_scripts(claims: &Claims) {
    let script = |claim: &'static str, file: &str| {
        let text = fs::read_to_string(graphs::folder().join(file)).unwrap();
        let name = file.rsplit('/').next().unwrap();
        (claim, format!("cat > /claim/{name} <<'END'\n{text}END"))
    };
    let scripts = [
        script("subjob-pvc", "single-job/print.sh"),
        script("subrepjob-pvc", "group-job/print-number.sh"),
        script("subrepjob-pvc", "group-job/print-date.sh"),
    ];
    claims.run("bring", &scripts);
}

#[test]
fn each_example_succeeds_and_writes_in_a_legal_order() {
    let lab = Lab::new("kubegene");
    let claims = Claims::new(&lab);
    bring_scripts(&claims);
    let graphs: Vec<Graph> =
        graphs::all().into_iter().filter(|graph| !ELSEWHERE.contains(&&*graph.file)).collect();
    let started: Vec<_> = graphs
        .iter()
        .map(|graph| {
            let typed = words(graph);
            let mut submit = lab.gene_command(&typed.split(' ').collect::<Vec<_>>());
            (typed, submit.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        })
        .collect();
    for ((typed, child), graph) in started.into_iter().zip(&graphs) {
        let said: Said = child.wait_with_output().unwrap().into();
        assert_eq!(said.code, Some(0), "{typed}: {said:?}");
        let jobs = graph.vertices().len();
        let progress = format!("{jobs}/{jobs}");
        assert!(said.out.contains(&format!("succeeded: {progress}")), "{typed}: {said:?}");
    }

    let written: Vec<_> = graphs.iter().filter_map(|graph| Some((graph, graph.output.as_ref()?))).collect();
    let mut commands: Vec<(&str, String)> =
        written.iter().map(|(_, (claim, file))| (claim.as_str(), format!("cat /claim/{file}"))).collect();
    let counters = [("subjob-pvc", "counter"), ("subrepjob-pvc", "counter"), ("subrepjob-pvc", "date")];
    commands.extend(counters.map(|(claim, file)| (claim, format!("cat /claim/{file}.data"))));
    claims.run("read", &commands);
    let read = |at: usize| lab.succeed(&["logs", &format!("read/t{at}/0")]).out;
    let faults: Vec<String> =
        written.iter().enumerate().filter_map(|(at, (graph, _))| graph.fault_of_lines(&read(at))).collect();
    assert_eq!(faults, Vec::<String>::new());
    for (at, command) in commands.iter().enumerate().skip(written.len()) {
        assert_eq!(read(at).lines().count(), 10, "{command:?}");
    }
    claims.remove();
}
