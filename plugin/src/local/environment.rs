//! The environment of a command.
