//! One segment of a walk: rates the purchases of its members, adds them to the sums, and writes where the next one
//! begins.
//!
//! A segment ends after a number of corrections or when half of its time is over, so its end can be any member. A
//! message that comes again finds its segment written, and changes nothing. If the segment was cut off before it
//! was written, its corrections are found by their cause and count in the sums.

use std::sync::Arc;

use futures::future::join_all;
use puntos_api::Problem;
use puntos_domain::accrual::Terms;
use puntos_domain::comparison::{Comparison, ComparisonId, MemberLines};
use puntos_domain::points::Points;
use puntos_domain::program::ProgramVersion;
use puntos_domain::stamp::Stamp;
use puntos_domain::walk::Asked;
use puntos_runtime::http::{Failure, Message};
use puntos_store::{Store, checkpoint_after};
use serde::{Deserialize, Serialize};

use crate::ReratePurchases;
use crate::member::Work;

/// How many members are rated at a time.
const MEMBERS_AT_ONCE: usize = 8;
/// After how many corrected purchases a segment ends. So a walk that is stopped ends soon.
const SEGMENT_CORRECTIONS: usize = 200;

/// The message that asks for one segment.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Segment {
    id: ComparisonId,
    segment: u32,
}

impl Segment {
    pub(crate) fn next_of(comparison: &Comparison) -> Self {
        Self { id: comparison.id.clone(), segment: comparison.walk.segment }
    }
}

pub(crate) async fn walk(function: &ReratePurchases, message: &Message) -> Result<(), Failure> {
    let asked: Segment = message.body()?;
    let store = &message.store;
    let read = store.comparison(&asked.id).await?.ok_or_else(Problem::not_found)?;
    match read.walk.asked_for(asked.segment) {
        Asked::Due => {}
        Asked::Written => return Ok(function.queue.send_all(&[Segment::next_of(&read)]).await?),
        Asked::Over => return Ok(()),
    }
    let work = Work {
        comparison: &read,
        terms: terms(store, &read, &message.stamp).await?,
        store,
        // A correction is done by the admin who ordered the re-rate.
        stamp: Stamp { actor: read.ordered.actor.clone(), ..message.stamp.clone() },
        deadline: message.deadline,
        brand: &function.brand,
    };
    let after = compared(&work).await?;
    let id = read.id.as_str();
    match store.save_comparison(&read.walk, &after).await? {
        None if after.walk.is_running() => {
            function.queue.send_all(&[Segment::next_of(&after)]).await?;
        }
        None => tracing::info!(id, segments = after.walk.segment, "a walk finished"),
        // It was stopped meanwhile. What this segment did counts.
        Some(found) if found.walk.segment == read.walk.segment => {
            let _ = store.save_comparison(&found.walk, &after.stopped()).await?;
        }
        // Another delivery of the message came first, and goes on.
        Some(_) => {}
    }
    Ok(())
}

/// Returns the comparison after the members of a segment.
async fn compared(work: &Work<'_>) -> Result<Comparison, Failure> {
    let (read, half) = (work.comparison, work.deadline.left() / 2);
    let (members, mut next) = work.store.members_from(read.walk.checkpoint.as_deref()).await?;
    let (mut sums, mut corrections, mut done) = (read.sums.clone(), 0, 0);
    for chunk in members.chunks(MEMBERS_AT_ONCE) {
        let mut rated = Vec::with_capacity(chunk.len());
        for member_id in chunk {
            rated.push(work.member(member_id));
        }
        for (member_id, found) in chunk.iter().zip(join_all(rated).await) {
            let (lines, told) = found?;
            corrections += lines.iter().filter(|line| line.change.points() != Points::ZERO).count();
            sums.add(&MemberLines { member_id, lines: &lines, told });
        }
        done += chunk.len();
        let is_enough = corrections >= SEGMENT_CORRECTIONS || work.deadline.left() < half;
        if is_enough && done < members.len() {
            next = chunk.last().map(checkpoint_after);
            break;
        }
    }
    Ok(read.after(sums, next, work.stamp.at))
}

/// Returns the rules: the version or the draft rates, and the programme in force decides about lots and tiers.
async fn terms(store: &Store, read: &Comparison, stamp: &Stamp) -> Result<Terms, Failure> {
    let head = store.program_head().await?;
    let rating = match (read.version, &read.id) {
        (Some(version), _) => store.program_version(version).await?,
        (None, ComparisonId::Preview(preview_id)) => {
            let draft = store.draft(preview_id).await?.ok_or_else(Problem::not_found)?;
            let next = head.as_ref().map_or(1, |head| head.newest.saturating_add(1));
            Arc::new(ProgramVersion::new(next, draft))
        }
        (None, ComparisonId::Rerate(_)) => return Err(Problem::not_found().into()),
    };
    let current = match head {
        Some(head) => store.program_at(&head, stamp.at).await?,
        None => Arc::clone(&rating),
    };
    Ok(Terms { rating, current })
}
