//! What a request that changes something comes to.

/// What a request comes to once it is decided. The first three are decided before any business rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T, R> {
    /// It is committed.
    Done(T),
    /// An earlier request with the same key and the same content did it; the first facts again.
    Replayed(T),
    /// The key, or the natural key, came before with other content.
    Conflict,
    /// A rule refuses it.
    Refused(R),
}
