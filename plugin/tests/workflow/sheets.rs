//! `--input`: values from JSON, YAML and sheets of samples.

use serde_json::json;

use crate::place::{Place, called};

const WORKFLOW: &str = "\
inputs:
  sample: {type: array}
  lane: {type: array}
workflow:
  map:
    tool: bwa:0.7
    commands_iter:
      command: map ${1} ${2} ${item}
      vars_zip: ['${sample}', '${lane}']
";

const EXPECTED: [[&str; 2]; 3] = [["s,1", "1"], ["s \"2\"", "02"], ["three\nlines", ""]];

#[test]
fn the_columns_of_a_sheet_are_arrays() {
    let place = Place::with(WORKFLOW);
    let plain = "sample,lane\n\"s,1\",1\n\"s \"\"2\"\"\",02\n\"three\nlines\",\n";
    let sheets = [
        ("plain.csv", plain.to_owned()),
        ("no-end.CSV", plain.trim_end().to_owned()),
        ("bom.csv", format!("\u{feff}{plain}\n\n")),
        (
            "crlf.csv",
            "sample,lane\r\n\"s,1\",1\r\n\r\n\"s \"\"2\"\"\",02\r\n\"three\nlines\",\"\"\r\n".to_owned(),
        ),
        ("order.csv", "lane,sample\n1,\"s,1\"\n02,\"s \"\"2\"\"\"\n,\"three\nlines\"\n".to_owned()),
        ("tabs.tsv", "sample\tlane\ns,1\t1\ns \"2\"\t02\n\"three\nlines\"\t\n".to_owned()),
    ];
    for (name, text) in sheets {
        place.write(name, text);
        let execution = place.execution(&format!("w.yaml --tool-repo tools --input {name}"));
        assert_eq!(execution["spec"]["tasks"][0]["commandsIter"]["vars"], json!(EXPECTED), "{name}");
    }
}

/// Texts count as texts: `02` stays, and what is beyond the declared inputs can be referred to.
#[test]
fn a_cell_is_a_text() {
    let place = Place::with(
        "workflow: {a: {tool: 'bwa:0.7', commands_iter: {command: 'x ${1}', vars_iter: ['${n}', [true, 1]]}}}\n",
    );
    place.write("s.csv", "n,more\n1e3,x\nyes,y\n");
    let called = place.expect("lint w.yaml --tool-repo tools --input s.csv", 0);
    assert!(
        called.err.contains("the workflow has no input \"more\", and nothing refers to one\n --> s.csv:1:3"),
        "{}",
        called.err
    );
    let execution = place.execution("w.yaml --tool-repo tools --input s.csv");
    assert_eq!(execution["spec"]["tasks"][0]["commandsIter"]["varsIter"], json!([["1e3", "yes"], [true, 1]]));
}

#[test]
fn a_sheet_that_cannot_be_read_is_refused_at_its_place() {
    let place = Place::with(WORKFLOW);
    for (text, expected) in [
        ("", &["the sheet is empty"][..]),
        ("\n\n", &["the sheet is empty"]),
        (
            "sample,lane\na,b\nc\nd,e,f\n",
            &[
                "this row has 1 cell, and the first row 2 names\n --> s.csv:3:1",
                "this row has 3 cells, and the first row 2 names\n --> s.csv:4:5",
            ],
        ),
        (
            "sample,,lane, \na,b,c,d\n",
            &["column 2 has no name\n --> s.csv:1:8", "column 4 has no name\n --> s.csv:1:14"],
        ),
        ("sample,lane,sample\na,b,c\n", &["the key \"sample\" stands twice in this line\n --> s.csv:1:13"]),
        ("sample,lane\na,\"b\nc,d\n", &["the quote that opens here is never closed\n --> s.csv:2:3"]),
        ("sample,lane\n\"a\"b,c\n", &["a cell goes on after its closing quote\n --> s.csv:2:4"]),
    ] {
        place.write("s.csv", text);
        let called = place.expect("lint w.yaml --tool-repo tools --input s.csv", 1);
        for part in expected {
            assert!(called.err.contains(part), "{text:?}: {part:?} is missing in:\n{}", called.err);
        }
        assert_eq!(called.err.matches("error: ").count(), expected.len(), "{}", called.err);
        assert_eq!(called.err.matches("= help: ").count(), expected.len(), "{}", called.err);
    }
    place.write("s.csv", b"sample,lane\n\xff,b\n");
    assert!(
        place.expect("lint w.yaml --input s.csv", 1).err.contains("byte 0xFF is no UTF-8\n --> s.csv:2:1")
    );
}

/// What the grammar says of a value is shown in the cell that it came from.
#[test]
fn a_value_is_judged_where_it_stands() {
    let place = Place::with(&WORKFLOW.replace("lane: {type: array}", "lane: {type: number}"));
    place.write("s.csv", "sample,lane\na,1\n");
    let called = place.expect("lint w.yaml --tool-repo tools --input s.csv", 1);
    let expected = "error: input \"lane\" is of type number, and this is a list\n --> s.csv:1:8 lane\n";
    assert!(called.err.starts_with(expected), "{}", called.err);
}

#[test]
fn json_yaml_and_standard_input() {
    let place = Place::with(WORKFLOW);
    let expected = json!([["a", 1], ["b", 2]]);
    place.write("i.json", r#"{"sample": ["a", "b"], "lane": [1, 2]}"#);
    place.write("i.yaml", "sample: [a, b]\nlane: [1, 2]\n---\n# nothing\n");
    for name in ["i.json", "i.yaml"] {
        let execution = place.execution(&format!("w.yaml --tool-repo tools --input {name}"));
        assert_eq!(execution["spec"]["tasks"][0]["commandsIter"]["vars"], expected, "{name}");
    }
    let mut command = place.command(&["lint", "w.yaml", "--tool-repo", "tools", "--input", "-"]);
    command.stdin(std::fs::File::open(place.path("i.json")).unwrap());
    assert_eq!(called(command).out, "w.yaml: 1 workflow, 1 task, 2 vertices: ok\n");
    assert!(place.expect("lint - --input -", 1).err.contains("standard input can be read only once"));
    place.write("two.yaml", "sample: [a]\n---\nlane: [b]\n");
    let called = place.expect("lint w.yaml --input two.yaml", 1);
    assert!(
        called.err.contains("inputs are one document, and here begins another\n --> two.yaml:3:1"),
        "{}",
        called.err
    );
    place.write("list.json", "[1]");
    let called = place.expect("lint w.yaml --tool-repo tools --input list.json", 1);
    assert!(called.err.contains("an object is wanted, not a list\n --> list.json:1:1"), "{}", called.err);
    for (input, why) in [("nosuch.csv", "no such file"), ("tools", "it is a directory")] {
        let called = place.expect(&format!("lint w.yaml --tool-repo tools --input {input}"), 1);
        assert!(called.err.contains(why) && called.err.contains("= help: "), "{}", called.err);
    }
}

/// The bounds hold before memory does: of bytes, and of what so many cells take.
#[test]
fn a_sheet_is_bounded() {
    let place = Place::with(WORKFLOW);
    place.write("s.csv", "a".repeat((16 << 20) + 1));
    assert!(place.expect("lint w.yaml --input s.csv", 1).err.contains("may have 16 MiB at most"));
    place.write("s.csv", format!("a,b\n{}", ",\n".repeat(1_000_000)));
    assert!(
        place.expect("lint w.yaml --input s.csv", 1).err.contains("a sheet may have 2,000,000 cells at most")
    );
}
