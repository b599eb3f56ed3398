use super::*;

const FIRST: Duration = Duration::from_secs(15);
const IDLE: Duration = Duration::from_mins(2);
const UNTAKEN: Duration = Duration::from_secs(5);

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
    let connections = Connections::new(4, FIRST, IDLE, UNTAKEN);
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
    let connections = Connections::new(4, FIRST, IDLE, UNTAKEN);
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

#[tokio::test(start_paused = true)]
async fn who_does_not_take_answers_leaves() {
    let connections = Connections::new(4, FIRST, IDLE, UNTAKEN);
    let [debtor, later, payer] = [(); 3].map(|()| admit(&connections));
    for place in [&debtor, &later, &payer] {
        place.answered();
    }
    drop(payer.owe());
    let began = Instant::now();
    let _debt = debtor.owe();
    // Nobody is slow yet.
    connections.send_debtor_away();
    tokio::time::advance(SLOW / 2).await;
    let _later = later.owe();
    tokio::time::advance(SLOW).await;
    // The oldest goes at once where others need the room, each once; the other when its time is over.
    connections.send_debtor_away();
    assert_eq!(debtor.leave().await, Leave::Untaken);
    assert_eq!(began.elapsed(), SLOW + SLOW / 2);
    assert_eq!(later.leave().await, Leave::Untaken);
    assert_eq!(began.elapsed(), SLOW / 2 + UNTAKEN);
    assert_eq!(payer.leave().await, Leave::Idle);
}
