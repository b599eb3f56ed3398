//! Answers on their way out. Who asks and does not take what he is told makes the server keep it, so that there is room
//! for so many bytes of such answers; where it is short, the connection goes that has left one lying for longest.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::connections::{Connections, Debt, Place};

/// Room is counted in these.
const UNIT: usize = 1024;
/// How long it may take until the answers of a connection that was told to go have gone.
const GOING: Duration = Duration::from_millis(100);
/// How often room is made and waited for: at first there may be nobody yet who is slow.
const TRIES: usize = 2;

/// Room for answers.
#[derive(Debug)]
pub struct Answers {
    room: Arc<Semaphore>,
    connections: Arc<Connections>,
}

/// An answer in memory; its room is free when the last byte of it was sent or given up.
struct Untaken {
    answer: Vec<u8>,
    _room: OwnedSemaphorePermit,
    _debt: Debt,
}

impl Answers {
    /// Room for so many bytes of answers to these connections.
    pub fn new(room: usize, connections: Arc<Connections>) -> Self {
        Self { room: Arc::new(Semaphore::new(room / UNIT)), connections }
    }

    /// An answer to this connection, to be sent; none where there is no room for it.
    pub async fn hold(&self, place: &Place, answer: Vec<u8>) -> Option<Bytes> {
        let units = units(&answer)?;
        let mut room = Arc::clone(&self.room).try_acquire_many_owned(units).ok();
        for _ in 0..TRIES {
            if room.is_none() {
                self.connections.send_debtor_away();
                let waited = timeout(GOING, Arc::clone(&self.room).acquire_many_owned(units)).await;
                room = waited.ok().and_then(Result::ok);
            }
        }
        Some(untaken(room?, place, answer))
    }

    /// The same, without making room.
    pub fn hold_at_once(&self, place: &Place, answer: Vec<u8>) -> Option<Bytes> {
        let room = Arc::clone(&self.room).try_acquire_many_owned(units(&answer)?).ok()?;
        Some(untaken(room, place, answer))
    }
}

fn units(answer: &[u8]) -> Option<u32> {
    u32::try_from(answer.len().div_ceil(UNIT)).ok()
}

fn untaken(room: OwnedSemaphorePermit, place: &Place, answer: Vec<u8>) -> Bytes {
    Bytes::from_owner(Untaken { answer, _room: room, _debt: place.owe() })
}

impl AsRef<[u8]> for Untaken {
    fn as_ref(&self) -> &[u8] {
        &self.answer
    }
}
