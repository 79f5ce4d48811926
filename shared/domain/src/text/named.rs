//! Words for the values of enums: the kinds, statuses and reasons of the contract, as a person says them.
//!
//! The key of a word is the name of its enum and the value's own name: `claim_kind_missing_points`.

use super::{Text, words};
use crate::claim::{ClaimKind, ClaimStatus};
use crate::earning::why_not::WhyNot;
use crate::mail::{EmailStatus, MailKind};
use crate::task::{TaskKind, TaskStatus};

macro_rules! named {
    ($($family:literal: $kind:ident;)+) => {
        $(
            impl From<$kind> for Text {
                fn from(value: $kind) -> Self {
                    let name: &'static str = value.into();
                    Self::of_key(format!(concat!($family, "_{}"), name))
                }
            }
        )+

        /// Returns the word of each value.
        #[cfg(test)]
        pub(super) fn all() -> Vec<Text> {
            let mut all = Vec::new();
            $(all.extend(<$kind as strum::VariantArray>::VARIANTS.iter().map(|value| Text::from(*value)));)+
            all
        }
    };
}

named! {
    "claim_kind": ClaimKind;
    "claim_status": ClaimStatus;
    "email_status": EmailStatus;
    "mail_kind": MailKind;
    "task_kind": TaskKind;
    "task_status": TaskStatus;
    "why_not": WhyNot;
}

/// Returns the word for a value that is stored by its name; `None` if there is none.
pub fn word(family: &str, name: &str) -> Option<Text> {
    let key = format!("{family}_{name}");
    words::find(crate::language::Language::En, &key).map(|_| Text::of_key(key))
}

impl Text {
    fn of_key(key: String) -> Self {
        Self { key: key.into(), facts: std::collections::BTreeMap::new() }
    }
}
