//! Certificates for a webhook on this machine, as an admin would bring them: files in a directory.

use std::{fs, sync::Arc};

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;

/// Under which name the server's certificate knows it.
pub const SERVER_NAME: &str = "localhost";

/// A CA, and a directory with the certificate of a server that it has signed.
pub struct Authority {
    directory: TempDir,
    certificate: rcgen::Certificate,
}

impl Authority {
    /// Makes both; they are valid for as long as the format can say, and go with the directory.
    pub fn new() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "gene-bench");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate()?;
        let certificate = parameters.self_signed(&key)?;
        let issuer = Issuer::new(parameters, key);

        let names = vec![SERVER_NAME.to_owned(), "127.0.0.1".to_owned()];
        let mut leaf = CertificateParams::new(names)?;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        fs::write(directory.path().join("tls.crt"), leaf.signed_by(&key, &issuer)?.pem())?;
        fs::write(directory.path().join("tls.key"), key.serialize_pem())?;
        Ok(Self { directory, certificate })
    }

    /// Where `tls.crt` and `tls.key` are.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// The CA's certificate.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A client's settings that trust this CA alone and speak HTTP/2, as the API server does.
    pub fn client(&self) -> Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone())?;
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }
}
