//! One segment of a run: reads the members in it, adds them to the sums, and writes where the next one begins.
//!
//! The sums and the place are one transaction. A message that comes again finds its segment written. It changes
//! nothing, and sends the message of the next segment again if that one has not been written yet.

use futures::future::join_all;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use puntos_api::Problem;
use puntos_domain::coupon::CouponStatus;
use puntos_domain::id::{MemberId, RedemptionId, RunId};
use puntos_domain::report::movements::{Change, MonthSums, Months, Movements, Use};
use puntos_domain::report::{MemberLedger, Run, Sums};
use puntos_domain::standing::Month;
use puntos_domain::statement::{EntryPoints, Statement};
use puntos_domain::walk::{Asked, WalkStatus};
use puntos_runtime::http::{Failure, Message};
use puntos_store::{Entry, Ledger, Row, Store};
use serde::{Deserialize, Serialize};

use crate::RunReports;

/// The line that is logged for a finished run that found a fault. An alarm counts it.
pub const DIFFERENCE: &str = "a run of the reports found a difference";

/// How many ledgers are read at a time.
const READERS: usize = 8;
/// How many redemptions one request reads.
const REDEMPTIONS_READ: usize = 100;

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
    let before = store.movements(&run).await?;
    let (members, next) = store.members_from(run.walk.checkpoint.as_deref()).await?;
    let (sums, movements) = summed(message, &run, before.clone(), &members).await?;
    let changed = movements.months.iter().map(|(month, sums)| (*month, sums));
    let changed = changed.filter(|(month, sums)| before.get(month) != Some(*sums));
    let changed: Vec<(Option<Month>, &MonthSums)> = changed.collect();
    let after = run.after(sums, next, stamp.at);
    if !store.save_run(&run, &after, &changed, stamp).await? {
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

/// Returns the sums and the movements of a run with these members.
async fn summed(
    message: &Message,
    run: &Run,
    months: Months,
    members: &[MemberId],
) -> Result<(Sums, Movements), Failure> {
    let rules = message.store.program_in_force(run.as_of).await?;
    let zone = rules.map_or(TimeZone::UTC, |rules| rules.zone());
    let mut sums = run.sums.clone();
    let mut movements = Movements::new(run.as_of, zone.clone(), months);
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
            add_movements(&mut movements, &ledger, run);
            add_uses(&mut movements, &message.store, &ledger).await?;
        }
    }
    Ok((sums, movements))
}

/// Adds what the entries of a member did.
fn add_movements(movements: &mut Movements, ledger: &Ledger, run: &Run) {
    let of_purchase = |entry: &Entry| match &entry.row {
        Row::Return(row) => {
            let purchase_id = row.purchase_id.as_str();
            // Its corrections are stored under it too, and have no branch.
            let mut of_it = ledger.entries.iter().filter(|entry| entry.object() == purchase_id);
            of_it.find_map(Entry::branch)
        }
        _ => None,
    };
    // The entries are newest first, and a statement needs the oldest first.
    let moved = ledger
        .entries
        .iter()
        .rev()
        .filter_map(|entry| Some((entry.moved()?, entry.change(of_purchase(entry))?)));
    let (moved, changes): (Vec<EntryPoints>, Vec<Change<'_>>) = moved.unzip();
    let account = &ledger.account.account;
    let statement = Statement::of(&moved, account, Timestamp::MIN, None, run.as_of);
    movements.add(&statement.lines, &changes);
}

/// Adds the uses of a member's coupons. The entries do not say where a coupon was used, so the redemptions whose
/// coupons were used are read.
async fn add_uses(
    movements: &mut Movements,
    store: &Store,
    ledger: &Ledger,
) -> Result<(), Failure> {
    let used = ledger.entries.iter().filter_map(|entry| match &entry.row {
        Row::Redemption(row) if row.coupon_status == CouponStatus::Used => {
            Some(row.redemption_id.clone())
        }
        _ => None,
    });
    let used: Vec<RedemptionId> = used.collect();
    for chunk in used.chunks(REDEMPTIONS_READ) {
        for redemption in store.redemptions(chunk).await? {
            if let Some(used) = &redemption.used {
                let (branch, at) = (used.branch.as_str(), used.at);
                movements.add_use(Use { branch, at, points: redemption.points_spent });
            }
        }
    }
    Ok(())
}

fn report(run: &Run) {
    let (run_id, sums) = (&run.run_id, &run.sums);
    let (members, difference, unproven) = (sums.members, sums.difference.get(), sums.unproven);
    let broken = sums.broken.as_ref().map(|(member_id, _)| member_id.as_str());
    if sums.is_clean() {
        tracing::info!(%run_id, members, segments = run.walk.segment, "a run of the reports finished");
    } else {
        tracing::error!(%run_id, members, difference, unproven, broken, "{DIFFERENCE}");
    }
}
