//! What the API server asks before it takes an Execution.

use serde_json::{Value, json};

use crate::place::{NAMESPACE, base, one, string};

#[test]
fn both_webhooks_are_asked_for_executions_alone_and_have_no_ca_yet() {
    for (kind, verb) in
        [("MutatingWebhookConfiguration", "mutate"), ("ValidatingWebhookConfiguration", "validate")]
    {
        let configuration = one(&base(), kind, "gene-webhook");
        let webhooks = configuration["webhooks"].as_array().unwrap();
        assert_eq!(webhooks.len(), 1, "{kind}");
        let webhook = &webhooks[0];
        assert_eq!(webhook["name"], format!("{verb}.execution.kubegene.io"));
        assert_eq!(
            webhook["clientConfig"],
            json!({"service": {"name": "gene-webhook", "namespace": NAMESPACE, "path": format!("/{verb}"), "port": 443}}),
            "an applied caBundle would replace the one that the webhook keeps"
        );
        assert_eq!(
            webhook["rules"],
            json!([{
                "apiGroups": ["execution.kubegene.io"],
                "apiVersions": ["v1alpha1"],
                "resources": ["executions"],
                "operations": ["CREATE", "UPDATE"],
                "scope": "Namespaced",
            }])
        );
        for (field, value) in
            [("failurePolicy", "Fail"), ("sideEffects", "None"), ("matchPolicy", "Equivalent")]
        {
            assert_eq!(webhook[field], value, "{kind} {field}");
        }
        assert_eq!(webhook["timeoutSeconds"], 10);
        assert_eq!(webhook["admissionReviewVersions"], json!(["v1"]));
    }
    let service = one(&base(), "Service", "gene-webhook");
    assert_eq!(service["spec"]["ports"][0]["port"], 443);
}

#[test]
fn every_policy_is_bound_and_fails_closed() {
    let objects = base();
    let policies: Vec<&Value> =
        objects.iter().filter(|object| object["kind"] == "ValidatingAdmissionPolicy").collect();
    assert_eq!(policies.len(), 3);
    for policy in policies {
        let name = string(&policy["metadata"]["name"]);
        assert_eq!(policy["spec"]["failurePolicy"], "Fail", "{name}");
        let binding = one(&objects, "ValidatingAdmissionPolicyBinding", &name);
        assert_eq!(binding["spec"], json!({"policyName": name, "validationActions": ["Deny"]}));
    }
}

/// Of the fields of the spec these alone may change: the policy compares all others, whatever they are called.
#[test]
fn the_policy_names_fields_that_there_are() {
    let policy = one(&base(), "ValidatingAdmissionPolicy", "gene-executions");
    let variables = policy["spec"]["variables"].as_array().unwrap();
    let free = variables.iter().find(|variable| variable["name"] == "free").unwrap();
    assert_eq!(free["expression"], "['suspend', 'parallelism', 'cancel', 'retryGeneration', 'tasks']");
    let definition = one(&base(), "CustomResourceDefinition", "executions.execution.kubegene.io");
    let fields =
        &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"];
    for field in ["suspend", "parallelism", "cancel", "retryGeneration", "tasks", "failurePolicy", "startOn"]
    {
        assert!(fields[field].is_object(), "{field}");
    }
}
