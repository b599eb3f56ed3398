//! What a vertex printed, for tasks that are made from it: read from its log once, kept as a file.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use gene_types::limits::MAX_RESULT_BYTES;

use super::{directory::write_whole, runner::process::reason};

/// All that a log holds, or a sentence on why it cannot be a result.
///
/// # Errors
/// The sentence.
pub fn read_log(log: &Path, vertex: &str) -> Result<String, String> {
    let unreadable = |error: io::Error| format!("the log of {vertex} cannot be read: {}", reason(&error));
    let file = File::open(log).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut bytes = Vec::new();
    // One byte more shows a log that is too long, also one that grows.
    file.take(MAX_RESULT_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_RESULT_BYTES {
        let size = size.max(bytes.len() as u64);
        return Err(format!(
            "{vertex} printed {size} bytes, and a result has at most {MAX_RESULT_BYTES} (1 MiB)"
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let position = error.utf8_error().valid_up_to();
        format!("what {vertex} printed is not UTF-8: the first bad byte is number {}", position + 1)
    })
}

/// Keeps a result.
///
/// # Errors
/// The file cannot be written.
pub fn store(directory: &Path, vertex: &str, text: &str) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    write_whole(&directory.join(vertex), text.as_bytes())
}

/// A result that was kept, if it is still what it was.
///
/// # Errors
/// The file cannot be read, or does not have so many bytes of UTF-8.
pub fn load(directory: &Path, vertex: &str, bytes: u64) -> io::Result<String> {
    let text = fs::read_to_string(directory.join(vertex))?;
    if text.len() as u64 == bytes {
        Ok(text)
    } else {
        let reason = format!("it has {} bytes and had {bytes}", text.len());
        Err(io::Error::new(io::ErrorKind::InvalidData, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_a_result_as_it_stands() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let too_long = vec![b'x'; MAX_RESULT_BYTES + 1];
        for (bytes, expected) in [
            (&b"1 2 \xc3\xbc\n"[..], Ok("1 2 \u{fc}\n")),
            (b"", Ok("")),
            (b"ab\xff", Err("what a.0 printed is not UTF-8: the first bad byte is number 3")),
            (&too_long, Err("a.0 printed 1048577 bytes, and a result has at most 1048576 (1 MiB)")),
        ] {
            fs::write(&log, bytes).unwrap();
            let read = read_log(&log, "a.0");
            assert_eq!(read.as_deref().map_err(String::as_str), expected);
        }
        fs::write(&log, &too_long[1..]).unwrap();
        assert_eq!(read_log(&log, "a.0").unwrap().len(), MAX_RESULT_BYTES);
        let error = read_log(&dir.path().join("none"), "a.0").unwrap_err();
        assert!(error.starts_with("the log of a.0 cannot be read: "), "{error}");
    }

    #[test]
    fn a_result_is_kept_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let results = dir.path().join("results");
        store(&results, "a.0", "1 2").unwrap();
        assert_eq!(load(&results, "a.0", 3).unwrap(), "1 2");
        assert_eq!(load(&results, "a.0", 4).unwrap_err().to_string(), "it has 3 bytes and had 4");
    }
}
