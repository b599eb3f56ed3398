//! Tools from an address: one file, within bounds of time and size, and no more said to its server than the address.

use std::{env, time::Duration};

use http::{Request, Response, StatusCode, Uri, header, uri::Scheme};
use http_body_util::{BodyExt as _, Limited};
use kube::{Client, Config, client::Body};
use tokio::time::{Instant, timeout_at};

use crate::cluster::{error::innermost, proxy};

/// How long a server may take to be reached.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long all of it may take, redirects included.
const WITHIN: Duration = Duration::from_secs(10);
/// So many times a server may send on to another address.
const REDIRECTS: usize = 5;

/// Why nothing was got.
#[derive(Debug)]
pub(super) struct Fault {
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) help: String,
}

impl Fault {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// Whether an address is meant, and not a path.
pub(super) fn is_address(place: &str) -> bool {
    let starts =
        |scheme: &str| place.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    starts("http://") || starts("https://")
}

/// What stands at an address, at most so many bytes of it.
pub(super) fn fetch(address: &str, most: u64) -> Result<Vec<u8>, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        let message = format!("this machine gives no means to wait for a server: {error}");
        Fault::new(message, "download the file and name that with --tool-repo")
    })?;
    let got = runtime.block_on(async {
        let deadline = Instant::now() + WITHIN;
        match timeout_at(deadline, follow(address, most)).await {
            Ok(got) => got,
            Err(_) => Err(Fault::new(
                format!("no answer within {} s", WITHIN.as_secs()),
                "see whether the server can be reached from here, or download the file and name that",
            )),
        }
    });
    // What is left is a connection, and nobody waits for it any more.
    runtime.shutdown_background();
    got
}

async fn follow(address: &str, most: u64) -> Result<Vec<u8>, Fault> {
    let mut uri = parse(address)?;
    for _ in 0..=REDIRECTS {
        let response = ask(&uri).await?;
        if !response.status().is_redirection() {
            return take(response, most).await;
        }
        uri = next(&uri, &response)?;
    }
    Err(Fault::new(
        format!("the server sends on to another address more than {REDIRECTS} times"),
        "name the address that the file really has",
    ))
}

fn parse(address: &str) -> Result<Uri, Fault> {
    let help = "write it as https://HOST/PATH";
    let uri: Uri =
        address.parse().map_err(|error| Fault::new(format!("this is no address: {error}"), help))?;
    if uri.host().is_none_or(str::is_empty) || !uri.scheme().is_some_and(is_known) {
        return Err(Fault::new("this is no address: it names no host", help));
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        let message = "an address of tools takes no user and password: they would stand in every message";
        return Err(Fault::new(message, "download the file and name that with --tool-repo"));
    }
    Ok(uri)
}

fn is_known(scheme: &Scheme) -> bool {
    *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS
}

async fn ask(uri: &Uri) -> Result<Response<Body>, Fault> {
    let unreachable = |why: String| {
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        Fault::new(
            format!("no answer from {host}: {why}"),
            "see whether the server can be reached from here, or download the file and name that",
        )
    };
    // Twice is no harm: the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let proxy = proxy_of(uri)?;
    let mut config = Config::new(origin(uri, proxy.is_some()));
    config.connect_timeout = Some(CONNECT_WITHIN);
    config.default_retry = false;
    config.proxy_url = proxy;
    let client = Client::try_from(config).map_err(|error| unreachable(innermost(&error)))?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path)
        .header(header::USER_AGENT, concat!("kubectl-gene/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, "*/*")
        .body(Body::from(Vec::new()))
        .map_err(|error| unreachable(error.to_string()))?;
    client.send(request).await.map_err(|error| unreachable(innermost(&error)))
}

/// The address of the server alone. A proxy is told the port: without one, it would be asked for that of https.
fn origin(uri: &Uri, by_proxy: bool) -> Uri {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(http::uri::PathAndQuery::from_static("/"));
    if by_proxy && uri.scheme() == Some(&Scheme::HTTP) && uri.port().is_none() {
        parts.authority = uri.host().and_then(|host| format!("{host}:80").parse().ok());
    }
    Uri::from_parts(parts).unwrap_or_default()
}

/// The proxy that the environment names for an address.
fn proxy_of(uri: &Uri) -> Result<Option<Uri>, Fault> {
    if proxy::goes_direct(uri.host().unwrap_or_default()) {
        return Ok(None);
    }
    let variables = if uri.scheme() == Some(&Scheme::HTTPS) {
        ["HTTPS_PROXY", "https_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy"]
    };
    let named = variables
        .into_iter()
        .find_map(|name| Some((name, env::var(name).ok().filter(|value| !value.is_empty())?)));
    let Some((name, value)) = named else { return Ok(None) };
    let with_scheme = if value.contains("://") { value.clone() } else { format!("http://{value}") };
    let proxy = with_scheme.parse().map_err(|_| {
        Fault::new(format!("the variable {name} names no proxy"), "write it as http://HOST:PORT, or unset it")
    })?;
    Ok(Some(proxy))
}

/// Where a server sends on to.
fn next(from: &Uri, response: &Response<Body>) -> Result<Uri, Fault> {
    let location = response.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
    let help = "name the address that the file really has";
    let Some(location) = location else {
        let message = format!("the server answered {} and named no other address", response.status());
        return Err(Fault::new(message, help));
    };
    let to = parse(&joined(from, location)).map_err(|fault| {
        Fault::new(format!("the server sends on to {location:?}: {}", fault.message), help)
    })?;
    if from.scheme() == Some(&Scheme::HTTPS) && to.scheme() != Some(&Scheme::HTTPS) {
        let message =
            format!("the server sends on to {location:?}, where everybody on the way could change the tools");
        return Err(Fault::new(message, help));
    }
    Ok(to)
}

/// An address as it is written within another one.
fn joined(from: &Uri, location: &str) -> String {
    let location = location.split('#').next().unwrap_or_default();
    let scheme = from.scheme_str().unwrap_or_default();
    let host = from.authority().map(ToString::to_string).unwrap_or_default();
    let has_scheme = location.split_once(':').is_some_and(|(start, _)| !start.contains(['/', '?']));
    if has_scheme {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{host}{location}")
    } else if location.starts_with('?') {
        format!("{scheme}://{host}{}{location}", from.path())
    } else {
        let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{host}{folder}/{location}")
    }
}

async fn take(response: Response<Body>, most: u64) -> Result<Vec<u8>, Fault> {
    let status = response.status();
    if status != StatusCode::OK {
        let help = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                "download the file with what you have to log in, and name that with --tool-repo"
            }
            _ => "check the address",
        };
        return Err(Fault::new(format!("the server answered {status}"), help));
    }
    let too_large = || {
        let help = "name a file with the tools that are needed";
        Fault::new(format!("a file of tools may have {} MiB at most", most >> 20), help)
    };
    let length =
        response.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > most) {
        return Err(too_large());
    }
    let limit = usize::try_from(most).unwrap_or(usize::MAX);
    match Limited::new(response.into_body(), limit).collect().await {
        Ok(body) => Ok(body.to_bytes().into()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        Err(error) => Err(Fault::new(
            format!("the answer broke off: {}", innermost(&*error)),
            "try again, or download the file and name that",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_within_another() {
        let from: Uri = "https://tools.example/a/b.yaml?x=1".parse().expect("an address");
        for (location, expected) in [
            ("http://other.example/c", "http://other.example/c"),
            ("HTTPS://other.example/c#top", "HTTPS://other.example/c"),
            ("//other.example/c", "https://other.example/c"),
            ("file:///c", "file:///c"),
            ("/c?d=http://x", "https://tools.example/c?d=http://x"),
            ("c.yaml", "https://tools.example/a/c.yaml"),
            ("?y=2", "https://tools.example/a/b.yaml?y=2"),
        ] {
            assert_eq!(joined(&from, location), expected, "{location}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in ["http://", "http:///x", "https://user:secret@tools.example/x", "http://a b/"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(is_address("HTTPS://x") && !is_address("ftp://x") && !is_address("httpx/y"));
    }
}
