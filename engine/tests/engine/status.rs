//! What the status shows.

use gene_engine::{Event, Failure, Options};
use gene_types::{Limits, field::within_json};
use serde_json::json;

use crate::world::{Outcome::Exits, World, at, execution};

#[test]
fn the_seed_example_as_the_original_showed_it() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["echo A"]},
        {"name": "b", "commands": ["echo B"], "dependents": [{"target": "a"}]},
        {"name": "c", "commands": ["echo C"], "dependents": [{"target": "a"}]},
        {"name": "d", "commands": ["echo D"], "dependents": [{"target": "b"}]},
    ]}));
    world.run_to_end();
    let status = serde_json::to_value(world.status()).unwrap();
    assert_eq!(status["phase"], "Succeeded");
    assert_eq!(status["message"], "execution has run successfully");
    assert_eq!(status["startedAt"], "1970-01-01T00:16:40Z");
    assert_eq!(status["finishedAt"], "1970-01-01T00:16:44Z");
    assert_eq!(status["progress"], "4/4");
    assert_eq!(status["observedGeneration"], 1);
    assert_eq!(status["conditions"][0]["type"], "Complete");
    assert_eq!(
        status["vertices"]["x.a.0"],
        json!({"id": "x.a.0", "name": "x.a.0", "type": "Job", "phase": "Succeeded", "message": "success",
               "startedAt": "1970-01-01T00:16:40Z", "finishedAt": "1970-01-01T00:16:41Z",
               "children": ["x.b.0", "x.c.0"]})
    );
    assert_eq!(status["vertices"]["x.b.0"]["children"], json!(["x.d.0"]));
    assert_eq!(status["vertices"]["x.d.0"].get("children"), None);
    assert_eq!(
        status["tasks"][0],
        json!({"name": "a", "phase": "Succeeded", "total": 1, "pending": 0, "running": 0, "succeeded": 1,
               "failed": 0, "skipped": 0, "cancelled": 0, "succeededIndexes": "0"})
    );
    assert!(status["planDigest"].as_str().unwrap().starts_with("sha256:"));
}

#[test]
fn only_created_jobs_are_listed_and_children_of_the_same_index() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commands": ["1", "2"]},
        {"name": "b", "commands": ["1", "2"], "dependents": [{"target": "a", "type": "iterate"}]},
        {"name": "never", "commands": ["1"], "dependents": [{"target": "a"}], "condition": {"condition": [false]}},
    ]}));
    world.act();
    let status = world.status();
    assert_eq!(status.vertices.keys().collect::<Vec<_>>(), ["x.a.0", "x.a.1"]);
    let running = &status.vertices["x.a.1"];
    assert_eq!((running.phase.as_str(), running.message.as_str()), ("Running", "vertex is running"));
    assert_eq!(running.children, ["x.b.1"]);
    assert_eq!(status.progress, "1/5");
    assert_eq!((status.tasks[0].running, status.tasks[0].running_indexes.as_str()), (2, "0,1"));
}

#[test]
fn beyond_a_thousand_vertices_only_notable_ones_are_listed() {
    let many = |count: u32| {
        json!({"failurePolicy": "Continue", "tasks": [
        {"name": "a", "commandsIter": {"command": "echo ${item}", "count": count}}]})
    };
    let mut world = World::new(many(1000));
    world.act();
    assert_eq!(world.status().vertices.len(), 1000);

    let options = Options { parallelism: Some(3), ..Options::default() };
    let mut world = World::with(many(1001), options, Limits::CLUSTER).let_it("a[1]", Exits(1));
    world.act();
    world.finish("a[1]");
    world.finish("a[0]");
    world.act();
    let status = world.status();
    assert_eq!(status.vertices.keys().collect::<Vec<_>>(), ["x.a.1", "x.a.2", "x.a.3", "x.a.4"]);
    assert_eq!(status.conditions[0].type_, "VerticesOmitted");
    assert_eq!((status.tasks[0].succeeded, status.tasks[0].pending), (1, 996));
}

#[test]
fn beyond_ten_thousand_names_of_children_only_notable_ones_are_listed() {
    let two = |count: u32| {
        json!({"tasks": [
        {"name": "a", "commandsIter": {"command": "a", "count": count}},
        {"name": "b", "commandsIter": {"command": "b", "count": 100}, "dependents": [{"target": "a"}]}]})
    };
    let mut world = World::new(two(100));
    world.act();
    assert_eq!(world.status().vertices["x.a.0"].children.len(), 100);
    let mut world = World::new(two(101));
    world.act();
    assert!(world.status().vertices["x.a.0"].children.is_empty());
}

#[test]
fn what_shrinks_on_expansion_is_listed_whole_again() {
    let mut world = World::new(json!({"tasks": [
        {"name": "a", "commandsIter": {"command": "a", "count": 999}},
        {"name": "s", "commands": ["s"]},
        {"name": "d", "dependents": [{"target": "s"}],
         "commandsIter": {"command": "d", "varsIter": [["get_result", "s", " "]]}},
    ]}));
    world.act();
    assert_eq!(world.status().conditions[0].reason, "TooManyVertices");
    world.finish("s[0]");
    world.act();
    let status = world.status();
    assert_eq!(status.vertices.len(), 1000);
    let condition = &status.conditions[0];
    assert_eq!((condition.status.as_str(), condition.reason.as_str()), ("False", "AllListed"));
}

#[test]
fn texts_are_cut_by_what_they_take_as_json() {
    for text in
        ["", "short", &"x".repeat(300), &"\u{1}".repeat(300), &"\"\\\n".repeat(100), &"é…\u{1}".repeat(60)]
    {
        for bytes in [3, 7, 48, 256] {
            let cut = within_json(text.to_owned(), bytes);
            assert!(serde_json::to_string(&cut).unwrap().len() - 2 <= bytes, "{cut:?}");
            let fits = serde_json::to_string(text).unwrap().len() - 2 <= bytes;
            assert_eq!(cut == text, fits, "{cut:?}");
            assert!(fits || cut.ends_with('…'));
        }
    }
}

#[test]
fn no_status_is_longer_than_admission_reckoned() {
    let tasks = |width: u32| {
        json!({"failurePolicy": "Continue", "retry": {"limit": 99, "backoff": {"seconds": 0}}, "tasks": [
            {"name": "a", "commandsIter": {"command": "a", "count": width}},
            {"name": "b", "commandsIter": {"command": "b", "count": width}, "dependents": [{"target": "a", "type": "iterate"}]},
            {"name": "s", "commands": ["s"]},
            {"name": "d", "commandsIter": {"command": "${1}", "varsIter": [["get_result", "s", " "]]},
             "dependents": [{"target": "s"}]}]})
    };
    for width in [1, 490, 2000] {
        let fits = |bytes: u64| {
            let limits = Limits { object_bytes: Some(bytes), ..Limits::CLUSTER };
            gene_types::validate(execution(tasks(width)), &limits).is_ok()
        };
        let (mut refused, mut accepted) = (0, 10_000_000);
        while accepted - refused > 1 {
            let middle = u64::midpoint(refused, accepted);
            if fits(middle) { accepted = middle } else { refused = middle }
        }
        let mut world = World::new(tasks(width));
        world.act();
        let failure = Failure {
            reason: "\u{2}".repeat(100),
            message: "\u{1}\"\\".repeat(300),
            exit_code: Some(i32::MIN),
        };
        for index in (0..width).filter(|index| index % 2 == 0) {
            let vertex = world.vertex(&format!("a[{index}]"));
            let finished = at(world.now + 1);
            let failure = failure.clone();
            world.run.observe(Event::Failed { vertex, attempt: 99, started: None, finished, failure });
        }
        let source = world.vertex("s[0]");
        let kept = gene_types::v1alpha1::KeptResult {
            config_map: "c".repeat(253),
            digest: format!("sha256:{}", "0".repeat(64)),
        };
        world.run.keep_result(source, kept);
        world.now += 1;
        world.act();
        let spec = serde_json::to_string(&world.valid.execution().spec).unwrap().len() as u64;
        let status = serde_json::to_string(&world.status()).unwrap().len() as u64;
        assert!(spec + status <= accepted, "{width}: {spec} and {status} are more than {accepted}");
    }
}
