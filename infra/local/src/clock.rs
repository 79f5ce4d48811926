//! The stack's clock: real time plus one offset for all functions.
//!
//! It runs on after it is set, and the offset is gone when the process ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use puntos_runtime::Clock;

/// A clock that can be set. Clones share the offset.
#[derive(Debug, Clone, Default)]
pub struct StackClock {
    shift_us: Arc<AtomicI64>,
}

impl StackClock {
    /// Returns the current time of the stack.
    pub fn now(&self) -> Timestamp {
        let shift = SignedDuration::from_micros(self.shift_us.load(Ordering::Relaxed));
        Timestamp::now().saturating_add(shift).unwrap_or(Timestamp::MAX)
    }

    /// Sets the time, from which the clock runs on.
    pub fn set(&self, now: Timestamp) {
        let shift_us = now.as_microsecond().saturating_sub(Timestamp::now().as_microsecond());
        self.shift_us.store(shift_us, Ordering::Relaxed);
    }

    /// Sets the clock back to real time.
    pub fn reset(&self) {
        self.shift_us.store(0, Ordering::Relaxed);
    }

    /// Returns the clock in the form that functions use.
    pub fn for_functions(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}
