//! Creates the tasks that are due, and lets tasks lapse whose last day has passed.
//!
//! Runs every hour and decides the local day by the programme's zone. Finds what is due by its date, so its
//! cost follows what is due and not the number of members. A run that comes twice, or after days without
//! one, ends in the same tasks. The next run continues what one run left.

mod claims;
mod cycles;

use std::collections::VecDeque;
use std::time::Duration;

use futures::{StreamExt, stream};
use jiff::civil::Date;
use puntos_domain::calendar::local_date;
use puntos_domain::stamp::Stamp;
use puntos_runtime::trigger::Schedule;
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError};
use puntos_store::keys::DUE_SHARDS;
use puntos_store::{Due, DueStart, Store, StoreError};

/// The most due items that one run handles; the next run continues. Many members imported at once are
/// worked off at this pace.
const DUE_MAX: usize = 2000;
/// How many are handled at a time.
const AT_ONCE: usize = 8;
/// The time of an invocation that is kept for its end.
const RESERVE: Duration = Duration::from_secs(10);

pub struct Function {
    store: Store,
    brand: String,
    environment: Environment,
}

/// One run: the local day, its stamp and its deadline.
struct Run<'a> {
    store: Store,
    brand: &'a str,
    today: Date,
    stamp: Stamp,
    deadline: Deadline,
}

/// What a run did.
#[derive(Debug, Default)]
struct Tally {
    due: usize,
    done: usize,
    failed: usize,
}

impl puntos_runtime::Function for Function {
    type Event = Schedule;
    type Answer = ();

    fn new(environment: Environment) -> Result<Self, StartError> {
        let store = environment.store()?;
        let brand = environment.setting("BRAND_NAME")?.to_owned();
        Ok(Self { store, brand, environment })
    }

    async fn handle(
        &self,
        schedule: Schedule,
        invocation: Invocation,
    ) -> Result<(), InvocationError> {
        let deadline = Deadline::after(invocation.remaining.saturating_sub(RESERVE));
        let store = self.store.metered();
        // Without a programme there are no members either.
        let now = schedule.time().unwrap_or_else(|| self.environment.now());
        let rules = store.program_in_force(now).await.map_err(InvocationError::failed)?;
        let Some(rules) = rules else { return Ok(()) };
        let run = Run {
            today: local_date(now, &rules.zone()),
            stamp: Stamp {
                at: now,
                actor: "system:generate-tasks".to_owned(),
                request_id: invocation.request_id,
            },
            deadline,
            store,
            brand: &self.brand,
        };
        let tally = work_off(&run).await.map_err(InvocationError::failed)?;
        let cost = run.store.meter().total();
        tracing::info!(
            today = %run.today,
            due = tally.due,
            done = tally.done,
            failed = tally.failed,
            requests = cost.requests,
            read_units = cost.read_units,
            write_units = cost.write_units,
            "worked off what is due"
        );
        match tally.failed {
            0 => Ok(()),
            failed => Err(InvocationError::ItemsFailed(failed)),
        }
    }
}

/// Takes a page of each partition in turn until nothing is left, the run has done enough, or its time is
/// over.
async fn work_off(run: &Run<'_>) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let mut starts: VecDeque<(u8, Option<DueStart>)> =
        (0..DUE_SHARDS).map(|shard| (shard, None)).collect();
    while let Some((shard, start)) = starts.pop_front() {
        if tally.due >= DUE_MAX || run.deadline.is_over() {
            break;
        }
        let page = run.store.due(shard, run.today, start).await?;
        tally.due += page.due.len();
        let mut outcomes =
            stream::iter(page.due).map(|due| handle(run, due)).buffer_unordered(AT_ONCE);
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Ok(done) => tally.done += usize::from(done),
                // A failed item must not stop the others; the next run tries it again.
                Err(error) => {
                    tracing::error!(error = error.chain(), "a due item failed");
                    tally.failed += 1;
                }
            }
        }
        starts.extend(page.next.map(|next| (shard, Some(next))));
    }
    Ok(tally)
}

async fn handle(run: &Run<'_>, due: Due) -> Result<bool, StoreError> {
    match due {
        Due::Care(care) => cycles::handle(&run.store, *care, run.today, &run.stamp).await,
        Due::Claim(claim_id) => {
            claims::handle(&run.store, run.brand, &claim_id, run.today, &run.stamp).await
        }
    }
}
