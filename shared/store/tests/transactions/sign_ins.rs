//! Links of subjects to members, the codes with which people join, and the addresses that the user pool follows.

use jiff::SignedDuration;
use puntos_domain::id::MemberId;
use puntos_domain::join_code::{JoinCode, PendingCode};
use puntos_domain::mail::EmailAddress;
use puntos_domain::member::Profile;
use puntos_domain::outbox::AddressChange;
use puntos_domain::sign_in::Links;
use puntos_domain::stamp::Stamp;
use puntos_store::PatchOutcome;

use crate::table::Table;
use crate::{enrolled, member, now, stamp};

fn code(member_id: &MemberId, digits: &str) -> PendingCode {
    PendingCode::new(member_id, &JoinCode::parse(digits).unwrap(), now())
}

async fn read(table: &Table, member_id: &MemberId) -> Option<PendingCode> {
    table.store.sign_in("nobody", member_id).await.unwrap().code
}

/// Returns the stamp of a request.
fn request(id: &str) -> Stamp {
    Stamp { request_id: id.to_owned(), ..stamp() }
}

async fn linked(
    table: &Table,
    subject: &str,
    member_id: &MemberId,
    code: Option<&PendingCode>,
) -> bool {
    match code {
        None => table.store.link_subject(subject, member_id).await.unwrap(),
        Some(code) => {
            let stamp = request(subject);
            table.store.join_subject(subject, member_id, code, None, &stamp).await.unwrap()
        }
    }
}

async fn given(
    table: &Table,
    member_id: &MemberId,
    code: &PendingCode,
    replaced: Option<&str>,
) -> bool {
    table.store.put_join_code(member_id, code, replaced, &request(&code.digest)).await.unwrap()
}

#[tokio::test]
async fn a_link_is_two_items_and_is_never_changed() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let before = table.items().await;
    assert!(linked(&table, "ana", &member_id, None).await);
    insta::assert_json_snapshot!("link_subject", table.changes(&before).await);
    let before = table.items().await;
    assert!(linked(&table, "ana", &member_id, None).await, "once more");
    let eva = MemberId::from_key("eva");
    assert!(!linked(&table, "eva", &member_id, None).await);
    assert!(!linked(&table, "ana", &eva, None).await);
    assert!(!given(&table, &member_id, &code(&member_id, "12345678"), None).await);
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_member_has_one_code_and_a_link_removes_it() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let first = code(&member_id, "12345678");
    assert!(given(&table, &member_id, &first, None).await);
    let before = table.items().await;
    let second = code(&member_id, "87654321");
    assert!(given(&table, &member_id, &second, None).await);
    insta::assert_json_snapshot!("put_join_code", table.changes(&before).await);
    // The first code counts no tries and links nobody any more.
    let before = table.items().await;
    assert!(!table.store.count_wrong_try(&member_id, &first).await.unwrap());
    assert!(!linked(&table, "ana", &member_id, Some(&first)).await);
    assert_eq!(table.items().await, before);
    assert!(linked(&table, "ana", &member_id, Some(&second)).await);
    assert_eq!(read(&table, &member_id).await, None);
}

#[tokio::test]
async fn a_code_for_a_member_with_a_sign_in_replaces_that_one_and_no_other() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    assert!(linked(&table, "ana", &member_id, None).await);
    let code = code(&member_id, "12345678");
    assert!(!given(&table, &member_id, &code, Some("eva")).await);
    assert!(given(&table, &member_id, &code, Some("ana")).await);
    let replacing = async |replaced: &str| {
        let (stamp, replaced) = (request("new"), Some(replaced));
        table.store.join_subject("new", &member_id, &code, replaced, &stamp).await.unwrap()
    };
    let before = table.items().await;
    assert!(!replacing("eva").await);
    assert_eq!(table.items().await, before);
    assert!(replacing("ana").await);
    insta::assert_json_snapshot!("join_subject", table.changes(&before).await);
    assert!(!replacing("ana").await);
    let state = table.store.sign_in("ana", &member_id).await.unwrap();
    let links = Links { member_of_subject: None, subject_of_member: Some("new".to_owned()) };
    assert_eq!((state.links, state.code), (links, None));
}

#[tokio::test]
async fn a_wrong_try_counts_once_for_the_code_as_it_was_read() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let first = code(&member_id, "12345678");
    assert!(given(&table, &member_id, &first, None).await);
    let before = table.items().await;
    assert!(table.store.count_wrong_try(&member_id, &first).await.unwrap());
    insta::assert_json_snapshot!("count_wrong_try", table.changes(&before).await);
    assert!(!table.store.count_wrong_try(&member_id, &first).await.unwrap());
    assert!(!linked(&table, "ana", &member_id, Some(&first)).await);
    let tried = read(&table, &member_id).await.unwrap();
    assert_eq!(tried, PendingCode { wrong_tries: 1, ..first });
    assert!(table.store.count_wrong_try(&member_id, &tried).await.unwrap());
    assert_eq!(read(&table, &member_id).await.unwrap().wrong_tries, 2);
}

#[tokio::test]
async fn another_address_waits_until_the_user_pool_has_it() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let later = now() + SignedDuration::from_secs(1);
    let waiting = async || table.store.waiting_addresses(later).await.unwrap();
    let email = |text: &str| EmailAddress::parse(text).ok();
    // Each address, and whether the pool has to follow it.
    let addresses = [
        (email("INES@example.com"), false),
        (email("new@example.com"), true),
        (None, false),
        (email("new@example.com"), true),
    ];
    let mut expected = Vec::new();
    for (version, (email, follows)) in (1..).zip(addresses) {
        let read = member(&table, &member_id).await;
        let after = Profile { email, ..read.profile.clone() };
        let stamp = stamp();
        let changed = table.store.change_profile(&read, &after, "email", None, None, &stamp).await;
        assert!(matches!(changed, Ok(PatchOutcome::Changed)), "{changed:?}");
        if follows {
            expected.push(AddressChange { member_id: member_id.clone(), version });
        }
    }
    assert_eq!(waiting().await, expected);
    let before = table.items().await;
    table.store.settle_address(&expected[0]).await.unwrap();
    insta::assert_json_snapshot!("settle_address", table.changes(&before).await);
    assert_eq!(waiting().await, expected[1..]);
    let before = table.items().await;
    table.store.settle_taken_address(&expected[1], &request("taken")).await.unwrap();
    insta::assert_json_snapshot!("settle_taken_address", table.changes(&before).await);
    assert_eq!(waiting().await, []);
    let before = table.items().await;
    table.store.settle_taken_address(&expected[1], &request("again")).await.unwrap();
    assert_eq!(table.items().await, before, "it is recorded once");
}
