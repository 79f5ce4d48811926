//! Starts re-rates and previews, and goes on with those that stand still, because their message was lost.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use puntos_api::Problem;
use puntos_api::comparisons::{
    PreviewRequest, PreviewStateAnswer, ProgramRerateRequest, RerateStateAnswer, no_such_version,
};
use puntos_api::period::Period;
use puntos_domain::comparison::{Comparison, ComparisonId, Sums};
use puntos_domain::id::{PreviewId, RerateId};
use puntos_domain::outcome::Outcome;
use puntos_domain::program::ProgramVersion;
use puntos_domain::rerating::OverCredit;
use puntos_domain::walk::{Walk, WalkStatus};
use puntos_runtime::http::{Answer, Call, Failure};
use puntos_runtime::scheduled::ScheduledRun;

use crate::ReratePurchases;
use crate::segment::Segment;

/// The line that is logged for a walk that stands still. An alarm counts it.
pub const STANDS_STILL: &str = "a re-rate or a preview stands still";

pub(crate) async fn rerate(function: &ReratePurchases, call: &Call) -> Result<Answer, Failure> {
    let request: ProgramRerateRequest = call.request.body()?;
    let rerate_id = RerateId::from_key(call.request.key());
    let id = ComparisonId::Rerate(rerate_id.clone());
    let fingerprint = request.fingerprint();
    let answer = |status| RerateStateAnswer { rerate_id: rerate_id.clone(), status };
    if let Some(known) = call.store.comparison(&id).await? {
        return replayed(function, &known, &fingerprint, answer).await;
    }
    let (period, reason) = request.checked()?;
    let head = call.store.program_head().await?.ok_or_else(Problem::program_missing)?;
    let version = request.version.unwrap_or_else(|| head.newest_valid());
    if !head.is_valid(version) {
        return Err(no_such_version().into());
    }
    let zone = call.store.program_at(&head, call.now).await?.zone();
    let (from, to) = bounds(&period, &zone)?;
    let new = Comparison {
        id,
        from,
        to,
        version: Some(version),
        dry_run: request.dry_run,
        over_credit: request.over_credit.unwrap_or_default(),
        reason,
        fingerprint,
        ordered: call.stamp()?,
        walk: Walk::new(call.now),
        sums: Sums::default(),
    };
    match call.store.start_comparison(&new).await? {
        Some(known) => replayed(function, &known, &new.fingerprint, answer).await,
        None => started(function, &new, answer).await,
    }
}

pub(crate) async fn preview(function: &ReratePurchases, call: &Call) -> Result<Answer, Failure> {
    let request: PreviewRequest = call.request.body()?;
    let preview_id = PreviewId::from_key(call.request.key());
    let id = ComparisonId::Preview(preview_id.clone());
    let fingerprint = request.fingerprint();
    let answer = |status| PreviewStateAnswer { preview_id: preview_id.clone(), status };
    if let Some(known) = call.store.comparison(&id).await? {
        return replayed(function, &known, &fingerprint, answer).await;
    }
    let (period, program) = request.parts()?;
    let draft = program.command(call.now).map_err(|problem| problem.under("program"))?;
    let zone = match call.store.program_in_force(call.now).await? {
        Some(rules) => rules.zone(),
        None => ProgramVersion::new(1, draft.clone()).zone(),
    };
    let (from, to) = bounds(&period, &zone)?;
    let new = Comparison {
        id,
        from,
        to,
        version: None,
        dry_run: true,
        over_credit: OverCredit::default(),
        reason: None,
        fingerprint,
        ordered: call.stamp()?,
        walk: Walk::new(call.now),
        sums: Sums::default(),
    };
    match call.store.start_preview(&preview_id, &new, &draft).await? {
        Some(known) => replayed(function, &known, &new.fingerprint, answer).await,
        None => started(function, &new, answer).await,
    }
}

/// Goes on with walks that stand still.
pub(crate) async fn go_on(function: &ReratePurchases, run: &ScheduledRun) -> Result<(), Failure> {
    for open in run.store.open_comparisons().await? {
        if !open.walk.stands_still(run.stamp.at) {
            break;
        }
        tracing::error!(id = open.id.as_str(), segment = open.walk.segment, "{STANDS_STILL}");
        function.queue.send_all(&[Segment::next_of(&open)]).await?;
    }
    Ok(())
}

/// Returns the first instant of the period, and the first after it.
fn bounds(period: &Period, zone: &TimeZone) -> Result<(Timestamp, Timestamp), Problem> {
    let (from, to) = period.instants(zone)?;
    from.zip(to).ok_or_else(|| Problem::invalid_field("from", "must be given"))
}

async fn started<A: serde::Serialize>(
    function: &ReratePurchases,
    new: &Comparison,
    answer: impl Fn(WalkStatus) -> A,
) -> Result<Answer, Failure> {
    function.queue.send_all(&[Segment::next_of(new)]).await?;
    Ok(Answer::of_outcome(202, Outcome::Done(answer(new.walk.status)))?)
}

async fn replayed<A: serde::Serialize>(
    function: &ReratePurchases,
    known: &Comparison,
    fingerprint: &str,
    answer: impl Fn(WalkStatus) -> A,
) -> Result<Answer, Failure> {
    if known.fingerprint != fingerprint {
        return Ok(Answer::of_outcome(202, Outcome::<A, Problem>::Conflict)?);
    }
    // The request that started it may have died before the message.
    if known.walk.segment == 0 && known.walk.is_running() {
        function.queue.send_all(&[Segment::next_of(known)]).await?;
    }
    Ok(Answer::of_outcome(202, Outcome::Replayed(answer(known.walk.status)))?)
}
