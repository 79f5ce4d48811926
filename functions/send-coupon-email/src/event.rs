//! A message of the mail queue, parsed.

use puntos_domain::mail::MailRequest;
use serde_json::error::Category;

/// A message that is no mail request. Its text is not quoted: it holds personal data.
#[derive(Debug, thiserror::Error)]
#[error("not a mail request: {category:?} at line {line} column {column}")]
pub struct NotARequest {
    category: Category,
    line: usize,
    column: usize,
}

/// Reads the mail request of a message.
///
/// # Errors
/// Refuses any other message.
pub fn parse(message: &str) -> Result<MailRequest, NotARequest> {
    serde_json::from_str(message).map_err(|error| NotARequest {
        category: error.classify(),
        line: error.line(),
        column: error.column(),
    })
}
