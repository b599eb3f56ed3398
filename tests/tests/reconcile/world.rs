//! A fake cluster in which controllers run and people do things.

use std::{sync::Arc, time::Duration};

use gene_controller::{clock::Clock, events::Recorder, leader, metrics::Metrics, reconcile};
use gene_daemon::admin::Readiness;
use gene_tests::{
    fake::{
        FakeCluster, Options, Process,
        delete::{self, DeleteOptions, Propagation},
        fault::Schedule,
        object,
        resource::Resource,
        simulator::{Attempt, Outcome, Play, Script},
    },
    resources,
};
use gene_types::v1alpha1::{ExecutionStatus, status::phase};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout},
};

/// The user as whom controllers call.
pub const CONTROLLER: &str = "gene-controller";

/// How long anything may take, by the fake's time: the longest waits of all add up to minutes.
const BOUND: Duration = Duration::from_hours(2);

/// A fake cluster.
pub struct World {
    pub fake: FakeCluster,
}

/// A controller that runs in it. Dropping it breaks it off.
pub struct Controller {
    pub process: Process,
    stop: watch::Sender<bool>,
    tasks: JoinSet<Option<String>>,
}

impl World {
    /// One in which nothing goes wrong and containers do what their commands say: see [`play`].
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        Self::scripted(Script::new(play), options)
    }

    /// One whose containers do what the script says.
    pub fn scripted(script: Script, options: Options) -> Self {
        Self { fake: FakeCluster::start(Options { script: Some(script), ..options }) }
    }

    /// One in which this goes wrong.
    pub fn faulty(faults: Schedule) -> Self {
        Self::with(Options { faults, ..Options::default() })
    }

    /// Starts a controller that takes itself for the only one.
    pub fn controller(&self) -> Controller {
        self.start(None)
    }

    /// Starts a controller that works while it holds the Lease.
    pub fn candidate(&self, identity: &str) -> Controller {
        self.start(Some(identity.to_owned()))
    }

    fn start(&self, identity: Option<String>) -> Controller {
        let process = self.fake.process(CONTROLLER);
        let client = process.client();
        let metrics = Arc::new(Metrics::new());
        let (recorder, writer) = Recorder::new(client.clone(), "controller".into(), Arc::clone(&metrics));
        let (stop, stopped) = watch::channel(false);
        let settings = reconcile::Settings {
            namespace: None,
            max_creates: 16,
            clock: Clock::From(self.fake.now(), Instant::now()),
        };
        let readiness = Readiness::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            writer.await;
            None
        });
        tasks.spawn(async move {
            let work = |stop| {
                let (client, settings, metrics) = (client.clone(), settings.clone(), Arc::clone(&metrics));
                reconcile::run(client, settings, metrics, recorder.clone(), readiness.clone(), stop)
            };
            let Some(identity) = identity else {
                return work(stopped).await.err().map(|error| error.to_string());
            };
            let lease = leader::Settings::new("default".into(), "gene-controller".into(), identity);
            let gate = readiness.wait_for("lease");
            let ended = leader::lead(client.clone(), lease, stopped, metrics.clone(), gate, work).await;
            ended.err().map(|error| error.to_string())
        });
        Controller { process, stop, tasks }
    }

    /// Creates an Execution in `default` and answers its uid.
    pub async fn submit(&self, name: &str, spec: Value) -> String {
        let body = resources::object(json!({
            "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
            "metadata": {"name": name}, "spec": with_images(spec),
        }));
        let api = resources::executions(&self.fake.client("user"), "default");
        let made = api.create(&PostParams::default(), &body).await.unwrap();
        made.metadata.uid.unwrap()
    }

    /// Changes the spec, as `kubectl patch --type=merge` does.
    pub async fn patch(&self, name: &str, spec: Value) {
        let api = resources::executions(&self.fake.client("user"), "default");
        let patch = Patch::Merge(json!({"spec": spec}));
        api.patch(name, &PatchParams::default(), &patch).await.unwrap();
    }

    pub async fn delete_execution(&self, name: &str, how: &DeleteParams) {
        resources::executions(&self.fake.client("user"), "default").delete(name, how).await.unwrap();
    }

    /// Deletes a Job by hand.
    pub async fn delete_job(&self, name: &str) {
        let api = resources::jobs(&self.fake.client("user"), "default");
        api.delete(name, &DeleteParams::background()).await.unwrap();
    }

    /// Deletes a Job by hand, at this very moment.
    pub fn remove_job(&self, name: &str) {
        let options = DeleteOptions { propagation: Some(Propagation::Background), ..Default::default() };
        let key = ("default".to_owned(), name.to_owned());
        let now = self.fake.now();
        let deleted =
            self.fake.with_store(|store| delete::delete(store, now, Resource::Jobs, &key, &options));
        assert!(deleted.is_ok(), "it was there");
    }

    /// Waits until something holds, looking after every change.
    pub async fn until<T>(&self, what: &str, holds: impl Fn(&FakeCluster) -> Option<T>) -> T {
        let mut revisions = self.fake.with_store(|store| store.revisions());
        let wait = async {
            loop {
                revisions.borrow_and_update();
                if let Some(found) = holds(&self.fake) {
                    return found;
                }
                revisions.changed().await.unwrap();
            }
        };
        if let Ok(found) = timeout(BOUND, wait).await {
            return found;
        }
        self.tell();
        panic!("it never came to this: {what}")
    }

    /// The status when the Execution has ended, as often as it was to be tried again.
    pub async fn ended(&self, name: &str) -> ExecutionStatus {
        let generation =
            |execution: &Value, at: &str| execution.pointer(at).and_then(Value::as_i64).unwrap_or(0);
        self.until(&format!("\"{name}\" ends"), |fake| {
            let execution = fake.get(Resource::Executions, "default", name)?;
            let asked = generation(&execution, "/spec/retryGeneration");
            let is_over = is_terminal(object::text(&execution, "/status/phase"))
                && generation(&execution, "/status/retryGeneration") >= asked;
            is_over.then(|| status(fake, name))?
        })
        .await
    }

    /// Waits for the Job to exist and answers its uid.
    pub async fn job(&self, name: &str) -> String {
        self.until(&format!("job \"{name}\" exists"), |fake| {
            Some(object::uid(&*fake.get(Resource::Jobs, "default", name)?).to_owned())
        })
        .await
    }

    pub fn status(&self, name: &str) -> ExecutionStatus {
        status(&self.fake, name).unwrap()
    }

    pub fn has_job(&self, name: &str) -> bool {
        self.fake.get(Resource::Jobs, "default", name).is_some()
    }

    /// How often a Job of this name was created.
    pub fn created(&self, name: &str) -> usize {
        self.fake.journal().jobs.iter().filter(|job| job.name == name).count()
    }

    /// The reasons of the Events so far, with their notes.
    pub fn events(&self) -> Vec<String> {
        let all = self.fake.all(Resource::Events);
        all.iter().map(|e| format!("{} {}", object::text(e, "/reason"), object::text(e, "/note"))).collect()
    }

    /// Prints what there is, for a person who looks for a fault.
    pub fn tell(&self) {
        for call in &self.fake.audit().calls {
            if call.user == CONTROLLER {
                eprintln!(
                    "{} {:?} {:?} {} {} -> {}{}",
                    call.at,
                    call.verb,
                    call.resource,
                    call.subresource,
                    call.name,
                    call.code,
                    if call.is_committed { " done" } else { "" }
                );
            }
        }
        for execution in self.fake.all(Resource::Executions) {
            eprintln!("{execution}");
        }
        for job in self.fake.all(Resource::Jobs) {
            eprintln!("{} {}", object::name(&job), job["status"]);
        }
        eprintln!("{:#?}", self.events());
    }
}

impl Controller {
    /// Ends it as a signal does, and waits until it has ended.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let all = async {
            while let Some(ended) = self.tasks.join_next().await {
                assert_eq!(ended.unwrap(), None);
            }
        };
        timeout(Duration::from_secs(30), all).await.expect("it ends when it is told to");
    }

    /// Ends it as a power cut does.
    pub fn kill(self) {
        self.process.kill();
    }
}

pub fn is_terminal(of: &str) -> bool {
    [phase::SUCCEEDED, phase::FAILED, phase::ERROR].contains(&of)
}

/// The status of an Execution in `default`; `None` where there is no such Execution.
pub fn status(fake: &FakeCluster, name: &str) -> Option<ExecutionStatus> {
    let execution = fake.get(Resource::Executions, "default", name)?;
    let status = execution.get("status").cloned().unwrap_or_else(|| json!({}));
    Some(serde_json::from_value(status).expect("the status has the shape of the API"))
}

/// What a container does, by the last line of its command: words that tests understand, between `;`.
/// `sleep 5` takes 5 s, `print x y` prints, `exit 3` ends so, `flaky 2` fails in the first two attempts,
/// `oom` is killed. Everything else takes 10 ms and succeeds.
fn play(attempt: &Attempt<'_>) -> Play {
    let mut play = Play::succeed(Duration::from_millis(10));
    for part in attempt.command().split(';') {
        let (word, rest) = part.trim().split_once(' ').unwrap_or((part.trim(), ""));
        match word {
            "sleep" => play.duration = Duration::from_secs_f64(rest.parse().unwrap()),
            "print" => play.log = format!("{rest}\n"),
            "exit" => play.outcome = Outcome::Exit(rest.parse().unwrap()),
            "oom" => play.outcome = Outcome::OomKilled,
            "flaky" => {
                let number: u32 = attempt.label("execution.kubegene.io/attempt").parse().unwrap();
                play.outcome = Outcome::Exit(i32::from(number < rest.parse().unwrap()));
            }
            _ => {}
        }
    }
    play
}

fn with_images(mut spec: Value) -> Value {
    for task in spec["tasks"].as_array_mut().into_iter().flatten() {
        if task.is_object() && task.get("image").is_none() {
            task["image"] = json!("busybox:1.37");
        }
    }
    spec
}
