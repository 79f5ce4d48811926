//! Sends the automatic replies that are due, each once, and cancels those that must not be sent any more.
//!
//! A mail and the new state of its rating are one write, so a run that dies or comes twice sends none twice.
//! Its cost follows what is due, not the number of ratings.

use std::time::Duration;

use puntos_domain::auto_reply::{AutoReplySettings, Release, at_release, may_write_to};
use puntos_domain::id::RatingId;
use puntos_domain::mail::Composer;
use puntos_domain::rating::RecordedRating;
use puntos_domain::stamp::Stamp;
use puntos_runtime::trigger::Schedule;
use puntos_runtime::{Deadline, Environment, Invocation, InvocationError, StartError};
use puntos_store::{RatingOutcome, RatingWrite, Store, StoreError};

/// The most replies that one run reads, the longest due first; the next run continues.
const RUN_MAX: i32 = 300;
/// The actor of automatic replies.
const ACTOR: &str = "system:release-auto-replies";
/// The time of an invocation that is kept for its end.
const RESERVE: Duration = Duration::from_secs(5);

pub struct Function {
    store: Store,
    brand: String,
    environment: Environment,
}

/// What one run did.
#[derive(Debug, Default)]
struct Run {
    sent: usize,
    cancelled: usize,
    not_due: usize,
    failed: usize,
}

/// What all replies of a run are decided with.
struct Rules<'a> {
    settings: AutoReplySettings,
    composer: Composer<'a>,
    stamp: Stamp,
}

impl puntos_runtime::Function for Function {
    type Event = Schedule;
    type Answer = ();

    fn new(environment: Environment) -> Result<Self, StartError> {
        Ok(Self {
            store: environment.store()?,
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            environment,
        })
    }

    async fn handle(
        &self,
        schedule: Schedule,
        invocation: Invocation,
    ) -> Result<(), InvocationError> {
        let at = schedule.time().unwrap_or_else(|| self.environment.now());
        let stamp =
            Stamp { at, actor: ACTOR.to_owned(), request_id: invocation.request_id.clone() };
        let deadline = Deadline::after(invocation.remaining.saturating_sub(RESERVE));
        let released = self.release(stamp, deadline).await;
        let Run { sent, cancelled, not_due, failed } = released.map_err(InvocationError::failed)?;
        tracing::info!(sent, cancelled, not_due, failed, "released");
        if failed > 0 {
            return Err(InvocationError::ItemsFailed(failed));
        }
        Ok(())
    }
}

impl Function {
    async fn release(&self, stamp: Stamp, deadline: Deadline) -> Result<Run, StoreError> {
        let mut run = Run::default();
        let due = self.store.due_auto_replies(stamp.at, RUN_MAX).await?;
        if due.is_empty() {
            return Ok(run);
        }
        let Some(program) = self.store.program_in_force(stamp.at).await? else { return Ok(run) };
        let composer = Composer { program: &program, brand: &self.brand };
        let settings = self.store.auto_reply().await?.settings;
        let rules = Rules { settings, composer, stamp };
        for rating_id in due {
            // The next run continues.
            if deadline.is_over() {
                break;
            }
            match self.release_one(&rating_id, &rules).await {
                Ok(Release::Send) => run.sent += 1,
                Ok(Release::Cancel) => run.cancelled += 1,
                Ok(Release::NotDue) => run.not_due += 1,
                Err(error) => {
                    // A failed reply must not stop the others.
                    tracing::error!(%rating_id, error = error.chain(), "a reply cannot be released");
                    run.failed += 1;
                }
            }
        }
        Ok(run)
    }

    /// Decides on one reply and writes it. If another write came first, the next run decides again.
    async fn release_one(
        &self,
        rating_id: &RatingId,
        rules: &Rules<'_>,
    ) -> Result<Release, StoreError> {
        let Some((before, member)) = self.store.rating_and_profile(rating_id).await? else {
            return Ok(Release::NotDue);
        };
        let Rules { settings, composer, stamp } = rules;
        let (rating, profile) = (&before.rating, &member.profile);
        let release = at_release(rating, Some(settings), may_write_to(profile), stamp.at);
        let mail = match release {
            Release::NotDue => return Ok(release),
            Release::Cancel => None,
            Release::Send => composer.auto_reply(settings, rating, profile, stamp),
        };
        let after = RecordedRating { rating: release.applied(rating.clone()), ..before.clone() };
        let write =
            RatingWrite { before: Some(&before), after: &after, key: None, mail: mail.as_ref() };
        Ok(match self.store.record_rating(&write).await? {
            RatingOutcome::Saved(_) => release,
            RatingOutcome::Outdated => Release::NotDue,
        })
    }
}
