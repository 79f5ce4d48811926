//! The three steps of a mail: lock, send, record. What each failure leaves behind is the domain's.

use puntos_domain::mail::sending::{Found, NotSent};
use puntos_domain::mail::{
    AddressBlock, Email, EmailStatus, MailRequest, PagesUrl, StatusChange, render,
};
use puntos_runtime::mailer::{Mailer, SendError};
use puntos_runtime::{Deadline, Environment};
use puntos_store::{LockOutcome, Store, StoreError};

use crate::SET_UP_FAULT;

/// Why a message is tried again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendingError {
    /// The table did not answer.
    #[error("the mail cannot be read or written")]
    Store(#[from] StoreError),
    /// SES does not send at the moment.
    #[error("SES does not send now")]
    Later(#[source] SendError),
}

/// What a sender works with.
pub(crate) struct Sender<'a> {
    pub(crate) store: Store,
    pub(crate) mailer: &'a Mailer,
    pub(crate) environment: &'a Environment,
    pub(crate) pages: Option<&'a PagesUrl>,
    pub(crate) deadline: Deadline,
}

/// A mail that another request made an item of: it waits for a sender, or has a status that stays.
enum Judged {
    Waits(Box<Email>),
    Settled(EmailStatus),
}

/// A mail that is locked, or the status it has without being sent.
enum Locking {
    Locked(Box<Email>),
    Settled(EmailStatus),
}

impl Sender<'_> {
    /// Sends a mail, unless it was handled before, and returns its status.
    ///
    /// # Errors
    /// Fails, to be tried again, if nothing was sent and it may be sent later.
    pub(crate) async fn send(&self, request: MailRequest) -> Result<EmailStatus, SendingError> {
        let locked = match self.lock(request).await? {
            Locking::Locked(locked) => *locked,
            Locking::Settled(status) => return Ok(status),
        };
        let Email { kind, revision, language, variables, .. } = &locked;
        let rendered = match render(*kind, *revision, *language, variables, self.pages) {
            Ok(rendered) => rendered,
            Err(error) => {
                let change = self.change(EmailStatus::Rejected).with_detail(error.to_string());
                return self.record(locked, change, None).await;
            }
        };
        match self.mailer.send(&locked, &rendered).await {
            Ok(message_id) => {
                self.record(locked, self.change(EmailStatus::Sent), Some(message_id)).await
            }
            Err(error) => self.not_sent(locked, error).await,
        }
    }

    /// Records a send that SES did not confirm.
    async fn not_sent(&self, locked: Email, error: SendError) -> Result<EmailStatus, SendingError> {
        let not_sent = error.not_sent();
        if let Some(status) = not_sent.status() {
            let change = self.change(status).with_detail(error.code());
            return self.record(locked, change, None).await;
        }
        self.put_back(locked, &error.code()).await?;
        match not_sent {
            // A retry within minutes would find the same fault. The sweep requests the mail again.
            NotSent::SetUp => {
                tracing::error!(code = error.code(), "{SET_UP_FAULT}");
                Ok(EmailStatus::Queued)
            }
            _ => Err(SendingError::Later(error)),
        }
    }

    async fn lock(&self, mut request: MailRequest) -> Result<Locking, SendingError> {
        loop {
            let locked = request.changed(self.change(EmailStatus::Sending));
            let found = match self.store.lock_email(&locked).await? {
                LockOutcome::Locked => return Ok(Locking::Locked(Box::new(locked))),
                LockOutcome::Blocked(block) => {
                    return self.block(&request, &block).await.map(Locking::Settled);
                }
                LockOutcome::Exists(found) => *found,
            };
            match self.judge(found).await? {
                Judged::Settled(status) => return Ok(Locking::Settled(status)),
                Judged::Waits(email) => request = MailRequest { email: *email, stored: true },
            }
            self.check_deadline()?;
        }
    }

    /// Returns the status of a mail that another sender handles or handled, or the mail if it waits: a resend
    /// that another one was linked to, or a mail that was put back.
    async fn judge(&self, mut email: Email) -> Result<Judged, SendingError> {
        loop {
            match Found::of(email.status()) {
                Found::Waits => return Ok(Judged::Waits(Box::new(email))),
                Found::Handled => return Ok(Judged::Settled(email.status())),
                Found::Locked => {
                    let uncertain = email.changed(self.change(EmailStatus::Uncertain));
                    match self.store.save_email(&uncertain).await? {
                        None => return Ok(Judged::Settled(EmailStatus::Uncertain)),
                        // Its sender lives, and has put it back or recorded it.
                        Some(moved) => email = moved,
                    }
                }
            }
            self.check_deadline()?;
        }
    }

    async fn block(
        &self,
        request: &MailRequest,
        block: &AddressBlock,
    ) -> Result<EmailStatus, SendingError> {
        let blocked = request.blocked(block, self.environment.now());
        match self.store.save_email(&blocked).await? {
            None => Ok(EmailStatus::Blocked),
            Some(found) if Found::of(found.status()) == Found::Waits => {
                let change = self.change(EmailStatus::Blocked);
                self.record(found, change.with_detail(block.reason.to_string()), None).await
            }
            Some(found) => Ok(found.status()),
        }
    }

    /// Writes a change of a mail. A report of SES may come first: then the change is added to it.
    async fn record(
        &self,
        mut email: Email,
        change: StatusChange,
        message_id: Option<String>,
    ) -> Result<EmailStatus, SendingError> {
        loop {
            let mut recorded = email.changed(change.clone());
            recorded.message_id = message_id.clone().or(recorded.message_id);
            match self.store.save_email(&recorded).await? {
                None => return Ok(recorded.status()),
                // The answer to an earlier try was lost, but the change is written.
                Some(found) if found.history == recorded.history => return Ok(found.status()),
                Some(found) => email = found,
            }
            self.check_deadline()?;
        }
    }

    /// Makes a mail that was not sent wait again.
    async fn put_back(&self, mut email: Email, why: &str) -> Result<(), SendingError> {
        loop {
            email.history.put_back(self.environment.now(), why);
            email.version += 1;
            match self.store.save_email(&email).await? {
                None => return Ok(()),
                Some(found) if Found::of(found.status()) == Found::Waits => return Ok(()),
                // Another sender found the lock and made the mail uncertain.
                Some(found) => email = found,
            }
            self.check_deadline()?;
        }
    }

    fn change(&self, status: EmailStatus) -> StatusChange {
        StatusChange::new(status, self.environment.now())
    }

    fn check_deadline(&self) -> Result<(), SendingError> {
        match self.deadline.is_over() {
            true => Err(StoreError::OutOfTime.into()),
            false => Ok(()),
        }
    }
}
