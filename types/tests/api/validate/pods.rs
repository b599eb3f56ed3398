//! What a task says of its pods.

use gene_types::{Limits, validate_document};
use serde_json::json;

use super::check;
use crate::document;

#[test]
fn resources_are_quantities() {
    check(r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 0.5, memory: 4G}}]"#, &[]);
    check(
        r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 4g, memory: -1}}]"#,
        &[
            r#"spec.tasks[0].resources.cpu: "4g" is no quantity; write a number, or a number with a unit: 2, 0.5, "500m" or "4Gi""#,
            r#"spec.tasks[0].resources.memory: a quantity must not be negative; write a number, or a number with a unit: 2, 0.5, "500m" or "4Gi""#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], resources: {cpu: 1, limits: {memory: 4Gi}}}]"#,
        &["spec.tasks[0].resources.cpu: cpu must not stand beside limits; move it into limits"],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], resources: {requests: {cpu: 2, memory: true}, limits: {cpu: 1}}}]"#,
        &[
            r#"spec.tasks[0].resources.requests.memory: a quantity is a number or a text; write a number, or a number with a unit: 2, 0.5, "500m" or "4Gi""#,
            "spec.tasks[0].resources.requests.cpu: the request of cpu is greater than its limit; request at most the limit, 1",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], resources: {requests: {cpu: 2, memory: 1Gi}, limits: {cpu: 0, memory: 1Gi}}}]"#,
        &[],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], estimate: {memory: lots}}]"#,
        &[
            r#"spec.tasks[0].estimate.memory: "lots" is no quantity; write a number, or a number with a unit: 2, 0.5, "500m" or "4Gi""#,
        ],
    );
}

#[test]
fn volumes_come_from_one_place() {
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {V: {mountPath: /a, mountFrom: {pvc: c}}}}]"#,
        &[
            r#"spec.tasks[0].volumes.V: the volume's name "V" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "v" would do"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: a, mountFrom: {}}}}]"#,
        &[
            "spec.tasks[0].volumes.v.mountPath: mountPath must be an absolute path; write where the container sees the volume, like /data",
            "spec.tasks[0].volumes.v.mountFrom: the volume must come from somewhere; write one of pvc, configMap, secret, emptyDir, hostPath and nfs",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: "/a:b", mountFrom: {pvc: c, secret: s}}}}]"#,
        &[
            r#"spec.tasks[0].volumes.v.mountPath: mountPath must not contain ":"; write where the container sees the volume, like /data"#,
            "spec.tasks[0].volumes.v.mountFrom: the volume can come from one place only, not from pvc and secret; write one of pvc, configMap, secret, emptyDir, hostPath and nfs",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: "", mountFrom: {pvc: ""}}, w: {mountPath: /, mountFrom: {configMap: A_B}}}}]"#,
        &[
            "spec.tasks[0].volumes.v.mountPath: mountPath must not be empty; write where the container sees the volume, like /data",
            r#"spec.tasks[0].volumes.v.mountFrom.pvc: "" cannot be the name of a PersistentVolumeClaim; write the object's name: a-z, 0-9, "-" and ".""#,
            "spec.tasks[0].volumes.w.mountPath: mountPath must not be the root of the container; write where the container sees the volume, like /data",
            r#"spec.tasks[0].volumes.w.mountFrom.configMap: "A_B" cannot be the name of a ConfigMap; write the object's name: a-z, 0-9, "-" and ".""#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: /a, mountFrom: {pvc: c}}, w: {mountPath: /a/, mountFrom: {emptyDir: {}}}}}]"#,
        &[
            r#"spec.tasks[0].volumes.w.mountPath: volume "v" is mounted there already; give each volume a path of its own"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: /a/../b, subPath: ../c, mountFrom: {emptyDir: {sizeLimit: 4g}}}}}]"#,
        &[
            r#"spec.tasks[0].volumes.v.mountPath: mountPath must not contain ".."; write where the container sees the volume, like /data"#,
            r#"spec.tasks[0].volumes.v.subPath: subPath must be relative and without ".."; write a path inside the volume, like data/ref"#,
            r#"spec.tasks[0].volumes.v.mountFrom.emptyDir.sizeLimit: "4g" is no quantity; write a number, or a number with a unit: 2, 0.5, "500m" or "4Gi""#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: /a, subPath: /c, mountFrom: {hostPath: {path: a}}}, w: {mountPath: /b, mountFrom: {nfs: {server: "", path: b}}}}}]"#,
        &[
            r#"spec.tasks[0].volumes.v.subPath: subPath must be relative and without ".."; write a path inside the volume, like data/ref"#,
            r#"spec.tasks[0].volumes.v.mountFrom.hostPath.path: the path on the node must be absolute and without ".."; write a path like /mnt/data"#,
            "spec.tasks[0].volumes.w.mountFrom.nfs.server: the NFS server must be named; write its host name or address",
            "spec.tasks[0].volumes.w.mountFrom.nfs.path: the exported path must be absolute; write the path that the server exports, like /export/data",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], volumes: {v: {mountPath: /a, subPath: b/c, readOnly: true, mountFrom: {pvc: c.d}}}}]"#,
        &[],
    );
}

#[test]
fn variables_are_as_in_a_pod() {
    check(
        r#"[{name: a, image: "u:1", commands: [x], env: [{name: "", value: x}, {name: "A=B"}, {name: GENE_TASK, value: x}, {name: A, value: "a\0"}]}]"#,
        &[
            "spec.tasks[0].env[0].name: the variable must have a name; write a name",
            r#"spec.tasks[0].env[1].name: the name has a character that no variable's may have; use letters, digits and "_""#,
            "spec.tasks[0].env[2].name: names that begin with GENE_ are set by the system; choose another name",
            "spec.tasks[0].env[3].value: the value must not contain a NUL character; remove the NUL: no program can be given one",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: B, valueFrom: {}}]}]"#,
        &[
            "spec.tasks[0].env[0].valueFrom: valueFrom must not stand beside value; remove one of the two",
            "spec.tasks[0].env[1].valueFrom: valueFrom must name exactly one source; write one of configMapKeyRef, secretKeyRef, fieldRef and resourceFieldRef",
        ],
    );
    check(r#"[{name: a, image: "u:1", commands: [x], env: [{name: A.b-c, value: x}]}]"#, &[]);
    check(
        r#"[{name: a, image: "u:1", commands: [x], workingDir: data}]"#,
        &["spec.tasks[0].workingDir: workingDir must be an absolute path; begin it with a slash: /data"],
    );
    check(r#"[{name: a, image: "u:1", commands: [x], workingDir: /data}]"#, &[]);
}

#[test]
fn labels_are_what_the_api_server_takes() {
    check(
        r#"[{name: a, image: "u:1", commands: [x], nodeSelector: {disk: "", example.com/Zone_1.a: A-9, kubernetes.io/hostname: n1}}]"#,
        &[],
    );
    let key = r#"a key is at most 63 of a-z, A-Z, 0-9, "-", "_" and ".", the first and the last a letter or digit; a domain and a slash may stand before it"#;
    let value = r#"a value is empty, or at most 63 of a-z, A-Z, 0-9, "-", "_" and ".", the first and the last a letter or digit"#;
    check(
        r#"[{name: a, image: "u:1", commands: [x], nodeSelector: {"disk type": ssd, a/b/c: x, /z: x, Up.er/a: x, zone: "north side", zonf: -x}, template: {metadata: {labels: {-a: b, b: "c,d"}, annotations: {Up.er/a: "any text, this too", "no key": x}}}}]"#,
        &[
            &format!(r#"spec.tasks[0].nodeSelector[/z]: "/z" cannot be a key here; {key}"#),
            &format!(r#"spec.tasks[0].nodeSelector[Up.er/a]: "Up.er/a" cannot be a key here; {key}"#),
            &format!(r#"spec.tasks[0].nodeSelector[a/b/c]: "a/b/c" cannot be a key here; {key}"#),
            &format!(r#"spec.tasks[0].nodeSelector[disk type]: "disk type" cannot be a key here; {key}"#),
            &format!(
                r#"spec.tasks[0].nodeSelector.zone: "north side" cannot be the value of a label; {value}"#
            ),
            &format!(r#"spec.tasks[0].nodeSelector.zonf: "-x" cannot be the value of a label; {value}"#),
            &format!(r#"spec.tasks[0].template.metadata.labels.-a: "-a" cannot be a key here; {key}"#),
            &format!(
                r#"spec.tasks[0].template.metadata.labels.b: "c,d" cannot be the value of a label; {value}"#
            ),
            &format!(
                r#"spec.tasks[0].template.metadata.annotations[no key]: "no key" cannot be a key here; {key}"#
            ),
        ],
    );
}

#[test]
fn labels_of_the_execution_are_what_the_api_server_takes() {
    let mut execution = document(r#"[{name: a, image: "u:1", commands: [x]}]"#);
    execution["metadata"]["labels"] = json!({"sample": "NA 12878"});
    execution["metadata"]["annotations"] = json!({"note": "any text, this too", "a b": ""});
    execution["spec"]["nodeSelector"] = json!({"disk": "s s d"});
    let errors = validate_document(execution, &Limits::LOCAL).err().unwrap_or_default();
    let paths: Vec<String> = errors.iter().map(|error| error.path.to_string()).collect();
    assert_eq!(paths, ["metadata.labels.sample", "metadata.annotations[a b]", "spec.nodeSelector.disk"]);
}
