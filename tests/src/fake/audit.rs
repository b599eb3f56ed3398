//! Every call that reached the fake, for the assertions on writes per vertex and on reads in steady state.

use jiff::Timestamp;

use super::{
    request::{Request, Verb},
    resource::Resource,
};

/// A call, noted when it is answered (or when it is known that it never will be).
#[derive(Clone, Debug)]
pub struct Call {
    /// When it came in.
    pub at: Timestamp,
    /// Who called.
    pub user: String,
    /// What was done.
    pub verb: Verb,
    /// To what.
    pub resource: Resource,
    /// `status`, `log` or empty.
    pub subresource: &'static str,
    /// The namespace; empty for all.
    pub namespace: String,
    /// The object; empty for collections.
    pub name: String,
    /// The HTTP status code; 0 when no answer was given.
    pub code: u16,
    /// Whether it changed what is stored.
    pub is_committed: bool,
}

/// All calls in the order of their arrival.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// The calls.
    pub calls: Vec<Call>,
}

impl Audit {
    /// Notes a call and answers its number.
    pub fn open(&mut self, at: Timestamp, user: &str, request: &Request, name: &str) -> usize {
        self.calls.push(Call {
            at,
            user: user.to_owned(),
            verb: request.verb,
            resource: request.resource,
            subresource: request.subresource,
            namespace: request.namespace.clone().unwrap_or_default(),
            name: name.to_owned(),
            code: 0,
            is_committed: false,
        });
        self.calls.len() - 1
    }

    /// How many calls of `user` fit.
    pub fn count(&self, user: &str, fits: impl Fn(&Call) -> bool) -> usize {
        self.calls.iter().filter(|call| call.user == user && fits(call)).count()
    }
}

impl Call {
    /// Whether it is a GET or LIST; a log is counted apart.
    pub fn is_read(&self) -> bool {
        matches!(self.verb, Verb::Get | Verb::List) && self.subresource != "log"
    }

    /// Whether it is a write, whatever came of it.
    pub fn is_write(&self) -> bool {
        self.verb.is_write()
    }
}
