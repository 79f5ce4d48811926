//! Money that arrived without an order: it becomes a claim once the programme's minutes are over.

use puntos_domain::claim::News;
use puntos_domain::id::MemberId;
use puntos_domain::mail::Composer;
use puntos_store::{ClaimChange, PaymentWrite, StoreError};

use super::{Run, Tally};

/// The most payments that one run looks at; the next run goes on.
const DUE_MAX: i32 = 500;

/// Opens a claim for each payment whose order did not come in time, and counts those that are new.
///
/// # Errors
/// Fails where the table does not answer.
pub(crate) async fn without_order(run: &Run) -> Result<Tally, StoreError> {
    let mut opened = Tally::default();
    for (member_id, order_id) in run.store.due_payments(run.stamp.at, DUE_MAX).await? {
        if run.deadline.is_over() {
            break;
        }
        opened.count(settle(run, &member_id, &order_id).await);
    }
    Ok(opened)
}

/// Settles one payment; returns whether a claim was opened.
async fn settle(run: &Run, member_id: &MemberId, order_id: &str) -> Result<bool, StoreError> {
    let basis = run.store.money_basis(member_id, order_id).await?;
    let (before, today, now) = (basis.payment, &run.today, run.stamp.at);
    let mut payment = before.payment;
    let minutes = today.settings.money_without_order_minutes;
    // The index may lag: the payment may wait no more.
    let Some(due_at) = payment.due_at(minutes).filter(|due_at| *due_at <= now) else {
        return Ok(false);
    };
    let has_order = basis.care.is_some_and(|care| care.cycle.has_order(order_id));
    let claim = (!has_order).then(|| payment.open_claim(today, now));
    if has_order {
        payment.settled_at = Some(due_at);
    }
    let composer = Composer { program: &run.program, brand: &run.brand };
    let mail = claim.as_ref().zip(basis.profile.as_ref()).and_then(|(claim, member)| {
        composer.claim_news(claim, 0, News::Found, &member.profile, &run.stamp)
    });
    let change = claim.as_ref().map(|claim| ClaimChange {
        mail: mail.as_ref(),
        ..ClaimChange::new(None, claim, today.date)
    });
    let write = PaymentWrite {
        payment: &payment,
        read_version: before.version,
        due_at: None,
        claim: change.as_ref(),
    };
    // If another write came first, the next run decides again.
    Ok(run.store.save_payment(&write, &run.stamp).await? && claim.is_some())
}
