//! Merges of two members and their end: both entries, both accounts, both profiles, and the owners.

use puntos_domain::id::MemberId;
use puntos_domain::merging;
use puntos_domain::program::ProgramVersion;
use puntos_store::{MergeBasis, MergeParty, MergeWrite};

use crate::moves::other;
use crate::program::program;
use crate::purchases::earn;
use crate::table::Table;
use crate::{account, enrolled, now, stamp};

/// Reads both members.
async fn parties(table: &Table, merged: &MemberId, target: &MemberId) -> (MergeParty, MergeParty) {
    let basis = table.store.merge_basis(merged, target, "none").await.unwrap();
    let MergeBasis { merged, target, first, .. } = basis;
    assert!(first.is_none());
    (merged.unwrap(), target.unwrap())
}

/// Merges two members, and returns what was written.
async fn merged(table: &Table, one: &MemberId, into: &MemberId) {
    let (merged, target) = parties(table, one, into).await;
    let rules = ProgramVersion::new(1, program("es"));
    let (decision, before) =
        merging::merge(&merged.account, &target.account, &rules, now()).unwrap();
    let profile = merging::joined(&target.member.profile, &merged.member.profile);
    let write = MergeWrite {
        request: "merge 1",
        merged: &merged,
        target: &target,
        decision: &decision,
        before: Some(&before),
        profile: &profile,
        reason: "enrolled twice",
        fingerprint: "digest",
    };
    assert!(table.store.record_merge(&write, &stamp()).await.unwrap());
    // Nothing fits a second time.
    let before = table.items().await;
    assert!(!table.store.record_merge(&write, &stamp()).await.unwrap());
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_merge_and_its_end_write_both_members() {
    let table = Table::new().await;
    let (ines, eva) = (enrolled(&table).await, other(&table).await);
    let read = account(&table, &ines).await;
    earn(&table, &read, "1").await;
    let enrolled = table.items().await;
    merged(&table, &ines, &eva).await;
    insta::assert_json_snapshot!("record_merge", table.changes(&enrolled).await);
    // What names the merged member reaches the other account.
    assert_eq!(account(&table, &ines).await.member_id, eva);
    assert_eq!(
        table.store.own_account(&ines).await.unwrap().unwrap().merged_into,
        Some(eva.clone())
    );
    let current = table.store.current_profile(&ines).await.unwrap().unwrap();
    assert_eq!(current.member_id, eva);
    let first = table.store.merge_basis(&ines, &eva, "merge 1").await.unwrap().first.unwrap();
    assert_eq!((first.target, first.points.get()), (eva.clone(), -10));
    let (merged, target) = parties(&table, &ines, &eva).await;
    let last = table.store.last_merge(&merged, &target).await.unwrap().unwrap();
    assert_eq!(last.before.merged.held().get(), 10);
    let decision = merging::unmerge(&merged.account, &target.account, last.before, now()).unwrap();
    let write = MergeWrite {
        request: "unmerge 1",
        merged: &merged,
        target: &target,
        decision: &decision,
        before: None,
        profile: &last.profile,
        reason: "two sisters",
        fingerprint: "digest",
    };
    let before = table.items().await;
    assert!(table.store.record_merge(&write, &stamp()).await.unwrap());
    insta::assert_json_snapshot!("record_unmerge", table.changes(&before).await);
    for member_id in [&ines, &eva] {
        let ledger = table.store.ledger(member_id).await.unwrap().unwrap();
        assert_eq!(ledger.broken_at(), None);
        assert_eq!(ledger.sum(), Some(ledger.account.account.held()));
    }
}

#[tokio::test]
async fn a_merge_that_something_rests_on_is_not_found_as_the_last() {
    let table = Table::new().await;
    let (ines, eva) = (enrolled(&table).await, other(&table).await);
    merged(&table, &ines, &eva).await;
    let (merged, target) = parties(&table, &ines, &eva).await;
    assert!(table.store.last_merge(&merged, &target).await.unwrap().is_some());
    let read = account(&table, &ines).await;
    earn(&table, &read, "1").await;
    let (merged, target) = parties(&table, &ines, &eva).await;
    assert!(table.store.last_merge(&merged, &target).await.unwrap().is_none());
}
