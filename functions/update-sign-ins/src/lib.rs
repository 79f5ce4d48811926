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
use puntos_runtime::batch::{Delivery, Source, Unhandled};
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError, decide};
use puntos_store::{Store, StoreError};

use user_pool::{Change, UserPool};

pub struct Function {
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
        Ok(Self { store, source, user_pool })
    }

    async fn handle(
        &self,
        event: SqsEvent,
        invocation: Invocation,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let work = |delivery| self.follow(delivery, invocation.deadline());
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
    /// Another person of the pool has the address.
    Taken,
}

impl Function {
    async fn follow(&self, delivery: Arc<Delivery>, deadline: Deadline) -> Result<(), Unhandled> {
        let change: AddressChange = serde_json::from_str(&delivery.body)
            .map_err(|not_a_change| Unhandled::Never(not_a_change.into()))?;
        let store = self.store.metered();
        let followed = decide(deadline, |_| self.attempt(&store, &change.member_id)).await;
        if !matches!(followed, Err(Unhandled::Later(_))) {
            store.settle_address(&change).await?;
        }
        let outcome = followed?;
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

    /// Returns `None` if the address changed meanwhile.
    async fn attempt(
        &self,
        store: &Store,
        member_id: &MemberId,
    ) -> Result<Option<Outcome>, Unhandled> {
        let Some(subject) = store.subject_of(member_id).await? else {
            return Ok(Some(Outcome::NothingToDo));
        };
        let Some(address) = address_of(store, member_id).await? else {
            return Ok(Some(Outcome::NothingToDo));
        };
        match self.user_pool.set_address(&subject, &address).await? {
            Change::Done => {}
            Change::NoPerson => return Ok(Some(Outcome::NoPerson)),
            Change::Taken => return Ok(Some(Outcome::Taken)),
        }
        let is_newest = address_of(store, member_id).await? == Some(address);
        Ok(is_newest.then_some(Outcome::Followed))
    }
}

async fn address_of(
    store: &Store,
    member_id: &MemberId,
) -> Result<Option<EmailAddress>, StoreError> {
    let member = store.profile(member_id).await?;
    Ok(member.and_then(|member| member.profile.email))
}
