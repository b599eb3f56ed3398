//! Who owns what the controller creates.

/// An Execution as the owner of its Jobs and the subject of its Events.
///
/// The uid tells it from an earlier or later Execution of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The Execution's namespace.
    pub namespace: String,
    /// The Execution's name.
    pub name: String,
    /// The Execution's uid.
    pub uid: String,
}
