//! Gives the user pool the new address of a member who signs in. It is the name that they sign in with, and the mails
//! of a forgotten password go there.
//!
//! A message says whose address changed, and the profile says to what: messages may come twice and in any order. The
//! profile is read again after the pool has the address, so the pool never keeps an older one.

mod user_pool;

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use puntos_domain::id::MemberId;
use puntos_domain::mail::EmailAddress;
use puntos_domain::outbox::AddressChange;
use puntos_domain::stamp::Stamp;
use puntos_runtime::batch::{Delivery, Source, Unhandled};
use puntos_runtime::{Environment, Invocation, InvocationError, StartError, decide};
use puntos_store::{Store, StoreError};

use user_pool::{Change, UserPool};

/// The actor of what the pool did not take.
const ACTOR: &str = "system:sign-ins";

pub struct Function {
    environment: Environment,
    store: Store,
    source: Source,
    user_pool: UserPool,
}

impl puntos_runtime::Function for Function {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(environment: Environment) -> Result<Self, StartError> {
        let source = Source::new(&environment)?;
        let store = environment.store()?;
        let user_pool = UserPool::new(&environment)?;
        Ok(Self { environment, store, source, user_pool })
    }

    async fn handle(
        &self,
        event: SqsEvent,
        invocation: Invocation,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let work = |delivery| self.follow(delivery, &invocation);
        self.source.each(event, &invocation, work).await
    }
}

/// What became of a changed address.
#[derive(Debug)]
enum Outcome {
    Followed,
    /// Nobody signs in as the member, or the member has no address any more.
    NothingToDo,
    /// The pool has no such person any more.
    NoPerson,
    /// The person is a colleague, whose sign-in an agent must not change.
    Colleague,
    /// Another person of the pool has the address.
    Taken,
}

impl Function {
    async fn follow(
        &self,
        delivery: Arc<Delivery>,
        invocation: &Invocation,
    ) -> Result<(), Unhandled> {
        let change: AddressChange = serde_json::from_str(&delivery.body)
            .map_err(|not_a_change| Unhandled::Never(not_a_change.into()))?;
        let store = self.store.metered();
        let attempt = |_| self.attempt(&store, &change.member_id);
        let outcome = decide(invocation.deadline(), attempt).await;
        match &outcome {
            Err(Unhandled::Later(_)) => {}
            Ok(Outcome::Taken) => {
                let actor = ACTOR.to_owned();
                let request_id = invocation.request_id.clone();
                let stamp = Stamp { at: self.environment.now(), actor, request_id };
                store.settle_taken_address(&change, &stamp).await?;
            }
            _ => store.settle_address(&change).await?,
        }
        let outcome = outcome?;
        let cost = store.meter().total();
        tracing::info!(
            member_id = %change.member_id,
            ?outcome,
            requests = cost.requests,
            read_units = cost.read_units,
            write_units = cost.write_units,
            "changed address handled"
        );
        Ok(())
    }

    /// Returns `None` if the address or the sign-in changed meanwhile.
    async fn attempt(
        &self,
        store: &Store,
        member_id: &MemberId,
    ) -> Result<Option<Outcome>, Unhandled> {
        let Some((subject, address)) = sign_in_of(store, member_id).await? else {
            return Ok(Some(Outcome::NothingToDo));
        };
        match self.user_pool.set_address(&subject, &address).await? {
            Change::Done => {}
            Change::NoPerson => return Ok(Some(Outcome::NoPerson)),
            Change::Colleague => return Ok(Some(Outcome::Colleague)),
            Change::Taken => return Ok(Some(Outcome::Taken)),
        }
        let is_newest = sign_in_of(store, member_id).await? == Some((subject, address));
        Ok(is_newest.then_some(Outcome::Followed))
    }
}

/// Returns who signs in as a member, and the member's address; `None` without one of them.
async fn sign_in_of(
    store: &Store,
    member_id: &MemberId,
) -> Result<Option<(String, EmailAddress)>, StoreError> {
    let Some(subject) = store.subject_of(member_id).await? else { return Ok(None) };
    let member = store.profile(member_id).await?;
    Ok(member.and_then(|member| Some((subject, member.profile.email?))))
}
