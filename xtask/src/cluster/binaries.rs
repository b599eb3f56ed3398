//! The cluster's programs, built from Go modules into `target/cluster/bin`, anew only where what they
//! are built from has changed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use super::{digest, lock, progress, state::workspace};

/// The fake nodes' program. Its own module chooses what it is built with.
const KWOK: &str = "sigs.k8s.io/kwok/cmd/kwok@v0.7.0";

/// What is built. Every path is absolute.
#[derive(Clone, Debug)]
pub(super) struct Binaries {
    directory: PathBuf,
}

impl Binaries {
    /// Kubernetes' processes and etcd, by their first argument.
    pub(super) fn cluster(&self) -> String {
        self.text("cluster")
    }

    /// The first process of every pod, and of the node's namespaces.
    pub(super) fn pause(&self) -> PathBuf {
        self.directory.join("pause")
    }

    /// kubectl, which is the same file as `cluster`.
    pub(super) fn kubectl(&self) -> PathBuf {
        self.directory.join("kubectl")
    }

    /// The fake nodes' program.
    pub(super) fn kwok(&self) -> String {
        self.text("kwok")
    }

    fn text(&self, name: &str) -> String {
        self.directory.join(name).to_string_lossy().into_owned()
    }
}

/// Where the programs are, whether they were built or not.
pub(super) fn existing() -> Binaries {
    Binaries { directory: workspace().join("target/cluster/bin") }
}

/// Builds what is missing or out of date.
pub(super) fn build(with_kwok: bool) -> Result<Binaries> {
    let binaries = existing();
    let _lock = lock::acquire(&binaries.directory)?;
    let sources = workspace().join("tests/cluster");
    let version = kubernetes_version(&fs::read_to_string(sources.join("go.mod"))?)?;
    let flags = linker_flags(&version);
    let arguments = ["build", "-trimpath", "-ldflags", &flags, "-o"];
    let wanted = built_from(&sources, &arguments)?;
    make(&binaries, "cluster", &wanted, |unfinished| {
        let mut go = go(&sources);
        go.args(arguments).arg(format!("{}/", unfinished.display())).args([".", "./pause"]);
        go
    })?;
    link_kubectl(&binaries)?;
    if with_kwok {
        let arguments = ["install", "-trimpath", "-ldflags", "-s -w", KWOK];
        make(&binaries, "kwok", &arguments.join(" "), |unfinished| {
            let mut go = go(&sources);
            go.args(arguments).env("GOBIN", unfinished);
            go
        })?;
    }
    Ok(binaries)
}

/// Builds into a directory of its own and moves the result, so that a build that was broken off
/// leaves nothing that looks finished.
fn make(binaries: &Binaries, name: &str, wanted: &str, command: impl FnOnce(&Path) -> Command) -> Result<()> {
    let stamp = binaries.directory.join(format!("{name}.built-from"));
    let is_current = binaries.directory.join(name).exists()
        && fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == wanted);
    if is_current {
        return Ok(());
    }
    eprintln!("building {name}: minutes where Go has nothing of it in its cache");
    progress::step(&format!("built {name}"), || {
        let unfinished = tempfile::tempdir_in(&binaries.directory)?;
        let status = command(unfinished.path()).status().context("cannot run go")?;
        ensure!(status.success(), "{name} was not built: go ended with {status}");
        for entry in fs::read_dir(unfinished.path())? {
            let entry = entry?;
            fs::rename(entry.path(), binaries.directory.join(entry.file_name()))?;
        }
        Ok(fs::write(&stamp, wanted)?)
    })
}

/// The Go command without what the caller's environment would change of the result.
fn go(sources: &Path) -> Command {
    let mut go = Command::new("go");
    go.current_dir(sources).env("CGO_ENABLED", "0").env("GOFLAGS", "").env("GOWORK", "off");
    go
}

fn link_kubectl(binaries: &Binaries) -> Result<()> {
    let link = binaries.kubectl();
    if fs::read_link(&link).is_ok_and(|target| target == Path::new("cluster")) {
        return Ok(());
    }
    if fs::symlink_metadata(&link).is_ok() {
        fs::remove_file(&link)?;
    }
    std::os::unix::fs::symlink("cluster", &link).with_context(|| format!("cannot make {}", link.display()))
}

/// The version that clients are to see, without which they see v0.0.0.
fn linker_flags(version: &str) -> String {
    let package = "k8s.io/component-base/version";
    let mut numbers = version.trim_start_matches('v').split('.');
    let major = numbers.next().unwrap_or_default();
    let minor = numbers.next().unwrap_or_default();
    format!(
        "-s -w -X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"
    )
}

/// The version in the line "k8s.io/kubernetes v1.2.3" of a go.mod.
fn kubernetes_version(module: &str) -> Result<String> {
    let mut lines = module.lines().map(str::trim);
    let version = lines.find_map(|line| line.strip_prefix("k8s.io/kubernetes "));
    Ok(version.context("tests/cluster/go.mod requires no k8s.io/kubernetes")?.trim().to_owned())
}

/// What a build depends on: the module's files, by name and content, and the flags.
fn built_from(sources: &Path, arguments: &[&str]) -> Result<String> {
    let mut files = Vec::new();
    for directory in [sources.to_owned(), sources.join("pause")] {
        for entry in
            fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))?
        {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| ["go", "mod", "sum"].iter().any(|e| extension == *e))
            {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut parts: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    for path in files {
        parts.push(path.strip_prefix(sources)?.display().to_string());
        parts.push(digest::of(fs::read(&path)?));
    }
    Ok(digest::of(parts.join("\0")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_module() {
        let module = "require (\n\tk8s.io/kubectl v0.1.0\n\tk8s.io/kubernetes v1.2.3\n)\n";
        assert_eq!(kubernetes_version(module).unwrap(), "v1.2.3");
        assert!(linker_flags("v1.2.3").ends_with("gitMajor=1 -X k8s.io/component-base/version.gitMinor=2"));
        assert!(kubernetes_version("module x\n").is_err());
    }

    #[test]
    fn a_change_of_a_file_or_a_flag_asks_for_a_build() {
        let sources = tempfile::tempdir().unwrap();
        fs::create_dir(sources.path().join("pause")).unwrap();
        fs::write(sources.path().join("main.go"), "a").unwrap();
        let first = built_from(sources.path(), &["-a"]).unwrap();
        fs::write(sources.path().join("notes.txt"), "does not matter").unwrap();
        assert_eq!(built_from(sources.path(), &["-a"]).unwrap(), first);
        assert_ne!(built_from(sources.path(), &["-b"]).unwrap(), first);
        fs::write(sources.path().join("pause/main.go"), "b").unwrap();
        assert_ne!(built_from(sources.path(), &["-a"]).unwrap(), first);
    }
}
