//! Refusals of single fields, and the limits of all texts.
//!
//! Knows no HTTP. The API turns a list of refusals into one answer.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// Why one field of a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The path of the field in the request, such as `lines[2].amount`.
    pub field: String,
    /// A short name of the reason, stable for programs.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

impl FieldError {
    /// Returns the refusal of a field that is not known.
    pub fn unknown(field: &str) -> Self {
        let detail = "this field is not known here".to_owned();
        Self { field: field.to_owned(), code: "unknown_field".to_owned(), detail }
    }

    /// Returns the refusal of a field whose value is out of its bounds.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), code: "invalid_field".to_owned(), detail: detail.into() }
    }

    /// Returns the refusal of a field that names a missing thing.
    pub fn not_found(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), code: "not_found".to_owned(), detail: detail.into() }
    }

    /// Returns the refusal of a card that another one replaced.
    pub fn card_replaced(detail: impl Into<String>) -> Self {
        let (field, code) = ("card_number".to_owned(), "card_replaced".to_owned());
        Self { field, code, detail: detail.into() }
    }
}

/// Collects the refusals of one command, so that a caller sees all of them together.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Adds a refusal.
    pub fn push(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// Returns the value, or keeps the refusal.
    pub fn keep<T>(&mut self, result: Result<T, FieldError>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Returns how many were refused so far.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Adds the refusals of a part.
    pub fn extend(&mut self, errors: Vec<FieldError>) {
        self.0.extend(errors);
    }

    /// Returns the value if nothing was refused.
    ///
    /// # Errors
    /// Returns every refusal collected.
    pub fn into_result<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}

/// The longest branch, invoice number, sku, category, document or card number, in characters.
pub const LABEL_MAX_CHARS: usize = 64;
/// The longest name of a member, a reward or a promotion, in characters.
pub const NAME_MAX_CHARS: usize = 120;
/// The longest reason or note, in characters.
pub const NOTE_MAX_CHARS: usize = 500;

/// Returns a text unchanged if it is not blank, is short enough and has no control characters.
///
/// # Errors
/// Refuses an empty or blank text, one that is too long, and one with control characters: no till, card or
/// person writes them, and they break mails and logs.
pub fn text(field: &str, value: String, max_chars: usize) -> Result<String, FieldError> {
    if value.trim().is_empty() {
        return Err(FieldError::invalid(field, "must not be empty"));
    }
    if value.chars().count() > max_chars {
        return Err(FieldError::invalid(
            field,
            format!("must have at most {max_chars} characters"),
        ));
    }
    if value.chars().any(char::is_control) {
        return Err(FieldError::invalid(field, "must not contain control characters"));
    }
    Ok(value)
}

/// Refuses a number out of its bounds, both included.
pub(crate) fn bounded<T: PartialOrd + Display>(
    errors: &mut FieldErrors,
    field: &str,
    value: T,
    least: T,
    most: T,
) {
    if !(&least..=&most).contains(&&value) {
        errors.push(FieldError::invalid(field, format!("must be from {least} to {most}")));
    }
}

/// Returns an optional text checked like [`text`].
///
/// # Errors
/// Refuses what [`text`] refuses.
pub fn optional_text(
    field: &str,
    value: Option<String>,
    max_chars: usize,
) -> Result<Option<String>, FieldError> {
    value.map(|value| text(field, value, max_chars)).transpose()
}

/// Returns a text of several lines checked like [`text`]: it keeps its line breaks, each as one line
/// feed, and its tabs.
///
/// # Errors
/// Refuses what [`text`] refuses, except line breaks and tabs.
pub fn prose(field: &str, value: String, max_chars: usize) -> Result<String, FieldError> {
    let value = value.replace("\r\n", "\n");
    // Normalises each character, so that the length check sees the whole text.
    let flat = value.replace(['\n', '\t'], " ");
    text(field, flat, max_chars).map(|_| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_as_given_or_refused() {
        assert_eq!(text("f", " Ünïcode 🛒 ".into(), 20).as_deref(), Ok(" Ünïcode 🛒 "));
        for bad in ["", "  \u{3000}", "a\nb", "nul\0", "esc\u{1b}[31m", &"x".repeat(21)] {
            assert!(text("f", bad.to_owned(), 20).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn prose_keeps_its_lines_and_nothing_else_that_controls() {
        assert_eq!(prose("f", "One\r\n\ttwo\n".into(), 20).as_deref(), Ok("One\n\ttwo\n"));
        assert!(prose("f", "x\n".repeat(10), 20).is_ok());
        for bad in ["", " \n\t\r\n", "a\rb", "nul\0", "esc\u{1b}[31m", "\u{85}x", &"x\n".repeat(11)]
        {
            assert!(prose("f", bad.to_owned(), 20).is_err(), "{bad:?}");
        }
    }
}
