//! A year of the demo, week by week: joining, buying, rating, redeeming, and what agents do about it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::dice::Dice;
use super::people::{self, PEOPLE};
use super::shop::BRANCHES;
use crate::stage::{Actor, Stage};

const WEEKS: usize = 52;

/// What the shop sells: sku, category and price in minor units.
const GOODS: [(&str, &str, i64); 6] = [
    ("COFFEE-250", "grocery", 45_990),
    ("CHEESE-1", "dairy", 62_500),
    ("MILK-1", "dairy", 9_990),
    ("BREAD-1", "bakery", 6_900),
    ("LAMP-1", "home", 189_900),
    ("SOAP-3", "home", 21_000),
];

/// A year under way.
struct Year<'a> {
    stage: &'a Stage,
    dice: Dice,
    /// The ids of the members who joined.
    members: Vec<String>,
    invoices: usize,
}

pub(super) async fn play(stage: &Stage) -> anyhow::Result<()> {
    let now = stage.now().await?;
    let mut year = Year { stage, dice: Dice::new(7), members: Vec::new(), invoices: 0 };
    for week in 0..WEEKS {
        let weeks_left = i64::try_from(WEEKS - week)?;
        // The hour differs, so that weeks are not alike.
        let monday = now - SignedDuration::from_hours(weeks_left * 7 * 24);
        stage.set_clock(monday).await?;
        if week % 2 == 0 || week == 1 {
            year.join().await?;
        }
        year.week(week, monday).await?;
        stage.settle().await?;
        if week % 4 == 3 {
            stage.set_clock(monday + SignedDuration::from_hours(30)).await?;
            stage.fire("release-auto-replies").await?;
            stage.fire("generate-tasks").await?;
        }
    }
    stage.fact("members", year.members.len());
    stage.fact("purchases", year.invoices);
    Ok(())
}

impl Year<'_> {
    async fn join(&mut self) -> anyhow::Result<()> {
        let index = self.members.len();
        if index >= PEOPLE.len() {
            return Ok(());
        }
        let body = people::enrolment(index);
        let key = format!("demo-{}", people::card(index));
        let member = self.stage.post(&Actor::Agent, "/v1/members").key(key).body(body).answers(201);
        self.members.push(member.await?.text("/member_id")?);
        Ok(())
    }

    async fn week(&mut self, week: usize, monday: Timestamp) -> anyhow::Result<()> {
        for (index, person) in PEOPLE.iter().enumerate().take(self.members.len()) {
            if self.dice.roll(4) < person.visits {
                self.visit(index, monday).await?;
            }
            if week % 8 == index % 8 {
                self.redeem(week, index).await?;
            }
        }
        Ok(())
    }

    async fn visit(&mut self, index: usize, monday: Timestamp) -> anyhow::Result<()> {
        self.invoices += 1;
        let branch = BRANCHES[(index + self.dice.roll(6) / 5) % BRANCHES.len()].0;
        let invoice = format!("D-{:05}", self.invoices);
        let minutes = i64::try_from(self.dice.roll(60))?;
        let at = (monday - SignedDuration::from_mins(minutes)).to_string();
        let lines: Vec<Value> = (0..=self.dice.roll(3))
            .map(|_| {
                let (sku, category, price) = *self.dice.pick(&GOODS);
                let quantity = i64::try_from(1 + self.dice.roll(2)).unwrap_or(1);
                let amount = json!({"amount": price * quantity, "currency": "RUB"});
                json!({"sku": sku, "category": category, "quantity": quantity, "amount": amount})
            })
            .collect();
        let total: i64 = lines.iter().filter_map(|line| line["amount"]["amount"].as_i64()).sum();
        let body = json!({
            "member_id": self.members[index], "branch": branch, "invoice_number": invoice,
            "purchased_at": at, "total": {"amount": total, "currency": "RUB"}, "lines": lines,
        });
        self.stage.post(&Actor::Till, "/v1/purchases").body(body).answers(201).await?;
        if self.dice.roll(3) == 0 {
            self.rate(index, branch, &invoice, &at).await?;
        }
        Ok(())
    }

    async fn rate(
        &mut self,
        index: usize,
        branch: &str,
        invoice: &str,
        at: &str,
    ) -> anyhow::Result<()> {
        let score = *self.dice.pick(&[2, 4, 6, 7, 8, 8, 9, 9, 9, 10, 10, 10]);
        let locale = PEOPLE[index].locale;
        let speaks = self.dice.roll(3) > 0;
        let body = json!({
            "member_id": self.members[index], "score": score, "branch": branch,
            "invoice_number": invoice, "visited_at": at,
            "comment": speaks.then(|| people::remark(locale, score)),
        });
        let rating = self.stage.post(&Actor::Till, "/v1/ratings").body(body).answers(201).await?;
        if score > 6 || !speaks || self.dice.roll(3) == 0 {
            return Ok(());
        }
        let path = format!("/v1/ratings/{}", rating.text("/rating_id")?);
        let reply = json!({"text": people::apology(locale)});
        let key = format!("demo-reply-{invoice}");
        let post = self.stage.post(&Actor::Agent, format!("{path}/messages")).key(key);
        post.body(reply).answers(201).await?;
        if self.dice.roll(2) == 0 {
            let gift = json!({"gift": {"kind": "points", "points": 50}});
            let key = format!("demo-gift-{invoice}");
            let post = self.stage.post(&Actor::Agent, format!("{path}/gifts")).key(key);
            post.body(gift).succeeds().await?;
        }
        Ok(())
    }

    /// Redeems what the balance allows; some coupons are used, and one in five is an accident.
    async fn redeem(&mut self, week: usize, index: usize) -> anyhow::Result<()> {
        let member_id = self.members[index].clone();
        let member = self.stage.get(&Actor::Agent, format!("/v1/members/{member_id}")).answers(200);
        let available = member.await?.number("/balance/available")?;
        let Some(reward) = [(100, "rwd_ten_percent"), (50, "rwd_coffee")]
            .into_iter()
            .find_map(|(cost, reward)| (available >= cost).then_some(reward))
        else {
            return Ok(());
        };
        let key = format!("demo-redeem-{week}-{index}");
        let body = json!({"member_id": member_id, "reward_id": reward});
        let post = self.stage.post(&Actor::Till, "/v1/redemptions").key(&key).body(body);
        let redemption = post.answers(201).await?;
        self.stage.settle().await?;
        match self.dice.roll(5) {
            0 => {
                let path =
                    format!("/v1/redemptions/{}/reversal", redemption.text("/redemption_id")?);
                let post = self.stage.post(&Actor::Agent, path).key(format!("{key}-undo"));
                post.body(json!({"reason": "pressed by accident"})).answers(201).await?;
            }
            1..=3 => {
                let path = format!("/v1/coupons/{}/use", redemption.text("/coupon/code")?);
                let branch = BRANCHES[index % BRANCHES.len()].0;
                let body = json!({"branch": branch, "invoice_number": format!("C-{week}-{index}")});
                let post = self.stage.post(&Actor::Till, path).key(format!("{key}-use"));
                post.body(body).answers(200).await?;
            }
            _ => {}
        }
        Ok(())
    }
}
