//! How far the triggers have come: what `settle` and the stream's checkpoint are decided by.
//!
//! Works nothing off itself.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::embedded::database::SequenceNumber;
use crate::embedded::queues::Queues;

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(2);

/// The progress of one stack.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Counts the questions "is there anything left?".
    questions: AtomicU64,
    /// Counts the invocations that triggers have begun.
    begun: AtomicU64,
    running: AtomicUsize,
    relayed: Mutex<Option<SequenceNumber>>,
    readers: Mutex<Vec<Arc<Reader>>>,
}

/// The progress of the reader of one queue.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The newest question that was asked before the queue was last found empty.
    empty_at: AtomicU64,
}

/// An invocation that is under way; dropped when it has ended.
pub(crate) struct Running<'a>(&'a Progress);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Progress {
    /// Notes an invocation by a trigger.
    pub(crate) fn begin(&self) -> Running<'_> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.running.fetch_add(1, Ordering::SeqCst);
        Running(self)
    }

    /// Returns the note-book of a new reader.
    pub(crate) fn reader(&self) -> Arc<Reader> {
        let reader = Arc::new(Reader::default());
        lock(&self.readers).push(Arc::clone(&reader));
        reader
    }

    /// Returns the newest question; a reader takes it before it looks.
    pub(crate) fn question(&self) -> u64 {
        self.questions.load(Ordering::SeqCst)
    }

    /// Notes that every record up to a place was passed on.
    pub(crate) fn relayed_to(&self, place: SequenceNumber) {
        *lock(&self.relayed) = Some(place);
    }

    /// Returns the place up to which every record was passed on.
    pub(crate) fn relayed(&self) -> Option<SequenceNumber> {
        *lock(&self.relayed)
    }

    /// Returns how many invocations triggers have begun.
    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Waits until every record up to a place was passed on.
    pub(crate) async fn wait_for_relay(&self, place: Option<SequenceNumber>) {
        while self.relayed() < place {
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until each queue has been found empty after this call began: whatever was in a queue
    /// then has been worked off, or is a dead letter.
    pub(crate) async fn wait_for_empty_queues(&self, queues: &Queues) {
        let question = self.questions.fetch_add(1, Ordering::SeqCst) + 1;
        let readers: Vec<_> = lock(&self.readers).clone();
        for reader in readers {
            while reader.empty_at.load(Ordering::SeqCst) < question {
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
    /// Notes that the queue was found empty after a question.
    pub(crate) fn found_empty(&self, question: u64) {
        self.empty_at.store(question, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
