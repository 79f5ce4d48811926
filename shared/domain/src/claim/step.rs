//! Steps: what was done about a claim, by whom and when.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{ClaimStatus, Evidence, FixAction, MoneyAt, Party, StepKind};
use crate::care::OrderEventKind;
use crate::text::Remark;

/// One step of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When it was taken.
    pub at: Timestamp,
    /// What was done.
    pub what: StepKind,
    /// How far the claim was after it.
    pub status: ClaimStatus,
    /// Who took it.
    pub by: Party,
    /// Their name in the record; none for the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Remark>,
    /// Whether that is for colleagues only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub internal: bool,
    /// Who has to act from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_on: Option<String>,
    /// The new promise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_by: Option<Date>,
    /// The bank's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_reference: Option<String>,
    /// Where the money is from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money_at: Option<MoneyAt>,
    /// The new day by which the money is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_by: Option<Date>,
    /// What the shop reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<OrderEventKind>,
    /// When that happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<Timestamp>,
    /// The evidence that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// The fix that was done or requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<FixAction>,
    /// The request that asked for it, so that a retry is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
}

/// Names a request: digests of its idempotency key and of its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub key: String,
    /// The fingerprint of the request.
    #[serde(rename = "content")]
    pub fingerprint: String,
}

/// Who acts, when, and under which request.
#[derive(Debug, Clone)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// In which part.
    pub by: Party,
    /// Their name in the record.
    pub actor: Option<String>,
    pub request: Option<Request>,
}

impl Act {
    /// Returns an actor for the system.
    pub fn of_system(at: Timestamp) -> Self {
        Self { at, by: Party::System, actor: None, request: None }
    }

    pub(super) fn step(&self, what: StepKind, status: ClaimStatus) -> Step {
        Step {
            at: self.at,
            what,
            status,
            by: self.by,
            actor: self.actor.clone(),
            note: None,
            internal: false,
            waiting_on: None,
            promised_by: None,
            bank_reference: None,
            money_at: None,
            expected_by: None,
            event: None,
            happened_at: None,
            evidence: None,
            fix: None,
            request: self.request.clone(),
        }
    }
}
