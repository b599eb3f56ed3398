//! Candidates against one Lease in memory, in paused time.

mod server;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gene_daemon::admin::Readiness;
use proptest::prelude::*;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::{LeaderError, Settings, lead};
use crate::metrics::Metrics;
use server::{Fault, Network, Server};

/// How many candidates work, and the most that ever did at once.
#[derive(Default)]
struct Watched {
    now: AtomicUsize,
    most: AtomicUsize,
    changed: watch::Sender<Option<usize>>,
}

/// Counts one who works, until it is dropped.
struct Working(Arc<Watched>);

impl Working {
    fn begin(watched: &Arc<Watched>, who: usize) -> Self {
        let now = watched.now.fetch_add(1, Ordering::SeqCst) + 1;
        watched.most.fetch_max(now, Ordering::SeqCst);
        watched.changed.send_replace(Some(who));
        Self(Arc::clone(watched))
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.send_if_modified(|who| who.take().is_some());
    }
}

struct Candidate {
    network: Network,
    stop: watch::Sender<bool>,
    readiness: Readiness,
    task: JoinHandle<Result<(), LeaderError>>,
}

fn settings(identity: &str) -> Settings {
    Settings::new("gene-system".to_owned(), "gene-controller".to_owned(), identity.to_owned())
}

/// A candidate whose work goes on for `farewell` after it is asked to stop.
fn candidate(server: &Arc<Server>, watched: &Arc<Watched>, who: usize, farewell: Duration) -> Candidate {
    let network = Network::default();
    let client = server.client(&network);
    let (stop, stopped) = watch::channel(false);
    let watched = Arc::clone(watched);
    let work = move |mut stop: watch::Receiver<bool>| {
        let watched = Arc::clone(&watched);
        async move {
            let _working = Working::begin(&watched, who);
            let _ = stop.wait_for(|stop| *stop).await;
            sleep(farewell).await;
            Ok::<_, Infallible>(())
        }
    };
    let readiness = Readiness::new();
    let gate = readiness.wait_for("lease");
    let settings = settings(&format!("candidate-{who}"));
    let task = tokio::spawn(lead(client, settings, stopped, Arc::new(Metrics::new()), gate, work));
    Candidate { network, stop, readiness, task }
}

/// Waits until `who` works (no one: `None`), and says how long that took.
async fn until(watched: &Arc<Watched>, who: Option<usize>) -> Duration {
    let began = Instant::now();
    let mut changed = watched.changed.subscribe();
    let reached = timeout(Duration::from_mins(1), changed.wait_for(|now| *now == who)).await;
    assert!(reached.is_ok(), "{who:?} does not work after a minute");
    began.elapsed()
}

const NONE: Duration = Duration::ZERO;

#[tokio::test(start_paused = true)]
async fn the_first_leads_at_once_and_a_clean_end_hands_over_at_once() {
    let (server, watched) = (Server::empty(), Arc::default());
    let first = candidate(&server, &watched, 1, NONE);
    assert!(until(&watched, Some(1)).await < Duration::from_millis(100));
    let second = candidate(&server, &watched, 2, NONE);
    sleep(Duration::from_mins(10)).await;
    assert_eq!(*watched.changed.borrow(), Some(1));
    assert!(second.readiness.missing().is_empty(), "a standby is ready");
    first.stop.send(true).unwrap();
    assert!(until(&watched, Some(2)).await <= Duration::from_secs(3));
    assert!(first.task.await.unwrap().is_ok());
    assert_eq!(server.spec()["leaseTransitions"], 2, "{}", server.spec());
    second.stop.send(true).unwrap();
    assert!(second.task.await.unwrap().is_ok());
    assert_eq!(server.spec()["holderIdentity"], "");
    assert_eq!(watched.most.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_another_leads_within_twenty_seconds_and_not_before_the_lease_expires() {
    let (server, watched) = (Server::empty(), Arc::default());
    let first = candidate(&server, &watched, 1, NONE);
    until(&watched, Some(1)).await;
    let _second = candidate(&server, &watched, 2, NONE);
    sleep(Duration::from_secs(33)).await;
    first.task.abort();
    until(&watched, None).await;
    let took = until(&watched, Some(2)).await;
    assert!((Duration::from_secs(12)..=Duration::from_secs(20)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_restarted_candidate_of_the_same_identity_leads_at_once() {
    let (server, watched) = (Server::empty(), Arc::default());
    let first = candidate(&server, &watched, 1, NONE);
    until(&watched, Some(1)).await;
    first.task.abort();
    until(&watched, None).await;
    let _again = candidate(&server, &watched, 1, NONE);
    assert!(until(&watched, Some(1)).await < Duration::from_millis(100));
    assert_eq!(server.spec()["leaseTransitions"], 1, "it did not change hands");
}

#[tokio::test(start_paused = true)]
async fn a_second_process_of_the_same_identity_ends_the_term_of_the_first() {
    let (server, watched) = (Server::empty(), Arc::<Watched>::default());
    let _first = candidate(&server, &watched, 1, NONE);
    until(&watched, Some(1)).await;
    let _second = candidate(&server, &watched, 1, NONE);
    sleep(Duration::from_millis(2500)).await;
    assert_eq!(watched.now.load(Ordering::SeqCst), 1, "they do not both work for longer than a renewal");
}

#[tokio::test(start_paused = true)]
async fn one_of_many_that_begin_together_wins() {
    let (server, watched) = (Server::empty(), Arc::<Watched>::default());
    let candidates: Vec<_> = (0..10).map(|who| candidate(&server, &watched, who, NONE)).collect();
    sleep(Duration::from_mins(1)).await;
    assert_eq!(watched.now.load(Ordering::SeqCst), 1);
    assert_eq!(watched.most.load(Ordering::SeqCst), 1);
    assert!(server.conflicts() > 0, "nobody lost a race");
    assert!(candidates.iter().all(|candidate| !candidate.task.is_finished()));
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_api_server_is_away_stops_before_the_lease_can_expire() {
    for fault in [Fault::Silent, Fault::Fails, Fault::Refused] {
        let (server, watched) = (Server::empty(), Arc::default());
        let first = candidate(&server, &watched, 1, NONE);
        until(&watched, Some(1)).await;
        let _second = candidate(&server, &watched, 2, NONE);
        sleep(Duration::from_secs(21)).await;
        first.network.set(fault);
        let stopped = until(&watched, None).await;
        assert!(stopped <= Duration::from_secs(10), "{fault:?}: {stopped:?}");
        let taken = until(&watched, Some(2)).await;
        assert!(
            taken >= Duration::from_secs(3) && stopped + taken <= Duration::from_secs(20),
            "{fault:?}: {taken:?}"
        );
        let missing = first.readiness.missing();
        assert_eq!(missing.len(), 1, "{fault:?}");
        assert!(
            missing[0].1.contains("cannot get lease \"gene-system/gene-controller\""),
            "{fault:?}: {missing:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn short_outages_and_lost_answers_do_not_end_a_term() {
    let (server, watched) = (Server::empty(), Arc::default());
    let first = candidate(&server, &watched, 1, NONE);
    until(&watched, Some(1)).await;
    let _second = candidate(&server, &watched, 2, NONE);
    let mut changed = watched.changed.subscribe();
    for fault in [Fault::Silent, Fault::Fails, Fault::AnswerLost, Fault::AnswerLost, Fault::Refused] {
        first.network.set(fault);
        sleep(Duration::from_secs(4)).await;
        first.network.set(Fault::None);
        sleep(Duration::from_secs(8)).await;
    }
    changed.mark_unchanged();
    assert_eq!(*changed.borrow(), Some(1));
    assert_eq!(watched.most.load(Ordering::SeqCst), 1);
    assert_eq!(server.spec()["leaseTransitions"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_take_whose_answer_is_lost_is_found_out() {
    let (server, watched) = (Server::empty(), Arc::default());
    let first = candidate(&server, &watched, 1, NONE);
    first.network.set(Fault::AnswerLost);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(*watched.changed.borrow(), None::<usize>);
    first.network.set(Fault::None);
    assert!(until(&watched, Some(1)).await <= Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_taken_or_deleted_ends_the_term_at_the_next_renewal() {
    let (server, watched) = (Server::empty(), Arc::default());
    let _first = candidate(&server, &watched, 1, NONE);
    until(&watched, Some(1)).await;
    server.seize("somebody else", "2000-01-01T00:00:00.000000Z");
    assert!(until(&watched, None).await <= Duration::from_secs(3));
    let back = until(&watched, Some(1)).await;
    assert!((Duration::from_secs(15)..=Duration::from_secs(20)).contains(&back), "{back:?}");
    server.delete();
    assert!(until(&watched, None).await <= Duration::from_secs(3));
    until(&watched, Some(1)).await;
}

#[tokio::test(start_paused = true)]
async fn the_holders_clock_does_not_matter() {
    for renewed in ["1970-01-01T00:00:00.000000Z", "2999-12-31T23:59:59.000000Z"] {
        let (server, watched) = (Server::empty(), Arc::default());
        server.seize("somebody else", renewed);
        let _second = candidate(&server, &watched, 2, NONE);
        let took = until(&watched, Some(2)).await;
        assert!((Duration::from_secs(15)..=Duration::from_secs(20)).contains(&took), "{renewed}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_takes_leave_keeps_the_lease_until_it_is_done() {
    let (server, watched) = (Server::empty(), Arc::default());
    let first = candidate(&server, &watched, 1, Duration::from_secs(8));
    until(&watched, Some(1)).await;
    let _second = candidate(&server, &watched, 2, NONE);
    sleep(Duration::from_secs(7)).await;
    let renewals = server.writes();
    first.stop.send(true).unwrap();
    let handed_over = until(&watched, Some(2)).await;
    assert!((Duration::from_secs(8)..=Duration::from_secs(11)).contains(&handed_over), "{handed_over:?}");
    assert!(server.writes() - renewals >= 5, "it was renewed in the meantime");
    assert_eq!(watched.most.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn work_that_does_not_end_is_broken_off() {
    let (server, watched) = (Server::empty(), Arc::default());
    let first = candidate(&server, &watched, 1, Duration::from_hours(1));
    until(&watched, Some(1)).await;
    first.stop.send(true).unwrap();
    let began = Instant::now();
    assert!(first.task.await.unwrap().is_ok());
    assert!(began.elapsed() <= Duration::from_millis(10_100), "{:?}", began.elapsed());
    assert_eq!(server.spec()["holderIdentity"], "");
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_does_not_lead_stops_at_once_whatever_the_network_does() {
    let (server, watched) = (Server::empty(), Arc::default());
    let first = candidate(&server, &watched, 1, NONE);
    first.network.set(Fault::Silent);
    sleep(Duration::from_secs(1)).await;
    first.stop.send(true).unwrap();
    let ended = timeout(Duration::from_millis(100), first.task).await.unwrap();
    assert!(ended.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn work_that_fails_ends_leading_with_its_error_and_frees_the_lease() {
    let server = Server::empty();
    let (_stop, stopped) = watch::channel(false);
    let gate = Readiness::new().wait_for("lease");
    let work = |_| async { Err::<(), _>(std::io::Error::other("out of order")) };
    let client = server.client(&Network::default());
    let ended = lead(client, settings("a"), stopped, Arc::default(), gate, work).await;
    assert_eq!(ended.unwrap_err().to_string(), "out of order");
    assert_eq!(server.spec()["holderIdentity"], "");
}

#[tokio::test(start_paused = true)]
async fn settings_that_contradict_each_other_are_refused() {
    let second = Duration::from_secs(1);
    for (settings, said) in [
        (Settings { identity: String::new(), ..settings("a") }, "identity"),
        (Settings { name: String::new(), ..settings("a") }, "name"),
        (Settings { retry: NONE, ..settings("a") }, "more than 0s"),
        (
            Settings { retry: second * 10, ..settings("a") },
            "(10s) must be less than the renew deadline (10s)",
        ),
        (Settings { duration: second * 10, ..settings("a") }, "(10s) must be less than the duration (10s)"),
    ] {
        let (_stop, stopped) = watch::channel(false);
        let gate = Readiness::new().wait_for("lease");
        let client = Server::empty().client(&Network::default());
        let work = |_| async { Ok::<_, Infallible>(()) };
        let error =
            lead(client, settings, stopped, Arc::default(), gate, work).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever the network does to whom, at most one works, and when it is mended one does.
    #[test]
    fn never_two_at_once(schedule in prop::collection::vec((0..3_usize, 0..5_usize, 0..20_000_u64), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let (server, watched) = (Server::empty(), Arc::<Watched>::default());
            let candidates: Vec<_> = (0..3).map(|who| candidate(&server, &watched, who, NONE)).collect();
            for (who, fault, pause) in schedule {
                candidates[who].network.set(Fault::ALL[fault]);
                sleep(Duration::from_millis(pause)).await;
                assert!(watched.most.load(Ordering::SeqCst) <= 1, "two worked at once");
            }
            for candidate in &candidates {
                candidate.network.set(Fault::None);
            }
            sleep(Duration::from_secs(25)).await;
            assert_eq!(watched.now.load(Ordering::SeqCst), 1, "nobody works");
            assert_eq!(watched.most.load(Ordering::SeqCst), 1, "two worked at once");
        });
    }
}
