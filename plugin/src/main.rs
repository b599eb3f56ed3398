//! `kubectl gene`: see the library beside.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubectl_gene::main()
}
