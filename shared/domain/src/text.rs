//! Texts for people: a sentence is kept as its key and its facts, and becomes words when somebody reads it.
//!
//! `texts/<language>.txt` has the words of a language, one line for each text: `key = words with {facts}`. The
//! declarations in `text/sentences.rs` give each text a function with typed facts, so no fact can be missing. Tests
//! hold the four files against the declarations and against each other.
//!
//! In the words, `{points}` is the fact `points` as the language writes it. `{points: # point | # points}` chooses
//! the form that agrees with a number, which takes the place of `#`. A text is stored with its key, so a key that
//! was released stays in the files, and its facts keep their names.
//!
//! A format of this size needs no crate: Fluent or ICU would be parsed at run time, for forms that
//! [`Language`] chooses already. The texts of mails are templates, because they have layout and conditions.

mod named;
mod remark;
mod sentences;
mod words;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::money::Money;
use crate::points::Points;

pub use named::word;
pub use remark::Remark;
pub use sentences::*;

/// A sentence: its key, and the facts in it. This is also how it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    #[serde(rename = "text")]
    key: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    facts: BTreeMap<Cow<'static, str>, Fact>,
}

/// One fact of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A name, a number of an invoice, or another word that no language changes.
    Name(String),
    /// A number by itself.
    Number(i64),
    /// A number of points, with the word for points.
    Points(Points),
    Money(Money),
    /// A decimal number, written with a point.
    Decimal(String),
    Day(Date),
    /// Another sentence, or a word.
    Text(Text),
    /// What a person wrote, or another sentence.
    Remark(Remark),
}

impl Text {
    /// Returns the words in a language.
    pub fn in_language(&self, language: Language) -> String {
        // A key that is stored and no longer known is shown, so that its entry can still be read.
        let Some(words) = words::find(language, &self.key) else { return self.key.to_string() };
        let mut text = String::with_capacity(2 * words.len());
        let mut rest = words;
        while let Some((before, placeholder, after)) = words::next_placeholder(rest) {
            text.push_str(before);
            text.push_str(&self.filled(placeholder, language));
            rest = after;
        }
        text.push_str(rest);
        text
    }

    fn filled(&self, placeholder: &str, language: Language) -> String {
        let (name, forms) = words::parts(placeholder);
        let Some(fact) = self.facts.get(name) else { return String::new() };
        let number = match fact {
            Fact::Points(points) => Some(points.get()),
            Fact::Number(number) => Some(*number),
            _ => None,
        };
        match (number, forms) {
            (Some(number), Some(forms)) => {
                let form = forms.get(language.plural_form(number)).copied().unwrap_or_default();
                form.replace('#', &language.number(number))
            }
            _ => fact.in_language(language),
        }
    }
}

impl Fact {
    fn in_language(&self, language: Language) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Number(number) => language.number(*number),
            Self::Points(number) => points(number.get()).in_language(language),
            Self::Money(money) => language.money(money),
            Self::Decimal(decimal) => language.decimal(decimal),
            Self::Day(day) => language.date(*day),
            Self::Text(text) => text.in_language(language),
            Self::Remark(remark) => remark.in_language(language),
        }
    }
}
