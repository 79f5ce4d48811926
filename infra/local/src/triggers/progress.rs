//! The progress of the triggers, which `settle` and the stream's checkpoint wait for.
//!
//! It processes nothing itself.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::embedded::database::SequenceNumber;
use crate::embedded::queues::Queues;

/// The wait between two checks.
const PAUSE: Duration = Duration::from_millis(2);

/// The progress of one stack.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Counts the waits for empty queues; the newest number is the current round.
    rounds: AtomicU64,
    /// Counts the invocations that triggers have begun.
    begun: AtomicU64,
    running: AtomicUsize,
    relayed: Mutex<Option<SequenceNumber>>,
    readers: Mutex<Vec<Arc<Reader>>>,
}

/// The progress of the reader of one queue.
#[derive(Debug)]
pub(crate) struct Reader {
    queue_arn: String,
    /// The newest round that began before the queue was last found empty.
    empty_at: AtomicU64,
}

/// An invocation under way, until it is dropped.
pub(crate) struct Running<'a>(&'a Progress);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Progress {
    /// Records an invocation by a trigger.
    pub(crate) fn begin(&self) -> Running<'_> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.running.fetch_add(1, Ordering::SeqCst);
        Running(self)
    }

    /// Registers a new reader of a queue.
    pub(crate) fn reader(&self, queue_arn: &str) -> Arc<Reader> {
        let reader = Reader { queue_arn: queue_arn.to_owned(), empty_at: AtomicU64::new(0) };
        let reader = Arc::new(reader);
        lock(&self.readers).push(Arc::clone(&reader));
        reader
    }

    /// Returns the current round. A reader asks for it before it looks into its queue.
    pub(crate) fn round(&self) -> u64 {
        self.rounds.load(Ordering::SeqCst)
    }

    /// Records that all records up to a position were delivered.
    pub(crate) fn relayed_to(&self, position: SequenceNumber) {
        *lock(&self.relayed) = Some(position);
    }

    /// Returns the position up to which all records were delivered.
    pub(crate) fn relayed(&self) -> Option<SequenceNumber> {
        *lock(&self.relayed)
    }

    /// Returns the number of invocations that triggers have begun.
    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Waits until all records up to a position were delivered.
    pub(crate) async fn wait_for_relay(&self, position: Option<SequenceNumber>) {
        while self.relayed() < position {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until each queue was found empty after this call began: every message of that time is then
    /// processed or dead-lettered.
    pub(crate) async fn wait_for_empty_queues(&self, queues: &Queues) {
        self.wait_for_empty(queues, |_| true).await;
    }

    /// Waits until one queue was found empty after this call began.
    pub(crate) async fn wait_for_empty_queue(&self, queues: &Queues, queue_arn: &str) {
        self.wait_for_empty(queues, |reader| reader.queue_arn == queue_arn).await;
    }

    async fn wait_for_empty(&self, queues: &Queues, concerns: impl Fn(&Reader) -> bool) {
        let round = self.rounds.fetch_add(1, Ordering::SeqCst) + 1;
        let readers: Vec<_> = lock(&self.readers).clone();
        for reader in readers.into_iter().filter(|reader| concerns(reader)) {
            while reader.empty_at.load(Ordering::SeqCst) < round {
                queues.notify_all();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Waits until no invocation by a trigger is under way.
    pub(crate) async fn wait_for_idleness(&self) {
        while self.running.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Reader {
    /// Records that the queue was found empty in a round.
    pub(crate) fn found_empty(&self, round: u64) {
        self.empty_at.store(round, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
