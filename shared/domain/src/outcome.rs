//! The outcome of a request that changes something.

/// The outcome of a decided request. The first three are decided before any business rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T, R> {
    /// It is committed.
    Done(T),
    /// An earlier request with the same key and fingerprint did it. The answer has the first facts.
    Replayed(T),
    /// The key, or the natural key, was used before with another fingerprint.
    Conflict,
    /// A rule refuses it.
    Refused(R),
}
