//! From the bytes of a review to those of its answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use gene_types::field::shorten;
use gene_types::v1alpha1::{GROUP, KIND, VERSION};
use kube::core::response::Status;

use crate::object::{Misread, Object};
use crate::review::{self, Misunderstood, Request, Verdict};
use crate::{mutate, validate};

/// What the API server may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/mutate`
    Mutate,
    /// `/validate`
    Validate,
}

impl Endpoint {
    /// The endpoint of this path.
    pub fn of(path: &str) -> Option<Self> {
        match path {
            "/mutate" => Some(Self::Mutate),
            "/validate" => Some(Self::Validate),
            _ => None,
        }
    }

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mutate => "mutate",
            Self::Validate => "validate",
        }
    }
}

/// An answer, and what it says.
#[derive(Debug)]
pub struct Judged {
    /// The `AdmissionReview` to send.
    pub answer: Vec<u8>,
    /// `allowed`, `patched` or `refused`.
    pub verdict: &'static str,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// Nothing could be answered.
    #[error(transparent)]
    Misunderstood(#[from] Misunderstood),
    /// A fault of ours.
    #[error("this review cannot be judged; that is a fault of the webhook, whose log says more")]
    Broken,
}

/// Judges a review. It holds up its thread: for some microseconds where the body is small.
///
/// # Errors
/// When the body is no review.
pub fn judge(endpoint: Endpoint, body: &[u8]) -> Result<Judged, Unanswered> {
    // A fault of ours must cost one review and not all that share its connection.
    catch_unwind(AssertUnwindSafe(|| decide(endpoint, body))).unwrap_or(Err(Unanswered::Broken))
}

fn decide(endpoint: Endpoint, body: &[u8]) -> Result<Judged, Unanswered> {
    let request = review::read(body)?;
    let verdict = match misdirected(&request) {
        Some(status) => Verdict::Refused(Box::new(status)),
        None => verdict(endpoint, &request)?,
    };
    let (name, why) = match &verdict {
        Verdict::Allowed(_) => ("allowed", ""),
        Verdict::Patched(_) => ("patched", ""),
        Verdict::Refused(status) => ("refused", status.reason.as_str()),
    };
    tracing::debug!(
        endpoint = endpoint.name(),
        uid = ?request.uid,
        name = shorten(request.name.as_deref().unwrap_or_default()),
        operation = shorten(&request.operation),
        verdict = name,
        why,
        "review"
    );
    Ok(Judged { answer: review::answer(&request.uid, &verdict), verdict: name })
}

fn verdict(endpoint: Endpoint, request: &Request<'_>) -> Result<Verdict, Misunderstood> {
    // The status is the controller's, and the API server keeps all else as it was.
    if request.sub_resource.as_deref().is_some_and(|part| !part.is_empty()) {
        return Ok(Verdict::Allowed(Vec::new()));
    }
    let verdict = match request.operation.as_ref() {
        "CREATE" => {
            let object = request.object.ok_or_else(|| lacks(request, "object"))?;
            let user = request.user_info.username.as_ref();
            Object::read(object).and_then(|object| match endpoint {
                Endpoint::Mutate => mutate::create(&object, user),
                Endpoint::Validate => validate::create(&object, user),
            })
        }
        "UPDATE" => {
            let new = request.object.ok_or_else(|| lacks(request, "object"))?;
            let old = request.old_object.ok_or_else(|| lacks(request, "oldObject"))?;
            Object::read(old).and_then(|old| {
                let new = Object::read(new)?;
                match endpoint {
                    Endpoint::Mutate => mutate::update(&old, &new),
                    Endpoint::Validate => validate::update(&old, &new),
                }
            })
        }
        "DELETE" | "CONNECT" => Ok(Verdict::Allowed(Vec::new())),
        _ => {
            return Err(Misunderstood("the operation must be CREATE, UPDATE, DELETE or CONNECT".to_owned()));
        }
    };
    Ok(verdict.unwrap_or_else(|misread| Verdict::Refused(Box::new(refusal(&misread)))))
}

/// A review of what is none of ours: the webhook configuration is wrong.
fn misdirected(request: &Request<'_>) -> Option<Status> {
    let (kind, resource) = (&request.kind, &request.resource);
    let is_ours = kind.group == GROUP
        && kind.version == VERSION
        && kind.kind == KIND
        && resource.group == GROUP
        && resource.resource == "executions";
    let message = "gene-webhook judges executions of execution.kubegene.io/v1alpha1 alone; the webhook configuration that sends it others is wrong";
    (!is_ours).then(|| Status::failure(message, "BadRequest").with_code(400))
}

fn refusal(misread: &Misread) -> Status {
    let (code, reason) = match misread {
        Misread::Malformed(_) => (400, "BadRequest"),
        Misread::TooLarge(_) => (413, "RequestEntityTooLarge"),
    };
    Status::failure(&misread.to_string(), reason).with_code(code)
}

fn lacks(request: &Request<'_>, field: &str) -> Misunderstood {
    Misunderstood(format!("a review of {} must have {field}", request.operation))
}
