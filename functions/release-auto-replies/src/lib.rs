//! Sends the automatic replies that are due, each once, and cancels those that must not be sent any more.
//!
//! A mail and the new state of its rating are one write, so a run that dies or comes twice sends none twice.
//! Its cost follows what is due, not the number of ratings.

use puntos_domain::auto_reply::{AutoReplySettings, Release, at_release, may_write_to};
use puntos_domain::id::RatingId;
use puntos_domain::mail::Composer;
use puntos_domain::rating::RecordedRating;
use puntos_runtime::scheduled::{OnSchedule, Scheduled, ScheduledRun};
use puntos_runtime::{Environment, StartError};
use puntos_store::{RatingOutcome, RatingWrite, StoreError};

/// The most replies that one run reads, the longest due first; the next run continues.
const RUN_MAX: i32 = 300;

pub type Function = Scheduled<ReleaseAutoReplies>;

pub struct ReleaseAutoReplies {
    brand: String,
}

/// What one run did.
#[derive(Debug, Default)]
struct Tally {
    sent: usize,
    cancelled: usize,
    not_due: usize,
    failed: usize,
}

/// What all replies of a run are decided with.
struct Rules<'a> {
    settings: AutoReplySettings,
    composer: Composer<'a>,
    run: &'a ScheduledRun,
}

impl OnSchedule for ReleaseAutoReplies {
    const ACTOR: &'static str = "system:release-auto-replies";

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { brand: environment.setting("BRAND_NAME")?.to_owned() })
    }

    async fn work(&self, run: &ScheduledRun) -> Result<usize, StoreError> {
        let Tally { sent, cancelled, not_due, failed } = self.release(run).await?;
        tracing::info!(sent, cancelled, not_due, failed, "released");
        Ok(failed)
    }
}

impl ReleaseAutoReplies {
    async fn release(&self, run: &ScheduledRun) -> Result<Tally, StoreError> {
        let mut tally = Tally::default();
        let due = run.store.due_auto_replies(run.stamp.at, RUN_MAX).await?;
        if due.is_empty() {
            return Ok(tally);
        }
        let program = run.store.program_in_force(run.stamp.at).await?;
        let Some(program) = program else { return Ok(tally) };
        let composer = Composer { program: &program, brand: &self.brand };
        let settings = run.store.auto_reply().await?.settings;
        let rules = Rules { settings, composer, run };
        for rating_id in due {
            // The next run continues.
            if run.deadline.is_over() {
                break;
            }
            match rules.release_one(&rating_id).await {
                Ok(Release::Send) => tally.sent += 1,
                Ok(Release::Cancel) => tally.cancelled += 1,
                Ok(Release::NotDue) => tally.not_due += 1,
                Err(error) => {
                    // A failed reply must not stop the others.
                    tracing::error!(%rating_id, error = error.chain(), "a reply cannot be released");
                    tally.failed += 1;
                }
            }
        }
        Ok(tally)
    }
}

impl Rules<'_> {
    /// Decides on one reply and writes it. If another write came first, the next run decides again.
    async fn release_one(&self, rating_id: &RatingId) -> Result<Release, StoreError> {
        let Self { settings, composer, run: ScheduledRun { store, stamp, .. } } = self;
        let Some((before, member)) = store.rating_and_profile(rating_id).await? else {
            return Ok(Release::NotDue);
        };
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
        Ok(match store.record_rating(&write).await? {
            RatingOutcome::Saved(_) => release,
            RatingOutcome::Outdated => Release::NotDue,
        })
    }
}
