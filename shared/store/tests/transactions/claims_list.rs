//! Claims: their list however many there are, and the limit of a member's day.

use jiff::{SignedDuration, Timestamp};
use puntos_domain::claim::{Act, Claim, ClaimKind, Evidence, Party, Today};
use puntos_domain::id::{ClaimId, MemberId, digest};
use puntos_domain::page::PageQuery;
use puntos_domain::program::ClaimSettings;
use puntos_store::{CLAIMS_MAX, ClaimChange, ClaimOutcome};

use crate::table::Table;
use crate::{now, stamp};

fn today() -> Today {
    let settings = ClaimSettings::default();
    Today { date: "2026-03-14".parse().unwrap(), settings }
}

/// Returns a new claim of one member.
fn opened(by: Party, number: usize, at: Timestamp) -> Claim {
    let claim_id = ClaimId::of_cause(&digest(&[&number.to_string()]), &MemberId::from_key("ines"));
    let act = Act { at, by, actor: None, request: None };
    Claim::open(claim_id, ClaimKind::Delivery, Evidence::default(), &act, &today())
}

#[tokio::test]
async fn a_list_is_newest_first_however_many_claims_there_are() {
    let table = Table::new().await;
    let mut newest_first = Vec::new();
    for number in 0..CLAIMS_MAX + 5 {
        let at = now() + SignedDuration::from_mins(i64::try_from(number).unwrap());
        let claim = opened(Party::System, number, at);
        let change = ClaimChange::new(None, &claim, today().date);
        assert!(table.store.save_claim(&change, &stamp()).await.unwrap());
        newest_first.insert(0, claim.claim_id);
    }
    let member_id = MemberId::from_key("ines");
    let (mut listed, mut cursor) = (Vec::new(), None);
    loop {
        let page = PageQuery { limit: 100, cursor };
        let (claims, next) = table.store.member_claims(&member_id, None, &page).await.unwrap();
        listed.extend(claims.into_iter().map(|record| record.claim.claim_id));
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(listed, newest_first);
}

#[tokio::test]
async fn a_member_takes_so_many_steps_a_day() {
    let table = Table::new().await;
    let save = async |by: Party, number: usize, member_day_max: Option<i64>| {
        let claim = opened(by, number, now());
        let change = ClaimChange { member_day_max, ..ClaimChange::new(None, &claim, today().date) };
        table.store.save_step(&change, &stamp()).await.unwrap()
    };
    assert_eq!(save(Party::Member, 1, Some(2)).await, ClaimOutcome::Done);
    insta::assert_json_snapshot!("save_step", table.items().await);
    assert_eq!(save(Party::Member, 2, Some(2)).await, ClaimOutcome::Done);
    let before = table.items().await;
    assert_eq!(save(Party::Member, 3, Some(2)).await, ClaimOutcome::DayFull);
    // Another write came first, and a limit is reached: the claim is read and decided again.
    assert_eq!(save(Party::Member, 2, Some(2)).await, ClaimOutcome::Outdated);
    assert_eq!(table.items().await, before);
    assert_eq!(save(Party::Agent, 3, None).await, ClaimOutcome::Done);
}
