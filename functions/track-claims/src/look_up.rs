//! Looks up the invoice of a claim of missing points: by branch and number, or by the number alone in every branch.

use puntos_domain::accrual::RecordedInvoice;
use puntos_domain::claim::{Claim, ClaimKind, InvoiceState};
use puntos_domain::invoice::Invoice;
use puntos_domain::program::ProgramHead;
use puntos_runtime::http::{Call, Failure};

use crate::context::Rules;

/// Returns whether the invoice of a claim of this kind is looked up.
pub(crate) fn is_looked_up(kind: ClaimKind) -> bool {
    kind == ClaimKind::MissingPoints
}

/// Returns the claim with the finding of its invoice; unchanged if it names none.
pub(crate) async fn looked_up(
    call: &Call,
    claim: Claim,
    purchase: Option<&RecordedInvoice>,
    head: &ProgramHead,
    rules: &Rules,
) -> Result<Claim, Failure> {
    let asked_at = claim.created_at;
    if let Some(invoice) = claim.evidence.invoice() {
        let found = call.store.invoice_of(invoice, purchase, head, asked_at).await?;
        return Ok(claim.checked(claim.check(found), call.now));
    }
    let Some(number) = claim.evidence.invoice_number.as_deref() else { return Ok(claim) };
    let branches = call.store.searched_branches(Some(&rules.program)).await?;
    let mut found: Vec<(String, InvoiceState)> = Vec::new();
    for (branch, purchase) in call.store.invoices_numbered(number, &branches).await? {
        let invoice = Invoice::new(&branch, number);
        let state = call.store.invoice_of(invoice, Some(&purchase), head, asked_at).await?;
        found.push((branch, state));
    }
    Ok(claim.checked(claim.check_numbered(found), call.now))
}
