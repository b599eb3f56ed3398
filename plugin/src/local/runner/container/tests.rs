use std::{fs, sync::Arc};

use serde_json::json;

use super::*;
use crate::{
    cli::RunnerKind,
    local::{
        attempt::{Message, Outcome},
        fixture::{Fixture, execution, exited, failed, has, launch, run_one, wait_for_line},
        orphans,
        pool::Pool,
    },
};

/// An image of nothing but a static busybox, made here: no registry is asked.
const IMAGE: &str = "localhost/kubegene-test:1";

/// Whether podman is here and runs containers.
fn has_podman() -> bool {
    has("podman", make_image())
}

fn make_image() -> Result<(), String> {
    let engine = Engine::find("podman")?;
    if engine.output(["image", "exists", IMAGE]).is_err() {
        let path = std::env::var_os("PATH");
        let busybox = find_program("busybox", path.as_deref(), Path::new("/"))
            .ok_or_else(|| "a static busybox is not installed".to_owned())?;
        let root = tempfile::tempdir().map_err(|error| error.to_string())?;
        let script = format!(
            "mkdir -p root/bin root/tmp && cp {} root/bin/busybox && for a in sh cat sleep env pwd head tail id; \
             do ln -s busybox root/bin/$a; done && tar -C root -cf root.tar .",
            busybox.display()
        );
        let made = Command::new("sh").args(["-c", &script]).current_dir(root.path()).status();
        assert!(made.is_ok_and(|status| status.success()));
        engine.output([OsStr::new("import"), root.path().join("root.tar").as_os_str(), OsStr::new(IMAGE)])?;
    }
    // Beside what is missing, a nested machine may forbid what containers need.
    engine.output(["run", "--rm", IMAGE, "sh", "-c", ":"]).map(|_| ())
}

#[test]
fn a_command_runs_in_a_container_of_its_image() {
    if !has_podman() {
        return;
    }
    let fixture = Fixture::new();
    let command = "echo $GENE_EXECUTION.$GENE_TASK.$GENE_INDEX.$GENE_ATTEMPT \"$GENE_ARG_1\" \"$OWN\"; pwd; \
                   echo out >/data/out; ! touch /ref/no 2>/dev/null && ! test -e /etc/hostname-of-the-host && exit 5";
    let valid = execution(json!([{
        "image": IMAGE, "workingDir": "/tmp",
        "commandsIter": {"command": command, "vars": [["a 'b' $(c)"]]},
        "env": [{"name": "OWN", "value": "$(GENE_TASK)\n2"}],
        "volumes": {
            "d": {"mountPath": "/data", "subPath": "x", "mountFrom": {"pvc": "claim"}},
            "r": {"mountPath": "/ref", "readOnly": true, "mountFrom": {"emptyDir": {}}}
        }
    }]));
    let prepared = fixture.try_prepare(&valid, RunnerKind::Podman, &[], &[]).unwrap();
    assert!(prepared.notices().is_empty());
    let outcome = run_one(&valid, Arc::new(prepared), 0);
    let log = fixture.log("a.0.0.log");
    assert_eq!(
        (outcome, log.as_str()),
        (failed("Error", "exit code 5", Some(5)), "test.a.0.0 a 'b' $(c) a\n2\n/tmp\n")
    );
    assert_eq!(fs::read_to_string(fixture.path("run/volumes/claim/x/out")).unwrap(), "out\n");
    assert_eq!(Engine::find("podman").unwrap().remove_all(&fixture.run_id).unwrap(), 0, "none is left");
}

#[test]
fn a_container_ends_with_its_attempt() {
    if !has_podman() {
        return;
    }
    let fixture = Fixture::new();
    let valid = execution(
        json!([{"image": IMAGE, "commands": ["trap 'echo bye; exit' TERM; echo ready; sleep 1000 & wait"]}]),
    );
    let prepared = fixture.try_prepare(&valid, RunnerKind::Podman, &[], &[]).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel::<Message>();
    let pool = Pool::new(Arc::new(prepared), sender);
    pool.start(launch(&valid, 0, 0));
    wait_for_line(&fixture.path("run/logs/a.0.0.log"));
    pool.end_all();
    assert_eq!(exited(&receiver).1, Outcome::Ended);
    assert_eq!(fixture.log("a.0.0.log"), "ready\nbye\n");
    assert_eq!(Engine::find("podman").unwrap().remove_all(&fixture.run_id).unwrap(), 0);
}

#[test]
fn containers_that_outlived_their_run_are_found() {
    if !has_podman() {
        return;
    }
    let fixture = Fixture::new();
    let engine = Engine::find("podman").unwrap();
    let label = format!("{LABEL}={}", fixture.run_id);
    engine.output(["run", "--detach", "--rm", "--label", &label, IMAGE, "sleep", "1000"]).unwrap();
    let earlier = orphans::Earlier {
        run_id: &fixture.run_id,
        runner: RunnerKind::Podman,
        boot_id: None,
        processes: &[],
    };
    assert_eq!(orphans::end(&earlier).unwrap(), 1);
    assert_eq!(orphans::end(&earlier).unwrap(), 0);
}

#[test]
fn an_image_that_is_not_there_is_named() {
    if !has_podman() {
        return;
    }
    let valid = execution(json!([{"image": "localhost/kubegene-no-such:1", "commands": ["true"]}]));
    let prepared = Fixture::new().try_prepare(&valid, RunnerKind::Podman, &[], &[]).unwrap();
    let Outcome::Failed(failure) = run_one(&valid, Arc::new(prepared), 0) else { panic!("it ran") };
    assert_eq!(failure.reason, "StartError");
    assert!(failure.message.contains("kubegene-no-such"), "{}", failure.message);
}

#[test]
fn memory_that_is_used_up_is_told() {
    if !has_podman() {
        return;
    }
    let fixture = Fixture::new();
    let valid = execution(json!([{
        "image": IMAGE, "resources": {"memory": "32Mi"},
        "commands": ["head -c 100000000 /dev/zero | tail -c 90000000 >/dev/null; exit $?"]
    }]));
    let prepared = fixture.try_prepare(&valid, RunnerKind::Podman, &[], &[]).unwrap();
    let Outcome::Failed(failure) = run_one(&valid, Arc::new(prepared), 0) else { panic!("it ran") };
    assert_eq!(failure.exit_code, Some(137));
    let limit = format!("its memory limit of {} bytes", 32 << 20);
    assert!(failure.message.ends_with(&limit), "{}", failure.message);
}

#[test]
fn a_path_may_hold_anything() {
    let option = |host: &str| {
        let ready = Ready { host: host.into(), path: "/data".into(), is_read_only: true };
        mount_option(&ready).into_string().unwrap()
    };
    assert_eq!(option("/a b"), "type=bind,source=/a b,target=/data,readonly");
    assert_eq!(option("/a,\"b"), "type=bind,\"source=/a,\"\"b\",target=/data,readonly");
}

#[test]
fn names_are_unique_to_the_try() {
    assert_eq!(container_name("r1", "test.a.0", 0), "gene-r1-test.a.0");
    assert_eq!(container_name("r1", "test.a.0", 1), "gene-r1-test.a.0.try2");
}
