use proptest::prelude::*;

use super::*;

fn owner() -> Owner {
    Owner { namespace: "genomics".into(), name: "wgs".into(), uid: "uid-1".into() }
}

/// Text that gzip cannot make smaller than six bits a byte, from a seed.
fn noise(seed: u64, bytes: usize) -> String {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'!' + (state >> 32) as u8 % 94)
    };
    std::iter::repeat_with(&mut next).take(bytes).collect()
}

#[test]
fn a_part_is_owned_immutable_and_named() {
    let parts = config_maps(&owner(), "list", "a b c");
    assert_eq!(parts.len(), 1);
    let mut json = serde_json::to_value(&parts[0]).unwrap();
    assert!(json["binaryData"]["result.gz"].take().is_string());
    assert_eq!(
        json,
        serde_json::json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": "wgs.list.result-0",
                "namespace": "genomics",
                "labels": {"execution.kubegene.io/name": "wgs", "execution.kubegene.io/task": "list"},
                "ownerReferences": [{
                    "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution", "name": "wgs", "uid": "uid-1",
                    "controller": true, "blockOwnerDeletion": true,
                }],
            },
            "immutable": true,
            "data": {"parts": "1"},
            "binaryData": {"result.gz": null},
        })
    );
    assert!(is_owned(&parts[0], &owner()));
    assert!(!is_owned(&parts[0], &Owner { uid: "uid-2".into(), ..owner() }));
    assert!(!is_owned(&ConfigMap::default(), &owner()));
}

#[test]
fn the_longest_names_are_names() {
    let name = name(&"e".repeat(63), &"t".repeat(63), MAX_PARTS);
    assert!(gene_types::names::is_dns_subdomain(&name), "{name}");
}

#[test]
fn a_digest_is_sha256() {
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(digest(""), empty);
}

#[test]
fn the_longest_text_that_cannot_be_compressed_comes_back() {
    // Beyond ASCII each character adds bits: about the most that text holds.
    let mut dense: String = noise(7, MAX_RESULT_BYTES * 4)
        .as_bytes()
        .chunks_exact(4)
        .map(|four| {
            let number = four.iter().fold(0_u32, |number, byte| number * 94 + u32::from(byte - b'!'));
            char::from_u32(0x1_0000 + number % 0x10_0000).unwrap()
        })
        .collect();
    dense.truncate(MAX_RESULT_BYTES);
    assert_eq!(dense.len(), MAX_RESULT_BYTES);
    for long in [dense, noise(3, MAX_RESULT_BYTES), "a".repeat(MAX_RESULT_BYTES)] {
        let kept = config_maps(&owner(), "t", &long);
        assert!(kept.len() <= MAX_PARTS);
        assert_eq!(parts(&kept[0]), Ok(kept.len()));
        assert_eq!(text(&kept, Some(&digest(&long))).as_deref(), Ok(long.as_str()));
    }
    // Random bytes, the worst for gzip, would still fit into the parts.
    const { assert!(MAX_RESULT_BYTES + MAX_RESULT_BYTES / 1000 + 64 <= MAX_PARTS * PART_BYTES) };
}

#[test]
fn what_is_cut_in_two_needs_both() {
    let (first, second) = {
        let compressed = compress("some text");
        let (first, second) = compressed.split_at(11);
        (first.to_vec(), second.to_vec())
    };
    let part = |bytes: &[u8], parts: &str| ConfigMap {
        data: Some(BTreeMap::from([(KEY_PARTS.to_owned(), parts.to_owned())])),
        binary_data: Some(BTreeMap::from([(KEY_BYTES.to_owned(), ByteString(bytes.to_vec()))])),
        ..ConfigMap::default()
    };
    let both = [part(&first, "2"), part(&second, "2")];
    assert_eq!(text(&both, None).as_deref(), Ok("some text"));
    assert_eq!(text(&both[..1], None), Err(KeptError::Missing { part: 2, parts: 2 }));
    assert_eq!(text(&[], None), Err(KeptError::Missing { part: 1, parts: 1 }));
    let swapped = [both[1].clone(), both[0].clone()];
    for damaged in [
        &swapped[..],
        &[part(&first, "1")],
        &[part(b"", "1")],
        &[part(&first, "0")],
        &[part(&first, "3")],
        &[part(&first, "x")],
        &[part(&first, "-1")],
        &[ConfigMap::default()],
    ] {
        assert!(matches!(text(damaged, None), Err(KeptError::Damaged(_))), "{damaged:?}");
    }
    let other = text(&both, Some(&digest("other text"))).unwrap_err().to_string();
    assert!(
        other.starts_with("the kept result is not what the controller kept: its digest is sha256:"),
        "{other}"
    );
}

#[test]
fn a_strangers_parts_do_not_unfold_without_bound() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        encoder.write_all(&vec![b'a'; MAX_RESULT_BYTES]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let message = decompress(&bomb).unwrap_err().to_string();
    assert!(message.ends_with("it unpacks to more than 1,048,576 bytes"), "{message}");

    let mut part = config_maps(&owner(), "t", "x").remove(0);
    part.binary_data = Some(BTreeMap::from([(KEY_BYTES.to_owned(), ByteString(vec![0; PART_BYTES + 1]))]));
    assert!(matches!(text(&[part], None), Err(KeptError::Damaged(_))));

    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&[0xff, 0xfe]).unwrap();
    let no_text = decompress(&encoder.finish().unwrap());
    assert_eq!(no_text, Err(KeptError::Damaged("it is no text".into())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn what_is_kept_comes_back(seed in any::<u64>(), bytes in 0_usize..40_000, ending in "\\PC{0,40}") {
        let kept_text = noise(seed, bytes) + &ending;
        let kept = config_maps(&owner(), "t", &kept_text);
        prop_assert_eq!(&kept, &config_maps(&owner(), "t", &kept_text));
        prop_assert_eq!(text(&kept, Some(&digest(&kept_text))), Ok(kept_text));
    }

    #[test]
    fn damaged_bytes_are_refused_or_the_same(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let mut compressed = compress("the text that a task printed, as long as one sentence");
        let at = at.index(compressed.len());
        compressed[at] ^= 1 << bit;
        // Flags and times in gzip's head may change without harm.
        if let Ok(text) = decompress(&compressed) {
            prop_assert_eq!(text, "the text that a task printed, as long as one sentence");
        }
    }
}
