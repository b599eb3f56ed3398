//! What an attempt becomes: a process or a container.
