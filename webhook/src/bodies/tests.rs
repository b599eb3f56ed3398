use http_body_util::Full;
use http_body_util::channel::Channel;

use super::*;

const PATIENCE: Duration = Duration::from_secs(5);

fn body(bytes: usize) -> Full<Bytes> {
    Full::new(Bytes::from(vec![0; bytes]))
}

#[tokio::test]
async fn bodies_are_read_whole_up_to_their_bound() {
    let bodies = Bodies::new(2, 1000, 1 << 20, PATIENCE);
    for bytes in [0, 1, 999, 1000] {
        assert_eq!(bodies.read(body(bytes)).await.unwrap().bytes.len(), bytes);
    }
    assert_eq!(bodies.read(body(1001)).await.unwrap_err(), Unread::TooLarge);
    // One that does not say how long it is.
    let (mut send, endless) = Channel::<Bytes>::new(4);
    for _ in 0..4 {
        send.send_data(Bytes::from_static(&[0; 300])).await.unwrap();
    }
    assert_eq!(bodies.read(endless).await.unwrap_err(), Unread::TooLarge);
}

#[tokio::test]
async fn room_is_given_back() {
    let bodies = Bodies::new(1, 600 << 10, 1 << 20, PATIENCE);
    let held = bodies.read(body(600 << 10)).await.unwrap();
    // Large ones share three quarters of the room, and small ones find some beside them.
    assert_eq!(bodies.read(body(300 << 10)).await.unwrap_err(), Unread::NoRoom);
    let small = bodies.read(body(200 << 10)).await.unwrap();
    drop((held, small));
    for _ in 0..10 {
        bodies.read(body(600 << 10)).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_slow_goes_first() {
    let bodies = Arc::new(Bodies::new(2, 1 << 20, 1 << 20, PATIENCE));
    let read = |body: Channel<Bytes>| {
        let bodies = Arc::clone(&bodies);
        tokio::spawn(async move { bodies.read(body).await.map(|held| held.bytes.len()) })
    };
    let (_first, oldest) = Channel::<Bytes>::new(1);
    let oldest = read(oldest);
    tokio::time::sleep(SLOW / 2).await;
    let (second, younger) = Channel::<Bytes>::new(1);
    let younger = read(younger);
    tokio::task::yield_now().await;
    // Nobody is slow yet.
    assert_eq!(bodies.read(body(1)).await.unwrap_err(), Unread::NoRoom);
    tokio::time::sleep(SLOW).await;
    assert!(bodies.read(body(1)).await.is_ok());
    assert_eq!(oldest.await.unwrap(), Err(Unread::TooSlow));
    drop(second);
    assert_eq!(younger.await.unwrap(), Ok(0));
    // And nobody is waited for without end.
    let (_third, endless) = Channel::<Bytes>::new(1);
    assert_eq!(read(endless).await.unwrap(), Err(Unread::TooSlow));
}
