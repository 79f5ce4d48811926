//! Events of triggers that several functions have: a run of a schedule, and a request or a batch of messages.
//!
//! The function parses the content of a request or a message.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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

/// The event of a function behind the API and a queue: a batch of messages, or one request.
#[derive(Deserialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "one event lives at a time")]
pub enum ApiOrQueue {
    /// Messages of the queue.
    Queue(SqsEvent),
    /// A request of the API.
    Api(ApiGatewayV2httpRequest),
}

/// The answer to either.
#[derive(Serialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "one answer lives at a time")]
pub enum ApiOrQueueAnswer {
    /// The messages to try again.
    Queue(SqsBatchResponse),
    /// The response.
    Api(ApiGatewayV2httpResponse),
}
