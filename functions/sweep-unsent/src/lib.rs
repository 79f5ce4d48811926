//! Requests again the mails that the relay lost, and marks the mails whose sender died as uncertain.
//!
//! The stream delivers within seconds and forgets after a day; the sweep looks at the coupons and
//! reversals of the last two hours, and once more at those of a day ago. Its cost follows them, not
//! the size of the table.

use jiff::{SignedDuration, Timestamp};
use puntos_domain::mail::{Composer, Email, EmailStatus, MailRequest, StatusChange};
use puntos_domain::outbox::Outbox;
use puntos_runtime::queue::{NotQueued, Queue};
use puntos_runtime::trigger::Schedule;
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use puntos_store::{Store, StoreError};

/// How long relay and sender may take before the sweep acts.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// The hours before now that are looked at: the last two, and those just before the stream forgets.
const HOURS_AGO: [i64; 4] = [0, 1, 23, 24];
/// The most mails of one status that one run looks at, the oldest.
const STALE_MAX: i32 = 100;
/// The most mails that one request asks for.
const BATCH_MAX: usize = 100;
/// Commits above this age are skipped: the names of hours repeat after years.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(26);
/// The most mail requests of one run; the next run continues.
const REQUESTS_MAX: usize = 500;

/// The function.
pub struct Function {
    store: Store,
    emails: Queue,
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
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            environment,
        })
    }

    async fn handle(&self, schedule: Schedule, _: Invocation) -> Result<(), InvocationError> {
        let now = schedule.time().unwrap_or_else(|| self.environment.now());
        let swept = self.sweep(now).await;
        let (uncertain, requested) = swept.map_err(InvocationError::failed)?;
        tracing::info!(uncertain, requested, "swept");
        Ok(())
    }
}

/// Why a run breaks off. The next run does what is left.
#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("the mails were not requested")]
    Queue(#[from] NotQueued),
}

impl Function {
    async fn sweep(&self, now: Timestamp) -> Result<(usize, usize), SweepError> {
        let uncertain = self.mark_uncertain(now).await?;
        let mut requests: Vec<MailRequest> = Vec::new();
        for email in self.stale(EmailStatus::Queued, now).await? {
            requests.push(MailRequest { email, stored: true });
        }
        if let Some(head) = self.store.program_head().await? {
            let program = self.store.program_at(&head, now).await?;
            let composer = Composer { program: &program, brand: &self.brand };
            for hours in HOURS_AGO {
                let hour = now - SignedDuration::from_hours(hours);
                let unsent = self.unsent_of(hour, now, &composer).await?;
                requests.extend(unsent);
            }
        }
        requests.truncate(REQUESTS_MAX);
        self.emails.send_all(&requests).await?;
        Ok((uncertain, requests.len()))
    }

    /// Marks mails that were locked long ago: their sender died, and it is not known whether it sent them.
    async fn mark_uncertain(&self, now: Timestamp) -> Result<usize, StoreError> {
        let stale = self.stale(EmailStatus::Sending, now).await?;
        let count = stale.len();
        for email in stale {
            let uncertain = email.changed(StatusChange::new(EmailStatus::Uncertain, now));
            // If another write came first, the sender lives.
            self.store.save_email(&uncertain).await?;
        }
        Ok(count)
    }

    async fn stale(&self, status: EmailStatus, now: Timestamp) -> Result<Vec<Email>, StoreError> {
        let emails = self.store.oldest_emails(status, STALE_MAX).await?;
        let is_stale = |email: &Email| now.duration_since(email.status_since()) > PATIENCE;
        Ok(emails.into_iter().filter(is_stale).collect())
    }

    /// Returns the mail requests of an hour's commits whose mail has no item.
    async fn unsent_of(
        &self,
        hour: Timestamp,
        now: Timestamp,
        composer: &Composer<'_>,
    ) -> Result<Vec<MailRequest>, StoreError> {
        let commits = self.store.committed_in_hour(hour).await?;
        let requests: Vec<MailRequest> = commits
            .iter()
            .filter_map(|commit: &Outbox| commit.mail_request(composer))
            .filter(|request| is_overdue(&request.email, now))
            .collect();
        let mut unsent = Vec::new();
        for chunk in requests.chunks(BATCH_MAX) {
            let ids: Vec<_> = chunk.iter().map(|request| request.email.email_id.clone()).collect();
            let known = self.store.emails(&ids).await?;
            let is_known = |request: &&MailRequest| {
                known.iter().any(|email| email.email_id == request.email.email_id)
            };
            unsent.extend(chunk.iter().filter(|request| !is_known(request)).cloned());
        }
        Ok(unsent)
    }
}

fn is_overdue(email: &Email, now: Timestamp) -> bool {
    let age = now.duration_since(email.created_at);
    age > PATIENCE && age < AGE_MAX
}
