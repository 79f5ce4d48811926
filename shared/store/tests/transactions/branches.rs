//! Branches that a process meets: written once.

use puntos_domain::program::ProgramVersion;

use crate::now;
use crate::program::program;
use crate::table::Table;

#[tokio::test]
async fn a_branch_is_written_once_and_costs_nothing_later() {
    let table = Table::new().await;
    let rules = ProgramVersion::new(1, program("es"));
    let before = table.items().await;
    for branch in [" MSK-1", "msk-1", "Msk-1 "] {
        table.store.meet_branch(branch, &rules, now()).await;
    }
    insta::assert_json_snapshot!("meet_branch", table.changes(&before).await);
    let cost = table.store.meter().total();
    assert_eq!((cost.requests, cost.write_units), (1, 1.0));
    let met = table.store.branches_met().await.unwrap();
    assert_eq!((met.len(), met[0].id.as_str()), (1, "MSK-1"));
}

#[tokio::test]
async fn a_programme_that_lists_its_branches_writes_none() {
    let table = Table::new().await;
    let mut listed = program("es");
    listed.branches =
        serde_json::from_value(serde_json::json!([{"id": "a", "name": "A"}])).unwrap();
    table.store.meet_branch("b", &ProgramVersion::new(1, listed), now()).await;
    assert!(table.items().await.is_empty());
}
