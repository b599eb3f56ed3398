//! Static programs, built by cargo.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::needs;

/// Builds these packages and gives the programs of their names, in this order. What has not changed is not
/// built again.
pub(super) fn build(names: &[&str]) -> Result<Vec<(String, PathBuf)>> {
    needs::ensure_compiler()?;
    let target = needs::target();
    let mut cargo = crate::cargo::cargo();
    cargo.args([
        "build",
        "--release",
        "--locked",
        "--target",
        &target,
        "--message-format=json-render-diagnostics",
    ]);
    for name in names {
        cargo.args(["--package", name, "--bin", name]);
    }
    cargo.current_dir(super::root()).stderr(Stdio::inherit());
    // Linking each program in one piece takes minutes and saves size alone, which matters for the plugin.
    cargo.env("CARGO_PROFILE_RELEASE_LTO", "thin");
    if env::var_os("TARGET_CC").is_none() {
        cargo.env("TARGET_CC", "musl-gcc"); // which a C part's build does not find by itself everywhere
    }
    let output = cargo.output().context("cannot run cargo")?;
    ensure!(output.status.success(), "cargo could not build {} for {target}", names.join(", "));
    names.iter().map(|name| Ok(((*name).to_owned(), built(&output.stdout, name)?))).collect()
}

/// Where cargo says that it has put a program.
fn built(messages: &[u8], name: &str) -> Result<PathBuf> {
    let text = String::from_utf8_lossy(messages);
    let path = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message.pointer("/target/name").and_then(Value::as_str) == Some(name))
        .find_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
        .with_context(|| format!("cargo has built no program \"{name}\""))?;
    ensure!(needs::is_static(Path::new(&path)), "{} is not static", path.display());
    Ok(path)
}
