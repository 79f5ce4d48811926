//! The scenes of a wrong rule: a promotion that was on the poster and not in the programme, a complaint, a
//! preview, and the re-rate that puts it right.

use anyhow::{Context as _, ensure};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::cast::{Ana, BRANCH};
use super::till::{available, explained};
use crate::stage::{Actor, Answer, Stage};

const PROGRAM: &str = "/v1/program";
const RERATES: &str = "/v1/program/rerates";
/// How often the story asks whether a run has finished.
const LOOKS: u32 = 20;

/// Plays the wrong rule to its good end.
pub(super) async fn play(stage: &mut Stage, ana: &Ana) -> anyhow::Result<()> {
    let before = stage.get(&Actor::Admin, PROGRAM).answers(200).await?.value("")?;
    let purchase_id = buy_what_the_poster_promises(stage, ana, &before).await?;
    let claim_id = complain(stage, ana).await?;
    let days = of_today(stage, &before).await?;
    let draft = with_the_forgotten_promotion(ana, &before, &days)?;
    preview(stage, ana, &draft, &days).await?;
    let version = go_live(stage, &draft).await?;
    rate_again(stage, ana, &days, version).await?;
    read_why(stage, ana, &purchase_id).await?;
    close_the_claim(stage, ana, &claim_id).await?;
    // The poster is taken down: from now on the rules are those of before.
    let mut before = before;
    before["effective_from"] = Value::Null;
    stage.put(&Actor::Admin, PROGRAM).body(before).answers(200).await?;
    Ok(())
}

async fn buy_what_the_poster_promises(
    stage: &mut Stage,
    ana: &Ana,
    program: &Value,
) -> anyhow::Result<String> {
    stage.step("A poster says: three times the points for dairy. Ana buys cheese for 300.00.");
    let money = |amount: i64| json!({"amount": amount, "currency": program["currency"]});
    let body = json!({
        "card_number": ana.card_number, "branch": BRANCH,
        "invoice_number": format!("{}-poster", ana.suffix),
        "purchased_at": stage.now().await?.to_string(), "total": money(110_000),
        "lines": [
            {"sku": "CHEESE-9", "category": "dairy", "quantity": 1.25, "amount": money(30_000)},
            {"sku": "RICE-1", "category": "grocery", "quantity": 1, "amount": money(80_000)},
        ],
    });
    let purchase = stage.post(&Actor::Till, "/v1/purchases").body(body).answers(201).await?;
    stage.fact("earned", format!("{} points", purchase.number("/points/earned")?));
    for row in purchase.list("/explanation")? {
        stage.fact("because", explained(row));
    }
    purchase.text("/purchase_id")
}

async fn complain(stage: &mut Stage, ana: &Ana) -> anyhow::Result<String> {
    stage.step("She misses the points of the poster, and says so.");
    let claim = stage
        .post(&ana.herself, "/v1/claims")
        .key(format!("story-poster-{}", ana.suffix))
        .body(json!({
            "member_id": ana.member_id, "kind": "missing_points",
            "evidence": {
                "branch": BRANCH, "invoice_number": format!("{}-poster", ana.suffix),
                "note": "El cartel dice tres veces los puntos.",
            },
        }))
        .answers(201)
        .await?;
    stage.fact("claim", claim.text("/claim_id")?);
    stage.fact("promised by", claim.text("/promised_by")?);
    claim.text("/claim_id")
}

/// Returns the local date of today, as `from` and `to` of a run.
async fn of_today(stage: &Stage, program: &Value) -> anyhow::Result<Value> {
    let zone = TimeZone::get(program["time_zone"].as_str().context("no time zone")?)?;
    let today = stage.now().await?.to_zoned(zone).date().to_string();
    Ok(json!({"from": today, "to": today}))
}

fn with_the_forgotten_promotion(ana: &Ana, program: &Value, days: &Value) -> anyhow::Result<Value> {
    let mut draft = program.clone();
    let promotion = json!({
        "id": format!("dairy-{}", ana.suffix), "name": "Triple dairy", "categories": ["dairy"],
        "branches": [BRANCH], "effect": {"multiplier": "3"},
    });
    let zone = TimeZone::get(program["time_zone"].as_str().context("no time zone")?)?;
    let today: jiff::civil::Date = days["from"].as_str().context("no day")?.parse()?;
    draft["effective_from"] = json!(today.to_zoned(zone)?.timestamp().to_string());
    draft["promotions"].as_array_mut().context("no promotions")?.push(promotion);
    Ok(draft)
}

async fn preview(stage: &mut Stage, ana: &Ana, draft: &Value, days: &Value) -> anyhow::Result<()> {
    stage.step("An admin writes the forgotten promotion, and sees first who would gain.");
    let started = stage
        .post(&Actor::Admin, "/v1/program/preview")
        .key(format!("story-preview-{}", ana.suffix))
        .body(json!({"program": draft, "from": days["from"], "to": days["to"]}))
        .answers(202)
        .await?;
    let path = format!("/v1/program/previews/{}", started.text("/preview_id")?);
    let report = finished(stage, &path).await?;
    tell(stage, &report)
}

async fn go_live(stage: &mut Stage, draft: &Value) -> anyhow::Result<i64> {
    stage.step("It goes live, from this morning on.");
    let written = stage.put(&Actor::Admin, PROGRAM).body(draft.clone()).answers(200).await?;
    stage.fact("version", written.number("/version")?);
    written.number("/version")
}

async fn rate_again(
    stage: &mut Stage,
    ana: &Ana,
    days: &Value,
    version: i64,
) -> anyhow::Result<()> {
    stage.step("What was bought since is rated again: first as a plan, then for good.");
    let before = available(stage, ana).await?;
    for dry_run in [true, false] {
        let started = stage
            .post(&Actor::Admin, RERATES)
            .key(format!("story-rerate-{}-{dry_run}", ana.suffix))
            .body(json!({
                "dry_run": dry_run, "from": days["from"], "to": days["to"], "version": version,
            }))
            .answers(202)
            .await?;
        let path = format!("{RERATES}/{}", started.text("/rerate_id")?);
        let report = finished(stage, &path).await?;
        stage.fact("", if dry_run { "the plan" } else { "for good" });
        tell(stage, &report)?;
        let points = available(stage, ana).await?;
        ensure!(dry_run == (points == before), "a plan changes nothing, and a re-rate does");
    }
    Ok(())
}

async fn read_why(stage: &mut Stage, ana: &Ana, purchase_id: &str) -> anyhow::Result<()> {
    stage.step("What Ana reads.");
    let path = format!("/v1/members/{}/timeline", ana.member_id);
    let page = stage.get(&ana.herself, path).answers(200).await?;
    let corrected = page.list("/data")?.iter().find(|entry| {
        entry["kind"] == "adjustment" && entry["purchase_id"].as_str() == Some(purchase_id)
    });
    let entry = corrected.context("her timeline does not tell of the correction")?;
    stage.fact("points", entry["points"].as_i64().unwrap_or_default());
    stage.fact("", entry["summary"].as_str().unwrap_or_default());
    for row in entry["explanation"].as_array().into_iter().flatten() {
        stage.fact("because", explained(row));
    }
    Ok(())
}

async fn close_the_claim(stage: &mut Stage, ana: &Ana, claim_id: &str) -> anyhow::Result<()> {
    stage.step("The agent tells her, and she agrees that it is resolved.");
    let path = format!("/v1/claims/{claim_id}/updates");
    let told =
        json!({"status": "resolved", "note": "Los puntos del cartel ya están en tu cuenta."});
    let updates = [(Actor::Agent, told), (ana.herself.clone(), json!({"confirmed": true}))];
    for (number, (actor, body)) in updates.into_iter().enumerate() {
        let key = format!("story-poster-{}-{number}", ana.suffix);
        let claim = stage.post(&actor, &path).key(key).body(body).answers(201).await?;
        stage.fact("claim", claim.text("/status")?);
    }
    Ok(())
}

/// Waits for the end of a run, and returns its report.
async fn finished(stage: &Stage, path: &str) -> anyhow::Result<Answer> {
    for _ in 0..LOOKS {
        stage.settle().await?;
        let report = stage.get(&Actor::Admin, path).answers(200).await?;
        if report.text("/status")? == "finished" {
            return Ok(report);
        }
    }
    anyhow::bail!("{path} does not finish")
}

fn tell(stage: &Stage, report: &Answer) -> anyhow::Result<()> {
    stage.fact("purchases", report.number("/purchases")?);
    stage.fact("points now", report.number("/points_now")?);
    stage.fact("points then", report.number("/points_then")?);
    stage.fact("gain", format!("{} members", report.number("/more/members")?));
    stage.fact("lose", format!("{} members", report.number("/less/members")?));
    Ok(())
}
