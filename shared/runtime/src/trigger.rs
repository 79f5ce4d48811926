//! What triggers deliver to more than one function: a run of a schedule, and a request or a batch of messages.
//!
//! What is in a request or a message is parsed by the function.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the scheduler delivers.
#[derive(Debug, Default, Deserialize)]
pub struct Schedule {
    #[serde(default)]
    time: Option<String>,
}

impl Schedule {
    /// Returns the time the run was due, where it says so.
    pub fn time(&self) -> Option<Timestamp> {
        self.time.as_deref().and_then(|time| time.parse().ok())
    }
}

/// What a function behind the API and a queue is given: a batch of messages, or one request.
#[derive(Deserialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "one event lives at a time")]
pub enum ApiOrQueue {
    /// Messages of the queue.
    Queue(SqsEvent),
    /// A request of the API.
    Api(ApiGatewayV2httpRequest),
}

/// What it answers to either.
#[derive(Serialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "one answer lives at a time")]
pub enum ApiOrQueueAnswer {
    /// The messages to be tried again.
    Queue(SqsBatchResponse),
    /// The response.
    Api(ApiGatewayV2httpResponse),
}
