//! The model's adjustments: points by hand, perhaps for an invoice that has not arrived.

use serde_json::{Value, json};

use super::{Expected, Oracle};

/// An adjustment as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Adjustment {
    /// Whose points.
    pub who: usize,
    /// How many.
    pub points: i64,
    /// The invoice that it stands in for.
    pub invoice: Option<u8>,
    pub reason: u8,
}

impl Oracle {
    /// Credits or takes points by hand.
    pub fn adjust(&mut self, key: usize, asked: &Adjustment) -> Expected {
        let Adjustment { who, points, invoice, .. } = *asked;
        if !self.people[who].enrolled {
            return Expected::refused(404, "not_found");
        }
        match self.adjustments.get(&key) {
            Some(first) if first == asked => {
                return Expected::done(201, self.with_points(who, points)).replayed(true);
            }
            Some(_) => return Expected::refused(422, "idempotency_key_reused"),
            None => {}
        }
        let missing = -points - self.available(who);
        if points < 0 && missing > 0 {
            let mut refused = Expected::refused(409, "insufficient_points");
            refused.facts.push(("missing_points", json!(missing)));
            return refused;
        }
        if let Some(number) = invoice {
            let found = self.invoices.entry(number).or_default();
            if found.credit.is_some() {
                return Expected::refused(409, "already_credited");
            }
            if found.told.is_some() {
                return Expected::refused(409, "invoice_conflict");
            }
            found.credit = Some((who, points));
        }
        self.adjustments.insert(key, asked.clone());
        self.people[who].ledger.push(("adjustment", points));
        if points > 0 {
            self.add_lot(who, points, self.now);
        } else {
            let _ = self.take(who, -points);
        }
        Expected::done(201, self.with_points(who, points))
    }

    fn with_points(&self, who: usize, points: i64) -> Vec<(&'static str, Value)> {
        let mut facts = vec![("points", json!(points))];
        facts.extend(self.facts(who));
        facts
    }
}
