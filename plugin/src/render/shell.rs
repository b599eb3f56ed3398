//! Words for a POSIX shell.

/// A text as one word, quoted only where it needs to be.
///
/// A program whose name has a `=` is the exception: as the first word of a line it is to be [`quoted`].
pub fn word(text: &str) -> String {
    if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { quoted(text) }
}

/// A text as one word in quotes, whatever is in it.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Characters that mean nothing to a shell anywhere in a word but a line's first.
pub fn is_plain(char: char) -> bool {
    char.is_ascii_alphanumeric() || "_-./:=,@%+".contains(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_every_word_as_it_was() {
        let texts = [
            "",
            "a-b.c/d:e=f,g@h%i+j_k",
            "two words",
            "it's",
            "$(touch x)",
            "`x`;&|<>",
            "~",
            "*",
            "a\nb",
            "é",
            "\\",
        ];
        let line = texts.map(word).join(" ");
        let printed = std::process::Command::new("sh")
            .args(["-c", &format!("printf '%s\\0' {line}")])
            .output()
            .expect("sh is in every system");
        let read: Vec<_> = printed.stdout.split(|byte| *byte == 0).collect();
        let expected: Vec<_> = texts.iter().map(|text| text.as_bytes()).chain([&b""[..]]).collect();
        assert_eq!(read, expected);
        assert_eq!(word("a-b.c/d:e=f"), "a-b.c/d:e=f");
    }
}
