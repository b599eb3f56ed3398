//! The workflow of `docs/workflows.md`, as it stands there.

use std::path::Path;

use gene_workflow::compile;
use serde_json::json;

use super::{commands, request, texts, yaml};

#[test]
fn the_workflow_of_the_page_compiles() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/workflows.md")).unwrap();
    let workflow = yaml(page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap());
    let tool = json!({"name": "bwa", "version": "0.7", "image": "bwa:0.7"});
    let compiled =
        compile(&request(&workflow, &[&tool])).unwrap_or_else(|faults| panic!("{:#?}", texts(&faults)));
    assert_eq!(texts(&compiled.warnings), [""; 0]);
    let expected = ["s1 0 > /data/out/0", "s1 1 > /data/out/1", "s2 0 > /data/out/2", "s2 1 > /data/out/3"];
    assert_eq!(commands(&compiled, "map"), expected.map(|rest| format!("map.sh {rest}.bam")));
    assert_eq!(commands(&compiled, "index"), ["index.sh 1 3"]);
    let outputs = &compiled.execution["metadata"]["annotations"]["execution.kubegene.io/outputs"];
    assert_eq!(outputs, r#"{"bam":["out/0.bam","out/1.bam","out/2.bam","out/3.bam"]}"#);
}
