use super::*;
use crate::manifest::shown_of;

/// The commands of a text, and what is said of it.
fn of(text: &str) -> (Vec<String>, String) {
    let Lines { commands, notes } = read(text);
    (commands, shown_of("jobs.sh", text, notes))
}

#[test]
fn a_command_goes_on_after_a_backslash() {
    let (commands, said) =
        of("sh /a.sh \\\n  --one \\\r\n\t--two\nbash \\\n/b.sh \"x\\\ny\"\nsh /c.sh x\\\\\nsh /d.sh \\ \n");
    assert_eq!(commands, ["sh /a.sh   --one \t--two", "bash /b.sh \"xy\"", "sh /c.sh x\\\\", "sh /d.sh \\ "]);
    assert_eq!(said, "");
}

#[test]
fn what_is_passed_over_is_said() {
    let (commands, said) = of("#!/bin/sh\nset -e\n\nsh /a.sh\nnohup \\\nsh /b.sh &\nbashful /c\n  done\r\n");
    assert_eq!(commands, ["sh /a.sh"]);
    assert_eq!(
        said,
        "warning: 5 lines are no job and not run: lines 2, 5-8\n --> jobs.sh:2:1\n  |\n2 | set -e\n  | ^^^^^^\n  \
         = help: a job is a line that begins with bash or sh; what others set or start is not there for it\n\n"
    );
    let (_, said) = of(&"x\nsh /a\n".repeat(20));
    assert!(said.starts_with("warning: 20 lines are no job and not run: lines 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 and more\n"), "{said}");
}

#[test]
fn what_cannot_run_is_refused_at_its_place() {
    for (text, expected) in [
        (
            "sh /a.sh\n  bash  align.sh x\n",
            "error: \"align.sh\" is no absolute path\n --> jobs.sh:2:9\n  |\n2 |   bash  align.sh x\n  |         ^^^^^^^^\n  \
             = help: write where the script stands in the containers: an absolute path, such as /data/align.sh\n\n\
             jobs.sh: 1 error\n",
        ),
        (
            "bash -x /a.sh",
            "error: \"-x\" is no absolute path\n --> jobs.sh:1:6\n  |\n1 | bash -x /a.sh\n  |      ^^\n  \
             = help: write the script first; its options can be set in itself, with \"set\"\n\njobs.sh: 1 error\n",
        ),
        (
            "sh",
            "error: \"sh\" is to run nothing\n --> jobs.sh:1:1\n  |\n1 | sh\n  | ^^\n  \
             = help: a job is a line like: bash /data/align.sh sample1\n\njobs.sh: 1 error\n",
        ),
        (
            "sh /a.sh \\\n   it's\nsh /b.sh",
            "error: the quote is not closed on its line\n --> jobs.sh:2:6\n  |\n2 |    it's\n  |      ^\n  \
             = help: close it; a command is one line, or goes on after a backslash at its end\n\njobs.sh: 1 error\n",
        ),
        (
            "sh /a.sh \\",
            "error: the line goes on after its backslash, and there is no next one\n --> jobs.sh:1:10\n  |\n1 | sh /a.sh \\\n  |          ^\n  \
             = help: take the backslash away\n\njobs.sh: 1 error\n",
        ),
        (
            "# nothing\n",
            "error: the script is empty\n --> jobs.sh\n  = help: a job is a line like: bash /data/align.sh sample1\n\njobs.sh: 1 error\n",
        ),
    ] {
        let (_, said) = of(text);
        assert_eq!(said, expected, "{text:?}");
    }
    let (_, said) = of(&format!("sh /b.sh\nsh /a.sh {}\n", "x".repeat(MAX_ARGUMENT_BYTES)));
    let expected =
        "error: the command has 131,080 bytes; more than 131,071 cannot be executed\n --> jobs.sh:2:1\n";
    assert!(said.starts_with(expected), "{said}");
    let (_, said) = of("set -e\n./a.sh\n");
    assert!(said.contains("error: no line of the script is a job\n"), "{said}");
    assert!(said.ends_with("jobs.sh: 1 error and 1 warning\n"), "{said}");
}

#[test]
fn a_script_of_faults_is_cut_short() {
    let lines = read(&"sh x\n".repeat(100_000));
    assert_eq!(lines.notes.len(), FAULTS);
}
