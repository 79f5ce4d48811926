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
    if payment.due_at(minutes).is_none_or(|due_at| due_at > now) {
        return Ok(false);
    }
    let claim = payment.open_claim(today, now);
    let composer = Composer { program: &run.program, brand: &run.brand };
    let mail = run.store.current(basis.profile).await?.and_then(|member| {
        composer.claim_news(&claim, 0, News::Found, &member.profile, &run.stamp)
    });
    let change = ClaimChange { mail: mail.as_ref(), ..ClaimChange::new(None, &claim, today.date) };
    let write = PaymentWrite {
        payment: &payment,
        read_version: before.version,
        due_at: None,
        claim: Some(&change),
    };
    // If another write came first, the next run decides again.
    run.store.save_payment(&write, &run.stamp).await
}
