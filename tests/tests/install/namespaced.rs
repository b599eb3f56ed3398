//! The install in one namespace: an administrator once, and from then on who may edit the namespace.

use crate::{
    fixture::{command, until},
    product::{kubectl, succeed},
};

const NAMESPACE: &str = "kubegene";

pub fn works_and_goes() {
    succeed(&["create", "namespace", NAMESPACE]);
    succeed(&["apply", "-k", "manifests/overlays/namespaced/admin"]);
    let issue = "issue --namespace kubegene --service gene-webhook --configuration gene-webhook --tls-secret gene-webhook-tls";
    let issued = command("gene-certs", &issue.split(' ').collect::<Vec<_>>()).output().unwrap();
    assert!(issued.status.success(), "{}", String::from_utf8_lossy(&issued.stderr));
    succeed(&["-n", NAMESPACE, "create", "rolebinding", "team", "--clusterrole=edit", "--user=jane"]);

    let jane = |words: &[&str]| kubectl(&[&["--as=jane", "-n", NAMESPACE], words].concat());
    until("her rights", || {
        jane(&["apply", "-k", "manifests/overlays/namespaced/app"]).code.filter(|code| *code == 0)
    });
    for deployment in ["deployment/gene-webhook", "deployment/gene-controller"] {
        let said = jane(&["rollout", "status", deployment, "--timeout=120s"]);
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let said = jane(&["create", "-f", "examples/iterate.yaml"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = jane(&["create", "-f", "examples/rejected/cycle.yaml"]);
    assert!(said.err.contains("dependents form a cycle"), "{said:?}");
    let said =
        jane(&["wait", "--for=jsonpath={.status.phase}=Succeeded", "execution", "--all", "--timeout=120s"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let check = ["check", "--namespace", NAMESPACE, "--tls-secret", "gene-webhook-tls"];
    let checked = command("gene-certs", &check).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));

    let said = jane(&["delete", "-k", "manifests/overlays/namespaced/app"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    succeed(&["delete", "-k", "manifests/overlays/namespaced/admin"]);
    succeed(&["delete", "namespace", NAMESPACE]);
}
