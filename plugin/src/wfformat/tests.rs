//! Recordings, whole and broken.
