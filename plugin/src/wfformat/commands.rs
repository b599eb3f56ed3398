//! What the tasks of a converted recording do.

use std::str::FromStr;

use gene_types::{
    field::{FieldError, FieldErrorKind},
    limits::MAX_ARGUMENT_BYTES,
};

use crate::render::shell::{is_plain, quoted, word};

use super::{
    faults::Faults,
    recording::{Recorded, RecordedCommand},
};

/// Where the commands come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Commands {
    /// What was recorded. A task without a recorded command runs `true`.
    Recorded,
    /// Sleep for the recorded run time times `scale`. A task without a recorded run time sleeps 0 s.
    Sleep {
        /// From 0.
        scale: f64,
    },
}

impl FromStr for Commands {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let scale = match text.split_once('=') {
            None if text == "recorded" => return Ok(Self::Recorded),
            None if text == "sleep" => "1",
            Some(("sleep", scale)) => scale,
            _ => return Err("want recorded, sleep or sleep=SCALE".to_owned()),
        };
        match scale.parse::<f64>() {
            // A negative zero would be written with its sign.
            Ok(scale) if scale.is_finite() && scale >= 0.0 => Ok(Self::Sleep { scale: scale.abs() }),
            _ => Err(format!("SCALE is \"{scale}\"; want a number from 0, such as 0.001")),
        }
    }
}

impl Commands {
    /// The command of each task.
    pub(super) fn lines(
        self,
        tasks: &[Recorded],
        warnings: &mut Vec<String>,
        faults: &mut Faults,
    ) -> Vec<String> {
        let mut lacking = 0_usize;
        let lines = tasks.iter().map(|task| {
            let line = match self {
                Self::Recorded => task.command.as_ref().map(|command| recorded(command, faults)),
                Self::Sleep { scale } => task.seconds.map(|seconds| sleep(task, seconds * scale, faults)),
            };
            line.unwrap_or_else(|| {
                lacking += 1;
                if self == Self::Recorded { "true".to_owned() } else { "sleep 0.000".to_owned() }
            })
        });
        let lines = lines.collect();
        if lacking > 0 {
            let of = format!("for {lacking} of {} tasks", tasks.len());
            warnings.push(match self {
                Self::Recorded => format!(
                    "no command is recorded {of}: they run \"true\" (with --commands sleep they would sleep for the recorded time)"
                ),
                Self::Sleep { .. } => format!("no run time is recorded {of}: they sleep 0 s"),
            });
        }
        lines
    }
}

/// Without an exponent, which no `sleep` reads.
fn sleep(task: &Recorded, seconds: f64, faults: &mut Faults) -> String {
    // Some 30 years: what is longer is a mistake, or more than a `sleep` takes.
    const LONGEST: f64 = 1e9;
    if seconds > LONGEST {
        let message = format!("the task would sleep {seconds:e} s");
        let fault = FieldError::new(task.path.clone(), FieldErrorKind::Invalid, message);
        faults.push(fault.help(format!("take a smaller SCALE: it may sleep {LONGEST:e} s at most")));
    }
    format!("sleep {seconds:.3}")
}

/// Program and arguments as one line for a shell.
fn recorded(command: &RecordedCommand, faults: &mut Faults) -> String {
    let mut words: Vec<String> = Vec::with_capacity(1 + command.arguments.len());
    let program = command.program.trim();
    match program {
        "" => {}
        // A command line rather than a file's name with blanks in it.
        _ if program.contains(char::is_whitespace) => words.push(program.to_owned()),
        // With a `=` the shell would take it for an assignment.
        _ if program.contains('=') => words.push(quoted(program)),
        _ => words.push(word(program)),
    }
    words.extend(command.arguments.iter().map(|argument| argument_text(argument)));
    let line = words.join(" ");
    let refuse = |kind, message: String| {
        FieldError::new(command.path.clone(), kind, message)
            .help("--commands sleep does without recorded commands")
    };
    if line.len() > MAX_ARGUMENT_BYTES {
        let message = format!(
            "the command has {} bytes, more than the {MAX_ARGUMENT_BYTES} that can be executed",
            line.len()
        );
        faults.push(refuse(FieldErrorKind::TooLong, message));
    }
    if line.contains('\0') {
        faults.push(refuse(
            FieldErrorKind::Invalid,
            "the command holds a NUL character, which no command can".to_owned(),
        ));
    }
    line
}

/// An argument as it stands on a shell's line.
///
/// Recorders write what the shell was given: an option with its value as one argument (`--percent-cpu 0.6`,
/// `--out "{\"a.txt\": 1}"`), a redirection (`2>`), quotes and all. These stand as recorded, where
/// they are whole and nothing in them would be expanded. Any other argument is one word and is quoted where it needs to be.
fn argument_text(argument: &str) -> String {
    let is_written_for_a_shell = argument.starts_with(['-', '"', '\'']) && is_inert_shell_text(argument);
    if is_written_for_a_shell || is_redirection(argument) { argument.to_owned() } else { word(argument) }
}

/// `2>`, `>`, `>>`, `<`, `2>&1`, `2>errors.txt`, `&>log`, `|`: without a number before it an operator stands alone, since
/// `>chr1` is more likely a sequence's name.
fn is_redirection(argument: &str) -> bool {
    if ["<", ">", ">>", "|"].contains(&argument) {
        return true;
    }
    let operator = argument.trim_start_matches(|char: char| char.is_ascii_digit());
    let has_descriptor = operator.len() < argument.len();
    let target =
        match operator.strip_prefix("&>").or_else(|| operator.strip_prefix(">").filter(|_| has_descriptor)) {
            Some(target) => target.trim_start_matches(['>', '&']),
            None => return false,
        };
    target.chars().all(is_plain)
}

/// Whether quotes are closed, and nothing is special outside of them nor expanded inside.
fn is_inert_shell_text(text: &str) -> bool {
    let mut chars = text.chars();
    let mut quote = None;
    while let Some(char) = chars.next() {
        match (quote, char) {
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), _) if open == char => quote = None,
            (Some('\''), _) => {}
            // It takes the next character with it, except the end of a line.
            (_, '\\') if chars.next().is_some_and(|next| next != '\n') => {}
            (_, '\\') | (Some(_), '$' | '`') => return false,
            (None, _) if char != ' ' && !is_plain(char) => return false,
            (Some(_) | None, _) => {}
        }
    }
    quote.is_none()
}

#[cfg(test)]
mod tests {
    use gene_types::field::FieldPath;

    use super::*;

    fn line(program: &str, arguments: &[&str]) -> String {
        let command = RecordedCommand {
            program: program.to_owned(),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            path: FieldPath::root(),
        };
        let mut faults = Faults::default();
        let line = recorded(&command, &mut faults);
        assert_eq!(faults, Faults::default());
        line
    }

    #[test]
    fn a_choice_is_one_of_two() {
        let sleep = |scale| Ok(Commands::Sleep { scale });
        let cases = [
            ("recorded", Ok(Commands::Recorded)),
            ("sleep", sleep(1.0)),
            ("sleep=0", sleep(0.0)),
            ("sleep=0.001", sleep(0.001)),
            ("sleep=1e-3", sleep(0.001)),
            ("sleep=2.5", sleep(2.5)),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse(), expected, "{text}");
        }
        assert!(matches!("sleep=-0".parse(), Ok(Commands::Sleep { scale }) if scale.is_sign_positive()));
        for text in [
            "",
            "record",
            "sleep=",
            "sleep=-1",
            "sleep=inf",
            "sleep=NaN",
            "sleep=1e999",
            "sleep=x",
            "recorded=1",
            "sleep 1",
        ] {
            assert!(text.parse::<Commands>().is_err(), "{text}");
        }
    }

    #[test]
    fn arguments_keep_their_meaning_for_a_shell() {
        let cases: [(&str, &[&str], &str); 17] = [
            ("individuals", &["ALL.chr21.vcf", "21", "1"], "individuals ALL.chr21.vcf 21 1"),
            ("true", &[], "true"),
            ("cpuhog", &["--percent-cpu 0.6"], "cpuhog --percent-cpu 0.6"),
            ("cpuhog", &[r#"--out "{\"a.txt\":16}""#], r#"cpuhog --out "{\"a.txt\":16}""#),
            ("blastall", &["2>", "x.err"], "blastall 2> x.err"),
            ("x", &["2>&1", "2>e.txt", ">", "o", "|", "y"], "x 2>&1 2>e.txt > o | y"),
            ("grep", &[">chr1", "a.fa"], "grep '>chr1' a.fa"),
            ("echo", &["two words", "", "it's"], r"echo 'two words' '' 'it'\''s'"),
            ("echo", &["\"quoted text\"", "'x y'"], "echo \"quoted text\" 'x y'"),
            ("sh", &["-c", "a; b > c"], "sh -c 'a; b > c'"),
            ("echo", &["$HOME", "*.txt", "~", "`id`", "a\nb"], "echo '$HOME' '*.txt' '~' '`id`' 'a\nb'"),
            (
                "echo",
                &["--x $(id)", "--y \"$(id)\"", "--z \"open"],
                r#"echo '--x $(id)' '--y "$(id)"' '--z "open'"#,
            ),
            ("echo", &["--x a; id", "--x a\\"], r"echo '--x a; id' '--x a\'"),
            ("a=b", &["c"], "'a=b' c"),
            ("java -jar x.jar", &["c"], "java -jar x.jar c"),
            ("", &["./run", "x"], "./run x"),
            ("größe", &["日本"], "'größe' '日本'"),
        ];
        for (program, arguments, expected) in cases {
            assert_eq!(line(program, arguments), expected);
        }
    }
}
