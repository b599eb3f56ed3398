//! Signals, as messages.

use std::{fs, io, process::ExitCode, sync::mpsc::Sender, thread};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGWINCH},
    iterator::Signals,
};

/// A signal that a run knows what to do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End everything, and then this program; the number is the signal's.
    Stop(i32),
    /// The terminal has another size.
    Resized,
}

impl Signal {
    /// What a program says that was ended by this signal: 130 after Ctrl-C.
    pub fn exit_code(number: i32) -> ExitCode {
        ExitCode::from(u8::try_from(number).map_or(u8::MAX, |number| number.saturating_add(128)))
    }
}

/// Sends every signal that comes from now on, as what `wrap` makes of it. A signal that was ignored
/// when this program started (`nohup`, a background job of a script) stays ignored.
///
/// # Errors
/// The system refuses.
pub fn send<T: Send + 'static>(
    sender: Sender<T>,
    wrap: impl Fn(Signal) -> T + Send + 'static,
) -> io::Result<()> {
    let ignored = ignored();
    let watched = [SIGINT, SIGTERM, SIGHUP, SIGWINCH].into_iter().filter(|number| !has(ignored, *number));
    let mut signals = Signals::new(watched)?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for number in signals.forever() {
            let signal = if number == SIGWINCH { Signal::Resized } else { Signal::Stop(number) };
            if sender.send(wrap(signal)).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

/// The mask of ignored signals, as the kernel shows it; nothing where it does not.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

fn has(mask: u64, number: i32) -> bool {
    (1..=64).contains(&number) && mask >> (number - 1) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_counts_from_one() {
        assert!(has(1, SIGHUP) && has(2, SIGINT) && !has(2, SIGHUP) && !has(u64::MAX, 0));
    }
}
