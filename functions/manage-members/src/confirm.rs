//! Confirms an address that a member entered. The token of the mailed link names both, so nobody has to sign in.

use puntos_api::Problem;
use puntos_api::email_confirmations::ConfirmedEmail;
use puntos_api::members::already_enrolled;
use puntos_domain::email_confirmation::{Confirmed, EmailConfirmation};
use puntos_domain::mail::EmailAddress;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_store::{PatchOutcome, TokenUse};

use crate::ManageMembers;

/// The changed fields of the profile, as its entry has them.
const CHANGED: &str = "email, confirmed";

pub(crate) async fn confirm(_: &ManageMembers, call: &Call) -> Result<Answer, Failure> {
    let link: EmailConfirmation = call.signed(TokenUse::ConfirmEmail).await?;
    call.request.no_body()?;
    let email = call.decide(|_| attempt(call, &link)).await?;
    Ok(Answer::ok(ConfirmedEmail::new(&email)))
}

async fn attempt(call: &Call, link: &EmailConfirmation) -> Result<Option<EmailAddress>, Failure> {
    let before = call.store.profile(&link.member_id).await?;
    let before = before.filter(|member| member.merged_into.is_none());
    let before = before.ok_or_else(Problem::not_found)?;
    let after = match link.applied(&before.profile).ok_or_else(Problem::not_found)? {
        Confirmed::Before(email) => return Ok(Some(email)),
        Confirmed::Now(after) => *after,
    };
    let stamp = call.stamp_of_link(&link.member_id);
    let changed = call.store.change_profile(&before, &after, CHANGED, None, None, &stamp);
    match changed.await? {
        PatchOutcome::Changed => Ok(after.email),
        PatchOutcome::Taken(fields) => Err(already_enrolled(&fields).into()),
        PatchOutcome::Outdated | PatchOutcome::TooMany => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use puntos_domain::text::word;

    use super::CHANGED;

    #[test]
    fn the_entry_of_a_confirmed_address_has_words() {
        assert!(CHANGED.split(", ").all(|name| word("profile_field", name).is_some()));
    }
}
