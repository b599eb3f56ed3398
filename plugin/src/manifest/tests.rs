//! The reader's rules, one by one: what a text means, where its parts stand, and why it is refused.

use gene_types::field::FieldPath;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{check, document::Node, read, report::render, source::Source};

/// What a text means, where it is accepted.
fn check(text: &str, expected: &[Value]) {
    let source = Source::new("f", text);
    let (documents, faults) = read(&source);
    let faults: Vec<String> = faults.iter().map(|fault| render(&source, fault)).collect();
    assert!(faults.is_empty(), "{text:?}: {}", faults.concat());
    let values: Vec<Value> = documents.into_iter().map(|document| document.value).collect();
    assert_eq!(values, expected, "{text:?}");
}

/// Where a text is refused (`line:column`), and in which words.
fn refused(text: &str, expected: &[(&str, &str)]) {
    let source = Source::new("f", text);
    let (_, mut faults) = read(&source);
    faults.sort_by_key(|fault| fault.at);
    let found: Vec<(String, &str)> = faults
        .iter()
        .map(|fault| {
            let at = fault.at.expect("a place").start;
            (format!("{}:{}", source.line(at), source.column(at)), fault.message.as_str())
        })
        .collect();
    let begin: String = text.chars().take(80).collect();
    assert_eq!(found.len(), expected.len(), "{begin:?}: {found:?}");
    for ((at, message), (expected_at, expected_message)) in found.iter().zip(expected) {
        assert_eq!(at, expected_at, "{begin:?}: {message}");
        assert!(message.contains(expected_message), "{begin:?}: {message}");
    }
    assert!(faults.iter().all(|fault| fault.help.is_some()), "every fault has a remedy: {faults:?}");
}

#[test]
fn yaml_becomes_json_as_kubectl_makes_it() {
    check(
        "a: yes\nb: 'yes'\nc: \"on\"\nd: |\n  off\n",
        &[json!({"a": true, "b": "yes", "c": "on", "d": "off\n"})],
    );
    check("a: |\n  b", &[json!({"a": "b"})]);
    check(
        "a: !!str 5\nb: !!int '5'\nc: !!float 5\nd: !mine 5\ne: ! 5\nf: !!bool 'no'\n",
        &[json!({"a": "5", "b": 5, "c": 5, "d": "5", "e": "5", "f": false})],
    );
    check(
        "1: a\nyes: b\n1.5: c\n~x: d\n010: e",
        &[json!({"1": "a", "true": "b", "1.5": "c", "~x": "d", "8": "e"})],
    );
    check("a:\nb: ~\nc: null", &[json!({"a": null, "b": null, "c": null})]);
    check("a: 2019-04-08", &[json!({"a": "2019-04-08"})]);
    check("a:\tb\nc: x\n  -\ty\n", &[json!({"a": "b", "c": "x -\ty"})]);
    check("a: b\r\nc:\r\n- d\r\n", &[json!({"a": "b", "c": ["d"]})]);
    check("# only\n# comments\n", &[]);
    check("", &[]);
    check("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n", &[json!({"a": 1}), json!(null), json!({"b": 2})]);
}

#[test]
fn anchors_and_merges() {
    check("a: &x {b: 1}\nc: *x\n", &[json!({"a": {"b": 1}, "c": {"b": 1}})]);
    check("- &x a\n- *x : 1\n", &[json!(["a", {"a": 1}])]);
    check("? &x a\n: b\nc: *x\n", &[json!({"a": "b", "c": "a"})]);
    check("- &x {b: 1, c: 2}\n- <<: *x\n  b: 3\n", &[json!([{"b": 1, "c": 2}, {"b": 3, "c": 2}])]);
    check(
        "- &x {b: 1}\n- &y {b: 2, c: 2}\n- <<: [*x, *y]\n",
        &[json!([{"b": 1}, {"b": 2, "c": 2}, {"b": 1, "c": 2}])],
    );
    check("a: {'<<': 1}", &[json!({"a": {"<<": 1}})]);
    refused("- &x {b: 1}\n- b: 3\n  <<: *x\n", &[("3:3", "\"b\" stands before <<, which brings it too")]);
    refused("<<: 5\n", &[("1:1", "<< takes an object")]);
    refused("a: *x\n", &[("1:4", "an anchor that is not defined before it")]);
    refused("a: &x 1\n---\na: *x\n", &[("3:4", "an anchor that is not defined before it")]);
    refused("a: &x [*x]\n", &[("1:8", "a value that it is itself a part of")]);
}

#[test]
fn what_is_no_yaml_is_refused_at_its_place() {
    refused("a: 1\nb: 2\na: 3\n", &[("3:1", "the key \"a\" stands twice (lines 1 and 3)")]);
    refused("{a: 1, 'a': 2}\n", &[("1:8", "the key \"a\" stands twice in this line")]);
    refused("yes: 1\ntrue: 3\n", &[("2:1", "the key \"true\" stands twice")]);
    refused("a:\n\tb: 1\n", &[("2:1", "a tab cannot indent")]);
    refused("a:\n  - b\n \t - c\n", &[("3:2", "a tab cannot indent")]);
    refused("-\tb: 1\n", &[("1:2", "a tab cannot indent")]);
    refused("a:\n- - \t'b'\n", &[("2:5", "a tab cannot indent")]);
    refused("a: !!binary aGVsbG8=\n", &[("1:13", "!!binary is not read here")]);
    refused("!!int a: {b: c}\n", &[("1:7", "\"a\" is no !!int")]);
    refused("a: b\u{7f}\n", &[("1:5", "control character U+007F")]);
    refused("a: .inf\nb: .nan", &[("1:4", "JSON has no such number"), ("2:4", "JSON has no such number")]);
    refused("a: !!int x\nb: !!bool 1", &[("1:10", "\"x\" is no !!int"), ("2:11", "\"1\" is no !!bool")]);
    refused("~: 1\n", &[("1:1", "~ is no name of a field")]);
    refused(": 1\n", &[("1:1", "the name of a field is missing")]);
    refused("? [a]\n: 1\n", &[("1:3", "the name of a field must be a text")]);
    refused("a: [1, 2\nb: 3\n", &[("2:2", "\":\" is not allowed here")]);
    refused("a: [1 2\nb]: 3\n", &[("2:3", "")]);
    refused("a: [1, 2\n", &[("1:4", "never closed")]);
    refused("a: {b: 1, \n", &[("1:4", "never closed")]);
    refused("a: \"b\nc: d\n", &[("1:4", "quote")]);
    refused("a: b: c\n", &[("1:5", "\": \" is not allowed here")]);
    refused("a: @b\n", &[("1:4", "cannot begin with \"@\"")]);
    refused("a: 1\n b: 2\n", &[("2:3", "")]);
    refused("a: \"\\q\"\n", &[("1:4", "no such escape")]);
}

#[test]
fn a_broken_document_does_not_hide_the_next() {
    refused(
        "a: b: c\n---\nd: 1\nd: 2\n---\n@\n",
        &[("1:5", "not allowed"), ("4:1", "stands twice"), ("6:1", "cannot begin with")],
    );
}

#[test]
fn json_is_json() {
    check(
        r#"{"a": [1, -2.5, 1e3, true, false, null, "b"]}"#,
        &[json!({"a": [1, -2.5, 1000, true, false, null, "b"]})],
    );
    check("\n\t {\t\"a\"\t:\r\n\t[\t]\t,\"b\":{ } }\n", &[json!({"a": [], "b": {}})]);
    check(r#"{"a": "\ud83e\uddec \u00e9 \n \/ \\ \""}"#, &[json!({"a": "🧬 é \n / \\ \""})]);
    check(r#"{"y": "yes", "010": 10}"#, &[json!({"y": "yes", "010": 10})]);
    check("[18446744073709551615, -9223372036854775808, 1.0]", &[json!([u64::MAX, i64::MIN, 1])]);
    check("{\"a\": 1}\n{\"a\": 2}", &[json!({"a": 1}), json!({"a": 2})]);
    let long = "k".repeat(5000);
    check(&format!("{{\"{long}\": 1}}"), &[json!({long: 1})]);
    // In brackets, but YAML: kubectl takes that as well.
    check("{a: yes, b: [c, d]}", &[json!({"a": true, "b": ["c", "d"]})]);
    check("{\"a\": 1}\n---\n{\"a\": 2}", &[json!({"a": 1}), json!({"a": 2})]);
}

#[test]
fn what_is_no_json_is_refused_at_its_place() {
    refused("{\"a\": 1,\n \"a\": 2}", &[("2:2", "the key \"a\" stands twice (lines 1 and 2)")]);
    refused("{\"a\": \"\\ud83e\"}", &[("1:8", "this escape is no character")]);
    refused("{\"a\": \"\\q\"}", &[("1:8", "no such escape")]);
    refused("{\"a\": [1, 2}", &[("1:12", "\",\" or \"]\" is missing")]);
    refused("{\"a\": [1, 2", &[("1:7", "never closed")]);
    refused("{\"a\": \"b", &[("1:7", "never closed")]);
}

#[test]
fn nesting_is_bounded() {
    let check_refused = |text: &str, at: &str| refused(text, &[(at, "nested more than 64 levels deep")]);
    check_refused(&"[".repeat(200_000), "1:65");
    check_refused(&"{\"a\":".repeat(200_000), "1:321");
    // The scanner runs ahead of what it hands out, and has the same bound for brackets alone.
    check_refused(&format!("a: {}", "[".repeat(200_000)), "1:68");
    check_refused(&"- ".repeat(200_000), "1:129");
    let indented: Vec<String> = (0..2000).map(|level| format!("{:level$}a:\n", "")).collect();
    check_refused(&indented.concat(), "65:65");
    let fits = format!("{}{}", "[".repeat(64), "]".repeat(64));
    let (documents, faults) = read(&Source::new("f", fits));
    assert_eq!((documents.len(), faults.len()), (1, 0));
    // Each line is two levels deeper than what it stands for.
    let chain: Vec<String> = (1..100).map(|n| format!("- &a{n} [[*a{}]]\n", n - 1)).collect();
    refused(&format!("- &a0 1\n{}", chain.concat()), &[("33:10", "nested more than 64 levels deep")]);
}

#[test]
fn aliases_are_bounded() {
    let levels: Vec<String> =
        (1..10).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(","))).collect();
    let source = Source::new("f", format!("a0: &a0 lol\n{}", levels.concat()));
    let (_, faults) = read(&source);
    assert_eq!(faults.len(), 1);
    assert!(faults[0].message.contains("aliases make this file grow beyond 64 MiB"), "{}", faults[0].message);
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 100].join(","));
    let (_, faults) = read(&Source::new("f", long));
    assert_eq!(faults.len(), 1);
}

#[test]
fn a_flood_of_faults_ends_the_reading() {
    for text in
        ["- .inf\n".repeat(5_000), "a: 1\n".repeat(5_000), "@\n---\n".repeat(5_000), ": 1\n".repeat(5_000)]
    {
        let source = Source::new("f", text);
        let (_, faults) = read(&source);
        assert_eq!(faults.len(), 1001);
        let last = &faults[1000];
        assert_eq!(last.message, "reading ends here, after 1,000 faults");
        assert_eq!(last.at, faults[999].at);
    }
}

#[test]
fn values_and_names_have_places() {
    fn places<'s>(source: &'s Source, node: &Node, path: &FieldPath) -> (&'s str, &'s str) {
        let found = node.find(path);
        (found.key.map_or("", |key| source.slice(key)), source.slice(found.node.span))
    }
    let root = FieldPath::root();
    let check = |text: &str, path: FieldPath, expected: (&str, &str)| {
        let source = Source::new("f", text);
        let (documents, _) = read(&source);
        assert_eq!(places(&source, &documents[0].node, &path), expected, "{path} of {text:?}");
    };
    let yaml = "a:  yes  # so\n\"b\": 'c d'\ne:\n- x: 1\n  w: [é, g ]\n- |\n  h\n\nz:\n";
    check(yaml, root.key("a"), ("a", "yes"));
    check(yaml, root.key("b"), ("\"b\"", "'c d'"));
    check(yaml, root.key("e").index(0).key("x"), ("x", "1"));
    check(yaml, root.key("e").index(0).key("w"), ("w", "[é, g ]"));
    check(yaml, root.key("e").index(0).key("w").index(0), ("", "é"));
    check(yaml, root.key("e").index(0), ("", "x: 1\n  w: [é, g ]"));
    check(yaml, root.key("z"), ("z", ""));
    // What is not there is at its nearest parent.
    check(yaml, root.key("e").index(0).key("w").index(7), ("w", "[é, g ]"));
    check(yaml, root.key("e").index(9).key("q"), ("e", "x: 1\n  w: [é, g ]\n- |\n  h\n\n"));
    let json = "{\"a\": {\"b\": [10, \"é\"]}}";
    check(json, root.key("a").key("b").index(1), ("", "\"é\""));
    check(json, root.key("a"), ("\"a\"", "{\"b\": [10, \"é\"]}"));
    // What an alias stands for is where the anchor is.
    check("a: &x {k: 1}\nb: *x\n", root.key("b").key("k"), ("k", "1"));
}

#[test]
fn a_list_holds_executions() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: execution.kubegene.io/v1alpha1, kind: Execution}\n- {apiVersion: v1, kind: Pod}\n";
    let source = Source::new("f", text);
    let (documents, _) = read(&source);
    let mut diagnostics = Vec::new();
    let found: usize =
        documents.into_iter().map(|document| check::objects(&source, document, &mut diagnostics).len()).sum();
    assert_eq!((found, diagnostics.len()), (1, 1));
    assert_eq!(diagnostics[0].path, "items[1].kind");
    assert!(diagnostics[0].message.contains("kind \"Pod\" of v1"), "{}", diagnostics[0].message);
}

proptest! {
    /// Whatever the bytes are: no panic, and every fault can be shown.
    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        shown(bytes);
    }

    /// As above, out of what YAML and JSON are made of.
    #[test]
    fn arbitrary_markup_is_read_or_refused(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("a"), Just(": "), Just("- "), Just("\n"), Just("  "), Just("["), Just("]"), Just("{"), Just("}"),
                Just("\""), Just("'"), Just(","), Just("&x "), Just("*x"), Just("<<: "), Just("|\n"), Just("---\n"),
                Just("\\ud800"), Just("é"), Just("基"), Just("\t"), Just("\r"), Just("? "), Just("!!int "), Just("%"),
                Just("#"), Just("kind: "), Just("\u{feff}"), Just("1e9"), Just("\u{85}"), Just("...\n"),
            ],
            0..60,
        )
    ) {
        shown(parts.concat().into_bytes());
    }

    /// What serde_json writes, we read as it was.
    #[test]
    fn json_comes_back(text in ".*", number in any::<i64>(), float in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
        let value = json!({"text": text, &text: [number], "float": float});
        for written in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let (documents, faults) = read(&Source::new("f", written));
            prop_assert!(faults.is_empty(), "{faults:?}");
            let read = &documents[0].value;
            prop_assert_eq!(&read["text"], &value["text"]);
            prop_assert_eq!(read["float"].as_f64(), value["float"].as_f64());
        }
    }
}

fn shown(bytes: Vec<u8>) {
    let (source, faults) = match Source::decode("f".to_owned(), bytes) {
        Err(refused) => {
            let (source, fault) = *refused;
            (source, vec![fault])
        }
        Ok(source) => {
            let (documents, mut faults) = read(&source);
            for document in documents {
                check::objects(&source, document, &mut faults);
            }
            (source, faults)
        }
    };
    for fault in faults {
        assert!(!render(&source, &fault).is_empty());
    }
}
