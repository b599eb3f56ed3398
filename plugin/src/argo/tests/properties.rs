//! That no input does harm, and that what is converted is accepted.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{convert, dag, known};

fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z{}$.]{0,12}",
        Just("echo".to_owned()),
        Just("{{item}}".to_owned()),
        Just("{{tasks.a.outputs.result}} == x".to_owned()),
        Just("a && b.Succeeded".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let keys: Vec<&'static str> = [
        known::SPEC.carried,
        known::TEMPLATE.carried,
        known::TASK.carried,
        known::CONTAINER.carried,
        known::PARAMETER.carried,
        &[
            "tasks",
            "parameters",
            "count",
            "start",
            "end",
            "limit",
            "backoff",
            "duration",
            "claimName",
            "mountPath",
        ],
    ]
    .concat();
    leaf.prop_recursive(6, 60, 6, move |inner| {
        let key = proptest::sample::select(keys.clone()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Puts a value somewhere into another one; `way` says where.
fn put(into: &mut Value, way: &[usize], value: Value) {
    match (way.split_first(), into) {
        (Some((step, rest)), Value::Object(map)) if !map.is_empty() => {
            let at = step % map.len();
            if let Some(field) = map.values_mut().nth(at) {
                put(field, rest, value);
            }
        }
        (Some((step, rest)), Value::Array(list)) if !list.is_empty() => {
            let at = step % list.len();
            put(&mut list[at], rest, value);
        }
        (_, place) => *place = value,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_value_does_harm(spec in any_value(), template in any_value(), kind in 0_usize..3) {
        let kind = ["Workflow", "WorkflowTemplate", "CronWorkflow"][kind];
        let begin = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": template.clone()});
        for spec in [spec.clone(), json!({"workflowSpec": spec}),
            json!({"entrypoint": "echo", "templates": [{"name": "echo", "container": template}, spec]})] {
            let mut document = begin.clone();
            document["spec"] = spec;
            let _ = convert(&document, &[("p".to_owned(), "{{".to_owned())]);
        }
    }

    #[test]
    fn what_is_converted_is_accepted_and_the_same_every_time(
        changes in prop::collection::vec((prop::collection::vec(0_usize..8, 1..9), any_value()), 0..3),
    ) {
        let mut document = dag(&json!([
            {"name": "a", "template": "echo", "withItems": [1, {"k": 2}]},
            {"name": "b", "template": "echo", "depends": "a.Succeeded", "when": "1 == 1",
                "arguments": {"parameters": [{"name": "p", "value": "v"}]}},
        ]));
        document["spec"]["volumes"] = json!([{"name": "v", "emptyDir": {}}]);
        document["spec"]["templates"][1]["container"]["volumeMounts"] = json!([{"name": "v", "mountPath": "/v"}]);
        for (way, value) in changes {
            put(&mut document, &way, value);
        }
        let once = convert(&document, &[]);
        prop_assert_eq!(&convert(&document, &[]), &once);
        match once {
            Ok(converted) => {
                let mut execution = converted.execution;
                gene_types::default::apply(&mut execution);
                prop_assert!(gene_types::validate_document(execution, &gene_types::Limits::LOCAL).is_ok());
            }
            Err(refusal) => prop_assert!(!refusal.errors.is_empty(), "{document}"),
        }
    }
}
