//! Sweeps up what got lost on the way: commits whose mail nobody ordered, mails nobody claimed, and
//! claims whose sender died.
//!
//! The stream delivers within seconds and forgets after a day; the sweep looks at the coupons and
//! reversals of the last two hours, and once more at those of a day ago. Its cost follows them, not
//! the size of the table.

use jiff::{SignedDuration, Timestamp};
use puntos_domain::mail::Email;
use puntos_domain::mail::{Composer, MailRequest};
use puntos_domain::mail::{EmailStatus, StatusChange};
use puntos_domain::outbox::Outbox;
use puntos_runtime::queue::Queue;
use puntos_runtime::trigger::Schedule;
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use puntos_store::{Store, StoreError};

/// How long the ordinary way may take before the sweep steps in.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// The hours before now that are looked at: the last two, and those just before the stream forgets.
const HOURS_AGO: [i64; 4] = [0, 1, 23, 24];
/// The most mails of one status that one run looks at, the oldest.
const STALE_MAX: i32 = 100;
/// The most mails that one request asks for.
const BATCH_MAX: usize = 100;
/// The age at which a commit is none of the hours looked at: their names repeat after years.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(26);
/// The most orders of one run; the next goes on.
const ORDERS_MAX: usize = 500;

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
        let (uncertain, ordered) = swept.map_err(InvocationError::Service)?;
        tracing::info!(uncertain, ordered, "swept");
        Ok(())
    }
}

impl Function {
    async fn sweep(&self, now: Timestamp) -> Result<(usize, usize), String> {
        let uncertain = self.doubt_dead_senders(now).await?;
        let mut orders: Vec<MailRequest> = Vec::new();
        for email in self.stale(EmailStatus::Queued, now).await? {
            orders.push(MailRequest { email, stored: true });
        }
        if let Some(head) = self.store.program_head().await.map_err(told)? {
            let program = self.store.program_at(&head, now).await.map_err(told)?;
            let context = Composer { program: &program, brand: &self.brand };
            for hours in HOURS_AGO {
                let hour = now - SignedDuration::from_hours(hours);
                let unsent = self.unsent_of(hour, now, &context).await?;
                orders.extend(unsent);
            }
        }
        orders.truncate(ORDERS_MAX);
        self.emails.send_all(&orders).await.map_err(|(_, error)| error.to_string())?;
        Ok((uncertain, orders.len()))
    }

    /// A claim as old as this was left by a sender that died: nobody knows whether it sent.
    async fn doubt_dead_senders(&self, now: Timestamp) -> Result<usize, String> {
        let stale = self.stale(EmailStatus::Sending, now).await?;
        let count = stale.len();
        for mut email in stale {
            email.history.record(StatusChange::new(EmailStatus::Uncertain, now));
            email.version += 1;
            // One that moved meanwhile has a living sender.
            self.store.save_email(&email).await.map_err(told)?;
        }
        Ok(count)
    }

    async fn stale(&self, status: EmailStatus, now: Timestamp) -> Result<Vec<Email>, String> {
        let emails = self.store.oldest_emails(status, STALE_MAX).await.map_err(told)?;
        let is_stale = |email: &Email| now.duration_since(email.status_since()) > PATIENCE;
        Ok(emails.into_iter().filter(is_stale).collect())
    }

    /// Returns the orders of an hour's commits that no mail came of.
    async fn unsent_of(
        &self,
        hour: Timestamp,
        now: Timestamp,
        context: &Composer<'_>,
    ) -> Result<Vec<MailRequest>, String> {
        let commits = self.store.committed_in_hour(hour).await.map_err(told)?;
        let orders: Vec<MailRequest> = commits
            .iter()
            .filter_map(|commit: &Outbox| commit.order(context))
            .filter(|order| is_overdue(&order.email, now))
            .collect();
        let mut unsent = Vec::new();
        for chunk in orders.chunks(BATCH_MAX) {
            let ids: Vec<_> = chunk.iter().map(|order| order.email.email_id.clone()).collect();
            let known = self.store.emails(&ids).await.map_err(told)?;
            let is_known = |order: &&MailRequest| {
                known.iter().any(|email| email.email_id == order.email.email_id)
            };
            unsent.extend(chunk.iter().filter(|order| !is_known(order)).cloned());
        }
        Ok(unsent)
    }
}

fn is_overdue(email: &Email, now: Timestamp) -> bool {
    let age = now.duration_since(email.created_at);
    age > PATIENCE && age < AGE_MAX
}

fn told(error: StoreError) -> String {
    error.chain()
}
