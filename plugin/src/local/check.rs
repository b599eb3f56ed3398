//! Everything that is looked at before the first of several Executions starts.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

use gene_types::field::FieldError;

use super::{
    candidate::{Candidate, Refusal},
    directory::is_run,
    prepare::Bindings,
    runner::process::reason,
};
use crate::{cli::RunArgs, manifest::Loaded, print};

/// Checks everything before anything starts. Absent: something is refused, and all of it has been printed.
pub fn check(args: &RunArgs, loaded: &[Loaded]) -> Option<Vec<Candidate>> {
    let mut seen = BTreeMap::new();
    let mut is_refused = false;
    for one in loaded {
        if let Some(first) = seen.insert(one.valid.name(), &one.file) {
            let files = if *first == one.file { first.clone() } else { format!("{first} and {}", one.file) };
            complain(&format!(
                "two Executions are called \"{}\" ({files})\nhelp: give each a name of its own, or run them by two commands",
                one.valid.name()
            ));
            is_refused = true;
        }
    }
    if let Some(dir) = args.dir.as_ref().filter(|dir| loaded.len() > 1 && is_run(dir)) {
        complain(&format!(
            "directory \"{}\" is one run's, and several Executions need one each\nhelp: give --dir another directory",
            dir.display()
        ));
        is_refused = true;
    }
    let current_dir = env::current_dir()
        .map_err(|error| complain(&format!("the current directory cannot be found: {}", reason(&error))))
        .ok()?;
    let bindings = Bindings::parse(&args.volumes, &args.env).map_err(|errors| show(&errors)).ok()?;
    let unused = bindings.unused(loaded.iter().map(|one| &one.valid));
    show(&unused);
    if is_refused || !unused.is_empty() {
        return None;
    }
    let checked: Vec<Option<Candidate>> = loaded
        .iter()
        .map(|one| {
            let shown = directory_of(args, one.valid.name(), loaded.len() > 1);
            let checked = Candidate::check(one, &shown, args, &bindings, &current_dir);
            checked.map_err(|refusal| refuse(one, refusal)).ok()
        })
        .collect();
    if checked.iter().any(Option::is_none) {
        checked.into_iter().flatten().for_each(|candidate| candidate.directory.abandon());
        return None;
    }
    let candidates: Vec<Candidate> = checked.into_iter().flatten().collect();
    let mut notices: Vec<String> =
        candidates.iter().flat_map(|candidate| candidate.prepared.notices()).collect();
    notices.sort();
    notices.dedup();
    for notice in notices {
        print::talk(&format!("note: {notice}\n"));
    }
    Some(candidates)
}

fn directory_of(args: &RunArgs, name: &str, are_several: bool) -> PathBuf {
    match &args.dir {
        Some(dir) if are_several => dir.join(name),
        Some(dir) => dir.clone(),
        None => Path::new(".gene").join(name),
    }
}

fn refuse(loaded: &Loaded, refusal: Refusal) {
    match refusal {
        Refusal::Fields(errors) => loaded.refuse(&errors),
        Refusal::Other(sentence, lines) => {
            complain(&std::iter::once(sentence).chain(lines).collect::<Vec<_>>().join("\n"));
        }
    }
}

/// Shows faults of the command line.
fn show(errors: &[FieldError]) {
    for error in errors {
        let help = error.help.as_ref().map(|help| format!("\nhelp: {}", help.text)).unwrap_or_default();
        complain(&format!("{}{help}", error.message));
    }
}

/// Says what is wrong.
pub fn complain(sentence: &str) {
    print::talk(&format!("error: {sentence}\n"));
}
