//! Requests again the work that the relay lost and the mails that SES did not take, and marks the mails whose
//! sender died as uncertain.
//!
//! The stream delivers within seconds and forgets after a day. The sweep looks at recent commits, and once more
//! at those of a day ago. A queue brings the records on which the relay failed, and the sweep does their work again.
//! The cost depends on the commits, not on the size of the table. It covers every kind of `Outbox`; mails that
//! have an item are found by their status.

mod queued;
mod relay_failure;
mod requests;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use puntos_domain::mail::{Composer, Email, EmailStatus, MailRequest, StatusChange};
use puntos_runtime::batch::{Delivery, Source, Unhandled};
use puntos_runtime::queue::{NotQueued, Queue};
use puntos_runtime::trigger::{QueueOrSchedule, TriggerAnswer};
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError};
use puntos_store::{Store, StoreError};

use requests::Requests;

/// How long relay and sender may take before the sweep acts.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// The hours before now that are looked at: the last two, and those just before the stream forgets.
const HOURS_AGO: [i64; 4] = [0, 1, 23, 24];
/// Commits above this age are skipped: the names of hours repeat after years. A failure of the relay is kept
/// for fourteen days.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(15 * 24);
/// The arrival of a record is known about to the second.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);

pub struct Function {
    store: Store,
    source: Source,
    emails: Queue,
    orders: Queue,
    sign_ins: Queue,
    brand: String,
    environment: Environment,
}

impl puntos_runtime::Function for Function {
    type Event = QueueOrSchedule;
    type Answer = TriggerAnswer;

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self {
            store: environment.store()?,
            source: Source::new(&environment)?,
            emails: Queue::new(&environment, "EMAIL_QUEUE_URL")?,
            orders: Queue::new(&environment, "ORDER_QUEUE_URL")?,
            sign_ins: Queue::new(&environment, "SIGN_IN_QUEUE_URL")?,
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            environment,
        })
    }

    async fn handle(
        &self,
        event: QueueOrSchedule,
        invocation: Invocation,
    ) -> Result<TriggerAnswer, InvocationError> {
        match event {
            QueueOrSchedule::Queue(messages) => {
                let work = |delivery| self.make_up(delivery, &invocation);
                let answer = self.source.each(messages, &invocation, work).await;
                answer.map(TriggerAnswer::Queue)
            }
            QueueOrSchedule::Schedule(schedule) => {
                let now = schedule.time().unwrap_or_else(|| self.environment.now());
                let swept = self.sweep(now, invocation.deadline()).await;
                swept.map(TriggerAnswer::Run).map_err(InvocationError::failed)
            }
        }
    }
}

/// Why a run breaks off. The next run does what is left.
#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("the work was not requested")]
    Queue(#[from] NotQueued),
}

impl Function {
    async fn sweep(&self, now: Timestamp, deadline: Deadline) -> Result<(), SweepError> {
        let uncertain = self.mark_uncertain(now, deadline).await?;
        let queued = queued::request_recent(self, now).await?;
        let mut requests = Requests::new(&self.emails, &self.environment, deadline);
        let hours = HOURS_AGO.map(|hours| now - SignedDuration::from_hours(hours));
        self.request_lost(&hours, now, &mut requests).await?;
        self.request_waiting(now, &mut requests).await?;
        tracing::info!(uncertain, queued, requested = requests.made(), "swept");
        Ok(())
    }

    /// Does what follows from the records that the relay gave up, once the relay has had its time.
    async fn make_up(
        &self,
        delivery: Arc<Delivery>,
        invocation: &Invocation,
    ) -> Result<(), Unhandled> {
        let (first, last) = relay_failure::arrivals(&delivery.body)?;
        let now = self.environment.now();
        if now.duration_since(last) <= PATIENCE {
            return Err("too early: the sender may be at work".into());
        }
        let (from, until) = (first - MARGIN, last + MARGIN);
        let queued = queued::request(self, (from, until)).await?;
        let hours: Vec<Timestamp> = (0..)
            .map(|hours| from + SignedDuration::from_hours(hours))
            .take_while(|hour| *hour < until + SignedDuration::from_hours(1))
            .collect();
        let mut requests = Requests::new(&self.emails, &self.environment, invocation.deadline());
        self.request_lost(&hours, now, &mut requests).await?;
        tracing::info!(queued, requested = requests.made(), "made up for the relay");
        Ok(())
    }

    /// Marks mails that were locked long ago: their sender died, and it is not known whether it sent them.
    async fn mark_uncertain(
        &self,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<usize, StoreError> {
        let mut count = 0;
        let mut cursor = None;
        loop {
            let (stale, next) = self.stale(EmailStatus::Sending, now, cursor).await?;
            count += stale.len();
            for email in stale {
                let uncertain = email.changed(StatusChange::new(EmailStatus::Uncertain, now));
                // If another write came first, the sender lives.
                self.store.save_email(&uncertain).await?;
            }
            cursor = next;
            if cursor.is_none() || deadline.is_over() {
                return Ok(count);
            }
        }
    }

    /// Requests the mails that wait for a sender, those that were tried longest ago first. So mails that no
    /// sender gets rid of come after the others.
    async fn request_waiting(
        &self,
        now: Timestamp,
        requests: &mut Requests<'_>,
    ) -> Result<(), SweepError> {
        let mut cursor = None;
        loop {
            let (stale, next) = self.stale(EmailStatus::Queued, now, cursor).await?;
            let stale = stale.into_iter().map(|email| MailRequest { email, stored: true });
            let has_room = requests.make(stale.collect()).await?;
            cursor = next;
            if cursor.is_none() || !has_room {
                return Ok(());
            }
        }
    }

    /// Returns a page of the mails that are listed with a status for too long, the oldest first.
    async fn stale(
        &self,
        status: EmailStatus,
        now: Timestamp,
        cursor: Option<String>,
    ) -> Result<(Vec<Email>, Option<String>), StoreError> {
        self.store.emails_since(status, (Timestamp::UNIX_EPOCH, now - PATIENCE), cursor).await
    }

    /// Requests the mails that have no item, of commits in the hours of these instants.
    async fn request_lost(
        &self,
        hours: &[Timestamp],
        now: Timestamp,
        requests: &mut Requests<'_>,
    ) -> Result<(), SweepError> {
        let Some(program) = self.store.program_in_force(now).await? else { return Ok(()) };
        let composer = Composer { program: &program, brand: &self.brand };
        let between = (now - AGE_MAX, now - PATIENCE);
        for hour in hours {
            let lost = self.store.lost_mails(*hour, between, &composer).await?;
            requests.make(lost).await?;
        }
        Ok(())
    }
}
