//! Re-rates and previews, and the walk that they share with the reports.

use jiff::SignedDuration;
use puntos_domain::comparison::{Comparison, ComparisonId, Sums};
use puntos_domain::id::{PreviewId, RerateId};
use puntos_domain::rerating::OverCredit;
use puntos_domain::walk::{Walk, WalkStatus};
use puntos_store::checkpoint_after;

use crate::program::program;
use crate::purchases::earn;
use crate::table::Table;
use crate::{account, enrolled, now, stamp};

fn rerate() -> Comparison {
    Comparison {
        id: ComparisonId::Rerate(RerateId::from_key("rerate-1")),
        from: now() - SignedDuration::from_hours(1),
        to: now() + SignedDuration::from_hours(1),
        version: Some(2),
        dry_run: false,
        over_credit: OverCredit::Forgive,
        reason: Some("a forgotten rule".to_owned()),
        fingerprint: "digest".to_owned(),
        ordered: stamp(),
        walk: Walk::new(now()),
        sums: Sums::default(),
    }
}

#[tokio::test]
async fn a_re_rate_starts_once_and_is_listed_while_it_runs() {
    let table = Table::new().await;
    let before = table.items().await;
    let new = rerate();
    assert_eq!(table.store.start_comparison(&new).await.unwrap(), None);
    insta::assert_json_snapshot!("start_comparison", table.changes(&before).await);
    let other = Comparison { fingerprint: "other".to_owned(), ..new.clone() };
    assert_eq!(table.store.start_comparison(&other).await.unwrap(), Some(new.clone()));
    assert_eq!(table.store.open_comparisons().await.unwrap(), std::slice::from_ref(&new));
    let finished = new.after(Sums { purchases: 3, ..Sums::default() }, None, now());
    assert_eq!(table.store.save_comparison(&new.walk, &finished).await.unwrap(), None);
    assert_eq!(table.store.comparison(&new.id).await.unwrap(), Some(finished));
    assert_eq!(table.store.open_comparisons().await.unwrap(), []);
}

#[tokio::test]
async fn a_preview_is_written_with_its_draft() {
    let table = Table::new().await;
    let preview_id = PreviewId::from_key("preview-1");
    let id = ComparisonId::Preview(preview_id.clone());
    let new = Comparison { id: id.clone(), version: None, dry_run: true, ..rerate() };
    let draft = program("es");
    let before = table.items().await;
    assert_eq!(table.store.start_preview(&preview_id, &new, &draft).await.unwrap(), None);
    insta::assert_json_snapshot!("start_preview", table.changes(&before).await);
    assert_eq!(table.store.draft(&preview_id).await.unwrap(), Some(draft.clone()));
    let again = table.store.start_preview(&preview_id, &new, &draft).await.unwrap();
    assert_eq!(again, Some(new.clone()));
    assert_eq!(table.store.open_comparisons().await.unwrap(), [new]);
}

#[tokio::test]
async fn a_segment_is_written_once_and_not_over_a_stop() {
    let table = Table::new().await;
    let new = rerate();
    assert_eq!(table.store.start_comparison(&new).await.unwrap(), None);
    let first = new.after(Sums::default(), Some("mbr_0/account".to_owned()), now());
    assert_eq!(table.store.save_comparison(&new.walk, &first).await.unwrap(), None);
    // Another delivery of the first segment.
    let found = table.store.save_comparison(&new.walk, &first).await.unwrap();
    assert_eq!(found, Some(first.clone()));
    let stopped = first.clone().stopped();
    assert_eq!(table.store.save_comparison(&first.walk, &stopped).await.unwrap(), None);
    let second = first.after(Sums::default(), None, now());
    let found = table.store.save_comparison(&first.walk, &second).await.unwrap().unwrap();
    assert_eq!((found.walk.status, found.walk.segment), (WalkStatus::Stopped, 1));
    assert_eq!(table.store.save_comparison(&found.walk, &second.stopped()).await.unwrap(), None);
}

#[tokio::test]
async fn a_walk_goes_on_after_any_member() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let (members, next) = table.store.members_from(None).await.unwrap();
    assert_eq!((members, next), (vec![member_id.clone()], None));
    let after = checkpoint_after(&member_id);
    let (members, _) = table.store.members_from(Some(&after)).await.unwrap();
    assert_eq!(members, []);
}

#[tokio::test]
async fn the_purchases_of_a_period_come_in_their_order() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    for number in ["3", "1", "2"] {
        earn(&table, &account(&table, &member_id).await, number).await;
    }
    let (hour, at) = (SignedDuration::from_hours(1), now());
    let store = &table.store;
    let found = store.purchases_between(&member_id, at, at + hour).await.unwrap().unwrap();
    let expected = ["3", "1", "2"].map(|number| crate::purchases::purchase(number).id());
    assert_eq!((found.0.account.version, found.1), (3, expected.to_vec()));
    let before = store.purchases_between(&member_id, at - hour, at).await.unwrap().unwrap();
    assert_eq!(before.1, []);
    let invoices = store.invoices(&expected).await.unwrap();
    assert_eq!(invoices.len(), 3);
}
