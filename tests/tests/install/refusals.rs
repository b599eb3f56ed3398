//! What the installed product refuses, and to whom.

use std::{collections::BTreeMap, fs};

use crate::{
    fixture::{Lab, Said, root, until},
    product::{apply, kubectl, succeed},
};

/// docs/errors.md shows what kubectl prints.
pub fn every_file_is_refused_as_documented() {
    let page = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let shown = shown(&page);
    let files = fs::read_dir(root().join("examples/rejected")).unwrap();
    let mut count = 0;
    for file in files {
        let name = file.unwrap().file_name().into_string().unwrap();
        let said = kubectl(&["apply", "-f", &format!("examples/rejected/{name}")]);
        assert_eq!(said.code, Some(1), "{name}: {said:?}");
        // kubectl puts what the server warns of before what it refuses.
        let printed = said.err.lines().filter(|line| !line.starts_with("Warning: "));
        let printed: Vec<&str> = printed.map(str::trim_end).collect();
        let expected = shown.get(&name).unwrap_or_else(|| panic!("docs/errors.md lacks {name}"));
        assert_eq!(printed, *expected, "{name}: docs/errors.md shows something else");
        count += 1;
    }
    assert!(count >= 12, "{count} files in examples/rejected");
    let left = succeed(&["get", "executions", "--all-namespaces", "-o", "name"]);
    assert_eq!(left, "", "something was admitted");
}

/// What the page shows of each file.
fn shown(page: &str) -> BTreeMap<String, Vec<&str>> {
    let mut shown = BTreeMap::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(file) = line.strip_prefix("$ kubectl apply -f examples/rejected/") else { continue };
        let name = file.split_whitespace().next().unwrap().to_owned();
        let printed = lines.by_ref().take_while(|line| *line != "```");
        shown.insert(name, printed.map(str::trim_end).collect());
    }
    shown
}

/// With the webhook configurations and without them.
pub fn only_who_may_create_jobs() {
    let lab = Lab::new("rights");
    let executions = "--resource=executions.execution.kubegene.io";
    for (user, rights) in [("eve", vec![executions]), ("jane", vec![executions, "--resource=jobs.batch"])] {
        for (index, resource) in rights.iter().enumerate() {
            let role = format!("{user}-{index}");
            must(&lab, &["create", "role", &role, "--verb=create,get,patch,delete", resource]);
            must(&lab, &["create", "rolebinding", &role, "--role", &role, "--user", user]);
        }
    }
    check(&lab);
    succeed(&["delete", "-k", "manifests/base/configurations"]);
    // The API server asks for a moment more.
    until("nobody to be asked", || {
        let said = lab.kubectl(&["apply", "--dry-run=server", "-f", "examples/rejected/cycle.yaml"]);
        (said.code == Some(0)).then_some(())
    });
    check(&lab);
    apply("manifests/base/configurations");
    let back = crate::product::admits();
    eprintln!(
        "{:.1} s after the configurations were there again, Executions were admitted",
        back.as_secs_f64()
    );
}

fn check(lab: &Lab) {
    let create = |user| -> Said { lab.kubectl(&["create", "--as", user, "-f", "examples/iterate.yaml"]) };
    let refused = until("the rights", || {
        let said = create("eve");
        (!said.err.contains("cannot create resource \"executions\"")).then_some(said)
    });
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("user \"eve\" may not create jobs.batch"), "{refused:?}");
    assert_eq!(lab.kubectl(&["get", "executions", "-o", "name"]).out, "");
    let admitted = create("jane");
    assert_eq!(admitted.code, Some(0), "{admitted:?}");
    must(lab, &["delete", "executions", "--all"]);
}

fn must(lab: &Lab, words: &[&str]) {
    let said = lab.kubectl(words);
    assert_eq!(said.code, Some(0), "kubectl {words:?}: {said:?}");
}
