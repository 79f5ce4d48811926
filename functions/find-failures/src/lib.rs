//! Opens claims, each with its fix, for failures that nobody noticed, before the customer writes.
//!
//! Finds commits without their mail, mails that did not go out, purchases that could not be recorded, and money without
//! an order.
//! Also checks whether the fixes under way succeeded. Fixes nothing itself: an agent does.

mod dead_letters;
pub mod event;
mod mails;
mod payments;
mod watched;

use std::sync::Arc;

use jiff::Timestamp;
use puntos_domain::claim::Today;
use puntos_domain::program::ProgramVersion;
use puntos_domain::stamp::Stamp;
use puntos_runtime::batch::{Delivery, Source};
use puntos_runtime::trigger::{QueueOrSchedule, TriggerAnswer};
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError};
use puntos_store::{Store, StoreError};

pub struct Function {
    store: Store,
    source: Source,
    brand: String,
    environment: Environment,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("there is no programme")]
    NoProgram,
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("{0} parts or claims failed")]
    Parts(usize),
}

/// What a part of a run did.
#[derive(Debug, Default)]
struct Tally {
    done: usize,
    failed: usize,
}

/// One run: its stamp, its programme, and when it has to end.
struct Run {
    store: Store,
    stamp: Stamp,
    program: Arc<ProgramVersion>,
    brand: String,
    today: Today,
    deadline: Deadline,
}

impl puntos_runtime::Function for Function {
    type Event = QueueOrSchedule;
    type Answer = TriggerAnswer;

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self {
            store: environment.store()?,
            source: Source::new(&environment)?,
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            environment,
        })
    }

    async fn handle(
        &self,
        event: QueueOrSchedule,
        invocation: Invocation,
    ) -> Result<TriggerAnswer, InvocationError> {
        let invocation = &invocation;
        match event {
            QueueOrSchedule::Queue(messages) => {
                let work = |delivery: Arc<Delivery>| async move {
                    let run = self.run(self.environment.now(), invocation).await?;
                    Ok(dead_letters::open_claim(&run, delivery.body.clone()).await?)
                };
                self.source.each(messages, invocation, work).await.map(TriggerAnswer::Queue)
            }
            QueueOrSchedule::Schedule(schedule) => {
                let now = schedule.time().unwrap_or_else(|| self.environment.now());
                let found = self.find(now, invocation).await;
                found.map(TriggerAnswer::Run).map_err(InvocationError::failed)
            }
        }
    }
}

impl Function {
    async fn find(&self, now: Timestamp, invocation: &Invocation) -> Result<(), RunError> {
        let run = self.run(now, invocation).await?;
        // A part that fails must not stop the others.
        let settled = Tally::of(watched::check(&run).await);
        let unsent = Tally::of(mails::without_item(&run).await);
        let failed = Tally::of(mails::that_failed(&run).await);
        let orderless = Tally::of(payments::without_order(&run).await);
        let cost = run.store.meter().total();
        tracing::info!(
            settled = settled.done,
            unsent = unsent.done,
            failed = failed.done,
            without_order = orderless.done,
            requests = cost.requests,
            read_units = cost.read_units,
            write_units = cost.write_units,
            "failures found"
        );
        match settled.failed + unsent.failed + failed.failed + orderless.failed {
            0 => Ok(()),
            failed => Err(RunError::Parts(failed)),
        }
    }

    async fn run(&self, now: Timestamp, invocation: &Invocation) -> Result<Run, RunError> {
        let store = self.store.metered();
        let program = store.program_in_force(now).await?.ok_or(RunError::NoProgram)?;
        Ok(Run {
            store,
            stamp: Stamp {
                at: now,
                actor: "system:find-failures".to_owned(),
                request_id: invocation.request_id.clone(),
            },
            brand: self.brand.clone(),
            today: Today::of(&program, now),
            program,
            deadline: Deadline::after(invocation.remaining / 2),
        })
    }
}

impl Tally {
    /// Returns the tally of a part; one that broke off counts as a failure.
    fn of(part: Result<Self, StoreError>) -> Self {
        part.unwrap_or_else(|error| {
            tracing::error!(%error, "a part of the run failed");
            Self { done: 0, failed: 1 }
        })
    }

    /// Counts one claim. A failure must not stop the others; the next run tries again.
    fn count(&mut self, outcome: Result<bool, StoreError>) {
        match outcome {
            Ok(done) => self.done += usize::from(done),
            Err(error) => {
                tracing::error!(%error, "a claim failed");
                self.failed += 1;
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.done += other.done;
        self.failed += other.failed;
    }
}
