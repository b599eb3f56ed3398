//! Certificates of two webhooks that share a Secret: they agree on one authority, nobody notices a rotation, and what is
//! broken heals.

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    net::TcpStream,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gene_certs::authority::Authority;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::ByteString;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use serde_json::json;
use tokio::{task::spawn_blocking, time::sleep};

use super::{
    installed::{Behind, CONFIGURATIONS, Installed, of_namespace},
    probe,
    request::Requester,
    scene::execution,
    webhook::Webhook,
};
use crate::{
    cluster::{Place, until},
    process::{Log, program},
};

/// Lives so short that a rotation ends within seconds, and long enough for a machine that is busy.
const QUICK: [&str; 4] = ["--ca-life=18s", "--leaf-life=6s", "--settle=1s", "--check-interval=1s"];
/// An authority that stays; leaves that expire while somebody looks on.
const STEADY: [&str; 4] = ["--ca-life=1h", "--leaf-life=6s", "--settle=1s", "--check-interval=1s"];
/// How long a leaf of those lives, and a little.
const LEAF_IS_GONE: Duration = Duration::from_secs(7);
/// Between two requests under a rotation.
const PERIOD: Duration = Duration::from_millis(50);

/// Two webhooks, of which one is asked to complete and the other to judge.
struct Replicas {
    place: Place,
    admin: Requester,
    both: Vec<Webhook>,
    ports: [u16; 2],
    configurations: Installed,
    words: [&'static str; 4],
    log: Log,
}

impl Replicas {
    /// Both are started at the same moment, where no Secret is yet.
    async fn start(name: &str, words: [&'static str; 4]) -> Self {
        let place = Place::new(name).await;
        let admin = Requester::new(&place.client, place.name());
        let log = Log::new(None);
        let ports = [probe::free_port(), probe::free_port()];
        let both = ports.map(|port| Webhook::start(port, place.name(), &words, &log)).into();
        let behind = Behind { mutate: ports[0], validate: ports[1] };
        let configurations = Installed::configurations(&place.client, place.name(), behind).await;
        let replicas = Self { place, admin, both, ports, configurations, words, log };
        replicas.ready().await;
        replicas
    }

    /// Returns when both say so, and Executions are admitted.
    async fn ready(&self) {
        for webhook in &self.both {
            webhook.ready().await;
        }
        let good = execution("good", &json!({}));
        until("an Execution that is admitted", || async {
            self.admin.try_create(&good).await.is_admitted().then_some(())
        })
        .await;
    }

    fn secret_path(&self) -> String {
        format!("/api/v1/namespaces/{}/secrets", self.place.name())
    }

    /// A value of the Secret; none where it is not there.
    async fn secret(&self, key: &str) -> Option<String> {
        let secret = self.admin.get_at(&format!("{}/gene-webhook-ca", self.secret_path())).await;
        // Of null, it makes an empty one.
        let value: ByteString = serde_json::from_value(secret.body["data"][key].clone()).ok()?;
        Some(String::from_utf8(value.0).unwrap()).filter(|text| !text.is_empty())
    }

    /// The `caBundle` of a configuration.
    async fn bundle(&self, kind: &str) -> String {
        let object = self.admin.get_at(&self.configuration(kind)).await.admitted();
        let bundle = object["webhooks"][0]["clientConfig"]["caBundle"].clone();
        let bundle: ByteString = serde_json::from_value(bundle).unwrap_or_default();
        String::from_utf8(bundle.0).unwrap()
    }

    fn configuration(&self, kind: &str) -> String {
        let name = of_namespace("gene-webhook", self.place.name());
        format!("/apis/admissionregistration.k8s.io/v1/{}s/{name}", kind.to_lowercase())
    }

    async fn set_authority(&self, authority: &Authority) {
        let value = |text: &str| serde_json::to_value(ByteString(text.as_bytes().to_vec())).unwrap();
        let patch = json!([
            {"op": "replace", "path": "/data/ca.crt", "value": value(&authority.certificate.pem())},
            {"op": "replace", "path": "/data/ca.key", "value": value(authority.key_pem())},
        ]);
        let secret = format!("{}/gene-webhook-ca", self.secret_path());
        self.admin.json_patch_at(&secret, &patch).await.admitted();
    }

    async fn set_bundles(&self, bundle: &str) {
        for kind in CONFIGURATIONS {
            let bundle = serde_json::to_value(ByteString(bundle.as_bytes().to_vec())).unwrap();
            let patch = json!([{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": bundle}]);
            self.admin.json_patch_at(&self.configuration(kind), &patch).await.admitted();
        }
    }

    /// Both bundles hold these certificates and no other.
    async fn until_trusted(&self, certificates: &str) {
        until("bundles that are right", || async {
            let [first, second] =
                [self.bundle(CONFIGURATIONS[0]).await, self.bundle(CONFIGURATIONS[1]).await];
            (first == second && first == certificates).then_some(())
        })
        .await;
    }

    fn pause(&self) {
        self.both.iter().for_each(Webhook::pause);
    }

    fn go_on(&self) {
        self.both.iter().for_each(Webhook::go_on);
    }

    /// `gene-certs check`: whether all is well, and what it said.
    fn check(&self) -> (bool, String) {
        self.check_at(&[])
    }

    /// The same with more words.
    fn check_at(&self, words: &[&str]) -> (bool, String) {
        let mut command = Command::new(program("gene-certs"));
        command.args(["check", "--urls", "--namespace", self.place.name()]);
        command.args(["--configuration", &of_namespace("gene-webhook", self.place.name())]);
        let output = command.args(words).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    #[track_caller]
    fn check_names(&self, expected: &[&str]) {
        let (is_well, said) = self.check();
        assert!(!is_well, "{said}");
        for part in expected {
            assert!(said.contains(part), "{part:?} is missing in:\n{said}");
        }
    }

    async fn remove(self) {
        self.configurations.delete();
        for webhook in self.both {
            webhook.kill().await;
        }
        self.place.namespace.delete().await.unwrap();
        drop(self.log);
    }
}

/// A handshake with a webhook as an API server makes one, that trusts what `bundle` holds: the leaf that was shown.
fn shake_hands(port: u16, bundle: &str) -> Result<CertificateDer<'static>, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(bundle.as_bytes()) {
        roots.add(certificate.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::from(*probe::HERE);
    let mut client = ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    let mut stream = TcpStream::connect((*probe::HERE, port)).map_err(|error| error.to_string())?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).map_err(|error| error.to_string())?;
    while client.is_handshaking() {
        match client.complete_io(&mut stream) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => _ = result.map_err(|error| error.to_string())?,
        }
    }
    let shown = client.peer_certificates().and_then(|chain| chain.first());
    shown.map(|leaf| leaf.clone().into_owned()).ok_or_else(|| "no certificate was shown".to_owned())
}

/// What was seen while authority and leaves were exchanged.
#[derive(Default)]
struct Seen {
    admitted: usize,
    refusals: Vec<String>,
    handshakes: usize,
    leaves: [BTreeSet<Vec<u8>>; 2],
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_webhooks_agree_on_one_authority_and_rotate_it_unnoticed() {
    let replicas = Arc::new(Replicas::start("rotation", QUICK).await);
    let first = replicas.secret("ca.crt").await.unwrap();
    replicas.until_trusted(&first).await;

    let is_over = Arc::new(AtomicBool::new(false));
    let load = tokio::spawn(load(Arc::clone(&replicas), Arc::clone(&is_over)));
    until("another authority", || async {
        replicas.secret("ca.crt").await.is_some_and(|now| now != first).then_some(())
    })
    .await;
    until("bundles without the first one", || async {
        let (now, previous) = (replicas.secret("ca.crt").await?, replicas.secret("previous.crt").await);
        let bundle = replicas.bundle(CONFIGURATIONS[0]).await;
        (previous.is_none() && !bundle.contains(first.trim()) && bundle.contains(now.trim())).then_some(())
    })
    .await;
    is_over.store(true, Ordering::Relaxed);
    let seen = load.await.unwrap();
    let leaves: Vec<usize> = seen.leaves.iter().map(BTreeSet::len).collect();
    eprintln!("{} admitted, {} handshakes, leaves {leaves:?}", seen.admitted, seen.handshakes);
    assert_eq!(seen.refusals, [""; 0]);
    assert!(seen.admitted > 100, "{}", seen.admitted);
    assert!(leaves.iter().all(|number| *number >= 3), "{leaves:?}");
    Arc::into_inner(replicas).unwrap().remove().await;
}

/// Creates all the time, and handshakes as of an API server that connects anew each time.
async fn load(replicas: Arc<Replicas>, is_over: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen::default();
    let good = execution("load", &json!({}));
    while !is_over.load(Ordering::Relaxed) {
        let answer = replicas.admin.try_create(&good).await;
        if answer.is_admitted() {
            seen.admitted += 1;
        } else {
            seen.refusals.push(answer.message().to_owned());
        }
        for (place, kind) in
            ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"].iter().enumerate()
        {
            let (bundle, port) = (replicas.bundle(kind).await, replicas.both[place].port);
            seen.handshakes += 1;
            match spawn_blocking(move || shake_hands(port, &bundle)).await.unwrap() {
                Ok(leaf) => _ = seen.leaves[place].insert(leaf.to_vec()),
                Err(error) => seen.refusals.push(format!("{kind}: {error}")),
            }
        }
        sleep(PERIOD).await;
    }
    seen
}

#[tokio::test]
async fn what_is_broken_is_named_and_heals() {
    let mut replicas = Replicas::start("healing", STEADY).await;
    let first = replicas.secret("ca.crt").await.unwrap();
    replicas.until_trusted(&first).await;
    let (is_well, said) = replicas.check();
    assert!(is_well, "{said}");

    // Somebody else's authority in the bundles.
    let stranger = Authority::new(Timestamp::now(), Duration::from_hours(1)).unwrap();
    replicas.pause();
    replicas.set_bundles(&stranger.certificate.pem()).await;
    replicas.check_names(&["caBundle does not hold the authority that signs"]);
    replicas.go_on();
    replicas.ready().await;
    assert!(replicas.bundle(CONFIGURATIONS[0]).await.contains(first.trim()));

    // No bundles at all.
    replicas.pause();
    replicas.set_bundles("").await;
    replicas.check_names(&["caBundle is empty"]);
    replicas.go_on();
    replicas.until_trusted(&first).await;
    replicas.ready().await;

    // The Secret is gone: written again from the memory of those that run.
    replicas.pause();
    replicas.admin.delete_at(&format!("{}/gene-webhook-ca", replicas.secret_path())).await.admitted();
    replicas.check_names(&["gene-webhook-ca\" does not exist"]);
    replicas.go_on();
    until("the Secret", || async { replicas.secret("ca.crt").await }).await;
    assert_eq!(replicas.secret("ca.crt").await.as_deref(), Some(first.as_str()));
    replicas.ready().await;

    // What a clock that was ahead leaves behind.
    let tomorrow = Timestamp::now() + SignedDuration::from_hours(24);
    let ahead = Authority::new(tomorrow, Duration::from_hours(1)).unwrap();
    replicas.pause();
    replicas.set_authority(&ahead).await;
    replicas.check_names(&["the authority is valid from", "was ahead"]);
    replicas.go_on();
    until("an authority of today", || async {
        replicas.secret("ca.crt").await.filter(|now| *now != ahead.certificate.pem())
    })
    .await;
    replicas.ready().await;

    // An authority that has expired.
    let long_ago = Timestamp::now() - SignedDuration::from_hours(24);
    let past = Authority::new(long_ago, Duration::from_hours(1)).unwrap();
    replicas.pause();
    replicas.set_authority(&past).await;
    replicas.check_names(&["the authority expired at"]);
    replicas.go_on();
    until("an authority of today", || async {
        replicas.secret("ca.crt").await.filter(|now| *now != past.certificate.pem())
    })
    .await;
    replicas.ready().await;

    // Leaves that expired while nobody could renew them.
    replicas.pause();
    sleep(LEAF_IS_GONE).await;
    replicas.go_on();
    replicas.ready().await;

    // Nobody remembers: another authority.
    let before = replicas.secret("ca.crt").await.unwrap();
    for webhook in std::mem::take(&mut replicas.both) {
        webhook.kill().await;
    }
    replicas.admin.delete_at(&format!("{}/gene-webhook-ca", replicas.secret_path())).await.admitted();
    let start = |port| Webhook::start(port, replicas.place.name(), &replicas.words, &replicas.log);
    replicas.both = replicas.ports.map(start).into();
    replicas.ready().await;
    assert_ne!(replicas.secret("ca.crt").await, Some(before));
    let (is_well, said) = replicas.check();
    assert!(is_well, "{said}");
    replicas.remove().await;
}

/// Certificates that an admin brings as files: one that has expired is named, and another takes its place without a restart.
#[tokio::test]
async fn files_that_have_expired_are_named_and_exchanged() {
    let place = Place::new("files").await;
    let log = Log::new(None);
    let hour = Duration::from_hours(1);
    let names = [format!("gene-webhook.{}.svc", place.name()), probe::HERE.to_string()];
    let authority = Authority::new(Timestamp::now(), hour * 48).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let write = |at: Timestamp| {
        let leaf = authority.leaf(&names, at, hour).unwrap();
        fs::write(directory.path().join("tls.crt"), leaf.certificate.pem()).unwrap();
        fs::write(directory.path().join("tls.key"), leaf.key_pem()).unwrap();
    };
    write(Timestamp::now() - SignedDuration::from_hours(24));

    let port = probe::free_port();
    let behind = Behind { mutate: port, validate: port };
    let configurations = Installed::configurations(&place.client, place.name(), behind).await;
    let words = ["--tls-dir", directory.path().to_str().unwrap()];
    let webhook = Webhook::start(port, place.name(), &words, &log);
    let admin = Requester::new(&place.client, place.name());
    let replicas = Replicas {
        place,
        admin,
        both: vec![webhook],
        ports: [port, port],
        configurations,
        words: QUICK,
        log,
    };
    replicas.set_bundles(&authority.certificate.pem()).await;
    until("a webhook that says why it is not ready", || async {
        let (code, said) = probe::get(replicas.both[0].health, "/readyz").await?;
        (code == 503 && said.contains("expired")).then_some(())
    })
    .await;
    let address = format!("{}:{port}", *probe::HERE);
    let (is_well, said) = replicas.check_at(&["--address", &address]);
    assert!(!is_well && said.contains("expired at"), "{said}");

    write(Timestamp::now());
    replicas.ready().await;
    let (_, said) = replicas.check_at(&["--address", &address]);
    assert!(said.contains(&format!("ok     the server at {address}")), "{said}");
    replicas.remove().await;
}
