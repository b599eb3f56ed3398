//! Inputs: types, precedence, references between them, and the two that name the Execution.

use serde_json::{Value, json};

use super::{commands, compiled, compiled_with, expand, one, texts, yaml};

fn echo(inputs: &str, from_file: Option<&str>, sets: &[(&str, &str)]) -> Result<Vec<String>, Vec<String>> {
    let from_file = from_file.map(yaml);
    let workflow = one("{commands: ['${x}']}", inputs);
    let compiled = compiled_with(&workflow, from_file.as_ref(), sets).map_err(|faults| texts(&faults))?;
    Ok(commands(&compiled, "t"))
}

#[test]
fn set_wins_over_the_file_over_value_over_default() {
    let both = "{x: {default: d, value: v}}";
    for (inputs, from_file, sets, expected) in [
        ("{x: {default: d}}", None, &[][..], "d"),
        (both, None, &[], "v"),
        (both, Some("{x: f}"), &[], "f"),
        (both, Some("{x: f}"), &[("x", "s")], "s"),
        (both, Some("{x: f}"), &[("x", "s"), ("x", "last")], "last"),
        ("{x: {default: null}}", Some("{x: f}"), &[], "f"),
        ("{x: null}", Some("{x: f}"), &[], "f"),
        ("{}", Some("{x: f}"), &[], "f"),
        ("{}", Some("{x: f}"), &[("x", "s")], "s"),
    ] {
        assert_eq!(
            echo(inputs, from_file, sets),
            Ok(vec![expected.to_owned()]),
            "{inputs} {from_file:?} {sets:?}"
        );
    }
}

#[test]
fn values_have_the_type_that_is_declared() {
    for (inputs, from_file, sets, expected) in [
        (
            "{x: {default: 5}}",
            None,
            &[][..],
            "inputs.x.default: input \"x\" is of type string, and this is the number 5",
        ),
        ("{x: {type: number, default: '5'}}", None, &[], "is of type number, and this is the text \"5\""),
        ("{x: {type: bool, default: 1}}", None, &[], "is of type bool"),
        ("{x: {type: array, default: a}}", None, &[], "is of type array"),
        ("{x: {type: int, default: 1}}", None, &[], "\"int\" is none of string, number, bool, array"),
        ("{x: {type: number, default: 1}}", Some("{x: a}"), &[], "x: input \"x\" is of type number"),
        ("{x: {type: number, default: 1}}", Some("{x: null}"), &[], "this is null"),
        (
            "{x: {type: number, default: 1}}",
            None,
            &[("x", "a")],
            "input \"x\" is of type number, and \"a\" is none",
        ),
        ("{x: {type: array}}", None, &[("x", "[1")], "is of type array"),
        ("{x: {}}", None, &[], "inputs.x: input \"x\" has no value"),
        ("{x: {default: a}}", None, &[("y", "b")], "the workflow has no input \"y\""),
    ] {
        let errors = echo(inputs, from_file, sets).unwrap_err();
        assert!(
            errors.len() == 1 && errors[0].contains(expected),
            "{inputs} {from_file:?} {sets:?}: {errors:#?}"
        );
    }
    for (inputs, sets, expected) in [
        ("{x: {type: number, default: 1.50}}", &[][..], "1.5"),
        ("{x: {type: array, default: [a, '<', 1]}}", &[], r#"["a","\u003c",1]"#),
        ("{x: {type: array}}", &[("x", "a,b")], r#"["a","b"]"#),
        ("{x: {type: array}}", &[("x", "[1, \"b\"]")], r#"[1,"b"]"#),
        ("{x: {type: bool}}", &[("x", "true")], "true"),
        // The original did not look at the type of a value.
        ("{x: {type: string, value: 5}}", &[], "5"),
    ] {
        assert_eq!(echo(inputs, None, sets), Ok(vec![expected.to_owned()]), "{inputs} {sets:?}");
    }
}

#[test]
fn inputs_refer_to_inputs() {
    for (inputs, expected) in [
        ("{x: {default: '${a}/${b}'}, a: {default: A}, b: {value: '${a}${a}'}}", "A/AA"),
        ("{x: {type: array, default: ['${n}', b]}, n: {type: number, default: 3}}", r#"[3,"b"]"#),
        ("{x: {type: number, default: '${n}'}, n: {type: number, default: 3}}", "3"),
        // What no input is called stays, and so does what comes from outside.
        ("{x: {default: '${1} ${nobody} ${'}}", "${1} ${nobody} ${"),
    ] {
        assert_eq!(expand("{commands: ['${x}']}", inputs), Ok(vec![expected.to_owned()]), "{inputs}");
    }
    assert_eq!(echo("{x: {}, a: {default: A}}", None, &[("x", "${a}")]), Ok(vec!["${a}".to_owned()]));
    let errors =
        echo("{x: {default: '${a}'}, a: {default: '${b}'}, b: {default: '${a}'}}", None, &[]).unwrap_err();
    assert_eq!(
        errors,
        [
            "inputs.a.default: inputs refer to each other in a circle: a -> b -> a; give one of them a value of its own"
        ]
    );
    let errors = echo("{x: {default: '${x}'}}", None, &[]).unwrap_err();
    assert!(errors.len() == 1 && errors[0].contains("x -> x"), "{errors:?}");
}

#[test]
fn doubling_inputs_are_bounded() {
    let mut inputs = serde_json::Map::new();
    inputs.insert("i0".to_owned(), json!({"default": "0123456789"}));
    for step in 1..60 {
        inputs.insert(format!("i{step}"), json!({"default": format!("${{i{0}}}${{i{0}}}", step - 1)}));
    }
    let workflow = json!({"inputs": inputs, "workflow": {"t": {"tool": "u:1", "commands": ["${i59}"]}}});
    let errors = texts(&compiled(&workflow).unwrap_err());
    assert!(errors.len() == 1 && errors[0].contains("comes to more than 1 MiB"), "{errors:?}");
    let long = "x".repeat(1 << 20);
    let commands: Vec<Value> = (0..100).map(|_| Value::from("${a}")).collect();
    let workflow =
        json!({"inputs": {"a": {"default": long}}, "workflow": {"t": {"tool": "u:1", "commands": commands}}});
    let errors = texts(&compiled(&workflow).unwrap_err());
    assert!(errors.iter().any(|error| error.contains("has over 64 MiB")), "{errors:?}");
}

#[test]
fn a_long_chain_of_inputs_is_no_deep_recursion() {
    let mut inputs = serde_json::Map::new();
    inputs.insert("i0".to_owned(), json!({"default": "end"}));
    for step in 1..20_000 {
        inputs.insert(format!("i{step}"), json!({"default": format!("${{i{}}}", step - 1)}));
    }
    let workflow = json!({"inputs": inputs, "workflow": {"t": {"tool": "u:1", "commands": ["${i19999}"]}}});
    assert_eq!(commands(&compiled(&workflow).unwrap(), "t"), ["end"]);
}

#[test]
fn two_inputs_name_the_execution() {
    let metadata = |inputs: &str, sets: &[(&str, &str)]| {
        compiled_with(&one("{}", inputs), None, sets).unwrap().execution["metadata"].clone()
    };
    assert_eq!(metadata("{}", &[]), json!({"name": "x"}));
    assert_eq!(
        metadata("{executionName: {value: run}, namespace: {value: genes}}", &[]),
        json!({"name": "run", "namespace": "genes"})
    );
    assert_eq!(
        metadata("{}", &[("executionName", "run"), ("namespace", "genes")]),
        json!({"name": "run", "namespace": "genes"})
    );
    let errors = texts(&compiled(&one("{}", "{executionName: {value: My Run}}")).unwrap_err());
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].starts_with("inputs.executionName.value: the name \"My Run\" is no DNS label"),
        "{errors:?}"
    );
}

#[test]
fn what_the_documents_allow_and_nobody_enforced_is_a_warning() {
    let mut inputs = serde_json::Map::new();
    for number in 0..61 {
        inputs.insert(format!("i{number}"), json!({"default": ""}));
    }
    inputs.insert(
        "much-too-long-a-name-for-it".to_owned(),
        json!({"default": "", "description": "x".repeat(256)}),
    );
    inputs.insert("label".to_owned(), json!({"default": "", "label": "group"}));
    let workflow = json!({"inputs": inputs, "workflow": {"t": {"tool": "u:1", "commands": ["x"]}}});
    let warnings = texts(&compiled(&workflow).unwrap().warnings);
    for expected in [
        "there are 63 inputs",
        "the grammar has no input called",
        "the description has 256 characters",
        "\"label\" has no effect",
    ] {
        assert!(warnings.iter().any(|warning| warning.contains(expected)), "{expected}: {warnings:#?}");
    }
    let warnings = compiled_with(&one("{}", "{}"), Some(&json!({"unused": 1})), &[]).unwrap().warnings;
    assert!(texts(&warnings)[0].contains("the workflow has no input \"unused\""));
}
