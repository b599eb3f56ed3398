//! A script on its way: the workflow that it becomes, and the name that the server completes.

use std::process::ExitCode;

use gene_types::Limits;

use super::rename;
use crate::{
    cli::{SubmitOptions, WorkflowArgs},
    grammar::Materials,
    manifest::{self, Loaded, Refused},
    script::Scripted,
};

/// Sends what a script became, or shows it in a dry run.
pub fn send(made: Result<Scripted, Refused>, tool_repo: &[String], options: &SubmitOptions) -> ExitCode {
    match made.and_then(|made| load(&made, tool_repo)) {
        Ok(loaded) => super::send(options, loaded),
        Err(Refused) => ExitCode::FAILURE,
    }
}

/// The Execution of what a script became. Its name begins with that of the script and is the server's to complete, so
/// that a script can be sent again and again.
///
/// # Errors
/// Something is wrong with it, and that has been printed.
pub fn load(made: &Scripted, tool_repo: &[String]) -> Result<Vec<Loaded>, Refused> {
    let materials =
        Materials::read(&WorkflowArgs { tool_repo: tool_repo.to_vec(), ..WorkflowArgs::default() })?;
    let (title, doubts) = (&made.title, &gene_types::warnings);
    let mut loaded = manifest::load_text(title, made.text(), &Limits::CLUSTER, doubts, &materials)?;
    for loaded in &mut loaded {
        let mut document = loaded.document.take().unwrap_or_default();
        rename(loaded, &mut document, "generateName", &format!("{}-", made.name))?;
        loaded.document = Some(document);
    }
    Ok(loaded)
}
