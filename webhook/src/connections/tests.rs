use super::*;

const FIRST: Duration = Duration::from_secs(15);
const IDLE: Duration = Duration::from_mins(2);

fn admit(connections: &Arc<Connections>) -> Place {
    connections.admit().unwrap().0
}

/// Whether this connection was told to leave.
async fn must_leave(place: &Place) -> bool {
    tokio::select! {
        biased;
        leave = place.leave() => leave == Leave::Displaced,
        () = tokio::task::yield_now() => false,
    }
}

#[tokio::test(start_paused = true)]
async fn who_deserves_least_makes_room() {
    let connections = Connections::new(4, FIRST, IDLE);
    let [served, served_later, silent, judged] = [(); 4].map(|()| admit(&connections));
    served.answered();
    tokio::time::advance(Duration::from_secs(1)).await;
    served_later.answered();
    let judging = judged.judging();
    // The silent one first, then each that came since, for as long as there are such.
    let (mut newest, displaced) = connections.admit().unwrap();
    assert!(displaced && must_leave(&silent).await);
    for _ in 0..10 {
        let next = admit(&connections);
        assert!(must_leave(&newest).await && !must_leave(&served).await);
        newest = next;
    }
    // Then who has been idle for longest, and who is judged never.
    newest.answered();
    let another = admit(&connections);
    assert!(must_leave(&served).await && !must_leave(&served_later).await && !must_leave(&judged).await);
    assert_eq!(connections.count(), 4);
    let _all = [another.judging(), newest.judging(), served_later.judging()];
    assert!(connections.admit().is_none());
    drop(judging);
    assert!(connections.admit().is_some() && must_leave(&judged).await);
}

#[tokio::test(start_paused = true)]
async fn who_is_of_no_use_leaves_in_time() {
    let connections = Connections::new(4, FIRST, IDLE);
    let began = Instant::now();
    let place = admit(&connections);
    assert_eq!(place.leave().await, Leave::Idle);
    assert_eq!(began.elapsed(), FIRST);
    place.answered();
    assert_eq!(place.leave().await, Leave::Idle);
    assert_eq!(began.elapsed(), FIRST + IDLE);
    drop(place);
    assert_eq!(connections.count(), 0);
}
