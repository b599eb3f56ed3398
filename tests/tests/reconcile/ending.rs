//! Failures, and ends that people ask for.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{laws, world::World};

/// `bad` fails after a second, while `slow` runs; `next` waits for `slow`, `after` for `bad`.
fn failing(policy: &str) -> Value {
    json!({"failurePolicy": policy, "tasks": [
        {"name": "bad", "commands": ["sleep 1; exit 3"], "backoffLimit": 0},
        {"name": "slow", "commands": ["sleep 20"]},
        {"name": "next", "commands": ["do"], "dependents": [{"target": "slow"}]},
        {"name": "after", "commands": ["do"], "dependents": [{"target": "bad"}]},
    ]})
}

fn phases(status: &gene_types::v1alpha1::ExecutionStatus) -> Vec<String> {
    status.tasks.iter().map(|task| format!("{} {}", task.name, task.phase)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_failure_ends_by_its_policy() {
    for (policy, expected) in [
        ("FailFast", ["bad Failed", "slow Succeeded", "next Pending", "after Pending"]),
        ("Abort", ["bad Failed", "slow Cancelled", "next Cancelled", "after Cancelled"]),
        ("Continue", ["bad Failed", "slow Succeeded", "next Succeeded", "after Pending"]),
    ] {
        let world = World::new();
        let _controller = world.controller();
        world.submit("x", failing(policy)).await;
        let status = world.ended("x").await;
        assert_eq!((status.phase.as_str(), phases(&status)), ("Failed", expected.map(String::from).to_vec()));
        let bad = &status.vertices["x.bad.0"];
        assert_eq!((bad.exit_code, bad.phase.as_str()), (Some(3), "Failed"), "{bad:?}");
        assert!(status.message.contains("exit code 3"), "{}", status.message);
        laws::hold(&world);
        let gone = world.until("the ended Job is gone", |_| {
            (policy != "Abort" || !world.has_job("x.slow.0")).then_some(())
        });
        gone.await;
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_have_jobs_of_their_own() {
    let world = World::new();
    let _controller = world.controller();
    let retry = json!({"limit": 3, "backoff": {"seconds": 10, "factor": 2}});
    world.submit("x", json!({"retry": retry, "tasks": [{"name": "a", "commands": ["flaky 2"]}]})).await;
    let status = world.ended("x").await;
    assert_eq!(status.phase, "Succeeded", "{status:?}");
    assert_eq!(status.tasks[0].attempts.get("0"), Some(&2));
    for name in ["x.a.0", "x.a.0-1", "x.a.0-2"] {
        assert_eq!(world.created(name), 1, "{name}");
    }
    let journal = world.fake.journal();
    let starts: Vec<_> = journal.runs.iter().map(|run| run.started).collect();
    assert!(starts[1].duration_since(starts[0]).as_secs() >= 10, "{starts:?}");
    assert!(starts[2].duration_since(starts[1]).as_secs() >= 20, "{starts:?}");
    assert!(starts[2].duration_since(starts[1]).as_secs() <= 24, "{starts:?}");
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn suspended_nothing_new_starts() {
    let world = World::new();
    let _controller = world.controller();
    world
        .submit(
            "x",
            json!({"suspend": true, "tasks": [
                {"name": "a", "commands": ["sleep 5"]},
                {"name": "b", "commands": ["do"], "dependents": [{"target": "a"}]},
            ]}),
        )
        .await;
    let is_suspended = |status: &str| {
        let status = status.to_owned();
        move |fake: &gene_tests::fake::FakeCluster| {
            let conditions = crate::world::status(fake, "x")?.conditions;
            conditions.iter().any(|c| c.type_ == "Suspended" && c.status == status).then_some(())
        }
    };
    world.until("it is suspended", is_suspended("True")).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(world.fake.journal().jobs.is_empty());
    assert_eq!(world.status("x").phase, "");
    world.patch("x", json!({"suspend": false})).await;
    world.job("x.a.0").await;
    world.patch("x", json!({"suspend": true})).await;
    world.until("it is suspended again", is_suspended("True")).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(world.status("x").progress, "1/2");
    assert!(!world.has_job("x.b.0"));
    world.patch("x", json!({"suspend": false})).await;
    assert_eq!(world.ended("x").await.phase, "Succeeded");
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn cancelled_everything_is_ended() {
    let world = World::new();
    let _controller = world.controller();
    let wide = json!({"name": "a", "commandsIter": {"command": "sleep 1000", "count": 100}});
    world
        .submit(
            "x",
            json!({"tasks": [wide, {"name": "b", "commands": ["do"], "dependents": [{"target": "a"}]}]}),
        )
        .await;
    // Some are made, some are under way, and some have not been asked for.
    world.job("x.a.30").await;
    world.patch("x", json!({"cancel": true})).await;
    let status = world.ended("x").await;
    assert_eq!((status.phase.as_str(), status.message.as_str()), ("Failed", "execution was cancelled"));
    assert_eq!(phases(&status), ["a Cancelled", "b Cancelled"]);
    laws::hold(&world);
    world
        .until("all Jobs are gone", |fake| {
            fake.all(gene_tests::fake::resource::Resource::Jobs).is_empty().then_some(())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn out_of_time_everything_is_ended() {
    for policy in ["FailFast", "Continue"] {
        let world = World::new();
        let _controller = world.controller();
        let retry = json!({"limit": 3, "backoff": {"seconds": 3}});
        world
            .submit(
                "x",
                json!({"activeDeadlineSeconds": 60, "failurePolicy": policy, "tasks": [
                    {"name": "a", "commands": ["sleep 1000"]},
                    {"name": "b", "commands": ["flaky 2"], "retry": retry},
                ]}),
            )
            .await;
        let status = world.ended("x").await;
        assert_eq!(status.message, "execution exceeded its deadline of 60 s");
        let took = status.finished_at.unwrap().0.duration_since(status.started_at.unwrap().0).as_secs();
        assert!((60..65).contains(&took), "{took} s");
        laws::hold(&world);
    }
}
