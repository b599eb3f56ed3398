//! Files that come, change, and are half there.

use std::os::unix::fs::symlink;

use gene_daemon::admin::Readiness;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::authority::Authority;

struct Lab {
    folder: TempDir,
    serving: Arc<Serving>,
    readiness: Readiness,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// A chain and its key, of an authority of its own.
fn made(life: Duration) -> (String, String) {
    let now = Timestamp::now();
    let authority = Authority::new(now, Duration::from_hours(48)).unwrap();
    let leaf = authority.leaf(&["gene-webhook.lab.svc".to_owned()], now, life).unwrap();
    (leaf.certificate.pem(), leaf.key_pem().to_owned())
}

fn start() -> Lab {
    let folder = TempDir::new().unwrap();
    let serving = Serving::new();
    let readiness = Readiness::new();
    let (stop, stopped) = watch::channel(false);
    let gate = readiness.wait_for("certificate");
    let task = tokio::spawn(reload(folder.path().join("tls"), Arc::clone(&serving), gate, stopped));
    Lab { folder, serving, readiness, stop, task }
}

impl Lab {
    /// As the kubelet does it: a folder of its own each time, and one link that leads to the present one.
    fn mount(&self, name: &str, chain: &str, key: &str) {
        let folder = self.folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("tls.crt"), chain).unwrap();
        std::fs::write(folder.join("tls.key"), key).unwrap();
        let fresh = self.folder.path().join("link");
        symlink(&folder, &fresh).unwrap();
        std::fs::rename(&fresh, self.folder.path().join("tls")).unwrap();
    }

    /// Waits until what `/readyz` says fits.
    async fn says(&self, part: Option<&str>) {
        let fits = || match (self.readiness.missing().as_slice(), part) {
            ([], None) => true,
            ([(_, why), ..], Some(part)) => why.contains(part),
            _ => false,
        };
        let waited = timeout(Duration::from_secs(20), async {
            while !fits() {
                sleep(Duration::from_millis(20)).await;
            }
        });
        assert!(waited.await.is_ok(), "{part:?}: {:?}", self.readiness.missing());
    }

    async fn shows(&self, not_after: Timestamp) {
        let waited = timeout(Duration::from_secs(20), async {
            while self.serving.validity().map(|validity| validity.not_after) != Some(not_after) {
                sleep(Duration::from_millis(20)).await;
            }
        });
        assert!(waited.await.is_ok(), "{:?}", self.serving.validity());
    }
}

fn end(chain: &str) -> Timestamp {
    certificate::all(chain.as_bytes()).unwrap()[0].validity.not_after
}

#[tokio::test]
async fn what_is_mounted_is_shown_and_what_it_becomes() {
    let lab = start();
    lab.says(Some("no certificate yet; cannot read \"")).await;
    let (first, first_key) = made(Duration::from_hours(1));
    let (second, second_key) = made(Duration::from_hours(2));
    lab.mount("one", &first, &first_key);
    lab.says(None).await;
    lab.shows(end(&first)).await;
    lab.mount("two", &second, &second_key);
    lab.shows(end(&second)).await;
    lab.stop.send(true).unwrap();
    timeout(Duration::from_secs(5), lab.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_does_not_fit_together_changes_nothing() {
    let (first, first_key) = made(Duration::from_hours(1));
    let (second, second_key) = made(Duration::from_hours(2));
    let lab = start();
    lab.mount("mismatch", &first, &second_key);
    lab.says(Some("tls.key\" does not belong to the certificate beside it")).await;
    lab.mount("no chain", "", &first_key);
    lab.says(Some("tls.crt\" holds no certificate")).await;
    lab.mount("half a chain", &first[..first.len() / 2], &first_key);
    lab.says(Some("tls.crt\"")).await;
    lab.mount("no key", &first, &first);
    lab.says(Some("tls.key\" is no private key")).await;
    assert_eq!(lab.serving.validity(), None);
    lab.mount("good", &first, &first_key);
    lab.says(None).await;
    // From here on there is something to show, so that all of these leave the replica ready.
    for (name, chain, key) in [
        ("mismatch again", &second, &first_key),
        ("empty", &String::new(), &second_key),
        ("no key again", &second, &String::new()),
    ] {
        lab.mount(name, chain, key);
        sleep(LOOK * 2).await;
        assert_eq!(lab.readiness.missing(), []);
        assert_eq!(lab.serving.validity().unwrap().not_after, end(&first), "{name}");
    }
    lab.mount("good again", &second, &second_key);
    lab.shows(end(&second)).await;
}

#[tokio::test]
async fn a_certificate_that_runs_out_is_said() {
    let lab = start();
    let (chain, key) = made(Duration::from_secs(2));
    lab.mount("short", &chain, &key);
    lab.says(Some("the certificate expired at ")).await;
    let (chain, key) = made(Duration::from_hours(1));
    lab.mount("long", &chain, &key);
    lab.says(None).await;
}
