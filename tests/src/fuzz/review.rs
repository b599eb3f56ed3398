//! What the webhook is sent: judged as a stranger's bytes and, where it is a review, as the API server would go on
//! with it.

use gene_types::cause;
use gene_webhook::judge::{Endpoint, Unanswered, judge};
use k8s_openapi::ByteString;
use serde_json::{Value, json};

/// The most bytes of an answer beside a refusal's: for each byte of the review, as a task of two bytes has a patch of
/// some eighty, in base64; and beside that.
const PER_BYTE: usize = 64;
const FRAME: usize = 2 * 1024;

/// Judges these bytes at both endpoints, and what `/mutate` makes of them again.
///
/// # Panics
/// When an answer is not what is promised of it.
pub fn review(bytes: &[u8]) {
    answer(Endpoint::Validate, bytes);
    let Some(response) = answer(Endpoint::Mutate, bytes) else { return };
    if response["allowed"] != true {
        return;
    }
    // What is no JSON beyond what was looked at.
    let Ok(mut review) = serde_json::from_slice::<Value>(bytes) else { return };
    if let Some(patch) = response.get("patch") {
        apply(patch, &mut review["request"]["object"]);
    }
    let mutated = review.to_string().into_bytes();
    let again = answer(Endpoint::Mutate, &mutated);
    assert_eq!(
        again,
        Some(json!({"uid": response["uid"], "allowed": true})),
        "what is complete stays as it is"
    );
    // The schema is checked between the two, so that `/validate` never sees annotations that are none.
    if !["object", "oldObject"].iter().all(|object| has_annotations(&review["request"][*object]["metadata"]))
    {
        return;
    }
    let validated = answer(Endpoint::Validate, &mutated);
    assert!(
        validated.is_some_and(|response| response["allowed"] == true),
        "let in, completed, and then refused"
    );
}

/// Whether what stands for annotations are some, or nothing does.
fn has_annotations(metadata: &Value) -> bool {
    match &metadata["annotations"] {
        Value::Null => true,
        Value::Object(annotations) => annotations.values().all(Value::is_string),
        _ => false,
    }
}

/// The response to a review; nothing where it is none.
fn answer(endpoint: Endpoint, bytes: &[u8]) -> Option<Value> {
    match judge(endpoint, bytes) {
        Ok(judged) => {
            let most = cause::MAX_STATUS_BYTES as usize + FRAME + bytes.len() * PER_BYTE;
            assert!(judged.answer.len() <= most, "{} bytes answer {}", judged.answer.len(), bytes.len());
            let mut answer: Value = serde_json::from_slice(&judged.answer).expect("an answer is JSON");
            assert_eq!(
                answer["response"]["allowed"],
                judged.verdict != "refused",
                "the verdict is the answer's"
            );
            Some(answer["response"].take())
        }
        Err(Unanswered::Misunderstood(why)) => {
            assert!(
                why.to_string().len() <= FRAME,
                "{} bytes say why there is no answer",
                why.to_string().len()
            );
            None
        }
        Err(Unanswered::Broken) => unreachable!("a panic while judging"),
    }
}

fn apply(patch: &Value, object: &mut Value) {
    let ByteString(patch) = serde_json::from_value(patch.clone()).expect("a patch is in base64");
    let patch: json_patch::Patch = serde_json::from_slice(&patch).expect("a patch is one of JSON");
    json_patch::patch(object, &patch).expect("a patch fits what it was made for");
}
