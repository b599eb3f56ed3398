//! Executions that come, change and go.

use kube::runtime::watcher;

use super::{Dispatcher, Known};
use crate::{
    owner::Owner,
    reconcile::{
        message::Message,
        peek::{SpecPeek, StatusPeek},
    },
    slim::SlimExecution,
};

impl Dispatcher {
    pub(super) fn execution_event(&mut self, event: watcher::Event<SlimExecution>) {
        match event {
            watcher::Event::Init => self.execution_list = Some(Vec::new()),
            watcher::Event::InitApply(execution) => {
                if let (Some(list), Some(uid)) = (&mut self.execution_list, &execution.metadata.uid) {
                    list.push(uid.clone());
                }
                self.execution_applied(execution);
            }
            watcher::Event::InitDone => {
                // What the list does not have went away while nobody watched.
                let listed: std::collections::HashSet<_> =
                    self.execution_list.take().unwrap_or_default().into_iter().collect();
                let gone: Vec<_> = self.known.keys().filter(|uid| !listed.contains(*uid)).cloned().collect();
                for uid in gone {
                    self.execution_gone(&uid);
                }
                if let Some(waiting) = &mut self.waiting {
                    waiting
                        .retain(|other| other.metadata.uid.as_ref().is_some_and(|uid| listed.contains(uid)));
                }
            }
            watcher::Event::Apply(execution) => self.execution_applied(execution),
            watcher::Event::Delete(execution) => {
                if let Some(uid) = &execution.metadata.uid {
                    self.execution_gone(uid);
                }
            }
        }
    }

    pub(super) fn execution_applied(&mut self, execution: SlimExecution) {
        let Some(owner) = owner(&execution) else { return };
        if let Some(waiting) = &mut self.waiting {
            waiting.retain(|other| other.metadata.uid.as_ref() != Some(&owner.uid));
            waiting.push(execution);
            return;
        }
        let name = (owner.namespace.clone(), owner.name.clone());
        if let Some(former) = self.names.get(&name).filter(|uid| **uid != owner.uid).cloned() {
            self.execution_gone(&former);
        }
        let generation = execution.metadata.generation.unwrap_or(0);
        let is_new = !self.known.contains_key(&owner.uid);
        let known = self.known.entry(owner.uid.clone()).or_insert_with(|| Known {
            owner: owner.clone(),
            generation: i64::MIN,
            spec: SpecPeek::default(),
            ended: None,
            mailbox: None,
        });
        self.names.insert(name, owner.uid.clone());
        if known.generation != generation {
            known.generation = generation;
            known.spec = SpecPeek::of(execution.spec.as_deref());
        }
        let is_deleting = execution.metadata.deletion_timestamp.is_some();
        if let Some(mailbox) = &known.mailbox {
            let _ = mailbox.send(Message::Execution(Box::new(execution)));
        } else if let Some(ended) = known.ended {
            // `i64::MAX`: gone, or resting.
            if known.spec.retry_generation > ended && !is_deleting {
                self.begin(execution, owner, is_new);
            }
        } else {
            let status = StatusPeek::of(execution.status.as_deref());
            if is_deleting {
                known.ended = Some(i64::MAX);
            } else if status.is_terminal && known.spec.retry_generation <= status.retry_generation {
                known.ended = Some(status.retry_generation);
                self.unclaimed.remove(&owner.uid);
            } else {
                self.begin(execution, owner, is_new);
            }
        }
    }

    fn execution_gone(&mut self, uid: &str) {
        self.unclaimed.remove(uid);
        if let Some(waiting) = &mut self.waiting {
            waiting.retain(|execution| execution.metadata.uid.as_deref() != Some(uid));
        }
        // Its actor ends with its mailbox; its Jobs are the garbage collector's.
        if let Some(known) = self.known.remove(uid) {
            let name = (known.owner.namespace, known.owner.name);
            if self.names.get(&name).is_some_and(|of| of == uid) {
                self.names.remove(&name);
            }
        }
        self.count_actors();
    }
}

fn owner(execution: &SlimExecution) -> Option<Owner> {
    let metadata = &execution.metadata;
    Some(Owner {
        namespace: metadata.namespace.clone()?,
        name: metadata.name.clone()?,
        uid: metadata.uid.clone()?,
    })
}
