use super::*;

#[test]
fn names_of_jobs_are_taken_apart() {
    let cases = [
        ("wgs.align.3", Some(("align", 3, 0))),
        ("wgs.align.3-2", Some(("align", 3, 2))),
        ("wgs.align.", None),
        ("wgs.align", None),
        ("wgsx.align.3", None),
        ("other.align.3", None),
        ("wgs.align.4294967295", None),
        ("wgs.align.3-x", None),
    ];
    for (name, expected) in cases {
        assert_eq!(parse_job_name("wgs", name), expected, "{name}");
    }
}

#[test]
fn a_failure_is_said_once() {
    let failure = |reason: &str, exit_code, message: &str| {
        let status = VertexStatus {
            reason: reason.into(),
            exit_code,
            message: message.into(),
            ..VertexStatus::default()
        };
        super::failure(&status)
    };
    assert_eq!(failure("OOMKilled", Some(137), "x"), "OOMKilled");
    assert_eq!(failure("Error", Some(3), "exit code 3"), "exit 3");
    assert_eq!(failure("BackoffLimitExceeded", Some(1), "Job has reached"), "exit 1");
    assert_eq!(
        failure("BackoffLimitExceeded", None, "Job has reached"),
        "BackoffLimitExceeded: Job has reached"
    );
    assert_eq!(failure("Evicted", None, "Evicted: low on memory"), "Evicted: low on memory");
    assert_eq!(failure("", None, "Job has reached"), "Job has reached");
    assert_eq!(failure("NameTaken", None, ""), "NameTaken");
}
