//! What the end of a process means.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

use gene_engine::Failure;

/// `None` where the command succeeded.
pub fn failure(status: ExitStatus) -> Option<Failure> {
    if status.success() {
        return None;
    }
    let (message, exit_code) = match (status.code(), status.signal()) {
        (Some(code), _) => (format!("exit code {code}"), code),
        // A container's exit code for a signal, so that one rule reads both.
        (None, Some(signal)) => (format!("killed by signal {signal}{}", signal_name(signal)), 128 + signal),
        (None, None) => (format!("ended in an unknown way: {status}"), 255),
    };
    Some(Failure { reason: "Error".to_owned(), message, exit_code: Some(exit_code) })
}

/// The task's `activeDeadlineSeconds` is over; in the Job controller's words.
pub fn deadline_exceeded() -> Failure {
    Failure {
        reason: "DeadlineExceeded".to_owned(),
        message: "Job was active longer than specified deadline".to_owned(),
        exit_code: None,
    }
}

/// What was printed is not all in the log. An attempt that otherwise succeeded fails by it, as tasks
/// may be made from what it printed.
pub fn log_incomplete(why: &str, failure: Option<Failure>) -> Failure {
    let exit_code = failure.and_then(|failure| failure.exit_code);
    Failure {
        reason: "LogIncomplete".to_owned(),
        message: format!("its log cannot be written: {why}"),
        exit_code,
    }
}

/// The signals that end programs, as Linux on most processors numbers them.
fn signal_name(signal: i32) -> &'static str {
    match signal {
        1 => " (SIGHUP)",
        2 => " (SIGINT)",
        3 => " (SIGQUIT)",
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        13 => " (SIGPIPE)",
        14 => " (SIGALRM)",
        15 => " (SIGTERM)",
        24 => " (SIGXCPU)",
        25 => " (SIGXFSZ)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_told_as_a_container_tells_them() {
        let told = |raw: i32| failure(ExitStatus::from_raw(raw)).map(|f| (f.message, f.exit_code));
        assert_eq!(told(0), None);
        assert_eq!(told(3 << 8), Some(("exit code 3".to_owned(), Some(3))));
        assert_eq!(told(9), Some(("killed by signal 9 (SIGKILL)".to_owned(), Some(137))));
        assert_eq!(told(0x8b), Some(("killed by signal 11 (SIGSEGV)".to_owned(), Some(139))));
        assert_eq!(told(40), Some(("killed by signal 40".to_owned(), Some(168))));
    }
}
