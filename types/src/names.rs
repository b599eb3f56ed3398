//! Names: what a Job is called, what marks it, and the arithmetic of its 63 bytes.

/// Label of Jobs and pods: the name of the Execution.
pub const LABEL_NAME: &str = "execution.kubegene.io/name";
/// Label of Jobs and pods: the name of the task.
pub const LABEL_TASK: &str = "execution.kubegene.io/task";
/// Label of Jobs and pods: the index within the task.
pub const LABEL_INDEX: &str = "execution.kubegene.io/index";
/// Label of Jobs and pods: the attempt from 0.
pub const LABEL_ATTEMPT: &str = "execution.kubegene.io/attempt";
/// Label of Jobs only, as the original set it: the UID of the Execution. On a pod template Kubernetes
/// refuses a foreign value.
pub const LABEL_CONTROLLER_UID: &str = "controller-uid";

/// Annotation of an Execution: who asked for it, as admission saw them. Nobody else may set or change it.
pub const ANNOTATION_SUBMITTED_BY: &str = "execution.kubegene.io/submitted-by";
/// Annotation of an Execution made of a workflow: what its outputs are, as JSON, lists of paths by name.
pub const ANNOTATION_OUTPUTS: &str = "execution.kubegene.io/outputs";

/// Variables whose names begin so are the system's own.
pub const ENV_RESERVED_PREFIX: &str = "GENE_";
/// Variable of every vertex: the name of the Execution.
pub const ENV_EXECUTION: &str = "GENE_EXECUTION";
/// Variable of every vertex: the name of the task.
pub const ENV_TASK: &str = "GENE_TASK";
/// Variable of every vertex: the index within the task.
pub const ENV_INDEX: &str = "GENE_INDEX";
/// Variable of every vertex: the attempt from 0.
pub const ENV_ATTEMPT: &str = "GENE_ATTEMPT";
/// Followed by n from 1: the text that `${n}` stands for.
pub const ENV_ARGUMENT_PREFIX: &str = "GENE_ARG_";

/// The longest name of a Job: Kubernetes makes a label of it.
pub const MAX_NAME_BYTES: usize = 63;
/// Index digits that a dynamic task reserves, as its width is not known when it is admitted.
pub const DYNAMIC_INDEX_DIGITS: usize = 5;
/// Bytes that the API server appends to a `generateName`.
pub const GENERATED_SUFFIX_BYTES: usize = 5;
/// Bytes of `-<n>` for the second attempt up to the tenth.
pub const ATTEMPT_SUFFIX_BYTES: usize = 2;

/// Bytes of `-<n>` that tasks with `retry` reserve: up to the hundredth attempt.
pub const RETRY_SUFFIX_BYTES: usize = 3;

/// What a DNS label is, in words.
pub(crate) const LABEL_RULE: &str =
    "a name has at most 63 of a-z, 0-9 and \"-\", and begins and ends with a letter or digit";

/// The name of the Job of one attempt, from 0: `test-exec.a.0`, `test-exec.a.0-1`.
pub fn job_name(execution: &str, task: &str, index: u64, attempt: u32) -> String {
    if attempt == 0 {
        format!("{execution}.{task}.{index}")
    } else {
        format!("{execution}.{task}.{index}-{attempt}")
    }
}

/// A vertex as people read it: `align[3]`.
pub fn vertex_display(task: &str, index: u64) -> String {
    format!("{task}[{index}]")
}

/// Whether the label of a pod is the system's own or Kubernetes'.
pub fn is_reserved_label(name: &str) -> bool {
    ["execution.kubegene.io/", "batch.kubernetes.io/"].iter().any(|prefix| name.starts_with(prefix))
        || [LABEL_CONTROLLER_UID, "job-name"].contains(&name)
}

/// Whether the text is a DNS-1123 label: what a task, an Execution, a namespace may be called.
pub fn is_dns_label(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES && is_label_of_any_length(text)
}

/// Whether the text is a DNS-1123 subdomain: what most objects of Kubernetes may be called.
pub fn is_dns_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label_of_any_length)
}

/// A namespace as a command line has it.
///
/// # Errors
/// What would be one, in words.
pub fn parse_namespace(text: &str) -> Result<String, String> {
    if is_dns_label(text) {
        return Ok(text.to_owned());
    }
    Err("a namespace has 1 to 63 lower-case letters, digits and dashes, and no dash at its ends".to_owned())
}

/// The name of an object of Kubernetes as a command line has it.
///
/// # Errors
/// What would be one, in words.
pub fn parse_name(text: &str) -> Result<String, String> {
    if is_dns_subdomain(text) {
        return Ok(text.to_owned());
    }
    Err("a name has 1 to 253 lower-case letters, digits, dashes and dots, and begins and ends with a letter or digit"
        .to_owned())
}

/// Whether the text can begin a generated name.
pub(crate) fn is_name_prefix(text: &str) -> bool {
    is_label_of_any_length(text.trim_end_matches('-'))
}

/// The DNS label that is nearest to the text, for a remedy; `None` where nothing is left of it.
pub fn nearest_dns_label(text: &str) -> Option<String> {
    let label: String = text
        .chars()
        .take(MAX_NAME_BYTES)
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    let label = label.trim_matches('-');
    (!label.is_empty()).then(|| label.to_owned())
}

/// The decimal digits of a number.
pub(crate) fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

fn is_label_of_any_length(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    bytes.first().is_some_and(is_alphanumeric)
        && bytes.last().is_some_and(is_alphanumeric)
        && bytes.iter().all(|byte| is_alphanumeric(byte) || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_called_as_the_original_called_them() {
        assert_eq!(job_name("test-exec", "a", 0, 0), "test-exec.a.0");
        assert_eq!(job_name("test-exec", "a", 12, 2), "test-exec.a.12-2");
        assert_eq!(vertex_display("align", 3), "align[3]");
    }

    #[test]
    fn labels_and_subdomains() {
        for good in ["a", "0", "a-b", "a--b", &"x".repeat(63)] {
            assert!(is_dns_label(good), "{good:?}");
            assert!(is_dns_subdomain(good), "{good:?}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a b", "ä", "a\0", &"x".repeat(64)] {
            assert!(!is_dns_label(bad), "{bad:?}");
        }
        assert!(!is_dns_label("a.b") && is_dns_subdomain("a.b"));
        for bad in ["a..b", ".a", "a.", "a.-b", &"x".repeat(254)] {
            assert!(!is_dns_subdomain(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_remedy_is_a_label() {
        assert_eq!(nearest_dns_label("My_Task").as_deref(), Some("my-task"));
        assert_eq!(nearest_dns_label("__"), None);
        assert_eq!(nearest_dns_label(&"x.".repeat(40)).map(|label| is_dns_label(&label)), Some(true));
    }

    #[test]
    fn digits_are_counted() {
        for (number, expected) in [(0, 1), (9, 1), (10, 2), (99_999, 5), (u64::MAX, 20)] {
            assert_eq!(digits(number), expected, "{number}");
        }
    }
}
