//! Looks up the invoice of a claim about points: by branch and number, or by the number alone in every branch. Finds a
//! purchase that the newest rules rate otherwise.

use std::sync::Arc;

use puntos_domain::account::MemberAccount;
use puntos_domain::accrual::{Receipt, RecordedInvoice, Terms};
use puntos_domain::claim::{Claim, ClaimKind, Fix, InvoiceState};
use puntos_domain::invoice::Invoice;
use puntos_domain::points::Points;
use puntos_domain::program::{ProgramHead, ProgramVersion};
use puntos_domain::rerating::{self, OverCredit};
use puntos_runtime::http::{Call, Failure};

/// Returns whether the invoice of a claim of this kind is looked up.
pub(crate) fn is_looked_up(kind: ClaimKind) -> bool {
    matches!(kind, ClaimKind::MissingPoints | ClaimKind::ReceiptData)
}

/// What an invoice is looked up with.
pub(crate) struct Lookup<'a> {
    pub(crate) call: &'a Call,
    pub(crate) head: &'a ProgramHead,
    /// The current programme.
    pub(crate) program: &'a Arc<ProgramVersion>,
}

impl Lookup<'_> {
    /// Returns the claim with the finding of its invoice; unchanged if it names none.
    pub(crate) async fn looked_up(
        &self,
        claim: Claim,
        purchase: Option<&RecordedInvoice>,
    ) -> Result<Claim, Failure> {
        let now = self.call.now;
        if let Some(invoice) = claim.evidence.invoice() {
            let found = self.found(&claim, invoice, purchase).await?;
            return Ok(claim.checked(claim.relevant(claim.check(found)), now));
        }
        let Some(number) = claim.evidence.invoice_number.as_deref() else { return Ok(claim) };
        let store = &self.call.store;
        let branches = store.searched_branches(Some(self.program)).await?;
        let mut found: Vec<(String, InvoiceState)> = Vec::new();
        for (branch, purchase) in store.invoices_numbered(number, &branches).await? {
            let invoice = Invoice::new(&branch, number);
            let state = self.found(&claim, invoice, Some(&purchase)).await?;
            found.push((branch, state));
        }
        Ok(claim.checked(claim.relevant(claim.check_numbered(found)), now))
    }

    /// Returns what is recorded for an invoice, with the re-rating of a purchase of the claim's member that the newest
    /// rules ask for.
    pub(crate) async fn found(
        &self,
        claim: &Claim,
        invoice: Invoice<'_>,
        purchase: Option<&RecordedInvoice>,
    ) -> Result<InvoiceState, Failure> {
        let store = &self.call.store;
        let found = store.invoice_of(invoice, purchase, self.head, claim.created_at).await?;
        Ok(match (found, purchase) {
            (InvoiceState::Earned { member_id, points, why, .. }, Some(purchase)) => {
                let is_own = member_id == claim.claim_id.member_id();
                let decided = if is_own { self.rerated(purchase).await? } else { None };
                let rerating =
                    decided.filter(|(_, decision)| decision.change.points() != Points::ZERO);
                let rerating = rerating.map(|(_, decision)| Fix::Rerate {
                    purchase_id: purchase.purchase_id.clone(),
                    points: decision.change.points(),
                });
                InvoiceState::Earned { member_id, points, why, rerating }
            }
            (found, _) => found,
        })
    }

    /// Decides the re-rating of a purchase under the newest rules that have begun; `None` if nothing changes.
    pub(crate) async fn rerated(
        &self,
        purchase: &RecordedInvoice,
    ) -> Result<Option<(MemberAccount, rerating::Decision)>, Failure> {
        let store = &self.call.store;
        let bought = purchase.receipt.as_ref().and_then(Receipt::of_member);
        let Some(bought) = bought else { return Ok(None) };
        let account = store.account(&bought.earned.member_id).await?;
        let Some(account) = account else { return Ok(None) };
        let terms = Terms {
            rating: store.program_version(self.head.newest_begun(self.call.now)).await?,
            current: self.program.clone(),
        };
        let (credit, read) = (purchase.credit.as_ref(), account.account.clone());
        let over_credit = OverCredit::default();
        let decided = rerating::decide(bought, credit, read, &terms, over_credit, self.call.now);
        Ok(decided.map(|decision| (account, decision)))
    }
}
