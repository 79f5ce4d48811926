//! The cost of requests, from the consumed capacity that DynamoDB reports.

use std::sync::Mutex;

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Counts the requests and capacity units of one invocation.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Cost>);

/// The cost of some requests.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Cost {
    /// The number of requests, including retries of transactions.
    pub requests: u32,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units, including those of the indexes.
    pub write_units: f64,
}

impl Meter {
    /// Returns the sum so far.
    pub fn total(&self) -> Cost {
        *self.locked()
    }

    pub(crate) fn request(&self) {
        self.locked().requests += 1;
    }

    pub(crate) fn read(&self, capacity: Option<&ConsumedCapacity>) {
        self.request();
        capacity.into_iter().for_each(|capacity| self.read_more(capacity));
    }

    pub(crate) fn read_more(&self, capacity: &ConsumedCapacity) {
        self.locked().read_units += capacity.capacity_units().unwrap_or_default();
    }

    pub(crate) fn written<'a>(&self, costs: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        for capacity in costs {
            self.locked().write_units += capacity.capacity_units().unwrap_or_default();
        }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Cost> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
