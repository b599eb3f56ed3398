//! `kubectl gene get`.

mod objects;
mod table;

use std::process::ExitCode;

use kube::core::params::{ListParams, WatchParams};

use crate::{
    cli::{GetArgs, GetFormat, without_kind},
    cluster::{self, Error, Session, path},
    print,
};

/// How many Executions a page of a list has.
const PAGE: u32 = 500;

/// What is asked for.
struct Query<'a> {
    session: &'a Session,
    args: &'a GetArgs,
    names: &'a [String],
    /// The Executions of a namespace, or of all.
    objects: kube::core::Request,
}

/// Runs the command.
pub fn run(args: &GetArgs) -> ExitCode {
    let names = without_kind(&args.names);
    if args.watch && names.len() > 1 {
        print::talk("error: --watch is for one name, or for all\n");
        return ExitCode::from(2);
    }
    cluster::block_on(&args.connection, async |session| {
        let namespace = (!args.all_namespaces).then_some(session.namespace());
        let query = Query { session, args, names, objects: path::executions(namespace) };
        match args.output {
            GetFormat::Table | GetFormat::Wide => table::get(&query).await,
            _ => objects::get(&query).await,
        }
    })
}

impl Query<'_> {
    fn list_params(&self) -> ListParams {
        let mut params = ListParams::default().limit(PAGE);
        params.label_selector.clone_from(&self.args.selector);
        params.field_selector = self.field_selector();
        params
    }

    fn watch_params(&self) -> WatchParams {
        let mut params = WatchParams::default();
        params.label_selector.clone_from(&self.args.selector);
        params.field_selector = self.field_selector();
        params
    }

    /// One that is watched is listed by its name, so that the watch goes on from there.
    fn field_selector(&self) -> Option<String> {
        self.names.first().filter(|_| self.args.watch).map(|name| format!("metadata.name={name}"))
    }

    fn has_phase(&self, phase: &str) -> bool {
        self.args.phases.is_empty() || self.args.phases.iter().any(|wanted| wanted.as_status() == phase)
    }

    /// What is said where nothing was found.
    fn say_nothing_found(&self) {
        let within = if self.args.all_namespaces {
            String::new()
        } else {
            format!(" in {} namespace.", self.session.namespace())
        };
        print::talk(&format!("No resources found{within}\n"));
    }

    /// Tells of a name that is not there, and goes on; what else went wrong ends the command.
    fn tell(error: Error, code: &mut ExitCode) -> Result<(), Error> {
        match error {
            Error::Command { .. } | Error::Refused { .. } => {
                print::talk(&error.report());
                *code = ExitCode::FAILURE;
                Ok(())
            }
            error => Err(error),
        }
    }
}
