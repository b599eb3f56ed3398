//! Standard output or standard error, whichever shows progress.

use std::io::{self, IsTerminal, Write};

use rustix::{stdio, termios};

/// The stream that shows progress: standard output, unless that is kept for the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

impl Stream {
    /// Whether a picture can be redrawn there.
    pub fn is_terminal(self) -> bool {
        let is_terminal = match self {
            Self::Out => io::stdout().is_terminal(),
            Self::Err => io::stderr().is_terminal(),
        };
        is_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb" && !term.is_empty())
    }

    /// Columns and rows; those of the first terminals where it does not say.
    pub fn size(self) -> (usize, usize) {
        let size = match self {
            Self::Out => termios::tcgetwinsize(stdio::stdout()),
            Self::Err => termios::tcgetwinsize(stdio::stderr()),
        };
        match size {
            Ok(size) if size.ws_col > 0 && size.ws_row > 1 => (size.ws_col.into(), size.ws_row.into()),
            _ => (80, 24),
        }
    }

    /// Writes. A reader that has gone away keeps no run from going on, so errors count for nothing.
    pub fn write(self, text: &str) {
        if text.is_empty() {
            return;
        }
        let _ = match self {
            Self::Out => write_flushed(io::stdout().lock(), text),
            Self::Err => write_flushed(io::stderr().lock(), text),
        };
    }
}

fn write_flushed(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}
