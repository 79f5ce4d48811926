//! Where tests listen in on the calls that functions make, and put faults on the wire.
//!
//! Off by default: without a tap no answer is copied.

/// A call of a function to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function that calls.
    pub function: String,
    /// `dynamodb`, `sqs` or `ses`.
    pub service: &'static str,
    /// The operation, such as `TransactWriteItems`.
    pub action: String,
}

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before the service sees the call.
    BeforeEffect,
    /// The service does it, and the connection breaks before the answer is back.
    AfterEffect,
    /// The service refuses with this HTTP status and body.
    Refuse(u16, String),
}

/// Sees every attempt of every call; the SDK's own retries are attempts of their own.
pub trait Tap: Send + Sync {
    /// Returns the fault to inject into an attempt, if any.
    fn before(&self, call: &Call) -> Option<Fault>;

    /// Hears the answer of an attempt that reached its service.
    fn after(&self, call: &Call, status: u16, response_body: &[u8]);
}
