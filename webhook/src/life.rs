//! How a server ends: it is no longer ready at once, goes on serving while that gets about, and then lets what runs end.

use std::sync::Arc;
use std::time::Duration;

use gene_daemon::admin::Gate;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::server::Server;

/// Serves until `stop` is true or its sender is gone, then for `delay` more, and until what was begun has ended, which is
/// bounded. `gate` is open until `stop`: when it closes, a Service sends nobody here any more, once all its proxies know.
pub async fn live(
    server: Arc<Server>,
    listener: TcpListener,
    gate: Gate,
    delay: Duration,
    mut stop: watch::Receiver<bool>,
) {
    let (end, ended) = watch::channel(false);
    gate.open();
    let ending = async move {
        // An error says that the sender is gone.
        let _ = stop.wait_for(|stop| *stop).await;
        gate.close("ending");
        tracing::info!("no longer ready; serving for another {delay:?}");
        sleep(delay).await;
        let _ = end.send(true);
        gate
    };
    // The gate is held to the end: one that is dropped is no longer asked for.
    tokio::join!(server.serve(listener, ended), ending);
}
