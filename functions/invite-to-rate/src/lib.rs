//! Invites members to rate their visits, once for each visit.
//!
//! A purchase or an order waits until its invitation is due. The mail and the end of the wait are one write, so a run that
//! dies or comes twice sends none twice, and the next run makes up for a missed one. Its cost follows what is due.

use puntos_domain::invitation::{DueInvitation, is_sent, valid_until};
use puntos_domain::mail::{Composer, PagePath, PagesUrl};
use puntos_runtime::scheduled::{OnSchedule, Scheduled, ScheduledRun};
use puntos_runtime::{Environment, StartError};
use puntos_store::keys::DUE_SHARDS;
use puntos_store::{InvitationOutcome, StoreError, TokenKey, TokenUse};

/// The most invitations of a partition that one run reads, the longest due first; the next run continues.
const SHARD_MAX: i32 = 200;

pub type Function = Scheduled<InviteToRate>;

pub struct InviteToRate {
    brand: String,
    /// Without an address of the pages there is no link, and an invitation is nothing without one.
    pages: Option<PagesUrl>,
    environment: Environment,
}

/// What one run did.
#[derive(Debug, Default)]
struct Tally {
    invited: usize,
    dropped: usize,
    outdated: usize,
    failed: usize,
}

/// What all invitations of a run are decided with.
struct Rules<'a> {
    run: &'a ScheduledRun,
    composer: Composer<'a>,
    key: TokenKey,
    has_pages: bool,
}

impl OnSchedule for InviteToRate {
    const ACTOR: &'static str = "system:invite-to-rate";

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self {
            brand: environment.setting("BRAND_NAME")?.to_owned(),
            pages: environment.pages_url(),
            environment: environment.clone(),
        })
    }

    async fn work(&self, run: &ScheduledRun) -> Result<usize, StoreError> {
        let Tally { invited, dropped, outdated, failed } = self.invite(run).await?;
        let cost = run.store.meter().total();
        tracing::info!(
            invited,
            dropped,
            outdated,
            failed,
            requests = cost.requests,
            read_units = cost.read_units,
            write_units = cost.write_units,
            "invited"
        );
        Ok(failed)
    }
}

impl InviteToRate {
    async fn invite(&self, run: &ScheduledRun) -> Result<Tally, StoreError> {
        let (store, now) = (&run.store, run.stamp.at);
        let mut due = Vec::new();
        for shard in 0..DUE_SHARDS {
            due.extend(store.due_invitations(shard, now, SHARD_MAX).await?);
        }
        if due.is_empty() {
            return Ok(Tally::default());
        }
        let Some(program) = store.program_in_force(now).await? else {
            return Ok(Tally::default());
        };
        let rules = Rules {
            run,
            composer: Composer { program: &program, brand: &self.brand },
            key: store.token_key_or(self.environment.random()).await?,
            has_pages: self.pages.is_some(),
        };
        Ok(rules.work_off(&due).await)
    }
}

impl Rules<'_> {
    async fn work_off(&self, due: &[DueInvitation]) -> Tally {
        let mut tally = Tally::default();
        for one in due {
            // The next run continues.
            if self.run.deadline.is_over() {
                break;
            }
            match self.settle(one).await {
                Ok((InvitationOutcome::Settled, true)) => tally.invited += 1,
                Ok((InvitationOutcome::Settled, false)) => tally.dropped += 1,
                Ok(_) => tally.outdated += 1,
                Err(error) => {
                    let (member_id, error) = (&one.visit.member_id, error.chain());
                    // A failed invitation must not stop the others.
                    tracing::error!(%member_id, error, "an invitation cannot be settled");
                    tally.failed += 1;
                }
            }
        }
        tally
    }

    /// Decides on one invitation and ends its wait. Returns whether it has a mail.
    async fn settle(&self, due: &DueInvitation) -> Result<(InvitationOutcome, bool), StoreError> {
        let (visit, program) = (&due.visit, &self.composer.program.program);
        let known = self.run.store.circumstances(visit).await?;
        let known = known.filter(|known| self.has_pages && is_sent(visit, known, program));
        let mail = known.and_then(|known| {
            let (subject, until) = (visit.invitation().to_string(), valid_until(self.run.stamp.at));
            let token = self.key.sign(TokenUse::RateVisit, &subject, until);
            let page = PagePath::rate(&token);
            self.composer.invitation(visit, page, &known.member.profile, &self.run.stamp)
        });
        match self.run.store.settle_invitation(due, mail.as_ref()).await? {
            InvitationOutcome::AlreadyInvited => {
                Ok((self.run.store.settle_invitation(due, None).await?, false))
            }
            outcome => Ok((outcome, mail.is_some())),
        }
    }
}
