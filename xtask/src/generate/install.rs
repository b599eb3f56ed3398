//! `manifests/install.yaml`: the base as one file, for those who install without a checkout.
//!
//! The base changes nothing: it lists files. So they are put one after the other as they stand, with what their comments
//! say, and neither kubectl nor kustomize is needed; a test compares the outcome with what `kubectl kustomize` makes of
//! the same directory.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

const HEADER: &str = "# Made by \"cargo xtask generate\" from manifests/base; do not edit. \"kubectl apply -k manifests\" does the same.\n";

/// What a kustomization may say here: anything else would change what it lists.
const KNOWN: [&str; 3] = ["apiVersion", "kind", "resources"];

/// The file's text. `fresh` is a file that is about to be written, and its new text.
///
/// # Errors
/// When a kustomization does more than listing, or what it lists cannot be read.
pub(super) fn text(directory: &Path, fresh: (&Path, &str)) -> Result<String> {
    let mut parts = Vec::new();
    collect(directory, fresh, &mut parts)?;
    Ok(format!("{HEADER}{}", parts.join("---\n")))
}

/// The texts of the files below a kustomization, in its order.
fn collect(directory: &Path, fresh: (&Path, &str), parts: &mut Vec<String>) -> Result<()> {
    let file = directory.join("kustomization.yaml");
    let kustomization: Value =
        serde_saphyr::from_str(&read(&file)?).with_context(|| file.display().to_string())?;
    let fields = kustomization.as_object().into_iter().flatten();
    if let Some((field, _)) = fields.into_iter().find(|(field, _)| !KNOWN.contains(&field.as_str())) {
        bail!("{}: \"{field}\" is not for the base; it belongs to a component", file.display());
    }
    let resources = kustomization["resources"].as_array().into_iter().flatten();
    for resource in resources.filter_map(Value::as_str) {
        let path = directory.join(resource);
        if path.is_dir() {
            collect(&path, fresh, parts)?;
        } else if path == fresh.0 {
            parts.push(fresh.1.to_owned());
        } else {
            parts.push(read(&path)?);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
