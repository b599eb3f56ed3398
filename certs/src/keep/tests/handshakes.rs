//! Clients that connect all the time, and trust what `caBundle` holds as a real API server does.

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;
use crate::certificate::{Certificate, Fingerprint};
use crate::command::{check, own};

/// Serves one byte to each connection.
async fn serve(serving: Arc<Serving>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_cert_resolver(serving)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = stream.write_all(b"x").await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    address
}

/// One connection with a client that knows nothing of earlier ones: the leaf that was shown.
async fn connect(address: &str, bundle: &[Certificate]) -> Result<Fingerprint, String> {
    let mut roots = RootCertStore::empty();
    for authority in bundle {
        roots.add(CertificateDer::from(authority.der.clone())).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let name = ServerName::try_from("gene-webhook.lab.svc").unwrap();
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let mut stream = connected.map_err(|error| error.to_string())?;
    let mut byte = [0; 1];
    stream.read_exact(&mut byte).await.map_err(|error| error.to_string())?;
    let shown = stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    Ok(Certificate::from_der(&shown, 1).unwrap().fingerprint)
}

#[tokio::test]
async fn no_connection_fails_while_the_authority_is_exchanged() {
    let fake = Fake::new(Timestamp::now());
    let settings = brief();
    let replicas = [Replica::start(&fake, settings.clone()), Replica::start(&fake, settings.clone())];
    let mut addresses = Vec::new();
    for replica in &replicas {
        replica.ready().await;
        addresses.push(serve(Arc::clone(&replica.serving)).await);
    }
    // Both bundles hold what both leaves were signed by.
    let before = fake.contents().current.unwrap().certificate.fingerprint;
    let server = Server::new(fake.client());
    let mut bundle = fake.bundle(VALIDATING, 1);
    let mut leaves = std::collections::BTreeSet::new();
    let mut connections = 0;
    own::rotate(&server, &settings).await.unwrap();
    let exchanged = |fake: &Fake| {
        let contents = fake.contents();
        contents.next.is_none() && contents.previous.is_empty() && !contents.trusts(before)
    };
    let began = std::time::Instant::now();
    let mut rounds_after = 0;
    while rounds_after < 20 {
        assert!(began.elapsed() < Duration::from_mins(1), "{:?}", fake.contents());
        for address in &addresses {
            leaves.insert(connect(address, &bundle).await.unwrap());
            connections += 1;
        }
        sleep(Duration::from_millis(20)).await;
        // An API server that is a moment behind.
        bundle = fake.bundle(VALIDATING, 1);
        if exchanged(&fake) && bundle.len() == 1 {
            rounds_after += 1;
        }
    }
    assert!(connections > 200, "{connections}");
    assert!(leaves.len() >= 4, "each replica showed another leaf");
    let trusted = fake.contents().trusted();
    assert_eq!(fake.bundle(MUTATING, 1), trusted);

    // What is shown is what check finds.
    let findings = check::check(&server, &settings, false, Some(&addresses[0])).await;
    assert!(findings.iter().all(|finding| finding.good), "{findings:#?}");
    let other = Certificate::from_pem(
        crate::authority::Authority::new(fake.now(), settings.ca_life).unwrap().certificate.pem().as_bytes(),
    );
    assert!(connect(&addresses[0], &[other.unwrap()]).await.is_err(), "another authority is not trusted");
}
