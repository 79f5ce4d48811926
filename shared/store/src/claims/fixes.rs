//! The fix of a claim and the claim after it, in one transaction; and what is recorded for its invoice.

use jiff::Timestamp;
use puntos_domain::accrual::{self, RecordedInvoice};
use puntos_domain::claim::InvoiceState;
use puntos_domain::invoice::Invoice;
use puntos_domain::mail::Email;
use puntos_domain::program::ProgramHead;
use puntos_domain::stamp::Stamp;

use crate::claims::{ClaimChange, ClaimOutcome};
use crate::purchases::PurchaseWrite;
use crate::purchases::adjustments::{AdjustmentWrite, AgentDay};
use crate::purchases::corrections::CorrectionWrite;
use crate::table::Transaction;
use crate::{Store, StoreError};

impl Store {
    /// Gives a member the points of a purchase without a member, and writes the claim.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn fix_by_receipt(
        &self,
        purchase: &PurchaseWrite<'_>,
        change: &ClaimChange<'_>,
        stamp: &Stamp,
    ) -> Result<ClaimOutcome, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_purchase(purchase, stamp)?;
        self.save_claim_with(change, transaction, stamp).await
    }

    /// Credits points for an invoice that did not arrive, or takes them back, and writes the claim.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn fix_by_adjustment(
        &self,
        adjustment: &AdjustmentWrite<'_>,
        change: &ClaimChange<'_>,
        stamp: &Stamp,
    ) -> Result<ClaimOutcome, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_adjustment(adjustment, stamp)?;
        self.save_claim_with(change, transaction, stamp).await
    }

    /// Corrects a purchase that was rated wrongly, within the agent's limit for the day, and writes the claim.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn fix_by_correction(
        &self,
        correction: &CorrectionWrite<'_>,
        agent_day: Option<AgentDay<'_>>,
        change: &ClaimChange<'_>,
        stamp: &Stamp,
    ) -> Result<ClaimOutcome, StoreError> {
        let mut transaction = Transaction::default();
        transaction.put_correction(correction, stamp)?;
        transaction.count_points(agent_day, correction.decision.change.points());
        self.save_claim_with(change, transaction, stamp).await
    }

    /// Writes mails, new ones or over the version read, and the claim.
    ///
    /// # Errors
    /// Fails if the table does not answer. Whether anything was written is then unknown.
    pub async fn fix_by_mail(
        &self,
        mails: &[Email],
        change: &ClaimChange<'_>,
        stamp: &Stamp,
    ) -> Result<ClaimOutcome, StoreError> {
        let mut transaction = Transaction::default();
        for mail in mails {
            transaction.put_mail(mail)?;
        }
        self.save_claim_with(change, transaction, stamp).await
    }

    /// Returns what is recorded for an invoice. A purchase without a member can be attached if this was
    /// possible at `asked_at`. That may cost the read of an older programme.
    ///
    /// # Errors
    /// Fails if the table does not answer.
    pub async fn invoice_of(
        &self,
        invoice: Invoice<'_>,
        purchase: Option<&RecordedInvoice>,
        head: &ProgramHead,
        asked_at: Timestamp,
    ) -> Result<InvoiceState, StoreError> {
        let missing = || InvoiceState::Missing {
            branch: invoice.branch.to_owned(),
            invoice_number: invoice.number.to_owned(),
        };
        let Some(purchase) = purchase else { return Ok(missing()) };
        let Some(receipt) = &purchase.receipt else {
            return Ok(purchase.credit.as_ref().map_or_else(missing, |credit| {
                InvoiceState::Credited {
                    member_id: credit.member_id.clone(),
                    points: credit.points,
                }
            }));
        };
        if let Some(earned) = &receipt.earned {
            return Ok(InvoiceState::Earned {
                member_id: earned.member_id.clone(),
                points: earned.points,
                why: earned.explanation.texts(),
                rerating: None,
            });
        }
        let purchased_at = receipt.purchase.purchased_at;
        let rules = self.program_at(head, purchased_at).await?;
        let claimable = accrual::can_be_claimed(purchased_at, &rules, asked_at);
        Ok(InvoiceState::Unclaimed {
            purchase_id: purchase.purchase_id.clone(),
            claimable,
            total: receipt.purchase.total.clone(),
            purchased_at,
        })
    }
}
