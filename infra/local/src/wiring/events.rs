//! The triggers of the template's functions, with the settings that are known.

use std::time::Duration;

use anyhow::bail;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::wiring::filter::Filter;

/// A trigger of a function.
#[derive(Debug, Deserialize)]
#[serde(tag = "Type", content = "Properties")]
pub(super) enum Event {
    HttpApi(Route),
    #[serde(rename = "SQS")]
    Sqs(QueueTrigger),
    #[serde(rename = "DynamoDB")]
    DynamoDb(StreamTrigger),
    ScheduleV2(Schedule),
    /// The local sign-in page signs nobody up, so nothing fires it. Tests invoke the function.
    Cognito(PoolTrigger),
}

impl Event {
    /// Refuses settings of which only one value is known.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        match self {
            Self::HttpApi(route) => match route.auth.authorizer.as_deref() {
                None | Some("NONE") => Ok(()),
                Some(other) => bail!("the authorizer {other} of a single route is not supported"),
            },
            Self::DynamoDb(stream) => {
                if stream.starting_position != "TRIM_HORIZON" {
                    bail!("the starting position {} is not supported", stream.starting_position);
                }
                if stream.parallelization_factor > 1 {
                    bail!("a parallelization factor above 1 is not supported");
                }
                Ok(())
            }
            Self::Sqs(_) | Self::ScheduleV2(_) | Self::Cognito(_) => Ok(()),
        }
    }
}

/// A route of the HTTP API.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Route {
    /// The HTTP method.
    pub method: String,
    /// The path, with `{parameters}`.
    pub path: String,
    #[serde(default)]
    auth: RouteAuth,
    #[serde(default)]
    _api_id: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RouteAuth {
    authorizer: Option<String>,
    #[serde(default)]
    authorization_scopes: Vec<String>,
}

impl Route {
    /// Returns whether the route needs no token.
    pub(crate) fn is_open(&self) -> bool {
        self.auth.authorizer.is_some()
    }

    /// Returns the scopes of which a token needs one. Without scopes every token is accepted.
    pub(crate) fn scopes(&self) -> &[String] {
        &self.auth.authorization_scopes
    }
}

/// A queue that a function reads.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct QueueTrigger {
    #[serde(rename = "Queue")]
    pub queue_arn: String,
    /// The largest number of messages in an invocation.
    #[serde(default = "ten")]
    pub batch_size: usize,
    #[serde(default)]
    scaling_config: ScalingConfig,
    #[serde(default)]
    function_response_types: Vec<ResponseType>,
}

/// The concurrency of a queue without a setting in the template: Lambda starts with five.
const DEFAULT_CONCURRENCY: usize = 5;

impl QueueTrigger {
    /// Returns the largest number of concurrent invocations.
    pub(crate) fn concurrency(&self) -> usize {
        self.scaling_config.maximum_concurrency.unwrap_or(DEFAULT_CONCURRENCY)
    }

    /// Returns whether the function names the messages that failed.
    pub(crate) fn reports_failures(&self) -> bool {
        self.function_response_types.contains(&ResponseType::ReportBatchItemFailures)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ScalingConfig {
    maximum_concurrency: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
enum ResponseType {
    ReportBatchItemFailures,
}

/// SQS's own default.
fn ten() -> usize {
    10
}

/// A stream that a function reads.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct StreamTrigger {
    #[serde(rename = "Stream")]
    pub stream_arn: String,
    starting_position: String,
    /// The largest number of records in an invocation.
    pub batch_size: usize,
    /// Whether a failed batch is split in two.
    #[serde(default)]
    pub bisect_batch_on_function_error: bool,
    /// How often a failed batch is tried again.
    pub maximum_retry_attempts: u32,
    #[serde(default)]
    filter_criteria: FilterCriteria,
    #[serde(default)]
    destination_config: DestinationConfig,
    #[serde(default)]
    function_response_types: Vec<ResponseType>,
    #[serde(default)]
    parallelization_factor: u32,
    /// A local batch never waits to fill up.
    #[serde(default)]
    _maximum_batching_window_in_seconds: Option<IgnoredAny>,
}

impl StreamTrigger {
    /// Returns the filters. A record must pass one of them, if there are any.
    pub(crate) fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.filter_criteria.filters.iter().map(|pattern| &pattern.pattern)
    }

    /// Returns whether the function names the records that failed.
    pub(crate) fn reports_failures(&self) -> bool {
        self.function_response_types.contains(&ResponseType::ReportBatchItemFailures)
    }

    /// Returns the queue for records that failed each time.
    pub(crate) fn failure_queue(&self) -> Option<String> {
        self.destination_config.on_failure.as_ref().map(|to| to.destination.clone())
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FilterCriteria {
    filters: Vec<Pattern>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Pattern {
    pattern: Filter,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DestinationConfig {
    on_failure: Option<FailureDestination>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct FailureDestination {
    destination: String,
}

/// A trigger of the user pool.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PoolTrigger {
    _user_pool: IgnoredAny,
    _trigger: IgnoredAny,
}

/// A schedule that starts a function.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Schedule {
    schedule_expression: Rate,
    #[serde(default)]
    _schedule_expression_timezone: Option<IgnoredAny>,
    /// A local schedule has only the function's asynchronous retries.
    #[serde(default)]
    _retry_policy: Option<IgnoredAny>,
}

impl Schedule {
    pub(crate) fn period(&self) -> Duration {
        self.schedule_expression.0
    }
}

/// A `rate(…)`, the only known schedule expression.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Rate(Duration);

impl TryFrom<String> for Rate {
    type Error = anyhow::Error;

    fn try_from(expression: String) -> anyhow::Result<Self> {
        let rate = expression.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')'));
        let (count, seconds) = match rate.and_then(|rate| rate.split_once(' ')) {
            Some((count, "minute" | "minutes")) => (count, 60),
            Some((count, "hour" | "hours")) => (count, 3_600),
            Some((count, "day" | "days")) => (count, 86_400),
            _ => bail!("the schedule expression {expression} is not supported"),
        };
        match count.parse::<u32>() {
            Ok(count) if count > 0 => Ok(Self(Duration::from_secs(u64::from(count) * seconds))),
            _ => bail!("the schedule expression {expression} is not supported"),
        }
    }
}
