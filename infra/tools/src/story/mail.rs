//! The scenes with mail: the coupon, the notice that it is cancelled, a bounce, and the address put
//! right.

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::cast::{Ana, Mail, Redemption};
use crate::stage::{Actor, Answer, Stage};

/// How long after it was sent a mail arrives or comes back.
const TRAVEL: SignedDuration = SignedDuration::from_secs(2);

/// Waits for the coupon's mail, and for its arrival.
pub(super) async fn receive_the_coupon(
    stage: &mut Stage,
    ana: &Ana,
    redemption: &Redemption,
) -> anyhow::Result<()> {
    stage.step("The coupon is on its way without anybody asking for it.");
    stage.settle().await?;
    let email = expect_status(stage, &redemption.email_id, "sent").await?;
    let mail = take_from_outbox(stage, &ana.email, &redemption.email_id, &email).await?;
    ensure!(
        letters(&email.text("/text")?).contains(&letters(&redemption.code)),
        "the mail does not have the coupon's code"
    );
    stage.fact("to", email.text("/to")?);
    stage.fact("subject", email.text("/subject")?);
    stage.fact("code inside", &redemption.code);
    stage.fact("status", "sent");

    stage.step("The mail arrives.");
    let (mail_part, at) = event_of(&ana.email, &mail)?;
    report(
        stage,
        json!({
            "eventType": "Delivery",
            "mail": mail_part,
            "delivery": {
                "timestamp": at,
                "recipients": [ana.email],
                "processingTimeMillis": 2000,
                "smtpResponse": "250 2.0.0 OK",
            },
        }),
    )
    .await?;
    let email = expect_status(stage, &mail.email_id, "delivered").await?;
    for change in email.list("/status_history")? {
        let part = |name: &str| change[name].as_str().unwrap_or("?").to_owned();
        stage.fact(&part("status"), part("at"));
    }
    Ok(())
}

/// Waits for the mail that says that the coupon is cancelled.
pub(super) async fn receive_the_notice(
    stage: &mut Stage,
    ana: &Ana,
    redemption: &Redemption,
) -> anyhow::Result<Mail> {
    stage.step("Ana is told by mail that her points are back.");
    stage.settle().await?;
    let entries = stage
        .get(&Actor::Agent, format!("/v1/members/{}/timeline", ana.member_id))
        .query("kind", "email")
        .answers(200)
        .await?;
    let email_id = entries
        .list("/data")?
        .iter()
        .filter_map(|entry| entry["email_id"].as_str())
        .find(|email_id| *email_id != redemption.email_id)
        .context("no mail followed the reversal")?
        .to_owned();
    let email = expect_status(stage, &email_id, "sent").await?;
    let mail = take_from_outbox(stage, &ana.email, &email_id, &email).await?;
    stage.fact("to", email.text("/to")?);
    stage.fact("subject", email.text("/subject")?);
    stage.fact("status", "sent");
    Ok(mail)
}

/// Lets a mail come back for good, which blocks the address.
pub(super) async fn bounce(stage: &mut Stage, ana: &Ana, mail: &Mail) -> anyhow::Result<()> {
    stage.step("That mail comes back: there is no such mailbox any more.");
    let (mail_part, at) = event_of(&ana.email, mail)?;
    report(
        stage,
        json!({
            "eventType": "Bounce",
            "mail": mail_part,
            "bounce": {
                "feedbackId": format!("story-{}", ana.suffix),
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [{
                    "emailAddress": ana.email,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }],
                "timestamp": at,
            },
        }),
    )
    .await?;
    expect_status(stage, &mail.email_id, "bounced").await?;
    let member =
        stage.get(&Actor::Agent, format!("/v1/members/{}", ana.member_id)).answers(200).await?;
    let state = member.text("/email_status/state")?;
    ensure!(state == "blocked", "the address is {state}, not blocked");
    stage.fact("the mail", "bounced");
    stage.fact("the address", state);
    stage.fact("because", member.text("/email_status/reason")?);
    Ok(())
}

/// Gives the member another address.
pub(super) async fn correct_the_address(stage: &mut Stage, ana: &Ana) -> anyhow::Result<()> {
    stage.step("The agent asks Ana for her address of today.");
    let member = stage
        .patch(&Actor::Agent, format!("/v1/members/{}", ana.member_id))
        .body(json!({"email": ana.corrected_email}))
        .answers(200)
        .await?;
    let state = member.text("/email_status/state")?;
    ensure!(state == "ok", "the new address is {state}, not ok");
    stage.fact("e-mail", member.text("/email")?);
    stage.fact("the address", state);
    Ok(())
}

/// Sends the bounced mail again, to the current address.
pub(super) async fn send_again(stage: &mut Stage, ana: &Ana, mail: &Mail) -> anyhow::Result<()> {
    stage.step("The agent sends the mail again.");
    let resent = stage
        .post(&Actor::Agent, format!("/v1/emails/{}/resend", mail.email_id))
        .key(format!("story-resend-{}", ana.suffix))
        .answers(201)
        .await?;
    let email_id = resent.text("/email_id")?;
    stage.settle().await?;
    let email = expect_status(stage, &email_id, "sent").await?;
    take_from_outbox(stage, &ana.corrected_email, &email_id, &email).await?;
    stage.fact("to", email.text("/to")?);
    stage.fact("instead of", email.text("/resend_of")?);
    stage.fact("status", "sent");
    Ok(())
}

/// Returns a mail, which must have that status.
async fn expect_status(stage: &Stage, email_id: &str, wanted: &str) -> anyhow::Result<Answer> {
    let email = stage.get(&Actor::Agent, format!("/v1/emails/{email_id}")).answers(200).await?;
    let status = email.text("/status")?;
    ensure!(status == wanted, "the mail is {status}, not {wanted}");
    Ok(email)
}

/// Returns the newest mail in the outbox with the subject of `email`.
async fn take_from_outbox(
    stage: &Stage,
    address: &str,
    email_id: &str,
    email: &Answer,
) -> anyhow::Result<Mail> {
    let subject = email.text("/subject")?;
    let outbox =
        stage.get(&Actor::Nobody, "/local/outbox").query("to", address).answers(200).await?;
    outbox
        .list("/data")?
        .iter()
        .filter(|mail| mail["subject"].as_str() == Some(&subject))
        .filter_map(|mail| {
            Some(Mail {
                email_id: email_id.to_owned(),
                message_id: mail["message_id"].as_str()?.to_owned(),
                sent_at: mail["at"].as_str()?.to_owned(),
            })
        })
        .max_by(|one, other| one.sent_at.cmp(&other.sent_at))
        .with_context(|| format!("nothing was sent to {address} with the subject \"{subject}\""))
}

/// Publishes an event to the stack as SES would, and waits until it is processed.
async fn report(stage: &Stage, event: Value) -> anyhow::Result<()> {
    stage.post(&Actor::Nobody, "/local/ses-events").body(event).succeeds().await?;
    stage.settle().await
}

/// Returns the part of an event that describes the mail.
fn event_of(address: &str, mail: &Mail) -> anyhow::Result<(Value, String)> {
    let sent_at: Timestamp = mail
        .sent_at
        .parse()
        .with_context(|| format!("\"{}\" in the outbox is no time", mail.sent_at))?;
    let part = json!({
        "messageId": mail.message_id,
        "timestamp": mail.sent_at,
        "source": "puntos@example.com",
        "destination": [address],
        "tags": {"email_id": [mail.email_id]},
    });
    Ok((part, sent_at.checked_add(TRAVEL)?.to_string()))
}

/// Returns letters and digits only: a code may be grouped for reading.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
