//! Reservations: written with their account, confirmed by one purchase, or released.

use puntos_domain::account::{Account, Lot, MemberAccount};
use puntos_domain::accrual::Accrual;
use puntos_domain::id::ReservationId;
use puntos_domain::money::{Currency, Money};
use puntos_domain::reservation::{Reservation, ReservationState};
use puntos_store::{
    EarnedPoints, PurchaseOutcome, PurchaseWrite, ReservationOutcome, ReservationWrite,
};

use super::purchases::{accrual, earn, purchase, without_member};
use super::table::Table;
use super::{account, enrolled, now, stamp};
use puntos_domain::points::Points;

/// Returns a reservation of 20 points, and the account that holds them.
fn reserved(read: &MemberAccount, key: &str) -> (Reservation, Account) {
    let reservation = Reservation {
        reservation_id: ReservationId::from_key(key, &read.member_id),
        points: Points::new(20),
        value: Money { amount: 2_000, currency: Currency::try_from("RUB".to_owned()).unwrap() },
        basket_percent_max: 50,
        lapses_at: now() + jiff::SignedDuration::from_mins(30),
        state: ReservationState::Open,
        fingerprint: "digest".to_owned(),
    };
    let mut after = read.account.clone();
    after.lots = vec![Lot { points: Points::new(20), available_at: None, expires_at: None }];
    let (id, lapses_at) = (reservation.reservation_id.clone(), reservation.lapses_at);
    after.reserve(id, Points::new(20), lapses_at, now()).unwrap();
    (reservation, after)
}

async fn record(
    table: &Table,
    read: &MemberAccount,
    (reservation, after): &(Reservation, Account),
) -> ReservationOutcome {
    let write = ReservationWrite {
        reservation,
        branch: "b1",
        invoice_number: Some("7"),
        account: read,
        after,
    };
    table.store.record_reservation(&write, &stamp()).await.unwrap()
}

#[tokio::test]
async fn a_key_reserves_once_and_only_with_the_account_as_read() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let read = account(&table, &member_id).await;
    let before = table.items().await;
    let first = reserved(&read, "one");
    let outcome = record(&table, &read, &first).await;
    assert!(matches!(outcome, ReservationOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_reservation", table.changes(&before).await);
    let before = table.items().await;
    let outcome = record(&table, &read, &first).await;
    assert!(matches!(outcome, ReservationOutcome::Exists(found) if *found == first.0));
    let outcome = record(&table, &read, &reserved(&read, "two")).await;
    assert!(matches!(outcome, ReservationOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
    let found = table.store.reservation_and_account(&first.0.reservation_id).await.unwrap();
    let (reservation, held) = found.unwrap();
    assert_eq!((reservation, held.account.reserved.len()), (first.0, 1));
    assert!(table.store.reservation_by_key("one").await.unwrap().is_some());
}

#[tokio::test]
async fn a_reservation_that_was_released_pays_for_nothing() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let read = account(&table, &member_id).await;
    let (reservation, after) = reserved(&read, "one");
    let _ = record(&table, &read, &(reservation.clone(), after)).await;
    let held = account(&table, &member_id).await;
    let mut free = held.account.clone();
    reservation.release(&mut free);
    let before = table.items().await;
    let release = async || {
        table.store.release_reservation(&reservation, (&held, &free), "free").await.unwrap()
    };
    assert!(release().await);
    insta::assert_json_snapshot!("release_reservation", table.changes(&before).await);
    let before = table.items().await;
    assert!(!release().await);
    let read = account(&table, &member_id).await;
    let outcome = pay(&table, &read, &reservation).await;
    assert!(matches!(outcome, PurchaseOutcome::Outdated), "{outcome:?}");
    assert_eq!(table.items().await, before);
}

#[tokio::test]
async fn a_reservation_pays_for_one_purchase() {
    let table = Table::new().await;
    let member_id = enrolled(&table).await;
    let read = account(&table, &member_id).await;
    let made = reserved(&read, "one");
    let _ = record(&table, &read, &made).await;
    let read = account(&table, &member_id).await;
    let before = table.items().await;
    let outcome = pay(&table, &read, &made.0).await;
    assert!(matches!(outcome, PurchaseOutcome::Recorded), "{outcome:?}");
    insta::assert_json_snapshot!("record_purchase_paid_with_points", table.changes(&before).await);
    let found = table.store.reservation_by_key("one").await.unwrap().unwrap();
    assert_eq!(found.state, ReservationState::Confirmed(purchase("1").id()));
    let receipt = table.store.purchase(&purchase("1").id()).await.unwrap().unwrap().receipt;
    let receipt = receipt.unwrap();
    assert_eq!(receipt.purchase.paid_with_points_minor, 2_000);
    assert_eq!(receipt.earned.unwrap().points_paid().get(), 20);
    let read = account(&table, &member_id).await;
    let _ = earn(&table, &read, "2").await;
    let ledger = table.store.ledger(&member_id).await.unwrap().unwrap();
    assert_eq!(ledger.broken_at(), None);
}

/// Records purchase 1, of which the reservation pays 20.00.
async fn pay(table: &Table, read: &MemberAccount, reservation: &Reservation) -> PurchaseOutcome {
    let mut purchase = purchase("1");
    purchase.paid_with_points_minor = reservation.value.amount;
    let mut after = read.account.clone();
    let paid = after.end_reservation(&reservation.reservation_id).unwrap_or_default();
    let accrual = Accrual { paid, ..accrual() };
    let write = PurchaseWrite {
        earned: Some(EarnedPoints { account: read, accrual: &accrual }),
        reservation: Some(reservation),
        ..without_member(&purchase)
    };
    table.store.record_purchase(&write, &stamp()).await.unwrap()
}
