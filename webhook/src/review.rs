//! The API server's envelope, `admission.k8s.io/v1`: bytes to a [`Request`], a [`Verdict`] to bytes. Nothing else knows it.
//!
//! Only what is judged by is decoded; the objects stay as they were sent ([`RawValue`]) until somebody asks for more.

use std::borrow::Cow;

use json_patch::Patch;
use k8s_openapi::ByteString;
use kube::core::response::Status;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::object::{Parts, Sent};

/// The only version that is spoken.
pub const API_VERSION: &str = "admission.k8s.io/v1";
const KIND: &str = "AdmissionReview";

/// The longest uid that is repeated in an answer: the API server's have 36 bytes.
const UID_BYTES: usize = 128;

/// The most bytes of a parser's words in an answer.
const ERROR_BYTES: usize = 256;

/// What the API server asks: whether this may be done.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "O: Deserialize<'de>"))]
pub struct Request<'a, O = Sent<'a>> {
    /// Repeated in the answer.
    #[serde(borrow)]
    pub uid: Cow<'a, str>,
    /// What the objects are.
    #[serde(borrow)]
    pub kind: Kind<'a>,
    /// Where they are.
    #[serde(borrow)]
    pub resource: Resource<'a>,
    /// A part of the object alone, such as `status`; else empty or absent.
    #[serde(borrow, default)]
    pub sub_resource: Option<Cow<'a, str>>,
    /// The object's name; empty where it is still to be made of `generateName`.
    #[serde(borrow, default)]
    pub name: Option<Cow<'a, str>>,
    /// What is to be done.
    #[serde(borrow)]
    pub operation: Cow<'a, str>,
    /// Who wants it.
    #[serde(borrow, default)]
    pub user_info: UserInfo<'a>,
    /// The object as it shall be.
    #[serde(default = "none")]
    pub object: Option<O>,
    /// The object as it is.
    #[serde(default = "none")]
    pub old_object: Option<O>,
}

/// Group, version and kind.
#[derive(Debug, Deserialize)]
pub struct Kind<'a> {
    /// The API group.
    #[serde(borrow)]
    pub group: Cow<'a, str>,
    /// Its version.
    #[serde(borrow)]
    pub version: Cow<'a, str>,
    /// The kind.
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
}

/// Group, version and resource.
#[derive(Debug, Deserialize)]
pub struct Resource<'a> {
    /// The API group.
    #[serde(borrow)]
    pub group: Cow<'a, str>,
    /// The resource, in the plural.
    #[serde(borrow)]
    pub resource: Cow<'a, str>,
}

/// Who the API server says it is.
#[derive(Debug, Default, Deserialize)]
pub struct UserInfo<'a> {
    /// As in RBAC: `jane`, `system:serviceaccount:genomics:submitter`.
    #[serde(borrow, default)]
    pub username: Cow<'a, str>,
}

/// What is answered.
#[derive(Debug)]
pub enum Verdict {
    /// It may be done; with warnings, one line each.
    Allowed(Vec<String>),
    /// It may be done, changed by this.
    Patched(Patch),
    /// It may not be done.
    Refused(Box<Status>),
}

/// Bytes that are no review, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Misunderstood(pub(crate) String);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "O: Deserialize<'de>"))]
struct Review<'a, O> {
    #[serde(borrow)]
    api_version: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default = "none")]
    request: Option<Request<'a, O>>,
}

fn none<T>() -> Option<T> {
    None
}

/// Reads a review. It takes memory for what [`Request`] holds alone, however deep or wide the objects are.
///
/// # Errors
/// When it is none of [`API_VERSION`], or nothing could be answered to it.
pub fn read(body: &[u8]) -> Result<Request<'_>, Misunderstood> {
    let review = review(body)
        .map_err(|error| Misunderstood(format!("the body is no AdmissionReview: {}", brief(&error))))?;
    if review.api_version != API_VERSION || review.kind != KIND {
        return Err(Misunderstood(format!(
            "the body must be an {KIND} of {API_VERSION}: it is {} of {}",
            shown(&review.kind),
            shown(&review.api_version)
        )));
    }
    let request = review
        .request
        .ok_or_else(|| Misunderstood("the AdmissionReview has no request to answer".to_owned()))?;
    if request.uid.is_empty() || request.uid.len() > UID_BYTES {
        return Err(Misunderstood(format!("the request must have a uid of 1 to {UID_BYTES} bytes")));
    }
    Ok(request)
}

/// Objects are read into their parts as they are come across, which saves looking through each of them once more. Where
/// one has none, what is wrong with it is left to who reads it, as its sender is to be told in an answer to his request.
fn review(body: &[u8]) -> serde_json::Result<Review<'_, Sent<'_>>> {
    if let Ok(text) = str::from_utf8(body)
        && let Ok(review) = serde_json::from_str::<Review<'_, Parts<'_>>>(text)
    {
        return Ok(review.map(Sent::Parts));
    }
    serde_json::from_slice::<Review<'_, &RawValue>>(body).map(|review| review.map(Sent::Whole))
}

impl<'a, O> Review<'a, O> {
    fn map<T>(self, object: fn(O) -> T) -> Review<'a, T> {
        let request = self.request.map(|request| {
            let Request { uid, kind, resource, sub_resource, name, operation, user_info, .. } = request;
            let (new, old) = (request.object.map(object), request.old_object.map(object));
            Request {
                uid,
                kind,
                resource,
                sub_resource,
                name,
                operation,
                user_info,
                object: new,
                old_object: old,
            }
        });
        Review { api_version: self.api_version, kind: self.kind, request }
    }
}

/// The answer to the request of this uid.
pub fn answer(uid: &str, verdict: &Verdict) -> Vec<u8> {
    let mut response =
        Response { uid, allowed: true, status: None, patch: None, patch_type: None, warnings: &[] };
    match verdict {
        Verdict::Allowed(warnings) => response.warnings = warnings,
        Verdict::Patched(patch) => {
            response.patch = serde_json::to_vec(patch).ok().map(ByteString);
            response.patch_type = Some("JSONPatch");
        }
        Verdict::Refused(status) => {
            response.allowed = false;
            response.status = Some(status);
        }
    }
    let review = Answer { api_version: API_VERSION, kind: KIND, response };
    // Nothing here has keys that are no text, or writes to anything but memory.
    serde_json::to_vec(&review).unwrap_or_default()
}

/// What is wrong with a JSON text. It may repeat all of a text that stands where an object should.
pub(crate) fn brief(error: &serde_json::Error) -> String {
    gene_types::field::within(error.to_string(), ERROR_BYTES)
}

/// A text that a stranger sent, to be shown to him again.
fn shown(text: &str) -> String {
    format!("{:?}", gene_types::field::shorten(text))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    api_version: &'a str,
    kind: &'a str,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a Status>,
    /// In base64, as Go writes bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<ByteString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch_type: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}
