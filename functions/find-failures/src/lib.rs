//! What went wrong and nobody noticed becomes a claim with its fix, before the customer writes.
//!
//! Finds commits without their mail, mails that did not go out, and purchases that could not be recorded;
//! and looks whether what was ordered of a claim is there. Mends nothing: an agent does.

mod dead_letters;
pub mod event;
mod looking;
mod mails;

use aws_lambda_events::sqs::SqsBatchResponse;
use jiff::Timestamp;
use puntos_domain::calendar::local_date;
use puntos_domain::claim::Today;
use puntos_domain::program::ProgramVersion;
use puntos_domain::stamp::Stamp;
use puntos_runtime::batch;
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use puntos_store::{Store, StoreError};
use serde::Serialize;

use event::Event;

/// The function.
pub struct Function {
    store: Store,
    brand: String,
    environment: Environment,
}

/// What it answers to either trigger.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The messages to be tried again.
    Queue(SqsBatchResponse),
    /// A run that is over.
    Run(()),
}

/// What a part of a run did.
#[derive(Debug, Default)]
struct Tally {
    done: usize,
    failed: usize,
}

/// One run: who it is, when, under which programme, and when it has to end.
struct Run {
    store: Store,
    stamp: Stamp,
    program: ProgramVersion,
    today: Today,
    environment: Environment,
    ends_at: Timestamp,
}

impl puntos_runtime::Function for Function {
    type Event = Event;
    type Answer = Answer;

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self {
            store: environment.store()?,
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            environment,
        })
    }

    async fn handle(
        &self,
        event: Event,
        invocation: Invocation,
    ) -> Result<Answer, InvocationError> {
        match event {
            Event::Queue(messages) => {
                let answer = batch::each(messages, |body| async {
                    let run = self.run(self.environment.now(), &invocation).await?;
                    dead_letters::put_before_agent(&run, body).await.map_err(told)
                });
                answer.await.map(Answer::Queue)
            }
            Event::Schedule(schedule) => {
                let now = schedule.time().unwrap_or_else(|| self.environment.now());
                let found = self.look(now, &invocation).await;
                found.map(Answer::Run).map_err(InvocationError::Service)
            }
        }
    }
}

impl Function {
    async fn look(&self, now: Timestamp, invocation: &Invocation) -> Result<(), String> {
        let run = self.run(now, invocation).await?;
        // A part that fails must not keep the others waiting.
        let settled = Tally::of(looking::look(&run).await.map_err(told));
        let unsent = Tally::of(mails::without_item(&run, &self.brand).await.map_err(told));
        let failed = Tally::of(mails::that_failed(&run).await);
        let cost = run.store.meter().total();
        tracing::info!(
            settled = settled.done,
            unsent = unsent.done,
            failed = failed.done,
            requests = cost.requests,
            read_units = cost.read_units,
            write_units = cost.write_units,
            "looked for failures"
        );
        match settled.failed + unsent.failed + failed.failed {
            0 => Ok(()),
            failed => Err(format!("{failed} parts or claims failed")),
        }
    }

    async fn run(&self, now: Timestamp, invocation: &Invocation) -> Result<Run, String> {
        let store = self.store.metered();
        let head = store.program_head().await.map_err(told)?;
        let head = head.ok_or("there is no programme")?;
        let program = store.program_at(&head, now).await.map_err(told)?;
        let date = local_date(now, &program.zone());
        Ok(Run {
            store,
            stamp: Stamp {
                at: now,
                actor: "system:find-failures".to_owned(),
                request_id: invocation.request_id.clone(),
            },
            today: Today { date, settings: program.program.claims },
            program,
            environment: self.environment.clone(),
            ends_at: self
                .environment
                .now()
                .checked_add(invocation.remaining / 2)
                .unwrap_or(Timestamp::MAX),
        })
    }
}

impl Tally {
    /// Returns what a part did; one that broke off is a failure of its own.
    fn of(part: Result<Self, String>) -> Self {
        part.unwrap_or_else(|error| {
            tracing::error!(error, "a part of the run failed");
            Self { done: 0, failed: 1 }
        })
    }

    /// Counts what became of one claim. One that fails must not keep the others waiting; the next run
    /// comes back to it.
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

fn told(error: StoreError) -> String {
    error.chain()
}
