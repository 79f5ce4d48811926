//! Fixes that send a mail: again, or for the first time.

use puntos_api::{Problem, emails};
use puntos_domain::claim::Fix;
use puntos_domain::id::EmailId;
use puntos_domain::mail::{MailRequest, resend};
use puntos_runtime::http::Failure;
use puntos_runtime::mails::{self, ResendState};
use puntos_store::ClaimChange;

use super::{Basis, Fixed, written};

impl Basis<'_> {
    /// Sends a mail once more, to the member's current address.
    pub(super) async fn resend(&self, email_id: &EmailId) -> Fixed {
        self.request.no_points()?;
        let (call, key) = (self.call, self.call.request.key());
        let found = self.found(email_id).await?;
        let state = mails::resend_state(&call.store, found, key).await?;
        let (resend_id, mails) = match state.ok_or_else(Problem::not_found)? {
            ResendState::Made(made) => (made.email_id, Vec::new()),
            ResendState::Undecided(basis) => {
                let resend_id = basis.first.email_id.resend(key);
                let decided = resend::decide(*basis, resend_id.clone(), &call.stamp()?);
                (resend_id, decided.map_err(emails::refused)?.into_emails())
            }
        };
        let after = self.before.claim.fix_requested(Fix::Resend { email_id: resend_id }, &self.act);
        let change = ClaimChange::new(Some(self.before), &after, self.today.date);
        let outcome = call.store.fix_by_mail(&mails, &change, &call.stamp()?).await?;
        written(outcome, after)
    }

    /// Writes the mail whose request was lost. If it is there already, `find-failures` ends the claim.
    pub(super) async fn request_mail(&self, email_id: &EmailId) -> Fixed {
        self.request.no_points()?;
        let found = self.found(email_id).await?;
        let mails = if found.stored { Vec::new() } else { vec![found.email] };
        let under_way = Fix::RequestMail { email_id: email_id.clone() };
        let after = self.before.claim.fix_requested(under_way, &self.act);
        let change = ClaimChange::new(Some(self.before), &after, self.today.date);
        let outcome = self.call.store.fix_by_mail(&mails, &change, &self.call.stamp()?).await?;
        written(outcome, after)
    }

    async fn found(&self, email_id: &EmailId) -> Result<MailRequest, Failure> {
        let (call, brand) = (self.call, self.composer.brand);
        let found = mails::find(&call.store, brand, email_id, call.now).await?;
        Ok(found.ok_or_else(Problem::not_found)?)
    }
}
