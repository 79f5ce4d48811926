//! The model's reservations: points held for a basket until it is paid, released, or half an hour has passed.

use serde_json::json;

use super::super::steps::Basket;
use super::returns::POINT_MINOR;
use super::{Expected, Lot, Oracle};

const MINUTES: i64 = 30;
const OPEN_MAX: usize = 3;
/// The greatest part of a total that points pay.
const PERCENT_MAX: i64 = 50;

pub(in super::super) struct Reservation {
    /// Whose points.
    pub who: usize,
    /// How many.
    pub points: i64,
    held: Vec<(i64, i64)>,
    lapses_at: i64,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Open,
    Paid,
    /// Released or lapsed.
    Over,
}

impl Oracle {
    /// Reserves points.
    pub fn reserve(&mut self, who: usize, points: i64) -> Expected {
        if !self.people[who].enrolled {
            return Expected::refused(404, "not_found");
        }
        let open = |one: &&Reservation| one.who == who && one.state == State::Open;
        if self.reservations.iter().filter(open).count() >= OPEN_MAX {
            return Expected::refused(409, "too_many_reservations");
        }
        let missing = points - self.available(who);
        if missing > 0 {
            let mut refused = Expected::refused(409, "insufficient_points");
            refused.facts.push(("missing_points", json!(missing)));
            return refused;
        }
        let held = self.take(who, points);
        let lapses_at = self.now + MINUTES * 60;
        self.reservations.push(Reservation { who, points, held, lapses_at, state: State::Open });
        let value = json!({"amount": points * POINT_MINOR, "currency": "RUB"});
        Expected::done(201, vec![("points", json!(points)), ("value", value)])
    }

    /// Gives the points of a reservation back.
    pub fn release(&mut self, which: usize) -> Expected {
        match self.reservations[which].state {
            State::Paid => return Expected::refused(409, "reservation_confirmed"),
            State::Open => self.free(which),
            State::Over => {}
        }
        Expected::done(200, vec![("points", json!(self.reservations[which].points))])
    }

    /// Records a purchase that a reservation pays for in part.
    pub fn pay(&mut self, which: usize, basket: Basket) -> Expected {
        let Reservation { who, points, .. } = self.reservations[which];
        let basket = Basket { paid: points * POINT_MINOR, ..basket };
        if basket.paid > basket.total {
            return Expected::refused(422, "invalid_field");
        }
        if !self.knows(basket.invoice) {
            match self.reservations[which].state {
                State::Paid => return Expected::refused(409, "reservation_confirmed"),
                State::Over => return Expected::refused(409, "reservation_lapsed"),
                State::Open if basket.paid * 100 > basket.total * PERCENT_MAX => {
                    return Expected::refused(422, "invalid_field");
                }
                State::Open => {}
            }
            self.reservations[which].state = State::Paid;
            let held = self.reservations[which].held.clone();
            self.invoices.entry(basket.invoice).or_default().paid = held;
        }
        self.purchase(Some(who), basket, self.now)
    }

    /// Returns the points that somebody's reservations hold.
    pub fn reserved(&self, who: usize) -> i64 {
        let open = self.reservations.iter();
        let open = open.filter(|one| one.who == who && one.state == State::Open);
        open.map(|one| one.points).sum()
    }

    /// Frees the points of reservations whose time is over.
    pub fn lapse(&mut self) {
        for which in 0..self.reservations.len() {
            let one = &self.reservations[which];
            if one.state == State::Open && one.lapses_at <= self.now {
                self.free(which);
            }
        }
    }

    fn free(&mut self, which: usize) {
        let one = &mut self.reservations[which];
        one.state = State::Over;
        let held = one.held.clone().into_iter();
        let lots = held.map(|(points, expires_at)| Lot { points, available_at: 0, expires_at });
        self.people[one.who].lots.extend(lots);
    }
}
