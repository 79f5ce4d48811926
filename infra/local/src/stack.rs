//! The whole stack in one process: how to start it, use it and stop it without losing anything.
//!
//! `assembly` puts the parts together.

mod assembly;
mod demo;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use puntos_runtime::{Environment, Handler};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::DropGuard;

use crate::clock::StackClock;
use crate::connector::TapSlot;
use crate::connector::policy::{Grant, Uses};
use crate::connector::tap::Tap;
use crate::embedded::database::Database;
use crate::embedded::mailbox::{Mail, Mailbox};
use crate::embedded::queues::{Counts, Queues};
use crate::functions::local::LocalFunction;
use crate::functions::{Registry, registry};
use crate::gateway::tokens::{Issued, Tokens};
use crate::triggers::progress::Progress;
use crate::triggers::schedules::ScheduledFunction;
use crate::triggers::settle;
use crate::triggers::topics::{Topics, published_message};
use crate::wiring::Plan;
use crate::wiring::template::Template;

/// The template of the stack, as of the build.
pub const TEMPLATE: &str = include_str!("../../template.yaml");

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

/// The parts of a running stack that its routes and its owner use.
pub(crate) struct Parts {
    pub(crate) clock: StackClock,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) database: Arc<Database>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) functions: Vec<Arc<LocalFunction>>,
    pub(crate) topics: Topics,
    pub(crate) schedules: Vec<ScheduledFunction>,
    pub(crate) progress: Arc<Progress>,
    pub(crate) uses: Arc<Uses>,
    pub(crate) tap: TapSlot,
    pub(crate) follows_stream: bool,
    pub(crate) mail_events_topic: Option<String>,
    /// The stack's own environment, without policies and taps.
    pub(crate) environment: Environment,
    /// Whether the stack has started completely.
    pub(crate) ready: AtomicBool,
}

/// Starts the project's stack, and stores the first programme in a new store.
///
/// # Errors
/// Fails if the template has unknown parts, the data cannot be opened or the port is in use.
pub async fn start(mut options: Options) -> anyhow::Result<Stack> {
    let (program, tap) = (options.program.take(), options.tap.take());
    let stack = assembly::start(project_plan()?, &registry(), options).await?;
    demo::seed(&stack, program).await.context("the programme to start with")?;
    stack.parts.open_for_business(tap);
    Ok(stack)
}

/// Returns the plan of the project's template, which is read once in a process.
fn project_plan() -> anyhow::Result<Plan> {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    if let Some(plan) = PLAN.get() {
        return Ok(plan.clone());
    }
    let plan = Plan::of(&Template::parse(TEMPLATE)?, &BTreeMap::new())?;
    Ok(PLAN.get_or_init(|| plan).clone())
}

/// Starts a stack from another template and other functions, with an empty table.
///
/// # Errors
/// Fails as [`start`] does.
pub async fn start_from(
    template: &str,
    registry: &Registry,
    mut options: Options,
) -> anyhow::Result<Stack> {
    let tap = options.tap.take();
    let plan = Plan::of(&Template::parse(template)?, &BTreeMap::new())?;
    let stack = assembly::start(plan, registry, options).await?;
    stack.parts.open_for_business(tap);
    Ok(stack)
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

    /// Publishes an event of SES, raw or in SNS's envelope, to the topic of mail events.
    ///
    /// # Errors
    /// Refuses if the template has no such topic.
    pub async fn publish_mail_event(&self, event: &str) -> anyhow::Result<String> {
        let topic = self.parts.mail_events_topic.as_deref();
        let topic = topic.context("the template publishes no mail events")?;
        Ok(self.parts.topics.publish(topic, &published_message(event)).await)
    }

    /// Returns the mails that the embedded SES accepted, oldest first.
    pub fn outbox(&self, to: Option<&str>) -> Vec<Mail> {
        self.parts.mailbox.mails(to)
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

impl Parts {
    /// Installs the tap and marks the stack as ready.
    fn open_for_business(&self, tap: Option<Arc<dyn Tap>>) {
        if let Some(tap) = tap {
            // The slot is empty: it is filled only here, once per stack.
            let _ = self.tap.set(tap);
        }
        self.ready.store(true, Ordering::Release);
    }

    pub(crate) async fn token(
        &self,
        role: &str,
        member_id: Option<&str>,
        subject: Option<&str>,
    ) -> anyhow::Result<Issued> {
        let issued = self.tokens.issue(role, member_id, subject)?;
        if let Some(member_id) = member_id.filter(|_| role == "member") {
            let member_id = member_id.parse().context("member_id")?;
            let store = self.environment.store()?;
            store.link_subject(&issued.subject, &member_id).await?;
        }
        Ok(issued)
    }

    pub(crate) async fn settle(&self, within: Duration) -> bool {
        let follows = self.follows_stream;
        let settled = settle::settled(&self.database, &self.queues, &self.progress, follows);
        match tokio::time::timeout(within, settled).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::error!(%error, "the stack cannot tell whether it is settled");
                false
            }
            Err(_) => false,
        }
    }

    pub(crate) async fn fire_schedules(
        &self,
        function: Option<&str>,
        time: Timestamp,
    ) -> Vec<(String, bool)> {
        let mut outcomes = Vec::new();
        for one in &self.schedules {
            if function.is_none_or(|function| function == one.function.plan.name) {
                outcomes.push((one.function.plan.name.clone(), one.fire(time).await));
            }
        }
        outcomes
    }

    fn function(&self, name: &str) -> anyhow::Result<&LocalFunction> {
        let found = self.functions.iter().find(|function| function.plan.name == name);
        found.map(Arc::as_ref).with_context(|| format!("the template has no function {name}"))
    }

    fn queue_arn(&self, name: &str) -> anyhow::Result<String> {
        let found = self.queues.plans().find(|plan| plan.name == name);
        let plan = found.with_context(|| format!("the template has no queue {name}"))?;
        Ok(plan.arn.clone())
    }
}
