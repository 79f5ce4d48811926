//! The mail requests of one run: as many as the account of SES may send, spread over the minutes after it.

use puntos_domain::mail::{MailRequest, Pace};
use puntos_runtime::mailer::Mailer;
use puntos_runtime::queue::{NotQueued, Queue};
use puntos_runtime::{Deadline, Environment};

/// The mail requests of one run.
pub(crate) struct Requests<'a> {
    queue: &'a Queue,
    environment: &'a Environment,
    deadline: Deadline,
    pace: Option<Pace>,
    made: u32,
}

impl<'a> Requests<'a> {
    /// Returns a run without requests.
    pub(crate) fn new(queue: &'a Queue, environment: &'a Environment, deadline: Deadline) -> Self {
        Self { queue, environment, deadline, pace: None, made: 0 }
    }

    /// Makes requests, and returns whether the run may make more. The next run makes those that are left.
    pub(crate) async fn make(&mut self, requests: Vec<MailRequest>) -> Result<bool, NotQueued> {
        if requests.is_empty() {
            return Ok(!self.deadline.is_over());
        }
        let pace = match self.pace {
            Some(pace) => pace,
            None => *self.pace.insert(Mailer::pace(self.environment.clients().ses()).await),
        };
        let spread = requests.into_iter().zip(self.made..);
        let spread: Vec<(MailRequest, u32)> =
            spread.map_while(|(request, index)| Some((request, pace.delay_s(index)?))).collect();
        self.queue.send_later(&spread).await?;
        self.made = self.made.saturating_add(u32::try_from(spread.len()).unwrap_or(u32::MAX));
        Ok(pace.delay_s(self.made).is_some() && !self.deadline.is_over())
    }

    /// Returns how many requests were made.
    pub(crate) fn made(&self) -> u32 {
        self.made
    }
}
