//! Events of triggers that several functions have: runs of a schedule, requests, and batches of messages.
//!
//! The function parses the content of a request or a message.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The event of the scheduler.
#[derive(Debug, Default, Deserialize)]
pub struct Schedule {
    #[serde(default)]
    time: Option<String>,
}

impl Schedule {
    /// Returns the time at which the run was due, if the event has it.
    pub fn time(&self) -> Option<Timestamp> {
        self.time.as_deref().and_then(|time| time.parse().ok())
    }
}

/// The event of a function behind the API and another trigger.
#[derive(Deserialize)]
#[serde(try_from = "Value", bound = "T: DeserializeOwned")]
#[expect(clippy::large_enum_variant, reason = "one event lives at a time")]
pub enum ApiOr<T> {
    Api(ApiGatewayV2httpRequest),
    /// The event of the other trigger.
    Other(T),
}

impl<T: DeserializeOwned> TryFrom<Value> for ApiOr<T> {
    type Error = serde_json::Error;

    /// Only a request has a route.
    fn try_from(event: Value) -> Result<Self, Self::Error> {
        match event.get("routeKey") {
            Some(_) => serde_json::from_value(event).map(Self::Api),
            None => serde_json::from_value(event).map(Self::Other),
        }
    }
}

/// The event of a function behind a queue and a schedule: a batch of messages, or a run.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
pub enum QueueOrSchedule {
    /// Messages of the queue.
    Queue(SqsEvent),
    /// A run of the schedule.
    Schedule(Schedule),
}

/// An event of neither trigger. Its fields are named in the text, because serde keeps no source.
#[derive(Debug, thiserror::Error)]
pub enum UnknownEvent {
    /// It has the fields of both triggers, or of none.
    #[error("unknown event")]
    Form,
    /// A field is wrong.
    #[error("unknown event: {0}")]
    Json(serde_json::Error),
}

impl TryFrom<Value> for QueueOrSchedule {
    type Error = UnknownEvent;

    /// Distinguishes the two by their fields. An event with the fields of both, or of neither, is refused.
    fn try_from(event: Value) -> Result<Self, UnknownEvent> {
        let has = |name: &str| event.get(name).is_some();
        let parsed = match (event.is_object(), has("Records"), has("time")) {
            (true, true, false) => serde_json::from_value(event).map(Self::Queue),
            (true, false, _) => serde_json::from_value(event).map(Self::Schedule),
            (true, true, true) | (false, ..) => return Err(UnknownEvent::Form),
        };
        parsed.map_err(UnknownEvent::Json)
    }
}

/// The answer to an event of one of several triggers.
#[derive(Serialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "one answer lives at a time")]
pub enum TriggerAnswer {
    Api(ApiGatewayV2httpResponse),
    /// The messages to try again.
    Queue(SqsBatchResponse),
    /// A run that is over.
    Run(()),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_records_is_no_schedule() {
        let parsed = |event: &str| serde_json::from_str::<QueueOrSchedule>(event);
        for schedule in ["{}", r#"{"time": "2031-03-10T12:00:00Z"}"#, r#"{"id": "i"}"#] {
            assert!(matches!(parsed(schedule), Ok(QueueOrSchedule::Schedule(_))), "{schedule}");
        }
        let queue = r#"{"Records": [{"messageId": "m", "body": "b"}]}"#;
        assert!(matches!(parsed(queue), Ok(QueueOrSchedule::Queue(_))));
        let unknown = [
            r#"{"Records": 7}"#,
            r#"{"Records": null}"#,
            r#"{"Records": [7]}"#,
            r#"{"Records": [], "time": "2031-03-10T12:00:00Z"}"#,
            r#"{"Records": 7, "time": "2031-03-10T12:00:00Z"}"#,
            r#"{"time": 7}"#,
            "[]",
            "null",
        ];
        for event in unknown {
            let error = parsed(event).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.starts_with("unknown event")), "{event}");
        }
    }
}
