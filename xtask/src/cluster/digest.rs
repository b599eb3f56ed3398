//! SHA-256 as text.

use sha2::{Digest as _, Sha256};

/// The digest of these bytes, 64 hexadecimal digits.
pub(super) fn of(bytes: impl AsRef<[u8]>) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
