//! How large an Execution may be. Limits are arguments: a cluster and a laptop bear different ones.

/// The bounds that [`crate::validate()`] checks before it multiplies anything out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tasks of one Execution.
    pub tasks: u32,
    /// Vertices of one Execution, dynamic ones included once their width is known.
    pub vertices: u32,
    /// Bytes of spec and worst-case status together, as JSON; `None`: no bound.
    pub object_bytes: Option<u64>,
}

impl Limits {
    /// What a cluster bears: a status write costs the API server time in proportion to the spec, and
    /// its store refuses requests over 1.5 MiB, so 1.4 MB leaves room for metadata.
    pub const CLUSTER: Self = Self { tasks: 2_000, vertices: 100_000, object_bytes: Some(1_400_000) };
    /// What a laptop bears.
    pub const LOCAL: Self = Self { tasks: 10_000, vertices: 1_000_000, object_bytes: None };
}

/// The longest command, or variable with its name and `=`, that Linux executes: `MAX_ARG_STRLEN`
/// (32 pages of 4 KiB) less the final NUL.
pub const MAX_ARGUMENT_BYTES: usize = 131_071;

/// The most that is read of what a task printed.
pub const MAX_RESULT_BYTES: usize = 1 << 20;

/// The most bytes of a reason in a status, as JSON: longer ones are cut.
pub const MAX_STATUS_REASON_BYTES: usize = 48;

/// The most bytes, as JSON, of a task's message in a status: longer ones are cut, as there may be thousands.
pub const MAX_TASK_MESSAGE_BYTES: usize = 128;

/// The most bytes, as JSON, of any other message in a status: longer ones are cut, so that the worst case can be computed.
pub const MAX_STATUS_MESSAGE_BYTES: usize = 256;

/// Up to so many vertices the status lists all of them …
pub const MAX_LISTED_VERTICES: u64 = 1_000;

/// … unless they have more children's names than this together.
pub const MAX_LISTED_CHILDREN: u64 = 10_000;

/// Where not all are listed, at most so many running and failed ones are.
pub const MAX_LISTED_WHEN_OMITTED: u64 = 200;
