//! Sends many rows at once, and those of one member one after the other, in the order of the file.
//!
//! Every lane is a queue with a worker of its own; a member's rows always take the same lane. A
//! full lane holds up the reading of the file, so that memory does not grow with it.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::accounting::{Accounting, Count};
use super::answer::Outcome;
use super::delivery::Delivery;
use super::row::{Kind, Row};

/// How many rows wait in all lanes together at the most.
const WAITING_ROWS: usize = 256;

/// The entrances of the lanes. The lanes end when it is dropped.
pub(super) struct Lanes {
    queues: Vec<mpsc::Sender<(Row, Kind)>>,
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
        let (entrance, exit) = mpsc::channel((WAITING_ROWS / count).max(2));
        queues.push(entrance);
        workers.spawn(work(exit, Arc::clone(delivery), Arc::clone(accounting)));
    }
    (Lanes { queues }, Workers(workers))
}

impl Lanes {
    /// Puts a row into its lane and waits while that is full. Refuses when the lane is closed.
    /// Must not be called by an asynchronous task.
    pub(super) fn put(&self, row: Row, kind: Kind) -> Result<(), LaneClosed> {
        let count = self.queues.len() as u64;
        let lane = usize::try_from(row.lane % count).map_err(|_| LaneClosed)?;
        self.queues[lane].blocking_send((row, kind)).map_err(|_| LaneClosed)
    }
}

/// The worker of a lane is gone.
#[derive(Debug)]
pub(super) struct LaneClosed;

impl Workers {
    /// Returns when every lane has been worked off.
    pub(super) async fn finish(mut self) -> anyhow::Result<()> {
        while let Some(ended) = self.0.join_next().await {
            ended.context("a worker of the import failed")?;
        }
        Ok(())
    }
}

async fn work(
    mut exit: mpsc::Receiver<(Row, Kind)>,
    delivery: Arc<Delivery>,
    accounting: Arc<Accounting>,
) {
    while let Some((row, kind)) = exit.recv().await {
        tokio::select! {
            outcome = delivery.deliver(&row, kind) => settle(&row, outcome, &accounting),
            // What is under way is left: importing again finds out what became of it.
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
