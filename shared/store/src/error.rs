//! Why the store did not do what it was asked.

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Others were faster too often, or the table is throttled: trying again may help.
    #[error("the table is busy")]
    Busy,
    /// The time of the invocation is over: nothing is known to be written.
    #[error("the time is over")]
    OutOfTime,
    /// The service did not answer, or refused for a reason that is ours to mend.
    #[error("the table did not answer: {0}")]
    Unavailable(String),
    /// The cursor is not of the list it is used for.
    #[error("the cursor is not of this list")]
    BadCursor,
    /// An item is not of the shape that this version writes.
    #[error("the item {pk} / {sk} cannot be read: {reason}")]
    Corrupt {
        /// The partition of the item.
        pk: String,
        /// Its place in the partition.
        sk: String,
        /// What is wrong with it.
        reason: String,
    },
}
