//! The way to an API server: who is asked, how long, and what is said where that fails.
//!
//! A command's handler is an async function of a [`Session`], which any [`kube::Client`] can stand for; what
//! it asks is a request by [`path`], what it gets is text, a decoded struct or lines.

pub mod connection;
pub mod error;
pub mod execution;
#[cfg(test)]
pub mod fixture;
pub mod lines;
pub mod one;
pub mod page;
pub mod path;
pub mod proxy;
pub mod refusal;
pub mod session;
pub mod warning;
pub mod watch;

use std::process::ExitCode;

pub use connection::ConnectionArgs;
pub use error::Error;
pub use session::Session;

use crate::{print, render::text::printable};

/// Connects, runs a command's handler, and tells the person what went wrong.
pub fn block_on(
    connection: &ConnectionArgs,
    command: impl AsyncFnOnce(&Session) -> Result<ExitCode, Error>,
) -> ExitCode {
    answered(connection, command).unwrap_or_else(|error| {
        print::talk(&error.report());
        ExitCode::FAILURE
    })
}

/// The same for who says in words of his own what went wrong.
///
/// # Errors
/// What went wrong.
pub fn answered(
    connection: &ConnectionArgs,
    command: impl AsyncFnOnce(&Session) -> Result<ExitCode, Error>,
) -> Result<ExitCode, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Error::command(format!("this machine gives no means to wait for a server: {error}"))
    })?;
    let result = runtime.block_on(async {
        let session = Session::connect(connection).await?;
        let ended = command(&session).await;
        for warning in session.take_warnings() {
            print::talk(&format!("warning: {}\n", printable(&warning)));
        }
        ended
    });
    // What is left is a connection or a login program, and nobody waits for either any more.
    runtime.shutdown_background();
    result
}
