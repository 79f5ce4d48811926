//! News of a claim by mail: written in the transaction that makes them, sent by the stream.

use puntos_domain::claim::{Claim, Party, StepKind};
use puntos_domain::id::EmailId;
use puntos_domain::mail::Composer;
use puntos_domain::mail::Email;
use puntos_domain::mail::{MailKind, MailVariables};
use puntos_domain::member::Member;
use puntos_domain::stamp::Stamp;

/// Returns the mail that tells a member of the last step, where they are to know and have an address.
///
/// A claim that the system found, an internal step and what the member said themselves are not told;
/// that a claim was opened is confirmed.
pub(crate) fn news(
    claim: &Claim,
    profile: Option<&Member>,
    context: &Composer<'_>,
    stamp: &Stamp,
) -> Option<Email> {
    let step = claim.history.iter().rev().find(|step| step.by != Party::System)?;
    let is_said_by_member = step.by == Party::Member && step.what != StepKind::Opened;
    if claim.opened_by == Party::System || step.internal || is_said_by_member {
        return None;
    }
    // Steps of the system may be left out, those of people never: each piece of news has its own number.
    let number = claim.steps_of_people().to_string();
    let claim_id = &claim.claim_id;
    let email_id = EmailId::of_cause(&["claim", claim_id.as_str(), &number], &claim_id.member_id());
    let variables = MailVariables {
        claim: Some(claim_id.to_string()),
        claim_status: Some(claim.status.as_str().to_owned()),
        promised_by: Some(claim.promised_by),
        bank_reference: claim.bank_reference.clone(),
        message: step.note.clone(),
        ..MailVariables::default()
    };
    context.email(MailKind::Claim, email_id, &profile?.profile, variables, stamp)
}
