//! Requests again the work that the relay lost and the mails that SES did not take, and marks the mails whose
//! sender died as uncertain.
//!
//! The stream delivers within seconds and forgets after a day. The sweep looks at recent commits, and once more
//! at those of a day ago. Its cost follows them, not the size of the table. Every kind of `Outbox` has its way
//! here: mails that have an item are found by their status.

mod cycles;
mod requests;

use jiff::{SignedDuration, Timestamp};
use puntos_domain::mail::{Composer, Email, EmailStatus, MailRequest, StatusChange};
use puntos_domain::outbox::Outbox;
use puntos_runtime::queue::{NotQueued, Queue};
use puntos_runtime::trigger::Schedule;
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError};
use puntos_store::{Store, StoreError};

use requests::Requests;

/// How long relay and sender may take before the sweep acts.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// The hours before now that are looked at: the last two, and those just before the stream forgets.
const HOURS_AGO: [i64; 4] = [0, 1, 23, 24];
/// The most mails that one request asks for.
const BATCH_MAX: usize = 100;
/// Commits above this age are skipped: the names of hours repeat after years.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(26);

/// The function.
pub struct Function {
    store: Store,
    emails: Queue,
    orders: Queue,
    brand: String,
    environment: Environment,
}

impl puntos_runtime::Function for Function {
    type Event = Schedule;
    type Answer = ();

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self {
            store: environment.store()?,
            emails: Queue::new(&environment, "EMAIL_QUEUE_URL")?,
            orders: Queue::new(&environment, "ORDER_QUEUE_URL")?,
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            environment,
        })
    }

    async fn handle(
        &self,
        schedule: Schedule,
        invocation: Invocation,
    ) -> Result<(), InvocationError> {
        let now = schedule.time().unwrap_or_else(|| self.environment.now());
        self.sweep(now, invocation.deadline()).await.map_err(InvocationError::failed)
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
        let cycles = cycles::start(self, now).await?;
        let mut requests = Requests::new(&self.emails, &self.environment, deadline);
        if let Some(head) = self.store.program_head().await? {
            let program = self.store.program_at(&head, now).await?;
            let composer = Composer { program: &program, brand: &self.brand };
            for hours in HOURS_AGO {
                let hour = now - SignedDuration::from_hours(hours);
                self.request_lost(hour, now, &composer, &mut requests).await?;
            }
        }
        self.request_waiting(now, &mut requests).await?;
        tracing::info!(uncertain, cycles, requested = requests.made(), "swept");
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

    /// Requests the mails of an hour's commits that have no item.
    async fn request_lost(
        &self,
        hour: Timestamp,
        now: Timestamp,
        composer: &Composer<'_>,
        requests: &mut Requests<'_>,
    ) -> Result<(), SweepError> {
        let commits = self.store.committed_in_hour(hour).await?;
        let mails: Vec<MailRequest> = commits
            .iter()
            .filter_map(|commit: &Outbox| commit.mail_request(composer))
            .filter(|request| is_overdue(&request.email, now))
            .collect();
        for chunk in mails.chunks(BATCH_MAX) {
            let ids: Vec<_> = chunk.iter().map(|request| request.email.email_id.clone()).collect();
            let known = self.store.emails(&ids).await?;
            let is_known = |request: &&MailRequest| {
                known.iter().any(|email| email.email_id == request.email.email_id)
            };
            let lost = chunk.iter().filter(|request| !is_known(request)).cloned();
            requests.make(lost.collect()).await?;
        }
        Ok(())
    }
}

fn is_overdue(email: &Email, now: Timestamp) -> bool {
    let age = now.duration_since(email.created_at);
    age > PATIENCE && age < AGE_MAX
}
