//! What a process prints: a pipe, as on a cluster, so that a command may open `/dev/stderr` anew without
//! cutting off what was printed before. The thread that waits for the process empties it into the log.

use std::{
    fs::File,
    io::{self, PipeReader, Read, Write},
    os::{fd::AsFd, unix::process::CommandExt},
    process::{Command, Stdio},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid},
};

/// So much is copied at once: a quarter of what a pipe holds.
const BLOCK: usize = 16 * 1024;

/// Where the system has no descriptor left to wait for a process, it is looked at so often.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Both outputs of a process, in the order in which they are written.
#[derive(Debug)]
pub struct Output {
    /// Absent once nobody can write to it any more, or the log cannot be written.
    pipe: Option<PipeReader>,
    log: File,
    fault: Option<io::Error>,
}

impl Output {
    /// Makes a command the leader of a process group of its own, with nothing to read and both outputs
    /// going to the log. Dropping the command closes its end.
    ///
    /// # Errors
    /// The system's own.
    pub fn connect(command: &mut Command, log: File) -> io::Result<Self> {
        let (pipe, out) = io::pipe()?;
        let err = out.try_clone()?;
        command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
        Ok(Self { pipe: Some(pipe), log, fault: None })
    }

    /// Copies for as long as the process runs, and leaves it to be reaped. Others may hold the pipe
    /// open beyond its end; nobody waits for them.
    pub fn copy_while_running(&mut self, leader: Pid) {
        let process = pidfd_open(leader, PidfdFlags::empty()).ok();
        let pause = Timespec::try_from(BETWEEN_LOOKS).ok().filter(|_| process.is_none());
        while let Some(pipe) = &self.pipe {
            let mut waited = vec![PollFd::new(pipe, PollFlags::IN)];
            waited.extend(process.iter().map(|process| PollFd::new(process, PollFlags::IN)));
            if poll(&mut waited, pause.as_ref()).is_err() {
                continue; // a signal came
            }
            let has_output = waited.first().is_some_and(|pipe| !pipe.revents().is_empty());
            let has_ended = match waited.get(1) {
                Some(process) => !process.revents().is_empty(),
                None => has_ended(leader, WaitIdOptions::NOHANG),
            };
            if has_ended {
                return;
            }
            if has_output {
                self.copy(BLOCK);
            }
        }
        wait(leader);
    }

    /// Copies what was printed by now: once the process has ended, all that it printed.
    ///
    /// # Errors
    /// The log could not be written, now or before, and something is missing in it.
    pub fn finish(mut self) -> io::Result<()> {
        let waiting = |pipe: &PipeReader| rustix::io::ioctl_fionread(pipe.as_fd()).unwrap_or_default();
        // What is printed from now on, by those who outlive the process, does not count.
        let mut left = self.pipe.as_ref().map_or(0, waiting) as usize;
        while left > 0 {
            match self.copy(left.min(BLOCK)) {
                0 => break,
                copied => left -= copied,
            }
        }
        self.fault.map_or(Ok(()), Err)
    }

    /// Copies at most so much of what is there. Returns how much; 0 where nothing more can come.
    fn copy(&mut self, most: usize) -> usize {
        let Some(pipe) = &mut self.pipe else { return 0 };
        let mut block = [0; BLOCK];
        let read = loop {
            match pipe.read(&mut block[..most]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let copied = read.and_then(|count| self.log.write_all(&block[..count]).map(|()| count));
        match copied {
            Ok(count @ 1..) => return count,
            Ok(0) => {}
            Err(error) => self.fault = Some(error),
        }
        // Whoever prints on learns that nobody listens.
        self.pipe = None;
        0
    }
}

/// Waits until a process has ended, and leaves it to be reaped.
fn wait(leader: Pid) {
    while !has_ended(leader, WaitIdOptions::empty()) {}
}

fn has_ended(leader: Pid, how: WaitIdOptions) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | how;
    !matches!(waitid(WaitId::Pid(leader), options), Ok(None) | Err(rustix::io::Errno::INTR))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// What a log holds after a command has ended.
    fn printed(script: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(dir.path());
        let mut output = Output::connect(&mut command, File::create_new(&log).unwrap()).unwrap();
        let mut child = command.spawn().unwrap();
        drop(command);
        output.copy_while_running(Pid::from_raw(child.id().cast_signed()).unwrap());
        output.finish().unwrap();
        child.wait().unwrap();
        std::fs::read_to_string(log).unwrap()
    }

    #[test]
    fn an_output_opened_anew_cuts_nothing_off() {
        let script =
            "echo 1; echo 2 >/dev/stderr; echo 3 >/dev/stdout; (echo 4 >&2); cat; echo 5 >>/dev/stderr";
        assert_eq!(printed(script), "1\n2\n3\n4\n5\n");
    }

    #[test]
    fn everything_is_copied_however_much_it_is() {
        for bytes in [0, 1, BLOCK, 4 * BLOCK, 4 * BLOCK + 1, 3_000_001] {
            assert_eq!(printed(&format!("head -c {bytes} /dev/zero")).len(), bytes);
        }
    }

    #[test]
    fn what_was_printed_before_the_end_is_there_though_others_hold_the_pipe() {
        let start = Instant::now();
        // The other one goes with its pipe.
        let script = "(trap '' HUP; while echo more; do sleep 0.01; done 2>/dev/null) & \
                      while [ $((n += 1)) -le 1000 ]; do echo mine; done; exec >/dev/null 2>&1";
        assert_eq!(printed(script).matches("mine\n").count(), 1000);
        assert_eq!(printed("sleep 5 & echo 1"), "1\n");
        assert!(start.elapsed().as_secs() < 4, "nobody waited for it");
    }

    #[test]
    fn a_process_that_closes_its_outputs_is_waited_for() {
        let start = Instant::now();
        assert_eq!(printed("echo 1; exec >/dev/null 2>&1; sleep 0.3"), "1\n");
        assert!(start.elapsed().as_millis() >= 300);
    }

    #[test]
    fn a_log_that_cannot_be_written_is_said_and_ends_the_printing() {
        let mut command = Command::new("sh");
        command.args(["-c", "while :; do echo more || exit 9; done"]);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut output = Output::connect(&mut command, full).unwrap();
        let mut child = command.spawn().unwrap();
        drop(command);
        output.copy_while_running(Pid::from_raw(child.id().cast_signed()).unwrap());
        assert_eq!(output.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(!child.wait().unwrap().success());
    }
}
