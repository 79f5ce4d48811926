//! Every transaction against the embedded DynamoDB: the items that it writes, and its refusals.
//!
//! Ids and times are fixed, so the snapshots show keys and attributes as they are stored. A snapshot has the
//! name of the function that commits.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod addresses;
mod adjustments;
mod branches;
mod care;
mod claims;
mod claims_list;
mod comparisons;
mod complete;
mod coupons;
mod expiry_warnings;
mod fixes;
mod gifts;
mod invitations;
mod ledger;
mod mails;
mod members;
mod merges;
mod moves;
mod payments;
mod program;
mod purchases;
mod ratings;
mod redemptions;
mod reports;
mod reservations;
mod reversals;
mod sign_ins;
mod table;
mod task_lists;
mod threads;

use jiff::Timestamp;
use jiff::civil::Date;
use puntos_domain::account::MemberAccount;
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_domain::member::{Member, Profile};
use puntos_domain::stamp::Stamp;
use puntos_store::EnrolOutcome;

use table::Table;

fn now() -> Timestamp {
    "2026-03-14T13:00:00Z".parse().unwrap()
}

fn today() -> Date {
    "2026-03-14".parse().unwrap()
}

fn stamp() -> Stamp {
    Stamp { at: now(), actor: "agent:anna".to_owned(), request_id: "req-1".to_owned() }
}

fn profile(name: &str, email: &str) -> Profile {
    Profile {
        name: name.to_owned(),
        email: Some(EmailAddress::parse(email).unwrap()),
        email_pending: None,
        phone: None,
        document: Some("D-1".to_owned()),
        card_number: Some("C-1".to_owned()),
        locale: None,
        birth_date: None,
        optional_emails: true,
        agent_id: None,
    }
}

/// Enrols a member.
async fn enrolled(table: &Table) -> MemberId {
    let member_id = MemberId::from_key("ines");
    let profile = profile("Inés Muster", "ines@example.com");
    let outcome = table.store.enrol(&member_id, &profile, "digest", &stamp()).await.unwrap();
    assert!(matches!(outcome, EnrolOutcome::Enrolled), "{outcome:?}");
    member_id
}

async fn account(table: &Table, member_id: &MemberId) -> MemberAccount {
    table.store.account(member_id).await.unwrap().unwrap()
}

async fn member(table: &Table, member_id: &MemberId) -> Member {
    table.store.profile(member_id).await.unwrap().unwrap()
}
