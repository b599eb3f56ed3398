//! What an object takes in memory once it is unfolded, told from its text.

/// What one object may take in memory once it is unfolded. The largest Execution that the API server stores has some
/// 30,000 small objects, about 20 MiB; a body of nothing but small objects would take a hundred times its size.
pub const MOST: usize = 42 << 20;

/// What a small map takes: one node of a B-tree, whose room is for eleven entries.
const MAP_BYTES: usize = 650;
/// What any other value takes: itself, its share of a list that grows by doubling, and what the allocator adds to a text.
const VALUE_BYTES: usize = 96;

/// What these texts take in memory as [`serde_json::Value`]s together. Of what is at most [`MOST`] it may be too much.
pub(super) fn weigh<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> usize {
    // Counting what stands in strings too is ten times as fast, and enough for all that are meant well.
    match texts.clone().map(weight_at_most).sum() {
        most if most <= MOST => most,
        _ => texts.map(weight).sum(),
    }
}

/// What a JSON text takes in memory as a [`serde_json::Value`], about, and rather too much than too little.
fn weight(text: &str) -> usize {
    // No text is heavier than one of empty objects in a list.
    if text.len() < MOST / 512 {
        return text.len();
    }
    let (mut maps, mut values, mut in_text, mut is_escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        if in_text {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' => maps += 1,
            b'[' | b',' => values += 1,
            _ => {}
        }
    }
    text.len() + maps * MAP_BYTES + values * VALUE_BYTES
}

/// What [`weight`] is at most: the same, were there no strings.
fn weight_at_most(text: &str) -> usize {
    if text.len() < MOST / 512 {
        return text.len();
    }
    let maps = count(text, |byte| byte == b'{');
    text.len() + maps * MAP_BYTES + count(text, |byte| byte == b'[' || byte == b',') * VALUE_BYTES
}

/// How many bytes are such.
fn count(text: &str, is_such: impl Fn(u8) -> bool) -> usize {
    // In pieces whose count fits a byte, of which the compiler takes many at once.
    let pieces = text.as_bytes().chunks(255);
    pieces.map(|piece| usize::from(piece.iter().fold(0_u8, |sum, byte| sum + u8::from(is_such(*byte))))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_never_more_than_it_is_at_most() {
        let long = "x".repeat(MOST / 512);
        for (text, maps, values) in [
            (format!(r#"["{long}",{{}},[[]],0]"#), 1, 6),
            (format!(r#"{{"{long}":"{{[,\"{{[,\\"}}"#), 1, 0),
            (format!("[{}0]", "{},".repeat(MOST / 512)), MOST / 512, MOST / 512 + 1),
        ] {
            let expected = text.len() + maps * MAP_BYTES + values * VALUE_BYTES;
            assert_eq!(weight(&text), expected);
            assert!(weight_at_most(&text) >= expected);
        }
        assert_eq!((weight("[{}]"), weight_at_most("[{}]")), (4, 4));
    }
}
