//! Replicas against an API server in memory.

use gene_daemon::admin::Readiness;
use http::Method;
use jiff::Timestamp;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::fixture::{Fake, MUTATING, SECRET, VALIDATING, brief};
use crate::permissions::allows;

mod handshakes;

struct Replica {
    serving: Arc<Serving>,
    readiness: Readiness,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Replica {
    fn start(fake: &Arc<Fake>, settings: Settings) -> Self {
        let (serving, readiness) = (Serving::new(), Readiness::new());
        let (stop, stopped) = watch::channel(false);
        let gate = readiness.wait_for("certificate");
        let task = tokio::spawn(keep(fake.client(), settings, Arc::clone(&serving), gate, stopped));
        Self { serving, readiness, stop, task }
    }

    fn missing(&self) -> Option<String> {
        self.readiness.missing().first().map(|(_, why)| why.clone())
    }

    async fn ready(&self) {
        until("ready", || self.missing().is_none()).await;
    }

    async fn says(&self, part: &str) {
        until(part, || self.missing().is_some_and(|why| why.contains(part))).await;
    }

    async fn end(self) {
        self.stop.send(true).unwrap();
        timeout(Duration::from_secs(5), self.task).await.unwrap().unwrap();
    }
}

async fn until(what: &str, mut fits: impl FnMut() -> bool) {
    let waited = timeout(Duration::from_mins(3), async {
        while !fits() {
            sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what}");
}

/// A day on which no machine of today runs: what counts is the server's clock.
fn day() -> Timestamp {
    "2041-05-06T07:08:09Z".parse().unwrap()
}

fn lab() -> Settings {
    Settings::new("lab")
}

#[tokio::test(start_paused = true)]
async fn two_that_begin_at_once_agree() {
    for lost in [None, Some(3), Some(4), Some(7)] {
        let fake = Fake::new(day());
        fake.lose(lost);
        let replicas = [Replica::start(&fake, lab()), Replica::start(&fake, lab())];
        for replica in &replicas {
            replica.ready().await;
        }
        fake.lose(None);
        let only = fake.contents().current.unwrap().certificate;
        let agreed = || [VALIDATING, MUTATING].iter().all(|path| fake.bundle(path, 1) == [only.clone()]);
        until("the bundles hold the authority alone", agreed).await;
        for replica in replicas {
            let validity = replica.serving.validity().unwrap();
            assert!(validity.holds_at(fake.now()), "{validity:?} {}", fake.now());
            replica.end().await;
        }
        // The webhook with a URL is somebody else's.
        assert_eq!(fake.bundle(VALIDATING, 0), []);
        for path in [VALIDATING, MUTATING] {
            assert!(!fake.get(path).unwrap().to_string().contains("PRIVATE"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_the_rules_allow_is_called() {
    let fake = Fake::new(day());
    let replica = Replica::start(&fake, brief());
    replica.ready().await;
    crate::command::own::rotate(&Server::new(fake.client()), &brief()).await.unwrap();
    sleep(Duration::from_secs(30)).await;
    for (method, path) in fake.calls() {
        let (group, rest) = match path.strip_prefix("/api/v1/namespaces/lab/") {
            Some(rest) => ("", rest),
            None => ("admissionregistration.k8s.io", path.rsplit_once("/v1/").unwrap().1),
        };
        let verb = match method {
            Method::GET => "get",
            Method::POST => "create",
            Method::PUT => "update",
            Method::PATCH => "patch",
            other => panic!("{other}"),
        };
        let resource = rest.split('/').next().unwrap();
        assert!(allows(group, resource, verb), "{verb} {path}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_others_break_is_mended() {
    let fake = Fake::new(day());
    let replica = Replica::start(&fake, lab());
    replica.ready().await;
    let before = fake.contents();
    let shown = replica.serving.validity();

    fake.remove(SECRET);
    until("the Secret is there again", || fake.get(SECRET).is_some()).await;
    assert_eq!(fake.contents(), before);

    for damage in ["", "Z2FyYmFnZQo="] {
        let mut configuration = fake.get(MUTATING).unwrap();
        configuration["webhooks"][1]["clientConfig"]["caBundle"] = json!(damage);
        fake.put(MUTATING, configuration);
        until("the bundle is whole again", || fake.bundle(MUTATING, 1) == before.trusted()).await;
    }

    let mut secret = fake.get(SECRET).unwrap();
    secret["data"]["ca.key"] = json!("Z2FyYmFnZQo=");
    secret["data"]["theirs"] = json!("Z2FyYmFnZQo=");
    fake.put(SECRET, secret);
    until("the key is mended", || {
        !fake.get(SECRET).unwrap().to_string().contains(r#""ca.key":"Z2FyYmFnZQo=""#)
    })
    .await;
    assert_eq!(fake.contents().current, before.current);
    assert!(fake.get(SECRET).unwrap()["data"]["theirs"].is_string(), "what is not ours stays");
    replica.ready().await;
    assert_eq!(replica.serving.validity(), shown, "nobody noticed");
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_said() {
    for (part, code, said) in [
        (
            "mutating",
            403,
            "cannot read mutatingwebhookconfiguration \"gene-webhook\": it is not allowed here",
        ),
        ("secrets", 403, "cannot read secret \"lab/gene-webhook-ca\": it is not allowed here"),
        ("secrets", 500, "no certificate yet"),
    ] {
        let fake = Fake::new(day());
        fake.refuse(Some((part, code)));
        let replica = Replica::start(&fake, lab());
        replica.says(said).await;
        fake.refuse(None);
        replica.ready().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_configuration_that_is_not_there_needs_no_bundle() {
    let fake = Fake::new(day());
    let there = fake.get(MUTATING).unwrap();
    fake.remove(MUTATING);
    let replica = Replica::start(&fake, lab());
    replica.ready().await;
    fake.put(MUTATING, there);
    until("it has a bundle once it is there", || fake.bundle(MUTATING, 1) == fake.contents().trusted()).await;
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_is_away_takes_nothing_away_until_the_leaf_runs_out() {
    let fake = Fake::new(day());
    let replica = Replica::start(&fake, lab());
    replica.ready().await;
    fake.refuse(Some(("/", 503)));
    sleep(Duration::from_hours(23)).await;
    assert_eq!(replica.missing(), None);
    sleep(Duration::from_hours(2)).await;
    assert!(replica.missing().is_some_and(|why| why.contains("the certificate expired at ")));
    fake.refuse(None);
    replica.ready().await;
}

#[tokio::test(start_paused = true)]
async fn leaves_and_authorities_are_renewed_in_time() {
    let settings = Settings { ca_life: Duration::from_hours(96), interval: Duration::from_mins(30), ..lab() };
    let fake = Fake::new(day());
    let replica = Replica::start(&fake, settings);
    replica.ready().await;
    let first = fake.contents().current.unwrap().certificate;
    let mut authorities = std::collections::BTreeSet::new();
    for _ in 0..400 {
        sleep(Duration::from_hours(1)).await;
        assert_eq!(replica.missing(), None);
        assert!(replica.serving.validity().unwrap().holds_at(fake.now()));
        authorities.insert(fake.contents().current.unwrap().certificate.fingerprint);
        assert!(fake.bundle(VALIDATING, 1).len() <= 3);
    }
    // One each two thirds of four days, in sixteen.
    assert!((6..=8).contains(&authorities.len()), "{authorities:?}");
    assert!(!fake.contents().trusts(first.fingerprint));
}
