//! Paying a part of a basket with points: reserved at the till, then confirmed by the purchase, released, or
//! free again by itself when it lapses.
//!
//! `account` holds the reserved points. A reservation keeps the terms under which it was made, so a new version
//! of the programme does not break it.

use jiff::{SignedDuration, Timestamp};

use crate::account::{Account, Allocation};
use crate::accrual::{self, Accrual, Terms};
use crate::field::FieldError;
use crate::id::{PurchaseId, ReservationId};
use crate::money::{AMOUNT_MAX_MINOR, Currency, Money};
use crate::points::Points;
use crate::program::{Payment, ProgramVersion};
use crate::purchase::Purchase;
use crate::returns::Returned;

/// The most open reservations of a member, so that an account stays small.
pub const OPEN_MAX: usize = 3;

/// A reservation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    pub reservation_id: ReservationId,
    /// How many points it holds.
    pub points: Points,
    /// What the points pay.
    pub value: Money,
    /// The largest part of a receipt's total that points pay.
    pub basket_percent_max: u16,
    /// The first instant at which the points are free again.
    pub lapses_at: Timestamp,
    pub state: ReservationState,
    /// The fingerprint of the request.
    pub fingerprint: String,
}

/// What became of a reservation. One that is open may have lapsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReservationState {
    Open,
    /// Its till gave the points back, under this idempotency key.
    Released(String),
    /// This purchase was paid with it.
    Confirmed(PurchaseId),
}

/// Why no points are reserved. The first that applies, in this order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the programme offers no paying with points")]
    NotOffered,
    #[error("these points are worth more than a receipt can have")]
    WorthTooMuch,
    #[error("the member has {OPEN_MAX} open reservations")]
    TooMany,
    #[error("{missing} points are missing")]
    Insufficient {
        /// How many points are missing.
        missing: Points,
    },
}

/// Why a reservation does not pay for a purchase. The first that applies, in this order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPaid {
    #[error("the programme offers no paying with points")]
    NotOffered,
    #[error("the reservation paid for another purchase")]
    Confirmed,
    #[error("the reservation has lapsed, or its till released it")]
    Lapsed,
    #[error("must be {}, the whole value of the reservation, in {}", .0.amount, .0.currency)]
    OtherValue(Money),
    #[error("points pay at most {0} percent of the total")]
    OverShare(u16),
    /// The purchase itself is refused.
    #[error("{}: {}", .0.field, .0.detail)]
    Purchase(FieldError),
}

/// Decides a reservation. Changes the account, and leaves it as it is on a refusal.
///
/// # Errors
/// Refuses with the first reason that applies.
pub fn reserve(
    account: &mut Account,
    reservation_id: ReservationId,
    points: Points,
    rules: &ProgramVersion,
    fingerprint: String,
    now: Timestamp,
) -> Result<Reservation, Refusal> {
    let Payment { amount_per_point, basket_percent_max, reservation_minutes } =
        rules.program.payment.ok_or(Refusal::NotOffered)?;
    let value = value_of(points, amount_per_point, rules.program.currency)?;
    if account.reserved.iter().filter(|held| held.lapses_at > now).count() >= OPEN_MAX {
        return Err(Refusal::TooMany);
    }
    // The account keeps whole seconds.
    let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let lapses_at = second + SignedDuration::from_mins(reservation_minutes.into());
    account
        .reserve(reservation_id.clone(), points, lapses_at, now)
        .map_err(|short| Refusal::Insufficient { missing: short.missing })?;
    let state = ReservationState::Open;
    Ok(Reservation {
        reservation_id,
        points,
        value,
        basket_percent_max,
        lapses_at,
        state,
        fingerprint,
    })
}

fn value_of(points: Points, amount_per_point: i64, currency: Currency) -> Result<Money, Refusal> {
    let amount = points.get().checked_mul(amount_per_point);
    let amount = amount.filter(|amount| *amount <= AMOUNT_MAX_MINOR);
    Ok(Money { amount: amount.ok_or(Refusal::WorthTooMuch)?, currency })
}

/// Decides the accrual of a purchase that a reservation pays in part. What was paid in money earns.
///
/// # Errors
/// Refuses with the first reason that applies.
pub fn confirm(
    reservation: &Reservation,
    purchase: &Purchase,
    mut account: Account,
    terms: &Terms,
    credited_points: Points,
    now: Timestamp,
) -> Result<Accrual, NotPaid> {
    let paid = reservation.pay(&mut account, purchase, now)?;
    let none = Returned::default();
    let accrual = accrual::decide(purchase, &none, account, terms, credited_points, now);
    Ok(Accrual { paid, ..accrual.map_err(NotPaid::Purchase)? })
}

/// Checks the part of a quoted purchase that points pay: by its reservation, or before there is one.
///
/// # Errors
/// Refuses with the first reason that applies.
pub fn check_quote(
    purchase: &Purchase,
    reservation: Option<&Reservation>,
    account: &Account,
    current: &ProgramVersion,
    now: Timestamp,
) -> Result<(), NotPaid> {
    if let Some(reservation) = reservation {
        return reservation.pay(&mut account.clone(), purchase, now).map(drop);
    }
    if purchase.paid_with_points_minor == 0 {
        return Ok(());
    }
    let most = current.program.payment.ok_or(NotPaid::NotOffered)?.basket_percent_max;
    if is_within(most, purchase) { Ok(()) } else { Err(NotPaid::OverShare(most)) }
}

impl Reservation {
    /// Takes the reserved points for a purchase out of the account.
    ///
    /// # Errors
    /// Refuses with the first reason that applies.
    pub fn pay(
        &self,
        account: &mut Account,
        purchase: &Purchase,
        now: Timestamp,
    ) -> Result<Vec<Allocation>, NotPaid> {
        match &self.state {
            ReservationState::Confirmed(_) => return Err(NotPaid::Confirmed),
            ReservationState::Released(_) => return Err(NotPaid::Lapsed),
            ReservationState::Open if self.lapses_at <= now => return Err(NotPaid::Lapsed),
            ReservationState::Open => {}
        }
        let paid =
            Money { amount: purchase.paid_with_points_minor, currency: purchase.total.currency };
        if paid != self.value {
            return Err(NotPaid::OtherValue(self.value.clone()));
        }
        if !is_within(self.basket_percent_max, purchase) {
            return Err(NotPaid::OverShare(self.basket_percent_max));
        }
        account.end_reservation(&self.reservation_id).ok_or(NotPaid::Lapsed)
    }

    /// Gives the points back, if the reservation still holds them.
    pub fn release(&self, account: &mut Account) {
        if let Some(held) = account.end_reservation(&self.reservation_id) {
            account.give_back(&held);
        }
    }

    /// Returns whether it still holds its points.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == ReservationState::Open && self.lapses_at > now
    }
}

/// Returns whether points pay no more than this part of a purchase.
fn is_within(basket_percent_max: u16, purchase: &Purchase) -> bool {
    let paid = i128::from(purchase.paid_with_points_minor) * 100;
    paid <= i128::from(purchase.total.amount) * i128::from(basket_percent_max)
}

#[cfg(test)]
mod tests;
