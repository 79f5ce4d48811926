//! A claim as an item. Attributes hold what lists and the timeline read; JSON holds the rest.

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::claim::ClaimRecord;
use puntos_domain::claim::{Claim, Evidence, Finding, MoneyAt, Party, Step};
use puntos_domain::id::{ClaimId, MemberId, TaskId};
use puntos_domain::money::Money;
use puntos_domain::stamp::Stamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::claims::WATCHED;
use crate::keys::{claim_queue, instant, timeline_at};
use crate::table::{Item, from_item, json, key_of};
use crate::timeline::row::ClaimRow;

/// A claim sorts after the purchase that it is about and before its mail.
const AFTER_ITS_CAUSE: u64 = 99_999_997;

#[derive(Serialize, Deserialize)]
pub(crate) struct ClaimItem {
    kind: String,
    timeline_member: MemberId,
    timeline_at: String,
    row: ClaimRow,
    opened_by: Party,
    promised_by: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finding: Option<Finding>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proposed_fix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    under_way: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting_on: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    money_at: Option<MoneyAt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_by: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bank_reference: Option<String>,
    escalated: bool,
    proven: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    follow_up_on: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tell_on: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    follow_up_task: Option<TaskId>,
    history: String,
    #[serde(rename = "content")]
    fingerprint: String,
    work_queue: String,
    work_due: String,
    actor: String,
    request_id: String,
    version: u64,
}

/// Returns the partition of the work index that holds a claim.
fn queue_of(claim: &Claim) -> String {
    claim_queue(if claim.watched().is_some() { WATCHED } else { claim.status.name() })
}

/// Writes a claim as its item.
pub(crate) fn item_of(stored: &ClaimRecord) -> Result<ClaimItem, StoreError> {
    let claim = &stored.claim;
    Ok(ClaimItem {
        kind: "claim".to_owned(),
        timeline_member: claim.claim_id.member_id(),
        timeline_at: timeline_at(claim.created_at, AFTER_ITS_CAUSE),
        row: ClaimRow { topic: claim.kind, state: claim.status },
        opened_by: claim.opened_by,
        promised_by: claim.promised_by,
        finding: claim.finding,
        proposed_fix: claim.proposed_fix.as_ref().map(json).transpose()?,
        under_way: claim.under_way.as_ref().map(json).transpose()?,
        waiting_on: claim.waiting_on.clone(),
        amount: claim.amount.clone(),
        method: claim.method.clone(),
        money_at: claim.money_at,
        expected_by: claim.expected_by,
        bank_reference: claim.bank_reference.clone(),
        escalated: claim.escalated,
        proven: claim.proven,
        follow_up_on: claim.follow_up_on,
        tell_on: claim.tell_on,
        follow_up_task: claim.follow_up_task.clone(),
        history: json(&claim.history)?,
        fingerprint: stored.fingerprint.clone(),
        work_queue: queue_of(claim),
        work_due: format!("{}#{}", instant(claim.created_at), claim.claim_id),
        actor: stored.opened.actor.clone(),
        request_id: stored.opened.request_id.clone(),
        version: stored.version,
    })
}

/// Reads a claim from its item.
pub(crate) fn claim_of(item: Item) -> Result<ClaimRecord, StoreError> {
    let (pk, sk) = key_of(&item);
    let corrupt = |name| StoreError::attribute(&pk, "claim", name);
    let item: ClaimItem = from_item(item)?;
    let created_at: Timestamp =
        crate::timeline::time_of(&item.timeline_at).ok_or_else(|| corrupt("timeline_at"))?;
    let history: Vec<Step> = read(&item.history).ok_or_else(|| corrupt("history"))?;
    let cause = sk.strip_prefix("claim#").ok_or_else(|| corrupt("sk"))?;
    let claim = Claim {
        claim_id: ClaimId::of_cause(cause, &item.timeline_member),
        kind: item.row.topic,
        status: item.row.state,
        opened_by: item.opened_by,
        evidence: Evidence::of(&history),
        promised_by: item.promised_by,
        finding: item.finding,
        proposed_fix: read_if(item.proposed_fix.as_deref()).ok_or_else(|| corrupt("fix"))?,
        under_way: read_if(item.under_way.as_deref()).ok_or_else(|| corrupt("under_way"))?,
        waiting_on: item.waiting_on,
        amount: item.amount,
        method: item.method,
        money_at: item.money_at,
        expected_by: item.expected_by,
        bank_reference: item.bank_reference,
        escalated: item.escalated,
        proven: item.proven,
        follow_up_on: item.follow_up_on,
        tell_on: item.tell_on,
        follow_up_task: item.follow_up_task,
        history,
        created_at,
    };
    let opened = Stamp { at: created_at, actor: item.actor, request_id: item.request_id };
    Ok(ClaimRecord { claim, fingerprint: item.fingerprint, opened, version: item.version })
}

fn read<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json).ok()
}

/// Reads an optional value; `None` if it is present but cannot be read.
fn read_if<T: DeserializeOwned>(json: Option<&str>) -> Option<Option<T>> {
    json.map_or(Some(None), |json| read(json).map(Some))
}
