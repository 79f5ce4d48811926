//! Writes to members whose points expire soon, once for each expiry.
//!
//! Runs every hour and decides the local day by the programme's zone. Finds what is due by its day, so its cost
//! follows what is due and not the number of members. A mail and the end of its warning are one write, so a run that
//! dies or comes twice sends none twice. The next run makes up for a missed one.

use jiff::civil::Date;
use puntos_domain::calendar::local_date;
use puntos_domain::expiry_warning::{DueWarning, at_release};
use puntos_domain::mail::Composer;
use puntos_domain::program::ProgramVersion;
use puntos_runtime::scheduled::{OnSchedule, Scheduled, ScheduledRun};
use puntos_runtime::{Environment, StartError};
use puntos_store::keys::DUE_SHARDS;
use puntos_store::{StoreError, WarningOutcome};

/// The most warnings of a partition that one run reads, the longest due first; the next run continues. Many that
/// are due on one day, as at a month's end, are worked off at this pace.
const SHARD_MAX: i32 = 200;

pub type Function = Scheduled<WarnOfExpiry>;

pub struct WarnOfExpiry {
    brand: String,
}

/// What one run did.
#[derive(Debug, Default)]
struct Tally {
    warned: usize,
    dropped: usize,
    outdated: usize,
    failed: usize,
}

/// What became of one warning.
enum Outcome {
    Warned,
    Dropped,
    /// Another write came first: the next run decides again.
    Outdated,
}

/// What all warnings of a run are decided with.
struct Rules<'a> {
    run: &'a ScheduledRun,
    program: &'a ProgramVersion,
    composer: Composer<'a>,
    today: Date,
}

impl OnSchedule for WarnOfExpiry {
    const ACTOR: &'static str = "system:warn-of-expiry";

    fn new(environment: &Environment) -> Result<Self, StartError> {
        Ok(Self { brand: environment.setting("BRAND_NAME")?.to_owned() })
    }

    async fn work(&self, run: &ScheduledRun) -> Result<usize, StoreError> {
        // Without a programme there are no members either.
        let program = run.store.program_in_force(run.stamp.at).await?;
        let Some(program) = program else { return Ok(0) };
        let today = local_date(run.stamp.at, &program.zone());
        let composer = Composer { program: &program, brand: &self.brand };
        let tally = Rules { run, program: &program, composer, today }.work_off().await?;
        let Tally { warned, dropped, outdated, failed } = tally;
        let cost = run.store.meter().total();
        tracing::info!(
            %today, warned, dropped, outdated, failed, requests = cost.requests,
            read_units = cost.read_units, write_units = cost.write_units, "warned of expiries"
        );
        Ok(failed)
    }
}

impl Rules<'_> {
    async fn work_off(&self) -> Result<Tally, StoreError> {
        let mut tally = Tally::default();
        for shard in 0..DUE_SHARDS {
            for warning in self.run.store.due_warnings(shard, self.today, SHARD_MAX).await? {
                // The next run continues.
                if self.run.deadline.is_over() {
                    return Ok(tally);
                }
                match self.settle(&warning).await {
                    Ok(Outcome::Warned) => tally.warned += 1,
                    Ok(Outcome::Dropped) => tally.dropped += 1,
                    Ok(Outcome::Outdated) => tally.outdated += 1,
                    Err(error) => {
                        let (member_id, error) = (&warning.member_id, error.chain());
                        // A failed warning must not stop the others.
                        tracing::error!(%member_id, error, "a warning cannot be settled");
                        tally.failed += 1;
                    }
                }
            }
        }
        Ok(tally)
    }

    /// Decides on one warning and writes its end.
    async fn settle(&self, warning: &DueWarning) -> Result<Outcome, StoreError> {
        let found = self.run.store.account_and_profile(&warning.member_id).await?;
        let Some((account, member)) = found else { return Ok(Outcome::Outdated) };
        let profile = &member.profile;
        let expires_at = warning.expires_at;
        let now = self.run.stamp.at;
        let warned = at_release(&account.account, profile, expires_at, self.program, now);
        let mail = warned.and_then(|warned| {
            self.composer.expiry_warning(warning, warned, profile, &self.run.stamp)
        });
        let mut outcome = self.run.store.settle_warning(warning, &account, mail.as_ref()).await?;
        let mut has_mail = mail.is_some();
        if outcome == WarningOutcome::AlreadyWarned {
            has_mail = false;
            outcome = self.run.store.settle_warning(warning, &account, None).await?;
        }
        Ok(match outcome {
            WarningOutcome::Settled if has_mail => Outcome::Warned,
            WarningOutcome::Settled => Outcome::Dropped,
            WarningOutcome::AlreadyWarned | WarningOutcome::Outdated => Outcome::Outdated,
        })
    }
}
