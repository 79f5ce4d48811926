//! Members: their profiles, how they are found, and how profiles change.

use crate::id::MemberId;
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

/// The profile of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The full name, as given.
    pub name: String,
    /// The address that mail goes to.
    pub email: Option<EmailAddress>,
    /// The address that the member entered and that nobody confirmed yet. It may be somebody else's, so only the mail
    /// that asks to confirm it goes to it, and no list of SES is changed for it.
    pub email_pending: Option<EmailAddress>,
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
    /// Whether the member gets optional mails. All other mails come in any case.
    pub optional_emails: bool,
    /// The agent who cares for the member, by the subject of their token.
    pub agent_id: Option<String>,
}

/// The facts of a member that a mail or a till needs without reading the profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The first word of the name.
    pub first_name: String,
    /// The address that mail goes to, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The language of mails, where the member has one of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

impl Contact {
    /// Returns the contact of a profile.
    pub fn of(profile: &Profile) -> Self {
        Self {
            first_name: profile.first_name(),
            email: profile.email.as_ref().map(|email| email.as_given().to_owned()),
            locale: profile.locale.clone(),
        }
    }
}

/// A value of a profile that another member has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenValue {
    /// The field.
    pub field: &'static str,
    /// Whether it is a card that another one replaced.
    pub is_replaced_card: bool,
}

/// A profile as it is stored.
#[derive(Debug, Clone)]
pub struct Member {
    pub member_id: MemberId,
    /// The member with whom this one was merged.
    pub merged_into: Option<MemberId>,
    /// Who the member is.
    pub profile: Profile,
    /// Counts the changes.
    pub version: u64,
    /// When the member was enrolled.
    pub created_at: Timestamp,
    /// The fingerprint of the enrolment request.
    pub fingerprint: String,
    /// Who enrolled the member, and under which request.
    pub enrolled_by: (String, String),
    /// When the member last said whether they want optional mails; `None` if they never did.
    pub consent_at: Option<Timestamp>,
}

impl Member {
    /// Returns the member's consent.
    pub fn consent(&self) -> Consent {
        Consent { optional_emails: self.profile.optional_emails, said_at: self.consent_at }
    }
}

/// The consent to optional mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    /// Whether the member wants them.
    pub optional_emails: bool,
    /// When it was given or refused; `None` if it never was.
    pub said_at: Option<Timestamp>,
}

impl Consent {
    /// Returns the consent after a member gives or refuses it at an instant; `None` if that changes nothing.
    ///
    /// The latest statement counts, in any order of arrival. Of two at the same instant, the refusal counts.
    pub fn after(self, optional_emails: bool, said_at: Timestamp) -> Option<Self> {
        let is_newer = match self.said_at {
            None => true,
            Some(known) if known == said_at => self.optional_emails && !optional_emails,
            Some(known) => known < said_at,
        };
        is_newer.then_some(Self { optional_emails, said_at: Some(said_at) })
    }
}

/// The fields of a profile as the contract writes them.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
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
    /// Whether mails may come that answer no act of the member; true where it is not given.
    pub optional_emails: Option<bool>,
}

impl Profile {
    /// Returns the names of the fields in which another profile differs, in the order of the alphabet.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let fields = self.compared(other).into_iter();
        fields.filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    /// Returns the name of each field and whether another profile differs in it, in the order of the alphabet. An
    /// address that is only spelled differently is the same address.
    pub fn compared(&self, other: &Self) -> [(&'static str, bool); 10] {
        let Self {
            name,
            email,
            email_pending,
            phone,
            document,
            card_number,
            locale,
            birth_date,
            optional_emails,
            agent_id,
        } = self;
        [
            ("agent_id", *agent_id != other.agent_id),
            ("birth_date", *birth_date != other.birth_date),
            ("card_number", *card_number != other.card_number),
            ("document", *document != other.document),
            ("email", *email != other.email),
            ("email_pending", *email_pending != other.email_pending),
            ("locale", *locale != other.locale),
            ("name", *name != other.name),
            ("optional_emails", *optional_emails != other.optional_emails),
            ("phone", *phone != other.phone),
        ]
    }

    /// Returns the profile if every field fits.
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
            email_pending: None,
            phone,
            document,
            card_number,
            locale,
            birth_date: request.birth_date,
            optional_emails: request.optional_emails.unwrap_or(true),
            agent_id: None,
        });
        errors.into_result(profile)
    }

    /// Returns the profile with the address it had before, if the member entered one, which waits unless it is the
    /// same. The removal of an address counts at once.
    #[must_use]
    pub fn unconfirmed(self, before: &Self) -> Self {
        let Some(entered) = self.email else { return self };
        let email_pending = (before.email.as_ref() != Some(&entered)).then_some(entered);
        Self { email: before.email.clone(), email_pending, ..self }
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

/// Returns the form of a document, a card number or a branch that is compared: trimmed, without case, NFC.
pub fn comparable(label: &str) -> String {
    let lower = label.trim().nfc().flat_map(char::to_lowercase);
    // By way of upper case, which joins `ß` with `SS` and both forms of a small sigma. It takes some letters
    // apart, so NFC comes last.
    let cased = lower.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    cased.nfc().collect()
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

/// Returns whether each searched word is a prefix of a word of the name.
pub fn is_named(name: &str, asked: &str) -> bool {
    let words = search_words(name);
    search_words(asked).iter().all(|asked| words.iter().any(|word| word.starts_with(asked)))
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_in_any_order_and_number_end_the_same(
            words in prop::collection::vec((any::<bool>(), 0_i64..6), 1..12),
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
        ) {
            let heard = |consent: Consent, (word, second): (bool, i64)| {
                let at = Timestamp::from_second(second).expect("a time");
                consent.after(word, at).unwrap_or(consent)
            };
            let silent = Consent { optional_emails: true, said_at: None };
            let once = words.iter().copied().fold(silent, heard);
            let shuffled = order.iter().map(|index| *index.get(&words));
            let again = shuffled.chain(words.iter().rev().copied()).fold(silent, heard);
            prop_assert_eq!(once, again);
        }
    }

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
    fn a_name_is_found_by_the_beginning_of_every_word_asked_for() {
        let table = [
            ("Ana-María de la Peña", "maria ANA", true),
            ("Ana-María de la Peña", "pen", true),
            ("Ana-María de la Peña", "ana luz", false),
            ("Ana-María de la Peña", "aria", false),
            ("مُحَمَّد", "محم", true),
        ];
        for (name, asked, expected) in table {
            assert_eq!(is_named(name, asked), expected, "{name}: {asked}");
        }
    }

    #[test]
    fn who_says_nothing_of_optional_mails_gets_them() {
        let request = |json: &str| serde_json::from_str::<ProfileRequest>(json).expect("a profile");
        let table = [
            (r#"{"name": "N"}"#, true),
            (r#"{"name": "N", "optional_emails": null}"#, true),
            (r#"{"name": "N", "optional_emails": true}"#, true),
            (r#"{"name": "N", "optional_emails": false}"#, false),
        ];
        for (json, consents) in table {
            let profile = Profile::checked(request(json), Timestamp::UNIX_EPOCH).expect(json);
            assert_eq!(profile.optional_emails, consents, "{json}");
        }
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
            optional_emails: None,
        };
        let errors = Profile::checked(request, Timestamp::UNIX_EPOCH).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "document", "locale", "email", "birth_date"]);
    }
}
