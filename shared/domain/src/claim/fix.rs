//! Fixes: what an agent can do about a claim in one step.

use serde::{Deserialize, Serialize};

use super::FixAction;
use crate::id::{EmailId, PurchaseId};
use crate::points::Points;
use crate::text::{self, Text};

/// A fix of a claim, in one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Fix {
    /// Credit points for an invoice that did not arrive; it nets off if it does.
    CreditPoints {
        /// Where.
        branch: String,
        /// The number there.
        invoice_number: String,
    },
    /// Give the member the points of a purchase without a member.
    #[serde(rename = "claim_points")]
    AttachReceipt { purchase_id: PurchaseId },
    /// Send a mail once more, to the current address.
    Resend {
        /// The mail.
        email_id: EmailId,
    },
    /// Write the mail of a commit whose mail request was lost.
    #[serde(rename = "order_mail")]
    RequestMail {
        /// The mail.
        email_id: EmailId,
    },
    /// Put a purchase that could not be recorded back into its queue.
    Redrive,
    /// Rate a purchase again under the newest rules.
    Rerate {
        purchase_id: PurchaseId,
        /// By how much its points change; less when negative.
        points: Points,
    },
    /// Take back the credit for an invoice whose purchase another member made.
    TakeBackCredit {
        /// Where.
        branch: String,
        /// The number there.
        invoice_number: String,
        /// The points of the credit.
        points: Points,
    },
}

impl Fix {
    /// Returns what it does, as a sentence.
    pub fn text(&self) -> Text {
        match self {
            Self::CreditPoints { branch, invoice_number } => {
                text::fix_credit_points(invoice_number, branch)
            }
            Self::AttachReceipt { .. } => text::fix_attach_receipt(),
            Self::Resend { .. } => text::fix_resend(),
            Self::RequestMail { .. } => text::fix_request_mail(),
            Self::Redrive => text::fix_redrive(),
            Self::Rerate { points, .. } => text::fix_rerate(*points),
            Self::TakeBackCredit { branch, invoice_number, points } => {
                text::fix_take_back_credit(*points, invoice_number, branch)
            }
        }
    }

    /// Returns what is done.
    pub fn action(&self) -> FixAction {
        match self {
            Self::CreditPoints { .. } => FixAction::CreditPoints,
            Self::AttachReceipt { .. } => FixAction::AttachReceipt,
            Self::Resend { .. } => FixAction::Resend,
            Self::RequestMail { .. } => FixAction::RequestMail,
            Self::Redrive => FixAction::Redrive,
            Self::Rerate { .. } => FixAction::Rerate,
            Self::TakeBackCredit { .. } => FixAction::TakeBackCredit,
        }
    }
}
