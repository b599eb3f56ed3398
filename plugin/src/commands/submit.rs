//! `kubectl gene submit`.

pub mod scripted;
mod sending;

use std::process::ExitCode;

use gene_types::{
    Limits, ValidExecution, default,
    field::{FieldError, FieldErrorKind, FieldPath},
    validate_document, warnings,
};
use serde_json::{Value, json};

pub use sending::{create, explained, post, told};

use super::{wait, watch};
use crate::{
    cli::{DryRun, SubmitArgs, SubmitFiles, SubmitFormat, SubmitKind, SubmitOptions},
    cluster::{
        self, Error, Session,
        execution::{Metadata, RESOURCE},
        path,
    },
    grammar::Materials,
    manifest::{self, Loaded, Refused, Wanted},
    print,
    render::{extent, object},
    script,
};

/// One Execution on its way.
pub struct Submission {
    document: Value,
    loaded: Loaded,
    /// The warnings that were printed of the file, in the words in which a server hands them on.
    said: Vec<String>,
}

impl Submission {
    /// What it is called, or what its name begins with.
    pub fn name(&self) -> &str {
        self.loaded.valid.name()
    }

    /// Where it goes: what it says itself, else where the session is.
    pub fn namespace<'a>(&'a self, session: &'a Session) -> &'a str {
        let namespace = self.document.pointer("/metadata/namespace").and_then(Value::as_str);
        namespace.filter(|name| !name.is_empty()).unwrap_or(session.namespace())
    }

    #[cfg(test)]
    pub(super) fn valid(&self) -> &ValidExecution {
        &self.loaded.valid
    }
}

/// Runs the command: nothing is sent unless all of it is without errors.
pub fn run(args: &SubmitArgs) -> ExitCode {
    let (files, wanted) = match &args.kind {
        Some(SubmitKind::Workflow(files)) => (files, Wanted::Workflows),
        Some(SubmitKind::Job(job)) => {
            return scripted::send(script::job(&job.script), &job.tool_repo, &job.options);
        }
        Some(SubmitKind::Repjob(repjob)) => {
            return scripted::send(script::repjob(&repjob.script), &repjob.tool_repo, &repjob.options);
        }
        None => (&args.files, Wanted::Any),
    };
    match load(files, wanted) {
        Ok(loaded) => send(&files.options, loaded),
        Err(Refused) => ExitCode::FAILURE,
    }
}

/// Reads the files.
pub fn load(files: &SubmitFiles, wanted: Wanted) -> Result<Vec<Loaded>, Refused> {
    let materials = Materials::read(&files.workflow)?;
    manifest::load_documents(&files.files, &Limits::CLUSTER, &gene_types::warnings, &materials, wanted)
}

/// Sends what was read, or shows it in a dry run.
pub fn send(options: &SubmitOptions, loaded: Vec<Loaded>) -> ExitCode {
    let Ok(submissions) = prepare(options, loaded) else { return ExitCode::FAILURE };
    if options.dry_run.is_local() {
        return dry(options.clone(), &submissions);
    }
    cluster::block_on(&options.connection, async |session| submit(session, options, &submissions).await)
}

/// A dry run that asks no server.
fn dry(mut options: SubmitOptions, submissions: &[Submission]) -> ExitCode {
    let is_of_workflow = options.dry_run == DryRun::Workflow;
    if is_of_workflow && submissions.iter().any(|submission| submission.loaded.is_workflow()) {
        options.output.get_or_insert(SubmitFormat::Yaml);
    }
    let mut before = Shown::default();
    submissions.iter().fold(ExitCode::SUCCESS, |code, Submission { document, loaded, .. }| {
        let workflow = loaded.instantiated(options.name.as_deref()).filter(|_| is_of_workflow);
        let text = match (workflow, options.output) {
            (Some(workflow), Some(SubmitFormat::Yaml)) => workflow.yaml(),
            (Some(workflow), Some(SubmitFormat::Json)) => workflow.json(),
            _ => shown(&options, document, loaded.valid.name(), &loaded.valid),
        };
        before.print(&text, &options, code)
    })
}

/// Whether something was printed before: YAML documents stand between markers.
#[derive(Default)]
struct Shown(bool);

impl Shown {
    fn print(&mut self, text: &str, options: &SubmitOptions, code: ExitCode) -> ExitCode {
        let are_more = std::mem::replace(&mut self.0, true);
        let marker = if are_more && options.output == Some(SubmitFormat::Yaml) { "---\n" } else { "" };
        print::finish(&format!("{marker}{text}"), code)
    }
}

/// Refuses what this command line cannot send.
pub fn prepare(options: &SubmitOptions, loaded: Vec<Loaded>) -> Result<Vec<Submission>, Refused> {
    if options.name.is_some() && loaded.len() > 1 {
        print::talk(&format!(
            "error: --name is for one Execution, and these files hold {}\nhelp: submit them one by one\n",
            loaded.len()
        ));
        return Err(Refused);
    }
    let prepared: Vec<_> = loaded.into_iter().map(|loaded| prepare_one(options, loaded)).collect();
    prepared.into_iter().collect()
}

fn prepare_one(args: &SubmitOptions, mut loaded: Loaded) -> Result<Submission, Refused> {
    let mut document = loaded.document.take().unwrap_or_default();
    let said = warnings::texts(&[], &gene_types::warnings(&loaded.valid));
    let namespace = document.pointer("/metadata/namespace").and_then(Value::as_str);
    if let (Some(inside), Some(asked)) =
        (namespace.filter(|name| !name.is_empty()), &args.connection.namespace)
        && inside != asked
    {
        let at = FieldPath::root().key("metadata").key("namespace");
        let message = format!("the file says namespace {inside:?}, and the command line says {asked:?}");
        let error = FieldError::new(at, FieldErrorKind::Invalid, message).value(inside);
        loaded.refuse(&[
            error.help(format!("submit it with -n {inside}, or take the namespace out of the file"))
        ]);
        return Err(Refused);
    }
    if let Some(name) = &args.name {
        rename(&mut loaded, &mut document, "name", name)?;
    }
    Ok(Submission { document, loaded, said })
}

/// Gives the Execution a name, or with `generateName` what its name begins with.
fn rename(loaded: &mut Loaded, document: &mut Value, field: &str, name: &str) -> Result<(), Refused> {
    if let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("name");
        metadata.remove("generateName");
        metadata.insert(field.to_owned(), json!(name));
    } else if let Some(fields) = document.as_object_mut() {
        fields.insert("metadata".to_owned(), json!({field: name}));
    }
    // The names of the Jobs begin with it, and must still fit.
    let mut completed = document.clone();
    default::apply(&mut completed);
    match validate_document(completed, &Limits::CLUSTER) {
        Ok(valid) => {
            loaded.valid = valid;
            Ok(())
        }
        Err(errors) => {
            loaded.refuse(&errors);
            Err(Refused)
        }
    }
}

async fn submit(
    session: &Session,
    args: &SubmitOptions,
    submissions: &[Submission],
) -> Result<ExitCode, Error> {
    let mut code = ExitCode::SUCCESS;
    let mut created = Vec::new();
    let mut before = Shown::default();
    for submission in submissions {
        let outcome = create(session, args, submission).await;
        print::talk(&told(session, submission, &outcome));
        match outcome {
            Ok((object, metadata)) => {
                let text = shown(args, &object, &metadata.name, &submission.loaded.valid);
                code = before.print(&text, args, code);
                created.push(metadata);
            }
            Err(Error::Refused { .. } | Error::Command { .. }) => code = ExitCode::FAILURE,
            Err(error) => return Err(error),
        }
    }
    if args.dry_run == DryRun::Server {
        return Ok(code);
    }
    if !(args.wait || args.watch) {
        if args.output.is_none() {
            for metadata in &created {
                print::talk(&format!(
                    "  kubectl gene tree {} -w{}\n",
                    metadata.name,
                    elsewhere(session, args, metadata)
                ));
            }
        }
        return Ok(code);
    }
    for metadata in &created {
        let ended = if args.watch {
            watch::follow(&session.within(&metadata.namespace), &metadata.name, false).await?
        } else {
            let objects = path::executions(Some(&metadata.namespace));
            wait::until_end(session, &objects, &metadata.name, &metadata.uid).await?
        };
        if ended != ExitCode::SUCCESS && code == ExitCode::SUCCESS {
            code = ended;
        }
    }
    Ok(code)
}

/// `execution.execution.kubegene.io/wgs created: 7 tasks, 98 vertices, at most 40 at a time`, or what was asked for
/// in its place.
pub(super) fn shown(args: &SubmitOptions, object: &Value, name: &str, valid: &ValidExecution) -> String {
    match args.output {
        Some(SubmitFormat::Name) => return format!("{RESOURCE}/{name}\n"),
        Some(SubmitFormat::Json) => return object::json(object),
        Some(SubmitFormat::Yaml) => return object::yaml(object),
        None => {}
    }
    let bound = valid.execution().spec.parallelism;
    let bound = bound.map_or_else(String::new, |bound| format!(", at most {bound} at a time"));
    let dry_run = match args.dry_run {
        DryRun::None => "",
        DryRun::Workflow | DryRun::Client => " (dry run)",
        DryRun::Server => " (server dry run)",
    };
    format!("{RESOURCE}/{name} created{dry_run}: {}{bound}\n", extent(&std::iter::once(valid.plan())))
}

/// The flag that leads to an Execution that is not in the context's own namespace.
fn elsewhere(session: &Session, args: &SubmitOptions, metadata: &Metadata) -> String {
    if args.connection.namespace.is_some() || metadata.namespace != session.namespace() {
        format!(" -n {}", metadata.namespace)
    } else {
        String::new()
    }
}
