use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use serde_json::{Value, json};

use super::*;
use crate::{
    cli::RunnerKind,
    local::{
        attempt::{Message, Outcome},
        fixture::{Fixture, execution, exited, failed, has, launch, run_one, wait_for_line, wait_until},
        orphans::table,
        pool::Pool,
    },
};

/// Runs a command with volumes; `data=DIR` is given. Returns what it came to, and its log.
fn run(fixture: &Fixture, task: &Value) -> Option<(Outcome, String)> {
    if !has("bubblewrap", find().map(|_| ())) {
        return None;
    }
    let data = fixture.path("data");
    fs::create_dir_all(&data).unwrap();
    let given = [format!("data={}", data.display())];
    let valid = execution(json!([task]));
    let prepared = fixture.try_prepare(&valid, RunnerKind::Process, &given, &[]).unwrap();
    let outcome = run_one(&valid, Arc::new(prepared), 0);
    let log = fs::read_to_string(fixture.path("run/logs/a.0.0.log")).unwrap_or_default();
    Some((outcome, log))
}

fn mounted(path: &str, command: &str) -> Value {
    json!({
        "commands": [command],
        "volumes": {"v": {"mountPath": path, "mountFrom": {"pvc": "data"}}}
    })
}

/// The command succeeds, and what it writes to `out` in the volume is in the given directory alone.
#[track_caller]
fn check_mount(path: &str) {
    let fixture = Fixture::new();
    let existed = Path::new(path).join("out").exists();
    let command = format!("echo in >{path}/out && cat {path}/out");
    let Some((outcome, log)) = run(&fixture, &mounted(path, &command)) else { return };
    assert_eq!((outcome, log.as_str()), (Outcome::Succeeded, "in\n"), "{path}");
    assert_eq!(fs::read_to_string(fixture.path("data/out")).unwrap(), "in\n");
    assert_eq!(Path::new(path).join("out").exists(), existed, "written to the host");
}

#[test]
fn a_volume_can_be_mounted_anywhere() {
    check_mount("/kubegene-test-data"); // not on the host
    check_mount("/kubegene-test-data/deep/er");
    check_mount("/usr/share"); // on the host
    check_mount("/usr/share/kubegene-test/ref"); // below what is on the host
    check_mount("/bin/kubegene-test"); // below a symbolic link
    check_mount("/tmp/kubegene-test/x"); // in what is private
    check_mount("/dev/shm/kubegene-test");
}

#[test]
fn the_host_is_there_and_cannot_be_written_to() {
    let fixture = Fixture::new();
    fs::write(fixture.site().current_dir.join("given"), "given\n").unwrap();
    let command = "cat given; pwd; cmp /etc/hostname /etc/hostname || exit 9
        for path in . /usr /etc /var /usr/share; do touch $path/kubegene-test 2>/dev/null && exit 8; done
        echo scratch >/tmp/x && cat /tmp/x && ls /proc/self/stat && head -c 1 /dev/zero >/dev/null";
    let Some((outcome, log)) = run(&fixture, &mounted("/data", command)) else { return };
    let expected = format!("given\n{}\nscratch\n/proc/self/stat\n", fixture.path("called").display());
    assert_eq!((outcome, log), (Outcome::Succeeded, expected));
}

#[test]
fn volumes_of_every_kind() {
    let fixture = Fixture::new();
    let task = json!({
        "commands": ["test -z \"$(ls /e)\" && echo e >/e/f && echo p >/p/f && echo n >/p/in/f && echo s >/s/f
            cat /d/ref && ! touch /d/no 2>/dev/null && ! touch /c/no 2>/dev/null; r=$?; ls /c; exit $r"],
        "backoffLimit": 0,
        "volumes": {
            "e": {"mountPath": "/e", "mountFrom": {"emptyDir": {}}},
            "n": {"mountPath": "/p/in", "mountFrom": {"emptyDir": {}}},
            "p": {"mountPath": "/p", "mountFrom": {"pvc": "claim"}},
            "s": {"mountPath": "/s", "subPath": "x/y", "mountFrom": {"pvc": "claim"}},
            "d": {"mountPath": "/d", "readOnly": true, "mountFrom": {"pvc": "data"}},
            "data": {"mountPath": "/c", "mountFrom": {"configMap": "c"}}
        }
    });
    fs::create_dir_all(fixture.path("data")).unwrap();
    fs::write(fixture.path("data/ref"), "ref\n").unwrap();
    let Some((outcome, log)) = run(&fixture, &task) else { return };
    assert_eq!((outcome, log.as_str()), (Outcome::Succeeded, "ref\nref\n"));
    let read = |name: &str| fs::read_to_string(fixture.path(name)).unwrap();
    assert_eq!(read("run/volumes/claim/f"), "p\n");
    assert_eq!(read("run/volumes/claim/x/y/f"), "s\n");
    assert!(!fixture.path("run/volumes/claim/in/f").exists());
    assert!(!fixture.path("run/scratch/a.0.0").exists(), "removed with the attempt");
}

#[test]
fn an_empty_directory_outlives_a_try_but_not_its_attempt() {
    let fixture = Fixture::new();
    let task = json!({
        "commands": ["ls /e; test -e /e/x || { touch /e/x; exit 1; }"], "backoffLimit": 1,
        "volumes": {"e": {"mountPath": "/e", "mountFrom": {"emptyDir": {}}}}
    });
    fs::create_dir_all(fixture.path("run/scratch/a.0.0/e/left")).unwrap();
    let valid = execution(json!([task]));
    if !has("bubblewrap", find().map(|_| ())) {
        return;
    }
    assert_eq!(run_one(&valid, fixture.prepare(&valid), 0), Outcome::Succeeded);
    assert_eq!((fixture.log("a.0.0.try1.log"), fixture.log("a.0.0.log")), (String::new(), "x\n".to_owned()));
}

#[test]
fn a_working_directory_may_be_in_a_volume() {
    for (directory, expected) in
        [("/v", "/v\n"), ("/v/new/one", "/v/new/one\n"), ("/tmp/w", "/tmp/w\n"), ("/usr", "/usr\n")]
    {
        let fixture = Fixture::new();
        let mut task = mounted("/v", "pwd");
        task["workingDir"] = json!(directory);
        let Some((outcome, log)) = run(&fixture, &task) else { return };
        assert_eq!((outcome, log.as_str()), (Outcome::Succeeded, expected));
    }
    let mut task = mounted("/v", "pwd");
    task["workingDir"] = json!("/no/such");
    let Some((Outcome::Failed(failure), _)) = run(&Fixture::new(), &task) else { return };
    assert!(failure.message.starts_with("workingDir \"/no/such\": no such file"), "{}", failure.message);
}

#[test]
fn a_working_directory_never_leads_out_of_its_volume() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.path("data")).unwrap();
    fs::create_dir_all(fixture.path("outside")).unwrap();
    std::os::unix::fs::symlink(fixture.path("outside"), fixture.path("data/link")).unwrap();
    let mut task = mounted("/v", "true");
    task["workingDir"] = json!("/v/link/made");
    let Some((Outcome::Failed(failure), _)) = run(&fixture, &task) else { return };
    assert!(failure.message.contains("leads out of the volume"), "{}", failure.message);
    assert!(!fixture.path("outside/made").exists());
}

#[test]
fn ends_come_through() {
    for (command, expected) in [
        ("exit 3", failed("Error", "exit code 3", Some(3))),
        // A sandbox tells signals as a shell does.
        ("kill -9 $$", failed("Error", "exit code 137", Some(137))),
    ] {
        let Some((outcome, _)) = run(&Fixture::new(), &mounted("/v", command)) else { return };
        assert_eq!(outcome, expected, "{command}");
    }
}

#[test]
fn what_is_to_end_gets_its_chance_in_a_sandbox() {
    if !has("bubblewrap", find().map(|_| ())) {
        return;
    }
    let fixture = Fixture::new();
    let command = "trap 'sleep 0.1; echo bye; exit' TERM; echo ready; while :; do sleep 1000 & wait; done";
    let mut task = mounted("/v", command);
    task["name"] = json!("a");
    let valid = execution(json!([task]));
    let (sender, receiver) = std::sync::mpsc::channel::<Message>();
    let pool = Pool::new(fixture.prepare(&valid), sender);
    pool.start(launch(&valid, 0, 0));
    wait_for_line(&fixture.path("run/logs/a.0.0.log"));
    pool.end_all();
    assert_eq!(exited(&receiver).1, Outcome::Ended);
    assert_eq!(fixture.log("a.0.0.log"), "ready\nbye\n");
}

#[test]
fn what_leaves_its_group_ends_with_its_sandbox() {
    let fixture = Fixture::new();
    let command = "setsid sh -c 'echo >/v/up; exec sleep 1000' & until test -e /v/up; do :; done";
    let Some((outcome, _)) = run(&fixture, &mounted("/v", command)) else { return };
    assert_eq!(outcome, Outcome::Succeeded);
    let variable = format!("GENE_RUN_ID={}", fixture.run_id);
    let left = |entry: &table::Entry| !entry.is_zombie && table::has_variable(entry.pid, &variable);
    wait_until("it outlives its sandbox", || !table::all().iter().any(left));
}

#[test]
fn an_ordinary_user_has_volumes_too() {
    if !has("bubblewrap", find().map(|_| ())) {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        return; // every other test here was run by one
    }
    let fixture = Fixture::new();
    let data = fixture.path("data");
    fs::create_dir_all(&data).unwrap();
    for directory in [&fixture.path(""), &data] {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let mounts = [Mount {
        name: "v".into(),
        path: "/usr/share/kubegene-test".into(),
        is_read_only: false,
        sub_path: None,
        source: crate::local::volumes::Source::Given(data.clone()),
    }];
    let sandbox = Sandbox::new(&find().unwrap(), &mounts, &fixture.path("")).unwrap();
    let ready = [Ready { host: data, path: mounts[0].path.clone(), is_read_only: false }];
    let output = process::Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "bwrap"])
        .args(sandbox.arguments(&ready, None).unwrap())
        .args(["--", "sh", "-c", "id -u && echo x >/usr/share/kubegene-test/f && pwd"])
        .output()
        .unwrap();
    let expected = format!("65534\n{}\n", fixture.path("").display());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        expected,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(fs::read_to_string(fixture.path("data/f")).unwrap(), "x\n");
}

#[test]
fn where_nothing_can_be_mounted_is_said() {
    if !has("bubblewrap", find().map(|_| ())) {
        return;
    }
    let fixture = Fixture::new();
    let valid = execution(json!([mounted("/proc/x", "true")]));
    let errors = fixture.try_prepare(&valid, RunnerKind::Process, &[], &[]).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "spec.tasks[0].volumes.v.mountPath: the volume cannot be mounted: nothing can be mounted at /proc/x; \
         choose another mountPath, like /data, or use --runner podman or docker"
    );
}
