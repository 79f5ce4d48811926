//! The parts of a running stack, which its routes and its owner share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use puntos_runtime::Environment;

use crate::clock::StackClock;
use crate::connector::TapSlot;
use crate::connector::policy::Uses;
use crate::connector::tap::Tap;
use crate::embedded::bucket::Buckets;
use crate::embedded::database::Database;
use crate::embedded::mailbox::Mailbox;
use crate::embedded::queues::Queues;
use crate::embedded::user_pool::UserPool;
use crate::functions::local::LocalFunction;
use crate::gateway::tokens::{Issued, Spent, Tokens};
use crate::triggers::progress::Progress;
use crate::triggers::schedules::ScheduledFunction;
use crate::triggers::settle;
use crate::triggers::topics::Topics;

/// The parts of a running stack that its routes and its owner use.
pub(crate) struct Parts {
    /// The address of the stack, without a slash at its end.
    pub(crate) url: String,
    pub(crate) clock: StackClock,
    pub(crate) tokens: Arc<Tokens>,
    /// The codes and refresh tokens that were used, and the sessions that ended.
    pub(crate) spent: Spent,
    pub(crate) database: Arc<Database>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) user_pool: Arc<UserPool>,
    pub(crate) buckets: Buckets,
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

impl Parts {
    /// Installs the tap and marks the stack as ready.
    pub(crate) fn open_for_business(&self, tap: Option<Arc<dyn Tap>>) {
        if let Some(tap) = tap {
            // The slot is empty: it is filled only here, once per stack.
            let _ = self.tap.set(tap);
        }
        self.ready.store(true, Ordering::Release);
    }

    /// Returns a token of a role. The token of a member is of the person who reaches them; without one, the subject is
    /// linked to the member.
    pub(crate) async fn token(
        &self,
        role: &str,
        member_id: Option<&str>,
        subject: Option<&str>,
    ) -> anyhow::Result<Issued> {
        let Some(member_id) = member_id.filter(|_| role == "member") else {
            return self.tokens.issue(role, member_id, subject);
        };
        let member = member_id.parse().context("member_id")?;
        let store = self.environment.store()?;
        let linked = store.sign_in("", &member).await?.links.subject_of_member;
        let subject = linked.as_deref().or(subject);
        let issued = self.tokens.issue(role, Some(member_id), subject)?;
        if !store.link_subject(&issued.subject, &member).await? {
            bail!("the subject reaches another member");
        }
        Ok(issued)
    }

    /// Returns whether somebody has this member id.
    pub(crate) async fn has_member(&self, member_id: &str) -> anyhow::Result<bool> {
        let Ok(member_id) = member_id.parse() else { return Ok(false) };
        Ok(self.environment.store()?.profile(&member_id).await?.is_some())
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

    pub(crate) fn function(&self, name: &str) -> anyhow::Result<&LocalFunction> {
        let found = self.functions.iter().find(|function| function.plan.name == name);
        found.map(Arc::as_ref).with_context(|| format!("the template has no function {name}"))
    }

    pub(crate) fn queue_arn(&self, name: &str) -> anyhow::Result<String> {
        let found = self.queues.plans().find(|plan| plan.name == name);
        let plan = found.with_context(|| format!("the template has no queue {name}"))?;
        Ok(plan.arn.clone())
    }
}
