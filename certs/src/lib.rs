//! The webhook's certificates: an authority of its own ([`authority`]), the leaf that the server shows ([`serving`]), and
//! what keeps both and `caBundle` right while time goes on ([`keep`], [`files`]).
//!
//! What to do is decided by a function of values ([`step`]); [`keep`] reads, asks it, and carries out what it says.
//! It knows nothing of Executions.

pub mod api;
pub mod authority;
pub mod certificate;
pub mod contents;
pub mod files;
pub mod keep;
pub mod serving;
pub mod settings;
pub mod step;
