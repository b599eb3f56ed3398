//! The first minute.

use std::time::{Duration, Instant};

use crate::{
    fixture::command,
    product::{apply, kubectl, read, rolled_out, succeed},
};

/// What an admin is promised, without cert-manager.
const PROMISED: Duration = Duration::from_mins(1);

pub fn is_ready_soon() {
    let begun = Instant::now();
    apply("manifests");
    rolled_out();
    let took = begun.elapsed();
    // In the same moment.
    let said = kubectl(&["apply", "-f", "examples/test-exec.yaml"]);
    assert_eq!(said.code, Some(0), "the webhook is rolled out: {said:?}");
    eprintln!("all Ready {:.1} s after kubectl apply -k began", took.as_secs_f64());
    assert!(took < PROMISED, "all Ready after {took:?}");

    let pods = read(&["-n", "kubegene-system", "get", "pods"]);
    let statuses: Vec<_> = pods["items"].as_array().unwrap().iter().map(|pod| &pod["status"]).collect();
    assert_eq!(statuses.len(), 4, "{pods:#}");
    for status in statuses {
        assert_eq!(status["containerStatuses"][0]["restartCount"], 0, "{status:#}");
    }
    let check = command("gene-certs", &["check"]).output().unwrap();
    assert!(check.status.success(), "gene-certs check: {}", String::from_utf8_lossy(&check.stdout));
    let execution = read(&["get", "execution", "test-exec"]);
    let submitted_by = &execution["metadata"]["annotations"]["execution.kubegene.io/submitted-by"];
    assert!(submitted_by.is_string(), "{execution:#}");
    succeed(&["wait", "--for=jsonpath={.status.phase}=Succeeded", "execution/test-exec", "--timeout=120s"]);
    succeed(&["delete", "execution", "test-exec"]);
}
