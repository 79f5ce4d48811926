//! The names that claims are told in: kinds, statuses, parties, steps and fixes.

use serde::{Deserialize, Serialize};

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the name, as JSON has it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Returns the one with this name, if there is one.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }
    };
}

named!(
    /// What a claim is about.
    ClaimKind {
        /// A purchase without its points.
        MissingPoints = "missing_points",
        /// Money taken without an order.
        ChargedWithoutOrder = "charged_without_order",
        /// Money taken twice.
        DuplicateCharge = "duplicate_charge",
        /// The tax on the receipt is wrong.
        WrongTax = "wrong_tax",
        /// Something else on the receipt is wrong.
        ReceiptData = "receipt_data",
        /// Money that has to come back.
        Refund = "refund",
        /// A parcel, or a mail, that did not arrive.
        Delivery = "delivery",
    }
);

named!(
    /// How far a claim is.
    ClaimStatus {
        /// Nobody has looked at it yet.
        Received = "received",
        /// Somebody is looking into it.
        Investigating = "investigating",
        /// Somebody else has to act first.
        Waiting = "waiting",
        /// Done, as far as we know.
        Resolved = "resolved",
        /// Not justified.
        Rejected = "rejected",
    }
);

named!(
    /// Who acts on a claim.
    Party {
        /// The customer.
        Member = "member",
        /// Someone in the contact centre.
        Agent = "agent",
        /// Someone who answers for the agents.
        Supervisor = "supervisor",
        /// The system itself.
        System = "system",
    }
);

named!(
    /// What a step did.
    StepKind {
        /// The claim was opened.
        Opened = "opened",
        /// The invoice was looked up.
        Checked = "checked",
        /// Something was said or changed.
        Updated = "updated",
        /// The customer confirmed.
        Confirmed = "confirmed",
        /// The customer does not agree.
        Reopened = "reopened",
        /// The fix was done, or ordered.
        Fixed = "fixed",
        /// What was ordered is there.
        Proven = "proven",
        /// What was ordered failed.
        Failed = "failed",
        /// The promise was broken.
        Escalated = "escalated",
    }
);

named!(
    /// What a fix does.
    FixAction {
        /// Credits points for an invoice that did not arrive.
        CreditPoints = "credit_points",
        /// Gives a member the points of a purchase that names nobody.
        ClaimPoints = "claim_points",
        /// Sends a mail once more.
        Resend = "resend",
        /// Writes the mail of a commit whose order was lost.
        OrderMail = "order_mail",
        /// Puts a purchase back into its queue.
        Redrive = "redrive",
    }
);

impl ClaimStatus {
    /// The statuses that somebody has to work on.
    pub const UNRESOLVED: [Self; 3] = [Self::Received, Self::Investigating, Self::Waiting];
}
