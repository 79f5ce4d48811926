//! Branches that a process meets: written once.

use crate::now;
use crate::table::Table;

#[tokio::test]
async fn a_branch_is_written_once_and_costs_nothing_later() {
    let table = Table::new().await;
    let before = table.items().await;
    for branch in [" MSK-1", "msk-1", "Msk-1 "] {
        table.store.meet_branch(branch, now()).await;
    }
    insta::assert_json_snapshot!("meet_branch", table.changes(&before).await);
    let cost = table.store.meter().total();
    assert_eq!((cost.requests, cost.write_units), (1, 1.0));
    let met = table.store.branches_met().await.unwrap();
    assert_eq!((met.len(), met[0].id.as_str()), (1, "MSK-1"));
}
