//! What an admin asks for, and what is said.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{check, mounted, own};
use crate::api::{Server, data};
use crate::authority::Authority;
use crate::contents::Contents;
use crate::fixture::{Fake, MUTATING, SECRET, VALIDATING};
use crate::settings::Settings;

const YEAR: Duration = Duration::from_hours(365 * 24);

fn now() -> Timestamp {
    "2041-05-06T07:08:09Z".parse().unwrap()
}

fn settings() -> Settings {
    Settings::new("lab")
}

fn with_tls() -> Settings {
    Settings { secret: "gene-webhook-tls".to_owned(), ..settings() }
}

const TLS: &str = "/api/v1/namespaces/lab/secrets/gene-webhook-tls";

/// What is wrong, line by line, as it is printed.
async fn wrong(fake: &Arc<Fake>, settings: &Settings, is_mounted: bool) -> String {
    let findings = check::check(&Server::new(fake.client()), settings, is_mounted, None).await;
    assert!(!findings.is_empty());
    let wrong = findings.iter().filter(|finding| !finding.good);
    wrong.map(|finding| format!("{finding}\n")).collect()
}

fn put_authority(fake: &Fake, authority: Authority) {
    let contents = Contents { current: Some(authority), ..Contents::default() };
    let mut data = std::collections::BTreeMap::new();
    contents.write(&mut data);
    let data: serde_json::Value =
        data.into_iter().map(|(key, bytes)| (key, json!(k8s_openapi::ByteString(bytes)))).collect();
    fake.put(SECRET, json!({"metadata": {"name": "gene-webhook-ca"}, "data": data}));
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_made_once() {
    let fake = Fake::new(now());
    let server = Server::new(fake.client());
    assert_eq!(
        wrong(&fake, &settings(), false).await,
        "wrong  secret \"lab/gene-webhook-ca\" does not exist\n       \
         help: a running webhook writes it within seconds; where none runs, gene-certs issue makes it\n\
         wrong  validatingwebhookconfiguration \"gene-webhook\", webhook \"validate\": caBundle is empty\n       \
         help: a running webhook mends it within seconds; where none runs, gene-certs issue does\n\
         wrong  mutatingwebhookconfiguration \"gene-webhook\", webhook \"mutate\": caBundle is empty\n       \
         help: a running webhook mends it within seconds; where none runs, gene-certs issue does\n"
    );
    let lines = own::issue(&server, &settings()).await.unwrap();
    assert_eq!(
        lines,
        [
            "wrote secret \"lab/gene-webhook-ca\": a first authority",
            "wrote caBundle of validatingwebhookconfiguration \"gene-webhook\"",
            "wrote caBundle of mutatingwebhookconfiguration \"gene-webhook\"",
        ]
    );
    assert_eq!(wrong(&fake, &settings(), false).await, "");
    assert_eq!(own::issue(&server, &settings()).await.unwrap(), ["nothing was missing"]);
}

#[tokio::test(start_paused = true)]
async fn a_rotation_is_begun_once_and_finished_for_good() {
    let fake = Fake::new(now());
    let server = Server::new(fake.client());
    let none = own::rotate(&server, &settings()).await.unwrap_err().to_string();
    assert!(none.contains("does not exist; \"gene-certs issue\" makes it"), "{none}");
    own::issue(&server, &settings()).await.unwrap();
    let nothing = own::finish(&server, &settings()).await.unwrap_err().to_string();
    assert!(nothing.contains("there is no previous authority"), "{nothing}");
    let (_, next) = own::rotate(&server, &settings()).await.unwrap();
    assert_eq!(fake.bundle(MUTATING, 1).len(), 2);
    for error in
        [own::rotate(&server, &settings()).await.err(), own::finish(&server, &settings()).await.err()]
    {
        assert!(error.is_some(), "the first rotation is under way");
    }
    let late = own::wait(&server, &settings(), &next, Duration::from_secs(5)).await.unwrap_err().to_string();
    assert!(late.contains("kubectl -n lab get pods"), "{late}");

    // A replica would do this.
    let mut contents = fake.contents();
    let old = contents.current.take().unwrap();
    contents.current = contents.next.take();
    put_authority(&fake, contents.current.clone().unwrap());
    let mut secret = fake.get(SECRET).unwrap();
    let bundle = k8s_openapi::ByteString(old.certificate.pem().into_bytes());
    secret["data"]["previous.crt"] = json!(bundle);
    fake.put(SECRET, secret);
    let said = own::wait(&server, &settings(), &next, Duration::from_secs(5)).await.unwrap();
    assert!(said.starts_with("the new authority signs"), "{said}");
    own::finish(&server, &settings()).await.unwrap();
    let after = fake.contents();
    assert!(after.revoked.contains(&old.certificate.fingerprint) && after.previous.is_empty(), "{after:?}");
    for path in [VALIDATING, MUTATING] {
        assert_eq!(fake.bundle(path, 1), after.trusted());
    }
}

#[tokio::test(start_paused = true)]
async fn each_fault_is_named() {
    let fake = Fake::new(now());
    own::issue(&Server::new(fake.client()), &settings()).await.unwrap();
    let good = fake.get(SECRET).unwrap();
    let hours = |hours: i64| now() + SignedDuration::from_hours(hours);
    for (made, said) in [
        (hours(-366 * 24), "secret \"lab/gene-webhook-ca\": the authority expired at 2041-05-05T"),
        (hours(48), "it is 2041-05-06T07:08:09Z: the clock of whoever made it was ahead"),
    ] {
        put_authority(&fake, Authority::new(made, YEAR).unwrap());
        let found = wrong(&fake, &settings(), false).await;
        assert!(found.contains(said), "{found}");
        assert!(
            found.contains("webhook \"mutate\": caBundle does not hold the authority that signs"),
            "{found}"
        );
    }
    let mut damaged = good.clone();
    damaged["data"]["ca.key"] = json!("Z2FyYmFnZQo=");
    fake.put(SECRET, damaged);
    let found = wrong(&fake, &settings(), false).await;
    assert!(found.contains("\"ca.key\" is no private key that is known here"), "{found}");
    fake.put(SECRET, good);
    let mut configuration = fake.get(VALIDATING).unwrap();
    configuration["webhooks"][1]["clientConfig"]["caBundle"] = json!("Z2FyYmFnZQo=");
    fake.put(VALIDATING, configuration);
    let found = wrong(&fake, &settings(), false).await;
    assert!(found.contains("webhook \"validate\": caBundle is damaged"), "{found}");
    fake.refuse(Some(("secrets", 403)));
    let found = wrong(&fake, &settings(), false).await;
    assert!(found.contains("cannot read secret \"lab/gene-webhook-ca\": it is not allowed here"), "{found}");
}

#[tokio::test(start_paused = true)]
async fn a_mounted_certificate_is_issued_exchanged_and_the_old_one_dropped() {
    let fake = Fake::new(now());
    let server = Server::new(fake.client());
    let settings = with_tls();
    assert!(wrong(&fake, &settings, true).await.contains("gene-certs issue makes it"));
    mounted::issue(&server, &settings, YEAR, false).await.unwrap();
    assert_eq!(wrong(&fake, &settings, true).await, "");
    let secret = fake.get(TLS).unwrap();
    assert_eq!(secret["type"], "kubernetes.io/tls");
    assert_eq!(data(&secret).keys().collect::<Vec<_>>(), ["ca.crt", "tls.crt", "tls.key"]);
    let again = mounted::issue(&server, &settings, YEAR, false).await.unwrap();
    assert!(again[0].starts_with("nothing was missing; the certificate expires at 2042-05-06T"), "{again:?}");
    assert_eq!(fake.get(TLS).unwrap(), secret);

    let first = fake.bundle(VALIDATING, 1);
    mounted::rotate(&server, &settings, YEAR).await.unwrap();
    for path in [VALIDATING, MUTATING] {
        let both = fake.bundle(path, 1);
        assert!(both.len() == 2 && both.contains(&first[0]), "{both:?}");
    }
    assert_eq!(wrong(&fake, &settings, true).await, "");
    mounted::finish(&server, &settings).await.unwrap();
    assert_eq!(fake.bundle(VALIDATING, 1).len(), 1);
    assert_ne!(fake.bundle(VALIDATING, 1), first);
    assert_eq!(wrong(&fake, &settings, true).await, "");

    tokio::time::sleep(YEAR * 3 / 4).await;
    assert!(wrong(&fake, &settings, true).await.contains("two thirds of its life are over"));
    tokio::time::sleep(YEAR / 3).await;
    assert!(wrong(&fake, &settings, true).await.contains("\"tls.crt\" expired at"));
    mounted::issue(&server, &settings, YEAR, false).await.unwrap();
    assert_eq!(wrong(&fake, &settings, true).await, "");
    let elsewhere = Settings { service: "other".to_owned(), ..settings };
    let found = wrong(&fake, &elsewhere, true).await;
    assert!(
        found.contains("\"tls.crt\" is not for \"other.lab.svc\", but for gene-webhook.lab.svc"),
        "{found}"
    );
}
