//! A script as a workflow: `submit job` runs it as one job, `submit repjob` each line of it as one.
//!
//! The workflow is made as a value, never by pasting into a text, so that no line of a script can break it; a `${`
//! of the shell's stays what it is.

mod line;
mod lines;
mod name;

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::{
    cli::{JobArgs, RepjobArgs, ToolArgs},
    manifest::{Bound, Diagnostic, Foreign, Refused},
    render::{object, shell},
};

/// The bound of a script's file: more commands than that are more than a cluster takes in one Execution.
const SCRIPT: Bound = Bound { bytes: 2 << 20, help: "split it into several scripts" };

/// The volume that the claim becomes.
const VOLUME: &str = "sample-data";

/// An input whose value is `$`: before `{` it is the shell's, and nothing is filled in.
const DOLLAR: &str = "dollar";

/// A script, made a workflow.
#[derive(Debug, PartialEq)]
pub struct Scripted {
    /// What its task is called, and what the name of its Execution begins with.
    pub name: String,
    /// What the workflow's text is called where something is wrong in it.
    pub title: String,
    /// The workflow.
    pub workflow: Value,
}

impl Scripted {
    /// The workflow as a file.
    pub fn text(&self) -> String {
        object::yaml(&self.workflow)
    }
}

/// The workflow of one job, which runs the script that stands in the container.
///
/// # Errors
/// It is not known where its claim is mounted, and that has been printed.
pub fn job(args: &JobArgs) -> Result<Scripted, Refused> {
    let shown = Foreign::named(&args.script);
    let command = format!("{} {}", args.tool.shell(), shell::word(&args.script));
    made(Path::new(&args.script), &args.tool, &[command], &shown)
}

/// The workflow of a job for each line of the script that calls a shell.
///
/// # Errors
/// The script cannot be read, has a line that cannot run or none that can, or it is not known where its claim is
/// mounted; all of it has been printed.
pub fn repjob(args: &RepjobArgs) -> Result<Scripted, Refused> {
    let file = Foreign::read(&args.script, &SCRIPT)?;
    let lines::Lines { commands, mut notes } = lines::read(file.text());
    if args.tool.shell.is_some() {
        let warning = Diagnostic::error("--shell changes nothing: each line names its shell itself");
        notes.insert(0, warning.into_warning().help("leave it out"));
    }
    file.tell(notes)?;
    made(&args.script, &args.tool, &commands, &file)
}

fn made(script: &Path, tool: &ToolArgs, commands: &[String], shown: &Foreign) -> Result<Scripted, Refused> {
    let mount_path = match &tool.mount_path {
        Some(path) => path.clone(),
        None => {
            folder(script).ok_or_else(|| shown.refuse_text(NOT_MOUNTED, MOUNT, None)).map_err(|()| Refused)?
        }
    };
    let name = name::of(script);
    let title = format!("<workflow of {}>", shown.name().trim_matches(['<', '>']));
    let mut task = json!({
        "tool": tool.tool,
        "resources": {"cpu": tool.cpu, "memory": tool.memory},
        "commands": commands,
    });
    let mut inputs = Map::new();
    let mut mount_path = Value::from(mount_path);
    if escape(&mut task["commands"]) | escape(&mut mount_path) {
        inputs.insert(DOLLAR.to_owned(), json!({"value": "$"}));
    }
    let mut workflow = json!({
        "version": "genecontainer_0_1",
        "workflow": {name.as_str(): task},
        "volumes": {VOLUME: {"mount_path": mount_path, "mount_from": {"pvc": tool.pvc}}},
    });
    if !inputs.is_empty() {
        workflow["inputs"] = inputs.into();
    }
    Ok(Scripted { name, title, workflow })
}

const NOT_MOUNTED: &str =
    "it is not known where the claim is mounted: the script's own directory cannot be that";
const MOUNT: &str = "name an absolute path of the containers with --mount-path, such as --mount-path /data";

/// The directory of a script, where a volume can be mounted there.
fn folder(script: &Path) -> Option<String> {
    let folder = script.parent()?.to_str()?;
    (folder.starts_with('/') && !folder.trim_matches('/').is_empty()).then(|| folder.to_owned())
}

/// Makes every `${` in texts one that stays as it is, and says whether there was any.
fn escape(value: &mut Value) -> bool {
    match value {
        Value::String(text) if text.contains("${") => {
            *text = text.replace("${", &format!("${{{DOLLAR}}}{{"));
            true
        }
        Value::Array(items) => items.iter_mut().fold(false, |found, item| escape(item) | found),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
