//! What a server really shows.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::certificate::Certificate;

/// How long a server may take to show its certificate.
const WITHIN: Duration = Duration::from_secs(10);

/// The certificate that the server at `address` shows to who asks for `name`, whatever it is worth.
///
/// # Errors
/// There is no such server, or it shows none.
pub async fn certificate(address: &str, name: &str) -> Result<Certificate, String> {
    let name =
        ServerName::try_from(name.to_owned()).map_err(|_| format!("\"{name}\" is no name of a server"))?;
    let provider = Arc::new(ring::default_provider());
    let look = Arc::new(Look { provider: Arc::clone(&provider), seen: Mutex::new(None) });
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(&look) as _;
    let config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    let handshake = async {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("no connection: {error}"))?;
        let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        shaken.map(|_| ()).map_err(|error| format!("no handshake: {error}"))
    };
    timeout(WITHIN, handshake).await.map_err(|_| format!("no handshake within {WITHIN:?}"))??;
    let seen = look.seen.lock().map_err(|_| "no certificate".to_owned())?.take();
    let der = seen.ok_or_else(|| "it shows no certificate".to_owned())?;
    Certificate::from_der(&der, 1).map_err(|error| format!("what it shows cannot be read: {error}"))
}

/// Takes any certificate, since it is to be looked at and nothing is sent; that the server has its key is verified.
#[derive(Debug)]
struct Look {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Look {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Ok(mut seen) = self.seen.lock() {
            *seen = Some(end_entity.clone().into_owned());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
