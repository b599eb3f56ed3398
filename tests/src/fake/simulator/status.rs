//! The status of a Job: counters, pods that are announced and not counted, conditions.

use serde_json::{Value, json};

use crate::fake::object::entry;

/// Announces pods before they are let go: what the count is rebuilt from after a crash.
pub fn note_uncounted(status: &mut Value, succeeded: &[String], failed: &[String]) {
    if status["uncountedTerminatedPods"].is_null() {
        status["uncountedTerminatedPods"] = json!({});
    }
    for (list, new) in [("succeeded", succeeded), ("failed", failed)] {
        if !new.is_empty() {
            let mut uids = uncounted_uids(status, list);
            uids.extend(new.iter().cloned());
            entry(status, "uncountedTerminatedPods").insert(list.into(), json!(uids));
        }
    }
}

/// The uids of the pods that were announced and are not counted yet, of `succeeded` or `failed`.
pub fn uncounted_uids(status: &Value, list: &str) -> Vec<String> {
    let uids = status["uncountedTerminatedPods"][list].as_array().map_or(&[][..], Vec::as_slice);
    uids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// How many they are.
pub fn uncounted(status: &Value, list: &str) -> i64 {
    uncounted_uids(status, list).len() as i64
}

/// A counter; absent is 0.
pub fn number(status: &Value, field: &str) -> i64 {
    status[field].as_i64().unwrap_or(0)
}

/// Sets a counter; 0 is left out, as the API server does.
pub fn set_or_remove(status: &mut Value, field: &str, number: i64) {
    if let Some(map) = status.as_object_mut() {
        if number == 0 {
            map.remove(field);
        } else {
            map.insert(field.to_owned(), json!(number));
        }
    }
}

/// A condition of a Job that holds.
pub fn condition<'a>(job: &'a Value, kind: &str) -> Option<&'a Value> {
    condition_of(job.get("status")?, kind)
}

/// A condition of a status that holds.
pub fn condition_of<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    let list = status.get("conditions")?.as_array()?;
    list.iter().find(|condition| condition["type"] == kind && condition["status"] == "True")
}

/// Appends a condition that holds.
pub fn add_condition(status: &mut Value, kind: &str, reason: &str, message: &str, now: &Value) {
    let condition = json!({
        "type": kind,
        "status": "True",
        "reason": reason,
        "message": message,
        "lastProbeTime": now,
        "lastTransitionTime": now,
    });
    if status["conditions"].is_null() {
        status["conditions"] = json!([]);
    }
    if let Some(list) = status["conditions"].as_array_mut() {
        list.push(condition);
    }
}

/// Notes that the Job is or is no longer suspended; answers whether that is new.
pub fn set_suspended(status: &mut Value, is_suspended: bool, now: &Value) -> bool {
    let was = condition_of(status, "Suspended").is_some();
    if was == is_suspended {
        return false;
    }
    if let Some(list) = status["conditions"].as_array_mut() {
        list.retain(|condition| condition["type"] != "Suspended");
    }
    if is_suspended {
        add_condition(status, "Suspended", "JobSuspended", "Job suspended", now);
        status["startTime"] = Value::Null;
    } else {
        add_condition(status, "Suspended", "JobResumed", "Job resumed", now);
        if let Some(last) = status["conditions"].as_array_mut().and_then(|list| list.last_mut()) {
            last["status"] = json!("False");
        }
    }
    if let Some(map) = status.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    true
}
