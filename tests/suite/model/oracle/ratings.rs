//! The model's ratings: one for each visit, with its messages, its gifts, and a recount of all.

use serde_json::{Value, json};

use super::{Expected, Oracle, days};

pub(in super::super) struct Rating {
    /// Who rated.
    pub who: usize,
    pub visit: u8,
    /// The newest score.
    pub score: i64,
    /// The newest comment.
    pub comment: Option<u8>,
    /// Whether an agent still has to read it.
    pub unread: bool,
    /// How many times it was rated.
    pub opinions: usize,
    /// Each message: its key, whether the member wrote it, its text.
    pub messages: Vec<(u8, bool, u8)>,
    /// Each gift.
    pub gifts: Vec<Gift>,
}

pub(in super::super) struct Gift {
    key: u8,
    /// The points; none for a coupon.
    points: Option<i64>,
    used: bool,
    expires_at: i64,
}

impl Gift {
    /// Returns the status at a time.
    pub fn status(&self, now: i64) -> &'static str {
        match self.points {
            Some(_) => "redeemed",
            None if self.used => "redeemed",
            None if now >= self.expires_at => "expired",
            None => "offered",
        }
    }
}

pub(in super::super) fn branch(visit: u8) -> &'static str {
    if visit.is_multiple_of(2) { "b1" } else { "b2" }
}

impl Oracle {
    /// Rates a visit, or changes the rating that the visit has. No visit of the model is a purchase, so only the
    /// till can rate it first.
    pub fn rate(
        &mut self,
        who: usize,
        (visit, score, comment): (u8, i64, Option<u8>),
        by_member: bool,
    ) -> Expected {
        let (category, color) = match score {
            0..=6 => ("detractor", "red"),
            7..=8 => ("passive", "yellow"),
            _ => ("promoter", "green"),
        };
        let expected = Expected::done(
            201,
            vec![("score", json!(score)), ("category", json!(category)), ("color", json!(color))],
        );
        let known = self.ratings.iter_mut().find(|one| (one.who, one.visit) == (who, visit));
        let Some(rating) = known else {
            if by_member {
                return Expected::refused(404, "not_found");
            }
            let (messages, gifts) = (Vec::new(), Vec::new());
            let (unread, opinions) = (true, 1);
            let new = Rating { who, visit, score, comment, unread, opinions, messages, gifts };
            self.ratings.push(new);
            return expected;
        };
        if (rating.score, rating.comment) == (score, comment) {
            return expected.replayed(true);
        }
        rating.unread |= comment.is_some() && comment != rating.comment;
        (rating.score, rating.comment) = (score, comment);
        rating.opinions += 1;
        expected
    }

    /// Adds a message to a thread. An agent's message is mailed and marks the thread as read.
    pub fn message(&mut self, which: usize, key: u8, by_member: bool, text: u8) -> Expected {
        let rating = &mut self.ratings[which];
        if let Some(first) = rating.messages.iter().find(|message| message.0 == key) {
            if *first == (key, by_member, text) {
                return Expected::done(201, Vec::new()).replayed(true);
            }
            return Expected::refused(422, "idempotency_key_reused");
        }
        rating.messages.push((key, by_member, text));
        rating.unread = by_member;
        let who = rating.who;
        let mailed = !by_member && self.order_mail(who);
        let facts = if mailed { Vec::new() } else { vec![("email_id", Value::Null)] };
        Expected::done(201, facts)
    }

    /// Gives points or a coupon for a rating, and requests a mail if there is an address.
    pub fn gift(&mut self, which: usize, key: u8, points: Option<i64>, valid: i64) -> Expected {
        let now = self.now;
        let rating = &mut self.ratings[which];
        if let Some(first) = rating.gifts.iter().find(|gift| gift.key == key) {
            if first.points != points {
                return Expected::refused(422, "idempotency_key_reused");
            }
            let facts = vec![("status", json!(first.status(now)))];
            return Expected::done(201, facts).replayed(true);
        }
        let gift = Gift { key, points, used: false, expires_at: now + days(valid) };
        let mut facts = vec![("points", json!(points)), ("status", json!(gift.status(now)))];
        rating.gifts.push(gift);
        let who = rating.who;
        if let Some(points) = points {
            self.people[who].ledger.push(("adjustment", points));
            self.add_lot(who, points, now);
        }
        if !self.order_mail(who) {
            facts.push(("email_id", Value::Null));
        }
        Expected::done(201, facts)
    }

    /// Uses the coupon of a gift at a till.
    pub fn use_gift(&mut self, which: usize, gift: usize) -> Expected {
        let now = self.now;
        let gift = &mut self.ratings[which].gifts[gift];
        match gift.status(now) {
            "offered" => {
                gift.used = true;
                Expected::done(200, vec![("status", json!("used"))])
            }
            "expired" => Expected::refused(409, "coupon_expired"),
            _ => Expected::refused(409, "coupon_used"),
        }
    }

    /// Counts all ratings of a branch, or of all branches.
    pub fn recount(&self, of: Option<&str>) -> Vec<(&'static str, Value)> {
        let here = |rating: &&Rating| of.is_none_or(|name| name == branch(rating.visit));
        let ratings: Vec<&Rating> = self.ratings.iter().filter(here).collect();
        let count = |counts: &dyn Fn(&Rating) -> bool| {
            i64::try_from(ratings.iter().filter(|rating| counts(rating)).count()).unwrap()
        };
        let all = count(&|_| true);
        let promoters = count(&|rating| rating.score >= 9);
        let detractors = count(&|rating| rating.score <= 6);
        let replies: usize = ratings.iter().map(|rating| rating.replies()).sum();
        vec![
            ("ratings", json!(all)),
            ("comments", json!(count(&|rating| rating.has_comment()))),
            ("replies", json!(replies)),
            ("unread_comments", json!(count(&|rating| rating.has_comment() && rating.unread))),
            ("promoters", json!(promoters)),
            ("passives", json!(all - promoters - detractors)),
            ("detractors", json!(detractors)),
            ("nps", nps(promoters - detractors, all)),
        ]
    }
}

impl Rating {
    /// Returns whether the member said anything, with the score or in the thread.
    pub fn has_comment(&self) -> bool {
        self.comment.is_some() || self.messages.iter().any(|(_, by_member, _)| *by_member)
    }

    /// Returns how often agents wrote.
    pub fn replies(&self) -> usize {
        self.messages.iter().filter(|(_, by_member, _)| !by_member).count()
    }
}

/// The difference in percent with two decimals, halves away from zero, counted in hundredths.
fn nps(difference: i64, all: i64) -> Value {
    if all == 0 {
        return Value::Null;
    }
    let hundredths = (difference.abs() * 20_000 / all + 1) / 2 * difference.signum();
    json!(f64::from(i32::try_from(hundredths).unwrap()) / 100.0)
}
