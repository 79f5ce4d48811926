//! The mails that the user pool sends: each has a code, or the first password of an account.
//!
//! The pool chooses the address, puts the code in and sends. Only the words are made here.

use minijinja::HtmlEscape;

use crate::language::Language;
use crate::text::{self, Text};

/// Why the user pool sends a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeMailKind {
    /// A person signs up.
    SignUp,
    /// A person forgot their password.
    Password,
    /// A person changed the address that they sign in with.
    Address,
    /// An administrator made an account.
    Account,
}

/// What the pool replaces by the code, and by the name to sign in with.
#[derive(Debug, Clone, Copy)]
pub struct Placeholders<'a> {
    pub code: &'a str,
    pub username: &'a str,
}

/// The words of a mail of the user pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeMail {
    pub subject: String,
    pub html: String,
}

impl CodeMail {
    /// Returns the mail in a language.
    pub fn new(
        kind: CodeMailKind,
        language: Language,
        brand: &str,
        placeholders: Placeholders<'_>,
    ) -> Self {
        let Placeholders { code, username } = placeholders;
        let (subject, words): (Text, Text) = match kind {
            CodeMailKind::SignUp => (text::code_sign_up_subject(), text::code_sign_up(brand, code)),
            CodeMailKind::Password => {
                (text::code_password_subject(), text::code_password(brand, code))
            }
            CodeMailKind::Address => {
                (text::code_address_subject(), text::code_address(brand, code))
            }
            CodeMailKind::Account => {
                (text::code_account_subject(), text::code_account(brand, username, code))
            }
        };
        let words = words.in_language(language);
        Self {
            subject: subject.in_language(language),
            html: format!("<p>{}</p>", HtmlEscape(&words)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [CodeMailKind; 4] = [
        CodeMailKind::SignUp,
        CodeMailKind::Password,
        CodeMailKind::Address,
        CodeMailKind::Account,
    ];

    fn mail(kind: CodeMailKind, language: Language, brand: &str) -> CodeMail {
        let placeholders = Placeholders { code: "{####}", username: "{username}" };
        CodeMail::new(kind, language, brand, placeholders)
    }

    #[test]
    fn every_mail_has_its_own_words_and_the_code_once_in_each_language() {
        let mut subjects = std::collections::BTreeSet::new();
        for kind in KINDS {
            for language in Language::ALL {
                let CodeMail { subject, html } = mail(kind, language, "Puntos");
                assert_eq!(html.matches("{####}").count(), 1, "{html}");
                assert_eq!(html.contains("{username}"), kind == CodeMailKind::Account, "{html}");
                assert!(html.contains("Puntos"), "{html}");
                assert!(subject.chars().count() <= 140, "{subject}");
                assert!(subjects.insert(subject.clone()), "{subject}");
            }
        }
    }

    #[test]
    fn the_brand_is_no_markup() {
        let html = mail(CodeMailKind::SignUp, Language::En, "A & <b>B</b>").html;
        assert!(html.contains("A &amp; &lt;b&gt;B&lt;"), "{html}");
    }
}
