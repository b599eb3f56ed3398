//! Logs, on standard error.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Which lines are logged: a level, or `target=level` pairs separated by commas.
#[derive(Clone, Debug)]
pub struct LogFilter(String);

impl std::str::FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // What is no directive would be taken for the name of a target, and log nothing.
        let levels = ["off", "error", "warn", "info", "debug", "trace"];
        for directive in text.split(',') {
            let level = directive.rsplit_once('=').map_or(directive, |(_, level)| level);
            if !levels.contains(&level.trim().to_ascii_lowercase().as_str()) {
                return Err(format!("\"{level}\" is no level; the levels are {}", levels.join(", ")));
            }
        }
        EnvFilter::try_new(text).map_err(|error| error.to_string())?;
        Ok(Self(text.to_owned()))
    }
}

/// Sends the log of this process to standard error from now on.
///
/// # Errors
/// When the process already has a log.
pub fn start(format: LogFormat, filter: &LogFilter) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&filter.0)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    let started = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}
