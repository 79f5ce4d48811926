//! The scenes at the till: enrolment, baskets, and the accidental redemption.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::cast::{Ana, BRANCH, Redemption, Reward, suffix};
use crate::stage::{Actor, Stage};

/// How many large baskets may be bought until the points suffice.
const LARGE_BASKETS: u32 = 10;

/// Enrols a member who does not exist.
pub(super) async fn enrol(stage: &mut Stage) -> anyhow::Result<Ana> {
    stage.step("An agent enrols Ana Ejemplo, who is invented.");
    let suffix = suffix()?;
    let name = "Ana Ejemplo";
    let card_number = format!("STORY-{suffix}");
    let email = format!("ana.ejemplo.{suffix}@example.com");
    let member = stage
        .post(&Actor::Agent, "/v1/members")
        .key(format!("story-enrol-{suffix}"))
        .body(json!({
            "name": name, "email": email, "card_number": card_number, "locale": "es",
        }))
        .answers(201)
        .await?;
    let member_id = member.text("/member_id")?;
    stage.fact("member", &member_id);
    stage.fact("card", &card_number);
    stage.fact("e-mail", &email);
    Ok(Ana {
        name,
        card_number,
        email,
        corrected_email: format!("ana.correcta.{suffix}@example.com"),
        enrolled_at: member.text("/created_at")?,
        herself: stage.member(&member_id).await?,
        member_id,
        suffix,
    })
}

/// Asks how many points a basket would earn.
pub(super) async fn quote_a_basket(stage: &mut Stage, ana: &Ana) -> anyhow::Result<()> {
    stage.step("Before paying, she asks what the basket would earn.");
    let currency = currency(stage).await?;
    let quote = stage
        .post(&Actor::Till, "/v1/purchases/quote")
        .body(first_basket(ana, &currency))
        .answers(200)
        .await?;
    stage.fact("points", quote.number("/points")?);
    for row in quote.list("/explanation")? {
        stage.fact("because", explained(row));
    }
    Ok(())
}

/// Buys two baskets.
pub(super) async fn buy(stage: &mut Stage, ana: &Ana) -> anyhow::Result<()> {
    stage.step("She buys it, and comes back for what she forgot.");
    let currency = currency(stage).await?;
    for basket in [first_basket(ana, &currency), second_basket(ana, &currency)] {
        post_purchase(stage, basket).await?;
    }
    Ok(())
}

/// Chooses the cheapest reward, and buys more when the points do not suffice yet.
pub(super) async fn choose_a_reward(stage: &mut Stage, ana: &Ana) -> anyhow::Result<Reward> {
    stage.step("The catalogue has something for her.");
    let catalogue =
        stage.get(&ana.herself, "/v1/rewards").query("limit", "100").answers(200).await?;
    let reward = catalogue
        .list("/data")?
        .iter()
        .filter(|reward| reward["active"].as_bool() != Some(false))
        .filter_map(|reward| {
            Some(Reward {
                reward_id: reward["reward_id"].as_str()?.to_owned(),
                name: reward["name"].as_str()?.to_owned(),
                points_cost: reward["points_cost"].as_i64()?,
            })
        })
        .min_by_key(|reward| reward.points_cost)
        .context("the catalogue has no active reward")?;
    stage.fact("reward", &reward.name);
    stage.fact("costs", format!("{} points", reward.points_cost));
    let currency = currency(stage).await?;
    for number in 1..=LARGE_BASKETS {
        if available(stage, ana).await? >= reward.points_cost {
            return Ok(reward);
        }
        post_purchase(stage, large_basket(ana, &currency, number)).await?;
    }
    ensure!(
        available(stage, ana).await? >= reward.points_cost,
        "{LARGE_BASKETS} large baskets do not earn what the reward costs"
    );
    Ok(reward)
}

/// Looks at the points, as she does at home.
pub(super) async fn look_at_the_balance(stage: &mut Stage, ana: &Ana) -> anyhow::Result<()> {
    stage.step("At home Ana looks at her points.");
    let path = format!("/v1/members/{}", ana.member_id);
    let member = stage.get(&ana.herself, path).answers(200).await?;
    stage.fact("available", member.number("/balance/available")?);
    stage.fact("pending", member.number("/balance/pending")?);
    stage.fact("e-mail", member.text("/email_status/state")?);
    Ok(())
}

/// Redeems a reward for her that she did not ask for.
pub(super) async fn redeem_by_accident(
    stage: &mut Stage,
    ana: &Ana,
    reward: &Reward,
) -> anyhow::Result<Redemption> {
    stage.step("On her next visit the till redeems it, by a slip of the finger.");
    let key = format!("story-redeem-{}", ana.suffix);
    let answer = stage
        .post(&Actor::Till, "/v1/redemptions")
        .key(&key)
        .body(redemption_of(ana, &reward.reward_id))
        .answers(201)
        .await?;
    let redemption = Redemption {
        key,
        redemption_id: answer.text("/redemption_id")?,
        reward_id: reward.reward_id.clone(),
        points_spent: answer.number("/points_spent")?,
        code: answer.text("/coupon/code")?,
        email_id: answer.text("/email_id")?,
    };
    ensure!(
        redemption.points_spent == reward.points_cost,
        "the reward costs {}, but {} points were spent",
        reward.points_cost,
        redemption.points_spent
    );
    stage.fact("redemption", &redemption.redemption_id);
    stage.fact("points spent", redemption.points_spent);
    stage.fact("coupon", &redemption.code);
    stage.fact("good until", answer.text("/coupon/expires_at")?);
    stage.fact("points left", available(stage, ana).await?);
    Ok(redemption)
}

/// Sends the very same redemption again, as a till does whose connection broke.
pub(super) async fn redeem_once_more_with_the_same_key(
    stage: &mut Stage,
    ana: &Ana,
    redemption: &Redemption,
) -> anyhow::Result<()> {
    stage.step("The till never saw the answer and sends the same redemption again.");
    let before = available(stage, ana).await?;
    let answer = stage
        .post(&Actor::Till, "/v1/redemptions")
        .key(&redemption.key)
        .body(redemption_of(ana, &redemption.reward_id))
        .answers(201)
        .await?;
    let again = answer.text("/redemption_id")?;
    ensure!(
        again == redemption.redemption_id && answer.text("/coupon/code")? == redemption.code,
        "the repetition made a second redemption, {again}"
    );
    ensure!(answer.replayed(), "the answer does not say that it is a repetition");
    let after = available(stage, ana).await?;
    ensure!(after == before, "the repetition took {} points", before - after);
    stage.fact("redemption", again);
    stage.fact("the same answer", "yes, replayed");
    Ok(())
}

/// Returns the points she can spend.
pub(super) async fn available(stage: &Stage, ana: &Ana) -> anyhow::Result<i64> {
    let path = format!("/v1/members/{}", ana.member_id);
    let member = stage.get(&Actor::Agent, path).answers(200).await?;
    member.number("/balance/available")
}

/// Returns a row of an explanation as a sentence.
pub(super) fn explained(row: &Value) -> String {
    let text = row["text"].as_str().or(row.as_str()).unwrap_or_default();
    match row["points"].as_i64() {
        Some(points) => format!("{text} ({points:+})"),
        None => text.to_owned(),
    }
}

async fn currency(stage: &Stage) -> anyhow::Result<String> {
    let program = stage.get(&Actor::Admin, "/v1/program").answers(200).await?;
    program.text("/currency")
}

async fn post_purchase(stage: &Stage, basket: Value) -> anyhow::Result<()> {
    let purchase = stage.post(&Actor::Till, "/v1/purchases").body(basket).answers(201).await?;
    stage.fact("purchase", purchase.text("/purchase_id")?);
    let earned = purchase.number("/points/earned")?;
    let status = purchase.text("/points/status")?;
    stage.fact("earned", format!("{earned} points, {status}"));
    Ok(())
}

fn redemption_of(ana: &Ana, reward_id: &str) -> Value {
    json!({"card_number": ana.card_number, "reward_id": reward_id})
}

fn first_basket(ana: &Ana, currency: &str) -> Value {
    let money = |amount: i64| json!({"amount": amount, "currency": currency});
    json!({
        "card_number": ana.card_number,
        "branch": BRANCH,
        "invoice_number": format!("{}-1", ana.suffix),
        "purchased_at": ana.enrolled_at,
        "total": money(149_990),
        "lines": [
            {"sku": "COFFEE-250", "category": "grocery", "quantity": 2, "amount": money(99_980)},
            {"sku": "CHEESE-1", "category": "dairy", "quantity": 1, "amount": money(59_990),
             "discount": money(9_980)},
        ],
    })
}

fn second_basket(ana: &Ana, currency: &str) -> Value {
    let money = |amount: i64| json!({"amount": amount, "currency": currency});
    json!({
        "card_number": ana.card_number,
        "branch": BRANCH,
        "invoice_number": format!("{}-2", ana.suffix),
        "purchased_at": ana.enrolled_at,
        "total": money(89_900),
        "lines": [
            {"sku": "BREAD-1", "category": "bakery", "quantity": 1, "amount": money(89_900)},
        ],
    })
}

fn large_basket(ana: &Ana, currency: &str, number: u32) -> Value {
    let money = |amount: i64| json!({"amount": amount, "currency": currency});
    json!({
        "card_number": ana.card_number,
        "branch": BRANCH,
        "invoice_number": format!("{}-large-{number}", ana.suffix),
        "purchased_at": ana.enrolled_at,
        "total": money(4_999_000),
        "lines": [
            {"sku": "KITCHEN-1", "category": "home", "quantity": 1, "amount": money(4_999_000)},
        ],
    })
}
