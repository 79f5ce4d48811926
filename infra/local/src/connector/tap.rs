//! Lets tests see the calls of functions and inject faults.
//!
//! Off by default: without a tap no answer is copied.

/// A call of a function to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name of the function.
    pub function: String,
    /// `dynamodb`, `sqs` or `ses`.
    pub service: &'static str,
    /// The operation, such as `TransactWriteItems`.
    pub action: String,
}

/// A fault of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before the service sees the call.
    BeforeEffect,
    /// The service does it, and the connection breaks before the answer is back.
    AfterEffect,
    /// The connection stays open, and neither the request nor an answer arrives.
    Silence,
    /// The service refuses with this HTTP status and body.
    Refuse(u16, String),
}

/// Sees each attempt of each call. The SDK's retries are attempts too.
pub trait Tap: Send + Sync {
    /// Returns the fault to inject into an attempt, if any.
    fn before(&self, call: &Call) -> Option<Fault>;

    /// Receives the answer of an attempt that reached its service.
    fn after(&self, call: &Call, status: u16, response_body: &[u8]);
}
