//! The items with which the timeline shows changes of a profile. One with a new address is in the outbox.

use jiff::Timestamp;
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_domain::member::Profile;
use puntos_domain::outbox::AddressChange;
use puntos_domain::stamp::Stamp;
use puntos_domain::text::Remark;
use serde::Serialize;

use crate::StoreError;
use crate::keys::{ADDRESS_QUEUE, Key, address_order, timeline_at};
use crate::table::{Condition, Label, Transaction};
use crate::timeline::row::ProfileRow;

#[derive(Serialize)]
pub(crate) struct ProfileEntry<'a> {
    kind: &'static str,
    timeline_member: &'a MemberId,
    timeline_at: String,
    row: ProfileRow,
    actor: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    outbox: Option<&'static str>,
    /// Listed until `update-sign-ins` has handled the address, whatever the pool answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    work_queue: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_due: Option<String>,
}

impl<'a> ProfileEntry<'a> {
    pub(crate) fn new(
        member_id: &'a MemberId,
        version: u64,
        reason: &Remark,
        stamp: &'a Stamp,
    ) -> Self {
        Self {
            kind: "profile",
            timeline_member: member_id,
            timeline_at: timeline_at(stamp.at, version),
            row: ProfileRow { reason: Some(reason.clone()) },
            actor: &stamp.actor,
            request_id: &stamp.request_id,
            outbox: None,
            work_queue: None,
            work_due: None,
        }
    }

    /// Makes the user pool follow if the profile has an address, and another one than before. If an address was
    /// removed, the pool keeps it.
    pub(crate) fn with_new_address(
        self,
        before: &Profile,
        after: &Profile,
        version: u64,
        at: Timestamp,
    ) -> Self {
        let (had, has) = (before.email.as_ref(), after.email.as_ref());
        let has_new =
            has.is_some() && had.map(EmailAddress::normalized) != has.map(EmailAddress::normalized);
        if !has_new {
            return self;
        }
        let change = AddressChange { member_id: self.timeline_member.clone(), version };
        let work_due = Some(address_order(at, &change));
        Self { outbox: Some("address"), work_queue: Some(ADDRESS_QUEUE), work_due, ..self }
    }
}

impl Transaction {
    /// Adds an entry about the profile: refused if it exists.
    pub(crate) fn put_profile_entry(
        &mut self,
        key: Key,
        entry: &ProfileEntry<'_>,
    ) -> Result<(), StoreError> {
        self.put(Label::ProfileChange, key, entry, Condition::absent())
    }
}
