//! Bodies of requests on their way into memory: bounded in number, size, time and bytes together.
//!
//! What arrives faster than it is judged is refused at once. Where room is short, who has been sending for long goes
//! first: an API server sends a body in one go, so that those who hold room by being slow do not keep it out.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// Room is counted in these.
const UNIT: usize = 1024;
/// The first room that a body gets.
const FIRST: usize = 4 * UNIT;
/// Bodies over this size share three quarters of the room, so that small ones, which most are, always find some.
const LARGE: usize = 256 * UNIT;
/// Who has been sending for longer than this is slow.
const SLOW: Duration = Duration::from_millis(250);
/// How long it may take until one that was told to go has gone.
const GOING: Duration = Duration::from_millis(100);

/// Room for bodies. Cheap to share.
#[derive(Debug)]
pub struct Bodies {
    /// The most bytes of one.
    most: usize,
    /// How long one may take.
    within: Duration,
    all: Arc<Semaphore>,
    large: Arc<Semaphore>,
    /// How many may be under way at once.
    places: usize,
    readers: Mutex<Readers>,
}

#[derive(Debug, Default)]
struct Readers {
    next: u64,
    /// By their number, and so by their age.
    under_way: BTreeMap<u64, Reader>,
}

#[derive(Debug)]
struct Reader {
    since: Instant,
    go: Arc<Notify>,
}

/// A body in memory, and the room that it takes there.
#[derive(Debug)]
pub struct Held {
    /// The body.
    pub bytes: Vec<u8>,
    _room: Room,
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It has more bytes than allowed.
    TooLarge,
    /// It did not come in time, or was slow when others needed its room.
    TooSlow,
    /// There is no room for it.
    NoRoom,
    /// Its sender broke it off.
    BrokenOff,
}

#[derive(Debug, Default)]
struct Room {
    all: Option<OwnedSemaphorePermit>,
    large: Option<OwnedSemaphorePermit>,
}

impl Bodies {
    /// Room for `places` bodies under way, of at most `most` bytes each and `room` together, each of which may take
    /// `within`.
    pub fn new(places: usize, most: usize, room: usize, within: Duration) -> Self {
        let semaphore = |bytes: usize| Arc::new(Semaphore::new(bytes / UNIT));
        Self {
            most,
            within,
            all: semaphore(room),
            large: semaphore(room / 4 * 3),
            places,
            readers: Mutex::default(),
        }
    }

    /// Reads a body to its end.
    ///
    /// # Errors
    /// When it is too large or too slow, or there is no room for it.
    pub async fn read<B: Body<Data = Bytes> + Unpin>(&self, body: B) -> Result<Held, Unread> {
        let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if declared > self.most {
            return Err(Unread::TooLarge);
        }
        let (number, go) = self.begin()?;
        let read = tokio::select! {
            read = timeout(self.within, self.collect(body, declared)) => read.unwrap_or(Err(Unread::TooSlow)),
            () = go.notified() => Err(Unread::TooSlow),
        };
        self.lock().under_way.remove(&number);
        read
    }

    async fn collect<B: Body<Data = Bytes> + Unpin>(
        &self,
        mut body: B,
        declared: usize,
    ) -> Result<Held, Unread> {
        let (mut bytes, mut room) = (Vec::new(), Room::default());
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Unread::BrokenOff)?.into_data() else { continue };
            let needed = bytes.len() + data.len();
            if needed > self.most {
                return Err(Unread::TooLarge);
            }
            if needed > bytes.capacity() {
                // Room is taken for what has come, not for what was announced: announcing costs nothing.
                let grown = needed.max(bytes.capacity() * 2).max(FIRST).min(self.most);
                let grown = if declared >= needed { grown.min(declared) } else { grown };
                self.make_room(&mut room, grown).await?;
                bytes.reserve_exact(grown - bytes.len());
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Held { bytes, _room: room })
    }

    /// A place among those under way.
    fn begin(&self) -> Result<(u64, Arc<Notify>), Unread> {
        let mut readers = self.lock();
        if readers.under_way.len() >= self.places && !readers.send_slowest_away() {
            return Err(Unread::NoRoom);
        }
        let (number, go) = (readers.next, Arc::new(Notify::new()));
        readers.next += 1;
        readers.under_way.insert(number, Reader { since: Instant::now(), go: Arc::clone(&go) });
        Ok((number, go))
    }

    async fn make_room(&self, room: &mut Room, bytes: usize) -> Result<(), Unread> {
        if bytes > LARGE {
            let held = room.large.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
            let more = self.take(&self.large, bytes.div_ceil(UNIT) - held).await?;
            merge(&mut room.large, more);
        }
        let held = room.all.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = self.take(&self.all, bytes.div_ceil(UNIT) - held).await?;
        merge(&mut room.all, more);
        Ok(())
    }

    async fn take(&self, from: &Arc<Semaphore>, units: usize) -> Result<OwnedSemaphorePermit, Unread> {
        let units = u32::try_from(units).map_err(|_| Unread::TooLarge)?;
        if let Ok(permit) = Arc::clone(from).try_acquire_many_owned(units) {
            return Ok(permit);
        }
        if !self.lock().send_slowest_away() {
            return Err(Unread::NoRoom);
        }
        let permit = timeout(GOING, Arc::clone(from).acquire_many_owned(units)).await;
        permit.ok().and_then(Result::ok).ok_or(Unread::NoRoom)
    }

    fn lock(&self) -> MutexGuard<'_, Readers> {
        // Every change is one insert or remove.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Readers {
    /// Tells the oldest to go; whether there was one that is slow.
    fn send_slowest_away(&mut self) -> bool {
        let is_slow =
            self.under_way.first_key_value().is_some_and(|(_, oldest)| oldest.since.elapsed() > SLOW);
        if is_slow && let Some((_, oldest)) = self.under_way.pop_first() {
            oldest.go.notify_one();
        }
        is_slow
    }
}

fn merge(held: &mut Option<OwnedSemaphorePermit>, more: OwnedSemaphorePermit) {
    match held {
        Some(held) => held.merge(more),
        None => *held = Some(more),
    }
}
