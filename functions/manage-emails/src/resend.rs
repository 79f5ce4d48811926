//! A resend by an agent, written together with the first mail, which names it.

use puntos_api::Problem;
use puntos_api::emails::{self, EmailAnswer};
use puntos_domain::id::EmailId;
use puntos_domain::mail::resend;
use puntos_domain::outcome::Outcome;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_runtime::mails::{self, ResendState};

use crate::ManageEmails;

type Resent = Outcome<EmailAnswer, Problem>;

pub(crate) async fn resend(function: &ManageEmails, call: &Call) -> Result<Answer, Failure> {
    let email_id: EmailId = call.request.path_id("email_id")?;
    call.request.no_body()?;
    let outcome = call.decide(|_| attempt(function, call, &email_id)).await?;
    Ok(Answer::of_outcome(201, outcome)?)
}

async fn attempt(
    function: &ManageEmails,
    call: &Call,
    email_id: &EmailId,
) -> Result<Option<Resent>, Failure> {
    let (store, key) = (&call.store, call.request.key());
    let found = mails::find(store, &function.brand, email_id, call.now).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    let state = mails::resend_state(store, found, key).await?;
    let basis = match state.ok_or_else(Problem::not_found)? {
        ResendState::Made(made) => return Ok(Some(Outcome::Replayed(function.answer(&made)?))),
        ResendState::Undecided(basis) => *basis,
    };
    let resend_id = basis.first.email_id.resend(key);
    let decision = match resend::decide(basis, resend_id, &call.stamp()?) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Some(Outcome::Refused(emails::refused(refusal)))),
    };
    let resent = function.answer(&decision.resend)?;
    let is_written = store.record_resend(&decision.into_emails()).await?;
    Ok(is_written.then_some(Outcome::Done(resent)))
}
