//! The triggers besides HTTP: queues, the stream, topics and schedules. They deliver the events of AWS,
//! with its rules for failures.
//!
//! Two differences from the cloud: a failed message or record is tried again within a few seconds, and
//! a schedule can be fired on request.

pub(crate) mod asynchronous;
pub(crate) mod checkpoint;
pub(crate) mod progress;
pub(crate) mod queues;
pub(crate) mod schedules;
pub(crate) mod settle;
pub(crate) mod stream;
pub(crate) mod topics;

use std::collections::HashSet;

use serde_json::Value;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BatchOutcome {
    Done,
    /// The items with these identifiers.
    Failed(HashSet<String>),
    AllFailed,
}

impl BatchOutcome {
    /// Reads a batch response as Lambda does: no list, or an empty one, is success; an identifier that
    /// is empty or unknown fails the whole batch.
    pub(crate) fn of_answer(answer: &Value, identifiers: &[&str]) -> Self {
        let failures = match answer.get("batchItemFailures") {
            None | Some(Value::Null) => return Self::Done,
            Some(Value::Array(failures)) => failures,
            Some(_) => return Self::AllFailed,
        };
        let mut failed = HashSet::new();
        for failure in failures {
            match failure.get("itemIdentifier").and_then(Value::as_str) {
                Some(identifier) if identifiers.contains(&identifier) => {
                    failed.insert(identifier.to_owned());
                }
                _ => return Self::AllFailed,
            }
        }
        if failed.is_empty() { Self::Done } else { Self::Failed(failed) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn batch_responses_are_read_as_lambda_reads_them() {
        let failed = |id: &str| BatchOutcome::Failed(HashSet::from([id.to_owned()]));
        for (answer, expected) in [
            (Value::Null, BatchOutcome::Done),
            (json!({}), BatchOutcome::Done),
            (json!({"batchItemFailures": null}), BatchOutcome::Done),
            (json!({"batchItemFailures": []}), BatchOutcome::Done),
            (json!({"batchItemFailures": [{"itemIdentifier": "a"}]}), failed("a")),
            (json!({"batchItemFailures": [{"itemIdentifier": ""}]}), BatchOutcome::AllFailed),
            (json!({"batchItemFailures": [{"itemIdentifier": null}]}), BatchOutcome::AllFailed),
            (json!({"batchItemFailures": [{"itemIdentifier": "z"}]}), BatchOutcome::AllFailed),
            (json!({"batchItemFailures": [{"odd": "a"}]}), BatchOutcome::AllFailed),
            (json!({"batchItemFailures": "a"}), BatchOutcome::AllFailed),
        ] {
            assert_eq!(BatchOutcome::of_answer(&answer, &["a", "b"]), expected, "{answer}");
        }
    }
}
