//! Invoices and branches, and how they compare: trimmed and NFC, and branches without case, as cards do.
//!
//! The case of an invoice number counts: two numbers of one branch are never taken for one. A branch that one
//! till writes `MSK-1` and another `msk-1` is one branch, so its invoice earns once. What people see stays as it
//! was written first.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::id::PurchaseId;
use crate::member::comparable;

/// The form of a branch's name that is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchKey(String);

impl BranchKey {
    /// Returns the form of a branch's name that is compared.
    pub fn of(branch: &str) -> Self {
        Self(comparable(branch))
    }

    /// Returns the key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BranchKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Returns the form of an invoice number that is compared.
pub fn number_key(number: &str) -> String {
    number.trim().nfc().collect()
}

/// An invoice of a branch, as it is written. Equal are those of one purchase.
#[derive(Debug, Clone, Copy)]
pub struct Invoice<'a> {
    /// The branch that issued it.
    pub branch: &'a str,
    /// Its number at the branch.
    pub number: &'a str,
}

impl<'a> Invoice<'a> {
    /// Returns the invoice with this number of a branch.
    pub fn new(branch: &'a str, number: &'a str) -> Self {
        Self { branch, number }
    }

    /// Returns the branch in the form that is compared.
    pub fn branch_key(self) -> BranchKey {
        BranchKey::of(self.branch)
    }

    /// Returns the number in the form that is compared.
    pub fn number_key(self) -> String {
        number_key(self.number)
    }

    /// Returns the id of its purchase.
    pub fn purchase_id(self) -> PurchaseId {
        PurchaseId::of_invoice(self)
    }
}

impl PartialEq for Invoice<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.branch_key() == other.branch_key() && self.number_key() == other.number_key()
    }
}

impl Eq for Invoice<'_> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_invoice_has_one_id_however_it_is_written() {
        let table = [
            (("MSK-1", "A-7"), ("msk-1", "A-7"), true),
            ((" msk-1\u{3000}", "\u{a0}7 "), ("msk-1", "7"), true),
            (("Cafe\u{301}", "7"), ("CAFÉ", "7"), true),
            (("ÅNGSTRÖM", "7"), ("a\u{30a}ngstro\u{308}m", "7"), true),
            (("\u{212b}", "\u{212a}"), ("å", "K"), true),
            (("H\u{331}", "t\u{308}"), ("\u{1e96}", "\u{1e97}"), true),
            (("ОДЕССА", "ё7"), ("одесса", "е\u{308}7"), true),
            (("ΟΔΟΣ", "7"), ("οδος", "7"), true),
            (("STRASSE", "7"), ("Straße", "7"), true),
            (("STRAẞE", "7"), ("straße", "7"), true),
            (("İstanbul", "7"), ("i\u{307}stanbul", "7"), true),
            (("", "7"), ("\u{2003}", "7"), true),
            (("msk-1", "A7"), ("msk-1", "a7"), false),
            (("msk-1", "7"), ("msk-11", "7"), false),
            (("msk-1", "17"), ("msk-11", "7"), false),
            (("msk 1", "7"), ("msk  1", "7"), false),
            (("msk-1", "7"), ("msk–1", "7"), false),
            (("msk-1", "7"), ("мsk-1", "7"), false),
            (("msk-1", "7"), ("msk-1", "07"), false),
            (("msk-1", "7"), ("msk-1\u{200b}", "7"), false),
            (("cafe", "7"), ("café", "7"), false),
            (("msk-1", "７"), ("msk-1", "7"), false),
            (("🛒", "7"), ("🛍", "7"), false),
        ];
        for (one, other, is_same) in table {
            let [first, second] = [one, other].map(|(branch, number)| Invoice::new(branch, number));
            assert_eq!(first == second, is_same, "{one:?} {other:?}");
            assert_eq!(first.purchase_id() == second.purchase_id(), is_same, "{one:?} {other:?}");
        }
        assert_eq!(BranchKey::of("H\u{331}").as_str(), "\u{1e96}");
    }

    proptest! {
        #[test]
        fn the_compared_form_compares_to_itself(branch in any::<String>()) {
            let key = BranchKey::of(&branch);
            prop_assert_eq!(BranchKey::of(key.as_str()), key.clone());
            prop_assert_eq!(BranchKey::of(&format!(" {branch}\u{3000}")), key);
        }
    }
}
