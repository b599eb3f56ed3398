//! What an Execution is called whose workflow does not say it.

use std::path::Path;

use gene_types::names::nearest_dns_label;

/// Where even the file gives no name, as standard input.
const NAMELESS: &str = "workflow";

/// The name of a file without its extension, as far as an Execution can be called so.
pub fn of_file(file: &str) -> String {
    // Standard input is shown as `<stdin>`, which is no name.
    let stem = if file.starts_with('<') { None } else { Path::new(file).file_stem() };
    let label = stem.and_then(|stem| nearest_dns_label(&stem.to_string_lossy()));
    label.unwrap_or_else(|| NAMELESS.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_stem() {
        for (file, expected) in [
            ("wgs.yaml", "wgs"),
            ("/data/Sample_1.v2.yml", "sample-1-v2"),
            ("simple sample.yaml", "simple-sample"),
            ("wgs", "wgs"),
            ("10.yaml", "10"),
            ("基因.yaml", "workflow"),
            ("<stdin>", "workflow"),
            ("..", "workflow"),
        ] {
            assert_eq!(of_file(file), expected, "{file}");
        }
        assert_eq!(of_file(&format!("{}.yaml", "a".repeat(80))), "a".repeat(63));
    }
}
