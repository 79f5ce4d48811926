//! Every transaction against the embedded DynamoDB: the items that it writes, and its refusals.
//!
//! Ids and times are fixed, so the snapshots show keys and attributes as they are stored.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod adjustments;
mod claims;
mod mails;
mod members;
mod purchases;
mod ratings;
mod redemptions;
mod table;

use jiff::Timestamp;
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_domain::member::Profile;
use puntos_domain::stamp::Stamp;
use puntos_store::EnrolOutcome;

use table::Table;

fn now() -> Timestamp {
    "2026-03-14T13:00:00Z".parse().unwrap()
}

fn stamp() -> Stamp {
    Stamp { at: now(), actor: "agent:anna".to_owned(), request_id: "req-1".to_owned() }
}

fn profile(name: &str, email: &str) -> Profile {
    Profile {
        name: name.to_owned(),
        email: Some(EmailAddress::parse(email).unwrap()),
        phone: None,
        document: None,
        card_number: Some("C-1".to_owned()),
        locale: None,
        birth_date: None,
        optional_emails: true,
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
