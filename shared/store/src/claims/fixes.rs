//! The fix of a claim and the claim after it, in one transaction; and what stands under its invoice.

use jiff::Timestamp;
use puntos_domain::accrual::{self, Credit, RecordedInvoice};
use puntos_domain::claim::Invoice;
use puntos_domain::program::ProgramHead;

use super::super::accruals::PurchaseWrite;
use super::super::adjustments::AdjustmentWrite;
use super::super::{Store, StoreError};
use super::ClaimChange;
use puntos_domain::mail::Email;
use puntos_domain::stamp::Stamp;

/// The place of the agent's day behind the adjustment, the account and the credit.
const DAY_INDEX: usize = 3;

/// What became of a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixOutcome {
    /// It is done, and the claim says so.
    Done,
    /// Something moved meanwhile: read again, decide again.
    Moved,
    /// The agent's day is full.
    DayFull,
}

impl FixOutcome {
    fn of(refused: Option<Vec<usize>>) -> Self {
        match refused.as_deref() {
            None => Self::Done,
            Some([DAY_INDEX]) => Self::DayFull,
            Some(_) => Self::Moved,
        }
    }
}

impl Store {
    /// Gives a member the points of a purchase that names nobody, and writes the claim.
    ///
    /// # Errors
    /// Fails where the table does not answer; then nothing is known to be written.
    pub async fn fix_by_claiming(
        &self,
        purchase: &PurchaseWrite<'_>,
        change: &ClaimChange<'_>,
        stamp: &Stamp,
    ) -> Result<FixOutcome, StoreError> {
        let further = self.purchase_writes(purchase, stamp)?;
        Ok(FixOutcome::of(self.save_claim_with(change, further, stamp).await?))
    }

    /// Credits points for an invoice that did not arrive, and writes the claim.
    ///
    /// # Errors
    /// Fails where the table does not answer; then nothing is known to be written.
    pub async fn fix_by_credit(
        &self,
        credit: &AdjustmentWrite<'_>,
        (branch, invoice_number): (&str, &str),
        change: &ClaimChange<'_>,
        stamp: &Stamp,
    ) -> Result<FixOutcome, StoreError> {
        let mut further = self.adjustment_writes(credit, stamp)?;
        let member_id = credit.account.member_id.clone();
        let waiting = Credit { member_id, points: credit.points };
        further.push(self.credit_put(branch, invoice_number, &waiting, stamp)?);
        if let Some(day) = credit.agent_day {
            further.push(self.agent_day_write(day, credit.points.abs())?);
        }
        Ok(FixOutcome::of(self.save_claim_with(change, further, stamp).await?))
    }

    /// Writes mails, each new or as it was read, and the claim.
    ///
    /// # Errors
    /// Fails where the table does not answer; then nothing is known to be written.
    pub async fn fix_by_mail(
        &self,
        mails: &[Email],
        change: &ClaimChange<'_>,
        stamp: &Stamp,
    ) -> Result<FixOutcome, StoreError> {
        let further: Result<Vec<_>, StoreError> =
            mails.iter().map(|mail| self.email_put(mail)).collect();
        Ok(FixOutcome::of(self.save_claim_with(change, further?, stamp).await?))
    }

    /// Returns what stands under an invoice. An unclaimed purchase can be claimed where it could be at
    /// `asked_at`; that may cost the read of an older programme.
    ///
    /// # Errors
    /// Fails where the table does not answer.
    pub async fn invoice_of(
        &self,
        (branch, invoice_number): (&str, &str),
        purchase: Option<&RecordedInvoice>,
        head: &ProgramHead,
        asked_at: Timestamp,
    ) -> Result<Invoice, StoreError> {
        let missing = || Invoice::Missing {
            branch: branch.to_owned(),
            invoice_number: invoice_number.to_owned(),
        };
        let Some(purchase) = purchase else { return Ok(missing()) };
        let Some(receipt) = &purchase.receipt else {
            return Ok(purchase.credit.as_ref().map_or_else(missing, |credit| Invoice::Credited {
                member_id: credit.member_id.clone(),
                points: credit.points,
            }));
        };
        if let Some(earned) = &receipt.earned {
            let rows = earned.explanation.for_people();
            return Ok(Invoice::Earned {
                member_id: earned.member_id.clone(),
                points: earned.points,
                why: rows.into_iter().map(|row| row.text).collect(),
            });
        }
        let purchased_at = receipt.purchase.purchased_at;
        let rules = self.program_at(head, purchased_at).await?;
        let claimable = accrual::can_be_claimed(purchased_at, &rules, asked_at);
        Ok(Invoice::Unclaimed { purchase_id: purchase.purchase_id.clone(), claimable })
    }
}
