//! What an HTTP request asks for.

use std::collections::BTreeMap;

use http::Method;

use super::{refusal::Refusal, resource::Resource, store::Key};

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// One object, or a log.
    Get,
    /// Many.
    List,
    /// Changes as they come.
    Watch,
    /// `POST`
    Create,
    /// `PUT`
    Update,
    /// `PATCH`
    Patch,
    /// `DELETE` of one.
    Delete,
    /// `DELETE` of many.
    DeleteCollection,
}

impl Verb {
    /// As rules of access name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }

    /// Whether it changes anything.
    pub fn is_write(self) -> bool {
        !matches!(self, Self::Get | Self::List | Self::Watch)
    }
}

/// A request that some resource could answer.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is done.
    pub verb: Verb,
    /// To what.
    pub resource: Resource,
    /// `None`: all namespaces, or a resource that has none.
    pub namespace: Option<String>,
    /// The object's name; empty for collections.
    pub name: String,
    /// `status`, `log` or empty.
    pub subresource: &'static str,
    /// The query.
    pub query: BTreeMap<String, String>,
    /// Whether only metadata are to be answered.
    pub is_metadata_only: bool,
}

impl Request {
    /// Reads method, path, query and headers.
    ///
    /// # Errors
    /// 404 for a path that is not served, 405 for a method that the path does not take.
    pub fn parse<B>(request: &http::Request<B>) -> Result<Self, Refusal> {
        let path: Vec<&str> = request.uri().path().split('/').filter(|part| !part.is_empty()).collect();
        let (group, version, rest) = match path.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return Err(Refusal::no_such_path()),
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some((*namespace).to_owned()), rest),
            _ => (None, rest),
        };
        let (plural, name, subresource) = match rest {
            [plural] => (*plural, "", ""),
            [plural, name] => (*plural, *name, ""),
            [plural, name, subresource] => (*plural, *name, *subresource),
            _ => return Err(Refusal::no_such_path()),
        };
        let resource = Resource::of_path(group, version, plural).ok_or_else(Refusal::no_such_path)?;
        let subresource = match subresource {
            "" => "",
            "status" if resource.has_status() => "status",
            "log" if resource == Resource::Pods => "log",
            _ => return Err(Refusal::no_such_path()),
        };
        let has_place = !resource.is_namespaced() || namespace.is_some() || name.is_empty();
        if !has_place || (!resource.is_namespaced() && namespace.is_some()) {
            return Err(Refusal::no_such_path());
        }
        let query = parse_query(request.uri().query().unwrap_or_default());
        let is_watch = matches!(query.get("watch").map(String::as_str), Some("true" | "1"));
        let verb = verb(request.method(), name, subresource, is_watch)?;
        if verb == Verb::Create && resource.is_namespaced() && namespace.is_none() {
            return Err(Refusal::wrong_verb());
        }
        let accept = request.headers().get(http::header::ACCEPT).and_then(|value| value.to_str().ok());
        let is_metadata_only = accept.is_some_and(|text| text.contains("as=PartialObjectMetadata"));
        let is_for_lists = accept.is_some_and(|text| text.contains("as=PartialObjectMetadataList"));
        if is_metadata_only && is_for_lists != (verb == Verb::List) {
            let (wanted, found) = if is_for_lists { ("List", "one object") } else { ("", "a list") };
            let message =
                format!("you requested PartialObjectMetadata{wanted}, but the requested object is {found}");
            return Err(Refusal::new(406, "NotAcceptable", message));
        }
        Ok(Self { verb, resource, namespace, name: name.to_owned(), subresource, query, is_metadata_only })
    }

    /// Where the object lives.
    pub fn key(&self) -> Key {
        (self.namespace.clone().unwrap_or_default(), self.name.clone())
    }

    /// A parameter of the query; empty when it is not there.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// Whether nothing is to be stored.
    pub fn is_dry_run(&self) -> bool {
        self.parameter("dryRun") == "All"
    }

    /// `jobs`, `executions/status`: as rules of access and audit logs name it.
    pub fn resource_path(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.plural().to_owned()
        } else {
            format!("{}/{}", self.resource.plural(), self.subresource)
        }
    }
}

fn verb(method: &Method, name: &str, subresource: &str, is_watch: bool) -> Result<Verb, Refusal> {
    let is_collection = name.is_empty();
    match (method, subresource) {
        (&Method::GET, _) if is_watch && subresource.is_empty() => Ok(Verb::Watch),
        (&Method::GET, "") if is_collection => Ok(Verb::List),
        (&Method::GET, _) => Ok(Verb::Get),
        (_, "log") => Err(Refusal::wrong_verb()),
        (&Method::POST, "") if is_collection => Ok(Verb::Create),
        (&Method::PUT, _) if !is_collection => Ok(Verb::Update),
        (&Method::PATCH, _) if !is_collection => Ok(Verb::Patch),
        (&Method::DELETE, "") if is_collection => Ok(Verb::DeleteCollection),
        (&Method::DELETE, "") => Ok(Verb::Delete),
        _ => Err(Refusal::wrong_verb()),
    }
}

fn parse_query(query: &str) -> BTreeMap<String, String> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('=').or(Some((pair, ""))))
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

/// Undoes percent-encoding; what is no valid escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        let escaped = (first == b'%')
            .then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None if first == b'+' => bytes.push(b' '),
            None => bytes.push(first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
