//! Jobs that come, change and go.

use std::collections::HashMap;

use kube::runtime::watcher;
use tokio::time::Instant;

use super::{Dispatcher, JobsOf};
use crate::{
    reconcile::message::{JobSeen, Message},
    slim::SlimJob,
};

impl Dispatcher {
    pub(super) fn job_event(&mut self, event: watcher::Event<SlimJob>) {
        match event {
            watcher::Event::Init => self.job_list = Some((Instant::now(), HashMap::new())),
            watcher::Event::InitApply(job) => {
                if let (Some((_, list)), Some((owner, seen))) = (&mut self.job_list, JobSeen::of(&job)) {
                    list.entry(owner).or_default().insert(seen.name.clone(), seen);
                }
            }
            watcher::Event::InitDone => {
                if let Some((began, list)) = self.job_list.take() {
                    self.jobs_listed(began, list);
                }
            }
            watcher::Event::Apply(job) => {
                if let Some((owner, seen)) = JobSeen::of(&job) {
                    self.job_seen(&owner, seen, false);
                }
            }
            watcher::Event::Delete(job) => {
                if let Some((owner, seen)) = JobSeen::of(&job) {
                    self.job_seen(&owner, seen, true);
                }
            }
        }
    }

    fn job_seen(&mut self, owner: &str, seen: JobSeen, is_deleted: bool) {
        if self.known.contains_key(owner) {
            self.tell(owner, if is_deleted { Message::JobDeleted(seen) } else { Message::Job(seen) });
        } else if is_deleted {
            if let Some(jobs) = self.unclaimed.get_mut(owner) {
                jobs.remove(&seen.name);
                if jobs.is_empty() {
                    self.unclaimed.remove(owner);
                }
            }
        } else {
            self.unclaimed.entry(owner.to_owned()).or_default().insert(seen.name.clone(), seen);
        }
    }

    /// A whole list: whatever it does not have is not there any more.
    fn jobs_listed(&mut self, began: Instant, mut list: JobsOf) {
        let active = self.known.iter().filter(|(_, known)| known.mailbox.is_some());
        for uid in active.map(|(uid, _)| uid.clone()).collect::<Vec<_>>() {
            let mut jobs: Vec<JobSeen> = list.remove(&uid).unwrap_or_default().into_values().collect();
            jobs.sort_unstable_by(|one, other| one.name.cmp(&other.name));
            self.tell(&uid, Message::Jobs(began, jobs));
        }
        list.retain(|owner, _| !self.known.contains_key(owner));
        self.unclaimed = list;
        for execution in self.waiting.take().unwrap_or_default() {
            self.execution_applied(execution);
        }
    }
}
