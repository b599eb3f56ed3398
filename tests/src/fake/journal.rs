//! What happened in the whole life of a fake, for the assertions "nothing twice" and "nothing lost".

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::object;

/// A Job that was created.
#[derive(Clone, Debug)]
pub struct JobCreated {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// The uid of its controlling owner; empty when it has none.
    pub owner_uid: String,
    /// The name of its controlling owner.
    pub owner_name: String,
    /// When.
    pub at: Timestamp,
}

/// A start of a container of a Job's pod, or what came of it.
#[derive(Clone, Debug)]
pub struct Run {
    /// The pod's namespace.
    pub namespace: String,
    /// The Job's name.
    pub job: String,
    /// The Job's uid.
    pub job_uid: String,
    /// The pod's name.
    pub pod: String,
    /// The pod's uid.
    pub pod_uid: String,
    /// How often the container was restarted before.
    pub restart: u32,
    /// When it started.
    pub started: Timestamp,
    /// When it ended and with which exit code; `None` while it runs.
    pub ended: Option<(Timestamp, i32)>,
}

/// All Job creations and all starts of containers, in their order.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Jobs, as the API server took them.
    pub jobs: Vec<JobCreated>,
    /// Containers, as the simulator ran them.
    pub runs: Vec<Run>,
}

impl Journal {
    /// Notes a Job that the API server took.
    pub fn job_created(&mut self, job: &Value, at: Timestamp) {
        let owner = object::controller(job).unwrap_or(&Value::Null);
        self.jobs.push(JobCreated {
            namespace: object::namespace(job).to_owned(),
            name: object::name(job).to_owned(),
            uid: object::uid(job).to_owned(),
            owner_uid: object::text(owner, "/uid").to_owned(),
            owner_name: object::text(owner, "/name").to_owned(),
            at,
        });
    }

    /// How often each Job of the owner `uid` was created, by name: 1 is what it should be.
    pub fn created_by_owner(&self, uid: &str) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for job in self.jobs.iter().filter(|job| job.owner_uid == uid) {
            *counts.entry(job.name.as_str()).or_default() += 1;
        }
        counts
    }

    /// The starts of containers of the Jobs named `job`, in their order.
    pub fn runs_of<'a>(&'a self, job: &'a str) -> impl Iterator<Item = &'a Run> {
        self.runs.iter().filter(move |run| run.job == job)
    }
}
