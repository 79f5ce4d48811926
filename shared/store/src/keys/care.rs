//! The keys of orders and their money, care cycles, tasks and claims.

use puntos_domain::id::{ClaimId, MemberId, OrderEventId, TaskId, digest};

use super::Key;

impl Key {
    pub fn order_event(event_id: &OrderEventId) -> Self {
        Self::new(event_id.as_str(), "order-event")
    }

    pub fn care_cycle(member_id: &MemberId) -> Self {
        Self::new(member_id.as_str(), "care")
    }

    pub fn task(task_id: &TaskId) -> Self {
        Self::new(task_id.member_id().as_str(), format!("task#{}", task_id.cause()))
    }

    pub fn claim(claim_id: &ClaimId) -> Self {
        Self::new(claim_id.member_id().as_str(), format!("claim#{}", claim_id.cause()))
    }

    /// Maps an idempotency key to its claim, so that one key opens one claim over all members.
    pub fn claim_key(idempotency_key: &str) -> Self {
        Self::new(format!("clm_{}", ClaimId::key_digest_of(idempotency_key)), "key")
    }

    /// The purchase that a claim is about, as its queue message had it.
    pub fn claim_body(claim_id: &ClaimId) -> Self {
        Self::new(claim_id.member_id().as_str(), format!("claim-body#{}", claim_id.cause()))
    }

    /// The money of an order.
    pub fn payment(member_id: &MemberId, order_id: &str) -> Self {
        Self::new(member_id.as_str(), format!("payment#{}", digest(&[order_id])))
    }

    /// The next due date of a claim.
    pub fn claim_step(claim_id: &ClaimId) -> Self {
        Self::new(claim_id.member_id().as_str(), format!("claim-step#{}", claim_id.cause()))
    }
}
