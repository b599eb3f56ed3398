//! Certificates that somebody else brings as files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gene_daemon::admin::Gate;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::authority::pair;
use crate::certificate;
use crate::serving::{Serving, Validity};

/// How often the files are read. A mounted Secret is exchanged by a symbolic link to its folder, which no watch of the
/// files themselves sees; two small files a second cost nothing.
const LOOK: Duration = Duration::from_secs(1);
/// No chain is larger; what is, was not meant.
const LARGEST: u64 = 1 << 20;

/// The certificate, with those that lead from it to the authority behind it.
const CHAIN: &str = "tls.crt";
/// Its key.
const KEY: &str = "tls.key";

/// Shows `tls.crt` and `tls.key` of `directory`, and what they become, until `stop` is true or its sender is gone.
/// `gate` is open while what is shown is valid, and says in words what is missing while it is closed.
///
/// Nothing ends it early: what cannot be read or does not fit together is logged and said by `gate`, and what was shown
/// before is shown on.
pub async fn reload(
    directory: PathBuf,
    serving: Arc<Serving>,
    gate: Gate,
    mut stop: watch::Receiver<bool>,
) {
    let mut files = Files { directory, serving, gate, shown: None, said: None };
    let work = async {
        loop {
            files.look().await;
            sleep(LOOK).await;
        }
    };
    tokio::select! {
        biased;
        // An error says that the sender is gone.
        _ = stop.wait_for(|stop| *stop) => {}
        () = work => {}
    }
}

struct Files {
    directory: PathBuf,
    serving: Arc<Serving>,
    gate: Gate,
    /// The digest of the files that are shown.
    shown: Option<[u8; 32]>,
    /// The fault that was logged and is still there.
    said: Option<String>,
}

impl Files {
    async fn look(&mut self) {
        let now = Timestamp::now();
        let fault = self.load(now).await.err();
        if fault != self.said {
            match &fault {
                Some(fault) => tracing::warn!("{fault}"),
                None => tracing::info!("the files of the certificate are good again"),
            }
        }
        let shown = self.serving.validity();
        let missing = match shown {
            Some(validity) if validity.holds_at(now) => None,
            Some(validity) if now < validity.not_before => {
                Some(format!("the certificate is valid from {} on; it is {now} now", validity.not_before))
            }
            Some(validity) => Some(format!("the certificate expired at {}", validity.not_after)),
            None => Some("no certificate yet".to_owned()),
        };
        match (missing, &fault) {
            (None, _) => self.gate.open(),
            (Some(missing), None) => self.gate.close(missing),
            (Some(missing), Some(fault)) => self.gate.close(format!("{missing}; {fault}")),
        }
        self.said = fault;
    }

    /// Shows what the files hold where that is new and good.
    async fn load(&mut self, now: Timestamp) -> Result<(), String> {
        let (chain, key) = (self.directory.join(CHAIN), self.directory.join(KEY));
        let chain_text = read(&chain).await?;
        let key_text = read(&key).await?;
        let mut digest = Sha256::new();
        digest.update(Sha256::digest(&chain_text));
        digest.update(Sha256::digest(&key_text));
        let digest: [u8; 32] = digest.finalize().into();
        if self.shown == Some(digest) {
            return Ok(());
        }
        let certified = parse(&chain, &chain_text, &key, &key_text);
        let (certified, validity) = certified.map_err(|fault| match self.serving.validity() {
            Some(_) => format!("{fault}; what was shown before is shown on"),
            None => fault,
        })?;
        let good = self.serving.validity().is_some_and(|shown| shown.holds_at(now));
        if good && !validity.holds_at(now) {
            return Err(format!(
                "\"{}\" is valid from {} to {}, which is not now; what was shown before is shown on",
                chain.display(),
                validity.not_before,
                validity.not_after
            ));
        }
        tracing::info!(until = %validity.not_after, "shows the certificate of \"{}\"", chain.display());
        self.serving.publish(certified, validity);
        self.shown = Some(digest);
        Ok(())
    }
}

fn parse(
    chain: &Path,
    chain_text: &[u8],
    key: &Path,
    key_text: &[u8],
) -> Result<(CertifiedKey, Validity), String> {
    let certificates =
        certificate::all(chain_text).map_err(|error| format!("\"{}\" {error}", chain.display()))?;
    let Some(leaf) = certificates.first() else {
        return Err(format!("\"{}\" holds no certificate", chain.display()));
    };
    let validity = leaf.validity;
    let ders = certificates.iter().map(|certificate| CertificateDer::from(certificate.der.clone())).collect();
    let certified = pair(ders, key_text).map_err(|error| format!("\"{}\" {error}", key.display()))?;
    Ok((certified, validity))
}

async fn read(path: &Path) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("cannot read \"{}\": {error}", path.display());
    let length = tokio::fs::metadata(path).await.map_err(cannot)?.len();
    if length > LARGEST {
        return Err(format!("\"{}\" is {length} bytes long; {LARGEST} are the most", path.display()));
    }
    tokio::fs::read(path).await.map_err(cannot)
}

#[cfg(test)]
mod tests;
