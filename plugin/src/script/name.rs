//! What a script's task is called.

use std::path::Path;

use crate::{manifest::is_stdin, wfformat::label_within};

/// What a script is called that comes from standard input.
const NAMELESS: &str = "repjob";

/// So many bytes: an Execution whose name begins with it and ends as the server says (six bytes more), and its task of
/// the same name have room for six digits of index and a second attempt in the 63 bytes of a Job's name.
pub const MOST_BYTES: usize = 23;

/// The name of the file without its ending, as a label that begins with a letter; what is too long, or has no letter or
/// digit, ends in a digest.
pub fn of(script: &Path) -> String {
    if is_stdin(script) {
        return NAMELESS.to_owned();
    }
    let stem = script.file_stem().unwrap_or_default().to_string_lossy();
    label_within(&stem, "job", MOST_BYTES)
}

#[cfg(test)]
mod tests {
    use gene_types::names::is_dns_label;

    use super::*;

    #[test]
    fn any_script_has_a_name() {
        for (script, expected) in [
            ("/data/print.sh", "print"),
            ("repjob.sh", "repjob"),
            ("bwa_mem_work.sh", "bwa-mem-work"),
            ("My.Pipeline_v2.sh", "my-pipeline-v2"),
            ("/data/print", "print"),
            ("exactly-23-bytes-long-x.sh", "exactly-23-bytes-long-x"),
            ("1.sh", "job-1"),
            ("-", "repjob"),
            ("/", "job-4oymiquy"),
            ("日本.sh", "job-z4vl6dc3"),
        ] {
            assert_eq!(of(Path::new(script)), expected, "{script:?}");
        }
        let (long, other) = ("a_very_long_name_of_a_script_1.sh", "a_very_long_name_of_a_script_2.sh");
        assert_ne!(of(Path::new(long)), of(Path::new(other)));
        for name in [long, other, &"x".repeat(255), &"1".repeat(255), &"é.".repeat(100)] {
            let name = of(Path::new(name));
            assert!(is_dns_label(&name) && name.len() <= MOST_BYTES, "{name}");
            assert!(name.starts_with(|char: char| char.is_ascii_lowercase()), "{name}");
        }
        // A generated name ends in a dash and five bytes.
        assert_eq!(MOST_BYTES + 6 + 1 + MOST_BYTES + ".100000".len() + "-9".len(), 62);
    }
}
