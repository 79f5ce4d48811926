//! The evidence of a claim: what it refers to, and what proves it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Attachment, Step};
use crate::invoice::Invoice;
use crate::money::Money;

/// What a claim refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The number of the invoice there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_number: Option<String>,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchased_at: Option<Timestamp>,
    /// The card that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_number: Option<String>,
    /// The total of the receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// The shop's id of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Pictures and documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

impl Evidence {
    /// Returns the invoice, where its branch and number are known.
    pub fn invoice(&self) -> Option<Invoice<'_>> {
        let (branch, number) = (self.branch.as_deref()?, self.invoice_number.as_deref()?);
        Some(Invoice::new(branch, number))
    }

    /// Returns the evidence of these steps: the newest of each field, and all attachments.
    pub fn of(history: &[Step]) -> Self {
        let brought = history.iter().filter_map(|step| step.evidence.as_ref());
        brought.fold(Self::default(), |all, newer| all.with(newer))
    }

    /// Returns the evidence with the given fields replaced, and the attachments added.
    #[must_use]
    pub fn with(&self, newer: &Self) -> Self {
        let newer = newer.clone();
        Self {
            branch: newer.branch.or_else(|| self.branch.clone()),
            invoice_number: newer.invoice_number.or_else(|| self.invoice_number.clone()),
            purchased_at: newer.purchased_at.or(self.purchased_at),
            card_number: newer.card_number.or_else(|| self.card_number.clone()),
            total: newer.total.or_else(|| self.total.clone()),
            order_id: newer.order_id.or_else(|| self.order_id.clone()),
            note: newer.note.or_else(|| self.note.clone()),
            attachments: [self.attachments.clone(), newer.attachments].concat(),
        }
    }
}
