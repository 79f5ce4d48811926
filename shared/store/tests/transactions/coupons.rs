//! Coupons at the till: used once, before they expire.

use jiff::Timestamp;
use puntos_domain::coupon::{CouponCode, CouponStatus, CouponUse, GrantedCoupon};
use puntos_store::UseOutcome;

use crate::redemptions::{offered, redeem};
use crate::table::Table;
use crate::{account, now};

/// Reads the coupon with the code that all tests issue.
pub(crate) async fn coupon(table: &Table) -> GrantedCoupon {
    let code = CouponCode::issue([7; 10], now());
    table.store.coupon_by_code(&code, now()).await.unwrap().unwrap()
}

pub(crate) async fn use_at(table: &Table, coupon: &GrantedCoupon, at: Timestamp) -> UseOutcome {
    let taken = CouponUse {
        branch: "branch-1".to_owned(),
        invoice_number: "9".to_owned(),
        at,
        key: "use-1".to_owned(),
        actor: "pos:till".to_owned(),
        request_id: "req-2".to_owned(),
    };
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
