//! Fixes that bring a mail on its way: once more, or for the first time.

use puntos_api::Problem;
use puntos_domain::claim::Fix;
use puntos_domain::id::EmailId;
use puntos_runtime::resend::{self, Resend};
use puntos_store::ClaimChange;

use super::{Repair, Repaired};

impl Repair<'_> {
    /// Sends a mail once more, to the member's address of now.
    pub(super) async fn resend(&self, email_id: &EmailId) -> Repaired {
        self.request.no_points()?;
        let (call, stamp) = (self.call, self.call.stamp()?);
        let found = resend::find(&call.store, self.context.brand, email_id, call.now).await?;
        let found = found.ok_or_else(Problem::not_found)?;
        let key = call.request.key();
        let (ordered, mails) = match resend::decide(&call.store, found, key, &stamp).await? {
            Resend::Before(before) => (before.email_id, Vec::new()),
            Resend::Ordered(mails) => {
                let resend = mails.first().ok_or_else(Problem::not_found)?;
                (resend.email_id.clone(), mails)
            }
        };
        let after = self.before.claim.fix_ordered(Fix::Resend { email_id: ordered }, &self.act);
        let change = ClaimChange::new(Some(self.before), &after, self.today.date);
        let outcome = call.store.fix_by_mail(&mails, &change, &stamp).await?;
        self.settled(outcome, after)
    }

    /// Writes the mail of a commit whose order was lost. If it is there by now, the next look says so.
    pub(super) async fn order_mail(&self, email_id: &EmailId) -> Repaired {
        self.request.no_points()?;
        let (call, stamp) = (self.call, self.call.stamp()?);
        let found = resend::find(&call.store, self.context.brand, email_id, call.now).await?;
        let found = found.ok_or_else(Problem::not_found)?;
        let mails = if found.stored { Vec::new() } else { vec![found.email] };
        let under_way = Fix::OrderMail { email_id: email_id.clone() };
        let after = self.before.claim.fix_ordered(under_way, &self.act);
        let change = ClaimChange::new(Some(self.before), &after, self.today.date);
        let outcome = call.store.fix_by_mail(&mails, &change, &stamp).await?;
        self.settled(outcome, after)
    }
}
