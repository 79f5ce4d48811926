//! The table, the queues and the buckets of the template.
//!
//! Encryption, backups, retention, lifecycle and CORS have no effect locally.

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::{properties_as, seconds};
use crate::identity;

/// The table: its names, and its definition as `CreateTable` takes it.
#[derive(Debug, Clone)]
pub(crate) struct TablePlan {
    /// The physical name.
    pub name: String,
    pub stream_arn: String,
    /// The body of a `CreateTable` call.
    pub definition: Value,
}

#[derive(Debug, Clone)]
pub(crate) struct QueuePlan {
    /// The physical name.
    pub name: String,
    pub arn: String,
    /// How long a received message stays hidden.
    pub visibility_timeout: std::time::Duration,
    /// How long a sent message stays hidden at first.
    pub delay_seconds: u32,
    /// The dead-letter queue, if there is one.
    pub redrive: Option<Redrive>,
    /// Whether the queue only holds failures: no function reads it.
    pub takes_failures: bool,
}

/// A redrive policy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Redrive {
    /// The dead-letter queue.
    #[serde(rename = "deadLetterTargetArn")]
    pub target_arn: String,
    /// How often a message may be received before it goes there.
    pub max_receive_count: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Table {
    attribute_definitions: Value,
    key_schema: Value,
    #[serde(default)]
    global_secondary_indexes: Option<Value>,
    billing_mode: String,
    stream_specification: StreamSpecification,
    #[serde(default)]
    _table_name: Option<String>,
    #[serde(default)]
    _point_in_time_recovery_specification: Option<IgnoredAny>,
    #[serde(rename = "SSESpecification", default)]
    _encryption: Option<IgnoredAny>,
    #[serde(default)]
    _deletion_protection_enabled: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StreamSpecification {
    stream_view_type: String,
}

/// Reads a table.
pub(super) fn table(logical_name: &str, properties: &Value) -> anyhow::Result<TablePlan> {
    const KIND: &str = "AWS::DynamoDB::Table";
    let name = physical_name(KIND, logical_name, properties);
    let table: Table = properties_as(properties)?;
    if table.billing_mode != "PAY_PER_REQUEST" {
        bail!("the billing mode {} is not supported", table.billing_mode);
    }
    let mut definition = json!({
        "TableName": name,
        "BillingMode": table.billing_mode,
        "AttributeDefinitions": table.attribute_definitions,
        "KeySchema": table.key_schema,
        "StreamSpecification": {
            "StreamEnabled": true,
            "StreamViewType": table.stream_specification.stream_view_type,
        },
    });
    if let Some(indexes) = table.global_secondary_indexes {
        definition["GlobalSecondaryIndexes"] = indexes;
    }
    let stream_arn = identity::attribute(KIND, &name, "StreamArn")?;
    Ok(TablePlan { name, stream_arn, definition })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Bucket {
    #[serde(default)]
    _bucket_name: Option<String>,
    #[serde(default)]
    _bucket_encryption: Option<IgnoredAny>,
    #[serde(default)]
    _public_access_block_configuration: Option<IgnoredAny>,
    #[serde(default)]
    _ownership_controls: Option<IgnoredAny>,
    #[serde(default)]
    _lifecycle_configuration: Option<IgnoredAny>,
    #[serde(default)]
    _cors_configuration: Option<IgnoredAny>,
}

/// Reads a bucket, and returns its name.
pub(super) fn bucket(logical_name: &str, properties: &Value) -> anyhow::Result<String> {
    properties_as::<Bucket>(properties)?;
    Ok(physical_name("AWS::S3::Bucket", logical_name, properties))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Queue {
    #[serde(default = "default_visibility_timeout")]
    visibility_timeout: u64,
    #[serde(default)]
    delay_seconds: u32,
    redrive_policy: Option<Redrive>,
    #[serde(default)]
    _queue_name: Option<String>,
    #[serde(default)]
    _message_retention_period: Option<IgnoredAny>,
    #[serde(default)]
    _sqs_managed_sse_enabled: Option<IgnoredAny>,
}

/// SQS's own default.
fn default_visibility_timeout() -> u64 {
    30
}

/// Reads a queue.
pub(super) fn queue(logical_name: &str, properties: &Value) -> anyhow::Result<QueuePlan> {
    const KIND: &str = "AWS::SQS::Queue";
    let name = physical_name(KIND, logical_name, properties);
    let queue: Queue = properties_as(properties)?;
    Ok(QueuePlan {
        arn: identity::attribute(KIND, &name, "Arn").context("the ARN")?,
        name,
        visibility_timeout: seconds(queue.visibility_timeout),
        delay_seconds: queue.delay_seconds,
        redrive: queue.redrive_policy,
        takes_failures: false,
    })
}

fn physical_name(kind: &str, logical_name: &str, properties: &Value) -> String {
    identity::name_property(kind)
        .and_then(|property| properties.get(property))
        .and_then(Value::as_str)
        .unwrap_or(logical_name)
        .to_owned()
}
