//! The `kubectl-gene` program as a whole process.

use std::{
    fs,
    io::Read as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};

use super::{
    report::{Report, median},
    workloads,
};

/// Measures start-up, size, `lint` and `run`.
pub fn measure(report: &mut Report, runs: usize) -> Result<()> {
    let binary = build()?;
    let bytes = fs::metadata(&binary)?.len();
    report.add("stripped release binary", format!("{:.1} MB", bytes as f64 / 1e6), "≤ 12 MB");
    report.add(
        "`kubectl-gene version --client`, a new process, its file in memory",
        format!("{:.1} ms", version(&binary, runs)? * 1e3),
        "≤ 10 ms",
    );
    let directory = tempfile::tempdir()?;
    report.add(
        "`tree`, from its start to its first request",
        format!("{:.1} ms", first_request(&binary, directory.path(), runs)? * 1e3),
        "≤ 10 ms",
    );
    lint(&binary, directory.path(), report)?;
    run(&binary, directory.path(), report)
}

/// Memory of this process that no file backs, in bytes.
pub fn own_bytes() -> Result<u64> {
    status_field("self", "RssAnon:")
}

fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status =
        Command::new(cargo).args(["build", "--release", "--quiet", "--package", "kubectl-gene"]).status()?;
    ensure!(status.success(), "kubectl-gene does not build");
    let this = std::env::current_exe()?;
    Ok(this.parent().context("a program lies in a directory")?.join("kubectl-gene"))
}

/// Seconds from start to end of a new process whose file is in memory already: the median of many.
fn version(binary: &Path, runs: usize) -> Result<f64> {
    let mut samples = Vec::new();
    for _ in 0..runs * 10 {
        let start = Instant::now();
        let status = Command::new(binary).args(["version", "--client"]).stdout(Stdio::null()).status()?;
        samples.push(start.elapsed().as_secs_f64());
        ensure!(status.success(), "version --client: {status}");
    }
    Ok(median(samples))
}

/// Seconds from the start of a new process until a server hears of it: the median of many.
fn first_request(binary: &Path, directory: &Path, runs: usize) -> Result<f64> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let kubeconfig = directory.join("kubeconfig");
    let server = format!("http://{}", listener.local_addr()?);
    let content = serde_json::json!({"apiVersion": "v1", "kind": "Config", "current-context": "bench",
        "clusters": [{"name": "bench", "cluster": {"server": server}}],
        "users": [{"name": "bench", "user": {"token": "bench"}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}]});
    fs::write(&kubeconfig, content.to_string())?;
    let mut samples = Vec::new();
    for _ in 0..runs * 10 {
        let start = Instant::now();
        let mut child = Command::new(binary)
            .args(["tree", "bench", "--kubeconfig"])
            .arg(&kubeconfig)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        // The program gives up a server that is away after seconds, and its connection ends with it.
        let (mut connection, _) = listener.accept()?;
        connection.read_exact(&mut [0])?;
        samples.push(start.elapsed().as_secs_f64());
        child.kill()?;
        child.wait()?;
    }
    Ok(median(samples))
}

fn lint(binary: &Path, directory: &Path, report: &mut Report) -> Result<()> {
    let file = directory.join("chain.yaml");
    fs::write(&file, serde_saphyr::to_string(&workloads::chain(10_000))?)?;
    let start = Instant::now();
    let mut child =
        Command::new(binary).arg("lint").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let peak = watch_peak(&mut child)?;
    let seconds = start.elapsed().as_secs_f64();
    report.add("`lint`, 10,000 tasks of YAML", format!("{:.0} ms", seconds * 1e3), "≤ 500 ms");
    report.add("… memory at its highest", format!("{:.0} MB", peak as f64 / 1e6), "≤ 120 MB");
    Ok(())
}

/// Waits for a process and returns the most memory that it held, looked at every millisecond.
fn watch_peak(child: &mut Child) -> Result<u64> {
    let mut peak = 0;
    loop {
        // A process that has just ended has no memory to read.
        peak = status_field(&child.id().to_string(), "VmHWM:").unwrap_or(0).max(peak);
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "it ended with {status}");
            return Ok(peak);
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// 10,000 vertices of `true`: what the run itself costs beside what its children do.
fn run(binary: &Path, directory: &Path, report: &mut Report) -> Result<()> {
    let file = directory.join("true.json");
    fs::write(&file, serde_json::to_vec(&workloads::independent(10_000, "true"))?)?;
    let start = Instant::now();
    let child = Command::new(binary)
        .arg("run")
        .arg(&file)
        .arg("--dir")
        .arg(directory.join("state"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let (own, children) = cpu_seconds(child)?;
    let seconds = start.elapsed().as_secs_f64();
    report.add("`run`, 10,000 vertices of `true`", format!("{seconds:.1} s"), "");
    report.add(
        "… CPU of the run itself : of its children",
        format!("{own:.1} s : {children:.1} s"),
        "own < children",
    );
    Ok(())
}

/// CPU seconds of a process and of the children that it waited for, read while it is a zombie.
fn cpu_seconds(mut child: Child) -> Result<(f64, f64)> {
    let pid = rustix::process::Pid::from_child(&child);
    let options = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
    rustix::process::waitid(rustix::process::WaitId::Pid(pid), options)?;
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id()))?;
    let status = child.wait()?;
    ensure!(status.success(), "run ended with {status}");
    // The name in parentheses may hold blanks; utime, stime, cutime and cstime are fields 14 to 17.
    let after_name = stat.rsplit_once(')').context("/proc/PID/stat names the program")?.1;
    let ticks: Vec<f64> =
        after_name.split_whitespace().skip(11).take(4).filter_map(|field| field.parse().ok()).collect();
    ensure!(ticks.len() == 4, "/proc/PID/stat has too few fields");
    let per_second = 100.0; // USER_HZ is 100 on every architecture that Linux reports these to
    Ok(((ticks[0] + ticks[1]) / per_second, (ticks[2] + ticks[3]) / per_second))
}

/// A field of /proc/PID/status that is given in kB, as bytes.
fn status_field(process: &str, field: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no such field")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
