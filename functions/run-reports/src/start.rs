//! Starts runs: on request, and by the schedule once a day. The schedule also goes on with runs that stand
//! still, because their message was lost.

use jiff::tz::TimeZone;
use puntos_api::reports::RunAnswer;
use puntos_domain::calendar::local_date;
use puntos_domain::id::RunId;
use puntos_domain::outcome::Outcome;
use puntos_domain::report::Run;
use puntos_domain::stamp::Stamp;
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_runtime::scheduled::ScheduledRun;
use puntos_store::Store;

use crate::RunReports;
use crate::segment::Segment;

/// The line that is logged for a run that stands still. An alarm counts it.
pub const STANDS_STILL: &str = "a run of the reports stands still";

pub(crate) async fn requested(function: &RunReports, call: &Call) -> Result<Answer, Failure> {
    call.request.no_body()?;
    let run = Run::new(RunId::from_key(call.request.key()), call.now);
    let known = start(function, &call.store, &run, &call.stamp()?).await?;
    let outcome = match known {
        None => Outcome::Done(RunAnswer::new(&run)),
        Some(known) => Outcome::Replayed(RunAnswer::new(&known)),
    };
    Ok(Answer::of_outcome(202, outcome)?)
}

/// Starts the run of the day, unless an earlier hour did, and goes on with runs that stand still.
pub(crate) async fn scheduled(function: &RunReports, run: &ScheduledRun) -> Result<(), Failure> {
    let (store, now) = (&run.store, run.stamp.at);
    for open in store.open_runs().await? {
        if !open.walk.stands_still(now) {
            break;
        }
        tracing::error!(run_id = %open.run_id, segment = open.walk.segment, "{STANDS_STILL}");
        function.queue.send_all(&[Segment::next_of(&open)]).await?;
    }
    let today = Run::new(RunId::of_day(local_date(now, &TimeZone::UTC)), now);
    start(function, store, &today, &run.stamp).await.map(drop)
}

/// Writes a run and sends the message of its first segment. Returns the run that has its id already.
async fn start(
    function: &RunReports,
    store: &Store,
    run: &Run,
    stamp: &Stamp,
) -> Result<Option<Run>, Failure> {
    let known = store.start_run(run, stamp).await?;
    // Also for a run that is known: who started it may have died before the message.
    let first = known.as_ref().unwrap_or(run);
    if first.walk.segment == 0 {
        function.queue.send_all(&[Segment::next_of(first)]).await?;
    }
    Ok(known)
}
