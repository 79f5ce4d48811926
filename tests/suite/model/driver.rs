//! Plays a history twice, on the model and on a stack over HTTP, and compares after every step.

mod care;
mod claims;
mod money;
mod post;
mod ratings;
mod tills;

use std::collections::BTreeMap;

use jiff::Timestamp;
use puntos::Options;
use puntos_tests::{Answer, Caller, World};
use serde_json::{Value, json};

use super::oracle::{Adjustment, Expected, Oracle, catalogue};
use super::steps::{Basket, PEOPLE, Step};

/// The start of every history: ten past midnight, 2025-01-20.
const START: i64 = 1_737_331_800;
/// How long a step takes: coupons, which live whole days, never expire in the very second of a step.
const STEP_SECONDS: i64 = 60;

/// A history under way.
pub(super) struct Driver {
    pub(super) world: World,
    pub(super) oracle: Oracle,
    pub(super) member_ids: BTreeMap<usize, String>,
    pub(super) coupons: Vec<Value>,
    pub(super) email_ids: Vec<String>,
    pub(super) rating_ids: Vec<String>,
    pub(super) claim_ids: Vec<String>,
    /// The rating, its gift, and the code of each gift that has a coupon.
    gift_codes: Vec<(usize, usize, String)>,
    purchases: Vec<(Option<usize>, Basket)>,
    purchase_ids: BTreeMap<u8, String>,
    reservation_ids: Vec<String>,
    adjustments: Vec<(usize, Adjustment)>,
    redemptions: Vec<(usize, usize, usize)>,
    events: Vec<(usize, super::steps::Report, i64, String)>,
    next_key: usize,
}

/// Returns the address that a person is enrolled with. One of them has none.
pub(super) fn first_address(who: usize) -> Option<String> {
    (who != PEOPLE - 1).then(|| address(who, 0))
}

fn address(who: usize, variant: u8) -> String {
    format!("person-{who}-{variant}@example.com")
}

impl Driver {
    /// Starts a stack with the model's programme and catalogue, and enrols all people but the last, each
    /// with a purchase.
    pub(super) async fn start(pending_days: i64) -> Self {
        let program = json!({
            "time_zone": "UTC", "currency": "RUB", "locale": "en", "pending_days": pending_days,
            "expiry": {"months": 1, "align": "month_end"},
            "earning": {"mode": "slab", "step_amount": 10_000, "brackets": [
                {"up_to": 100_000, "points_per_step": 5}, {"up_to": null, "points_per_step": 10},
            ]},
            "excluded": {"skus": [], "categories": ["tobacco"]},
            "payment": {
                "amount_per_point": 100, "basket_percent_max": 50, "reservation_minutes": 30,
            },
            "care": {"purchases_start_cycles": false, "reconnect_months": 1},
        });
        let world = World::with(Options { program: Some(program), ..Options::default() }).await;
        let rewards = catalogue();
        for (number, reward) in rewards.iter().enumerate() {
            let body = json!({
                "name": "Mug", "kind": "product", "points_cost": reward.cost,
                "valid_days": reward.valid_days, "stock": reward.stock,
                "per_member_limit": reward.limit, "active": reward.active,
            });
            let _ = world.admin.put(&format!("/v1/rewards/r{number}"), body).await.expect(200);
        }
        let mut driver = Self {
            world,
            oracle: Oracle::new(START, pending_days, rewards),
            member_ids: BTreeMap::new(),
            coupons: Vec::new(),
            email_ids: Vec::new(),
            rating_ids: Vec::new(),
            claim_ids: Vec::new(),
            gift_codes: Vec::new(),
            purchases: Vec::new(),
            purchase_ids: BTreeMap::new(),
            reservation_ids: Vec::new(),
            adjustments: Vec::new(),
            redemptions: Vec::new(),
            events: Vec::new(),
            next_key: 0,
        };
        for who in 0..PEOPLE - 1 {
            let invoice = u8::try_from(who).unwrap();
            let basket = Basket { invoice, total: 200_000, excluded: 0, paid: 0 };
            driver.step(&Step::Enrol { who, key: invoice }).await;
            driver
                .step(&Step::Purchase { who: Some(who), by_card: true, basket, days_ago: 2 })
                .await;
        }
        driver
    }

    /// Plays one step. A step whose subject does not exist yet does nothing.
    pub(super) async fn step(&mut self, step: &Step) {
        self.tick();
        let outcome = match *step {
            Step::Enrol { who, key } => Some(self.enrol(who, key).await),
            Step::Purchase { who, by_card, basket, days_ago } => {
                Some(self.purchase(who, by_card, basket, days_ago).await)
            }
            Step::PurchaseAgain { which, by_card, days_ago } => {
                match pick(&self.purchases, which) {
                    Some((who, basket)) => {
                        Some(self.purchase(who, by_card, basket, days_ago).await)
                    }
                    None => None,
                }
            }
            Step::Return { invoice, number, tenths, twice } => {
                self.give_back(invoice, number, tenths, twice).await
            }
            Step::RateAgain { invoice } => self.rate_again(invoice).await,
            Step::Reserve { who, points } => Some(self.reserve(who, points).await),
            Step::Release { which } => self.release(which).await,
            Step::Pay { which, basket } => self.pay(which, basket).await,
            Step::Quote { who, basket } => Some(self.quote(who, basket).await),
            Step::AttachReceipt { who, invoice, key } => {
                self.attach_receipt(who, invoice, key).await
            }
            Step::Adjust { who, points, invoice } => {
                let asked = Adjustment { who, points, invoice, reason: 0 };
                let key = self.fresh_key();
                self.adjustments.push((key, asked.clone()));
                Some(self.adjust(key, &asked).await)
            }
            Step::AdjustAgain { which, other } => match pick(&self.adjustments, which) {
                Some((key, asked)) => {
                    let asked = Adjustment { reason: u8::from(other), ..asked };
                    Some(self.adjust(key, &asked).await)
                }
                None => None,
            },
            Step::Rate { who, visit, score, comment, by_member, twice } => {
                let opinion = (visit, score, comment);
                self.rate(who, opinion, by_member, twice).await
            }
            Step::Message { rating, key, by_member, text } => {
                self.message(rating, key, by_member, text).await
            }
            Step::Read { rating, opens } => {
                self.read(rating, opens).await;
                None
            }
            Step::Gift { rating, key, points } => self.gift(rating, key, points).await,
            Step::UseGift { which } => self.use_gift(which).await,
            Step::Order { who, order, event, twice } => {
                self.order(who, order, event, twice).await;
                None
            }
            Step::Complete { who, task, key } => self.complete(who, task, key).await,
            Step::OpenClaim { who, invoice, by_member, twice } => {
                self.open_claim(who, invoice, by_member, twice).await
            }
            Step::UpdateClaim { claim, update, twice } => {
                self.update_claim(claim, update, twice).await
            }
            Step::FixClaim { claim, points, twice } => self.fix_claim(claim, points, twice).await,
            Step::Redeem { who, by_card, reward } => {
                let key = self.fresh_key();
                self.redemptions.push((key, who, reward));
                Some(self.redeem(key, who, by_card, reward).await)
            }
            Step::RedeemAgain { which, other } => match pick(&self.redemptions, which) {
                Some((key, who, reward)) => {
                    let reward = if other { (reward + 1) % 3 } else { reward };
                    Some(self.redeem(key, who, other, reward).await)
                }
                None => None,
            },
            Step::Reverse { which, key, reason } => self.reverse(which, key, reason).await,
            Step::UseCoupon { which, key, invoice } => self.use_coupon(which, key, invoice).await,
            Step::Report { mail, kind, minutes_ago, twice } => {
                self.report(mail, kind, minutes_ago, twice).await;
                None
            }
            Step::ReportAgain { which } => {
                self.report_again(which).await;
                None
            }
            Step::Resend { mail } => self.resend(mail).await,
            Step::ChangeAddress { who, to } => Some(self.change_address(who, to).await),
            Step::Unblock { who } => Some(self.unblock(who).await),
            Step::TimePasses { hours } => {
                self.oracle.now += hours * 3600;
                self.oracle.lapse();
                self.run_day().await;
                None
            }
        };
        if let Some((expected, answer)) = outcome {
            compare(step, &expected, &answer);
        }
    }

    /// Moves both clocks on to the next step.
    pub(super) fn tick(&mut self) {
        self.oracle.now += STEP_SECONDS;
        self.oracle.lapse();
        self.world.stack.set_clock(instant(self.oracle.now));
    }

    async fn enrol(&mut self, who: usize, key: u8) -> (Expected, Answer) {
        let mut body = json!({"name": format!("Mina Muster {who}"), "card_number": card(who)});
        if let Some(address) = first_address(who) {
            body["email"] = json!(address);
        }
        let expected = self.oracle.enrol(who, key);
        let answer = self.world.pos.post("/v1/members", body, Some(&format!("enrol-{key}"))).await;
        if answer.status == 201 {
            let member_id = answer.text("member_id");
            let first = self.member_ids.entry(who).or_insert_with(|| member_id.clone());
            assert_eq!(*first, member_id, "the same member has the same id");
        }
        (expected, answer)
    }

    /// Sends a request once or twice. The second answer to a successful one repeats the first.
    async fn post(
        &self,
        caller: &Caller,
        path: &str,
        body: Value,
        key: Option<&str>,
        twice: bool,
    ) -> Answer {
        let answer = caller.post(path, body.clone(), key).await;
        if twice && answer.status < 300 {
            let again = caller.post(path, body, key).await;
            assert!(again.replayed && again.status == answer.status, "{again:?} after {answer:?}");
        }
        answer
    }

    /// Returns the member themselves, or somebody else.
    async fn member_or(&self, other: &Caller, who: usize, by_member: bool) -> Caller {
        match self.member_ids.get(&who) {
            Some(member_id) if by_member => self.world.member(member_id).await,
            _ => other.clone(),
        }
    }

    fn fresh_key(&mut self) -> usize {
        self.next_key += 1;
        self.next_key
    }

    /// Names a person by card or by id, also one who is not enrolled.
    fn name(&self, body: &mut Value, who: usize, by_card: bool) {
        if by_card {
            body["card_number"] = json!(card(who));
        } else {
            body["member_id"] = json!(self.member_id(who));
        }
    }

    fn member_id(&self, who: usize) -> String {
        let nobody = || format!("mbr_{}", "0".repeat(26));
        self.member_ids.get(&who).cloned().unwrap_or_else(nobody)
    }
}

pub(super) fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Returns an element of a list by any number, or `None` if the list is empty.
fn pick<T: Clone>(list: &[T], which: u8) -> Option<T> {
    list.get(index(list.len(), which)?).cloned()
}

fn index(length: usize, which: u8) -> Option<usize> {
    usize::from(which).checked_rem(length)
}

fn card(who: usize) -> String {
    format!("card-{who}")
}

/// Compares an answer with the expected one.
fn compare(step: &Step, expected: &Expected, answer: &Answer) {
    let code = if answer.status < 400 { "" } else { answer.code() };
    let (is, must) = ((answer.status, code), (expected.status, expected.code));
    assert_eq!(is, must, "{step:?} answered {answer:?}, not {expected:?}");
    assert_eq!(answer.replayed, expected.replayed, "{step:?} answered {answer:?}");
    for (path, value) in &expected.facts {
        assert_eq!(answer.at(path), value, "{path} of {step:?} in {answer:?}");
    }
    if let Some(rows) = answer.at("explanation").as_array() {
        let sum: i64 = rows.iter().map(|row| row["points"].as_i64().unwrap()).sum();
        if let (Some(given), Some(clawed)) =
            (answer.at("points_given_back").as_i64(), answer.at("points_clawed_back").as_i64())
        {
            assert_eq!(sum, given - clawed, "the explanation of {step:?} in {answer:?}");
            return;
        }
        let points = [answer.at("points.earned"), answer.at("points")];
        let points = points.into_iter().find_map(Value::as_i64).unwrap_or(0);
        assert_eq!(sum, points, "the explanation of {step:?} in {answer:?}");
    }
}
