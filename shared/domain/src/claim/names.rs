//! The names of claims: kinds, statuses, parties, steps and fixes, as the contract and the table have them.

use serde::{Deserialize, Serialize};

/// What a claim is about.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ClaimKind {
    /// A purchase without its points.
    MissingPoints,
    /// Money taken without an order.
    ChargedWithoutOrder,
    /// Money taken twice.
    DuplicateCharge,
    /// The tax on the receipt is wrong.
    WrongTax,
    /// Something else on the receipt is wrong.
    ReceiptData,
    /// Money that has to come back.
    Refund,
    /// A parcel, or a mail, that did not arrive.
    Delivery,
}

/// How far a claim is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ClaimStatus {
    /// Nobody has looked at it yet.
    Received,
    /// Somebody is looking into it.
    Investigating,
    /// Somebody else has to act first.
    Waiting,
    /// Done, as far as we know.
    Resolved,
    /// Not justified.
    Rejected,
}

/// Where money is on its way back.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MoneyAt {
    /// The shop has it.
    Shop,
    /// The payment provider has it.
    Provider,
    /// The customer's bank has it.
    Bank,
    /// The customer has it back.
    Customer,
}

/// Who acts on a claim.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Party {
    /// The customer.
    Member,
    /// Someone in the contact centre.
    Agent,
    /// Someone who answers for the agents.
    Supervisor,
    /// The system itself.
    System,
}

/// What a step did.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum StepKind {
    /// The claim was opened.
    Opened,
    /// The invoice was looked up.
    Checked,
    /// Something was said or changed.
    Updated,
    /// A picture or a document was attached.
    Attached,
    /// The customer confirmed.
    Confirmed,
    /// The customer does not agree.
    Reopened,
    /// The fix was done, or requested.
    Fixed,
    /// What was requested is there.
    Proven,
    /// What was requested failed.
    Failed,
    /// The promise was broken.
    Escalated,
    /// The shop reported something about the money.
    Payment,
}

/// What a fix does.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FixAction {
    /// Credits points for an invoice that did not arrive.
    CreditPoints,
    /// Gives a member the points of a purchase that names nobody.
    #[serde(rename = "claim_points")]
    #[strum(serialize = "claim_points")]
    AttachReceipt,
    /// Sends a mail once more.
    Resend,
    /// Writes the mail of a commit whose mail request was lost.
    #[serde(rename = "order_mail")]
    #[strum(serialize = "order_mail")]
    RequestMail,
    /// Puts a purchase back into its queue.
    Redrive,
    /// Rates a purchase again under the newest rules.
    Rerate,
    /// Takes back the credit for an invoice whose purchase another member made.
    TakeBackCredit,
}

/// What an agent does by hand about money.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ManualStep {
    /// Check with the payment provider that the money arrived.
    CheckPayment,
    /// Complete the order.
    CompleteOrder,
    /// Request the refund, if the order cannot be completed.
    RequestRefund,
    /// Ask the provider for the refund and its reference.
    AskProvider,
    /// Give the customer the bank's reference.
    GiveReference,
    /// Ask the bank, if the money is late.
    AskBank,
}

impl ClaimKind {
    /// Returns whether it is about money that was taken and has to come back or find its order.
    pub const fn is_about_money(self) -> bool {
        matches!(self, Self::ChargedWithoutOrder | Self::DuplicateCharge | Self::Refund)
    }
}

impl ClaimStatus {
    /// The statuses that somebody has to work on.
    pub const UNRESOLVED: [Self; 3] = [Self::Received, Self::Investigating, Self::Waiting];
}
