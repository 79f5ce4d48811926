//! The effect of an event of an order on the cycle.
//!
//! Of two events of one order, the later one counts, in any order of arrival.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::changes::Changes;
use super::event::{OrderEvent, OrderEventKind};
use super::{
    AUTOSHIPS_MAX, Autoship, Call, CareCycle, Decision, ENDED_KEPT_DAYS, EndedOrder, LastOrder,
    OPEN_TASKS_MAX, ORDERS_OF_A_DAY_MAX, OpenTask, REMINDER_BEFORE_DAYS, WINDOW_DAYS, days_after,
    task_id,
};
use crate::calendar::local_date;
use crate::program::CareSettings;
use crate::task::{DayChange, Task, TaskKind, TaskStatus};
use crate::text::{self, Remark};

/// Why an event is refused. The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The member has as many automatic orders as one member can.
    #[error("the member has {AUTOSHIPS_MAX} automatic orders, which is the most")]
    TooManyAutoships,
    /// The member has as many open tasks as one member can.
    #[error("the member has {OPEN_TASKS_MAX} open tasks, which is the most: complete some first")]
    TooManyTasks,
}

impl CareCycle {
    /// Decides the effect of an event of an order, on the local day on which it becomes known. The changes of
    /// that day are applied first.
    ///
    /// # Errors
    /// Refuses an event that exceeds the limits of one member.
    pub fn on_event(
        mut self,
        event: &OrderEvent,
        settings: CareSettings,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        let today = local_date(now, zone);
        let mut changes = Changes::default();
        self.catch_up(today, &mut changes);
        match event.kind {
            OrderEventKind::Placed => {
                let ordered_on = local_date(event.at, zone);
                self.placed(event, ordered_on, today, settings, &mut changes);
            }
            OrderEventKind::AutoshipScheduled | OrderEventKind::Rescheduled => {
                self.scheduled(event, today, &mut changes)?;
            }
            // The calls of an order that failed are not made either.
            OrderEventKind::Cancelled | OrderEventKind::OrderFailed => {
                self.cancelled(event, &mut changes);
            }
            OrderEventKind::PaymentReceived
            | OrderEventKind::RefundRequested
            | OrderEventKind::RefundSent
            | OrderEventKind::RefundReceived => {}
            OrderEventKind::CardFailed => {
                self.add_event_task(TaskKind::CardFailed, event, None, today, &mut changes)?;
            }
            OrderEventKind::Returned => {
                self.add_event_task(TaskKind::ProductReturned, event, None, today, &mut changes)?;
            }
            OrderEventKind::UpgradeEnrolled => {
                self.add_event_task(TaskKind::Upgrade, event, None, today, &mut changes)?;
            }
        }
        let kept_from = days_after(today, -ENDED_KEPT_DAYS);
        self.ended.retain(|order| local_date(order.at, zone) >= kept_from);
        self.catch_up(today, &mut changes);
        Ok(Decision { cycle: self, changes: changes.into_vec() })
    }

    /// A newer date starts a new cycle. The same date belongs to the same cycle. An older date changes
    /// nothing.
    fn placed(
        &mut self,
        event: &OrderEvent,
        on: Date,
        today: Date,
        settings: CareSettings,
        changes: &mut Changes,
    ) {
        let order_id = &event.order_id;
        let was_cancelled = |order: &EndedOrder| {
            order.is_cancelled && order.order_id == *order_id && order.at >= event.at
        };
        if self.ended.iter().any(was_cancelled) {
            return;
        }
        let scheduled =
            |autoship: &Autoship| autoship.order_id == *order_id && autoship.at <= event.at;
        if let Some(place) = self.autoships.iter().position(scheduled) {
            let autoship = self.autoships.remove(place);
            // A reminder that is already due stays until its last day.
            if autoship.reminder_on > today {
                self.lapse_reminder(order_id, changes);
            }
            self.end(event, false);
        } else if !event.is_purchase() {
            self.end(event, false);
        }
        match &mut self.last_order {
            Some(last) if on < last.on => {}
            Some(last) if on == last.on => last.join(event, today),
            _ => {
                let is_first = self.last_order.is_none();
                self.last_order = Some(LastOrder::new(on, event, today));
                self.postpone_reconnect(on, is_first, today, settings, changes);
            }
        }
    }

    /// An order ends the time without an order, and starts the next one. An order that becomes known so late
    /// that months have passed since ends nothing.
    fn postpone_reconnect(
        &mut self,
        on: Date,
        is_first: bool,
        today: Date,
        settings: CareSettings,
        changes: &mut Changes,
    ) {
        let months = Span::new().months(i32::from(settings.reconnect_months));
        let next = on.saturating_add(months);
        if next <= today && !is_first && self.reconnect_on.is_none() {
            return;
        }
        self.reconnect_on = Some(next);
        for task in self.open.iter().filter(|task| task.kind == TaskKind::Reconnect) {
            let (task_id, completed) = (task.task_id.clone(), TaskStatus::Completed);
            changes.close(task_id, task.kind, completed, Some(text::task_ordered_again()));
        }
        self.open.retain(|task| task.kind != TaskKind::Reconnect);
    }

    fn scheduled(
        &mut self,
        event: &OrderEvent,
        today: Date,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let order_id = &event.order_id;
        let Some(scheduled_for) = event.scheduled_for else { return Ok(()) };
        let ended_later = |order: &EndedOrder| order.order_id == *order_id && order.at > event.at;
        let placed_later =
            |last: &LastOrder| last.order_ids.contains(order_id) && last.at > event.at;
        let known = self.autoships.iter().position(|autoship| autoship.order_id == *order_id);
        let is_late = known.is_some_and(|place| self.autoships[place].at > event.at);
        if is_late
            || self.ended.iter().any(ended_later)
            || self.last_order.as_ref().is_some_and(placed_later)
        {
            return Ok(());
        }
        let before = known.map(|place| self.autoships[place].clone());
        let reminder = reminder_id(self, order_id);
        let open = self.open.iter().find(|task| task.task_id == reminder);
        let is_moved = before.as_ref().is_none_or(|before| before.scheduled_for != scheduled_for);
        let moved_from = match &before {
            Some(before) if is_moved => Some(before.scheduled_for),
            Some(before) => before.moved_from,
            None => open.and_then(|reminder| reminder.due_until),
        };
        let has_reminder = before.as_ref().map_or(open.is_some(), |before| before.is_made);
        let moved = moved_from.map(|from| DayChange { from, to: scheduled_for });
        if event.kind == OrderEventKind::Rescheduled && is_moved {
            self.add_event_task(TaskKind::AutoshipChanged, event, moved, today, changes)?;
        }
        self.autoships.retain(|autoship| autoship.order_id != *order_id);
        let reminder_on = match &before {
            Some(before) if !is_moved => before.reminder_on,
            _ => days_after(scheduled_for, -REMINDER_BEFORE_DAYS).max(today),
        };
        if scheduled_for < today {
            // It is too late for a reminder.
            self.lapse_reminder(order_id, changes);
            return Ok(());
        }
        if before.is_none() {
            self.check_room_for_autoship()?;
        }
        if has_reminder && is_moved {
            self.move_reminder(order_id, (reminder_on, scheduled_for), moved, changes);
        }
        self.autoships.push(Autoship {
            order_id: order_id.clone(),
            scheduled_for,
            reminder_on,
            moved_from,
            at: event.at,
            is_made: has_reminder,
        });
        Ok(())
    }

    /// A cancelled order removes its reminder, and the calls that are not due yet.
    fn cancelled(&mut self, event: &OrderEvent, changes: &mut Changes) {
        let order_id = &event.order_id;
        let of_order = |autoship: &Autoship| autoship.order_id == *order_id;
        let is_late =
            self.autoships.iter().any(|autoship| of_order(autoship) && autoship.at > event.at);
        if !is_late {
            self.autoships.retain(|autoship| !of_order(autoship));
            self.lapse_reminder(order_id, changes);
        }
        if let Some(last) = &mut self.last_order {
            last.leave(order_id);
        }
        self.end(event, true);
    }

    /// Creates the task of an event.
    fn add_event_task(
        &mut self,
        kind: TaskKind,
        event: &OrderEvent,
        moved: Option<DayChange>,
        today: Date,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        self.check_room_for_task()?;
        let task = Task {
            note: event.detail.clone().map(Remark::from),
            about: Some(event.order_id.clone()),
            moved,
            ..self.task(kind, &event.event_id, today, None)
        };
        self.make(task, today, changes);
        Ok(())
    }

    fn check_room_for_autoship(&self) -> Result<(), Refusal> {
        if self.autoships.len() >= AUTOSHIPS_MAX {
            return Err(Refusal::TooManyAutoships);
        }
        self.check_room_for_task()
    }

    fn check_room_for_task(&self) -> Result<(), Refusal> {
        let to_come = self.autoships.iter().filter(|autoship| !autoship.is_made).count();
        if self.open.len() + to_come >= OPEN_TASKS_MAX {
            return Err(Refusal::TooManyTasks);
        }
        Ok(())
    }

    fn lapse_reminder(&mut self, order_id: &str, changes: &mut Changes) {
        let task_id = reminder_id(self, order_id);
        let was_open = self.open.len();
        self.open.retain(|task| task.task_id != task_id);
        if self.open.len() < was_open {
            changes.close(task_id, TaskKind::AutoshipReminder, TaskStatus::Lapsed, None);
        }
    }

    fn move_reminder(
        &mut self,
        order_id: &str,
        days: (Date, Date),
        moved: Option<DayChange>,
        changes: &mut Changes,
    ) {
        let (task_id, kind) = (reminder_id(self, order_id), TaskKind::AutoshipReminder);
        self.open.retain(|task| task.task_id != task_id);
        self.open.push(OpenTask { task_id: task_id.clone(), kind, due_until: Some(days.1) });
        changes.reschedule(task_id, kind, days, moved);
    }

    fn end(&mut self, event: &OrderEvent, is_cancelled: bool) {
        let order_id = event.order_id.clone();
        self.ended.retain(|order| order.order_id != order_id || order.at > event.at);
        self.ended.push(EndedOrder { order_id, at: event.at, is_cancelled });
    }
}

impl LastOrder {
    fn new(on: Date, event: &OrderEvent, today: Date) -> Self {
        let mut last = Self {
            on,
            at: event.at,
            order_ids: vec![event.order_id.clone()],
            check_in: Call::Dropped,
            connect: Call::Dropped,
        };
        last.revive(today);
        last
    }

    /// Adds an order of the same date. Calls that a cancelled order removed come back.
    fn join(&mut self, event: &OrderEvent, today: Date) {
        if !self.order_ids.contains(&event.order_id) && self.order_ids.len() < ORDERS_OF_A_DAY_MAX {
            self.order_ids.push(event.order_id.clone());
        }
        self.at = self.at.max(event.at);
        self.revive(today);
    }

    /// Removes a cancelled order. The calls are removed with the last one.
    fn leave(&mut self, order_id: &str) {
        let known = self.order_ids.len();
        self.order_ids.retain(|known| known != order_id);
        if self.order_ids.is_empty() && known > 0 {
            for (kind, call, _) in self.calls() {
                if call == Call::Waiting {
                    *self.call_mut(kind) = Call::Dropped;
                }
            }
        }
    }

    /// A call whose last day passed before its order was known is not created, because no list could have
    /// shown it.
    fn revive(&mut self, today: Date) {
        for (kind, call, from) in self.calls() {
            if call == Call::Dropped && days_after(from, WINDOW_DAYS) >= today {
                *self.call_mut(kind) = Call::Waiting;
            }
        }
    }
}

fn reminder_id(cycle: &CareCycle, order_id: &str) -> crate::id::TaskId {
    task_id(TaskKind::AutoshipReminder, order_id, &cycle.member_id)
}
