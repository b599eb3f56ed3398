//! The Executions under `examples/`: each runs as it should, or is refused for what it is there to show.

use std::{collections::BTreeSet, fs};

use crate::place::{files, has_bubblewrap, root, sh, site};

#[test]
#[allow(clippy::too_many_lines, reason = "one table")]
fn faulty_examples_are_refused_for_what_is_wrong() {
    let expected: [(&str, &[&str]); 24] = [
        ("bad-condition", &["check_result needs a task and the expected text, both strings"]),
        (
            "bad-env",
            &["names that begin with GENE_ are set by the system", "valueFrom must not stand beside value"],
        ),
        ("bad-quantity", &[r#""4gb" is no quantity"#]),
        (
            "bad-template",
            &[
                r#"the label "job-name" is set by the system"#,
                "the system sets the pod's restartPolicy",
                r#"task "align" has a volume "ref" of its own"#,
                r#"the task says what image the container "main" has"#,
                r#"container "proxy" would keep the Job from ending; only "main", which runs the command, may stand here"#,
            ],
        ),
        (
            "bad-volume",
            &[
                "mountPath must be an absolute path",
                r#""My Claim" cannot be the name of a PersistentVolumeClaim"#,
            ],
        ),
        ("commands-twice", &["commandSet must not stand beside commands: they are two names of one field"]),
        (
            "condition-without-wait",
            &[r#"check_result reads the output of "check", so the task must wait for it"#],
        ),
        ("cycle", &["dependents form a cycle: align -> merge -> align"]),
        ("dangling", &[r#"no task is called "trimm""#]),
        ("duplicate-task", &[r#"two tasks are called "align""#]),
        ("empty", &["tasks must have at least 1 item"]),
        (
            "iterate-mismatch",
            &[r#"iterate needs equally many vertices on both sides: "sort" has 3, "align" has 2"#],
        ),
        (
            "long-name",
            &[
                r#"Job names of task "mark-duplicates-and-recalibrate" would have 75 bytes ("whole-genome-sequencing-of-sample-na12878.mark-duplicates-and-recalibrate.0"), at most 63 are allowed"#,
            ],
        ),
        (
            "many-faults",
            &[
                r#"the name "Many_Faults" is no DNS label"#,
                "image must not be empty",
                "the task has no commands",
                r#"no task is called "aling""#,
                r#"task "merge" waits for itself"#,
            ],
        ),
        (
            "negative-numbers",
            &[
                "the number must be at least 0",
                "the number must be at least 1",
                "the number must be at least 0",
            ],
        ),
        (
            "no-commands",
            &[
                "the task has no commands: element 2 of varsIter is empty, and so is every combination with it",
            ],
        ),
        (
            "result-of-many",
            &[
                r#"get_result reads the output of "list", which has 2 vertices: only that of a single vertex can be read"#,
            ],
        ),
        (
            "retry-and-backoff-limit",
            &[
                "the longest pause, 30 s, is shorter than the first one, 60 s",
                "backoffLimit must not stand beside retry: each attempt is a Job that starts its pod once",
            ],
        ),
        ("self-dependent", &[r#"task "align" waits for itself"#]),
        (
            "too-many-vertices",
            &[
                r#"the tasks have 1,010,000 vertices together, "call" the most with 1,010,000; at most 1,000,000 are allowed"#,
            ],
        ),
        ("two-sources", &["the volume can come from one place only, not from pvc and hostPath"]),
        ("unknown-field", &[r#"there is no field "paralelism" here"#, r#"there is no field "comands" here"#]),
        (
            "unknown-operator",
            &[r#""GreaterThan" is none of In, NotIn, Exists, DoesNotExist, Gt, Lt, =, ==, !="#],
        ),
        (
            "wrong-type",
            &[
                r#"a whole number is wanted, not the string "four""#,
                "a string is wanted, not the boolean true",
                "a string is wanted, not the number 8",
            ],
        ),
    ];
    let there = files(&root().join("examples/rejected"));
    assert_eq!(there, expected.iter().map(|(name, _)| format!("{name}.yaml")).collect());
    for (name, messages) in expected {
        let (code, said) = sh(&root(), &format!("kubectl-gene lint examples/rejected/{name}.yaml"), "");
        let errors: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
        assert_eq!((code, &errors[..]), (Some(1), messages), "{name}:\n{said}");
        assert_eq!(said.matches("= help: ").count(), messages.len(), "{name} says what to do:\n{said}");
    }
}

#[test]
fn examples_run_to_their_end() {
    let place = site();
    fs::create_dir(place.path().join("shared")).expect("a directory");
    let with_volumes = has_bubblewrap();
    for file in files(&root().join("examples")) {
        let expected = if file == "mend.yaml" { 3 } else { 0 };
        let (code, said) = sh(place.path(), &format!("kubectl-gene lint examples/{file}"), "");
        assert_eq!(code, Some(0), "{file}: {said}");
        let has_volumes = ["gatk.yaml", "volume.yaml"].contains(&file.as_str());
        if has_volumes && !with_volumes {
            continue;
        }
        // A directory of the node, which this machine is not.
        let volume = if file == "gatk.yaml" { " --volume shared=shared" } else { "" };
        let (code, said) = sh(place.path(), &format!("kubectl-gene run examples/{file}{volume}"), "");
        assert_eq!(code, Some(expected), "{file}: {said}");
    }
    if with_volumes {
        let jobs =
            fs::read_to_string(place.path().join("shared/jobs")).expect("what the jobs of gatk.yaml wrote");
        let jobs: Vec<&str> = jobs.lines().collect();
        assert_eq!(jobs.iter().collect::<BTreeSet<_>>().len(), 98, "{jobs:?}");
        assert_eq!((jobs.len(), jobs.last()), (98, Some(&"mergevcf")));
    }
}
