//! Measures operations in a world, writes the rows of the table, and notes operations that cost too much.

use std::fmt::Write;
use std::sync::Arc;

use puntos_tests::World;

use super::meter::{Cost, Meter};

/// Measures operations one after another and keeps the rows of the table.
pub(super) struct Desk {
    /// The world of the operations.
    pub(super) world: World,
    meter: Arc<Meter>,
    /// The table so far.
    pub(super) rows: String,
    /// The operations that cost too much.
    pub(super) beyond: Vec<String>,
}

impl Desk {
    /// Opens a world, and the table with its heading.
    pub(super) async fn open() -> Self {
        let (world, meter) = Meter::world().await;
        let head = "| operation | DynamoDB | SQS | SES | RCU | WCU | with all that follows: DynamoDB | SQS | SES | RCU | WCU |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
        Self { world, meter, rows: head.to_owned(), beyond: Vec::new() }
    }

    /// Measures the cost of an operation in one function, and in all functions after all work is done.
    pub(super) async fn measured<T>(
        &mut self,
        name: &str,
        function: &str,
        operation: impl AsyncFnOnce(&World) -> T,
    ) -> (T, Cost, Cost) {
        self.world.settle().await;
        self.meter.reset();
        let result = operation(&self.world).await;
        self.world.settle().await;
        let (own, whole) = (self.meter.of(function), self.meter.whole());
        writeln!(self.rows, "| {name} | {own} | {whole} |").unwrap();
        (result, own, whole)
    }

    /// Writes the row of another function's work that followed from the last operation.
    pub(super) fn follower(&mut self, name: &str, function: &str) -> Cost {
        let own = self.meter.of(function);
        writeln!(self.rows, "| {name} | {own} | | | | | |").unwrap();
        own
    }

    /// Notes an operation that costs more requests, read units or write units than its limits.
    pub(super) fn at_most(&mut self, name: &str, cost: Cost, requests: u32, read: f64, write: f64) {
        if cost.requests() > requests || cost.read > read || cost.write > write {
            self.beyond.push(format!("{name}: {cost:?} is beyond {requests}, {read}, {write}"));
        }
    }
}
