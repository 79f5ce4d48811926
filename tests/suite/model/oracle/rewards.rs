//! The model's rewards: redemption, reversal, and the coupon at the till.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Expected, Oracle, days};

/// A reward of the catalogue.
pub(in super::super) struct Reward {
    pub cost: i64,
    /// How long its coupons are valid, in days.
    pub valid_days: i64,
    /// The units left; none is without limit.
    pub stock: Option<i64>,
    /// The most for one member.
    pub limit: Option<i64>,
    /// Whether it is active.
    pub active: bool,
    /// How many each member has.
    pub redeemed: BTreeMap<usize, i64>,
}

pub(in super::super) struct Redemption {
    /// Who redeemed.
    pub who: usize,
    /// The number of its key.
    pub key: usize,
    reward: usize,
    points: i64,
    taken: Vec<(i64, i64)>,
    expires_at: i64,
    used: Option<(u8, u8)>,
    reversal: Option<Reversal>,
}

struct Reversal {
    key: u8,
    reason: u8,
    restored: i64,
    mailed: bool,
}

/// Rewards of every sort. The last is not active, and the one after it does not exist.
pub(in super::super) fn catalogue() -> Vec<Reward> {
    let reward = |cost, valid_days, stock, limit| {
        let redeemed = BTreeMap::new();
        Reward { cost, valid_days, stock, limit, active: true, redeemed }
    };
    vec![
        reward(45, 10, None, None),
        reward(100, 20, Some(2), None),
        reward(60, 30, None, Some(1)),
        reward(110, 5, Some(3), Some(2)),
        reward(30, 60, Some(1), Some(1)),
        Reward { active: false, ..reward(10, 10, None, None) },
    ]
}

impl Redemption {
    /// Returns what the coupon is at a time.
    pub fn coupon(&self, now: i64) -> &'static str {
        match (&self.reversal, self.used) {
            (Some(_), _) => "cancelled",
            (None, Some(_)) => "used",
            (None, None) if self.expires_at <= now => "expired",
            (None, None) => "issued",
        }
    }
}

impl Oracle {
    /// Redeems a reward, and requests a mail if there is an address.
    pub fn redeem(&mut self, key: usize, who: usize, reward: usize) -> Expected {
        if !self.people[who].enrolled {
            return Expected::refused(404, "not_found");
        }
        if let Some(first) = self.redemptions.iter().find(|redemption| redemption.key == key) {
            if (first.who, first.reward) != (who, reward) {
                return Expected::refused(422, "idempotency_key_reused");
            }
            return Expected::done(201, self.redeemed(first)).replayed(true);
        }
        let Some(found) = self.rewards.get(reward) else {
            return Expected::refused(404, "not_found");
        };
        if !found.active {
            return Expected::refused(409, "reward_inactive");
        }
        let (points, missing) = (found.cost, found.cost - self.available(who));
        if missing > 0 {
            let mut refused = Expected::refused(409, "insufficient_points");
            refused.facts.push(("missing_points", json!(missing)));
            return refused;
        }
        if found.stock == Some(0) {
            return Expected::refused(409, "out_of_stock");
        }
        let before = found.redeemed.get(&who).copied().unwrap_or(0);
        if found.limit.is_some_and(|limit| before >= limit) {
            return Expected::refused(409, "limit_reached");
        }
        let expires_at = self.now + days(found.valid_days);
        let taken = self.take(who, points);
        self.move_units(who, reward, 1);
        self.people[who].ledger.push(("redemption", -points));
        let (used, reversal) = (None, None);
        let made = Redemption { who, key, reward, points, taken, expires_at, used, reversal };
        let mut facts = self.redeemed(&made);
        facts.push(("coupon.status", json!("issued")));
        if !self.order_mail(who) {
            facts.push(("email_id", Value::Null));
        }
        self.redemptions.push(made);
        Expected::done(201, facts)
    }

    /// Reverses a redemption, and requests a mail if there is an address.
    pub fn reverse(&mut self, which: usize, key: u8, reason: u8) -> Expected {
        let redemption = &self.redemptions[which];
        let (who, points, reward) = (redemption.who, redemption.points, redemption.reward);
        if let Some(first) = &redemption.reversal {
            let same_key = first.key == key;
            if same_key && first.reason != reason {
                return Expected::refused(422, "idempotency_key_reused");
            }
            let facts = self.reversed(who, first.restored, points, first.mailed);
            return Expected::done(200, facts).replayed(same_key);
        }
        match redemption.coupon(self.now) {
            "used" => return Expected::refused(409, "coupon_used"),
            "expired" => return Expected::refused(409, "coupon_expired"),
            _ => {}
        }
        let taken = redemption.taken.clone();
        let alive = taken.iter().filter(|(_, expires_at)| *expires_at > self.now);
        let restored = alive.map(|(points, _)| points).sum();
        for (points, expires_at) in taken {
            self.credit(who, points, 0, expires_at);
        }
        self.people[who].ledger.push(("reversal", points));
        self.move_units(who, reward, -1);
        let mailed = self.order_mail(who);
        self.redemptions[which].reversal = Some(Reversal { key, reason, restored, mailed });
        Expected::done(201, self.reversed(who, restored, points, mailed))
    }

    /// Uses a coupon at a till.
    pub fn use_coupon(&mut self, which: usize, key: u8, invoice: u8) -> Expected {
        let now = self.now;
        let redemption = &mut self.redemptions[which];
        let status = redemption.coupon(now);
        if status == "issued" {
            redemption.used = Some((key, invoice));
            return Expected::done(200, vec![("status", json!("used"))]);
        }
        match redemption.used {
            Some(first) if first == (key, invoice) => {
                Expected::done(200, vec![("status", json!("used"))]).replayed(true)
            }
            Some((first, _)) if first == key => Expected::refused(422, "idempotency_key_reused"),
            Some(_) => Expected::refused(409, "coupon_used"),
            None if status == "cancelled" => Expected::refused(409, "coupon_cancelled"),
            None => Expected::refused(409, "coupon_expired"),
        }
    }

    fn move_units(&mut self, who: usize, reward: usize, count: i64) {
        let reward = &mut self.rewards[reward];
        reward.stock = reward.stock.map(|left| left - count);
        *reward.redeemed.entry(who).or_default() += count;
    }

    fn redeemed(&self, redemption: &Redemption) -> Vec<(&'static str, Value)> {
        let mut facts = vec![("points_spent", json!(redemption.points))];
        facts.extend(self.facts(redemption.who));
        facts
    }

    fn reversed(
        &self,
        who: usize,
        restored: i64,
        points: i64,
        mailed: bool,
    ) -> Vec<(&'static str, Value)> {
        let mut facts = vec![
            ("points_restored", json!(restored)),
            ("points_expired", json!(points - restored)),
            ("coupon.status", json!("cancelled")),
        ];
        if !mailed {
            facts.push(("email_id", Value::Null));
        }
        facts.extend(self.facts(who));
        facts
    }
}
