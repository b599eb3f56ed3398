//! The one way to the outside: data to standard output, everything else to standard error.
//!
//! A reader that has gone away (`| head`) is no fault: what it did not want is dropped, and the
//! command goes on to its own exit code.

use std::{
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

use anstream::ColorChoice;

use crate::cli::Color;

/// Decides about colours, once, before anything is written.
pub fn colour(when: Color) {
    let choice = match when {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// Writes data, as it is, to standard output.
///
/// # Errors
/// It cannot be written, and not because the reader has gone away: a full disk.
pub fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    gone_is_fine(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Writes data as the last thing that a command does, and says what its exit code is then.
pub fn finish(text: &str, code: ExitCode) -> ExitCode {
    match data(text) {
        Ok(()) => code,
        Err(error) => {
            let reason = error.to_string();
            let reason = reason.split(" (os error").next().unwrap_or_default().to_lowercase();
            talk(&format!("error: cannot write to standard output: {reason}\n"));
            ExitCode::FAILURE
        }
    }
}

/// Writes a text for people to standard error. Colours are left out where they are not wanted.
pub fn talk(text: &str) {
    let mut err = anstream::stderr().lock();
    // Nobody is left to be told where even this cannot be written.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

fn gone_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
