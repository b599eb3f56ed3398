//! `--tool-repo` by https: whom it trusts, and that it is not sent on to where anybody could listen.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring::default_provider,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::{
    place::{Called, Place, called},
    server::answer,
};

const WORKFLOW: &str = "workflow: {a: {tool: 'bwa:0.7', commands: [x]}}\n";
const TOOL: &[u8] = b"name: bwa\nversion: '0.7'\nimage: bwa:secured\n";

/// A server with a certificate for this name, and that certificate. It goes away with the test's process.
fn server(name: &str) -> (SocketAddr, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, stream));
            let mut first = String::new();
            // Who does not trust the certificate says no more than that.
            if stream.read_line(&mut first).is_err() {
                continue;
            }
            let connection = stream.get_mut();
            match first.split(' ').nth(1) {
                Some("/tools.yaml") => answer(connection, "200 OK", "", TOOL),
                Some("/moved") => answer(connection, "302 Found", "Location: /tools.yaml\r\n", b""),
                _ => answer(connection, "302 Found", "Location: http://127.0.0.1:9/tools.yaml\r\n", b""),
            }
            connection.conn.send_close_notify();
            let _ = connection.flush();
        }
    });
    (address, cert.pem())
}

fn lint(place: &Place, address: SocketAddr, path: &str, trusted: &str) -> Called {
    place.write("trusted.pem", trusted);
    let address = format!("https://{address}{path}");
    let mut command = place.command(&["lint", "w.yaml", "--tool-repo", &address]);
    command.env("SSL_CERT_FILE", place.path("trusted.pem"));
    called(command)
}

#[test]
fn tools_come_by_https_from_whom_this_machine_trusts() {
    let place = Place::with(WORKFLOW);
    let (address, certificate) = server("127.0.0.1");
    for path in ["/tools.yaml", "/moved"] {
        let called = lint(&place, address, path, &certificate);
        assert_eq!((called.code, called.err.as_str()), (Some(0), ""), "{path}");
    }

    let called = lint(&place, address, "/plain", &certificate);
    assert_eq!(called.code, Some(1));
    let said = "the server sends on to \"http://127.0.0.1:9/tools.yaml\", where everybody on the way could change the tools";
    assert!(called.err.contains(said), "{}", called.err);

    // Another's certificate is trusted, or this one is another's.
    let (elsewhere, another) = server("elsewhere.example");
    for (address, trusted) in [(address, &another), (elsewhere, &another)] {
        let called = lint(&place, address, "/tools.yaml", trusted);
        assert_eq!(called.code, Some(1));
        let said = format!("error: no answer from {address}: ");
        assert!(
            called.err.contains(&said) && called.err.contains("invalid peer certificate"),
            "{}",
            called.err
        );
        assert!(called.err.contains("see whether the server can be reached from here"), "{}", called.err);
    }
}
