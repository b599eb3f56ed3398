use serde_json::json;

use super::*;

#[test]
fn a_template_picks_what_kubectl_picks() {
    let object = json!({
        "metadata": {"name": "wgs", "labels": {"a.b/c": "x", "plain": "y"}},
        "items": [{"name": "one", "n": 1, "list": [1, 2]}, {"name": "two", "n": 2.5}],
        "ok": true, "none": null,
    });
    let cases = [
        ("{.metadata.name}", "wgs"),
        (".metadata.name", "wgs"),
        ("{$.metadata.name}", "wgs"),
        (r"{.metadata.labels.a\.b/c}", "x"),
        ("{.metadata.labels['a.b/c']}", "x"),
        ("{.items[0].name}", "one"),
        ("{.items[-1].name}", "two"),
        ("{.items[7].name}", ""),
        ("{.items[*].name}", "one two"),
        ("{.items[*].n}", "1 2.5"),
        ("{.metadata.labels.*}", "x y"),
        ("{.ok}{.none}{.missing.deep}", "true"),
        ("{.metadata.labels}", r#"{"a.b/c":"x","plain":"y"}"#),
        (r#"name: {.metadata.name}{"\n"}"#, "name: wgs\n"),
        (r#"{range .items[*]}{.name}={.n}{"\t"}{end}."#, "one=1\ttwo=2.5\t."),
        ("{range .items[*]}{range .list[*]}{@}{$.metadata.name};{end}{end}", "1wgs;2wgs;"),
        (r#"{"}"}{'it\'s'}"#, "}it's"),
    ];
    for (template, expected) in cases {
        let rendered = template.parse::<Template>().map(|template| template.render(&object));
        assert_eq!(rendered.as_deref(), Ok(expected), "{template}");
    }
}

#[test]
fn what_is_not_understood_is_refused() {
    for template in [
        "",
        "name",
        "{.a",
        "{a}",
        "{.a[?(@.x==1)]}",
        "{.a[0:2]}",
        "{.a[0,1]}",
        "{..name}",
        "{.a[x]}",
        "{.a[0}",
        "{end}",
        "{range .a}",
        "{\"\\q\"}",
        "{\"a}",
        "{}",
        &"{range .a[*]}".repeat(40),
    ] {
        assert!(template.parse::<Template>().is_err(), "{template:?}");
    }
}
