//! Events of orders, the hourly run, and the tasks that agents complete.

use puntos_tests::Answer;
use serde_json::{Value, json};

use super::{Driver, index, instant};
use crate::model::calendar::DAY;
use crate::model::oracle::{Expected, OrderEvent, claim_name};

impl Driver {
    pub(super) async fn order(&mut self, who: usize, order: u8, event: OrderEvent, twice: bool) {
        let Some(member_id) = self.member_ids.get(&who).cloned() else { return };
        let number = self.fresh_key();
        let ago = if let OrderEvent::Placed(days) = event { days } else { 0 };
        // Events of one order arrive in sequence. Only the event of a new order is late.
        let is_new = ago > 0 || matches!(event, OrderEvent::Noticed(_));
        let order = if is_new { format!("new-{number}") } else { format!("order-{order}") };
        let (kind, days) = match event {
            OrderEvent::Placed(_) => ("placed", None),
            OrderEvent::Scheduled(days) => ("autoship_scheduled", Some(days)),
            OrderEvent::Rescheduled(days) => ("rescheduled", Some(days)),
            OrderEvent::Cancelled => ("cancelled", None),
            OrderEvent::Noticed("product_returned") => ("returned", None),
            OrderEvent::Noticed("upgrade") => ("upgrade_enrolled", None),
            OrderEvent::Noticed(kind) => (kind, None),
        };
        let body = json!({
            "event_id": format!("event-{number}"), "kind": kind, "member_id": member_id,
            "order_id": order, "at": instant(self.oracle.now - ago * DAY).to_string(),
            "scheduled_for": days.map(|days| date(self.oracle.today() + days)),
        });
        self.oracle.order_event(who, &order, event);
        let answer = self.post(&self.world.pos, "/v1/orders/events", body, None, twice).await;
        let _ = answer.expect(201);
        self.check_tasks(who).await;
    }

    /// Runs the hourly schedule now.
    pub(in super::super) async fn run_day(&mut self) {
        self.oracle.run_day();
        let now = instant(self.oracle.now);
        self.world.stack.set_clock(now);
        let fired = self.world.stack.fire_schedules(Some("generate-tasks"), now).await;
        assert_eq!(fired, [("generate-tasks".to_owned(), true)]);
    }

    pub(super) async fn complete(
        &mut self,
        who: usize,
        task: u8,
        key: u8,
    ) -> Option<(Expected, Answer)> {
        let today = self.oracle.today();
        let tasks = &self.oracle.people[who].care.tasks;
        let task = index(tasks.len(), task).filter(|task| tasks[*task].from <= today)?;
        let expected_row = self.rows_of(who).swap_remove(task);
        let rows = self.shown_tasks(who).await;
        let row = rows.iter().find(|row| self.row_of(row) == expected_row);
        let row = row.unwrap_or_else(|| panic!("no {expected_row} in {rows:#?}"));
        let path = format!("/v1/tasks/{}/complete", row["task_id"].as_str().unwrap());
        let expected = self.oracle.complete(who, task, key);
        let key = format!("complete-{key}");
        Some((expected, self.world.agent.post(&path, json!({}), Some(&key)).await))
    }

    /// Compares the tasks of a member that are or were due.
    pub(in super::super) async fn check_tasks(&self, who: usize) {
        let today = self.oracle.today();
        let due = self.oracle.people[who].care.tasks.iter().map(|task| task.from <= today);
        let rows = self.rows_of(who).into_iter().zip(due);
        let mut expected: Vec<String> = rows.filter(|(_, due)| *due).map(|(row, _)| row).collect();
        let shown = self.shown_tasks(who).await;
        let mut rows: Vec<String> = shown.iter().map(|row| self.row_of(row)).collect();
        rows.sort_unstable();
        expected.sort_unstable();
        assert_eq!(rows, expected, "the tasks of person {who}");
    }

    async fn shown_tasks(&self, who: usize) -> Vec<Value> {
        let path = format!("/v1/members/{}/tasks?limit=100", self.member_id(who));
        let mut page = self.world.agent.get(&path).await.expect(200);
        assert_eq!(page.at("next_cursor"), &Value::Null);
        page.body["data"].as_array_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Returns each of the model's tasks in one line.
    fn rows_of(&self, who: usize) -> Vec<String> {
        let today = self.oracle.today();
        let tasks = self.oracle.people[who].care.tasks.iter();
        let row = tasks.map(|task| {
            let until = task.until.map(date).unwrap_or_default();
            let about = task.about.as_deref().unwrap_or_default();
            let status = task.status(today);
            format!("{} {about} {}..{until} {status}", task.kind, date(task.from))
        });
        row.collect()
    }

    /// Returns a task of the stack in one line, in the format of the model's.
    fn row_of(&self, row: &Value) -> String {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let about = match text("kind") {
            "check_in" | "connect" => String::new(),
            "claim_follow_up" => {
                let number = self.claim_ids.iter().position(|id| id == text("about"));
                claim_name(number.unwrap())
            }
            _ => text("about").to_owned(),
        };
        let days = format!("{}..{}", text("due_from"), text("due_until"));
        format!("{} {about} {days} {}", text("kind"), text("status"))
    }
}

/// Returns a day as the contract writes it.
pub(super) fn date(day: i64) -> String {
    instant(day * DAY).to_string().chars().take(10).collect()
}
