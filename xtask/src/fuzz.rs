//! `cargo xtask fuzz`: the targets in `fuzz/`, with libFuzzer on the pinned toolchain.
//!
//! Each runs on from the corpus that is committed and from what it has found before on this machine, which stays in
//! `target/fuzz`. `--keep` brings the best of both into the committed corpus.

mod corpus;
mod words;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

/// What to fuzz.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The targets; without any, all
    #[arg(value_name = "TARGET", value_parser = TARGETS)]
    targets: Vec<String>,
    /// How long each runs
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Put the best of what was found into fuzz/corpus afterwards
    #[arg(long)]
    keep: bool,
}

const TARGETS: [&str; 4] = ["review", "execution", "yaml", "workflow"];

/// Seconds that one input may take, MiB that the process may, and the longest input that is made.
const BOUNDS: [&str; 3] = ["-timeout=5", "-rss_limit_mb=1024", "-max_len=65536"];

/// Builds the targets, runs as many at once as there are cores, and tells how each has fared.
pub(crate) fn run(args: &Args) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in no workspace")?;
    let targets: Vec<&str> = if args.targets.is_empty() {
        TARGETS.to_vec()
    } else {
        args.targets.iter().map(String::as_str).collect()
    };
    let programs = build(root, &targets)?;
    let targets: Vec<Target<'_>> =
        targets.iter().map(|target| Target::new(root, &programs, target)).collect::<Result<_>>()?;
    let cores = thread::available_parallelism().context("cannot count the cores")?.get();
    let next = AtomicUsize::new(0);
    let fuzz = || -> Result<bool> {
        let mut has_found = false;
        while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
            has_found |= !target.fuzz(args.seconds)?;
        }
        Ok(has_found)
    };
    let has_failed = thread::scope(|scope| -> Result<bool> {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(fuzz)).collect();
        let mut has_failed = false;
        for worker in workers {
            has_failed |= worker.join().map_err(|_| anyhow!("a thread that fuzzes has panicked"))??;
        }
        Ok(has_failed)
    })?;
    if args.keep {
        // What was found beside a failure is kept as well: only what fails is not there.
        targets.iter().try_for_each(Target::keep)?;
    }
    ensure!(!has_failed, "fuzzing has found what must not be");
    Ok(())
}

/// Builds the targets. The directory where they are then.
fn build(root: &Path, targets: &[&str]) -> Result<PathBuf> {
    let rustc = Command::new("rustc").args(["--print", "host-tuple"]).output().context("cannot run rustc")?;
    ensure!(rustc.status.success(), "rustc does not tell its host");
    let host = String::from_utf8(rustc.stdout)?.trim().to_owned();
    let directory = root.join("target/fuzz");
    // The workspace's own versions, to which cargo adds those of the fuzzer alone.
    fs::copy(root.join("Cargo.lock"), root.join("fuzz/Cargo.lock"))
        .context("cannot copy Cargo.lock to fuzz")?;
    let mut cargo = crate::cargo::cargo();
    // With a target named, what runs while building is built for itself.
    cargo.args(["build", "--release", "--target", &host]);
    cargo.arg("--manifest-path").arg(root.join("fuzz/Cargo.toml")).arg("--target-dir").arg(&directory);
    cargo.args(targets.iter().flat_map(|target| ["--bin", target]));
    cargo.env("RUSTC_WRAPPER", root.join("fuzz/rustc"));
    // For cargo, a flag for everything: what was built with another set of them is not what is meant here.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", "--cfg\u{1f}fuzzing");
    ensure!(cargo.status().context("cannot run cargo")?.success(), "the fuzz targets cannot be built");
    Ok(directory.join(host).join("release"))
}

/// One target, and where its things are.
struct Target<'a> {
    root: &'a Path,
    name: &'a str,
    program: PathBuf,
    /// What was found on this machine.
    found: PathBuf,
    /// What made it fail.
    crashes: PathBuf,
    log: PathBuf,
}

impl<'a> Target<'a> {
    fn new(root: &'a Path, programs: &Path, name: &'a str) -> Result<Self> {
        let state = root.join("target/fuzz/state").join(name);
        let target = Self {
            root,
            name,
            program: programs.join(name),
            found: state.join("found"),
            crashes: state.join("crashes"),
            log: state.join("log"),
        };
        for directory in [&target.found, &target.crashes] {
            fs::create_dir_all(directory)
                .with_context(|| format!("cannot create {}", directory.display()))?;
        }
        Ok(target)
    }

    /// What is committed.
    fn corpora(&self) -> Vec<PathBuf> {
        let mut corpora = vec![self.root.join("fuzz/corpus").join(self.name)];
        if self.name == "yaml" {
            corpora.extend(["examples", "examples/rejected"].map(|path| self.root.join(path)));
        }
        corpora
    }

    /// Runs it. Whether nothing was found.
    fn fuzz(&self, seconds: u32) -> Result<bool> {
        let words = self.log.with_file_name("words");
        fs::write(&words, words::dictionary(self.name)?)?;
        println!("{}: {seconds} s", self.name);
        let mut command = Command::new(&self.program);
        command.args(BOUNDS).args([format!("-max_total_time={seconds}"), "-print_final_stats=1".to_owned()]);
        command.arg(format!("-artifact_prefix={}/", self.crashes.display()));
        command.arg(format!("-dict={}", words.display()));
        command.arg(&self.found).args(self.corpora());
        command.stderr(fs::File::create(&self.log)?);
        let status = command.status().with_context(|| format!("cannot run {}", self.program.display()))?;
        let log = String::from_utf8_lossy(&fs::read(&self.log)?).into_owned();
        let statistics = Statistics::of(&log);
        println!("{}: {statistics}", self.name);
        if status.success() {
            ensure!(statistics.edges > 0, "{} measures no coverage; see {}", self.name, self.log.display());
            return Ok(true);
        }
        self.tell(&log);
        Ok(false)
    }

    /// What was found, and how to see it again.
    fn tell(&self, log: &str) {
        let is_telling = |line: &&str| line.contains("panicked at") || line.contains("ERROR: libFuzzer");
        let from = log.lines().position(|line| is_telling(&line)).unwrap_or_default();
        for line in log.lines().skip(from).take(12) {
            eprintln!("  {line}");
        }
        let name = self.name;
        eprintln!("{name}: all that was said: {}", self.log.display());
        let written = log.lines().find_map(|line| line.split_once("Test unit written to ")?.1.into());
        if let Some(input) = written {
            eprintln!("{name}: again: {} {} {input}", self.program.display(), BOUNDS.join(" "));
            eprintln!(
                "{name}: once it is mended, keep it: cp {input} fuzz/corpus/{name}/; \"cargo test -p gene-tests --test corpus\" tries it"
            );
        }
    }

    fn keep(&self) -> Result<()> {
        let Some(committed) = self.corpora().into_iter().next() else { bail!("{} has no corpus", self.name) };
        let kept = corpus::replace(&self.program, &committed, &self.found)?;
        println!("{}: {kept}", self.name);
        Ok(())
    }
}

/// What libFuzzer says of a run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Statistics {
    executions: u64,
    per_second: u64,
    /// Edges of the program that were gone along.
    edges: u64,
    peak_mib: u64,
}

impl Statistics {
    fn of(log: &str) -> Self {
        let mut statistics = Self::default();
        for line in log.lines() {
            let number = |text: &str| line.strip_prefix(text).and_then(|rest| rest.trim().parse().ok());
            if let Some(executions) = number("stat::number_of_executed_units:") {
                statistics.executions = executions;
            } else if let Some(per_second) = number("stat::average_exec_per_sec:") {
                statistics.per_second = per_second;
            } else if let Some(peak) = number("stat::peak_rss_mb:") {
                statistics.peak_mib = peak;
            } else if let Some((_, rest)) = line.split_once(" cov: ") {
                let edges = rest.split_whitespace().next().and_then(|edges| edges.parse().ok());
                statistics.edges = edges.unwrap_or(statistics.edges);
            }
        }
        statistics
    }
}

impl std::fmt::Display for Statistics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { executions, per_second, edges, peak_mib } = self;
        write!(f, "{executions} executions, {per_second}/s, {edges} edges covered, at most {peak_mib} MiB")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_coverage_counts() {
        let log = "#2\tINITED cov: 12 ft: 13 corp: 1/1b exec/s: 0 rss: 30Mb\n\
            #9\tNEW    cov: 40 ft: 70 corp: 2/3b\n\
            Done 9 runs in 2 second(s)\n\
            stat::number_of_executed_units: 9\n\
            stat::average_exec_per_sec:     4\n\
            stat::peak_rss_mb:              31\n";
        let expected = Statistics { executions: 9, per_second: 4, edges: 40, peak_mib: 31 };
        assert_eq!(Statistics::of(log), expected);
    }
}
