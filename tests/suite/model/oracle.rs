//! The model: what the answers and the balances must be, as short as possible and without a line of the
//! production code.
//!
//! One process, one thread, no retries: lots are a list, an invoice is a map entry, a key is looked up.

mod adjustments;
mod care;
mod claims;
mod lots;
mod mails;
mod ratings;
mod reservations;
mod returns;
mod rewards;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::calendar::{DAY, midnight_after};
use super::steps::{Basket, PEOPLE};
pub(super) use adjustments::Adjustment;
pub(super) use care::{Care, OrderEvent, claim_name};
pub(super) use claims::{Claim, Update};
use lots::Lot;
pub(super) use mails::{Block, Mail};
pub(super) use ratings::{Rating, branch};
pub(super) use reservations::Reservation;
pub(super) use rewards::{Redemption, Reward, catalogue};

/// For how many days after its own day the receipt of a purchase can be attached.
const CLAIM_DAYS: i64 = 30;

/// What an answer must be.
#[derive(Debug)]
pub(super) struct Expected {
    pub status: u16,
    /// The code of the problem; empty for none.
    pub code: &'static str,
    /// Whether it is marked as a replay.
    pub replayed: bool,
    /// Values of the body, by path.
    pub facts: Vec<(&'static str, Value)>,
}

/// Everything the model knows.
pub(super) struct Oracle {
    /// The time.
    pub now: i64,
    pub people: Vec<Person>,
    /// The catalogue. A reward that is not in it does not exist.
    pub rewards: Vec<Reward>,
    /// The redemptions, oldest first.
    pub redemptions: Vec<Redemption>,
    /// The reservations, oldest first.
    pub reservations: Vec<Reservation>,
    /// The mails that an answer named, oldest first.
    pub mails: Vec<Mail>,
    /// The addresses that mails about claims were sent to.
    pub claim_mails: Vec<String>,
    /// The ratings, oldest first.
    pub ratings: Vec<Rating>,
    /// The claims, oldest first.
    pub claims: Vec<Claim>,
    /// What is known of addresses.
    pub blocks: BTreeMap<String, Block>,
    pending_days: i64,
    enrolments: BTreeMap<u8, usize>,
    invoices: BTreeMap<u8, Invoice>,
    adjustments: BTreeMap<usize, Adjustment>,
}

/// A person, member or not.
pub(super) struct Person {
    /// Whether they are a member.
    pub enrolled: bool,
    /// The e-mail address.
    pub address: Option<String>,
    /// The entries of their account: kind and points.
    pub ledger: Vec<(&'static str, i64)>,
    /// Their orders and tasks.
    pub care: Care,
    lots: Vec<Lot>,
    /// Points owed because their purchase came back.
    debt: i64,
}

#[derive(Default)]
struct Invoice {
    /// The first request of the till: the member, what was bought, and when.
    told: Option<(Option<usize>, Basket, i64)>,
    owner: Option<usize>,
    earned: i64,
    /// What was returned, by the number of the return.
    returned: BTreeMap<u8, Return>,
    clawed: i64,
    /// The points that paid for it: how many expire when, soonest first.
    paid: Vec<(i64, i64)>,
    attach_key: Option<u8>,
    credit: Option<(usize, i64)>,
}

struct Return {
    amount: i64,
    clawed_back: i64,
    given_back: i64,
}

impl Expected {
    /// Returns a good answer.
    pub fn done(status: u16, facts: Vec<(&'static str, Value)>) -> Self {
        Self { status, code: "", replayed: false, facts }
    }

    /// Returns a refusal.
    pub fn refused(status: u16, code: &'static str) -> Self {
        Self { status, code, replayed: false, facts: Vec::new() }
    }

    /// Marks the answer as a replay, or not.
    pub fn replayed(mut self, replayed: bool) -> Self {
        self.replayed = replayed;
        self
    }
}

impl Oracle {
    /// Returns a model at a time without members.
    pub fn new(now: i64, pending_days: i64, rewards: Vec<Reward>) -> Self {
        let person = |who| Person {
            enrolled: false,
            address: super::driver::first_address(who),
            ledger: Vec::new(),
            care: Care::default(),
            lots: Vec::new(),
            debt: 0,
        };
        Self {
            now,
            people: (0..PEOPLE).map(person).collect(),
            rewards,
            redemptions: Vec::new(),
            reservations: Vec::new(),
            mails: Vec::new(),
            claim_mails: Vec::new(),
            ratings: Vec::new(),
            claims: Vec::new(),
            blocks: BTreeMap::new(),
            pending_days,
            enrolments: BTreeMap::new(),
            invoices: BTreeMap::new(),
            adjustments: BTreeMap::new(),
        }
    }

    /// Enrols a person.
    pub fn enrol(&mut self, who: usize, key: u8) -> Expected {
        match self.enrolments.get(&key) {
            // The page of the member is compared for the current balance and profile.
            Some(first) if *first == who => {
                return Expected::done(201, self.facts(who)).replayed(true);
            }
            Some(_) => return Expected::refused(422, "idempotency_key_reused"),
            None if self.people[who].enrolled => return Expected::refused(409, "already_enrolled"),
            None => {}
        }
        self.enrolments.insert(key, who);
        self.people[who].enrolled = true;
        Expected::done(201, self.facts(who))
    }

    /// Records a purchase.
    pub fn purchase(&mut self, who: Option<usize>, basket: Basket, purchased_at: i64) -> Expected {
        if who.is_some_and(|who| !self.people[who].enrolled) {
            return Expected::refused(404, "not_found");
        }
        let invoice = self.invoices.entry(basket.invoice).or_default();
        if let Some((first_who, first, _)) = invoice.told {
            let owner = invoice.owner;
            let mut status = 201;
            // A purchase that was kept without a member and comes again with one.
            if let Some(who) = who.filter(|_| first_who.is_none() && first == basket) {
                if owner.is_none() {
                    return Expected::done(200, self.accrue(who, basket.invoice));
                }
                status = if owner == Some(who) { 200 } else { 409 };
            } else if (first_who, first) != (who, basket) {
                status = 409;
            }
            if status == 409 {
                return Expected::refused(409, "invoice_conflict");
            }
            let mut facts = vec![("points.earned", earned_fact(invoice))];
            facts.extend(who.map(|who| self.facts(who)).unwrap_or_default());
            return Expected::done(status, facts).replayed(true);
        }
        invoice.told = Some((who, basket, purchased_at));
        match who {
            None => Expected::done(201, vec![("points", Value::Null), ("member_id", Value::Null)]),
            Some(who) => Expected::done(201, self.accrue(who, basket.invoice)),
        }
    }

    /// Returns the points that a basket earns.
    pub fn quote(&self, who: usize, basket: Basket) -> Expected {
        if !self.people[who].enrolled {
            return Expected::refused(404, "not_found");
        }
        Expected::done(200, vec![("points", json!(earns(basket)))])
    }

    /// Gives a purchase without a member to the member who has its receipt.
    pub fn attach_receipt(&mut self, who: usize, number: u8, key: u8) -> Expected {
        let Some(invoice) = self.invoices.get_mut(&number) else {
            return Expected::refused(404, "not_found");
        };
        let Some((_, _, purchased_at)) = invoice.told else {
            return Expected::refused(404, "not_found");
        };
        if !self.people[who].enrolled {
            return Expected::refused(404, "not_found");
        }
        let same_key = invoice.attach_key == Some(key);
        match invoice.owner {
            Some(owner) if owner == who => {
                let mut facts = vec![("points.earned", earned_fact(invoice))];
                facts.extend(self.facts(who));
                return Expected::done(200, facts).replayed(same_key);
            }
            Some(_) if same_key => return Expected::refused(422, "idempotency_key_reused"),
            Some(_) => return Expected::refused(409, "already_claimed"),
            None if self.now >= midnight_after(purchased_at, CLAIM_DAYS + 1) => {
                return Expected::refused(409, "claim_window_closed");
            }
            None => {}
        }
        invoice.attach_key = Some(key);
        Expected::done(200, self.accrue(who, number))
    }

    /// Returns the balance that an answer must show.
    pub fn facts(&self, who: usize) -> Vec<(&'static str, Value)> {
        vec![
            ("balance.available", json!(self.available(who))),
            ("balance.pending", json!(self.pending(who))),
            ("balance.reserved", json!(self.reserved(who))),
            ("balance.debt", json!(self.people[who].debt)),
        ]
    }

    fn accrue(&mut self, who: usize, number: u8) -> Vec<(&'static str, Value)> {
        let invoice = self.invoices.get_mut(&number).unwrap();
        let (_, basket, purchased_at) = invoice.told.unwrap();
        let credited = invoice.credit.filter(|(credited, _)| *credited == who);
        let gross = earns_after(basket, invoice.returned_minor(), basket.paid);
        let points = gross - credited.map_or(0, |(_, points)| points).min(gross);
        invoice.clawed = earns(basket) - gross;
        invoice.owner = Some(who);
        invoice.earned = points;
        let other = invoice.credit.filter(|(credited, _)| *credited != who);
        let paid: i64 = invoice.paid.iter().map(|(points, _)| points).sum();
        self.people[who].ledger.push(("purchase", points - paid));
        self.add_lot(who, points, purchased_at);
        if let Some((credited, _)) = other {
            self.open_claim_of_credit(credited, number);
        }
        let mut facts = vec![("points.earned", json!(points))];
        facts.extend(self.facts(who));
        facts
    }
}

fn earns(basket: Basket) -> i64 {
    earns_after(basket, 0, basket.paid)
}

/// Table A2 by hand, for what is left after a return by amount: 5 points per complete 100.00 up to 1,000.00,
/// 10 above.
fn earns_after(basket: Basket, returned: i64, paid: i64) -> i64 {
    let counting = basket.total - basket.excluded;
    let in_money = (basket.total - returned - paid).max(0);
    let base = if basket.total == 0 { 0 } else { counting * in_money / basket.total };
    let per_hundred = if base <= 100_000 { 5 } else { 10 };
    base / 10_000 * per_hundred
}

fn earned_fact(invoice: &Invoice) -> Value {
    invoice.owner.map_or(Value::Null, |_| json!(invoice.earned))
}

/// The number of whole days that a coupon lives, in seconds.
fn days(count: i64) -> i64 {
    count * DAY
}
