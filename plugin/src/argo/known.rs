//! The fields of Argo's objects (`argoproj.io/v1alpha1`, as its field reference lists them) by what becomes of them.

use super::survey::Known;

const OF_THE_CLUSTER: &str = "it concerns the Workflow's object, not what runs";
const LOGS: &str = "kubectl gene logs shows what was printed";
const PODS: &str = "delete the Execution when it is no longer wanted: its Jobs and pods go with it";
const ARTIFACTS: &str = "let the tasks share a volume";
const TEMPLATE_OF_ANOTHER_FILE: &str = "copy the template into this file, and name it with template";
const AFTERWARDS: &str = "make it a task that waits for the others; after a failure nothing more runs";

/// The document.
pub const DOCUMENT: Known = Known {
    what: "document of Argo",
    carried: &["apiVersion", "kind", "metadata", "spec"],
    convenient: &[("status", "what an earlier run did is no part of the Execution")],
    decisive: &[],
};

/// `metadata`.
pub const METADATA: Known = Known {
    what: "metadata",
    carried: &[
        "name",
        "generateName",
        "namespace",
        "labels",
        "annotations",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "managedFields",
        "selfLink",
    ],
    convenient: &[("ownerReferences", OF_THE_CLUSTER), ("finalizers", OF_THE_CLUSTER)],
    decisive: &[],
};

const ONE_RUN: &str = "an Execution runs once, when it is submitted";

/// `spec` of a `CronWorkflow`.
pub const CRON: Known = Known {
    what: "CronWorkflow",
    carried: &["workflowSpec"],
    convenient: &[
        ("schedule", ONE_RUN),
        ("schedules", ONE_RUN),
        ("timezone", ONE_RUN),
        ("suspend", ONE_RUN),
        ("when", ONE_RUN),
        ("stopStrategy", ONE_RUN),
        ("concurrencyPolicy", ONE_RUN),
        ("startingDeadlineSeconds", ONE_RUN),
        ("successfulJobsHistoryLimit", ONE_RUN),
        ("failedJobsHistoryLimit", ONE_RUN),
        ("workflowMetadata", OF_THE_CLUSTER),
    ],
    decisive: &[],
};

/// `spec` of a Workflow.
pub const SPEC: Known = Known {
    what: "Workflow",
    carried: &[
        "templates",
        "entrypoint",
        "arguments",
        "parallelism",
        "suspend",
        "activeDeadlineSeconds",
        "nodeSelector",
        "tolerations",
        "affinity",
        "serviceAccountName",
        "imagePullSecrets",
        "volumes",
        "securityContext",
        "hostNetwork",
        "hostAliases",
        "dnsPolicy",
        "dnsConfig",
        "schedulerName",
        "podPriorityClassName",
        "automountServiceAccountToken",
        "podMetadata",
        "retryStrategy",
    ],
    convenient: &[
        ("archiveLogs", LOGS),
        ("podGC", PODS),
        ("ttlStrategy", PODS),
        ("ttlSecondsAfterFinished", PODS),
        ("priority", "Executions have no order among themselves; Kueue can give their Jobs one"),
        ("podPriority", "write podPriorityClassName"),
        ("podDisruptionBudget", "make one for the pods' labels by hand"),
        ("metrics", "the controller's own metrics count tasks and vertices"),
        ("executor", OF_THE_CLUSTER),
        ("workflowMetadata", OF_THE_CLUSTER),
        ("artifactRepositoryRef", ARTIFACTS),
        ("artifactGC", ARTIFACTS),
        ("volumeClaimGC", PODS),
    ],
    decisive: &[
        ("workflowTemplateRef", "write the templates into this file"),
        ("templateDefaults", "write its fields into each template"),
        ("onExit", AFTERWARDS),
        ("hooks", AFTERWARDS),
        ("shutdown", "take it out"),
        ("synchronization", "submit what may not run at once one after the other"),
        ("volumeClaimTemplates", "make the PersistentVolumeClaims by hand, and name them in volumes"),
        ("podSpecPatch", "write what it changes into the template of the Execution"),
    ],
};

/// `arguments`.
pub const ARGUMENTS: Known = Known {
    what: "list of arguments",
    carried: &["parameters"],
    convenient: &[],
    decisive: &[("artifacts", ARTIFACTS)],
};

/// `inputs` of a template.
pub const INPUTS: Known = Known {
    what: "list of inputs",
    carried: &["parameters"],
    convenient: &[],
    decisive: &[("artifacts", ARTIFACTS)],
};

/// `outputs` of a template.
pub const OUTPUTS: Known = Known {
    what: "list of outputs",
    carried: &[],
    convenient: &[
        ("parameters", "nothing reads it here; let the task write to a volume what is wanted later"),
        ("artifacts", "let the task write to a volume what is wanted later"),
        ("result", "it is what the task prints"),
        ("exitCode", "kubectl gene describe shows it"),
    ],
    decisive: &[],
};

/// A parameter.
pub const PARAMETER: Known = Known {
    what: "parameter",
    carried: &["name", "value", "default", "enum", "description", "globalName"],
    convenient: &[],
    decisive: &[("valueFrom", "write the value itself, or give it with --parameter")],
};

const KEPT_ON_EVERY_TEMPLATE: &str = "name it in the task's description";

/// A template of any form.
pub const TEMPLATE: Known = Known {
    what: "template",
    carried: &[
        "name",
        "inputs",
        "outputs",
        "container",
        "script",
        "dag",
        "steps",
        "volumes",
        "nodeSelector",
        "tolerations",
        "affinity",
        "serviceAccountName",
        "metadata",
        "retryStrategy",
        "activeDeadlineSeconds",
        "parallelism",
        "failFast",
        "schedulerName",
        "priorityClassName",
        "securityContext",
        "hostAliases",
        "annotations",
        "automountServiceAccountToken",
        "timeout",
    ],
    convenient: &[
        ("archiveLocation", LOGS),
        ("executor", OF_THE_CLUSTER),
        ("metrics", "the controller's own metrics count tasks and vertices"),
        ("priority", "write priorityClassName"),
        ("memoize", "the task runs each time"),
        ("description", KEPT_ON_EVERY_TEMPLATE),
    ],
    decisive: &[
        ("daemon", "what has to run beside the tasks is no part of an Execution: start it before"),
        ("suspend", "split the Workflow in two, or use kubectl gene suspend and resume"),
        ("resource", "make it a container that runs kubectl"),
        ("http", "make it a container that runs curl"),
        ("data", "make it a container that lists the data"),
        ("plugin", "make it a container"),
        ("containerSet", "make each of its containers a template"),
        ("initContainers", "make each a task before this one, with a volume that both mount"),
        (
            "sidecars",
            "write them as initContainers with restartPolicy: Always into the template of the Execution's task",
        ),
        ("synchronization", "use parallelism: 1, or dependents"),
        ("podSpecPatch", "write what it changes into the template of the Execution's task"),
        ("templateRef", TEMPLATE_OF_ANOTHER_FILE),
        ("template", TEMPLATE_OF_ANOTHER_FILE),
    ],
};

/// A template's `dag`.
pub const DAG: Known = Known {
    what: "dag",
    carried: &["tasks", "failFast"],
    convenient: &[],
    decisive: &[("target", "take out the tasks that the target does not need")],
};

/// A task of a dag, or a step.
pub const TASK: Known = Known {
    what: "task",
    carried: &[
        "name",
        "template",
        "inline",
        "arguments",
        "depends",
        "dependencies",
        "when",
        "withItems",
        "withParam",
        "withSequence",
    ],
    convenient: &[],
    decisive: &[
        ("templateRef", TEMPLATE_OF_ANOTHER_FILE),
        ("continueOn", "write the command so that it succeeds: COMMAND || true"),
        ("onExit", AFTERWARDS),
        ("hooks", AFTERWARDS),
    ],
};

/// A `container`.
pub const CONTAINER: Known = Known {
    what: "container",
    carried: &[
        "name",
        "image",
        "command",
        "args",
        "env",
        "workingDir",
        "resources",
        "volumeMounts",
        "envFrom",
        "imagePullPolicy",
        "securityContext",
        "ports",
        "lifecycle",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "volumeDevices",
        "stdin",
        "stdinOnce",
        "tty",
        "source",
        "resizePolicy",
    ],
    convenient: &[],
    decisive: &[("restartPolicy", "take it out: retryStrategy says what happens after a failure")],
};

/// `retryStrategy`.
pub const RETRY: Known = Known {
    what: "retryStrategy",
    carried: &["limit", "retryPolicy", "backoff"],
    convenient: &[("affinity", "attempts may run on any node")],
    decisive: &[("expression", "an attempt is followed by another after any failure: take it out")],
};

/// `backoff` of a `retryStrategy`.
pub const BACKOFF: Known = Known {
    what: "backoff",
    carried: &["duration", "factor", "cap"],
    convenient: &[("maxDuration", "activeDeadlineSeconds bounds a task with all its attempts")],
    decisive: &[],
};
