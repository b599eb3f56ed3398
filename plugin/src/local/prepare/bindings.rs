//! `--volume NAME=DIR` and `--env NAME=VALUE`: what the file leaves to the machine that runs it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use gene_types::{
    ValidExecution,
    field::{FieldError, FieldErrorKind, FieldPath},
    nearest::Nearest,
};

use crate::local::runner::process::reason;

/// `--volume` and `--env`, taken apart.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    volumes: BTreeMap<String, PathBuf>,
    env: BTreeMap<String, String>,
}

impl Bindings {
    /// Takes `NAME=DIR` and `NAME=VALUE` apart.
    ///
    /// # Errors
    /// Everything that is malformed, given twice, or no directory. These have no path in a document.
    pub fn parse(volumes: &[String], env: &[String]) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut bindings = Self::default();
        for (name, directory) in pairs("--volume", "CLAIM=DIR", volumes, &mut errors) {
            match existing_directory(Path::new(directory)) {
                Ok(found) => {
                    bindings.volumes.insert(name.to_owned(), found);
                }
                Err(why) => errors.push(
                    error(
                        FieldErrorKind::NotFound,
                        format!("--volume {name}={directory}: {directory:?} {why}"),
                    )
                    .help("name a directory that exists"),
                ),
            }
        }
        for (name, value) in pairs("--env", "NAME=VALUE", env, &mut errors) {
            bindings.env.insert(name.to_owned(), value.to_owned());
        }
        if errors.is_empty() { Ok(bindings) } else { Err(errors) }
    }

    /// Everything that names nothing in any of these Executions.
    pub fn unused<'a>(&self, executions: impl IntoIterator<Item = &'a ValidExecution>) -> Vec<FieldError> {
        let mut names = Names::default();
        for valid in executions {
            names.collect(valid);
        }
        let mut nearest = Nearest::new();
        let unknown_volumes = self.volumes.keys().filter(|name| !names.volumes.contains(name.as_str()));
        let volumes = unknown_volumes.map(|name| {
            let message = format!("--volume {name}: no claim and no volume is called {name:?}");
            error(FieldErrorKind::NotFound, message).help(remedy(
                &mut nearest,
                name,
                &names.volumes,
                "volume",
            ))
        });
        let mut errors: Vec<_> = volumes.collect();
        for name in self.env.keys().filter(|name| !names.variables.contains(name.as_str())) {
            let message = if names.with_value.contains(name.as_str()) {
                format!("--env {name}: the value of {name:?} stands in the file")
            } else {
                format!("--env {name}: no task takes a variable {name:?} from elsewhere (valueFrom)")
            };
            let help = remedy(&mut nearest, name, &names.variables, "variable with valueFrom");
            errors.push(error(FieldErrorKind::NotFound, message).help(help));
        }
        errors
    }

    /// The directory that was named for a claim or a volume.
    pub fn directory(&self, name: &str) -> Option<&Path> {
        self.volumes.get(name).map(PathBuf::as_path)
    }

    /// The value that was given for a variable.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
    }
}

/// What the Executions have that can be named.
#[derive(Default)]
struct Names<'a> {
    /// Claims and volumes.
    volumes: BTreeSet<&'a str>,
    /// Variables with `valueFrom`.
    variables: BTreeSet<&'a str>,
    /// Variables with a value in the file.
    with_value: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    fn collect(&mut self, valid: &'a ValidExecution) {
        for task in &valid.execution().spec.tasks {
            for (name, volume) in task.volumes.iter().flatten() {
                self.volumes.insert(name);
                self.volumes.extend(volume.mount_from.pvc.as_deref());
            }
            for variable in task.env.iter().flatten() {
                let names =
                    if variable.value_from.is_some() { &mut self.variables } else { &mut self.with_value };
                names.insert(&variable.name);
            }
        }
    }
}

/// `NAME=…` apart at the first `=`; a name comes once.
fn pairs<'a>(
    option: &str,
    form: &str,
    given: &'a [String],
    errors: &mut Vec<FieldError>,
) -> Vec<(&'a str, &'a str)> {
    let mut seen = BTreeSet::new();
    let mut pairs = Vec::new();
    for text in given {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && !text.contains('\0') => {
                if seen.insert(name) {
                    pairs.push((name, value));
                } else {
                    let message = format!("{option} {name}: {name:?} is given twice");
                    errors.push(error(FieldErrorKind::Duplicate, message).help("give it once"));
                }
            }
            _ => errors.push(
                error(
                    FieldErrorKind::Invalid,
                    format!("{option} {text}: {text:?} is not of the form {form}"),
                )
                .help(format!("write {option} {form}")),
            ),
        }
    }
    pairs
}

fn existing_directory(directory: &Path) -> Result<PathBuf, String> {
    let found =
        std::fs::canonicalize(directory).map_err(|error| format!("cannot be used: {}", reason(&error)))?;
    if found.is_dir() { Ok(found) } else { Err("is not a directory".to_owned()) }
}

fn remedy(nearest: &mut Nearest, name: &str, known: &BTreeSet<&str>, what: &str) -> String {
    match nearest.find(name, known.iter().copied()) {
        Some(near) => format!("there is a {what} {near:?}"),
        None if known.is_empty() => format!("leave it out: the file has no {what}"),
        None => {
            let some: Vec<_> = known.iter().take(5).map(|name| format!("{name:?}")).collect();
            format!("the file has {}{}", some.join(", "), if known.len() > 5 { " and others" } else { "" })
        }
    }
}

fn error(kind: FieldErrorKind, message: String) -> FieldError {
    FieldError::new(FieldPath::root(), kind, message)
}
