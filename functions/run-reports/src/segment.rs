//! One segment of a run: reads the members in it, adds them to the sums, and writes where the next one begins.
//!
//! A message that comes again finds its segment written. It changes nothing, and sends the message of the next
//! segment again if that one has not been written yet.

use futures::future::join_all;
use jiff::tz::TimeZone;
use puntos_api::Problem;
use puntos_domain::id::{MemberId, RunId};
use puntos_domain::report::{MemberLedger, Run, Sums};
use puntos_domain::walk::{Asked, WalkStatus};
use puntos_runtime::http::{Failure, Message};
use serde::{Deserialize, Serialize};

use crate::RunReports;

/// The line that is logged for a finished run that found a fault. An alarm counts it.
pub const DIFFERENCE: &str = "a run of the reports found a difference";

/// How many ledgers are read at a time.
const READERS: usize = 8;

/// The message that asks for one segment.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Segment {
    run_id: RunId,
    segment: u32,
}

impl Segment {
    pub(crate) fn next_of(run: &Run) -> Self {
        Self { run_id: run.run_id.clone(), segment: run.walk.segment }
    }
}

pub(crate) async fn walk(function: &RunReports, message: &Message) -> Result<(), Failure> {
    let asked: Segment = message.body()?;
    let (store, stamp) = (&message.store, &message.stamp);
    let run = store.run(&asked.run_id).await?.ok_or_else(Problem::not_found)?;
    if run.walk.status == WalkStatus::Finished {
        return Ok(store.publish_run(&run).await?);
    }
    match run.walk.asked_for(asked.segment) {
        Asked::Due => {}
        Asked::Written => return Ok(function.queue.send_all(&[Segment::next_of(&run)]).await?),
        Asked::Over => return Ok(()),
    }
    let (members, next) = store.members_from(run.walk.checkpoint.as_deref()).await?;
    let sums = summed(message, &run, &members).await?;
    let after = run.after(sums, next, stamp.at);
    if !store.save_run(&run, &after, stamp).await? {
        // Another delivery of the message came first, and goes on.
        return Ok(());
    }
    if after.walk.is_running() {
        return Ok(function.queue.send_all(&[Segment::next_of(&after)]).await?);
    }
    store.publish_run(&after).await?;
    report(&after);
    Ok(())
}

/// Returns the sums of a run with these members.
async fn summed(message: &Message, run: &Run, members: &[MemberId]) -> Result<Sums, Failure> {
    let rules = message.store.program_in_force(run.as_of).await?;
    let zone = rules.map_or(TimeZone::UTC, |rules| rules.zone());
    let mut sums = run.sums.clone();
    for chunk in members.chunks(READERS) {
        let mut reads = Vec::with_capacity(chunk.len());
        for member_id in chunk {
            reads.push(message.store.ledger(member_id));
        }
        for ledger in join_all(reads).await {
            let Some(ledger) = ledger? else { continue };
            let entries = MemberLedger {
                member_id: &ledger.account.member_id,
                account: &ledger.account.account,
                entries: ledger.sum(),
                broken_at: ledger.broken_at(),
            };
            sums.add(entries, run.as_of, &zone);
        }
    }
    Ok(sums)
}

fn report(run: &Run) {
    let (run_id, sums) = (&run.run_id, &run.sums);
    let (members, difference, unproven) = (sums.members, sums.difference, sums.unproven);
    let broken = sums.broken.as_ref().map(|(member_id, _)| member_id.as_str());
    if sums.is_clean() {
        tracing::info!(%run_id, members, segments = run.walk.segment, "a run of the reports finished");
    } else {
        tracing::error!(%run_id, members, difference, unproven, broken, "{DIFFERENCE}");
    }
}
