//! Runs of the reports: a segment and its movements are written together, once.

use puntos_domain::id::RunId;
use puntos_domain::report::movements::{BranchSums, MonthSums, Months};
use puntos_domain::report::{Run, Sums};
use puntos_domain::standing::Month;

use crate::table::Table;
use crate::{now, stamp};
use puntos_domain::points::Points;

fn sums() -> MonthSums {
    let mut sums =
        MonthSums { issued: Points::new(110), expired: Points::new(7), ..MonthSums::default() };
    let branch = BranchSums {
        name: Some("B1".to_owned()),
        issued: Points::new(110),
        ..BranchSums::default()
    };
    sums.branches.insert("b1".to_owned(), branch);
    sums
}

#[tokio::test]
async fn a_segment_that_comes_twice_counts_once() {
    let table = Table::new().await;
    let run = Run::new(RunId::from_key("k"), now());
    assert_eq!(table.store.start_run(&run, &stamp()).await.unwrap(), None);
    let before = table.items().await;
    let next = run.after(Sums::default(), Some("mbr_0/account".to_owned()), now());
    let (march, earlier) = (sums(), MonthSums { adjusted: Points::new(3), ..MonthSums::default() });
    let changed = [(Month::parse("2026-03"), &march), (None, &earlier)];
    assert!(table.store.save_run(&run, &next, &changed, &stamp()).await.unwrap());
    insta::assert_json_snapshot!("save_run", table.changes(&before).await);
    let doubled = MonthSums { issued: Points::new(220), ..MonthSums::default() };
    let twice = [(Month::parse("2026-03"), &doubled)];
    assert!(!table.store.save_run(&run, &next, &twice, &stamp()).await.unwrap());
    let read = table.store.movements(&next).await.unwrap();
    assert_eq!(read, Months::from([(None, earlier), (Month::parse("2026-03"), march)]));
}
