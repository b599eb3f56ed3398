//! Certificates of two webhooks that share a Secret.
