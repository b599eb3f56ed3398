//! Cargo, called from a program that cargo runs.

use std::{env, process::Command};

/// The cargo that runs this program. What it says of this package in the environment is left out: builds that look
/// at it (ring's does) would begin anew whenever cargo is called in the other way.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let of_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(of_package) {
            cargo.env_remove(name);
        }
    }
    cargo
}
