//! `kubectl gene get`.

mod objects;
mod table;

use std::process::ExitCode;

use kube::core::params::{GetParams, ListParams, WatchParams};
use serde::de::DeserializeOwned;

use super::change::named;
use crate::{
    cli::{GetArgs, GetFormat, without_kind},
    cluster::{
        self, Error, Session,
        error::not_found,
        page::{self, PageMetadata},
        path,
    },
    print,
};

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
        let mut params = ListParams::default();
        params.label_selector.clone_from(&self.args.selector);
        params.field_selector = self.field_selector();
        params
    }

    /// What was asked for, as it is now, and the state that this shows. A name that is not there is told of and makes
    /// the exit code 1.
    async fn found<T: DeserializeOwned>(&self, code: &mut ExitCode) -> Result<(Vec<T>, PageMetadata), Error> {
        if self.names.is_empty() || self.args.watch {
            let (found, state) = self.list().await?;
            return match self.names.first().filter(|_| found.is_empty()) {
                Some(name) => Err(not_found(name, self.session.namespace())),
                None => Ok((found, state)),
            };
        }
        let mut found = Vec::new();
        for name in self.names {
            match self.session.read(self.objects.get(name, &GetParams::default())).await {
                Ok(object) => found.push(object),
                Err(error) => Self::tell(named(error, name, self.session), code)?,
            }
        }
        Ok((found, PageMetadata::default()))
    }

    async fn list<T: DeserializeOwned>(&self) -> Result<(Vec<T>, PageMetadata), Error> {
        page::all(self.session, &self.list_params(), |params| self.objects.list(params)).await
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
