//! What `gene-certs` does for an admin: the commands, as far as they do not print.

pub mod check;
pub mod mounted;
pub mod own;
mod shown;
#[cfg(test)]
mod tests;

use anyhow::bail;

use crate::api::{Look, Server};
use crate::keep::time::Time;
use crate::settings::Settings;
use crate::step::Moment;

/// How often a write is tried again after somebody else was first.
const TRIES: usize = 20;

/// Looks, and insists on having seen everything.
async fn see(server: &Server, settings: &Settings, time: &mut Time) -> anyhow::Result<(Look, Moment)> {
    let look = server.look(settings).await;
    if !look.faults.is_empty() {
        bail!(look.faults.join("; "));
    }
    let now = time.moment(look.date);
    Ok((look, now))
}
