//! What holds for every Execution, over generated ones.

use std::collections::{BTreeMap, HashSet};

use gene_types::{
    Execution, Limits, cause, decode, default,
    field::{FieldError, FieldPath, Segment},
    names,
    plan::Pieces,
    shape, update, validate, validate_document, validate_stored, warnings,
};
use proptest::{prelude::*, sample::Index};
use serde_json::{Map, Value, json};

use crate::execution;

/// One task of a legal Execution, waiting only for tasks before it.
#[derive(Clone, Debug)]
pub(crate) struct Sketch {
    /// Vertices, 1 to 4.
    width: usize,
    /// How they are written.
    form: u8,
    /// Whom it waits for, and whether by index where that is legal.
    dependents: Vec<(Index, bool, bool)>,
    extras: u8,
}

pub(crate) fn sketches() -> impl Strategy<Value = Vec<Sketch>> {
    let dependents = prop::collection::vec((any::<Index>(), any::<bool>(), any::<bool>()), 0..4);
    let sketch = (1_usize..5, any::<u8>(), dependents, any::<u8>())
        .prop_map(|(width, form, dependents, extras)| Sketch { width, form, dependents, extras });
    prop::collection::vec(sketch, 1..12)
}

/// A legal Execution.
pub(crate) fn build(sketches: &[Sketch]) -> Value {
    let mut tasks: Vec<Value> = Vec::new();
    let mut widths: Vec<Option<usize>> = Vec::new();
    for (position, sketch) in sketches.iter().enumerate() {
        let mut task = Map::new();
        task.insert("name".into(), format!("t{position}").into());
        task.insert("image".into(), "u:1".into());
        let single: Vec<usize> = (0..position).filter(|earlier| widths[*earlier] == Some(1)).collect();
        let source = (sketch.form % 5 == 4 && !single.is_empty())
            .then(|| sketch.dependents.first().map_or(single[0], |(index, ..)| *index.get(&single)));
        if let Some(source) = source {
            let get = json!(["get_result", format!("t{source}"), " "]);
            task.insert("commandsIter".into(), json!({"command": "echo ${1}", "varsIter": [get]}));
            task.insert("dependents".into(), json!([{"target": format!("t{source}")}]));
            widths.push(None);
        } else {
            let width = sketch.width;
            match sketch.form % 4 {
                0 => task.insert("commands".into(), json!(vec!["true"; width])),
                1 => task.insert("commandSet".into(), json!(vec!["true"; width])),
                2 => task.insert("commandsIter".into(), json!({"command": "echo ${item}", "count": width})),
                _ => task.insert(
                    "commandsIter".into(),
                    json!({"command": "echo ${1}${2}", "varsIter": [vec![json!(1.5); width], [true]]}),
                ),
            };
            widths.push(Some(width));
            let dependents: Vec<Value> = sketch
                .dependents
                .iter()
                .filter(|_| position > 0)
                .map(|(target, by_index, ignore)| {
                    let target = target.index(position);
                    let is_legal = widths[target].is_none_or(|other| other == width);
                    let kind = if *by_index && is_legal { json!("iterate") } else { json!(null) };
                    let on_skipped = if *ignore { json!("Ignore") } else { json!(null) };
                    json!({"target": format!("t{target}"), "type": kind, "onSkipped": on_skipped})
                })
                .collect();
            task.insert("dependents".into(), dependents.into());
        }
        if sketch.extras & 1 != 0 {
            task.insert("env".into(), json!([{"name": "A", "value": "b"}]));
            task.insert("resources".into(), json!({"cpu": 0.5, "memory": "1Gi"}));
        }
        if sketch.extras & 2 != 0 {
            task.insert("condition".into(), json!({"condition": [sketch.extras & 4 != 0]}));
            task.insert("volumes".into(), json!({"v": {"mountPath": "/v", "mountFrom": {"emptyDir": {}}}}));
        }
        if sketch.extras & 8 != 0 {
            task.insert(
                "retry".into(),
                json!({"limit": 2, "backoff": {"seconds": 1, "factor": 1.5, "maxSeconds": 9}}),
            );
            task.insert("template".into(), json!({"metadata": {"labels": {"l": "v"}}, "spec": {
                "containers": [{"name": "main", "env": [{"name": "A", "value": null}]}], "volumes": [{"name": "w"}]}}));
        }
        tasks.push(task.into());
    }
    execution(json!({"tasks": tasks, "parallelism": sketches.len()}))
}

/// Any JSON, not too large, in which the words of our API turn up.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "retry",
        "limit",
        "backoff",
        "template",
        "containers",
        "main",
        "name",
        "tasks",
        "image",
        "commands",
        "commandsIter",
        "vars",
        "varsIter",
        "command",
        "get_result",
        "check_result",
        "dependents",
        "target",
        "type",
        "condition",
        "genericCondition",
        "metadata",
        "spec",
        "kind",
        "apiVersion",
        "Execution",
        "volumes",
        "env",
        "whole",
        "Job",
        "4Gi",
        "${1}",
        "",
        "\0",
        "é",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(words.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map: BTreeMap<String, Value>| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Every place of a document, as JSON pointers.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    places.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| self::places(item, &format!("{at}/{index}"), places));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| self::places(field, &format!("{at}/{name}"), places));
        }
        _ => {}
    }
}

/// A document in which some places hold something else.
pub(crate) fn mutated() -> impl Strategy<Value = Value> {
    let changes = prop::collection::vec((any::<Index>(), any_json(), any::<bool>()), 1..4);
    (sketches(), changes).prop_map(|(sketches, changes)| {
        let mut document = build(&sketches);
        for (place, value, is_removed) in changes {
            let mut all = Vec::new();
            places(&document, "", &mut all);
            let place = place.get(&all);
            let parent = place.rsplit_once('/').map_or("", |(parent, _)| parent);
            let name = place.rsplit('/').next().unwrap_or_default();
            if is_removed {
                if let Some(fields) = document.pointer_mut(parent).and_then(Value::as_object_mut) {
                    fields.remove(name);
                }
            } else if let Some(target) = document.pointer_mut(place) {
                *target = value;
            }
        }
        document
    })
}

/// What admission makes of a document: the paths of its refusal, or the digest of its tasks.
fn verdict(document: &Value) -> Result<String, Vec<FieldPath>> {
    match validate_stored(document.clone(), &Limits::CLUSTER) {
        Ok(stored) => Ok(stored.valid.digest()),
        Err(faults) => Err(faults.into_iter().map(|fault| fault.path).collect()),
    }
}

fn defaulted(document: &Value) -> Value {
    let mut document = document.clone();
    default::apply(&mut document);
    document
}

/// Puts a field that no version knows into every object for which the numbers say so.
pub(crate) fn with_unknown(value: &mut Value, chosen: &mut impl Iterator<Item = bool>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| with_unknown(item, chosen)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| with_unknown(field, chosen));
            if chosen.next().unwrap_or_default() {
                fields.insert("ofANewerVersion".to_owned(), json!({"kept": [null, 1.0]}));
            }
        }
        _ => {}
    }
}

/// A path as a JSON pointer.
fn pointer(path: &FieldPath) -> String {
    let step = |segment: &Segment| match segment {
        Segment::Key(key) => format!("/{key}"),
        Segment::Index(index) => format!("/{index}"),
    };
    path.segments().iter().map(step).collect()
}

fn is_bounded(faults: &[FieldError]) -> bool {
    let bytes = serde_json::to_vec(&cause::status("x", faults)).unwrap().len();
    faults.len() <= 1_001 && bytes as u64 <= cause::MAX_STATUS_BYTES
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn defaulting_changes_no_verdict(document in mutated()) {
        let completed = defaulted(&document);
        prop_assert!(default::default(&completed).0.is_empty());
        prop_assert_eq!(verdict(&document), verdict(&completed));
        prop_assert_eq!(update::check(&document, &completed), []);
        prop_assert_eq!(update::check(&completed, &document), []);
    }

    #[test]
    fn fields_of_newer_versions_survive_and_change_nothing(
        sketches in sketches(), chosen in prop::collection::vec(any::<bool>(), 64), status in any_json()
    ) {
        let plain = build(&sketches);
        let mut document = plain.clone();
        with_unknown(&mut document["spec"], &mut chosen.into_iter().cycle());
        // In these every field counts.
        let is_judged = |task: &Value| task.get("template").is_some() || task.get("volumes").is_some();
        let of_spec = document["spec"].as_object_mut().unwrap();
        for (task, as_it_was) in of_spec["tasks"].as_array_mut().unwrap().iter_mut().zip(plain["spec"]["tasks"].as_array().unwrap()) {
            if is_judged(as_it_was) {
                *task = as_it_was.clone();
            }
        }
        document["status"] = status;
        let completed = defaulted(&document);
        let mut patched = document.clone();
        json_patch::patch(&mut patched, &default::default(&document)).unwrap();
        prop_assert_eq!(&patched, &completed);
        let count = |value: &Value| value.to_string().matches("ofANewerVersion").count();
        prop_assert_eq!(count(&completed), count(&document));
        prop_assert_eq!(verdict(&document), verdict(&plain));
        prop_assert_eq!(verdict(&completed), verdict(&plain));
    }

    #[test]
    fn no_update_is_none(document in mutated(), other in any_json()) {
        prop_assert_eq!(update::check(&document, &document), []);
        prop_assert_eq!(update::check(&other, &other), []);
        let of_spec = execution(other);
        prop_assert_eq!(update::check(&of_spec, &of_spec), []);
    }

    #[test]
    fn a_change_is_found_where_it_is(sketches in sketches(), place in any::<Index>(), value in any_json()) {
        let old = build(&sketches);
        let mut all = Vec::new();
        places(&old["spec"], "/spec", &mut all);
        all.retain(|place| place != "/spec" && !place.starts_with("/spec/parallelism"));
        let place = place.get(&all);
        let mut new = old.clone();
        *new.pointer_mut(place).unwrap() = value;
        let faults = update::check(&old, &new);
        prop_assert!(is_bounded(&faults));
        // What holds the place, or a part of what stands there.
        let leads = |path: String| place.starts_with(&path) || path.starts_with(place.as_str());
        let found = || faults.iter().any(|fault| leads(pointer(&fault.path)));
        // Nothing is said only of what means the same.
        let is_same = || verdict(&old).is_ok() && verdict(&old) == verdict(&new);
        prop_assert!(if faults.is_empty() { is_same() } else { found() }, "{} {:?}", place, faults);
        for fault in &faults {
            prop_assert!(fault.help.is_some() && fault.path.to_string().starts_with("spec"), "{:?}", fault);
        }
    }

    #[test]
    fn any_update_is_judged_within_bounds(old in mutated(), new in mutated(), other in any_json()) {
        for (old, new) in [(&old, &new), (&old, &other), (&other, &new)] {
            prop_assert!(is_bounded(&update::check(old, new)));
        }
        let (old, new) = (execution(other), execution(json!({"tasks": [new]})));
        prop_assert!(is_bounded(&update::check(&old, &new)));
        if let Err(faults) = validate_stored(new, &Limits::CLUSTER) {
            prop_assert!(is_bounded(&faults));
        }
    }

    #[test]
    fn legal_executions_are_accepted(sketches in sketches()) {
        let document = build(&sketches);
        prop_assert_eq!(shape::check(&document), []);
        let valid = validate_document(document, &Limits::CLUSTER);
        prop_assert!(valid.is_ok(), "{:?}", valid.err());
        let valid = valid.unwrap();
        for warning in warnings(&valid) {
            prop_assert!(warning.help.is_some());
        }
    }

    #[test]
    fn defaulting_is_idempotent_and_keeps_what_is_valid(sketches in sketches()) {
        let document = build(&sketches);
        let mut completed = document.clone();
        json_patch::patch(&mut completed, &default::default(&document)).unwrap();
        prop_assert!(default::default(&completed).0.is_empty());
        let mut applied = document.clone();
        default::apply(&mut applied);
        prop_assert_eq!(&applied, &completed);
        let before = validate_document(document, &Limits::LOCAL).unwrap();
        let after = validate_document(completed, &Limits::LOCAL).unwrap();
        prop_assert_eq!(before.digest(), after.digest());
    }

    #[test]
    fn json_round_trip_is_the_identity(sketches in sketches()) {
        let execution = decode(build(&sketches)).unwrap();
        let again: Execution = serde_json::from_value(serde_json::to_value(&execution).unwrap()).unwrap();
        prop_assert_eq!(again, execution);
    }

    #[test]
    fn job_names_are_legal_and_their_own(sketches in sketches()) {
        let valid = validate_document(build(&sketches), &Limits::LOCAL).unwrap();
        let mut seen = HashSet::new();
        for task in &valid.plan().tasks {
            for index in 0..task.commands.static_width().unwrap_or(3) {
                for attempt in 0..3 {
                    let name = names::job_name(valid.name(), &task.name, index, attempt);
                    prop_assert!(names::is_dns_subdomain(&name) && name.len() <= names::MAX_NAME_BYTES);
                    prop_assert!(seen.insert(name));
                }
            }
        }
    }

    #[test]
    fn the_order_of_the_tasks_changes_nothing_else(sketches in sketches(), shift in any::<Index>()) {
        let document = build(&sketches);
        let mut rotated = document.clone();
        let tasks = rotated["spec"]["tasks"].as_array_mut().unwrap();
        tasks.rotate_left(shift.index(sketches.len()));
        let before = validate_document(document, &Limits::LOCAL).unwrap();
        let after = validate_document(rotated, &Limits::LOCAL).unwrap();
        let describe = |valid: &gene_types::ValidExecution| -> BTreeMap<String, (Vec<String>, Vec<String>)> {
            let plan = valid.plan();
            plan.tasks.iter().map(|task| {
                let none = Pieces::default();
                let width = task.commands.static_width().unwrap_or_default();
                let commands = (0..width).map(|index| task.commands.command(index, &none).text).collect();
                let dependencies = task.dependencies.iter().map(|dependency| {
                    let target = &plan.tasks[dependency.task as usize].name;
                    format!("{target} {:?} {:?}", dependency.kind, dependency.on_skipped)
                }).collect();
                (task.name.clone(), (commands, dependencies))
            }).collect()
        };
        prop_assert_eq!(describe(&before), describe(&after));
        for valid in [&before, &after] {
            let plan = valid.plan();
            let mut done = vec![false; plan.tasks.len()];
            for task in &plan.order {
                let task = &plan.tasks[*task as usize];
                prop_assert!(task.dependencies.iter().all(|dependency| done[dependency.task as usize]));
                let position = plan.tasks.iter().position(|other| other.name == task.name).unwrap();
                done[position] = true;
            }
            prop_assert!(done.iter().all(|done| *done));
        }
    }

    #[test]
    fn what_has_the_shape_decodes_and_every_refusal_has_a_remedy(document in mutated()) {
        let errors = shape::check(&document);
        for error in &errors {
            prop_assert!(error.help.is_some() && !error.message.is_empty(), "{:?}", error);
        }
        if errors.is_empty() {
            let mut spec = document.clone();
            spec.as_object_mut().unwrap().remove("status");
            let decoded = serde_json::from_value::<Execution>(spec);
            prop_assert!(decoded.is_ok(), "{:?}", decoded.err());
            if let Err(errors) = validate(decoded.unwrap(), &Limits::LOCAL) {
                prop_assert!(errors.iter().all(|error| error.help.is_some()), "{:?}", errors);
            }
        }
        if let Ok(valid) = validate_document(document, &Limits::LOCAL) {
            for task in &valid.plan().tasks {
                for index in 0..task.commands.static_width().unwrap_or_default().min(50) {
                    task.commands.command(index, &Pieces::default());
                }
            }
            warnings(&valid);
            valid.digest();
        }
    }

    #[test]
    fn no_json_makes_anything_panic(document in any_json(), name in "[a-z]{1,3}") {
        shape::check(&document);
        let mut completed = document.clone();
        default::apply(&mut completed);
        prop_assert!(default::default(&completed).0.is_empty());
        let _ = validate_document(document.clone(), &Limits::LOCAL);
        let _ = validate_document(execution(json!({"tasks": [document.clone()]})), &Limits::LOCAL);
        let iter = json!({"name": name, "image": "u:1", "commandsIter": {"command": "${1}", "varsIter": [document, [document]]},
            "condition": {"condition": [document]}, "resources": {"cpu": document}});
        let _ = validate_document(execution(json!({"tasks": [iter]})), &Limits::LOCAL);
    }
}
