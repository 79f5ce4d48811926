//! Remarks: reasons and notes of a record, written by a person or by the system.
//!
//! What a person wrote is shown as it is. What the system says is a text, and shown in the reader's language.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::language::Language;

/// A reason or a note. Stored as a string, or as a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Remark {
    /// As a person wrote it.
    Written(String),
    /// A sentence of the system.
    Text(Text),
}

impl Remark {
    /// Returns the words in a language.
    pub fn in_language(&self, language: Language) -> String {
        match self {
            Self::Written(words) => words.clone(),
            Self::Text(text) => text.in_language(language),
        }
    }
}

impl From<String> for Remark {
    fn from(words: String) -> Self {
        Self::Written(words)
    }
}

impl From<&str> for Remark {
    fn from(words: &str) -> Self {
        Self::Written(words.to_owned())
    }
}

impl From<Text> for Remark {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}
