use serde_json::{Value, json};

use super::{
    super::scope::{Globals, Parameters},
    *,
};

fn decided(when: &str, item: &Value) -> Result<Truth, String> {
    let inputs: Parameters = [("mode", "fast"), ("n", "3"), ("odd", "a b")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let globals = Globals::default();
    decide(when, &Scope { globals: &globals, inputs: &inputs, item: Some(item) })
}

#[test]
fn what_is_known_is_decided() {
    for (when, expected) in [
        ("true", true),
        ("!true", false),
        ("{{inputs.parameters.mode}} == fast", true),
        ("\"{{inputs.parameters.mode}}\" != 'fast'", false),
        ("'{{inputs.parameters.odd}}' == 'a b'", true),
        ("{{inputs.parameters.n}} >= 3.0 && {{ item }} < 10", true),
        ("{{item}} == 7 || {{item}} == 8", true),
        ("!({{item}} == 7) || (false)", false),
        ("10 > 9", true),
        ("'10' > '9'", false),
    ] {
        assert_eq!(decided(when, &json!(7)), Ok(Truth::Known(expected)), "{when}");
    }
}

#[test]
fn one_text_that_a_task_printed_can_be_asked_for() {
    let printed =
        |task: &str, text: &str| Ok(Truth::Printed { task: task.to_owned(), text: text.to_owned() });
    for (when, expected) in [
        ("{{tasks.flip.outputs.result}} == heads", printed("flip", "heads")),
        ("\"heads or tails\" == \"{{steps.flip.outputs.result}}\"", printed("flip", "heads or tails")),
        ("{{tasks.flip.outputs.result}} == true && 1 == 1", printed("flip", "true")),
        ("1 == 2 && {{tasks.flip.outputs.result}} == heads", Ok(Truth::Known(false))),
        ("{{tasks.flip.outputs.result}} == {{item}}", printed("flip", "x")),
    ] {
        assert_eq!(decided(when, &json!("x")), expected, "{when}");
    }
}

#[test]
fn what_cannot_be_said_is_refused() {
    for (when, expected) in [
        ("{{tasks.a.outputs.result}} != heads", OTHER_THAN),
        ("!({{tasks.a.outputs.result}} == heads)", OTHER_THAN),
        ("{{tasks.a.outputs.result}}", OTHER_THAN),
        ("x{{tasks.a.outputs.result}} == heads", OTHER_THAN),
        (
            "{{tasks.a.outputs.result}} == 1",
            "it compares values of different kinds: put quotes around both sides",
        ),
        ("'1' == 1", "it compares values of different kinds: put quotes around both sides"),
        ("{{inputs.parameters.odd}} == 1", QUOTES),
        ("a-b == c", QUOTES),
        ("a in b", UNDECIDED),
        ("a =~ b", UNDECIDED),
        ("a = b", UNDECIDED),
        ("fast", "\"fast\" is neither true nor false"),
        ("", "the condition ends too early"),
        ("'a", "a quote is never closed"),
        ("{{a", "a \"{{\" is never closed"),
        ("(true", "a bracket is never closed"),
        ("{{inputs.parameters.none}} == 1", "the template has no input parameter \"none\""),
    ] {
        assert_eq!(decided(when, &json!(1)).unwrap_err(), expected, "{when}");
    }
    for deep in ["(".repeat(100_000), "!".repeat(100_000)] {
        assert!(decided(&deep, &json!(1)).unwrap_err().contains("nested more than 32 deep"));
    }
}
