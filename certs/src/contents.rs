//! What the Secret holds.
