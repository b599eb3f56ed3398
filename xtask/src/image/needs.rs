//! What building the images needs of this machine, and how it gets there.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};

/// The busybox that Debian's package puts there.
pub(super) const BUSYBOX: &str = "/bin/busybox";

/// Something that must be there.
pub(super) struct Need {
    what: String,
    is_there: fn() -> bool,
    /// The commands that install it.
    remedy: Vec<String>,
}

/// The target that gives static programs for this machine.
pub(super) fn target() -> String {
    format!("{}-unknown-linux-musl", env::consts::ARCH)
}

/// Installs what is missing.
pub(super) fn install() -> Result<()> {
    for need in all().iter().filter(|need| !is_there(need)) {
        for line in &need.remedy {
            let mut words = line.split(' ');
            let program = words.next().unwrap_or_default();
            let status = Command::new(program)
                .args(words)
                .current_dir(super::root())
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdout(std::io::stderr()) // where a path is printed, nothing else is
                .status()
                .with_context(|| format!("cannot run \"{line}\", which installs {}", need.what))?;
            ensure!(status.success(), "\"{line}\", which installs {}, ended with {status}", need.what);
        }
    }
    Ok(())
}

/// An error that names what static programs need and this machine has not.
pub(super) fn ensure_compiler() -> Result<()> {
    report(&compiler(), is_there)
}

/// An error where there is no static busybox.
pub(super) fn ensure_busybox() -> Result<()> {
    report(&[busybox()], is_there)
}

/// Whether a program needs no library of the system.
pub(super) fn is_static(program: &Path) -> bool {
    // It says so in one of two ways, and with either exit code, by the kind of static program.
    let said = Command::new("ldd").arg(program).env("LC_ALL", "C").output();
    said.is_ok_and(|said| {
        let text = [said.stdout, said.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        text.contains("statically linked") || text.contains("not a dynamic executable")
    })
}

/// An error where one of these is missing, with what installs it.
pub(super) fn report(needs: &[Need], is_there: fn(&Need) -> bool) -> Result<()> {
    let line = |need: &Need| format!("{}: {}", need.what, need.remedy.join(" && "));
    let missing: Vec<String> = needs.iter().filter(|need| !is_there(need)).map(line).collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("missing here; \"cargo xtask image --install\" installs it as root, by:\n{}", missing.join("\n"))
}

fn is_there(need: &Need) -> bool {
    (need.is_there)()
}

/// Everything that the images need.
pub(super) fn all() -> Vec<Need> {
    compiler().into_iter().chain([busybox()]).collect()
}

fn compiler() -> Vec<Need> {
    vec![
        Need {
            what: format!("the Rust target {}", target()),
            is_there: has_target,
            remedy: vec![format!("rustup target add {}", target())],
        },
        Need {
            what: "a C compiler for musl".to_owned(),
            is_there: || on_path("musl-gcc"),
            remedy: apt("musl-tools"),
        },
    ]
}

fn busybox() -> Need {
    Need {
        what: "a static busybox".to_owned(),
        is_there: || Path::new(BUSYBOX).exists() && is_static(Path::new(BUSYBOX)),
        remedy: apt("busybox-static"),
    }
}

fn apt(package: &str) -> Vec<String> {
    vec!["apt-get update -q".to_owned(), format!("apt-get install -qy --no-install-recommends {package}")]
}

/// Asks the compiler that the workspace has pinned, so that rustup is not needed for the question.
fn has_target() -> bool {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--print", "target-libdir", "--target", &target()]).current_dir(super::root());
    let output = rustc.stderr(Stdio::null()).output();
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
