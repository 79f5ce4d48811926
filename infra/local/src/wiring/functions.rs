//! The functions of the template.
//!
//! Memory, architecture, runtime and log format have no effect locally.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::events::{Event, QueueTrigger, Route, Schedule, StreamTrigger};
use super::roles::Role;
use super::{properties_as, seconds};
use crate::connector::policy::Grant;
use crate::identity;
use crate::wiring::intrinsics::plain_text;

/// A function: its settings, its triggers and its permissions.
#[derive(Debug, Clone)]
pub(crate) struct FunctionPlan {
    /// The name of its folder.
    pub name: String,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Its environment variables.
    pub variables: BTreeMap<String, String>,
    /// The grants of its role.
    pub grants: Vec<Grant>,
    /// The ARN of its log group, if it has its own.
    pub log_group_arn: Option<String>,
    /// HTTP routes.
    pub routes: Vec<Route>,
    /// Queues that it reads.
    pub queues: Vec<QueueTrigger>,
    /// Streams that it reads.
    pub streams: Vec<StreamTrigger>,
    /// Schedules that start it.
    pub schedules: Vec<Schedule>,
}

/// Returns the properties of a function merged with the shared ones: objects are merged, and any other
/// value of the function replaces the shared value.
pub(super) fn merged(shared: &Value, own: &Value) -> Value {
    match (shared, own) {
        (Value::Object(shared), Value::Object(own)) if !is_function_call(own) => {
            let mut result: Map<String, Value> = shared.clone();
            for (key, value) in own {
                let value = match result.get(key) {
                    Some(under) => merged(under, value),
                    None => value.clone(),
                };
                result.insert(key.clone(), value);
            }
            Value::Object(result)
        }
        (_, own) => own.clone(),
    }
}

fn is_function_call(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Function {
    code_uri: String,
    role: String,
    timeout: u64,
    #[serde(default)]
    environment: Environment,
    #[serde(default)]
    events: BTreeMap<String, Event>,
    #[serde(default)]
    logging_config: LoggingConfig,
    #[serde(default)]
    _function_name: Option<IgnoredAny>,
    #[serde(default)]
    _runtime: Option<IgnoredAny>,
    #[serde(default)]
    _handler: Option<IgnoredAny>,
    #[serde(default)]
    _architectures: Option<IgnoredAny>,
    #[serde(default)]
    _memory_size: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Environment {
    variables: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LoggingConfig {
    log_group: Option<String>,
    #[serde(default)]
    _log_format: Option<IgnoredAny>,
}

/// Reads a function.
pub(super) fn function(
    properties: &Value,
    roles: &BTreeMap<String, Role>,
) -> anyhow::Result<FunctionPlan> {
    let function: Function = properties_as(properties)?;
    let name = function.code_uri.rsplit('/').next().unwrap_or_default().to_owned();
    let role = roles.get(&function.role).with_context(|| format!("no role {}", function.role))?;
    let grants = role.grants(&name);
    let variables = function
        .environment
        .variables
        .iter()
        .map(|(key, value)| Ok((key.clone(), plain_text(value)?)))
        .collect::<anyhow::Result<_>>()?;
    let mut plan = FunctionPlan {
        name,
        timeout: seconds(function.timeout),
        variables,
        grants,
        log_group_arn: function.logging_config.log_group.map(|name| identity::log_group_arn(&name)),
        routes: Vec::new(),
        queues: Vec::new(),
        streams: Vec::new(),
        schedules: Vec::new(),
    };
    for (name, event) in function.events {
        event.check().with_context(|| format!("event {name}"))?;
        match event {
            Event::HttpApi(route) => plan.routes.push(route),
            Event::Sqs(trigger) => plan.queues.push(trigger),
            Event::DynamoDb(trigger) => plan.streams.push(trigger),
            Event::ScheduleV2(schedule) => plan.schedules.push(schedule),
            Event::Cognito(_) => {}
        }
    }
    Ok(plan)
}
