//! A message of the mail queue, parsed: the order for one mail.

use puntos_domain::mail::MailRequest;

/// Reads the order that a message carries.
///
/// # Errors
/// Refuses what is no order, without quoting it.
pub fn parse(message: &str) -> Result<MailRequest, String> {
    serde_json::from_str(message)
        .map_err(|error| format!("not an order for a mail: {}", described(&error)))
}

fn described(error: &serde_json::Error) -> String {
    format!("{:?} at line {} column {}", error.classify(), error.line(), error.column())
}
