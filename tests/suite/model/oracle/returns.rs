//! The model's returns: what the rest of a purchase no longer earns goes, and the points that had paid come back.

use serde_json::json;

use super::super::calendar::{end_of_next_month, midnight_after};
use super::{Expected, Invoice, Oracle, Return, earns, earns_after};

/// What a point pays, in minor units.
pub(super) const POINT_MINOR: i64 = 100;

impl Invoice {
    pub(super) fn returned_minor(&self) -> i64 {
        self.returned.values().map(|one| one.amount).sum()
    }
}

impl Oracle {
    /// Takes goods of a purchase back, so many tenths of its total.
    pub fn give_back(&mut self, number: u8, return_number: u8, tenths: i64) -> Expected {
        let now = self.now;
        let invoice = self.invoices.get_mut(&number).unwrap();
        let (_, basket, purchased_at) = invoice.told.unwrap();
        let amount = basket.total / 10 * tenths;
        let owner = invoice.owner;
        if let Some(first) = invoice.returned.get(&return_number) {
            if first.amount != amount {
                return Expected::refused(409, "return_conflict");
            }
            let (clawed_back, given_back) = (first.clawed_back, first.given_back);
            return self.returned(owner, clawed_back, given_back).replayed(true);
        }
        let returned = invoice.returned_minor() + amount;
        if returned > basket.total {
            return Expected::refused(409, "return_exceeds_purchase");
        }
        let Some(owner) = owner else {
            let of_nobody = Return { amount, clawed_back: 0, given_back: 0 };
            invoice.returned.insert(return_number, of_nobody);
            return self.returned(None, 0, 0);
        };
        let paid: i64 = invoice.paid.iter().map(|(points, _)| points).sum();
        let back_before: i64 = invoice.returned.values().map(|one| one.given_back).sum();
        let back = if basket.total == 0 { 0 } else { paid * returned / basket.total };
        let rest = earns_after(basket, returned, (paid - back) * POINT_MINOR);
        let expires_at = end_of_next_month(purchased_at);
        let alive = expires_at > now;
        let claw = if alive { (earns(basket) - rest - invoice.clawed).max(0) } else { 0 };
        invoice.clawed += claw;
        let given_back = back - back_before;
        invoice.returned.insert(return_number, Return { amount, clawed_back: claw, given_back });
        let parts = slice(&invoice.paid, back_before, back);
        self.claw(owner, claw, purchased_at);
        for (points, expires_at) in parts {
            self.credit(owner, points, 0, expires_at);
        }
        self.people[owner].ledger.push(("return", given_back - claw));
        self.returned(Some(owner), claw, given_back)
    }

    /// Rates a purchase again under the same rules, which changes nothing.
    pub fn rate_again(&self, number: u8) -> Expected {
        let owner = self.invoices.get(&number).and_then(|invoice| invoice.owner);
        let Some(owner) = owner else { return Expected::refused(409, "purchase_unclaimed") };
        let mut facts = vec![("points", json!(0))];
        facts.extend(self.facts(owner));
        Expected::done(200, facts)
    }

    /// Returns whether a till has sent an invoice.
    pub fn knows(&self, number: u8) -> bool {
        self.invoices.get(&number).is_some_and(|invoice| invoice.told.is_some())
    }

    /// Returns the total of a purchase that a till has sent.
    pub fn total(&self, number: u8) -> Option<i64> {
        let told = self.invoices.get(&number).and_then(|invoice| invoice.told);
        told.map(|(_, basket, _)| basket.total)
    }

    fn returned(&self, owner: Option<usize>, clawed_back: i64, given_back: i64) -> Expected {
        let mut facts = vec![
            ("points_clawed_back", json!(clawed_back)),
            ("points_given_back", json!(given_back)),
        ];
        facts.extend(owner.map(|owner| self.facts(owner)).unwrap_or_default());
        Expected::done(201, facts)
    }

    /// Takes points: of the lot of the purchase first, then what expires soonest, then what waits, then as debt.
    fn claw(&mut self, who: usize, points: i64, purchased_at: i64) {
        let now = self.now;
        let own = end_of_next_month(purchased_at);
        let own_starts = if self.pending_days == 0 {
            0
        } else {
            midnight_after(purchased_at, self.pending_days)
        };
        let person = &mut self.people[who];
        person.lots.sort_by_key(|lot| (lot.expires_at, lot.available_at));
        let mut left = points;
        for round in 0..3 {
            for lot in person.lots.iter_mut().filter(|lot| lot.expires_at > now) {
                let waits = lot.available_at > now;
                let is_own = lot.expires_at == own
                    && (lot.available_at == own_starts || !waits && own_starts <= now);
                if round == 0 && !is_own || round == 1 && waits {
                    continue;
                }
                let part = left.min(lot.points);
                lot.points -= part;
                left -= part;
            }
        }
        person.debt += left;
    }
}

/// Returns the points from one place to another of what had paid, latest expiry first.
fn slice(paid: &[(i64, i64)], from: i64, to: i64) -> Vec<(i64, i64)> {
    let single = paid.iter().rev().flat_map(|(points, expires_at)| {
        std::iter::repeat_n(*expires_at, usize::try_from(*points).unwrap())
    });
    let count = usize::try_from(to - from).unwrap();
    single.skip(usize::try_from(from).unwrap()).take(count).map(|at| (1, at)).collect()
}
