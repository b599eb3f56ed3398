//! What is written is read again, and what is damaged is left out.

use std::time::Duration;

use super::*;

fn authority() -> Authority {
    Authority::new(Timestamp::now(), Duration::from_hours(24)).unwrap()
}

fn full() -> Contents {
    Contents {
        current: Some(authority()),
        next: Some(authority()),
        previous: vec![authority().certificate, authority().certificate],
        previous_until: Some("2041-05-06T07:08:09Z".parse().unwrap()),
        revoked: [authority().certificate.fingerprint].into(),
    }
}

#[test]
fn what_is_written_is_read_again() {
    for contents in [Contents::default(), full()] {
        let mut data =
            BTreeMap::from([("theirs".to_owned(), b"x".to_vec()), ("next.crt".to_owned(), Vec::new())]);
        contents.write(&mut data);
        assert_eq!(Contents::read(&data), (contents, Vec::new()));
        assert_eq!(data["theirs"], b"x");
    }
}

#[test]
fn what_is_damaged_is_named_and_left_out() {
    let whole = full();
    let mut data = BTreeMap::new();
    whole.write(&mut data);
    let other = authority();
    let leaf = other.leaf(&["a".to_owned()], Timestamp::now(), Duration::from_secs(60)).unwrap();
    for (key, text, said) in [
        ("ca.key", other.key_pem(), "\"ca.key\" does not belong to the certificate beside it"),
        ("ca.key", "", "\"ca.key\" is no private key that is known here"),
        ("ca.crt", "x", "\"ca.crt\" holds no certificate"),
        ("ca.crt", &leaf.certificate.pem(), "\"ca.crt\" is no authority"),
        ("next.crt", &other.certificate.pem(), "\"next.key\" does not belong"),
        (
            "previous.crt",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "\"previous.crt\" block 1",
        ),
        ("previous-until", "soon", "\"previous-until\" is \"soon\", which is no time such as"),
        ("revoked", "ab\n", "\"revoked\" has a line"),
    ] {
        let mut data = data.clone();
        data.insert(key.to_owned(), text.as_bytes().to_vec());
        let (contents, faults) = Contents::read(&data);
        assert!(faults.len() == 1 && faults[0].starts_with(said), "{key}: {faults:?}");
        assert_ne!(contents, whole);
        if key == "ca.key" {
            // Leaves of it may still be shown.
            assert!(contents.current.is_none() && contents.trusts(whole.trusted()[0].fingerprint));
        }
    }
    data.remove("ca.key");
    assert_eq!(Contents::read(&data).1, ["\"ca.key\" is missing beside \"ca.crt\""]);
}

#[test]
fn a_key_is_never_printed() {
    let contents = full();
    assert!(!format!("{contents:?}").contains("PRIVATE"));
}
