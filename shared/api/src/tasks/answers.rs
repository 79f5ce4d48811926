//! Answers about tasks, and about a customer's care cycle.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use puntos_domain::care::CareCycle;
use puntos_domain::id::{MemberId, TaskId};
use puntos_domain::language::Language;
use puntos_domain::task::{DayChange, Direction, RecordedTask, Task, TaskKind, TaskStatus};
use puntos_domain::text::Remark;
use serde::Serialize;

use crate::agents::subject;

/// A care task.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaskAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub task_id: TaskId,
    /// What it is about.
    pub kind: TaskKind,
    /// Whom it is for.
    pub member: TaskMember,
    /// The first local day on which it is due.
    #[schema(value_type = String, format = "date")]
    pub due_from: Date,
    /// The last; null stays until done.
    #[schema(value_type = Option<String>, format = "date")]
    pub due_until: Option<Date>,
    /// Whether the day after the day of the list is its last.
    pub due_tomorrow: bool,
    /// What became of it.
    pub status: TaskStatus,
    /// Whether it is done and still listed, until the order that it is about.
    pub faded: bool,
    /// The note of its completion; until then, the note of its event.
    pub note: Option<String>,
    /// What its event, or its claim, said.
    pub detail: Option<String>,
    /// The order or the claim that caused it.
    pub about: Option<String>,
    /// How the automatic order that it is about was moved last.
    pub moved: Option<MovedAnswer>,
    /// The agent to whom it belongs; null for nobody.
    pub agent_id: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    /// When it was done.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub completed_at: Option<Timestamp>,
    /// Who did it, as the record has it.
    pub completed_by: Option<String>,
    /// The name of the agent who did it; null where the system closed it.
    pub done_by: Option<String>,
    /// The note of its completion.
    pub done_note: Option<String>,
}

/// The customer of a task.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaskMember {
    /// Whose task it is.
    #[schema(value_type = String)]
    pub member_id: MemberId,
    /// The customer's name when the task was made; empty if the member of a claim is unknown.
    pub name: String,
}

/// Where a customer is in the care cycle.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct CycleAnswer {
    /// The local date of the last order.
    #[schema(value_type = Option<String>, format = "date")]
    pub last_order_on: Option<Date>,
    /// The day from which the check-in after it is due; null where there is none.
    #[schema(value_type = Option<String>, format = "date")]
    pub check_in_from: Option<Date>,
    /// The day from which the second call after it is due; null where there is none.
    #[schema(value_type = Option<String>, format = "date")]
    pub connect_from: Option<Date>,
    /// The day from which the customer is called because no order came; null once that task was made.
    #[schema(value_type = Option<String>, format = "date")]
    pub reconnect_on: Option<Date>,
    /// The automatic orders to come.
    pub autoships: Vec<AutoshipAnswer>,
}

/// An automatic order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AutoshipAnswer {
    /// The shop's id of the order.
    pub order_id: String,
    /// The local date for which it is scheduled.
    #[schema(value_type = String, format = "date")]
    pub scheduled_for: Date,
    /// The first local day of its reminder.
    #[schema(value_type = String, format = "date")]
    pub reminder_on: Date,
}

/// What comes for one customer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpcomingAnswer {
    /// The customer.
    pub member: TaskMember,
    /// The tasks to come, the soonest first.
    pub tasks: Vec<UpcomingTask>,
}

/// A task that is not in the list of the day yet.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UpcomingTask {
    /// The id that it has, or will have.
    #[schema(value_type = String)]
    pub task_id: TaskId,
    /// What it is about.
    pub kind: TaskKind,
    /// The first local day on which it is due.
    #[schema(value_type = String, format = "date")]
    pub due_from: Date,
    /// The last; null stays until done.
    #[schema(value_type = Option<String>, format = "date")]
    pub due_until: Option<Date>,
    /// The order that causes it.
    pub about: Option<String>,
    /// How that order was moved last.
    pub moved: Option<MovedAnswer>,
    /// The agent to whom it belongs; null for nobody.
    pub agent_id: Option<String>,
}

/// The move of an automatic order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MovedAnswer {
    /// The local date for which it was scheduled before.
    #[schema(value_type = String, format = "date")]
    pub from: Date,
    /// The local date for which it is scheduled now.
    #[schema(value_type = String, format = "date")]
    pub to: Date,
    /// Whether it comes earlier or later than before.
    pub direction: Direction,
}

/// A page of one customer's tasks, and where they are in the cycle.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemberTasks {
    /// The tasks.
    pub data: Vec<TaskAnswer>,
    /// Where the next page begins; null after the last.
    pub next_cursor: Option<String>,
    /// Where the customer is in the cycle.
    pub cycle: CycleAnswer,
}

/// The tasks that ended, day by day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaskTrend {
    /// Every day, oldest first.
    pub data: Vec<TaskTrendDay>,
}

/// The tasks that ended on a day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TaskTrendDay {
    /// The local day.
    #[schema(value_type = String, format = "date")]
    pub day: Date,
    /// How many an agent completed.
    pub done: u32,
    /// How many had their last day and were not completed.
    pub lapsed: u32,
}

impl TaskTrend {
    /// Returns a row for each day between two. Other days are left out.
    pub fn of(
        ends: impl IntoIterator<Item = (Date, TaskStatus)>,
        (from, to): (Date, Date),
    ) -> Self {
        let row = |day| TaskTrendDay { day, done: 0, lapsed: 0 };
        let days = from.series(Span::new().days(1)).take_while(|day| *day <= to);
        let mut data: Vec<TaskTrendDay> = days.map(row).collect();
        for (day, status) in ends {
            let Some(row) = data.iter_mut().find(|row| row.day == day) else { continue };
            match status {
                TaskStatus::Completed => row.done += 1,
                TaskStatus::Lapsed => row.lapsed += 1,
                TaskStatus::Open => {}
            }
        }
        Self { data }
    }
}

impl TaskAnswer {
    /// Returns a task as it is today in the list of a day.
    pub fn new(stored: RecordedTask, day: Date, today: Date, language: Language) -> Self {
        let status = stored.task.status_on(today);
        let due_tomorrow = status != TaskStatus::Completed && stored.task.is_due_tomorrow(day);
        let RecordedTask { task, created_at, done } = stored;
        let done = done.filter(|_| status == TaskStatus::Completed);
        let in_language = |note: Remark| note.in_language(language);
        let detail = task.note.map(in_language);
        let (completed_at, completed_by, said) = match done {
            Some(done) => (Some(done.at), Some(done.by), done.note.map(in_language)),
            None => (None, None, None),
        };
        Self {
            task_id: task.task_id,
            kind: task.kind,
            member: TaskMember { member_id: task.member_id, name: task.member_name },
            due_from: task.due_from,
            due_until: task.due_until,
            due_tomorrow,
            status,
            faded: status == TaskStatus::Completed && task.kind == TaskKind::AutoshipReminder,
            note: said.clone().or_else(|| detail.clone()),
            detail,
            about: task.about,
            moved: task.moved.map(MovedAnswer::from),
            agent_id: task.agent_id,
            created_at,
            completed_at,
            done_by: completed_by.as_deref().and_then(subject).map(str::to_owned),
            completed_by,
            done_note: said,
        }
    }

    /// Replaces the ids of agents by their names.
    pub fn name_agents(&mut self, names: &HashMap<String, String>) {
        if let Some(name) = self.done_by.as_ref().and_then(|subject| names.get(subject)) {
            self.done_by = Some(name.clone());
        }
    }
}

impl CycleAnswer {
    /// Returns a customer's care cycle as it is today.
    pub fn new(cycle: &CareCycle, today: Date) -> Self {
        let to_come = cycle.autoships.iter().filter(|autoship| autoship.scheduled_for >= today);
        let mut autoships: Vec<AutoshipAnswer> = to_come
            .map(|autoship| AutoshipAnswer {
                order_id: autoship.order_id.clone(),
                scheduled_for: autoship.scheduled_for,
                reminder_on: autoship.reminder_on,
            })
            .collect();
        autoships.sort_by_key(|autoship| autoship.scheduled_for);
        Self {
            last_order_on: cycle.last_order.as_ref().map(|last| last.on),
            check_in_from: cycle.call_from(TaskKind::CheckIn),
            connect_from: cycle.call_from(TaskKind::Connect),
            reconnect_on: cycle.reconnect_on,
            autoships,
        }
    }
}

impl UpcomingAnswer {
    /// Returns the tasks by customer, in the order in which the customers occur first.
    pub fn by_customer(tasks: impl IntoIterator<Item = Task>) -> Vec<Self> {
        let mut customers: Vec<Self> = Vec::new();
        for task in tasks {
            let upcoming = UpcomingTask {
                task_id: task.task_id,
                kind: task.kind,
                due_from: task.due_from,
                due_until: task.due_until,
                about: task.about,
                moved: task.moved.map(MovedAnswer::from),
                agent_id: task.agent_id,
            };
            let its = |customer: &&mut Self| customer.member.member_id == task.member_id;
            match customers.iter_mut().find(its) {
                Some(customer) => customer.tasks.push(upcoming),
                None => customers.push(Self {
                    member: TaskMember { member_id: task.member_id, name: task.member_name },
                    tasks: vec![upcoming],
                }),
            }
        }
        customers
    }
}

impl From<DayChange> for MovedAnswer {
    fn from(moved: DayChange) -> Self {
        Self { from: moved.from, to: moved.to, direction: moved.direction() }
    }
}
