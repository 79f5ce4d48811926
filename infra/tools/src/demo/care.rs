//! What waits at the desk today: orders with their calls, claims about points and money, a bounced mail, and
//! the day's reports.

use jiff::{SignedDuration, Timestamp, Unit};
use serde_json::{Value, json};

use super::people;
use crate::stage::{Actor, Stage};

pub(super) async fn today(stage: &Stage) -> anyhow::Result<()> {
    let now = stage.now().await?;
    orders(stage, now).await?;
    claims(stage, now).await?;
    stage.settle().await?;
    stage.fire("generate-tasks").await?;
    let run = stage.post(&Actor::Admin, "/v1/reports/runs").key("demo-reports");
    run.body(json!({})).answers(202).await?;
    stage.settle().await?;
    let tasks = stage.get(&Actor::Agent, "/v1/tasks").answers(200).await?;
    stage.fact("tasks", tasks.list("/data")?.len());
    let claims = stage.get(&Actor::Agent, "/v1/claims").answers(200).await?;
    stage.fact("claims", claims.list("/data")?.len());
    Ok(())
}

async fn orders(stage: &Stage, now: Timestamp) -> anyhow::Result<()> {
    let day = |days: i64| (now - SignedDuration::from_hours(24 * days)).to_string();
    let ahead = |days: i64| {
        let then = now + SignedDuration::from_hours(24 * days);
        then.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
    };
    let events = [
        (0, "placed", 1, Value::Null),
        (2, "placed", 2, Value::Null),
        (6, "placed", 8, Value::Null),
        (7, "placed", 2, Value::Null),
        (12, "autoship_scheduled", 3, json!(ahead(10))),
        (14, "autoship_scheduled", 3, json!(ahead(14))),
        (18, "card_failed", 0, Value::Null),
        (20, "returned", 0, Value::Null),
        (21, "upgrade_enrolled", 1, Value::Null),
    ];
    for (number, (person, kind, days_ago, scheduled_for)) in events.into_iter().enumerate() {
        let body = json!({
            "event_id": format!("demo-{number}"), "kind": kind,
            "member_id": people::id_of(stage, person).await?,
            "order_id": format!("W-{:04}", 100 + number), "at": day(days_ago),
            "scheduled_for": scheduled_for,
        });
        stage.post(&Actor::Till, "/v1/orders/events").body(body).answers(201).await?;
    }
    Ok(())
}

async fn claims(stage: &Stage, now: Timestamp) -> anyhow::Result<()> {
    let at = now.round(Unit::Second)?.to_string();
    let total = |amount: i64| json!({"amount": amount, "currency": "RUB"});
    let claims = [
        (
            3,
            json!({
                "kind": "missing_points",
                "evidence": {"branch": "centro-1", "invoice_number": "M-1001", "total": total(129_990), "purchased_at": at},
            }),
        ),
        (
            9,
            json!({
                "kind": "duplicate_charge", "amount": total(45_990), "method": "card",
                "evidence": {"branch": "msk-1", "note": "Списали два раза."},
            }),
        ),
        (
            14,
            json!({
                "kind": "delivery", "evidence": {"note": "The box came open, one bag is missing."},
            }),
        ),
        (
            19,
            json!({
                "kind": "refund", "amount": total(189_900), "method": "transfer",
                "evidence": {"branch": "lis-1", "note": "Devolvi a lâmpada."},
            }),
        ),
    ];
    for (person, mut claim) in claims {
        claim["member_id"] = json!(people::id_of(stage, person).await?);
        let post = stage.post(&Actor::Agent, "/v1/claims").key(format!("demo-claim-{person}"));
        post.body(claim).answers(201).await?;
    }
    Ok(())
}
