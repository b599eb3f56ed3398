//! Volumes: which directory of this machine stands for which, and making it ready for an attempt.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

/// One volume of a task, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The name that the task gives it.
    pub name: String,
    /// Where the command sees it.
    pub path: PathBuf,
    /// Nothing may be written there.
    pub is_read_only: bool,
    /// A path inside that is mounted instead of its root.
    pub sub_path: Option<PathBuf>,
    /// Where it comes from.
    pub source: Source,
}

/// Where a volume comes from on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A directory that was named; it exists.
    Given(PathBuf),
    /// A directory of the run, made when it is first needed, and kept.
    Kept(PathBuf),
    /// A fresh directory for each attempt, removed with it.
    Scratch,
}

/// One volume of one attempt, ready to be mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// What stands for it on this machine: exists, absolute, free of symbolic links.
    pub host: PathBuf,
    /// Where the command sees it.
    pub path: PathBuf,
    /// Nothing may be written there.
    pub is_read_only: bool,
}

/// Makes the volumes of one attempt ready; `scratch` is the attempt's own directory for those that
/// begin empty.
///
/// # Errors
/// A sentence that names the volume.
pub fn make_ready(mounts: &[Mount], scratch: &Path) -> Result<Vec<Ready>, String> {
    mounts.iter().map(|mount| make_one_ready(mount, scratch)).collect()
}

fn make_one_ready(mount: &Mount, scratch: &Path) -> Result<Ready, String> {
    let root = match &mount.source {
        Source::Given(directory) | Source::Kept(directory) => directory.clone(),
        Source::Scratch => scratch.join(&mount.name),
    };
    let about = |path: &Path, why: &dyn std::fmt::Display| {
        format!("volume {:?}: {}: {why}", mount.name, path.display())
    };
    if !matches!(mount.source, Source::Given(_)) {
        fs::create_dir_all(&root).map_err(|error| about(&root, &error))?;
    }
    let root = fs::canonicalize(&root).map_err(|error| about(&root, &error))?;
    let host = match &mount.sub_path {
        None => root,
        Some(inside) => make_inside(&root, inside).map_err(|error| about(&root.join(inside), &error))?,
    };
    Ok(Ready { host, path: mount.path.clone(), is_read_only: mount.is_read_only })
}

/// The path inside a directory, with directories made where nothing is yet, as a kubelet makes a
/// `subPath`. Symbolic links are followed as long as they stay inside: what a vertex wrote into a
/// volume must not decide which directory of the host another vertex gets.
///
/// # Errors
/// It leads outside, or cannot be made.
pub fn make_inside(root: &Path, inside: &Path) -> io::Result<PathBuf> {
    let mut reached = root.to_owned();
    for component in inside.components() {
        match component {
            Component::CurDir => continue,
            Component::Normal(name) => reached.push(name),
            _ => return Err(io::Error::other("leads out of the volume")),
        }
        match fs::create_dir(&reached) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => reached = fs::canonicalize(&reached)?,
        }
        if !reached.starts_with(root) {
            return Err(io::Error::other(format!(
                "a symbolic link leads out of the volume, to {}",
                reached.display()
            )));
        }
    }
    Ok(reached)
}

/// The volumes in the order in which they are mounted: one inside another comes after it.
pub fn sort_for_mounting(mounts: &mut [Mount]) {
    mounts.sort_by(|a, b| a.path.components().cmp(b.path.components()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(name: &str, source: Source, sub_path: Option<&str>) -> Mount {
        Mount {
            name: name.into(),
            path: "/data".into(),
            is_read_only: false,
            sub_path: sub_path.map(PathBuf::from),
            source,
        }
    }

    #[test]
    fn directories_are_made_where_the_run_owns_them() {
        let root = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(root.path()).unwrap();
        let scratch = base.join("scratch/a.0.0");
        let mounts = [
            mount("kept", Source::Kept(base.join("volumes/kept")), Some("x/./y")),
            mount("tmp", Source::Scratch, None),
        ];
        let ready = make_ready(&mounts, &scratch).unwrap();
        let hosts: Vec<_> = ready.iter().map(|ready| ready.host.clone()).collect();
        assert_eq!(hosts, [base.join("volumes/kept/x/y"), scratch.join("tmp")]);
        assert!(hosts.iter().all(|host| host.is_dir()));
    }

    #[test]
    fn a_given_directory_that_is_gone_is_not_made_anew() {
        let root = tempfile::tempdir().unwrap();
        let gone = root.path().join("gone");
        let error = make_ready(&[mount("in", Source::Given(gone.clone()), None)], root.path()).unwrap_err();
        assert!(error.starts_with("volume \"in\": ") && error.contains("No such file"), "{error}");
        assert!(!gone.exists());
    }

    #[test]
    fn a_sub_path_never_leaves_its_volume() {
        let root = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(root.path()).unwrap();
        let volume = base.join("volume");
        fs::create_dir_all(volume.join("real")).unwrap();
        std::os::unix::fs::symlink("/etc", volume.join("absolute")).unwrap();
        std::os::unix::fs::symlink("../..", volume.join("relative")).unwrap();
        std::os::unix::fs::symlink("real", volume.join("within")).unwrap();
        std::os::unix::fs::symlink("nowhere", volume.join("dangling")).unwrap();
        for bad in [
            "absolute",
            "absolute/kubegene-test",
            "relative",
            "relative/x",
            "..",
            "real/../..",
            "/etc",
            "dangling",
        ] {
            assert!(make_inside(&volume, Path::new(bad)).is_err(), "{bad}");
        }
        assert_eq!(make_inside(&volume, Path::new("within/new")).unwrap(), volume.join("real/new"));
        assert!(!base.join("x").exists() && !Path::new("/etc/kubegene-test").exists());
        fs::write(volume.join("file"), "").unwrap();
        assert_eq!(make_inside(&volume, Path::new("file")).unwrap(), volume.join("file"));
    }

    #[test]
    fn an_outer_volume_is_mounted_before_an_inner_one() {
        let mut mounts: Vec<_> = ["/a/b/c", "/a-b", "/a", "/a/b"]
            .map(|path| Mount { path: path.into(), ..mount("v", Source::Scratch, None) })
            .into();
        sort_for_mounting(&mut mounts);
        let order: Vec<_> = mounts.iter().map(|mount| mount.path.to_str().unwrap()).collect();
        assert_eq!(order, ["/a", "/a/b", "/a/b/c", "/a-b"]);
    }
}
