//! Links a person who signed up to the member who has their address.

use puntos_domain::sign_in::{self, LinkRefusal, Linking};
use puntos_runtime::{Deadline, decide};
use puntos_store::keys::OwnerKind;
use puntos_store::{Store, StoreError};

use crate::event::SignUp;

/// What became of a sign-up.
#[derive(Debug)]
pub(crate) enum Outcome {
    Linked,
    /// By an earlier delivery.
    LinkedBefore,
    /// The person proved no address.
    NoAddress,
    /// No member has the address: the person can join with a code.
    NoMember,
    /// The person reaches another member.
    SubjectIsLinked,
    /// Another person reaches the member.
    MemberIsLinked,
}

pub(crate) async fn link(
    store: &Store,
    sign_up: &SignUp,
    deadline: Deadline,
) -> Result<Outcome, StoreError> {
    decide(deadline, |_| attempt(store, sign_up)).await
}

async fn attempt(store: &Store, sign_up: &SignUp) -> Result<Option<Outcome>, StoreError> {
    let owner = store.owner(OwnerKind::Email, sign_up.email.normalized()).await?;
    // Since a merge this leads to another member, and since its end to this one again.
    let Some(member_id) = owner else { return Ok(Some(Outcome::NoMember)) };
    let state = store.sign_in(&sign_up.subject, &member_id).await?;
    match sign_in::link(&sign_up.subject, &member_id, &state.links) {
        Ok(Linking::Exists) => Ok(Some(Outcome::LinkedBefore)),
        Ok(Linking::Write) => {
            let linked = store.link_subject(&sign_up.subject, &member_id).await?;
            Ok(linked.then_some(Outcome::Linked))
        }
        Err(LinkRefusal::SubjectIsLinked) => Ok(Some(Outcome::SubjectIsLinked)),
        Err(LinkRefusal::MemberIsLinked) => Ok(Some(Outcome::MemberIsLinked)),
    }
}
