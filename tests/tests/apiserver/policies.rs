//! The policies of `manifests/base` on a real API server, without any webhook. Each test has copies of them that hold in
//! its own namespace alone, as other tests create what they refuse.

mod changes;
mod creates;
mod place;
mod requesters;
