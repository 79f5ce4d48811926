//! The whole stack in one process: how to start it, use it and stop it without losing anything.

mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use puntos_runtime::{Environment, Handler};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::DropGuard;

use crate::clock::StackClock;
use crate::connector::policy::Grant;
use crate::connector::tap::Tap;
use crate::embedded::mailbox::Mail;
use crate::embedded::queues::Counts;
use crate::triggers::topics::published_message;

pub(crate) use parts::Parts;

/// How long a stack may take to stop: a little more than the longest invocation.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(15);

/// The time limit of a patient stack's invocations: longer than any test should take.
const PATIENT_LIMIT: Duration = Duration::from_secs(600);

/// How a stack is started.
pub struct Options {
    /// The port of the API on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Where to keep the data.
    pub data: Data,
    /// The first programme of a new store. `None` is the demo programme.
    pub program: Option<Value>,
    /// Sees the functions' calls.
    pub tap: Option<Arc<dyn Tap>>,
    /// How long things may and must take.
    pub pace: Pace,
}

/// How long things may and must take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Functions have the time limits of the template, and retries wait.
    Real,
    /// For tests on a busy machine: time limits are long, and retries come at once. Only those of the stream
    /// wait, so that they outlast a short failure.
    Patient,
}

impl Pace {
    /// Returns the time limit of an invocation.
    pub(crate) fn limit(self, limit: Duration) -> Duration {
        match self {
            Self::Real => limit,
            Self::Patient => limit.max(PATIENT_LIMIT),
        }
    }

    /// Returns the pause before a retry.
    pub(crate) fn pause(self, pause: Duration) -> Duration {
        match self {
            Self::Real => pause,
            Self::Patient => Duration::ZERO,
        }
    }
}

/// Where a stack keeps its data.
#[derive(Debug, Clone)]
pub enum Data {
    /// In memory: the data is gone when the stack stops.
    Memory,
    /// In a directory, which is created if it does not exist.
    Directory(PathBuf),
}

/// A stack in memory on a free port.
impl Default for Options {
    fn default() -> Self {
        Self { port: 0, data: Data::Memory, program: None, tap: None, pace: Pace::Real }
    }
}

/// A running stack. Dropping it stops it without waiting; `shutdown` waits.
pub struct Stack {
    pub(crate) parts: Arc<Parts>,
    pub(crate) url: String,
    pub(crate) shutdown: DropGuard,
    pub(crate) tasks: Vec<JoinHandle<()>>,
}

impl Stack {
    /// Returns the address of the API, without a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns a token of a role. A member's token is linked to the member, as after a sign-up.
    ///
    /// # Errors
    /// Refuses an unknown role and a malformed member id. Fails if the table does not answer.
    pub async fn token(
        &self,
        role: &str,
        member_id: Option<&str>,
        subject: Option<&str>,
    ) -> anyhow::Result<String> {
        Ok(self.parts.token(role, member_id, subject).await?.token)
    }

    /// Waits until all committed work is done. Returns whether it was done in time.
    pub async fn settle(&self, within: Duration) -> bool {
        self.parts.settle(within).await
    }

    /// Returns a function's handler, to be invoked without its triggers.
    ///
    /// # Errors
    /// Refuses a function that the template does not have.
    pub fn handler(&self, function: &str) -> anyhow::Result<Handler> {
        Ok(Arc::clone(&self.parts.function(function)?.handler))
    }

    /// Returns the environment that a function was built with.
    ///
    /// # Errors
    /// Refuses a function that the template does not have.
    pub fn environment(&self, function: &str) -> anyhow::Result<Environment> {
        Ok(self.parts.function(function)?.environment.clone())
    }

    /// Sets the stack's clock, which then runs on.
    pub fn set_clock(&self, now: Timestamp) {
        self.parts.clock.set(now);
    }

    /// Returns the stack's clock.
    pub fn clock(&self) -> StackClock {
        self.parts.clock.clone()
    }

    /// Fires the schedules of a function, or all, with a time. Returns whether each function succeeded.
    pub async fn fire_schedules(
        &self,
        function: Option<&str>,
        time: Timestamp,
    ) -> Vec<(String, bool)> {
        self.parts.fire_schedules(function, time).await
    }

    /// Publishes an event of SES, raw or in SNS's envelope, to the topic of mail events, and waits until it is
    /// processed.
    ///
    /// # Errors
    /// Refuses if the template has no such topic.
    pub async fn publish_mail_event(&self, event: &str) -> anyhow::Result<String> {
        let topic = self.parts.mail_events_topic.as_deref();
        let topic = topic.context("the template publishes no mail events")?;
        self.parts.topics.publish(topic, &published_message(event)).await
    }

    /// Returns the mails that the embedded SES accepted, oldest first.
    pub fn outbox(&self, to: Option<&str>) -> Vec<Mail> {
        self.parts.mailbox.mails(to)
    }

    /// Returns the attributes that people got in the user pool, by the subjects of their tokens.
    pub fn people(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        self.parts.user_pool.people()
    }

    /// Sends a message to a queue, named as in the template.
    ///
    /// # Errors
    /// Refuses a queue that the template does not have.
    pub async fn send_message(&self, queue: &str, body: &str) -> anyhow::Result<()> {
        let arn = self.parts.queue_arn(queue)?;
        self.parts.queues.send(&arn, body.to_owned()).await
    }

    /// Returns how many messages a queue holds, named as in the template.
    ///
    /// # Errors
    /// Refuses a queue that the template does not have.
    pub async fn queue_counts(&self, queue: &str) -> anyhow::Result<Counts> {
        self.parts.queues.counts(&self.parts.queue_arn(queue)?).await
    }

    /// Returns a client of the table without policy and tap.
    pub fn table_client(&self) -> aws_sdk_dynamodb::Client {
        self.parts.environment.clients().dynamodb().clone()
    }

    /// Returns the grants of all functions.
    pub fn grants(&self) -> BTreeSet<Grant> {
        self.parts.functions.iter().flat_map(|one| one.policy.grants().iter().cloned()).collect()
    }

    /// Returns the grants that functions and their triggers have used since the start.
    pub fn used_grants(&self) -> BTreeSet<Grant> {
        self.parts.uses.all()
    }

    /// Returns how many invocations of a function took longer than the template allows. Lambda stops them at
    /// any point, so a function must end before.
    pub fn cut_off(&self) -> BTreeMap<String, u64> {
        let counts =
            self.parts.functions.iter().map(|function| {
                (function.plan.name.clone(), function.cut_off.load(Ordering::SeqCst))
            });
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// Stops the stack: requests and invocations under way finish, then the database closes.
    ///
    /// # Errors
    /// Fails if a part panicked, or does not stop in time.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        let Self { parts, shutdown, tasks, .. } = self;
        drop(shutdown);
        let stopping = async {
            let mut outcome = Ok(());
            for task in tasks {
                outcome = outcome.and(task.await);
            }
            outcome.context("a part of the stack panicked")
        };
        let stopped = tokio::time::timeout(SHUTDOWN_LIMIT, stopping).await;
        let database = Arc::clone(&parts.database);
        drop(parts);
        tokio::task::spawn_blocking(move || database.close()).await?;
        stopped.context("a request or an invocation does not end")?
    }
}
