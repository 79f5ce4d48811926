//! A month in the contact centre, compressed by the clock of the stack: what the agent finds on the
//! list each day for one customer who placed an order.

use anyhow::{Context as _, ensure};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use super::cast::Ana;
use crate::stage::{Actor, Stage};

/// How many days pass.
const DAYS: i64 = 36;
/// The hour at which the agent looks at the list.
const MORNING: i8 = 9;

/// The customer and the calendar of the story.
struct Month<'a> {
    ana: &'a Ana,
    zone: TimeZone,
    first: Date,
}

/// Lets a month pass, day by day, and prints the days on which the list changes.
pub(super) async fn play(stage: &mut Stage, ana: &Ana) -> anyhow::Result<()> {
    let program = stage.get(&Actor::Admin, "/v1/program").answers(200).await?;
    let zone = TimeZone::get(&program.text("/time_zone")?)?;
    let first = stage.now().await?.to_zoned(zone.clone()).date();
    let month = Month { ana, zone, first };
    month.order(stage).await?;
    stage.step("A month passes. What the agent finds on Ana's list, morning by morning:");
    stage.line("");
    let mut before = Vec::new();
    for day in 0..=DAYS {
        let today = first.checked_add(Span::new().days(day))?;
        stage.set_clock(month.morning(today)?).await?;
        month.events(stage, day, today).await?;
        stage.fire("generate-tasks").await?;
        let tasks = month.list(stage, today).await?;
        let now = tasks.iter().map(line_of).collect::<Vec<_>>();
        if now != before {
            month.tell(stage, day, today, &now);
        }
        before = now;
        before.extend(month.work(stage, day, today, &tasks).await?);
    }
    month.look_back(stage).await
}

impl Month<'_> {
    async fn order(&self, stage: &mut Stage) -> anyhow::Result<()> {
        stage.step("Ana places an order, and lets the next one come by itself in a month.");
        self.event(stage, "placed", "order-1", self.first, None).await?;
        let next = self.first.checked_add(Span::new().days(34))?;
        self.event(stage, "autoship_scheduled", "order-2", self.first, Some(next)).await?;
        stage.fact("ordered on", self.first);
        stage.fact("next order on", next);
        Ok(())
    }

    /// Reports the events of the order.
    async fn events(&self, stage: &Stage, day: i64, today: Date) -> anyhow::Result<()> {
        match day {
            10 => self.event(stage, "card_failed", "order-2", today, None).await,
            16 => {
                let moved = self.first.checked_add(Span::new().days(35))?;
                self.event(stage, "rescheduled", "order-2", today, Some(moved)).await
            }
            _ => Ok(()),
        }
    }

    async fn event(
        &self,
        stage: &Stage,
        kind: &str,
        order: &str,
        day: Date,
        scheduled_for: Option<Date>,
    ) -> anyhow::Result<()> {
        let suffix = &self.ana.suffix;
        let body = json!({
            "event_id": format!("story-{suffix}-{order}-{kind}"), "kind": kind,
            "member_id": self.ana.member_id, "order_id": format!("{order}-{suffix}"),
            "at": self.morning(day)?.to_string(), "scheduled_for": scheduled_for,
        });
        stage.post(&Actor::Till, "/v1/orders/events").body(body).answers(201).await?;
        Ok(())
    }

    /// Returns Ana's tasks of the day's list.
    async fn list(&self, stage: &Stage, today: Date) -> anyhow::Result<Vec<Value>> {
        let mut tasks = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut ask = stage
                .get(&Actor::Agent, "/v1/tasks")
                .query("day", today.to_string())
                .query("limit", "100");
            if let Some(cursor) = cursor {
                ask = ask.query("cursor", cursor);
            }
            let page = ask.answers(200).await?;
            let hers = |task: &&Value| task["member"]["member_id"] == self.ana.member_id.as_str();
            tasks.extend(page.list("/data")?.iter().filter(hers).cloned());
            cursor = page.optional_text("/next_cursor");
            if cursor.is_none() {
                return Ok(tasks);
            }
        }
    }

    fn tell(&self, stage: &Stage, day: i64, today: Date, list: &[String]) {
        let weekday = today.strftime("%a");
        let when = format!("   {today} {weekday}  day {day:>2}  ");
        let nothing = ["nothing to do".to_owned()];
        let rows = if list.is_empty() { &nothing[..] } else { list };
        for (index, row) in rows.iter().enumerate() {
            let begin = if index == 0 { when.clone() } else { " ".repeat(when.len()) };
            stage.line(&format!("{begin}{row}"));
        }
    }

    /// The agent does the tasks on the list, except for the call of day 21.
    async fn work(
        &self,
        stage: &Stage,
        day: i64,
        today: Date,
        tasks: &[Value],
    ) -> anyhow::Result<Vec<String>> {
        let wanted = match day {
            8 => "check_in",
            11 => "card_failed",
            18 => "autoship_changed",
            27 => "autoship_reminder",
            _ => return Ok(Vec::new()),
        };
        let task = tasks.iter().find(|task| task["kind"] == wanted);
        let task = task.with_context(|| format!("no {wanted} on {today}"))?;
        let task_id = task["task_id"].as_str().context("a task has no id")?;
        stage
            .post(&Actor::Agent, format!("/v1/tasks/{task_id}/complete"))
            .key(format!("story-{task_id}"))
            .body(json!({"note": "Called: all is well"}))
            .answers(200)
            .await?;
        stage.line(&format!("{:>29}✓ {} done, with a note", "", wanted.replace('_', " ")));
        Ok(vec![format!("{wanted} was done")])
    }

    async fn look_back(&self, stage: &mut Stage) -> anyhow::Result<()> {
        stage.step("What became of each task.");
        let path = format!("/v1/members/{}/tasks", self.ana.member_id);
        let tasks = stage.get(&Actor::Agent, path).query("limit", "100").answers(200).await?;
        let mut statuses = Vec::new();
        for task in tasks.list("/data")?.iter().rev() {
            let part = |name: &str| task[name].as_str().unwrap_or("–").to_owned();
            let (kind, status) = (part("kind"), part("status"));
            let days = format!("from {} until {}", part("due_from"), part("due_until"));
            stage.fact(&kind.replace('_', " "), format!("{status} ({days})"));
            statuses.push((kind, status));
        }
        for (kind, status) in
            [("check_in", "completed"), ("connect", "lapsed"), ("card_failed", "completed")]
        {
            let found = statuses.contains(&(kind.to_owned(), status.to_owned()));
            ensure!(found, "no {kind} that is {status} in {statuses:?}");
        }
        Ok(())
    }

    fn morning(&self, day: Date) -> anyhow::Result<Timestamp> {
        Ok(day.at(MORNING, 0, 0, 0).to_zoned(self.zone.clone())?.timestamp())
    }
}

/// Returns a task as the agent reads it.
fn line_of(task: &Value) -> String {
    let part = |name: &str| task[name].as_str().unwrap_or_default();
    let until = match task["due_until"].as_str() {
        Some(last) => format!("until {last}"),
        None => "until done".to_owned(),
    };
    let mark = match (task["faded"] == true, task["due_tomorrow"] == true) {
        (true, _) => ", done (faded)",
        (false, true) => ", due tomorrow",
        (false, false) => "",
    };
    format!("{} {until}{mark}", part("kind").replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_shows_its_marks() {
        let mut task = json!({
            "kind": "check_in", "due_until": "2026-03-14", "due_tomorrow": true, "faded": false,
        });
        assert_eq!(line_of(&task), "check in until 2026-03-14, due tomorrow");
        task["faded"] = json!(true);
        task["due_until"] = Value::Null;
        assert_eq!(line_of(&task), "check in until done, done (faded)");
    }
}
