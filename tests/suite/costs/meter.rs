//! A tap that counts requests by service and the consumed read and write capacity.

use std::fmt;
use std::ops::AddAssign;
use std::sync::{Arc, Mutex};

use puntos::{Call, Fault, Options, Tap};
use puntos_tests::World;
use serde_json::Value;

/// The cost of some calls.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    /// Requests to DynamoDB.
    pub table: u32,
    /// Requests to SQS: without Lambda's own receiving and deleting.
    pub queue: u32,
    /// Requests to SES.
    pub mail: u32,
    /// Read capacity units.
    pub read: f64,
    /// Write capacity units, with those of the indexes.
    pub write: f64,
}

impl Cost {
    /// Returns the requests to any service.
    pub(super) fn requests(self) -> u32 {
        self.table + self.queue + self.mail
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, more: Self) {
        self.table += more.table;
        self.queue += more.queue;
        self.mail += more.mail;
        self.read += more.read;
        self.write += more.write;
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, queue, mail, read, write } = self;
        write!(formatter, "{table} | {queue} | {mail} | {read} | {write}")
    }
}

/// The tap.
#[derive(Default)]
pub(super) struct Meter(Mutex<Vec<(String, Cost)>>);

impl Meter {
    /// Starts a world whose calls are counted.
    pub(super) async fn world() -> (World, Arc<Self>) {
        let meter = Arc::new(Self::default());
        let tap = Some(Arc::clone(&meter) as Arc<dyn Tap>);
        (World::with(Options { tap, ..Options::default() }).await, meter)
    }

    /// Sets the counters to zero.
    pub(super) fn reset(&self) {
        self.0.lock().unwrap().clear();
    }

    /// Returns what one function's calls cost.
    pub(super) fn of(&self, function: &str) -> Cost {
        self.sum(|name| name == function)
    }

    /// Returns what all functions' calls cost.
    pub(super) fn whole(&self) -> Cost {
        self.sum(|_| true)
    }

    fn sum(&self, counts: impl Fn(&str) -> bool) -> Cost {
        let mut sum = Cost::default();
        let calls = self.0.lock().unwrap();
        calls.iter().filter(|(name, _)| counts(name)).for_each(|(_, cost)| sum += *cost);
        sum
    }
}

impl Tap for Meter {
    fn before(&self, _: &Call) -> Option<Fault> {
        None
    }

    fn after(&self, call: &Call, status: u16, body: &[u8]) {
        if is_new_branch(call) {
            return;
        }
        assert_eq!(status, 200, "{call:?}");
        if is_program_version(body) {
            return;
        }
        let mut cost = Cost::default();
        match call.service {
            "dynamodb" => {
                cost.table = 1;
                let units = units(call, body);
                match call.action.as_str() {
                    "GetItem" | "BatchGetItem" | "Query" | "Scan" => cost.read = units,
                    "PutItem" | "UpdateItem" | "TransactWriteItems" => cost.write = units,
                    other => panic!("{other}: does it read or write?"),
                }
            }
            "sqs" => cost.queue = 1,
            "ses" => cost.mail = 1,
            other => panic!("{other} is not counted"),
        }
        self.0.lock().unwrap().push((call.function.clone(), cost));
    }
}

/// Returns the units that an answer of DynamoDB reports, of one table or of several.
fn units(call: &Call, body: &[u8]) -> f64 {
    let body: Value = serde_json::from_slice(body).unwrap();
    let tables = match &body["ConsumedCapacity"] {
        Value::Array(tables) => tables.clone(),
        Value::Object(_) => vec![body["ConsumedCapacity"].clone()],
        _ => panic!("{call:?} does not ask for its cost"),
    };
    tables.iter().map(|table| table["CapacityUnits"].as_f64().unwrap()).sum()
}

/// Returns whether a call writes down a branch that its process has not met. It does so once for each branch,
/// and this table shows all other calls. These functions put no other item outside a transaction.
fn is_new_branch(call: &Call) -> bool {
    call.action == "PutItem" && ["accrue-points", "score-rating"].contains(&&*call.function)
}

/// Returns whether an answer holds a version of the programme. A process reads each version once, because it
/// never changes: the first call of a new process pays for it, and this table shows all others.
fn is_program_version(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let of_key = |name: &str| body["Item"][name]["S"].as_str().unwrap_or_default().to_owned();
    of_key("pk") == "program" && of_key("sk").starts_with("version#")
}
