//! What a task printed, kept in `ConfigMap`s: so that a restart expands what depends on it to the same.
//!
//! The text is compressed (gzip) and cut into parts that a ConfigMap can hold, one each: immutable, owned
//! by the Execution and named by [`name`]. Any part says how many there are.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Read as _, Write as _},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use gene_types::{
    field::grouped,
    names::{LABEL_NAME, LABEL_TASK},
};
use k8s_openapi::{ByteString, api::core::v1::ConfigMap, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use sha2::{Digest as _, Sha256};

use crate::job::Owner;

/// The most that is kept of what a task printed.
pub const MAX_RESULT_BYTES: usize = gene_types::limits::MAX_RESULT_BYTES;

/// The most bytes of one part: a ConfigMap holds 1 MiB, all its keys' values together.
const PART_BYTES: usize = 1_000_000;
/// The most parts. Gzip stores what it cannot compress in blocks with 5 bytes of head each; a text of
/// [`MAX_RESULT_BYTES`] so stays far below twice a part.
const MAX_PARTS: usize = 2;
/// The key of a part's bytes.
const KEY_BYTES: &str = "result.gz";
/// The key of the number of parts.
const KEY_PARTS: &str = "parts";

/// Why a kept result cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeptError {
    /// A part is not there.
    #[error("part {part} of {parts} of the kept result is missing")]
    Missing {
        /// Which one, from 1.
        part: usize,
        /// Of how many.
        parts: usize,
    },
    /// Not what was kept.
    #[error("the kept result is not what the controller kept: {0}")]
    Damaged(String),
}

/// The name of the ConfigMap of one part, from 0: no other task's of any Execution, as neither name has dots.
pub fn name(execution: &str, task: &str, part: usize) -> String {
    format!("{execution}.{task}.result-{part}")
}

/// `sha256:` and the digest of the text in hexadecimal.
pub fn digest(text: &str) -> String {
    let mut digest = String::from("sha256:");
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(digest, "{byte:02x}"); // Writing to a String cannot fail.
    }
    digest
}

/// The `ConfigMap`s that keep this text of at most [`MAX_RESULT_BYTES`], ready to be created, in order; the
/// same for the same text.
pub fn config_maps(owner: &Owner, task: &str, text: &str) -> Vec<ConfigMap> {
    let compressed = compress(text);
    let parts = compressed.chunks(PART_BYTES);
    let count = parts.len();
    parts
        .enumerate()
        .map(|(part, bytes)| ConfigMap {
            metadata: metadata(owner, task, part),
            immutable: Some(true),
            data: Some(BTreeMap::from([(KEY_PARTS.to_owned(), count.to_string())])),
            binary_data: Some(BTreeMap::from([(KEY_BYTES.to_owned(), ByteString(bytes.to_vec()))])),
        })
        .collect()
}

/// How many parts there are, as the first one says; the others are to be read under their [`name`].
///
/// # Errors
/// Where it does not say so.
pub fn parts(first: &ConfigMap) -> Result<usize, KeptError> {
    let said = first.data.as_ref().and_then(|data| data.get(KEY_PARTS));
    let parts = said.and_then(|parts| parts.parse().ok());
    parts.filter(|parts| (1..=MAX_PARTS).contains(parts)).ok_or_else(|| {
        KeptError::Damaged(format!("it does not say of how many parts it is, 1 to {MAX_PARTS}"))
    })
}

/// Whether the ConfigMap is this Execution's: what somebody else made under its name is not.
pub fn is_owned(part: &ConfigMap, owner: &Owner) -> bool {
    let mut owners = part.metadata.owner_references.iter().flatten();
    owners.any(|reference| reference.controller == Some(true) && reference.uid == owner.uid)
}

/// The text that these `ConfigMap`s keep, given all in order.
///
/// # Errors
/// Where a part is missing or is not what was kept, or the whole has another digest.
pub fn text(config_maps: &[ConfigMap], expected_digest: Option<&str>) -> Result<String, KeptError> {
    let Some(first) = config_maps.first() else { return Err(KeptError::Missing { part: 1, parts: 1 }) };
    let parts = parts(first)?;
    let mut compressed = Vec::new();
    for part in 0..parts {
        let Some(config_map) = config_maps.get(part) else {
            return Err(KeptError::Missing { part: part + 1, parts });
        };
        let bytes = config_map.binary_data.as_ref().and_then(|data| data.get(KEY_BYTES));
        let Some(ByteString(bytes)) = bytes.filter(|bytes| bytes.0.len() <= PART_BYTES) else {
            let why = format!(
                "part {} has no {KEY_BYTES} of at most {} bytes",
                part + 1,
                grouped(PART_BYTES as u64)
            );
            return Err(KeptError::Damaged(why));
        };
        compressed.extend_from_slice(bytes);
    }
    let text = decompress(&compressed)?;
    match expected_digest {
        Some(expected) if expected != digest(&text) => {
            Err(KeptError::Damaged(format!("its digest is {}, not {expected}", digest(&text))))
        }
        _ => Ok(text),
    }
}

fn metadata(owner: &Owner, task: &str, part: usize) -> ObjectMeta {
    let labels = [(LABEL_NAME, owner.name.as_str()), (LABEL_TASK, task)];
    ObjectMeta {
        name: Some(name(&owner.name, task, part)),
        namespace: Some(owner.namespace.clone()),
        labels: Some(labels.into_iter().map(|(label, value)| (label.to_owned(), value.to_owned())).collect()),
        owner_references: Some(vec![owner.reference()]),
        ..ObjectMeta::default()
    }
}

fn compress(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    written.expect("writing to memory does not fail")
}

/// Reads no further than a text may be long, whatever the bytes would unfold to.
fn decompress(bytes: &[u8]) -> Result<String, KeptError> {
    let mut text = Vec::new();
    let mut decoder = GzDecoder::new(bytes).take(MAX_RESULT_BYTES as u64 + 1);
    decoder
        .read_to_end(&mut text)
        .map_err(|error| KeptError::Damaged(format!("it cannot be unpacked: {error}")))?;
    if text.len() > MAX_RESULT_BYTES {
        let why = format!("it unpacks to more than {} bytes", grouped(MAX_RESULT_BYTES as u64));
        return Err(KeptError::Damaged(why));
    }
    String::from_utf8(text).map_err(|_| KeptError::Damaged("it is no text".to_owned()))
}

#[cfg(test)]
mod tests;
