//! Members: who they are, how they are found, and what changes when they are edited.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::calendar::local_date;
use crate::field::{FieldError, FieldErrors, LABEL_MAX_CHARS, NAME_MAX_CHARS, text};
use crate::mail::EmailAddress;
use crate::program::is_locale;

/// The most words of a name that a search finds.
pub const SEARCH_WORDS_MAX: usize = 8;
/// The most characters of one word that a search compares.
pub const SEARCH_WORD_MAX_CHARS: usize = 40;

/// Who a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The full name, as given.
    pub name: String,
    /// The address that mail goes to.
    pub email: Option<EmailAddress>,
    /// The telephone number, as given.
    pub phone: Option<String>,
    /// The number of an identity document.
    pub document: Option<String>,
    /// The number of the loyalty card.
    pub card_number: Option<String>,
    /// The language of mails; the programme's where none is given.
    pub locale: Option<String>,
    /// The day of birth.
    pub birth_date: Option<Date>,
}

/// The fields of a profile as the contract writes them.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileRequest {
    /// The full name.
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// The number of an identity document.
    pub document: Option<String>,
    /// The number of the loyalty card.
    pub card_number: Option<String>,
    /// A language tag such as `es` or `pt-BR`.
    pub locale: Option<String>,
    /// The day of birth, YYYY-MM-DD.
    #[schema(value_type = Option<String>, format = "date")]
    pub birth_date: Option<Date>,
}

impl Profile {
    /// Returns the profile when every field fits.
    ///
    /// # Errors
    /// Returns every field that is refused.
    pub fn checked(request: ProfileRequest, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let name = errors.keep(text("name", request.name, NAME_MAX_CHARS));
        let mut label = |field: &str, value: Option<String>| {
            value.and_then(|value| errors.keep(text(field, value, LABEL_MAX_CHARS)))
        };
        let phone = label("phone", request.phone);
        let document = label("document", request.document);
        let card_number = label("card_number", request.card_number);
        let locale = label("locale", request.locale);
        if locale.as_deref().is_some_and(|locale| !is_locale(locale)) {
            errors
                .push(FieldError::invalid("locale", "must be a language tag, such as es or pt-BR"));
        }
        let email = request.email.and_then(|email| {
            let parsed = EmailAddress::parse(&email);
            errors.keep(parsed.map_err(|error| FieldError::invalid("email", error.to_string())))
        });
        let today = local_date(now, &jiff::tz::TimeZone::UTC);
        if request.birth_date.is_some_and(|day| day > today || day.year() < 1875) {
            errors.push(FieldError::invalid("birth_date", "must be a day in the past"));
        }
        let profile = name.map(|name| Self {
            name,
            email,
            phone,
            document,
            card_number,
            locale,
            birth_date: request.birth_date,
        });
        errors.into_result(profile)
    }

    /// Returns the first word of the name, by which mails greet and tills confirm.
    pub fn first_name(&self) -> String {
        self.name
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .chars()
            .take(SEARCH_WORD_MAX_CHARS)
            .collect()
    }
}

/// Returns the form of a document or card number that is compared: trimmed, NFC, lower-cased.
pub fn comparable(label: &str) -> String {
    label.trim().nfc().flat_map(char::to_lowercase).collect()
}

/// Returns the words of a name as a search compares them: without accents and case.
pub fn search_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = name
        .split(|character: char| character.is_whitespace() || character.is_ascii_punctuation())
        .map(folded)
        .filter(|word| !word.is_empty())
        .take(SEARCH_WORDS_MAX)
        .collect();
    words.sort();
    words.dedup();
    words
}

/// Returns a text without accents and case: decomposed, without combining marks, in lower case.
pub fn folded(text: &str) -> String {
    // Upper case first: it turns `ß` into `SS`, which lower case alone does not.
    let cased = text.trim().to_uppercase().to_lowercase();
    let bare: String = cased.nfkd().filter(|character| !is_combining_mark(*character)).collect();
    bare.chars().filter(|character| !character.is_control()).take(SEARCH_WORD_MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_accents_and_case() {
        assert_eq!(search_words("Ana-María de la Peña"), ["ana", "de", "la", "maria", "pena"]);
        assert_eq!(search_words("ŁUKASZ Groß"), ["gross", "łukasz"]);
        assert_eq!(search_words("Ёлка 🛒"), ["елка", "🛒"]);
        assert_eq!(search_words("مُحَمَّد"), ["محمد"]);
        assert_eq!(folded("A\u{301}na"), "ana");
        assert!(search_words(&"word ".repeat(50)).len() == 1);
        assert!(search_words("--- ...").is_empty());
    }

    #[test]
    fn fields_that_do_not_fit_are_refused_together() {
        let request = ProfileRequest {
            name: String::new(),
            email: Some("nobody".into()),
            phone: None,
            document: Some("x".repeat(65)),
            card_number: None,
            locale: Some("klingon-language-tag-too-long".into()),
            birth_date: Some("2999-01-01".parse().unwrap()),
        };
        let errors = Profile::checked(request, Timestamp::UNIX_EPOCH).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "document", "locale", "email", "birth_date"]);
    }
}
