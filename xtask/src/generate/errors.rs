//! `docs/errors.md`: what `kubectl apply` prints of each file in `examples/rejected`, so that the page says what the
//! code does. Its prose stands beside this file.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, bail};
use gene_types::{
    Limits, cause,
    field::{FieldError, FieldErrorKind},
    shape, update, validate_stored, warnings,
};
use serde_json::Value;

const TEMPLATE: &str = include_str!("errors.md");
/// A file that is accepted, with a warning.
const ACCEPTED: &str = "examples/test-exec.yaml";

/// The page.
pub(super) fn page(root: &Path) -> anyhow::Result<String> {
    let mut files = Vec::new();
    let mut names: Vec<_> = fs::read_dir(root.join("examples/rejected"))
        .context("cannot read examples/rejected")?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<anyhow::Result<_>>()?;
    names.sort_unstable();
    for name in names {
        files.push(section(root, &name).with_context(|| format!("examples/rejected/{name}"))?);
    }
    Ok(TEMPLATE
        .replace("{update}", &changed(root)?)
        .replace("{warnings}", &warned(root)?)
        .replace("{files}\n", &files.join("\n")))
}

/// One file: why, and what is printed.
fn section(root: &Path, name: &str) -> anyhow::Result<String> {
    let path = format!("examples/rejected/{name}");
    let text = fs::read_to_string(root.join(&path))?;
    let Some(why) = text.lines().next().filter(|line| line.starts_with("# Refused")) else {
        bail!("its first line must say why it is refused: # Refused: …");
    };
    let why = why.trim_start_matches(['#', ' ']);
    let printed = refused(&path, document(&text)?)?;
    Ok(format!("### {name}\n\n{why}\n\n```console\n$ kubectl apply -f {path}    # exit 1\n{printed}```\n"))
}

/// What is printed of a document that is refused.
fn refused(path: &str, document: Value) -> anyhow::Result<String> {
    let mut unknown = shape::check(&document);
    unknown.retain(|fault| fault.kind == FieldErrorKind::Unknown);
    if !unknown.is_empty() {
        // The API server's own refusal, before any webhook is asked.
        let fields: Vec<_> =
            unknown.iter().map(|fault| format!("unknown field \"{}\"", fault.path)).collect();
        return Ok(format!(
            "Error from server (BadRequest): error when creating \"{path}\": Execution in version \"v1alpha1\" cannot be handled as a Execution: strict decoding error: {}\n",
            fields.join(", ")
        ));
    }
    let name = name(&document);
    match validate_stored(document, &Limits::CLUSTER) {
        Ok(_) => bail!("it is not refused"),
        Err(faults) => Ok(printed(&name, &faults)),
    }
}

/// A refusal as kubectl prints it.
fn printed(name: &str, faults: &[FieldError]) -> String {
    let status = cause::status(name, faults);
    let causes = status.details.map(|details| details.causes).unwrap_or_default();
    let mut text = format!("The Execution {name:?} is invalid:");
    if let [only] = causes.as_slice() {
        let _ = writeln!(text, " {}: {}", only.field, only.message); // Writing to a String cannot fail.
        return text;
    }
    text.push('\n');
    for cause in causes {
        let _ = writeln!(text, "* {}: {}", cause.field, cause.message);
    }
    text
}

fn changed(root: &Path) -> anyhow::Result<String> {
    let old = document(&fs::read_to_string(root.join(ACCEPTED))?)?;
    let mut new = old.clone();
    new["spec"]["tasks"][1]["image"] = "ubuntu:24.04".into();
    Ok(printed(&name(&old), &update::check(&old, &new)).trim_end().to_owned())
}

fn warned(root: &Path) -> anyhow::Result<String> {
    let document = document(&fs::read_to_string(root.join(ACCEPTED))?)?;
    let name = name(&document);
    let Ok(stored) = validate_stored(document, &Limits::CLUSTER) else { bail!("{ACCEPTED} is refused") };
    let warnings = warnings::texts(&stored.unknown, &warnings(&stored.valid));
    let mut text = format!("$ kubectl apply -f {ACCEPTED}\n");
    for warning in warnings {
        let _ = writeln!(text, "Warning: {warning}");
    }
    let _ = write!(text, "execution.execution.kubegene.io/{name} created");
    Ok(text)
}

/// A file as kubectl reads it.
fn document(text: &str) -> anyhow::Result<Value> {
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    serde_saphyr::from_str_with_options(text, options).context("it cannot be read as YAML")
}

fn name(document: &Value) -> String {
    document["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}
