//! Automatic replies whose time has come become mails, each once; those that something keeps back are
//! cancelled.
//!
//! A reply and the mark that it left are one write, so a run that dies or comes twice sends none twice.
//! Its cost follows what is due, not the number of ratings.

use puntos_domain::auto_reply::{AutoReplySettings, Release, at_release, may_write_to};
use puntos_domain::id::RatingId;
use puntos_domain::mail::Composer;
use puntos_domain::mail::Email;
use puntos_domain::rating::{AutoReply, Rating};
use puntos_domain::stamp::Stamp;
use puntos_runtime::trigger::Schedule;
use puntos_runtime::{Environment, Invocation, InvocationError, StartError};
use puntos_store::{RatingOutcome, RatingWrite, Store, StoreError, StoredRating};

/// The most replies that one run looks at, the longest due first; the next goes on.
const RUN_MAX: i32 = 300;
/// Who is named where a reply leaves by itself.
const ACTOR: &str = "system:release-auto-replies";

/// The function.
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
    left: usize,
    failed: usize,
}

/// What all replies of a run are decided with.
struct Rules<'a> {
    settings: AutoReplySettings,
    context: Composer<'a>,
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
        let released = self.release(stamp).await;
        let Run { sent, cancelled, left, failed } = released.map_err(told)?;
        tracing::info!(sent, cancelled, left, failed, "released");
        if failed > 0 {
            return Err(InvocationError::Service(format!(
                "{failed} replies could not be released"
            )));
        }
        Ok(())
    }
}

impl Function {
    async fn release(&self, stamp: Stamp) -> Result<Run, StoreError> {
        let mut run = Run::default();
        let due = self.store.due_auto_replies(stamp.at, RUN_MAX).await?;
        if due.is_empty() {
            return Ok(run);
        }
        let Some(head) = self.store.program_head().await? else { return Ok(run) };
        let program = self.store.program_at(&head, stamp.at).await?;
        let context = Composer { program: &program, brand: &self.brand };
        let settings = self.store.auto_reply().await?.settings;
        let rules = Rules { settings, context, stamp };
        for rating_id in due {
            match self.release_one(&rating_id, &rules).await {
                Ok(Release::Send) => run.sent += 1,
                Ok(Release::Cancel) => run.cancelled += 1,
                Ok(Release::Leave) => run.left += 1,
                Err(error) => {
                    // One that cannot be released must not keep the others from leaving.
                    tracing::error!(%rating_id, %error, "a reply cannot be released");
                    run.failed += 1;
                }
            }
        }
        Ok(run)
    }

    /// Decides on one reply and writes it: what moved meanwhile is left to the next run.
    async fn release_one(
        &self,
        rating_id: &RatingId,
        rules: &Rules<'_>,
    ) -> Result<Release, StoreError> {
        let Some((stored, member)) = self.store.rating_and_profile(rating_id).await? else {
            return Ok(Release::Leave);
        };
        let profile = &member.profile;
        let (settings, now) = (&rules.settings, rules.stamp.at);
        let release = at_release(&stored.rating, Some(settings), may_write_to(profile), now);
        let (auto_reply, mail) = match release {
            Release::Leave => return Ok(release),
            Release::Cancel => (AutoReply::Cancelled, None),
            Release::Send => {
                let mail =
                    rules.context.auto_reply(settings, &stored.rating, profile, &rules.stamp);
                (AutoReply::Sent, mail)
            }
        };
        let saved = self.save(&stored, auto_reply, mail.as_ref()).await?;
        Ok(if saved { release } else { Release::Leave })
    }

    async fn save(
        &self,
        before: &StoredRating,
        auto_reply: AutoReply,
        mail: Option<&Email>,
    ) -> Result<bool, StoreError> {
        let rating = Rating { auto_reply, ..before.rating.clone() };
        let after = StoredRating { rating, ..before.clone() };
        let write = RatingWrite { before: Some(before), after: &after, key: None, mail };
        let outcome = self.store.record_rating(&write).await?;
        Ok(matches!(outcome, RatingOutcome::Saved(_)))
    }
}

fn told(error: StoreError) -> InvocationError {
    InvocationError::Service(error.chain())
}
