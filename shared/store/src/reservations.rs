//! Reservations in the table: one item per idempotency key, for retries, releases and the purchase that confirms.
//!
//! The points themselves are in the account. A reservation that lapses needs no write: the account compares times.

use jiff::Timestamp;
use puntos_domain::account::{Account, MemberAccount};
use puntos_domain::id::{MemberId, PurchaseId, ReservationId};
use puntos_domain::money::{Currency, Money};
use puntos_domain::points::Points;
use puntos_domain::reservation::{Reservation, ReservationState};
use puntos_domain::stamp::Stamp;
use serde::{Deserialize, Serialize};

use crate::keys::{Key, instant};
use crate::members::accounts::account_of;
use crate::table::expression::text;
use crate::table::{Commit, Condition, Item, Label, Transaction, Update, from_item};
use crate::{Store, StoreError};

/// The result of writing a reservation.
#[derive(Debug)]
pub enum ReservationOutcome {
    /// It was written.
    Recorded,
    /// The idempotency key has a reservation already.
    Exists(Box<Reservation>),
    /// Another write changed the account first: read and decide again.
    Outdated,
}

/// The data of a reservation to be written.
pub struct ReservationWrite<'a> {
    pub reservation: &'a Reservation,
    /// Where the basket is paid.
    pub branch: &'a str,
    /// The invoice of the basket, if its till knows it already.
    pub invoice_number: Option<&'a str>,
    /// The member's account as it was read.
    pub account: &'a MemberAccount,
    /// The account with the points reserved.
    pub after: &'a Account,
}

/// The last stored state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredState {
    Open,
    Released,
    Confirmed,
}

#[derive(Serialize, Deserialize)]
struct ReservationItem {
    reservation_id: ReservationId,
    points: Points,
    amount: i64,
    currency: Currency,
    percent_max: u16,
    lapses_at: Timestamp,
    state: StoredState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    release_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purchase_id: Option<PurchaseId>,
    branch: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice_number: Option<String>,
    recorded_at: String,
    #[serde(rename = "content")]
    fingerprint: String,
    actor: String,
    request_id: String,
}

impl Store {
    /// Reads a reservation and the account of its member, strongly and with one request; `None` if there is no
    /// such reservation.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn reservation_and_account(
        &self,
        reservation_id: &ReservationId,
    ) -> Result<Option<(Reservation, MemberAccount)>, StoreError> {
        let member_id = reservation_id.member_id();
        let keys = [Key::reservation(reservation_id), Key::account(&member_id)];
        let mut found = self.batch_get(&keys, true).await?;
        let [reservation, account] = keys.map(|key| found.remove(&(key.pk, key.sk)));
        let reservation = reservation.map(reservation_of).transpose()?;
        let reservation = reservation.filter(|found| found.reservation_id == *reservation_id);
        let account = account.map(|item| account_of(&member_id, item)).transpose()?;
        Ok(reservation.zip(self.followed(account).await?))
    }

    /// Reads the reservation with this idempotency key strongly, of any member.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn reservation_by_key(
        &self,
        idempotency_key: &str,
    ) -> Result<Option<Reservation>, StoreError> {
        let id = ReservationId::from_key(idempotency_key, &MemberId::unknown());
        self.get(&Key::reservation(&id)).await?.map(reservation_of).transpose()
    }

    /// Writes a reservation and the account with its points reserved: both or nothing.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn record_reservation(
        &self,
        write: &ReservationWrite<'_>,
        stamp: &Stamp,
    ) -> Result<ReservationOutcome, StoreError> {
        let mut transaction = Transaction::default();
        let key = Key::reservation(&write.reservation.reservation_id);
        let item = item_of(write, stamp);
        transaction.put(Label::Reservation, key, &item, Condition::absent())?;
        transaction.put_reserved(write.account, write.after)?;
        let Commit::Refused(mut refusals) = self.commit(transaction).await? else {
            return Ok(ReservationOutcome::Recorded);
        };
        Ok(match refusals.found(Label::Reservation)? {
            None => ReservationOutcome::Outdated,
            Some(found) => ReservationOutcome::Exists(Box::new(reservation_of(found)?)),
        })
    }

    /// Writes a release and the account with the points free again: both or nothing. Returns false if another
    /// write came first.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn release_reservation(
        &self,
        reservation: &Reservation,
        (account, after): (&MemberAccount, &Account),
        release_key: &str,
    ) -> Result<bool, StoreError> {
        let mut transaction = Transaction::default();
        let change =
            Update::default().set("state", text("released")).set("release_key", text(release_key));
        transaction.change_open(reservation, change);
        transaction.put_reserved(account, after)?;
        Ok(self.commit(transaction).await?.is_committed())
    }
}

impl Transaction {
    /// Adds that a purchase was paid with a reservation, on the condition that it is open.
    pub(crate) fn confirm_reservation(
        &mut self,
        reservation: &Reservation,
        purchase_id: &PurchaseId,
    ) {
        let change = Update::default()
            .set("state", text("confirmed"))
            .set("purchase_id", text(purchase_id.as_str()));
        self.change_open(reservation, change);
    }

    fn change_open(&mut self, reservation: &Reservation, change: Update) {
        let key = Key::reservation(&reservation.reservation_id);
        let open = Condition::compares("state", "=", text("open"));
        self.update(Label::Reservation, key, change, open);
    }
}

fn item_of(write: &ReservationWrite<'_>, stamp: &Stamp) -> ReservationItem {
    let reservation = write.reservation;
    ReservationItem {
        reservation_id: reservation.reservation_id.clone(),
        points: reservation.points,
        amount: reservation.value.amount,
        currency: reservation.value.currency,
        percent_max: reservation.basket_percent_max,
        lapses_at: reservation.lapses_at,
        state: StoredState::Open,
        release_key: None,
        purchase_id: None,
        branch: write.branch.to_owned(),
        invoice_number: write.invoice_number.map(str::to_owned),
        recorded_at: instant(stamp.at),
        fingerprint: reservation.fingerprint.clone(),
        actor: stamp.actor.clone(),
        request_id: stamp.request_id.clone(),
    }
}

/// Reads a reservation from its item.
pub(crate) fn reservation_of(item: Item) -> Result<Reservation, StoreError> {
    let item: ReservationItem = from_item(item)?;
    let id = item.reservation_id.to_string();
    let corrupt = |name| StoreError::attribute(&id, "reservation", name);
    let state = match item.state {
        StoredState::Open => ReservationState::Open,
        StoredState::Released => {
            ReservationState::Released(item.release_key.ok_or_else(|| corrupt("release_key"))?)
        }
        StoredState::Confirmed => {
            ReservationState::Confirmed(item.purchase_id.ok_or_else(|| corrupt("purchase_id"))?)
        }
    };
    Ok(Reservation {
        reservation_id: item.reservation_id,
        points: item.points,
        value: Money { amount: item.amount, currency: item.currency },
        basket_percent_max: item.percent_max,
        lapses_at: item.lapses_at,
        state,
        fingerprint: item.fingerprint,
    })
}
