//! `kubectl gene completion`.

use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{
    cli::{Cli, CompletionArgs, CompletionShell},
    print,
};

/// The program that the script completes. kubectl hands the words after `kubectl gene` to a program of its
/// own kind, not to such a script, so it is the plain program that is completed.
const PROGRAM: &str = "kubectl-gene";

/// Prints the script.
pub fn run(args: &CompletionArgs) -> ExitCode {
    let shell = match args.shell {
        CompletionShell::Bash => Shell::Bash,
        CompletionShell::Zsh => Shell::Zsh,
        CompletionShell::Fish => Shell::Fish,
    };
    print::finish(&script(shell), ExitCode::SUCCESS)
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command().bin_name(PROGRAM), PROGRAM, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    // The generator calls the state of a command one thing where it enters it and another where it acts on
    // it, if there is a dash in the program's name: nothing but the commands' names would be completed.
    script.replace(&PROGRAM.replace('-', "__subcmd__"), &PROGRAM.replace('-', "__"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bash_acts_on_every_state_that_it_enters() {
        let script = script(Shell::Bash);
        let entered: Vec<&str> = script
            .lines()
            .filter_map(|line| line.trim().strip_prefix("cmd=\"")?.strip_suffix('"'))
            .filter(|state| !state.is_empty())
            .collect();
        assert!(entered.iter().any(|state| state.ends_with("lint")), "{entered:?}");
        for state in entered {
            let label = format!("{state})");
            assert!(script.lines().any(|line| line.trim() == label), "nothing is done in {state}");
        }
    }
}
