//! What a shell gets is what was written, on the cluster as on this machine.

use std::{fs, process::Command};

use crate::fixture::{Lab, command, document};

/// Commands with everything that Kubernetes, the system or a shell could take for its own.
const COMMANDS: [&str; 8] = [
    "echo '$' '$$' '$$$' '$$$$'",
    "echo '$(' '$(GENE_INDEX)' '$$(GENE_INDEX)' '$$$(GENE_TASK)'",
    "echo '${1}' '${item}' \"${NONE}\"",
    "echo $((6 * 7)) $(echo nested $(echo twice))",
    "echo 'é$é' '$€' '日本$(語)'",
    r#"printf '%s\n' "back\\slash" 'tab	tab' "quote\"quote""#,
    "echo \"$GENE_EXECUTION $GENE_TASK $GENE_INDEX $GENE_ATTEMPT\"",
    "echo '#' no comment; echo \"{}\" [] : '*'",
];

#[test]
fn a_dollar_reaches_the_shell_as_in_a_run_on_this_machine() {
    let lab = Lab::new("texts");
    let list: Vec<String> = COMMANDS.iter().map(|command| serde_json::to_string(command).unwrap()).collect();
    let iterated = serde_json::to_string("echo \"$GENE_ARG_1\" '${1}' '$${item}' '$(${1})'").unwrap();
    let spec = format!(
        "  tasks:\n  - {{name: said, image: busybox, commands: [{}]}}\n  \
           - {{name: made, image: busybox, commandsIter: {{command: {iterated}, vars: [['$(X)'], ['$$'], ['$$(GENE_TASK)'], ['a']]}}}}\n",
        list.join(", ")
    );
    let document = document("texts", &spec);
    let said = lab.submit(&document, &["--wait"]);
    assert_eq!(said.code, Some(0), "{said:?}");

    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("texts.yaml"), document).unwrap();
    let mut run: Command = command("kubectl-gene", &["run", "texts.yaml"]);
    let ran = run.current_dir(place.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    for (task, width) in [("said", COMMANDS.len()), ("made", 4)] {
        for index in 0..width {
            let here = place.path().join(format!(".gene/texts/logs/{task}.{index}.0.log"));
            let here = fs::read_to_string(here).unwrap();
            let there = lab.succeed(&["logs", &format!("texts/{task}/{index}")]).out;
            assert_eq!(there, here, "{task}[{index}]");
            assert!(!here.trim().is_empty(), "{task}[{index}] prints something");
        }
    }
}
