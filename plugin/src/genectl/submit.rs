//! `genectl sub`.

use std::{path::Path, process::ExitCode};

use super::{
    ask,
    cli::{SubArgs, What},
    said,
};
use crate::{
    cli::{DryRun, SubmitFiles, SubmitOptions, WorkflowArgs},
    cluster::{ConnectionArgs, Error, Session, execution::Metadata},
    commands::submit::{self, Submission, scripted},
    manifest::{Loaded, Refused, Wanted},
    print, script,
};

/// Where what names no namespace goes.
const NAMESPACE: &str = "default";

/// Runs the command.
pub fn run(args: &SubArgs, connection: &impl Fn(&str) -> ConnectionArgs) -> ExitCode {
    let options = SubmitOptions {
        name: None,
        dry_run: if args.dry_run { DryRun::Workflow } else { DryRun::None },
        wait: false,
        watch: false,
        output: None,
        // That of the session says where to go; here it would be what the person asked for.
        connection: ConnectionArgs::default(),
    };
    let Ok(loaded) = load(args, &options) else { return ExitCode::FAILURE };
    if args.dry_run {
        return submit::send(&options, loaded);
    }
    let Ok(submissions) = submit::prepare(&options, loaded) else { return ExitCode::FAILURE };
    ask(&connection(NAMESPACE), async |session| {
        let mut code = ExitCode::SUCCESS;
        for submission in &submissions {
            code = create(session, &options, submission, code).await?;
        }
        Ok(code)
    })
}

fn load(args: &SubArgs, options: &SubmitOptions) -> Result<Vec<Loaded>, Refused> {
    let tool_repo: Vec<String> = args.tool_repo.iter().filter(|repo| !repo.is_empty()).cloned().collect();
    match &args.what {
        What::Workflow(workflow) => {
            let input = workflow.input.clone().filter(|input| input != Path::new(""));
            let files = SubmitFiles {
                files: vec![workflow.file.clone()],
                options: options.clone(),
                workflow: WorkflowArgs { input, tool_repo, ..WorkflowArgs::default() },
            };
            submit::load(&files, Wanted::Workflows)
        }
        What::Job(job) => scripted::load(&script::job(job)?, &tool_repo),
        What::Repjob(repjob) => scripted::load(&script::repjob(repjob)?, &tool_repo),
    }
}

async fn create(
    session: &Session,
    options: &SubmitOptions,
    submission: &Submission,
    code: ExitCode,
) -> Result<ExitCode, Error> {
    let outcome = submit::post(session, options, submission).await.map_err(|error| {
        let (name, namespace) = (submission.name(), submission.namespace(session));
        let where_taken = format!(
            "give its input \"executionName\" another value, or delete that one: genectl delete execution {name} -n {namespace}"
        );
        submit::explained(error, submission, session, &where_taken)
    });
    print::talk(&said(&submit::told(session, submission, &outcome)));
    match outcome {
        Ok((_, metadata)) => Ok(print::finish(&message(&metadata), code)),
        Err(Error::Refused { .. } | Error::Command { .. }) => Ok(ExitCode::FAILURE),
        Err(error) => Err(error),
    }
}

/// What can be typed next.
fn message(Metadata { name, namespace, .. }: &Metadata) -> String {
    format!(
        "The workflow has been submitted, and execution {name} has been created in namespace {namespace}.\n\
         See how far it is:\n\n\tgenectl get execution {name} -n {namespace}\n\n\
         or how each of its jobs does:\n\n\tgenectl describe execution {name} -n {namespace}\n\n\
         or delete it with its jobs:\n\n\tgenectl delete execution {name} -n {namespace}\n\n"
    )
}
