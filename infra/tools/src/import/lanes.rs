//! Sends many rows at once, and those of one member one after the other, in the order of the file.
//!
//! Each lane is a queue with a worker of its own, and a member's rows always take the same lane. The
//! reader of the file waits while a lane is full, so that memory does not grow with the file.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::accounting::{Accounting, Count};
use super::answer::Outcome;
use super::delivery::Delivery;
use super::row::Row;

/// The limit of rows waiting in all lanes together.
const WAITING_ROWS: usize = 256;

/// The senders of the lanes. Dropping it ends the lanes.
pub(super) struct Lanes {
    queues: Vec<mpsc::Sender<Row>>,
}

/// The workers of the lanes.
pub(super) struct Workers(JoinSet<()>);

/// Opens `count` lanes over one way to the server.
pub(super) fn open(
    count: usize,
    delivery: &Arc<Delivery>,
    accounting: &Arc<Accounting>,
) -> (Lanes, Workers) {
    let count = count.max(1);
    let mut queues = Vec::with_capacity(count);
    let mut workers = JoinSet::new();
    for _ in 0..count {
        let (sender, receiver) = mpsc::channel((WAITING_ROWS / count).max(2));
        queues.push(sender);
        workers.spawn(work(receiver, Arc::clone(delivery), Arc::clone(accounting)));
    }
    (Lanes { queues }, Workers(workers))
}

impl Lanes {
    /// Puts a row into its lane, and waits while the lane is full. Fails when the lane is closed.
    /// Blocks: an asynchronous task must not call it.
    pub(super) fn put(&self, row: Row) -> Result<(), LaneClosed> {
        let count = self.queues.len() as u64;
        let lane = usize::try_from(row.lane % count).map_err(|_| LaneClosed)?;
        self.queues[lane].blocking_send(row).map_err(|_| LaneClosed)
    }
}

/// The worker of a lane is gone.
#[derive(Debug)]
pub(super) struct LaneClosed;

impl Workers {
    /// Waits until every lane is empty.
    pub(super) async fn finish(mut self) -> anyhow::Result<()> {
        while let Some(ended) = self.0.join_next().await {
            ended.context("a worker of the import failed")?;
        }
        Ok(())
    }
}

async fn work(
    mut receiver: mpsc::Receiver<Row>,
    delivery: Arc<Delivery>,
    accounting: Arc<Accounting>,
) {
    while let Some(row) = receiver.recv().await {
        tokio::select! {
            outcome = delivery.deliver(&row) => settle(&row, outcome, &accounting),
            // The row under way stays open: the next import asks the server about it.
            () = accounting.halted() => return,
        }
    }
}

fn settle(row: &Row, outcome: Outcome, accounting: &Accounting) {
    match outcome {
        Outcome::Created => accounting.add(Count::Created, 1),
        Outcome::AlreadyThere => accounting.add(Count::AlreadyThere, 1),
        Outcome::Refused(refusal) => accounting.refuse(row, &refusal),
        Outcome::Unreachable(refusal) => {
            accounting.refuse(row, &refusal);
            accounting.add(Count::Unreachable, 1);
        }
        Outcome::NotAllowed(refusal) => accounting.halt(format!(
            "the server does not accept the token ({}): {}",
            refusal.status.unwrap_or_default(),
            refusal.detail
        )),
    }
}
