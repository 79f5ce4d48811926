//! The scenes of a lost refund: money without an order, a promise that is broken, and the money that is back.

use anyhow::{Context as _, ensure};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::cast::Ana;
use crate::stage::{Actor, Answer, Stage};

/// The claim of the story, and the order that was paid.
struct Refund<'a> {
    ana: &'a Ana,
    order_id: String,
    currency: String,
    claim: String,
}

/// Plays the lost refund from the payment to the money that is back.
pub(super) async fn play(stage: &mut Stage, ana: &Ana) -> anyhow::Result<()> {
    let refund = pay_without_an_order(stage, ana).await?;
    refund.request(stage).await?;
    refund.send(stage).await?;
    refund.break_a_promise(stage).await?;
    refund.receive(stage).await?;
    refund.look_back(stage).await
}

async fn pay_without_an_order<'a>(stage: &mut Stage, ana: &'a Ana) -> anyhow::Result<Refund<'a>> {
    stage.step("Ana pays for an order in the shop, and the order is lost.");
    let program = stage.get(&Actor::Admin, "/v1/program").answers(200).await?;
    let minutes = program.number("/claims/money_without_order_minutes")?;
    let mut refund = Refund {
        ana,
        order_id: format!("story-{}-paid", ana.suffix),
        currency: program.text("/currency")?,
        claim: String::new(),
    };
    refund.report(stage, "payment_received", Value::Null).await?;
    refund.report(stage, "order_failed", Value::Null).await?;
    let later = stage.now().await? + SignedDuration::from_mins(minutes + 1);
    stage.set_clock(later).await?;
    stage.fire("find-failures").await?;
    let path = format!("/v1/claims?member_id={}", ana.member_id);
    let claims = stage.get(&Actor::Agent, path).answers(200).await?;
    let hers = |claim: &&Value| claim["evidence"]["order_id"] == refund.order_id.as_str();
    let claim = claims.list("/data")?.iter().find(hers).cloned();
    let claim = claim.context("the money without an order did not become a claim")?;
    refund.claim = claim["claim_id"].as_str().context("a claim has no id")?.to_owned();
    stage.fact("found", format!("{minutes} minutes later, before Ana writes"));
    stage.fact("claim", &refund.claim);
    stage.fact("money at", claim["money_at"].as_str().unwrap_or("?"));
    let to_do = claim["to_do"].as_array().into_iter().flatten().filter_map(Value::as_str);
    stage.fact("to do", to_do.collect::<Vec<_>>().join(", ").replace('_', " "));
    refund.mail(stage, "dinero").await?;
    Ok(refund)
}

impl Refund<'_> {
    async fn request(&self, stage: &mut Stage) -> anyhow::Result<()> {
        stage.step("The order cannot be completed, so the agent requests the refund in the shop.");
        self.report(stage, "refund_requested", Value::Null).await?;
        self.expect(stage, "waiting", "provider").await?;
        self.mail(stage, "reembolso").await
    }

    async fn send(&self, stage: &mut Stage) -> anyhow::Result<()> {
        stage.step("The provider sends the money. A reference alone does not close the claim.");
        self.report(stage, "refund_sent", json!({"bank_reference": "ES-7700-0001"})).await?;
        let claim = self.expect(stage, "waiting", "bank").await?;
        stage.fact("reference", claim.text("/bank_reference")?);
        self.mail(stage, "camino").await
    }

    async fn break_a_promise(&self, stage: &mut Stage) -> anyhow::Result<()> {
        stage.step("The promised day passes without the money. Ana is told so, once.");
        let claim = self.read(stage).await?;
        let program = stage.get(&Actor::Admin, "/v1/program").answers(200).await?;
        let days = program.number("/claims/promise_days")?;
        let later = stage.now().await? + SignedDuration::from_hours(24 * (days + 1));
        stage.set_clock(later).await?;
        for _ in 0..2 {
            stage.fire("generate-tasks").await?;
        }
        stage.fact("promised", claim.text("/promised_by")?);
        self.mail(stage, "prometimos").await
    }

    async fn receive(&self, stage: &mut Stage) -> anyhow::Result<()> {
        stage.step("The money is back. That proves it, and ends the claim.");
        self.report(stage, "refund_received", Value::Null).await?;
        let claim = self.expect(stage, "resolved", "customer").await?;
        ensure!(claim.value("/proven")? == json!(true), "the claim is not proven");
        self.mail(stage, "llegado").await
    }

    async fn look_back(&self, stage: &mut Stage) -> anyhow::Result<()> {
        stage.step("What Ana sees of her claim, step by step.");
        let path = format!("/v1/claims/{}", self.claim);
        let claim = stage.get(&self.ana.herself, path).answers(200).await?;
        for step in claim.list("/history")? {
            let part = |name: &str| step[name].as_str().unwrap_or_default().replace('_', " ");
            let what = if part("event").is_empty() { part("what") } else { part("event") };
            stage.fact(&what, format!("{} by {}, {}", part("at"), part("by"), part("status")));
        }
        Ok(())
    }

    /// Reports an event of the money, with the current time.
    async fn report(&self, stage: &Stage, kind: &str, further: Value) -> anyhow::Result<()> {
        let mut body = json!({
            "event_id": format!("{}-{kind}", self.order_id), "kind": kind,
            "member_id": self.ana.member_id, "order_id": self.order_id,
            "at": stage.now().await?.to_string(),
            "amount": {"amount": 129_990, "currency": self.currency},
        });
        if let (Value::Object(body), Value::Object(further)) = (&mut body, further) {
            body.extend(further);
        }
        stage.post(&Actor::Till, "/v1/orders/events").body(body).answers(201).await?;
        stage.settle().await
    }

    async fn read(&self, stage: &Stage) -> anyhow::Result<Answer> {
        let path = format!("/v1/claims/{}", self.claim);
        stage.get(&Actor::Agent, path).answers(200).await
    }

    async fn expect(&self, stage: &Stage, status: &str, money_at: &str) -> anyhow::Result<Answer> {
        let claim = self.read(stage).await?;
        let found = (claim.text("/status")?, claim.text("/money_at")?);
        ensure!(found == (status.to_owned(), money_at.to_owned()), "the claim is {found:?}");
        stage.fact("status", status);
        stage.fact("money at", money_at);
        Ok(claim)
    }

    /// Shows the newest mail to Ana, which must be the only one about the claim with this word in its subject.
    async fn mail(&self, stage: &Stage, word: &str) -> anyhow::Result<()> {
        let address = &*self.ana.corrected_email;
        let outbox =
            stage.get(&Actor::Nobody, "/local/outbox").query("to", address).answers(200).await?;
        let of_claim = |mail: &&Value| {
            let has = |name: &str, part: &str| {
                mail[name].as_str().is_some_and(|text| text.contains(part))
            };
            has("text", &self.claim) && has("subject", word)
        };
        let mails: Vec<&Value> = outbox.list("/data")?.iter().filter(of_claim).collect();
        ensure!(mails.len() == 1, "{} mails about the claim have \"{word}\"", mails.len());
        stage.fact("mail", mails[0]["subject"].as_str().unwrap_or_default());
        let text = mails[0]["text"].as_str().unwrap_or_default();
        for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()).take(3) {
            stage.line(&format!("      {:<16} {line}", ""));
        }
        Ok(())
    }
}
