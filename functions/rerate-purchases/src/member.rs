//! One member of a segment: rates each purchase of the period, corrects it unless that is only tried, and tells the
//! member by mail.

use puntos_api::Problem;
use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::{RecordedInvoice, Terms};
use puntos_domain::auto_reply::may_write_to;
use puntos_domain::comparison::{Comparison, ComparisonId, Line, compare, moved};
use puntos_domain::id::{MemberId, RerateId};
use puntos_domain::mail::Composer;
use puntos_domain::points::Points;
use puntos_domain::stamp::Stamp;
use puntos_domain::text::{self, Remark};
use puntos_runtime::Deadline;
use puntos_runtime::http::Failure;
use puntos_store::{
    CorrectionOutcome, CorrectionWrite, RecordedCorrection, Store, StoreError, pause,
};

/// How many purchases are read at a time.
const PURCHASES_AT_ONCE: usize = 100;

/// What the members of a segment are rated with.
pub(crate) struct Work<'a> {
    pub(crate) comparison: &'a Comparison,
    pub(crate) terms: Terms,
    pub(crate) store: &'a Store,
    pub(crate) stamp: Stamp,
    pub(crate) deadline: Deadline,
    pub(crate) brand: &'a str,
}

/// What came of one try to rate a purchase.
enum Attempt {
    Settled(Line),
    /// It is not for this re-rate.
    LeftOut,
    /// Another write came first.
    Outdated,
}

impl Work<'_> {
    /// Returns the reason of the corrections.
    fn reason(&self) -> Remark {
        let given = self.comparison.reason.clone();
        given.map_or_else(|| text::reason_rules_corrected().into(), Remark::from)
    }

    /// Rates the purchases of a member in the order in which they were recorded. Returns their lines, and whether
    /// the member is told by mail.
    pub(crate) async fn member(&self, member_id: &MemberId) -> Result<(Vec<Line>, bool), Failure> {
        let Comparison { from, to, .. } = *self.comparison;
        let found = self.store.purchases_between(member_id, from, to).await?;
        let Some((mut account, purchase_ids)) = found else { return Ok((Vec::new(), false)) };
        let mut lines = Vec::with_capacity(purchase_ids.len());
        for chunk in purchase_ids.chunks(PURCHASES_AT_ONCE) {
            let mut invoices = self.store.invoices(chunk).await?;
            for purchase_id in chunk {
                let Some(invoice) = invoices.remove(purchase_id) else { continue };
                // One that moved to another member is rated there.
                if is_of(&invoice, member_id) {
                    lines.extend(self.purchase(member_id, invoice, &mut account).await?);
                }
            }
        }
        let told = match (self.applied(), moved(&lines)) {
            (None, _) | (_, Points::ZERO) => false,
            (Some(rerate_id), points) => self.tell(rerate_id, points, &account).await?,
        };
        Ok((lines, told))
    }

    /// Returns the re-rate whose corrections are written; `None` if they are only tried.
    fn applied(&self) -> Option<&RerateId> {
        match &self.comparison.id {
            ComparisonId::Rerate(rerate_id) if !self.comparison.dry_run => Some(rerate_id),
            _ => None,
        }
    }

    /// Rates a purchase, and corrects it until no other write comes first. The account is the one after it.
    async fn purchase(
        &self,
        member_id: &MemberId,
        mut invoice: RecordedInvoice,
        account: &mut MemberAccount,
    ) -> Result<Option<Line>, Failure> {
        let mut lost = 0;
        loop {
            match self.attempt(&invoice, account).await? {
                Attempt::Settled(line) => return Ok(Some(line)),
                Attempt::LeftOut => return Ok(None),
                Attempt::Outdated => {}
            }
            lost += 1;
            if self.deadline.is_over() {
                return Err(StoreError::OutOfTime.into());
            }
            pause(lost).await;
            *account = self.account(&account.member_id).await?;
            let again = self.store.purchase(&invoice.purchase_id).await?;
            invoice = again.ok_or_else(Problem::not_found)?;
            if !is_of(&invoice, member_id) {
                return Ok(None);
            }
        }
    }

    async fn attempt(
        &self,
        invoice: &RecordedInvoice,
        account: &mut MemberAccount,
    ) -> Result<Attempt, Failure> {
        let (terms, over_credit) = (&self.terms, self.comparison.over_credit);
        let compared = compare(invoice, &account.account, terms, over_credit, self.stamp.at);
        let Some((line, decision)) = compared else { return Ok(Attempt::LeftOut) };
        let (Some(rerate_id), Some(receipt)) = (self.applied(), &invoice.receipt) else {
            if let Some(decision) = decision {
                account.account = decision.account;
            }
            return Ok(Attempt::Settled(line));
        };
        let Some(decision) = decision else {
            let earlier = self.earlier(rerate_id, invoice, &account.member_id).await?;
            return Ok(Attempt::Settled(earlier.unwrap_or(line)));
        };
        if decision.change.points() == Points::ZERO {
            // Nothing to tell, but what comes back later is rated by the new rules.
            let (purchase_id, revision) = (&invoice.purchase_id, receipt.revision);
            let is_written = self.store.rate_alike(purchase_id, revision, &decision).await?;
            return Ok(if is_written { Attempt::Settled(line) } else { Attempt::Outdated });
        }
        let write = CorrectionWrite {
            purchase_id: &invoice.purchase_id,
            read_revision: receipt.revision,
            cause: rerate_id.as_str(),
            account,
            decision: &decision,
            reason: &self.reason(),
            fingerprint: &self.comparison.fingerprint,
        };
        Ok(match self.store.record_correction(&write, &self.stamp).await? {
            CorrectionOutcome::Recorded => {
                *account = self.account(&account.member_id).await?;
                Attempt::Settled(line)
            }
            CorrectionOutcome::Exists(first) => {
                Attempt::Settled(line_of(invoice, *first).unwrap_or(line))
            }
            CorrectionOutcome::Outdated => Attempt::Outdated,
        })
    }

    /// Returns the line of a purchase that an earlier delivery of the segment corrected.
    async fn earlier(
        &self,
        rerate_id: &RerateId,
        invoice: &RecordedInvoice,
        member_id: &MemberId,
    ) -> Result<Option<Line>, Failure> {
        let earned = invoice.receipt.as_ref().and_then(|receipt| receipt.earned.as_ref());
        if earned.is_none_or(|earned| earned.corrected.is_none()) {
            return Ok(None);
        }
        let first = self.store.correction(&invoice.purchase_id, rerate_id.as_str()).await?;
        // Before it moved, it was corrected for another member.
        let first = first.filter(|first| first.member_id == *member_id);
        Ok(first.and_then(|first| line_of(invoice, first)))
    }

    async fn account(&self, member_id: &MemberId) -> Result<MemberAccount, Failure> {
        Ok(self.store.account(member_id).await?.ok_or_else(Problem::not_found)?)
    }

    /// Writes the mail about the points of a member, unless it was written before. Returns whether there is one: not
    /// if the programme has no such mails, and not for a member without an address or consent.
    async fn tell(
        &self,
        rerate_id: &RerateId,
        points: Points,
        account: &MemberAccount,
    ) -> Result<bool, Failure> {
        let program = &self.terms.current;
        if !program.program.rerate_mails {
            return Ok(false);
        }
        let Some(member) = self.store.profile(&account.member_id).await? else { return Ok(false) };
        if !may_write_to(&member.profile) {
            return Ok(false);
        }
        let composer = Composer { program, brand: self.brand };
        let balance = account.account.balance(self.stamp.at).available;
        let Some(mail) = composer.rerate(rerate_id, points, balance, &member, &self.stamp) else {
            return Ok(false);
        };
        // A mail that is there already was written by an earlier delivery of the segment.
        let _ = self.store.save_email(&mail).await?;
        Ok(true)
    }
}

/// Returns whether a purchase gave its points to a member.
fn is_of(invoice: &RecordedInvoice, member_id: &MemberId) -> bool {
    let earned = invoice.receipt.as_ref().and_then(|receipt| receipt.earned.as_ref());
    earned.is_some_and(|earned| earned.member_id == *member_id)
}

fn line_of(invoice: &RecordedInvoice, first: RecordedCorrection) -> Option<Line> {
    let earned = invoice.receipt.as_ref()?.earned.as_ref()?;
    let RecordedCorrection { points, explanation, change, .. } = first;
    Some(Line::corrected(invoice, earned, change, points, &explanation))
}
