//! Reversals, with everything that a redemption took.

use puntos_domain::id::RedemptionId;
use puntos_domain::program::ProgramVersion;
use puntos_domain::reversal;
use puntos_store::{ReversalOutcome, ReversalState, ReversalWrite};

use crate::adjustments::credit;
use crate::coupons::{coupon, use_at};
use crate::program::{program, programmed};
use crate::redemptions::{offered, redeem};
use crate::table::Table;
use crate::{account, now, stamp};

/// Returns a table with a redemption, and what its reversal is decided on.
pub(crate) async fn redeemed() -> (Table, ReversalState) {
    let (table, member_id, reward) = offered(5, 1).await;
    programmed(&table).await;
    redeem(&table, "k1", &account(&table, &member_id).await, &reward).await;
    let redemption_id = RedemptionId::from_key("k1", &member_id);
    let state = table.store.reversal_state(&redemption_id).await.unwrap().unwrap();
    (table, state)
}

pub(crate) async fn reverse(table: &Table, state: &ReversalState) -> ReversalOutcome {
    let (account, redemption) = (state.account.account.clone(), &state.redemption);
    let (coupon, allocations) = (&redemption.coupon, &redemption.allocations);
    let rules = ProgramVersion::new(1, program("es"));
    let decision = reversal::decide(account, coupon, allocations, &rules, false, now()).unwrap();
    let write = ReversalWrite {
        state,
        decision: &decision,
        reason: "by accident",
        note: None,
        key: "undo-1",
        fingerprint: "digest",
    };
    table.store.record_reversal(&write, &stamp()).await.unwrap()
}

#[tokio::test]
async fn a_reversal_gives_everything_back_and_cancels_the_coupon() {
    let (table, state) = redeemed().await;
    let before = table.items().await;
    let outcome = reverse(&table, &state).await;
    assert!(matches!(outcome, ReversalOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_reversal", table.changes(&before).await);
    let before = table.items().await;
    let outcome = reverse(&table, &state).await;
    assert!(matches!(outcome, ReversalOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_reversal_after_another_write_is_decided_again() {
    // The coupon was used.
    let (table, state) = redeemed().await;
    use_at(&table, &coupon(&table).await, now()).await;
    let before = table.items().await;
    let outcome = reverse(&table, &state).await;
    assert!(matches!(outcome, ReversalOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
    // The account has changed.
    let (table, state) = redeemed().await;
    credit(&table, "k2", &state.account, "2").await;
    let before = table.items().await;
    let outcome = reverse(&table, &state).await;
    assert!(matches!(outcome, ReversalOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}
