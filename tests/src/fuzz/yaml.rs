//! A file as the plugin reads it, YAML or JSON.

use serde_json::Value;

/// The most bytes that are said of a file: its first thousand faults.
const SAID: usize = 4 << 20;

/// Reads these bytes, prints what they hold and reads that.
///
/// # Panics
/// When something is lost on the way, or refused without a word.
pub fn yaml(bytes: &[u8]) {
    match kubectl_gene::check_bytes(bytes.to_vec()) {
        Ok(documents) => {
            assert!(!documents.is_empty(), "a file without an Execution is refused");
            documents.iter().for_each(come_back);
        }
        Err(said) => {
            assert!(!said.is_empty(), "refused without a reason");
            assert!(said.len() <= SAID, "{} bytes are said of {}", said.len(), bytes.len());
        }
    }
}

fn come_back(document: &Value) {
    for (language, text) in [("YAML", kubectl_gene::yaml(document)), ("JSON", document.to_string())] {
        let again = kubectl_gene::check_bytes(text.clone().into_bytes());
        assert_eq!(again.as_deref(), Ok(std::slice::from_ref(document)), "as {language}:\n{text}");
    }
}
