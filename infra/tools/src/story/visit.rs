//! The scenes after a bad visit: a score without a word, the automatic reply, an answer, and a gift
//! that makes up for it.

use anyhow::{Context as _, ensure};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::cast::{Ana, BRANCH};
use crate::stage::{Actor, Stage};

/// How long the automatic reply waits for a comment.
const WAIT: SignedDuration = SignedDuration::from_mins(30);
const SETTINGS: &str = "/v1/settings/auto-reply";

/// Plays the bad visit to its good end.
pub(super) async fn play(stage: &mut Stage, ana: &Ana) -> anyhow::Result<()> {
    let before = switch_the_automatic_reply_on(stage).await?;
    let rating_id = rate_without_a_word(stage, ana).await?;
    receive_the_automatic_reply(stage, ana).await?;
    stage.put(&Actor::Supervisor, SETTINGS).body(before).answers(200).await?;
    open_the_inbox(stage, ana, &rating_id).await?;
    answer(stage, ana, &rating_id).await?;
    let code = give_a_gift(stage, ana, &rating_id).await?;
    write_back(stage, ana, &rating_id).await?;
    redeem_the_gift(stage, ana, &rating_id, &code).await?;
    sum_up(stage).await
}

/// Switches the automatic reply on, and returns the settings as they were.
async fn switch_the_automatic_reply_on(stage: &mut Stage) -> anyhow::Result<Value> {
    stage.step("A supervisor switches the automatic reply to bad scores on.");
    let before = stage.get(&Actor::Supervisor, SETTINGS).answers(200).await?;
    let minutes = WAIT.as_mins();
    let settings = json!({
        "enabled": true, "subject": "¿Qué pasó en tu visita?",
        "body": "Sentimos que no haya ido bien.\nCuéntanos qué pasó: lo leemos todo.",
        "wait_minutes": minutes,
    });
    let saved = stage.put(&Actor::Supervisor, SETTINGS).body(settings).answers(200).await?;
    stage.fact("subject", saved.text("/subject")?);
    stage.fact("waits", format!("{} minutes", saved.number("/wait_minutes")?));
    let part = |name: &str| before.value(&format!("/{name}"));
    Ok(json!({
        "enabled": part("enabled")?, "subject": part("subject")?, "body": part("body")?,
        "wait_minutes": part("wait_minutes")?,
    }))
}

async fn rate_without_a_word(stage: &mut Stage, ana: &Ana) -> anyhow::Result<String> {
    stage.step("Ana rates her visit with a 4, and says nothing.");
    let body = json!({
        "member_id": ana.member_id, "score": 4, "branch": BRANCH,
        "invoice_number": format!("{}-1", ana.suffix), "visited_at": ana.enrolled_at,
    });
    let rating = stage.post(&ana.herself, "/v1/ratings").body(body).answers(201).await?;
    stage.fact("category", rating.text("/category")?);
    stage.fact("color", rating.text("/color")?);
    rating.text("/rating_id")
}

async fn receive_the_automatic_reply(stage: &mut Stage, ana: &Ana) -> anyhow::Result<()> {
    stage.step("Half an hour later there is still no comment: the automatic reply leaves, once.");
    let later = stage.now().await? + WAIT + SignedDuration::from_mins(1);
    stage.set_clock(later).await?;
    for _ in 0..2 {
        stage.fire("release-auto-replies").await?;
    }
    let replies = mails_with(stage, ana, "¿Qué pasó en tu visita?").await?;
    ensure!(replies.len() == 1, "{} automatic replies were sent", replies.len());
    stage.fact("to", &ana.corrected_email);
    stage.fact("subject", replies[0]["subject"].as_str().unwrap_or_default());
    let text = replies[0]["text"].as_str().unwrap_or_default();
    let link = text.split_whitespace().find(|word| word.starts_with("http"));
    stage.fact("unsubscribe", link.context("the mail has no link to unsubscribe")?);
    Ok(())
}

async fn open_the_inbox(stage: &mut Stage, ana: &Ana, rating_id: &str) -> anyhow::Result<()> {
    stage.step("The agent looks at what is unread, and opens it.");
    let unread = stage
        .get(&Actor::Agent, "/v1/ratings")
        .query("sort", "unread")
        .query("name", "ejemplo")
        .query("limit", "100")
        .answers(200)
        .await?;
    let rows = unread.list("/data")?.iter();
    let hers = rows.filter(|row| row["rating_id"] == rating_id).count();
    ensure!(hers == 1, "the rating is {hers} times in the list");
    let opened = stage.get(&Actor::Agent, path(rating_id)).answers(200).await?;
    stage.fact("name", opened.text("/name")?);
    stage.fact("score", opened.number("/score")?);
    stage.fact("visit", format!("{} at {BRANCH}", opened.text("/visited_at")?));
    let again = stage.get(&Actor::Agent, path(rating_id)).answers(200).await?;
    ensure!(again.value("/unread")? == json!(false), "opening did not mark {} read", ana.name);
    stage.fact("read", "yes");
    Ok(())
}

async fn answer(stage: &mut Stage, ana: &Ana, rating_id: &str) -> anyhow::Result<()> {
    stage.step("The agent answers; the answer goes by mail.");
    let text = "Hola, Ana:\nel café estaba frío y la cola era larga. Lo sentimos mucho.";
    let message = stage
        .post(&Actor::Agent, format!("{}/messages", path(rating_id)))
        .key(format!("story-{}-answer", ana.suffix))
        .body(json!({"text": text}))
        .answers(201)
        .await?;
    stage.settle().await?;
    let email_id = message.text("/email_id")?;
    let mail = stage.get(&Actor::Agent, format!("/v1/emails/{email_id}")).answers(200).await?;
    stage.fact("mail", mail.text("/subject")?);
    stage.fact("status", mail.text("/status")?);
    Ok(())
}

async fn give_a_gift(stage: &mut Stage, ana: &Ana, rating_id: &str) -> anyhow::Result<String> {
    stage.step("And makes up for it with a gift.");
    let gift = json!({"kind": "product", "name": "Un café de regalo", "valid_days": 14});
    let given = stage
        .post(&Actor::Agent, format!("{}/gifts", path(rating_id)))
        .key(format!("story-{}-gift", ana.suffix))
        .body(json!({"gift": gift}))
        .answers(201)
        .await?;
    stage.settle().await?;
    stage.fact("gift", given.text("/name")?);
    stage.fact("status", given.text("/status")?);
    let code = given.text("/coupon/code")?;
    let mails = mails_containing(stage, ana, &code).await?;
    ensure!(mails.len() == 1, "{} mails bring the coupon", mails.len());
    stage.fact("coupon", &code);
    stage.fact("expires", given.text("/coupon/expires_at")?);
    Ok(code)
}

async fn write_back(stage: &mut Stage, ana: &Ana, rating_id: &str) -> anyhow::Result<()> {
    stage.step("Ana writes back in the same thread; for the agent it is unread again.");
    stage
        .post(&ana.herself, format!("{}/messages", path(rating_id)))
        .key(format!("story-{}-thanks", ana.suffix))
        .body(json!({"text": "Gracias, qué detalle. Volveré."}))
        .answers(201)
        .await?;
    let hers = stage.get(&ana.herself, path(rating_id)).answers(200).await?;
    ensure!(hers.value("/unread")? == json!(true), "her message did not make it unread");
    for message in hers.list("/messages")? {
        let line = message["text"].as_str().unwrap_or_default().replace('\n', " ");
        stage.fact(message["from"].as_str().unwrap_or("?"), line);
    }
    Ok(())
}

async fn redeem_the_gift(
    stage: &mut Stage,
    ana: &Ana,
    rating_id: &str,
    code: &str,
) -> anyhow::Result<()> {
    stage.step("On her next visit the till takes the coupon.");
    let used = stage
        .post(&Actor::Till, format!("/v1/coupons/{code}/use"))
        .key(format!("story-{}-coffee", ana.suffix))
        .body(json!({"branch": BRANCH, "invoice_number": format!("{}-coffee", ana.suffix)}))
        .answers(200)
        .await?;
    stage.fact("coupon", used.text("/status")?);
    let rating = stage.get(&Actor::Agent, path(rating_id)).answers(200).await?;
    for count in ["offered", "redeemed", "expired"] {
        stage.fact(count, rating.number(&format!("/gifts/{count}"))?);
    }
    Ok(())
}

async fn sum_up(stage: &mut Stage) -> anyhow::Result<()> {
    stage.step("What the visits to the branch add up to.");
    let summary = stage
        .get(&Actor::Agent, "/v1/ratings/summary")
        .query("branch", BRANCH)
        .answers(200)
        .await?;
    stage.fact("ratings", summary.number("/ratings")?);
    stage.fact("replies", summary.number("/replies")?);
    stage.fact("detractors", summary.number("/detractors")?);
    stage.fact("NPS", summary.value("/nps")?);
    Ok(())
}

async fn mails_with(stage: &Stage, ana: &Ana, subject: &str) -> anyhow::Result<Vec<Value>> {
    mails(stage, ana, |mail| mail["subject"] == subject).await
}

async fn mails_containing(stage: &Stage, ana: &Ana, code: &str) -> anyhow::Result<Vec<Value>> {
    mails(stage, ana, |mail| mail["text"].as_str().is_some_and(|text| text.contains(code))).await
}

async fn mails(
    stage: &Stage,
    ana: &Ana,
    wanted: impl Fn(&Value) -> bool,
) -> anyhow::Result<Vec<Value>> {
    let outbox = stage
        .get(&Actor::Nobody, "/local/outbox")
        .query("to", &*ana.corrected_email)
        .answers(200)
        .await?;
    Ok(outbox.list("/data")?.iter().filter(|mail| wanted(mail)).cloned().collect())
}

fn path(rating_id: &str) -> String {
    format!("/v1/ratings/{rating_id}")
}
