//! Why an image is not there, in a few words.

/// The image and what is wrong with it, from the kubelet's message: `gatk:4.0.9: not found`.
pub fn fault(image: &str, message: &str) -> String {
    match known(message) {
        Some(what) => format!("{image}: {what}"),
        None if message.is_empty() => image.to_owned(),
        None => {
            let why = innermost(message);
            if why.contains(image) { why.to_owned() } else { format!("{image}: {why}") }
        }
    }
}

/// Words of container runtimes and registries, and what they come down to. The first that is found counts.
const KNOWN: [(&[&str], &str); 7] = [
    (
        &["pull access denied", "authorization failed", "unauthorized", "403 Forbidden", "401 Unauthorized"],
        "not found, or pulling it is not allowed",
    ),
    (&["manifest unknown", "code = NotFound", "not found"], "not found"),
    (&["no such host"], "its registry has no address"),
    (
        &[
            "connection refused",
            "i/o timeout",
            "deadline exceeded",
            "network is unreachable",
            "no route to host",
        ],
        "its registry does not answer",
    ),
    (&["toomanyrequests", "429 Too Many Requests"], "its registry refuses more pulls for now"),
    (&["x509:"], "the certificate of its registry is not trusted"),
    (&["no space left on device"], "the node's disk is full"),
];

fn known(message: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(words, _)| words.iter().any(|word| message.contains(word))).map(|(_, what)| *what)
}

/// What follows the last colon that ends a clause; wrappers stand before it.
fn innermost(message: &str) -> &str {
    let message = message.trim();
    let start = message.rfind(": ").map_or(0, |at| at + 2);
    message.get(start..).filter(|rest| !rest.is_empty()).unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubelets_words_come_down_to_a_few() {
        let cases = [
            (
                r#"Back-off pulling image "gatk:4": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/gatk:4": failed to resolve reference "docker.io/library/gatk:4": docker.io/library/gatk:4: not found"#,
                "gatk:4: not found",
            ),
            (
                r#"failed to pull and unpack image "docker.io/library/gatk:4": failed to resolve reference "docker.io/library/gatk:4": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"#,
                "gatk:4: not found, or pulling it is not allowed",
            ),
            (
                r#"failed to do request: Head "https://r.example/v2/gatk/manifests/4": dial tcp: lookup r.example on 10.0.0.2:53: no such host"#,
                "gatk:4: its registry has no address",
            ),
            (
                r#"failed to do request: Head "https://r.example/v2": dial tcp 10.0.0.9:443: connect: connection refused"#,
                "gatk:4: its registry does not answer",
            ),
            (
                r#"couldn't parse image name "gatk:4": invalid reference format"#,
                "gatk:4: invalid reference format",
            ),
            (
                r#"Container image "gatk:4" is not present with pull policy of Never"#,
                r#"Container image "gatk:4" is not present with pull policy of Never"#,
            ),
            ("odd: ", "gatk:4: odd:"),
            ("", "gatk:4"),
        ];
        for (message, expected) in cases {
            assert_eq!(fault("gatk:4", message), expected);
        }
    }
}
