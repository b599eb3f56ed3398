//! Standard output or standard error, whichever shows progress.

use std::{
    io::{self, IsTerminal, Write},
    os::fd::BorrowedFd,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    stdio, termios,
};

/// A pipe that takes anything takes so much (`PIPE_BUF` of Linux).
const BLOCK: usize = 4096;

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
        match termios::tcgetwinsize(self.descriptor()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 1 => (size.ws_col.into(), size.ws_row.into()),
            _ => (80, 24),
        }
    }

    /// Writes for as long as the reader takes something within the patience, and leaves the rest: a reader
    /// that is slow (a pager) must not hold up a run. One that has gone away takes everything.
    pub fn write_some(self, bytes: &mut Vec<u8>, patience: Duration) {
        let stream = self.descriptor();
        // Longer than the system can tell is for ever.
        let patience = Timespec::try_from(patience).ok();
        let mut written = 0;
        while written < bytes.len() {
            if poll(&mut [PollFd::new(&stream, PollFlags::OUT)], patience.as_ref()) == Ok(0) {
                break;
            }
            let end = bytes.len().min(written + BLOCK);
            match rustix::io::write(stream, &bytes[written..end]) {
                Ok(count) => written += count,
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => written = bytes.len(),
            }
        }
        bytes.drain(..written);
    }

    fn descriptor(self) -> BorrowedFd<'static> {
        match self {
            Self::Out => stdio::stdout(),
            Self::Err => stdio::stderr(),
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
