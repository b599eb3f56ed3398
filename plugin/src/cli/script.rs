//! What was typed after `submit job` and `submit repjob`.

use std::path::PathBuf;

use clap::Args;
use gene_types::names;

/// `submit job`.
#[derive(Args, Clone, Debug)]
pub struct JobArgs {
    /// The script: its absolute path in the container, on the mounted claim or in the image
    #[arg(value_name = "SCRIPT", value_parser = script_path)]
    pub script: String,
    #[command(flatten)]
    pub tool: ToolArgs,
}

/// `submit repjob`.
#[derive(Args, Clone, Debug)]
pub struct RepjobArgs {
    /// The file with the jobs, on this machine: each line that begins with bash or sh is one; `-` reads standard
    /// input
    #[arg(value_name = "SCRIPT")]
    pub script: PathBuf,
    #[command(flatten)]
    pub tool: ToolArgs,
}

/// What a script runs in.
#[derive(Args, Clone, Debug)]
pub struct ToolArgs {
    /// The tool whose image it runs in
    #[arg(long, value_name = "NAME:VERSION", value_parser = tool)]
    pub tool: String,
    /// The persistent volume claim with the scripts and the data
    #[arg(long, value_name = "CLAIM", value_parser = claim)]
    pub pvc: String,
    /// Where the claim is mounted in the containers (default: the directory of SCRIPT)
    #[arg(long, value_name = "DIR", value_parser = mount_path)]
    pub mount_path: Option<String>,
    /// The memory of each job: 4G, 0.5G
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = memory)]
    pub memory: String,
    /// The cores of each job: 2, 0.5
    #[arg(long, value_name = "CORES", default_value = "1", value_parser = cpu)]
    pub cpu: String,
    /// What runs the script (default: sh)
    #[arg(long, value_name = "SHELL", value_parser = shell)]
    pub shell: Option<String>,
}

impl ToolArgs {
    /// What runs the script.
    pub fn shell(&self) -> &str {
        self.shell.as_deref().unwrap_or("sh")
    }
}

fn script_path(text: &str) -> Result<String, String> {
    if text.starts_with('/') && !text.ends_with('/') {
        Ok(text.to_owned())
    } else {
        Err("want its absolute path in the container, such as /data/align.sh".to_owned())
    }
}

fn tool(text: &str) -> Result<String, String> {
    let is_tool = text.split_once(':').is_some_and(|(name, version)| !name.is_empty() && !version.is_empty());
    if is_tool && !text.contains("${") {
        Ok(text.to_owned())
    } else {
        Err("want the name and the version of a tool, such as bwa:0.7.12".to_owned())
    }
}

fn claim(text: &str) -> Result<String, String> {
    if names::is_dns_subdomain(text) {
        Ok(text.to_owned())
    } else {
        Err("the name of a claim has only a-z, 0-9, \"-\" and \".\"".to_owned())
    }
}

fn mount_path(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && !text.trim_matches('/').is_empty();
    if is_path && !text.contains(':') && !text.split('/').any(|part| part == "..") {
        Ok(text.to_owned())
    } else {
        Err("want an absolute path without \":\" and \"..\", such as /data".to_owned())
    }
}

fn memory(text: &str) -> Result<String, String> {
    amount(text, ['g', 'G'], "want a number of gigabytes, such as 4G or 0.5G")
}

fn cpu(text: &str) -> Result<String, String> {
    amount(text, ['c', 'C'], "want a number of cores, such as 2 or 0.5")
}

/// A number as the grammar has it, with its unit or without.
fn amount(text: &str, unit: [char; 2], want: &str) -> Result<String, String> {
    let number = text.strip_suffix(unit).unwrap_or(text);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = match number.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(number),
    };
    if is_number { Ok(text.to_owned()) } else { Err(want.to_owned()) }
}

fn shell(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.contains(['\n', '\r']) {
        Err("want the name of a shell, such as bash".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_script_runs_in_is_checked_where_it_is_typed() {
        type Reader = fn(&str) -> Result<String, String>;
        let cases: [(Reader, &[&str], &[&str]); 7] = [
            (script_path, &["/a.sh", "/data/a b.sh"], &["", "a.sh", "./a.sh", "/", "/data/"]),
            (tool, &["bwa:0.7.12", "a:b:c"], &["", "bwa", "bwa:", ":1", "bwa:${v}"]),
            (claim, &["data", "a.b-c"], &["", "a_b", "${c}", "a/b", "A"]),
            (mount_path, &["/data", "/a/b/", "/a..b"], &["", "/", "//", "data", "/a:b", "/a/../b"]),
            (
                memory,
                &["1G", "4g", "0.5G", "1073741824"],
                &["", "4Gi", "4M", "G", "-1G", "${m}", "1.G", ".5G"],
            ),
            (cpu, &["1", "0.5", "2c", "2C"], &["", "500m", "c", "-1", "1,5"]),
            (shell, &["sh", " bash -e "], &["", " ", "sh\nrm"]),
        ];
        for (read, good, bad) in cases {
            for text in good {
                assert!(read(text).is_ok(), "{text:?}");
            }
            for text in bad {
                assert!(read(text).is_err(), "{text:?}");
            }
        }
    }
}
