//! What a task says of its pods, and what is legal but doubtful.

use super::{
    Case,
    Verdict::{Admitted, Refused},
    case,
};

pub(super) fn fields() -> Vec<Case> {
    vec![
        case(
            "bad quantities",
            r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 4g, memory: -1}, estimate: {memory: lots}}]"#,
            Refused(&[
                (
                    "spec.tasks[0].resources.cpu",
                    "Invalid",
                    "Invalid value: \"4g\": \"4g\" is no quantity; write a number, or a number with a unit: 2, 0.5, \"500m\" or \"4Gi\"",
                ),
                (
                    "spec.tasks[0].resources.memory",
                    "Invalid",
                    "Invalid value: -1: a quantity must not be negative; write a number, or a number with a unit: 2, 0.5, \"500m\" or \"4Gi\"",
                ),
                (
                    "spec.tasks[0].estimate.memory",
                    "Invalid",
                    "Invalid value: \"lots\": \"lots\" is no quantity; write a number, or a number with a unit: 2, 0.5, \"500m\" or \"4Gi\"",
                ),
            ]),
        ),
        case(
            "a quantity that is a number",
            r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 0.5, memory: 4G}}]"#,
            Admitted,
        ),
        case(
            "a volume from two places at no path",
            r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: a, mountFrom: {pvc: c, secret: s}}}}]"#,
            Refused(&[
                (
                    "spec.tasks[0].volumes.v.mountPath",
                    "Invalid",
                    "Invalid value: \"a\": mountPath must be an absolute path; write where the container sees the volume, like /data",
                ),
                (
                    "spec.tasks[0].volumes.v.mountFrom",
                    "Forbidden",
                    "Forbidden: the volume can come from one place only, not from pvc and secret; write one of pvc, configMap, secret, emptyDir, hostPath and nfs",
                ),
            ]),
        ),
        case(
            "variables that no container may have",
            r#"[{name: a, image: "u:1", commands: [x], env: [{name: "A=B"}, {name: GENE_TASK, value: x}, {name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}]"#,
            Refused(&[
                (
                    "spec.tasks[0].env[0].name",
                    "Invalid",
                    "Invalid value: \"A=B\": the name has a character that no variable's may have; use letters, digits and \"_\"",
                ),
                (
                    "spec.tasks[0].env[1].name",
                    "Forbidden",
                    "Forbidden: names that begin with GENE_ are set by the system; choose another name",
                ),
                (
                    "spec.tasks[0].env[2].valueFrom",
                    "Forbidden",
                    "Forbidden: valueFrom must not stand beside value; remove one of the two",
                ),
            ]),
        ),
        case(
            "a template that says what others say",
            r#"{template: {spec: {restartPolicy: Always}}, tasks: [{name: a, image: "u:1", commands: [x], template: {spec: {containers: [{name: main, image: "u:2"}]}}}]}"#,
            Refused(&[
                (
                    "spec.template.spec.restartPolicy",
                    "Forbidden",
                    "Forbidden: the system sets the pod's restartPolicy; remove it: retry and backoffLimit say what happens after a failure",
                ),
                (
                    "spec.tasks[0].template.spec.containers[0].image",
                    "Forbidden",
                    "Forbidden: the task says what image the container \"main\" has; write the task's image",
                ),
            ]),
        ),
        case(
            "labels that no object can have",
            r#"[{name: a, image: "u:1", commands: [x], nodeSelector: {zone: "north side"}, template: {metadata: {labels: {"a b": x}}}}]"#,
            Refused(&[
                (
                    "spec.tasks[0].nodeSelector.zone",
                    "Invalid",
                    "Invalid value: \"north side\": \"north side\" cannot be the value of a label; a value is empty, or at most 63 of a-z, A-Z, 0-9, \"-\", \"_\" and \".\", the first and the last a letter or digit",
                ),
                (
                    "spec.tasks[0].template.metadata.labels[a b]",
                    "Invalid",
                    "Invalid value: \"a b\": \"a b\" cannot be a key here; a key is at most 63 of a-z, A-Z, 0-9, \"-\", \"_\" and \".\", the first and the last a letter or digit; a domain and a slash may stand before it",
                ),
            ]),
        ),
        case(
            "an image with a blank, a directory that is none",
            r#"[{name: a, image: "u 1", commands: [x], workingDir: data}]"#,
            Refused(&[
                (
                    "spec.tasks[0].image",
                    "Invalid",
                    "Invalid value: \"u 1\": image must not contain blanks; name the container image, like image: ubuntu:24.04",
                ),
                (
                    "spec.tasks[0].workingDir",
                    "Invalid",
                    "Invalid value: \"data\": workingDir must be an absolute path; begin it with a slash: /data",
                ),
            ]),
        ),
    ]
}

/// Legal, and doubtful: `lint` and the webhook warn in the same words.
pub(super) fn doubts() -> Vec<Case> {
    vec![
        case("another type", r#"[{name: a, type: Spark, image: "u:1", commands: [x]}]"#, Admitted),
        case("an image without a tag", "[{name: a, image: ubuntu, commands: [x]}]", Admitted),
        case(
            "a command that is a script",
            format!("[{{name: a, image: 'u:1', commands: ['{}']}}]", "x".repeat(33_000)),
            Admitted,
        ),
        case(
            "a name without room for a retry",
            format!(
                "{{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {{name: {}}}, spec: {{tasks: [{{name: a, image: 'u:1', commands: [x]}}]}}}}",
                "e".repeat(58)
            ),
            Admitted,
        ),
    ]
}
