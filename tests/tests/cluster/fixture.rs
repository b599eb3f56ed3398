//! The installed product, a namespace for a test, and what a person types in it.

use std::{
    env,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long anything may take that is waited for: containers are slow where many are started at once.
pub const BOUND: Duration = Duration::from_mins(3);

/// How often a state is looked at.
const PERIOD: Duration = Duration::from_millis(200);

/// What a command did.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// A namespace of a test's own, on a cluster that runs the product.
pub struct Lab {
    pub namespace: String,
}

impl Lab {
    pub fn new(name: &str) -> Self {
        install();
        let made = kubectl_create(&json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": format!("{name}-")},
        }));
        let lab = Self { namespace: made["metadata"]["name"].as_str().unwrap().to_owned() };
        // Without it no pod is accepted.
        until("the service account", || {
            lab.kubectl(&["get", "serviceaccount", "default"]).code.filter(|code| *code == 0)
        });
        lab
    }

    /// Runs kubectl in the namespace.
    pub fn kubectl(&self, words: &[&str]) -> Said {
        command("kubectl", words).env("NO_COLOR", "1").args(["-n", &self.namespace]).output().unwrap().into()
    }

    /// The same; it must succeed, and what it prints is JSON.
    pub fn read(&self, words: &[&str]) -> Value {
        let said = self.kubectl(&[words, &["-o", "json"]].concat());
        assert_eq!(said.code, Some(0), "{words:?}: {said:?}");
        serde_json::from_str(&said.out).unwrap()
    }

    /// Runs the plugin in the namespace.
    pub fn gene(&self, words: &[&str]) -> Said {
        self.gene_command(words).output().unwrap().into()
    }

    /// The plugin in the namespace, not started yet.
    pub fn gene_command(&self, words: &[&str]) -> Command {
        let mut command = command("kubectl-gene", words);
        command.args(["-n", &self.namespace]);
        command
    }

    /// The same; it must succeed.
    pub fn succeed(&self, words: &[&str]) -> Said {
        let said = self.gene(words);
        assert_eq!(said.code, Some(0), "{words:?}: {said:?}");
        said
    }

    /// Submits a document, with more words.
    pub fn submit(&self, document: &str, words: &[&str]) -> Said {
        let mut command = self.gene_command(&[&["submit", "-"], words].concat());
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        child.stdin.take().unwrap().write_all(document.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// Waits for an Execution.
    pub fn wait(&self, name: &str, goal: &str) {
        let bound = format!("{}s", BOUND.as_secs());
        self.succeed(&["wait", name, &format!("--for={goal}"), "--timeout", &bound]);
    }

    /// An Execution as the API has it.
    pub fn execution(&self, name: &str) -> Value {
        self.read(&["get", "executions.execution.kubegene.io", name])
    }

    /// The objects of a kind that belong to an Execution.
    pub fn of(&self, kind: &str, execution: &str) -> Vec<Value> {
        let selector = format!("execution.kubegene.io/name={execution}");
        let list = self.read(&["get", kind, "-l", &selector]);
        list["items"].as_array().unwrap().clone()
    }

    /// The names of the Jobs of an Execution, sorted.
    pub fn jobs(&self, execution: &str) -> Vec<String> {
        let names = self.of("jobs", execution);
        let mut names: Vec<_> = names.iter().map(|job| text(&job["metadata"]["name"])).collect();
        names.sort();
        names
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // What has failed is looked at by who runs the test; the cluster goes in any case.
        if !thread::panicking() {
            let words = ["delete", "namespace", &self.namespace, "--wait=false"];
            let _ = command("kubectl", &words).stdout(Stdio::null()).status();
        }
    }
}

/// Applies the manifests once, and waits until the webhook and the controller are there.
pub fn install() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        for words in [
            &["apply", "-k", "manifests"][..],
            &["-n", "kubegene-system", "rollout", "status", "deployment/gene-webhook", "--timeout=180s"],
            &["-n", "kubegene-system", "rollout", "status", "deployment/gene-controller", "--timeout=180s"],
        ] {
            let said: Said = command("kubectl", words).output().unwrap().into();
            assert_eq!(said.code, Some(0), "kubectl {words:?}: {said:?}");
        }
    });
}

/// A program at the root of the repository; the plugin is found first where cargo has built it.
pub fn command(program: &str, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words).current_dir(root()).env("PATH", search_path()).env("NO_COLOR", "1");
    command
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Cargo builds the programs of a workspace beside the directory of its tests.
fn search_path() -> std::ffi::OsString {
    let this = env::current_exe().unwrap();
    let built = this.ancestors().nth(2).unwrap().to_owned();
    assert!(
        built.join("kubectl-gene").exists(),
        "there is no {}; build it with \"cargo build --package kubectl-gene\", or use \"cargo xtask test\"",
        built.join("kubectl-gene").display()
    );
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths([built].into_iter().chain(env::split_paths(&path))).unwrap()
}

fn kubectl_create(object: &Value) -> Value {
    let mut create = command("kubectl", &["create", "-f", "-", "-o", "json"]);
    let mut child = create.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(object.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{object} was not created");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Looks until there is something to see.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < BOUND, "{what}: not within {BOUND:?}");
        thread::sleep(PERIOD);
    }
}

/// A string of an object.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a string is wanted: {value}")).to_owned()
}

/// The condition of an object, where it is true.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = object["status"]["conditions"].as_array()?;
    conditions.iter().find(|condition| condition["type"] == kind && condition["status"] == "True")
}

/// An Execution of these tasks, as YAML.
pub fn document(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: execution.kubegene.io/v1alpha1\nkind: Execution\nmetadata: {{name: {name}}}\nspec:\n{spec}"
    )
}
