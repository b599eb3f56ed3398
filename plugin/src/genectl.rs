//! The program called as `genectl`: the command line, the tables and the exit codes of KubeGene's own client.
//!
//! A small command line of its own, translated into what `kubectl gene` does; nothing is decided twice. Where that
//! client was wrong this one is right: see `docs/genectl.md`.

mod cli;
mod get;
mod page;
mod submit;
mod table;

use std::{ffi::OsStr, path::Path, process::ExitCode};

use clap::{Parser as _, error::ErrorKind};
use cli::{Cli, Command};

use crate::{
    cluster::{self, ConnectionArgs, Error, Session, error::LIST_ALL},
    commands::{change::named, delete::delete_in_background},
    observe, print,
    render::text::printable,
};

/// Whether a program that is called so is `genectl`: `/usr/bin/genectl`, `genectl.exe`.
pub fn is_called(program: Option<&OsStr>) -> bool {
    program.and_then(|program| Path::new(program).file_stem()).is_some_and(|stem| stem == "genectl")
}

/// The program: does what its command line says.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error),
    };
    let kubeconfig = cli.kubeconfig;
    let connection = |namespace: &str| ConnectionArgs {
        namespace: Some(namespace.to_owned()),
        kubeconfig: kubeconfig.clone(),
        ..ConnectionArgs::default()
    };
    match cli.command {
        Command::Sub(args) => submit::run(&args, &connection),
        Command::Get(args) => match args.names() {
            Ok(names) => ask(&connection(&args.namespace), async |session| {
                let text = get::get(session, &args, &names).await?;
                Ok(print::finish(&text, ExitCode::SUCCESS))
            }),
            Err(why) => refuse(&why),
        },
        Command::Describe(args) => match args.names.one() {
            Ok(name) => ask(&connection(&args.namespace), async |session| {
                let document = observe::execution(session, &name).await?;
                Ok(print::finish(&page::page(&document), ExitCode::SUCCESS))
            }),
            Err(why) => refuse(&why),
        },
        Command::Delete(args) => match args.names.one() {
            Ok(name) => ask(&connection(&args.namespace), async |session| {
                delete_in_background(session, &name).await.map_err(|error| named(error, &name, session))?;
                Ok(print::finish(&format!("delete execution {name} successfully\n"), ExitCode::SUCCESS))
            }),
            Err(why) => refuse(&why),
        },
        Command::Version => print::finish(&version(), ExitCode::SUCCESS),
    }
}

/// Asks a cluster, and says what went wrong as this program says it.
fn ask(
    connection: &ConnectionArgs,
    command: impl AsyncFnOnce(&Session) -> Result<ExitCode, Error>,
) -> ExitCode {
    cluster::answered(connection, command).unwrap_or_else(|error| {
        print::talk(&said(&error.report()));
        ExitCode::FAILURE
    })
}

fn refuse(why: &str) -> ExitCode {
    print::talk(&format!("Error: {}\n", printable(why)));
    ExitCode::FAILURE
}

/// A report in this program's voice, with its own commands.
fn said(report: &str) -> String {
    let report = report.replace(LIST_ALL, "genectl get execution --all-namespaces");
    report.strip_prefix("error: ").map(|rest| format!("Error: {rest}")).unwrap_or(report)
}

/// Help goes to standard output, and is no mistake even where it was not asked for.
fn not_understood(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            print::finish(&text, ExitCode::SUCCESS)
        }
        _ => {
            print::talk(&said(&text));
            ExitCode::FAILURE
        }
    }
}

fn version() -> String {
    let machine = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let version = env!("CARGO_PKG_VERSION");
    format!("  Version: v{version}\n  Platform: {}/{machine}\n", std::env::consts::OS)
}
