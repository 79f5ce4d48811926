//! Creates the tasks that are due, and lets tasks lapse whose last day has passed.
//!
//! Runs every hour and decides the local day by the programme's zone. Finds what is due by its date, so its
//! cost follows what is due and not the number of members. A run that comes twice, or after days without
//! one, ends in the same tasks. The next run continues what one run left.

mod claims;
mod cycles;

use std::collections::VecDeque;

use futures::{StreamExt, stream};
use jiff::civil::Date;
use puntos_domain::calendar::local_date;
use puntos_runtime::scheduled::{OnSchedule, Scheduled, ScheduledRun};
use puntos_runtime::{Environment, StartError};
use puntos_store::keys::DUE_SHARDS;
use puntos_store::{Due, DueStart, StoreError};

/// The most due items that one run handles; the next run continues. Many members imported at once are
/// worked off at this pace.
const DUE_MAX: usize = 2000;
/// How many are handled at a time.
const AT_ONCE: usize = 8;

pub type Function = Scheduled<GenerateTasks>;

pub struct GenerateTasks {
    brand: String,
}

/// One run, on its local day.
struct Day<'a> {
    run: &'a ScheduledRun,
    brand: &'a str,
    today: Date,
}

/// What a run did.
#[derive(Debug, Default)]
struct Tally {
    due: usize,
    done: usize,
    failed: usize,
}

impl OnSchedule for GenerateTasks {
    const ACTOR: &'static str = "system:generate-tasks";

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { brand: environment.setting("BRAND_NAME")?.to_owned() })
    }

    async fn work(&self, run: &ScheduledRun) -> Result<usize, StoreError> {
        // Without a programme there are no members either.
        let rules = run.store.program_in_force(run.stamp.at).await?;
        let Some(rules) = rules else { return Ok(0) };
        let today = local_date(run.stamp.at, &rules.zone());
        let tally = work_off(&Day { run, brand: &self.brand, today }).await?;
        let cost = run.store.meter().total();
        tracing::info!(
            %today,
            due = tally.due,
            done = tally.done,
            failed = tally.failed,
            requests = cost.requests,
            read_units = cost.read_units,
            write_units = cost.write_units,
            "worked off what is due"
        );
        Ok(tally.failed)
    }
}

/// Takes a page of each partition in turn until nothing is left, the run has done enough, or its time is
/// over.
async fn work_off(day: &Day<'_>) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let mut starts: VecDeque<(u8, Option<DueStart>)> =
        (0..DUE_SHARDS).map(|shard| (shard, None)).collect();
    while let Some((shard, start)) = starts.pop_front() {
        if tally.due >= DUE_MAX || day.run.deadline.is_over() {
            break;
        }
        let page = day.run.store.due(shard, day.today, start).await?;
        tally.due += page.due.len();
        let mut outcomes =
            stream::iter(page.due).map(|due| handle(day, due)).buffer_unordered(AT_ONCE);
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

async fn handle(day: &Day<'_>, due: Due) -> Result<bool, StoreError> {
    let Day { run: ScheduledRun { store, stamp, .. }, brand, today } = day;
    match due {
        Due::Care(care) => cycles::handle(store, *care, *today, stamp).await,
        Due::Claim(claim_id) => claims::handle(store, brand, &claim_id, *today, stamp).await,
    }
}
