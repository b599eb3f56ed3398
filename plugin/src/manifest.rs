//! Files with Executions: read, located, checked, and shown where they are wrong.

use std::path::PathBuf;

use gene_types::{Limits, ValidExecution};

/// One Execution of a file, checked.
#[derive(Debug)]
pub struct Loaded {
    /// The Execution as it stands in the file, defaults filled in.
    pub valid: ValidExecution,
    /// The file's name as a person would write it; `<stdin>` for `-`.
    pub file: String,
}

/// Reads every Execution of every file. Errors and warnings go to standard error.
///
/// # Errors
/// Something was refused, and all of it has been printed.
pub fn load(_files: &[PathBuf], _limits: &Limits) -> Result<Vec<Loaded>, Refused> {
    Err(Refused)
}

/// At least one file was refused; the reasons have been printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;
