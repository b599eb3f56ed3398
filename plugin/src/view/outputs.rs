//! What a workflow said that it leaves behind: the paths of its `outputs`.

use std::collections::BTreeMap;

use gene_types::names::ANNOTATION_OUTPUTS;

use crate::render::text::printable;

/// So many paths are shown of each.
const PATHS: usize = 6;

/// The lines about outputs, each name before its paths; none where there is no such annotation, or not in that form.
pub fn push(lines: &mut Vec<String>, execution: &str, annotations: &[(String, String)]) {
    let Some(outputs) = read(annotations) else { return };
    lines.push("Outputs:".to_owned());
    for (name, paths) in outputs {
        lines.push(format!("  {} ({})", printable(&name), paths.len()));
        lines.extend(paths.iter().take(PATHS).map(|path| format!("    {}", printable(path))));
        let hidden = paths.len().saturating_sub(PATHS);
        if hidden > 0 {
            let all = format!("kubectl gene get {} -o yaml", printable(execution));
            lines.push(format!("    … and {hidden} more ({all})"));
        }
    }
}

/// The other annotations, and that of outputs where it cannot be shown as such.
pub fn others(annotations: &[(String, String)]) -> Vec<(String, String)> {
    let is_shown = read(annotations).is_some();
    annotations.iter().filter(|(key, _)| !(is_shown && key == ANNOTATION_OUTPUTS)).cloned().collect()
}

/// Anybody may have written the annotation.
fn read(annotations: &[(String, String)]) -> Option<BTreeMap<String, Vec<String>>> {
    let (_, json) = annotations.iter().find(|(key, _)| key == ANNOTATION_OUTPUTS)?;
    serde_json::from_str(json).ok().filter(|outputs: &BTreeMap<_, _>| !outputs.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Vec<(String, String)> {
        vec![("a".to_owned(), "b".to_owned()), (ANNOTATION_OUTPUTS.to_owned(), json.to_owned())]
    }

    #[test]
    fn paths_stand_under_their_names() {
        let many: Vec<String> = (0..8).map(|number| format!("out/{number}.bam")).collect();
        let annotations = of(&serde_json::json!({"bam": many, "log\u{1b}": ["a b"]}).to_string());
        let mut lines = Vec::new();
        push(&mut lines, "wgs", &annotations);
        assert_eq!(lines[..3], ["Outputs:", "  bam (8)", "    out/0.bam"]);
        assert_eq!(lines[8], "    … and 2 more (kubectl gene get wgs -o yaml)");
        assert_eq!(lines.len(), 11, "{lines:?}");
        assert!(!lines.concat().contains('\u{1b}'));
        assert_eq!(others(&annotations), annotations[..1]);
    }

    #[test]
    fn what_is_not_of_that_form_is_an_annotation_like_others() {
        for json in ["", "{}", "[]", "{\"a\": 1}", "{\"a\": [1]}"] {
            let annotations = of(json);
            let mut lines = Vec::new();
            push(&mut lines, "wgs", &annotations);
            assert_eq!((lines.len(), others(&annotations)), (0, annotations.clone()), "{json}");
        }
    }
}
