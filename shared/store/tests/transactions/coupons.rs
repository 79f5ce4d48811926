//! Coupons at the till: used once, before they expire.

use jiff::Timestamp;
use puntos_domain::coupon::{CouponCode, CouponStatus, CouponUnuse, CouponUse, GrantedCoupon};
use puntos_domain::invoice::Invoice;
use puntos_domain::stamp::Stamp;
use puntos_store::{UnuseOutcome, UseOutcome};

use crate::redemptions::{offered, redeem};
use crate::table::Table;
use crate::{account, now};

/// Reads the coupon with the code that all tests issue.
pub(crate) async fn coupon(table: &Table) -> GrantedCoupon {
    let code = CouponCode::issue([7; 10], now());
    table.store.coupon_by_code(&code, now()).await.unwrap().unwrap()
}

pub(crate) async fn use_at(table: &Table, coupon: &GrantedCoupon, at: Timestamp) -> UseOutcome {
    let stamp = Stamp { at, actor: "pos:till".to_owned(), request_id: "req-2".to_owned() };
    let taken = CouponUse::new("branch-1".to_owned(), "9".to_owned(), "use-1".to_owned(), stamp);
    table.store.use_coupon(coupon, &taken).await.unwrap()
}

#[tokio::test]
async fn a_coupon_is_used_once() {
    let (table, member_id, reward) = offered(5, 1).await;
    redeem(&table, "k1", &account(&table, &member_id).await, &reward).await;
    let issued = coupon(&table).await;
    let before = table.items().await;
    let outcome = use_at(&table, &issued, now()).await;
    assert!(matches!(outcome, UseOutcome::Used), "{outcome:?}");
    insta::assert_json_snapshot!("use_coupon", table.changes(&before).await);
    let before = table.items().await;
    let outcome = use_at(&table, &issued, now()).await;
    let UseOutcome::Changed(found) = outcome else { panic!("{outcome:?}") };
    assert_eq!(found.coupon.written, CouponStatus::Used);
    assert_eq!(found.used.unwrap().invoice_number, "9");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_use_is_taken_back_once_and_the_first_request_does_not_use_it_again() {
    let (table, member_id, reward) = offered(5, 1).await;
    redeem(&table, "k1", &account(&table, &member_id).await, &reward).await;
    let issued = coupon(&table).await;
    let _ = use_at(&table, &issued, now()).await;
    let code = CouponCode::issue([7; 10], now());
    let unuse = |number: &str, hours: i64| CouponUnuse {
        purchase_id: Invoice::new("BRANCH-1", number).purchase_id(),
        at: now() + jiff::SignedDuration::from_hours(hours),
        key: "unuse-1".to_owned(),
        actor: "pos:till".to_owned(),
        request_id: "req-3".to_owned(),
    };
    let before = table.items().await;
    for refused in [unuse("10", 1), unuse("9", 25)] {
        let outcome = table.store.unuse_coupon(&code, &refused).await.unwrap();
        assert!(matches!(outcome, Some(UnuseOutcome::Unchanged(_))), "{outcome:?}");
    }
    assert_eq!(table.items().await, before);
    let outcome = table.store.unuse_coupon(&code, &unuse("9", 24)).await.unwrap();
    let Some(UnuseOutcome::Unused(found)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((found.coupon.written, found.used), (CouponStatus::Issued, None));
    insta::assert_json_snapshot!("unuse_coupon", table.changes(&before).await);
    let before = table.items().await;
    let outcome = table.store.unuse_coupon(&code, &unuse("9", 1)).await.unwrap();
    assert!(matches!(outcome, Some(UnuseOutcome::Unchanged(_))), "{outcome:?}");
    // The delayed retry of the use that was taken back.
    let outcome = use_at(&table, &issued, now()).await;
    assert!(matches!(outcome, UseOutcome::Changed(_)), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_coupon_is_not_used_from_its_expiry_on() {
    let (table, member_id, reward) = offered(5, 1).await;
    redeem(&table, "k1", &account(&table, &member_id).await, &reward).await;
    let issued = coupon(&table).await;
    let before = table.items().await;
    let outcome = use_at(&table, &issued, issued.coupon.expires_at).await;
    let UseOutcome::Changed(found) = outcome else { panic!("{outcome:?}") };
    assert_eq!(found.coupon.written, CouponStatus::Issued);
    assert_eq!(table.items().await, before);
}
