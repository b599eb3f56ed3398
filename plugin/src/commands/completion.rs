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
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command().bin_name(PROGRAM), PROGRAM, &mut script);
    print::finish(&String::from_utf8_lossy(&script), ExitCode::SUCCESS)
}
