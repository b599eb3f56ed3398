//! The cases, by what they are about.

pub mod deletes;
pub mod jobs;
pub mod others;
pub mod reads;
pub mod watches;
pub mod writes;
