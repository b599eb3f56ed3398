//! `generate`: the files that are derived from the code and kept beside it.

mod errors;
mod install;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, bail, ensure};

const HEADER: &str =
    "# Made by \"cargo xtask generate\" from the types in types/src/v1alpha1; do not edit.\n";

/// What the types themselves are built with.
const SCHEMAS: &str = "types/src/shape/schemas.json";

/// What was typed after `generate`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; end with an error where a file is out of date
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut is_built_from_others = false;
    for (path, content) in files()? {
        let shown = path.display();
        let is_current = fs::read_to_string(&path).is_ok_and(|committed| committed == content);
        if args.check && !is_current {
            bail!("{shown} is out of date; run \"cargo xtask generate\"");
        }
        if !is_current {
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)
                    .with_context(|| format!("cannot create {}", directory.display()))?;
            }
            fs::write(&path, content).with_context(|| format!("cannot write {shown}"))?;
            is_built_from_others |= path.ends_with(SCHEMAS);
        }
    }
    if is_built_from_others {
        // The page of errors shows what a plugin says that has other schemas.
        let status =
            crate::cargo::cargo().args(["run", "--quiet", "--package", "xtask", "generate"]).status()?;
        ensure!(status.success(), "\"cargo xtask generate\" with the new schemas ended with {status}");
    }
    Ok(())
}

fn files() -> anyhow::Result<Vec<(PathBuf, String)>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    // Through a value: its keys are sorted, so that the file does not change with the order of fields.
    let crd = serde_json::to_value(gene_types::crd())?;
    let yaml = serde_saphyr::to_string(&crd).context("the CRD cannot be written as YAML")?;
    let manifests = root.join("manifests");
    let (path, crd) = (manifests.join("base/crd/crd.yaml"), format!("{HEADER}{yaml}"));
    let install = install::text(&manifests.join("base"), (&path, &crd))?;
    let errors = errors::page(&root)?;
    let shapes = format!("{}\n", gene_types::crd::shapes());
    Ok(vec![
        (root.join(SCHEMAS), shapes),
        (path, crd),
        (manifests.join("install.yaml"), install),
        (root.join("docs/errors.md"), errors),
    ])
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_committed_is_current() {
        for (path, content) in super::files().unwrap() {
            let committed = std::fs::read_to_string(&path).unwrap();
            assert!(committed == content, "{}: run \"cargo xtask generate\"", path.display());
        }
    }
}
