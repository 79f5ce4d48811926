//! Blocked addresses: what raises a block, and who removes it.

use jiff::Timestamp;
use puntos_domain::mail::BlockReason;

use crate::table::Table;
use crate::{enrolled, member, now, profile, stamp};

const ADDRESS: &str = "ines@example.com";

async fn block(table: &Table, reason: BlockReason, at: Timestamp) {
    table.store.block_addresses(&[ADDRESS.to_owned()], reason, at).await.unwrap();
}

#[tokio::test]
async fn a_block_is_raised_and_never_lowered() {
    let table = Table::new().await;
    block(&table, BlockReason::HardBounce, now()).await;
    insta::assert_json_snapshot!("block_addresses", table.items().await);
    let earlier = "2026-03-13T13:00:00Z".parse().unwrap();
    let later = "2026-03-15T13:00:00Z".parse().unwrap();
    let reports = [
        (BlockReason::Suppressed, earlier, (BlockReason::HardBounce, now())),
        (BlockReason::HardBounce, later, (BlockReason::HardBounce, now())),
        (BlockReason::HardBounce, earlier, (BlockReason::HardBounce, earlier)),
        (BlockReason::Complaint, later, (BlockReason::Complaint, later)),
        (BlockReason::HardBounce, earlier, (BlockReason::Complaint, later)),
    ];
    for (reason, at, expected) in reports {
        block(&table, reason, at).await;
        let block = table.store.address_block(ADDRESS).await.unwrap().unwrap();
        assert_eq!((block.reason, block.since), expected, "{reason:?} {at}");
    }
}

#[tokio::test]
async fn an_unblocking_writes_the_address_the_profile_and_an_entry() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    block(&table, BlockReason::HardBounce, now()).await;
    let read = member(&table, &member_id).await;
    let seen = table.store.address_block(ADDRESS).await.unwrap();
    let stamp = stamp();
    let unblock = || table.store.unblock(&read, ADDRESS, seen.as_ref(), "typo", "k1", &stamp);
    let before = table.items().await;
    assert!(unblock().await.unwrap());
    insta::assert_json_snapshot!("unblock", table.changes(&before).await);
    // The block is gone, and a report from before the unblocking does not bring it back.
    let before = table.items().await;
    assert!(!unblock().await.unwrap());
    block(&table, BlockReason::Complaint, now()).await;
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn an_unblocking_is_refused_after_another_block_or_another_profile() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    block(&table, BlockReason::HardBounce, now()).await;
    let read = member(&table, &member_id).await;
    let seen = table.store.address_block(ADDRESS).await.unwrap();
    block(&table, BlockReason::Complaint, now()).await;
    let before = table.items().await;
    let stamp = stamp();
    let unblock = |seen| table.store.unblock(&read, ADDRESS, seen, "typo", "k1", &stamp);
    assert!(!unblock(seen.as_ref()).await.unwrap());
    assert!(!unblock(None).await.unwrap());
    assert_eq!(table.items().await, before);
    let seen = table.store.address_block(ADDRESS).await.unwrap();
    let after = profile("Inés Neu", ADDRESS);
    table.store.change_profile(&read, &after, "name", None, None, &stamp).await.unwrap();
    let before = table.items().await;
    assert!(!unblock(seen.as_ref()).await.unwrap());
    assert_eq!(table.items().await, before);
}
