//! The webhook's certificates: an authority of its own ([`authority`]), the leaf that the server shows ([`serving`]), and
//! what keeps both and `caBundle` right while time goes on ([`keep`], [`files`]).
//!
//! It knows nothing of Executions.

pub mod serving;
