//! Functions behind a schedule. Each has only its settings and the work of one run.

use std::future::Future;
use std::time::Duration;

use puntos_domain::stamp::Stamp;
use puntos_store::{Store, StoreError};

use crate::trigger::Schedule;
use crate::{Deadline, Environment, Function, Invocation, InvocationError, StartError};

/// The time of an invocation that is kept for its end.
const RESERVE: Duration = Duration::from_secs(10);

/// The own parts of a function behind a schedule.
pub trait OnSchedule: Send + Sync + Sized + 'static {
    /// The actor of its writes.
    const ACTOR: &'static str;

    /// Reads the function's own settings.
    ///
    /// # Errors
    /// Refuses if one is missing.
    fn new(environment: &Environment) -> Result<Self, StartError>;

    /// Does the work of one run, and returns how many items failed. The next run tries them again.
    fn work(&self, run: &ScheduledRun) -> impl Future<Output = Result<usize, StoreError>> + Send;
}

/// One run of a schedule, and its environment.
pub struct ScheduledRun {
    /// The table, with a meter of this run.
    pub store: Store,
    /// The time at which the run was due.
    pub stamp: Stamp,
    /// When the run ends. The next one continues.
    pub deadline: Deadline,
}

impl ScheduledRun {
    /// Returns the run that an event starts.
    pub(crate) fn new(
        schedule: &Schedule,
        invocation: Invocation,
        actor: &str,
        environment: &Environment,
        store: &Store,
    ) -> Self {
        Self {
            deadline: Deadline::after(invocation.remaining.saturating_sub(RESERVE)),
            store: store.metered(),
            stamp: Stamp {
                at: schedule.time().unwrap_or_else(|| environment.now()),
                actor: actor.to_owned(),
                request_id: invocation.request_id,
            },
        }
    }
}

/// A function behind a schedule, ready to run.
pub struct Scheduled<F> {
    environment: Environment,
    store: Store,
    function: F,
}

impl<F: OnSchedule> Function for Scheduled<F> {
    type Event = Schedule;
    type Answer = ();

    fn new(environment: Environment) -> Result<Self, StartError> {
        let (store, function) = (environment.store()?, F::new(&environment)?);
        Ok(Self { environment, store, function })
    }

    async fn handle(
        &self,
        schedule: Schedule,
        invocation: Invocation,
    ) -> Result<(), InvocationError> {
        let run =
            ScheduledRun::new(&schedule, invocation, F::ACTOR, &self.environment, &self.store);
        match self.function.work(&run).await.map_err(InvocationError::failed)? {
            0 => Ok(()),
            failed => Err(InvocationError::ItemsFailed(failed)),
        }
    }
}
